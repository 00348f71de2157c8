"""Roles: given and taken away, each of what it is given of, noted in the log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine import errors
from engine.definitions import definitions
from engine.people import leaving, roles
from engine.people.actors import Actor
from engine.people.organisation import SECRECY
from engine.storage import keys
from engine.storage.models import RoleGrant
from engine.verbs.organisation import changing
from engine.verbs.organisation.changing import OrganisationChange, fault

HOLDS_MORE = (
    "An auditor changes nothing: the open tasks, groups, departments and roles that %(name)s still holds go to others first."
)


def grant(session: Session, by: Actor, username: str, role: str, scope: str = "", *, now: datetime) -> None:
    """Gives a role; giving it again changes nothing. `scope` is a process id, a department id or a level of secrecy.

    Only an administrator gives roles. Raises NotFound, Forbidden, Invalid with `fields`, Conflict for an auditor who still
    holds work, groups, departments or other roles.
    """
    with changing.change(session, by, now=now) as change:
        require(change.by)
        row = change.person(username)
        known = roles.ROLES.get(role)
        if known is None:
            raise fault("role", "There is no such role.")
        _check_scope(change, known, scope)
        if row.is_disabled:
            raise fault("username", "There is no person “%(name)s” who could act.", name=row.name)
        if role == roles.AUDITOR:
            _refuse_busy(change, username)
        elif _has(change, username, roles.AUDITOR, ""):
            raise fault("role", "%(name)s is an auditor and has no other role.", name=row.name)
        if role == roles.ADMINISTRATOR:
            is_new, row.is_administrator = not row.is_administrator, True
        else:
            is_new = not _has(change, username, role, scope)
            if is_new:
                of = {"username": username, "role": role, "scope": scope}
                granted = {"granted_by": by.username, "granted_at": now}
                session.add(RoleGrant(key=keys.new(), company_id=by.company_id, **of, **granted))
        if is_new:
            change.note(
                "role_given", f"person:{username}", role=role, scope=scope, of=called(change, role, scope), name=row.name
            )


def revoke(session: Session, by: Actor, username: str, role: str, scope: str = "", *, now: datetime) -> None:
    """Takes a role away. Raises NotFound, Forbidden, Conflict for the last administrator."""
    with changing.change(session, by, now=now) as change:
        require(change.by)
        row = change.person(username)
        if role == roles.ADMINISTRATOR:
            had, row.is_administrator = row.is_administrator, False
        else:
            held = session.execute(select(RoleGrant).where(*_of(change, username, role, scope))).scalar_one_or_none()
            had = held is not None
            if held is not None:
                session.delete(held)
        if not had:
            raise errors.NotFound("There is no such role.")
        change.note("role_taken", f"person:{username}", role=role, scope=scope, of=called(change, role, scope), name=row.name)


def require(by: Actor) -> None:
    """Raises Forbidden for who gives and takes no roles."""
    if not by.is_administrator:
        raise errors.Forbidden("Only an administrator gives and takes roles.")


def _check_scope(change: OrganisationChange, role: roles.Role, scope: str) -> None:
    if not scope and role.may_be_all:
        return
    is_known = {
        roles.NOTHING: lambda: False,
        roles.PROCESS: lambda: any(
            each.process_id == scope for each in definitions.all_latest(change.session, change.company_id)
        ),
        roles.DEPARTMENT: lambda: scope in change.company.departments,
        roles.LEVEL: lambda: scope in SECRECY,
    }[role.of]
    if not is_known():
        raise fault("scope", "Please say of what the role is given.")


def called(change: OrganisationChange, role: str, scope: str) -> str:
    """What the scope of a role is called, for the log; nothing for everything."""
    if role == roles.MANAGER:
        return change.company.department_name(scope)
    if role == roles.OWNER and scope:
        titles = (each.title for each in definitions.all_latest(change.session, change.company_id) if each.process_id == scope)
        return next(titles, scope)
    return scope


def _refuse_busy(change: OrganisationChange, username: str) -> None:
    name = change.company.name_of(username)
    others = select(RoleGrant.role).where(
        RoleGrant.company_id == change.company_id, RoleGrant.username == username, RoleGrant.role != roles.AUDITOR
    )
    is_busy = bool(leaving.holdings(change.session, change.company_id, [username]))
    has_roles = change.company.people[username].is_administrator or change.session.execute(others.limit(1)).first() is not None
    if is_busy or has_roles:
        raise errors.Conflict(HOLDS_MORE, name=name)


def _has(change: OrganisationChange, username: str, role: str, scope: str) -> bool:
    return change.session.execute(select(RoleGrant.key).where(*_of(change, username, role, scope))).first() is not None


def _of(change: OrganisationChange, username: str, role: str, scope: str) -> tuple[ColumnElement[bool], ...]:
    row = RoleGrant
    return row.company_id == change.company_id, row.username == username, row.role == role, row.scope == scope
