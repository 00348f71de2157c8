"""Spreading tasks evenly: what is proposed, what it would change, what was moved, and what goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import errors
from engine.people import roles
from engine.queries.inbox import batch_page
from engine.queries.status import spreading, workload
from engine.queries.status.open_tasks import TaskFilters
from engine.queries.status.spreading import EVEN, NOBODY_ELSE, Spread
from engine.storage.models import Batch, HistoryEvent, Notice, ProcessInstance, UserTask, WorkItem
from engine.verbs import batches, rebalancing, user_tasks
from engine.verbs.approvals import deputies, held_tasks
from engine.verbs.rebalancing import Move
from tests.cast import COMPANY
from tests.engine import kit
from tests.engine.kit import NOW


@pytest.fixture
def heap(database: Any, cast: Any) -> list[int]:
    """Five tasks of which one clerk has claimed all; the process is managed by 主管领导."""
    kit.deploy(database, cast.owner, *kit.two_steps("heap", managers=["主管领导"], texts={"en": {"a": "Looked at"}}))
    cases = [kit.begin(database, cast.owner, "heap", {"subject": str(n)}) for n in range(5)]
    found = [kit.open_task(database, case, "a") for case in cases]
    for key in found:
        with database.transaction(COMPANY) as session:
            user_tasks.claim(session, cast.clerk, key, now=NOW)
    return found


def proposal(database: Any, by: Any, **filters: str) -> Spread:
    with database.reading(COMPANY) as session:
        return spreading.proposed(spreading.movable(session, by, TaskFilters(**filters), now=NOW))


def move(database: Any, by: Any, moves: list[Move], reason: str = "忙闲不均", **more: Any) -> int:
    with database.transaction(COMPANY) as session:
        return rebalancing.rebalance(session, by, moves, reason, now=NOW, **more).key


def holders(database: Any) -> list[str]:
    with database.reading(COMPANY) as session:
        return sorted(
            session.scalars(select(UserTask.assignee).where(UserTask.state == "open", UserTask.assignee.is_not(None)))
        )


def named(database: Any, spread: Any) -> list[tuple[UserTask, ProcessInstance]]:
    """The tasks that a proposal moves, each with its case, in the order in which they are moved."""
    keys = [each.task_key for each in spread.moves]
    tasks = sorted(kit.rows(database, UserTask), key=lambda task: task.key)
    cases = {each.key: each for each in kit.rows(database, ProcessInstance)}
    return [(task, cases[task.instance_key]) for task in tasks if task.key in keys]


def test_a_heap_is_spread_noted_noticed_and_put_back(database: Any, cast: Any, heap: list[int]) -> None:
    spread = proposal(database, cast.manager)
    seen = spreading.previewed(spread, spread.moves, now=NOW)
    assert {each.username: (each.open, each.open_after) for each in seen.effects} == {"clerk": (5, 3), "clerk2": (0, 2)}
    key = move(database, cast.manager, spread.moves)
    assert holders(database) == ["clerk"] * 3 + ["clerk2"] * 2
    events = kit.rows(database, HistoryEvent, kind="reassigned")
    assert [(each.actor, each.data["to"], each.data["reason"]) for each in events] == [("manager", "clerk2", "忙闲不均")] * 2
    notices = [each for each in kit.rows(database, Notice) if "均衡" in each.subject]
    english = ", ".join(f"Looked at ({case.number})" for _task, case in named(database, spread))
    assert notices[0].texts["en"]["subject"] == f"Work spread evenly, now yours: {english}"
    [got, gave] = [(each.username, each.subject) for each in kit.rows(database, Notice) if "均衡" in each.subject]
    moved = "、".join(f"{task.name}（{case.number}）" for task, case in named(database, spread))
    assert got == ("clerk2", f"均衡分派转给您：{moved}") and gave == ("clerk", f"均衡分派从您手里转出：{moved}")
    other = replace(cast.head, groups=frozenset({"主管领导"}))  # another manager of the process looks at it and takes it back
    with database.reading(COMPANY) as session:
        [told] = batch_page.spreads(session, other, now=NOW)
        page = batch_page.batch_page(session, other, told.key, now=NOW)
        assert (told.key, told.tasks) == (key, 2) and page.can_be_undone
        assert [(line.moved_from, line.moved_to) for line in page.lines] == [("陈办事", "程办事")] * 2
        assert batch_page.spreads(session, cast.head, now=NOW) == []
        with pytest.raises(errors.NotFound):
            batch_page.batch_page(session, cast.head, key, now=NOW)
    with pytest.raises(errors.NotFound), database.transaction(COMPANY) as session:
        batches.undo(session, cast.head, key, now=NOW)
    with database.transaction(COMPANY) as session:
        batches.undo(session, other, key, now=NOW)
    assert holders(database) == ["clerk"] * 5
    assert [(each.username, each.subject) for each in kit.rows(database, Notice) if "撤销" in each.subject] == [
        ("clerk", f"均衡分派已撤销，回到您手里：{moved}"),
        ("clerk2", f"均衡分派已撤销，从您手里转回：{moved}"),
    ]
    with pytest.raises(errors.Conflict), database.transaction(COMPANY) as session:
        batches.undo(session, cast.manager, key, now=NOW)
    with database.transaction(COMPANY) as session:  # what went back can be done
        user_tasks.complete(session, cast.clerk, spread.moves[0].task_key, {"answer": "好"}, now=NOW)


def test_what_is_put_back_lies_there_since_before_it_was_moved(database: Any, cast: Any, heap: list[int]) -> None:
    """Whoever looks for what waits longest finds it as before, and what was looked at is not new again."""
    with database.transaction(COMPANY) as session:
        user_tasks.open_for(session, cast.clerk, heap[0], now=NOW + timedelta(minutes=5))
        user_tasks.unclaim(session, cast.clerk, heap[1], now=NOW)

    def times() -> dict[int, tuple[Any, Any]]:
        return {item.key: (item.claimed_at, item.opened_at) for item in kit.rows(database, WorkItem)}

    before = times()
    moves = [Move(heap[0], "clerk2"), Move(heap[1], "clerk2")]
    with database.transaction(COMPANY) as session:
        key = rebalancing.rebalance(session, cast.manager, moves, "忙闲不均", now=NOW + timedelta(hours=1)).key
    assert times() != before
    with database.transaction(COMPANY) as session:
        batches.undo(session, cast.manager, key, now=NOW + timedelta(hours=2))
    assert times() == before


def test_what_is_offered_to_several_by_name_leaves_those_who_do_not_get_it(database: Any, cast: Any) -> None:
    """Each of two has all four in his list before, two after; the effect says so and the lists then do."""
    steps = (kit.start(), kit.task("a", users="clerk,clerk2"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, kit.diagram("shared", *steps, managers=["主管领导"]))
    for _ in range(4):
        kit.begin(database, cast.owner, "shared")
    spread = proposal(database, cast.manager)
    seen = spreading.previewed(spread, spread.moves, now=NOW)
    assert {each.username: (each.open, each.open_after) for each in seen.effects} == {"clerk": (4, 2), "clerk2": (4, 2)}
    move(database, cast.manager, spread.moves)
    with database.reading(COMPANY) as session:
        loads = workload.look(session, cast.manager, now=NOW).people
    assert {each.username: each.open for each in loads} == {"clerk": 2, "clerk2": 2}


def test_what_was_looked_at_stays_and_the_rest_goes_back(database: Any, cast: Any, heap: list[int]) -> None:
    key = move(database, cast.manager, [Move(each, "clerk2") for each in heap[:2]])
    with database.transaction(COMPANY) as session:
        user_tasks.open_for(session, cast.clerk2, heap[0], now=NOW)
    with database.transaction(COMPANY) as session:
        batches.undo(session, cast.manager, key, now=NOW)
    with database.reading(COMPANY) as session:
        page = batch_page.batch_page(session, cast.manager, key, now=NOW)
        assert {line.task_key: line.state for line in page.lines} == {heap[0]: "refused", heap[1]: "done"}
        assert [session.get_one(UserTask, each).assignee for each in heap[:2]] == ["clerk2", "clerk"]


def test_what_a_group_was_offered_goes_back_to_the_group(database: Any, cast: Any) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps("heap"))
    task = kit.open_task(database, kit.begin(database, cast.owner, "heap", {"subject": "x"}), "a")
    spread = proposal(database, cast.owner)
    key = move(database, cast.owner, spread.moves)
    assert holders(database) == [spread.tasks[0].to] and spread.tasks[0].to in ("clerk", "clerk2")
    with database.transaction(COMPANY) as session:
        batches.undo(session, cast.owner, key, now=NOW)
    with database.reading(COMPANY) as session:
        item = session.scalars(select(WorkItem).where(WorkItem.user_task_key == task)).one()
        assert (item.username, item.group_name, item.state) == (None, "客服专员", "open")


def test_each_task_that_changed_meanwhile_is_refused_for_itself(database: Any, cast: Any, heap: list[int]) -> None:
    with database.transaction(COMPANY) as session:
        user_tasks.save_draft(session, cast.clerk, heap[0], {"answer": "…"}, now=NOW)
        user_tasks.complete(session, cast.clerk, heap[1], {"answer": "好"}, now=NOW)
        user_tasks.assign(session, cast.owner, heap[2], "clerk2", "x", now=NOW)
    key = move(database, cast.manager, [Move(each, "clerk2", "clerk") for each in heap[:4]])
    with database.reading(COMPANY) as session:
        refused = {each["task"]: each["refused"] for each in session.get_one(Batch, key).results if "refused" in each}
        assert session.get_one(UserTask, heap[3]).assignee == "clerk2"
    assert refused.keys() == set(heap[:3])
    assert refused[heap[2]] == held_tasks.MOVED_MEANWHILE and refused[heap[0]] == rebalancing.BEGUN


def test_sent_twice_it_is_done_once(database: Any, cast: Any, heap: list[int]) -> None:
    moves = [Move(heap[0], "clerk2")]
    assert move(database, cast.manager, moves, mark="m") == move(database, cast.manager, moves, mark="m")
    assert len(kit.rows(database, HistoryEvent, kind="reassigned")) == 1


def test_nobody_is_proposed_who_is_away_kept_out_began_the_case_or_was_never_offered_it(database: Any, cast: Any) -> None:
    two = kit.diagram(
        "apart",
        kit.start(),
        kit.task("a", groups="客服专员"),
        kit.task("b", groups="客服专员,主管领导", separate_from="a"),
        kit.task("c", assignee="head"),
        kit.end(),
        kit.chain("started", "a", "b", "c", "done"),
    )
    kit.deploy(database, cast.owner, two)
    case = kit.begin(database, cast.clerk, "apart")
    kit.complete(database, cast.clerk, case, "a")
    assert set(proposal(database, cast.owner).tasks[0].may) == {"clerk2", "manager"}
    with database.transaction(COMPANY) as session:
        times = {"begins_at": NOW, "ends_at": NOW + timedelta(days=3)}
        deputies.set_up(session, cast.clerk2, "head", **times, now=NOW)
    with database.reading(COMPANY) as session:
        later = NOW + timedelta(hours=1)
        away = spreading.proposed(spreading.movable(session, cast.owner, TaskFilters(), now=later))
    assert [each.to for each in away.tasks] == ["manager"]
    kit.complete(database, cast.manager, case, "b")
    assert [each.stays for each in proposal(database, cast.owner).tasks] == [NOBODY_ELSE]


def test_an_even_load_stays_as_it_is(database: Any, cast: Any, heap: list[int]) -> None:
    move(database, cast.manager, [Move(each, "clerk2") for each in heap[:2]])
    assert {each.stays for each in proposal(database, cast.manager).tasks} == {EVEN}


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("name", "role", "refusal"),
    [
        ("clerk2", None, errors.Forbidden),
        ("outsider", None, errors.NotFound),
        ("outsider", (roles.MANAGER, "service"), errors.Forbidden),
        ("outsider", (roles.AUDITOR, ""), errors.Forbidden),
        ("stranger", None, errors.NotFound),
    ],
)
def test_who_does_not_manage_the_process_moves_nothing(
    database: Any, cast: Any, heap: list[int], name: str, role: Any, refusal: Any
) -> None:
    by = replace(getattr(cast, name), roles=frozenset([role] if role else []))
    with pytest.raises(refusal), database.transaction(by.company_id) as session:
        rebalancing.rebalance(session, by, [Move(heap[0], "clerk2")], "x", now=NOW)
    with pytest.raises(errors.Forbidden), database.reading(by.company_id) as session:
        spreading.movable(session, by, TaskFilters(), now=NOW)
    assert holders(database) == ["clerk"] * 5


@pytest.mark.parametrize(
    ("to", "reason", "times", "field"),
    [("nobody", "x", 1, "to"), ("clerk2", " ", 1, "reason"), ("clerk2", "x", 2, "tasks"), ("clerk2", "x", 0, "tasks")],
)
def test_what_is_missing_is_told_by_field(
    database: Any, cast: Any, heap: list[int], to: str, reason: str, times: int, field: str
) -> None:
    with pytest.raises(errors.Invalid) as refused:
        move(database, cast.manager, [Move(heap[0], to)] * times, reason)
    assert field in refused.value.fields
