"""Whether a process asks what an approval came to: where it does not, 不同意并结束 ends the case, as the button says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine import runtime
from engine.definitions.task_settings import TaskSettings

APPROVE, REJECT = "approve", "reject"
_NAMING = frozenset({"result", "outcomes", "votes", "buttons", "opinion_on"})  # properties that name things and read nothing
_OPAQUE = frozenset({"businessRuleTask", "callActivity"})  # a decision, or another process, may read whatever there is


def ends_case(program: runtime.Program, element_id: str, settings: TaskSettings) -> bool:
    """Whether a case ends when this approval is refused: nothing on the way to the next step reads its result.

    Not within a multi-instance, whose other items have a say of their own.
    """
    if settings.kind != APPROVE or settings.outcome(REJECT) is None or settings.outcome(APPROVE) is None:
        return False
    element = program.elements[element_id]
    return not within_several(program, element) and not is_read(program, element, settings.result)


def within_several(program: runtime.Program, element: runtime.Element) -> bool:
    """Whether the element, or a subprocess around it, runs several times side by side or one after the other."""
    at: runtime.Element | None = element
    while at is not None:
        if at.multi_instance is not None:
            return True
        at = program.elements.get(at.parent or "")
    return False


def is_read(program: runtime.Program, element: runtime.Element, variable: str) -> bool:
    """Whether an expression on the way from a step to the next human steps names a variable."""
    named = re.compile(rf"(?<!\w){re.escape(variable)}(?!\w)")
    if any(named.search(mapping.source) for mapping in element.outputs):
        return True
    seen: set[str] = set()
    wanted = [element.id]
    while wanted:
        at = wanted.pop()
        for flow in (each for each in program.flows.values() if each.source == at):
            if flow.condition and named.search(flow.condition):
                return True
            if flow.target in seen:
                continue
            seen.add(flow.target)
            target = program.elements[flow.target]
            if is_opaque(target) or any(named.search(text) for text in texts(target)):
                return True
            if target.type != "userTask":
                wanted += [target.id, *_after_scope(program, target)]
    return False


def _after_scope(program: runtime.Program, element: runtime.Element) -> list[str]:
    """Where it goes on once an end event within a subprocess is reached, or into a subprocess that begins."""
    if element.type == "endEvent" and element.parent in program.elements:
        return [str(element.parent)]
    inner = [each.id for each in program.elements.values() if each.parent == element.id and each.type == "startEvent"]
    return inner


def is_opaque(element: runtime.Element) -> bool:
    """Whether what it asks may read any variable that there is."""
    return element.type in _OPAQUE


def texts(element: runtime.Element) -> Iterator[str]:
    """The expressions of an element that see the variables before it."""
    yield from (mapping.source for mapping in (*element.inputs, *element.outputs))
    yield from (each for each in (element.script, element.assignee, element.candidate_users) if each)
    yield from (value for name, value in element.properties.items() if name not in _NAMING)
    if element.event is not None:
        yield from (element.event.condition, element.event.correlation_key or "")
