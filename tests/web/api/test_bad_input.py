"""What the API answers to strangers, to wrong requests, and across companies."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from engine.storage import database as databases
from tests import patience
from tests.cast import Cast
from tests.engine import kit
from tests.web.api.conftest import PASSWORD, PLAIN

pytestmark = pytest.mark.both_databases  # numbers and characters that a database refuses


def caller(address: str, username: str = "acme/owner", password: str = PASSWORD) -> httpx.Client:
    return httpx.Client(base_url=f"{address}/v2", auth=(username, password), timeout=patience.SECONDS, verify=PLAIN)


@pytest.fixture
def case(database: databases.Database, cast: Cast) -> int:
    kit.deploy(database, cast.owner, *kit.two_steps())
    return kit.begin(database, cast.clerk, "two_steps", {"subject": "打印机"})


@pytest.mark.parametrize(
    ("username", "password"), [("acme/owner", "wrong"), ("acme/nobody", PASSWORD), ("owner", PASSWORD), ("", "")]
)
def test_wrong_credentials_are_told_nothing(address: str, username: str, password: str) -> None:
    answer = caller(address, username, password).get("/topology")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_nobody_gets_in_without_credentials(address: str) -> None:
    assert httpx.get(f"{address}/v2/topology", verify=PLAIN).status_code == 401
    assert httpx.post(f"{address}/v2/user-tasks/search", json={}, verify=PLAIN).status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/user-tasks/search", {"filter": {"nonsense": 1}}),
        ("/user-tasks/search", {"filter": {"creationDate": {"$gt": "yesterday"}}}),
        ("/user-tasks/search", {"filter": {"state": {"$maybe": 1}}}),
        ("/user-tasks/search", {"sort": [{"field": "nonsense"}]}),
        ("/user-tasks/search", {"filter": {"$or": [{"state": "CREATED"}] * 5000}}),
        ("/user-tasks/search", {"page": {"limit": -1}}),
        ("/user-tasks/search", {"page": {"after": "!!!"}}),
        ("/process-instances", {}),
        ("/process-instances", {"processDefinitionKey": "x"}),
        ("/process-instances", {"processDefinitionId": "two_steps", "variables": 3}),
        ("/process-instances", {"processDefinitionId": "two_steps", "variables": {}}),
        ("/variables/search", {"filter": {"value": "no JSON"}}),
        ("/jobs/activation", {"type": "x"}),
        ("/messages/publication", {"name": ""}),
    ],
)
def test_a_wrong_request_is_a_400_that_says_why(address: str, case: int, path: str, body: dict[str, Any]) -> None:
    answer = caller(address).post(path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[]", b"3"])
def test_a_body_that_is_no_object_is_a_400(address: str, content: bytes) -> None:
    answer = caller(address).post("/user-tasks/search", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 415), answer.text


def test_a_stranger_finds_nothing_of_another_company(address: str, database: databases.Database, case: int) -> None:
    task = kit.open_task(database, case, "a")
    stranger = caller(address, "elsewhere/stranger")
    assert stranger.post("/process-instances/search", json={}).json()["items"] == []
    assert stranger.post("/user-tasks/search", json={}).json()["items"] == []
    assert stranger.post("/process-definitions/search", json={}).json()["items"] == []
    for method, path in (
        ("GET", f"/process-instances/{case}"),
        ("GET", f"/user-tasks/{task}"),
        ("GET", f"/user-tasks/{task}/form"),
        ("POST", f"/user-tasks/{task}/completion"),
        ("POST", f"/process-instances/{case}/cancellation"),
        ("DELETE", f"/user-tasks/{task}/assignee"),
    ):
        assert stranger.request(method, path, json={} if method == "POST" else None).status_code == 404, path
    assert kit.open_elements(database, case) == ["a"]


def test_who_has_no_part_in_a_case_does_not_see_it_and_may_not_deploy(address: str, case: int) -> None:
    outsider = caller(address, "acme/outsider")
    assert outsider.post("/process-instances/search", json={}).json()["items"] == []
    assert outsider.get(f"/process-instances/{case}").status_code == 404
    assert outsider.post("/deployments", files={"resources": ("x.bpmn", b"<x/>")}).status_code == 403


def test_the_second_completion_of_a_task_is_a_conflict(address: str, database: databases.Database, case: int) -> None:
    task = kit.open_task(database, case, "a")
    clerk = caller(address, "acme/clerk")
    sent = {"variables": {"answer": "好"}}
    assert clerk.post(f"/user-tasks/{task}/completion", json=sent).status_code == 204
    assert clerk.post(f"/user-tasks/{task}/completion", json=sent).status_code == 409


@pytest.mark.parametrize(
    "xml",
    [
        b"not xml",
        b"",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b"<a>" * 5000 + b"</a>" * 5000,
    ],
)
def test_a_hostile_diagram_is_refused_and_nothing_is_stored(address: str, xml: bytes) -> None:
    owner = caller(address)
    answer = owner.post("/deployments", files={"resources": ("x.bpmn", xml)})
    assert answer.status_code == 400, answer.text
    assert owner.post("/process-definitions/search", json={}).json()["items"] == []


def test_what_a_deployment_accepts_and_will_not_obey_is_told_in_its_answer(address: str) -> None:
    content = (kit.start(), kit.task("a"), kit.end(), kit.chain("started", "a", "done"), '<bpmn:dataObject id="papers"/>')
    parts = {"resources": ("told.bpmn", kit.diagram("told", *content).content)}
    answer = caller(address).post("/deployments", files=parts, headers={"Accept-Language": "zh-CN"}).json()
    told = [(each["resourceName"], each["elementId"]) for each in answer["warnings"]]
    assert sorted(told) == [("told.bpmn", "a"), ("told.bpmn", "papers"), ("told.bpmn", "started")]
    assert len(answer["deployments"]) == 1
    assert all("谁" in each["message"] or "不" in each["message"] for each in answer["warnings"]), (
        "as every refusal, in Chinese"
    )


def test_pages_of_a_search_follow_each_other(address: str, database: databases.Database, cast: Cast, case: int) -> None:
    more = [kit.begin(database, cast.clerk, "two_steps", {"subject": str(n)}) for n in range(4)]
    owner = caller(address)
    body: dict[str, Any] = {"sort": [{"field": "startDate", "order": "DESC"}], "page": {"limit": 2}}
    seen: list[str] = []
    for _ in range(3):
        answer = owner.post("/process-instances/search", json=body).json()
        assert answer["page"]["totalItems"] >= len(answer["items"])
        seen += [item["processInstanceKey"] for item in answer["items"]]
        body["page"]["after"] = answer["page"]["endCursor"]
    assert sorted(map(int, seen)) == sorted([case, *more])


def test_the_description_of_the_api_is_served(address: str) -> None:
    described = httpx.get(f"{address}/v2/openapi.json", verify=PLAIN).json()
    assert described["openapi"].startswith("3.1")
    assert {"/v2/user-tasks/search", "/v2/process-instances", "/v2/jobs/activation"} <= set(described["paths"])
