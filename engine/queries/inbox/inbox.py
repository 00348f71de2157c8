"""The inbox [待办]: open work of a person and of his groups, walked by index per holder and merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from engine import errors
from engine.cases.lines import words
from engine.cases.rights import holding
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.definitions.rules import joint_rules
from engine.execution import comebacks
from engine.execution.assignments import NEVER
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases.where import limits
from engine.storage import database
from engine.storage.models import Moment, ProcessInstance, UserTask, WorkItem
from engine.verbs import batches
from engine.verbs.approvals import voting

COUNT_CAP = 100
Offer = aliased(WorkItem, name="offer")  # made once: an alias copies all columns, a third of each opening of an inbox
Spoken = aliased(WorkItem, name="spoken")
LOOKED_THROUGH = 200  # tasks, for the words of a search, before the index of their letters is asked
AT_HEAD = 20  # tasks among which the next one to do is chosen
UNLIMITED = "LIMIT 9223372036854775807"
DUE_WITHIN = {"day": timedelta(days=1), "week": timedelta(days=7)}


@dataclass(frozen=True)
class InboxFilters:
    """What the list is narrowed to; "" leaves a question open.

    `due` is overdue, day, week or none; `holder` me, group or deputy (what others have left to me); `sort` arrival (newest first) or "" (by deadline).
    `alone` are the groups of which nobody else can act: what they have is the person's own, and nothing to claim.
    """

    search: str = ""
    process: str = ""
    initiator: str = ""
    due: str = ""
    holder: str = ""
    sort: str = ""
    alone: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Against:
    """Whoever was asked to do a task or to sign it, and is against it: his name, his outcome and what he wrote."""

    name: str
    position: str
    outcome: str
    opinion: str


@dataclass(frozen=True)
class InboxLine:
    """One task as the list shows it; people and departments are names already. `group` is set while it is unclaimed;
    `is_to_claim` where others of it could claim it too.

    `returned` is as the task keeps it, with `by` as a name; `has_draft` says that the form was begun;
    `position` tells why one has it who was asked to sign or to do it for somebody;
    `instead_of` is the name of whom the person stands in for, `is_held_up` says that nobody may act now. `alone` is why it is
    never approved together with others; None where it may be.
    """

    key: int
    task_key: int
    instance_key: int
    task_name: str
    title: str
    summary: list[Any]
    process_name: str
    number: str
    initiator: str
    initiator_name: str
    department: str
    previous: str
    group: str | None
    arrived_at: datetime
    sort_due: datetime
    due_at: datetime | None
    warn_at: datetime | None
    priority: int
    round: int
    kind: str
    returned: Mapping[str, Any] | None
    has_draft: bool
    channel: str = ""
    instead_of: str = ""
    is_held_up: bool = False
    against: Against | None = None
    position: str = ""
    beyond_step: datetime | None = None
    alone: errors.Refusal | None = None
    is_to_claim: bool = False


def open_tasks(
    session: Session, by: Actor, filters: InboxFilters, wanted: paging.WantedPage, *, now: datetime
) -> paging.Page[InboxLine]:
    """One page of what the person may do now, by a statement whose cost does not depend on how much there is.

    Words are looked for among the first tasks, which most searches find enough in. Those that do not fill the page from
    there are found by the index of their letters, in a second statement.
    """
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    filters = replace(filters, alone=holding.alone_in(by, company))
    conditions, within = list(_conditions(filters, company)), [*_when(filters, now), *_beyond(filters, wanted)]
    letters = words.by_pairs(session, filters.search, company)

    def read(offered: Subquery) -> list[InboxLine]:
        asked = (*_meets(offered, conditions), _is_mine(by, offered))
        rows = session.execute(_page_of(offered, asked, filters, wanted))
        return [_line(session, row, company, by) for row in rows]

    if database.is_sqlite(session) or not letters:
        lines = read(_walked(by, filters, wanted, [*within, *letters]))
    else:
        lines = read(_walked(by, filters, wanted, within, most=LOOKED_THROUGH))
        if len(lines) <= wanted.size:
            lines = read(_found(by, filters, wanted, [*within, *letters]))
    return paging.page(lines, wanted, lambda line: _position(line, filters))


def _walked(
    by: Actor, filters: InboxFilters, wanted: paging.WantedPage, narrowing: list[ColumnElement[bool]], most: int | None = None
) -> Subquery:
    """What is offered holder by holder, merged, or the first of it.

    Each part is in order, and so is what they are merged to: no more rows are read than it takes to fill the page.
    """
    parts = [part.where(*narrowing) for part in _parts(by, filters)]
    offered = _offered([_in_order(part, _order(filters, wanted, _column(filters), WorkItem.key)) for part in parts])
    if most is None:
        return offered
    return select(offered).order_by(*_order(filters, wanted, offered.c.moment, offered.c.key)).limit(most).subquery()


def _found(by: Actor, filters: InboxFilters, wanted: paging.WantedPage, narrowing: list[ColumnElement[bool]]) -> Subquery:
    """What is offered by all holders at once, as an index finds it; put in order before anything dearer is asked of it."""
    columns: tuple[Any, ...] = (WorkItem.key, _column(filters).label("moment"), WorkItem.user_task_key.label("task"))
    theirs = or_(false(), *(holder for _place, holder in _chosen(by, filters)))
    items = select(*columns).where(WorkItem.company_id == by.company_id, WorkItem.state == literal_column("'open'"))
    ordered = items.where(theirs, *narrowing).order_by(*_order(filters, wanted, _column(filters), WorkItem.key))
    return ordered.suffix_with(UNLIMITED, dialect="postgresql").subquery()


def _page_of(
    offered: Subquery, asked: tuple[ColumnElement[bool], ...], filters: InboxFilters, wanted: paging.WantedPage
) -> Select[Any]:
    size, mine = wanted.size + 1, select(offered.c.key, offered.c.moment).where(*asked)
    first = mine.order_by(*_order(filters, wanted, offered.c.moment, offered.c.key)).limit(size).subquery()
    order = _order(filters, wanted, _column(filters), WorkItem.key)
    return _lines().join(first, first.c.key == WorkItem.key).order_by(*order).limit(size)


def count(session: Session, by: Actor, *, holder: str = "") -> int:
    """How many tasks wait for the person (or of these, those of a `holder`), counted no further than `COUNT_CAP`."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    offered = _offered(_parts(by, InboxFilters(holder=holder, alone=holding.alone_in(by, company))))
    first = select(offered.c.key).where(_is_mine(by, offered)).limit(COUNT_CAP).subquery()
    return session.execute(select(func.count()).select_from(first)).scalar_one()


