"""Long polling: whoever waits gets what comes, holds no connection meanwhile, and leaves most threads to others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.api.test_bad_input import caller
from tests.web.api.test_work import begin, lease, with_job
from web.api import waiting

ACTIVATION = {"type": "ship-it", "timeout": 60_000, "maxJobsToActivate": 5}


@pytest.fixture
def owner(address: str, database: databases.Database, cast: Cast) -> httpx.Client:
    kit.deploy(database, cast.owner, with_job())
    return caller(address)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch, database: databases.Database) -> list[float]:
    """The pauses made, each of which finds every connection given back."""
    return paused(monkeypatch, database, {})


def paused(
    monkeypatch: pytest.MonkeyPatch, database: databases.Database, happening: dict[int, Callable[[], Any]]
) -> list[float]:
    made: list[float] = []

    def pause(seconds: float) -> None:
        assert database.engine.pool.checkedout() == 0
        made.append(seconds)
        happening.get(len(made), lambda: None)()

    monkeypatch.setattr(waiting, "pause", pause)
    return made


def test_an_activation_waits_until_a_job_comes(
    owner: httpx.Client, database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes = {3: lambda: kit.begin(database, cast.clerk, "shipping")}
    made = paused(monkeypatch, database, comes)
    [job] = owner.post("/jobs/activation", json=ACTIVATION).json()["jobs"]
    assert job["elementId"] == "ship" and len(made) == 3


@pytest.mark.parametrize(("asked", "seconds"), [(2000, 2), (0, 10), (None, 10), (-1, 0)])
def test_an_activation_waits_as_long_as_it_says(owner: httpx.Client, pauses: list[float], asked: Any, seconds: int) -> None:
    answer = owner.post("/jobs/activation", json={**ACTIVATION, "requestTimeout": asked})
    assert (answer.json(), sum(pauses)) == ({"jobs": []}, seconds)


def test_jobs_of_another_company_wake_nobody(
    owner: httpx.Client, address: str, database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = paused(monkeypatch, database, {1: lambda: kit.begin(database, cast.clerk, "shipping")})
    stranger = caller(address, "elsewhere/stranger")
    with database.transaction() as session:
        session.execute(update(kit.models.Person).where(kit.models.Person.username == "stranger").values(is_administrator=True))
    assert stranger.post("/jobs/activation", json={**ACTIVATION, "requestTimeout": 1000}).json() == {"jobs": []}
    assert len(made) == 2 and len(lease(owner)) == 1


def test_when_too_many_wait_the_answer_is_empty_at_once_and_says_when_to_come_back(
    owner: httpx.Client, pauses: list[float]
) -> None:
    with contextlib.ExitStack() as places:
        assert all(places.enter_context(waiting.place()) for _each in range(waiting.PLACES))
        answer = owner.post("/jobs/activation", json=ACTIVATION)
        awaited = owner.post("/process-instances", json={"processDefinitionId": "shipping", "awaitCompletion": True})
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (200, {"jobs": []}, "2")
    assert (awaited.status_code, awaited.headers["Retry-After"]) == (429, "2")
    assert pauses == [] and owner.post("/process-instances/search").json()["items"] == []
    assert owner.post("/jobs/activation", json={**ACTIVATION, "requestTimeout": 500}).json() == {"jobs": []}
    assert len(pauses) == 1


def test_a_worker_that_finds_work_at_once_takes_no_place(owner: httpx.Client, pauses: list[float]) -> None:
    begin(owner, "shipping")
    assert len(owner.post("/jobs/activation", json=ACTIVATION).json()["jobs"]) == 1 and pauses == []


def test_a_start_that_awaits_completion_answers_with_what_the_case_ended_with(
    owner: httpx.Client, database: databases.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"processDefinitionId": "shipping", "variables": {"a": 1, "b": 2}, "awaitCompletion": True}

    def work() -> None:
        [job] = lease(owner)
        owner.post(f"/jobs/{job['jobKey']}/completion", json={"variables": {"shipped": 3}})

    paused(monkeypatch, database, {2: work})
    answer = owner.post("/process-instances", json={**body, "fetchVariables": ["a", "shipped"]})
    assert (answer.status_code, answer.json()["variables"]) == (200, {"a": 1, "shipped": 3})


def test_a_start_that_awaits_too_long_is_a_504_and_the_case_goes_on(owner: httpx.Client, pauses: list[float]) -> None:
    body = {"processDefinitionId": "shipping", "awaitCompletion": True, "requestTimeout": 1500}
    answer = owner.post("/process-instances", json=body)
    assert (answer.status_code, answer.json()["title"], sum(pauses)) == (504, "DEADLINE_EXCEEDED", 1.5)
    [case] = owner.post("/process-instances/search").json()["items"]
    assert case["state"] == "ACTIVE"


def test_a_start_that_is_cancelled_meanwhile_is_told_so(
    owner: httpx.Client, database: databases.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancel() -> None:
        [case] = owner.post("/process-instances/search").json()["items"]
        owner.post(f"/process-instances/{case['processInstanceKey']}/cancellation")

    paused(monkeypatch, database, {1: cancel})
    answer = owner.post("/process-instances", json={"processDefinitionId": "shipping", "awaitCompletion": True})
    assert (answer.status_code, answer.json()["title"]) == (409, "INVALID_STATE")


def test_a_start_sent_again_after_the_time_was_over_waits_for_the_same_case(
    owner: httpx.Client, database: databases.Database, pauses: list[float]
) -> None:
    body = {"processDefinitionId": "shipping", "awaitCompletion": True, "requestTimeout": 500}
    for _time in range(2):
        assert owner.post("/process-instances", json=body, headers={"Idempotency-Key": "k"}).status_code == 504
    assert len(kit.rows(database, kit.models.ProcessInstance)) == 1


def test_a_case_that_ends_at_once_is_not_waited_for(
    owner: httpx.Client, database: databases.Database, cast: Cast, pauses: list[float]
) -> None:
    kit.deploy(database, cast.owner, kit.diagram("straight", kit.start(), kit.end(), kit.chain("started", "done")))
    answer = owner.post("/process-instances", json={"processDefinitionId": "straight", "awaitCompletion": True})
    assert answer.status_code == 200 and pauses == []
