"""The fields that reports may ask for: those of every case or step, and the columns that processes declare for their registers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from engine import errors
from engine.basics.nearest import nearest
from engine.cases.lines import cells
from engine.cases.personal import personal_data
from engine.definitions.definitions import Definition
from engine.definitions.settings import Column
from engine.queries.records import register_filters
from engine.reporting.question import DECLARED, STEPS, Condition, Question
from engine.reporting.spans import UNITS

STANDARD = {
    "started": "moment",
    "ended": "moment",
    "process": "process",
    "state": "state",
    "department": "department",
    "initiator": "person",
}
OF_STEPS = {"element": "text", "handler": "person"}
PLAIN = ("count", "share", "in_time", "duration.median", "duration.average")
WORKED_OUT = ("sum", "average")


@dataclass(frozen=True)
class ReportField:
    """One field. `kind`: text, number, moment, process, state, department or person; `columns` by process, of a declared one."""

    name: str
    kind: str
    columns: Mapping[str, Column] = field(default_factory=dict)
    is_personal: bool = False

    @property
    def said(self) -> str:
        """What its process calls it, in the language of whoever reads."""
        return next((each.label for each in self.columns.values()), self.label)

    @property
    def label(self) -> str:
        """What its process calls it in its file; the name itself of a standard field."""
        return self.name.removeprefix(DECLARED)


@dataclass(frozen=True)
class AskedField:
    """A field with the unit of days that it is grouped by, "" for none."""

    field: ReportField
    unit: str = ""


Fields = Mapping[str, ReportField]
READ: Mapping[str, tuple[Callable[[str], object], str]] = {
    "number": (register_filters.number, "A condition compares a number with “%(value)s”, which is none."),
    "moment": (register_filters.day, "A condition compares a day with “%(value)s”, which is none."),
}
Known = Mapping[str, str]  # what the columns of a saved report were when it was saved: label to column id


def known(definitions: Iterable[Definition], of: str) -> dict[str, ReportField]:
    """All fields of these processes by name, the standard ones first. Columns of one label and kind are one field."""
    fields = {name: ReportField(name, kind) for name, kind in (STANDARD | (OF_STEPS if of == STEPS else {})).items()}
    for definition in definitions:
        for column in definition.settings.register:
            _add(fields, definition, column)
    return fields


def _add(fields: dict[str, ReportField], definition: Definition, column: Column) -> None:
    name, kind = f"{DECLARED}{column.name}", cells.kind(column)
    there = fields.get(name)
    if there is not None and there.kind != kind:
        return  # the same label for a number here and a text there: the first process decides
    columns = {definition.process_id: column, **(there.columns if there else {})}
    is_personal = (there is not None and there.is_personal) or names_a_person(definition, column)
    fields[name] = ReportField(name, kind, columns, is_personal)


def names_a_person(definition: Definition, column: Column) -> bool:
    """Whether a column shows a field that a form declares as personal; it may be shown masked, never grouped by."""
    return any(_mentioned(".".join(path), column.value) for path in _personal(definition))


def worked_out(field_known: ReportField) -> tuple[str, ...]:
    """The figures worked out of a field of numbers; one under which its process wants no total has no sum either."""
    if field_known.kind != "number":
        return ()
    return ("average",) if any(column.total == "none" for column in field_known.columns.values()) else WORKED_OUT


def first_id(field_known: ReportField) -> str:
    """The column id of a declared field in the first of its processes: it stays the same when the column is renamed."""
    return cells.column_id(next(iter(field_known.columns.values())))


def asked(name: str, fields: Fields) -> AskedField | None:
    """The field that a group names, with its unit; None where there is none."""
    if name in fields:
        return AskedField(fields[name])
    before, _slash, unit = name.rpartition("/")
    if unit in UNITS and before in fields and fields[before].kind == "moment":
        return AskedField(fields[before], unit)
    return None


def measured(name: str, fields: Fields) -> ReportField | None:
    """The declared field of numbers that a figure is worked out of; None for a plain one, and for what there is not."""
    how, _colon, label = name.partition(":")
    field_known = fields.get(f"{DECLARED}{label}") if how in WORKED_OUT else None
    return field_known if field_known is not None and field_known.kind == "number" else None


def faults(question: Question, fields: Fields, before: Known) -> Iterator[errors.Refusal]:
    """By field, what of a question its processes do not declare (any more); `before` are the columns it was saved with."""
    for name in question.group:
        yield from _of_group(name, fields, before)
    for condition in question.where:
        if condition.field not in fields:
            yield gone(condition.field, fields, before)
        elif (fault := unfit(condition, fields)) is not None:
            yield fault
    for name in question.measures:
        if name not in PLAIN and measured(name, fields) is None:
            yield _of_measure(name, fields, before)


def unfit(asked: Condition, fields: Fields) -> errors.Refusal | None:
    """What is wrong with the value of a condition: no number for a field of numbers, no day for one of days; None if it fits."""
    field_known = fields.get(asked.field)
    reads = READ.get(field_known.kind) if field_known is not None else None
    is_bound = asked.comparison in ("from", "to")
    if field_known is None or reads is None or not (is_bound or (asked.comparison in ("is", "not") and asked.value)):
        return None
    try:
        reads[0](asked.value)
    except errors.Invalid:
        return errors.Refusal(reads[1], value=asked.value[:40])
    return None


def gone(name: str, fields: Fields, before: Known) -> errors.Refusal:
    """The words for a field that is not there: under which name it stands now, or which is the nearest."""
    label = name.removeprefix(DECLARED)
    now = next((each for each in fields.values() if before.get(label) in _ids(each)), None) if label in before else None
    if now is not None:
        return errors.Refusal("The field “%(field)s” is called “%(now)s” now.", field=label, now=now.label)
    similar = nearest(label, [each.label for each in fields.values() if each.columns], cutoff=0.4)
    if similar:
        return errors.Refusal("There is no field “%(field)s”. Is it “%(similar)s”?", field=label, similar=similar)
    return errors.Refusal("There is no field “%(field)s”.", field=label)


def _of_group(name: str, fields: Fields, before: Known) -> Iterator[errors.Refusal]:
    field_known = asked(name, fields)
    if field_known is None:
        plain = name.rpartition("/")[0] if name.rpartition("/")[2] in UNITS else name
        yield gone(plain, fields, before)
    elif field_known.field.is_personal:
        yield errors.Refusal("“%(field)s” holds personal data, by which nothing is grouped.", field=field_known.field.label)
    elif field_known.field.kind == "moment" and not field_known.unit:
        yield errors.Refusal("“%(field)s” is grouped by day, week, month, quarter or year.", field=field_known.field.label)


def _of_measure(name: str, fields: Fields, before: Known) -> errors.Refusal:
    how, colon, label = name.partition(":")
    if not colon or how not in WORKED_OUT:
        similar = nearest(name, PLAIN)
        return errors.Refusal("There is no figure “%(name)s”%(hint)s.", name=name, hint=f" ({similar}?)" if similar else "")
    if f"{DECLARED}{label}" in fields:
        return errors.Refusal("“%(field)s” is no field of numbers.", field=label)
    return gone(f"{DECLARED}{label}", fields, before)


def _ids(field_known: ReportField) -> set[str]:
    return {cells.column_id(column) for column in field_known.columns.values()}


def _personal(definition: Definition) -> frozenset[tuple[str, ...]]:
    return personal_data.paths(definition) | personal_data.FROM_OUTSIDE


@lru_cache(maxsize=4096)
def _mentioned(path: str, formula: str) -> bool:
    return bool(re.search(rf"(?<![\w.]){re.escape(path)}(?!\w)", formula))
