"""What managers of departments [部门主管] see by that role: the cases that their departments began, and those in which their people have or had a part.

A case about the manager himself, of which a task keeps him out (回避), he does not see by this (`barring`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from engine.cases.rights import barring
from engine.people import organisation, roles
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance, UserTask, WorkItem

HELD = ("open", "waiting", "done")
Of = aliased(ProcessInstance, name="of")
Part = aliased(WorkItem, name="part")


@dataclass(frozen=True)
class Led:
    """What a manager was given: the ids of departments, with all below them, and the usernames of their people."""

    departments: list[str]
    people: list[str]


def departments(session: Session, by: Actor) -> set[str]:
    """The departments of which the person was made a manager, with all below them."""
    tops = by.scopes(roles.MANAGER) - {roles.EVERYTHING}
    if not tops:
        return set()
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return {id for top in tops for id in company.below(top)}


def led(session: Session, by: Actor) -> Led | None:
    """The same with their people; None for who is no manager of departments. No statement."""
    own = departments(session, by)
    if not own:
        return None
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return Led(sorted(own), sorted(name for name, each in company.people.items() if each.department in own))


def sees(session: Session, by: Actor, instance: ProcessInstance) -> bool:
    """Whether the person sees the case as a manager of departments; no statement for who is none."""
    scope = led(session, by)
    if scope is None:
        return False
    rule = _seen(by, scope, instance)
    return bool(session.execute(select(rule)).scalar_one())


def cases(session: Session, by: Actor) -> ColumnElement[bool] | None:
    """`sees` as a condition on `ProcessInstance`; None for who is no manager of departments."""
    scope, row = led(session, by), ProcessInstance
    if scope is None:
        return None
    is_seen = or_(row.initiator_department.in_(scope.departments), exists(_in_tree(by, scope, row.root_key)))
    return is_seen & barring.free(session, by, row.key)


def case_ways(session: Session, by: Actor, *, whole: bool = False) -> list[ColumnElement[bool]]:
    """The same as conditions of which one holds: of the departments, which the case itself tells, and of their people, asked of each case by itself.

    As EXISTS, PostgreSQL would rather read all that these people ever had. Where it shall, as all such cases are wanted and not
    the first of them, `whole` asks from what they had.
    """
    scope = led(session, by)
    if scope is None:
        return []
    row, is_free = ProcessInstance, barring.free(session, by, ProcessInstance.key)
    held = _is_among_held(by, scope, row.root_key) if whole else [_is_held(by, scope, row.root_key)]
    return [row.initiator_department.in_(scope.departments) & is_free, *(each & is_free for each in held)]


def _is_among_held(by: Actor, scope: Led, root_key: Any) -> list[ColumnElement[bool]]:
    """By a part in the root alone, which most trees consist of, and by none there but one below it."""
    held = _held(by, scope, HELD)
    own = root_key.in_(select(Part.instance_key).where(*held))
    below = select(Of.root_key).join(Part, Part.instance_key == Of.key).where(Of.parent_key.is_not(None), *held)
    return [own, root_key.in_(below) & ~exists().where(Part.instance_key == root_key, *held)]


def tasks(session: Session, by: Actor) -> ColumnElement[bool] | None:
    """The condition on `UserTask` for those of cases that the departments began, and those that lie or lay with their people."""
    scope = led(session, by)
    if scope is None:
        return None
    held = UserTask.key.in_(select(Part.user_task_key).where(*_held(by, scope, HELD)))
    return or_(held, UserTask.department.in_(scope.departments)) & barring.free(session, by, UserTask.instance_key)


def _seen(by: Actor, scope: Led, instance: ProcessInstance) -> ColumnElement[bool]:
    root_key, department = literal(instance.root_key), literal(instance.initiator_department, String)
    return or_(department.in_(scope.departments), exists(_in_tree(by, scope, root_key))) & ~barring.keeps(by, instance)


def _in_tree(by: Actor, scope: Led, root_key: Any) -> Select[int]:
    return select(Part.key).where(Of.root_key == root_key, Part.instance_key == Of.key, *_held(by, scope, HELD))


def _is_held(by: Actor, scope: Led, root_key: Any) -> ColumnElement[bool]:
    """The same, asked first of the root alone, which most trees consist of, then of the few cases that others called."""
    held = _held(by, scope, HELD)
    own = select(Part.instance_key).where(Part.instance_key == root_key, *held).limit(1)
    below = select(Part.instance_key).where(
        Of.root_key == root_key, Of.parent_key.is_not(None), Part.instance_key == Of.key, *held
    )
    return func.coalesce(own.scalar_subquery(), below.limit(1).scalar_subquery()).is_not(None)


def _held(by: Actor, scope: Led, states: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """The condition for parts that people of these departments have or had in their own names."""
    return [Part.company_id == by.company_id, Part.username.in_(scope.people), Part.state.in_(states)]
