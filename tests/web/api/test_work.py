"""Jobs, incidents, messages and decisions over the API, and the session of the pages as credentials."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from engine.deploying.deployment import Resource
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.api.conftest import PASSWORD, PLAIN
from tests.web.api.test_bad_input import caller

TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="级别" namespace="n">
<decision id="level" name="级别"><decisionTable id="t" hitPolicy="FIRST">
<input id="i1"><inputExpression id="e1" typeRef="number"><text>amount</text></inputExpression></input>
<output id="o1" name="level"/>
<rule id="r1"><inputEntry id="c1"><text>&gt;= 1000</text></inputEntry><outputEntry id="x1"><text>"经理"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="c2"><text>-</text></inputEntry><outputEntry id="x2"><text>"组长"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def with_job(*more: str, flows: str = "") -> Resource:
    return kit.diagram(
        "shipping",
        kit.start(),
        kit.service("ship", "ship-it", retries="2"),
        kit.end(),
        kit.chain("started", "ship", "done"),
        *more,
        flows,
    )


@pytest.fixture
def owner(address: str) -> httpx.Client:
    return caller(address)


def begin(owner: httpx.Client, process: str) -> str:
    return str(owner.post("/process-instances", json={"processDefinitionId": process}).json()["processInstanceKey"])


def lease(owner: httpx.Client) -> list[dict[str, Any]]:
    body = {"type": "ship-it", "timeout": 60_000, "maxJobsToActivate": 10, "worker": "w"}
    jobs: list[dict[str, Any]] = owner.post("/jobs/activation", json=body).json()["jobs"]
    return jobs


def state(owner: httpx.Client, instance: str) -> str:
    return str(owner.get(f"/process-instances/{instance}").json()["state"])


def test_a_leased_job_is_not_leased_again(owner: httpx.Client, database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, with_job())
    begin(owner, "shipping")
    assert len(lease(owner)) == 1
    assert lease(owner) == []


def test_a_job_that_fails_for_good_is_an_incident_that_can_be_resolved(
    owner: httpx.Client, database: databases.Database, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, with_job())
    instance = begin(owner, "shipping")
    [job] = lease(owner)
    assert owner.post(f"/jobs/{job['jobKey']}/failure", json={"retries": 0, "errorMessage": "仓库没人"}).status_code == 204
    [incident] = owner.post("/incidents/search", json={"filter": {"state": "ACTIVE"}}).json()["items"]
    assert "仓库没人" in incident["errorMessage"] and incident["elementId"] == "ship"
    assert owner.get(f"/process-instances/{instance}").json()["hasIncident"] is True
    assert owner.post(f"/incidents/{incident['incidentKey']}/resolution", json={}).status_code == 204
    [again] = lease(owner)
    assert owner.post(f"/jobs/{again['jobKey']}/completion", json={}).status_code == 204
    assert state(owner, instance) == "COMPLETED"
    assert owner.post(f"/jobs/{again['jobKey']}/completion", json={}).status_code in (404, 409)


def test_an_error_of_a_worker_goes_to_the_boundary_event(owner: httpx.Client, database: databases.Database, cast: Cast) -> None:
    error = kit.boundary("lost", "ship", '<bpmn:errorEventDefinition errorRef="e1"/>')
    resource = kit.diagram(
        "shipping",
        kit.start(),
        kit.service("ship", "ship-it"),
        error,
        kit.end(),
        kit.end("given_up"),
        kit.chain("started", "ship", "done"),
        kit.flow("lost", "given_up"),
        beside='<bpmn:error id="e1" name="丢失" errorCode="LOST"/>',
    )
    kit.deploy(database, cast.owner, resource)
    instance = begin(owner, "shipping")
    [job] = lease(owner)
    assert owner.post(f"/jobs/{job['jobKey']}/error", json={"errorCode": "LOST"}).status_code == 204
    assert state(owner, instance) == "COMPLETED"
    assert kit.instance(database, int(instance)).end_event == "given_up"


def test_a_message_reaches_the_case_that_waits_for_it(owner: httpx.Client, database: databases.Database, cast: Cast) -> None:
    catching = kit.node("intermediateCatchEvent", "paid", inner='<bpmn:messageEventDefinition messageRef="m1"/>')
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "billing",
            kit.start(),
            catching,
            kit.end(),
            kit.chain("started", "paid", "done"),
            beside=kit.message("m1", "payment", "=instance_number"),
        ),
    )
    instance = begin(owner, "billing")
    number = owner.get(f"/process-instances/{instance}").json()["businessId"]
    wrong = owner.post("/messages/correlation", json={"name": "payment", "correlationKey": "other"})
    assert wrong.status_code == 404
    told = owner.post("/messages/correlation", json={"name": "payment", "correlationKey": number, "variables": {"sum": 12.5}})
    assert told.json()["processInstanceKey"] == instance
    assert state(owner, instance) == "COMPLETED"


def test_a_published_message_with_an_id_is_taken_once(owner: httpx.Client) -> None:
    body = {"name": "payment", "correlationKey": "1", "timeToLive": 60_000, "messageId": "m-1"}
    assert owner.post("/messages/publication", json=body).status_code == 200
    assert owner.post("/messages/publication", json=body).status_code == 409


def test_a_decision_tells_its_value_and_the_rules_that_matched(
    owner: httpx.Client, database: databases.Database, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, Resource("level.dmn", TABLE.encode()))
    told = owner.post(
        "/decision-definitions/evaluation", json={"decisionDefinitionId": "level", "variables": {"amount": 1000}}
    ).json()
    assert told["output"] == '"经理"'
    assert [rule["ruleIndex"] for rule in told["evaluatedDecisions"][0]["matchedRules"]] == [1]


def test_who_is_no_administrator_may_not_work_on_jobs_or_evaluate(address: str) -> None:
    clerk = caller(address, "acme/clerk")
    assert clerk.post("/jobs/activation", json={"type": "ship-it", "timeout": 1, "maxJobsToActivate": 1}).status_code == 403
    assert clerk.post("/decision-definitions/evaluation", json={"decisionDefinitionId": "level"}).status_code == 403
    assert clerk.post("/messages/publication", json={"name": "x"}).status_code == 403


def test_the_session_of_the_pages_is_enough_with_its_token(address: str) -> None:
    with httpx.Client(base_url=address, follow_redirects=True, verify=PLAIN) as browser:
        page = browser.get("/sign-in").text
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        browser.post("/sign-in", data={"csrf_token": token, "company": "acme", "username": "clerk", "password": PASSWORD})
        assert browser.get("/v2/authentication/me").json()["username"] == "clerk"
        assert browser.post("/v2/user-tasks/search", json={}).status_code == 400
        token = browser.get("/inbox").text.split('"X-CSRFToken": "')[1].split('"')[0]
        assert browser.post("/v2/user-tasks/search", json={}, headers={"X-CSRFToken": token}).status_code == 200


def test_a_client_that_begins_with_many_calls_at_once_is_let_in(address: str, database: databases.Database, cast: Cast) -> None:
    with ThreadPoolExecutor(20) as threads:
        answers = list(
            threads.map(
                lambda _call: httpx.get(f"{address}/v2/topology", auth=("acme/clerk", PASSWORD), timeout=None, verify=PLAIN),
                range(20),
            )
        )
    assert {each.status_code for each in answers} == {200}


def test_a_clerk_does_not_start_a_replaced_version_by_number_or_by_key(
    address: str, database: databases.Database, cast: Cast
) -> None:
    old = kit.deploy(database, cast.owner, *kit.two_steps(title="一")).definitions[0]
    kit.deploy(database, cast.owner, *kit.two_steps(title="二"))
    asked = (
        {"processDefinitionId": "two_steps", "processDefinitionVersion": 1},
        {"processDefinitionKey": str(old.key)},
    )
    for which in asked:
        body = {**which, "variables": {"subject": "x"}}
        for username, status in (("clerk", 403), ("owner", 200)):
            answer = httpx.post(
                f"{address}/v2/process-instances", json=body, auth=(f"acme/{username}", PASSWORD), timeout=None, verify=PLAIN
            )
            assert answer.status_code == status, answer.text
    newest = {"processDefinitionId": "two_steps", "processDefinitionVersion": 2, "variables": {"subject": "x"}}
    answer = httpx.post(
        f"{address}/v2/process-instances", json=newest, auth=("acme/clerk", PASSWORD), timeout=None, verify=PLAIN
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("outcomes", "chosen"),
    [("complete:办妥,again:再办", "complete"), ("submit,complete:办妥", "complete"), ("submit,again:再办", "submit")],
)
def test_a_step_may_have_an_outcome_that_is_called_as_the_plain_action(
    owner: httpx.Client, database: databases.Database, cast: Cast, outcomes: str, chosen: str
) -> None:
    look = kit.task("look", assignee="owner", outcomes=outcomes)
    kit.deploy(database, cast.owner, kit.diagram("named", kit.start(), look, kit.end(), kit.chain("started", "look", "done")))
    key = kit.open_task(database, int(begin(owner, "named")), "look")
    assert owner.post(f"/user-tasks/{key}/completion", json={"action": "unheard_of"}).status_code == 400
    assert owner.post(f"/user-tasks/{key}/completion", json={"action": "complete"}).status_code == 204
    assert [row.outcome for row in kit.rows(database, models.UserTask, key=key)] == [chosen]
