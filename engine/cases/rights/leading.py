"""What managers of departments [部门主管] see by that role: the cases that their departments began, and those in which their people have or had a part.

A case about the manager himself, of which a task keeps him out (回避), he does not see by this.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ColumnElement, CompoundSelect, Select, String, exists, func, literal, or_, select, union_all
from sqlalchemy import case as case_of
from sqlalchemy.orm import Session, aliased

from engine.cases.rights import holding
from engine.people import organisation, roles
from engine.people.actors import Actor
from engine.storage.models import Person, ProcessInstance, UserTask, WorkItem

Asked = Literal["all", "open", "few"]
LIVE = ("open", "waiting")
HELD = (*LIVE, "done")
FIRST = 100  # open tasks among which the oldest is
Of = aliased(ProcessInstance, name="of")
Part = aliased(WorkItem, name="part")
# Bare tables: the tree's own keys lead to them, and a condition on the company would lure SQLite to all tasks of it.
BESIDE: Any = ProcessInstance.__table__.alias("beside")
OF_TASK: Any = ProcessInstance.__table__.alias("case_of_task")
BARRED: Any = UserTask.__table__.alias("barred")


def departments(session: Session, by: Actor) -> set[str]:
    """The departments of which the person was made a manager, with all below them."""
    tops = by.scopes(roles.MANAGER) - {roles.EVERYTHING}
    if not tops:
        return set()
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return {id for top in tops for id in company.below(top)}


def sees(session: Session, by: Actor, instance: ProcessInstance) -> bool:
    """Whether the person sees the case as a manager of departments; no statement for who is none."""
    led = sorted(departments(session, by))
    if not led:
        return False
    rule = _seen(by, led, literal(instance.root_key), literal(instance.initiator_department, String))
    return bool(session.execute(select(rule)).scalar_one())


def cases(session: Session, by: Actor) -> ColumnElement[bool] | None:
    """`sees` as a condition on `ProcessInstance`; None for who is no manager of departments."""
    led = sorted(departments(session, by))
    return _seen(by, led, ProcessInstance.root_key, ProcessInstance.initiator_department) if led else None


def tasks(session: Session, by: Actor, asked: Asked = "all") -> ColumnElement[bool] | None:
    """The condition on `UserTask` for those of cases that the departments began, and those that lie or lay with their people.

    `asked` says what the select goes through: open tasks alone ("open"), so that nothing is read that was done before the
    oldest of them came; a few tasks that something else leads to ("few"), each looked up by itself; or any ("all").
    """
    led = sorted(departments(session, by))
    if not led:
        return None
    root_key = select(OF_TASK.c.root_key).where(OF_TASK.c.key == UserTask.instance_key).correlate(UserTask).scalar_subquery()
    return or_(*_ways(by, led, asked)) & ~_is_kept_out(by, root_key)


def _ways(by: Actor, led: list[str], asked: Asked) -> list[ColumnElement[bool]]:
    case = aliased(ProcessInstance, name="of_task")
    if asked == "few":
        department = select(case.initiator_department).where(case.key == UserTask.instance_key).scalar_subquery()
        is_theirs = (
            case_of((Part.username.in_(_people(by, led)), 1), else_=0) == 1
        )  # else PostgreSQL reads all people each time
        of_task = (Part.company_id == by.company_id, Part.user_task_key == UserTask.key, Part.state.in_(HELD))
        held = select(Part.key).where(*of_task, is_theirs).limit(1).scalar_subquery()
        return [held.is_not(None), department.in_(led)]
    of_case = exists().where(case.key == UserTask.instance_key, case.initiator_department.in_(led))
    return [UserTask.key.in_(_held_open(by, led) if asked == "open" else _task_keys(by, led, HELD)), of_case]


def _seen(by: Actor, led: list[str], root_key: Any, department: Any) -> ColumnElement[bool]:
    in_tree = exists().where(Of.root_key == root_key, Part.instance_key == Of.key, *_held(by, led, HELD))
    return or_(department.in_(led), in_tree) & ~_is_kept_out(by, root_key)


def _held_open(by: Actor, led: list[str]) -> CompoundSelect[int]:
    """The tasks of `_held` among open ones, and some that are over; as two ranges of an index, which one condition would not be.

    What was done for an open task came with it or later: the past before the oldest of them need not be read. Keys grow with
    time, so that it is among the first; that clocks of several processes differ by a little is allowed for.
    """
    task = aliased(UserTask)
    is_open = (task.company_id == by.company_id, task.state == "open")
    first = select(task.created_at).where(*is_open).order_by(task.key).limit(FIRST).subquery()
    done = _task_keys(by, led, ("done",)).where(Part.created_at >= select(func.min(first.c.created_at)).scalar_subquery())
    return union_all(_task_keys(by, led, LIVE), done)


def _task_keys(by: Actor, led: list[str], states: tuple[str, ...]) -> Select[int]:
    return select(Part.user_task_key).where(*_held(by, led, states))


def _held(by: Actor, led: list[str], states: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """The condition for parts that people of these departments have or had in their own names."""
    return [Part.company_id == by.company_id, Part.username.in_(_people(by, led)), Part.state.in_(states)]


def _people(by: Actor, led: list[str]) -> Select[str]:
    return select(Person.username).where(Person.company_id == by.company_id, Person.department.in_(led))


def _is_kept_out(by: Actor, root_key: Any) -> ColumnElement[bool]:
    """Whether a task of the tree keeps the person out; asked of each case by itself.

    As EXISTS, PostgreSQL would rather look through all tasks that there ever were.
    """
    in_tree = (BESIDE.c.key == BARRED.c.instance_key, BESIDE.c.root_key == root_key)
    found = select(BARRED.c.key).where(*in_tree, holding.kept_out(by, BARRED.c)).limit(1)
    return found.scalar_subquery().is_not(None)
