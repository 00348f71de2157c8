"""The task page: the form to fill in, what the person may do with it, and what happened before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, undefer

from engine import errors, forms, runtime
from engine.basics.letters import strokes
from engine.cases import cases, signatures, suspensions
from engine.cases.cases import Surroundings
from engine.cases.lines import chosen_records, filled
from engine.cases.rights import access, barring, holding, over
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.definitions.rules import joint_rules
from engine.definitions.task_settings import NO_SIGNATURE, Outcome, TaskSettings
from engine.execution import comebacks
from engine.people import organisation, resolve
from engine.people.actors import Actor
from engine.queries import path_ahead
from engine.queries.cases import attachment_list, beside, decisions, estimates, offered, timeline
from engine.queries.cases.timeline import TimelineEntry
from engine.queries.cases.where import following, limits, promises
from engine.queries.cases.words import handing, mended, named_in
from engine.queries.inbox import form_scope
from engine.storage.models import Attachment, Follower, Phrase, ProcessInstance, UserTask, WorkItem
from engine.verbs import signed_opinions
from engine.verbs.approvals import votes, voting
from engine.verbs.sharing import phrases


@dataclass(frozen=True)
class Elsewhere:
    """The task is not this person's to act on now, but its case may be looked at; `refusal` says why, if that needs saying."""

    instance_key: int
    refusal: errors.Refusal | None


@dataclass(frozen=True)
class GivenBack:
    """What whoever was asked to do a task or to sign it came to, which decides nothing: by name, with what he wrote."""

    name: str
    position: str
    outcome: str
    opinion: str
    at: datetime | None

    @property
    def is_against(self) -> bool:
        """Whether he would refuse it, or send it back."""
        return not voting.agrees(self.outcome)


@dataclass(frozen=True)
class TaskPage:
    """Everything the task page shows. `is_mine` tells whether it may be completed now, `group` where it may be claimed from.

    `rivals` are the names of the others it is offered to by name as long as nobody has taken it; `returned` is as the task
    keeps it, with `by` as a name. `because` says why it is his, `left_out` who was meant beside and does not act
    (`resolve.words`, `resolve.left_out`). `documentation` is the step's own, which is its basis where `instructions` are others,
    and of a start what begins there. `handed` is the event by which somebody gave it to him: passed on, delegated,
    asked to sign, or another holder set. `promised` is the day or moment (ISO 8601) that the customer was promised.
    `held_up` says why nobody may act on the case now, if so. `named` is the field that names him, where `because` says no more.
    """

    task: UserTask
    instance: ProcessInstance
    initiator: str
    department: str
    previous: str
    instructions: str
    settings: TaskSettings
    form: forms.Form | None
    scope: forms.FormScope
    item: WorkItem
    has_rivals: bool
    filled: list[filled.Value]
    timeline: list[timeline.TimelineEntry]
    files: list[attachment_list.AttachedFile]
    marks: dict[str, list[str]]
    returned: Mapping[str, Any] | None = None
    rivals: list[str] = field(default_factory=list)
    following: list[following.Following] = field(default_factory=list)
    estimated: list[int] = field(default_factory=list)
    operations: list[offered.OfferedOperation] = field(default_factory=list)
    instead_of: str = ""
    phrases: list[Phrase] = field(default_factory=list)
    group: str = ""
    decisions: list[decisions.JointDecision] = field(default_factory=list)
    channel: str = ""
    because: tuple[str, dict[str, str]] = ("", {})
    left_out: tuple[tuple[str, str], ...] = ()
    ahead: list[path_ahead.Coming] = field(default_factory=list)
    signatures: dict[int, signatures.Signed] = field(default_factory=dict)
    kept_signature: str = ""
    wishes: list[beside.Wish] = field(default_factory=list)
    refused_by: str = ""
    handed: TimelineEntry | None = None
    beyond_step: datetime | None = None
    given_back: GivenBack | None = None
    objections: tuple[GivenBack, ...] = ()
    promised: str = ""
    documentation: str = ""
    held_up: errors.Refusal | None = None
    named: named_in.NamedIn | None = None
    is_only_his: bool = False
    mended: mended.Mended | None = None

    @property
    def signature(self) -> str:
        """Whether the person signs: none, optional, required."""
        return signed_opinions.asks_for_signature(self.settings.signature, self.item.position)

    @property
    def rule(self) -> joint_rules.JointRule:
        """Who decides the task."""
        return joint_rules.read(self.task.rule) or joint_rules.JointRule()

    @property
    def outcomes(self) -> list[Outcome]:
        """What the person may choose; a signer agrees or does not."""
        return votes.outcomes_for(self.settings, self.rule, self.item.position, is_refused=bool(self.refused_by))

    @property
    def may_object(self) -> bool:
        """Whether his no goes back to who asked him, as the step offers none."""
        return votes.objects(self.settings, self.item.position, voting.REJECT)

    def needs_opinion(self, outcome: str) -> bool:
        """Whether he has to say why he chooses an outcome."""
        return votes.needs_opinion(self.settings, self.item.position, outcome, is_objected=bool(self.objections))

    @property
    def fills_in(self) -> bool:
        """Whether the person fills in the form now; nobody does while the case is held up."""
        return self.is_mine and not self.only_signs and self.held_up is None

    @property
    def only_signs(self) -> bool:
        """Whether the person was asked to sign, and has no part in the form."""
        return self.is_mine and not votes.fills_in(self.rule, self.item.position)

    @property
    def limit(self) -> datetime | None:
        """Until when it is to be done: the step's limit, else that of the case behind it."""
        return self.task.due_at or self.beyond_step

    @property
    def is_mine(self) -> bool:
        """Whether it stands in his own name or that of whom he stands in for, or only he can take it up (`holding`)."""
        return self.item.username is not None or self.is_only_his

    @property
    def may_unclaim(self) -> bool:
        """Whether it may be given back to those it was offered to."""
        return self.is_mine and self.item.claimed_at is not None and (self.item.claimed_from is not None or self.has_rivals)

    @property
    def is_unseen(self) -> bool:
        """Whether the person looks at it for the first time."""
        return self.item.username is not None and self.item.opened_at is None

    @property
    def draft(self) -> Mapping[str, Any] | None:
        """The form as it was left."""
        return self.item.draft if self.is_mine else None


