"""Who is told of what: each kind of notice, to whom it goes and to whom it does not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.announcing import making
from engine.background.worker import Worker
from engine.storage import database as databases
from engine.storage.models import Notice, RoleGrant
from engine.verbs import user_tasks
from engine.verbs.approvals import consulting, deputies, handing, signers
from engine.verbs.approvals.back import returns
from engine.verbs.operating import skipping
from engine.verbs.organisation import departments
from engine.verbs.running import process_instances
from engine.verbs.sharing import comments, copies, following, urging
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world

LATER = kit.NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def hook(here: databases.Database, people: Cast) -> int:
    """A web hook that takes every kind at once; nothing is sent, only made."""
    return world.channel(here, "hook", url="https://hook.example/", secret="a secret of sixteen")


def made(database: databases.Database, now: datetime = LATER) -> list[tuple[str, str]]:
    """Kind and reader of what was made since the last look."""
    before = {each.key for each in world.outgoing(database)}
    while making.make_due(database, now=now):
        pass
    return sorted((each.kind, each.username) for each in world.outgoing(database) if each.key not in before)


def two_steps(database: databases.Database, cast: Cast, second: str = "", **settings: Any) -> int:
    """A case that waits at its first step, `a`, for the clerk; the second, `b`, is the head's."""
    steps = kit.start() + kit.task("a", assignee="clerk") + (second or kit.task("b", assignee="head")) + kit.end()
    kit.deploy(database, cast.owner, kit.diagram("p", steps, kit.chain("started", "a", "b", "done"), **settings))
    key = kit.begin(database, cast.manager, "p")
    assert made(database) == [("new_work", "clerk")]
    return key


def test_who_has_the_next_step_is_told_and_no_one_twice(here: databases.Database, people: Cast) -> None:
    key = two_steps(here, people)
    kit.complete(here, people.clerk, key, "a", now=LATER)
    assert made(here) == [("new_work", "head")]
    assert made(here) == []
    kit.complete(here, people.head, key, "b", now=LATER)
    assert made(here) == [("result", "manager")]


@pytest.mark.parametrize(
    ("verb", "given", "told"),
    [
        (handing.transfer, ("head", "出差一周"), "陈办事转给您办理。出差一周"),
        (signers.delegate, ("head", "请先核价"), "陈办事委派您办理，办完交回。请先核价"),
        (signers.add_signer, ("before", ["head"], "请把关"), "陈办事请您加签。请把关"),
    ],
)
def test_who_gets_a_task_from_somebody_reads_from_whom_and_why(
    here: databases.Database, people: Cast, verb: Any, given: tuple[Any, ...], told: str
) -> None:
    steps = kit.start() + kit.task("a", assignee="clerk", kind="approve") + kit.end()
    kit.deploy(here, people.owner, kit.diagram("p", steps, kit.chain("started", "a", "done")))
    key = kit.begin(here, people.manager, "p")
    made(here)
    with here.transaction("acme") as session:
        verb(session, people.clerk, kit.open_task(here, key, "a"), *given, now=LATER)
    assert made(here) == [("new_work", "head")]
    (row,) = world.outgoing(here, username="head")
    assert row.facts["said"]["zh_Hans"] == told and "陈办事" in row.facts["said"]["en"]


@pytest.mark.parametrize(
    ("outcome", "said"), [("reject", "何负责受您委派，不同意。价格偏高"), ("approve", "何负责已代您办理并交回。价格偏高")]
)
def test_what_comes_back_from_a_delegate_is_told_with_what_he_came_to(
    here: databases.Database, people: Cast, outcome: str, said: str
) -> None:
    steps = kit.start() + kit.task("a", assignee="clerk", kind="approve") + kit.end()
    kit.deploy(here, people.owner, kit.diagram("p", steps, kit.chain("started", "a", "done")))
    key = kit.begin(here, people.manager, "p")
    made(here)
    with here.transaction("acme") as session:
        signers.delegate(session, people.clerk, kit.open_task(here, key, "a"), "head", "请代看", now=LATER)
    made(here)
    then = LATER + timedelta(minutes=5)
    kit.complete(here, people.head, key, "a", outcome=outcome, opinion="价格偏高", now=then)
    assert made(here, then) == [("new_work", "clerk")]
    assert world.outgoing(here, username="clerk")[-1].facts["said"]["zh_Hans"] == said
    assert made(here, then) == []


