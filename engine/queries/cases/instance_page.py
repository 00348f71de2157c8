"""The case page: where a case stands, who holds it, what happened, what it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from engine import errors, runtime
from engine.cases import cases, no_return, signatures, suspensions
from engine.cases.lines import chosen_records, endings, filled
from engine.cases.personal import personal_data, secret_data, secret_titles
from engine.cases.rights import access, barring
from engine.definitions import definitions, terms
from engine.definitions.languages import telling
from engine.diagrams import lanes
from engine.people import organisation
from engine.people.actors import Actor
from engine.queries import path_ahead
from engine.queries.cases import attachment_list, beside, decisions, estimates, filled_in, kept_copies, timeline, way_so_far
from engine.queries.cases.beside import Wish
from engine.queries.cases.filled_in import Answers, Round
from engine.queries.cases.where import following, places, standing, waits
from engine.queries.cases.where.following import Following
from engine.queries.cases.where.places import CurrentPlace
from engine.queries.cases.words import ending_told
from engine.storage import models
from engine.storage.models import HistoryEvent, Incident, ProcessInstance


@dataclass(frozen=True)
class Trouble:
    """An open incident; `message` is a message id with `values`."""

    key: int
    element: str
    message: str
    values: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class InstancePage:
    """Everything the case page shows; `marks` are element ids by how the diagram colours them.

    `way` are the steps so far; `following` what comes after a place, by the key of its task, or after a day that is waited for, by the event's id.
    `past`: why the case cannot be taken back any more, `held_up`: why nobody may act on it. `elsewhere` are places of its tree
    beside `places` that wait for the reader, `seen_as` is by what right he reads it (`access.seen_as`).
    """

    instance: ProcessInstance
    initiator: str
    department: str
    description: str
    places: list[CurrentPlace]
    troubles: list[Trouble]
    timeline: list[timeline.TimelineEntry]
    answers: list[Answers]
    files: list[attachment_list.AttachedFile]
    parent: way_so_far.Relative | None
    children: list[way_so_far.Relative]
    marks: dict[str, list[str]]
    may_cancel: bool
    may_manage: bool
    way: list[way_so_far.PassedStep] = field(default_factory=list)
    following: dict[int | str, list[Following]] = field(default_factory=dict)
    waits: list[waits.CaseWait] = field(default_factory=list)
    copies: list[kept_copies.Copy] = field(default_factory=list)
    papers: tuple[terms.Paper, ...] = ()
    ended_reason: str = ""
    ending: str = ""
    is_masked: bool = False
    estimated: list[int] = field(default_factory=list)
    past: errors.Refusal | None = None
    held_up: errors.Refusal | None = None
    beside: beside.Beside = field(default_factory=beside.Beside)
    is_revealed: bool = False
    decisions: list[decisions.JointDecision] = field(default_factory=list)
    channel: str = ""
    customer: str = ""
    ahead: list[path_ahead.Coming] = field(default_factory=list)
    signatures: dict[int, signatures.Signed] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)
    may_operate: bool = False
    elsewhere: list[CurrentPlace] = field(default_factory=list)
    seen_as: str = ""
    closed: secret_data.ClosedCase | None = None
    rounds: list[Round] = field(default_factory=list)


def instance_page(session: Session, by: Actor, key: int, *, now: datetime, is_revealed: bool = False) -> InstancePage:
    """The page of a case, personal data masked unless they were revealed. Raises NotFound for one that he may not know of."""
    instance, seen_as = _seen(session, by, key)
    definition = definitions.by_key(session, instance.definition_key)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    known = dict(run.variables()) if (run := _run(instance, definition, now)) else {}
    _parent, children = related = way_so_far.relatives(session, by, instance)
    closed = secret_titles.closing(session, by, instance, now=now)
    redaction = None if is_revealed and not closed else _redaction(session, instance, definition, known, related, now, closed)
    here, elsewhere, waiting = _rests(session, by, company, instance, definition, run)
    there = beside.there(session, by, instance)
    told = _Told(session, by, instance, redaction, there)
    is_manager = access.may_manage(session, by, instance.process_id)
    return InstancePage(
        instance,
        company.name_of(instance.initiator),
        company.unit_called(instance.initiator_department),
        definition.settings.description,
        told.of_places(here),
        troubles(session, definition, instance, redaction) if instance.incidents else [],
        told.timeline,
        filled_in.now(definition, told.of_forms(by, definition, known, now), told.own, key),
        told.files,
        *related,
        marks(session, instance, run),
        _is_cancellable(instance) and access.may_cancel(by, instance, definition, is_manager=is_manager),
        is_manager,
        way_so_far.passed(definition, told.timeline, children, key),
        _following(definition, company, key, here, waiting),
        waiting,
        kept_copies.of_case(session, by, key, now=now) if there.has_drafts else [],
        definition.settings.paper,
        *_ended(told, instance, definition),
        not closed and redaction is not None and (told.is_changed or redaction.hides(known)),
        estimates.of_case(session, company, instance),
        no_return.refusal(instance, company) if instance.state == "active" else None,
        suspensions.refusal(instance, company),
        told.beside,
        is_revealed,
        decisions.of_case(session, company, instance.root_key, redaction, told.shown) if there.has_shared else [],
        *_filed(session, instance, {} if closed else known, redaction),
        ahead=path_ahead.of_case(session, by, instance, definition, now=now),
        signatures=signatures.of_recorded(session, company, timeline.signatures_in(told.timeline), now=now),
        may_operate=access.may_operate(session, by, instance.process_id),
        wishes=told.of_wishes(beside.wishes(session, by, instance, told.timeline)),
        elsewhere=elsewhere,
        seen_as=seen_as,
        closed=closed,
        rounds=told.of_rounds(by, definition, now),
    )


def _rests(
    session: Session,
    by: Actor,
    company: organisation.Organisation,
    instance: ProcessInstance,
    definition: definitions.Definition,
    run: runtime.Run | None,
) -> tuple[list[CurrentPlace], list[CurrentPlace], list[waits.CaseWait]]:
    """Where the case rests with people, what else of its tree waits for the reader, and what the case waits for."""
    here, elsewhere = places.of_case(session, by, company, instance)
    return here, elsewhere, standing.waits_of(session, by, company, instance, definition, run, here=here)


def _following(
    definition: definitions.Definition,
    company: organisation.Organisation,
    key: int,
    here: list[CurrentPlace],
    waiting: list[waits.CaseWait],
) -> dict[int | str, list[Following]]:
    """What comes after each open step of the case itself, and which steps after each day that it waits for."""
    tasks = (each for each in here if each.instance_key == key)
    days = (each.element_id for each in waiting if each.kind == "timer" and each.instance_key == key)
    told = {each.task_key: following.after(definition, company, each.element_id) for each in tasks}
    ways = {day: following.after(definition, company, day) for day in days}
    return {**told} | {day: [way for way in after if any(not step.is_end for step in way.steps)] for day, after in ways.items()}


def _redaction(
    session: Session,
    instance: ProcessInstance,
    definition: definitions.Definition,
    known: dict[str, Any],
    relatives: tuple[way_so_far.Relative | None, list[way_so_far.Relative]],
    now: datetime,
    closed: secret_data.ClosedCase | None,
) -> personal_data.Redaction:
    named = personal_data.words_of_relatives(session, instance, now=now) if any(relatives) else set()
    named.update(cases.persons(instance))  # also when the case above is destroyed
    personal = personal_data.Redaction.of(definition, known, named)
    return closed.redaction(definition, personal.words) if closed else personal


def redaction(
    session: Session, by: Actor, instance: ProcessInstance, definition: definitions.Definition, *, now: datetime
) -> personal_data.Redaction:
    """What a page about the case must not show in full to this person."""
    closed = secret_data.closing(session, by, instance, now=now)
    known = dict(run.variables()) if (run := _run(instance, definition, now)) else {}
    return _redaction(session, instance, definition, known, way_so_far.relatives(session, by, instance), now, closed)


class _Told:
    """What people wrote beside the forms: opinions, reasons, names of files; masked by the redaction, if there is one."""

    def __init__(
        self,
        session: Session,
        by: Actor,
        instance: ProcessInstance,
        redaction: personal_data.Redaction | None,
        there: beside.There,
    ) -> None:
        company = organisation.at_version(session, by.company_id, by.organisation_version)
        self.shown = shown = barring.beside(by, instance)
        entries = timeline.timeline(session, company, instance.root_key, shown)
        if there.has_returns:
            entries = way_so_far.with_returns(session, company, instance.root_key, entries, shown)
        self.beside = told = beside.of_case(session, by, instance, there)
        entries = timeline.with_senders(entries, beside.senders(told))
        self.timeline, has_files = entries, there.has_files and not isinstance(redaction, secret_data.Withheld)
        self.files = files = attachment_list.attachments(session, company, instance.root_key, shown) if has_files else []
        self.ended_reason = reason = instance.ended_reason or ending_told.said(session, instance)
        if redaction is not None:
            self.timeline = timeline.masked(entries, redaction)
            self.files = attachment_list.masked(files, redaction)
            self.beside = beside.masked(told, redaction)
            self.ended_reason = redaction.text(reason)
        self.session, self.company, self.redaction, self.instance_key = session, company, redaction, instance.key
        self.is_changed = (self.timeline, self.files, self.ended_reason) != (entries, files, reason)

    def of_forms(
        self, by: Actor, definition: definitions.Definition, known: Mapping[str, Any], now: datetime
    ) -> list[filled.FilledForm]:
        """What was filled in, with the titles of chosen records as far as this person may know them; of a closed case his own."""
        shut = self.redaction if isinstance(self.redaction, secret_data.Withheld) else None
        redaction = shut.personal if shut else self.redaction
        given = shut.own.values if shut else known
        forms = filled.grouped(definition, self.company, redaction.variables(given) if redaction else given, self._given)
        return chosen_records.in_groups(self.session, by, forms, redaction, now=now)

    @property
    def _given(self) -> dict[str, Mapping[str, Any]]:
        """What was typed at each step of this case the last time, by the step; of a closed case by the reader."""
        return filled_in.typed(self.own, self.instance_key)

    def of_places(self, here: list[CurrentPlace]) -> list[CurrentPlace]:
        """Where the case is, with the words by which it came back there."""
        told = [place for place in here if not place.is_kept]
        return [place.masked(self.redaction.text) for place in told] if self.redaction is not None else told

    def of_rounds(self, by: Actor, definition: definitions.Definition, now: datetime) -> list[Round]:
        """What earlier rounds wrote, shown to whom what holds now is shown."""
        if isinstance(self.redaction, secret_data.Withheld):
            return []
        rounds = filled_in.earlier(definition, self.company, self.timeline, self.instance_key)
        values = {each.entry.key: each.values for one in rounds for each in one.passed if each.values}
        forms = [filled.FilledForm(str(key), "", of_step) for key, of_step in values.items()]
        named = {
            each.element_id: each.values for each in chosen_records.in_groups(self.session, by, forms, self.redaction, now=now)
        }
        return [
            replace(one, passed=[replace(each, values=named.get(str(each.entry.key), [])) for each in one.passed])
            for one in rounds
        ]

    @property
    def own(self) -> list[timeline.TimelineEntry]:
        """The events that say who filled in what is shown: of a closed case the reader's."""
        if not isinstance(self.redaction, secret_data.Withheld):
            return self.timeline
        return [each for each in self.timeline if each.key in self.redaction.own.events]

    def of_wishes(self, wishes: list[Wish]) -> list[Wish]:
        """Why people asked for more time, and what they heard."""
        if self.redaction is None:
            return wishes
        return [replace(each, reason=self.redaction.text(each.reason), note=self.redaction.text(each.note)) for each in wishes]


