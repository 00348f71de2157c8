"""SpiffWorkflow's task specs with Camunda 8's mappings around them; what they decide is SpiffWorkflow's own."""

from __future__ import annotations

import copy
from typing import Any

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import EndEventParser
from SpiffWorkflow.bpmn.parser.task_parsers import CallActivityParser, SubWorkflowParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.data_spec import TaskDataReference
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask

from engine import runtime
from engine.runtime import scopes
from tests.engine.runtime.lockstep import variables
from tests.engine.runtime.lockstep.diagrams import own_id, rewritten
from tests.engine.runtime.lockstep.overrides import Following

OF_THE_CASE = ("initiator", "started_at", "instance_number")


class Mapped(Following):
    """Input and output mappings around whatever the spec of SpiffWorkflow does."""

    element: runtime.Element | None = None

    def _update_hook(self, my_task: Any) -> Any:
        if self.element is not None and not my_task.internal_data.get("mapped") and not isinstance(self, MultiInstanceTask):
            my_task.internal_data["mapped"] = True
            if self.element.type not in ("boundaryEvent", "startEvent"):
                for mapping in self.element.inputs:
                    scopes.put(variables.own(my_task), mapping.target, _value(my_task, mapping.source))
        return super()._update_hook(my_task)

    def _on_complete_hook(self, my_task: Any) -> None:
        if isinstance(self, MultiInstanceTask):
            if self.data_output is not None and "collected" in my_task.internal_data:
                variables.write(variables.around(my_task), {self.data_output.bpmn_id: my_task.internal_data["collected"]})
        elif self.element is not None:
            for mapping in self.element.outputs:
                _map_out(my_task, mapping)
        super()._on_complete_hook(my_task)


def _value(task: Any, text: str) -> Any:
    return task.workflow.script_engine.value(task, variables.chain(task), text)


def _map_out(task: Any, mapping: runtime.IoMapping) -> None:
    value, name = _value(task, mapping.source), mapping.target.split(".")[0]
    is_own = task.internal_data.get("result") == name
    reach = list(variables.chain(task) if is_own else variables.around(task))
    held = next((scope[name] for scope in reach if name in scope), None)
    written = {name: copy.deepcopy(held)} if "." in mapping.target else {}
    scopes.put(written, mapping.target, value)
    variables.write(reach, written)


class Collection(TaskDataReference):
    """The collection that a multi-instance activity goes through."""

    def get(self, my_task: Any) -> Any:
        return _value(my_task, self.bpmn_id)

    def exists(self, my_task: Any) -> bool:
        return True


class Item(TaskDataReference):
    """What one instance has to itself."""

    def exists(self, my_task: Any) -> bool:
        return False

    def set(self, my_task: Any, value: Any) -> None:
        body = my_task.parent
        number = sum(child.task_spec is my_task.task_spec for child in body.children)
        variables.own(my_task).update({self.bpmn_id: value, "loopCounter": number})
        output = body.task_spec.output_item
        if output is not None and (name := output.bpmn_id[1:].strip()).isidentifier():
            variables.own(my_task).setdefault(name, None)
            my_task.internal_data["result"] = name


class Result(TaskDataReference):
    """What one instance gives back."""

    def exists(self, my_task: Any) -> bool:
        return is_instance(my_task)

    def get(self, my_task: Any) -> Any:
        return _value(my_task, self.bpmn_id)


class Results(TaskDataReference):
    """What all instances give back."""

    def exists(self, my_task: Any) -> bool:
        return "collected" in my_task.internal_data

    def get(self, my_task: Any) -> Any:
        return my_task.internal_data["collected"]

    def set(self, my_task: Any, value: Any) -> None:
        my_task.internal_data["collected"] = value


def is_instance(task: Any) -> bool:
    """Whether the task is one instance of a multi-instance activity."""
    body = task.parent
    return (
        body is not None and isinstance(body.task_spec, MultiInstanceTask) and body.task_spec.task_spec == task.task_spec.name
    )


