"""What a manager of departments sees by that role: over a row, in SQL and as one would say it, for any parts of any people."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine.cases.rights import access, open_work
from engine.people import roles
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
        is_led = (began in LED[scope] or any(theirs)) and not any(is_barred for _, is_barred in made)
        row = session.get_one(ProcessInstance, instance, populate_existing=True)
        assert access.may_see(session, by, row) == (is_led or own)
        seen = set(session.scalars(select(ProcessInstance.key).where(access.cases_seen(session, by))))
        followed = set(session.scalars(select(ProcessInstance.key).where(access.cases_followed(session, by))))
        assert (instance in seen, instance in followed) == (is_led or own, is_led)
        shown = set(session.scalars(select(UserTask.key).where(access.tasks_followed(session, by))))
        expected = {key for key, is_theirs in zip(task_keys, theirs, strict=True) if began in LED[scope] or is_theirs}
        assert shown == (expected if is_led else set())
        lying = [any(PEOPLE[name][1] in LED[scope] and state == "open" for name, state in held) for held, _ in made]
        open_ = {key for key, lies in zip(task_keys, lying, strict=True) if began in LED[scope] or lies} if is_led else set()
        assert set(session.scalars(select(UserTask.key).where(open_work.tasks(session, by)))) == open_
        read = [set(session.scalars(select(each.key).where(*each.conditions))) for each in open_work.ranges(session, by)]
        assert set().union(*read) == open_ and sum(map(len, read)) == len(open_), "each task stands in one range"


def test_who_leads_no_department_sees_nothing_by_it(case: Any, cast: Any) -> None:
    database, instance = case
    with database.reading("acme") as session:
        row = session.get_one(ProcessInstance, instance)
        assert not access.may_see(session, cast.outsider, row)
        assert not access.may_see(session, replace(cast.stranger, roles=frozenset({(roles.MANAGER, "office")})), row)
