"""What a customer said by telephone: read off what staff filled in at the step that asks him, as he would have said it online."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine import errors, feel, runtime
from engine.cases import cases
from engine.definitions.definitions import Definition
from engine.definitions.task_settings import SUBMIT

ACCEPTED, RATING = "accepted", "rating"
Variables = Mapping[str, Any]
WorkOut = Callable[[str, Variables], Any]  # an expression, as JSON holds its value; None where it has none


def answer(
    definition: Definition, event: runtime.Element, told: Variables, known: Variables, work_out: WorkOut
) -> dict[str, Any]:
    """`accepted`, `chosen` (in the reader's words), `rating` and the comment, each where it is known.

    `event` takes the customer's own answer at the step, `told` is what the history holds of the step's completion, `known` the
    variables of the case before it. What the step makes of its form is held against what the event makes of an answer.
    """
    step = definition.program.elements[str(event.attached_to)]
    settings, outcome = definition.tasks.get(step.id), told.get("outcome")
    filled_in = {**told["values"], **({settings.result: outcome} if settings else {})}
    # What another answer has left in the case is not of this one.
    own = {ACCEPTED, RATING, cases.COMMENT, *(each.target for each in event.outputs)}
    context = {name: value for name, value in known.items() if name not in own} | filled_in
    given = filled_in | {each.target: work_out(each.source, context) for each in step.outputs}
    decides, accepted = _accepted(event, given, work_out)
    label = settings.outcome(str(outcome)) if settings and outcome not in (None, SUBMIT) else None
    chosen = label.label if label else _label(definition, step, decides, told["values"])
    said = {ACCEPTED: accepted, "chosen": chosen}
    for name in (RATING, cases.COMMENT):
        said[name] = next((given[each] for each in _holding(event, name) if given.get(each) is not None), None)
    return {name: value for name, value in said.items() if value not in (None, "")}


def _accepted(event: runtime.Element, given: Variables, work_out: WorkOut) -> tuple[str, bool | None]:
    """The variable by which the process knows whether the customer accepts, and whether he does."""
    if isinstance(given.get(ACCEPTED), bool) and not event.outputs:
        return ACCEPTED, given[ACCEPTED]
    for each in event.outputs:
        yes, no = (work_out(each.source, {**given, ACCEPTED: answer}) for answer in (True, False))
        if yes != no and given.get(each.target) in (yes, no):
            return each.target, given[each.target] == yes
    return ACCEPTED, None


def _holding(event: runtime.Element, name: str) -> Iterator[str]:
    """The variables in which the process keeps that part of an answer."""
    yield from (each.target for each in event.outputs if feel.body(each.source).strip() == name)
    yield name


def _label(definition: Definition, step: runtime.Element, decides: str, values: Variables) -> str | None:
    """The word that staff chose for the customer in the field that decides."""
    form = definition.forms.get(step.form_id or "")
    asked = {decides} | {name for each in step.outputs if each.target == decides for name in _names(each.source)}
    for part in form.parsed.walk() if form else ():
        name = part.path[-1] if part.path else ""
        if name in asked and values.get(name) is not None:
            options = part.raw.get("values") or ()
            return next((str(each.get("label")) for each in options if each.get("value") == values[name]), None)
    return None


def _names(source: str) -> frozenset[str]:
    with contextlib.suppress(errors.Refusal):  # it names others that are not spelled like names; it was evaluated with them
        return feel.compile(feel.body(source)).names
    return frozenset()
