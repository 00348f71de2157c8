"""Process instances: create, search, one with what happened in it, cancel."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine import errors as refusals
from engine.cases.rights import access
from engine.queries.api import api_reads, api_variables, case_history, fields
from engine.queries.cases.timeline import TimelineEntry
from engine.storage import marks
from engine.storage.models import ProcessInstance
from engine.verbs.running import process_instances
from web.account import auth
from web.api import waiting
from web.api.access import idempotency
from web.api.access.blueprint import blueprint
from web.api.extensions import PREFIX
from web.api.operating import shapes as operating
from web.api.operating.reads import wanted
from web.api.shapes import bodies, results, schemas
from web.frame import storage, words
from web.frame.http import errors
from web.frame.operations import events

DEFAULT_REASON = "API"
VERSION = "processDefinitionVersion"


@blueprint.post("/process-instances")
@blueprint.input(schemas.InstanceCreation, arg_name="body")
def create_process_instance(body: schemas.InstanceCreation) -> Any:
    """Start a process; its start form checks the variables. The header `Idempotency-Key` sent again starts no second case."""
    if not body.awaitCompletion:
        return _started(body)
    with waiting.required_place():
        started = _started(body)
        key = int(started["processInstanceKey"])
        ended = _ended(key, body.fetchVariables)
        ended = ended or waiting.until(lambda: _ended(key, body.fetchVariables), body.requestTimeout)
    return ended or errors.problem(504, _("The case goes on: it did not end in the time that was given."))


def _started(body: schemas.InstanceCreation) -> dict[str, Any]:
    actor, mark = auth.current_actor(), idempotency.mark()
    bodies.require_tenant(body.tenantId, actor.company_id)
    with storage.transaction() as session:
        process_id, version = _which(session, body)
        instance = process_instances.start(
            session,
            actor,
            process_id,
            bodies.of_form(body.variables or {}),
            version=version,
            mark=mark,
            content=marks.of_content(mark, process_id, version, body.variables or {}),
            now=storage.now(),
        )
        return _answered(session, instance, body.fetchVariables)


def _ended(key: int, wanted: list[str] | None) -> dict[str, Any] | None:
    with storage.reading() as session:
        instance = access.require_case(session, auth.current_actor(), key)
        if instance.state == "cancelled":
            raise refusals.Conflict("The case was cancelled before it had ended.")
        return _answered(session, instance, wanted) if instance.state == "completed" else None


def _answered(session: Session, instance: ProcessInstance, wanted: list[str] | None) -> dict[str, Any]:
    variables = api_variables.variables_of(session, auth.current_actor(), instance, now=storage.now())
    return results.created_instance(
        instance, {each.name: each.value for each in variables if not wanted or each.name in wanted}
    )


@blueprint.post("/process-instances/search")
@blueprint.input(schemas.Search, arg_name="body")
def search_process_instances(body: schemas.Search) -> dict[str, Any]:
    """Search instances."""
    with storage.reading() as session:
        return results.page(api_reads.process_instances(session, auth.current_actor(), body.query()), results.process_instance)


@blueprint.get("/process-instances/<key>")
def get_process_instance(key: str) -> dict[str, Any]:
    """One instance."""
    with storage.reading() as session:
        return results.process_instance(api_reads.process_instance(session, auth.current_actor(), fields.key(key)))


@blueprint.get(f"{PREFIX}/process-instances/<key>/history")
@blueprint.input(operating.Paged, location="query", arg_name="asked")
def get_history(key: str, asked: operating.Paged) -> dict[str, Any]:
    """What happened in a case and in those it called, the newest first; personal data masked as on its page."""
    with storage.reading() as session:
        page = case_history.history(session, auth.current_actor(), fields.key(key), wanted(asked), now=storage.now())
        return {"items": [_happened(each) for each in page.rows], "next": page.next or None}


def _happened(entry: TimelineEntry) -> dict[str, Any]:
    """`undoes` are the tasks of steps that this way back has undone."""
    return {
        "key": str(entry.key),
        "at": results.moment(entry.at),
        "kind": entry.kind,
        "text": words.event(entry),
        "who": entry.who or None,
        "elementId": entry.element_id or None,
        "elementName": entry.element or None,
        "processInstanceKey": str(entry.instance_key),
        "number": entry.number,
        "userTaskKey": str(entry.task) if entry.task else None,
        "outcome": entry.outcome or None,
        "outcomeLabel": entry.label or None,
        "opinion": entry.opinion or None,
        "reason": entry.reason or None,
        "effects": [events.effect(each) for each in entry.effects],
        "undoes": [str(each) for each in entry.data.get("undone", ())],
    }


@blueprint.post("/process-instances/<key>/cancellation")
@blueprint.input(schemas.Cancellation, arg_name="body")
def cancel_process_instance(key: str, body: schemas.Cancellation) -> tuple[str, int]:
    """End a running instance for good."""
    with storage.transaction() as session:
        reason = body.reason or DEFAULT_REASON
        process_instances.cancel(session, auth.current_actor(), fields.key(key), reason, now=storage.now())
    return "", 204


def _which(session: Session, body: schemas.InstanceCreation) -> tuple[str, int | None]:
    """The process id and version that the caller names; the newest version for -1."""
    version = body.processDefinitionVersion
    if bool(body.processDefinitionKey) == bool(body.processDefinitionId):
        raise refusals.Invalid("Say either by processDefinitionKey or by processDefinitionId what is to be started.")
    if body.processDefinitionKey:
        row = api_reads.process_definition(session, auth.current_actor(), fields.key(body.processDefinitionKey)).row
        if version not in (-1, row.version):
            raise bodies.refused("The key names version %(version)s; leave “%(name)s” out.", VERSION, version=row.version)
        return row.process_id, row.version
    if version == 0:
        raise bodies.refused("There is no version 0; leave “%(name)s” out for the newest.", VERSION)
    return body.processDefinitionId or "", version if version > 0 else None
