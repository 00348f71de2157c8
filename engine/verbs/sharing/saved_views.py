"""Lists of the inbox with their search and filters, kept by a name [视图], and shared with a group or everybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from engine import errors
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import SavedView

ALL = "*"
NAMES = ("q", "process", "initiator", "due", "holder", "sort")  # of the inbox's address
MOST, LONGEST_NAME, LONGEST_VALUE = 30, 40, 200


def known(session: Session, by: Actor) -> list[SavedView]:
    """One's own, then those that are shared with the person; one statement."""
    order = (SavedView.username != by.username, SavedView.name, SavedView.key)
    statement = select(SavedView).where(SavedView.company_id == by.company_id, _visible(by)).order_by(*order)
    return list(session.execute(statement).scalars())


def save(
    session: Session, by: Actor, name: str, query: Mapping[str, str], *, shared_with: str = "", now: datetime
) -> SavedView:
    """Keeps the search and filters under a name; what was kept under it before is replaced.

    `shared_with` is "", "*" for everybody, or a group that the person belongs to (administrators: any). Raises Invalid by
    field, Conflict when there are too many.
    """
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME:
        _refuse("name", "A view has a name of 1 to %(most)s characters.", most=LONGEST_NAME)
    _check_sharing(session, by, shared_with)
    kept = {each: str(value)[:LONGEST_VALUE] for each, value in query.items() if each in NAMES and value}
    mine = (SavedView.company_id == by.company_id, SavedView.username == by.username)
    row = session.execute(select(SavedView).where(*mine, SavedView.name == called)).scalar()
    if row is None:
        if session.execute(select(func.count()).select_from(SavedView).where(*mine)).scalar_one() >= MOST:
            raise errors.Conflict("There are %(number)s views already. Please remove some first.", number=MOST)
        row = SavedView(key=keys.new(), company_id=by.company_id, username=by.username, name=called)
        session.add(row)
    row.query, row.shared_with, row.saved_at = kept, shared_with, now
    session.flush()
    return row


def remove(session: Session, by: Actor, key: int) -> None:
    """Removes a view of one's own. Raises NotFound for one that the person does not know, Forbidden for another's."""
    statement = select(SavedView).where(SavedView.company_id == by.company_id, SavedView.key == key, _visible(by))
    row = session.execute(statement).scalar()
    if row is None:
        raise errors.NotFound("There is no such view, or you may not view it.")
    if row.username != by.username:
        raise errors.Forbidden("Only who keeps a view removes it.")
    session.delete(row)
    session.flush()


def _visible(by: Actor) -> ColumnElement[bool]:
    return or_(SavedView.username == by.username, SavedView.shared_with.in_((ALL, *sorted(by.groups))))


def _check_sharing(session: Session, by: Actor, shared_with: str) -> None:
    if shared_with in ("", ALL) or shared_with in by.groups:
        return
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if not (by.is_administrator and shared_with in company.groups):
        _refuse("shared_with", "You do not belong to the group “%(name)s”.", name=shared_with)


def _refuse(field: str, text: str, **values: object) -> None:
    raise errors.Invalid(text, fields={field: [errors.Refusal(text, fields=None, **values)]}, **values)
