"""Signatures under decisions: asked for, drawn or kept, bound to what was signed, shown with what a check finds; files with opinions."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.background.worker import Worker
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import batches
from engine.verbs.approvals import deputies
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.pages import PASSWORD, Browser
from tests.web.test_approval_sheets import printed

SignedIn = Callable[..., Browser]
DRAWN = [[[10, 20], [200, 150], [380, 60]], [[400, 100], [590, 100]]]


@pytest.fixture
def signing(database: databases.Database, cast: Cast) -> None:
    """A process whose manager signs what he approves, after which somebody fills in the amount once more."""
    deploy(database, cast)


def deploy(database: databases.Database, cast: Cast, setting: str = "required") -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.form("asked", {**kit.text_field("amount"), "label": "金额"}),
        kit.diagram(
            "signed",
            kit.start(form="asked"),
            kit.task("approve", assignee="manager", kind="approve", signature=setting),
            kit.task("pay", assignee="clerk", form="asked"),
            kit.end(),
            kit.chain("started", "approve", "pay", "done"),
        ),
    )


def begin(database: databases.Database, cast: Cast) -> tuple[int, int]:
    case = kit.begin(database, cast.clerk, "signed", {"amount": "100"})
    return case, open_task(database, case)


def open_task(database: databases.Database, case: int) -> int:
    task = models.UserTask
    with database.reading(COMPANY) as session:
        return session.execute(select(task.key).where(task.instance_key == case, task.state == "open")).scalar_one()


def sign(someone: Browser, task: int, status: int = 200, **given: Any) -> Any:
    sent = {"outcome": "approve", "opinion": "同意", "signature": json.dumps(DRAWN)} | given
    return someone.post(f"/tasks/{task}/complete", status=status, **sent)


def test_a_step_that_has_to_be_signed_is_not_done_without(
    signing: None, database: databases.Database, cast: Cast, signed_in: SignedIn
) -> None:
    _case, task = begin(database, cast)
    manager = signed_in("manager")
    assert "本环节必须签名" in sign(manager, task, 422, signature="").text
    assert "签名超出了" in sign(manager, task, 422, signature="[[[0,0],[700,10]]]").text
    assert "签名太短" in sign(manager, task, 422, signature="[[[5,5],[6,6]]]").text
    assert "签名应为笔画列表" in sign(manager, task, 422, signature="<svg onload=x>").text
    assert "还没有保存签名" in sign(manager, task, 422, signature="", kept_signature="1").text
    sign(manager, task)


def test_a_signature_holds_until_what_was_signed_is_altered_and_says_what_later_steps_changed(
    signing: None, database: databases.Database, cast: Cast, signed_in: SignedIn
) -> None:
    case, task = begin(database, cast)
    sign(signed_in("manager"), task)
    clerk = signed_in("clerk")
    assert "签名有效" in clerk.get(f"/cases/{case}").words(".signed")
    assert "签名有效" in clerk.get(f"/tasks/{open_task(database, case)}").words(".signed")
    clerk.post(f"/tasks/{open_task(database, case)}/complete", outcome="submit", amount="999")
    assert "签名有效；其后环节改动了金额" in clerk.get(f"/cases/{case}").words(".signed")
    assert "签名有效；其后环节改动了金额" in printed(clerk, f"/cases/{case}/sheet")[0]
    with database.transaction() as session:
        session.execute(update(models.WorkItem).where(models.WorkItem.opinion == "同意").values(opinion="同意，照付"))
    assert "签名无效：签署后被改动的有意见" in clerk.get(f"/cases/{case}").words(".signed")
    assert "签名无效" in printed(clerk, f"/cases/{case}/sheet")[0]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"strokes": [[[0, 0], [300, 10]]]}, "签名笔迹"),
        ({"username": "head"}, "签署人或时间"),
        ({"sign_in": {"how": "api"}}, "登录信息"),
        ({"digest": "0" * 64}, "办理记录中的存证"),
    ],
)
def test_a_forged_record_shows(
    signing: None, database: databases.Database, cast: Cast, signed_in: SignedIn, changes: dict[str, Any], part: str
) -> None:
    case, task = begin(database, cast)
    sign(signed_in("manager"), task)
    with database.transaction() as session:
        session.execute(update(models.Signature).values(**changes))
    told = signed_in("clerk").get(f"/cases/{case}").words(".signed")
    assert "签名无效" in told and part in told


def test_the_kept_signature_is_given_and_what_was_signed_with_it_outlives_it(
    signing: None, database: databases.Database, cast: Cast, signed_in: SignedIn
) -> None:
    case, task = begin(database, cast)
    manager = signed_in("manager")
    manager.post("/signature", status=422, signature="[]")
    manager.post("/signature", signature=json.dumps(DRAWN))
    assert "M10 20" in manager.get("/signature").text and "M10 20" not in signed_in("clerk").get("/signature").text
    sign(manager, task, signature="", kept_signature="1")
    manager.post("/signature/remove")
    assert "M10 20" not in manager.get("/signature").text
    page = signed_in("clerk").get(f"/cases/{case}")
    assert "M10 20" in page.text and "签名有效" in page.words(".signed")


def test_a_signature_where_none_is_asked_is_refused(database: databases.Database, cast: Cast, signed_in: SignedIn) -> None:
    deploy(database, cast, "none")
    _case, task = begin(database, cast)
    assert "本环节不需要签名" in sign(signed_in("manager"), task, 422).text
    sign(signed_in("manager"), task, signature="")


def test_the_api_signs_as_the_page_does(signing: None, app: Any, database: databases.Database, cast: Cast) -> None:
    case, task = begin(database, cast)
    client, auth = app.test_client(), ("acme/manager", PASSWORD)
    address = f"/v2/user-tasks/{task}/completion"
    refused = client.post(address, json={"action": "approve"}, auth=auth, headers={"Accept-Language": "zh"})
    assert refused.status_code == 400 and "必须签名" in refused.text
    signed = client.post(address, json={"action": "approve", "signature": {"strokes": DRAWN}}, auth=auth)
    assert signed.status_code == 204, signed.text
    with database.reading(COMPANY) as session:
        row = session.execute(select(models.Signature)).scalar_one()
        assert (row.username, row.sign_in, row.instance_key) == ("manager", {"how": "api"}, case)


def test_a_deputy_signs_with_his_own_name_for_his_principal(
    signing: None, database: databases.Database, cast: Cast, signed_in: SignedIn, now: datetime
) -> None:
    case, task = begin(database, cast)
    with database.transaction(COMPANY) as session:
        deputies.set_up(session, cast.manager, "head", begins_at=now, ends_at=now.replace(year=now.year + 1), now=now)
    sign(signed_in("head"), task)
    with database.reading(COMPANY) as session:
        row = session.execute(select(models.Signature)).scalar_one()
        assert (row.username, row.instead_of) == ("head", "manager")
    assert "何负责代毛经理" in printed(signed_in("clerk"), f"/cases/{case}/sheet")[0]


def test_files_go_with_an_opinion_and_are_signed_with_it(
    signing: None, database: databases.Database, cast: Cast, signed_in: SignedIn
) -> None:
    case, task = begin(database, cast)
    manager, clerk = signed_in("manager"), signed_in("clerk")
    [address] = manager.get(f"/tasks/{task}").tree.xpath("//input[@id='opinion-files']/@data-upload")
    sent = manager.client.post(
        address,
        data={"field": "opinion_files", "file": (io.BytesIO(b"evidence"), "附图.txt")},
        headers={"X-CSRFToken": manager.token()},
    )
    key = sent.get_json()["key"]
    assert "附图.txt" not in clerk.get(f"/cases/{case}").text, "it is the opinion's, which is not sent"
    assert clerk.client.get(f"/attachments/{key}").status_code == 404
    assert "没有这个文件" in sign(manager, task, 422, opinion_files=["1"]).text
    again = sign(manager, task, 422, signature="", opinion_files=[key])
    assert f'name="opinion_files" value="{key}"' in again.text
    sign(manager, task, opinion_files=[key])
    page = clerk.get(f"/cases/{case}")
    assert "附图.txt" in page.words(".timeline") and "签名有效" in page.words(".signed")
    with database.transaction() as session:
        session.execute(update(models.Attachment).values(sha256="f" * 64))
    assert "被改动的有附件" in signed_in("clerk").get(f"/cases/{case}").words(".signed")


def test_what_has_to_be_signed_is_not_approved_together_with_others(
    signing: None, database: databases.Database, cast: Cast, now: datetime
) -> None:
    _case, task = begin(database, cast)
    with database.transaction(COMPANY) as session:
        batches.order(session, cast.manager, "approve", [task], {"opinion": "同意"}, now=now)
    worker = Worker(database, lambda: now + timedelta(minutes=1))
    while worker.run_once():
        pass
    with database.reading(COMPANY) as session:
        [told] = session.execute(select(models.Batch.results)).scalar_one()
        assert told["refused"].startswith("This step is not approved together")
        assert session.get_one(models.UserTask, task).state == "open"


def test_a_destroyed_content_leaves_the_signature_on_record(
    signing: None, database: databases.Database, cast: Cast, signed_in: SignedIn
) -> None:
    case, task = begin(database, cast)
    sign(signed_in("manager"), task)
    with database.transaction() as session:
        session.execute(update(models.Signature).values(salt=None))  # as a destruction does
        session.execute(update(models.WorkItem).values(given=None))
    assert "签名存档" in signed_in("clerk").get(f"/cases/{case}").words(".signed")
