"""What a manager of departments sees by that role: over a row, in SQL and as one would say it, for any parts of any people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine.cases.rights import access, open_work
from engine.people import roles
from engine.queries import paging
from engine.queries.status import board
from engine.storage import keys
from engine.storage.models import ProcessInstance, UserTask, WorkItem
from tests.cast import DEPARTMENTS, PEOPLE
from tests.engine import kit
from tests.engine.kit import NOW

LED = {"office": {"office", "service", "works"}, "service": {"service"}, "works": {"works"}}
parts = st.lists(
    st.tuples(st.sampled_from(sorted(PEOPLE)), st.sampled_from(["open", "waiting", "done", "closed", "removed"])), max_size=3
)
tasks = st.lists(st.tuples(parts, st.booleans()), max_size=2)  # its parts, and whether it keeps the manager out


@pytest.fixture
def case(database: Any, cast: Any) -> Any:
    kit.deploy(database, cast.owner, *kit.two_steps())
    return database, kit.begin(database, cast.owner, "two_steps", {"subject": "x"})


def stored(session: Session, instance: int, began: str | None, made: list[tuple[list[tuple[str, str]], bool]]) -> list[int]:
    like = session.execute(select(UserTask.__table__).where(UserTask.instance_key == instance)).mappings().first()
    session.execute(WorkItem.__table__.delete())
    session.execute(UserTask.__table__.delete())
    found = []
    for held, is_barred in made:
        found.append(key := keys.new())
        excluded = ["outsider"] if is_barred else []
        session.execute(
            insert(UserTask.__table__).values({**(like or {}), "key": key, "excluded": excluded, "department": began})
        )
        for username, state in held:
            row = {"key": keys.new(), "company_id": "acme", "user_task_key": key, "instance_key": instance}
            row |= {"process_id": "two_steps", "department": began}
            times = {"sort_due": NOW, "created_at": NOW}
            session.execute(insert(WorkItem.__table__).values({**row, **times, "username": username, "state": state}))
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(scope=st.sampled_from(sorted(LED)), made=tasks, began=st.none() | st.sampled_from(sorted(DEPARTMENTS)))
def test_a_manager_of_departments_sees_what_they_began_and_what_their_people_have_a_part_in(
    case: Any, cast: Any, scope: str, made: Any, began: str | None
) -> None:
    database, instance = case
    by = replace(cast.outsider, username="outsider", roles=frozenset({(roles.MANAGER, scope)}))
    with database.reading("acme") as session:
        session.execute(ProcessInstance.__table__.update().values(initiator_department=began))
        task_keys = stored(session, instance, began, made)
        theirs = [
            any(PEOPLE[name][1] in LED[scope] and state in ("open", "waiting", "done") for name, state in held)
            for held, _ in made
        ]
        own = any(name == "outsider" and state != "" for held, _ in made for name, state in held)
        is_barred = any(is_barred for _, is_barred in made) and not own  # what he had a part in himself is not kept from him
        is_led = (began in LED[scope] or any(theirs)) and not is_barred
        row = session.get_one(ProcessInstance, instance, populate_existing=True)
        assert access.may_see(session, by, row) == (is_led or own)
        seen = set(session.scalars(select(ProcessInstance.key).where(access.cases_seen(session, by))))
        followed = set(session.scalars(select(ProcessInstance.key).where(access.cases_followed(session, by))))
        assert (instance in seen, instance in followed) == (is_led or own, is_led)
        for whole in (False, True):
            assert ways_to(session, by, instance, whole=whole) == int(is_led), (
                "each case in one of the parts that make up the rule"
            )
        shown = set(session.scalars(select(UserTask.key).where(access.tasks_followed(session, by))))
        expected = {key for key, is_theirs in zip(task_keys, theirs, strict=True) if began in LED[scope] or is_theirs}
        assert shown == (expected if is_led else set())
        lying = [any(PEOPLE[name][1] in LED[scope] and state == "open" for name, state in held) for held, _ in made]
        open_ = {key for key, lies in zip(task_keys, lying, strict=True) if began in LED[scope] or lies} if is_led else set()
        assert set(session.scalars(select(UserTask.key).where(open_work.tasks(session, by)))) == open_
        read = [set(session.scalars(select(each.key).where(*each.conditions))) for each in open_work.ranges(session, by)]
        assert set().union(*read) == open_ and sum(map(len, read)) == len(open_), "each task stands in one range"


def ways_to(session: Session, by: Any, instance: int, *, whole: bool) -> int:
    ways = access.case_ways_by_role(session, by, whole=whole)
    return sum(instance in set(session.scalars(select(ProcessInstance.key).where(way))) for way in ways)


def test_a_part_in_a_called_case_leads_to_the_one_that_called_it(database: Any, cast: Any) -> None:
    """Its figures on the board are as long as their lists, late or not, and it counts once however many parts lead to it."""
    task = kit.task("b", groups="部门负责人", due="2d")
    called = kit.diagram("called", kit.start(), task, kit.end(), kit.chain("started", "b", "done"))
    calls = (kit.start(), kit.call("call", "called"), kit.end(), kit.chain("started", "call", "done"))
    kit.deploy(database, cast.owner, called, kit.diagram("caller", *calls))
    root, other = (kit.begin(database, cast.owner, "caller") for _ in range(2))
    by = replace(cast.outsider, roles=frozenset({(roles.MANAGER, "service")}))
    with database.transaction("acme") as session:
        below = session.scalars(select(ProcessInstance.key).where(ProcessInstance.parent_key == root)).one()
        kit.user_tasks.claim(session, cast.head, kit.open_task(database, below, "b"), now=NOW)
    for days in (0, 3):
        now = NOW + timedelta(days=days)
        with database.reading("acme") as session:
            assert [ways_to(session, by, key, whole=whole) for key in (root, other) for whole in (False, True)] == [1, 1, 0, 0]
            assert {line.process_id: line.running for line in board.lines(session, by, now=now)} == {"called": 1, "caller": 1}
            for line in board.lines(session, by, now=now):
                for figure, state in ((line.running, "active"), (line.overdue, "overdue")):
                    filters = board.CaseFilters(process=line.process_id, state=state)
                    assert figure == len(board.cases(session, by, filters, paging.WantedPage(), now=now).rows)
                assert line.overdue == int(days == 3)


@pytest.mark.both_databases
def test_of_what_a_department_began_the_board_counts_what_is_late_once_and_not_what_is_kept_from_its_manager(
    database: Any, cast: Any
) -> None:
    """Late by its own limit, by two steps, by both, by what it called; one is about the manager himself, one of another department."""
    split, steps = kit.node("parallelGateway", "split"), (kit.task(each, groups="客服专员", due="2d") for each in ("a", "b"))
    flows = (kit.chain("started", "split", "a", "done"), kit.chain("split", "b", "done"))
    by_steps = kit.diagram("steps", kit.start(), split, *steps, kit.end(), *flows)
    calls = (kit.start(), kit.call("call", "steps"), kit.end(), kit.chain("started", "call", "done"))
    kit.deploy(database, cast.owner, by_steps, kit.diagram("calls", *calls))
    begun = (
        (cast.clerk, "steps"),
        (cast.clerk, "steps"),
        (cast.clerk, "steps"),
        (cast.clerk, "calls"),
        (cast.outsider, "steps"),
    )
    keys = [kit.begin(database, by, process) for by, process in begun]
    with database.transaction("acme") as session:
        session.get_one(ProcessInstance, keys[0]).due_at = NOW + timedelta(days=1)
        for task in session.query(UserTask).where(UserTask.instance_key == keys[1]):
            task.excluded = task.about = ["manager"]
    by = replace(cast.manager, roles=frozenset({(roles.MANAGER, "service")}))
    for days, late in ((0, {}), (1.5, {"steps": 1}), (3, {"steps": 3, "calls": 1})):
        now = NOW + timedelta(days=days)
        with database.reading("acme") as session:
            lines = {line.process_id: line for line in board.lines(session, by, now=now)}
            assert {name: line.running for name, line in lines.items()} == {"steps": 3, "calls": 1}
            assert {name: line.overdue for name, line in lines.items() if line.overdue} == late
            for name, line in lines.items():
                filters = board.CaseFilters(process=name, state="overdue")
                assert line.overdue == len(board.cases(session, by, filters, paging.WantedPage(), now=now).rows)


def test_who_leads_no_department_sees_nothing_by_it(case: Any, cast: Any) -> None:
    database, instance = case
    with database.reading("acme") as session:
        row = session.get_one(ProcessInstance, instance)
        assert not access.may_see(session, cast.outsider, row)
        assert not access.may_see(session, replace(cast.stranger, roles=frozenset({(roles.MANAGER, "office")})), row)
