"""Titles and summaries of cases in lists: who may not read what was filled into a case is told its process and number instead.

A process makes them of what people filled in, so that they would tell what the record keeps secret; and so would a search that
finds a case by them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session, attributes

from engine.basics.letters import spellings
from engine.cases.lines import words
from engine.cases.personal import secret_data
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance

Line = TypeVar("Line")


def neutral(process_name: str, number: str) -> str:
    """What such a case is called."""
    return f"{process_name} {number}".strip()


def covered(session: Session, by: Actor, lines: Iterable[Line], *, case: str = "key", now: datetime) -> list[Line]:
    """The lines of a list, whose attribute `case` is the key of the case, with such titles where the case is closed to the person.

    No statement where the company saves no records.
    """
    told: list[Any] = list(lines)
    closed = secret_data.closed_among(session, by, {getattr(each, case) for each in told}, now=now)
    return [_covered(each) if getattr(each, case) in closed else each for each in told]


def _covered(line: Any) -> Any:
    empty: Mapping[str, Any] = {"summary": []} if hasattr(line, "summary") else {}
    return dataclasses.replace(line, title=neutral(line.process_name, line.number), **empty)


def closing(session: Session, by: Actor, instance: ProcessInstance, *, now: datetime) -> secret_data.ClosedCase | None:
    """What closes a case to the person; the row of one that is closed says such a title, of which nothing is stored."""
    closed = secret_data.closing(session, by, instance, now=now)
    if closed is not None:
        attributes.set_committed_value(instance, "title", neutral(instance.process_name, instance.number))
        attributes.set_committed_value(instance, "summary", [])
    return closed


def found(
    session: Session,
    by: Actor,
    search: str,
    by_words: ColumnElement[bool],
    *,
    about: ColumnElement[bool] | None = None,
    now: datetime,
) -> ColumnElement[bool]:
    """The condition of a search `by_words`: what is closed to the person is found by its number and process alone.

    `about`: where `by_words` is not about `ProcessInstance` alone, a condition on it that is met wherever the case's own words
    find something; only such cases are looked at.
    """
    closed = secret_data.closed_where(session, by, by_words if about is None else about, now=now)
    if not closed:
        return by_words
    row = ProcessInstance
    open_words = (
        or_(
            row.process_name.icontains(word, autoescape=True),
            *(row.number.icontains(each, autoescape=True) for each in spelled),
        )
        for word, spelled in ((word, spellings.of_word(word)) for word in words.asked(search))
    )
    return and_(by_words, or_(row.key.not_in(sorted(closed)), and_(*open_words)))
