"""Who is recused from a task (回避) by what the case says: neither offered it, nor claiming, completing, taking it over or standing in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from engine import errors
from engine.cases.rights import access, open_work
from engine.people import roles
from engine.people.actors import Actor
from engine.queries import paging, path_ahead
from engine.queries.cases import offered
from engine.queries.inbox import inbox, task_page
from engine.queries.records import register_list
from engine.queries.status import board
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import grounds, user_tasks
from engine.verbs.approvals import handing, signers
from engine.verbs.approvals.back import taking_back
from engine.verbs.running import ending, process_instances
from engine.verbs.sharing import comments, copies, urging
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


@pytest.mark.parametrize("hand", ["transfer", "delegate", "assign"])
def test_handing_it_to_the_accused_is_refused_as_it_is_about_him_and_not_as_another_did_a_step(
    database: databases.Database, cast: Cast, hand: str
) -> None:
    deploy(database, cast, ANYBODY, users="head", recused="=accused", separate_from="initiator")
    task = kit.open_task(database, kit.begin(database, cast.outsider, "complaint", {"accused": "clerk"}), "investigate")
    for person, told in (("clerk", "must keep out of this case"), ("outsider", "separation of duties")):
        with pytest.raises(errors.Invalid, match=told), database.transaction("acme") as session:
            if hand == "assign":
                user_tasks.assign(session, cast.owner, task, person, "换人", now=kit.NOW)
            elif hand == "transfer":
                handing.transfer(session, cast.head, task, person, "换人", now=kit.NOW)
            else:
                signers.delegate(session, cast.head, task, person, "换人", now=kit.NOW)


def test_a_member_of_the_group_whom_it_is_about_is_not_told_to_have_a_part_in_it(
    database: databases.Database, cast: Cast
) -> None:
    deploy(database, cast, ANYBODY, groups="客服专员", recused="=accused")
    task = kit.open_task(database, kit.begin(database, cast.outsider, "complaint", {"accused": "clerk2"}), "investigate")
    with database.transaction("acme") as session:
        user_tasks.claim(session, cast.clerk, task, now=kit.NOW)
    with pytest.raises(errors.Invalid, match="must keep out"), database.transaction("acme") as session:
        signers.delegate(session, cast.clerk, task, "clerk2", "请代办", now=kit.NOW)


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


def test_whom_a_case_is_about_neither_urges_it_on_nor_takes_it_back(database: databases.Database, cast: Cast) -> None:
    """He began it himself: taken back, he could strike out his own name."""
    deploy(database, cast, ANYBODY, groups="客服专员", recused="=accused")
    own, other = (kit.begin(database, cast.clerk, "complaint", {"accused": who}) for who in ("clerk", "head"))
    with database.reading("acme") as session:
        offered_by_case = [
            {
                each.name
                for each in offered.on_case(session, cast.clerk, session.get_one(models.ProcessInstance, key), now=kit.NOW)
            }
            for key in (own, other)
        ]
        case = session.get_one(models.ProcessInstance, own)
        reason = offered.why_not(session, cast.clerk, case, "withdraw", now=kit.NOW)
    assert [{"urge", "withdraw"} & names for names in offered_by_case] == [set(), {"urge", "withdraw"}]
    assert str(reason) == grounds.ABOUT_YOU
    for act in (urging.urge, taking_back.withdraw_in):
        with pytest.raises(errors.Forbidden, match="about you"), database.transaction("acme") as session:
            act(session, cast.clerk, own, now=kit.NOW)
    with database.transaction("acme") as session:
        assert urging.urge(session, cast.clerk, other, now=kit.NOW)
        assert taking_back.withdraw_in(session, cast.clerk, other, now=kit.NOW)


def test_who_is_kept_from_a_review_alone_urges_it_on_and_takes_back_what_he_did(
    database: databases.Database, cast: Cast
) -> None:
    steps = (
        kit.start(),
        kit.task("first", users="clerk"),
        kit.task("review", groups="客服专员", recused='=handler of("first")'),
    )
    kit.deploy(database, cast.owner, kit.diagram("twice", *steps, kit.end(), kit.chain("started", "first", "review", "done")))
    key = kit.begin(database, cast.clerk, "twice")
    kit.complete(database, cast.clerk, key, "first")
    with database.transaction("acme") as session:
        assert urging.urge(session, cast.clerk, key, now=kit.NOW)
        assert taking_back.withdraw_in(session, cast.clerk, key, now=kit.NOW)


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


REGISTER = [{"label": "被投诉人", "value": "=accused"}]
OFFICES: dict[str, dict[str, Any]] = {
    "follows the process": {"visible_to": ["客服专员"]},
    "manages the process": {"managers": ["客服专员"]},
    "manages all departments": {"role": (roles.MANAGER, "")},
    "manages his department": {"role": (roles.MANAGER, "service")},
    "audits": {"role": (roles.AUDITOR, "")},
    "operates, and it stopped": {"role": (roles.OPERATOR, "")},
}


@pytest.mark.parametrize("office", OFFICES)
def test_the_accused_reads_nothing_of_it_by_his_office_either(database: databases.Database, cast: Cast, office: str) -> None:
    """Case, lists, figures, register, API's tasks, notices and the path ahead; a colleague of the same office has it all."""
    given = dict(OFFICES[office])
    role = given.pop("role", None)
    steps = (
        kit.start(form="complaint"),
        kit.task("investigate", groups="部门负责人", recused="=accused"),
        kit.service("tell", "notices.send", inputs=TOLD),
        kit.task("reply", groups="客服专员", recused="=accused"),
        kit.end(),
    )
    drawn = kit.diagram(
        "complaint", *steps, kit.chain("started", "investigate", "tell", "reply", "done"), register=REGISTER, **given
    )
    kit.deploy(database, cast.owner, kit.form("complaint", ANYBODY), drawn)
    key = kit.begin(database, cast.head, "complaint", {"accused": "clerk"})
    with database.transaction("acme") as session:
        session.get_one(models.ProcessInstance, key).incidents = 1
    about, other = (replace(each, roles=frozenset({role} if role else ())) for each in (cast.clerk, cast.clerk2))
    assert seen(database, about, key) == (False,) * 5
    assert set(seen(database, other, key)) == {True}
    with database.reading("acme") as session:
        [reply] = [each.who for each in path_ahead.of_visible(session, other, key, now=kit.NOW) if each.name == "reply"]
    assert reply == "程办事"
    kit.complete(database, cast.head, key, "investigate")
    assert {each.username for each in kit.notices(database, subject="已有结果")} == {"clerk2"}
    assert seen(database, about, key) == (False,) * 5
    kit.complete(database, cast.clerk2, key, "reply")
    assert seen(database, about, key)[:2] == (False, False)


