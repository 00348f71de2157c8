"""Sending a case back [退回], and taking back what one has handed on [取回]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import access, cases, notices
from engine.cases.cases import Case, Instance, Sent, Surroundings
from engine.execution import settling
from engine.people.actors import Actor
from engine.storage.models import UserTask, WorkItem
from engine.verbs import grounds, held_tasks, votes, voting, ways_back
from engine.verbs.held_tasks import Held
from engine.verbs.settled_tasks import Completed
from engine.verbs.ways_back import DIRECT, Target

NOT_THERE = "This case cannot be sent back to that step any more; please choose again."
NOT_HIS = "Only whom the task was given to sends it back; a signer agrees or does not."
GONE_ON = "This cannot be taken back any more: the case has gone on."
HANDLED = "This cannot be taken back any more: %(name)s has handled “%(step)s” already."
OPENED = "This cannot be taken back any more: %(name)s has opened “%(step)s” already."
BY_SEVERAL = "Several people decided this step together, so it is not taken back by one of them."
# Notices are stored as worded text, in the language of the diagrams they speak about.
TAKEN_BACK = "已被取回：{name}（{number}）"
BY_WHOM = "{who}取回了「{step}」，这项待办不需要办理了。{reason}"


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
    if mine.position not in voting.VOTERS:
        raise errors.Forbidden(NOT_HIS)
    grounds.require_not_past(session, by, held.instance)
    said = grounds.reason(reason)
    case = cases.take_up(Surroundings(session, by, now), held.instance)
    target = _chosen(case, held.task, to)
    mode = _resume(target, resume)
    undone = ways_back.undone(session, case, target)
    instead = held.in_place_of(mine)
    votes.cast(held, mine, votes.Said(voting.RETURN, said))
    told = {"outcome": voting.RETURN, "opinion": said, "round": held.task.round, "undone": [*undone, key], **instead}
    where = {"to": target.doer, "to_element": target.element, "to_name": target.name, "resume": mode}
    case.note("returned", held.element, actor=by.username, task=key, **told, **where)
    kept = {"mode": mode, "to": held.task.element_id, "doer": mine.username, "passed": case.run.passed(held.task.token)}
    case.around.sent = _sent(case, target, _returned(held, said, "return"), kept if mode == DIRECT else None)
    case.run.move(list(target.tokens), target.element)
    held.instance.outcome = voting.RETURN if held.task.kind == "approve" else None
    opened = settling.settle(case)
    return Completed(held.instance.key, opened.next_for(by))


def _chosen(case: Case, task: UserTask, to: str) -> Target:
    found = ways_back.targets(case, task)
    if not found:
        raise errors.Conflict("This task cannot be sent back.")
    target = next((each for each in found if each.element == to), None)
    if target is None:
        raise errors.Conflict(NOT_THERE)
    return target


def _resume(target: Target, wanted: str | None) -> str:
    if wanted is not None and wanted not in target.resumes:
        raise errors.Conflict("From there the case cannot go straight back to you; it goes through the steps again.")
    return wanted or target.resumes[0]


def _returned(held: Held, reason: str, kind: str) -> dict[str, Any]:
    return returned(held.by.username, held.now, reason, held.task.name, kind)


def returned(by: str, at: datetime, reason: str, step: str, kind: str) -> dict[str, Any]:
    """What the row of a task keeps of the way back, or of the jump, that made it."""
    return {"kind": kind, "by": by, "at": at.isoformat(), "reason": reason, "from": step, "label": ""}


def _sent(case: Case, target: Target, told: Mapping[str, Any], resume: Mapping[str, Any] | None) -> Sent:
    is_his = target.is_initiator or (target.task_key is not None and _was_handed(case.session, target))
    return Sent(case.instance.key, target.element, told, target.doer, is_his and target.doer is not None, resume)


def _was_handed(session: Session, target: Target) -> bool:
    """Whether the doer had the step from somebody who handed it to him: then no rule of the diagram would find him again."""
    item = WorkItem
    mine = (item.user_task_key == target.task_key, item.username == target.doer, item.state == "done")
    return any(owner not in (None, target.doer) for owner in session.execute(select(item.first_owner).where(*mine)).scalars())


# Taking back


def withdraw(session: Session, by: Actor, key: int, reason: str = "", *, now: datetime) -> int:
    """Takes back what the person has handed on, as long as the next has not handled (or opened) it; gives the new task's key.

    The tasks that it led to are cancelled, and the step is his again in a new round. Raises NotFound, Forbidden for
    another's, Conflict with what has happened meanwhile.
    """
    held = held_tasks.lock(session, by, key, now)
    case = _to_take_back(held)
    visit = (held.task.element_id, held.task.token)
    tokens = case.run.region(visit)
    require_untouched(case, tokens, visit, held.settings.withdraw == "opened")
    told = _holders(session, case, tokens)
    said = reason.strip()[: grounds.MAX_TEXT]
    mine = next(item for item in held.items if item.state == voting.DONE)
    case.note("taken_back", held.element, actor=by.username, task=key, opinion=said, undone=[key], round=held.task.round)
    case.around.sent = Sent(
        held.instance.key,
        held.element.id,
        _returned(held, said, "withdraw"),
        mine.username,
        is_his=True,
        resume=held.task.resume,
    )
    case.run.move(tokens, held.element.id)
    opened = settling.settle(case)
    _tell(case, told, held.task.name, said)
    return int(opened.tasks[0]["key"])


def _to_take_back(held: Held) -> Case:
    """The case of a completed task that the person alone has done. Raises Refusal for any other."""
    done = [item for item in held.items if item.state == voting.DONE]
    if not any(held.by.username in (item.username, item.done_by) for item in done):
        raise access.refuse_task(held.session, held.by, held.instance)
    if held.instance.state != "active" or held.task.state != "completed" or held.task.outcome == voting.RETURN:
        raise errors.Conflict(GONE_ON)
    if len(done) != 1 or votes.rule_of(held).is_joint:
        raise errors.Conflict(BY_SEVERAL)
    if held.settings.withdraw == "none" or held.element.multi_instance is not None:
        raise errors.Conflict("This step is not taken back.")
    grounds.require_not_past(held.session, held.by, held.instance)
    return cases.take_up(Surroundings(held.session, held.by, held.now), held.instance)


def require_untouched(case: Case, tokens: list[str], visit: tuple[str, str] | None, is_opening_enough: bool) -> None:
    """Raises Conflict when somebody has done more than look at what these tokens wait for."""
    if not tokens:
        raise errors.Conflict(GONE_ON)
    for token in tokens:
        later = case.run.passed(token)
        later = later[: later.index(visit)] if visit in later else later
        if later:
            raise _handled(case, later[0])
    for task, item in _parts(case, tokens):
        if item.state == voting.DONE:
            raise errors.Conflict(HANDLED, name=case.around.organisation.name_of(item.done_by), step=task.name)
        if is_opening_enough and item.opened_at is not None:
            raise errors.Conflict(OPENED, name=case.around.organisation.name_of(item.username), step=task.name)


def _handled(case: Case, visit: tuple[str, str]) -> errors.Conflict:
    row = UserTask
    wanted = select(row).where(row.instance_key == case.instance.key, row.element_id == visit[0], row.state == "completed")
    task = case.session.execute(wanted.order_by(row.completed_at.desc()).limit(1)).scalar()
    if task is None:
        return errors.Conflict(GONE_ON)
    return errors.Conflict(HANDLED, name=case.around.organisation.name_of(task.completed_by), step=task.name)


def _parts(case: Case, tokens: Iterable[str]) -> list[tuple[UserTask, WorkItem]]:
    """The tasks that rest at these tokens with their work items, and those of the cases that are called from there."""
    children = _called(case, list(tokens))
    of_own = (UserTask.instance_key == case.instance.key) & UserTask.token.in_(list(tokens)) & (UserTask.state == "open")
    wanted = select(UserTask, WorkItem).join(WorkItem, WorkItem.user_task_key == UserTask.key)
    found = case.session.execute(wanted.where(of_own | UserTask.instance_key.in_(children)).order_by(WorkItem.key))
    return [(row[0], row[1]) for row in found]


def _called(case: Case, tokens: list[str]) -> list[int]:
    """The keys of the cases that are called from these tokens, at any depth."""
    found: list[int] = []
    above = select(Instance.key).where(Instance.parent_key == case.instance.key, Instance.parent_token.in_(tokens))
    newest = list(case.session.execute(above).scalars())
    while newest:
        found += newest
        newest = list(case.session.execute(select(Instance.key).where(Instance.parent_key.in_(newest))).scalars())
    return found


def _holders(session: Session, case: Case, tokens: list[str]) -> list[str]:
    """Who had these tasks in his own list, to be told that they are gone."""
    live = (item.username for _task, item in _parts(case, tokens) if item.state in voting.LIVE)
    return [name for name in dict.fromkeys(live) if name and name != case.around.actor]


def _tell(case: Case, to: list[str], step: str, reason: str) -> None:
    subject = TAKEN_BACK.format(name=case.instance.title, number=case.instance.number)
    body = BY_WHOM.format(who=case.around.by.name, step=step, reason=reason)
    notices.send(case.session, case.around.organisation, to, subject, body, now=case.now, instance=case.instance)
