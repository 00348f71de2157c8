"""The timeline says of everybody what he wrote, and nothing that others did."""

from __future__ import annotations

from decimal import Decimal

from engine.cases import history
from engine.cases.personal import personal_data
from engine.people import organisation
from engine.queries.cases import instance_page, timeline
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import handing, jumps, signers
from engine.verbs.operating import skipping
from engine.verbs.operating.changing import variables
from tests.cast import Cast
from tests.engine import kit


def test_a_field_of_a_form_is_never_quoted_as_the_words_of_who_completes_the_step(
    database: databases.Database, cast: Cast
) -> None:
    steps = (kit.task("note", users="owner"), kit.task("check", users="owner"))
    kit.deploy(
        database,
        cast.owner,
        kit.diagram("heard", kit.start(), *steps, kit.end(), kit.chain("started", "note", "check", "done")),
    )
    case = kit.begin(database, cast.outsider, "heard")
    kit.complete(database, cast.owner, case, "note", {"comment": "客户原话"})
    kit.complete(database, cast.owner, case, "check", {"comment": "客户原话"})
    with database.reading("acme") as session:
        told = timeline.timeline(session, organisation.current(session, "acme"), case)
    done = [each for each in told if each.kind == "completed"]
    assert [(each.opinion, each.reason, each.has_filled_in) for each in done] == [("", "", True), ("", "", True)]


def told_of(database: databases.Database, case: int) -> dict[str, list[tuple[str, object, object]]]:
    """What each kind of act changed, as the timeline tells it."""
    with database.reading("acme") as session:
        entries = timeline.timeline(session, organisation.current(session, "acme"), case)
    return {each.kind: [(of.label, of.before, of.after) for of in each.effects] for each in entries if each.effects}


def test_what_was_changed_by_hand_and_from_whom_to_whom_is_told(database: databases.Database, cast: Cast) -> None:
    personal = {"properties": {"personal": "true"}}
    form = kit.form(
        "ask", {**kit.text_field("phone"), **personal, "label": "电话"}, {"type": "number", "key": "amount", "label": "金额"}
    )
    steps = (
        kit.task("look", users="clerk"),
        kit.task("decide", users="manager", kind="approve"),
        kit.task("pay", users="head"),
    )
    flow = (kit.start(form="ask"), *steps, kit.end(), kit.chain("started", "look", "decide", "pay", "done"))
    kit.deploy(database, cast.owner, form, kit.diagram("asked", *flow))
    case = kit.begin(database, cast.outsider, "asked", {"phone": "13800138000", "amount": 5})
    look = kit.open_task(database, case, "look")
    with database.transaction("acme") as session:
        user_tasks.assign(session, cast.owner, look, "clerk2", "忙", now=kit.NOW)
        handing.transfer(session, cast.clerk2, look, "head", "出差", now=kit.NOW)
        signers.delegate(session, cast.head, look, "clerk", "代办一下", now=kit.NOW)
        variables.set_variable(session, cast.owner, case, "amount", "number", "12.5", "录错", now=kit.NOW)
        variables.set_variable(session, cast.owner, case, "phone", "text", "13900139000", "原来是13800138000", now=kit.NOW)
        jumps.jump(session, cast.owner, case, "look", "pay", "不必看", now=kit.NOW)
    with database.transaction("acme") as session:
        skipping.skip(session, cast.owner, case, "pay", {"amount": Decimal(9)}, "出纳出差", now=kit.NOW)
    told = told_of(database, case)
    assert told["reassigned"] == [("", ["陈办事"], ["程办事"])] and told["transferred"] == [("", ["程办事"], ["何负责"])]
    assert told["delegated"] == [("", None, ["陈办事"])] and told["moved"] == [("", "look", "pay")]
    assert told["variable_changed"] == [("电话", "13800138000", "13900139000")] and told["skipped"] == [("金额", None, 9)]
    with database.reading("acme") as session:
        entries = timeline.timeline(session, organisation.current(session, "acme"), case)
        hidden = personal_data.of_tree(session, session.get_one(models.ProcessInstance, case), now=kit.NOW)
        assert "13800138000" not in str(timeline.masked(entries, hidden))
    with database.transaction("acme") as session:
        history.erase_values(session, [case])
    left = told_of(database, case)
    assert "variable_changed" not in left and "skipped" not in left and left["moved"] == told["moved"]


def test_a_value_that_somebody_changed_later_is_told_with_who_and_when(database: databases.Database, cast: Cast) -> None:
    form = kit.form("ask", kit.text_field("wanted"), kit.text_field("reason"))
    flow = (kit.start(form="ask"), kit.task("check", users="clerk", form="ask"), kit.task("pay", users="head"), kit.end())
    kit.deploy(database, cast.owner, form, kit.diagram("asked", *flow, kit.chain("started", "check", "pay", "done")))
    case = kit.begin(database, cast.outsider, "asked", {"wanted": "2026-03-02", "reason": "急"})

    def changed() -> dict[str, str]:
        with database.reading("acme") as session:
            page = instance_page.instance_page(session, cast.owner, case, now=kit.NOW)
        return {name: each.who for group in page.answers for name, each in group.changed.items()}

    assert changed() == {}
    kit.complete(database, cast.clerk, case, "check", {"wanted": "2026-03-09", "reason": "急"})
    assert changed() == {"wanted": "陈办事"}
    with database.transaction("acme") as session:
        variables.set_variable(session, cast.owner, case, "reason", "text", "不急", "录错", now=kit.NOW)
    assert changed() == {"wanted": "陈办事", "reason": "欧流程"}
    with database.transaction("acme") as session:
        history.erase_values(session, [case])
    assert changed() == {}