TOLD = (
    '<zeebe:ioMapping><zeebe:input source="=[&quot;客服专员&quot;]" target="to"/>'
    '<zeebe:input source="=&quot;已有结果&quot;" target="subject"/></zeebe:ioMapping>'
)


def seen(database: databases.Database, by: Actor, key: int) -> tuple[bool, ...]:
    """Whether somebody sees the case by itself, in lists of cases and tasks, in figures, in managers' lists."""
    row, task, now = models.ProcessInstance, models.UserTask, kit.NOW
    with database.reading("acme") as session:
        cases = session.scalars(select(row.key).where(access.cases_seen(session, by))).all()
        tasks = session.scalars(select(task.instance_key).where(access.tasks_seen(session, by))).all()
        ranges = open_work.ranges(session, by)
        open_ = [found for each in ranges for found in session.scalars(select(each.key).where(*each.conditions))]
        listed = board.cases(session, by, board.CaseFilters(), paging.WantedPage(), now=now).rows
        one = access.may_see(session, by, session.get_one(row, key))
        if any(process == "complaint" for process, _title in register_list.offers(session, by)):
            shown = register_list.register(
                session, by, "complaint", register_list.RegisterFilters(), paging.WantedPage(), now=now
            )
            assert bool(shown.page.rows) == one
        assert sum(line.running for line in board.lines(session, by, now=now)) == len(
            [each for each in listed if each.state == "active"]
        )
    return one, key in cases, key in tasks, bool(open_), bool(listed)


def test_who_handled_it_first_reads_on_by_his_office(database: databases.Database, cast: Cast) -> None:
    """A review keeps him out, as it may not be his: the case is not about him."""
    steps = (
        kit.start(),
        kit.task("judge", groups="客服专员"),
        kit.task("review", users="head", recused='=handler of("judge")'),
    )
    drawn = kit.diagram("judged", *steps, kit.end(), kit.chain("started", "judge", "review", "done"), managers=["客服专员"])
    kit.deploy(database, cast.owner, drawn)
    key = kit.begin(database, cast.outsider, "judged")
    kit.complete(database, cast.clerk2, key, "judge")
    assert seen(database, cast.clerk2, key) == (True,) * 5


def test_the_address_of_its_task_tells_the_accused_nothing_open_or_done(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, groups="客服专员", recused="=accused")
    key = kit.begin(database, cast.outsider, "complaint", {"accused": ["clerk"]})
    task = kit.open_task(database, key, "investigate")
    for state in ("open", "done"):
        with pytest.raises(errors.NotFound, match="There is no such task"), database.reading("acme") as session:
            task_page.task_page(session, cast.clerk, task, now=kit.NOW)
        with pytest.raises(errors.NotFound, match="There is no such task"), database.transaction("acme") as session:
            user_tasks.claim(session, cast.clerk, task, now=kit.NOW)
        if state == "open":
            kit.complete(database, cast.clerk2, key, "investigate")
