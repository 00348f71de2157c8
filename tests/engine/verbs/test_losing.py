"""Nobody's task goes without a word: who had it hears who has it now, or where the case went, and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.people import organisation, resolve
from engine.people.actors import SYSTEM
from engine.queries.api import api_reads
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import jumps
from engine.verbs.approvals.back import returns
from engine.verbs.running import ending, messages, process_instances, timers
from tests.cast import Cast
from tests.engine import kit


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    """One is enough: nothing here depends on which."""
    return sqlite_database


def begun(database: databases.Database, cast: Cast) -> int:
    steps = (
        kit.task("fill", users="outsider"),
        kit.task("judge", users="clerk,clerk2,manager", kind="approve", rule="all"),
    )
    flow = (kit.start(), *steps, kit.end(), kit.chain("started", "fill", "judge", "done"))
    kit.deploy(database, cast.owner, kit.diagram("asked", *flow))
    case = kit.begin(database, cast.head, "asked")
    kit.complete(database, cast.outsider, case, "fill")
    return case


def told(database: databases.Database) -> dict[str, str]:
    rows = kit.notices(database, kind="told")
    return {each.username: f"{each.subject} {each.body}" for each in rows}


def test_whose_part_goes_to_somebody_else_hears_of_it(database: databases.Database, cast: Cast) -> None:
    task = kit.open_task(database, begun(database, cast), "judge")
    with database.transaction("acme") as session:
        user_tasks.assign(session, cast.owner, task, "outsider", "休假", whose="clerk", now=kit.NOW)
    [(reader, text)] = told(database).items()
    [mine] = [each for each in kit.rows(database, models.WorkItem, user_task_key=task) if each.username == "outsider"]
    with database.reading("acme") as session:
        assert resolve.words(mine.reason, organisation.current(session, "acme"))[1] == {"person": "欧流程"}
    assert reader == "clerk" and "魏旁人" in text and "judge" in text and "欧流程" in text and "休假" in text


def test_a_return_tells_the_others_who_still_had_to_decide(database: databases.Database, cast: Cast) -> None:
    case = begun(database, cast)
    task = kit.open_task(database, case, "judge")
    with database.transaction("acme") as session:
        user_tasks.complete(session, cast.clerk2, task, {}, outcome="approve", now=kit.NOW)
    with database.reading("acme") as session:
        assert api_reads.user_task(session, cast.owner, task).users == ["clerk", "manager"]  # clerk2 is asked no more
    with database.transaction("acme") as session:
        returns.return_task(session, cast.manager, task, "fill", "缺附件", now=kit.NOW + timedelta(minutes=1))
    assert told(database).keys() == {"clerk"} and "“fill”" in told(database)["clerk"] and "缺附件" in told(database)["clerk"]


@pytest.mark.parametrize(
    ("ends", "word"), [(process_instances.cancel, "撤销"), (ending.terminate, "强制结束"), (ending.void, "作废")]
)
def test_whoever_has_a_task_of_a_case_that_is_ended_hears_of_it(
    database: databases.Database, cast: Cast, ends: Any, word: str
) -> None:
    case = begun(database, cast)
    with database.transaction("acme") as session:
        ends(session, cast.owner, case, "客户不要了", now=kit.NOW)
    assert told(database).keys() == {"clerk", "clerk2", "manager"}
    assert word in told(database)["clerk"] and "客户不要了" in told(database)["clerk"]


def test_who_had_begun_his_part_hears_that_another_s_no_settled_it(database: databases.Database, cast: Cast) -> None:
    case = begun(database, cast)
    task = kit.open_task(database, case, "judge")
    with database.transaction("acme") as session:
        user_tasks.save_draft(session, cast.clerk, task, {"#opinion": "写到一半"}, now=kit.NOW)
    kit.complete(database, cast.clerk2, case, "judge", outcome="reject", opinion="不行")
    assert told(database).keys() == {"clerk"} and "程办事" in told(database)["clerk"]


def test_whose_task_an_end_elsewhere_takes_away_hears_of_it(database: databases.Database, cast: Cast) -> None:
    steps = kit.node("parallelGateway", "fork") + kit.task("x", users="clerk") + kit.task("y", groups="主管领导")
    stop = kit.end("stop", definition="<bpmn:terminateEventDefinition/>") + kit.task("z", users="clerk2") + kit.end()
    flow = kit.chain("started", "fork", "x", "stop") + kit.chain("fork", "z", "done") + kit.chain("fork", "y", "done")
    kit.deploy(database, cast.owner, kit.diagram("forked", kit.start(), steps, stop, flow))
    case = kit.begin(database, cast.head, "forked")
    kit.complete(database, cast.clerk, case, "x")
    assert told(database).keys() == {"clerk2"} and "单据已结束" in told(database)["clerk2"]


def test_a_move_tells_whose_tasks_end_with_it_but_not_who_has_the_new_one(database: databases.Database, cast: Cast) -> None:
    case = begun(database, cast)
    with database.transaction("acme") as session:
        jumps.jump(session, cast.owner, case, "judge", "fill", "走错了", now=kit.NOW)
    assert told(database).keys() == {"clerk", "clerk2", "manager"} and "毛" not in told(database)["clerk"]
    with database.transaction("acme") as session:
        jumps.jump(session, cast.owner, case, "fill", "fill", "再来一次", now=kit.NOW)
    assert "outsider" not in told(database)


@pytest.mark.parametrize("event", ["客户网上答复", "到期无异议"])
def test_whose_task_an_event_takes_away_hears_which(database: databases.Database, cast: Cast, event: str) -> None:
    is_message = event == "客户网上答复"
    said = {"comment": "六千可以"}
    comes = '<bpmn:messageEventDefinition messageRef="m"/>' if is_message else kit.timer("timeDuration", "PT1H")
    caught = kit.boundary("caught", "ask", comes).replace('name="caught"', f'name="{event}"')
    flow = kit.chain("started", "ask", "done") + kit.chain("caught", "next", "done")
    steps = (kit.start(), kit.task("ask", users="clerk"), caught, kit.task("next", users="head"), kit.end())
    message = kit.message("m", "answered", "=instance_number")
    kit.deploy(database, cast.owner, kit.diagram("asked", *steps, flow, beside=message))
    case = kit.begin(database, cast.manager, "asked")
    with database.transaction("acme") as session:
        if is_message:
            messages.correlate(session, SYSTEM("acme"), "answered", kit.instance(database, case).number, said, now=kit.NOW)
        else:
            [key] = timers.due_keys(session, now=kit.NOW + timedelta(hours=2), limit=9)
            assert timers.fire(session, key, now=kit.NOW + timedelta(hours=2))
    words = "（六千可以）" if is_message else ""
    assert f"“{event}”{words}：流程已转入其他环节" in told(database)["clerk"]
