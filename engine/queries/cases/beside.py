"""What stands beside a case on its page: who has got copies and read them, linked cases, questions and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import case, exists, or_, select
from sqlalchemy.orm import Session

from engine.cases.personal.personal_data import Redaction
from engine.cases.rights import access, barring
from engine.deadlines import extensions
from engine.definitions.languages import telling
from engine.execution import comebacks
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.cases.timeline import TimelineEntry
from engine.storage.models import (
    Attachment,
    CarbonCopy,
    CaseLink,
    Consultation,
    Extension,
    ProcessInstance,
    UserTask,
    WorkItem,
    handing,
)
from engine.verbs.kept_forms import OF_COPIES

MOST_COPIES = 200
OVER = "over"


@dataclass(frozen=True)
class Copy:
    """A reader of the case by name; `by` sent it, a person or (in the diagram) the step `step`."""

    reader: str
    by: str
    step: str
    note: str
    sent_at: datetime
    read_at: datetime | None
    comment: str | None
    commented_at: datetime | None


@dataclass(frozen=True)
class AskedQuestion:
    """A question about a task and its answer, people by name."""

    key: int
    task: str
    asker: str
    asked: str
    asked_username: str
    question: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None
    is_taken_back: bool = False
    is_over: bool = False
    may_take_back: bool = False

    @property
    def is_open(self) -> bool:
        """Whether its answer is waited for."""
        return self.answered_at is None and not self.is_over and not self.is_taken_back


@dataclass(frozen=True)
class Linked:
    """Another case that the person may see. `kind`: related, copy_of, copied_as, reopened_from, reopened_as, told_by, told."""

    key: int
    number: str
    title: str
    process_name: str
    state: str
    ended_as: str | None
    kind: str

    @property
    def is_by_hand(self) -> bool:
        """Whether the link can be taken back."""
        return self.kind == handing.RELATED


@dataclass(frozen=True)
class Wish:
    """More time that was asked for a task. `state`: asked, granted, refused, taken_back; over: the task is done, and nobody has decided."""

    task_key: int
    task: str
    asker: str
    asked_at: datetime
    reason: str
    before: datetime
    until: datetime
    state: str
    decider: str
    note: str
    may_decide: bool
    may_take_back: bool


@dataclass(frozen=True)
class Beside:
    """All of it; `mine` is the copy that the person has got himself."""

    copies: list[Copy] = field(default_factory=list)
    questions: list[AskedQuestion] = field(default_factory=list)
    linked: list[Linked] = field(default_factory=list)
    mine: Copy | None = None


@dataclass(frozen=True)
class There:
    """What there is of a case at all: most cases have nothing of it, and what is not there need not be read."""

    has_copies: bool
    has_questions: bool
    has_links: bool
    has_files: bool
    has_drafts: bool
    has_shared: bool
    has_returns: bool


def there(session: Session, by: Actor, instance: ProcessInstance) -> There:
    """Whether there are copies, questions, links, files, the person's own closed drafts, tasks of several, steps that were sent back to; one statement."""
    sibling, root, link = ProcessInstance, instance.root_key, CaseLink
    tree = sibling.root_key == root
    own = (WorkItem.instance_key == instance.key, WorkItem.username == by.username, WorkItem.state.in_(OF_COPIES))
    actions = (
        exists().where(CarbonCopy.instance_key == root),
        exists().where(tree, Consultation.instance_key == sibling.key),
        or_(exists().where(link.instance_key == instance.key), exists().where(link.other_key == instance.key)),
        exists().where(tree, Attachment.instance_key == sibling.key),
        exists().where(*own, WorkItem.draft.is_not(None)),
        exists().where(tree, UserTask.instance_key == sibling.key, or_(UserTask.rule != "any", UserTask.parts > 1)),
        exists().where(tree, UserTask.instance_key == sibling.key, comebacks.sent_back()),
    )
    return There(*session.execute(select(*actions)).one())


