"""One case as operators see it: what it waits for without a person, and what each act on it may be given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from engine import errors
from engine.cases import cases, failures, no_return, suspensions
from engine.cases.cases import Case, Surroundings
from engine.cases.personal import secret_data
from engine.cases.personal.personal_data import Redaction
from engine.cases.rights import access, recusal
from engine.definitions import step_names
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.cases import instance_page, offered
from engine.queries.operations import shaped
from engine.queries.operations.choices import ChangeableVariable, Choices
from engine.storage.models import Job, ProcessInstance, Subscription, Timer
from engine.verbs import ahead, grounds, operated
from engine.verbs.approvals import jumps
from engine.verbs.operating import declared, skipping
from engine.verbs.operating.changing import variables

TIMED = ("timer", "job")
ALL = (
    *(operated.RETRY, operated.SETTLE, operated.SKIP, operated.SET_VARIABLE, operated.MOVE, operated.RUN_NOW),
    *(operated.RESCHEDULE, operated.SET_RETRIES, operated.ASSIGN, operated.SUSPEND, operated.RESUME, operated.TERMINATE),
)
PLACED = (operated.SKIP, operated.RUN_NOW, operated.RESCHEDULE, operated.SET_RETRIES, operated.ASSIGN, operated.MOVE)


@dataclass(frozen=True)
class OperatedWait:
    """What a case waits for: `kind` is timer, job, message, signal, or one of the others that have no row of their own.

    `due_at` is when a timer fires or a job may run; `retries`, `attempts`, `state` (open, leased, failed), `error` and
    `worker` are a job's; `message` and `correlation` those of a message. Personal data in `error` and `correlation` are
    masked. `unskippable` is why nobody may skip it, None where one may.
    """

    token: str
    element_id: str
    name: str
    kind: str
    due_at: datetime | None = None
    since: datetime | None = None
    state: str = ""
    retries: int = 0
    attempts: int = 0
    error: errors.Refusal | None = None
    worker: str = ""
    message: str = ""
    correlation: str = ""
    unskippable: errors.Refusal | None = None


@dataclass(frozen=True)
class OneCase:
    """A case with what it waits for and where it has stopped, the acts that may be done with it now, by name, and why others may not."""

    instance: ProcessInstance
    waits: list[OperatedWait]
    acts: list[str] = field(default_factory=list)
    barred: dict[str, errors.Refusal] = field(default_factory=dict)
    troubles: list[instance_page.Trouble] = field(default_factory=list)


def one_case(session: Session, by: Actor, key: int, *, now: datetime) -> OneCase:
    """What operators and auditors see of a case. Raises NotFound for others, and for a case that they may not know of."""
    instance = _readable(session, by, key)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if instance.state != "active":
        return OneCase(instance, [], barred=dict.fromkeys(ALL, offered.why_not(session, by, instance)))
    case = cases.look_into(Surroundings(session, by, now), instance)
    redaction = instance_page.redaction(session, by, instance, case.definition, now=now)
    troubles = instance_page.troubles(session, case.definition, instance, redaction)
    waits = [_barred(case, _masked(each, redaction)) for each in _waits(case)]
    if not access.may_operate(session, by, instance.process_id):
        return OneCase(instance, waits, troubles=troubles)
    if recusal.keeps(case.around, instance, by.answerable):
        return OneCase(instance, waits, barred=dict.fromkeys(ALL, errors.Refusal(grounds.NO_OPERATING)), troubles=troubles)
    barred = dict(_why_not(case, company, waits))
    acts = [each for each in _acts(session, by, instance, waits) if each not in barred]
    return OneCase(instance, waits, acts, {act: why for act, why in barred.items() if act not in acts}, troubles)


def why_not(session: Session, by: Actor, page: OneCase, act: str) -> errors.Refusal:
    """Why an act is not offered in a case now."""
    told = page.barred.get(act)
    return (
        errors.Conflict(told.text, fields=None, **told.values)
        if told is not None
        else offered.why_not(session, by, page.instance)
    )


def _why_not(case: Case, company: Organisation, waits: list[OperatedWait]) -> Iterator[tuple[str, errors.Refusal]]:
    """The acts that the case itself does not take now, each with the reason."""
    held_up, past = suspensions.refusal(case.instance, company), no_return.refusal(case.instance, company)
    if held_up is not None:
        yield from ((act, held_up) for act in ALL if act not in (operated.RESUME, operated.TERMINATE))
    if past is not None:
        yield from ((act, past) for act in (operated.SUSPEND, operated.MOVE, operated.TERMINATE))
    reasons = [each.unskippable for each in waits if each.kind in skipping.KINDS]
    if held_up is None and reasons and None not in reasons and reasons[0] is not None:
        yield operated.SKIP, reasons[0]
    try:
        ahead.require_unapproved(case)
    except errors.Conflict as told:
        yield operated.SET_VARIABLE, told


def _barred(case: Case, wait: OperatedWait) -> OperatedWait:
    """The wait with why nobody may skip it."""
    try:
        skipping.require_some_way(case, wait.token, case.definition.program.elements[wait.element_id], wait.kind)
    except errors.Conflict as told:
        return replace(wait, unskippable=told)
    return wait


def choices(session: Session, by: Actor, key: int, act: str, sent: Mapping[str, str], *, now: datetime) -> Choices:
    """What an act on one case may be given, after what was chosen so far. Raises NotFound, Forbidden, Conflict when it is over."""
    instance = _readable(session, by, key)
    if not access.may_operate(session, by, instance.process_id):
        raise errors.NotFound(access.NO_CASE)
    case = cases.look_into(Surroundings(session, by, now), instance)
    if act in (operated.SET_VARIABLE, operated.SKIP):
        secret_data.require(session, by, instance, now=now)
    if act == operated.SET_VARIABLE:
        return _variables(session, case, sent.get("name", ""), now)
    if act == operated.MOVE:
        return _moves(session, by, key, sent.get("place", ""), now)
    places = [each for each in (_barred(case, one) for one in _waits(case)) if fits(act, each)] if act in PLACED else []
    chosen = next((each for each in places if each.token == sent.get("place")), places[0] if len(places) == 1 else None)
    at_places = Choices(places=[(each.token, each.name) for each in places])
    if chosen is None or act != operated.SKIP:
        return at_places
    return replace(at_places, known=case.run.variables(), functions=case.functions).skipping(case.definition, chosen.element_id)


def _readable(session: Session, by: Actor, key: int) -> ProcessInstance:
    instance = session.get(ProcessInstance, key, options=[undefer(ProcessInstance.tokens)])
    if instance is None or not access.may_see(session, by, instance):
        raise errors.NotFound(access.NO_CASE)
    if not (by.is_auditor or access.may_operate(session, by, instance.process_id)):
        raise errors.NotFound(access.NO_CASE)
    return telling.read(session, instance)


def fits(act: str, wait: OperatedWait) -> bool:
    """Whether an act that is given a place is one for this wait."""
    if act == operated.SKIP:
        return wait.kind in skipping.KINDS and wait.unskippable is None
    if act == operated.ASSIGN:
        return wait.kind == "user_task"
    return wait.kind == "job" if act == operated.SET_RETRIES else wait.kind in TIMED


def _acts(session: Session, by: Actor, instance: ProcessInstance, waits: list[OperatedWait]) -> Iterator[str]:
    is_whole = instance.parent_key is None
    if instance.suspended is not None:
        yield from (operated.RESUME,) if is_whole else ()
    else:
        yield from (operated.RETRY, operated.SETTLE) if instance.incidents else ()
        placed = (act for act in PLACED if act not in (operated.MOVE, operated.ASSIGN))
        yield from (act for act in placed if any(fits(act, each) for each in waits))
        if access.may_manage(session, by, instance.process_id):
            yield from (operated.ASSIGN,) if any(fits(operated.ASSIGN, each) for each in waits) else ()
        yield from (operated.MOVE, operated.SET_VARIABLE)
        yield from (operated.SUSPEND,) if is_whole else ()
    if is_whole and access.may_manage(session, by, instance.process_id):
        yield operated.TERMINATE


def _waits(case: Case) -> list[OperatedWait]:
    """Everything that waits, with its row where there is one; three statements."""
    key, session = case.instance.key, case.session
    timers = {each.token: each for each in session.execute(select(Timer).where(Timer.instance_key == key)).scalars()}
    heard = {
        each.token: each for each in session.execute(select(Subscription).where(Subscription.instance_key == key)).scalars()
    }
    mine = (Job.instance_key == key, Job.token.is_not(None), Job.state.in_(("open", "leased", "failed", "held")))
    jobs = {each.token: each for each in session.execute(select(Job).where(*mine).order_by(Job.key)).scalars()}
    names = step_names.of_steps(case.definition)
    waits = []
    for token, element_id, kind in case.run.waiting():
        if kind in ("scope", "join", "gateway") or element_id not in names:
            continue
        place: dict[str, Any] = {
            "token": token,
            "element_id": element_id,
            "name": names[element_id],
            "kind": kind,
        }
        waits.append(OperatedWait(**place, **_row(timers.get(token), jobs.get(token), heard.get(token))))
    return waits


def _row(timer: Timer | None, job: Job | None, heard: Subscription | None) -> dict[str, Any]:
    if timer is not None:
        return {"due_at": timer.due_at, "since": timer.armed_at}
    if heard is not None:
        return {"message": heard.name, "correlation": heard.correlation_key or ""}
    if job is None:
        return {}
    told = {"state": job.state, "retries": job.retries, "attempts": job.attempts}
    return told | {"due_at": job.run_at, "since": job.created_at, "error": failures.read(job.error), "worker": job.worker or ""}


def _masked(wait: OperatedWait, redaction: Redaction) -> OperatedWait:
    if not (wait.error or wait.correlation):
        return wait
    return replace(
        wait, error=wait.error and failures.masked(wait.error, redaction), correlation=redaction.text(wait.correlation)
    )


def _variables(session: Session, case: Case, name: str, now: datetime) -> Choices:
    """The old value is shown as the page of the case shows it; what is masked there is not put into the field either."""
    fields, known = declared.fields(case.definition), case.run.variables()
    names = [
        ChangeableVariable(each, fields[each].label if each in fields else each) for each in variables.may_be_changed(case)
    ]
    if name not in {each.name for each in names}:
        return Choices(names=names)
    shown = instance_page.redaction(session, case.around.by, case.instance, case.definition, now=now).variables(known).get(name)
    is_masked = shown != known.get(name)
    return Choices(
        names=names,
        editor=fields.get(name) or (None if is_masked else shaped.like(name, known.get(name))),
        known=known,
        functions=case.functions,
        before=shown,
        has_before=name in known,
        is_masked=is_masked,
    )


def _moves(session: Session, by: Actor, key: int, place: str, now: datetime) -> Choices:
    places = jumps.places(session, by, key, now=now)
    chosen = next((each for each in places if each.token == place), places[0] if len(places) == 1 else None)
    return Choices(places=[(each.token, each.name) for each in places], targets=list(chosen.aims) if chosen else [])
