"""Where a case may be sent back to from a step [退回], to whom, and what that undoes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import runtime
from engine.cases.cases import Case
from engine.cases.rights import acted
from engine.storage.models import UserTask

Visit = tuple[str, str]
DIRECT, STEP_BY_STEP, CHOOSE = "direct", "step_by_step", "choose"


@dataclass(frozen=True)
class Target:
    """A step to which a case may be sent back.

    `doer` (a username) did it and gets it again, None when several did or were to decide; `undoes` are the names of other places that are
    given up with it; `resumes` how the case may go on from there. `visit` is None for the beginning of the case.
    """

    element: str
    name: str
    doer: str | None
    is_initiator: bool = False
    undoes: tuple[str, ...] = ()
    resumes: tuple[str, ...] = (STEP_BY_STEP,)
    visit: Visit | None = None
    task_key: int | None = None
    tokens: tuple[str, ...] = field(default=(), repr=False)


def targets(case: Case, task: UserTask) -> list[Target]:
    """The steps that a user task's property `return` allows to send the case back to, the nearest first.

    Human steps that were done on the way of this very token, and whoever started the case, where it is not a called one.
    """
    allowed = case.definition.tasks[task.element_id].returns
    if allowed == "none" or case.instance.irreversible is not None:
        return []
    ways = [*_steps(case, task), *_beginning(case, task)]
    if allowed == "initiator":
        return [each for each in ways if each.is_initiator]
    return ways[:1] if allowed == "previous" else ways


def undone(session: Session, case: Case, target: Target) -> list[int]:
    """The keys of the completed user tasks that going back there undoes; what was said in them counts no more."""
    row = UserTask
    done = select(row.key, row.element_id, row.token).where(row.instance_key == case.instance.key, row.state == "completed")
    since = None if target.task_key is None else session.get_one(UserTask, target.task_key).completed_at
    if since is not None:
        done = done.where(row.completed_at >= since)
    kept = _kept(case, target.tokens)
    return [each.key for each in session.execute(done.order_by(row.key)) if (each.element_id, each.token) not in kept]


def results(case: Case, elements: Iterable[str]) -> set[str]:
    """The variables that hold what was decided in these steps, of which nothing is decided any more."""
    undecided = [case.definition.tasks[each] for each in elements if each in case.definition.tasks]
    return {each.result for each in undecided if each.has_own_outcomes or each.kind == "approve"}


def elements_of(session: Session, tasks: Sequence[int]) -> set[str]:
    """The steps of these user tasks."""
    return set(session.execute(select(UserTask.element_id).where(UserTask.key.in_(tasks))).scalars()) if tasks else set()


def _kept(case: Case, tokens: Sequence[str]) -> set[Visit]:
    """The steps on the ways of the tokens that go on beside what is sent back."""
    beside = [token for token in case.run.everything() if token not in tokens]
    return {visit for token in beside for visit in case.run.passed(token)}


def _steps(case: Case, task: UserTask) -> Iterator[Target]:
    passed = case.run.passed(task.token)
    done = _done(case, [element for element, _ in passed])
    for visit in passed:
        row = done.get(visit) or done.get((visit[0], ""))
        if row is not None:
            yield _target(case, task, visit, row)


def _done(case: Case, elements: Sequence[str]) -> Mapping[Visit, Any]:
    """The completed user tasks at these elements, by visit, and the last of each element by its id alone."""
    row = UserTask
    wanted = select(row.key, row.element_id, row.token, row.name).where(
        row.instance_key == case.instance.key, row.element_id.in_(elements), row.state == "completed"
    )
    visits: dict[Visit, Any] = {}
    for each in case.session.execute(wanted.order_by(row.completed_at, row.key)):
        visits[each.element_id, each.token] = visits[each.element_id, ""] = each
    return visits


def _target(case: Case, task: UserTask, visit: Visit, row: Any) -> Target:
    element, tokens = case.definition.program.elements[visit[0]], case.run.region(visit)
    is_start = element.type == "startEvent"
    handler = acted.handlers_of(case.session, row.key)
    is_joint = not is_start and case.definition.tasks[element.id].joint_rule.is_joint  # it asks them all anew
    doer = case.instance.initiator if is_start else handler[0] if len(handler) == 1 and not is_joint else None
    return Target(
        element.id,
        case.definition.said(row.name),
        doer,
        is_start,
        _places(case, task, tokens),
        _resumes(case, task, element, tokens),
        visit,
        row.key,
        tuple(tokens),
    )


def _beginning(case: Case, task: UserTask) -> Iterator[Target]:
    """Whoever began the case, who gets its start form again; a called case was begun by no person."""
    start = next((event for event in case.definition.program.start_events if event.kind == "none"), None)
    is_passed = start is not None and any(element == start.element_id for element, _ in case.run.passed(task.token))
    if start is None or is_passed or case.instance.parent_key is not None or case.instance.initiator is None:
        return
    element, tokens = case.definition.program.elements[start.element_id], case.run.everything()
    resumes = _resumes(case, task, element, tokens)
    places = _places(case, task, tokens)
    yield Target(element.id, element.name, case.instance.initiator, True, places, resumes, tokens=tuple(tokens))


def _places(case: Case, task: UserTask, tokens: Sequence[str]) -> tuple[str, ...]:
    """The names of the other places that are given up."""
    elements = case.definition.program.elements
    places = [case.run.place(token) or "" for token in tokens if token != task.token]
    passed = (elements[place] for place in dict.fromkeys(places) if place in elements)
    return tuple(each.name or each.id for each in passed if each.id != task.element_id and not each.type.endswith("Gateway"))


def _resumes(case: Case, task: UserTask, target: runtime.Element, tokens: Sequence[str]) -> tuple[str, ...]:
    """How the case may go on: straight back only within one scope, and where nothing else is given up on the way."""
    own = case.definition.program.elements[task.element_id]
    is_repeated = own.multi_instance is not None or target.multi_instance is not None
    may_go_straight = list(tokens) == [task.token] and own.parent == target.parent and not is_repeated
    wanted = case.definition.tasks[own.id].resume
    if not may_go_straight or wanted == STEP_BY_STEP:
        return (STEP_BY_STEP,)
    return (DIRECT,) if wanted == DIRECT else (STEP_BY_STEP, DIRECT)
