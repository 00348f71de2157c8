"""A person's notices, newest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from engine.basics import sayings
from engine.cases.notices import AWAY, PAGE, TASK, TO_GROUPS, UNDONE, about
from engine.cases.personal import personal_text
from engine.cases.rights import access
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.people import organisation, resolve
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries import paging
from engine.queries.cases.timeline import TimelineEntry
from engine.queries.cases.where import standing
from engine.queries.cases.where.standing import CaseStanding
from engine.queries.cases.words import handing
from engine.queries.inbox import notice_facts
from engine.queries.inbox.told import is_asked
from engine.storage.models import Consultation, HistoryEvent, Notice, ProcessInstance, UserTask, WorkItem

COUNT_CAP = 100
OwnTasks = Mapping[int, notice_facts.OwnTask]
TO_ACT = frozenset(["returned", "urged", *notice_facts.OF_DEADLINES])  # kinds by which a task of the reader's own is meant
PASSING = notice_facts.OF_DEADLINES | notice_facts.ASKING  # kinds of which one is past, unread as it may be


@dataclass(frozen=True)
class NoticeLine:
    """One notice; `number` is that of the case it is about, if its reader may see it; `why` and `fate` as `notice_facts` says.

    `groups` are the names of his groups that the process told. A warning `is_past` whose task is done, or late, of which another
    notice has told since; `is_settled`: what else asked for something about a task has come to nothing more. `is_reminder`: it tells of a limit of a step. `is_stopped`: it tells of an incident of a case that stands still. `is_asked`: a question in its case waits
    for the reader's answer; `own` is his task in the tree of its case. `title` is its case's, `is_over` a case that ended since its
    process told of it; `is_before`: it was told before that task came, and not of it; `stands` where one that its process told of is by now; `leads_to` as `_leads_to` says.
    """

    key: int
    subject: str
    body: str
    instance_key: int | None
    number: str | None
    created_at: datetime
    read_at: datetime | None
    why: str = ""
    fate: str = ""
    groups: tuple[str, ...] = ()
    is_past: bool = False
    is_settled: bool = False
    is_reminder: bool = False
    is_stopped: bool = False
    is_asked: bool = False
    own: notice_facts.OwnTask | None = None
    title: str = ""
    is_over: bool = False
    is_before: bool = False
    stands: CaseStanding | None = None
    leads_to: str = ""

    @property
    def is_unread(self) -> bool:
        """Whether it waits to be read still."""
        return self.read_at is None and not (self.is_past or self.is_settled)

    @property
    def waits(self) -> bool:
        """Whether something of its case is for the reader to do or to answer."""
        return self.is_asked or self.own is not None


@dataclass(frozen=True)
class NewWork:
    """A task that came to the person by name and was not opened yet; `previous` is who did the step before, by name.

    `initiator` is who began the case with his department, or the way by which a customer's came. `handed` is the event by which
    somebody gave it to him, where it came to him that way and not from the step before.
    """

    task_key: int
    task_name: str
    number: str
    title: str
    summary: list[Any]
    initiator: str
    department: str
    previous: str
    due_at: datetime | None
    created_at: datetime
    handed: TimelineEntry | None = None


def mine(session: Session, by: Actor, wanted: paging.WantedPage, *, now: datetime) -> paging.Page[NoticeLine]:
    """One page of notices; of a case that the person may not see it gives neither key nor number.

    One statement, one for what waits for him, one for what became of deadlines, those of `standing` for what processes told.
    """
    row = Notice
    here = select(row.key).where(row.company_id == by.company_id, row.username == by.username)
    shown = paging.latest_first(here, row.created_at, row.key, wanted).subquery()
    way = (row.created_at.asc(), row.key.asc()) if wanted.is_backwards else (row.created_at.desc(), row.key.desc())
    rows = session.execute(_statement(session, by).where(row.key.in_(select(shown.c.key))).order_by(*way)).all()
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    own = notice_facts.own_tasks(session, by, company, {each.root_key for each in rows if each.state == "active"})
    stands = _stands(session, by, company, rows)
    lines = [replace(line, stands=stands.get(line.key)) for line in _lines(session, by, rows, own, now)]
    return paging.page(lines, wanted, lambda line: (line.created_at.isoformat(), line.key))


def _statement(session: Session, by: Actor) -> Select[Any]:
    row, later = Notice, aliased(Notice)
    shown = (ProcessInstance.key.label("instance_key"), ProcessInstance.number)
    of_case = (
        *(ProcessInstance.state, ProcessInstance.process_name, ProcessInstance.due_at),
        *(ProcessInstance.process_id, ProcessInstance.initiator, ProcessInstance.incidents),
        *(ProcessInstance.title, ProcessInstance.definition_key, ProcessInstance.root_key),
    )
    in_case = WorkItem.instance_key == row.instance_key
    is_his = or_(WorkItem.username == by.username, WorkItem.group_name.in_(by.groups))
    told_late = (later.company_id == by.company_id, later.username == by.username, later.instance_key == row.instance_key)
    return (
        select(row.key, row.subject, row.body, *shown, row.created_at, row.read_at, row.texts, row.kind, row.facts)
        .add_columns(
            *of_case,
            exists().where(in_case, is_his).label("has_part"),
            exists().where(in_case, is_his, WorkItem.state == "open").label("has_open"),
            exists().where(in_case, WorkItem.username == by.username, WorkItem.state == "open").label("has_own"),
            _is_asked(by).label("is_asked"),
            row.instance_key.is_(None).label("is_of_no_case"),
            exists().where(*told_late, later.kind == notice_facts.OVERDUE, later.key > row.key).label("told_late"),
        )
        .outerjoin(ProcessInstance, (ProcessInstance.key == row.instance_key) & access.cases_seen(session, by))
        .where(row.company_id == by.company_id, row.username == by.username)
    )


def _is_asked(by: Actor) -> Any:
    """Whether a question that the person was asked in a notice's case waits for his answer."""
    asked = Consultation
    question = select(asked.key).join(UserTask, UserTask.key == asked.user_task_key)
    mine = (asked.instance_key == ProcessInstance.key, asked.asked == by.username, is_asked())
    return question.where(*mine).correlate(ProcessInstance).exists()