def task_page(session: Session, by: Actor, key: int, *, now: datetime, with_past: bool = True) -> TaskPage | Elsewhere:
    """The page of an open task that is this person's or his groups'; else where to look instead.

    Raises NotFound or Conflict for somebody who may not know of the case.
    """
    task, instance, has_files, follows = _task(session, by, key)
    items = list(_items(session, task))
    around = holding.Around(task, items, instance.initiator)
    item = holding.own_part(by, around)
    if (refusal := _refusal(session, by, around, instance, item)) is not None or item is None:
        return _elsewhere(session, by, around.task, instance, refusal)
    definition = telling.by(session, task, instance)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    settings, shown = definition.tasks[task.element_id], barring.beside(by, instance)
    told = timeline.timeline(session, company, instance.root_key, shown) if with_past else []
    unchosen = {**(variables := _variables(definition, instance, task, now)), settings.result: None}  # none is chosen yet
    return TaskPage(
        task,
        instance,
        company.name_of(instance.initiator),
        company.unit_called(instance.initiator_department),
        company.name_of(task.previous_by),
        _asks(settings, definition.program.elements[task.element_id]),
        settings,
        definitions.as_read(definition, definition.form_of(task.element_id)),
        form_scope.form_scope(session, by, instance, unchosen, now=now, definition=definition, task=task),
        item,
        len(items) > 1,
        chosen_records.told(session, by, filled.filled_fields(definition, company, variables), now=now) if with_past else [],
        told,
        attachment_list.attachments(session, company, instance.root_key, shown) if with_past and has_files else [],
        {"token": [task.element_id]},
        comebacks.named(task.returned, company, definition.said),
        _rivals(by, task, items, company),
        following.after(definition, company, task.element_id),
        estimates.of_task(session, company, task),
        _offers(session, by, around, settings, instance, follows=follows) if with_past else [],
        "" if (whom := holding.as_whom(by, item, around)) == by.username else company.name_of(whom),
        phrases.known(session, by) if with_past else [],
        company.called(item.group_name or ""),
        decisions.of_case(session, company, instance.root_key, None, shown) if with_past and len(items) > 1 else [],
        signatures=signatures.of_recorded(session, company, timeline.signatures_in(told), now=now),
        kept_signature=_kept_signature(session, by, settings),
        wishes=beside.wishes(session, by, instance, told),
        ahead=path_ahead.of_case(session, by, instance, definition, now=now) if with_past else [],
        **handing.from_past(told, by, task, item, company, definition),
        **_of_case(Surroundings(session, by, now), task, instance, definition, variables),
        **_about(by, around, item, company, definition, instance, variables),
    )


