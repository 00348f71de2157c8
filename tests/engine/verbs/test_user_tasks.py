"""What people do with user tasks: claim, complete, refuse, hand on; and what is refused to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from engine import errors
from engine.background.worker import Worker
from engine.cases import history
from engine.deploying import deployment
from engine.people import actors, organisation, resolve
from engine.storage import database as databases
from engine.storage import jobs, locking, models
from engine.verbs import user_tasks
from tests.cast import Cast
from tests.engine import kit


def test_a_case_goes_from_start_to_end(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps(number="QQ-{date}-{seq:04}", title="请求"))
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "打印机"})
    assert kit.open_elements(database, key) == ["a"]
    assert kit.instance(database, key).number == "QQ-20260302-0001"
    kit.complete(database, cast.clerk2, key, "a", {"answer": "好"})
    assert kit.open_elements(database, key) == ["b"]
    kit.complete(database, cast.head, key, "b")
    ended = kit.instance(database, key)
    assert (ended.state, ended.end_event) == ("completed", "done")
    kinds = [event.kind for event in kit.rows(database, models.HistoryEvent, instance_key=key)]
    assert kinds.count("completed") == 2 and kinds[0] == "started" and kinds[-2:] == ["ended", "told"]
    with database.reading() as session:
        assert history.verify(session, key) == []


def test_a_number_is_counted_by_day(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps(number="QQ-{date}-{seq:04}"))
    first, second = (kit.begin(database, cast.clerk, "two_steps", {"subject": "x"}) for _ in range(2))
    tomorrow = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"}, now=kit.NOW + timedelta(days=1))
    numbers = [kit.instance(database, key).number for key in (first, second, tomorrow)]
    assert numbers == ["QQ-20260302-0001", "QQ-20260302-0002", "QQ-20260303-0001"]


def test_claiming_takes_the_task_from_the_others(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    task = kit.open_task(database, key, "a")
    with database.transaction("acme") as session:
        user_tasks.claim(session, cast.clerk, task, now=kit.NOW)
    with pytest.raises(errors.Conflict, match="陈办事"), database.transaction("acme") as session:
        user_tasks.claim(session, cast.clerk2, task, now=kit.NOW)
    with pytest.raises(errors.Conflict, match="陈办事"):
        kit.complete(database, cast.clerk2, key, "a", {"answer": "y"})
    [item] = kit.rows(database, models.WorkItem, user_task_key=task)
    assert (item.username, item.group_name, item.claimed_from) == ("clerk", None, "客服专员")
    with database.transaction("acme") as session:
        user_tasks.unclaim(session, cast.clerk, task, now=kit.NOW)
    kit.complete(database, cast.clerk2, key, "a", {"answer": "y"})
    assert kit.open_elements(database, key) == ["b"]


def test_a_personal_task_cannot_be_given_back(database: databases.Database, cast: Cast) -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "own", kit.start(), kit.task("mine", assignee="=initiator"), kit.end(), kit.chain("started", "mine", "done")
        ),
    )
    key = kit.begin(database, cast.clerk, "own")
    with pytest.raises(errors.Conflict), database.transaction("acme") as session:
        user_tasks.unclaim(session, cast.clerk, kit.open_task(database, key, "mine"), now=kit.NOW)


def test_a_task_says_after_which_step_it_was_given_by_that_steps_name(database: databases.Database, cast: Cast) -> None:
    check = kit.task("check", groups="客服专员").replace('name="check"', 'name="核对"')
    steps = (kit.start(), check, kit.task("again", assignee='=handler of("check")'), kit.end())
    kit.deploy(database, cast.owner, kit.diagram("twice", *steps, kit.chain("started", "check", "again", "done")))
    key = kit.begin(database, cast.clerk, "twice")
    kit.complete(database, cast.clerk, key, "check")
    [item] = kit.rows(database, models.WorkItem, user_task_key=kit.open_task(database, key, "again"))
    with database.reading("acme") as session:
        told = resolve.words(item.reason, organisation.current(session, "acme"))
    assert told == ("whoever did “%(task)s”", {"task": "核对"})


EACH = """<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>
<zeebe:loopCharacteristics inputCollection="=[1, 2]"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"""


def test_the_items_of_a_multi_instance_have_rounds_of_their_own(database: databases.Database, cast: Cast) -> None:
    checked = (
        kit.start("began"),
        kit.task("check", groups="客服专员", outcomes="submit,return"),
        kit.node("exclusiveGateway", "is_done", attributes=' default="is_done_checked"'),
        kit.end("checked"),
        kit.chain("began", "check", "is_done", "checked"),
        kit.flow("is_done", "check", '=outcome = "return"'),
    )
    items = kit.node("subProcess", "items", inner=EACH + "".join(checked))
    kit.deploy(database, cast.owner, kit.diagram("many", kit.start(), items, kit.end(), kit.chain("started", "items", "done")))
    key = kit.begin(database, cast.clerk, "many")
    kit.complete(database, cast.clerk, key, "check", outcome="return", opinion="再查")
    assert sorted(task.round for task in kit.rows(database, models.UserTask, element_id="check")) == [1, 1, 2]


def test_strangers_find_nothing_and_participants_may_not(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    kit.complete(database, cast.clerk, key, "a", {"answer": "y"})
    for actor, refusal in ((cast.stranger, errors.NotFound), (cast.outsider, errors.NotFound), (cast.clerk, errors.Forbidden)):
        task = kit.open_task(database, key, "b")
        for verb in (user_tasks.claim, user_tasks.unclaim):
            with pytest.raises(refusal), database.transaction(actor.company_id) as session:
                verb(session, actor, task, now=kit.NOW)
        with pytest.raises(refusal):
            kit.complete(database, actor, key, "b")
    assert kit.open_elements(database, key) == ["b"]


def test_a_wrong_form_is_refused_at_its_field_and_changes_nothing(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    before = len(kit.rows(database, models.HistoryEvent))
    with pytest.raises(errors.Invalid) as refused:
        kit.complete(database, cast.clerk, key, "a", {})
    assert list(refused.value.fields) == ["answer"]
    assert kit.open_elements(database, key) == ["a"]
    assert len(kit.rows(database, models.HistoryEvent)) == before


def test_done_is_done(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    task = kit.open_task(database, key, "a")
    kit.complete(database, cast.clerk, key, "a", {"answer": "y"})
    for actor, told in ((cast.clerk, "You have done this task already"), (cast.clerk2, "陈办事")):
        with pytest.raises(errors.Conflict, match=told), database.transaction("acme") as session:
            user_tasks.complete(session, actor, task, {"answer": "z"}, now=kit.NOW)
    assert kit.open_elements(database, key) == ["b"]


def test_the_next_task_of_the_same_person_is_told(database: databases.Database, cast: Cast) -> None:
    content = (kit.start(), kit.task("a", groups="客服专员"), kit.task("b", groups="客服专员"), kit.end())
    kit.deploy(database, cast.owner, kit.diagram("line", *content, kit.chain("started", "a", "b", "done")))
    key = kit.begin(database, cast.clerk, "line")
    following = kit.complete(database, cast.clerk, key, "a")
    assert following.next_task_key == kit.open_task(database, key, "b")
    assert kit.complete(database, cast.clerk, key, "b").next_task_key is None


def approval(*, result: str = "outcome", **properties: str) -> deployment.Resource:
    decide = f'={result} = "approve"'
    return kit.diagram(
        "approval",
        kit.start(),
        kit.task("ask", groups="客服专员"),
        kit.task(
            "judge", groups="部门负责人,客服专员", kind="approve", outcomes="approve,return,reject", result=result, **properties
        ),
        kit.node("exclusiveGateway", "is_approved"),
        kit.end("approved"),
        kit.end("rejected"),
        kit.chain("started", "ask", "judge", "is_approved"),
        kit.flow("is_approved", "approved", decide),
        kit.flow("is_approved", "ask", f'={result} = "return"'),
        kit.flow("is_approved", "rejected", f'={result} = "reject"'),
    )


@pytest.mark.parametrize("result", ["outcome", "verdict"])
def test_the_outcome_decides_the_way(database: databases.Database, cast: Cast, result: str) -> None:
    kit.deploy(database, cast.owner, approval(result=result))
    key = kit.begin(database, cast.clerk, "approval")
    kit.complete(database, cast.clerk, key, "ask")
    kit.complete(database, cast.head, key, "judge", outcome="return", opinion="请补充")
    assert kit.open_elements(database, key) == ["ask"]
    kit.complete(database, cast.clerk, key, "ask")
    [again] = [row for row in kit.rows(database, models.UserTask, element_id="judge") if row.state == "open"]
    assert (again.round, again.previous_by) == (2, "clerk")
    kit.complete(database, cast.head, key, "judge", outcome="approve")
    ended = kit.instance(database, key)
    assert (ended.end_event, ended.outcome) == ("approved", "approve")
    asked = [(row.element_id, row.outcome, row.opinion, row.completed_by) for row in kit.rows(database, models.UserTask)]
    assert asked == [
        ("ask", "submit", None, "clerk"),
        ("judge", "return", "请补充", "head"),
        ("ask", "submit", None, "clerk"),
        ("judge", "approve", None, "head"),
    ]


def test_every_approval_of_a_case_keeps_its_own_outcome(database: databases.Database, cast: Cast) -> None:
    tasks = [kit.task(name, groups="客服专员", kind="approve", priority="=50") for name in ("first", "second")]
    kit.deploy(
        database,
        cast.owner,
        kit.diagram("twice", kit.start(), *tasks, kit.end(), kit.chain("started", "first", "second", "done")),
    )
    key = kit.begin(database, cast.clerk, "twice")
    for name in ("first", "second"):
        kit.complete(database, cast.clerk, key, name, outcome="approve", opinion=name)
    assert [(row.outcome, row.opinion) for row in kit.rows(database, models.UserTask)] == [
        ("approve", "first"),
        ("approve", "second"),
    ]


def test_what_is_locked_is_what_is_stored(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps(due="5wd"))
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    kit.complete(database, cast.clerk, key, "a", {"answer": "y"})
    for row in kit.rows(database, models.UserTask, instance_key=key):
        with database.transaction("acme") as session:
            found = locking.with_items(session, row.key)
            assert found is not None
            for locked in (found[0], found[1], *found[2]):
                [stored] = kit.rows(database, type(locked), key=locked.key)
                for column in set(type(locked).__table__.c.keys()) - {"tokens", "draft", "given", "pairs"}:
                    assert getattr(locked, column) == getattr(stored, column), column


def test_refusing_needs_an_opinion_and_an_outcome_must_be_offered(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, approval())
    key = kit.begin(database, cast.clerk, "approval")
    kit.complete(database, cast.clerk, key, "ask")
    with pytest.raises(errors.Invalid) as refused:
        kit.complete(database, cast.head, key, "judge", outcome="reject", opinion=" ")
    assert "opinion" in refused.value.fields
    for outcome in ("submit", None, "anything"):
        with pytest.raises(errors.Invalid):
            kit.complete(database, cast.head, key, "judge", outcome=outcome)


def test_who_did_one_task_may_not_do_the_other(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, approval(separate_from="initiator,ask"))
    key = kit.begin(database, cast.clerk2, "approval")
    kit.complete(database, cast.clerk, key, "ask")
    task = kit.open_task(database, key, "judge")
    for actor in (cast.clerk, cast.clerk2):
        with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
            user_tasks.claim(session, actor, task, now=kit.NOW)
        with pytest.raises(errors.Forbidden):
            kit.complete(database, actor, key, "judge", outcome="approve")
    with pytest.raises(errors.Invalid), database.transaction("acme") as session:
        user_tasks.assign(session, cast.owner, task, "clerk", "请假", now=kit.NOW)
    kit.complete(database, cast.head, key, "judge", outcome="approve")


def test_a_manager_hands_a_task_to_somebody_else(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps(managers=["主管领导"]))
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    task = kit.open_task(database, key, "a")
    with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
        user_tasks.assign(session, cast.clerk, task, "outsider", "请假", now=kit.NOW)
    with pytest.raises(errors.Invalid), database.transaction("acme") as session:
        user_tasks.assign(session, cast.manager, task, "outsider", " ", now=kit.NOW)
    with database.transaction("acme") as session:
        user_tasks.assign(session, cast.manager, task, "outsider", "请假", now=kit.NOW)
    with pytest.raises(errors.Conflict):
        kit.complete(database, cast.clerk, key, "a", {"answer": "y"})
    kit.complete(database, cast.outsider, key, "a", {"answer": "y"})
    assert kit.open_elements(database, key) == ["b"]


def test_a_draft_is_kept_for_the_one_who_holds_the_task(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    task = kit.open_task(database, key, "a")
    with pytest.raises(errors.Conflict), database.transaction("acme") as session:
        user_tasks.save_draft(session, cast.clerk, task, {"answer": "半"}, now=kit.NOW)
    with database.transaction("acme") as session:
        user_tasks.claim(session, cast.clerk, task, now=kit.NOW)
        user_tasks.save_draft(session, cast.clerk, task, {"answer": "半"}, now=kit.NOW)
    with database.reading() as session:
        assert session.execute(select(models.WorkItem.draft).filter_by(user_task_key=task)).scalar() == {"answer": "半"}


def test_nothing_can_be_smuggled_in_without_a_form(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, approval())
    with pytest.raises(errors.Invalid):
        kit.begin(database, cast.clerk, "approval", {"approved": True})
    key = kit.begin(database, cast.owner, "approval", {"amount": 5})
    with pytest.raises(errors.Invalid):
        kit.complete(database, cast.clerk, key, "ask", {"amount": 1})
    with pytest.raises(errors.Invalid):
        kit.begin(database, cast.owner, "approval", {"initiator": "head"})


def test_due_and_warning_are_worked_out_in_working_days(database: databases.Database, cast: Cast) -> None:
    content = (kit.start(), kit.task("a", groups="客服专员", due="5wd", warn="1wd", escalate="group:主管领导"), kit.end())
    kit.deploy(database, cast.owner, kit.diagram("timed", *content, kit.chain("started", "a", "done")))
    before_festival = datetime(2026, 2, 9, 1, tzinfo=UTC)
    key = kit.begin(database, cast.clerk, "timed", now=before_festival)
    [task] = kit.rows(database, models.UserTask, instance_key=key)
    assert task.due_at == datetime(2026, 2, 14, 10, tzinfo=UTC)  # Saturday, but a make-up workday; 18:00 in Shanghai
    clock = [task.warn_at]
    worker = Worker(database, lambda: clock[0])
    worker.run_once()
    assert {notice.username for notice in kit.notices(database)} == {"clerk", "clerk2"}
    clock[0] = task.due_at
    worker.run_once()
    told = [notice.username for notice in kit.notices(database)]
    assert sorted(told) == ["clerk", "clerk2", "manager"]
    assert [job for job in kit.rows(database, models.Job) if job.type not in jobs.aside()] == []


def test_a_task_that_nobody_can_do_falls_to_the_administrators(database: databases.Database, cast: Cast) -> None:
    for resource in (kit.task("a", groups='="没有" + "人"'), kit.task("a", assignee="=manager of(1, {})")):
        kit.deploy(
            database, cast.owner, kit.diagram("lost", kit.start(), resource, kit.end(), kit.chain("started", "a", "done"))
        )
        key = kit.begin(database, cast.clerk, "lost")
        [item] = kit.rows(database, models.WorkItem, instance_key=key)
        assert item.username == "owner"
        kit.complete(database, cast.owner, key, "a")


def test_a_task_that_nobody_at_all_can_do_is_an_incident_and_can_be_handed_on(database: databases.Database, cast: Cast) -> None:
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "owner").values(is_administrator=False))
        organisation.changed(session, "acme")
    with database.reading() as session:
        alone = actors.load(session, "acme", "clerk")
    assert alone is not None
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "lost",
            kit.start(),
            kit.task("a", groups='="没有" + "人"'),
            kit.end(),
            kit.chain("started", "a", "done"),
            managers=["主管领导"],
        ),
    )
    key = kit.begin(database, alone, "lost")
    [incident] = kit.rows(database, models.Incident, instance_key=key)
    assert incident.element_id == "a"
    with database.transaction("acme") as session:
        user_tasks.assign(session, cast.manager, kit.open_task(database, key, "a"), "clerk", "无人办理", now=kit.NOW)
    kit.complete(database, alone, key, "a")
    assert kit.instance(database, key).incidents == 0
    assert kit.rows(database, models.Incident, state="open") == []
