"""Who is recused from a task (回避) by what the case says: neither offered it, nor claiming, completing, taking it over or standing in."""

from __future__ import annotations

from typing import Any

import pytest

from engine import errors
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.inbox import inbox
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.running import ending, process_instances
from engine.verbs.sharing import comments, copies
from tests.cast import Cast
from tests.engine import kit

ACCUSED: dict[str, Any] = {
    "type": "taglist",
    "key": "accused",
    "label": "被投诉人",
    "valuesExpression": '=person options(members of("客服专员"))',
}
ANYBODY: dict[str, Any] = {"type": "textfield", "key": "accused", "label": "被投诉人"}


def deploy(database: databases.Database, cast: Cast, field: dict[str, Any] = ACCUSED, **investigation: str) -> None:
    """A complaint names whom it is about; then somebody investigates."""
    kit.deploy(
        database,
        cast.owner,
        kit.form("complaint", field),
        kit.diagram(
            "complaint",
            kit.start(form="complaint"),
            kit.task("investigate", **investigation),
            kit.end(),
            kit.chain("started", "investigate", "done"),
        ),
    )


def test_the_accused_is_not_offered_the_task_and_may_do_nothing_with_it(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, groups="客服专员", recused="=accused")
    key = kit.begin(database, cast.outsider, "complaint", {"accused": ["clerk"]})
    task = kit.open_task(database, key, "investigate")
    with database.reading("acme") as session:
        assert inbox.open_tasks(session, cast.clerk, inbox.InboxFilters(), paging.WantedPage(), now=kit.NOW).rows == []
    with pytest.raises(errors.NotFound), database.transaction("acme") as session:
        user_tasks.claim(session, cast.clerk, task, now=kit.NOW)
    with pytest.raises(errors.NotFound):
        kit.complete(database, cast.clerk, key, "investigate")
    with pytest.raises(errors.Invalid), database.transaction("acme") as session:
        user_tasks.assign(session, cast.owner, task, "clerk", "请假", now=kit.NOW)
    kit.complete(database, cast.clerk2, key, "investigate")
    assert kit.instance(database, key).state == "completed"


def test_a_candidate_who_is_named_and_recused_does_not_even_know_of_the_case(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, users='=members of("客服专员")', recused="=accused")
    key = kit.begin(database, cast.outsider, "complaint", {"accused": ["clerk"]})
    with pytest.raises(errors.NotFound):
        kit.complete(database, cast.clerk, key, "investigate")
    kit.complete(database, cast.clerk2, key, "investigate")


def test_nobody_who_is_recused_stands_in_for_an_empty_list(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, ANYBODY, users="head", recused='=[accused, "head"]', empty="group:主管领导")
    stood_in = kit.begin(database, cast.outsider, "complaint", {"accused": "clerk"})
    assert [item.group_name for item in kit.rows(database, models.WorkItem, instance_key=stood_in)] == ["主管领导"]
    administrators = kit.begin(database, cast.outsider, "complaint", {"accused": "manager"})
    assert [item.username for item in kit.rows(database, models.WorkItem, instance_key=administrators)] == ["owner"]


def test_an_accused_administrator_does_not_get_it_either_but_may_be_relieved(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, ANYBODY, users="owner", recused="=accused")
    key = kit.begin(database, cast.outsider, "complaint", {"accused": "owner"})
    task = kit.open_task(database, key, "investigate")
    [incident] = kit.rows(database, models.Incident, instance_key=key)
    assert incident.element_id == "investigate"
    with pytest.raises(errors.Refusal):
        kit.complete(database, cast.owner, key, "investigate")
    with pytest.raises(errors.Invalid), database.transaction("acme") as session:
        user_tasks.assign(session, cast.owner, task, "owner", "没有别人", now=kit.NOW)
    with database.transaction("acme") as session:
        user_tasks.assign(session, cast.owner, task, "clerk", "本人回避", now=kit.NOW)
    kit.complete(database, cast.clerk, key, "investigate")
    assert kit.instance(database, key).state == "completed"


def test_when_it_cannot_be_worked_out_who_is_recused_nobody_of_the_candidates_gets_the_task(
    database: databases.Database, cast: Cast
) -> None:
    deploy(database, cast, groups="客服专员", recused="=assert(accused, count(accused) > 0)")
    key = kit.begin(database, cast.outsider, "complaint", {})
    assert kit.rows(database, models.Incident, instance_key=key)
    assert [item.username for item in kit.rows(database, models.WorkItem, instance_key=key)] == ["owner"]
    with pytest.raises(errors.Refusal):
        kit.complete(database, cast.clerk, key, "investigate")
    with database.transaction("acme") as session:
        process_instances.cancel(session, cast.owner, key, "流程图有误", now=kit.NOW)
    assert kit.instance(database, key).state == "cancelled"


