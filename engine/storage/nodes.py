"""Numbers of nodes (`engine.storage.keys`): lent by the database to one process at a time, given to another when not renewed."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.storage import keys
from engine.storage.models import Node

LENT = timedelta(minutes=20)
RENEWED = timedelta(minutes=5)  # what is left covers a long transaction, and machines whose clocks differ
NUMBERS = 1 << keys.NODE_BITS
NONE_LEFT = "All %(numbers)s numbers for processes on this data store are in use. Please try again in %(minutes)s minutes."


class Loan:
    """The number that one open database was lent; `renew` is called at the start of transactions where it `is_due`."""

    def __init__(self) -> None:
        self.holder = secrets.token_hex(8)
        self.number: int | None = None
        self.renewed_at = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it has to be renewed, or taken in the first place."""
        return not 0 <= time.time() - self.renewed_at < RENEWED.total_seconds()

    def renew(self, session: Session) -> None:
        """Prolongs the loan, or takes another number when it was given away; others who take one must wait meanwhile.

        Raises Conflict when no number is free: keys must never meet.
        """
        at = time.time()  # the clock that keys are made by
        now = datetime.fromtimestamp(at, UTC)
        if self.number is None or not self._prolong(session, now):
            self.number = take(session, self.holder, now=now)
            keys.use_node(self.number)
        self.renewed_at = at

    def _prolong(self, session: Session, now: datetime) -> bool:
        mine = (Node.number == self.number, Node.holder == self.holder)
        prolonged = update(Node).where(*mine).values(lent_until=now + LENT).returning(Node.number)
        return session.execute(prolonged).scalar() is not None


def take(session: Session, holder: str, *, now: datetime) -> int:
    """A number that no living process has: one whose loan is over, else the next. Raises Conflict when there is none."""
    lent = {"holder": holder, "lent_until": now + LENT}
    free = select(Node.number).where(Node.lent_until < now).order_by(Node.lent_until).limit(1)
    number = session.execute(free).scalar()
    if number is not None:
        session.execute(update(Node).where(Node.number == number).values(**lent))
        return number
    last = session.execute(select(func.max(Node.number))).scalar()
    number = 0 if last is None else last + 1
    if number >= NUMBERS:
        raise errors.Conflict(NONE_LEFT, numbers=f"{NUMBERS:,}", minutes=int(LENT.total_seconds() // 60))
    session.add(Node(number=number, **lent))
    session.flush()
    return number
