"""What a manager may do with each open task of a list: the same that its case's page and its own page offer, for all rows at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.cases.rights import access, holding
from engine.people.actors import Actor
from engine.queries.cases import offered
from engine.queries.cases.where import standing
from engine.queries.cases.where.standing import InHand
from engine.storage.models import Follower, ProcessInstance, UserTask, WorkItem

# In the order of what one would do first: `open` is doing the task oneself, each other an operation on the case.
NAMES = ("open", "urge", "assign", "follow", "unfollow")


def acts_of(
    session: Session, by: Actor, rows: Collection[tuple[UserTask, ProcessInstance]], away: Collection[int]
) -> dict[int, tuple[str, ...]]:
    """Those of `NAMES` that are offered on each open task, by its key.

    Two statements, two more for cases that lie with him alone, those of `recusal.keeps` for a case that is `away` from
    him, as a task of its tree keeps him out; none for no row and for who only reads.
    """
    if not rows or by.is_auditor:
        return {}
    managed, followed = set(access.managed(session, by)), _followed(session, by, [case.root_key for _task, case in rows])
    items: dict[int, list[WorkItem]] = {}
    of_rows = select(WorkItem).where(WorkItem.user_task_key.in_([task.key for task, _case in rows]))
    for item in session.scalars(of_rows.order_by(WorkItem.key)):
        items.setdefault(item.user_task_key, []).append(item)
    acts: dict[int, tuple[str, ...]] = {}
    hands = _hands(session, by, rows, items, managed)
    for task, case in rows:
        hand = hands.get(case.key, InHand())
        steering = offered.steering(by, case, hand, is_manager=case.process_id in managed)
        # It may be about him; whoever merely did another step may steer it.
        names = set(offered.impartial(session, by, case, steering, now=case.started_at) if case.key in away else steering)
        if case.suspended is None and _is_his(by, holding.Around(task, items.get(task.key, []), case.initiator)):
            names.add("open")
        names.add("unfollow" if case.root_key in followed else "follow")
        acts[task.key] = tuple(name for name in NAMES if name in names)
    return acts


def _hands(
    session: Session,
    by: Actor,
    rows: Collection[tuple[UserTask, ProcessInstance]],
    items: Mapping[int, list[WorkItem]],
    managed: set[str],
) -> dict[int, InHand]:
    """In whose hands each case is; it is asked of those alone whose open task lies with the person himself."""
    told = ((case.key, standing.hand_of_task(session, by, task, items.get(task.key, []))) for task, case in rows)
    hands = {key: hand for key, hand in told if hand is not None}
    unclear = {case.key: case for _task, case in rows if case.key not in hands}.values()
    steered = [each for each in unclear if offered.may_steer(by, each, is_manager=each.process_id in managed)]
    return hands | standing.hands(session, by, steered)


def _is_his(by: Actor, around: holding.Around) -> bool:
    item = holding.own_part(by, around)
    return item is not None and holding.may_take(by, item, around) and not holding.is_kept_out(by, around.task)


def _followed(session: Session, by: Actor, roots: list[int]) -> set[int]:
    mine = (Follower.company_id == by.company_id, Follower.username == by.username, Follower.instance_key.in_(roots))
    return set(session.scalars(select(Follower.instance_key).where(*mine)))
