"""Personal data over the API: masked for whoever merely sees a case, in full for whose task it is, else only with a note."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from engine.cases import history
from engine.people.actors import SYSTEM
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import messages
from engine.verbs.sharing import comments
from tests.cast import Cast
from tests.engine import kit
from tests.web import complaints
from tests.web.api.test_bad_input import caller

NAME, NUMBER = "王小明", "13812341234"
FILED = {"content": f"我是{NAME},电话{NUMBER}", "complainant": NAME, "contact": NUMBER, "attachments": []}
MASKED = {"content": "我是王**,电话138****1234", "complainant": "王**", "contact": "138****1234", "attachments": []}
FULL = "/variables/search?maskValues=false"


@pytest.fixture
def case(database: databases.Database, cast: Cast) -> int:
    """A complaint that the clerks are to investigate; its key."""
    kit.deploy(database, cast.owner, *complaints.resources())
    with database.transaction("acme") as session:
        return messages.correlate(session, SYSTEM("acme"), "complaint_filed", "", FILED, now=kit.NOW)


def noted(database: databases.Database) -> list[tuple[str, str]]:
    events = [each for each in kit.rows(database, models.HistoryEvent) if each.kind == "unmasked"]
    return [(each.actor, each.data["how"]) for each in events]


def told(client: httpx.Client, case: int, path: str = "/variables/search") -> dict[str, Any]:
    """The filed variables as the API tells them."""
    answer = client.post(path, json={"filter": {"processInstanceKey": str(case)}})
    assert answer.status_code == 200, answer.text
    return {each["name"]: json.loads(each["value"]) for each in answer.json()["items"] if each["name"] in FILED}


@pytest.mark.parametrize("username", ["manager", "owner"])
def test_who_merely_sees_the_case_gets_masked_values(
    address: str, database: databases.Database, case: int, username: str
) -> None:
    client = caller(address, f"acme/{username}")
    assert told(client, case) == MASKED
    assert told(client, case, "/variables/search?truncateValues=false") == MASKED
    assert noted(database) == []


def test_an_answer_says_which_values_are_masked(address: str, case: int) -> None:
    answer = caller(address).post("/variables/search", json={"filter": {"processInstanceKey": str(case)}}).json()
    masked = {each["name"] for each in answer["items"] if each["isMasked"]}
    assert masked == {"content", "complainant", "contact"}


def test_whose_open_task_it_is_gets_them_in_full_until_it_is_done(
    address: str, database: databases.Database, cast: Cast, case: int
) -> None:
    clerk = caller(address, "acme/clerk")
    assert told(clerk, case) == FILED
    kit.complete(database, cast.clerk, case, "investigate", {"solution": "好"})
    kit.complete(database, cast.clerk2, case, "ask_customer")
    assert told(clerk, case) == MASKED
    assert noted(database) == []


def test_who_must_not_act_on_the_task_does_not_get_them_in_full(address: str, database: databases.Database, cast: Cast) -> None:
    apart = kit.task("a", groups="客服专员", separate_from="initiator")
    diagram = kit.diagram("apart", kit.start(form="request"), apart, kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("content")), diagram)
    key = kit.begin(database, cast.clerk, "apart", {"content": f"电话{NUMBER}"})
    assert told(caller(address, "acme/clerk"), key) == {"content": "电话138****1234"}
    assert told(caller(address, "acme/clerk2"), key) == {"content": f"电话{NUMBER}"}


def test_asked_for_in_full_they_are_given_and_each_time_noted(address: str, database: databases.Database, case: int) -> None:
    manager = caller(address, "acme/manager")
    for _ in range(2):
        assert told(manager, case, FULL) == FILED
    assert noted(database) == [("manager", "api")] * 2
    with database.reading() as session:
        assert not history.verify(session, case)


def test_asked_for_in_full_of_two_cases_both_note_it(address: str, database: databases.Database, cast: Cast, case: int) -> None:
    with database.transaction("acme") as session:
        other = messages.correlate(session, SYSTEM("acme"), "complaint_filed", "", FILED, now=kit.NOW)
    body = {"filter": {"processInstanceKey": {"$in": [str(other), str(case), str(case)]}}}
    assert caller(address, "acme/manager").post(FULL, json=body).status_code == 200
    assert noted(database) == [("manager", "api")] * 2


@pytest.mark.parametrize("username", ["acme/outsider", "elsewhere/stranger"])
def test_outsiders_and_other_companies_get_nothing_and_nothing_is_noted(
    address: str, database: databases.Database, case: int, username: str
) -> None:
    client = caller(address, username)
    for path in ("/variables/search", FULL):
        answer = client.post(path, json={"filter": {"processInstanceKey": str(case)}})
        assert answer.status_code == 404 and NAME not in answer.text
    assert noted(database) == []


def test_a_wrong_switch_is_a_400_and_not_taken_for_yes(address: str, database: databases.Database, case: int) -> None:
    answer = caller(address).post("/variables/search?maskValues=maybe", json={"filter": {"processInstanceKey": str(case)}})
    assert answer.status_code == 400 and noted(database) == []


def test_no_other_read_tells_personal_data(address: str, database: databases.Database, cast: Cast, case: int) -> None:
    owner, task = caller(address), kit.open_task(database, case, "investigate")
    answers = [owner.get(path) for path in (f"/process-instances/{case}", f"/user-tasks/{task}", f"/user-tasks/{task}/form")]
    answers += [owner.post(f"/{kind}/search", json={}) for kind in ("process-instances", "user-tasks", "incidents")]
    answered = {"name": "customer_answer", "correlationKey": kit.instance(database, case).number, "variables": {"x": NAME}}
    kit.complete(database, cast.clerk, case, "investigate", {"solution": "好"})
    answers.append(owner.post("/messages/correlation", json=answered))
    answers.append(owner.post("/messages/publication", json={**answered, "timeToLive": 1000}))
    for answer in answers:
        assert answer.status_code == 200 and NAME not in answer.text and NUMBER not in answer.text, answer.request.url
    assert noted(database) == []


def test_a_case_started_over_the_api_is_answered_with_masked_values(
    address: str, database: databases.Database, cast: Cast
) -> None:
    diagram = kit.diagram("plain", kit.start(), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, diagram)
    answer = caller(address).post("/process-instances", json={"processDefinitionId": "plain", "variables": FILED})
    assert answer.json()["variables"]["content"] == MASKED["content"]


@pytest.fixture
def shipping(database: databases.Database, cast: Cast, address: str) -> int:
    """A case with a job for an external worker; its key."""
    job = kit.service("ship", "ship-it")
    kit.deploy(database, cast.owner, kit.diagram("shipping", kit.start(), job, kit.end(), kit.chain("started", "ship", "done")))
    body = {"processDefinitionId": "shipping", "variables": {**FILED, "sum": 5}}
    return int(caller(address).post("/process-instances", json=body).json()["processInstanceKey"])


def lease(address: str, **more: Any) -> list[dict[str, Any]]:
    body = {"type": "ship-it", "timeout": 60_000, "maxJobsToActivate": 10, "worker": "印刷机", **more}
    jobs: list[dict[str, Any]] = caller(address).post("/jobs/activation", json=body).json()["jobs"]
    return jobs


def test_a_worker_gets_its_job_in_full_and_that_is_noted(address: str, database: databases.Database, shipping: int) -> None:
    [job] = lease(address)
    assert {name: job["variables"][name] for name in FILED} == FILED
    (event,) = [each for each in kit.rows(database, models.HistoryEvent) if each.kind == "unmasked"]
    assert (event.actor, event.data) == ("owner", {"how": "job", "type": "ship-it", "worker": "印刷机"})
    with database.reading() as session:
        assert not history.verify(session, shipping)
    assert caller(address).post(f"/jobs/{job['jobKey']}/completion", json={}).status_code == 204


def test_a_worker_that_asks_for_other_variables_leaves_no_note(
    address: str, database: databases.Database, shipping: int
) -> None:
    [job] = lease(address, fetchVariable=["sum"])
    assert job["variables"] == {"sum": 5} and noted(database) == []


def test_the_message_of_an_incident_is_masked(address: str, database: databases.Database, shipping: int) -> None:
    [job] = lease(address)
    failure = {"retries": 0, "errorMessage": f"打不通{NUMBER}（{NAME}）"}
    assert caller(address).post(f"/jobs/{job['jobKey']}/failure", json=failure).status_code == 204
    [incident] = caller(address).post("/incidents/search", json={}).json()["items"]
    assert incident["errorMessage"] == "打不通138****1234（王**）"


def test_the_history_of_a_case_is_masked(address: str, case: int, database: databases.Database, cast: Cast) -> None:
    with database.transaction("acme") as session:
        comments.add(session, cast.owner, case, f"{NAME}来电", now=kit.NOW)
    told = caller(address).get(f"/extensions/process-instances/{case}/history")
    assert told.status_code == 200 and "王**来电" in told.text and NAME not in told.text and NUMBER not in told.text
