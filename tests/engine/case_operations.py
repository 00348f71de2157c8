"""What people do at random with whole cases and around tasks, for `approvals_world`: each a function (world, by, pick)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from engine.deadlines import suspending
from engine.people.actors import Actor
from engine.storage import models
from engine.verbs import batches, kept_forms, rebalancing, user_tasks
from engine.verbs.approvals import consulting, deputies, handing
from engine.verbs.running import ending, process_instances, restarting
from engine.verbs.sharing import copies, urging
from tests.engine import kit

PEOPLE = ("clerk", "clerk2", "head", "manager", "owner", "outsider")
Pick = Callable[[Sequence[Any]], Any]
# While a case is held up nobody decides or moves anything in it, and after its forced end nothing more.
DECIDING = frozenset(
    {"completed", "voted", "passed", "claimed", "unclaimed", "returned", "taken_back", "moved", "transferred", "reassigned"}
)


def _roots(world: Any, *states: str) -> list[Any]:
    return [row for row in kit.rows(world.database, models.ProcessInstance) if row.parent_key is None and row.state in states]


def _on(world: Any, by: Actor, pick: Pick, states: tuple[str, ...], verb: Callable[..., Any]) -> Any:
    """Does something with a case, mostly as who manages it."""
    case = pick(_roots(world, *states))
    if case is None:
        return None
    by = pick([world.actor("owner"), world.actor("owner"), by])
    with world.database.transaction(by.company_id) as session:
        return verb(session, by, case.key, "原因", now=world.now)


def suspend(world: Any, by: Actor, pick: Pick) -> None:
    _on(world, by, pick, ("active",), suspending.suspend)


def resume(world: Any, by: Actor, pick: Pick) -> None:
    _on(world, by, pick, ("active",), suspending.resume)


def terminate(world: Any, by: Actor, pick: Pick) -> None:
    _on(world, by, pick, ("active",), ending.terminate)


def void(world: Any, by: Actor, pick: Pick) -> None:
    _on(world, by, pick, ("active", "completed", "cancelled"), ending.void)


def cancel(world: Any, by: Actor, pick: Pick) -> None:
    _on(world, by, pick, ("active",), process_instances.cancel)


def reopen(world: Any, by: Actor, pick: Pick) -> None:
    if len(world.cases()) < 5:
        _on(world, by, pick, ("completed", "cancelled"), restarting.reopen)


def start_again(world: Any, by: Actor, pick: Pick) -> None:
    case = pick(_roots(world, "active", "completed", "cancelled"))
    if case is not None and len(world.cases()) < 5:
        with world.database.transaction(by.company_id) as session:
            draft = restarting.copy(session, by, case.key, now=world.now)
            process_instances.start(session, by, case.process_id, draft.data, draft=draft.key, now=world.now)


def transfer(world: Any, by: Actor, pick: Pick) -> None:
    if task := pick(world.tasks("open")):
        by = world.somebody(task, by, pick)
        with world.database.transaction(by.company_id) as session:
            handing.transfer(session, by, task.key, pick(PEOPLE), "转办", now=world.now)


def consult(world: Any, by: Actor, pick: Pick) -> None:
    if task := pick(world.tasks("open")):
        by = world.somebody(task, by, pick)
        with world.database.transaction(by.company_id) as session:
            consulting.consult(session, by, task.key, [pick(PEOPLE)], "您的意见?", now=world.now)


def answer(world: Any, by: Actor, pick: Pick) -> None:
    if question := pick(kit.rows(world.database, models.Consultation)):
        by = pick([world.actor(question.asked), by])
        with world.database.transaction(by.company_id) as session:
            consulting.answer(session, by, question.key, "可以", now=world.now)


def take_question_back(world: Any, by: Actor, pick: Pick) -> None:
    if question := pick(kit.rows(world.database, models.Consultation)):
        by = pick([world.actor(question.asker), by])
        with world.database.transaction(by.company_id) as session:
            consulting.take_back(session, by, question.key, now=world.now)


def copy_to(world: Any, by: Actor, pick: Pick) -> None:
    if case := pick(_roots(world, "active", "completed")):
        by = pick([world.actor("owner"), by])
        with world.database.transaction(by.company_id) as session:
            copies.copy_to(session, by, case.key, [pick(PEOPLE)], "请知悉", now=world.now)


def spread(world: Any, by: Actor, pick: Pick) -> None:
    if task := pick(world.tasks("open")):
        by = pick([world.actor("owner"), by])
        with world.database.transaction(by.company_id) as session:
            rebalancing.rebalance(session, by, [rebalancing.Move(task.key, pick(PEOPLE))], "忙闲不均", now=world.now)


def spread_back(world: Any, by: Actor, pick: Pick) -> None:
    moved = kit.rows(world.database, models.Batch, operation=rebalancing.REBALANCE)
    if row := pick(moved[-3:]):
        by = pick([world.actor(row.username), by])
        with world.database.transaction(by.company_id) as session:
            rebalancing.undo(session, by, row.key, now=world.now)


def do_many(world: Any, by: Actor, pick: Pick) -> None:
    """An act on the tasks of one process, some of them perhaps not his."""
    if task := pick(world.tasks("open")):
        by, operation = world.somebody(task, by, pick), pick([batches.APPROVE, batches.CLAIM, batches.TRANSFER])
        same = [each.key for each in world.tasks("open") if each.process_id == task.process_id]
        values = {"opinion": "统一办理", "to": pick(PEOPLE), "reason": "出差"}
        with world.database.transaction(by.company_id) as session:
            key = batches.order(session, by, operation, same, values, now=world.now).key
        world.now += batches.PAUSE
        with world.database.transaction(by.company_id) as session:
            batches.send(session, {"batch": key}, now=world.now)


def save_draft(world: Any, by: Actor, pick: Pick) -> None:
    if task := pick(world.tasks("open")):
        by = world.somebody(task, by, pick)
        with world.database.transaction(by.company_id) as session:
            user_tasks.save_draft(session, by, task.key, {kept_forms.OPINION: "写到一半"}, now=world.now)


def urge(world: Any, by: Actor, pick: Pick) -> None:
    if case := pick(_roots(world, "active")):
        by = pick([world.actor("owner"), by])
        with world.database.transaction(by.company_id) as session:
            urging.urge(session, by, case.key, "请快", now=world.now)


def be_away(world: Any, by: Actor, pick: Pick) -> None:
    until = world.now + timedelta(hours=pick([1, 5]))
    processes = pick([(), ("serial",)])
    with world.database.transaction(by.company_id) as session:
        deputies.set_up(session, by, pick(PEOPLE), begins_at=world.now, ends_at=until, processes=processes, now=world.now)


def be_back(world: Any, by: Actor, pick: Pick) -> None:
    if row := pick(kit.rows(world.database, models.Deputy)):
        by = pick([world.actor(row.principal), by])
        with world.database.transaction(by.company_id) as session:
            deputies.end(session, by, row.key, now=world.now)


OPERATIONS: dict[str, Callable[[Any, Actor, Pick], None]] = {
    "suspend": suspend,
    "resume": resume,
    "terminate": terminate,
    "void": void,
    "cancel": cancel,
    "reopen": reopen,
    "start_again": start_again,
    "transfer": transfer,
    "consult": consult,
    "take_question_back": take_question_back,
    "answer": answer,
    "copy_to": copy_to,
    "spread": spread,
    "spread_back": spread_back,
    "do_many": do_many,
    "save_draft": save_draft,
    "urge": urge,
    "be_away": be_away,
    "be_back": be_back,
}


def check_standing_still(events: list[Any]) -> None:
    """Nothing is decided or moved in a case while it is held up, nor after it was ended by force or declared void."""
    is_still = False
    for event in events:
        is_still = event.kind in ("suspended", "terminated", "voided", "cancelled") or (is_still and event.kind != "resumed")
        assert not (is_still and event.kind in DECIDING), (event.kind, [each.kind for each in events])


def check_deputies(world: Any, items: list[Any]) -> None:
    """Whoever acted for somebody was his deputy then, and nobody decides twice in a task or on his own request as a deputy."""
    deputies_ = kit.rows(world.database, models.Deputy)
    initiators = {case.key: case.initiator for case in kit.rows(world.database, models.ProcessInstance)}
    for item in items:
        if item.done_by in (None, item.username):
            continue
        theirs = [row for row in deputies_ if (row.principal, row.deputy) == (item.username, item.done_by)]
        assert any(
            row.begins_at <= item.done_at <= row.ends_at and (row.ended_at is None or item.done_at <= row.ended_at)
            for row in theirs
        ), (item.username, item.done_by)
        assert item.done_by != initiators[item.instance_key], "nobody stands in for another on his own request"


def check_reopened(world: Any) -> None:
    """No case is open again twice at once."""
    cases = {case.key: case.state for case in kit.rows(world.database, models.ProcessInstance)}
    links = [link for link in kit.rows(world.database, models.CaseLink) if link.kind == "reopened"]
    open_ = [link.other_key for link in links if cases[link.instance_key] == "active"]
    assert len(open_) == len(set(open_))
