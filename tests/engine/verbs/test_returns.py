"""退回 and 取回: to a step that was done, by whoever did it, in a new round, with nothing lost and nothing left behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import errors
from engine.cases import history
from engine.people import actors, organisation, resolve
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals.back import returns, taking_back
from tests.cast import Cast
from tests.engine import kit

APPROVE = {"kind": "approve"}


def serial(process_id: str = "serial", **last: str) -> Any:
    """start(form) → fill → check → judge → end, the last with these properties."""
    yield kit.form("request", kit.text_field("subject", required=True))
    yield kit.diagram(
        process_id,
        kit.start(form="request"),
        kit.task("fill", groups="客服专员"),
        kit.task("check", groups="部门负责人", **APPROVE),
        kit.task("judge", groups="主管领导", **APPROVE, **last),
        kit.end(),
        kit.chain("started", "fill", "check", "judge", "done"),
    )


def parallel(**properties: str) -> Any:
    yield kit.diagram(
        "parallel",
        kit.start(),
        kit.task("fill", groups="客服专员"),
        kit.node("parallelGateway", "split"),
        kit.task("left", groups="客服专员"),
        kit.task("left_check", groups="部门负责人", **APPROVE, **properties),
        kit.task("right", groups="客服专员"),
        kit.task("right_check", groups="主管领导", **APPROVE),
        kit.node("parallelGateway", "join"),
        kit.task("judge", groups="主管领导", **APPROVE),
        kit.end(),
        kit.chain("started", "fill", "split", "left", "left_check", "join", "judge", "done"),
        kit.chain("split", "right", "right_check", "join"),
    )


def at_judge(database: databases.Database, cast: Cast, **last: str) -> int:
    kit.deploy(database, cast.owner, *serial(**last))
    case = kit.begin(database, cast.outsider, "serial", {"subject": "x"})
    kit.complete(database, cast.clerk2, case, "fill")
    kit.complete(database, cast.head, case, "check", outcome="approve", opinion="同意")
    return case


def send_back(
    database: databases.Database, by: Actor, case: int, element: str, to: str, reason: str = "缺附件", **options: Any
) -> Any:
    with database.transaction("acme") as session:
        key = kit.open_task(database, case, element)
        return returns.return_task(session, by, key, to, reason, now=kit.NOW + timedelta(hours=1), **options)


def offered(database: databases.Database, by: Actor, case: int, element: str) -> list[str]:
    with database.reading() as session:
        return [each.element for each in returns.targets(session, by, kit.open_task(database, case, element), now=kit.NOW)]


def task_at(database: databases.Database, case: int, element: str) -> Any:
    [row] = kit.rows(database, models.UserTask, key=kit.open_task(database, case, element))
    return row


def holders(database: databases.Database, task: Any) -> list[str]:
    live = kit.rows(database, models.WorkItem, user_task_key=task.key, state="open")
    return [item.username or item.group_name for item in live]


def check_whole(database: databases.Database, case: int) -> None:
    """No item is open on a task that is not, and the history holds."""
    open_ = {task.key for task in kit.rows(database, models.UserTask, instance_key=case) if task.state == "open"}
    live = {
        item.user_task_key
        for item in kit.rows(database, models.WorkItem, instance_key=case)
        if item.state in ("open", "waiting")
    }
    assert live == open_
    with database.reading() as session:
        assert history.verify(session, case) == []


def test_line_2_only_to_passed_steps_nearest_first_and_to_who_did_them(database: databases.Database, cast: Cast) -> None:
    case = at_judge(database, cast)
    assert offered(database, cast.manager, case, "judge") == ["check", "fill", "started"]
    with pytest.raises(errors.Conflict, match="any more"):
        send_back(database, cast.manager, case, "judge", "done")
    with pytest.raises(errors.Invalid) as refused:
        send_back(database, cast.manager, case, "judge", "fill", " ")
    assert "reason" in refused.value.fields
    assert kit.open_elements(database, case) == ["judge"]
    send_back(database, cast.manager, case, "judge", "fill")
    again = task_at(database, case, "fill")
    assert kit.open_elements(database, case) == ["fill"] and holders(database, again) == ["clerk2"]
    assert again.round == 2 and again.assignee == "clerk2"
    assert {name: again.returned[name] for name in ("by", "reason", "from", "kind")} == {
        "by": "manager",
        "reason": "缺附件",
        "from": "judge",
        "kind": "return",
    }
    [sent] = [event for event in kit.rows(database, models.HistoryEvent, instance_key=case) if event.kind == "returned"]
    names = {task.key: task.element_id for task in kit.rows(database, models.UserTask, instance_key=case)}
    assert {names[key] for key in sent.data["undone"]} == {"fill", "check", "judge"}
    assert [row.username for row in kit.notices(database)] == ["clerk2"]
    kit.complete(database, cast.clerk2, case, "fill")
    kit.complete(database, cast.head, case, "check", outcome="approve")
    kit.complete(database, cast.manager, case, "judge", outcome="approve")
    assert kit.instance(database, case).state == "completed"
    check_whole(database, case)


def test_line_2_straight_back_to_whoever_sent_it_back(database: databases.Database, cast: Cast) -> None:
    case = at_judge(database, cast, resume="choose")
    with database.transaction("acme") as session:
        session.add(models.Membership(company_id="acme", group_name="主管领导", username="outsider"))
        organisation.changed(session, "acme")
    send_back(database, cast.manager, case, "judge", "fill", resume="direct")
    kit.complete(database, cast.clerk2, case, "fill")
    again = task_at(database, case, "judge")
    assert kit.open_elements(database, case) == ["judge"] and holders(database, again) == ["manager"]
    assert offered(database, cast.manager, case, "judge") == ["check", "fill", "started"]
    send_back(database, cast.manager, case, "judge", "check", resume="step_by_step")
    assert holders(database, task_at(database, case, "check")) == ["head"]
    kit.complete(database, cast.head, case, "check", outcome="approve")
    kit.complete(database, cast.manager, case, "judge", outcome="approve")
    assert kit.instance(database, case).state == "completed"
    check_whole(database, case)


def test_line_2_the_handler_is_worked_out_again_when_he_is_gone(database: databases.Database, cast: Cast) -> None:
    case = at_judge(database, cast)
    with database.transaction("acme") as session:
        session.get_one(models.Person, _key(database, "clerk2")).is_disabled = True
        organisation.changed(session, "acme")
    with database.reading() as session:
        manager = actors.load(session, "acme", "manager")
    assert manager is not None
    send_back(database, manager, case, "judge", "fill")
    assert holders(database, task_at(database, case, "fill")) == ["客服专员"]


def _key(database: databases.Database, username: str) -> int:
    [row] = kit.rows(database, models.Person, company_id="acme", username=username)
    return int(row.key)


def test_to_the_initiator_the_start_form_opens_again_in_the_same_case(database: databases.Database, cast: Cast) -> None:
    case = at_judge(database, cast)
    send_back(database, cast.manager, case, "judge", "started")
    again = task_at(database, case, "started")
    assert holders(database, again) == ["outsider"] and again.returned["kind"] == "return" and again.form_id == "request"
    [part] = kit.rows(database, models.WorkItem, user_task_key=again.key)
    with database.reading() as session:
        assert resolve.words(part.reason, organisation.current(session, "acme"))[0] == "whoever started the case"
    with pytest.raises(errors.Refusal):
        kit.complete(database, cast.clerk, case, "started", {"subject": "y"})
    with pytest.raises(errors.Invalid):
        kit.complete(database, cast.outsider, case, "started", {"subject": ""})
    kit.complete(database, cast.outsider, case, "started", {"subject": "改过"})
    assert kit.open_elements(database, case) == ["fill"]
    with database.reading() as session:
        known = user_tasks.cases.variables(session, session.get_one(models.ProcessInstance, case), now=kit.NOW)
    assert known["subject"] == "改过" and kit.instance(database, case).number.endswith("0001")
    check_whole(database, case)


@pytest.mark.parametrize(
    ("allowed", "targets"),
    [("none", []), ("initiator", ["started"]), ("previous", ["check"]), ("any", ["check", "fill", "started"])],
)
def test_how_far_is_a_property(database: databases.Database, cast: Cast, allowed: str, targets: list[str]) -> None:
    case = at_judge(database, cast, **{"return": allowed})
    assert offered(database, cast.manager, case, "judge") == targets


def test_line_1_sending_back_out_of_a_joint_decision_keeps_a_task_and_the_case(
    database: databases.Database, cast: Cast
) -> None:
    case = at_judge(database, cast, rule="all", users="clerk,head")
    task = kit.open_task(database, case, "judge")
    with database.transaction("acme") as session:
        user_tasks.complete(session, cast.clerk, task, {}, outcome="approve", now=kit.NOW)
    send_back(database, cast.manager, case, "judge", "check")
    assert kit.open_elements(database, case) == ["check"] and kit.instance(database, case).state == "active"
    states = {item.username: item.state for item in kit.rows(database, models.WorkItem, user_task_key=task)}
    assert states == {"clerk": "done", "head": "closed", "manager": "done"}
    kit.complete(database, cast.head, case, "check", outcome="approve")
    again = task_at(database, case, "judge")
    assert sorted(holders(database, again)) == ["clerk", "head", "manager"]  # everybody votes anew, nothing of before counts
    for by in (cast.clerk, cast.head, cast.manager):
        with database.transaction("acme") as session:
            user_tasks.complete(session, by, again.key, {}, outcome="approve", now=kit.NOW)
    assert kit.instance(database, case).state == "completed"
    check_whole(database, case)


def test_line_1_no_duplicate_tasks_after_a_return_across_a_join(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *parallel())
    case = kit.begin(database, cast.outsider, "parallel")
    kit.complete(database, cast.clerk, case, "fill")
    kit.complete(database, cast.clerk, case, "right")
    kit.complete(database, cast.manager, case, "right_check", outcome="approve")  # waits at the join
    kit.complete(database, cast.clerk2, case, "left")
    assert offered(database, cast.head, case, "left_check") == ["left", "fill", "started"]
    send_back(database, cast.head, case, "left_check", "fill")
    assert kit.open_elements(database, case) == ["fill"]
    for step, by in (("fill", cast.clerk), ("left", cast.clerk2), ("right", cast.clerk)):
        kit.complete(database, by, case, step)
    kit.complete(database, cast.manager, case, "right_check", outcome="approve")
    assert kit.open_elements(database, case) == ["left_check"]
    kit.complete(database, cast.head, case, "left_check", outcome="approve")
    assert kit.open_elements(database, case) == ["judge"]
    assert offered(database, cast.manager, case, "judge") == ["fill", "started"]  # not into the block that was joined
    kit.complete(database, cast.manager, case, "judge", outcome="approve")
    assert kit.instance(database, case).state == "completed"
    check_whole(database, case)


def test_within_an_open_branch_the_other_branch_goes_on(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *parallel(resume="direct"))
    case = kit.begin(database, cast.outsider, "parallel")
    kit.complete(database, cast.clerk, case, "fill")
    kit.complete(database, cast.clerk2, case, "left")
    with database.reading() as session:
        found = returns.targets(session, cast.head, kit.open_task(database, case, "left_check"), now=kit.NOW)
    assert {each.element: (each.undoes, each.resumes) for each in found} == {
        "left": ((), ("direct",)),
        "fill": (("right",), ("step_by_step",)),
        "started": (("right",), ("step_by_step",)),
    }
    right = kit.open_task(database, case, "right")
    send_back(database, cast.head, case, "left_check", "left")
    assert kit.open_elements(database, case) == ["left", "right"] and kit.open_task(database, case, "right") == right
    with pytest.raises(errors.Conflict, match="straight"):
        kit.complete(database, cast.clerk2, case, "left")
        send_back(database, cast.head, case, "left_check", "fill", resume="direct")
    check_whole(database, case)


def test_after_a_drawn_return_only_the_steps_of_the_new_round_are_targets(database: databases.Database, cast: Cast) -> None:
    content = (
        kit.start(),
        kit.task("fill", groups="客服专员"),
        kit.task("check", groups="部门负责人", **APPROVE),
        kit.task("judge", groups="主管领导", kind="approve", outcomes="approve,reject,return"),
        kit.node("exclusiveGateway", "which"),
        kit.end(),
        kit.chain("started", "fill", "check", "judge", "which"),
        kit.flow("which", "fill", '=outcome = "return"'),
        kit.flow("which", "done", '=outcome != "return"'),
    )
    kit.deploy(database, cast.owner, kit.diagram("drawn", *content))
    case = kit.begin(database, cast.outsider, "drawn")
    kit.complete(database, cast.clerk, case, "fill")
    kit.complete(database, cast.head, case, "check", outcome="approve")
    assert offered(database, cast.manager, case, "judge") == []
    kit.complete(database, cast.manager, case, "judge", outcome="return", opinion="重做")
    kit.complete(database, cast.clerk, case, "fill")
    assert offered(database, cast.head, case, "check") == ["fill", "started"]


def test_a_called_case_offers_only_its_own_steps(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *serial("inner"))
    outer = kit.diagram(
        "outer",
        kit.start(),
        kit.task("before", groups="客服专员"),
        kit.call("inside", "inner"),
        kit.task("after", groups="主管领导", **APPROVE),
        kit.end(),
        kit.chain("started", "before", "inside", "after", "done"),
    )
    kit.deploy(database, cast.owner, outer)
    case = kit.begin(database, cast.outsider, "outer")
    kit.complete(database, cast.clerk, case, "before")
    [child] = [each for each in kit.rows(database, models.ProcessInstance) if each.parent_key == case]
    kit.complete(database, cast.clerk, child.key, "fill")
    assert offered(database, cast.head, child.key, "check") == ["fill"]
    kit.complete(database, cast.head, child.key, "check", outcome="approve")
    kit.complete(database, cast.manager, child.key, "judge", outcome="approve")
    assert offered(database, cast.manager, case, "after") == ["before", "started"]
    send_back(database, cast.manager, case, "after", "before")
    assert kit.open_elements(database, case) == ["before"]
    kit.complete(database, cast.clerk, case, "before")
    running = [
        each for each in kit.rows(database, models.ProcessInstance) if each.parent_key == case and each.state == "active"
    ]
    assert len(running) == 1


def test_sending_back_ends_what_was_called_from_there(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *serial("inner"))
    content = (
        kit.start(),
        kit.task("fill", groups="客服专员"),
        kit.node("parallelGateway", "split"),
        kit.call("inside", "inner"),
        kit.task("check", groups="部门负责人", **APPROVE),
        kit.node("parallelGateway", "join"),
        kit.end(),
        kit.chain("started", "fill", "split", "inside", "join", "done"),
        kit.chain("split", "check", "join"),
    )
    kit.deploy(database, cast.owner, kit.diagram("calling", *content))
    case = kit.begin(database, cast.outsider, "calling")
    kit.complete(database, cast.clerk, case, "fill")
    send_back(database, cast.head, case, "check", "fill")
    [child] = [each for each in kit.rows(database, models.ProcessInstance) if each.parent_key == case]
    assert child.state == "cancelled" and kit.open_elements(database, child.key) == []
    assert kit.open_elements(database, case) == ["fill"]


def test_nothing_leads_back_past_what_cannot_be_taken_back(database: databases.Database, cast: Cast) -> None:
    content = (
        kit.start(),
        kit.task("fill", groups="客服专员", irreversible="true"),
        kit.task("judge", groups="主管领导", **APPROVE),
        kit.end(),
        kit.chain("started", "fill", "judge", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("bound", *content))
    case = kit.begin(database, cast.outsider, "bound")
    task = kit.open_task(database, case, "fill")
    kit.complete(database, cast.clerk, case, "fill")
    assert offered(database, cast.manager, case, "judge") == []
    with pytest.raises(errors.Conflict, match="cannot be taken back any more"):
        send_back(database, cast.manager, case, "judge", "fill")
    with database.transaction("acme") as session, pytest.raises(errors.Conflict, match="cannot be taken back any more"):
        taking_back.withdraw(session, cast.clerk, task, now=kit.NOW)


def test_who_does_not_hold_the_task_sends_nothing_back(database: databases.Database, cast: Cast) -> None:
    case = at_judge(database, cast)
    for by, refusal in ((cast.clerk, errors.Forbidden), (cast.head, errors.Forbidden), (cast.stranger, errors.NotFound)):
        with pytest.raises(refusal):
            send_back(database, by, case, "judge", "fill")
    assert kit.open_elements(database, case) == ["judge"]
