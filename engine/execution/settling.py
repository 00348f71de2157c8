"""Settling a case: persists what its run reports, does at once what can be done at once, until all tokens rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from engine import errors, runtime
from engine.cases import cases, history
from engine.cases.cases import Case
from engine.cases.lines import endings, summaries
from engine.execution import copied, resting, results, rising
from engine.execution.ledger import Ledger, Opened
from engine.execution.resting import Settlement, bind
from engine.operations import attempts
from engine.storage import locking, models

MAX_SIGNALS = 200  # handed over between the cases of one tree, in one transaction
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


def settle(case: Case, *, is_told: bool = True) -> Opened:
    """Writes everything the run reported, and lets the case above go on when this one is over.

    Decisions, operations in the transaction, called processes and buffered messages are done on the way, so that
    afterwards only waits for people, time or the world outside are left. Returns what was opened, also in the
    cases above and below. Whose task is given up undone hears of it; without `is_told` the caller tells them (`lost`).
    """
    opened = _settle(case, 1)
    opened.extend(_go_up(case))
    for other in _told(case.around):
        opened.extend(_settle(other, 1))
        opened.extend(_go_up(other))
    if is_told:
        results.tell_vanished(case, opened)
    _store(case.session)
    return opened


def cancel(case: Case, reason: str, *, actor: str | None, kind: str = "cancelled", ended_as: str | None = None) -> None:
    """Ends a case before its end, with the cases that it called; nothing above it is told, but who had a task of it.

    `kind` is the event that says so, `ended_as` how it ended where that is not the usual way.
    """
    _cancel(case, reason, actor=actor, kind=kind, ended_as=ended_as)
    results.tell_vanished(case, None, kind, reason)
    _store(case.session)


def _cancel(case: Case, reason: str, *, actor: str | None, kind: str = "cancelled", ended_as: str | None = None) -> None:
    case.run.cancel()
    case.instance.ended_reason = reason
    case.note(kind, actor=actor, reason=reason)
    _settle(case, 1, state="cancelled")
    case.instance.ended_as = ended_as


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


def _settle(case: Case, depth: int, *, state: str = "completed") -> Opened:
    def settle_called(child: Case) -> Opened:
        opened = _settle(child, depth + 1)
        _hand_back(child, case)
        return opened

    settlement = Settlement(case, Ledger(case), depth, settle_called)
    last_end = _go_on(settlement)
    for child in _orphans(case, settlement.ledger):
        _cancel(child, case.instance.ended_reason or "", actor=case.around.actor)
    if case.run.is_ended:
        _end(case, "cancelled" if case.has_thrown else state, last_end)
    else:
        summaries.refresh(case)
    resting.write(settlement.ledger)
    copied.by_ends(case, settlement.ends)
    settlement.below.extend(settlement.ledger.opened)
    return settlement.below


def _go_on(settlement: Settlement) -> list[str]:
    """Takes over what the run reports and does what can be done at once, until that makes nothing more of it.

    Gives the last end event that was entered, anywhere in the process.
    """
    case, tried, last_end = settlement.case, set[str](), list[str]()
    while True:
        news = case.run.take()
        entered = _ends(news)
        settlement.ends += entered
        last_end = entered[-1:] or last_end
        _note(settlement, news)
        wait = _next_immediate(settlement.ledger, tried)
        if wait is not None:
            tried.add(wait.token)
            resting.do_at_once(settlement, wait)
        elif not news:
            return last_end


def _note(settlement: Settlement, news: runtime.Effects) -> None:
    case = settlement.case
    for step in news.steps:
        _note_step(case, step)
        _note_way(case, step)
    settlement.ledger.take(news)
    _bind_to_jobs(settlement, news)
    for event in news.thrown:
        if event.kind in _RISING:
            _RISING[event.kind](case, event)


def _next_immediate(ledger: Ledger, tried: set[str]) -> runtime.TokenWait | None:
    waits = (wait for token, wait in ledger.resting.items() if token not in tried)
    return next((wait for wait in waits if resting.immediate(wait)), None)


def _ends(news: runtime.Effects) -> list[str]:
    return [step.element_id for step in news.steps if step.type == "endEvent" and step.what == "entered"]


def _note_step(case: Case, step: runtime.TokenStep) -> None:
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
            data={"values": dict(step.values)} if step.values else None,
        )


def _note_way(case: Case, step: runtime.TokenStep) -> None:
    """Which way the case went, for a step to which that sends it back."""
    if step.what == "taken" and case.around.cause is not None:
        case.around.cause.way.append((case.definition.program, step.element_id))


def _bind_to_jobs(settlement: Settlement, news: runtime.Effects) -> None:
    """A job that is made for what cannot be taken back binds the tree before anything else of it moves.

    One that must not be done yet is not begun: it stands as an incident, and the case is as free as before.
    """
    for wait in news.resting():
        if isinstance(wait.awaits, runtime.AwaitedJob) and not attempts.is_in_transaction(wait.awaits.type):
            try:
                bind(settlement.case, wait.element_id, wait.awaits.type)
            except errors.Refusal as refusal:
                resting.fail(settlement.ledger, wait, wait.awaits, refusal)


def _hand_back(child: Case, parent: Case) -> None:
    """What a called case leaves behind when it is over goes to its call activity, if that still waits."""
    token = child.instance.parent_token or ""
    place = parent.run.place(token)
    if child.run.is_ended and not child.has_thrown and place is not None:
        _lift_cause(child, parent, place)
        parent.run.complete(token, _outputs(child))


def _lift_cause(child: Case, parent: Case, place: str) -> None:
    """What moved a called case, and ended it, moves the case above from where it was called."""
    cause = parent.around.cause
    if cause is not None and cause.instance == child.instance.key:
        cause.instance, cause.element = parent.instance.key, place


def _outputs(child: Case) -> dict[str, Any]:
    return {name: value for name, value in child.run.variables().items() if name not in cases.RESERVED}


def _go_up(case: Case) -> Opened:
    """The case above goes on with what this one leaves behind or has thrown; its tree is locked already."""
    if case.instance.parent_key is None or (case.above is None and not case.run.is_ended):
        return Opened()
    parent = cases.above(case)
    _hand_back(case, parent)
    opened = _settle(parent, 1)
    opened.extend(_go_up(parent))
    return opened


def _orphans(case: Case, ledger: Ledger) -> Iterable[Case]:
    """Called cases whose call activity was cancelled; they end with it."""
    tokens = ledger.cancelled_calls()
    if not tokens:
        return []
    instance = models.ProcessInstance
    mine = (instance.parent_key == case.instance.key, instance.parent_token.in_(tokens), instance.state == "active")
    orphans = case.session.execute(select(instance).where(*mine).options(undefer(instance.tokens))).scalars().all()
    return [cases.take_up(case.around, each) for each in orphans if each.state == "active"]


def _end(case: Case, state: str, last_end: list[str]) -> None:
    """`last_end` counts where no end event of the process itself was reached, or an event subprocess took the place of all that it had reached."""
    summaries.refresh(case)
    case.instance.state = state
    case.instance.ended_at = case.now
    instead = [each for each in last_end if endings.in_place_of_all(case.definition.program, each)]
    ends = [*case.run.end, *instead] or last_end
    case.instance.end_event = ",".join(ends) or None
    case.instance.ended_as = _ended_as(case, ends) if state == "completed" else None
    if state == "completed":
        case.note("ended", end_events=ends, ended_as=case.instance.ended_as)
    results.tell(case, ends)


def _ended_as(case: Case, ends: Iterable[str]) -> str | None:
    """What the diagram says of the end event reached; without that, a refusal that ends the case is one."""
    end = endings.concluding(case.definition.program, ends)
    said = endings.declared(case.definition.program, end) if end else ""
    return said or ("reject" if case.instance.outcome == "reject" else None)
