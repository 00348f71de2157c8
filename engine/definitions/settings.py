"""What a process owner sets beside the diagram: workflow.toml for a process, zeebe:properties for a user task."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from engine import errors, feel
from engine.basics.nearest import nearest
from engine.definitions import terms
from engine.problems import Problem
from engine.storage import numbers

MAX_SUMMARY = 5
STANDARD_OUTCOMES = {"submit": "提交", "approve": "同意", "reject": "不同意并结束", "return": "退回修改"}
OPINIONS = ("none", "optional", "required", "required on reject")
KINDS = ("approve", "handle")
END_OUTCOME = "outcome"
ENDS = ("reject", "withdrawn")
RULES = ("any",)
TOTALS = ("sum", "average", "none")


@dataclass(frozen=True)
class Column:
    """A labelled value of a case: `value` is an expression, `type` a form-js type of a register's column.

    `total` is what stands under a register's number column: their sum, their average or none.
    """

    label: str
    value: str
    type: str = "text"
    total: str = "sum"


@dataclass(frozen=True)
class Settings:
    """workflow.toml. `due` and `warn` as in conventions ("5wd", "4wh", "2d", ISO, FEEL); `may_start` "*" is everyone, None unsaid."""

    title: str = ""
    category: str = ""
    description: str = ""
    order: int = 100
    number: str = numbers.DEFAULT_PATTERN
    may_start: tuple[str, ...] | None = None
    managers: tuple[str, ...] = ()
    visible_to: tuple[str, ...] = ()
    initiator_may_cancel: bool = True
    title_of_case: str = ""
    due: str = ""
    warn: str = ""
    summary: tuple[Column, ...] = ()
    register: tuple[Column, ...] = ()
    start_instructions: str = ""
    retention: str = ""
    public: terms.Public | None = None
    paper: tuple[terms.Paper, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """A way to complete a user task: its id goes into the variable, its label onto the button."""

    id: str
    label: str


@dataclass(frozen=True)
class TaskSettings:
    """The zeebe:properties of a user task; see docs/modelling for each."""

    kind: str = "handle"
    rule: str = "any"
    outcomes: tuple[Outcome, ...] = (Outcome("submit", STANDARD_OUTCOMES["submit"]),)
    result: str = "outcome"
    opinion: str = "optional"
    due: str = ""
    warn: str = ""
    escalate: str = ""
    separate_from: tuple[str, ...] = ()
    recused: str = ""
    summary: str = ""
    instructions: str = ""
    empty: str = ""
    has_own_outcomes: bool = False

    def outcome(self, outcome_id: str) -> Outcome | None:
        """The outcome of that id, if the task offers it."""
        return next((outcome for outcome in self.outcomes if outcome.id == outcome_id), None)

    def needs_opinion(self, outcome_id: str) -> bool:
        """Whether this outcome may not be sent without an opinion (意见)."""
        if self.opinion == "required":
            return True
        return self.opinion == "required on reject" and outcome_id in ("reject", "return")


def read(raw: Mapping[str, Any]) -> Settings:
    """workflow.toml as `Settings`; what is wrong with it is told by `problems`, here it falls back to the default."""
    given = {name: _value(name, raw[name]) for name in raw.keys() & _NAMES if not _fault(name, raw[name])}
    instructions = raw.get("instructions")
    if isinstance(instructions, Mapping):
        given["start_instructions"] = str(instructions.get("start", ""))
    return Settings(**given)


def problems(raw: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a workflow.toml: unknown keys, wrong types, a number pattern without count, bad expressions."""
    found = [_unknown(name) for name in sorted(raw.keys() - _NAMES - _BESIDE)]
    for name in sorted(raw.keys() & _NAMES):
        fault = _fault(name, raw[name])
        if fault:
            found.append(_problem(fault, name=name))
    if not found:
        message = "The setting %(name)s holds an expression that cannot be read: %(text)s (%(reason)s)"
        for name, text in _expressions(read(raw)):
            if reason := _unreadable(text):
                found.append(_problem(message, name=name, text=text, reason=reason))
    return found


def read_task(properties: Mapping[str, str]) -> TaskSettings:
    """The zeebe:properties of a user task; unknown ones belong to somebody else and are left alone."""
    given: dict[str, Any] = {name: value.strip() for name, value in properties.items() if name in _TASK_TEXTS}
    if "separate_from" in properties:
        given["separate_from"] = _words(properties["separate_from"])
    kind = given.get("kind", "handle")
    outcomes = _outcomes(properties.get("outcomes", "approve,reject" if kind == "approve" else ""))
    if kind == "approve":
        given.setdefault("opinion", "required on reject")
    if outcomes:
        given |= {"outcomes": outcomes, "has_own_outcomes": True}
    return TaskSettings(**given)


