"""Decision tables tried on the values that their cells tell apart: rules that hold at once where one may, values that none takes.

Rules that take every case, and several words written as one, are seen from the cells alone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from engine import decisions, errors, feel
from engine.decisions.failures import RuleConflict
from engine.decisions.logic import Literal
from engine.decisions.model import Decision, Model
from engine.decisions.rules import Input
from engine.decisions.table import DecisionTable
from engine.problems import Problem

MOST_TRIES = 400
TOGETHER = "The rules %(rules)s hold at once where %(where)s, but only one may by the hit policy of the table."
NOBODY = "No rule holds where %(where)s, and there is no default: the decision then says nothing."
ALL_TAKEN = "Rule %(rule)s has no conditions: it takes everything, so that the rules below it never decide."
ALL_TAKEN_TOO = "Rule %(rule)s has no conditions: it takes everything, so that every other rule fits together with it."
ONE_WORD = "Rule %(rule)s: “%(words)s” is one text. Several are written one by one: %(apart)s."
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)  # plain comparisons do not ask for it
_PLAIN = re.compile(r'(?>(?:\s|"[^"]*+"|\d++(?>(?:\.\d++)?)|[<>=\[\]().,-]|\bnot\b|\btrue\b|\bfalse\b)*)')
_LISTED = re.compile(r'"([^"]*[、，][^"]*)"')
_TEXT, _NUMBER = re.compile(r'"([^"]*)"'), re.compile(r"-?\d+(?:\.\d+)?")


def beside(problems: list[Problem], model: Model) -> list[Problem]:
    """The problems that were found in a model, with those of its tables where nothing keeps it from running."""
    return problems if any(problem.severity == "error" for problem in problems) else [*problems, *of_model(model)]


def of_model(model: Model) -> Iterator[Problem]:
    """Warnings at decisions that are tables; plain ones over what they are given are tried, the first of either kind told."""
    for decision in model.decisions.values():
        if isinstance(decision.logic, DecisionTable):
            told = [*_taking_all(decision, decision.logic), *_written_as_one(decision, decision.logic)]
            yield from told
            if not told and not any(isinstance(each.target, Decision) for each in decision.requirements):
                yield from _of_table(model, decision, decision.logic)


def _taking_all(decision: Decision, table: DecisionTable) -> Iterator[Problem]:
    """The first rule without conditions, where it leaves the others nothing to decide."""
    open_to_all = next((each for each in table.rules if not each.cells), None)
    if open_to_all is None or not table.inputs:
        return
    if table.policy.first_only and open_to_all is not table.rules[-1]:
        yield _at(decision, ALL_TAKEN, rule=open_to_all.number)
    elif table.policy.name == "U" and len(table.rules) > 1:
        yield _at(decision, ALL_TAKEN_TOO, rule=open_to_all.number)


def _written_as_one(decision: Decision, table: DecisionTable) -> Iterator[Problem]:
    """The first cell with a text that reads like a list and is none of the words its column lists."""
    for rule in table.rules:
        for cell, column in zip(rule.conditions, table.inputs, strict=True):
            known = _TEXT.findall(column.allowed.text) if column.allowed is not None else []
            for words in _LISTED.findall(cell):
                if words not in known:
                    apart = ", ".join(f'"{word.strip()}"' for word in re.split("[、，]", words) if word.strip())
                    yield _at(decision, ONE_WORD, rule=rule.number, words=words, apart=apart)
                    return


def _at(decision: Decision, message: str, **told: object) -> Problem:
    return Problem(decision.id, decision.title or decision.name, message, told, "warning")


def _of_table(model: Model, decision: Decision, table: DecisionTable) -> Iterator[Problem]:
    columns = {name: _values(table, place) for place, each in enumerate(table.inputs) if (name := asked_of(each))}
    tries = 1
    for values in columns.values():
        tries *= len(values)
    if len(columns) < len(table.inputs) or not 0 < tries <= MOST_TRIES:
        return
    problems: dict[str, Problem] = {}
    for combined in itertools.product(*columns.values()):
        given = dict(zip(columns, combined, strict=True))
        message, rules = _tried(model, decision, table, given)
        if message and message not in problems:
            problems[message] = _at(decision, message, rules=rules, where=_where(table, given))
    yield from problems.values()


def _tried(model: Model, decision: Decision, table: DecisionTable, given: dict[str, object]) -> tuple[str, object]:
    """What is wrong with the answer to some values, as message id, and the rules it is about."""
    try:
        outcome = decisions.evaluate(model, decision.id, dict(given), now=MOMENT)
    except RuleConflict as refusal:
        return TOGETHER, refusal.values["rules"]
    except errors.Refusal:
        return "", ""
    has_default = any(column.default for column in table.outputs)
    steps: Iterable[dict[str, Any]] = outcome.trail
    hit = any(each.get("rules") for step in steps for each in step.get("tables", []))
    return ("", "") if hit or has_default or table.policy.is_list else (NOBODY, "")


def asked_of(column: Input) -> str:
    """The variable that a column asks about; empty where it asks for more."""
    if not isinstance(column.logic, Literal):
        return ""
    expression = column.logic.expression
    return expression.text if sorted(expression.names) == [expression.text] else ""


def texts_of(cell: str) -> list[str]:
    """The texts that a cell compares with; none of one that says more than plain comparisons."""
    return _TEXT.findall(cell) if _PLAIN.fullmatch(cell) else []


def _values(table: DecisionTable, place: int) -> list[object]:
    """What a column may be, as far as its cells tell it apart; none where they say more than plain comparisons."""
    texts = [rule.conditions[place] for rule in table.rules]
    if not all(_PLAIN.fullmatch(each) for each in texts):
        return []
    words = {word for each in texts for word in _TEXT.findall(each)}
    bare = [_TEXT.sub("", each) for each in texts]
    numbers = {Decimal(number) for each in bare for number in _NUMBER.findall(each)}
    allowed = table.inputs[place].allowed
    if words:
        listed = _TEXT.findall(allowed.text) if allowed is not None else []
        return [] if numbers else sorted(words | set(listed))
    if numbers:
        return list(_around(sorted(numbers)))
    return [True, False] if any("true" in each or "false" in each for each in bare) else [None]


def _around(bounds: list[Decimal]) -> Iterator[Decimal]:
    """Each bound and what lies beside and between them; nothing below 0 unless a cell asks for it."""
    has_parts = any(each != each.to_integral_value() for each in bounds)
    between = [(low + high) / 2 for low, high in itertools.pairwise(bounds)] if has_parts else []
    beside = [each + step for each in bounds for step in (-1, 1)]
    yield from sorted(each for each in {*bounds, *between, *beside} if each >= min(Decimal(0), bounds[0]))


def _where(table: DecisionTable, given: dict[str, object]) -> str:
    labels = [each.label for each in table.inputs]
    return ", ".join(
        f"{label} = {feel.to_json(value)}" for label, value in zip(labels, given.values(), strict=True) if value is not None
    )
