"""What operators read: causes of incidents, what a case waits for, jobs given up, what the workers do."""

from __future__ import annotations

from typing import Any

from engine.queries import paging
from engine.queries.api import fields
from engine.queries.operations import causes, given_up, one_case, working
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.extensions import PREFIX
from web.api.operating import shapes
from web.api.shapes.results import key as as_key
from web.api.shapes.results import moment
from web.frame import i18n, storage
from web.frame.incidents import troubles
from web.frame.operations import operating_words


@blueprint.get(f"{PREFIX}/incident-causes")
@blueprint.input(shapes.Causes, location="query", arg_name="asked")
def list_incident_causes(asked: shapes.Causes) -> dict[str, Any]:
    """The causes of open incidents: how often, since when, how many cases."""
    with storage.reading() as session:
        listed = causes.causes(session, auth.current_actor(), process=asked.processDefinitionId, now=storage.now())
        return {
            "items": [
                {
                    "cause": each.cause,
                    "message": troubles.said(each.newest.message, each.newest.values),
                    "processDefinitionId": each.process_id or None,
                    "elementName": each.newest.element or None,
                    "count": each.count,
                    "cases": each.cases,
                    "first": moment(each.first),
                    "last": moment(each.last),
                }
                for each in listed
            ]
        }


@blueprint.get(f"{PREFIX}/process-instances/<key>/background")
def get_background(key: str) -> dict[str, Any]:
    """Timers, jobs and messages of a case, and what may be done with it now."""
    with storage.reading() as session:
        case = one_case.one_case(session, auth.current_actor(), fields.key(key), now=storage.now())
    return {"items": [_wait(each) for each in case.waits], "operations": case.acts}


def _wait(wait_row: one_case.OperatedWait) -> dict[str, Any]:
    is_job = bool(wait_row.state)
    return {
        "token": wait_row.token,
        "elementId": wait_row.element_id,
        "elementName": wait_row.name,
        "kind": wait_row.kind,
        "dueAt": moment(wait_row.due_at),
        "since": moment(wait_row.since),
        "state": wait_row.state or None,
        "retries": wait_row.retries if is_job else None,
        "attempts": wait_row.attempts if is_job else None,
        "errorMessage": i18n.worded(wait_row.error) if wait_row.error else None,
        "worker": wait_row.worker or None,
        "messageName": wait_row.message or None,
        "correlationKey": wait_row.correlation or None,
    }


@blueprint.get(f"{PREFIX}/jobs/given-up")
@blueprint.input(shapes.Asked, location="query", arg_name="asked")
def list_jobs_given_up(asked: shapes.Asked) -> dict[str, Any]:
    """Jobs without tries left, those of cases that the caller operates on, newest first."""
    with storage.reading() as session:
        page = given_up.given_up(session, auth.current_actor(), wanted(asked), now=storage.now())
    return {"items": [_given_up(each) for each in page.rows], "next": page.next or None}


def _given_up(job: given_up.GivenUp) -> dict[str, Any]:
    return {
        "jobKey": str(job.key),
        "processInstanceKey": as_key(job.case_key),
        "number": job.number or None,
        "processName": job.process or None,
        "elementName": job.step or None,
        "errorMessage": i18n.worded(job.error) if job.error else "",
        "attempts": job.attempts,
        "since": moment(job.since),
        "incidentKey": as_key(job.incident),
    }


@blueprint.get(f"{PREFIX}/workers")
def list_workers() -> dict[str, Any]:
    """What the workers do now, and how much waits for them."""
    with storage.reading() as session:
        background = working.working(session, auth.current_actor(), now=storage.now())
    return {"workers": [_worker(each) for each in background.workers], "queues": [_queue(each) for each in background.queues]}


def _worker(worker_row: working.Working) -> dict[str, Any]:
    return {
        "name": worker_row.name,
        "startedAt": moment(worker_row.started_at),
        "seenAt": moment(worker_row.seen_at),
        "rounds": worker_row.rounds,
        "done": worker_row.done,
        "failures": worker_row.failures,
        "silent": worker_row.is_silent,
    }


def _queue(queue: working.Queue) -> dict[str, Any]:
    told = {"due": queue.due, "later": queue.later, "leased": queue.leased, "failed": queue.failed}
    return {"name": operating_words.queue(queue), **told, "oldest": moment(queue.oldest)}


def wanted(asked: shapes.Paged) -> paging.WantedPage:
    """The page that is asked for."""
    return paging.WantedPage(after=asked.after, size=asked.limit)
