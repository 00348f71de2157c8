"""A user task that somebody acts on: locked with its work items, and which of them is his; else why he may not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import history, notices, suspensions
from engine.cases.cases import Instance, Surroundings
from engine.cases.rights import access, acted, holding, over, recusal, stranded
from engine.definitions import definitions, task_settings
from engine.definitions.task_settings import TaskSettings
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage import locking
from engine.storage.models import UserTask, WorkItem
from engine.verbs import grounds
from engine.verbs.approvals import receiving, voting
from engine.verbs.approvals.receiving import Receivers

NOT_OFFERED = "This step does not offer that."
MOVED_MEANWHILE = "This task lies with %(name)s now; it was moved meanwhile."


@dataclass
class Held:
    """A user task locked with its work items, its instance and the root of its tree.

    `was_left`: an incident stands that asks for somebody, and nobody could act on it when it was locked.
    """

    session: Session
    by: Actor
    now: datetime
    task: UserTask
    instance: Instance
    items: list[WorkItem]
    was_left: bool = False

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
    def company(self) -> Organisation:
        return organisation.at_version(self.session, self.by.company_id, self.by.organisation_version)

    def name(self, username: str | None) -> str:
        """A person's name."""
        return self.company.name_of(username)

    @property
    def around(self) -> holding.Around:
        return holding.Around(self.task, self.items, self.instance.initiator)

    @property
    def is_about_him(self) -> bool:
        """Whether the case keeps the person away (回避)."""
        return recusal.keeps(Surroundings(self.session, self.by, self.now), self.instance, self.by.answerable)

    @property
    def may_manage(self) -> bool:
        """Whether the person manages the process, and the case is not about him."""
        return access.may_manage(self.session, self.by, self.instance.process_id) and not self.is_about_him

    @property
    def receivers(self) -> Receivers:
        """Who may be given the task."""
        [receivers] = receiving.receivers(self.session, self.company, [(self.task, self.instance, self.items)])
        return receivers

    def whom(self, mine: WorkItem) -> str:
        """In whose name the person acts on the item."""
        return holding.as_whom(self.by, mine, self.around)

    def in_place_of(self, mine: WorkItem) -> dict[str, str]:
        """What a history event says of whom a deputy stands in for."""
        whom = self.whom(mine)
        return {} if whom == self.by.username else {"for": whom}

    @property
    def stood_in_for(self) -> str | None:
        """Whose part the person has done just now, if not his own."""
        me = self.by.username
        theirs = (each for each in self.items if each.done_by == me != each.username)
        return next((each.username for each in theirs if each.done_at == self.now), None)  # its time is not loaded with all

    @property
    def doer(self) -> str | Said:
        """Who has done it just now, of a deputy with whom he stood in for."""
        whom = self.stood_in_for
        return self.company.acting(self.by.username, whom) if whom else self.by.name

    def actor(self, mine: WorkItem) -> str | Said:
        """Who acts on a part that is not done yet, of a deputy with whom he stands in for."""
        whom = self.whom(mine)
        return self.by.name if whom == self.by.username else self.company.acting(self.by.username, whom)

    def note(self, kind: str, **data: Any) -> None:
        """Appends to the history of the case, at the step; what the engine does by itself names nobody."""
        history.append(
            self.session,
            self.instance,
            kind,
            at=self.now,
            element_id=self.task.element_id,
            element_name=self.task.name,
            actor=None if self.by.is_system else self.by.username,
            data={"task": self.task.key, **data},
        )

    def tell_of_it(self, people: Iterable[str], subject: Said, body: Said) -> None:
        """A notice, in the page alone, to those to whom the task has come; it is past once the task is done."""
        about: dict[str, Any] = {"instance": self.instance, "kind": None, "facts": {notices.TASK: self.task.key}}
        notices.send(self.session, self.company, people, subject, body, now=self.now, **about)


def lock(session: Session, by: Actor, key: int, now: datetime) -> Held:
    """The task, locked with its tree until the transaction ends. Raises NotFound for one that the person may not know of."""
    rows = locking.with_items(session, key)
    if rows is None or rows[0].company_id != by.company_id:
        raise errors.NotFound(access.NO_TASK)
    instance, task, items = rows
    held = Held(session, by, now, task, instance, items)
    held.was_left = bool(instance.incidents) and stranded.is_left(held.company, task, items)
    if not _may_know(held):
        raise errors.NotFound(access.NO_TASK)
    return held


