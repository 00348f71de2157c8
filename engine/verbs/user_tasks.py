"""What people do with a user task: open, claim, give back, save, complete, and hand to somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.cases import access, cases, history, holding, suspensions, variable_size
from engine.cases.cases import Instance, Surroundings
from engine.definitions import definitions
from engine.definitions.task_settings import TaskSettings
from engine.execution import settling
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import locking
from engine.storage.models import UserTask, WorkItem
from engine.verbs.submissions import Given, Submission

MAX_OPINION = 4000


@dataclass(frozen=True)
class Completed:
    """What a completion led to: `next_task_key` is a task of the same tree that the person may go on with."""

    instance_key: int
    next_task_key: int | None


@dataclass
class Held:
    """A user task locked with its work items, its instance and the root of its tree."""

    session: Session
    by: Actor
    now: datetime
    task: UserTask
    instance: Instance
    items: list[WorkItem]

    @property
    def definition(self) -> definitions.Definition:
        return definitions.by_key(self.session, self.task.definition_key)

    @property
    def element(self) -> runtime.Element:
        return self.definition.program.elements[self.task.element_id]

    @property
    def settings(self) -> TaskSettings:
        return self.definition.tasks[self.task.element_id]

    @property
    def company(self) -> organisation.Organisation:
        return organisation.at_version(self.session, self.by.company_id, self.by.organisation_version)

    @property
    def around(self) -> holding.Around:
        return holding.Around(self.task, self.items, self.instance.initiator)

    def whom(self, mine: WorkItem) -> str:
        """In whose name the person acts on the item."""
        return holding.as_whom(self.by, mine, self.around)

    def in_place_of(self, mine: WorkItem) -> dict[str, str]:
        """What a history event says of whom a deputy stands in for."""
        whom = self.whom(mine)
        return {} if whom == self.by.username else {"for": whom}

    def note(self, kind: str, **data: Any) -> None:
        history.append(
            self.session,
            self.instance,
            kind,
            at=self.now,
            element_id=self.task.element_id,
            element_name=self.task.name,
            actor=self.by.username,
            data={"task": self.task.key, **data},
        )


def complete(
    session: Session,
    by: Actor,
    key: int,
    submission: Given,
    *,
    outcome: str | None = None,
    opinion: str = "",
    now: datetime,
) -> Completed:
    """Completes a user task with the form's values, and lets the case go on (BPMN 10.3.4).

    `submission` may be a function that is given the task's form. `outcome` is one that the task offers (default: its only one). A candidate claims by completing. Raises NotFound,
    Forbidden, Conflict (done, or claimed by another), Invalid with `fields` for form and opinion.
    """
    held = _lock(session, by, key, now)
    mine = _part(held)
    chosen = _outcome(held, outcome)
    case = cases.take_up(Surroundings(session, by, now), held.instance)
    sent = Submission(case.around, held.instance)
    values = _checked(held, sent, submission, case.run.variables(held.task.token), chosen, opinion)
    sent.take_files(held.instance, held.task.key)
    instead = held.in_place_of(mine)
    _finish(held, mine, chosen, opinion, values)
    case.note(
        "completed",
        held.element,
        actor=by.username,
        task=key,
        outcome=chosen,
        opinion=opinion,
        round=held.task.round,
        values=values,
        **instead,
    )
    named = {"outcome": chosen, "result": held.settings.result} if held.settings.has_own_outcomes else {}
    settling.bind(case, held.task.element_id)
    case.run.complete(held.task.token, values, **named)
    held.instance.outcome = chosen if held.task.kind == "approve" else None
    opened = settling.settle(case)
    return Completed(held.instance.key, opened.next_for(by))


def open_for(session: Session, by: Actor, key: int, *, now: datetime | None = None) -> UserTask:
    """The task for somebody who looks at it; with `now`, the first look of a candidate is noted.

    Raises NotFound for a task of a case that one may not know of.
    """
    task = session.get(UserTask, key)
    if task is None or task.company_id != by.company_id:
        raise errors.NotFound(access.NO_TASK)
    items = session.execute(select(WorkItem).where(WorkItem.user_task_key == key).order_by(WorkItem.key)).scalars().all()
    instance = session.get_one(Instance, task.instance_key)
    around = holding.Around(task, items, instance.initiator)
    mine = [item for item in items if holding.has_part(by, item, around)]
    if not mine and not access.may_see(session, by, instance):
        raise errors.NotFound(access.NO_TASK)
    for item in mine:
        if now is not None and item.state == "open" and item.opened_at is None and item.username == by.username:
            item.opened_at = now
    session.flush()
    return task


def claim(session: Session, by: Actor, key: int, *, now: datetime) -> None:
    """Takes a task that is offered to several for oneself (认领); it leaves the others' lists.

    Raises NotFound, Forbidden, Conflict when somebody was faster or it is done. Claiming what one holds changes nothing.
    """
    held = _lock(session, by, key, now)
    mine = _part(held)
    if held.task.assignee == held.whom(mine):
        return
    instead = held.in_place_of(mine)
    _take(held, mine)
    held.note("claimed", group=mine.claimed_from, **instead)
    _store(held)


def unclaim(session: Session, by: Actor, key: int, *, now: datetime) -> None:
    """Gives a claimed task back to those it was offered to (取消认领): by its holder, or by who may hand it to somebody.

    Raises NotFound, Forbidden, and Conflict when it was offered to nobody else.
    """
    held = _lock(session, by, key, now)
    mine = _claimed(held)
    others = [item for item in held.items if item is not mine]
    if mine is None or not (mine.claimed_from or others):
        raise errors.Conflict("This task was not claimed; it can only be handed on.")
    before = {} if held.task.assignee == by.username else {"before": held.task.assignee}
    mine.first_owner = None if mine.claimed_from and mine.first_owner == held.task.assignee else mine.first_owner
    if mine.claimed_from:
        mine.username, mine.group_name, mine.claimed_from = None, mine.claimed_from, None
    mine.claimed_at, mine.draft, held.task.assignee = None, None, None
    for item in others:
        item.state = "open"
    held.note("unclaimed", **before)
    _store(held)


def save_draft(session: Session, by: Actor, key: int, data: Mapping[str, Any], *, now: datetime) -> None:
    """Keeps a form as far as it is filled in (暂存), unchecked; the task stays open.

    Raises Conflict for a task that is offered to a group and not claimed: two people would overwrite each other.
    """
    variable_size.check(data)
    held = _lock(session, by, key, now)
    mine = _part(held)
    if mine.username is None:
        raise errors.Conflict("Claim this task first; then it can be saved.")
    mine.draft = dict(data)
    session.flush()


def give(
    session: Session, by: Actor, key: int, username: str, reason: str, *, is_override_allowed: bool = True, now: datetime
) -> None:
    """Claims the task where somebody names himself and may claim it, else hands it on as `assign` does.

    Raises what these raise, and without `is_override_allowed` Conflict when somebody has it already.
    """
    held = _lock(session, by, key, now)
    mine, may_manage = holding.own_part(by, held.around), access.may_manage(session, by, held.instance.process_id)
    if mine is None and not may_manage:
        raise access.refuse_task(session, by, held.instance)
    if held.task.assignee is not None and not is_override_allowed:
        raise errors.Conflict("%(name)s has already claimed this task.", name=_name(held, held.task.assignee))
    is_offered = mine is not None and holding.may_take(by, mine, held.around)
    if username == by.username and (is_offered or not may_manage):
        claim(session, by, key, now=now)
    else:
        assign(session, by, key, username, reason, now=now)


def assign(session: Session, by: Actor, key: int, username: str, reason: str, *, now: datetime) -> None:
    """Hands an open task to a person (变更处理人), by its process's managers or administrators.

    Raises NotFound, Forbidden, Conflict; Invalid for an unknown person, one who must not act here, or without a reason.
    """
    held = _lock(session, by, key, now)
    if not access.may_manage(session, by, held.instance.process_id):
        raise access.refuse_task(session, by, held.instance)
    _require_open(held)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if not company.is_active(username):
        raise errors.Invalid("There is no person “%(name)s” who could act.", name=username)
    if username in held.task.excluded:
        raise errors.Invalid("%(name)s must not act on this task (separation of duties).", name=company.name_of(username))
    if not reason.strip():
        raise errors.Invalid("Please give a reason.", fields={"reason": [errors.Refusal("Please give a reason.")]})
    before = held.task.assignee
    _hand_to(held, username)
    held.note("reassigned", before=before, to=username, reason=reason.strip())
    _store(held)


def _lock(session: Session, by: Actor, key: int, now: datetime) -> Held:
    found = locking.with_items(session, key)
    if found is None or found[0].company_id != by.company_id:
        raise errors.NotFound(access.NO_TASK)
    instance, task, items = found
    return Held(session, by, now, task, instance, items)


def _part(held: Held) -> WorkItem:
    """The person's own work item of an open task, or the refusal that fits."""
    mine = holding.own_part(held.by, held.around)
    if mine is None:
        raise _not_mine(held)
    _require_open(held)
    refusal = holding.refusal(held.by, held.around, mine, _name(held, held.task.assignee))
    if refusal is not None:
        raise refusal
    return mine


