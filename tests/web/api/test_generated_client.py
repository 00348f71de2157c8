"""A client that a generator makes of the description, unmodified: it deploys, starts, finds, works and hears refusals."""

from __future__ import annotations

import importlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.engine import kit
from tests.web.api.conftest import PASSWORD, PLAIN
from tests.web.api.test_work import TABLE, with_job

PACKAGE = "generated_client"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


@pytest.fixture
def call(address: str, made: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Calls an operation of the generated client by its name; `body` is a model, or the name of one with its members."""
    told = generate(address, made)
    assert "WARNING" not in told.upper(), told
    monkeypatch.syspath_prepend(str(made))
    package = importlib.import_module(PACKAGE)
    models = importlib.import_module(f"{PACKAGE}.models")
    basic = httpx.BasicAuth("acme/owner", PASSWORD)
    client = package.Client(base_url=address, httpx_args={"auth": basic}, timeout=None, verify_ssl=PLAIN)

    def called(name: str, *key: str, body: Any = None, **more: Any) -> Any:
        operation = importlib.import_module(f"{PACKAGE}.api.orchestration_cluster_api.{name}")
        if body is not None:
            more["body"] = getattr(models, body[0]).from_dict(body[1]) if isinstance(body, tuple) else body
        return operation.sync_detailed(*key, client=client, **more)

    return called


def generate(address: str, folder: Path) -> str:
    """Makes the client once; what the generator had to say of the description."""
    target, described, chosen = folder / PACKAGE, folder / "openapi.json", folder / "chosen.yml"
    if target.exists():
        return ""
    described.write_bytes(httpx.get(f"{address}/v2/openapi.json", verify=PLAIN).content)
    # The generator knows bytes by one name only.
    chosen.write_text("post_hooks: []\ncontent_type_overrides:\n  application/pdf: application/octet-stream\n")
    options = ["--path", described, "--output-path", target, "--meta", "none", "--config", chosen, "--fail-on-warning"]
    command = [sys.executable, "-m", "openapi_python_client", "generate", *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_case_goes_from_its_deployment_to_its_end(call: Any) -> None:
    types = importlib.import_module(f"{PACKAGE}.types")
    models = importlib.import_module(f"{PACKAGE}.models")
    asked = kit.diagram("asked", kit.start(), kit.task("a", groups="流程管理员"), kit.end(), kit.chain("started", "a", "done"))
    contents = {"asked.bpmn": asked.content, "shipping.bpmn": with_job().content, "level.dmn": TABLE.encode()}
    files = [types.File(payload=io.BytesIO(each), file_name=name) for name, each in contents.items()]
    deployed = call("create_deployment", body=models.CreateDeploymentBody(resources=files)).parsed
    assert len(deployed.deployments) == 3
    start = {"processDefinitionId": "asked", "variables": {"amount": 3}}
    begun = [call("create_process_instance", body=("InstanceCreation", start), idempotency_key="k").parsed for _n in range(2)]
    case = begun[0].process_instance_key
    assert begun[1].process_instance_key == case and begun[0].variables.to_dict()["amount"] == 3
    search = {"filter": {"processInstanceKey": case}, "sort": [{"field": "dueDate", "order": "DESC"}], "page": {"limit": 1}}
    [task] = call("search_user_tasks", body=("Search", search)).parsed.items
    assert task.due_date is None and task.candidate_groups == ["流程管理员"]
    assert call("assign_user_task", task.user_task_key, body=("TaskAssignment", {"assignee": "owner"})).status_code == 204
    assert call("complete_user_task", task.user_task_key, body=("TaskCompletion", {})).status_code == 204
    assert call("get_process_instance", case).parsed.state == "COMPLETED"
    [variable] = call("search_variables", body=("Search", {"filter": {"name": "amount"}})).parsed.items
    assert call("get_variable", variable.variable_key).parsed.value == "3"


def test_a_worker_leases_and_completes_jobs_and_evaluates_a_decision(call: Any, database: Any, cast: Any) -> None:
    kit.deploy(database, cast.owner, with_job(), kit.Resource("level.dmn", TABLE.encode()))
    call("create_process_instance", body=("InstanceCreation", {"processDefinitionId": "shipping"}))
    activation = {"type": "ship-it", "timeout": 60_000, "maxJobsToActivate": 1}
    [job] = call("activate_jobs", body=("Activation", activation)).parsed.jobs
    assert call("complete_job", job.job_key, body=("JobCompletion", {"variables": {"x": 1}})).status_code == 204
    asked = {"decisionDefinitionId": "level", "variables": {"amount": 1}}
    assert call("evaluate_decision", body=("Evaluation", asked)).parsed.output == '"组长"'


def test_a_refusal_is_a_problem_with_a_word_for_programs(call: Any) -> None:
    missing = call("get_user_task", "1")
    assert (missing.status_code, missing.parsed.title) == (404, "NOT_FOUND")
    wrong = call("search_incidents", body=("Search", {"filter": {"state": "OPEN"}})).parsed
    assert wrong.title == "INVALID_ARGUMENT" and "state" in wrong.errors.to_dict()
