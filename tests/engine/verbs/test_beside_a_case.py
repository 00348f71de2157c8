"""What people do beside acting on a case: copies, remarks, following, links; holding it up, ending it, starting it again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import errors
from engine.background.worker import Worker
from engine.cases import history
from engine.cases.rights import access
from engine.deadlines import suspending
from engine.execution import copied
from engine.people import actors, organisation
from engine.people.actors import SYSTEM, Actor
from engine.queries.cases import offered
from engine.storage import database as databases
from engine.storage import locking, models
from engine.verbs import user_tasks
from engine.verbs.running import ending, messages, restarting, service_jobs
from engine.verbs.sharing import comments, copies, following, linking, urging
from tests import cast as casting
from tests.cast import Cast
from tests.engine import kit

NOW = kit.NOW
HOUR = timedelta(hours=1)


def do(database: databases.Database, verb: Any, by: Actor, *given: Any, **values: Any) -> Any:
    with database.transaction(by.company_id) as session:
        return verb(session, by, *given, **({"now": NOW} | values))


def begin(database: databases.Database, cast: Cast, **settings: Any) -> int:
    kit.deploy(database, cast.owner, *kit.two_steps(**settings))
    return kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})


def sees(database: databases.Database, by: Actor, key: int) -> bool:
    with database.reading("acme") as session:
        return access.may_see(session, by, session.get_one(models.ProcessInstance, key))


def kinds(database: databases.Database, key: int) -> list[str]:
    with database.reading() as session:
        assert history.verify(session, key) == []
    return [each.kind for each in kit.rows(database, models.HistoryEvent, instance_key=key)]


# Copies


def test_a_copy_lets_its_reader_see_the_case_and_say_something(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    assert not sees(database, cast.manager, key)
    assert do(database, copies.copy_to, cast.clerk, key, ["manager", "manager"], "请阅").readers == ["manager"]
    do(database, copies.copy_to, cast.clerk, key, ["主管领导"])  # the same person once
    (row,) = kit.rows(database, models.CarbonCopy)
    assert (row.username, row.sent_by, row.read_at) == ("manager", "clerk", None) and sees(database, cast.manager, key)
    do(database, copies.read, cast.manager, key)
    assert kit.rows(database, models.CarbonCopy)[0].read_at == NOW
    assert [each.subject for each in kit.notices(database, username="manager")] == [
        f"抄送：流程 two_steps（{kit.instance(database, key).number}）"
    ]
    with pytest.raises(errors.Forbidden, match="takes part"):
        do(database, copies.copy_to, cast.manager, key, ["outsider"])
    with pytest.raises(errors.NotFound):
        do(database, copies.copy_to, cast.outsider, key, ["outsider"])
    with pytest.raises(errors.Invalid) as refused:
        do(database, copies.copy_to, cast.clerk, key, ["nobody"])
    assert "people" in refused.value.fields


def test_a_reader_gets_the_words_of_another_copy_and_has_it_unread(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    do(database, comments.add, cast.clerk, key, "请看", mentioned=["manager"])  # who is mentioned becomes a reader
    do(database, copies.read, cast.manager, key)
    do(database, copies.remark, cast.manager, key, "已阅")
    do(database, copies.copy_to, cast.clerk, key, ["manager"], "合同有改动")
    (row,) = kit.rows(database, models.CarbonCopy)
    assert (row.note, row.read_at, row.comment) == ("合同有改动", None, "已阅")
    told = [each.body for each in kit.notices(database, username="manager", kind="copied")]
    assert len(told) == 1 and "合同有改动" in told[0]
    do(database, copies.copy_to, cast.clerk, key, ["manager"], "合同有改动")  # the same once more, not read yet
    assert len(kit.notices(database, username="manager", kind="copied")) == 1


def test_line_20_opinions_of_readers_are_neither_lost_nor_on_the_form(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    do(database, copies.copy_to, cast.clerk, key, ["manager"])
    with pytest.raises(errors.Forbidden, match="no copy"):
        do(database, copies.remark, cast.clerk2, key, "也说一句")
    kit.complete(database, cast.clerk, key, "a", {"answer": "y"})
    kit.complete(database, cast.head, key, "b")
    do(database, copies.remark, cast.manager, key, "已阅,建议存档")  # after the end, too
    assert kit.rows(database, models.CarbonCopy)[0].comment == "已阅,建议存档"
    assert kinds(database, key)[-1] == "remarked"
    with database.reading() as session:
        session.expire_all()
        tokens = session.get_one(models.ProcessInstance, key).tokens
    assert "已阅" not in models.dumps(tokens)


def test_line_24_many_copies_are_written_after_the_commit_while_somebody_holds_the_case(
    postgres_database: databases.Database,
) -> None:
    database, cast = postgres_database, casting.assemble(postgres_database)
    key, many = begin(database, cast), [f"p{n}" for n in range(120)]
    with database.transaction() as session:
        session.add_all(models.Person(company_id="acme", username=name, name=name) for name in many)
        session.add_all(models.Membership(company_id="acme", group_name="全员", username=name) for name in many)
        organisation.changed(session, "acme")
    with database.reading() as session:
        clerk = actors.load(session, "acme", "clerk")
    assert clerk is not None and len(do(database, copies.copy_to, clerk, key, ["全员"]).readers) == 120
    assert kit.rows(database, models.CarbonCopy) == []
    (job,) = kit.rows(database, models.Job, type=copied.DELIVER)
    with database.transaction() as holder:
        locking.instance(holder, key)
        with database.transaction() as session:
            session.connection().exec_driver_sql("SET LOCAL lock_timeout = '5s'")  # would wait here for ever
            copied.deliver(session, job.payload, now=NOW)
    assert len(kit.rows(database, models.CarbonCopy)) == len(kit.notices(database, kind="copied")) == 120


# Remarks, following, links


def test_a_remark_mentions_people_who_may_then_read(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    do(database, comments.add, cast.clerk, key, "请看一下附件", mentioned=["manager"])
    event = kit.rows(database, models.HistoryEvent, instance_key=key, kind="commented")[0]
    assert event.data["values"] == {"comment": "请看一下附件", "mentions": ["manager"]}
    assert sees(database, cast.manager, key) and len(kit.notices(database, username="manager")) == 1
    for given in ({"text": " "}, {"text": "x", "mentioned": ["nobody"]}, {"text": "x" * 5000}):
        with pytest.raises(errors.Invalid):
            do(database, comments.add, cast.clerk, key, **given)


def test_a_name_typed_behind_an_at_is_a_mention_and_one_of_nobody_is_told(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    for text in ("@毛经理请看，另见 a.b@example.com", "请@manager 看", "＠毛经理"):
        do(database, comments.add, cast.clerk, key, text)
    assert [row.kind for row in kit.notices(database, username="manager")] == ["mentioned"] * 3
    assert sees(database, cast.manager, key)
    for wrong in ("@韩国栋 请看", "请 @manager2 看"):
        with pytest.raises(errors.Invalid, match="names nobody") as refused:
            do(database, comments.add, cast.clerk, key, wrong)
        assert "text" in refused.value.fields
    do(database, comments.add, cast.clerk, key, "单价 @ 3 元，@123")
    assert len(kit.rows(database, models.HistoryEvent, instance_key=key, kind="commented")) == 4


def test_no_copy_or_mention_leads_to_whom_the_case_is_about(database: databases.Database, cast: Cast) -> None:
    recused = kit.task("a", groups="客服专员", recused='="head"')
    kit.deploy(database, cast.owner, kit.diagram("about", kit.start(), recused, kit.end(), kit.chain("started", "a", "done")))
    key = kit.begin(database, cast.clerk, "about")
    with pytest.raises(errors.Invalid, match="何负责 must not see"):
        do(database, copies.copy_to, cast.clerk, key, ["部门负责人"])
    with pytest.raises(errors.Invalid, match="何负责 must not see"):
        do(database, comments.add, cast.clerk, key, "x", mentioned=["head"])
    assert kit.rows(database, models.CarbonCopy) == []


def test_following_is_for_who_sees_the_case(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    for _ in range(2):
        do(database, following.follow, cast.clerk2, key)
    assert len(kit.rows(database, models.Follower)) == 1
    with pytest.raises(errors.NotFound):
        do(database, following.follow, cast.outsider, key)
    with database.transaction("acme") as session:
        following.unfollow(session, cast.clerk2, key)
    assert kit.rows(database, models.Follower) == []


def test_links_are_made_and_undone_by_who_takes_part(database: databases.Database, cast: Cast) -> None:
    one = begin(database, cast)
    two = kit.begin(database, cast.clerk, "two_steps", {"subject": "y"})
    number = kit.instance(database, two).number
    do(database, linking.link, cast.clerk, one, f" {number} ")
    assert kinds(database, one)[-1] == kinds(database, two)[-1] == "linked"
    for given, told in ((number, "already"), ("NO-1", "no case NO-1"), (kit.instance(database, one).number, "itself")):
        with pytest.raises(errors.Invalid, match=told):
            do(database, linking.link, cast.clerk, one, given)
    do(database, linking.unlink, cast.clerk2, two, one)
    assert kit.rows(database, models.CaseLink) == []


# Ending


def test_a_manager_ends_a_case_by_force(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast, managers=["主管领导"])
    for by in (cast.clerk, cast.clerk2):
        with pytest.raises(errors.Forbidden):
            do(database, ending.terminate, by, key, "不办了")
    with pytest.raises(errors.Invalid):
        do(database, ending.terminate, cast.manager, key, " ")
    do(database, ending.terminate, cast.manager, key, "业务取消")
    row = kit.instance(database, key)
    assert (row.state, row.ended_as, row.ended_reason) == ("cancelled", "terminated", "业务取消")
    assert "terminated" in kinds(database, key) and kit.open_elements(database, key) == []
    with pytest.raises(errors.Conflict):
        do(database, ending.terminate, cast.manager, key, "再来一次")


def test_a_case_is_declared_void_running_or_over(database: databases.Database, cast: Cast) -> None:
    running = begin(database, cast, initiator_may_cancel=True)
    do(database, ending.void, cast.clerk, running, "填错了")
    assert (kit.instance(database, running).state, kit.instance(database, running).ended_as) == ("cancelled", "void")
    over = kit.begin(database, cast.clerk, "two_steps", {"subject": "y"})
    kit.complete(database, cast.clerk, over, "a", {"answer": "y"})
    kit.complete(database, cast.head, over, "b")
    with pytest.raises(errors.Forbidden):
        do(database, ending.void, cast.head, over, "x")
    do(database, ending.void, cast.owner, over, "重复提交")
    row = kit.instance(database, over)
    assert (row.state, row.ended_as, row.ended_reason) == ("completed", "void", "重复提交")
    with pytest.raises(errors.Conflict, match="void already"):
        do(database, ending.void, cast.owner, over, "x")
    third = kit.begin(database, cast.clerk, "two_steps", {"subject": "z"})
    assert kit.instance(database, third).number not in (row.number, kit.instance(database, running).number)


def test_what_cannot_be_taken_back_is_neither_ended_nor_void_nor_opened_again(database: databases.Database, cast: Cast) -> None:
    done = kit.task("a", groups="客服专员", irreversible="true")
    flow = (kit.start(), done, kit.task("b", groups="部门负责人"), kit.end(), kit.chain("started", "a", "b", "done"))
    kit.deploy(database, cast.owner, kit.diagram("gone", *flow))
    key = kit.begin(database, cast.clerk, "gone")
    kit.complete(database, cast.clerk, key, "a")
    for verb in (ending.terminate, ending.void):
        with pytest.raises(errors.Conflict, match="cannot be taken back"):
            do(database, verb, cast.owner, key, "x")
    kit.complete(database, cast.head, key, "b")
    for verb in (ending.void, restarting.reopen):
        with pytest.raises(errors.Conflict, match="cannot be taken back"):
            do(database, verb, cast.owner, key, "x")
    assert kit.instance(database, key).ended_as is None


# Holding up


def test_what_can_only_be_finished_is_not_held_up(database: databases.Database, cast: Cast) -> None:
    steps = (kit.task("burn", groups="客服专员", irreversible="true"), kit.task("sign", groups="客服专员"))
    kit.deploy(
        database, cast.owner, kit.diagram("bound", kit.start(), *steps, kit.end(), kit.chain("started", "burn", "sign", "done"))
    )
    key = kit.begin(database, cast.clerk, "bound")
    kit.complete(database, cast.clerk, key, "burn")
    with pytest.raises(errors.Conflict, match="can only be finished"):
        do(database, suspending.suspend, cast.owner, key, "x")
    with database.reading("acme") as session:
        offers = offered.on_case(session, cast.owner, session.get_one(models.ProcessInstance, key), now=NOW)
    assert "suspend" not in [each.name for each in offers]


def offers_on(database: databases.Database, by: Actor, key: int) -> set[str]:
    with database.reading("acme") as session:
        offers = offered.on_case(session, by, session.get_one(models.ProcessInstance, key), now=NOW)
    return {each.name for each in offers} & {"urge", "assign", "choose_voters"}


def test_nobody_is_urged_and_nothing_handed_over_where_nobody_holds_the_case(
    sqlite_database: databases.Database,
) -> None:
    database, cast = sqlite_database, casting.assemble(sqlite_database)
    pause = kit.node("intermediateCatchEvent", "pause", inner=kit.timer("timeDuration", "P1D"))
    steps = (kit.task("wait", assignee="clerk"), pause, kit.task("judge", users="clerk2,head", kind="approve", rule="all"))
    flow = (kit.start(), *steps, kit.end(), kit.chain("started", "wait", "pause", "judge", "done"))
    kit.deploy(database, cast.owner, kit.diagram("paused", *flow))
    key = kit.begin(database, cast.outsider, "paused")
    assert offers_on(database, cast.outsider, key) == {"urge"} and offers_on(database, cast.owner, key) == {"urge", "assign"}
    kit.complete(database, cast.clerk, key, "wait")
    assert offers_on(database, cast.outsider, key) == set() == offers_on(database, cast.owner, key)
    own = kit.begin(database, cast.clerk, "paused")  # he waits for himself alone
    assert offers_on(database, cast.clerk, own) == set() and offers_on(database, cast.owner, own) == {"urge", "assign"}


def test_a_step_of_several_that_nobody_was_found_for_is_given_to_several_not_to_one(
    sqlite_database: databases.Database,
) -> None:
    database, cast = sqlite_database, casting.assemble(sqlite_database)
    step = kit.task("judge", users='=[string join(["no", "body"])]', kind="approve", rule="all")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "judge", "done")))
    key = kit.begin(database, cast.clerk, "p")
    assert offers_on(database, cast.owner, key) == {"choose_voters"} and offers_on(database, cast.clerk, key) == set()


def held_up(database: databases.Database, cast: Cast) -> int:
    timed = kit.boundary("late", "wait", kit.timer("timeDuration", "PT2H"), interrupting=False)
    catch = kit.node("intermediateCatchEvent", "heard", inner='<bpmn:messageEventDefinition messageRef="m"/>', extension="")
    fork, join = kit.node("parallelGateway", "fork"), kit.node("parallelGateway", "join")
    flow = (
        kit.start(),
        fork,
        kit.task("wait", groups="客服专员", due="PT5H", warn="PT1H"),
        kit.task("fixed", groups="客服专员", due="2026-03-20"),
        kit.service("outside", "erp.book"),
        catch,
        join,
        timed,
        kit.task("told", groups="部门负责人"),
        kit.end("late_end"),
        kit.end(),
        kit.chain("started", "fork", "wait", "join", "done"),
        kit.chain("fork", "fixed", "join"),
        kit.chain("fork", "outside", "join"),
        kit.chain("fork", "heard", "join"),
        kit.chain("late", "told", "late_end"),
    )
    beside = kit.message("m", "paid", '="k"')
    kit.deploy(database, cast.owner, kit.diagram("paused", *flow, beside=beside))
    return kit.begin(database, cast.clerk, "paused")


def test_a_case_that_is_held_up_rests_and_goes_on_with_the_time_it_had(database: databases.Database, cast: Cast) -> None:
    key = held_up(database, cast)
    task = kit.open_task(database, key, "wait")
    (job,) = do(database, service_jobs.activate, cast.owner, "erp.book", 1, timeout=HOUR, worker="w")
    do(database, suspending.suspend, cast.owner, key, "等待法院通知", now=NOW + HOUR)
    for verb, given in ((user_tasks.claim, (task,)), (user_tasks.complete, (task, {})), (user_tasks.save_draft, (task, {}))):
        with pytest.raises(errors.Conflict, match="欧流程 suspended this case on 2 Mar 2026, 10:00: 等待法院通知"):
            do(database, verb, cast.clerk, *given)
    with pytest.raises(errors.Conflict, match="suspended"):
        do(database, service_jobs.complete, cast.owner, job.key, {})
    assert do(database, service_jobs.activate, cast.owner, "erp.book", 1, timeout=HOUR, worker="w", now=NOW + 3 * HOUR) == []
    for _ in range(2):
        Worker(database, lambda: NOW + 30 * HOUR).run_once()
    assert kit.open_elements(database, key) == ["fixed", "wait"]
    assert do(database, messages.publish, SYSTEM("acme"), "paid", "k", {}).instance_keys == []
    with pytest.raises(errors.Conflict, match="suspended"):
        do(database, messages.correlate, SYSTEM("acme"), "paid", "k", {})
    with pytest.raises(errors.Conflict, match="suspended"):
        do(database, urging.urge, cast.clerk, key, now=NOW + 30 * HOUR)
    do(database, suspending.resume, cast.owner, key, now=NOW + 31 * HOUR)
    rows = {each.element_id: each for each in kit.rows(database, models.UserTask, instance_key=key)}
    assert rows["wait"].due_at == NOW + 35 * HOUR and rows["wait"].warn_at == NOW + 34 * HOUR
    assert rows["fixed"].due_at is not None and rows["fixed"].due_at.day == 20
    assert kit.rows(database, models.WorkItem, user_task_key=task)[0].sort_due == NOW + 35 * HOUR
    (timer,) = kit.rows(database, models.Timer, instance_key=key)
    assert timer.due_at == NOW + 32 * HOUR
    for _ in range(2):
        Worker(database, lambda: NOW + 33 * HOUR).run_once()
    assert kit.open_elements(database, key) == ["fixed", "told", "wait"]
    assert kit.rows(database, models.Subscription, instance_key=key) == []  # the message has come
    (job,) = do(database, service_jobs.activate, cast.owner, "erp.book", 1, timeout=HOUR, worker="w", now=NOW + 33 * HOUR)
    do(database, service_jobs.complete, cast.owner, job.key, {}, now=NOW + 33 * HOUR)
    assert kinds(database, key).count("suspended") == kinds(database, key).count("resumed") == 1


def test_a_whole_tree_is_held_up_at_once(database: databases.Database, cast: Cast) -> None:
    below = (kit.start(), kit.task("inner", groups="客服专员"), kit.end(), kit.chain("started", "inner", "done"))
    above = (kit.start(), kit.call("calls", "below"), kit.end(), kit.chain("started", "calls", "done"))
    kit.deploy(database, cast.owner, kit.diagram("below", *below), kit.diagram("above", *above))
    key = kit.begin(database, cast.clerk, "above")
    (child,) = kit.rows(database, models.ProcessInstance, parent_key=key)
    task = kit.open_task(database, child.key, "inner")
    with pytest.raises(errors.Conflict, match="called by another"):
        do(database, suspending.suspend, cast.owner, child.key, "x")
    do(database, suspending.suspend, cast.owner, key, "x")
    with pytest.raises(errors.Conflict, match="suspended this case"):
        do(database, user_tasks.complete, cast.clerk, task, {})
    do(database, suspending.resume, cast.owner, key)
    do(database, user_tasks.complete, cast.clerk, task, {})
    assert kit.instance(database, key).state == "completed"


def test_who_may_not_manage_holds_nothing_up_and_nobody_twice(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    for by, refusal in ((cast.clerk, errors.Forbidden), (cast.outsider, errors.NotFound)):
        with pytest.raises(refusal):
            do(database, suspending.suspend, by, key, "x")
    with pytest.raises(errors.Conflict, match="not suspended"):
        do(database, suspending.resume, cast.owner, key)
    do(database, suspending.suspend, cast.owner, key, "x")
    with pytest.raises(errors.Conflict, match="suspended this case"):
        do(database, suspending.suspend, cast.owner, key, "x")
    do(database, ending.terminate, cast.owner, key, "不办了")
    assert kit.instance(database, key).suspended is None