def task_problems(properties: Mapping[str, str]) -> Iterator[tuple[str, dict[str, object]]]:
    """What is wrong with a user task's properties, as message id and values."""
    task = read_task(properties)
    for name, allowed in (("kind", KINDS), ("rule", RULES), ("opinion", OPINIONS)):
        if getattr(task, name) not in allowed:
            yield "The property %(name)s cannot be “%(value)s”.", {"name": name, "value": getattr(task, name)}
    ids = [outcome.id for outcome in task.outcomes]
    if len(set(ids)) != len(ids):
        yield "The property %(name)s names an outcome twice.", {"name": "outcomes"}
    for outcome in task.outcomes:
        if not outcome.label:
            yield "The outcome “%(value)s” has no label; write it as id:label.", {"value": outcome.id}
    for name in ("due", "warn", "summary", "recused"):
        text = getattr(task, name)
        if reason := _unreadable(text):
            message = "The property %(name)s holds an expression that cannot be read: %(text)s (%(reason)s)"
            yield message, {"name": name, "text": text, "reason": reason}


def end_problems(properties: Mapping[str, str]) -> Iterator[tuple[str, dict[str, object]]]:
    """What is wrong with an end event's `outcome` (`reject`, `withdrawn`, with words of its own after a colon)."""
    value = properties.get(END_OUTCOME)
    if value is not None and value.strip().partition(":")[0] not in ENDS:
        yield "The property %(name)s cannot be “%(value)s”.", {"name": END_OUTCOME, "value": value}


_BESIDE = {"instructions", "forms", "decisions"}
_NAMES = {field.name for field in fields(Settings)} - {"start_instructions"}
_LISTS = {"may_start", "managers", "visible_to"}
_TASK_TEXTS = {"kind", "rule", "result", "opinion", "due", "warn", "escalate", "recused", "summary", "instructions", "empty"}


def _value(name: str, value: Any) -> Any:
    if name in ("summary", "register"):
        return tuple(Column(row["label"], row["value"], row.get("type", "text"), row.get("total", "sum")) for row in value)
    if name == "public":
        return terms.read(value)
    if name == "paper":
        return terms.papers(value)
    return tuple(value) if name in _LISTS else value


def _fault(name: str, value: Any) -> str | None:
    if name in ("summary", "register"):
        return (
            None
            if _are_columns(value, name)
            else "The setting %(name)s must be tables with label, value and total (sum, average or none), at most five in the summary."
        )
    if name == "public":
        return None if terms.is_fine(value) else terms.FAULT
    if name == "paper":
        return None if terms.papers(value) is not None else "The setting %(name)s must be tables with template and title."
    if name in _LISTS:
        is_fine = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return None if is_fine else "The setting %(name)s must be a list of group names."
    expected = type(getattr(Settings(), name))
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        return "The setting %(name)s has the wrong type."
    if name == "number" and not numbers.is_pattern(value):
        return "The setting %(name)s needs exactly one {seq}; else only {date}, {year} and {month}."
    return None


def _are_columns(value: Any, name: str) -> bool:
    if not isinstance(value, list) or (name == "summary" and len(value) > MAX_SUMMARY):
        return False
    return all(isinstance(row, Mapping) and _is_column(row) for row in value)


def _is_column(row: Mapping[str, Any]) -> bool:
    texts = all(isinstance(row.get(name, ""), str) for name in ("label", "value", "type"))
    return texts and {"label", "value"} <= row.keys() and row.get("total", "sum") in TOTALS


def _expressions(settings: Settings) -> Iterator[tuple[str, str]]:
    for name in ("title_of_case", "due", "warn"):
        yield name, getattr(settings, name)
    for name in ("summary", "register"):
        for column in getattr(settings, name):
            yield name, column.value
    if settings.public is not None:
        yield from (("public", text) for text in terms.expressions(settings.public))


def _unreadable(text: str) -> errors.Refusal | None:
    """Why a text is an expression that cannot be read; None for any other."""
    if not feel.is_expression(text):
        return None
    found = feel.problems(feel.body(text), functions=None)
    grave = next((problem for problem in found if problem.severity == "error"), None)
    return errors.Refusal(grave.message, fields=None, **grave.values) if grave else None


def _outcomes(text: str) -> tuple[Outcome, ...]:
    pairs = [word.partition(":")[::2] for word in _words(text)]
    return tuple(Outcome(name.strip(), label.strip() or STANDARD_OUTCOMES.get(name.strip(), "")) for name, label in pairs)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in re.split("[,，]", text) if word.strip())


def _unknown(name: str) -> Problem:
    similar = nearest(name, _NAMES | _BESIDE)
    if similar is None:
        return _problem("Unknown setting %(name)s.", name=name)
    return _problem("Unknown setting %(name)s; did you mean %(similar)s?", name=name, similar=similar)


def _problem(message: str, **values: object) -> Problem:
    return Problem("", "", message, values)
