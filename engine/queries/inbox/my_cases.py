"""What a person has done [已办], started [我发起的] and begun but not sent [草稿]."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from engine.cases.lines import chosen_records, filled, found_by_record
from engine.cases.personal import found_by_own_words
from engine.cases.rights.holding import HANDED
from engine.definitions import definitions, outcome_labels
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases import kept_copies
from engine.queries.cases.where import standing
from engine.queries.cases.where.standing import CaseStanding
from engine.storage.models import HistoryEvent, Moment, ProcessInstance, StartDraft, UserTask, WorkItem
from engine.verbs import kept_forms

UNDOING = ("returned", "taken_back", "moved")
TOLD_OF_DRAFT = 3  # of what was filled in
LOOKED_AT = 2000  # of what somebody has done or started, the newest, to know which processes his filter offers


@dataclass(frozen=True)
class MyCasesFilters:
    """`state`: active, completed, cancelled or "" for all."""

    search: str = ""
    process: str = ""
    state: str = ""


@dataclass(frozen=True)
class HandledTask:
    """A task the person has handled, and where its case stands now.

    `outcome` and `label` are what he himself chose and what stood on the button; `position` is that of his part (own, before,
    after, beside, delegated, consulted, handed: he has passed it on, by `note`). `undone` is the kind of the event that undid it since
    (returned, taken_back, moved), or "". `by` is the deputy who did it for him, `whom` for whom he did it as a deputy.
    """

    key: int
    instance_key: int
    task_name: str
    outcome: str | None
    done_at: datetime
    title: str
    number: str
    process_name: str
    initiator: str
    state: str
    ended_as: str | None
    standing: CaseStanding
    channel: str = ""
    label: str = ""
    position: str = "own"
    undone: str = ""
    note: str = ""
    by: str = ""
    whom: str = ""
    is_held_up: bool = False


@dataclass(frozen=True)
class Started:
    """A case the person has started, and where it stands now."""

    key: int
    title: str
    summary: list[Any]
    number: str
    process_name: str
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    warn_at: datetime | None
    state: str
    ended_as: str | None
    incidents: int
    standing: CaseStanding
    is_held_up: bool = False


@dataclass(frozen=True)
class BegunCase:
    """A start form that was begun and not sent; `told` are the first things that were filled in."""

    key: int
    process_id: str
    process_name: str
    saved_at: datetime
    told: list[filled.Value] = field(default_factory=list)


def done(
    session: Session, by: Actor, filters: MyCasesFilters, wanted: paging.WantedPage, *, now: datetime
) -> paging.Page[HandledTask]:
    """One page of what the person has handled, newest first; five statements at most, one more with a search."""
    instance, task = ProcessInstance, UserTask
    mine = union_all(*(select(part.c.key) for part in _handled(by, list(_conditions(session, by, filters, now)), wanted)))
    statement = (
        select(
            WorkItem.key,
            instance.key.label("instance_key"),
            task.name.label("task_name"),
            task.key.label("task_key"),
            task.element_id,
            func.coalesce(WorkItem.outcome, task.outcome).label("outcome"),
            WorkItem.position,
            WorkItem.note,
            WorkItem.username,
            WorkItem.done_by,
            WorkItem.done_at,
            instance.title,
            instance.number,
            instance.process_name,
            instance.initiator,
            instance.state,
            instance.ended_as,
            instance.root_key,
            instance.definition_key,
            instance.suspended.is_not(None).label("is_held_up"),
        )
        .join(task, task.key == WorkItem.user_task_key)
        .join(instance, instance.key == WorkItem.instance_key)
        .where(WorkItem.key.in_(mine))
    )
    rows: Sequence[Any] = session.execute(_falling(statement, wanted, WorkItem.done_at, WorkItem.key)).all()
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    stands = standing.of_cases(session, by, company, {row.instance_key: row.root_key for row in rows if row.state == "active"})
    undone = _undone(session, {row.instance_key for row in rows})
    lines = [_done(session, by, company, row, stands, undone) for row in rows]
    return paging.page(lines, wanted, lambda line: (line.done_at.isoformat(), line.key))


def _done(
    session: Session,
    by: Actor,
    company: organisation.Organisation,
    row: Any,
    stands: Mapping[int, CaseStanding],
    undone: Mapping[int, str],
) -> HandledTask:
    row = telling.told(session, row)
    is_other = row.done_by is not None and row.username is not None and row.done_by != row.username
    return HandledTask(
        row.key,
        row.instance_key,
        row.task_name,
        None if row.position == HANDED else row.outcome,
        row.done_at,
        row.title,
        row.number,
        row.process_name,
        company.name_of(row.initiator),
        row.state,
        row.ended_as,
        stands.get(row.instance_key, CaseStanding()),
        definitions.channel(session, row.initiator, row.definition_key),
        _label(session, row.definition_key, row.element_id, row.outcome or ""),
        row.position,
        undone.get(row.task_key, ""),
        row.note or "",
        company.name_of(row.done_by) if is_other and row.username == by.username else "",
        company.name_of(row.username) if is_other and row.done_by == by.username else "",
        row.is_held_up,
    )


def _undone(session: Session, cases: Collection[int]) -> dict[int, str]:
    """What undid tasks of these cases since they were done: the kind of the event, by the task's key; one statement."""
    event = HistoryEvent
    asked = select(event.kind, event.data).where(event.instance_key.in_(cases), event.kind.in_(UNDOING))
    rows = session.execute(asked.order_by(event.key)).all() if cases else []
    return {
        task: row.kind
        for row in rows
        for task in (row.data or {}).get("undone", ())
        if row.kind != "returned" or task != row.data.get("task")  # whoever sends back has done that with his
    }


