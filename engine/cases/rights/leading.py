"""What managers of departments [部门主管] see by that role: the cases that their departments began, and those in which their people have or had a part.

A case about the manager himself, of which a task keeps him out (回避), he does not see by this.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, String, exists, literal, or_, select
from sqlalchemy.orm import Session, aliased

from engine.cases.rights import holding
from engine.people import organisation, roles
from engine.people.actors import Actor
from engine.storage.models import Person, ProcessInstance, UserTask, WorkItem

HELD = ("open", "waiting", "done")
Of = aliased(ProcessInstance, name="of")
Beside = aliased(ProcessInstance, name="beside")
Barred = aliased(UserTask, name="barred")


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


def tasks(session: Session, by: Actor) -> ColumnElement[bool] | None:
    """The condition on `UserTask` for those of cases that the departments began, and those that lie or lay with their people."""
    led = sorted(departments(session, by))
    if not led:
        return None
    case = aliased(ProcessInstance, name="of_task")
    of_case = exists().where(case.key == UserTask.instance_key, case.initiator_department.in_(led))
    is_about_him = exists().where(case.key == UserTask.instance_key, _is_kept_out(by, case.root_key))
    return or_(UserTask.key.in_(_held(by, led, select(WorkItem.user_task_key))), of_case) & ~is_about_him


def _seen(by: Actor, led: list[str], root_key: Any, department: Any) -> ColumnElement[bool]:
    trees = _held(by, led, select(Of.root_key).join(WorkItem, WorkItem.instance_key == Of.key))
    return or_(department.in_(led), root_key.in_(trees)) & ~_is_kept_out(by, root_key)


def _held(by: Actor, led: list[str], asked: Select[int]) -> Select[int]:
    """Of the parts that people of these departments have or had in their own names; by index from the people."""
    people = select(Person.username).where(Person.company_id == by.company_id, Person.department.in_(led))
    return asked.where(WorkItem.company_id == by.company_id, WorkItem.username.in_(people), WorkItem.state.in_(HELD))


def _is_kept_out(by: Actor, root_key: Any) -> ColumnElement[bool]:
    """Whether a task of the tree keeps the person out."""
    in_tree = (Beside.key == Barred.instance_key, Beside.root_key == root_key)
    return exists().where(*in_tree, holding.kept_out(by, Barred))
