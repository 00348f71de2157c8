"""A step that comes back [退回]: who or what sent the case back to it, in which words, and who did it before."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from engine import errors, feel, runtime
from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import notices
from engine.cases.cases import Case, Cause
from engine.definitions.rules import next_steps
from engine.definitions.task_settings import STANDARD_OUTCOMES
from engine.people.organisation import Organisation
from engine.storage.models import UserTask, WorkItem

Way = list[tuple[runtime.Program, str]]
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

    None for a step that is reached for the first time, by time alone, or on a way that leads on. `kind`: drawn (an outcome somebody chose),
    automatic (values decided at a gateway), again (the step before it was simply done); `asked` and `answered` are the
    gateway that turned the case back and the flow that was taken.
    """
    cause = case.around.cause
    if cause is None or cause.instance != case.instance.key:
        return None, None
    back = _way_back(case, cause)
    if cause.outcome != RETURN and (round_ == 1 or not back):
        return None, None
    done_before = _doer(case, element) if round_ > 1 else _initiator(case, element)
    asked, answered = _turned(cause, back or cause.way)
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


def is_done_anew(task: UserTask) -> bool:
    """Whether a step that was done before is done once more, and not only corrected [退回修改] or moved here by hand."""
    returned = task.returned or {"kind": AGAIN, "label": ""}
    is_rework = returned["kind"] in (*SENT_BACK, AGAIN) and returned.get("label") != STANDARD_OUTCOMES[RETURN]
    return task.round > 1 and is_rework


def sent_back() -> ColumnElement[bool]:
    """Whether a `UserTask` was made by a decision that led back: somebody's choice, or a gateway by itself."""
    stored = func.coalesce(type_coerce(UserTask.returned, Text), "")
    return or_(*(stored.contains(f'"kind":"{kind}"') for kind in SENT_BACK))


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
    said = decided(returned)
    return ("；" if sayings.is_chinese(said) else "; ").join(each for each in (said, returned["reason"]) if each)


def decided(returned: Mapping[str, Any]) -> str:
    """What a gateway asked and how it was answered, of a return by itself; "" where the diagram does not say."""
    return next_steps.with_question(str(returned.get("asked") or ""), str(returned.get("answered") or ""))


def _is_chosen(cause: Cause) -> bool:
    """Whether somebody sent it back by his choice; one who hands in again what was returned to him sends nothing back."""
    return cause.outcome == RETURN or (bool(cause.outcome) and cause.outcome not in ONWARD and not _is_corrected(cause))


def _is_corrected(cause: Cause) -> bool:
    returned = cause.task.returned if cause.task else None
    return returned is not None and returned["kind"] != AGAIN


def _way_back(case: Case, cause: Cause) -> Way:
    """The way from the cause to the last flow that led back, with it; empty where every flow led on."""
    program = case.definition.program
    turns = [place for place, (of, flow) in enumerate(cause.way, 1) if of is program and runtime.turns_back(of, flow)]
    return cause.way[: turns[-1]] if turns else []


def _turned(cause: Cause, way: Way) -> tuple[str, str]:
    """Which decision turned the case back, and how it was decided.

    Of several on the way it is the last that asks what was just said: one that asks how often the case went round already
    decides only how, not why. Else the last that asks what was worked out since, or the last of all.
    """
    decisions = [(of, flow) for of, flow in way if _decides(of.elements[of.flows[flow].source])]
    since = frozenset(name for of, flow in way for name in _given_by(of.elements[of.flows[flow].source]))
    for names in (cause.heard, since):
        if about := [(of, flow) for of, flow in decisions if names & _asked_by(of, of.flows[flow].source, names)]:
            decisions = about
            break
    if not decisions:
        return "", ""
    of, flow = decisions[-1]
    return of.elements[of.flows[flow].source].name, of.flows[flow].name


def _decides(element: runtime.Element) -> bool:
    return element.type in DECIDING and len(element.outgoing) > 1


def heard(element: runtime.Element, given: Iterable[str]) -> frozenset[str]:
    """The variables that whoever completed an element gave: what he entered, and what the diagram makes of it."""
    return frozenset(given) | _given_by(element)


def _given_by(element: runtime.Element) -> frozenset[str]:
    loop = element.multi_instance
    paths = (*(each.target for each in element.outputs), element.result_variable or "", loop.output_collection if loop else "")
    return frozenset(path.partition(".")[0] for path in paths if path)


def _asked_by(program: runtime.Program, gateway: str, known: frozenset[str]) -> frozenset[str]:
    """The variables that a gateway's conditions name."""
    conditions = (program.flows[flow].condition for flow in program.elements[gateway].outgoing)
    asked = frozenset[str]()
    for text in filter(None, conditions):
        with contextlib.suppress(errors.Refusal):  # it names others that are not spelled like names; it was evaluated with them
            asked |= feel.compile(feel.body(text), names=known).names
    return asked


def _doer(case: Case, element: runtime.Element) -> str | None:
    """Whoever did this step last in this case; he in whose name a deputy did it."""
    row, item = UserTask, WorkItem
    done = (row.instance_key == case.instance.key, row.element_id == element.id, row.state == "completed")
    case.session.flush()  # the step that is just being completed counts too
    part = (item.user_task_key == row.key, item.state == "done", item.done_by == row.completed_by)
    his = select(func.coalesce(item.username, row.completed_by)).select_from(row).outerjoin(item, and_(*part))
    statement = his.where(*done).order_by(row.completed_at.desc(), row.key.desc()).limit(1)
    return case.session.execute(statement).scalar()


def _initiator(case: Case, element: runtime.Element) -> str | None:
    """Whoever filled in the same form at the start."""
    starts = [each.form_id for each in case.definition.program.elements.values() if each.type == "startEvent"]
    is_same = element.form_id is not None and element.form_id in starts
    return case.instance.initiator if is_same and case.instance.parent_key is None else None