def _lines(session: Session, by: Actor, rows: Sequence[Any], own: OwnTasks, now: datetime) -> list[NoticeLine]:
    managed = access.managed(session, by)
    about = {each.key: told for each in rows if (told := _about(by, each, managed)) is not None}
    tasks = notice_facts.open_tasks(session, about.values())
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return [_line(session, by, company, each, about.get(each.key), tasks, own.get(each.root_key), now) for each in rows]


def _stands(session: Session, by: Actor, company: Organisation, rows: Sequence[Any]) -> Mapping[int, CaseStanding]:
    """Where each running case is of which its process told, by the key of the notice: its words are of the day it was sent."""
    told = [row for row in rows if row.instance_key and row.state == "active" and _groups(by, row) is not None]
    cases = standing.of_cases(session, by, company, {row.instance_key: row.root_key for row in told}) if told else {}
    return {row.key: cases[row.instance_key] for row in told}


def _about(by: Actor, row: Any, managed: Collection[str]) -> notice_facts.About | None:
    """What is known of the case, where the person may see it."""
    if row[3] is None or row.state is None:
        return None
    subjects = [row.subject, *(each["subject"] for each in (row.texts or {}).values())]
    of_case = (row.created_at, row[3], row.state, row.process_name, row.due_at)
    parts, facts = (row.has_part, row.has_open, row.has_own), row.facts or {}
    reader = notice_facts.Reader(row.initiator == by.username, *parts, row.process_id in managed, by.operates)
    return notice_facts.About(
        row.kind or "", subjects, *of_case, reader, _groups(by, row), facts.get(TASK), facts.get(AWAY) or ()
    )


def _groups(by: Actor, row: Any) -> tuple[str, ...] | None:
    told = (row.facts or {}).get(TO_GROUPS)
    return None if told is None else tuple(each for each in told if each in by.groups)


def _line(
    session: Session,
    by: Actor,
    company: Organisation,
    row: Any,
    about: notice_facts.About | None,
    tasks: Mapping[int, list[Any]],
    own: notice_facts.OwnTask | None,
    now: datetime,
) -> NoticeLine:
    groups = _groups(by, row)
    names = tuple(map(company.called, groups or ()))
    line = replace(NoticeLine(*row[:7]), why=notice_facts.of_process(groups), groups=names, leads_to=_leads_to(row, own))
    if about is not None:
        fate = notice_facts.fate(about, tasks, now)
        is_of_limit = about.kind in notice_facts.OF_DEADLINES
        is_past = is_of_limit and (fate in notice_facts.PAST or (fate == notice_facts.LATE and row.told_late))
        is_stopped = row.kind == "incident" and bool(row.incidents)
        line = replace(line, why=notice_facts.why(about, fate), fate=fate, is_past=is_past, is_stopped=is_stopped)
        is_settled = (about.asks and fate in notice_facts.PAST) or (row.kind == "asked" and not row.is_asked)
        line = replace(line, is_reminder=is_of_limit and not about.is_of_case, is_settled=is_settled)
        is_over = groups is not None and about.state != "active"
        is_earlier = own is not None and about.task != own.key and row.created_at < own.came_at
        is_before = own is not None and (is_earlier or UNDONE in (row.facts or {}))
        line = replace(
            line, title=telling.told(session, row).title, is_over=is_over, is_before=is_before, is_asked=row.is_asked, own=own
        )
    elif not row.is_of_no_case and (row.kind or "") in notice_facts.ASKING and (row.facts or {}).get(TASK):
        line = replace(line, is_settled=True)  # a task of a case that the reader knows no more: it was taken from him
    return _read(session, line, row.texts)


