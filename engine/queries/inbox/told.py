"""Cases that a person is to know of without acting on them: copies [抄送我的], followed ones [我关注的], questions [征询我的]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.cases.lines import found_by_record
from engine.cases.personal import personal_text, secret_titles
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases.where import standing
from engine.queries.cases.where.standing import CaseStanding
from engine.queries.inbox.inbox import COUNT_CAP
from engine.queries.inbox.my_cases import MyCasesFilters
from engine.storage.models import CarbonCopy, Consultation, Follower, ProcessInstance, UserTask

UNREAD = "unread"


@dataclass(frozen=True)
class ToldCase:
    """A case as these lists show it. `by` told of it, at `at`, with `text`; `is_open` says that it waits for the person's eyes.

    A copy that the process itself sends has no `by`, and for `text` the step that sends it. `due_at` is until when whoever
    asks has to decide himself; of a followed case the nearest limit of it and its open steps, with its warning.
    """

    key: int
    instance_key: int
    title: str
    number: str
    process_name: str
    initiator: str
    by: str
    at: datetime
    text: str
    is_open: bool
    state: str
    ended_as: str | None
    standing: CaseStanding
    due_at: datetime | None = None
    warn_at: datetime | None = None
    is_held_up: bool = False


def copies(
    session: Session, by: Actor, filters: MyCasesFilters, wanted: paging.WantedPage, *, now: datetime
) -> paging.Page[ToldCase]:
    """One page of the copies that the person has got, newest first; `state` may be "unread" too. Two statements."""
    row, case = CarbonCopy, ProcessInstance
    statement = (
        select(*_case(), row.key, row.sent_by.label("by"), row.sent_at.label("at"), row.note.label("text"), row.step)
        .add_columns(row.read_at.is_(None).label("is_open"), case.due_at, case.warn_at)
        .add_columns(case.suspended.is_not(None).label("is_held_up"))
        .join(case, case.key == row.instance_key)
        .where(
            row.company_id == by.company_id,
            row.username == by.username,
            *_conditions(session, by, now, filters, row.read_at.is_(None)),
        )
    )
    return _page(session, by, statement, row.key, wanted, now)


def followed(
    session: Session, by: Actor, filters: MyCasesFilters, wanted: paging.WantedPage, *, now: datetime
) -> paging.Page[ToldCase]:
    """One page of the cases that the person follows, those newly followed first. Two statements."""
    row, case = Follower, ProcessInstance
    statement = (
        select(*_case(), row.key, case.initiator.label("by"), row.since.label("at"), case.process_name.label("text"))
        .add_columns((case.state == "active").label("is_open"), case.due_at, case.warn_at)
        .add_columns(case.suspended.is_not(None).label("is_held_up"))
        .join(case, case.key == row.instance_key)
        .where(row.company_id == by.company_id, row.username == by.username, *_conditions(session, by, now, filters))
    )
    return _page(session, by, statement, row.key, wanted, now)


def consulted(
    session: Session, by: Actor, filters: MyCasesFilters, wanted: paging.WantedPage, *, now: datetime
) -> paging.Page[ToldCase]:
    """One page of the questions that the person was asked, newest first; `state` may be "unread" for open ones. Two statements."""
    row, case = Consultation, ProcessInstance
    is_open = is_asked()
    statement = (
        select(*_case(), row.key, row.asker.label("by"), row.asked_at.label("at"), row.question.label("text"))
        .add_columns(is_open.label("is_open"), UserTask.due_at.label("due_at"))
        .join(case, case.key == row.instance_key)
        .join(UserTask, UserTask.key == row.user_task_key)
        .where(row.company_id == by.company_id, row.asked == by.username, *_conditions(session, by, now, filters, is_open))
    )
    return _page(session, by, statement, row.key, wanted, now)


def unread_copies(session: Session, by: Actor) -> int:
    """How many copies the person has not read, counted no further than `COUNT_CAP`."""
    row = CarbonCopy
    mine = select(row.key).where(row.company_id == by.company_id, row.username == by.username, row.read_at.is_(None))
    return session.execute(select(func.count()).select_from(mine.limit(COUNT_CAP).subquery())).scalar_one()


def open_questions(session: Session, by: Actor) -> int:
    """How many questions wait for the person's answer, counted no further than `COUNT_CAP`."""
    row = Consultation
    mine = (
        select(row.key)
        .join(UserTask, UserTask.key == row.user_task_key)
        .where(row.company_id == by.company_id, row.asked == by.username, is_asked())
    )
    return session.execute(select(func.count()).select_from(mine.limit(COUNT_CAP).subquery())).scalar_one()


def is_asked() -> ColumnElement[bool]:
    """Whether a question waits to be answered still, for a select of `Consultation` with its `UserTask`."""
    return Consultation.answered_at.is_(None) & (UserTask.state == "open")


def _case() -> tuple[Any, ...]:
    case = ProcessInstance
    return (
        case.key.label("instance_key"),
        case.title,
        case.number,
        case.process_name,
        case.initiator,
        case.state,
        case.ended_as,
        case.root_key,
        case.definition_key,
    )


def _conditions(
    session: Session, by: Actor, now: datetime, filters: MyCasesFilters, is_unread: ColumnElement[bool] | None = None
) -> Iterator[ColumnElement[bool]]:
    case = ProcessInstance
    if filters.search:
        by_words = found_by_record.in_case(session, by, filters.search, now=now)
        yield secret_titles.found(session, by, filters.search, by_words, now=now)
    if filters.process:
        yield case.process_id == filters.process
    if filters.state == UNREAD and is_unread is not None:
        yield is_unread
    elif filters.state:
        yield case.state == filters.state


def _page(
    session: Session, by: Actor, statement: Any, key: Any, wanted: paging.WantedPage, now: datetime
) -> paging.Page[ToldCase]:
    rows: Sequence[Any] = session.execute(paging.newest_first(statement, key, wanted)).all()
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    held = standing.of_cases(session, by, company, {row.instance_key: row.root_key for row in rows if row.state == "active"})
    lines = [
        ToldCase(
            row.key,
            row.instance_key,
            row.title,
            row.number,
            row.process_name,
            company.name_of(row.initiator),
            company.name_of(row.by),
            row.at,
            personal_text.cover(row.text or getattr(row, "step", "")),
            bool(row.is_open),
            row.state,
            row.ended_as,
            held.get(row.instance_key, CaseStanding()),
            *_limit(row, held.get(row.instance_key)),
            bool(getattr(row, "is_held_up", False)),
        )
        for row in (telling.told(session, each) for each in rows)
    ]
    shown = secret_titles.covered(session, by, lines, case="instance_key", now=now)
    return paging.page(shown, wanted, lambda line: (line.key,))


def _limit(row: Any, stands: CaseStanding | None) -> tuple[datetime | None, datetime | None]:
    """Until when, and from when on it is near: of a running case that is followed or copied the nearest of its own and of its open steps."""
    if not hasattr(row, "warn_at"):
        return getattr(row, "due_at", None), None
    return stands.limit(row.due_at, row.warn_at) if stands else (None, None)
