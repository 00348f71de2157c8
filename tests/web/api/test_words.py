"""Refusals of the API name the members that were sent, in the caller's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.cases import Purchases
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]


@pytest.fixture
def send(signed_in: SignedIn) -> Callable[..., Any]:
    someone = signed_in("clerk")

    def sending(path: str, body: Any, language: str = "zh-CN") -> Any:
        headers = {"X-CSRFToken": someone.token(), "Accept-Language": language}
        return someone.client.post(f"/v2{path}", json=body, headers=headers)

    return sending


def test_refusals_name_the_members_that_were_sent(send: Callable[..., Any], purchases: Purchases) -> None:
    case = purchases.start()
    task = purchases.claim(case, purchases.cast.clerk)
    too_many = ["clerk2"] * 1 + [f"nobody{n}" for n in range(60)]
    moments = {"beginsAt": "2026-05-02T09:00:00+08:00", "endsAt": "2026-05-01T09:00:00+08:00"}
    for path, body, member in (
        (f"/extensions/process-instances/{case}/comment", {"text": "x", "people": too_many}, "people"),
        (f"/extensions/user-tasks/{task}/delegate", {"reason": "x", "person": "nobody"}, "person"),
        (f"/extensions/user-tasks/{task}/transfer", {"reason": "x", "person": "nobody"}, "person"),
        (f"/extensions/user-tasks/{task}/consult", {"text": "x", "people": ["nobody"]}, "people"),
        ("/extensions/deputies", {"deputy": "clerk2", **moments}, "endsAt"),
        (
            "/extensions/deputies",
            {
                "deputy": "clerk2",
                "beginsAt": moments["endsAt"],
                "endsAt": moments["beginsAt"],
                "processDefinitionIds": ["none"],
            },
            "processDefinitionIds",
        ),
    ):
        refused = send(path, body)
        assert refused.status_code == 400 and list(refused.json["errors"]) == [member], (path, refused.text)


def test_what_is_not_of_the_described_form_is_told_in_the_callers_language(send: Callable[..., Any]) -> None:
    for language, told in (("zh-CN", "缺少此项"), ("en", "This is missing.")):
        refused = send("/jobs/activation", {"type": "x"}, language).json
        assert told in refused["detail"] and any(told in each[0] for each in refused["errors"].values())
    assert "只能是：claim" in send("/extensions/batches", {"operation": "x", "userTaskKeys": ["1"]}).json["detail"]
    assert "Input should" not in send("/extensions/batches", {"operation": 1, "userTaskKeys": "1"}, "en").text


def test_a_filter_by_ones_own_tenant_is_obeyed_and_another_is_refused(send: Callable[..., Any], purchases: Purchases) -> None:
    purchases.start()
    for tenant in ("acme", "<default>"):
        assert send("/process-instances/search", {"filter": {"tenantId": tenant}}).json["page"]["totalItems"] == 1
    refused = send("/user-tasks/search", {"filter": {"tenantId": "elsewhere"}})
    assert refused.status_code == 400 and list(refused.json["errors"]) == ["tenantId"]
