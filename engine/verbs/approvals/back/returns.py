"""Sending a case back [退回], and taking back what one has handed on [取回]."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases
from engine.cases.cases import Case, Instance, SentByHand, Surroundings
from engine.cases.rights import access
from engine.execution import settling
from engine.execution.comebacks import AUTOMATIC
from engine.people.actors import Actor
from engine.storage.models import UserTask, WorkItem
from engine.verbs import grounds
from engine.verbs.approvals import held_tasks, losing, votes, voting
from engine.verbs.approvals.back import ways_back
from engine.verbs.approvals.back.ways_back import DIRECT, Target
from engine.verbs.approvals.held_tasks import Held
from engine.verbs.approvals.settled_tasks import Completed

NOT_THERE = "This case cannot be sent back to that step any more; please choose again."
NOT_HIS = "Only whom the task was given to sends it back; a signer agrees or does not."


def targets(session: Session, by: Actor, key: int, *, now: datetime) -> list[Target]:
    """Where the person may send an open task's case back to; none where he may not. Raises NotFound."""
    task = session.get(UserTask, key)
    if task is None or task.company_id != by.company_id:
        raise errors.NotFound(access.NO_TASK)
    instance = session.get_one(Instance, task.instance_key)
    if task.state != "open" or instance.state != "active":
        return []
    return ways_back.targets(cases.look_into(Surroundings(session, by, now), instance), task)


def return_task(
    session: Session, by: Actor, key: int, to: str, reason: str, *, resume: str | None = None, now: datetime
) -> Completed:
    """Sends the case of an open task back to a step that was done before, to the person who did it.

    `to` is the element id of one of `targets`, `resume` how the case goes on from there (default: the first that the
    target allows). All who still had to act on this task need not any more. Raises NotFound, Forbidden, Conflict (not his
    turn; the step is no target any more; past the point of no return), Invalid without a reason.
    """
    held = held_tasks.lock(session, by, key, now)
    mine = held_tasks.part(held)
    if not votes.sends_back(votes.rule_of(held), mine.position):
        raise errors.Forbidden(NOT_HIS)
    held_tasks.require_offered(held, "return")
    grounds.require_not_past(session, by, held.instance)
    said = grounds.reason(reason)
    case = cases.take_up(Surroundings(session, by, now), held.instance)
    target = _chosen(case, held.task, to)
    mode = _resume(target, resume)
    undone = ways_back.undone(session, case, target)
    instead = held.in_place_of(mine)
    case.around.lost += losing.holders(held.items)
    votes.cast(held, mine, votes.VoteSaid(voting.RETURN, said))
    told = {"outcome": voting.RETURN, "opinion": said, "round": held.task.round, "undone": [*undone, key], **instead}
    where = {"to": target.doer, "to_element": target.element, "to_name": target.name, "resume": mode}
    case.note("returned", held.element, actor=by.username, task=key, **told, **where)
    kept = {"mode": mode, "to": held.task.element_id, "doer": mine.username, "passed": case.run.passed(held.task.token)}
    case.around.sent = _sent(case, target, _returned(held, said, instead.get("for")), kept if mode == DIRECT else None)
    gone = set() if mode == DIRECT else ways_back.elements_of(session, undone)
    case.run.move(list(target.tokens), target.element, forget=ways_back.results(case, gone))
    held.instance.outcome = voting.RETURN if held.task.kind == "approve" else None
    opened = settling.settle(case, is_told=False)
    losing.tell_given_up(case, opened, target.name, said, instead_of=instead.get("for"))
    return Completed(held.instance.key, opened.next_for(by))


def send_back(held: Held, reason: str, because: str) -> bool:
    """Sends the case of a locked, open task back to the step before it by itself; false where there is no way back.

    Nobody has said anything in the task, which is given up; `because` is what the history tells.
    """
    case = cases.take_up(Surroundings(held.session, held.by, held.now), held.instance)
    target = next(iter(ways_back.targets(case, held.task)), None)
    if target is None:
        return False
    undone = [*ways_back.undone(held.session, case, target), held.task.key]
    where = {"to": target.doer, "to_element": target.element, "to_name": target.name, "undone": undone}
    case.note("returned", held.element, actor=None, task=held.task.key, outcome=voting.RETURN, because=because, **where)
    told = returned(held.by.username, held.now, reason, held.task.name, AUTOMATIC)
    case.around.sent = _sent(case, target, told, None)
    case.run.move(list(target.tokens), target.element)
    losing.tell_given_up(case, settling.settle(case, is_told=False), target.name, reason)
    return True


def _chosen(case: Case, task: UserTask, to: str) -> Target:
    ways = ways_back.targets(case, task)
    if not ways:
        raise errors.Conflict("This task cannot be sent back.")
    target = next((each for each in ways if each.element == to), None)
    if target is None:
        raise errors.Conflict(NOT_THERE)
    return target


def _resume(target: Target, wanted: str | None) -> str:
    if wanted is not None and wanted not in target.resumes:
        raise errors.Conflict("From there the case cannot go straight back to you; it goes through the steps again.")
    return wanted or target.resumes[0]


def _returned(held: Held, reason: str, whom: str | None) -> dict[str, Any]:
    return returned(held.by.username, held.now, reason, held.task.name, "return") | {"instead_of": whom}


def returned(by: str, at: datetime, reason: str, step: str, kind: str) -> dict[str, Any]:
    """What the row of a task keeps of the way back, or of the jump, that made it."""
    return {"kind": kind, "by": by, "at": at.isoformat(), "reason": reason, "from": step, "label": ""}


def _sent(case: Case, target: Target, told: Mapping[str, Any], resume: Mapping[str, Any] | None) -> SentByHand:
    is_his = target.is_initiator or (target.task_key is not None and _was_handed(case.session, target))
    return SentByHand(case.instance.key, target.element, told, target.doer, is_his and target.doer is not None, resume)


def _was_handed(session: Session, target: Target) -> bool:
    """Whether the doer had the step from somebody who handed it to him: then no rule of the diagram would find him again."""
    item = WorkItem
    mine = (item.user_task_key == target.task_key, item.username == target.doer, item.state == "done")
    return any(owner not in (None, target.doer) for owner in session.execute(select(item.first_owner).where(*mine)).scalars())