def _of_case(
    around: Surroundings,
    task: UserTask,
    instance: ProcessInstance,
    definition: definitions.Definition,
    variables: Mapping[str, Any],
) -> dict[str, Any]:
    """By which way its customer came, what he was promised, the limit of the case behind a step that has none, and what the step says."""
    return {
        "documentation": definition.program.elements[task.element_id].documentation,
        "channel": definitions.channel(around.session, instance.initiator, instance.definition_key),
        "beyond_step": limits.beyond(around.session, task, instance),
        "promised": promises.date_of(around, instance, definition, variables),
    }


def _about(
    by: Actor,
    around: holding.Around,
    mine: WorkItem,
    company: organisation.Organisation,
    definition: definitions.Definition,
    instance: ProcessInstance,
    variables: Mapping[str, Any],
) -> dict[str, Any]:
    """Why a part is his, who was left out, who was asked to sign beside him and has refused, and why nobody may act on it now."""
    task, items = around.task, around.items
    refused = votes.refused_beside(joint_rules.read(task.rule) or joint_rules.JointRule(), mine, items)
    return {
        "because": resolve.words(mine.reason, company, definition.said),
        "named": named_in.naming(definition, task, mine, company, variables),
        "held_up": suspensions.refusal(instance, company),
        "is_only_his": holding.is_only_ones(by, mine, around, company),
        "left_out": tuple(resolve.left_out(mine.reason, company)),
        "refused_by": company.name_of(refused.username) if refused is not None else "",
        "given_back": _came_to(advised, company) if (advised := voting.advised(items, mine)) else None,
        "objections": tuple(_came_to(each, company) for each in voting.objections(items, mine)),
    }


def _came_to(asked: WorkItem, company: organisation.Organisation) -> GivenBack:
    who = company.signed(asked.done_by, asked.username if asked.username != asked.done_by else None)
    return GivenBack(who, asked.position, asked.outcome or "", asked.opinion or "", asked.done_at)


def _kept_signature(session: Session, by: Actor, settings: TaskSettings) -> str:
    """The path of the signature that the person keeps, where the step takes one."""
    own = signed_opinions.kept(session, by) if settings.signature != NO_SIGNATURE else None
    return strokes.path(own.strokes) if own else ""


def _offers(
    session: Session, by: Actor, around: holding.Around, settings: TaskSettings, instance: ProcessInstance, *, follows: bool
) -> list[offered.OfferedOperation]:
    """What may be done with the task, then with its case, but for what the step switches off."""
    of_case = offered.on_case(session, by, instance, takes_part=True, follows=follows)
    named = (
        offered.OfferedOperation(each.name, settings.button(each.name))
        for each in of_case
        if each.name not in offered.hidden(settings)
    )
    return [*offered.on_task(by, around, settings, instance), *named]


