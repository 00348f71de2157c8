"""SpiffWorkflow as it comes, without a line of ours: diagrams of a few lines, run and looked at."""

from __future__ import annotations

import itertools
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.util.task import TaskState

HEAD = '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">'
MESSAGE = '<bpmn:message id="m" name="m"/>'
OPEN = TaskState.READY | TaskState.STARTED | TaskState.WAITING


def diagram(elements: str, *paths: str) -> bytes:
    """A process `p`; a path `a b c` draws sequence flows from `a` to `b` to `c`, `a b?x` one with the condition `x`."""
    return f'{HEAD}{MESSAGE}<bpmn:process id="p" isExecutable="true">{elements}{flows(*paths)}</bpmn:process></bpmn:definitions>'.encode()


def flows(*paths: str) -> str:
    """The sequence flows of paths."""
    drawn = []
    for path in paths:
        for source, told in itertools.pairwise(path.split()):
            target, _, condition = told.partition("?")
            inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
            begin = source.partition("?")[0]
            drawn.append(
                f'<bpmn:sequenceFlow id="{begin}_{target}" sourceRef="{begin}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'
            )
    return "".join(drawn)


def some(tag: str, *ids: str) -> str:
    """Elements of one kind."""
    return "".join(f'<bpmn:{tag} id="{one}"/>' for one in ids)


def specs(source: bytes) -> tuple[Any, Any]:
    """What SpiffWorkflow reads from a diagram: the process and its subprocesses."""
    parser = BpmnParser()
    parser.add_bpmn_str(source)
    return parser.get_spec("p"), parser.get_subprocess_specs("p")


class Plain:
    """A workflow of SpiffWorkflow's own."""

    def __init__(self, source: bytes | tuple[Any, Any], **data: Any) -> None:
        self.specs = specs(source) if isinstance(source, bytes) else source
        self.workflow = BpmnWorkflow(*self.specs)
        self.workflow.task_tree.data.update(data)
        self.workflow.do_engine_steps()

    @property
    def at(self) -> list[str]:
        """The names of all open tasks, sorted."""
        return sorted(task.task_spec.name for task in self.workflow.get_tasks(state=OPEN))

    @property
    def ready(self) -> list[str]:
        """The names of the tasks that someone can do, sorted."""
        return sorted(task.task_spec.name for task in self.workflow.get_tasks(state=TaskState.READY))

    @property
    def is_over(self) -> bool:
        return bool(self.workflow.is_completed())

    def task(self, name: str) -> Any:
        """An open task by name."""
        return next(task for task in self.workflow.get_tasks(state=OPEN) if task.task_spec.name == name)

    def do(self, name: str, **data: Any) -> None:
        """Do a ready task with these data."""
        task = next(task for task in self.workflow.get_tasks(state=TaskState.READY) if task.task_spec.name == name)
        task.data.update(data)
        task.run()
        self.workflow.do_engine_steps()

    def deliver(self, definition: Any) -> None:
        """Bring an event to whoever catches it."""
        self.workflow.catch(BpmnEvent(definition, {}))
        self.workflow.do_engine_steps()
