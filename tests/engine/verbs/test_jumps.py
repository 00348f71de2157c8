"""流程干预: those who manage a process move its cases, after seeing what that does to tokens, tasks and timers."""

from __future__ import annotations

import pytest

from engine import errors
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.approvals import jumps
from tests.cast import Cast
from tests.engine import kit


def begun(database: databases.Database, cast: Cast) -> int:
    content = (
        kit.start(),
        kit.task("fill", groups="客服专员"),
        kit.node("parallelGateway", "split"),
        kit.task("left", groups="客服专员"),
        kit.task("left_check", groups="部门负责人"),
        kit.boundary("late", "left", kit.timer("timeDuration", "PT1H")),
        kit.task("right", groups="主管领导"),
        kit.node("parallelGateway", "join"),
        kit.task("last", groups="主管领导"),
        kit.end(),
        kit.chain("started", "fill", "split", "left", "left_check", "join", "last", "done"),
        kit.chain("split", "right", "join"),
        kit.chain("late", "left_check"),
    )
    kit.deploy(database, cast.owner, kit.diagram("steered", *content, managers=["流程管理员"]))
    case = kit.begin(database, cast.outsider, "steered")
    kit.complete(database, cast.clerk, case, "fill")
    return case


def token_at(database: databases.Database, case: int, element: str) -> str:
    return str(kit.rows(database, models.UserTask, key=kit.open_task(database, case, element))[0].token)


def move(database: databases.Database, cast: Cast, case: int, element: str, target: str, reason: str = "走错了") -> None:
    token = token_at(database, case, element)
    with database.transaction("acme") as session:
        jumps.jump(session, cast.owner, case, token, target, reason, now=kit.NOW)


def test_within_a_branch_only_what_stands_there_moves(database: databases.Database, cast: Cast) -> None:
    case = begun(database, cast)
    token = token_at(database, case, "left")
    with database.reading() as session:
        seen = jumps.foresee(session, cast.owner, case, token, "left_check", now=kit.NOW)
    assert seen.ends == (("timer", "late"), ("user_task", "left")) and seen.begins == (("user_task", "left_check"),)
    assert not seen.whole and kit.open_elements(database, case) == ["left", "right"]
    move(database, cast, case, "left", "left_check")
    assert kit.open_elements(database, case) == ["left_check", "right"] and kit.rows(database, models.Timer) == []
    [task] = kit.rows(database, models.UserTask, key=kit.open_task(database, case, "left_check"))
    assert task.returned["kind"] == "jump" and task.returned["reason"] == "走错了"
    kit.complete(database, cast.head, case, "left_check")
    kit.complete(database, cast.manager, case, "right")
    assert kit.open_elements(database, case) == ["last"]


def test_out_of_a_branch_the_whole_case_moves_and_no_join_waits_for_ever(database: databases.Database, cast: Cast) -> None:
    case = begun(database, cast)
    token = token_at(database, case, "left")
    with database.reading() as session:
        [left, right] = [
            each for each in jumps.places(session, cast.owner, case, now=kit.NOW) if each.name in ("left", "right")
        ]
        seen = jumps.foresee(session, cast.owner, case, token, "last", now=kit.NOW)
    assert [aim.element for aim in left.aims] == ["fill", "left", "left_check", "last"]
    assert [aim.element for aim in right.aims] == ["fill", "right", "last"]
    assert seen.whole and sorted(seen.ends) == [("timer", "late"), ("user_task", "left"), ("user_task", "right")]
    with pytest.raises(errors.Conflict, match="join behind it"):
        move(database, cast, case, "left", "right")
    move(database, cast, case, "left", "last")
    assert kit.open_elements(database, case) == ["last"]
    kit.complete(database, cast.manager, case, "last")
    assert kit.instance(database, case).state == "completed"


def test_a_way_that_leads_past_the_join_is_no_part_of_the_branch(database: databases.Database, cast: Cast) -> None:
    content = (
        kit.start(),
        kit.node("parallelGateway", "split"),
        kit.task("left", groups="客服专员"),
        kit.boundary("late", "left", kit.timer("timeDuration", "PT1H"), interrupting=False),
        kit.task("reminded", groups="客服专员"),
        kit.end("told"),
        kit.task("right", groups="主管领导"),
        kit.node("parallelGateway", "join"),
        kit.end(),
        kit.chain("started", "split", "left", "join", "done"),
        kit.chain("split", "right", "join"),
        kit.chain("late", "reminded", "told"),
    )
    kit.deploy(database, cast.owner, kit.diagram("reminding", *content, managers=["流程管理员"]))
    case = kit.begin(database, cast.outsider, "reminding")
    with database.reading() as session:
        assert jumps.foresee(session, cast.owner, case, "left", "reminded", now=kit.NOW).whole
    with database.transaction("acme") as session:
        jumps.jump(session, cast.owner, case, "left", "reminded", "走错了", now=kit.NOW)
    kit.complete(database, cast.clerk, case, "reminded")
    assert kit.instance(database, case).state == "completed"


def test_only_who_manages_the_process_and_only_with_a_reason(database: databases.Database, cast: Cast) -> None:
    case = begun(database, cast)
    token = token_at(database, case, "left")
    for by, refusal in ((cast.clerk, errors.Forbidden), (cast.outsider, errors.Forbidden), (cast.stranger, errors.NotFound)):
        with database.transaction(by.company_id) as session, pytest.raises(refusal):
            jumps.jump(session, by, case, token, "left_check", "走错了", now=kit.NOW)
        with database.reading() as session, pytest.raises(refusal):
            jumps.places(session, by, case, now=kit.NOW)
    with pytest.raises(errors.Invalid):
        move(database, cast, case, "left", "left_check", " ")
    with database.transaction("acme") as session, pytest.raises(errors.Conflict, match="not at that step"):
        jumps.jump(session, cast.owner, case, "999", "left_check", "走错了", now=kit.NOW)
    assert kit.open_elements(database, case) == ["left", "right"]
