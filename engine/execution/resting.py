"""What is done with each kind of wait, in one table: its rows opened and closed, done at once where it can be, tried again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from engine import decisions as dmn
from engine import errors, feel, runtime
from engine.calendar import due
from engine.cases import cases, no_return
from engine.cases.cases import Case
from engine.cases.lines import words
from engine.cases.personal import personal_data
from engine.definitions import definitions
from engine.execution import assignments, comebacks, message_buffer, passing, results, rising
from engine.execution.ahead import forecast
from engine.execution.ledger import ITEM, JOB, SUBSCRIPTION, TASK, TIMER, Ledger, Opened, rest_again
from engine.operations import attempts, readiness
from engine.storage import jobs, models

MAX_CALLS = 20
NESTED_TOO_DEEP = "More than %(limit)s called processes are nested in each other."
EXPRESSION, ASSIGNMENT, PARKED_TIMER = "expression", "assignment", "timer_failed"  # kinds of incidents; others are a wait's


@dataclass
class Settlement:
    """One case being settled: what is to be written, how a case that it calls is settled, `depth` calls deep; end events reached."""

    case: Case
    ledger: Ledger
    depth: int
    settle_called: Callable[[Case], Opened]
    below: Opened = field(default_factory=Opened)
    ends: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Handling:
    """What is done with one kind of wait; a part that it does not need is left out.

    `open` notes the rows of a wait that is left resting, `close` those of tokens whose wait is over for a reason.
    `at_once` does at once what needs neither people nor time nor the world outside, where `is_immediate` says so.
    `try_again` takes up what stopped; its incidents are of the kinds `incidents`.
    """

    open: Callable[[Ledger, runtime.TokenWait, Any], None] | None = None
    close: Callable[[Ledger, list[str], str], None] | None = None
    at_once: Callable[[Settlement, runtime.TokenWait, Any], None] | None = None
    is_immediate: Callable[[Any], bool] = lambda _awaited: True
    incidents: tuple[str, ...] = ()
    try_again: Callable[[Case, models.Incident], None] | None = None


def immediate(wait: runtime.TokenWait) -> bool:
    """Whether the wait is one that can be done at once."""
    handling = KINDS[wait.kind]
    return handling.at_once is not None and handling.is_immediate(wait.awaits)


def do_at_once(settlement: Settlement, wait: runtime.TokenWait) -> None:
    """Does what is waited for, if it can be done now; the run goes on, or the token stays where it is."""
    if (at_once := KINDS[wait.kind].at_once) is not None:
        at_once(settlement, wait, wait.awaits)


def write(ledger: Ledger) -> None:
    """Opens and closes the rows of all waits; the case's own row is written before, as the others point at it.

    A new case gets its number no sooner than here, if it can wait for it.
    """
    for wait in ledger.left():
        if (opens := KINDS[wait.kind].open) is not None:
            opens(ledger, wait, wait.awaits)
    cases.enroll(ledger.case)
    cases.store(ledger.case)
    ledger.case.session.flush()
    if ledger.case.words_changed and _rests_elsewhere(ledger):
        words.renew_parts(ledger.case.session, ledger.case.instance)
    for kind, handling in KINDS.items():
        if handling.close is not None:
            for reason, tokens in ledger.over(kind):
                handling.close(ledger, tokens, reason)
    ledger.resolve()
    ledger.insert()


def _rests_elsewhere(ledger: Ledger) -> bool:
    """Whether the case waits for people at a step that stood open before."""
    waiting = ledger.case.run.waiting()
    return any(kind == runtime.AwaitedTask.kind and token not in ledger.resting for token, _element, kind in waiting)


def try_again(case: Case, incident: models.Incident) -> None:
    """Takes up what an incident stopped; the case has to be settled afterwards. Raises Conflict when it is gone."""
    for handling in KINDS.values():
        if incident.kind in handling.incidents and handling.try_again is not None:
            handling.try_again(case, incident)


def bind(case: Case, element_id: str, type: str = "") -> None:
    """Binds the tree of the case if what is done at the element (a user task, or work of a `type`) is irreversible.

    Raises Forbidden where it must not be done yet (`readiness`).
    """
    element = case.definition.program.elements[element_id]
    if attempts.is_irreversible(element, type):
        readiness.require(case, element)
        no_return.bind(case.session, case.instance, element, actor=case.around.actor, now=case.now)


# User tasks


def _open_task(ledger: Ledger, wait: runtime.TokenWait, _awaited: runtime.AwaitedTask) -> None:
    assigned = assignments.assign(ledger.case, wait)
    ledger.inserts[models.UserTask].append(assigned.task)
    ledger.inserts[models.WorkItem] += assigned.items
    ledger.inserts[models.Job] += assigned.jobs
    ledger.opened.extend(Opened([assigned.task], assigned.items))
    ledger.case.note(
        "task_created",
        ledger.case.definition.program.elements[wait.element_id],
        task=assigned.task["key"],
        candidates=[item["username"] or item["group_name"] for item in assigned.items],
        reason=assigned.items[0]["reason"],
        round=assigned.task["round"],
    )
    comebacks.tell(ledger.case, assigned.task)
    if assigned.refusal:
        ledger.raise_incident(ASSIGNMENT, wait, assigned.refusal)


def _pass_by_itself(settlement: Settlement, wait: runtime.TokenWait, awaited: runtime.AwaitedTask) -> None:
    """An approval that the diagram lets pass is given at once; all others wait for people.

    A step that cannot be taken back is not opened as long as it must not be done.
    """
    case = settlement.case
    element = case.definition.program.elements[wait.element_id]
    held_back = readiness.refusal(case, element) if attempts.is_irreversible(element, "") else None
    if held_back is not None:
        settlement.ledger.incident(awaited.kind, wait, held_back)
        return
    passed = passing.passing_of(case, wait, later=forecast.later_approvers)
    if passed is not None:
        cases.enroll(case, is_written=True)  # what follows may ask for its number and point at its row
        passing.note(case, wait, passed)
        settings = case.definition.tasks[wait.element_id]
        case.instance.outcome = passing.APPROVE
        case.run.complete(wait.token, {}, outcome=passing.APPROVE, result=settings.result)


def _close_tasks(ledger: Ledger, tokens: list[str], reason: str) -> None:
    if reason == "completed":
        return  # by the verb that completed it
    task, item, session = TASK.c, ITEM.c, ledger.case.session
    closing = update(TASK).where(*ledger.at(TASK, tokens), task.state == "open").returning(task.key, task.name, task.questions)
    ended = session.execute(closing.values(state="cancelled", completed_at=ledger.case.now)).all()
    live = (item.user_task_key.in_([each.key for each in ended]), item.state.in_(("open", "waiting")))
    lost = session.execute(update(ITEM).where(*live).values(state="closed").returning(item.username)).scalars()
    ledger.case.around.lost.extend(each for each in lost if each is not None)
    results.tell_not_asked_any_more(ledger.case, {each.key: each.name for each in ended if each.questions})


def _assign_again(case: Case, incident: models.Incident) -> None:
    """A step that nobody has is given out anew, by the people of today; one that somebody has gets the deadline it lacks."""
    if incident.kind != ASSIGNMENT:
        rest_again(case, incident)
    elif incident.token and assignments.take_off(case, incident.token):
        case.run.rest_again(incident.token, runtime.AwaitedTask({}))
    else:
        assignments.set_deadline(case, incident)


# Timers


def _open_timer(ledger: Ledger, wait: runtime.TokenWait, awaited: runtime.AwaitedTimer) -> None:
    try:
        anchor, due_at = _moments(ledger.case, wait, awaited)
    except errors.Refusal as refusal:
        ledger.incident(awaited.kind, wait, refusal)
        return
    if due_at is not None:
        moments = {"armed_at": ledger.case.now, "anchor": anchor, "due_at": due_at, "expression": awaited.expression}
        ledger.inserts[models.Timer].append(ledger.place(wait) | moments)


def _moments(case: Case, wait: runtime.TokenWait, awaited: runtime.AwaitedTimer) -> tuple[datetime, datetime | None]:
    """The anchor of a timer and when it fires: a cycle that has fired follows its grid, to an end perhaps."""
    is_repeated = awaited.type == "cycle" and not case.definition.program.elements[wait.element_id].interrupting
    text = due.cycle(awaited.expression) if is_repeated else awaited.expression
    calendar, now = case.calendar(wait.element_id), case.now
    if not awaited.fired:
        return now, due.compute(text, now, calendar, day_ends=awaited.type != "date")
    anchor = now if case.fired is None else due.anchor_of(text, case.fired.anchor, case.fired.due_at)
    return anchor, due.next(text, now, calendar, anchor=anchor)


def _close_timers(ledger: Ledger, tokens: list[str], _reason: str) -> None:
    ledger.case.session.execute(delete(TIMER).where(*ledger.at(TIMER, tokens)))


def _try_timer_again(case: Case, incident: models.Incident) -> None:
    """One that could not be fired is due now; one that could not be set is set."""
    if incident.kind == PARKED_TIMER:
        parked = update(TIMER).where(TIMER.c.instance_key == case.instance.key, TIMER.c.token == incident.token)
        case.session.execute(parked.values(due_at=case.now))
    else:
        rest_again(case, incident)


# Messages and signals


def _open_subscription(ledger: Ledger, wait: runtime.TokenWait, name: str, key: str | None) -> None:
    about = {"kind": wait.kind, "name": name, "correlation_key": key, "process_id": ledger.case.instance.process_id}
    ledger.inserts[models.Subscription].append(ledger.place(wait) | about | {"definition_key": None})


def _open_message(ledger: Ledger, wait: runtime.TokenWait, awaited: runtime.AwaitedMessage) -> None:
    _open_subscription(ledger, wait, awaited.name, awaited.correlation_key)


def _open_signal(ledger: Ledger, wait: runtime.TokenWait, awaited: runtime.AwaitedSignal) -> None:
    _open_subscription(ledger, wait, awaited.name, None)


def _close_subscriptions(ledger: Ledger, tokens: list[str], _reason: str) -> None:
    ledger.case.session.execute(delete(SUBSCRIPTION).where(*ledger.at(SUBSCRIPTION, tokens)))


def _take_buffered(settlement: Settlement, wait: runtime.TokenWait, awaited: runtime.AwaitedMessage) -> None:
    """A message may have come before anybody waited for it; the oldest that still lives is taken."""
    case, element = settlement.case, settlement.case.definition.program.elements[wait.element_id]
    message = message_buffer.take(case, element, awaited.name, awaited.correlation_key or "")
    if message is not None:
        message_buffer.arrived(case, element, message_buffer.news(message))
        case.run.deliver(wait.token, message.variables)


# Jobs


def _open_job(ledger: Ledger, wait: runtime.TokenWait, _awaited: runtime.AwaitedJob) -> None:
    ledger.inserts[models.Job].append(_job(ledger, wait, _awaited))


def _job(ledger: Ledger, wait: runtime.TokenWait, awaited: runtime.AwaitedJob) -> dict[str, Any]:
    case = ledger.case
    return jobs.row(
        case.instance.company_id,
        awaited.type,
        awaited.inputs,
        run_at=case.now,
        now=case.now,
        retries=awaited.retries or jobs.RETRIES,
        headers=awaited.headers,
        instance_key=case.instance.key,
        element_id=wait.element_id,
        token=wait.token,
    )


def _close_jobs(ledger: Ledger, tokens: list[str], reason: str) -> None:
    still = JOB.c.state.in_(("open", "leased", "failed"))
    closing = update(JOB).where(*ledger.at(JOB, tokens), still).values(state=reason, lease_until=None)
    ledger.case.session.execute(closing)


def _is_operation(awaited: runtime.AwaitedJob) -> bool:
    return attempts.is_in_transaction(awaited.type)


def _operate(settlement: Settlement, wait: runtime.TokenWait, awaited: runtime.AwaitedJob) -> None:
    """An operation that only touches the database: all of it or none, with the case waiting where it failed."""
    case = settlement.case
    element = case.definition.program.elements[wait.element_id]
    try:
        result = attempts.attempt(case, element, awaited, token=wait.token, job_key=None)
    except attempts.BpmnError as error:
        if not rising.throw(case, wait.token, error.code, error.message, {}):
            fail(settlement.ledger, wait, awaited, rising.uncaught(case, element.id, error.code, error.message))
    except errors.Refusal as refusal:
        fail(settlement.ledger, wait, awaited, refusal)
    else:
        case.note("operation", element, type=awaited.type, result=result)
        bind(case, wait.element_id, awaited.type)
        case.run.complete(wait.token, result)


def fail(ledger: Ledger, wait: runtime.TokenWait, awaited: runtime.AwaitedJob, refusal: errors.Refusal) -> None:
    """An operation that failed where it stood becomes a job that can be retried, and an incident."""
    row = _job(ledger, wait, awaited) | {"state": "failed", "error": str(refusal)}
    ledger.inserts[models.Job].append(row)
    ledger.incident(awaited.kind, wait, refusal, row["key"])


def _bind_again(case: Case, incident: models.Incident) -> None:
    """What was not begun because it must not be done yet is asked about once more before it is."""
    kind = case.session.execute(select(JOB.c.type).where(JOB.c.key == incident.job_key)).scalar()
    if incident.element_id in case.definition.program.elements:
        bind(case, str(incident.element_id), kind or "")


# Decisions


def _decide(settlement: Settlement, wait: runtime.TokenWait, awaited: runtime.AwaitedDecision) -> None:
    """A business rule task: the decision is made in the same transaction, with the trail kept in the history."""
    case = settlement.case
    element = case.definition.program.elements[wait.element_id]
    try:
        decision = definitions.decision(case.session, case.definition, awaited.decision_id)
        inputs = {name: feel.from_json(value) for name, value in awaited.inputs.items()}
        clock = case.around.local_now
        outcome = dmn.evaluate(decision.model, decision.decision_id, inputs, functions=case.functions, now=clock)
    except errors.Refusal as refusal:
        settlement.ledger.incident(awaited.kind, wait, refusal)
        return
    value: Any = feel.to_json(outcome.value)
    case.note("decided", element, decision=decision.decision_id, version=decision.version, value=value, trail=outcome.trail)
    case.run.complete(wait.token, {awaited.result_variable: value})


# Called cases


def _call(settlement: Settlement, wait: runtime.TokenWait, awaited: runtime.AwaitedCall) -> None:
    """A call activity is an instance of its own; one that ends at once gives its variables back at once."""
    case = settlement.case
    try:
        if settlement.depth >= MAX_CALLS:
            raise errors.Refusal(NESTED_TOO_DEEP, limit=MAX_CALLS)
        definition = definitions.latest(case.session, case.instance.company_id, awaited.process_id)
        child = cases.create(case.around, definition, awaited.inputs, parent=case, token=wait.token)
        child.persons = personal_data.of_case(case).words
    except errors.Refusal as refusal:
        settlement.ledger.incident(awaited.kind, wait, refusal)
        return
    child.note("started", actor=case.around.actor, by_case=case.instance.number)
    settlement.below.extend(settlement.settle_called(child))


# Incidents


def _open_incident(ledger: Ledger, wait: runtime.TokenWait, awaited: runtime.AwaitedRetry) -> None:
    ledger.raise_incident(EXPRESSION, wait, errors.Refusal(awaited.message, fields=None, **awaited.values))


def _is_error(awaited: runtime.AwaitedRetry) -> bool:
    return awaited.error_code is not None


def _rise(settlement: Settlement, wait: runtime.TokenWait, awaited: runtime.AwaitedRetry) -> None:
    """An error event that nothing in this process catches is one for the cases above; uncaught there too, it is an incident."""
    case, code = settlement.case, awaited.error_code or ""
    if case.instance.parent_key is not None and not rising.rise(case, code, str(awaited.values.get("message", "")), {}):
        settlement.ledger.explain(wait, awaited, rising.uncaught(case, wait.element_id, code))


def _retry(case: Case, incident: models.Incident) -> None:
    case.run.retry(incident.token or "")


KINDS: Mapping[str, Handling] = {  # in the order in which rows are closed
    runtime.AwaitedTask.kind: Handling(
        open=_open_task,
        close=_close_tasks,
        at_once=_pass_by_itself,
        incidents=(ASSIGNMENT, runtime.AwaitedTask.kind),
        try_again=_assign_again,
    ),
    runtime.AwaitedTimer.kind: Handling(
        open=_open_timer, close=_close_timers, incidents=("timer", PARKED_TIMER), try_again=_try_timer_again
    ),
    runtime.AwaitedMessage.kind: Handling(open=_open_message, close=_close_subscriptions, at_once=_take_buffered),
    runtime.AwaitedSignal.kind: Handling(open=_open_signal, close=_close_subscriptions),
    runtime.AwaitedJob.kind: Handling(
        open=_open_job,
        close=_close_jobs,
        at_once=_operate,
        is_immediate=_is_operation,
        incidents=("job",),
        try_again=_bind_again,
    ),
    runtime.AwaitedDecision.kind: Handling(at_once=_decide, incidents=("decision",), try_again=rest_again),
    runtime.AwaitedCall.kind: Handling(at_once=_call, incidents=("call",), try_again=rest_again),
    runtime.AwaitedCondition.kind: Handling(),
    runtime.AwaitedRetry.kind: Handling(
        open=_open_incident, at_once=_rise, is_immediate=_is_error, incidents=(EXPRESSION,), try_again=_retry
    ),
}
