"""Acts of operators: on one case at once, on many rehearsed and then carried out, paused, stopped; and their log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.queries.api import fields
from engine.queries.operations import log
from engine.storage import models
from engine.verbs import operated
from engine.verbs.operating import bulk, single
from engine.verbs.operating.choosing import Chosen
from web.account import auth
from web.api.access import idempotency
from web.api.access.blueprint import blueprint
from web.api.extensions import PREFIX
from web.api.operating import shapes
from web.api.operating.reads import wanted
from web.api.shapes import wrong
from web.api.shapes.results import key as as_key
from web.api.shapes.results import moment
from web.frame import storage
from web.frame.operations import operating_words

OPERATIONS = f"{PREFIX}/operations"
CHOSEN = {"process": "processDefinitionId", "element": "elementId"}  # what the engine calls a member otherwise


@blueprint.post(f"{PREFIX}/process-instances/<key>/operation")
@blueprint.input(shapes.Given, arg_name="body")
def operate_on_process_instance(key: str, body: shapes.Given) -> tuple[str, int]:
    """Do one act with one case at once; it stands in the log."""
    with wrong.by_members(shapes.Given.model_fields), storage.transaction() as session:
        by, now = auth.current_actor(), storage.now()
        single.do(session, by, fields.key(key), body.operation, _given(body), body.reason, now=now)
    return "", 204


@blueprint.post(f"{PREFIX}/process-instances/<key>/operation/rehearsal")
@blueprint.input(shapes.Given, arg_name="body")
def rehearse_on_process_instance(key: str, body: shapes.Given) -> dict[str, Any]:
    """What one act would do with one case; nothing is changed."""
    with wrong.by_members(shapes.Given.model_fields), storage.transaction() as session:
        by, now = auth.current_actor(), storage.now()
        state, told = single.foresee(session, by, fields.key(key), body.operation, _given(body), body.reason, now=now)
    return {"state": state, "detail": operating_words.told(told) or None}


@blueprint.post(OPERATIONS)
@blueprint.input(shapes.OperationOrder, arg_name="body")
def create_operation(body: shapes.OperationOrder) -> dict[str, Any]:
    """Rehearse an act on many cases; nothing is changed until it is carried out. `Idempotency-Key` sent again does it once."""
    chosen = Chosen(
        process=body.processDefinitionId,
        version="" if body.version is None else str(body.version),
        element=body.elementId,
        state=body.state,
        cause=body.cause,
        numbers=tuple(dict.fromkeys(body.numbers)),
    )
    with wrong.by_members(shapes.OperationOrder.model_fields), storage.transaction() as session:
        by, now = auth.current_actor(), storage.now()
        mark = idempotency.mark()
        row = bulk.order(session, by, body.operation, chosen, _given(body), body.reason, mark=mark or "", now=now)
        return {"key": str(row.key)}


@blueprint.get(OPERATIONS)
@blueprint.input(shapes.Asked, location="query", arg_name="asked")
def list_operations(asked: shapes.Asked) -> dict[str, Any]:
    """The log, newest first: all for operators and auditors, else one's own."""
    with storage.reading() as session:
        page = log.operations(session, auth.current_actor(), wanted(asked))
    return {"items": [_line(each) for each in page.rows], "next": page.next or None}


@blueprint.get(f"{OPERATIONS}/<key>")
@blueprint.input(shapes.Asked, location="query", arg_name="asked")
def get_operation(key: str, asked: shapes.Asked) -> dict[str, Any]:
    """How far an act is, with one page of its cases and what became of each."""
    with storage.reading() as session:
        operation = log.one(session, auth.current_actor(), fields.key(key), wanted(asked), only=asked.only)
    return _line(operation.line) | {
        "items": [_case(each) for each in operation.cases.rows],
        "next": operation.cases.next or None,
    }


@blueprint.post(f"{OPERATIONS}/<key>/carry-out")
def carry_out_operation(key: str) -> tuple[str, int]:
    """Do for good what was rehearsed."""
    return _turned(key, bulk.carry_out)


@blueprint.post(f"{OPERATIONS}/<key>/pause")
def pause_operation(key: str) -> tuple[str, int]:
    """Let it rest after the case that is being done."""
    return _turned(key, bulk.pause)


@blueprint.post(f"{OPERATIONS}/<key>/continue")
def continue_operation(key: str) -> tuple[str, int]:
    """Let it go on after a pause."""
    return _turned(key, bulk.go_on)


@blueprint.post(f"{OPERATIONS}/<key>/stop")
def stop_operation(key: str) -> tuple[str, int]:
    """End it; what was done stays done."""
    return _turned(key, bulk.stop)


def _turned(key: str, verb: Callable[..., Any]) -> tuple[str, int]:
    with storage.transaction() as session:
        verb(session, auth.current_actor(), fields.key(key), now=storage.now())
    return "", 204


def _given(body: shapes.Given) -> dict[str, str]:
    """What the act is given, as the engine takes it: values are typed by the JSON that was sent."""
    texts = {name: getattr(body, name) for name in ("place", "target", "outcome", "name", "until", "person")}
    if body.retries is not None:
        texts["retries"] = str(body.retries)
    if body.value is not None:
        texts["value"] = models.dumps(body.value)
    if body.operation == operated.SET_VARIABLE:
        texts["kind"] = "null" if body.value is None else "json"
    return texts


def _line(line: log.OperationLine) -> dict[str, Any]:
    return {
        "key": str(line.key),
        "operation": line.name,
        "username": line.username,
        "reason": line.reason,
        "phase": line.phase,
        "state": line.state,
        "total": line.total,
        "succeeded": line.succeeded,
        "failed": line.failed,
        "createdAt": moment(line.created_at),
        "startedAt": moment(line.started_at),
        "endedAt": moment(line.ended_at),
        "filter": {CHOSEN.get(name, name): value for name, value in line.filter.items()},
        "given": dict(line.values),
    }


def _case(line: log.CaseLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "processInstanceKey": as_key(line.case_key),
        "state": line.state or "waiting",
        "detail": operating_words.told(line.told) or None,
        "foreseen": line.is_foreseen,
    }
