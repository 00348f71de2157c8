"""When a case gets its number: last, so that nobody waits for another's work, and before anything that asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from engine import errors
from engine.cases import cases
from engine.cases.lines import words
from engine.execution import resting
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import process_instances
from tests.cast import Cast
from tests.engine import kit

FIRST, SECOND = "20260302-0001", "20260302-0002"


def plain(process_id: str = "plain", **settings: Any) -> Any:
    content = (kit.start(), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
    return kit.diagram(process_id, *content, **settings)


def variables(database: databases.Database, key: int) -> dict[str, Any]:
    with database.reading() as session:
        return cases.variables(session, session.get_one(models.ProcessInstance, key), now=kit.NOW)


class TestAtTheSameTime:
    @pytest.fixture
    def database(self, postgres_database: databases.Database) -> databases.Database:
        return postgres_database

    def test_a_start_does_not_wait_for_the_work_of_another(
        self, database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kit.deploy(database, cast.owner, plain())
        assign, others = resting.assignments.assign, list[int]()

        def amid(*given: Any) -> Any:
            if not others:  # the first start is under way: who acts is being worked out
                others.append(0)
                with database.transaction("acme") as session:
                    session.execute(text("SET LOCAL lock_timeout = '1s'"))
                    others.append(process_instances.start(session, cast.clerk2, "plain", {}, now=kit.NOW).key)
            return assign(*given)

        monkeypatch.setattr(resting.assignments, "assign", amid)
        key = kit.begin(database, cast.clerk, "plain")
        assert kit.instance(database, others[1]).number == FIRST
        assert kit.instance(database, key).number == SECOND

    def test_a_number_waits_for_the_commit_of_the_one_before(self, database: databases.Database, cast: Cast) -> None:
        kit.deploy(database, cast.owner, plain())
        with database.transaction("acme") as session:
            process_instances.start(session, cast.clerk, "plain", {}, now=kit.NOW)
            with pytest.raises(errors.Unavailable), database.transaction("acme") as other:
                other.execute(text("SET LOCAL lock_timeout = '20ms'"))
                process_instances.start(other, cast.clerk2, "plain", {}, now=kit.NOW)
            session.rollback()
        assert kit.instance(database, kit.begin(database, cast.clerk, "plain")).number == FIRST


def test_a_start_that_fails_at_its_end_leaves_no_gap(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, plain())
    with pytest.raises(ZeroDivisionError), database.transaction("acme") as session:
        assert process_instances.start(session, cast.clerk, "plain", {}, now=kit.NOW).number == FIRST
        raise ZeroDivisionError
    keys = [kit.begin(database, cast.clerk, "plain") for _ in range(2)]
    assert [kit.instance(database, key).number for key in keys] == [FIRST, SECOND]


def test_a_case_knows_its_number_and_is_found_by_it(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, plain(title="申请"))
    key = kit.begin(database, cast.clerk, "plain")
    assert variables(database, key)["instance_number"] == FIRST
    row = kit.instance(database, key)
    assert row.words == words.of_case(FIRST, "申请")
    with database.reading() as session:
        assert session.scalars(select(models.WorkItem.pairs)).all() == [words.of_part(row.words, "a", "clerk")]


@pytest.mark.parametrize("written", ["instance_number", "instance&#95;number"])
def test_a_first_step_that_asks_for_the_number_sees_it(database: databases.Database, cast: Cast, written: str) -> None:
    content = (
        kit.start(),
        kit.node("exclusiveGateway", "is_first", attributes=' default="otherwise"'),
        kit.task("a", groups="客服专员"),
        kit.task("b", groups="客服专员"),
        kit.end(),
        kit.chain("started", "is_first"),
        kit.flow("is_first", "a", f'=instance_number = "{FIRST}"').replace("instance_number", written),
        '<bpmn:sequenceFlow id="otherwise" sourceRef="is_first" targetRef="b"/>',
        kit.chain("a", "done"),
        kit.chain("b", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("asking", *content))
    keys = [kit.begin(database, cast.clerk, "asking") for _ in range(2)]
    assert [kit.open_elements(database, key) for key in keys] == [["a"], ["b"]]


def test_a_title_that_holds_the_number_is_told_from_the_start(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, plain(title_of_case='="第 " + instance_number + " 号"'))
    assert kit.instance(database, kit.begin(database, cast.clerk, "plain")).title == f"第 {FIRST} 号"


def test_what_a_start_calls_and_sends_knows_the_number(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, plain("called"))
    content = (kit.start(), kit.call("sub", "called", propagate=True), kit.end(), kit.chain("started", "sub", "done"))
    kit.deploy(database, cast.owner, kit.diagram("calling", *content))
    key = kit.begin(database, cast.clerk, "calling")
    [child] = kit.rows(database, models.ProcessInstance, parent_key=key)
    assert (kit.instance(database, key).number, child.number) == (FIRST, SECOND)
    assert variables(database, child.key)["instance_number"] == SECOND
    began = kit.rows(database, models.HistoryEvent, instance_key=child.key, kind="started")
    assert [event.data["by_case"] for event in began] == [FIRST]


def test_what_follows_a_step_that_passes_by_itself_knows_the_number(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, plain("called"))
    content = (
        kit.start(),
        kit.task("check", users="head", same_as_initiator="skip", kind="approve"),
        kit.call("sub", "called"),
        kit.end(),
        kit.chain("started", "check", "sub", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("passing", *content))
    key = kit.begin(database, cast.head, "passing")
    [child] = kit.rows(database, models.ProcessInstance, parent_key=key)
    [began] = kit.rows(database, models.HistoryEvent, instance_key=child.key, kind="started")
    assert (kit.instance(database, key).number, child.number, began.data["by_case"]) == (FIRST, SECOND, FIRST)
    assert [task.state for task in kit.rows(database, models.UserTask, instance_key=key)] == ["completed"]


def test_a_case_that_is_over_at_once_has_its_number(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, kit.diagram("short", kit.start(), kit.end(), kit.chain("started", "done")))
    row = kit.instance(database, kit.begin(database, cast.clerk, "short"))
    assert (row.number, row.state) == (FIRST, "completed")


def test_a_process_that_does_not_speak_of_the_number_lets_it_wait(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, plain())
    with database.transaction("acme") as session:
        around = cases.Surroundings(session, cast.clerk, kit.NOW)
        case = cases.create(around, cases.definitions.latest(session, "acme", "plain"), {})
        assert case.instance.number == ""
        for _ in range(2):
            cases.enroll(case)
        assert case.instance.number == FIRST == case.run.variables()["instance_number"]