def of_case(session: Session, by: Actor, instance: ProcessInstance, known: There) -> Beside:
    """What stands beside a case that the person may see; a statement or two for each kind that is there."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    rows = _copies(session, by, instance.root_key) if known.has_copies else []
    questions = _questions(session, by, company, instance) if known.has_questions else []
    linked = _linked(session, by, instance) if known.has_links else []
    words = telling.of_all(session, by.company_id) if rows else {}  # the step may be one of a called case
    copies = [_copy(row, company, words.get(row.step, row.step)) for row in rows]
    mine = next((copy for copy, row in zip(copies, rows, strict=True) if row.username == by.username), None)
    return Beside(copies, questions, linked, mine)


def wishes(session: Session, by: Actor, instance: ProcessInstance, entries: Iterable[TimelineEntry]) -> list[Wish]:
    """The time that was asked for tasks of a tree, as far as its history tells of any; else no statement."""
    if not any(each.kind == "extension_asked" for each in entries):
        return []
    row, task, tree = Extension, UserTask, ProcessInstance
    statement = (
        select(row, task.name, task.state, tree.process_id, task.definition_key)
        .join(task, task.key == row.user_task_key)
        .join(tree, tree.key == row.instance_key)
        .where(tree.root_key == instance.root_key, barring.beside(by, instance))
        .order_by(row.key)
    )
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return [_wish(session, by, company, *_said(session, wish_row)) for wish_row in session.execute(statement).all()]


def _said(session: Session, wish_row: Any) -> tuple[Any, str, str, str]:
    row, name, state, process_id, definition_key = wish_row
    return row, telling.saying(session, definition_key)(name), state, process_id


def _wish(session: Session, by: Actor, company: Organisation, row: Extension, name: str, state: str, process_id: str) -> Wish:
    is_open = row.state == extensions.ASKED and state == "open"
    return Wish(
        row.user_task_key,
        name,
        company.signed(row.asked_by, row.instead_of),
        row.asked_at,
        row.reason,
        row.before,
        row.until,
        row.state if is_open or row.state != extensions.ASKED else OVER,
        company.name_of(row.decided_by),
        row.note or "",
        is_open and extensions.may_decide(session, by, company, row, process_id),
        is_open and extensions.may_take_back(by, row),
    )


def senders(beside: Beside) -> dict[int, str]:
    """The cases beside whose messages reached this one, by key: what they are called."""
    return {each.key: f"{each.process_name} {each.number}" for each in beside.linked if each.kind == handing.TOLD_BY}


def masked(beside: Beside, redaction: Redaction) -> Beside:
    """The same with personal data masked in what people wrote."""
    text = redaction.text
    copies = [_masked(each, text) for each in beside.copies]
    mine = beside.mine and _masked(beside.mine, text)
    asked = [replace(each, question=text(each.question), answer=each.answer and text(each.answer)) for each in beside.questions]
    return replace(beside, copies=copies, questions=asked, mine=mine)


def _masked(copy: Copy, text: Callable[[str], str]) -> Copy:
    return replace(copy, note=text(copy.note), comment=copy.comment and text(copy.comment))


def _copies(session: Session, by: Actor, root_key: int) -> list[CarbonCopy]:
    row = CarbonCopy
    # the person's own, what was said, and who has not read it yet, before the many others
    order = (row.username != by.username, row.comment.is_(None), row.read_at.is_not(None), row.key)
    return list(session.execute(select(row).where(row.instance_key == root_key).order_by(*order).limit(MOST_COPIES)).scalars())


def _copy(row: CarbonCopy, company: Organisation, step: str) -> Copy:
    return Copy(
        company.name_of(row.username),
        company.name_of(row.sent_by),
        step,
        row.note,
        row.sent_at,
        row.read_at,
        row.comment,
        row.commented_at,
    )


def _questions(session: Session, by: Actor, company: Organisation, instance: ProcessInstance) -> list[AskedQuestion]:
    row, sibling = Consultation, ProcessInstance
    statement = (
        select(row, UserTask.name, UserTask.definition_key, UserTask.state)
        .join(UserTask, UserTask.key == row.user_task_key)
        .join(sibling, sibling.key == row.instance_key)
        .where(sibling.root_key == instance.root_key, barring.beside(by, instance))
        .order_by(row.key)
    )
    return [
        AskedQuestion(
            each.key,
            telling.saying(session, definition_key)(name),
            company.name_of(each.asker),
            company.name_of(each.asked),
            each.asked,
            each.question,
            each.asked_at,
            each.answer,
            each.answered_at,
            each.is_taken_back,
            state != "open",
            each.asker == by.username and each.answered_at is None and state == "open",
        )
        for each, name, definition_key, state in session.execute(statement).all()
    ]


def _linked(session: Session, by: Actor, instance: ProcessInstance) -> list[Linked]:
    """Only those that the person may see: a number tells something, too."""
    row, link = ProcessInstance, CaseLink
    is_older = link.other_key == instance.key
    statement = (
        select(
            row.key, row.number, row.title, row.process_name, row.state, row.ended_as, link.kind, is_older, row.definition_key
        )
        .join(link, row.key == case((is_older, link.instance_key), else_=link.other_key))
        .where(or_(link.instance_key == instance.key, is_older), access.cases_seen(session, by))
        .order_by(row.key)
    )
    links = [(telling.told(session, each), each) for each in session.execute(statement).all()]
    return [
        Linked(said.key, said.number, said.title, said.process_name, said.state, said.ended_as, _kind(row[6], row[7]))
        for said, row in links
    ]


def _kind(kind: str, is_older: bool) -> str:
    names = {
        handing.COPY: ("copy_of", "copied_as"),
        handing.REOPENED: ("reopened_from", "reopened_as"),
        handing.TOLD_BY: ("told_by", "told"),
    }
    return names[kind][is_older] if kind in names else kind
