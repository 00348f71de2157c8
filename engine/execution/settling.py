"""Settling a case: persists what its run reports, does at once what can be done at once, until all tokens rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from engine import decisions as dmn
from engine import errors, feel, runtime
from engine.cases import cases, history, no_return, personal_data, summaries
from engine.cases.cases import Case
from engine.definitions import definitions, task_settings
from engine.execution import ledger as rows
from engine.execution import message_buffer, rising
from engine.operations import attempts
from engine.storage import locking, models

MAX_CALLS = 20
MAX_SIGNALS = 200  # handed over between the cases of one tree, in one transaction
NESTED_TOO_DEEP = "More than %(limit)s called processes are nested in each other."
_NOTED = {"entered": "entered", "taken": "taken", "left": "left"}
_RISING: dict[str, Any] = {"escalation": rising.escalate, "signal": rising.signal}
_WORK = {
    "subProcess",
    "callActivity",
    "serviceTask",
    "businessRuleTask",
    "sendTask",
    "receiveTask",
    "transaction",
    "adHocSubProcess",
}


def settle(case: Case) -> rows.Opened:
    """Writes everything the run reported, and lets the case above go on when this one is over.

    Decisions, operations in the transaction, called processes and buffered messages are done on the way, so that
    afterwards only waits for people, time or the world outside are left. Returns what was opened, also in the
    cases above and below.
    """
    opened = _settle(case, 1)
    opened.extend(_go_up(case))
    for other in _told(case.around):
        opened.extend(_settle(other, 1))
        opened.extend(_go_up(other))
    _store(case.session)
    return opened


def cancel(case: Case, reason: str, *, actor: str | None) -> None:
    """Ends a case before its end, with the cases that it called; nothing above it is told."""
    case.run.cancel()
    case.instance.ended_reason = reason
    case.note("cancelled", actor=actor, reason=reason)
    _settle(case, 1, state="cancelled")
    _store(case.session)


def _told(around: cases.Surroundings) -> Iterator[Case]:
    """Cases of the tree that a signal has reached; what they throw in turn comes after the rest."""
    for _ in range(MAX_SIGNALS):
        if not around.met:
            return
        met = around.met.pop(0)
        row = locking.with_row(around.session, models.Subscription, met.subscription)
        if row is None or row[0].state != "active":
            continue
        case, waiting = cases.take_up(around, row[0]), row[1]
        case.note("message_received", case.definition.program.elements[waiting.element_id], name=met.name)
        case.run.deliver(waiting.token or "", met.variables)
        yield case
    raise errors.Conflict("Signals go round between these cases without end.")


def _store(session: Session) -> None:
    session.flush()
    history.flush(session)


def _settle(case: Case, depth: int, *, state: str = "completed") -> rows.Opened:
    ledger = rows.Ledger(case)
    below = rows.Opened()
    progress = _Progress(case)
    while progress.collect(ledger):
        wait = progress.next_immediate(ledger)
        if wait is not None:
            below.extend(_at_once(case, wait, ledger, depth))
    for child in _orphans(case, ledger):
        cancel(child, case.instance.ended_reason or "", actor=case.around.actor)
    if case.run.is_ended:
        _end(case, "cancelled" if case.has_thrown else state)
    else:
        summaries.refresh(case)
    cases.store(case)
    ledger.write()
    below.extend(ledger.opened)
    return below


class _Progress:
    """Reads the effects of a run piece by piece, as handling one wait makes more of them."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.read = (0, 0, 0, 0)
        self.tried: set[str] = set()
        self.is_fresh = True

    def collect(self, ledger: rows.Ledger) -> bool:
        """Takes over what is new; whether there was anything, or something is left to be done at once."""
        effects = self.case.run.effects
        before = steps, opened, closed, thrown = self.read
        self.read = (len(effects.steps), len(effects.opened), len(effects.closed), len(effects.thrown))
        for step in effects.steps[steps:]:
            _note_step(self.case, step)
        ledger.take(effects.opened[opened:], effects.closed[closed:], effects.thrown[thrown:])
        _bind_to_jobs(self.case, ledger)
        for event in effects.thrown[thrown:]:
            if event.kind in _RISING:
                _RISING[event.kind](self.case, event)
        had_news, self.is_fresh = self.is_fresh or self.read != before, False
        return had_news or self._immediate(ledger) is not None

    def next_immediate(self, ledger: rows.Ledger) -> runtime.Wait | None:
        wait = self._immediate(ledger)
        if wait is not None:
            self.tried.add(wait.token)
        return wait

    def _immediate(self, ledger: rows.Ledger) -> runtime.Wait | None:
        waits = (wait for token, wait in ledger.resting.items() if token not in self.tried)
        return next((wait for wait in waits if _is_immediate(wait)), None)


