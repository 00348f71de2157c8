"""Customer records that people chose in forms: on pages and papers by their titles, for who may see the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.cases.lines.filled import NO_VALUE, ChosenRecord, FilledForm, Value
from engine.cases.personal.personal_data import Redaction
from engine.people import organisation
from engine.people.actors import Actor
from engine.records import catalogue
from engine.records.knowing import known_to
from engine.storage.models import CustomerRecord

Titles = Mapping[str, tuple[str, bool]]  # by key: number and name, whether the reader may open it


def told(
    session: Session, by: Actor, values: Iterable[Value], redaction: Redaction | None = None, *, now: datetime
) -> list[Value]:
    """The answers with chosen records by number and name, masked by the redaction; one statement, none without a record.

    A record that the person may not see in the catalogue is left out, its name where his clearance does not reach, the link
    where he stands outside its circle.
    """
    [group] = in_groups(session, by, [FilledForm("", "", list(values))], redaction, now=now) or [FilledForm("", "", [])]
    return group.values


def in_groups(
    session: Session, by: Actor, groups: Iterable[FilledForm], redaction: Redaction | None = None, *, now: datetime
) -> list[FilledForm]:
    """As `told`, of what each step asked; a step of which nothing is left is left out."""
    groups = list(groups)
    keys = {each.key for group in groups for value in group.values for each in _records((value.value, value.rows))}
    titles = _titles(session, by, keys, redaction, now)
    named = [replace(group, values=list(_with_titles(group.values, titles))) for group in groups]
    return [group for group in named if group.values]


def _with_titles(values: Iterable[Value], titles: Titles) -> Iterator[Value]:
    for each in values:
        named = replace(each, value=_named(each.value, titles), rows=_named(each.rows, titles))
        if named.kind == "table" or named.value not in NO_VALUE:
            yield named


def _titles(session: Session, by: Actor, keys: set[str], redaction: Redaction | None, now: datetime) -> Titles:
    company = organisation.at_version(session, by.company_id, by.organisation_version) if keys else None
    if company is None or not catalogue.may_list(company, by):
        return {}
    lines = catalogue.named(session, by, (CustomerRecord.company_id == by.company_id,), keys, "")
    masked = redaction.text if redaction else str
    closed = known_to.closed(session, company, by, lines, now=now)
    return {
        str(line.key): (f"{line.number} {masked(line.name)}".strip(), not (line.key in closed or by.is_system))
        for line in lines
    }


def _records(value: Any) -> Iterator[ChosenRecord]:
    if isinstance(value, ChosenRecord):
        yield value
    for each in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        yield from _records(each)


def _named(value: Any, titles: Titles) -> Any:
    """The value with the records that have a title; those without are gone."""
    if isinstance(value, ChosenRecord):
        return ChosenRecord(value.key, *titles[value.key]) if value.key in titles else None
    if isinstance(value, Mapping):
        return {name: _named(each, titles) for name, each in value.items()}
    if isinstance(value, tuple):
        return tuple(_named(each, titles) for each in value)
    if isinstance(value, list):
        return [named for each in value if (named := _named(each, titles)) is not None or each is None]
    return value