def next_task(session: Session, by: Actor, *, now: datetime) -> int | None:
    """The first task of the person's inbox that he can act on, for whoever works through it one by one.

    None where there is none among its first `AT_HEAD`, as where their cases are held up.
    """
    rows = open_tasks(session, by, InboxFilters(), paging.WantedPage(size=AT_HEAD), now=now).rows
    return next((each.task_key for each in rows if not each.is_held_up), None)


def processes(session: Session, by: Actor) -> list[tuple[str, str]]:
    """Ids and titles of the processes whose tasks wait for the person, to filter by."""
    some = [select(part.limit(COUNT_CAP).subquery()) for part in _parts(by, InboxFilters())]
    offered = _offered(some)
    waiting = select(offered.c.task).where(_is_mine(by, offered))
    joined = select(UserTask.process_id).where(UserTask.key.in_(waiting))
    return definitions.titled(session, by.company_id, joined.distinct())


def _parts(by: Actor, filters: InboxFilters) -> list[Select[Any]]:
    """The open items of each holder by whom some may be this person's; each begins an index and is read in its order."""
    moment = _column(filters)
    return [_held(by, moment, holder, place) for place, holder in _chosen(by, filters)] or [_held(by, moment, false(), 0)]


def _chosen(by: Actor, filters: InboxFilters) -> list[tuple[int, ColumnElement[bool]]]:
    """The holders that the filter lets through, with their place among all."""
    ranges = list(enumerate(holding.holders(by)))
    groups = len(by.groups) + 1
    own = [place for place, name in enumerate(sorted(by.groups), 1) if name in filters.alone]
    parts = {
        "me": [each for each in ranges[:groups] if each[0] in (0, *own)],
        "group": [each for each in ranges[1:groups] if each[0] not in own],
        "deputy": ranges[groups:],
    }
    return parts.get(filters.holder, ranges)


