"""Skipping a step that waits: the case goes on behind it with a result that an operator gives instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.basics import nearest, sayings
from engine.basics.sayings import Said
from engine.cases import notices, variable_size
from engine.cases.cases import Case, Instance
from engine.cases.rights import standing_in
from engine.definitions import refusals
from engine.definitions.definitions import Definition
from engine.definitions.rules import joint_rules
from engine.definitions.task_settings import Outcome, TaskSettings
from engine.execution import settling
from engine.operations import attempts
from engine.people.actors import Actor
from engine.storage.models import Job, UserTask, WorkItem
from engine.verbs import ahead, grounds, operated
from engine.verbs.approvals import voting
from engine.verbs.operating import rights
from engine.verbs.running.submissions import Submission

NOT_THERE = "The case does not wait at that step any more; please look at it again."
SEVERAL = "The case waits several times at that step; please say which is meant."
NOT_BACK = "“%(name)s” cannot be taken back once it is done; it is not skipped."
NOT_SO = "A step of this kind is not skipped: try it again, or move the case."
CALLED = "“%(name)s” waits for another case; please operate on that one."
YOUR_OWN = "You must not skip “%(name)s”: you must not act on it yourself."
NOBODY_AGREES = "Nobody agrees in another's place: “%(name)s” may only be skipped with an outcome that does not agree. Hand it to somebody else."
NO_OUTCOME = "Please choose how “%(name)s” ends; there are: %(outcomes)s."
NO_FIELD = "The step's form has no field “%(name)s”."
NO_FIELD_BUT = "The step's form has no field “%(name)s”. Did you mean “%(nearest)s”?"
NOT_FILLED = "“%(name)s” leaves values behind when it is done; these are missing or wrong: %(labels)s."
EMPTY: tuple[Any, ...] = (None, "", [])
ENDS = "With this outcome the whole case would end. Please end the case instead."
SUBJECT = Said("已跳过待办：{title}（{number}）", "Your task was skipped: {title} ({number})")
BODY = Said("步骤：{step}。操作人：{who}。{reason}", "Step: {step}. By {who}. {reason}")


@dataclass(frozen=True)
class Skip:
    """What is skipped: the case, the token and its element, and what it leaves behind."""

    case: Case
    token: str
    element: runtime.Element
    values: Mapping[str, Any]
    outcome: str
    reason: str

    @property
    def name(self) -> str:
        return self.element.name or self.element.id


def skip(
    session: Session,
    by: Actor,
    key: int,
    place: str,
    values: Mapping[str, Any],
    reason: str,
    *,
    outcome: str = "",
    now: datetime,
) -> Instance:
    """Lets the case go on behind a step that waits for somebody, for a job, a moment or a message, with these values.

    `place` is a token, or the element where one token is. An approval needs an `outcome` of those the diagram offers, and
    one that does not agree. The `values` of a task are those
    of its form, what it requires required. Nothing is skipped before a step that cannot be taken back. Whoever had the task is told. Raises NotFound, Forbidden (also for whom the step keeps away), Conflict (not there, held
    up, cannot be taken back, no step that is skipped), Invalid without a reason or with a wrong outcome.
    """
    case, given = rights.take_up(session, by, key, now=now), grounds.reason(reason)
    variable_size.check(session, values)
    token, element, kind = place_of(case, place)
    chosen = Skip(case, token, element, values, outcome.strip(), given)
    require_skippable(case, token, element, kind)
    chosen = replace(chosen, values=_filled(chosen)) if kind == "user_task" else chosen
    case.note("skipped", element, actor=by.username, reason=given, values=dict(chosen.values), outcome=chosen.outcome or None)
    operated.note(session, by, operated.SKIP, case.instance, given, place=element.id, outcome=chosen.outcome, now=now)
    _SKIPS[kind](chosen)
    settling.settle(case)
    return case.instance


def require_skippable(case: Case, token: str, element: runtime.Element, kind: str) -> None:
    """Raises Conflict for a wait that nobody may skip, whatever he gives instead."""
    name = element.name or element.id
    if kind == "call":
        raise errors.Conflict(CALLED, name=name)
    if kind not in _SKIPS:
        raise errors.Conflict(NOT_SO)
    if attempts.is_irreversible(element, _type(case, token)):
        raise errors.Conflict(NOT_BACK, name=name)
    ahead.require_none(case, element.id)


def require_some_way(case: Case, token: str, element: runtime.Element, kind: str) -> None:
    """Raises Conflict for a wait that nobody may skip, or not with any of its outcomes."""
    require_skippable(case, token, element, kind)
    settings = case.definition.tasks.get(element.id)
    if settings is not None and settings.has_own_outcomes and not outcomes(case.definition, element.id):
        raise errors.Conflict(NOBODY_AGREES, name=element.name or element.id)


def outcomes(definition: Definition, element_id: str) -> list[Outcome]:
    """The ways in which a step may end that a skip may give: none that agrees in another's place, none that ends the case."""
    settings = definition.tasks.get(element_id)
    if settings is None or not settings.has_own_outcomes:
        return []
    is_end = refusals.ends_case(definition.program, element_id, settings)
    is_decided = is_decision(settings)
    left = [each for each in settings.outcomes if not (is_decided and voting.agrees(each.id))]
    return [each for each in left if not (is_end and each.id == refusals.REJECT)]


