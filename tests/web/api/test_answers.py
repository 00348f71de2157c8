"""What the API's answers say: who must sign in, what is wrong in a deployment, one case for one key, keys that are new."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from engine.deploying.deployment import Resource
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.api.conftest import PLAIN
from tests.web.api.test_bad_input import caller
from tests.web.api.test_work import TABLE

START = {"processDefinitionId": "two_steps", "variables": {"subject": "打印机"}}


@pytest.fixture
def owner(address: str, database: databases.Database, cast: Cast) -> httpx.Client:
    kit.deploy(database, cast.owner, *kit.two_steps())
    return caller(address)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_who_is_not_known_is_asked_to_say_who_he_is(address: str, language: str) -> None:
    answer = httpx.get(f"{address}/v2/topology", headers={"Accept-Language": language}, verify=PLAIN)
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Basic realm=") and "Bearer realm=" in challenge
    wrong = httpx.get(f"{address}/v2/topology", headers={"Authorization": "Bearer banjie_1_x"}, verify=PLAIN)
    assert (wrong.status_code, wrong.headers["WWW-Authenticate"]) == (401, 'Bearer realm="Banjie", error="invalid_token"')
    assert answer.json()["title"] == "UNAUTHENTICATED"
    assert ("密码" if language == "zh-CN" else "password") in answer.json()["detail"]


def test_the_title_is_a_word_for_programs_in_every_language(owner: httpx.Client) -> None:
    for language in ("zh-CN", "en"):
        headers = {"Accept-Language": language}
        assert owner.get("/user-tasks/1", headers=headers).json()["title"] == "NOT_FOUND"
        assert owner.get("/nowhere", headers=headers).json()["title"] == "NOT_FOUND"
        assert owner.get("/jobs/activation", headers=headers).json()["title"] == "METHOD_NOT_ALLOWED"
        assert owner.post("/user-tasks/search", json={"page": 3}, headers=headers).json()["title"] == "INVALID_ARGUMENT"


def test_a_refused_deployment_lists_its_problems_by_file_and_element(owner: httpx.Client) -> None:
    lost = kit.diagram("lost", kit.start(), kit.task("a", form="nowhere"), kit.end(), kit.chain("started", "a", "done"))
    files = [("resources", ("lost.bpmn", lost.content)), ("resources", ("bad.form", b'{"id": "bad"}'))]
    answer = owner.post("/deployments", files=files, headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    told = answer.json()
    grave = {(each["resource"], each["elementId"]) for each in told["problems"] if each["severity"] == "ERROR"}
    assert ("lost.bpmn", "a") in grave and any(resource == "bad.form" for resource, _element in grave)
    assert set(told["errors"]) >= {"lost.bpmn", "bad.form"}
    assert "nowhere" in told["detail"] and "lost.bpmn" in told["detail"]


def test_starting_twice_with_one_key_starts_one_case(owner: httpx.Client, address: str, database: databases.Database) -> None:
    key = {"Idempotency-Key": "order " + "4711" * 40}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _n: owner.post("/process-instances", json=START, headers=key), range(4)))
    assert {each.status_code for each in answers} == {200}
    assert len({each.json()["processInstanceKey"] for each in answers}) == 1
    other = {"Idempotency-Key": "order " + "4711" * 39 + "4712"}
    assert owner.post("/process-instances", json=START, headers=other).status_code == 200
    assert caller(address, "acme/clerk").post("/process-instances", json=START, headers=key).status_code == 200
    assert len(kit.rows(database, kit.models.ProcessInstance)) == 3


def test_a_key_that_started_another_process_is_a_conflict(
    owner: httpx.Client, database: databases.Database, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps("other"))
    key = {"Idempotency-Key": "k"}
    assert owner.post("/process-instances", json=START, headers=key).status_code == 200
    another = {**START, "processDefinitionId": "other"}
    assert owner.post("/process-instances", json=another, headers=key).status_code == 409
    assert len(kit.rows(database, kit.models.ProcessInstance)) == 1


def test_a_key_sent_again_with_other_variables_is_a_conflict(owner: httpx.Client, database: databases.Database) -> None:
    key = {"Idempotency-Key": "k"}
    first = owner.post("/process-instances", json=START, headers=key).json()["processInstanceKey"]
    other = {**START, "variables": {"subject": "something else"}}
    assert owner.post("/process-instances", json=other, headers=key).status_code == 409
    again = owner.post("/process-instances", json=START, headers=key)
    assert again.status_code == 200 and again.json()["processInstanceKey"] == first
    assert len(kit.rows(database, kit.models.ProcessInstance)) == 1


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_that_could_not_be_kept_is_refused(owner: httpx.Client, database: databases.Database, key: str) -> None:
    assert owner.post("/process-instances", json=START, headers={"Idempotency-Key": key}).status_code == 400
    assert kit.rows(database, kit.models.ProcessInstance) == []


def test_a_version_says_whether_its_start_asks_for_a_form(
    owner: httpx.Client, database: databases.Database, cast: Cast
) -> None:
    bare = kit.diagram("bare", kit.start(), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, bare)
    items = owner.post("/process-definitions/search").json()["items"]
    assert {each["processDefinitionId"]: each["hasStartForm"] for each in items} == {"two_steps": True, "bare": False}
    for each in items:
        assert owner.get(f"/process-definitions/{each['processDefinitionKey']}").json() == each


def test_every_evaluation_of_a_decision_has_a_key_of_its_own(
    owner: httpx.Client, database: databases.Database, cast: Cast
) -> None:
    kit.deploy(database, cast.owner, Resource("level.dmn", TABLE.encode()))
    body = {"decisionDefinitionId": "level", "variables": {"amount": 1}}
    told = [owner.post("/decision-definitions/evaluation", json=body).json() for _time in range(2)]
    keys = [each["decisionEvaluationKey"] for each in told]
    assert all(key.isdecimal() for key in keys) and len({*keys, told[0]["decisionDefinitionKey"]}) == 3
    for key, each in zip(keys, told, strict=True):
        assert each["evaluatedDecisions"][0]["decisionEvaluationInstanceKey"] == f"{key}-1"


def test_a_task_that_somebody_has_is_not_taken_where_that_is_forbidden(
    owner: httpx.Client, address: str, database: databases.Database, cast: Cast
) -> None:
    task = kit.open_task(database, kit.begin(database, cast.clerk, "two_steps", {"subject": "x"}), "a")
    path, clerk = f"/user-tasks/{task}/assignment", caller(address, "acme/clerk")
    assert clerk.post(path, json={"assignee": "clerk", "allowOverride": False}).status_code == 204
    for client, assignee in ((owner, "clerk2"), (owner, "clerk"), (owner, "owner"), (clerk, "clerk")):
        answer = client.post(path, json={"assignee": assignee, "allowOverride": False})
        assert (answer.status_code, answer.json()["title"]) == (409, "INVALID_STATE")
    assert caller(address, "acme/outsider").post(path, json={"assignee": "x", "allowOverride": False}).status_code == 404
    assert clerk.get(f"/user-tasks/{task}").json()["assignee"] == "clerk"
    assert owner.post(path, json={"assignee": "owner"}).status_code == 204
    assert owner.get(f"/user-tasks/{task}").json()["assignee"] == "owner"


def test_who_may_assign_a_task_may_also_take_it_away_again(
    owner: httpx.Client, address: str, database: databases.Database, cast: Cast
) -> None:
    task = kit.open_task(database, kit.begin(database, cast.clerk, "two_steps", {"subject": "x"}), "a")
    clerk, colleague = caller(address, "acme/clerk"), caller(address, "acme/clerk2")
    assert clerk.post(f"/user-tasks/{task}/assignment", json={"assignee": "clerk"}).status_code == 204
    assert colleague.delete(f"/user-tasks/{task}/assignee").status_code == 409
    assert owner.delete(f"/user-tasks/{task}/assignee").status_code == 204
    assert owner.get(f"/user-tasks/{task}").json()["assignee"] is None
    assert owner.post(f"/user-tasks/{task}/assignment", json={"assignee": "head"}).status_code == 204
    assert owner.delete(f"/user-tasks/{task}/assignee").status_code == 204
    assert colleague.post(f"/user-tasks/{task}/assignment", json={"assignee": "clerk2"}).status_code == 204
    events = [each for each in kit.rows(database, kit.models.HistoryEvent) if each.kind == "unclaimed"]
    assert [(each.actor, each.data["before"]) for each in events] == [("owner", "clerk"), ("owner", "head")]
