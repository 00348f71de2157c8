"""The shipped destruction of records: once a copy is gone the case is finished, and each of the two signs for himself."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pypdf
import pytest

from engine.files import attachments
from engine.storage import database as databases
from engine.storage import models
from tests.web.pages import Browser
from tests.workflows import standing

WALK = ("record_destruction", "three_approvals_then_both_copies_destroyed")
SignedIn = Callable[[str], Browser]


@pytest.fixture
def advertising(database: databases.Database, folder: Path) -> standing.Standing:
    """映山红广告公司 with all its processes."""
    return standing.Standing(standing.prepared(database, folder), "advertising")


@pytest.fixture
def signed_in(advertising: standing.Standing, folder: Path) -> SignedIn:
    app: flask.Flask = standing.pages(advertising.database, folder, lambda: advertising.now)
    return lambda username: Browser(app).let_in(username, "advertising")


def state(company: standing.Standing, case: int) -> str:
    [row] = company.rows(models.ProcessInstance, key=case)
    return str(row.state)


@pytest.mark.parametrize("steps", [7, 8, 9])
def test_after_the_first_destroyed_copy_neither_page_nor_api_cancels(
    advertising: standing.Standing, signed_in: SignedIn, steps: int
) -> None:
    case = advertising.walk(*WALK, steps=steps)
    for username in ("pan_ting", "xu_lan", "guo_wei"):  # who proposed it, and the managers of the process
        someone = signed_in(username)
        page = someone.get(f"/cases/{case}")
        assert f"/cases/{case}/cancel" not in [form.action for form in page.tree.forms]
        told = page.words(".flash")
        assert "销毁客服部存档" in told and "曹磊" in told and "不可逆" in told
        refused = someone.post(f"/cases/{case}/cancel", status=409, reason="不销毁了")
        assert "销毁客服部存档" in refused.words("main")
        answer = someone.client.post(
            f"/v2/process-instances/{case}/cancellation", json={"reason": "撤销"}, headers={"X-CSRFToken": someone.token()}
        )
        assert answer.status_code == 409 and "不可逆" in answer.get_json()["detail"]
    assert state(advertising, case) == "active"


def test_no_operator_brings_it_to_destruction_without_the_approvals(
    advertising: standing.Standing, signed_in: SignedIn
) -> None:
    case = advertising.walk(*WALK, steps=1)
    manager = signed_in("xu_lan")
    tried: list[tuple[str, dict[str, Any]]] = [
        ("skip", {"place": "manager_approves", "outcome": outcome, "value": {"verdicts": []}})
        for outcome in ("approve", "reject")
    ]
    tried += [("move", {"place": "manager_approves", "target": target}) for target in ("freeze_list", "destroy_records")]
    tried.append(("set_variable", {"name": "supervisorVerdict", "value": "reject"}))
    for name, given in tried:
        answer = manager.client.post(
            f"/v2/extensions/process-instances/{case}/operation",
            json={"operation": name, "reason": "领导出差", **given},
            headers={"X-CSRFToken": manager.token()},
        )
        assert answer.status_code == 409 and "不可逆" in answer.get_json()["detail"], (name, answer.get_json())
    assert advertising.open_task("manager_approves", case)


def test_before_that_the_proposer_cancels(advertising: standing.Standing, signed_in: SignedIn) -> None:
    case = advertising.walk(*WALK, steps=6)
    assert f"/cases/{case}/cancel" in [form.action for form in signed_in("pan_ting").get(f"/cases/{case}").tree.forms]
    signed_in("pan_ting").post(f"/cases/{case}/cancel", reason="不销毁了")
    assert state(advertising, case) == "cancelled"


def test_the_witness_finds_nothing_ticked_or_noted_by_the_keeper(advertising: standing.Standing, signed_in: SignedIn) -> None:
    case = advertising.walk(*WALK, steps=8)
    [keeper, witness] = [advertising.open_task(each, case) for each in ("keeper_signs", "witness_signs")]
    sent: dict[str, Any] = {"outcome": "submit", "signed": "true", "signatureNote": "已粉碎两遍"}
    sent["signature"] = "[[[40, 120], [220, 60], [420, 140]]]"
    signed_in("cao_lei").send(f"/tasks/{keeper}/complete", sent)
    page = signed_in("qian_fang").get(f"/tasks/{witness}")
    boxes = page.tree.xpath("//input[@type='checkbox' and @name='signed']")
    assert len(boxes) == 1 and "checked" not in boxes[0].attrib
    assert "已粉碎两遍" not in (page.tree.xpath("//textarea[@name='signatureNote']")[0].text or "")
    signed_in("qian_fang").send(f"/tasks/{witness}/complete", {"outcome": "submit"}, status=422)
    assert state(advertising, case) == "active"


def test_the_certificate_tells_who_deleted_the_electronic_copy_and_when_backups_expire(
    advertising: standing.Standing,
) -> None:
    case = advertising.walk(*WALK)
    [file] = [row for row in advertising.rows(models.Attachment, instance_key=case) if row.name.startswith("销毁证明")]
    with advertising.database.reading("advertising") as session:
        content = attachments.open(session, advertising.actor(session, "xu_lan"), file.key).path.read_bytes()
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).replace("\n", "")
    assert "白露" in text and "2026年6月5日" in text and "到期自动清除" in text and "crm 客户库" in text
    [entry] = advertising.rows(models.RegisterEntry, register="销毁登记簿")
    assert entry.data["电子档删除人"] == "白露" and entry.data["备份到期清除"] == "2026年6月5日（到期自动清除）"


def test_a_proposal_that_a_rule_refused_does_not_look_like_a_success(
    advertising: standing.Standing, signed_in: SignedIn
) -> None:
    case = advertising.walk("record_destruction", "record_with_value_is_not_eligible")
    for address in ("/inbox/started", f"/cases/{case}"):
        page = signed_in("pan_ting").get(address)
        assert page.words(".status") == "不予销毁" and "reject" in page.tree.xpath("//*[contains(@class, 'status')]")[0].get(
            "class"
        )
