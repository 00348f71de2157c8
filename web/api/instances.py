"""Process instances: create, search, one, cancel."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.queries.api import api_reads, api_variables, fields
from engine.verbs import process_instances
from web.account import auth
from web.api import results, schemas
from web.api.blueprint import blueprint
from web.frame import storage

DEFAULT_REASON = "API"


@blueprint.post("/process-instances")
@blueprint.input(schemas.InstanceCreation, arg_name="body")
def create_process_instance(body: schemas.InstanceCreation) -> dict[str, Any]:
    """Start a process; its start form checks the variables."""
    with storage.transaction() as session:
        process_id, version = _which(session, body)
        actor = auth.current_actor()
        instance = process_instances.start(session, actor, process_id, body.variables or {}, version=version, now=storage.now())
        found = api_variables.of(session, actor, instance, now=storage.now())
        return results.created_instance(instance, {each.name: each.value for each in found})


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
    if body.processDefinitionKey:
        row = api_reads.process_definition(session, auth.current_actor(), fields.key(body.processDefinitionKey))
        return row.process_id, row.version
    if not body.processDefinitionId:
        raise errors.Invalid("Say by processDefinitionKey or processDefinitionId what is to be started.")
    return body.processDefinitionId, body.processDefinitionVersion if body.processDefinitionVersion > 0 else None
