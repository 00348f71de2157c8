"""Making a decision of a draft with values that somebody types, to see which rules hit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import decisions, errors, feel
from engine.cases import look_ups
from engine.decisions import item_types
from engine.decisions.dmn.compiling import listed
from engine.decisions.logic import Literal
from engine.decisions.model import Decision, InputData, Model
from engine.decisions.table import DecisionTable

# Of the engine's functions those that only ask the organisation; the others ask a case or records, which a trial has not.
OF_PEOPLE = ("head of", "manager of", "managers of", "members of", "department of", "department name of", "name of")
ONLY_IN_A_CASE = "“%(name)s” asks a case or records, which there are none of here. Please try the process as a whole."
MOST_LETTERS = 1_000
MOST_STEPS = 200_000


@dataclass(frozen=True)
class GivenValue:
    """A value that a decision asks for; `kind` string, number, boolean, date … or empty for any, `words` what it may be."""

    name: str
    label: str
    kind: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tried:
    """What came of it: `value` and `trail` as decisions.Outcome has them, `warnings` in words' message ids.

    `is_answered` tells whether a rule or a default of the decision's own table gave the value, even an empty one.
    """

    value: object
    trail: list[dict[str, Any]]
    warnings: list[errors.Refusal]
    is_answered: bool


def asked(model: Model, decision_id: str) -> list[GivenValue]:
    """What a decision and those it requires ask for from outside, in the order in which it is met."""
    decision = model.decisions.get(decision_id)
    values: dict[str, GivenValue] = {}
    if decision is not None:
        _collect(decision, values, set())
    return [each for each in values.values() if each.name not in look_ups.NAMES]


def _called(model: Model, decision_id: str) -> list[str]:
    """The engine's functions that it asks with its columns."""
    values: dict[str, GivenValue] = {}
    _collect(model.decisions[decision_id], values, set())
    return [name for name in values if name in look_ups.NAMES]


def tried(
    model: Model, decision_id: str, typed: Mapping[str, str], *, functions: Mapping[str, Any] | None = None, now: datetime
) -> Tried:
    """Makes the decision. Texts are taken by the kind of what they are for; `=…` is FEEL; an empty one is null.

    `functions` are the engine's (`look_ups.seen_from`), of which those that ask the organisation are used.

    Raises NotFound, Invalid for a value that is none of its kind, and what making the decision raises.
    """
    if decision_id not in model.decisions:
        raise errors.NotFound("There is no decision %(name)s.", name=decision_id[:100])
    if asks := next((name for name in _called(model, decision_id) if name not in OF_PEOPLE), None):
        raise errors.Invalid(ONLY_IN_A_CASE, name=asks)
    values = {each.name: _value(each, typed.get(each.name, "").strip()) for each in asked(model, decision_id)}
    people = {name: each for name, each in (functions or {}).items() if name in OF_PEOPLE}
    outcome = decisions.evaluate(model, decision_id, values, functions=people, now=now, budget=feel.Budget(MOST_STEPS))
    warnings = [errors.Refusal(each.message, fields=None, **each.values) for each in outcome.warnings]
    trail: list[dict[str, Any]] = outcome.trail
    own = trail[-1].get("tables", []) if trail else []
    is_answered = not own or any(each.get("rules") or each.get("defaulted") for each in own)
    return Tried(feel.to_json(outcome.value), trail, warnings, is_answered)


def _collect(decision: Decision, values: dict[str, GivenValue], seen: set[str]) -> None:
    if decision.id in seen:
        return
    seen.add(decision.id)
    required = {}
    for requirement in decision.requirements:
        target = requirement.target
        required[target.name] = target
        if isinstance(target, Decision):
            _collect(target, values, seen)
    columns = decision.logic.inputs if isinstance(decision.logic, DecisionTable) else ()
    for column in columns:
        if isinstance(column.logic, Literal):
            _of_column(column, required, values)
    for name, target in required.items():
        if isinstance(target, InputData):
            values.setdefault(name, GivenValue(name, target.title or name, _kind(target.type)))


def _of_column(column: Any, required: Mapping[str, object], values: dict[str, GivenValue]) -> None:
    names = sorted(column.logic.expression.names)
    is_name = names == [column.logic.expression.text]
    for name in names:
        target = required.get(name)
        if isinstance(target, Decision):
            continue
        declared = target.type if isinstance(target, InputData) and not target.type.is_any else None
        kind = _kind(declared or (column.type if is_name else item_types.ANY))
        words = tuple(map(str, listed(column.allowed.text))) if is_name and column.allowed else ()
        called = column.label if is_name else target.title if isinstance(target, InputData) else ""
        values[name] = GivenValue(name, called or name, kind, words)


def _kind(type: item_types.Type) -> str:
    return "" if type.is_any else str(type.base)


def _value(given: GivenValue, text: str) -> object:
    if not text:
        return None
    if len(text) > MOST_LETTERS:
        raise errors.Invalid("A value has at most %(limit)s letters.", limit=MOST_LETTERS)
    if text.startswith("="):
        return feel.evaluate(text[1:], {}, budget=feel.Budget(MOST_STEPS))
    if given.kind == "boolean":
        return {"true": True, "false": False}.get(text)
    if given.kind == "number" or (not given.kind and _is_number(text)):
        return _number(text)
    return text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit() and text.isascii()


def _number(text: str) -> object:
    if not _is_number(text):
        raise errors.Invalid("“%(value)s” is no number.", value=text[:60])
    return feel.evaluate(text, {})