def _label(session: Session, definition_key: int, element_id: str, outcome: str) -> str:
    """What stood on the button in the version that the case runs on."""
    settings = definitions.by_key(session, definition_key).tasks.get(element_id)
    return outcome_labels.said(settings, outcome)


def _handled(by: Actor, narrowed: list[ColumnElement[bool]], wanted: paging.WantedPage) -> Iterator[Subquery]:
    """Keys of what the person has done, has handed on, and has done in the name of somebody else; each walked by an index."""
    item = WorkItem
    whose = (
        (item.username == by.username, item.state == "done"),
        (item.username == by.username, item.state == "closed", item.done_at.is_not(None)),
        (item.done_by == by.username, item.done_by != item.username),
    )
    for conditions in whose:
        statement = select(item.key).where(item.company_id == by.company_id, *conditions)
        if narrowed:
            statement = statement.join(ProcessInstance, ProcessInstance.key == item.instance_key).where(*narrowed)
        if wanted.cursor is not None:
            moment, key = paging.moment_and_key(wanted.cursor)
            here, there = tuple_(item.done_at, item.key), tuple_(literal(moment, Moment()), literal(key))
            statement = statement.where(here > there if wanted.is_backwards else here < there)
        yield _falling(statement, wanted, item.done_at, item.key).subquery()


def started(
    session: Session, by: Actor, filters: MyCasesFilters, wanted: paging.WantedPage, *, now: datetime
) -> paging.Page[Started]:
    """One page of what the person has started, newest first; four statements at most, one more with a search."""
    row = ProcessInstance
    statement = (
        select(
            row.key,
            row.title,
            row.summary,
            row.number,
            row.process_name,
            row.started_at,
            row.ended_at,
            row.due_at,
            row.warn_at,
            row.state,
            row.ended_as,
            row.incidents,
            row.definition_key,
            row.suspended.is_not(None).label("is_held_up"),
        )
        .where(row.company_id == by.company_id, row.initiator == by.username, row.parent_key.is_(None))
        .where(*_conditions(session, by, filters, now))
    )
    rows: Sequence[Any] = session.execute(paging.newest_first(statement, row.key, wanted)).all()
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    stands = standing.of_cases(session, by, company, {each.key: each.key for each in rows if each.state == "active"})
    lines = [_started(telling.told(session, each), stands.get(each.key, CaseStanding())) for each in rows]
    return paging.page(lines, wanted, lambda line: (line.key,))


def _started(row: Any, stands: CaseStanding) -> Started:
    due_at, warn_at = stands.limit(row.due_at, row.warn_at)
    return Started(
        key=row.key,
        title=row.title,
        summary=row.summary,
        number=row.number,
        process_name=row.process_name,
        started_at=row.started_at,
        ended_at=row.ended_at,
        due_at=due_at,
        warn_at=warn_at,
        state=row.state,
        ended_as=row.ended_as,
        incidents=row.incidents,
        standing=stands,
        is_held_up=row.is_held_up,
    )


