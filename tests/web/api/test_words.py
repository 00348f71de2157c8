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


def test_a_deputy_or_process_that_is_not_there_is_told_with_the_nearest(send: Callable[..., Any], purchases: Purchases) -> None:
    moments = {"beginsAt": "2026-05-01T09:00:00+08:00", "endsAt": "2026-05-02T09:00:00+08:00"}
    for sent, similar in (({"deputy": "clark2"}, "clerk2"), ({"processDefinitionIds": ["purchas"]}, "purchase")):
        refused = send("/extensions/deputies", {"deputy": "clerk2", **moments, **sent})
        assert refused.status_code == 400 and f"是否指“{similar}”" in refused.json["detail"], refused.text
    refused = send("/extensions/deputies", {"deputy": "x" * 100_000, **moments})
    assert refused.status_code == 400 and len(refused.json["detail"]) < 200


@pytest.mark.parametrize(
    ("body", "chinese", "english"),
    [
        (b'{"a":\n bad}', "第 2 行第 2 列", "line 2, column 2"),
        (b"\xff", "第 1 个字节", "octet 1"),
        (b"[1]", "应为对象", "This is to be an object."),
        (b'{"a": ' + b"9" * 5000 + b"}", "数值", "a number"),
    ],
)
def test_what_is_no_json_object_is_told_in_the_callers_language_alone(
    signed_in: SignedIn, body: bytes, chinese: str, english: str
) -> None:
    someone = signed_in("clerk")
    for language, told in (("zh-CN", chinese), ("en", english)):
        headers = {"X-CSRFToken": someone.token(), "Accept-Language": language}
        path = "/v2/process-instances/search"
        refused = someone.client.post(path, data=body, content_type="application/json", headers=headers)
        assert refused.status_code == 400 and told in refused.json["detail"], refused.text
        assert not any(word in refused.text for word in ("_schema", "codec", "Expecting", "digits"))


def test_a_filter_by_ones_own_tenant_is_obeyed_and_another_is_refused(send: Callable[..., Any], purchases: Purchases) -> None:
    purchases.start()
    for tenant in ("acme", "<default>"):
        assert send("/process-instances/search", {"filter": {"tenantId": tenant}}).json["page"]["totalItems"] == 1
    refused = send("/user-tasks/search", {"filter": {"tenantId": "elsewhere"}})
    assert refused.status_code == 400 and list(refused.json["errors"]) == ["tenantId"]
