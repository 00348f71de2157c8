"""Sentences for opinions [常用语]: one's own, and the company's, which administrators keep."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import Phrase

MOST, LONGEST = 50, 200
COMPANY = ""  # whose phrases are everybody's


def known(session: Session, by: Actor) -> list[Phrase]:
    """One's own, then the company's, each in the order in which they were added; one statement."""
    mine = Phrase.username.in_((by.username, COMPANY))
    order = (Phrase.username == COMPANY, Phrase.key)
    return list(session.execute(select(Phrase).where(Phrase.company_id == by.company_id, mine).order_by(*order)).scalars())


def add(session: Session, by: Actor, text: str, *, for_all: bool = False) -> Phrase:
    """Adds one. Raises Forbidden (for all, by others than administrators), Invalid by field, Conflict when there are too many."""
    said = " ".join(text.split())
    owner = COMPANY if for_all else by.username
    if for_all and not by.is_administrator:
        raise errors.Forbidden("Only administrators keep the phrases of the company.")
    mine = (Phrase.company_id == by.company_id, Phrase.username == owner)
    if not said or len(said) > LONGEST:
        refusal = errors.Refusal("A phrase has 1 to %(most)s characters.", most=LONGEST)
        raise errors.Invalid(refusal.text, fields={"text": [refusal]}, most=LONGEST)
    if session.execute(select(Phrase.key).where(*mine, Phrase.text == said)).first():
        refusal = errors.Refusal("This phrase is there already.")
        raise errors.Invalid(refusal.text, fields={"text": [refusal]})
    if session.execute(select(func.count()).select_from(Phrase).where(*mine)).scalar_one() >= MOST:
        raise errors.Conflict("There are %(number)s phrases already. Please remove some first.", number=MOST)
    row = Phrase(key=keys.new(), company_id=by.company_id, username=owner, text=said)
    session.add(row)
    session.flush()
    return row


def remove(session: Session, by: Actor, key: int) -> None:
    """Removes one of one's own, administrators also the company's. Raises NotFound, Forbidden."""
    row = session.get(Phrase, key)
    if row is None or row.company_id != by.company_id or row.username not in (by.username, COMPANY):
        raise errors.NotFound("There is no such phrase, or you may not view it.")
    if row.username == COMPANY and not by.is_administrator:
        raise errors.Forbidden("Only administrators keep the phrases of the company.")
    session.delete(row)
    session.flush()