def _filed(
    session: Session, instance: ProcessInstance, known: Mapping[str, Any], redaction: personal_data.Redaction | None
) -> tuple[str, str]:
    """By which way the customer of a case came, and his name, as far as it is known and may be read."""
    channel = definitions.channel(session, instance.initiator, instance.definition_key)
    name = (redaction.variables(known) if redaction else known).get(personal_data.CUSTOMER_NAME)
    return channel, name if channel and isinstance(name, str) else ""


def _ended(told: _Told, instance: ProcessInstance, definition: definitions.Definition) -> tuple[str, str]:
    """Why a case was ended by somebody, and what the end is called that it has reached."""
    return told.ended_reason, endings.name(definition.program, (instance.end_event or "").split(","))


def visible(session: Session, by: Actor, key: int) -> ProcessInstance:
    """The case, with its tokens. Raises NotFound for one that this person may not know of."""
    return _seen(session, by, key)[0]


def _seen(session: Session, by: Actor, key: int) -> tuple[ProcessInstance, str]:
    """The same with the right by which he may."""
    statement = select(ProcessInstance).where(ProcessInstance.key == key).options(undefer(ProcessInstance.tokens))
    instance = session.execute(statement).scalar_one_or_none()
    seen_as = access.seen_as(session, by, instance) if instance else ""
    if instance is None or not seen_as:
        raise errors.NotFound(access.NO_CASE)
    return telling.read(session, instance), seen_as


