"""A client made of nothing but the description of the API calls every operation; answers are held against it in every test."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from camunda_orchestration_sdk import CamundaClient

from engine.deploying.deployment import Resource
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web import described
from tests.web.api.test_bad_input import caller
from tests.web.api.test_work import TABLE, with_job

ROUTES = Path(__file__).parents[1] / "routes.txt"


class Described:
    """A client that knows what the document says."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.document = client.get("/openapi.json").json()
        self.called: set[str] = set()
        self.operations = {
            operation["operationId"]: (method, path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }

    def __call__(self, name: str, status: int = 200, *, key: Any = "", json: Any = None, **parts: Any) -> Any:
        method, path, operation = self.operations[name]
        body = operation.get("requestBody")
        assert json is None or body is not None
        assert not (body and body["required"]) or json is not None or parts
        if json is not None and status < 300:
            described.fits(self.document, body["content"]["application/json"]["schema"], json, name)
        sent = {"json": json} if json is not None else parts
        answer = self.client.request(method, path.removeprefix("/v2").format(key=key, process_id=key), **sent)
        assert answer.status_code == status, answer.text
        self.called.add(name)
        if not answer.content:
            return None
        return answer.json() if "json" in answer.headers["content-type"] else answer.text


@pytest.fixture
def call(address: str) -> Described:
    return Described(caller(address))


def test_every_operation_does_what_the_description_says(call: Described, database: databases.Database, cast: Cast) -> None:
    call("getTopology")
    assert call("getAuthentication")["username"] == "owner"
    resources = [*kit.two_steps(), with_job(), Resource("level.dmn", TABLE.encode())]
    files = [("resources", (each.name, each.content)) for each in resources]
    call("createDeployment", files=files, data={"tenantId": "acme"})
    kit.deploy(database, cast.owner, *kit.two_steps(), with_job())  # who may start is no part of a diagram
    found = call("searchProcessDefinitions", json={"filter": {"isLatestVersion": True}, "sort": [{"field": "version"}]})
    definition = found["items"][0]["processDefinitionKey"]
    call("getProcessDefinition", key=definition)
    assert "bpmn:process" in call("getProcessDefinitionXML", key=definition)
    work_on_tasks(call)
    work_on_jobs(call)
    call("publishMessage", json={"name": "m", "correlationKey": "1", "timeToLive": 1000, "messageId": "1", "variables": {}})
    call("evaluateDecision", json={"decisionDefinitionId": "level", "variables": {"amount": 1}})
    receive_message(call, database, cast)
    made_of_ours(call)
    ours = {name for name, (_method, path, _operation) in call.operations.items() if path.startswith("/v2/extensions/")}
    assert call.called | ours == call.operations.keys()


def made_of_ours(call: Described) -> None:
    """What our own operations answer with; the others tell nothing."""
    task = call("searchUserTasks", json={"page": {"limit": 1}})["items"][0]["userTaskKey"]
    made = call("createBatch", json={"operation": "claim", "userTaskKeys": [task]})
    assert call("getBatch", key=made["key"])["items"] == [{"userTaskKey": task, "state": "waiting", "detail": None}]
    period = {"beginsAt": "2026-03-02T08:00:00+08:00", "endsAt": "2036-03-02T08:00:00+08:00"}
    calendars_of_ours(call)
    cases_of_ours(call)
    call("createDeputy", 400, json={"deputy": "clerk", **period})


def cases_of_ours(call: Described) -> None:
    """The steps to come, what happened, the sheet of a case, and what is made of one that was cancelled."""
    begun = {"processDefinitionId": "two_steps", "variables": {"subject": "x"}}
    [step] = call("pathOfStart", key="two_steps", json={"variables": {"subject": "x"}})["items"][:1]
    assert step["elementId"] == "a" and step["who"]
    case = call("createProcessInstance", json=begun)["processInstanceKey"]
    assert [each["elementId"] for each in call("pathOfCase", key=case)["items"]] == ["b"]
    assert call("getHistory", key=case)["items"][-1]["kind"] == "started"
    assert call("printApprovalSheet", key=case, json={}).startswith("%PDF")
    call("cancelProcessInstance", 204, key=case)
    assert call("reopenProcessInstance", key=case, json={"reason": "x"})["processInstanceKey"] != case
    assert call("startAgainProcessInstance", key=case, json={})["draftKey"]


def calendars_of_ours(call: Described) -> None:
    """A calendar made, its days and settings changed after a rehearsal, made the default and no longer, taken away."""
    week = {"weekdays": ["mon", "sat"], "hours": ["00:00-24:00"], "holidays": "none"}
    key = call("createCalendar", json={"name": "客服", **week})["key"]
    call("createCalendar", 400, json={"name": "客服", **week})
    call("createCalendar", 400, json={"name": "x", "hours": ["22:00-06:00"]})
    days = {"days": {"2026-03-07": "off"}, "reason": "x"}
    assert call("setCalendarDays", key=key, json={**days, "isRehearsal": True}) == {"moves": 0, "moved": 0}
    call("setCalendarDays", key=key, json=days)
    call("setCalendarDays", 400, key=key, json={"days": {"2026-03-07": "perhaps"}})
    call("updateCalendar", key=key, json={"name": "客服部", **week})
    call("chooseDefaultCalendar", key=key, json={})
    [standard, mine] = call("listCalendars")["items"]
    assert (standard["key"], mine["formerNames"], mine["isDefault"]) == ("standard", ["客服"], True)
    call("deleteCalendar", 409, key=key)
    call("chooseDefaultCalendar", key="standard", json={})
    call("deleteCalendar", 204, key=key)
    call("deleteCalendar", 404, key=key)


def work_on_tasks(call: Described) -> None:
    start = {"processDefinitionId": "two_steps", "variables": {"subject": "x"}, "awaitCompletion": False}
    case = call("createProcessInstance", json=start)["processInstanceKey"]
    call("getProcessInstance", key=case)
    assert call("searchProcessInstances", json={"page": {"limit": 1}})["page"]["endCursor"]
    [task] = call("searchUserTasks", json={"filter": {"processInstanceKey": case}})["items"]
    key = task["userTaskKey"]
    call("getUserTask", key=key)
    assert json.loads(call("getUserTaskForm", key=key)["schema"])["id"] == "answer"
    call("assignUserTask", 204, key=key, json={"assignee": "owner", "allowOverride": True, "action": "x"})
    call("unassignUserTask", 204, key=key)
    call("assignUserTask", 204, key=key, json={"assignee": "owner"})
    call("completeUserTask", 204, key=key, json={"variables": {"answer": "好"}})
    [variable] = call("searchVariables", json={"filter": {"name": "answer"}})["items"]
    assert call("getVariable", key=variable["variableKey"])["value"] == '"好"'
    call("cancelProcessInstance", 204, key=case, json={"reason": "x"})


def work_on_jobs(call: Described) -> None:
    begun = [call("createProcessInstance", json={"processDefinitionId": "shipping"}) for _each in range(3)]
    asked = {"type": "ship-it", "timeout": 1000, "maxJobsToActivate": 5, "worker": "w", "requestTimeout": -1}
    first, second, third = call("activateJobs", json=asked)["jobs"]
    call("completeJob", 204, key=first["jobKey"], json={"variables": {"x": 1}})
    call("failJob", 204, key=second["jobKey"], json={"retries": 0, "errorMessage": "x", "retryBackOff": 0})
    call("throwJobError", 204, key=third["jobKey"], json={"errorCode": "LOST"})
    incidents = call("searchIncidents", json={})["items"]
    assert len(incidents) == 2 and len(begun) == 3
    call("resolveIncident", 204, key=incidents[0]["incidentKey"])


def receive_message(call: Described, database: databases.Database, cast: Cast) -> None:
    catching = kit.node("intermediateCatchEvent", "paid", inner='<bpmn:messageEventDefinition messageRef="m1"/>')
    flows = kit.chain("started", "paid", "done")
    beside = kit.message("m1", "payment", '="1"')
    kit.deploy(database, cast.owner, kit.diagram("billing", kit.start(), catching, kit.end(), flows, beside=beside))
    call("createProcessInstance", json={"processDefinitionId": "billing"})
    call("correlateMessage", json={"name": "payment", "correlationKey": "1"})


def test_what_is_wrong_is_told_as_the_description_says(call: Described) -> None:
    call("getUserTask", 404, key="1")
    call("searchUserTasks", 400, json={"filter": {"nonsense": 1}})
    call("createProcessInstance", 400, json={"processDefinitionKey": "x"})
    call("createDeployment", 400, files={"resources": ("x.bpmn", b"<x/>")})
    call("createDeployment", 400, files={"files": ("x.bpmn", b"<x/>")})
    call("createDeployment", 400, files={"resources": ("x.bpmn", b"<x/>")}, data={"tenantId": "elsewhere"})


def test_every_route_is_described_with_its_path_and_credentials(call: Described) -> None:
    described = {f"{method.upper()} {path}" for method, path, _operation in call.operations.values()}
    routes = {line.replace("<", "{").replace(">", "}") for line in ROUTES.read_text().splitlines() if " /v2/" in line}
    assert described == routes - {"GET /v2/openapi.json"}
    for name, (_method, path, operation) in call.operations.items():
        named = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"]
        assert named == re.findall(r"{(\w+)}", path), name
        assert {"401", "403", "404", "503"} <= operation["responses"].keys()
        for alternative in operation["security"]:
            assert alternative.keys() <= call.document["components"]["securitySchemes"].keys()


def test_nothing_is_referred_to_that_is_not_there(call: Described) -> None:
    for reference in set(re.findall(r'"\$ref": ?"([^"]+)"', json.dumps(call.document))):
        assert described.resolved(call.document, {"$ref": reference})


def test_the_operations_bear_the_names_of_the_official_client(call: Described) -> None:
    for name, (_method, path, _operation) in call.operations.items():
        if path.startswith("/v2/extensions/"):
            continue  # ours alone
        method = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        assert hasattr(CamundaClient, method), method
