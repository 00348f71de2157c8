"""What comes after a step as far as the diagram says it: the places where a token next stops, and the answers that lead there."""

from __future__ import annotations

from collections.abc import Iterator

from engine import runtime
from engine.basics import sayings

SHORT = 1  # 是, 否, 有, 无
BARE = frozenset({"yes", "no", "none", "是的", "不是", "没有"})  # longer, and they tell no more
THROWING = frozenset({"endEvent", "intermediateThrowEvent"})
RISING = frozenset({"error", "escalation", "cancel"})
STOPS = frozenset({"userTask", "receiveTask", "intermediateCatchEvent", "callActivity", "manualTask"})
MOST_STEPS = 2000  # a diagram whose ways part and meet again and again has more ways than anybody can be told

Turns = tuple[tuple[str, str], ...]  # gateway and flow at each place where the ways part
Ways = tuple[str, ...]


def after(program: runtime.Program, element_id: str) -> list[tuple[Ways, str]]:
    """The places where a token next stops after an element, each with the answers on the way (none where it comes anyway).

    What every answer of a gateway leads to does not depend on it. A place is there once for each way.
    """
    by_element: dict[str, dict[Turns, None]] = {}
    for turns, target in _walk(program, element_id):
        by_element.setdefault(target, {})[turns] = None
    told = (
        (_answers(program, turns), target) for target, all_turns in by_element.items() for turns in _merged(program, all_turns)
    )
    return list(dict.fromkeys(told))


def tasks_after(program: runtime.Program, element_id: str) -> Iterator[str]:
    """The user tasks that may be the next one after an element, whatever else the case waits for between."""
    seen, waiting = set[str](), [element_id]
    while waiting:
        for _ways, target in after(program, waiting.pop()):
            if target in seen:
                continue
            seen.add(target)
            if program.elements[target].type == "userTask":
                yield target
            elif program.elements[target].type != "endEvent":
                waiting.append(target)


def answer(gateway: runtime.Element, flow: runtime.Flow) -> str:
    """What is answered where the ways part; a bare yes or no with its question."""
    is_bare = 0 < len(flow.name) <= SHORT or flow.name.casefold() in BARE
    return with_question(gateway.name, flow.name) if is_bare else flow.name


def with_question(asked: str, answered: str) -> str:
    """A question and its answer in one, set as the writing of the question is: 库存充足？否, Enough in stock? – No.

    A Chinese answer that says the question's own last words again is a sentence with it: 客户接受？ and 不接受 is 客户不接受.
    """
    if not asked or not answered:
        return asked or answered
    is_question = asked.endswith(("?", "？"))
    verb = answered.removeprefix("不")
    if is_question and sayings.is_chinese(verb) and asked[:-1].endswith(verb) and asked[:-1] != verb:
        return asked[:-1].removesuffix(verb) + answered
    if not sayings.is_chinese(asked + answered):
        return f"{asked} – {answered}" if is_question else f"{asked}: {answered}"
    return f"{asked}{answered}" if is_question else f"{asked}：{answered}"


def _answers(program: runtime.Program, turns: Turns) -> Ways:
    told = (answer(program.elements[gateway], program.flows[flow]) for gateway, flow in turns)
    return tuple(each for each in told if each)


def _walk(program: runtime.Program, element_id: str) -> Iterator[tuple[Turns, str]]:
    """Every place with every way to it, none through the same element twice; the first flow of a diagram first."""
    waiting: list[tuple[str, Turns, frozenset[str]]] = [(element_id, (), frozenset())]
    for _step in range(MOST_STEPS):
        if not waiting:
            return
        at, turns, passed = waiting.pop()
        onward: list[tuple[str, Turns, frozenset[str]]] = []
        for target, taken in _onward(program, program.elements[at], turns):
            if target.type in STOPS or (target.type == "endEvent" and target.parent is None):
                yield taken, target.id
            elif target.id not in passed:
                onward += [(each, taken, passed | {target.id}) for each in _entered(program, target)]
        waiting += reversed(onward)


def _onward(program: runtime.Program, element: runtime.Element, turns: Turns) -> Iterator[tuple[runtime.Element, Turns]]:
    catcher = _catcher(program, element)
    if catcher is not None:
        yield from _onward(program, catcher, turns)
    if _rises_alone(element, catcher):
        return
    if not element.outgoing and element.parent and element.type == "endEvent":
        yield from _onward(program, program.elements[element.parent], turns)
    is_choice = len(element.outgoing) > 1 and element.type != "parallelGateway"
    for flow in element.outgoing:
        taken = ((element.id, flow),) if is_choice else ()
        yield program.elements[program.flows[flow].target], turns + taken


def _rises_alone(element: runtime.Element, catcher: runtime.Element | None) -> bool:
    """Whether nothing goes on where an event is thrown: it is an error, or what catches it interrupts."""
    is_error = element.type == "endEvent" and element.event is not None and element.event.kind in ("error", "cancel")
    return is_error or (catcher is not None and catcher.interrupting)


def _catcher(program: runtime.Program, element: runtime.Element) -> runtime.Element | None:
    """What catches the error, escalation or cancellation that an element throws: the nearest around it, its own code first."""
    event = element.event
    if element.type not in THROWING or event is None or event.kind not in RISING:
        return None
    inside: runtime.Element | None = element
    while inside is not None:
        near = [*_started(program, inside.parent, but=inside.id), *_attached(program, inside.parent)]
        caught = {each.event.code: each for each in near if each.event and each.event.kind == event.kind}
        if event.code in caught or None in caught:
            return caught.get(event.code) or caught[None]
        inside = program.elements[inside.parent] if inside.parent else None
    return None


def _started(program: runtime.Program, scope: str | None, *, but: str) -> Iterator[runtime.Element]:
    """The start events of the event subprocesses in a scope; what one of them throws is not for itself to catch."""
    for each in program.children.get(scope, ()):
        if each.event_subprocess and each.id != but:
            yield from (inner for inner in program.children.get(each.id, ()) if inner.type == "startEvent")


def _attached(program: runtime.Program, activity: str | None) -> Iterator[runtime.Element]:
    return (each for each in program.elements.values() if activity and each.attached_to == activity)


def _entered(program: runtime.Program, target: runtime.Element) -> list[str]:
    if target.type not in ("subProcess", "transaction"):
        return [target.id]
    return [inner.id for inner in program.children.get(target.id, ()) if inner.type == "startEvent"]


def _merged(program: runtime.Program, all_turns: dict[Turns, None]) -> list[Turns]:
    """The ways to one place, without the answers at gateways of which every flow leads there."""
    left = dict(all_turns)
    for turns in sorted(all_turns, key=len, reverse=True):
        before = turns
        while before in left and before:
            *rest, (gateway, _flow) = before
            all_flows = [(*rest, (gateway, flow)) for flow in program.elements[gateway].outgoing]
            if not all(each in left for each in all_flows):
                break
            for each in all_flows:
                del left[each]
            before = tuple(rest)
            left[before] = None
    return sorted(left, key=lambda each: list(all_turns).index(each) if each in all_turns else -1)
