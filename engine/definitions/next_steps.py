"""What comes after a step as far as the diagram says it: the places where a token next stops, and the answers that lead there."""

from __future__ import annotations

from collections.abc import Iterator

from engine import runtime

SHORT = 1  # 是, 否, 有, 无
STOPS = frozenset({"userTask", "receiveTask", "intermediateCatchEvent", "callActivity", "manualTask"})


def after(program: runtime.Program, element_id: str) -> Iterator[tuple[str, str]]:
    """The places where a token next stops after an element, each with the first answer on the way ("" for none)."""
    yield from _walk(program, element_id, "", set())


def tasks_after(program: runtime.Program, element_id: str) -> Iterator[str]:
    """The user tasks that may be the next one after an element, whatever else the case waits for between."""
    seen, waiting = set[str](), [element_id]
    while waiting:
        for _way, target in after(program, waiting.pop()):
            if target in seen:
                continue
            seen.add(target)
            if program.elements[target].type == "userTask":
                yield target
            elif program.elements[target].type != "endEvent":
                waiting.append(target)


def answer(gateway: runtime.Element, flow: runtime.Flow) -> str:
    """What is answered where the ways part; a bare yes or no with its question."""
    return f"{gateway.name}{flow.name}" if flow.name and len(flow.name) <= SHORT else flow.name


def _walk(program: runtime.Program, element_id: str, way: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    element = program.elements[element_id]
    outgoing = [program.flows[flow] for flow in element.outgoing]
    if not outgoing and element.parent and element.type == "endEvent":
        yield from _walk(program, element.parent, way, seen)
    for flow in outgoing:
        target = program.elements[flow.target]
        told = way or (answer(element, flow) if len(outgoing) > 1 else "")
        if target.id in seen:
            continue
        seen.add(target.id)
        if target.type in STOPS or (target.type == "endEvent" and target.parent is None):
            yield told, target.id
        elif target.type in ("subProcess", "transaction"):
            yield from _into(program, target, told, seen)
        else:
            yield from _walk(program, target.id, told, seen)


def _into(program: runtime.Program, scope: runtime.Element, way: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    for inner in program.children.get(scope.id, ()):
        if inner.type == "startEvent":
            yield from _walk(program, inner.id, way, seen)