def count_drafts(session: Session, by: Actor) -> int:
    """How many start forms the person has begun and not sent, and what is kept that went with its case; one statement."""
    mine = (StartDraft.company_id == by.company_id, StartDraft.username == by.username)
    begun = select(func.count()).select_from(StartDraft).where(*mine).scalar_subquery()
    lost = select(func.count()).select_from(WorkItem).where(*kept_copies.are_lost(by)).scalar_subquery()
    return int(session.execute(select(begun + lost)).scalar_one())


def drafts(session: Session, by: Actor, *, now: datetime) -> list[BegunCase]:
    """The person's drafts, newest first; two statements, one more where customer records were chosen."""
    latest = {each.process_id: each for each in definitions.all_latest(session, by.company_id)}
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    statement = (
        select(StartDraft.key, StartDraft.process_id, StartDraft.saved_at, StartDraft.data)
        .where(StartDraft.company_id == by.company_id, StartDraft.username == by.username)
        .order_by(StartDraft.key.desc())
        .limit(200)
    )
    rows = session.execute(statement).all()
    told = {
        row.key: _begun(latest[row.process_id], company, kept_forms.told(row.data)[0])
        for row in rows
        if row.process_id in latest
    }
    titles = {process_id: each.title for process_id, each in latest.items()}
    titled = chosen_records.in_groups(
        session, by, (filled.FilledForm(str(key), "", values) for key, values in told.items()), now=now
    )
    shown = {group.element_id: group.values[:TOLD_OF_DRAFT] for group in titled}
    return [
        BegunCase(
            row.key, row.process_id, titles.get(row.process_id, row.process_id), row.saved_at, shown.get(str(row.key), [])
        )
        for row in rows
    ]


def _begun(
    definition: definitions.Definition, company: organisation.Organisation, data: Mapping[str, Any]
) -> list[filled.Value]:
    """What was filled into the start form so far, as far as a line can tell it: a tick says nothing without its label.

    Of a table its first row; what the form does not ask for any more has no words, and is left out.
    """
    form = definition.start_form
    values = filled.of_form(form.schema, company, data, beside=False) if form else []
    lines = (_first_row(each) if each.kind == "table" else each for each in values)
    return [each for each in lines if each.kind == "text" and not isinstance(each.value, bool)]


def _first_row(table: filled.Value) -> filled.Value:
    told = [value for value in table.rows[0] if value not in filled.NO_VALUE and not isinstance(value, bool)]
    return replace(table, kind="text", value=told)


def processes_started(session: Session, by: Actor) -> list[tuple[str, str]]:
    """Ids and titles of the processes that the person has started, to filter by."""
    row = ProcessInstance
    mine = (row.company_id == by.company_id, row.initiator == by.username, row.parent_key.is_(None))
    newest = select(row.process_id).where(*mine).order_by(row.key.desc()).limit(LOOKED_AT).subquery()
    return definitions.titled(session, by.company_id, select(newest.c.process_id).distinct())


def processes_done(session: Session, by: Actor) -> list[tuple[str, str]]:
    """Ids and titles of the processes in which the person has done something, to filter by."""
    item = WorkItem
    mine = (item.company_id == by.company_id, item.username == by.username, item.state == "done")
    newest = select(item.user_task_key).where(*mine).order_by(item.done_at.desc()).limit(LOOKED_AT).subquery()
    named = select(UserTask.process_id).where(UserTask.key.in_(select(newest.c.user_task_key))).distinct()
    return definitions.titled(session, by.company_id, named)


def _conditions(session: Session, by: Actor, filters: MyCasesFilters, now: datetime) -> Iterator[ColumnElement[bool]]:
    instance = ProcessInstance
    if filters.search:
        own = found_by_own_words.by_word(session, by, filters.search)
        yield found_by_record.in_case(session, by, filters.search, own=own, now=now)
    if filters.process:
        yield instance.process_id == filters.process
    if filters.state:
        yield instance.state == filters.state


def _falling(statement: Select[*tuple[Any, ...]], wanted: paging.WantedPage, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Newest first, or walked from the other end."""
    order: Iterable[Any] = (column.asc() if wanted.is_backwards else column.desc() for column in columns)
    return statement.order_by(*order).limit(wanted.size + 1)
