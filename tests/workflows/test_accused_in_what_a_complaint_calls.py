"""Recusal (回避) in a complaint: who assigned its investigator knows nothing of the 奖罚呈批 about himself that the finding called."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pypdf
import pytest

from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from tests.web.pages import Browser
from tests.workflows import standing

ABOUT = "奖罚呈批与问责 · 与您有关，您须回避"
FOUND = {
    "findings": "推搡属实，主管领导当晚在场未制止。",
    "cause": "现场处置不当。",
    "substantiated": "属实",
    "responsibleDept": "operations",
    "brigade": "brigade_1",
    "responsiblePersons": ["zhou_jianguo"],
    "complaintKind": "值守与秩序",
    "causeKind": "人员疏忽",
}
DRAFT = {
    "subjects": ["zhou_jianguo"],
    "subjectDept": "brigade_1",
    "facts": "应予批评教育。",
    "proposal": "批评",
    "grounds": "问责规定：失职",
}


@pytest.fixture
def company(database: databases.Database, folder: Path) -> standing.Standing:
    return standing.Standing(standing.prepared(database, folder), "miniapp")


@pytest.fixture
def app(company: standing.Standing, folder: Path) -> flask.Flask:
    return standing.pages(company.database, folder, lambda: company.now)


@pytest.fixture
def signed_in(app: flask.Flask) -> Callable[[str], Browser]:
    return lambda username: Browser(app).let_in(username, "miniapp")


@pytest.fixture
def case(company: standing.Standing) -> int:
    """He led the investigation, and it names him as responsible: the approval of a penalty waits for a leader."""
    key = company.walk("complaint_handling", "serious_complaint_is_led_by_leader", steps=1)
    act(company, "zheng_hao", "investigate", FOUND)
    act(company, "chen_jing", "draft_submission", DRAFT)
    return key


def act(company: standing.Standing, username: str, step: str, values: dict[str, Any]) -> None:
    with company.database.transaction("miniapp") as session:
        by = company.actor(session, username)
        user_tasks.complete(session, by, company.open_task(step), values, now=company.now)


def printed(someone: Browser, address: str) -> str:
    sent = someone.client.post(address, headers={"X-CSRFToken": someone.token()})
    assert sent.status_code == 200, sent.text
    return "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(sent.data)).pages)


def test_he_reads_the_complaint_on_and_nothing_of_the_penalty(
    company: standing.Standing, case: int, signed_in: Callable[[str], Browser]
) -> None:
    [called] = company.rows(models.ProcessInstance, parent_key=case, process_id="accountability_approval")
    secrets = (called.number, str(called.key), "拟写奖罚呈批件", "主管领导审批", "应予批评教育。", "孙丽敏")
    accused, colleague = signed_in("zhou_jianguo"), signed_in("sun_limin")
    for page in ("", "/story", "/diagram"):
        assert accused.client.get(f"/cases/{called.key}{page}").status_code == 404
        assert colleague.client.get(f"/cases/{called.key}{page}").status_code == 200
    for address in ("sheet", "unmask"):
        sent = accused.client.post(f"/cases/{called.key}/{address}", headers={"X-CSRFToken": accused.token()})
        assert sent.status_code == 404
    page = accused.get(f"/cases/{case}")
    assert ABOUT in page.words() and [each for each in secrets if each in page.text] == []
    theirs = colleague.get(f"/cases/{case}").text
    assert ABOUT not in theirs and called.number in theirs
    for address in (
        "/status/cases",
        "/status/tasks",
        "/inbox",
        "/inbox/done",
        "/notices",
        "/status/processes/accountability_approval",
    ):
        text = accused.client.get(address).text
        assert called.number not in text and f"/cases/{called.key}" not in text, address
    for address in (f"/cases/{case}/sheet", f"/cases/{case}/print/complaint_record"):
        assert not [each for each in secrets if each in printed(accused, address)], address
