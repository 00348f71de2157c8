"""Jobs for external workers: activate, complete, fail, throw an error."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.queries.api import fields
from engine.storage import jobs
from engine.verbs.running import service_jobs
from web.account import auth
from web.api import waiting
from web.api.access.blueprint import blueprint
from web.api.shapes import bodies, results, schemas
from web.frame import storage

ANONYMOUS_WORKER = "api"


@blueprint.post("/jobs/activation")
@blueprint.input(schemas.Activation, arg_name="body")
def activate_jobs(body: schemas.Activation) -> Any:
    """Lease open jobs of a type to this worker until the timeout.

    Where there are none it waits for one; when too many wait already, the answer is empty at once, with Retry-After.
    """
    for tenant in body.tenantIds or ():
        bodies.require_tenant(tenant, auth.current_actor().company_id, "tenantIds")
    leased = _leased(body)
    if leased or (body.requestTimeout or 0) < 0:
        return {"jobs": leased}
    with waiting.place() as is_free:
        if is_free:
            return {"jobs": waiting.until(lambda: _leased_if_any(body), body.requestTimeout or 0) or []}
    return {"jobs": []}, 200, {"Retry-After": str(waiting.RETRY_SECONDS)}


def _leased_if_any(body: schemas.Activation) -> list[dict[str, Any]] | None:
    """A look that locks nothing, and only where there is something the lease."""
    with storage.reading() as session:
        is_there = jobs.any_due(session, [body.type], worker="", now=storage.now())
    return (_leased(body) or None) if is_there else None


def _leased(body: schemas.Activation) -> list[dict[str, Any]]:
    actor = auth.current_actor()
    with storage.transaction() as session:
        leased = service_jobs.activate(
            session,
            actor,
            body.type,
            body.maxJobsToActivate,
            timeout=timedelta(milliseconds=body.timeout),
            worker=body.worker or ANONYMOUS_WORKER,
            now=storage.now(),
        )
        handed = [service_jobs.hand_out(session, actor, job, body.fetchVariable, now=storage.now()) for job in leased]
        return [results.job(each) for each in handed]


@blueprint.post("/jobs/<key>/completion")
@blueprint.input(schemas.JobCompletion, arg_name="body")
def complete_job(key: str, body: schemas.JobCompletion) -> tuple[str, int]:
    """Hand in a job's result."""
    with storage.transaction() as session:
        service_jobs.complete(session, auth.current_actor(), fields.key(key), body.variables or {}, now=storage.now())
    return "", 204


@blueprint.post("/jobs/<key>/failure")
@blueprint.input(schemas.JobFailure, arg_name="body")
def fail_job(key: str, body: schemas.JobFailure) -> tuple[str, int]:
    """Tell that an attempt failed; without retries left an incident opens."""
    with storage.transaction() as session:
        service_jobs.fail(
            session,
            auth.current_actor(),
            fields.key(key),
            retries=body.retries,
            message=body.errorMessage or "",
            backoff=timedelta(milliseconds=body.retryBackOff),
            now=storage.now(),
        )
    return "", 204


@blueprint.post("/jobs/<key>/error")
@blueprint.input(schemas.JobError, arg_name="body")
def throw_job_error(key: str, body: schemas.JobError) -> tuple[str, int]:
    """Throw a BPMN error at the job's element."""
    with storage.transaction() as session:
        service_jobs.throw_error(
            session,
            auth.current_actor(),
            fields.key(key),
            body.errorCode,
            body.errorMessage or "",
            body.variables or {},
            now=storage.now(),
        )
    return "", 204
