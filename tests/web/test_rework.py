"""A step that is done anew after a refusal: its page begins with the moments of now, not with those of the round before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.conftest import Clock
from tests.web.pages import Browser

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
MOMENT = {"type": "datetime", "subtype": "datetime", "dateLabel": "解决时间", "timeLabel": "时间"}
EXTENDED = "<bpmn:extensionElements>"
MOMENT |= {"key": "solved_at", "defaultValue": "=substring(string(now()), 1, 16)"}


def test_the_moment_of_the_second_round_is_not_that_of_the_first(
    database: databases.Database, cast: Cast, signed_in: Callable[..., Browser], clock: Clock
) -> None:
    solution = kit.form("solution", MOMENT, kit.text_field("action"))
    drawn = kit.diagram(
        "twice",
        kit.start(),
        kit.task("solve", groups="客服专员", form="solution"),
        kit.task("review", groups="部门负责人", outcomes="accept:满意,rework:重新处理", result="verdict"),
        kit.node("exclusiveGateway", "verdict", attributes=' default="verdict_done"'),
        kit.end(),
        kit.chain("started", "solve", "review", "verdict", "done"),
        kit.flow("verdict", "solve", '=verdict = "rework"'),
    )
    kit.deploy(database, cast.owner, solution, drawn)
    case = kit.begin(database, cast.clerk, "twice")
    clock.moment += timedelta(hours=1)
    first = "2026-03-02T09:30"
    kit.complete(database, cast.clerk, case, "solve", {"solved_at": first, "action": "重启设备"}, now=clock.moment)
    clock.moment += timedelta(hours=2)
    kit.complete(database, cast.head, case, "review", outcome="rework", opinion="没解决", now=clock.moment)
    clock.moment += timedelta(hours=3)
    [task] = kit.rows(database, models.UserTask, instance_key=case, state="open")
    page = signed_in("clerk").get(f"/tasks/{task.key}")
    [entered] = page.tree.xpath("//input[contains(@name, 'solved_at')]/@value")
    assert entered == clock.moment.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M") and entered > first
    assert "重启设备" in page.tree.xpath("//input[contains(@name, 'action')]/@value"), "what he wrote is there to be mended"


@pytest.mark.parametrize(
    ("instructions", "begins"),
    [
        ("", "先按退回的原因修改，再按结果选择“客户认可”或“客户要求修改”。"),
        ("1）改方案；2）交客户确认；3）按答复选择结果。", "1）改方案；2）交客户确认"),  # it tells the order itself
        (
            "请先拟好方案、交客户看，再按答复选择结果。",
            "请先拟好方案、交客户看",
        ),  # nobody sent it back to him: its own request is enough
    ],
)
def test_who_sent_it_back_himself_reads_what_he_chose_and_what_to_do_first(
    signed_in: Callable[..., Browser], database: databases.Database, cast: Cast, instructions: str, begins: str
) -> None:
    """The customer wants changes: the same person notes it and changes the plan; nobody returned it to him."""
    asks = f"<bpmn:documentation>{instructions}</bpmn:documentation>{EXTENDED}"
    plan = kit.form("plan", kit.text_field("plan", required=True))
    choices = "agree:客户认可,change:客户要求修改"
    drawn = kit.diagram(
        "plan",
        kit.start(),
        kit.task("draft", groups="客服专员", form="plan", outcomes=choices, result="answer").replace(EXTENDED, asks, 1),
        kit.node("exclusiveGateway", "answered", attributes=' default="answered_done"'),
        kit.end(),
        kit.chain("started", "draft", "answered", "done"),
        kit.flow("answered", "draft", '=answer = "change"'),
    )
    kit.deploy(database, cast.owner, plan, drawn)
    case = kit.begin(database, cast.clerk, "plan")
    kit.complete(database, cast.clerk, case, "draft", {"plan": "专线"}, outcome="change", opinion="要备用链路", now=kit.NOW)
    page = signed_in("clerk").get(f"/tasks/{kit.open_task(database, case, 'draft')}")
    assert page.words(".strip").startswith("上次您选了“客户要求修改”，所以再办一次") and "要备用链路" in page.words(".strip")
    assert page.words(".ask").startswith(begins)