def test_a_new_head_is_told_why_the_task_is_his(here: databases.Database, people: Cast) -> None:
    steps = kit.start() + kit.task("a", users='=[head of("service")]') + kit.end() + kit.chain("started", "a", "done")
    kit.deploy(here, people.owner, kit.diagram("headed", steps))
    kit.begin(here, people.manager, "headed")
    assert made(here) == [("new_work", "head")]
    with here.transaction("acme") as session:
        departments.alter(
            session, people.owner, "service", departments.DepartmentValues("客服部", "office", "clerk2"), now=LATER
        )
    Worker(here, lambda: LATER, "w").run_once()
    assert ("new_work", "clerk2") in made(here, LATER + timedelta(minutes=5))
    [one] = world.outgoing(here, username="clerk2", kind="new_work")
    [place] = world.outgoing(here, username="clerk2", kind="told")
    assert "部门负责人" in place.facts["subject"]["zh_Hans"]
    assert "现任人员" in one.facts["said"]["zh_Hans"]


def test_a_group_is_offered_work_but_whoever_made_it_is_not_told(here: databases.Database, people: Cast) -> None:
    key = two_steps(here, people, kit.task("b", groups="客服专员"))
    kit.complete(here, people.clerk, key, "a", now=LATER)
    assert made(here) == [("offered", "clerk2")]
    with here.transaction("acme") as session:
        user_tasks.claim(session, people.clerk2, kit.open_task(here, key, "b"), now=LATER)
    assert made(here) == []


def test_a_deputy_is_told_of_the_work_of_whoever_is_away_and_of_begin_and_end(here: databases.Database, people: Cast) -> None:
    begins, ends = kit.NOW + timedelta(hours=1), kit.NOW + timedelta(days=2)
    with here.transaction("acme") as session:
        deputies.set_up(session, people.head, "clerk2", begins_at=begins, ends_at=ends, now=kit.NOW)
    assert made(here) == [("deputy", "clerk2")]
    clock = [begins]
    worker = Worker(here, lambda: clock[0])
    worker.run_once()
    assert made(here, begins) == [("deputy", "clerk2"), ("deputy", "head")]
    key = two_steps(here, people)
    kit.complete(here, people.clerk, key, "a", now=begins)
    assert made(here, begins) == [("new_work", "clerk2"), ("new_work", "head")]
    clock[0] = ends
    worker.run_once()
    assert made(here, ends) == [("deputy", "clerk2"), ("deputy", "head")]


def absences(database: databases.Database) -> dict[str, str]:
    """Who was told in the page that work waits for somebody who is away, and how."""
    return {each.username: each.body for each in kit.rows(database, Notice, kind="deputy") if "等待外出人员" in each.subject}


def away(database: databases.Database, by: Any, deputy: str, **given: Any) -> None:
    period = {"begins_at": kit.NOW, "ends_at": kit.NOW + timedelta(days=7), "now": kit.NOW, **given}
    with database.transaction("acme") as session:
        deputies.set_up(session, by, deputy, **period)


def test_what_comes_for_somebody_away_and_is_closed_to_his_deputy_is_told_to_both_him_and_the_manager(
    here: databases.Database, people: Cast
) -> None:
    steps = kit.start() + kit.task("a", assignee="clerk") + kit.task("b", groups="主管领导", kind="approve") + kit.end()
    flows = kit.chain("started", "a", "b", "done")
    kit.deploy(here, people.owner, kit.diagram("p", steps, flows, managers=["部门负责人"]))
    away(here, people.manager, "clerk2")  # alone in his group
    made(here)
    free, closed = kit.begin(here, people.head, "p"), kit.begin(here, people.clerk2, "p")
    kit.complete(here, people.clerk, free, "a", now=LATER)
    made(here)
    assert absences(here) == {}
    kit.complete(here, people.clerk, closed, "a", now=LATER)
    assert made(here) == [("deputy", "head"), ("deputy", "manager"), ("offered", "manager")]
    told = absences(here)
    assert set(told) == {"head", "manager"}
    assert "毛经理外出，代理人不能代办（程办事：代理人是发起人）" in told["head"]
    with here.transaction("acme") as session:
        user_tasks.claim(session, world.today(session, "manager"), kit.open_task(here, closed, "b"), now=LATER)
    assert ("deputy", "head") not in made(here)  # once