def _not_mine(held: Held) -> errors.Refusal:
    """Why a task is not the person's; a deputy who knows the case is told what bars him."""
    refusal, bar = access.refuse_task(held.session, held.by, held.instance), holding.barred(held.by, held.around)
    if bar is None or not isinstance(refusal, errors.Forbidden):
        return refusal
    return errors.Forbidden(bar[0], name=_name(held, bar[1]))


def _claimed(held: Held) -> WorkItem | None:
    """The item of whoever holds the task: the person's own, for managers of the process also another's."""
    holder = held.task.assignee
    in_his_name = {held.by.username, *(each.username for each in held.by.principals)}
    if holder is None or holder in in_his_name or not access.may_manage(held.session, held.by, held.instance.process_id):
        mine = _part(held)
        return mine if holder is not None and holder == mine.username else None
    _require_open(held)
    return next((item for item in held.items if item.username == holder and item.state == "open"), None)


def _require_open(held: Held) -> None:
    if held.task.state == "completed":
        raise errors.Conflict("This task is already done, by %(name)s.", name=_name(held, held.task.completed_by))
    if held.task.state != "open" or held.instance.state != "active":
        raise errors.Conflict("This task is no longer open.")
    held_up = suspensions.refusal(held.instance, held.company) if held.instance.suspended else None
    if held_up is not None:
        raise held_up


