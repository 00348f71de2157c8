"""The description of the API (OpenAPI 3.1): what the framework reads off the views, completed for whoever makes a client of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from web.api.operating import shapes as operating
from web.api.shapes import answers, extension_answers
from web.frame.http.errors import CODES

REF = "#/components/schemas/{model}"
NO_CONTENT = "204"
ANSWERS: Mapping[str, type[BaseModel]] = {
    "getTopology": answers.Topology,
    "getAuthentication": answers.Caller,
    "createDeployment": answers.Deployment,
    "searchProcessDefinitions": answers.Page[answers.ProcessDefinition],
    "getProcessDefinition": answers.ProcessDefinition,
    "createProcessInstance": answers.CreatedInstance,
    "searchProcessInstances": answers.Page[answers.ProcessInstance],
    "getProcessInstance": answers.ProcessInstance,
    "searchUserTasks": answers.Page[answers.UserTask],
    "getUserTask": answers.UserTask,
    "getUserTaskForm": answers.FormFound,
    "searchVariables": answers.Page[answers.Variable],
    "getVariable": answers.Variable,
    "searchIncidents": answers.Page[answers.Incident],
    "activateJobs": answers.Activated,
    "publishMessage": answers.Published,
    "correlateMessage": answers.Correlated,
    "evaluateDecision": answers.Evaluated,
    "listCalendars": extension_answers.Calendars,
    "createCalendar": extension_answers.Made,
    "updateCalendar": extension_answers.Moved,
    "setCalendarDays": extension_answers.Moved,
    "listCompanySettings": extension_answers.CompanySettings,
    "getDraft": extension_answers.Draft,
    "saveDraft": extension_answers.DraftVersion,
    "getSignature": extension_answers.Signature,
    "listPhrases": extension_answers.Phrases,
    "addPhrase": extension_answers.Made,
    "listViews": extension_answers.Views,
    "saveView": extension_answers.Made,
    "getListLayout": extension_answers.Layout,
    "chooseDefaultCalendar": extension_answers.Moved,
    "createDeputy": extension_answers.Made,
    "createBatch": extension_answers.Made,
    "createReassignment": extension_answers.Made,
    "createStartDraft": extension_answers.StartDraftVersion,
    "getStartDraft": extension_answers.StartDraft,
    "saveStartDraft": extension_answers.StartDraftVersion,
    "uploadFile": extension_answers.File,
    "getBatch": extension_answers.Batch,
    "proposeRebalance": extension_answers.Rebalance,
    "createRebalance": extension_answers.Made,
    "pathOfStart": extension_answers.StepsAhead,
    "pathOfCase": extension_answers.StepsAhead,
    "reopenProcessInstance": extension_answers.Reopened,
    "startAgainProcessInstance": extension_answers.StartedAgain,
    "getHistory": extension_answers.History,
    "rehearseOnProcessInstance": operating.Foreseen,
    "createOperation": extension_answers.Made,
    "listOperations": operating.Operations,
    "getOperation": operating.OperationShown,
    "listIncidentCauses": operating.CausesFound,
    "getBackground": operating.Background,
    "listJobsGivenUp": operating.GivenUpFound,
    "listWorkers": operating.Working,
}
PDF = {"type": "string", "format": "binary"}
CONTENTS: Mapping[str, tuple[str, Mapping[str, str], str]] = {  # answers that are no JSON
    "getProcessDefinitionXML": ("The file as it was deployed.", {"type": "string"}, "text/xml"),
    "printApprovalSheet": ("The sheet.", PDF, "application/pdf"),
    "printApprovalSheets": ("The sheets.", PDF, "application/pdf"),
}
MAY_BE_EMPTY = ("getUserTaskForm", "getSignature")
SECURITY: list[dict[str, list[str]]] = [{"basic": []}, {"bearer": []}, {"session": [], "token": []}]
SCHEMES = {
    "basic": {"type": "http", "scheme": "basic", "description": "company/username and password"},
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "the secret of a machine account, or a token of /oauth/token",
    },
    "session": {"type": "apiKey", "in": "cookie", "name": "banjie", "description": "the session of the pages"},
    "token": {"type": "apiKey", "in": "header", "name": "X-CSRFToken", "description": "that of the page, for changes"},
}
FILES = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["resources"],
                "properties": {
                    "resources": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}},
                    "tenantId": {"type": "string"},
                },
            }
        }
    },
}
FILE = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
PARTS: Mapping[str, Any] = {  # by operation: bodies that are no JSON
    "createDeployment": FILES,
    "uploadFile": {"required": True, "content": {"multipart/form-data": {"schema": FILE}}},
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again with the same key, no second case is started.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def complete(spec: Any) -> Any:
    """The description with operation ids, credentials, bodies and answers of every operation."""
    schemas = spec["components"]["schemas"]
    schemas.pop("ValidationError", None)
    models: list[type[BaseModel]] = [answers.Problem, *ANSWERS.values()]
    schemas_described, defined = models_json_schema([(each, "validation") for each in models], ref_template=REF)
    schemas.update(defined["$defs"])
    references = {model: schemas_described[model, "validation"] for model in models}
    problem = _answer("What is wrong.", references[answers.Problem], "application/problem+json")
    spec["components"] |= {"securitySchemes": SCHEMES, "responses": {"Problem": problem}}
    for operation in (each for path in spec["paths"].values() for each in path.values()):
        _complete(operation, schemas, references)
    return spec


def _complete(operation: dict[str, Any], schemas: Mapping[str, Any], references: Mapping[type[BaseModel], Any]) -> None:
    name = operation["operationId"]
    operation["security"] = SECURITY
    operation["responses"] = {
        **_answered(name, references),
        **{str(code): {"$ref": "#/components/responses/Problem"} for code in (*CODES, 500) if code not in (405, 504)},
    }
    if name in PARTS:
        operation["requestBody"] = PARTS[name]
    elif body := operation.get("requestBody"):
        sent = body["content"]["application/json"]["schema"]
        body["required"] = bool(schemas[sent["$ref"].rpartition("/")[2]].get("required"))
    if name == "createProcessInstance":
        operation["parameters"] = [*operation.get("parameters", ()), IDEMPOTENCY_KEY]
        operation["responses"]["504"] = {"$ref": "#/components/responses/Problem"}


def _answered(name: str, references: Mapping[type[BaseModel], Any]) -> dict[str, Any]:
    if name in CONTENTS:
        return {"200": _answer(*CONTENTS[name])}
    model = ANSWERS.get(name)
    nothing = {NO_CONTENT: {"description": "Done; there is nothing to tell."}}
    if model is None:
        return nothing
    answered = {"200": _answer(model.__doc__ or "A page of what was found.", references[model])}
    return {**answered, **nothing} if name in MAY_BE_EMPTY else answered


def _answer(told: str, schema: Mapping[str, Any], content_type: str = "application/json") -> dict[str, Any]:
    return {"description": told, "content": {content_type: {"schema": schema}}}


def operation_id(view: str) -> str:
    """The name of an operation, that of Camunda 8, of its view's name: `search_user_tasks` is `searchUserTasks`."""
    first, *others = view.split("_")
    return first + "".join("XML" if each == "xml" else each.capitalize() for each in others)