def test_a_deputy_who_signs_himself_is_kept_from_the_other_signature_and_that_is_told(
    here: databases.Database, people: Cast
) -> None:
    fork, join = kit.node("parallelGateway", "fork"), kit.node("parallelGateway", "join")
    one, two = kit.task("one", assignee="head", separate_from="two"), kit.task("two", assignee="manager", separate_from="one")
    ways = (kit.chain("started", "fork", "one", "join", "done"), kit.chain("fork", "two", "join"))
    kit.deploy(here, people.owner, kit.diagram("both", kit.start(), fork, one, two, join, kit.end(), *ways))
    away(here, people.manager, "head")
    key = kit.begin(here, people.clerk, "both")
    made(here)
    assert absences(here) == {}
    kit.complete(here, people.head, key, "one", now=LATER)
    made(here)
    assert set(absences(here)) == {"manager", "owner"}
    assert "不得由同一人办理" in absences(here)["owner"]


def test_a_deputy_is_not_written_to_about_what_he_may_not_take(here: databases.Database, people: Cast) -> None:
    two_steps(here, people, managers=["主管领导"])  # begun by the manager, at its first step
    away(here, people.head, "manager")
    key = kit.begin(here, people.manager, "p")
    made(here)
    kit.complete(here, people.clerk, key, "a", now=LATER)
    assert made(here) == [("deputy", "head"), ("deputy", "manager"), ("new_work", "head")]
    with here.transaction("acme") as session:
        assert urging.urge(session, people.manager, key, now=LATER) == ["head"]


def test_when_an_absence_begins_the_manager_hears_what_nobody_can_do_till_its_end(
    here: databases.Database, people: Cast
) -> None:
    key = two_steps(here, people, managers=["主管领导"])
    begins = kit.NOW + timedelta(hours=1)
    away(here, people.head, "manager", begins_at=begins)
    kit.complete(here, people.clerk, key, "a", now=kit.NOW + timedelta(minutes=1))
    made(here)
    assert absences(here) == {}  # he is still here
    Worker(here, lambda: begins, "w").run_once()
    [told] = [each for each in kit.rows(here, Notice, username="manager") if "无人能代办" in each.subject]
    assert "“b”" in told.body and "毛经理：代理人是发起人" in told.body
    assert [each.subject for each in kit.rows(here, Notice, username="head") if "无人能代办" in each.subject]


def test_what_people_do_beside_a_step_is_told_to_whom_it_is_for(here: databases.Database, people: Cast) -> None:
    key = two_steps(here, people, managers=["主管领导"])
    task = kit.open_task(here, key, "a")
    with here.transaction("acme") as session:
        urging.urge(session, people.manager, key, "请快一点", now=LATER)
    assert made(here) == [("urged", "clerk")]
    with here.transaction("acme") as session:
        copies.copy_to(session, people.clerk, key, ["clerk2"], "供参考", now=LATER)
        comments.add(session, people.clerk, key, "请看", mentioned=["head"], now=LATER)
        consulting.consult(session, people.clerk, task, ["owner"], "怎么办", now=LATER)
    assert made(here) == [("asked", "owner"), ("copied", "clerk2"), ("mentioned", "head")]
    with here.transaction("acme") as session:
        handing.transfer(session, people.clerk, task, "clerk2", "出差", now=LATER)
    assert made(here) == [("new_work", "clerk2")]


def test_what_was_sent_back_is_told_as_that_and_not_as_new_work(here: databases.Database, people: Cast) -> None:
    key = two_steps(here, people, kit.task("b", assignee="head", kind="approve", **{"return": "any"}))
    kit.complete(here, people.clerk, key, "a", now=kit.NOW + timedelta(minutes=1))
    assert made(here) == [("new_work", "head")]
    with here.transaction("acme") as session:
        returns.return_task(session, people.head, kit.open_task(here, key, "b"), "a", "金额不对", now=LATER)
    assert made(here) == [("returned", "clerk")]
    (told,) = world.outgoing(here, kind="returned")
    assert (told.facts["who"], told.facts["said"], told.task_key) == ("head", "金额不对", kit.open_task(here, key, "a"))


def test_due_soon_and_overdue_reach_who_holds_it(here: databases.Database, people: Cast) -> None:
    key = two_steps(here, people, kit.task("b", assignee="head", due="2d", warn="1d", escalate="group:主管领导"))
    kit.complete(here, people.clerk, key, "a", now=kit.NOW)
    made(here)
    (task,) = kit.rows(here, user_tasks.UserTask, element_id="b")
    clock = [task.warn_at]
    worker = Worker(here, lambda: clock[0])
    worker.run_once()
    assert made(here, clock[0]) == [("due_soon", "head")]
    clock[0] = task.due_at
    worker.run_once()
    assert made(here, clock[0]) == [("overdue", "head"), ("overdue", "manager")]
    assert {each.task_key for each in world.outgoing(here, kind="overdue")} == {task.key}