def _name(held: Held, username: str | None) -> str:
    return organisation.at_version(held.session, held.by.company_id, held.by.organisation_version).name_of(username)


def _outcome(held: Held, outcome: str | None) -> str:
    offered = held.settings.outcomes
    if outcome is None and len(offered) == 1:
        return offered[0].id
    if outcome is None or held.settings.outcome(outcome) is None:
        names = ", ".join(each.id for each in offered)
        raise errors.Invalid(
            "This task has no outcome “%(outcome)s”; it offers %(offered)s.", outcome=outcome or "", offered=names
        )
    return outcome


def _checked(
    held: Held, sent: Submission, submission: Given, variables: Mapping[str, Any], outcome: str, opinion: str
) -> dict[str, Any]:
    """The clean values of the form; faults of form and opinion are told together."""
    faults: dict[str, list[errors.Refusal]] = {}
    if held.settings.needs_opinion(outcome) and not opinion.strip():
        faults["opinion"] = [errors.Refusal("Please give your opinion.")]
    elif len(opinion) > MAX_OPINION:
        faults["opinion"] = [errors.Refusal("The opinion is longer than %(limit)s characters.", limit=MAX_OPINION)]
    try:
        values = sent.validate(held.definition.form_of(held.task.element_id), submission, variables)
    except errors.Invalid as refusal:
        refusal.fields |= faults
        raise
    if faults:
        raise errors.Invalid("Some fields need another look.", fields=faults)
    return values


def _finish(held: Held, mine: WorkItem, outcome: str, opinion: str, values: dict[str, Any]) -> None:
    """Closes the task and its items; stored with the rest of the case, or before somebody asks who did it."""
    _take(held, mine)
    mine.state, mine.done_at, mine.done_by, mine.draft = "done", held.now, held.by.username, None
    mine.outcome, mine.opinion, mine.given = outcome, opinion.strip() or None, values
    task = held.task
    task.state, task.completed_at, task.completed_by = "completed", held.now, held.by.username
    task.outcome, task.opinion = mine.outcome, mine.opinion


def _take(held: Held, mine: WorkItem) -> None:
    whom = held.whom(mine)
    if mine.username is None:
        mine.username, mine.group_name, mine.claimed_from = whom, None, mine.group_name
    mine.first_owner = mine.first_owner or whom
    mine.claimed_at = mine.claimed_at or held.now
    held.task.assignee = whom
    _close_others(held, mine)


def _hand_to(held: Held, username: str) -> None:
    """The person's own item if there is one, else the first open one, becomes the only open one."""
    own = [item for item in held.items if item.username == username]
    item = (own or [item for item in held.items if item.state == "open"] or held.items)[0]
    if item.username is None:
        item.claimed_from = item.group_name
    item.username, item.group_name, item.state = username, None, "open"
    item.claimed_at, item.opened_at, item.draft = held.now, None, None
    held.task.assignee = username
    _close_others(held, item)


def _close_others(held: Held, mine: WorkItem) -> None:
    for item in held.items:
        if item is not mine and item.state == "open":
            item.state = "closed"


def _store(held: Held) -> None:
    held.session.flush()
    history.flush(held.session)
