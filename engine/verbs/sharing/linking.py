"""Cases that belong together [关联]: linked by hand, or because one was made from the other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases, history
from engine.cases.cases import Instance
from engine.cases.rights import access
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import CaseLink
from engine.storage.models.handing import RELATED
from engine.verbs import grounds

MAX_LINKS = 100


def link(session: Session, by: Actor, key: int, number: str, *, now: datetime) -> Instance:
    """Links a case with another one, by its number; both may be over. Gives the other.

    By whoever takes part in the first and may see the second. Raises NotFound, Forbidden; Invalid by field for a number
    that the person knows no case of, the case itself, and one that it is linked with already.
    """
    _require_part(session, by, key, now)
    other = _by_number(session, by, number)
    grounds.require_impartial(session, by, other, grounds.ABOUT_YOU, now, of_steps=False)
    instance, other = _locked(session, key, other.key)
    if instance.root_key == other.root_key:
        raise _refusal("That is this case itself.")
    if session.execute(select(CaseLink.key).where(_between(instance.key, other.key))).first():
        raise _refusal("The two cases are linked already.")
    if len(session.execute(select(CaseLink.key).where(_at(instance.key)).limit(MAX_LINKS)).all()) >= MAX_LINKS:
        raise errors.Conflict("This case is linked with %(number)s others already.", number=MAX_LINKS)
    make(session, instance, other, RELATED, by=by.username, now=now)
    return other


def unlink(session: Session, by: Actor, key: int, other_key: int, *, now: datetime) -> None:
    """Takes back a link that was made by hand. Raises NotFound, Forbidden; Conflict for one that says where a case came from."""
    _require_part(session, by, key, now)
    other = access.require_case(session, by, other_key)
    grounds.require_impartial(session, by, other, grounds.ABOUT_YOU, now, of_steps=False)
    instance, other = _locked(session, key, other_key)
    row = session.execute(select(CaseLink).where(_between(key, other_key))).scalar()
    if row is None:
        raise errors.NotFound("These cases are not linked.")
    if row.kind != RELATED:
        raise errors.Conflict("This link says where the case came from; it stays.")
    session.execute(delete(CaseLink).where(CaseLink.key == row.key))
    for one, two in ((instance, other), (other, instance)):
        history.append(session, one, "unlinked", at=now, actor=by.username, data={"other": two.key})
    session.flush()
    history.flush(session)


def make(session: Session, instance: Instance, other: Instance, kind: str, *, by: str | None, now: datetime) -> None:
    """Links two locked cases and notes it in both; where one was made from the other, `other` is the older."""
    row = CaseLink(
        key=keys.new(),
        company_id=instance.company_id,
        instance_key=instance.key,
        other_key=other.key,
        kind=kind,
        made_by=by,
        made_at=now,
    )
    session.add(row)
    for one, two in ((instance, other), (other, instance)):
        history.append(session, one, "linked", at=now, actor=by, data={"other": two.key, "kind": kind})
    session.flush()
    history.flush(session)


def _require_part(session: Session, by: Actor, key: int, now: datetime) -> None:
    instance = access.require_case(session, by, key)
    if not access.takes_part(session, by, instance):
        raise errors.Forbidden("Only who takes part in this case links it with others.")
    grounds.require_impartial(session, by, instance, grounds.ABOUT_YOU, now, of_steps=False)


def _by_number(session: Session, by: Actor, number: str) -> Instance:
    mine = (Instance.company_id == by.company_id, Instance.number == number.strip())
    key = session.execute(select(Instance).where(*mine)).scalar()
    if key is None or not access.may_see(session, by, key):
        raise _refusal("There is no case %(number)s that you may see.", number=number.strip()[:100])
    return key


def _locked(session: Session, key: int, other_key: int) -> tuple[Instance, Instance]:
    """Both, locked root by root in the order of keys, so that two who link the same cases never wait in a circle."""
    both = select(Instance.key, Instance.root_key).where(Instance.key.in_((key, other_key)))
    roots = {row.key: row.root_key for row in session.execute(both)}
    locked = {each: cases.lock(session, each) for each in sorted((key, other_key), key=lambda each: (roots[each], each))}
    return locked[key], locked[other_key]


def _between(key: int, other_key: int) -> ColumnElement[bool]:
    row = CaseLink
    return or_(
        and_(row.instance_key == key, row.other_key == other_key), and_(row.instance_key == other_key, row.other_key == key)
    )


def _at(key: int) -> ColumnElement[bool]:
    return or_(CaseLink.instance_key == key, CaseLink.other_key == key)


def _refusal(text: str, **values: object) -> errors.Invalid:
    return errors.Invalid(text, fields={"number": [errors.Refusal(text, fields=None, **values)]}, **values)
