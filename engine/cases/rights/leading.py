"""What managers of departments [部门主管] see by that role: the cases that their departments began, and those in which their people have or had a part.

A case about the manager himself, of which a task keeps him out (回避), he does not see by this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, exists, func, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from engine.cases.rights import holding
from engine.people import organisation, roles
from engine.people.actors import Actor
from engine.storage.models import ProcessInstance, UserTask, WorkItem, lists_text_by_index

HELD = ("open", "waiting", "done")
FEW = 500  # keys that a statement may name one by one
Of = aliased(ProcessInstance, name="of")
Part = aliased(WorkItem, name="part")
# Bare tables: the tree's own keys lead to them, and a condition on the company would lure SQLite to all tasks of it.
BESIDE: Any = ProcessInstance.__table__.alias("beside")
OF_TASK: Any = ProcessInstance.__table__.alias("case_of_task")
BARRED: Any = UserTask.__table__.alias("barred")


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
    rule = _seen(by, scope, literal(instance.root_key), literal(instance.initiator_department, String))
    return bool(session.execute(select(rule)).scalar_one())


def cases(session: Session, by: Actor) -> ColumnElement[bool] | None:
    """`sees` as a condition on `ProcessInstance`; None for who is no manager of departments."""
    scope, row = led(session, by), ProcessInstance
    if scope is None:
        return None
    is_seen = or_(row.initiator_department.in_(scope.departments), exists(_in_tree(by, scope, row.root_key)))
    return is_seen & free(session, by, row.key)


def case_ways(session: Session, by: Actor, *, whole: bool = False) -> list[ColumnElement[bool]]:
    """The same as conditions of which one holds: of the departments, which the case itself tells, and of their people, asked of each case by itself.

    As EXISTS, PostgreSQL would rather read all that these people ever had. Where it shall, as all such cases are wanted and not
    the first of them, `whole` asks from what they had.
    """
    scope = led(session, by)
    if scope is None:
        return []
    row, is_free = ProcessInstance, free(session, by, ProcessInstance.key)
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
    return or_(held, UserTask.department.in_(scope.departments)) & free(session, by, UserTask.instance_key)


def free(session: Session, by: Actor, case_key: Any) -> ColumnElement[bool]:
    """The condition for cases that are not about the manager: no task of their trees keeps him out; found from his name.

    A session that only reads asks once.
    """
    kept: dict[str, list[int]] | None = session.info.get("barred")
    barred = list(session.scalars(_barred(by).limit(FEW + 1))) if kept is None or by.username not in kept else kept[by.username]
    if kept is not None:
        kept[by.username] = barred
    if not barred:
        return true()
    return case_key.not_in(barred) if len(barred) <= FEW else case_key.not_in(_barred(by))


def _barred(by: Actor) -> Select[int]:
    about_him = (BARRED.c.company_id == by.company_id, lists_text_by_index(BARRED.c.excluded, by.username))
    roots = select(BESIDE.c.root_key).join(BARRED, BARRED.c.instance_key == BESIDE.c.key).where(*about_him)
    return select(OF_TASK.c.key).where(OF_TASK.c.root_key.in_(roots))


def _seen(by: Actor, scope: Led, root_key: Any, department: Any) -> ColumnElement[bool]:
    return or_(department.in_(scope.departments), exists(_in_tree(by, scope, root_key))) & ~_is_kept_out(by, root_key)


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


def _is_kept_out(by: Actor, root_key: Any) -> ColumnElement[bool]:
    """Whether a task of the tree keeps the person out; asked of each case by itself.

    As EXISTS, PostgreSQL would rather look through all tasks that there ever were.
    """
    in_tree = (BESIDE.c.key == BARRED.c.instance_key, BESIDE.c.root_key == root_key)
    barred = select(BARRED.c.key).where(*in_tree, holding.kept_out(by, BARRED.c)).limit(1)
    return barred.scalar_subquery().is_not(None)
