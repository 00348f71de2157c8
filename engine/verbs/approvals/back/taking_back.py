"""Taking back [取回] what one has handed on, as long as nobody has gone on with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.cases import cases, notices
from engine.cases.cases import Case, Instance, SentByHand, Surroundings
from engine.cases.rights import access
from engine.definitions.task_settings import OFF
from engine.execution import settling
from engine.people.actors import Actor
from engine.storage.models import UserTask, WorkItem
from engine.verbs import ahead, grounds
from engine.verbs.approvals import held_tasks, votes, voting
from engine.verbs.approvals.back import returns, ways_back
from engine.verbs.approvals.held_tasks import Held

GONE_ON = "This cannot be taken back any more: the case has gone on."
PART_OVER = "“%(step)s” cannot be taken back: its part of the process, “%(part)s”, is over."
JOINED = "“%(step)s” cannot be taken back: it has come together with other branches of the case."
TOLD = frozenset({PART_OVER, JOINED})  # what a page says too: nobody would find it out by looking at who has done what
HANDLED = "This cannot be taken back any more: %(name)s has handled “%(step)s” already."
OPENED = "This cannot be taken back any more: %(name)s has opened “%(step)s” already."
BY_YOU = {
    HANDLED: "This cannot be taken back any more: you have handled “%(step)s” already.",
    OPENED: "This cannot be taken back any more: you have opened “%(step)s” already.",
}
BY_SEVERAL = "Several people decided this step together, so it is not taken back by one of them."
NOTHING = "There is nothing of yours here to take back."
SUBJECT = Said("已被取回：{name}（{number}）", "Taken back: {name} ({number})")
BODY = Said(
    "{who}取回了“{step}”，这项待办不需要办理了。{reason}",
    "{who} took back “{step}”; this task needs nothing from you any more. {reason}",
)
BEGINNING = "发起"
STEPS = {BEGINNING: Said(BEGINNING, "the beginning")}


def withdraw(session: Session, by: Actor, key: int, reason: str = "", *, now: datetime) -> int:
    """Takes back a task that the person has done, as long as the next has not handled (or opened) it; gives the new task's key.

    The tasks that it led to are cancelled, and the step is his again in a new round. Raises NotFound, Forbidden for
    another's, Conflict with what has happened meanwhile.
    """
    held = held_tasks.lock(session, by, key, now)
    _require_alone(held)
    grounds.require_impartial(session, by, held.instance, grounds.ABOUT_YOU, now, of_steps=False)
    case = cases.take_up(Surroundings(session, by, now), held.instance)
    visit = (held.task.element_id, held.task.token)
    way = _way_back(case, visit)
    _require_untouched(case, way, visit, held.settings.withdraw == "opened")
    mine = next(item for item in held.items if item.state == voting.DONE)
    sent = returns.returned(by.username, now, reason.strip(), held.task.name, "withdraw")
    case.around.sent = SentByHand(
        held.instance.key, held.element.id, sent, mine.username, True, held.task.resume, frozenset(held.task.excluded)
    )
    return _take_back(case, way, held.element.id, held.task.name, reason, task=key)


def withdraw_start(session: Session, by: Actor, key: int, reason: str = "", *, now: datetime) -> int:
    """Takes back a case that the person has begun, as long as nobody has done anything for it; gives the new task's key.

    Its start form is his again, in the same case. Raises as `withdraw` does.
    """
    instance = grounds.seen(session, by, key)
    if not _is_beginner(by, instance):
        raise errors.Forbidden(NOTHING)
    if instance.state != "active":
        raise errors.Conflict(GONE_ON)
    grounds.require_not_past(session, by, instance)
    grounds.require_impartial(session, by, instance, grounds.ABOUT_YOU, now, of_steps=False)
    case = cases.take_up(Surroundings(session, by, now), instance)
    start = _start(case)
    way = _whole(case)
    _require_untouched(case, way, None, False)
    sent = returns.returned(by.username, now, reason.strip(), BEGINNING, "withdraw")
    case.around.sent = SentByHand(instance.key, start, sent, by.username, is_his=True)
    return _take_back(case, way, start, BEGINNING, reason)


def withdraw_in(session: Session, by: Actor, key: int, reason: str = "", *, task: int | None = None, now: datetime) -> int:
    """Takes back, of a case, this task or what the person has done last in it, else what he began. Raises as `withdraw` does."""
    instance = grounds.seen(session, by, key)
    last = task or _last_done(session, by, instance)
    if last is not None:
        return withdraw(session, by, last, reason, now=now)
    return withdraw_start(session, by, key, reason, now=now)


def hindrance(session: Session, by: Actor, instance: Instance, *, now: datetime) -> errors.Refusal | None:
    """Why the person has nothing in the case that he may take back now; None where he has."""
    if instance.state != "active" or instance.irreversible is not None or instance.suspended is not None:
        return errors.Conflict(GONE_ON)
    last = _last_done(session, by, instance)
    if last is None and not _is_beginner(by, instance):  # most readers: of them nobody need know whom the case is about
        return errors.Forbidden(NOTHING)
    try:
        grounds.require_impartial(session, by, instance, grounds.ABOUT_YOU, now, of_steps=False)
        if last is None:
            _require_start(session, by, instance, now)
        else:
            _require_task(session, by, last, now)
    except errors.Refusal as refusal:
        return refusal
    return None


def _require_task(session: Session, by: Actor, key: int, now: datetime) -> None:
    task = session.get_one(UserTask, key)
    owner = session.get_one(Instance, task.instance_key)
    items = list(session.execute(select(WorkItem).where(WorkItem.user_task_key == key)).scalars())
    held = Held(session, by, now, task, owner, items)
    _require_alone(held)
    case = cases.look_into(Surroundings(session, by, now), owner)
    visit = (task.element_id, task.token)
    _require_untouched(case, _way_back(case, visit), visit, held.settings.withdraw == "opened")


def _require_start(session: Session, by: Actor, instance: Instance, now: datetime) -> None:
    case = cases.look_into(Surroundings(session, by, now), instance)
    _require_untouched(case, _whole(case), None, False)
    _start(case)


def _is_beginner(by: Actor, instance: Instance) -> bool:
    return instance.initiator == by.username and instance.parent_key is None


def _last_done(session: Session, by: Actor, instance: Instance) -> int | None:
    """The key of the user task that the person has done last in the tree of cases."""
    tree = select(Instance.key).where(Instance.root_key == instance.root_key)
    mine = or_(WorkItem.username == by.username, WorkItem.done_by == by.username)
    by_somebody = (WorkItem.state == voting.DONE, WorkItem.done_by.is_not(None))  # not what passed by itself
    done = select(WorkItem.user_task_key).where(WorkItem.instance_key.in_(tree), *by_somebody, mine)
    return session.execute(done.order_by(WorkItem.done_at.desc(), WorkItem.key.desc()).limit(1)).scalar()


def _require_alone(held: Held) -> None:
    """Raises Refusal for a task that the person has not done, or not alone, or that has no way back."""
    done = [item for item in held.items if item.state == voting.DONE and item.done_by is not None]
    if not any(held.by.username in (item.username, item.done_by) for item in done):
        raise access.refuse_task(held.session, held.by, held.instance)
    if held.instance.state != "active" or held.task.state != "completed" or held.task.outcome == voting.RETURN:
        raise errors.Conflict(GONE_ON)
    if len(done) != 1 or votes.rule_of(held).is_joint:
        raise errors.Conflict(BY_SEVERAL)
    is_off = held.settings.withdraw == "none" or held.settings.button("withdraw") == OFF
    if is_off or held.element.multi_instance is not None:
        raise errors.Conflict("This step is not taken back.")
    grounds.require_not_past(held.session, held.by, held.instance)


def _start(case: Case) -> str:
    start = next((event for event in case.definition.program.start_events if event.kind == "none"), None)
    if start is None:
        raise errors.Conflict(NOTHING)
    return start.element_id


@dataclass(frozen=True)
class _Way:
    """What is undone by taking back: the live tokens, and the visits of human steps by which they have come since."""

    tokens: list[str]
    later: list[tuple[str, str]]


def _way_back(case: Case, visit: tuple[str, str]) -> _Way:
    """What has come of a visit of a human step; nothing where other branches have come together with it.

    From a part of the process that is over, it is the one token that goes on behind it, if nothing stands beside that.
    """
    tokens = case.run.region(visit)
    if tokens:
        passed = (case.run.passed(token) for token in tokens)
        since = (each[: each.index(visit)] if visit in each else each for each in passed)
        return _Way(tokens, list(dict.fromkeys(step for steps in since for step in steps)))
    places = case.run.places()
    moved = case.run.aims(places[0][0]).get(visit[0], []) if len(places) == 1 and _is_part(case, visit[0]) else []
    if not moved or not ahead.may_move(case, visit[0]):
        return _Way([], [])
    since_then = _since(case, visit)
    if since_then is None or any(each.returned for each in since_then):
        return _Way([], [])
    return _Way(moved, [(each.element_id, each.token) for each in since_then if each.state == "completed"])


def _whole(case: Case) -> _Way:
    tokens = case.run.everything()
    return _Way(tokens, list(dict.fromkeys(step for token in tokens for step in case.run.passed(token))))


def _is_part(case: Case, element_id: str) -> bool:
    """Whether a step stands in a part of the process of its own."""
    return case.definition.program.elements[element_id].parent is not None


def _since(case: Case, visit: tuple[str, str]) -> Sequence[UserTask] | None:
    """The tasks that were opened when this visit of a step was done, or later; None for a visit that is not done."""
    row = UserTask
    of_case = select(row).where(row.instance_key == case.instance.key).order_by(row.key)
    own = case.session.execute(of_case.where(row.element_id == visit[0], row.token == visit[1])).scalars().first()
    if own is None or own.completed_at is None:
        return None
    return case.session.execute(of_case.where(row.created_at >= own.completed_at, row.key != own.key)).scalars().all()


def _require_untouched(case: Case, way: _Way, visit: tuple[str, str] | None, is_opening_enough: bool) -> None:
    """Raises Conflict when somebody has done more than look at what these tokens wait for."""
    if not way.tokens:
        raise errors.Conflict(GONE_ON) if visit is None else _left_behind(case, visit)
    by_itself = _by_itself(case, way.later).keys()
    if handled := [each for each in way.later if each not in by_itself]:
        raise _handled(case, handled[0])
    for task, item in _parts(case, way.tokens):
        if item.state == voting.DONE and item.done_by is not None:
            raise _overtaken(case, HANDLED, item.done_by, task.name)
        if is_opening_enough and item.opened_at is not None:
            raise _overtaken(case, OPENED, item.username, task.name)


def _by_itself(case: Case, visits: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Those of the visits that passed by themselves, so that nobody has done them, with the keys of their tasks."""
    if not visits:
        return {}
    row = UserTask
    wanted = select(row.element_id, row.token, row.key).join(WorkItem, WorkItem.user_task_key == row.key)
    wanted = wanted.where(row.instance_key == case.instance.key, row.token.in_(token for _element, token in visits))
    rows = case.session.execute(wanted.where(WorkItem.state == voting.DONE, WorkItem.done_by.is_(None)))
    return {(element, token): key for element, token, key in rows}


