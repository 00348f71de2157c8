"""What operators do with one case: a step skipped, a variable changed, a timer or job hurried; and who may not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import errors, forms
from engine.cases import history
from engine.deadlines import suspending
from engine.people.actors import Actor
from engine.queries.operations import shaped
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.approvals import jumps
from engine.verbs.operating import declared, skipping, stopped, waiting
from engine.verbs.operating.changing import values, variables
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.operating import stuck


def do(database: databases.Database, by: Actor, verb: Any, key: int, *given: Any, **named: Any) -> None:
    with database.transaction("acme") as session:
        verb(session, by, key, *given, now=kit.NOW, **named)


def waiting_process(database: databases.Database, cast: Cast, step: str, **beside: str) -> int:
    kit.deploy(
        database, cast.owner, kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "step", "done"), **beside)
    )
    return kit.begin(database, cast.clerk, "p")


def test_a_job_that_failed_is_skipped_with_a_result_and_its_incident_goes(database: databases.Database, cast: Cast) -> None:
    stuck.deploy(database, cast)
    (key,) = stuck.begin(database, cast, 1)
    do(database, cast.owner, skipping.skip, key, "open", {"port": 7}, "已人工开通")
    assert kit.open_elements(database, key) == ["check"]
    assert kit.instance(database, key).incidents == 0
    (event,) = kit.rows(database, models.HistoryEvent, kind="skipped")
    assert (event.actor, event.data["reason"], event.data["values"]) == ("owner", "已人工开通", {"port": 7})
    with pytest.raises(errors.Conflict):
        do(database, cast.owner, skipping.skip, key, "open", {}, "再一次")


def test_a_task_is_skipped_with_an_outcome_and_its_holders_are_told(database: databases.Database, cast: Cast) -> None:
    key = waiting_process(database, cast, kit.task("step", users="head", outcomes="met:已达成, missed:未达成", result="met"))
    with pytest.raises(errors.Invalid) as refused:
        do(database, cast.owner, skipping.skip, key, "step", {}, "负责人出差")
    assert list(refused.value.fields) == ["outcome"]
    do(database, cast.owner, skipping.skip, key, "step", {}, "负责人出差", outcome="met")
    assert kit.instance(database, key).state == "completed"
    assert {item.state for item in kit.rows(database, models.WorkItem)} == {"closed"}
    assert "已跳过" in kit.notices(database, username="head")[-1].subject
    with database.reading() as session:
        assert history.verify(session, key) == []


def test_a_refusal_that_would_end_the_case_is_no_skip(database: databases.Database, cast: Cast) -> None:
    key = waiting_process(database, cast, kit.task("step", users="head", kind="approve"))
    with pytest.raises(errors.Conflict, match="whole case would end"):
        do(database, cast.owner, skipping.skip, key, "step", {}, "负责人出差", outcome="reject")
    assert kit.open_elements(database, key) == ["step"]


def test_nobody_skips_the_approval_of_his_own_request(database: databases.Database, cast: Cast) -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "p", kit.start(), kit.task("step", users="head", kind="approve"), kit.end(), kit.chain("started", "step", "done")
        ),
    )
    key = kit.begin(database, cast.owner, "p")
    with pytest.raises(errors.Forbidden):
        do(database, cast.owner, skipping.skip, key, "step", {}, "急", outcome="approve")
    assert kit.open_elements(database, key) == ["step"]


def test_a_timer_runs_at_once(database: databases.Database, cast: Cast) -> None:
    step = kit.node("intermediateCatchEvent", "step", inner=kit.timer("timeDuration", "P30D"))
    key = waiting_process(database, cast, step)
    do(database, cast.owner, waiting.run_now, key, "step", "客户已到")
    assert kit.instance(database, key).state == "completed"
    assert kit.rows(database, models.Timer) == []


def test_a_failed_job_runs_at_once_and_a_task_does_not(database: databases.Database, cast: Cast) -> None:
    stuck.deploy(database, cast)
    (key,) = stuck.begin(database, cast, 1)
    do(database, cast.owner, waiting.run_now, key, "open", "端口已修好")
    assert [job.state for job in kit.rows(database, models.Job, type=stuck.TYPE)] == ["open"]
    assert kit.instance(database, key).incidents == 0
    do(database, cast.owner, skipping.skip, key, "open", {}, "已开通")
    with pytest.raises(errors.Conflict):
        do(database, cast.owner, waiting.run_now, key, "check", "快")


def test_a_variable_is_changed_with_its_old_value_kept_and_the_forms_type_respected(
    database: databases.Database, cast: Cast
) -> None:
    stuck.deploy(database, cast)
    (key,) = stuck.begin(database, cast, 1)
    do(database, cast.owner, variables.set_variable, key, "customer", "text", "城东钢厂", "录错")
    (event,) = kit.rows(database, models.HistoryEvent, kind="variable_changed")
    assert event.data["values"] == {"before": "客户0", "after": "城东钢厂"} and event.data["reason"] == "录错"
    for name, kind, text, field in (
        ("custoner", "text", "x", "name"),
        ("initiator", "text", "head", "name"),
        ("amount", "text", "很多", "value"),
        ("amount", "number", "1,5", "value"),
        ("amount", "numbr", "1", "kind"),
    ):
        with pytest.raises(errors.Invalid) as refused:
            do(database, cast.owner, variables.set_variable, key, name, kind, text, "录错")
        assert list(refused.value.fields) == [field]
    assert len(kit.rows(database, models.HistoryEvent, kind="variable_changed")) == 1


def test_values_are_read_exactly() -> None:
    assert str(values.typed("number", "0.10")) == "0.10"
    assert values.typed("boolean", "true") is True and values.typed("null", "") is None
    assert values.typed("date", "2026-03-02") == "2026-03-02" and values.typed("json", "[1]") == [1]


def test_what_the_case_still_waits_for_is_not_settled_by_a_note(database: databases.Database, cast: Cast) -> None:
    stuck.deploy(database, cast)
    (key,) = stuck.begin(database, cast, 1)
    with pytest.raises(errors.Conflict, match="still waits"):
        do(database, cast.owner, stopped.settle, key, "已处理")
    assert kit.rows(database, models.Incident)[0].state == "open"


def test_whom_a_case_is_about_operates_on_nothing_in_it(database: databases.Database, cast: Cast) -> None:
    """He manages the process, and does not even hear that there is such a case."""
    field = {"type": "textfield", "key": "accused", "label": "被投诉人"}
    kit.deploy(
        database,
        cast.owner,
        kit.form("complaint", field),
        kit.diagram(
            "p",
            kit.start(form="complaint"),
            kit.task("step", groups="客服专员", recused="=accused"),
            kit.end(),
            kit.chain("started", "step", "done"),
            managers=["部门负责人"],
        ),
    )
    key = kit.begin(database, cast.clerk, "p", {"accused": "head"})
    with pytest.raises(errors.NotFound):
        do(database, cast.head, skipping.skip, key, "step", {}, "无事")
    with pytest.raises(errors.NotFound):
        do(database, cast.head, variables.set_variable, key, "accused", "text", "clerk", "改")
    do(database, cast.owner, suspending.suspend, key, "核查")
    with pytest.raises(errors.NotFound):
        do(database, cast.head, suspending.resume, key, "继续")
    assert kit.instance(database, key).suspended is not None


def test_a_stopped_case_is_restarted_from_the_step_where_it_stands(database: databases.Database, cast: Cast) -> None:
    stuck.deploy(database, cast)
    (key,) = stuck.begin(database, cast, 1)
    do(database, cast.owner, jumps.jump, key, "open", "open", "重新开通")
    jobs = {job.state for job in kit.rows(database, models.Job, type=stuck.TYPE)}
    assert jobs == {"cancelled", "open"} and kit.instance(database, key).incidents == 0


@pytest.mark.parametrize(
    ("held", "sent", "after"),
    [
        (
            [{"what": "钢管", "count": 12, "due": "2026-03-02"}, {"what": "法兰", "count": 3, "due": None}],
            {"value[0].what": "钢板", "value[0].count": "2.5", "value[0].due": "2026-03-09"},
            [{"what": "钢板", "count": Decimal("2.5"), "due": "2026-03-09"}],
        ),
        (["甲", "乙"], {"value[1].item": "丙", "value[4].item": "丁"}, ["丙", "丁"]),
        ({"port": 7, "open": True}, {"value.port": "8"}, {"port": 8, "open": False}),
    ],
)
def test_a_list_or_object_is_typed_in_fields_like_what_is_there(held: Any, sent: dict[str, str], after: Any) -> None:
    field = shaped.like("held", held)
    assert field is not None
    assert field.given(forms.initial(field.form, {declared.FIELD: field.held(held)}, forms.FormScope())[declared.FIELD]) == held
    assert declared.read(field, forms.decode(field.form, sent.items()), {}, now=kit.NOW) == after


@pytest.mark.parametrize("held", [{"a": [1]}, [1, "甲"], "纸", [], {}, None, {"a.b": 1}, [{"a": 1}, 2]])
def test_what_no_fields_can_show_is_left_to_json(held: Any) -> None:
    assert shaped.like("held", held) is None