def _is_immediate(wait: runtime.Wait) -> bool:
    if wait.kind == "job":
        return attempts.is_in_transaction(wait.details["type"])
    return wait.kind in ("decision", "call", "message") or (wait.kind == "incident" and "error_code" in wait.details)


def _at_once(case: Case, wait: runtime.Wait, ledger: rows.Ledger, depth: int) -> rows.Opened:
    if wait.kind == "decision":
        _decide(case, wait, ledger)
    elif wait.kind == "job":
        _operate(case, wait, ledger)
    elif wait.kind == "message":
        _take_buffered(case, wait)
    elif wait.kind == "incident":
        _rise(case, wait, ledger)
    elif wait.kind == "call":
        return _call(case, wait, ledger, depth)
    return rows.Opened()


def _note_step(case: Case, step: runtime.Step) -> None:
    if step.what == "left" and step.type not in _WORK:
        return  # a completed task, a taken flow or the next element says it already
    if step.what in _NOTED:
        history.append(
            case.session,
            case.instance,
            _NOTED[step.what],
            at=case.now,
            element_id=step.element_id,
            element_name=step.name or None,
        )


def _bind_to_jobs(case: Case, ledger: rows.Ledger) -> None:
    """A job that is made for what cannot be taken back binds the tree before anything else of it moves."""
    for wait in ledger.resting.values():
        if wait.kind == "job" and not attempts.is_in_transaction(wait.details["type"]):
            bind(case, wait.element_id, wait.details["type"])


def bind(case: Case, element_id: str, type: str = "") -> None:
    """Binds the tree of the case if what is done at the element (a user task, or work of a `type`) is irreversible."""
    element = case.definition.program.elements[element_id]
    if attempts.is_irreversible(element, type):
        no_return.bind(case.session, case.instance, element, actor=case.around.actor, now=case.now)


def _decide(case: Case, wait: runtime.Wait, ledger: rows.Ledger) -> None:
    """A business rule task: the decision is made in the same transaction, with the trail kept in the history."""
    element = case.definition.program.elements[wait.element_id]
    try:
        decision = definitions.decision(case.session, case.definition, wait.details["decision_id"])
        inputs = {name: feel.from_json(value) for name, value in wait.details["inputs"].items()}
        clock = case.around.local_now
        outcome = dmn.evaluate(decision.model, decision.decision_id, inputs, functions=case.functions, now=clock)
    except errors.Refusal as refusal:
        ledger.incident("decision", wait, refusal)
        return
    value: Any = feel.to_json(outcome.value)
    case.note("decided", element, decision=decision.decision_id, version=decision.version, value=value, trail=outcome.trail)
    case.run.complete(wait.token, {wait.details["result_variable"]: value})


def _operate(case: Case, wait: runtime.Wait, ledger: rows.Ledger) -> None:
    """An operation that only touches the database: all of it or none, with the case waiting where it failed."""
    element = case.definition.program.elements[wait.element_id]
    try:
        result = attempts.attempt(case, element, wait.details, job_key=None)
    except attempts.BpmnError as error:
        if not rising.throw(case, wait.token, error.code, error.message, {}):
            ledger.failed_job(wait, rising.uncaught(case, element.id, error.code, error.message))
    except errors.Refusal as refusal:
        ledger.failed_job(wait, refusal)
    else:
        case.note("operation", element, type=wait.details["type"], result=result)
        bind(case, wait.element_id, wait.details["type"])
        case.run.complete(wait.token, result)