def _left_behind(case: Case, visit: tuple[str, str]) -> errors.Conflict:
    """Why no token leads back to a step: a later one was handled, its subprocess is over, or its branch met others."""
    elements, since = case.definition.program.elements, _since(case, visit)
    if since is None:
        return errors.Conflict(GONE_ON)
    if any(each.returned for each in since):
        return errors.Conflict(GONE_ON)  # it was sent back or moved meanwhile
    handled = next((each for each in since if each.completed_by is not None), None)
    if handled is not None:
        return _overtaken(case, HANDLED, handled.completed_by, handled.name)
    own = elements[visit[0]]
    part = elements.get(own.parent or "")
    named = {"step": own.name or own.id, **({"part": part.name or part.id} if part else {})}
    return errors.Conflict(PART_OVER if part else JOINED, fields=None, **named)


def _handled(case: Case, visit: tuple[str, str]) -> errors.Conflict:
    row = UserTask
    wanted = select(row).where(row.instance_key == case.instance.key, row.element_id == visit[0], row.state == "completed")
    task = case.session.execute(wanted.order_by(row.completed_at.desc()).limit(1)).scalar()
    if task is None:
        return errors.Conflict(GONE_ON)
    return _overtaken(case, HANDLED, task.completed_by, task.name)


def _overtaken(case: Case, text: str, who: str | None, step: str) -> errors.Conflict:
    """That somebody went on from there; nobody is told that others did what he did himself."""
    if who == case.around.actor:
        return errors.Conflict(BY_YOU[text], step=step)
    return errors.Overtaken(text, name=case.around.organisation.name_of(who), step=step)


