"""The official Python SDK of Camunda 8, unmodified, against our API: deploy, start, search, complete, finish."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from camunda_orchestration_sdk import CamundaClient, models

from engine.storage import database as databases
from engine.verbs.organisation.machines import accounts as machines
from tests.cast import Cast
from tests.engine import kit
from tests.web.api.conftest import PASSWORD
from tests.web.api.test_work import TABLE

FORM = {"id": "answer", "components": [{"type": "textfield", "key": "answer", "label": "答复", "validate": {"required": True}}]}


@pytest.fixture
def client(address: str) -> Any:
    return signed_in(address, "owner")


def signed_in(address: str, username: str) -> Any:
    return CamundaClient(
        configuration={
            "CAMUNDA_REST_ADDRESS": address,
            "CAMUNDA_AUTH_STRATEGY": "BASIC",
            "CAMUNDA_BASIC_AUTH_USERNAME": f"acme/{username}",
            "CAMUNDA_BASIC_AUTH_PASSWORD": PASSWORD,
        }
    )


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    diagram = kit.diagram(
        "asked",
        kit.start(),
        kit.task("answer", groups="客服专员", form="answer"),
        kit.service("ship", "ship-it"),
        kit.end(),
        kit.chain("started", "answer", "ship", "done"),
    )
    content = diagram.content if hasattr(diagram, "content") else diagram
    (tmp_path / "asked.bpmn").write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "answer.form").write_text(json.dumps(FORM))
    return [str(tmp_path / "asked.bpmn"), str(tmp_path / "answer.form")]


def test_the_cluster_tells_who_it_is_and_who_calls(client: Any) -> None:
    assert client.get_topology().brokers[0].partitions[0].partition_id == 1
    me = client.get_authentication()
    assert (me.username, me.display_name, me.tenants[0].tenant_id) == ("owner", "欧流程", "acme")


def test_a_case_is_deployed_started_worked_and_finished(client: Any, address: str, files: list[str]) -> None:
    deployed = client.deploy_resources_from_files(files)
    process = deployed.processes[0]
    assert process.process_definition_id == "asked"
    found = client.search_process_definitions(
        data=models.ProcessDefinitionSearchQuery.from_dict({"filter": {"processDefinitionId": "asked"}})
    )
    assert [each.process_definition_key for each in found.items] == [process.process_definition_key]
    assert "bpmn:process" in client.get_process_definition_xml(process_definition_key=process.process_definition_key)

    creation = models.ProcessCreationByKey(process_definition_key=process.process_definition_key)
    started = client.create_process_instance(data=creation)
    clerk = signed_in(address, "clerk")
    asked = models.UserTaskSearchQuery.from_dict(
        {"filter": {"processInstanceKey": started.process_instance_key, "state": "CREATED"}}
    )
    [task] = clerk.search_user_tasks(data=asked).items
    assert (task.element_id, task.candidate_groups) == ("answer", ["客服专员"])
    assert json.loads(clerk.get_user_task_form(user_task_key=task.user_task_key).schema)["id"] == "answer"

    clerk.assign_user_task(user_task_key=task.user_task_key, data=models.UserTaskAssignmentRequest(assignee="clerk"))
    completion = models.UserTaskCompletionRequest.from_dict({"variables": {"answer": "好"}})
    clerk.complete_user_task(user_task_key=task.user_task_key, data=completion)

    activation = models.JobActivationRequest(type_="ship-it", timeout=60_000, max_jobs_to_activate=5)
    [job] = client.activate_jobs(data=activation).jobs
    assert job.variables.to_dict()["answer"] == "好"
    client.complete_job(job_key=job.job_key, data=models.JobCompletionRequest.from_dict({"variables": {"shipped": 2}}))

    instance = client.get_process_instance(process_instance_key=started.process_instance_key)
    assert instance.state.value == "COMPLETED"
    asked_variables = models.VariableSearchQuery.from_dict({"filter": {"processInstanceKey": started.process_instance_key}})
    values = {each.name: json.loads(each.value) for each in client.search_variables(data=asked_variables).items}
    assert (values["answer"], values["shipped"]) == ("好", 2)


def test_a_refusal_is_an_error_of_the_client_that_says_why(client: Any, address: str, files: list[str]) -> None:
    client.deploy_resources_from_files(files)
    creation = models.ProcessCreationById.from_dict({"processDefinitionId": "asked"})
    started = client.create_process_instance(data=creation)
    clerk = signed_in(address, "clerk")
    asked = models.UserTaskSearchQuery.from_dict({"filter": {"processInstanceKey": started.process_instance_key}})
    [task] = clerk.search_user_tasks(data=asked).items
    with pytest.raises(Exception, match=r"400|Bad Request|bad_request"):
        clerk.complete_user_task(user_task_key=task.user_task_key, data=models.UserTaskCompletionRequest())
    assert client.get_process_instance(process_instance_key=started.process_instance_key).state.value == "ACTIVE"


def test_a_decision_is_evaluated(client: Any, tmp_path: Path) -> None:
    (tmp_path / "level.dmn").write_text(TABLE)
    client.deploy_resources_from_files([str(tmp_path / "level.dmn")])
    asked = models.DecisionEvaluationByID.from_dict({"decisionDefinitionId": "level", "variables": {"amount": 1000}})
    told = client.evaluate_decision(data=asked)
    assert told.output == '"经理"' and told.decision_evaluation_key.isdecimal()
    [step] = told.evaluated_decisions
    assert step.decision_evaluation_instance_key == f"{told.decision_evaluation_key}-1"


def test_a_start_that_awaits_completion_is_answered_when_it_ends(client: Any, tmp_path: Path) -> None:
    straight = kit.diagram("straight", kit.start(), kit.end(), kit.chain("started", "done"))
    (tmp_path / "straight.bpmn").write_bytes(straight.content)
    client.deploy_resources_from_files([str(tmp_path / "straight.bpmn")])
    creation = {"processDefinitionId": "straight", "variables": {"a": 1}, "awaitCompletion": True, "fetchVariables": ["a"]}
    started = client.create_process_instance(data=models.ProcessCreationById.from_dict(creation))
    assert started.variables.to_dict() == {"a": 1}


def test_pages_follow_each_other_by_the_cursors_of_the_client(client: Any, files: list[str]) -> None:
    client.deploy_resources_from_files(files)
    creation = models.ProcessCreationById.from_dict({"processDefinitionId": "asked"})
    started = {client.create_process_instance(data=creation).process_instance_key for _each in range(3)}
    asked: dict[str, Any] = {"sort": [{"field": "endDate"}], "page": {"limit": 1}}
    seen = []
    for _page in range(3):
        found = client.search_process_instances(data=models.ProcessInstanceSearchQuery.from_dict(asked))
        seen += [each.process_instance_key for each in found.items]
        asked["page"]["after"] = found.page.end_cursor
    assert len(seen) == 3 and set(seen) == started


def test_a_machine_account_works_with_client_credentials(
    address: str, database: databases.Database, cast: Cast, files: list[str], now: datetime
) -> None:
    with database.transaction("acme") as session:
        wanted = ("processes:deploy", "cases:start", "cases:read")
        values = machines.AccountValues("ERP", wanted, None, now.date() + timedelta(days=30))
        key, secret = machines.make(session, cast.owner, values, now=now)
    erp = CamundaClient(
        configuration={
            "CAMUNDA_REST_ADDRESS": address,
            "CAMUNDA_AUTH_STRATEGY": "OAUTH",
            "CAMUNDA_OAUTH_URL": f"{address}/oauth/token",
            "CAMUNDA_CLIENT_ID": str(key),
            "CAMUNDA_CLIENT_SECRET": secret,
        }
    )
    assert erp.get_authentication().display_name == "ERP"
    erp.deploy_resources_from_files(files)
    started = erp.create_process_instance(data=models.ProcessCreationById.from_dict({"processDefinitionId": "asked"}))
    assert erp.get_process_instance(process_instance_key=started.process_instance_key).state.value == "ACTIVE"
    with pytest.raises(Exception, match=r"jobs:work"):
        erp.activate_jobs(data=models.JobActivationRequest(type_="ship-it", timeout=60_000, max_jobs_to_activate=5))
