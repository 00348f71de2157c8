"""A member of a request that would not be obeyed is refused by its name; a body that may be missing may be missing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.api.test_bad_input import caller
from tests.web.api.test_work import begin, lease, with_job

START = {"processDefinitionId": "two_steps", "variables": {"subject": "x"}}
ACTIVATION = {"type": "ship-it", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": -1}


@pytest.fixture
def owner(address: str, database: databases.Database, cast: Cast) -> httpx.Client:
    kit.deploy(database, cast.owner, *kit.two_steps())
    kit.deploy(database, cast.owner, with_job())
    return caller(address)


@pytest.mark.parametrize(
    ("path", "body", "member"),
    [
        ("/process-instances", {**START, "startInstructions": [{"elementId": "b"}]}, "startInstructions"),
        ("/process-instances", {**START, "runtimeInstructions": [{"afterElementId": "a"}]}, "runtimeInstructions"),
        ("/process-instances", {**START, "tags": ["urgent"]}, "tags"),
        ("/process-instances", {**START, "businessId": "order-1"}, "businessId"),
        ("/process-instances", {**START, "operationReference": 3}, "operationReference"),
        ("/process-instances", {**START, "tenantId": "elsewhere"}, "tenantId"),
        ("/jobs/activation", {**ACTIVATION, "type": None}, "type"),
        ("/jobs/activation", {**ACTIVATION, "timeout": "1e3"}, "timeout"),
        ("/jobs/activation", {**ACTIVATION, "requestTimeout": "300001"}, "requestTimeout"),
        ("/process-instances", {**START, "processDefinitionVersion": 0}, "processDefinitionVersion"),
        ("/process-instances", {**START, "processDefinitionKey": "1"}, "processDefinitionKey"),
        ("/process-instances", {**START, "variable": {}}, "variables"),
        ("/process-instances", {**START, "awaitCompletion": "yes"}, "awaitCompletion"),
        ("/jobs/activation", {**ACTIVATION, "withLease": True}, "withLease"),
        ("/jobs/activation", {**ACTIVATION, "tenantIds": ["acme", "elsewhere"]}, "tenantIds"),
        ("/jobs/activation", {**ACTIVATION, "tenantFilter": "ALL"}, "tenantFilter"),
        ("/jobs/activation", {**ACTIVATION, "fetchVariables": []}, "fetchVariable"),
        ("/jobs/activation", {**ACTIVATION, "timeout": True}, "timeout"),
        ("/jobs/1/failure", {"variables": {"x": 1}}, "variables"),
        ("/jobs/1/failure", {"retries": 1, "retryBackoff": 1000}, "retryBackOff"),
        ("/jobs/1/completion", {"result": {"type": "userTask"}}, "result"),
        ("/jobs/1/completion", {"jobLeaseToken": "x"}, "jobLeaseToken"),
        ("/jobs/1/completion", {"businessId": "x"}, "businessId"),
        ("/jobs/1/error", {}, "errorCode"),
        ("/user-tasks/1/assignment", {"assignee": "clerk", "allowOveride": False}, "allowOverride"),
        ("/user-tasks/1/completion", {"outcome": "approve"}, "outcome"),
        ("/process-instances/1/cancellation", {"operationReference": 1}, "operationReference"),
        ("/incidents/1/resolution", {"operationReference": 1}, "operationReference"),
        ("/messages/publication", {"name": "x", "businessId": "1"}, "businessId"),
        ("/messages/correlation", {"name": "x", "tenantId": "elsewhere"}, "tenantId"),
        ("/messages/correlation", {"name": "x", "timeToLive": 1}, "timeToLive"),
        ("/decision-definitions/evaluation", {"decisionDefinitionId": "x", "tenantId": "elsewhere"}, "tenantId"),
        ("/decision-definitions/evaluation", {"variables": {}}, "decisionDefinitionId"),
        ("/user-tasks/search", {"filters": {}}, "filter"),
        ("/user-tasks/search", {"sort": [{"field": "name", "direction": "ASC"}]}, "direction"),
        ("/user-tasks/search", {"page": {"limit": 1, "size": 3}}, "size"),
        ("/user-tasks/search", {"page": {"after": "x", "before": "y"}}, "after"),
        ("/user-tasks/search?truncate=false", {}, "truncate"),
        ("/variables/search?maskValue=false", {"filter": {"processInstanceKey": "1"}}, "maskValues"),
    ],
)
def test_what_would_not_be_obeyed_is_a_400_that_names_it(
    owner: httpx.Client, database: databases.Database, path: str, body: dict[str, Any], member: str
) -> None:
    answer = owner.post(path, json=body, headers={"Accept-Language": "en"})
    assert answer.status_code == 400, answer.text
    assert member in answer.json()["detail"]
    assert kit.rows(database, kit.models.ProcessInstance) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/process-instances", {**START, "startInstructions": [], "tags": [], "businessId": None, "tenantId": "acme"}),
        ("/process-instances", {**START, "tenantId": "<default>", "awaitCompletion": False, "processDefinitionVersion": 1}),
        ("/process-instances", {**START, "awaitCompletion": None, "processDefinitionVersion": None, "requestTimeout": None}),
        ("/messages/publication", {"name": "x", "correlationKey": None, "timeToLive": None}),
        ("/process-instances", {**START, "requestTimeout": "0"}),
        ("/jobs/activation", {**ACTIVATION, "timeout": "1000", "requestTimeout": "-1"}),
        ("/messages/publication", {"name": "x", "timeToLive": "1000"}),
        ("/user-tasks/search", {"page": {"after": None, "before": None, "from": None, "limit": 1}, "sort": None}),
        ("/jobs/activation", {**ACTIVATION, "withLease": False, "tenantIds": ["<default>"], "tenantFilter": "ASSIGNED"}),
    ],
)
def test_members_that_ask_for_nothing_and_long_numbers_in_digits_are_taken(
    owner: httpx.Client, path: str, body: dict[str, Any]
) -> None:
    assert owner.post(path, json=body).status_code == 200


@pytest.mark.parametrize("kind", ["process-instances", "process-definitions", "user-tasks", "incidents"])
def test_a_search_needs_no_body(owner: httpx.Client, kind: str) -> None:
    answer = owner.post(f"/{kind}/search")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == (2 if kind == "process-definitions" else 0)


def test_what_asks_for_nothing_more_needs_no_body(owner: httpx.Client, database: databases.Database, cast: Cast) -> None:
    instance = begin(owner, "shipping")
    [job] = lease(owner)
    assert owner.post(f"/jobs/{job['jobKey']}/failure").status_code == 204
    [incident] = owner.post("/incidents/search").json()["items"]
    assert owner.post(f"/incidents/{incident['incidentKey']}/resolution").status_code == 204
    [job] = lease(owner)
    assert owner.post(f"/jobs/{job['jobKey']}/completion").status_code == 204
    case = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    assert owner.post(f"/process-instances/{case}/cancellation").status_code == 204
    states = {each.key: each.state for each in kit.rows(database, kit.models.ProcessInstance)}
    assert states == {int(instance): "completed", case: "cancelled"}


@pytest.mark.parametrize("path", ["/process-instances", "/jobs/activation", "/messages/publication", "/jobs/1/error"])
def test_a_body_that_must_not_be_missing_is_a_400(owner: httpx.Client, path: str) -> None:
    answer = owner.post(path)
    assert (answer.status_code, answer.json()["title"]) == (400, "INVALID_ARGUMENT")


def test_a_task_needs_no_body_to_be_completed(owner: httpx.Client, database: databases.Database, cast: Cast) -> None:
    bare = kit.diagram("bare", kit.start(), kit.task("a", groups="流程管理员"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, bare)
    case = kit.begin(database, cast.clerk, "bare")
    assert owner.post(f"/user-tasks/{kit.open_task(database, case, 'a')}/completion").status_code == 204
    assert kit.instance(database, case).state == "completed"


def test_a_variable_that_the_form_does_not_ask_for_is_refused_with_the_nearest(
    owner: httpx.Client, address: str, database: databases.Database
) -> None:
    headers = {"Accept-Language": "en"}
    wrong = {**START, "variables": {"subject": "x", "subjct": "y"}}
    answer = owner.post("/process-instances", json=wrong, headers=headers)
    assert answer.status_code == 400 and "“subject”" in answer.json()["detail"] and "subjct" in answer.json()["errors"]
    assert kit.rows(database, kit.models.ProcessInstance) == []
    case = int(owner.post("/process-instances", json=START).json()["processInstanceKey"])
    task = kit.open_task(database, case, "a")
    sent = {"variables": {"answer": "y", "colour": "z"}}
    answer = caller(address, "acme/clerk").post(f"/user-tasks/{task}/completion", json=sent, headers=headers)
    assert answer.status_code == 400 and "colour" in answer.json()["errors"]
    assert kit.open_task(database, case, "a") == task


@pytest.mark.parametrize(
    ("variables", "member", "told"),
    [
        ({"lines": [{"item": "纸", "amuont": "3"}]}, "lines[0].amuont", "did you mean “lines[0].amount”"),
        ({"lines": [{"item": "纸"}, {"parts": [{"nmae": "盖"}]}]}, "lines[1].parts[0].nmae", "“lines[1].parts[0].name”"),
        ({"lines": ["纸"]}, "lines[0]", "holds fields"),
        ({"customer": {"phnoe": "1"}}, "customer.phnoe", "“customer.phone”"),
        ({"customer": {"address": {"town": "上海"}}}, "customer.address.town", "leave it out"),
        ({"customer": "张"}, "customer", "holds fields"),
        ({"contact": {"mail": "x"}}, "contact.mail", "leave it out"),
    ],
)
def test_what_a_form_does_not_ask_for_within_groups_and_rows_is_refused_by_its_place(
    owner: httpx.Client, database: databases.Database, cast: Cast, variables: dict[str, Any], member: str, told: str
) -> None:
    parts = {"type": "dynamiclist", "path": "parts", "components": [kit.text_field("name")]}
    row = [kit.text_field("item"), {"type": "group", "components": [kit.text_field("amount"), parts]}]
    address = {"type": "group", "path": "address", "components": [kit.text_field("city")]}
    fields = (
        {"type": "dynamiclist", "path": "lines", "components": row},
        {"type": "group", "path": "customer", "components": [kit.text_field("phone"), address]},
        kit.text_field("contact.phone"),
    )
    steps = kit.start(form="order") + kit.end() + kit.chain("started", "done")
    kit.deploy(database, cast.owner, kit.form("order", *fields), kit.diagram("orders", steps))
    start = {"processDefinitionId": "orders"}
    right = {"lines": [{"item": "纸", "amount": "3", "parts": [{"name": "盖"}]}], "customer": {"address": {"city": "上海"}}}
    assert owner.post("/process-instances", json={**start, "variables": right}).status_code == 200
    answer = owner.post("/process-instances", json={**start, "variables": variables}, headers={"Accept-Language": "en"})
    assert answer.status_code == 400, answer.text
    assert told in answer.json()["detail"] and member in answer.json()["errors"]
    assert len(kit.rows(database, kit.models.ProcessInstance)) == 1
