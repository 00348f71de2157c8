"""The state of a sign-in that went to a provider's page: made at random, bound to the browser, good for minutes, and once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import errors
from engine.storage import database
from engine.storage.models import UsedState

GOOD_FOR = timedelta(minutes=10)
NOT_BEGUN = "This sign-in was not begun in this browser, or is over already. Please begin again."
TOO_LATE = "This sign-in took too long. Please begin again."
USED = "This sign-in was used already. Please begin again."


@dataclass(frozen=True)
class Begun:
    """What this browser keeps of a sign-in under way; `verifier` is that of PKCE (RFC 7636), `target` where to go afterwards."""

    state: str
    nonce: str
    verifier: str
    company: str
    provider: str
    target: str
    at: int

    def kept(self) -> dict[str, Any]:
        """As it lies in the signed cookie."""
        return asdict(self)


def begin(company: str, provider: str, target: str, *, now: datetime) -> Begun:
    """A fresh one."""
    nonce, verifier = (secrets.token_urlsafe(size) for size in (24, 48))
    state = secrets.token_hex(24)  # WeCom takes letters and digits alone
    return Begun(state, nonce, verifier, company, provider, target, int(now.timestamp()))


def returned(kept: Any, company: str, provider: str, *, now: datetime) -> Begun:
    """The sign-in that the browser has kept. Raises Forbidden for none, another provider's, and one that took too long."""
    try:
        begun = Begun(**kept)
    except TypeError as error:
        raise errors.Forbidden(NOT_BEGUN) from error
    if (begun.company, begun.provider) != (company, provider):
        raise errors.Forbidden(NOT_BEGUN)
    if not 0 <= now.timestamp() - begun.at <= GOOD_FOR.total_seconds():
        raise errors.Forbidden(TOO_LATE)
    return begun


def use(session: Session, begun: Begun, *, now: datetime) -> None:
    """Uses the state up, also for who kept the cookie. Raises Forbidden when it was used before."""
    digest = hashlib.sha256(begun.state.encode()).hexdigest()
    database.hold(session, f"state {digest}")
    if session.execute(select(UsedState.digest).where(UsedState.digest == digest)).first() is not None:
        raise errors.Forbidden(USED)
    session.add(UsedState(digest=digest, company_id=begun.company, at=now))
    session.flush()


def forget(session: Session, *, now: datetime) -> None:
    """Removes those that are too old to be taken anyway."""
    session.execute(delete(UsedState).where(UsedState.at < now - 2 * GOOD_FOR))
