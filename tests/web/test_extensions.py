"""More time for a task: asked for by whoever holds it, granted or refused by his superior, the old deadline kept and shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from engine.deadlines import calendar_changes
from engine.people.working.named import STANDARD
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.pages import PASSWORD, Browser

SignedIn = Callable[..., Browser]
OLD, NEW = datetime(2026, 3, 4, 10, tzinfo=UTC), datetime(2026, 3, 9, 10, tzinfo=UTC)  # 18:00 in Shanghai
ASKED = {"until": "2026-03-09T18:00", "reason": "供应商尚未报价"}


@pytest.fixture
def task(database: databases.Database, cast: Cast) -> int:
    """The clerk's task, due in two working days, warned of one ahead."""
    work = kit.task("work", assignee="clerk", due="2wd", warn="1wd")
    steps = (kit.start(), work, kit.end(), kit.chain("started", "work", "done"))
    kit.deploy(database, cast.owner, kit.diagram("p", *steps))
    kit.begin(database, cast.outsider, "p")
    return row(database, models.UserTask).key


def row(database: databases.Database, model: Any) -> Any:
    with database.reading(COMPANY) as session:
        return session.execute(select(model).order_by(model.key.desc())).scalars().first()


def test_the_superior_grants_it_and_both_dates_stand_with_the_case(
    signed_in: SignedIn, database: databases.Database, task: int
) -> None:
    clerk, head = signed_in("clerk"), signed_in("head")
    assert "申请延期" in clerk.get(f"/tasks/{task}").words(".more")
    page = clerk.post(f"/tasks/{task}/extend", **ASKED)
    assert "供应商尚未报价" in page.words("@id='more-time'") and "待批" in page.words("@id='more-time'")
    assert row(database, models.UserTask).due_at == OLD
    clerk.post(f"/tasks/{task}/extend", status=409, **ASKED)
    clerk.post(f"/tasks/{task}/extension", status=403, granted="1")
    case = row(database, models.ProcessInstance).key
    assert "申请延期" in row(database, models.Notice).subject
    page = head.post(f"/tasks/{task}/extension", granted="1")
    assert "已同意" in page.words("@id='more-time'")
    after = row(database, models.UserTask)
    assert after.due_at == NEW and after.warn_at < NEW
    told = clerk.get(f"/cases/{case}").words(".timeline")
    assert "同意延期" in told and "供应商尚未报价" in told and "何负责" in told and "18:00 →" in told
    assert told.count("供应商尚未报价") == 1  # the asker's words are not the granter's
    notice = row(database, models.Notice)
    assert "同意延期" in notice.subject and "何负责已审批" in notice.body and "供应商" not in notice.body
    head.post(f"/tasks/{task}/extension", status=409, granted="1")


def test_a_granted_date_stays_when_the_calendar_moves(
    signed_in: SignedIn, database: databases.Database, cast: Cast, task: int, now: datetime
) -> None:
    signed_in("clerk").post(f"/tasks/{task}/extend", **ASKED)
    signed_in("head").post(f"/tasks/{task}/extension", granted="1")
    with database.transaction(COMPANY) as session:
        calendar_changes.set_days(session, cast.owner, STANDARD, {datetime(2026, 3, 3).date(): False}, "", now=now)
    assert row(database, models.UserTask).due_at == NEW


def test_a_refusal_wants_a_reason_and_leaves_the_deadline(signed_in: SignedIn, database: databases.Database, task: int) -> None:
    signed_in("clerk").post(f"/tasks/{task}/extend", **ASKED)
    signed_in("owner").post(f"/tasks/{task}/extension", status=422, granted="0")
    page = signed_in("owner").post(f"/tasks/{task}/extension", granted="0", reason="客户在等")
    assert "客户在等" in page.words("@id='more-time'") and row(database, models.UserTask).due_at == OLD
    assert "未同意延期" in row(database, models.Notice).subject


