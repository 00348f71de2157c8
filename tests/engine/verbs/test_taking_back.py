"""取回: what one has handed on comes back to him, as long as nobody has gone on with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import errors
from engine.people.actors import Actor
from engine.queries.cases import offered
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals.back import returns, taking_back
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_returns import at_judge, check_whole, holders, parallel, serial

APPROVE = {"kind": "approve"}


def take_back(database: databases.Database, by: Actor, task: int, *, after: int = 5) -> int:
    with database.transaction(by.company_id) as session:
        return taking_back.withdraw(session, by, task, "看错了", now=kit.NOW + timedelta(minutes=after))


def test_line_3_taking_back_removes_it_from_the_next_ones_list_and_returns_it_to_mine(
    database: databases.Database, cast: Cast
) -> None:
    case = at_judge(database, cast)
    [mine] = [task for task in kit.rows(database, models.UserTask, instance_key=case) if task.element_id == "check"]
    new = take_back(database, cast.head, mine.key)
    assert kit.open_elements(database, case) == ["check"]
    [row] = kit.rows(database, models.UserTask, key=new)
    assert holders(database, row) == ["head"] and row.round == 2 and row.returned["kind"] == "withdraw"
    kit.complete(database, cast.head, case, "check", outcome="approve")
    kit.complete(database, cast.manager, case, "judge", outcome="approve")
    assert kit.instance(database, case).state == "completed"
    check_whole(database, case)


def test_line_3_not_once_the_next_has_handled_it_and_not_what_is_anothers(database: databases.Database, cast: Cast) -> None:
    case = at_judge(database, cast)
    tasks = {task.element_id: task.key for task in kit.rows(database, models.UserTask, instance_key=case)}
    with pytest.raises(errors.Conflict, match="何负责 has handled"):
        take_back(database, cast.clerk2, tasks["fill"])
    for by, refusal in ((cast.clerk, errors.Forbidden), (cast.stranger, errors.NotFound)):
        with pytest.raises(refusal):
            take_back(database, by, tasks["check"])
    kit.complete(database, cast.manager, case, "judge", outcome="approve")
    with pytest.raises(errors.Conflict, match="gone on"):
        take_back(database, cast.head, tasks["check"])


def test_line_3_where_the_process_says_so_not_once_it_is_opened(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    content = (
        kit.start(),
        kit.task("a", groups="客服专员", withdraw="opened"),
        kit.task("b", assignee="head"),
        kit.end(),
        kit.chain("started", "a", "b", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("opened", *content))
    case = kit.begin(database, cast.outsider, "opened")
    task = kit.open_task(database, case, "a")
    kit.complete(database, cast.clerk, case, "a")
    task = take_back(database, cast.clerk, task)
    kit.complete(database, cast.clerk, case, "a")
    with database.transaction("acme") as session:
        user_tasks.open_for(session, cast.head, kit.open_task(database, case, "b"), now=kit.NOW)
    with pytest.raises(errors.Conflict, match="何负责 has opened"):
        take_back(database, cast.clerk, task)


def test_what_one_began_can_be_taken_back_until_somebody_has_done_something(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *serial())
    case = kit.begin(database, cast.outsider, "serial", {"subject": "x"})
    with database.transaction("acme") as session:
        assert taking_back.hindrance(session, cast.outsider, session.get_one(models.ProcessInstance, case), now=kit.NOW) is None
        taking_back.withdraw_in(session, cast.outsider, case, "写错了", now=kit.NOW)
    assert kit.open_elements(database, case) == ["started"]
    kit.complete(database, cast.outsider, case, "started", {"subject": "改过"})
    kit.complete(database, cast.clerk, case, "fill")
    with database.transaction("acme") as session:
        instance = session.get_one(models.ProcessInstance, case)
        assert taking_back.hindrance(session, cast.outsider, instance, now=kit.NOW)
        assert taking_back.hindrance(session, cast.clerk, instance, now=kit.NOW) is None
        with pytest.raises(errors.Conflict, match="陈办事 has handled"):
            taking_back.withdraw_in(session, cast.outsider, case, now=kit.NOW)
    check_whole(database, case)


def test_what_waits_at_a_join_can_be_taken_back(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *parallel())
    case = kit.begin(database, cast.outsider, "parallel")
    kit.complete(database, cast.clerk, case, "fill")
    kit.complete(database, cast.clerk2, case, "left")
    task = kit.open_task(database, case, "left_check")
    kit.complete(database, cast.head, case, "left_check", outcome="approve")
    take_back(database, cast.head, task)
    assert kit.open_elements(database, case) == ["left_check", "right"]
    kit.complete(database, cast.head, case, "left_check", outcome="approve")
    kit.complete(database, cast.clerk, case, "right")
    kit.complete(database, cast.manager, case, "right_check", outcome="approve")
    assert kit.open_elements(database, case) == ["judge"]


def test_line_5_somebody_with_two_tasks_in_one_case_opens_the_right_one(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *parallel())
    case = kit.begin(database, cast.outsider, "parallel")
    kit.complete(database, cast.clerk, case, "fill")
    left, right = (kit.open_task(database, case, name) for name in ("left", "right"))
    for key, name in ((left, "left"), (right, "right")):
        with database.transaction("acme") as session:
            assert user_tasks.open_for(session, cast.clerk, key, now=kit.NOW).name == name
    with database.transaction("acme") as session:
        user_tasks.complete(session, cast.clerk, right, {}, now=kit.NOW)
    assert kit.open_elements(database, case) == ["left", "right_check"]


def test_what_is_taken_back_is_ones_own_again_though_a_second_round_would_be_anothers(
    database: databases.Database, cast: Cast
) -> None:
    """A step that keeps whoever did it away from its next round does not keep him from taking back his own."""
    own = kit.task("look", groups="客服专员", recused='=handler of("look")')
    flow = (kit.start(), own, kit.task("next", users="head"), kit.end(), kit.chain("started", "look", "next", "done"))
    kit.deploy(database, cast.owner, kit.diagram("recusing", *flow))
    case = kit.begin(database, cast.manager, "recusing")
    kit.complete(database, cast.clerk, case, "look")
    done = kit.rows(database, models.UserTask, element_id="look")[0].key
    take_back(database, cast.clerk, done)
    assert kit.rows(database, models.UserTask, state="open", element_id="look")[0].assignee == "clerk"


def test_what_was_taken_back_is_decided_no_more_in_the_register_either(database: databases.Database, cast: Cast) -> None:
    steps = (
        kit.task("first", users="clerk", result="first_said", **APPROVE),
        kit.task("check", users="head", result="said", **APPROVE),
        kit.task("judge", users="manager", **APPROVE),
    )
    column = {"label": "审核结果", "value": '=first_said + "/" + (if said = null then "" else said)'}
    content = (kit.start(), *steps, kit.end(), kit.chain("started", "first", "check", "judge", "done"))
    kit.deploy(database, cast.owner, kit.diagram("listed", *content, register=[column]))
    case = kit.begin(database, cast.outsider, "listed")
    for by, step in ((cast.clerk, "first"), (cast.head, "check")):
        kit.complete(database, by, case, step, outcome="approve")
    [mine] = kit.rows(database, models.UserTask, instance_key=case, element_id="check")
    assert list(kit.instance(database, case).register["cells"].values()) == ["approve/approve"]
    take_back(database, cast.head, mine.key)
    assert list(kit.instance(database, case).register["cells"].values()) == ["approve/"]
    kit.complete(database, cast.head, case, "check", outcome="approve")
    with database.transaction("acme") as session:
        key = kit.open_task(database, case, "judge")
        returns.return_task(session, cast.manager, key, "first", "重办", now=kit.NOW)
    known = kit.rows(database, models.ProcessInstance, key=case)[0].register["cells"]
    assert not list(known.values())


def test_what_passed_by_itself_hinders_nobody_and_is_taken_back_along(database: databases.Database, cast: Cast) -> None:
    """Nobody has done it: neither is it said to be handled, nor is it what somebody has done last."""
    steps = (
        kit.task("own", users="outsider", same_as_initiator="skip", **APPROVE),
        kit.task("first", users="clerk", **APPROVE),
        kit.task("again", users="clerk", repeat="adjacent", result="said", **APPROVE),
        kit.task("judge", users="manager", **APPROVE),
    )
    content = (kit.start(), *steps, kit.end(), kit.chain("started", "own", "first", "again", "judge", "done"))
    kit.deploy(database, cast.owner, kit.diagram("passing", *content))
    case = kit.begin(database, cast.outsider, "passing")
    assert kit.open_elements(database, case) == ["first"]
    kit.complete(database, cast.clerk, case, "first", outcome="approve")
    assert kit.open_elements(database, case) == ["judge"]
    with database.transaction("acme") as session:
        with pytest.raises(errors.Conflict, match="陈办事 has handled"):
            taking_back.withdraw_in(session, cast.outsider, case, now=kit.NOW)
        assert taking_back.hindrance(session, cast.clerk, session.get_one(models.ProcessInstance, case), now=kit.NOW) is None
        taking_back.withdraw_in(session, cast.clerk, case, "看错了", now=kit.NOW)
    assert kit.open_elements(database, case) == ["first"]
    [told] = [each for each in kit.rows(database, models.HistoryEvent, instance_key=case) if each.kind == "taken_back"]
    undone = {task.element_id for task in kit.rows(database, models.UserTask) if task.key in told.data["undone"]}
    assert undone == {"first", "again"}
    with database.transaction("acme") as session:
        taking_back.withdraw_in(session, cast.outsider, case, "写错了", now=kit.NOW)
    assert kit.open_elements(database, case) == ["started"]
    check_whole(database, case)


ESCALATION, RAISED = '<bpmn:escalationEventDefinition escalationRef="es"/>', '<bpmn:escalation id="es" escalationCode="up"/>'


def tiers(database: databases.Database, cast: Cast, *, raises: str = "", interrupting: bool = True) -> tuple[int, int]:
    """A step in a part of the process of its own, whose end may raise an escalation, and what comes after it; case and step."""
    last = kit.end("e", definition=ESCALATION if raises else "")
    inner = kit.start("s") + kit.task("a0", assignee="outsider") + kit.task("a", assignee="clerk") + last
    part = kit.node("subProcess", "tier", inner=inner + kit.chain("s", "a0", "a", "e"))
    caught = kit.boundary("up", "tier", ESCALATION, interrupting=interrupting) if raises else ""
    flow = kit.chain("started", "tier", "b", "c", "done") + (kit.chain("up", "raised", "done") if raises else "")
    steps = kit.task("b", groups="部门负责人") + kit.task("c", groups="部门负责人")
    steps += kit.task("raised", assignee="manager") if raises else ""
    content = (kit.start(), part, caught, steps, kit.end(), flow)
    kit.deploy(database, cast.owner, kit.diagram("tiers", *content, beside=RAISED if raises else ""))
    case = kit.begin(database, cast.outsider, "tiers")
    kit.complete(database, cast.outsider, case, "a0")
    task = kit.open_task(database, case, "a")
    kit.complete(database, cast.clerk, case, "a", now=kit.NOW + timedelta(minutes=1))
    return case, task


@pytest.mark.parametrize("raises", ["", "up"])
def test_a_step_is_taken_back_into_its_part_of_the_process_as_long_as_nobody_went_on(
    database: databases.Database, cast: Cast, raises: str
) -> None:
    case, task = tiers(database, cast, raises=raises)
    following = "raised" if raises else "b"
    assert kit.open_elements(database, case) == [following]
    take_back(database, cast.clerk, task)
    assert kit.open_elements(database, case) == ["a"]
    check_whole(database, case)
    again = kit.open_task(database, case, "a")
    assert [each.username for each in kit.rows(database, models.WorkItem, user_task_key=again)] == ["clerk"]
    kit.complete(database, cast.clerk, case, "a", now=kit.NOW + timedelta(minutes=6))
    assert kit.open_elements(database, case) == [following]
    if not raises:
        kit.complete(database, cast.head, case, "b", now=kit.NOW + timedelta(minutes=7))
        with pytest.raises(errors.Conflict, match="何负责 has handled"):
            take_back(database, cast.clerk, again, after=8)


def test_a_step_of_a_part_that_is_over_says_so_where_something_else_goes_on_beside_it(
    database: databases.Database, cast: Cast
) -> None:
    case, task = tiers(database, cast, raises="up", interrupting=False)
    assert sorted(kit.open_elements(database, case)) == ["b", "raised"]
    with pytest.raises(errors.Conflict, match="its part of the process, “tier”, is over"):
        take_back(database, cast.clerk, task)
    with database.reading("acme") as session:
        offers = offered.on_case(session, cast.clerk, session.get_one(models.ProcessInstance, case), now=kit.NOW)
    assert [each.barred.text for each in offers if each.name == "withdraw" and each.barred] == [taking_back.PART_OVER]