def _held(by: Actor, moment: InstrumentedAttribute[datetime], holder: ColumnElement[bool], place: int) -> Select[Any]:
    rank = literal_column(str(place), Integer()).label("place")
    columns: tuple[Any, ...] = (WorkItem.key, moment.label("moment"), WorkItem.user_task_key.label("task"), rank)
    return select(*columns).where(WorkItem.company_id == by.company_id, holder, WorkItem.state == "open")


def _in_order(part: Select[Any], order: tuple[ColumnElement[Any], ...]) -> Select[Any]:
    """A part that PostgreSQL walks by its index as far as it is asked for; without a limit it plans to sort all of it."""
    return select(part.order_by(*order).suffix_with(UNLIMITED, dialect="postgresql").subquery())


def _offered(parts: list[Select[Any]]) -> Subquery:
    return union_all(*parts).subquery()


def _is_mine(by: Actor, offered: Subquery) -> ColumnElement[bool]:
    """Whether the person may take up what is offered, and it stands under this holder and no nearer one.

    A value that is looked up for each row, not a join: so the rows are asked one by one in their order, until the page is full.
    """
    item: type[WorkItem] = Offer
    nearest = holding.nearest(by, item)
    # What an index found does not say by which holder it is his: his item says so, beside the others of the task.
    place = offered.c.place if "place" in offered.c else func.min(case((item.key == offered.c.key, nearest)))
    asked = select(func.min(nearest) == place).select_from(UserTask).join(item, item.user_task_key == UserTask.key)
    return asked.where(UserTask.key == offered.c.task, item.state == "open", ~holding.kept_out(by)).scalar_subquery()


def _meets(offered: Subquery, conditions: list[ColumnElement[bool]]) -> Iterator[ColumnElement[bool]]:
    """Whether the case and the task are what is looked for; looked up row by row too, and before what is dearer to ask."""
    if conditions:
        asked = select(true()).select_from(ProcessInstance).join(UserTask, UserTask.instance_key == ProcessInstance.key)
        yield asked.where(UserTask.key == offered.c.task, *conditions).scalar_subquery()


def _conditions(filters: InboxFilters, company: organisation.Organisation) -> Iterator[ColumnElement[bool]]:
    if filters.search:
        yield words.in_task(filters.search, company)
    if filters.process:
        yield UserTask.process_id == filters.process
    if filters.initiator:
        yield ProcessInstance.initiator == filters.initiator


def _when(filters: InboxFilters, now: datetime) -> Iterator[ColumnElement[bool]]:
    if filters.due == "overdue":
        yield WorkItem.sort_due < now
    if filters.due in DUE_WITHIN:
        yield WorkItem.sort_due.between(now, now + DUE_WITHIN[filters.due])
    if filters.due == "none":
        yield WorkItem.sort_due == NEVER


def _column(filters: InboxFilters) -> InstrumentedAttribute[datetime]:
    return WorkItem.created_at if filters.sort == "arrival" else WorkItem.sort_due


def _order(filters: InboxFilters, wanted: paging.WantedPage, *columns: Any) -> tuple[ColumnElement[Any], ...]:
    is_falling = (filters.sort == "arrival") != wanted.is_backwards
    return tuple(column.desc() if is_falling else column.asc() for column in columns)


