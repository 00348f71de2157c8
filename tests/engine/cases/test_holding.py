"""Whose is it: the rules over rows and the same rules as SQL agree, for any people, groups, items and cases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from engine.cases.rights import access, holding
from engine.people.actors import Actor, Principal
from engine.storage import keys
from engine.storage.models import ProcessInstance, UserTask, WorkItem
from engine.verbs import user_tasks
from engine.verbs.running import process_instances
from tests.engine import kit

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
GROUPS = ["主管领导", "部门负责人", "a%b", 'quoted "group"']
NAMES = ["lin", "wu", "li", "lin_", 'o"neil', "back\\slash", "王五"]

PROCESSES = ["two_steps", "another"]
principals = st.builds(
    Principal,
    username=st.sampled_from(NAMES),
    groups=st.frozensets(st.sampled_from(GROUPS), max_size=2),
    processes=st.none() | st.frozensets(st.sampled_from(PROCESSES), min_size=1),
    since=st.none() | st.sampled_from([NOW - timedelta(hours=1), NOW + timedelta(hours=1)]),
)
people = st.builds(
    Actor,
    company_id=st.just("acme"),
    username=st.sampled_from(NAMES),
    name=st.just("x"),
    groups=st.frozensets(st.sampled_from(GROUPS), max_size=3),
    is_administrator=st.booleans(),
    principals=st.lists(principals, max_size=2).map(tuple),
).map(lambda by: replace(by, principals=tuple(each for each in by.principals if each.username != by.username)))
holders = st.one_of(
    st.fixed_dictionaries({"username": st.sampled_from(NAMES), "claimed_from": st.none() | st.sampled_from(GROUPS)}),
    st.fixed_dictionaries({"group_name": st.sampled_from(GROUPS)}),
)
states = st.sampled_from(["open", "done", "closed", holding.LOST])
positions = st.sampled_from(["own", "own", *holding.NO_PART])
items = st.lists(st.tuples(holders, states, st.none() | st.sampled_from(NAMES), positions), min_size=1, max_size=4)
excluded = st.lists(st.sampled_from(NAMES), max_size=3, unique=True)


@pytest.fixture
def clerk_and_process(database: Any, cast: Any) -> Any:
    kit.deploy(database, cast.owner, *kit.two_steps(managers=[GROUPS[0]], visible_to=[GROUPS[1]], may_start=["*"]))
    return database, kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})


def stored(session: Any, instance: int, tasks: list[Any]) -> None:
    like = session.execute(select(UserTask.__table__).where(UserTask.instance_key == instance)).mappings().first()
    for kept_out, parts in tasks:
        key = keys.new()
        session.execute(insert(UserTask.__table__).values({**like, "key": key, "excluded": kept_out}))
        for holder, state, done_by, position in parts:
            row = {"key": keys.new(), "company_id": "acme", "user_task_key": key, "instance_key": instance}
            whole = {"username": None, "group_name": None, "claimed_from": None, "reason": "", **holder}
            is_left = position in holding.NO_PART
            whole |= {"done_by": done_by if is_left or state == "done" else None, "position": position}
            state = "closed" if is_left and state != holding.LOST else state
            session.execute(
                insert(WorkItem.__table__).values({**row, **whole, "state": state, "sort_due": NOW, "created_at": NOW})
            )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(by=people, tasks=st.lists(st.tuples(excluded, items), min_size=1, max_size=3), initiator=st.sampled_from(NAMES))
def test_rules_over_rows_and_in_sql_agree(clerk_and_process: Any, by: Actor, tasks: list[Any], initiator: str) -> None:
    database, instance = clerk_and_process
    with database.reading("acme") as session:
        session.execute(WorkItem.__table__.delete().where(WorkItem.instance_key == instance))
        session.execute(ProcessInstance.__table__.update().values(initiator=initiator))
        stored(session, instance, tasks)
        all_items = session.execute(select(WorkItem).where(WorkItem.instance_key == instance)).scalars().all()
        all_tasks = session.execute(select(UserTask).where(UserTask.instance_key == instance)).scalars().all()

        def chosen(model: Any, condition: Any) -> set[int]:
            return set(session.execute(select(model.key).where(model.instance_key == instance, condition)).scalars())

        of = {task.key: [each for each in all_items if each.user_task_key == task.key] for task in all_tasks}
        around = {task.key: holding.Around(task, of[task.key], initiator) for task in all_tasks}

        def meant(rule: Any) -> set[int]:
            return {each.key for each in all_items if rule(by, each, around[each.user_task_key])}

        assert chosen(WorkItem, holding.open_to(by)) == meant(holding.may_take)
        assert chosen(WorkItem, holding.parts(by)) == meant(holding.has_part)
        assert chosen(UserTask, holding.kept_out(by)) == {each.key for each in all_tasks if holding.is_kept_out(by, each)}
        case = session.get_one(ProcessInstance, instance)
        seen = session.execute(select(ProcessInstance.key).where(access.cases_seen(session, by))).scalars().all()
        assert (instance in seen) == access.may_see(session, by, case)
        assert ("two_steps" in access.managed(session, by)) == access.may_manage(session, by, "two_steps")
        assert ("two_steps" in access.followed(session, by)) == access.may_follow(session, by, "two_steps")


def test_a_member_of_the_group_keeps_sight_of_a_case_whose_task_a_colleague_has_claimed(database: Any, cast: Any) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps(may_start=["*"]))
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    first = kit.open_task(database, key, "a")
    with database.reading("acme") as session:
        assert access.may_see(session, cast.clerk2, session.get_one(ProcessInstance, key))
    with database.transaction("acme") as session:
        user_tasks.claim(session, cast.clerk, first, now=NOW)
    with database.reading("acme") as session:
        assert access.may_see(session, cast.clerk2, session.get_one(ProcessInstance, key))
        assert not access.may_see(session, cast.stranger, session.get_one(ProcessInstance, key))


def test_managers_are_those_that_the_newest_version_names_also_for_older_cases(database: Any, cast: Any) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps(may_start=["*"], managers=["主管领导"]))
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    kit.deploy(database, cast.owner, *kit.two_steps(may_start=["*"], managers=["部门负责人"], title="新版"))
    manager = Actor("acme", "new_manager", "新经理", groups=frozenset({"部门负责人"}))
    with database.reading("acme") as session:
        case = session.get_one(ProcessInstance, key)
        assert access.may_see(session, manager, case)
        assert access.may_manage(session, manager, case.process_id)
        seen = select(ProcessInstance.key).where(access.cases_seen(session, manager))
        assert list(session.execute(seen).scalars()) == [key]
    with database.transaction("acme") as session:
        ended = process_instances.cancel(session, manager, key, "不再需要", now=NOW)
        assert ended.state == "cancelled"


def test_whom_a_task_keeps_out_sees_the_case_by_his_own_name_only(database: Any, cast: Any) -> None:
    recused = kit.task("b", groups="部门负责人", recused='=["clerk2", "clerk"]')
    flow = (kit.start(), kit.task("a", groups="客服专员"), recused, kit.end(), kit.chain("started", "a", "b", "done"))
    kit.deploy(database, cast.owner, kit.diagram("about", *flow))
    key = kit.begin(database, cast.head, "about")
    with database.reading("acme") as session:
        assert access.may_see(session, cast.clerk2, session.get_one(ProcessInstance, key))
    kit.complete(database, cast.clerk, key, "a")
    with database.reading("acme") as session:
        case = session.get_one(ProcessInstance, key)
        assert access.may_see(session, cast.clerk, case)  # he had a task of it
        assert not access.may_see(session, cast.clerk2, case)
        assert not session.execute(select(ProcessInstance.key).where(access.cases_seen(session, cast.clerk2))).all()
