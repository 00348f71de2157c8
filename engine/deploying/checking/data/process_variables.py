"""Which variables the processes that ask for a decision may have, as far as their diagrams and forms tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from engine import forms, operations, runtime
from engine.definitions import task_settings

# What every case has, and what a user task with outcomes leaves when nothing else is said.
EVERYWHERE = frozenset(("initiator", "instance_number", "started_at", "outcome"))


def asks_for(program: runtime.Program, decision_ids: Collection[str]) -> bool:
    """Whether a business rule task of the process makes one of these decisions; one named by an expression may be any."""
    named = (element.decision_id for element in program.elements.values() if element.decision_id)
    return any(each in decision_ids or each.startswith("=") for each in named)


def variables_of(program: runtime.Program, drawn: Iterable[forms.Form]) -> frozenset[str]:
    """The names that mappings, results, loops and form fields write to."""
    results = (element.properties.get("result", "") for element in program.elements.values())
    return EVERYWHERE | _names(results) | beside_outcomes(program, drawn)


def beside_outcomes(program: runtime.Program, drawn: Iterable[forms.Form]) -> frozenset[str]:
    """As `of`, without what user tasks leave as their outcome, and what every case has."""
    return frozenset(_of_elements(program)) | _names(key for form in drawn for key in _keys(form.components))


def _names(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(path.partition(".")[0] for path in paths if path)


def _keys(components: Iterable[forms.Component]) -> Iterator[str]:
    for component in components:
        if component.path:
            yield component.path[0]
        else:
            yield from _keys(component.children)


def written_by(element: runtime.Element) -> frozenset[str]:
    """The variables that an element writes by its mappings, result and loop; not the outcome of a user task."""
    loop = element.multi_instance
    paths = [mapping.target for mapping in (*element.inputs, *element.outputs)]
    paths += [element.result_variable or "", *((loop.input_element, loop.output_collection) if loop else ())]
    return _names(paths)


def may_write(element: runtime.Element, variable: str) -> bool:
    """Whether an element writes the variable, as its outcome too; its form is not looked at."""
    is_result = element.type == "userTask" and task_settings.read(element.properties).result == variable
    return is_result or variable in written_by(element)


def is_open(element: runtime.Element) -> bool:
    """Whether what comes back from elsewhere may be any variable: of messages, other workers and called processes."""
    if element.task_definition is not None:
        return operations.find(element.task_definition.type) is None
    called = element.type == "callActivity" and element.propagate_all_child_variables
    return called or (element.event is not None and element.event.kind == "message")


def _of_elements(program: runtime.Program) -> Iterator[str]:
    return (name for element in program.elements.values() for name in written_by(element))