@pytest.mark.parametrize("process", ["complaint", "outer"])
@pytest.mark.parametrize("accused", ["clerk", "owner"])
def test_whom_a_case_is_about_does_not_cancel_it(database: databases.Database, cast: Cast, process: str, accused: str) -> None:
    """Neither its initiator nor an administrator, also when the task rests in a case that it called."""
    deploy(database, cast, ANYBODY, users="head", recused="=accused")
    given = '<zeebe:ioMapping><zeebe:input source="=accused" target="accused"/></zeebe:ioMapping>'
    outer = (kit.start(form="complaint"), kit.call("hand_over", "complaint", io=given), kit.end())
    kit.deploy(database, cast.owner, kit.diagram("outer", *outer, kit.chain("started", "hand_over", "done")))
    key = kit.begin(database, cast.clerk, process, {"accused": accused})
    about, other = (cast.clerk, cast.owner) if accused == "clerk" else (cast.owner, cast.clerk)
    with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
        process_instances.cancel(session, about, key, "不想办了", now=kit.NOW)
    assert kit.instance(database, key).state == "active"
    with database.transaction("acme") as session:
        process_instances.cancel(session, other, key, "客户已撤回", now=kit.NOW)
    assert kit.instance(database, key).state == "cancelled"


def show(database: databases.Database, by: Actor, case: int, to: str, how: str) -> None:
    with database.transaction("acme") as session:
        if how == "copy":
            copies.copy_to(session, by, case, [to], "请知悉", now=kit.NOW)
        else:
            comments.add(session, by, case, "请看", mentioned=[to], now=kit.NOW)


@pytest.mark.parametrize("how", ["copy", "mention"])
@pytest.mark.parametrize("end", ["completed", "cancelled"])
def test_nobody_shows_a_case_to_whom_it_is_about_when_it_is_over_either(
    database: databases.Database, cast: Cast, how: str, end: str
) -> None:
    deploy(database, cast, ANYBODY, users="head", recused="=accused")
    key = kit.begin(database, cast.clerk, "complaint", {"accused": "clerk2"})
    if end == "completed":
        kit.complete(database, cast.head, key, "investigate")
    else:
        with database.transaction("acme") as session:
            process_instances.cancel(session, cast.owner, key, "客户已撤回", now=kit.NOW)
    with pytest.raises(errors.Invalid):
        show(database, cast.clerk, key, "clerk2", how)
    assert kit.rows(database, models.CarbonCopy) == []
    show(database, cast.clerk, key, "manager", how)


def test_nor_by_a_case_that_it_called_and_that_is_over(database: databases.Database, cast: Cast) -> None:
    """The copy of a called case opens the whole tree, which still runs."""
    deploy(database, cast, ANYBODY, users="head", recused="=accused")
    given = '<zeebe:ioMapping><zeebe:input source="=accused" target="accused"/></zeebe:ioMapping>'
    outer = (
        kit.start(form="complaint"),
        kit.call("hand_over", "complaint", io=given),
        kit.task("go_on", users="head"),
        kit.end(),
    )
    kit.deploy(database, cast.owner, kit.diagram("outer", *outer, kit.chain("started", "hand_over", "go_on", "done")))
    key = kit.begin(database, cast.clerk, "outer", {"accused": "clerk2"})
    called = next(each.key for each in kit.rows(database, models.ProcessInstance) if each.parent_key == key)
    kit.complete(database, cast.head, called, "investigate")
    for case in (called, key):
        with pytest.raises(errors.Invalid):
            show(database, cast.clerk, case, "clerk2", "mention")
    assert kit.rows(database, models.CarbonCopy) == []


def test_whom_a_review_kept_away_reads_on_what_he_did_before(database: databases.Database, cast: Cast) -> None:
    review = kit.task("review", users="head", recused='=handler of("judge")')
    content = (
        kit.start(),
        kit.task("judge", users="clerk2"),
        review,
        kit.end(),
        kit.chain("started", "judge", "review", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("judged", *content))
    key = kit.begin(database, cast.clerk, "judged")
    kit.complete(database, cast.clerk2, key, "judge")
    with pytest.raises(errors.Invalid):
        show(database, cast.clerk, key, "clerk2", "mention")
    kit.complete(database, cast.head, key, "review")
    show(database, cast.clerk, key, "clerk2", "mention")


def test_whom_a_finished_case_was_about_does_not_declare_it_void(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, ANYBODY, users="head", recused="=accused")
    key = kit.begin(database, cast.clerk, "complaint", {"accused": "owner"})
    kit.complete(database, cast.head, key, "investigate")
    with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
        ending.void(session, cast.owner, key, "不要了", now=kit.NOW)
    assert kit.instance(database, key).ended_as is None


def test_a_copy_to_a_group_goes_to_all_but_whom_the_case_is_about(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, ANYBODY, users="head", recused="=accused")
    key = kit.begin(database, cast.clerk, "complaint", {"accused": "clerk2"})
    with database.transaction("acme") as session:
        sent = copies.copy_to(session, cast.clerk, key, ["客服专员", "manager"], "请知悉", now=kit.NOW)
    assert (sent.readers, sent.left_out) == (["clerk", "manager"], ["程办事"])
    assert {each.username for each in kit.rows(database, models.CarbonCopy)} == {"clerk", "manager"}
    with pytest.raises(errors.Invalid, match="must not see"):  # he is named himself
        show(database, cast.clerk, key, "clerk2", "copy")
