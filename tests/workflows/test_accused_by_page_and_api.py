"""Recusal (回避) from outside: the person whom a complaint is about gets nowhere by page or API, nor is it handed to him."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.storage import models
from tests.web.pages import Browser
from tests.workflows.standing import Standing

JUDGED = {"first_contact_at": "2026-02-09T09:30:00+08:00", "first_contact_person": "赵敏", "group_finding": "端口时断时续。"}
SignedIn = Callable[[str], Browser]


@pytest.fixture
def case(telecom: Standing) -> int:
    """A complaint about a member of the large customers' group and about the administrator."""
    about = ["lin_xiaoyan", "liu_wei"]
    return telecom.walk("complaint", "trap_06_group_solves_replies_and_archives", steps=0, complained_about=about)


def post(someone: Browser, address: str, body: dict[str, object]) -> int:
    return someone.client.post(address, json=body, headers={"X-CSRFToken": someone.token()}).status_code


def test_the_accused_neither_claims_nor_completes_by_page_or_api(telecom: Standing, signed_in: SignedIn, case: int) -> None:
    key = telecom.open_task("judge_by_group", case)
    for username in ("lin_xiaoyan", "liu_wei"):
        accused = signed_in(username)
        assert post(accused, f"/v2/user-tasks/{key}/completion", {"action": "can", "variables": JUDGED}) in (403, 404)
        assert post(accused, f"/v2/user-tasks/{key}/assignment", {"assignee": username}) in (400, 403, 404, 422)
        for address in (f"/tasks/{key}/claim", f"/tasks/{key}/complete"):
            sent = {"csrf_token": accused.token(), "outcome": "can", **JUDGED}
            assert accused.client.post(address, data=sent).status_code in (403, 404)
        refused = 403 if username == "liu_wei" else 404  # an administrator at least knows of it
        assert post(accused, f"/v2/process-instances/{case}/cancellation", {"reason": "不必再办"}) == refused
        assert accused.client.get(f"/cases/{case}").status_code == (200 if username == "liu_wei" else 404)
    [task] = telecom.rows(models.UserTask, key=key)
    assert (task.state, task.assignee) == ("open", None)


def test_nobody_hands_the_complaint_to_whom_it_is_about(telecom: Standing, signed_in: SignedIn, case: int) -> None:
    key, head = telecom.open_task("judge_by_group", case), signed_in("zhou_lihua")
    for username in ("lin_xiaoyan", "liu_wei"):
        assert post(head, f"/v2/user-tasks/{key}/assignment", {"assignee": username}) == 400
    assert post(head, f"/v2/user-tasks/{key}/assignment", {"assignee": "he_jing"}) == 204
    assert post(signed_in("he_jing"), f"/v2/user-tasks/{key}/completion", {"action": "can", "variables": JUDGED}) == 204


def test_who_reads_all_ordinary_complaints_does_not_read_the_one_about_himself(telecom: Standing, signed_in: SignedIn) -> None:
    """His colleague does, and hears that he is not expected to answer the customer."""
    case = telecom.walk("ordinary_complaint", "the_accused_do_not_handle", steps=0, complained_about=["peng_fei"])
    accused, colleague = signed_in("peng_fei"), signed_in("tang_rui")
    [row] = telecom.rows(models.ProcessInstance, key=case)
    for page in ("", "/story", "/diagram", "/sheet.pdf"):
        assert accused.client.get(f"/cases/{case}{page}").status_code == 404, page
    for someone, finds in ((accused, False), (colleague, True)):
        for address in ("/status/cases", f"/status/cases?search={row.number}", "/status/tasks", "/notices", "/inbox"):
            text = someone.client.get(address).text
            assert not (f"/cases/{case}" in text or row.title in text) or finds, address
        found = someone.client.post("/v2/process-instances/search", json={}, headers={"X-CSRFToken": someone.token()}).json
        assert (str(case) in str(found)) is finds
    page = colleague.client.get(f"/cases/{case}").text
    assert "彭飞" in page and "唐蕊、彭飞" not in page
