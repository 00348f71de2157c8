"""Deployments: several resources at once, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flask
from werkzeug.wrappers import Response

from engine import errors
from engine.deploying import deployment
from engine.problems import Problem
from engine.scenarios import gate
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.shapes import bodies, results
from web.frame import i18n, storage
from web.frame.http import errors as refusals

MOST_PROBLEMS = 200
MOST_TOLD = 10


@blueprint.post("/deployments")
def create_deployment() -> dict[str, Any]:
    """Deploy `.bpmn`, `.dmn` and `.form` files, sent as parts `resources` of a multipart form."""
    _require_known_parts()
    files = flask.request.files.getlist("resources")
    if not files:
        raise errors.Invalid("Send at least one file as “resources”.")
    resources = [deployment.Resource(file.filename or "", file.read()) for file in files]
    examined = deployment.examine(auth.current_actor(), resources)
    with storage.reading() as session:
        asked = gate.asked(session, auth.current_actor(), examined)
    doubts = gate.prove(asked, now=storage.now())
    with storage.transaction() as session:
        deployed = deployment.deploy(session, auth.current_actor(), examined, now=storage.now())
        row = deployed.deployment
        answer = {"deploymentKey": results.key(row.key), "tenantId": row.company_id, "deployments": list(_parts(deployed))}
        warnings = [_told(problem) for problem in (*deployed.problems, *doubts)]
        return answer | ({"warnings": warnings} if warnings else {})


def _told(problem: Problem) -> dict[str, Any]:
    """What the deployment accepted and will not obey; Camunda's answer has no place for it, its clients pass over it."""
    return {"resourceName": problem.resource, "elementId": problem.element_id, "message": _problem(problem)["message"]}


def _require_known_parts() -> None:
    for name in flask.request.files.keys() - {"resources"} | flask.request.form.keys() - {"tenantId"}:
        raise bodies.refused(bodies.UNKNOWN, name, known="resources, tenantId")
    bodies.require_tenant(flask.request.form.get("tenantId"), auth.current_actor().company_id)


@blueprint.errorhandler(deployment.DeploymentRefused)
def refused_deployment(refusal: deployment.DeploymentRefused) -> Response:
    """What is wrong, by file and element; the first problems stand in the sentence too, which is all that most clients show."""
    told = [_problem(each) for each in refusal.problems[:MOST_PROBLEMS]]
    lines = [f"{each['resource']}: {each['elementName'] or each['elementId']}: {each['message']}" for each in told]
    fields: dict[str, list[str]] = {}
    for each, line in zip(told, lines, strict=True):
        fields.setdefault(each["resource"], []).append(line.partition(": ")[2])
    sentence = "\n".join([i18n.worded(refusal), *lines[:MOST_TOLD]])
    return refusals.problem(refusals.status(refusal), sentence, fields, problems=told)


def _problem(problem: Problem) -> dict[str, Any]:
    worded = errors.Refusal(problem.message)
    worded.values = dict(problem.values)
    return {
        "resource": problem.resource,
        "elementId": problem.element_id,
        "elementName": problem.element_name,
        "severity": problem.severity.upper(),
        "message": i18n.worded(worded),
    }


def _parts(deployed: deployment.Deployed) -> Iterator[dict[str, Any]]:
    empty = dict.fromkeys(("processDefinition", "decisionDefinition", "decisionRequirements", "form", "resource"))
    for process in deployed.definitions:
        yield {**empty, "processDefinition": _process(process)}
    for decision in deployed.decisions:
        yield {**empty, "decisionDefinition": _decision(decision)}
    for form in deployed.forms:
        yield {**empty, "form": _form(form)}


def _process(row: Any) -> dict[str, Any]:
    return {
        "processDefinitionId": row.process_id,
        "processDefinitionVersion": row.version,
        "resourceName": row.resource_name,
        "tenantId": row.company_id,
        "processDefinitionKey": results.key(row.key),
    }


def _decision(row: Any) -> dict[str, Any]:
    return {
        "decisionDefinitionId": row.decision_id,
        "version": row.version,
        "name": row.name,
        "tenantId": row.company_id,
        "decisionRequirementsId": row.requirements_id,
        "decisionDefinitionKey": results.key(row.key),
        "decisionRequirementsKey": results.key(row.deployment_key),
    }


def _form(row: Any) -> dict[str, Any]:
    return {
        "formId": row.form_id,
        "version": row.version,
        "resourceName": row.resource_name,
        "tenantId": row.company_id,
        "formKey": results.key(row.key),
    }