def _task(session: Session, by: Actor, key: int) -> tuple[UserTask, ProcessInstance, bool, bool]:
    """The task with its case, whether there are files in the case's tree, and whether the person follows it."""
    of_case = (access.Sibling.root_key == ProcessInstance.root_key, Attachment.instance_key == access.Sibling.key)
    has_files = exists().where(*of_case)
    follows = exists().where(Follower.instance_key == ProcessInstance.root_key, Follower.username == by.username)
    statement = (
        select(UserTask, ProcessInstance, has_files, follows)
        .join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
        .where(UserTask.key == key)
        .options(undefer(ProcessInstance.tokens))
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        raise errors.NotFound(access.NO_TASK)
    return row[0], row[1], row[2], row[3]


def _items(session: Session, task: UserTask) -> Iterable[WorkItem]:
    statement = select(WorkItem).where(WorkItem.user_task_key == task.key).options(undefer(WorkItem.draft))
    return session.execute(statement.order_by(WorkItem.key)).scalars()


def _rivals(by: Actor, task: UserTask, items: Iterable[WorkItem], company: organisation.Organisation) -> list[str]:
    """The others to whom the task is offered by name and who may still be faster."""
    if task.assignee is not None or task.rule != joint_rules.ANY:
        return []
    still = (item.username for item in items if item.state == "open" and item.username not in (None, by.username))
    return [company.name_of(name) for name in still]


def _refusal(
    session: Session, by: Actor, around: holding.Around, instance: ProcessInstance, item: WorkItem | None
) -> errors.Refusal | None:
    """Why the person cannot act, if he has a part in the task."""
    if item is None:
        return None
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    ended = over.refusal(session, by, around.task, instance, company)
    return ended or over.why_not(session, by, around, item, company)


def _elsewhere(
    session: Session, by: Actor, task: UserTask, instance: ProcessInstance, refusal: errors.Refusal | None
) -> Elsewhere:
    """Where to look; whom the task keeps out of a case that he does not know is told nothing of it, nor who has done it."""
    if not access.may_see(session, by, instance):
        raise (None if holding.is_kept_out(by, task) else refusal) or errors.NotFound(access.NO_TASK)
    return Elsewhere(instance.key, refusal)


def _asks(settings: TaskSettings, element: runtime.Element) -> str:
    """What a step asks: the documentation of a start says what begins there, and not what is to be done once it came back."""
    return settings.instructions or (element.documentation if element.type == "userTask" else "")


def _variables(definition: definitions.Definition, instance: ProcessInstance, task: UserTask, now: datetime) -> dict[str, Any]:
    """What the task sees: its own variables before those around it."""
    return runtime.load(definition.program, cases.state(instance), host=runtime.Host(now)).variables(task.token)


def overtaken(session: Session, by: Actor, key: int) -> errors.Refusal | None:
    """Why a task that still stands in a window of this person is his to do no more; None while it is. Two statements while it is.

    Raises NotFound for somebody who may not know of it.
    """
    statement = select(UserTask, ProcessInstance).join(ProcessInstance, ProcessInstance.key == UserTask.instance_key)
    row = session.execute(statement.where(UserTask.key == key)).one_or_none()
    if row is None:
        raise errors.NotFound(access.NO_TASK)
    task, instance = row
    around = holding.Around(task, list(_items(session, task)), instance.initiator)
    item = holding.own_part(by, around)
    went = over.given_away(session, by, task) if item is None else None
    if item is None and not access.may_see(session, by, instance):
        if went is not None:
            return went
        raise errors.NotFound(access.NO_TASK)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if (ended := over.refusal(session, by, task, instance, company)) is not None:
        return ended
    if item is None:
        return went or errors.Forbidden("This task is not yours to act on.")
    return over.why_not(session, by, around, item, company) or suspensions.refusal(instance, company)


def draft(session: Session, by: Actor, key: int) -> Mapping[str, Any] | None:
    """What the person has saved of the form of an open task that he holds; None where he has saved nothing.

    Raises NotFound, Forbidden for one that is not his, Conflict when it is done or taken.
    """
    task, instance, _files, _follows = _task(session, by, key)
    around = holding.Around(task, list(_items(session, task)), instance.initiator)
    item = holding.own_part(by, around)
    refusal = _refusal(session, by, around, instance, item)
    if item is None or refusal is not None:
        elsewhere = _elsewhere(session, by, around.task, instance, refusal)
        raise elsewhere.refusal or errors.Forbidden("This task is not yours to act on.")
    return item.draft if item.username is not None else None


def form_of(session: Session, key: int) -> forms.Form | None:
    """The form of a task, to read a submission by; what may be done with it the verbs decide. One statement at most."""
    row = session.execute(select(UserTask.definition_key, UserTask.element_id).where(UserTask.key == key)).one_or_none()
    form = definitions.by_key(session, row.definition_key).form_of(row.element_id) if row else None
    return form.parsed if form else None
