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
from web.frame import i18n, storage, words
from web.frame.operations import operating_words


@blueprint.get(f"{PREFIX}/incident-causes")
@blueprint.input(shapes.Causes, location="query", arg_name="asked")
def list_incident_causes(asked: shapes.Causes) -> dict[str, Any]:
    """The causes of open incidents: how often, since when, how many cases."""
    with storage.reading() as session:
        found = causes.causes(session, auth.current_actor(), process=asked.processDefinitionId, now=storage.now())
        return {
            "items": [
                {
                    "cause": each.cause,
                    "message": words.trouble(each.newest.message, each.newest.values),
                    "processDefinitionId": each.process_id or None,
                    "elementName": each.newest.element or None,
                    "count": each.count,
                    "cases": each.cases,
                    "first": moment(each.first),
                    "last": moment(each.last),
                }
                for each in found
            ]
        }


@blueprint.get(f"{PREFIX}/process-instances/<key>/background")
def get_background(key: str) -> dict[str, Any]:
    """Timers, jobs and messages of a case, and what may be done with it now."""
    with storage.reading() as session:
        found = one_case.one_case(session, auth.current_actor(), fields.key(key), now=storage.now())
    return {"items": [_wait(each) for each in found.waits], "operations": found.acts}


def _wait(found: one_case.OperatedWait) -> dict[str, Any]:
    is_job = bool(found.state)
    return {
        "token": found.token,
        "elementId": found.element_id,
        "elementName": found.name,
        "kind": found.kind,
        "dueAt": moment(found.due_at),
        "since": moment(found.since),
        "state": found.state or None,
        "retries": found.retries if is_job else None,
        "attempts": found.attempts if is_job else None,
        "errorMessage": i18n.worded(found.error) if found.error else None,
        "worker": found.worker or None,
        "messageName": found.message or None,
        "correlationKey": found.correlation or None,
    }


@blueprint.get(f"{PREFIX}/jobs/given-up")
@blueprint.input(shapes.Asked, location="query", arg_name="asked")
def list_jobs_given_up(asked: shapes.Asked) -> dict[str, Any]:
    """Jobs without tries left, those of cases that the caller operates on, newest first."""
    with storage.reading() as session:
        page = given_up.given_up(session, auth.current_actor(), wanted(asked), now=storage.now())
    return {"items": [_given_up(each) for each in page.rows], "next": page.next or None}


def _given_up(found: given_up.GivenUp) -> dict[str, Any]:
    return {
        "jobKey": str(found.key),
        "processInstanceKey": as_key(found.case_key),
        "number": found.number or None,
        "processName": found.process or None,
        "elementName": found.step or None,
        "errorMessage": i18n.worded(found.error) if found.error else "",
        "attempts": found.attempts,
        "since": moment(found.since),
        "incidentKey": as_key(found.incident),
    }


@blueprint.get(f"{PREFIX}/workers")
def list_workers() -> dict[str, Any]:
    """What the workers do now, and how much waits for them."""
    with storage.reading() as session:
        found = working.working(session, auth.current_actor(), now=storage.now())
    return {"workers": [_worker(each) for each in found.workers], "queues": [_queue(each) for each in found.queues]}


def _worker(found: working.Working) -> dict[str, Any]:
    return {
        "name": found.name,
        "startedAt": moment(found.started_at),
        "seenAt": moment(found.seen_at),
        "rounds": found.rounds,
        "done": found.done,
        "failures": found.failures,
        "silent": found.is_silent,
    }


def _queue(found: working.Queue) -> dict[str, Any]:
    told = {"due": found.due, "later": found.later, "leased": found.leased, "failed": found.failed}
    return {"name": operating_words.queue(found), **told, "oldest": moment(found.oldest)}


def wanted(asked: shapes.Paged) -> paging.WantedPage:
    """The page that is asked for."""
    return paging.WantedPage(after=asked.after, size=asked.limit)
