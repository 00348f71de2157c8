"""Jobs for external workers: activate, complete, fail, throw an error."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.queries.api import fields
from engine.verbs import service_jobs
from web.account import auth
from web.api import results, schemas
from web.api.blueprint import blueprint
from web.frame import storage

ANONYMOUS_WORKER = "api"


@blueprint.post("/jobs/activation")
@blueprint.input(schemas.Activation, arg_name="body")
def activate_jobs(body: schemas.Activation) -> dict[str, Any]:
    """Lease open jobs of a type to this worker until the timeout."""
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
        return {"jobs": [results.job(each) for each in handed]}


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