def _beyond(filters: InboxFilters, wanted: paging.WantedPage) -> Iterator[ColumnElement[bool]]:
    if wanted.cursor is None:
        return
    moment, key = paging.moment_and_key(wanted.cursor)
    here = tuple_(_column(filters), WorkItem.key)
    there = tuple_(literal(moment, Moment()), literal(key))
    yield here < there if (filters.sort == "arrival") != wanted.is_backwards else here > there


def _position(line: InboxLine, filters: InboxFilters) -> tuple[str, int]:
    return (line.arrived_at if filters.sort == "arrival" else line.sort_due).isoformat(), line.key


def _lines() -> Select[Any]:
    task, instance = UserTask, ProcessInstance
    return (
        select(
            WorkItem.key,
            task.key.label("task_key"),
            instance.key.label("instance_key"),
            task.name.label("task_name"),
            instance.title,
            instance.summary,
            instance.process_name,
            instance.number,
            instance.initiator,
            instance.initiator_department,
            instance.definition_key,
            task.previous_by,
            WorkItem.group_name,
            WorkItem.username,
            WorkItem.position,
            WorkItem.created_at,
            WorkItem.sort_due,
            task.due_at,
            task.warn_at,
            limits.beyond_step(),
            task.priority,
            task.round,
            task.kind,
            task.element_id,
            task.returned,
            task.excluded,
            instance.suspended.is_not(None).label("is_held_up"),
            WorkItem.draft.is_not(None).label("has_draft"),
            *_spoken(),
        )
        .join(task, task.key == WorkItem.user_task_key)
        .join(instance, instance.key == WorkItem.instance_key)
    )


def _spoken() -> Iterator[ColumnElement[Any]]:
    """What whoever signs, or did it for its holder, has come to last; nothing is looked up where nobody was asked."""
    other, task = Spoken, UserTask
    objected, is_his = func.coalesce(other.note, "") == voting.OBJECTED, other.parent_key == WorkItem.key
    is_refused = and_(other.position == voting.BESIDE, other.outcome == voting.REJECT, task.rule == joint_rules.ANY, ~objected)
    is_given_back = and_(or_(other.position == voting.DELEGATED, objected), is_his)
    there = (other.user_task_key == WorkItem.user_task_key, other.state == voting.DONE, or_(is_refused, is_given_back))
    last = ((other.position != voting.DELEGATED).desc(), other.key.desc())
    for name in ("username", "position", "outcome", "opinion"):
        said = select(getattr(other, name)).where(*there).order_by(*last).limit(1).correlate(WorkItem, task).scalar_subquery()
        yield case((task.parts > 1, said), else_=null()).label(f"spoken_{name}")


def _against(row: Any, company: organisation.Organisation) -> Against | None:
    if row.spoken_outcome is None or voting.agrees(row.spoken_outcome):
        return None
    return Against(company.name_of(row.spoken_username), row.spoken_position, row.spoken_outcome, row.spoken_opinion or "")


def _line(session: Session, row: Any, company: organisation.Organisation, by: Actor) -> InboxLine:
    unit, row = company.department(row.initiator_department), telling.told(session, row)
    return InboxLine(
        row.key,
        row.task_key,
        row.instance_key,
        row.task_name,
        row.title,
        row.summary,
        row.process_name,
        row.number,
        row.initiator or "",
        company.name_of(row.initiator),
        company.said(unit.name) if unit else "",
        company.name_of(row.previous_by),
        company.called(row.group_name) if row.group_name else None,
        row.created_at,
        row.sort_due,
        row.due_at,
        row.warn_at,
        row.priority,
        row.round,
        row.kind,
        comebacks.named(row.returned, company, telling.saying(session, row.definition_key)),
        row.has_draft,
        definitions.channel(session, row.initiator, row.definition_key),
        company.name_of(holding.instead_of(by, row.username, row.group_name)),
        row.is_held_up,
        _against(row, company),
        row.position,
        row.beyond_step,
        batches.to_be_opened(definitions.by_key(session, row.definition_key), row.element_id, row.kind),
        row.group_name is not None and not holding.is_alone(by, company, row.group_name, row.excluded or ()),
    )
