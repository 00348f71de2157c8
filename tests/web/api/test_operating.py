"""What operators do over the API: causes, what a case waits for, acts on one case and on many, their log; and who may not."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.operating import stuck
from tests.web.api.conftest import PASSWORD, PLAIN


def client(address: str, name: str) -> httpx.Client:
    return httpx.Client(base_url=f"{address}/v2/extensions", auth=(f"acme/{name}", PASSWORD), verify=PLAIN)


@pytest.fixture
def cases(database: databases.Database, cast: Cast) -> list[int]:
    stuck.deploy(database, cast)
    return stuck.begin(database, cast, 2)


def test_one_case_is_looked_into_and_operated_on(address: str, database: databases.Database, cases: list[int]) -> None:
    owner, case = client(address, "owner"), f"/process-instances/{cases[0]}"
    found: Any = owner.get(f"{case}/background").json()
    (wait,) = found["items"]
    assert (wait["elementId"], wait["kind"], wait["state"], wait["retries"]) == ("open", "job", "failed", 0)
    assert {"skip", "set_retries", "reschedule", "run_now"} <= set(found["operations"])
    act = {"operation": "skip", "reason": "已人工开通", "place": "open", "value": {"port": 7}}
    told = owner.post(f"{case}/operation/rehearsal", json=act).json()
    assert told["state"] == "done" and "check" in told["detail"] and kit.instance(database, cases[0]).incidents == 1
    assert owner.post(f"{case}/operation", json={**act, "reason": ""}).json()["errors"].keys() == {"reason"}
    assert owner.post(f"{case}/operation", json={**act, "operation": "skp"}).status_code in (400, 422)
    assert owner.post(f"{case}/operation", json=act).status_code == 204
    assert kit.open_elements(database, cases[0]) == ["check"]
    assert owner.post(f"{case}/operation", json=act).status_code == 409
    change = {"operation": "set_variable", "reason": "录错", "name": "amount", "value": 12.5}
    assert owner.post(f"{case}/operation", json=change).status_code == 204
    (logged,) = (each for each in owner.get("/operations").json()["items"] if each["operation"] == "set_variable")
    assert logged["given"] == {"name": "amount"} and logged["phase"] == "real"


def test_a_timer_and_a_job_are_set_to_another_moment_and_number_of_tries(
    address: str, database: databases.Database, cases: list[int]
) -> None:
    owner, act = client(address, "owner"), f"/process-instances/{cases[1]}/operation"
    until = {"operation": "reschedule", "reason": "等夜间", "place": "open", "until": "2026-03-05T02:00:00+08:00"}
    assert owner.post(act, json={**until, "until": "2026-03-05"}).json()["errors"].keys() == {"until"}
    assert owner.post(act, json=until).status_code == 204
    (job,) = kit.rows(database, models.Job, instance_key=cases[1])
    assert (job.state, job.run_at.isoformat(), job.retries) == ("open", "2026-03-04T18:00:00+00:00", 1)
    tries = {"operation": "set_retries", "reason": "多试几次", "place": "open", "retries": 0}
    assert owner.post(act, json=tries).json()["errors"].keys() == {"retries"}
    assert owner.post(act, json={**tries, "retries": 5}).status_code == 204
    assert kit.rows(database, models.Job, instance_key=cases[1])[0].retries == 5
    assert kit.instance(database, cases[1]).incidents == 0


def test_many_cases_are_rehearsed_carried_out_and_told_one_by_one(
    address: str, database: databases.Database, cases: list[int]
) -> None:
    owner = client(address, "owner")
    (cause,) = owner.get("/incident-causes").json()["items"]
    assert (cause["count"], cause["cases"], cause["elementName"]) == (2, 2, "open")
    assert len(owner.get("/jobs/given-up").json()["items"]) == 2
    order = {"operation": "retry", "cause": cause["cause"], "reason": "端口已修好"}
    made = [owner.post("/operations", json=order, headers={"Idempotency-Key": "one"}).json()["key"] for _ in range(2)]
    assert made[0] == made[1]
    other = owner.post("/operations", json={**order, "reason": "再试"}, headers={"Idempotency-Key": "one"})
    assert other.status_code == 409 and len(kit.rows(database, models.Operation)) == 1
    one = f"/operations/{made[0]}"
    assert owner.post(f"{one}/carry-out").status_code == 409
    stuck.run(database)
    assert {each["foreseen"] for each in owner.get(one).json()["items"]} == {True}
    assert owner.post(f"{one}/carry-out").status_code == 204
    stuck.run(database)
    done = owner.get(one, params={"limit": 1, "only": "done"}).json()
    assert (done["succeeded"], done["state"], len(done["items"])) == (2, "done", 1)
    assert len(owner.get(one, params={"after": done["next"]}).json()["items"]) == 1
    assert owner.get("/workers").json()["queues"]
    clerk = client(address, "clerk")
    assert clerk.get(one).status_code == 404 and clerk.get("/workers").status_code == 404
    assert clerk.get("/jobs/given-up").status_code == 404 and clerk.get("/incident-causes").json()["items"] == []
    assert clerk.post("/operations", json=order).status_code == 403
    assert clerk.get(f"/process-instances/{cases[0]}/background").status_code == 404


def test_what_is_wrong_is_told_by_the_member_that_was_sent(address: str, cases: list[int]) -> None:
    owner, retry = client(address, "owner"), {"operation": "retry", "reason": "端口已修好"}
    for sent, member in (
        ({"processDefinitionId": "openin"}, "processDefinitionId"),
        ({"processDefinitionId": "opening", "elementId": "opem"}, "elementId"),
        ({"processDefinitionId": "opening", "state": "stuck"}, "state"),
        ({"numbers": ["NO-1"]}, "numbers"),
        ({"numbers": ["NO-1"], "operation": "retri"}, "operation"),
        ({"processDefinitionId": "opening", "target": "check"}, "target"),
        ({"processDefinitionId": "opening", "operation": "assign", "place": "check", "person": "nobody"}, "person"),
    ):
        answer = owner.post("/operations", json={**retry, **sent})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [member]), sent
    for sent, member in (
        ({"operation": "move", "place": "open", "target": "chek"}, "target"),
        ({"operation": "skip"}, "place"),
    ):
        for path in ("operation", "operation/rehearsal"):
            refused = owner.post(f"/process-instances/{cases[0]}/{path}", json={**retry, **sent})
            assert (refused.status_code, list(refused.json()["errors"])) == (400, [member]), (path, sent)


def test_the_history_of_a_case_is_read_page_by_page_by_who_may_see_it(address: str, cases: list[int]) -> None:
    owner, one = client(address, "owner"), f"/process-instances/{cases[0]}"
    owner.post(f"{one}/operation", json={"operation": "set_variable", "reason": "录错", "name": "amount", "value": 3})
    owner.post(f"{one}/operation", json={"operation": "skip", "reason": "已开通", "place": "open"})
    whole = owner.get(f"{one}/history", params={"limit": 500}).json()
    assert whole["next"] is None and [each["kind"] for each in whole["items"]][-1] == "started"
    told = {each["kind"]: each for each in whole["items"]}
    assert told["variable_changed"]["effects"] and told["variable_changed"]["reason"] == "录错"
    assert told["skipped"]["elementId"] == "open" and told["task_created"]["userTaskKey"]
    assert all(each["text"] and each["text"] != each["kind"] for each in whole["items"]), "words, not kinds"
    found, after = [], ""
    while after is not None:
        page = owner.get(f"{one}/history", params={"limit": 2, "after": after}).json()
        found += page["items"]
        after = page["next"]
    assert found == whole["items"]
    assert owner.get(f"{one}/history", params={"after": "zz"}).status_code == 400
    assert owner.get(f"{one}/history", params={"limit": 0}).status_code == 400
    assert client(address, "outsider").get(f"{one}/history").status_code == 404