@pytest.mark.parametrize("until", ["", "morgen", "2026-03-03T18:00", "2025-01-01"])
def test_a_day_that_is_none_or_no_later_is_refused_at_its_field(signed_in: SignedIn, task: int, until: str) -> None:
    page = signed_in("clerk").post(f"/tasks/{task}/extend", status=422, **{**ASKED, "until": until})
    assert page.words("@id='until-error'") and "供应商尚未报价" in page.words("@id='reason'")


def test_a_year_that_no_deadline_reaches_is_named_as_the_fault(signed_in: SignedIn, task: int) -> None:
    page = signed_in("clerk").post(f"/tasks/{task}/extend", status=422, **{**ASKED, "until": "9999-12-31T18:00"})
    assert "2170" in page.words("@id='until-error'")


def test_only_who_leads_him_or_manages_the_process_decides(signed_in: SignedIn, task: int) -> None:
    signed_in("clerk").post(f"/tasks/{task}/extend", **ASKED)
    signed_in("clerk2").post(f"/tasks/{task}/extension", status=404, granted="1")
    signed_in("stranger", "elsewhere").post(f"/tasks/{task}/extension", status=404, granted="1")
    signed_in("outsider").post(f"/tasks/{task}/extension", status=403, granted="1")  # who has started the case


def test_the_api_asks_and_decides_alike(app: Any, database: databases.Database, task: int) -> None:
    client = app.test_client()
    asked = client.post(f"/v2/extensions/user-tasks/{task}/extend", json=ASKED, auth=("acme/clerk", PASSWORD))
    assert asked.status_code == 204, asked.text
    address = f"/v2/extensions/user-tasks/{task}/extension-decision"
    assert client.post(address, json={"granted": True}, auth=("acme/clerk", PASSWORD)).status_code == 403
    assert client.post(address, json={"granted": True}, auth=("acme/head", PASSWORD)).status_code == 204
    assert row(database, models.UserTask).due_at == NEW


def test_whoever_asked_takes_his_wish_back_and_may_ask_anew(
    app: Any, signed_in: SignedIn, database: databases.Database, task: int
) -> None:
    clerk, head = signed_in("clerk"), signed_in("head")
    clerk.post(f"/tasks/{task}/extension/taken-back", status=409)  # nothing is asked for
    clerk.post(f"/tasks/{task}/extend", **ASKED)
    head.post(f"/tasks/{task}/extension/taken-back", status=403)
    signed_in("clerk2").post(f"/tasks/{task}/extension/taken-back", status=404)
    assert "撤回延期申请" not in head.get(f"/cases/{row(database, models.ProcessInstance).key}").words("@id='more-time'")
    page = clerk.post(f"/tasks/{task}/extension/taken-back")
    assert "已撤回" in page.words("@id='more-time'") and "撤回延期申请" in page.words(".timeline")
    assert "不再申请延期" in row(database, models.Notice).subject and row(database, models.UserTask).due_at == OLD
    head.post(f"/tasks/{task}/extension", status=409, granted="1")
    clerk.post(f"/tasks/{task}/extend", **ASKED)
    address = f"/v2/extensions/user-tasks/{task}/extension-taken-back"
    client = app.test_client()
    assert [client.post(address, auth=(f"acme/{name}", PASSWORD)).status_code for name in ("head", "clerk")] == [403, 204]


def test_a_wish_that_nobody_decided_says_so_when_its_task_is_done(
    signed_in: SignedIn, database: databases.Database, task: int
) -> None:
    clerk = signed_in("clerk")
    clerk.post(f"/tasks/{task}/extend", **ASKED)
    clerk.post(f"/tasks/{task}/complete", outcome="submit")
    page = clerk.get(f"/cases/{row(database, models.ProcessInstance).key}")
    assert "不再需要" in page.words("@id='more-time'") and "待批" not in page.words("@id='more-time'")