def _parts(case: Case, tokens: Iterable[str]) -> list[tuple[UserTask, WorkItem]]:
    """The tasks that rest at these tokens or inside them, with their work items, and those of the cases called from there."""
    children = _called(case, list(tokens))
    own = case.run.within(list(tokens))
    of_own = (UserTask.instance_key == case.instance.key) & UserTask.token.in_(own) & (UserTask.state == "open")
    wanted = select(UserTask, WorkItem).join(WorkItem, WorkItem.user_task_key == UserTask.key)
    rows = case.session.execute(wanted.where(of_own | UserTask.instance_key.in_(children)).order_by(WorkItem.key))
    return [(row[0], row[1]) for row in rows]


def _called(case: Case, tokens: list[str]) -> list[int]:
    """The keys of the cases that are called from these tokens, at any depth."""
    keys: list[int] = []
    own = case.run.within(tokens)
    above = select(Instance.key).where(Instance.parent_key == case.instance.key, Instance.parent_token.in_(own))
    newest = list(case.session.execute(above).scalars())
    while newest:
        keys += newest
        newest = list(case.session.execute(select(Instance.key).where(Instance.parent_key.in_(newest))).scalars())
    return keys


def _take_back(case: Case, way: _Way, element_id: str, step: str, reason: str, *, task: int | None = None) -> int:
    """Moves the case, notes it, and tells those who had the next tasks in their own lists."""
    live = (item.username for _task, item in _parts(case, way.tokens) if item.state in voting.LIVE)
    told = [name for name in dict.fromkeys(live) if name and name != case.around.actor]
    said = grounds.remark(reason, "reason")
    element = case.definition.program.elements[element_id]
    by_itself = _by_itself(case, way.later)
    undone = [*([] if task is None else [task]), *by_itself.values()]
    forgotten = [element_id, *(each for each, _token in by_itself)]
    case.note("taken_back", element, actor=case.around.actor, opinion=said, undone=undone, **({"task": task} if task else {}))
    case.run.move(way.tokens, element_id, forget=ways_back.results(case, forgotten))
    opened = settling.settle(case, is_told=False)
    subject = SUBJECT.of(name=case.instance.title, number=case.instance.number)
    body = BODY.of(who=case.around.by.name, step=STEPS.get(step, step), reason=said)
    company, facts = case.around.organisation, {notices.UNDONE: True}
    notices.send(case.session, company, told, subject, body, now=case.now, instance=case.instance, facts=facts)
    return int(opened.tasks[0]["key"])
