"""A step that comes back [退回]: who or what sent the case back to it, in which words, and who did it before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, func, select, type_coerce
from sqlalchemy.orm import aliased

from engine import runtime
from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import notices
from engine.cases.cases import Case, Cause
from engine.definitions.rules import next_steps
from engine.definitions.task_settings import STANDARD_OUTCOMES
from engine.execution.ahead import foreseen_work
from engine.people.organisation import Organisation
from engine.storage.models import UserTask

DRAWN, AUTOMATIC, AGAIN = "drawn", "automatic", "again"
JUMP = "jump"
DECIDING = ("exclusiveGateway", "inclusiveGateway")
MOVED = f'"kind":"{JUMP}"'  # in the text that is stored; within a string its quotes would be escaped
SENT_BACK = (DRAWN, AUTOMATIC)
RETURN, ONWARD = "return", ("submit", "approve")
OWN = ("from", "label", "asked", "answered")  # of what a row keeps: words of the process itself
SUBJECT = Said("被退回：{name}（{number}）", "Sent back to you: {name} ({number})")
BY_SOMEBODY = Said("{who}在“{step}”{label}：{words}", "{who} at “{step}”, {label}: {words}")
BY_ITSELF = Said("“{step}”之后自动退回：{words}", "Sent back by itself after “{step}”: {words}")
NO_WORDS = Said("未写原因", "no reason was given")
ACTS = {JUMP: Said("转来", "moved here"), "withdraw": Said("取回", "taken back")}
SENT = Said("退回", "sent back")
# Made once, as each alias copies all columns.
Earlier = aliased(UserTask, name="earlier")


def comeback_of(case: Case, element: runtime.Element, round_: int) -> tuple[dict[str, Any] | None, str | None]:
    """What the row of a new user task keeps of the way back that made it, and who did the step before.

    None for a step that is reached for the first time, or by time alone. `kind`: drawn (an outcome somebody chose),
    automatic (values decided at a gateway), again (the step before it was simply done); `asked` and `answered` are the
    gateway that turned the case back and the flow that was taken.
    """
    cause = case.around.cause
    if cause is None or cause.instance != case.instance.key:
        return None, None
    if cause.outcome != RETURN and not runtime.leads_back(case.definition.program, cause.element, element.id):
        return None, None
    if round_ == 1 and cause.outcome != RETURN:
        return None, None
    done_before = _doer(case, element) if round_ > 1 else _initiator(case, element)
    asked, answered = _turned(case, cause)
    kind = DRAWN if _is_chosen(cause) else AUTOMATIC if asked + answered and not _is_corrected(cause) else AGAIN
    told = {
        "kind": kind,
        "by": cause.by,
        "instead_of": cause.instead_of,
        "at": case.now.isoformat(),
        "from": cause.step,
        "reason": cause.words,
        "label": cause.label,
        "asked": asked,
        "answered": answered,
        "round": round_,
    }
    return told, done_before


def came_again() -> ColumnElement[bool]:
    """Whether a `UserTask` was not the first of its step as the case had been sent back [退回].

    What moved the case last decides: whoever manages the process and moves it back by hand says nothing about the work.
    """
    last = (
        select(type_coerce(Earlier.returned, Text))
        .where(Earlier.instance_key == UserTask.instance_key, Earlier.key <= UserTask.key, Earlier.returned.is_not(None))
        .order_by(Earlier.key.desc())
        .limit(1)
        .correlate(UserTask)
        .scalar_subquery()
    )
    return and_(UserTask.round > 1, ~func.coalesce(last, "").contains(MOVED))


def holders(company: Organisation, items: list[dict[str, Any]], doer: str | None, now: datetime) -> bool:
    """Puts the doer before the others it is offered to, who get it when he gives it back; whether he may have it."""
    mine = next((each for each in items if each["username"] == doer), None)
    mine = mine or next((each for each in items if doer in company.members_of(each["group_name"] or "")), None)
    if doer is None or mine is None or not company.is_active(doer):
        return False
    if mine["group_name"]:
        mine |= {"username": doer, "group_name": None, "claimed_from": mine["group_name"]}
    for each in items:
        each["state"] = "open" if each is mine else "closed"
    mine |= {"claimed_at": now if len(items) > 1 or mine.get("claimed_from") else None, "first_owner": doer}
    return True


def tell(case: Case, task: Mapping[str, Any]) -> None:
    """A notice to the person to whom a step was sent back."""
    returned, reader = task["returned"], task["assignee"]
    if returned is None or returned["kind"] == AGAIN or reader is None or reader == case.around.actor:
        return
    company = case.around.organisation
    subject = SUBJECT.of(name=task["name"], number=case.instance.number)
    body, at, instance = worded(returned, company), case.now, case.instance
    facts = {
        "who": returned["by"],
        "instead_of": returned.get("instead_of"),
        "said": because(returned),
        "step": task["name"],
        "task": task["key"],
    }
    notices.later(case.session, company, [reader], subject, body, now=at, instance=instance, kind="returned", facts=facts)


def named(returned: Mapping[str, Any] | None, company: Organisation, say: Callable[[str], str] = str) -> dict[str, Any] | None:
    """What the row keeps of a way back, with the person by his name, and the process's own words as `say` has them.

    The button that returns wherever it stands needs no words of its own.
    """
    if not returned:
        return None
    said = {each: say(returned[each]) for each in OWN if returned.get(each)}
    if returned.get("label") == STANDARD_OUTCOMES[RETURN]:
        said["label"] = ""
    return {**returned, "by": company.signed(returned["by"], returned.get("instead_of"))} | said


def worded(returned: Mapping[str, Any], company: Organisation) -> Said:
    """A return as a sentence of a notice."""
    if returned["kind"] == AUTOMATIC:
        return BY_ITSELF.of(step=returned["from"], words=because(returned))
    who, label = (
        company.acting(returned["by"], returned.get("instead_of")),
        returned.get("label") or ACTS.get(returned["kind"], SENT),
    )
    return BY_SOMEBODY.of(who=who, step=returned["from"], label=label, words=sayings.told(returned["reason"]) or NO_WORDS)


def because(returned: Mapping[str, Any]) -> str:
    """The words of a return, after what was decided where nobody chose to return it."""
    if returned["kind"] != AUTOMATIC:
        return str(returned["reason"])
    asked, answered = str(returned.get("asked") or ""), str(returned.get("answered") or "")
    decided = next_steps.with_question(asked, answered)
    return ("；" if sayings.is_chinese(decided) else "; ").join(each for each in (decided, returned["reason"]) if each)


def _is_chosen(cause: Cause) -> bool:
    """Whether somebody sent it back by his choice; one who hands in again what was returned to him sends nothing back."""
    return cause.outcome == RETURN or (bool(cause.outcome) and cause.outcome not in ONWARD and not _is_corrected(cause))


def _is_corrected(cause: Cause) -> bool:
    returned = cause.task.returned if cause.task else None
    return returned is not None and returned["kind"] != AGAIN


def _turned(case: Case, cause: Cause) -> tuple[str, str]:
    """Which decision turned the case back, and how it was decided; what was decided on the way after it is not why.

    Where the last before it asked something else, as how often that happened, it is the one that asked what was just answered.
    """
    decided: list[tuple[bool, tuple[str, str]]] = []
    turned, given = None, _given(case, cause)
    for program, flow_id in cause.way:
        flow = program.flows[flow_id]
        gateway = program.elements[flow.source]
        if gateway.type in DECIDING and len(gateway.outgoing) > 1:
            asks = foreseen_work.names(program.flows[each].condition for each in gateway.outgoing)
            decided.append((not asks.isdisjoint(given), (gateway.name, flow.name)))
        if program is case.definition.program and runtime.turns_back(program, flow_id):
            turned = len(decided)
    before = decided[:turned] or decided
    said = [words for is_of_answer, words in before if is_of_answer]
    return said[-1] if said else before[-1][1] if before else ("", "")


def _given(case: Case, cause: Cause) -> set[str]:
    """The variables that the step, or the answer, which moved the case has just told."""
    definition = case.definition
    element, settings = definition.program.elements.get(cause.element), definition.tasks.get(cause.element)
    form = definition.form_of(cause.element) if element else None
    filled = {each.path[0] for each in form.parsed.walk() if each.holds_value and each.path} if form else set()
    mapped = {each.target for each in element.outputs} if element else set()
    return {*cause.given, *filled, *mapped, *([settings.result] if settings else [])}


def _doer(case: Case, element: runtime.Element) -> str | None:
    """Whoever did this step last in this case."""
    row = UserTask
    done = (row.instance_key == case.instance.key, row.element_id == element.id, row.state == "completed")
    case.session.flush()  # the step that is just being completed counts too
    statement = select(row.completed_by).where(*done).order_by(row.completed_at.desc(), row.key.desc()).limit(1)
    return case.session.execute(statement).scalar()


def _initiator(case: Case, element: runtime.Element) -> str | None:
    """Whoever filled in the same form at the start."""
    starts = [each.form_id for each in case.definition.program.elements.values() if each.type == "startEvent"]
    is_same = element.form_id is not None and element.form_id in starts
    return case.instance.initiator if is_same and case.instance.parent_key is None else None