class _Shared:
    # Data are in scopes: nothing is handed in, nothing handed back.
    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        pass

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        pass


class Subprocess(_Shared, Mapped, defaults.SubWorkflowTask):
    """An embedded subprocess."""


class EventSubprocess(_Shared, Mapped, defaults.EventSubprocess):
    """An event subprocess."""


class CallActivity(Mapped, defaults.CallActivity):
    """A called process with variables of its own."""

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        assert self.element is not None
        handed = variables.visible(my_task) if self.element.propagate_all_parent_variables else variables.own(my_task)
        known = variables.visible(my_task)
        case = {name: known.get(name) for name in OF_THE_CASE}
        subworkflow.data["vars"] = copy.deepcopy({**case, **handed})

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        assert self.element is not None
        given = {name: value for name, value in variables.of_process(subworkflow).items() if name not in OF_THE_CASE}
        if self.element.outputs:
            variables.own(my_task).update(given)
        elif self.element.propagate_all_child_variables:
            variables.write(variables.chain(my_task), given)


def _mapped(spec: Any) -> Any:
    return type("Mapped" + spec.__name__, (Mapped, spec), {"__module__": __name__})


class Parser(BpmnParser):
    """SpiffWorkflow's parser, with mappings around its specs; a job or a decision waits as a manual task does."""

    OVERRIDE_PARSER_CLASSES = {tag: (parser, _mapped(spec)) for tag, (parser, spec) in BpmnParser.PARSER_CLASSES.items()} | {
        full_tag("subProcess"): (SubWorkflowParser, Subprocess),
        full_tag("callActivity"): (CallActivityParser, CallActivity),
        full_tag("serviceTask"): (TaskParser, _mapped(defaults.ManualTask)),
        full_tag("businessRuleTask"): (TaskParser, _mapped(defaults.ManualTask)),
        full_tag("endEvent"): (EndEventParser, _mapped(defaults.EndEvent)),
    }


REPEATED = {
    "PARALLEL_MI_CLASS": _mapped(defaults.ParallelMultiInstanceTask),
    "SEQUENTIAL_MI_CLASS": _mapped(defaults.SequentialMultiInstanceTask),
    "EVENT_SUBPROCESS_CLASS": EventSubprocess,
}


class Company:
    """The diagrams of a company, as SpiffWorkflow reads them."""

    def __init__(self, sources: dict[str, bytes]) -> None:
        self.sources = sources
        self._programs = {program.process_id: program for source in sources.values() for program in runtime.parse(source)}
        self._read: dict[tuple[str, str | None], Any] = {}

    def specs(self, process_id: str, start: str | None) -> Any:
        """The process spec and those of its subprocesses, a copy for one case: running changes them."""
        if (process_id, start) not in self._read:
            self._read[process_id, start] = self._parsed(process_id, start)
        return copy.deepcopy(self._read[process_id, start])

    def _parsed(self, process_id: str, start: str | None) -> Any:
        parser = Parser()
        for number, (name, source) in enumerate(self.sources.items()):
            parser.add_bpmn_xml(rewritten(source, f"f{number}_", (process_id, start)), name)
        specs = parser.get_spec(process_id), parser.get_subprocess_specs(process_id)
        for each in {id(spec): spec for spec in (specs[0], *specs[1].values())}.values():
            program = self._programs[each.name.split("..")[0]]
            for spec in each.task_specs.values():
                _complete(spec, program.elements.get(own_id(getattr(spec, "bpmn_id", None)) or ""))
        return specs


def _complete(spec: Any, element: runtime.Element | None) -> None:
    spec.element = element
    if isinstance(spec, MultiInstanceTask):
        spec.data_input, spec.input_item = Collection(spec.data_input.bpmn_id), Item(spec.input_item.bpmn_id)
        if spec.data_output is not None:
            spec.data_output, spec.output_item = Results(spec.data_output.bpmn_id), Result(spec.output_item.bpmn_id)
    elif element is not None and element.task_definition:
        spec.manual = True
