"""Spreading open tasks evenly [均衡分派]: a manager of their processes moves several at once, and takes back what nobody has touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.sayings import Said, joined
from engine.cases import notices
from engine.cases.rights import access
from engine.definitions import definitions
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import keys, marks
from engine.storage.models import Batch, ProcessInstance, UserTask, WorkItem
from engine.verbs import grounds, many_tasks, user_tasks
from engine.verbs.approvals import held_tasks, voting
from engine.verbs.approvals.held_tasks import Held

REBALANCE = "rebalance"
MOST = 100
DONE, UNDONE = "done", "undone"
NO_ACT = "There is no such act, or you may not view it."
BEGUN = "%(name)s has begun on this task: a draft of it is saved."
BEGUN_BEFORE = "Somebody has begun on this task and given it back: a draft of it is saved."
TOUCHED = "This task was taken up or moved meanwhile; it stays where it is."
TO_YOU = Said("均衡分派转给您：{tasks}", "Work spread evenly, now yours: {tasks}")
FROM_YOU = Said("均衡分派从您手里转出：{tasks}", "Work spread evenly, no longer yours: {tasks}")
ONE = Said("{step}（{number}）", "{step} ({number})")
ALL = Said("{names}", "{names}")
MANY = Said("{names}等{count}项", "{names} and others, {count} in all")
NAMED = 3  # tasks that a notice names
BODY = Said("{who}重新分派了待办。{reason}", "{who} spread tasks anew. {reason}")
BACK_TO_YOU = Said("均衡分派已撤销，回到您手里：{tasks}", "Spreading was undone, yours again: {tasks}")
BACK_FROM_YOU = Said("均衡分派已撤销，从您手里转回：{tasks}", "Spreading was undone, no longer yours: {tasks}")
BACK_BODY = Said("{who}撤销了均衡分派。", "{who} undid the spreading of tasks.")
# What a move changes of a work item, so that it can be put back.
MOVED = ("username", "group_name", "claimed_from", "first_owner", "state", "note", "reason")
TIMES = ("claimed_at", "opened_at")  # since when it lies there, and whether it was looked at


@dataclass(frozen=True)
class Move:
    """One task that goes to a person; `holder` is whom the mover saw it with, as in `held_tasks.require_with`."""

    task_key: int
    to: str
    holder: str | None = None


def rebalance(session: Session, by: Actor, moves: Sequence[Move], reason: str, *, mark: str = "", now: datetime) -> Batch:
    """Moves the tasks at once, each for itself in the same transaction; what became of each stands in the result.

    By who manages their processes. `mark` is that of the page or client: sent again it gives what was done first. Raises
    Invalid by field for none, more than 100 or two moves of one task, without a reason, and for somebody who could not act;
    NotFound for a task that the person may not know of, Forbidden for one whose process he does not manage.
    """
    given = grounds.reason(reason)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    _check(session, by, company, moves)
    own_mark = f"rebalance/{by.username}/{mark}" if mark else ""
    earlier = marks.take(session, by.company_id, own_mark) if own_mark else None
    if earlier is not None:
        return _same(session.get_one(Batch, earlier), moves, given)
    by_key, before = {move.task_key: move for move in moves}, {}
    row = _row(by, many_tasks.ordered(session, by_key), now)
    for key in row.task_keys:

        def act(move: Move = by_key[key]) -> None:
            before[str(move.task_key)] = _move(session, by, move, given, now)

        row.results = [*row.results, many_tasks.attempted(session, key, act)]
    done = {each["task"] for each in row.results if "refused" not in each}
    row.values = {"reason": given, "before": {key: kept for key, kept in before.items() if int(key) in done}}
    session.add(row)
    session.flush()
    if own_mark:
        marks.keep(session, by.company_id, own_mark, row.key)
    went = [(int(task), kept["from"], kept["to"]) for task, kept in row.values["before"].items()]
    _tell(session, by, went, (FROM_YOU, TO_YOU), BODY.of(reason=given), now)
    return row


def _same(row: Batch, moves: Sequence[Move], reason: str) -> Batch:
    """What was done first, if the same is sent again; of a task that was not moved it is not kept where it was to go."""
    done = {key: kept["to"] for key, kept in row.values["before"].items()}
    wanted = {str(move.task_key): move.to for move in moves}
    is_same = wanted.keys() == set(map(str, row.task_keys)) and done.items() <= wanted.items()
    if not is_same or row.values["reason"] != reason:
        raise errors.Conflict(many_tasks.SENT_ALREADY)
    return row


def undo(session: Session, by: Actor, key: int, *, now: datetime) -> Batch:
    """Puts back each moved task that nobody has taken up, opened or moved since; the others say so in the result.

    By who moved them, or manages all their processes. Raises NotFound for another's act, Conflict when it was undone already or nothing of it can be.
    """
    row = session.get(Batch, key, with_for_update=True)
    if row is None or row.operation != REBALANCE or not may_follow(session, by, row):
        raise errors.NotFound(NO_ACT)
    if row.state == UNDONE:
        raise errors.Conflict("This has been undone already.")
    moved = [each["task"] for each in row.results if "refused" not in each]
    results = []
    for task_key in moved:

        def act(kept: Mapping[str, Any] = row.values["before"][str(task_key)], task_key: int = task_key) -> None:
            _put_back(held_tasks.lock(session, by, task_key, now), kept)

        results.append(many_tasks.attempted(session, task_key, act))
    if all("refused" in each for each in results):
        raise errors.Conflict("Everything of it was taken up or moved meanwhile; nothing goes back.")
    refused = [each for each in row.results if "refused" in each]
    row.results, row.state, row.ended_at = [*refused, *results], UNDONE, now
    session.flush()
    back = {each["task"]: row.values["before"][str(each["task"])] for each in results if "refused" not in each}
    _tell(
        session,
        by,
        [(task, kept["to"], kept["from"]) for task, kept in back.items()],
        (BACK_FROM_YOU, BACK_TO_YOU),
        BACK_BODY,
        now,
    )
    return row


def may_follow(session: Session, by: Actor, row: Batch) -> bool:
    """Whether somebody may look at an act and undo it: his own, or one that spread tasks of processes that he manages, all of them."""
    if row.company_id != by.company_id:
        return False
    if row.username == by.username:
        return True
    processes = select(UserTask.process_id).where(UserTask.key.in_(row.task_keys)).distinct()
    managed = access.managed(session, by) if row.operation == REBALANCE else ()
    return bool(managed) and set(session.scalars(processes)) <= set(managed)


def untouched(items: Iterable[WorkItem], kept: Mapping[str, Any]) -> WorkItem | None:
    """The part by which somebody got a task, as long as he has not looked at it and nobody else has a new part; else None."""
    by_key = {str(item.key): item for item in items}
    item = by_key.get(kept["item"])
    if item is None or set(by_key) != set(kept["items"]):
        return None
    is_new = item.username == kept["to"] and item.state == voting.OPEN and item.opened_at is None and item.draft is None
    return item if is_new else None


def _check(session: Session, by: Actor, company: organisation.Organisation, moves: Sequence[Move]) -> None:
    wanted = {move.task_key for move in moves}
    if not 1 <= len(moves) <= MOST:
        _refuse("tasks", "Choose 1 to %(most)s tasks.", most=MOST)
    if len(wanted) < len(moves):
        _refuse("tasks", "A task can go to one person only.")
    many_tasks.require_managed(session, by, wanted)
    for move in moves:
        if not company.is_active(move.to):
            _refuse("to", "There is no person “%(name)s” who could act.", name=move.to)


def _refuse(field: str, text: str, **values: object) -> None:
    raise errors.Invalid(text, fields={field: [errors.Refusal(text, fields=None, **values)]}, **values)


def _row(by: Actor, task_keys: list[int], now: datetime) -> Batch:
    times = {"created_at": now, "run_at": now, "ended_at": now}
    own = {"key": keys.new(), "company_id": by.company_id, "username": by.username}
    return Batch(**own, **times, operation=REBALANCE, values={}, task_keys=task_keys, state=DONE, results=[])


def _move(session: Session, by: Actor, move: Move, reason: str, now: datetime) -> dict[str, Any]:
    """Moves one task; gives what is needed to put it back."""
    held = held_tasks.lock(session, by, move.task_key, now)
    held_tasks.require_open(held)
    parts = _parts(held)
    held_tasks.require_with(held, move.holder)
    lies_with = held_tasks.holder(held.task, parts)
    begun = next((part for part in parts if part.draft is not None), None)
    if begun is not None:
        raise errors.Conflict(BEGUN, name=held.name(begun.username)) if begun.username else errors.Conflict(BEGUN_BEFORE)
    if lies_with == move.to:
        raise errors.Conflict("%(name)s holds this task already.", name=held.name(move.to))
    before = {str(item.key): _as_it_was(item) for item in held.items}
    kept = {"items": before, "assignee": held.task.assignee, "to": move.to, "from": lies_with}
    user_tasks.assign(session, by, move.task_key, move.to, reason, is_told=False, now=now)
    item = next(each for each in held.items if each.username == move.to and each.state == voting.OPEN)
    return {**kept, "item": str(item.key)}


def _parts(held: Held) -> list[WorkItem]:
    """The open parts of a task that one person is to do."""
    live = [item for item in held.items if item.position == voting.OWN and item.state == voting.OPEN]
    if not live or held.task.rule != "any":
        raise errors.Conflict("Several people act on this step; hand it on from its own page.")
    return live


def _as_it_was(item: WorkItem) -> dict[str, Any]:
    """Of a part what a move changes, as a batch keeps it."""
    times = {name: getattr(item, name) for name in TIMES}
    return {name: getattr(item, name) for name in MOVED} | {name: at and at.isoformat() for name, at in times.items()}


def _put_back(held: Held, kept: Mapping[str, Any]) -> None:
    held_tasks.require_open(held)
    if untouched(held.items, kept) is None:
        raise errors.Conflict(TOUCHED)
    for item in (each for each in held.items if each.position == voting.OWN):  # what others have signed meanwhile stays
        for name, value in kept["items"][str(item.key)].items():
            setattr(item, name, datetime.fromisoformat(value) if name in TIMES and value else value)
    held.task.assignee = kept["assignee"]
    if kept["from"] is None:
        held.note("unclaimed", before=kept["to"], reason=sayings.SPREAD_BACK.zh_Hans)
    else:
        held.note("reassigned", before=kept["to"], to=kept["from"], reason=sayings.SPREAD_BACK.zh_Hans)
    held_tasks.store(held)


def _tell(
    session: Session,
    by: Actor,
    went: Sequence[tuple[int, str | None, str | None]],
    subjects: tuple[Said, Said],
    body: Said,
    now: datetime,
) -> None:
    """One notice to each who got tasks and to each who gave some up; by mail the first hear of each task as of any other."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    place, case = UserTask, ProcessInstance
    rows = session.execute(
        select(place.key, place.name, place.definition_key, case.number, case)
        .join(case, case.key == place.instance_key)
        .where(place.key.in_([task for task, _gave, _got in went]))
    )
    known = {row.key: row for row in rows}
    for subject, place_of in zip(reversed(subjects), (2, 1), strict=True):
        by_person: dict[str, list[Any]] = {}
        for each in went:
            if each[place_of] not in (None, by.username):
                by_person.setdefault(str(each[place_of]), []).append(known[each[0]])
        for username, tasks in by_person.items():
            told = subject.of(tasks=_named(session, tasks)), body.of(who=by.name)
            alone = tasks[0].ProcessInstance if len(tasks) == 1 else None
            notices.send(session, company, [username], *told, now=now, instance=alone, kind=None)


def _named(session: Session, tasks: Sequence[Any]) -> Said:
    """The tasks by step and number, as many as a line holds."""
    drawn = ((definitions.as_drawn(session, each.definition_key), each) for each in tasks[:NAMED])
    names = joined(ONE.of(step=own.said_in_each(each.name), number=each.number) for own, each in drawn)
    return (ALL if len(tasks) <= NAMED else MANY).of(names=names, count=len(tasks))