def diagram(session: Session, by: Actor, key: int) -> bytes:
    """The diagram that the case runs on, its lanes by the names that groups have today.

    Raises NotFound for a case this person may not know of.
    """
    row = models.ProcessDefinition
    definition = definitions.by_key(session, visible(session, by, key).definition_key)
    statement = select(row.xml).where(row.key == definition.key)
    words = {**telling.of_all(session, by.company_id), **definition.words}  # the file may draw other processes beside it
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return lanes.shown(session.execute(statement).scalar_one(), company.former, words)


def _run(instance: ProcessInstance, definition: definitions.Definition, now: datetime) -> runtime.Run | None:
    state = cases.state(instance)
    return runtime.load(definition.program, state, host=runtime.Host(now)) if state else None


def troubles(
    session: Session, definition: definitions.Definition, instance: ProcessInstance, redaction: personal_data.Redaction | None
) -> list[Trouble]:
    """Where a case has stopped, in the words of what stopped it."""
    row = Incident
    statement = (
        select(row.key, row.element_id, row.message, row.values, row.created_at)
        .where(row.instance_key == instance.key, row.state == "open")
        .order_by(row.key)
    )
    names = definition.program.elements
    return [
        Trouble(
            line.key,
            names[line.element_id].name if line.element_id in names else "",
            line.message,
            redaction.value(line.values or {}) if redaction else line.values or {},
            line.created_at,
        )
        for line in session.execute(statement)
    ]


def marks(session: Session, instance: ProcessInstance, run: runtime.Run | None) -> dict[str, list[str]]:
    """The elements of the diagram by how they are coloured: the way taken (nodes, flows), where it is, incidents."""
    event = HistoryEvent
    statement = (
        select(event.kind, event.element_id)
        .distinct()
        .where(event.instance_key == instance.key, event.kind.in_(("entered", "taken")))
    )
    passed = session.execute(statement).all()
    live = run.live if run and instance.state == "active" else []
    return {
        "done": [row.element_id for row in passed if row.kind == "entered"],
        "taken": [row.element_id for row in passed if row.kind == "taken"],
        "token": [element for element, kind in live if kind != "incident"],
        "incident": [element for element, kind in live if kind == "incident"],
    }


def _is_cancellable(instance: ProcessInstance) -> bool:
    return (
        instance.state == "active"
        and instance.parent_key is None
        and instance.irreversible is None
        and instance.suspended is None
    )
