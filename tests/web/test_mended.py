"""Who gets a step again after the case was sent back reads what was asked and what was changed since; the case keeps what was there before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
START = "started"


@pytest.fixture
def case(database: databases.Database, cast: Cast) -> int:
    """A request for 2 days that its approver has sent back."""
    fields = ({**kit.text_field("days"), "label": "天数"}, {**kit.text_field("why"), "label": "事由"})
    request = kit.form("request", *fields)
    approve = kit.task("approve", groups="部门负责人", kind="approve", **{"return": "initiator"})
    drawn = kit.diagram("request", kit.start(form="request"), approve, kit.end(), kit.chain("started", "approve", "done"))
    kit.deploy(database, cast.owner, request, drawn)
    return kit.begin(database, cast.clerk, "request", {"days": "2", "why": "探亲"})


def _send_back(browser: Browser, task: int) -> None:
    browser.post(f"/tasks/{task}/return", target=f"{START}|step_by_step", reason="天数不对，应为 5 天")


def test_the_approver_reads_what_he_asked_and_what_was_changed(
    database: databases.Database, cast: Cast, signed_in: Callable[..., Browser], case: int
) -> None:
    head = signed_in("head")
    _send_back(head, kit.open_task(database, case, "approve"))
    kit.complete(database, cast.clerk, case, START, {"days": "5", "why": "探亲"})
    strip = head.get(f"/tasks/{kit.open_task(database, case, 'approve')}").words(".strip")
    assert strip.startswith("您在“approve”退回") and "天数不对，应为 5 天" in strip, strip
    assert "此后已改：天数 2 → 5" in strip and "事由" not in strip, strip


def test_what_was_sent_again_as_it_was_says_so(
    database: databases.Database, cast: Cast, signed_in: Callable[..., Browser], case: int
) -> None:
    head = signed_in("head")
    _send_back(head, kit.open_task(database, case, "approve"))
    kit.complete(database, cast.clerk, case, START, {"days": "2", "why": "探亲"})
    assert "此后填写内容没有改动。" in head.get(f"/tasks/{kit.open_task(database, case, 'approve')}").words(".strip")


def test_the_case_keeps_what_the_first_round_wrote(
    database: databases.Database, cast: Cast, signed_in: Callable[..., Browser], case: int
) -> None:
    _send_back(signed_in("head"), kit.open_task(database, case, "approve"))
    kit.complete(database, cast.clerk, case, START, {"days": "5", "why": "探亲"})
    page = signed_in("clerk").get(f"/cases/{case}")
    told, held = page.words("details"), page.words(".known")
    assert "第 1 轮" in told and "天数 2" in told, told
    assert "天数 5" in held and "修改" not in held, "he filled it in anew: nobody changed what he wrote"