def _take_buffered(case: Case, wait: runtime.Wait) -> None:
    """A message may have come before anybody waited for it; the oldest that still lives is taken."""
    key = wait.details["correlation_key"]
    wanted = "" if key is None else str(key)
    found = message_buffer.take(case.session, case.instance, wait.details["name"], wanted, now=case.now)
    if found is None:
        return
    case.note("message_received", case.definition.program.elements[wait.element_id], name=found.name)
    case.run.deliver(wait.token, found.variables)


def _call(case: Case, wait: runtime.Wait, ledger: rows.Ledger, depth: int) -> rows.Opened:
    """A call activity is an instance of its own; one that ends at once gives its variables back at once."""
    if depth >= MAX_CALLS:
        ledger.incident("call", wait, errors.Refusal(NESTED_TOO_DEEP, limit=MAX_CALLS))
        return rows.Opened()
    try:
        definition = definitions.latest(case.session, case.instance.company_id, wait.details["process_id"])
        child = cases.create(case.around, definition, wait.details["inputs"], parent=case, token=wait.token)
        child.persons = personal_data.of_case(case).words
    except errors.Refusal as refusal:
        ledger.incident("call", wait, refusal)
        return rows.Opened()
    child.note("started", actor=case.around.actor, by_case=case.instance.number)
    opened = _settle(child, depth + 1)
    _hand_back(child, case)
    return opened


def _rise(case: Case, wait: runtime.Wait, ledger: rows.Ledger) -> None:
    """An error event that nothing in this process catches is one for the cases above; uncaught there too, it is an incident."""
    code, message = wait.details["error_code"], str(wait.details["values"].get("message", ""))
    if case.instance.parent_key is not None and not rising.rise(case, code, message, {}):
        ledger.explain(wait, rising.uncaught(case, wait.element_id, code))


def _hand_back(child: Case, parent: Case) -> None:
    """What a called case leaves behind when it is over goes to its call activity, if that still waits."""
    token = child.instance.parent_token or ""
    if child.run.is_ended and not child.has_thrown and parent.run.place(token) is not None:
        parent.run.complete(token, _outputs(child))


def _outputs(child: Case) -> dict[str, Any]:
    return {name: value for name, value in child.run.variables().items() if name not in cases.RESERVED}


def _go_up(case: Case) -> rows.Opened:
    """The case above goes on with what this one leaves behind or has thrown; its tree is locked already."""
    if case.instance.parent_key is None or (case.above is None and not case.run.is_ended):
        return rows.Opened()
    parent = cases.above(case)
    _hand_back(case, parent)
    opened = _settle(parent, 1)
    opened.extend(_go_up(parent))
    return opened


def _orphans(case: Case, ledger: rows.Ledger) -> Iterable[Case]:
    """Called cases whose call activity was cancelled; they end with it."""
    tokens = ledger.cancelled_calls()
    if not tokens:
        return []
    instance = models.ProcessInstance
    mine = (instance.parent_key == case.instance.key, instance.parent_token.in_(tokens), instance.state == "active")
    found = case.session.execute(select(instance).where(*mine).options(undefer(instance.tokens))).scalars().all()
    return [cases.take_up(case.around, each) for each in found if each.state == "active"]


def _end(case: Case, state: str) -> None:
    summaries.refresh(case)
    case.instance.state = state
    case.instance.ended_at = case.now
    ends = case.run.end or _last_end(case)
    case.instance.end_event = ",".join(ends) or None
    case.instance.ended_as = _ended_as(case, ends) if state == "completed" else None
    if state == "completed":
        case.note("ended", end_events=ends)


def _ended_as(case: Case, ends: Iterable[str]) -> str | None:
    """What the diagram says of the end event reached; without that, a refusal that ends the case is one."""
    elements = case.definition.program.elements
    said = [
        elements[end].properties[task_settings.END_OUTCOME].strip()
        for end in ends
        if task_settings.END_OUTCOME in elements[end].properties
    ]
    return said[0] if said else "reject" if case.instance.outcome == "reject" else None


def _last_end(case: Case) -> list[str]:
    """The end event of an interrupting event subprocess, when that is what ended the process."""
    reached = [step.element_id for step in case.run.effects.steps if step.type == "endEvent" and step.what == "entered"]
    return reached[-1:]