def _may_know(held: Held) -> bool:
    """Whether the task is there for the person: by his part in it, unless he is kept out, by his right to the case, or as it was his."""
    if held.by.is_system:
        return True
    has_part = holding.own_part(held.by, held.around) is not None and not holding.is_kept_out(held.by, held.task)
    may_know = has_part or access.may_see(held.session, held.by, held.instance)
    return may_know or over.given_away(held.session, held.by, held.task) is not None


def part(held: Held) -> WorkItem:
    """The person's own work item of an open task, or the refusal that fits."""
    mine = holding.own_part(held.by, held.around)
    if mine is None:
        raise _not_mine(held)
    require_open(held)
    refusal = over.why_not(held.session, held.by, held.around, mine, held.company)
    if refusal is not None:
        raise _told(held, refusal)
    _require_apart(held, mine)
    return mine


def _told(held: Held, refusal: errors.Refusal) -> errors.Refusal:
    """A refusal as it may be told: whom the task keeps out may not know of it at all, it may be about him and offered to his group."""
    may_know = not holding.is_kept_out(held.by, held.task) or access.may_see(held.session, held.by, held.instance)
    return refusal if may_know else errors.NotFound(access.NO_TASK)


def _require_apart(held: Held, mine: WorkItem) -> None:
    """Raises Forbidden for somebody who did a step that this one is apart from since it was opened, as one beside it.

    A deputy is kept out by what either of the two did.
    """
    people = {held.by.username, held.whom(mine)}
    if not held.by.is_system and acted.apart(held.session, held.instance.root_key, held.settings, people):
        raise errors.Forbidden(holding.KEPT_OUT)


def require_offered(held: Held, operation: str) -> None:
    """Raises Forbidden for an operation that the diagram has switched off at this step."""
    if held.settings.button(operation) == task_settings.OFF:
        raise errors.Forbidden(NOT_OFFERED)


def require_no_part(held: Held, username: str, *, but: WorkItem | None = None) -> None:
    """Raises Conflict for somebody who has a part in the task already, other than `but`."""
    if username in holding.acting(item for item in held.items if item is not but):
        raise errors.Conflict(holding.HAS_PART, name=held.name(username))


def _not_mine(held: Held) -> errors.Refusal:
    """Why a task is not the person's; who had it hears where it went, a deputy who knows the case what bars him."""
    went = over.given_away(held.session, held.by, held.task)
    if went is not None:
        return went
    refusal, bar = access.refuse_task(held.session, held.by, held.instance), holding.barred(held.by, held.around)
    if bar is None or not isinstance(refusal, errors.Forbidden):
        return refusal
    return errors.Forbidden(bar[0], name=held.name(bar[1]))


def require_impartial(held: Held) -> None:
    """Raises Forbidden for whom the case keeps away; an administrator gives what nobody has to somebody else all the same."""
    is_relief = held.was_left and held.by.is_administrator
    if not is_relief and held.is_about_him:
        raise errors.Forbidden(grounds.ABOUT_YOU)


def holder(task: UserTask, parts: Sequence[WorkItem]) -> str | None:
    """Whose a task is, by its open parts: who took it or alone was given it; None as long as several or a group are offered it."""
    return task.assignee or (parts[0].username if len(parts) == 1 else None)


def require_with(held: Held, seen: str | None) -> None:
    """Raises Overtaken where an open task lies with others than its mover saw: `seen` is a username, "" for nobody alone, None for whoever has it."""
    live = [item for item in held.items if item.state in voting.LIVE]
    alone = holder(held.task, [item for item in live if item.position == voting.OWN])
    if seen is not None and (seen not in [item.username for item in live] if seen else alone):
        now_with = (held.company.named(item.username or item.group_name or "") for item in live)
        raise errors.Overtaken(MOVED_MEANWHILE, name=sayings.joined(now_with))


def require_open(held: Held) -> None:
    """Raises Conflict for a task that is done, sent back or gone with its case, and by whom; or that is held up.

    NotFound instead for whom the task keeps out and who may not see its case.
    """
    ended = over.refusal(held.session, held.by, held.task, held.instance, held.company)
    if ended is not None:
        raise _told(held, ended)
    held_up = suspensions.refusal(held.instance, held.company) if held.instance.suspended else None
    if held_up is not None:
        raise held_up


def store(held: Held) -> None:
    """Writes what a verb has changed of the task, its items and its history.

    However somebody came to have a task that nobody could act on, the incident that asked for him is over.
    """
    held.session.flush()
    if held.was_left:
        stranded.settle_if_held(held.session, held.company, held.instance, held.task, held.by.username, now=held.now)
    history.flush(held.session)
