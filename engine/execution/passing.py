"""An approval that passes by itself: nobody but the initiator would give it, or whoever would has given it on the way here.

Said in the history and on the part itself, never silent; never where the case was sent back, where several decide, where
fields are asked for or the people of a later step are picked, or where what is done cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, or_, select

from engine import runtime
from engine.cases.cases import Case
from engine.cases.rights.acted import VOTING
from engine.definitions.task_settings import ADJACENT, FIRST, LAST, NO_SIGNATURE, NONE, SKIP, TaskSettings
from engine.execution import assignments, comebacks, voters
from engine.operations import attempts
from engine.storage.models import UserTask, WorkItem

APPROVE = "approve"
OWN_REQUEST = "own_request"


@dataclass(frozen=True)
class Passed:
    """Whose approval it is, and why it need not be asked for: own_request, adjacent, first or last."""

    person: str
    why: str


def passing_of(
    case: Case,
    wait: runtime.TokenWait,
    *,
    approved: Callable[[list[str]], set[str]] | None = None,
    later: Callable[[Case, str], set[str]] = lambda _case, _token: set(),
) -> Passed | None:
    """Whether the user task that a token has just reached passes by itself; None for one that somebody must do.

    `approved` gives who gave the approvals of visits, other than as the database says; `later` who will surely give one.
    """
    element = case.definition.program.elements[wait.element_id]
    settings = case.definition.tasks[element.id]
    if not _may_pass(case, element, settings):
        return None
    asked = assignments.EvaluatedSettings(case, element, settings, case.context(wait.token))
    resolved, excluded = asked.who(assignments.separated(case, settings) | asked.recused(), None)
    people = voters.everybody(case.around.organisation, resolved, excluded)
    if asked.refusal is not None or resolved.is_last_resort or len(people) != 1:
        return None
    [person] = people
    given = approved or (lambda visits: _approved(case, visits))
    why = LAST if settings.repeat == LAST and person in later(case, wait.token) else _why(case, wait, settings, person, given)
    return Passed(person, why) if why else None


def note(case: Case, wait: runtime.TokenWait, passed: Passed) -> None:
    """Writes the task as done, with the part of whose approval it is, and says so in the history."""
    assigned = assignments.assign(case, wait)
    element = case.definition.program.elements[wait.element_id]
    given = {"state": "completed", "completed_at": case.now, "completed_by": passed.person, "outcome": APPROVE}
    task = assigned.task | given | {"assignee": passed.person, "parts": 1}
    item = assigned.items[0]
    claimed = {"username": passed.person, "group_name": None, "claimed_from": item["group_name"], "first_owner": passed.person}
    done = {"state": "done", "done_at": case.now, "outcome": APPROVE, "note": f"passed:{passed.why}"}
    connection = case.session.connection()
    connection.execute(insert(UserTask.__table__), [task])  # type: ignore[arg-type]
    connection.execute(insert(WorkItem.__table__), [item | claimed | done])  # type: ignore[arg-type]
    told: dict[str, Any] = {"task": task["key"], "person": passed.person, "why": passed.why, "outcome": APPROVE}
    case.note("passed", element, round=task["round"], **told)


def _may_pass(case: Case, element: runtime.Element, settings: TaskSettings) -> bool:
    if settings.same_as_initiator != SKIP and settings.repeat == NONE:
        return False
    cause, sent = case.around.cause, case.around.sent
    is_sent_here = sent is not None and (sent.instance, sent.element) == (case.instance.key, element.id)
    is_back = cause is not None and cause.outcome == comebacks.RETURN
    was_here = any(each.partition("#")[0] == element.id for each in case.rounds)
    if is_sent_here or is_back or was_here or element.multi_instance is not None:
        return False
    form = case.definition.form_of(element.id)
    asks = form is not None and any(component.rules.get("required") for component in form.parsed.walk())
    asks = asks or element.id in case.definition.asking  # nobody would pick the people of the step to come
    signs = settings.signature != NO_SIGNATURE
    return (
        not asks and not signs and not attempts.is_irreversible(element, "") and not settings.separate_from and not settings.cc
    )


def _why(
    case: Case, wait: runtime.TokenWait, settings: TaskSettings, person: str, approved: Callable[[list[str]], set[str]]
) -> str | None:
    if settings.same_as_initiator == SKIP and person == case.instance.initiator:
        return OWN_REQUEST
    if settings.repeat in (ADJACENT, FIRST):
        visits = [token for _element, token in case.run.passed(wait.token)]
        counted = visits[:1] if settings.repeat == ADJACENT else visits
        return settings.repeat if person in approved(counted) else None
    return None


def _approved(case: Case, visits: list[str]) -> set[str]:
    """Who gave the approvals of these visits of human steps himself, without being overruled."""
    task, item = UserTask, WorkItem
    statement = (
        select(item.username)
        .join(task, task.key == item.user_task_key)
        .where(task.instance_key == case.instance.key, task.token.in_(visits), task.outcome == APPROVE)
        .where(item.state == "done", item.outcome == APPROVE, item.position.in_(VOTING))
        .where(or_(item.done_by == item.username, item.note.in_((f"passed:{ADJACENT}", f"passed:{FIRST}"))))
    )
    case.session.flush()  # the step that is just being completed counts too
    return {name for name in case.session.execute(statement).scalars() if name}