def _leads_to(row: Any, own: notice_facts.OwnTask | None) -> str:
    """The path of the very page on which is done what a notice asks for, as long as that waits; "" for the case's.

    One of no case leads to the page that it names, such as that of a customer record.
    """
    facts = row.facts or {}
    if row.is_of_no_case:
        return str(facts.get(PAGE) or "")
    if row[3] is None:
        return ""
    if row.kind == "asked" and row.is_asked:
        return str(facts.get(PAGE) or "")
    return f"/tasks/{facts[TASK]}" if row.kind in TO_ACT and own and facts.get(TASK) else ""


def _read(session: Session, line: NoticeLine, texts: dict[str, dict[str, str]] | None) -> NoticeLine:
    """The notice in the language of whoever reads now, where it was written in another."""
    words = (texts or {}).get(session.info.get(sayings.READER) or "")
    return replace(line, subject=words["subject"], body=words["body"]) if words else line


def new_work(session: Session, by: Actor) -> list[NewWork]:
    """What came to the person by name and he has not opened yet, the newest first; what was sent back has a notice of its own.

    One statement, one more where somebody gave him some of it.
    """
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    task, case_row = UserTask, ProcessInstance
    of_case = (case_row.number, case_row.title, case_row.summary, case_row.initiator, case_row.initiator_department)
    columns = (
        task.key,
        task.name,
        task.previous_by,
        task.due_at,
        task.definition_key,
        WorkItem.created_at,
        WorkItem.reason,
        WorkItem.first_owner,
        *of_case,
    )
    statement = _unopened(by, *columns).join(case_row, case_row.key == WorkItem.instance_key)
    lines = session.execute(statement.order_by(WorkItem.created_at.desc(), WorkItem.key.desc()).limit(COUNT_CAP))
    rows = [telling.told(session, each) for each in lines]
    given = [each.key for each in rows if resolve.is_given(each.reason) or each.first_owner not in (None, by.username)]
    handed = _handed(session, by, company, given)
    return [_new(session, company, row, handed.get(row.key)) for row in rows]


def _handed(session: Session, by: Actor, company: Organisation, tasks: Collection[int]) -> dict[int, TimelineEntry]:
    """By task the last event by which somebody gave it to the person."""
    row = HistoryEvent
    cases = select(UserTask.instance_key).where(UserTask.key.in_(tasks))
    statement = select(row).where(row.instance_key.in_(cases), row.kind.in_(handing.HANDING)).order_by(row.key)
    handed = {}
    for event in session.execute(statement).scalars() if tasks else ():
        data, to = event.data or {}, (event.data or {}).get("to")
        if data.get("task") in tasks and by.username in (to if isinstance(to, list) else [to]):
            reason = personal_text.cover(str(data.get("reason") or ""))
            data = data | ({"left": company.name_of(data["before"])} if data.get("left") else {})
            who = company.name_of(event.actor) if event.actor else ""
            handed[data["task"]] = TimelineEntry(event.kind, event.at, who, event.element_name or "", reason=reason, data=data)
    return handed


def _new(session: Session, company: Organisation, row: Any, handed: TimelineEntry | None) -> NewWork:
    came = definitions.channel(session, row.initiator, row.definition_key)
    return NewWork(
        row.key,
        row.name,
        row.number,
        row.title,
        row.summary,
        came or company.name_of(row.initiator),
        company.unit_called(row.initiator_department),
        company.name_of(row.previous_by),
        row.due_at,
        row.created_at,
        handed,
    )


def unread(session: Session, by: Actor, *, now: datetime) -> int:
    """How many notices and new tasks the person has not looked at, counted no further than `COUNT_CAP`; nothing that is past.

    One statement, two more where a warning or what asks about a task is among them.
    """
    row = Notice
    mine = (row.company_id == by.company_id, row.username == by.username, row.read_at.is_(None))
    parts = (select(row.key, row.kind).where(*mine), _unopened(by, WorkItem.key, literal("new_work").label("kind")))
    capped = [each.limit(COUNT_CAP).subquery() for each in parts]
    kinds = [kind or "" for kind in session.execute(union_all(*(select(each.c.kind) for each in capped))).scalars()]
    if PASSING.isdisjoint(kinds):
        return min(COUNT_CAP, len(kinds))
    passing = _statement(session, by).where(row.read_at.is_(None), func.coalesce(row.kind, "").in_(PASSING)).limit(COUNT_CAP)
    past = sum(not line.is_unread for line in _lines(session, by, session.execute(passing).all(), {}, now))
    return min(COUNT_CAP, len(kinds) - past)


def is_told(session: Session, by: Actor, instance_key: int) -> bool:
    """Whether there is a notice about the case or its tree that the person has not read."""
    row = Notice
    mine = (row.company_id == by.company_id, row.username == by.username, row.read_at.is_(None))
    return bool(session.execute(select(exists().where(*mine, about(instance_key)))).scalar())


def _unopened(by: Actor, *columns: Any) -> Select[Any]:
    item, task = WorkItem, UserTask
    mine = (item.company_id == by.company_id, item.username == by.username, item.state == "open", item.opened_at.is_(None))
    return select(*columns).select_from(item).join(task, task.key == item.user_task_key).where(*mine, task.returned.is_(None))
