"""Decisions: evaluate one, with the rules that matched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import decisions, errors, feel
from engine.cases import look_ups as functions
from engine.definitions import definitions
from engine.people import organisation
from engine.queries.api import fields
from engine.storage import keys, models
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.shapes import bodies, results, schemas
from web.frame import storage


@blueprint.post("/decision-definitions/evaluation")
@blueprint.input(schemas.Evaluation, arg_name="body")
def evaluate_decision(body: schemas.Evaluation) -> dict[str, Any]:
    """Evaluate a decision with the given variables; for administrators.

    Customer records that it looks up are shown as far as this administrator may read them, and every look-up is logged.
    """
    actor = auth.current_actor()
    if not (actor.is_administrator or actor.machine):
        raise errors.Forbidden("Only administrators may evaluate decisions here.")
    bodies.require_tenant(body.tenantId, actor.company_id)
    with storage.transaction() as session:
        decision = _decision(session, actor.company_id, body)
        people = organisation.at_version(session, actor.company_id, actor.organisation_version)
        look_ups = functions.seen_from(session, people, None, now=storage.now(), by=actor)
        context = {name: feel.from_json(value) for name, value in (body.variables or {}).items()}
        outcome = decisions.evaluate(decision.model, decision.decision_id, context, functions=look_ups, now=storage.now())
        return _result(decision, outcome, actor.company_id)


def _decision(session: Any, company_id: str, body: schemas.Evaluation) -> definitions.Decision:
    if bool(body.decisionDefinitionKey) == bool(body.decisionDefinitionId):
        raise errors.Invalid("Say either by decisionDefinitionKey or by decisionDefinitionId what is evaluated.")
    if body.decisionDefinitionKey:
        return definitions.decision_by_key(session, fields.key(body.decisionDefinitionKey))
    return definitions.latest_decision(session, company_id, body.decisionDefinitionId or "")


def _result(decision: definitions.Decision, outcome: decisions.Outcome, company_id: str) -> dict[str, Any]:
    key, evaluation = results.key(decision.key), results.key(keys.new())
    return {
        "decisionDefinitionId": decision.decision_id,
        "decisionDefinitionKey": key,
        "decisionDefinitionName": decision.name,
        "decisionDefinitionVersion": decision.version,
        "decisionEvaluationKey": evaluation,
        "decisionInstanceKey": evaluation,
        "decisionRequirementsId": decision.model.name or decision.decision_id,
        "decisionRequirementsKey": key,
        "evaluatedDecisions": [
            _evaluated(step, decision, company_id, f"{evaluation}-{number}") for number, step in enumerate(outcome.trail, 1)
        ],
        "failedDecisionDefinitionId": None,
        "failureMessage": None,
        "output": models.dumps(feel.to_json(outcome.value)),
        "tenantId": company_id,
    }


def _evaluated(step: Mapping[str, Any], decision: definitions.Decision, company_id: str, key: str) -> dict[str, Any]:
    tables = step["tables"]
    return {
        "decisionDefinitionId": step["id"],
        "decisionDefinitionName": step["name"],
        "decisionDefinitionVersion": decision.version,
        "decisionDefinitionType": "DECISION_TABLE" if tables else "LITERAL_EXPRESSION",
        "output": models.dumps(step["value"]),
        "tenantId": company_id,
        "matchedRules": [_rule(rule) for table in tables for rule in table["rules"]],
        "evaluatedInputs": [
            {"inputId": entry["label"], "inputName": entry["label"], "inputValue": models.dumps(entry["value"])}
            for table in tables
            for entry in table["inputs"]
        ],
        "decisionDefinitionKey": results.key(decision.key),
        "decisionEvaluationInstanceKey": key,
    }


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    place = {"ruleId": rule["id"], "ruleIndex": rule["number"]}
    outputs = [
        {**place, "outputId": entry["name"], "outputName": entry["name"], "outputValue": models.dumps(entry["value"])}
        for entry in rule["outputs"]
    ]
    return {**place, "evaluatedOutputs": outputs}