def _filled(chosen: Skip) -> dict[str, Any]:
    """What the step's form would have left behind, checked as it is when somebody fills it in; what is not given stays as the case
    holds it. Raises Invalid by `value`.
    """
    case, form = chosen.case, chosen.case.definition.form_of(chosen.element.id)
    if form is None:
        return dict(chosen.values)
    labels = {each.path[0]: each.label or each.path[0] for each in form.parsed.walk() if each.holds_value and each.path}
    for name in chosen.values.keys() - labels.keys():
        meant = nearest.nearest(name, labels) or ""
        _refuse_value(NO_FIELD_BUT if meant else NO_FIELD, name=name, nearest=meant)
    known = case.run.variables(chosen.token)
    held = {name: known[name] for name in labels if known.get(name) not in EMPTY}
    try:
        clean = Submission(case.around, case.instance).validate(form, {**held, **chosen.values}, known)
    except errors.Invalid as refusal:
        at_fault = {re.split(r"[.\[]", path)[0] for path in refusal.fields}
        wrong = [label for name, label in labels.items() if name in at_fault and (name in chosen.values or name not in held)]
        if wrong or not refusal.fields:
            _refuse_value(NOT_FILLED, name=chosen.name, labels=sayings.joined(wrong or ["—"]))
        return dict(chosen.values)
    return {name: value for name, value in clean.items() if name in chosen.values or value != known.get(name)}


def _refuse_value(text: str, **said: object) -> NoReturn:
    raise errors.Invalid(text, fields={"value": [errors.Refusal(text, fields=None, **said)]}, **said)


def place_of(case: Case, place: str) -> tuple[str, runtime.Element, str]:
    """Token, element and kind of wait of the one place meant. Raises Conflict."""
    waits = [each for each in case.run.waiting() if place in (each[0], each[1])]
    if not waits:
        raise errors.Conflict(NOT_THERE)
    if len(waits) > 1:
        raise errors.Conflict(SEVERAL)
    token, element_id, kind = waits[0]
    return token, case.definition.program.elements[element_id], kind


def _type(case: Case, token: str) -> str:
    """The type of the job at a token, "" for none."""
    mine = (Job.instance_key == case.instance.key, Job.token == token)
    return case.session.execute(select(Job.type).where(*mine).order_by(Job.key.desc())).scalars().first() or ""


def _task(chosen: Skip) -> None:
    """A task is given up as it stands: nobody has decided it, and its parts are nobody's any more."""
    case, by = chosen.case, chosen.case.around.by
    task = case.session.execute(
        select(UserTask).where(UserTask.instance_key == case.instance.key, UserTask.token == chosen.token)
    ).scalar_one()
    items = case.session.execute(select(WorkItem).where(WorkItem.user_task_key == task.key)).scalars().all()
    if by.answerable in task.excluded or (task.kind == "approve" and by.answerable == case.instance.initiator):
        raise errors.Forbidden(YOUR_OWN, name=chosen.name)
    named = _outcome(chosen, task)
    company, live = case.around.organisation, [each for each in items if each.state in ("open", "waiting")]
    holders = [name for each in live for name in standing_in.holders_of(company, each, task)]
    task.state, task.completed_at = "cancelled", case.now
    for each in items:
        if each.state in ("open", "waiting"):
            each.state, each.note, each.draft = "closed", "skipped", None
    case.session.flush()
    _tell(chosen, holders)
    case.run.complete(chosen.token, chosen.values, **named)


def is_decision(settings: TaskSettings) -> bool:
    """Whether a step is somebody's decision: an approval, or what several decide together."""
    rule = joint_rules.read(settings.rule)
    return settings.kind == "approve" or rule is None or rule.is_joint


def _outcome(chosen: Skip, task: UserTask) -> dict[str, Any]:
    case = chosen.case
    settings = case.definition.tasks[chosen.element.id]
    if not settings.has_own_outcomes:
        return {}
    offered = [each.id for each in settings.outcomes]
    if chosen.outcome not in offered:
        told = errors.Refusal(NO_OUTCOME, fields=None, name=chosen.name, outcomes=", ".join(offered))
        raise errors.Invalid(told.text, fields={"outcome": [told]}, **told.values)
    if is_decision(settings) and voting.agrees(chosen.outcome):
        raise errors.Forbidden(NOBODY_AGREES, name=chosen.name)
    is_end = chosen.outcome == refusals.REJECT and refusals.ends_case(case.definition.program, chosen.element.id, settings)
    if is_end:
        raise errors.Conflict(ENDS)
    case.instance.outcome = chosen.outcome if task.kind == "approve" else None
    return {"outcome": chosen.outcome, "result": settings.result}


def _tell(chosen: Skip, holders: list[str]) -> None:
    case, by = chosen.case, chosen.case.around.by
    subject = SUBJECT.of(title=case.instance.title, number=case.instance.number)
    body = BODY.of(step=chosen.name, who=by.name, reason=chosen.reason)
    to = [name for name in holders if name and name != by.username]
    notices.send(case.session, case.around.organisation, to, subject, body, now=case.now, instance=case.instance, of_act=True)


def _job(chosen: Skip) -> None:
    chosen.case.run.complete(chosen.token, chosen.values)


def _timer(chosen: Skip) -> None:
    chosen.case.run.set_variables(None, chosen.values)
    chosen.case.run.fire(chosen.token)


def _message(chosen: Skip) -> None:
    chosen.case.run.deliver(chosen.token, chosen.values)


_SKIPS: Mapping[str, Callable[[Skip], None]] = {
    "user_task": _task,
    "job": _job,
    "decision": _job,
    "timer": _timer,
    "message": _message,
    "signal": _message,
}
KINDS = frozenset(_SKIPS)
