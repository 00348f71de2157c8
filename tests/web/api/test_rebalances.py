"""Spreading tasks evenly over the API: a proposal, the moves, what became of them, and taking them back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.api.conftest import PASSWORD, PLAIN


def client(address: str, name: str) -> httpx.Client:
    return httpx.Client(base_url=f"{address}/v2/extensions", auth=(f"acme/{name}", PASSWORD), verify=PLAIN)


@pytest.fixture
def tasks(database: databases.Database, cast: Cast) -> list[int]:
    kit.deploy(database, cast.owner, *kit.two_steps("heap", managers=["主管领导"]))
    return [kit.open_task(database, kit.begin(database, cast.owner, "heap", {"subject": str(n)}), "a") for n in range(2)]


def test_a_proposal_is_carried_out_once_and_taken_back(address: str, database: databases.Database, tasks: list[int]) -> None:
    manager = client(address, "manager")
    found: Any = manager.post("/rebalances/proposal", json={"processDefinitionId": "heap"}).json()
    assert {each["proposed"] for each in found["items"]} == {"clerk", "clerk2"}
    assert {each["username"]: each["openAfter"] for each in found["people"]} == {"clerk": 1, "clerk2": 1}
    moves = [{"userTaskKey": each["userTaskKey"], "person": each["proposed"], "holder": ""} for each in found["items"]]
    mark = {"Idempotency-Key": "once"}
    made = [manager.post("/rebalances", json={"moves": moves, "reason": "忙闲不均"}, headers=mark).json() for _ in range(2)]
    assert made[0] == made[1]
    others = [{**each, "person": "clerk"} for each in moves]
    for changed in ({"moves": others, "reason": "忙闲不均"}, {"moves": moves, "reason": "另一个理由"}):
        assert manager.post("/rebalances", json=changed, headers=mark).status_code == 409
    assert {each["state"] for each in manager.get(f"/batches/{made[0]['key']}").json()["items"]} == {"done"}
    assert {row.assignee for row in kit.rows(database, models.UserTask)} == {"clerk", "clerk2"}
    assert manager.post(f"/batches/{made[0]['key']}/undo").status_code == 204
    assert {row.assignee for row in kit.rows(database, models.UserTask)} == {None}


@pytest.mark.parametrize(("name", "status"), [("outsider", 404), ("clerk", 403)])
def test_who_does_not_manage_the_process_moves_nothing(address: str, tasks: list[int], name: str, status: int) -> None:
    body = {"moves": [{"userTaskKey": str(tasks[0]), "person": "clerk2"}], "reason": "x"}
    assert client(address, name).post("/rebalances", json=body).status_code == status
    assert client(address, name).post("/rebalances/proposal", json={}).status_code == 403
