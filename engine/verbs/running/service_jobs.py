"""Jobs at flow nodes: run by a registered operation, or activated and completed by an external worker (Camunda 8 jobs)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session, undefer

from engine import errors, operations, runtime
from engine.basics.sayings import Said
from engine.cases import cases, failures, incident_rows, suspensions, variable_size
from engine.cases.cases import Case, Instance, Surroundings
from engine.cases.personal import personal_data
from engine.cases.rights import access, barring, keepers
from engine.execution import rising, settling
from engine.operations import attempts
from engine.people import organisation
from engine.people.actors import SYSTEM, Actor
from engine.storage import jobs, locking
from engine.storage.models import Job

OPEN = ("open", "leased")
FAILED = (
    Said("后台工作失败", "Background work failed"),
    Said("排除原因后，请到“监控—异常”重试。", "Please put it right and try again under “Status”, “Incidents”."),
)
NO_JOB = "There is no such job, or you may not view it."
GONE = "This job is no longer open."


def activate(
    session: Session, by: Actor, type: str, max_jobs: int, *, timeout: timedelta, worker: str, now: datetime
) -> list[Job]:
    """Hands up to `max_jobs` open jobs of a type to an external worker, until `timeout` is over.

    Their cases are locked, for `hand_out` to write in their history; a job whose case is being moved just now is left for
    the next time, as waiting for the case with the job in hand could be for ever. A machine account gets those of its
    processes; nobody gets what a case about himself waits for. Raises Forbidden for others than operators; a registered operation's jobs are the engine's own.
    """
    _require_worker(by)
    if attempts.is_known(type) or type in jobs.names():
        raise errors.Forbidden("The jobs of type “%(type)s” are done by the engine itself.", type=type)
    return jobs.claim(
        session,
        [type],
        max(0, min(max_jobs, 1000)),
        worker=worker,
        now=now,
        lease=timeout,
        company_id=by.company_id,
        within=None if by.operates or by.machine is None else by.machine.processes,
        only=lambda job: _may_have(session, by, locking.with_row(session, Job, job.key, skip_locked=True)),
    )


def _may_have(session: Session, by: Actor, locked: tuple[Instance, Job] | None) -> bool:
    """Whether a job whose case could be locked is for this worker: its variables tell of the case, and its result moves it."""
    return locked is not None and barring.is_free(session, by, locked[0])


@dataclass(frozen=True)
class HandedOut:
    """A leased job with what its worker is given to read."""

    job: Job
    instance: Instance
    variables: dict[str, Any]


def hand_out(session: Session, by: Actor, job: Job, wanted: Collection[str] | None, *, now: datetime) -> HandedOut:
    """What a worker is given with a job it has just leased: the variables that the job sees, or those `wanted`.

    A program needs values in full, so personal data among them are noted in the case's history.
    """
    instance = cases.lock(session, job.instance_key or 0)
    known = {**cases.variables(session, instance, now=now), **job.payload.get("inputs", {})}
    seen = {name: known[name] for name in wanted if name in known} if wanted else known
    if personal_data.of_instance(session, instance, now=now).variables(seen) != seen:
        personal_data.note(session, by, instance, now=now, how="job", type=job.type, worker=job.worker)
    return HandedOut(job, instance, seen)


def complete(session: Session, by: Actor, key: int, variables: Mapping[str, Any], *, now: datetime) -> None:
    """The work of a job is done; its case goes on with these variables. Raises NotFound, Forbidden, Conflict."""
    _require_worker(by)
    variable_size.check(session, variables)
    job, case = _lock(session, by, key, now)
    _complete(case, job, variables)


def fail(
    session: Session, by: Actor, key: int, *, retries: int, message: str = "", backoff: timedelta = timedelta(0), now: datetime
) -> None:
    """The work failed: it is offered again after `backoff`, or becomes an incident when `retries` are used up."""
    _require_worker(by)
    job, case = _lock(session, by, key, now)
    note_failure(
        session,
        job,
        case.instance,
        errors.Refusal("%(detail)s", detail=message or "—"),
        retries=retries,
        run_at=now + backoff,
        now=now,
    )


def throw_error(
    session: Session, by: Actor, key: int, code: str, message: str, variables: Mapping[str, Any], *, now: datetime
) -> None:
    """The work met a BPMN error: it goes to the boundary event that catches it, else becomes an incident."""
    _require_worker(by)
    variable_size.check(session, variables)
    job, case = _lock(session, by, key, now)
    _throw(case, job, code, message, variables)


def update_retries(session: Session, by: Actor, key: int, retries: int, *, now: datetime) -> None:
    """Sets how often a job may still be tried (the incident, if there is one, is resolved by `incidents.resolve`)."""
    _require_worker(by)
    job, _ = _lock(session, by, key, now, states=("open", "leased", "failed"))
    job.retries = max(1, retries)
    session.flush()


def order(session: Session, claimed: Job, *, now: datetime) -> operations.AdvanceOrder | None:
    """What has to be made for a claimed job before `perform`, outside of any transaction; None for most.

    Only reads, and locks nothing. Raises jobs.Lost when the case is over; the operation's own failure as a Refusal.
    """
    if not attempts.has_order(claimed.type):
        return None
    instance = session.get(Instance, claimed.instance_key, options=[undefer(Instance.tokens)])
    if instance is None or instance.state != "active":
        raise jobs.Lost(GONE)
    case = cases.take_up(Surroundings(session, SYSTEM(claimed.company_id), now), instance)
    return attempts.order(case, *_work(case, claimed), token=claimed.token or "", job_key=claimed.key)


def perform(session: Session, claimed: Job, made: attempts.Made | None = None, *, now: datetime) -> None:
    """Runs the registered operation of a claimed job and lets its case go on, all in one commit.

    The rows stay locked as long as it runs: the lock is the heartbeat, no other worker takes the job meanwhile.
    `made` is what was made of its `order`. Raises jobs.Lost when the job is not this worker's any more, Outdated when
    something else would have to be made by now; the operation's own failure as a Refusal.
    """
    job, case = _lock(session, SYSTEM(claimed.company_id), claimed.key, now)
    if job.worker != claimed.worker or job.state != "leased":
        raise jobs.Lost("Another worker has taken this job.")
    element, work = _work(case, job)
    try:
        result = attempts.attempt(case, element, work, token=job.token or "", job_key=job.key, made=made)
    except attempts.BpmnError as error:
        _throw(case, job, error.code, error.message, {})
        return
    case.note("operation", element, type=job.type, result=result)
    _complete(case, job, result)


def _work(case: Case, job: Job) -> tuple[runtime.Element, runtime.AwaitedJob]:
    return case.definition.program.elements[job.element_id or ""], runtime.AwaitedJob(job.type, job.headers, job.payload)


def note_failure(
    session: Session,
    job: Job,
    instance: Instance | None,
    refusal: errors.Refusal,
    *,
    retries: int,
    run_at: datetime,
    now: datetime,
) -> None:
    """Gives a job back for another try, or makes an incident of it when no tries are left."""
    job.error, job.worker, job.lease_until = failures.kept(refusal), None, None
    job.retries, job.run_at = max(0, retries), run_at
    job.state = "open" if retries > 0 else "failed"
    if retries <= 0:
        of = {"instance": instance, "element_id": job.element_id, "token": job.token, "job_key": job.key}
        _raise(session, job.company_id, instance, refusal, of, now)
    session.flush()


def _raise(
    session: Session, company_id: str, instance: Instance | None, refusal: errors.Refusal, of: dict[str, Any], now: datetime
) -> None:
    if instance is not None:
        incident_rows.add(session, company_id, "job", refusal, now=now, **of)
        return
    company = organisation.current(session, company_id)
    to = keepers.keepers_of(session, company)
    incident_rows.add_alone(session, company, "job", refusal, FAILED, to, now=now, **of)


def locked(session: Session, key: int) -> tuple[Job, Instance | None] | None:
    """A job with its instance, if it has one, root first; None when it is gone."""
    row = locking.with_row(session, Job, key)
    if row is not None:
        return row[1], row[0]
    job = session.get(Job, key, with_for_update=True)
    return (job, None) if job is not None else None


def _lock(session: Session, by: Actor, key: int, now: datetime, states: tuple[str, ...] = OPEN) -> tuple[Job, Case]:
    rows = locked(session, key)
    job, instance = rows if rows is not None else (None, None)
    if job is None or instance is None or job.company_id != by.company_id:
        raise errors.NotFound(NO_JOB)
    is_his = by.is_system or (access.may_work(by, instance.process_id) and barring.is_free(session, by, instance))
    if not is_his:
        raise errors.NotFound(NO_JOB)
    if instance.suspended is not None:
        raise suspensions.refusal(instance, organisation.current(session, instance.company_id)) or jobs.Lost(GONE)
    if job.state not in states:
        raise jobs.Lost(GONE)
    return job, cases.take_up(Surroundings(session, by, now), instance)


def _complete(case: Case, job: Job, variables: Mapping[str, Any]) -> None:
    case.run.complete(job.token or "", variables)
    settling.settle(case)


def _throw(case: Case, job: Job, code: str, message: str, variables: Mapping[str, Any]) -> None:
    if rising.throw(case, job.token or "", code, message, variables):
        settling.settle(case)
        return
    refusal = rising.uncaught(case, job.element_id or "", code, message)
    note_failure(case.session, job, case.instance, refusal, retries=0, run_at=case.now, now=case.now)


def _require_worker(by: Actor) -> None:
    if not (by.operates or by.machine is not None):
        raise errors.Forbidden("Only administrators may do this.")