def test_whom_a_case_is_about_hears_of_no_limit_of_it(here: databases.Database, people: Cast) -> None:
    """He is in the group that it is offered to, and among those whom the diagram tells when it is late."""
    step = kit.task("a", groups="客服专员", due="2d", warn="1d", escalate="group:客服专员", recused="=accused", remind="1d")
    steps = kit.start(form="complaint") + step + kit.end() + kit.chain("started", "a", "done")
    form = kit.form("complaint", kit.text_field("accused"))
    kit.deploy(here, people.owner, form, kit.diagram("p", steps))
    kit.begin(here, people.outsider, "p", {"accused": "clerk"})
    assert made(here) == [("offered", "clerk2")]
    (task,) = kit.rows(here, user_tasks.UserTask)
    clock = [task.warn_at]
    worker = Worker(here, lambda: clock[0])
    for moment in (task.warn_at, task.due_at, task.due_at + timedelta(days=1)):
        clock[0] = moment
        while worker.run_once():
            pass
        assert {reader for _kind, reader in made(here, moment)} == {"clerk2"}
    with here.transaction("acme") as session:
        case = task.instance_key
        skipping.skip(session, people.owner, case, task.token, {}, reason="不办了", now=clock[0])
    assert [each.subject for each in kit.rows(here, Notice, username="clerk")] == []


def test_followers_hear_of_progress_once_they_may_see_it(here: databases.Database, people: Cast) -> None:
    key = two_steps(here, people, visible_to=["客服专员"])
    with here.transaction("acme") as session:
        following.follow(session, people.clerk2, key, now=kit.NOW)
        following.follow(session, people.manager, key, now=kit.NOW)
    kit.complete(here, people.clerk, key, "a", now=LATER)
    assert made(here) == [("followed", "clerk2"), ("followed", "manager"), ("new_work", "head")]
    assert {each.kind for each in kit.rows(here, Notice, username="clerk2")} == {"followed"}  # in the page too
    with here.transaction("acme") as session:
        process_instances.cancel(session, people.manager, key, "不办了", now=LATER)
    assert ("followed", "clerk2") in (told := made(here))
    assert ("followed", "manager") not in told  # he did it himself


def test_an_incident_is_told_to_operators_and_managers_once_an_hour(here: databases.Database, people: Cast) -> None:
    with here.transaction("acme") as session:
        given = {"granted_by": "owner", "granted_at": kit.NOW}
        session.add(RoleGrant(company_id="acme", username="outsider", role="operator", scope="", **given))
    steps = kit.start() + kit.call("s", "nowhere") + kit.end()
    kit.deploy(here, people.owner, kit.diagram("q", steps, kit.chain("started", "s", "done"), managers=["主管领导"]))
    for _ in range(3):
        kit.begin(here, people.clerk, "q")
    assert made(here) == [("incident", "manager"), ("incident", "outsider")]
    assert sorted(each.username for each in kit.rows(here, Notice, kind="incident")) == ["manager", "outsider"]
    kit.begin(here, people.clerk, "q", now=LATER + timedelta(hours=1))
    assert made(here, LATER + timedelta(hours=1)) == [("incident", "manager"), ("incident", "outsider")]


def test_signers_in_turn_are_told_when_their_turn_comes(here: databases.Database, people: Cast) -> None:
    key = two_steps(here, people, kit.task("b", users="head,manager,owner", kind="approve", rule="sequential"))
    kit.complete(here, people.clerk, key, "a", now=kit.NOW + timedelta(minutes=1))
    assert made(here) == [("new_work", "head")]
    kit.complete(here, people.head, key, "b", outcome="approve", now=LATER)
    assert made(here) == [("new_work", "manager")]
    with here.transaction("acme") as session:
        signers.add_signer(session, people.manager, kit.open_task(here, key, "b"), "before", ["clerk2"], "请先看", now=LATER)
    assert made(here) == [("new_work", "clerk2")]


def test_a_company_without_channels_goes_on_and_tells_nothing_later(here: databases.Database, people: Cast, hook: int) -> None:
    from engine.announcing import configuring

    with here.transaction("acme") as session:
        configuring.remove_channel(session, world.today(session, "owner"), hook, now=kit.NOW)
    kit.deploy(here, people.owner, *kit.two_steps())
    kit.begin(here, people.clerk, "two_steps", {"subject": "x"})
    assert made(here) == []
    world.channel(here, "hook", url="https://hook.example/", secret="a secret of sixteen")
    assert made(here) == []
