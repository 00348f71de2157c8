"""Values with which a case stops at a gateway because no sequence flow behind is taken, and flows that never are.

Only conditions over a single variable are looked at: of others nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal

from engine import feel, forms, runtime
from engine.definitions import refusals, task_settings
from engine.deploying.checking.data import process_variables
from engine.deploying.checking.samples import Samples
from engine.problems import ElementName, NameList, Problem, Word

OUTCOME = "The outcome “%(outcome)s” of “%(task)s” leads nowhere here: no condition holds for it and there is no default."
VALUE = "If %(variable)s is %(value)s, no condition here holds and there is no default: a case would stop."
ALIKE = "No condition tells %(names)s apart: whichever is pressed, the case goes the same way."
NEVER = "This way is never taken: whatever its condition lets through, the ways tried before it take."
BOTH = "Both %(first)s and %(second)s hold if %(variable)s is %(value)s; the one that stands first in the file is taken."
_SPLITS = ("exclusiveGateway", "inclusiveGateway")


def problems(program: runtime.Program, drawn: Iterable[forms.Form]) -> Iterator[Problem]:
    """What the conditions of gateways leave out or take twice: warnings at the gateway or the sequence flow.

    `drawn` are the forms of the process: they say which values a field can have.
    """
    drawn = list(drawn)
    yield from _outcomes(program, drawn)
    samples = Samples(program, drawn)
    for gateway in program.elements.values():
        if gateway.type in _SPLITS and len(gateway.outgoing) > 1:
            yield from _values(program, gateway, samples)


def _outcomes(program: runtime.Program, drawn: Collection[forms.Form]) -> Iterator[Problem]:
    for task in program.elements.values():
        settings = task_settings.read(task.properties)
        if task.type == "userTask" and settings.has_own_outcomes and not (task.multi_instance or task.outputs):
            writers = _writers(program, settings.result, drawn)
            yield from _alike(program, task, settings, writers)
            for outcome in settings.outcomes:
                for gateway in _stops(program, task, settings.result, outcome.id, writers):
                    told: dict[str, object] = {
                        "outcome": outcome.label or outcome.id,
                        "task": ElementName(task.name, task.type),
                    }
                    yield Problem(gateway.id, gateway.name, OUTCOME, told, "warning")


def _writers(program: runtime.Program, variable: str, drawn: Collection[forms.Form]) -> set[str]:
    """The elements behind which the variable may hold something else, those around them included."""
    writers: set[str | None] = {
        element.id
        for element in program.elements.values()
        if process_variables.may_write(element, variable) or process_variables.is_open(element)
    }
    names = {form.id for form in drawn if any(each.path[:1] == (variable,) for each in form.walk())}
    writers |= {element.id for element in program.elements.values() if element.form_id in names}
    around = list(writers)
    while around:
        parent = program.elements[around.pop() or ""].parent
        if parent is not None and parent not in writers:
            writers.add(parent)
            around.append(parent)
    return {each for each in writers if each is not None}


def _alike(
    program: runtime.Program, task: runtime.Element, settings: task_settings.TaskSettings, writers: Collection[str]
) -> Iterator[Problem]:
    """Outcomes of one task that nothing in the process tells apart, but a refusal that ends the case by itself.

    Who names the variable himself means it for somebody: a register, a process that calls this one.
    """
    named = re.compile(rf"(?<!\w){re.escape(settings.result)}(?!\w)")
    if settings.result != task_settings.RESULT or any(
        refusals.is_opaque(each) or any(map(named.search, refusals.texts(each))) for each in program.elements.values()
    ):
        return
    ends = refusals.REJECT if refusals.ends_case(program, task.id, settings) else ""
    same: dict[object, list[Word]] = {}
    for outcome in settings.outcomes:
        if outcome.id != ends:
            way = frozenset(_decided(program, task, settings.result, outcome.id, writers))
            same.setdefault(way, []).append(Word("outcomes", outcome.label or outcome.id))
    for names in same.values():
        if len(names) > 1:
            yield Problem(task.id, task.name, ALIKE, {"names": NameList(names)}, "warning")


def _decided(
    program: runtime.Program, task: runtime.Element, variable: str, value: str, writers: Collection[str]
) -> Iterator[object]:
    """What a value of the variable decides behind a task: the flows that may be taken, and conditions that ask for it beside
    something else."""
    for element, taken in _ways(program, task, variable, value, writers):
        yield element.id, tuple(taken)
        for flow in taken:
            expression = expression_of(program.flows[flow].condition)
            if expression is not None and variable in expression.names and expression.names - {variable}:
                compared = {text for name, text in feel.compared_texts(program.flows[flow].condition or "") if name == variable}
                yield flow, value in compared if compared else value


def _stops(
    program: runtime.Program, task: runtime.Element, variable: str, value: str, writers: Collection[str]
) -> Iterator[runtime.Element]:
    """The gateways at which a case with this outcome comes to a stop before the variable is written again."""
    ways = _ways(program, task, variable, value, writers)
    yield from (element for element, taken in ways if not taken and element.outgoing)


def _ways(
    program: runtime.Program, task: runtime.Element, variable: str, value: str, writers: Collection[str]
) -> Iterator[tuple[runtime.Element, list[str]]]:
    """The elements behind a task that a case with this outcome may reach before the variable is written again, with the
    sequence flows that it may take out of each."""
    todo, seen = [program.flows[flow].target for flow in task.outgoing], set(writers)
    while todo:
        element = program.elements[todo.pop()]
        if element.id in seen:
            continue
        seen.add(element.id)
        taken = _taken(program, element, {variable: value})
        yield element, taken
        todo += [program.flows[flow].target for flow in taken]


def _taken(program: runtime.Program, element: runtime.Element, context: Mapping[str, object]) -> list[str]:
    """The sequence flows that may be taken out of the element."""
    if element.type not in _SPLITS or len(element.outgoing) < 2:
        return list(element.outgoing)
    flows: list[str] = []
    for flow in (each for each in element.outgoing if each != element.default):
        holds = _holds(program.flows[flow].condition, context)
        flows += [] if holds is False else [flow]
        if holds and element.type == "exclusiveGateway":
            return flows
    return [*flows, element.default] if element.default else flows


def _holds(condition: str | None, context: Mapping[str, object]) -> bool | None:
    """Whether a condition holds; None where that depends on something else, or comes to neither yes nor no."""
    expression = expression_of(condition)
    if expression is None or expression.names - context.keys():
        return None
    try:
        value = expression.evaluate(context)
    except feel.FeelError:
        return None
    return value if isinstance(value, bool) else None


def expression_of(condition: str | None) -> feel.Expression | None:
    """The expression of a condition, with or without its "="; None where it cannot be read."""
    text = condition or ""
    try:
        return feel.compile(feel.body(text) if feel.is_expression(text) else text)
    except feel.FeelError:
        return None


def _values(program: runtime.Program, gateway: runtime.Element, samples: Samples) -> Iterator[Problem]:
    """Gaps and overlaps among the conditions of a gateway that all ask for the same variable."""
    flows = [program.flows[flow] for flow in gateway.outgoing if flow != gateway.default]
    read = [expression for flow in flows if (expression := expression_of(flow.condition)) is not None]
    names = {name for expression in read for name in expression.names}
    if len(read) != len(flows) or len(names) != 1 or not all(expression.names for expression in read):
        return
    (name,) = names
    values = samples.of(name, [expression.tree for expression in read])
    if gateway.default is None:
        yield from _gap(gateway, flows, name, values, samples.label(name))
    if gateway.type == "exclusiveGateway":
        yield from _overlaps(gateway, flows, name, values, samples.label(name))


def _gap(gateway: runtime.Element, flows: list[runtime.Flow], name: str, values: list[object], label: str) -> Iterator[Problem]:
    for value in values:
        if all(_holds(flow.condition, {name: value}) is False for flow in flows):
            yield Problem(gateway.id, gateway.name, VALUE, {"variable": label, "value": _text(value)}, "warning")
            return


def _overlaps(
    gateway: runtime.Element, flows: list[runtime.Flow], name: str, values: list[object], label: str
) -> Iterator[Problem]:
    """A flow that others hide, and two flows that each let through what the other one does not, and something both do."""
    taken = [{place for place, value in enumerate(values) if _holds(flow.condition, {name: value})} for flow in flows]
    for later, flow in enumerate(flows):
        if taken[later] and taken[later] <= set().union(*taken[:later]):
            yield Problem(flow.id, flow.name, NEVER, severity="warning")
            return
        for earlier in range(later):
            both = taken[earlier] & taken[later]
            if both and taken[earlier] - both and taken[later] - both:
                first, second = (each.name or each.condition or "" for each in (flows[earlier], flow))
                told: dict[str, object] = {
                    "first": first,
                    "second": second,
                    "variable": label,
                    "value": _text(values[min(both)]),
                }
                yield Problem(gateway.id, gateway.name, BOTH, told, "warning")
                return


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value).lower() if isinstance(value, bool) else f"“{value}”"
