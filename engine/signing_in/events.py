"""What is noted of signing in: who came by which way, who was refused and why; never a code, a token or a password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.storage import keys
from engine.storage.models import SignInEvent

SIGNED_IN, REFUSED, CREATED = "signed_in", "refused", "created"
CHANGED, REMOVED, POLICY = "provider_changed", "provider_removed", "policy_changed"
LOOSENED = "identity_forgotten"
FACTOR_SET, FACTOR_REMOVED, FACTOR_RESET, FACTOR_USED, RECOVERED = (
    "factor_set",
    "factor_removed",
    "factor_reset",
    "factor_used",
    "recovered",
)
KEPT = timedelta(days=365)
MOST_REFUSALS = 300  # of a company within an hour: a stranger who is refused again and again does not fill the table
LONGEST = 200


def note(
    session: Session,
    company_id: str,
    kind: str,
    *,
    now: datetime,
    provider: str = "",
    username: str = "",
    by: str = "",
    address: str = "",
    refusal: errors.Refusal | None = None,
) -> None:
    """Writes one line; `by` is who did it where that is not the person himself."""
    if kind == REFUSED and _refused_lately(session, company_id, now) >= MOST_REFUSALS:
        return
    session.add(
        SignInEvent(
            key=keys.new(),
            company_id=company_id,
            at=now,
            kind=kind,
            provider=provider[:LONGEST],
            username=username[:LONGEST],
            by=by,
            address=address[:LONGEST],
            text=refusal.text if refusal else "",
            values=_kept(refusal) if refusal else {},
        )
    )
    session.flush()


def forget(session: Session, *, now: datetime) -> None:
    """Removes lines of more than a year ago."""
    session.execute(delete(SignInEvent).where(SignInEvent.at < now - KEPT))


def _refused_lately(session: Session, company_id: str, now: datetime) -> int:
    row = SignInEvent
    lately = (row.company_id == company_id, row.kind == REFUSED, row.at > now - timedelta(hours=1))
    return session.execute(select(func.count()).where(*lately)).scalar_one()


def _kept(refusal: errors.Refusal) -> dict[str, Any]:
    """The values of a refusal as they are stored; one within another keeps its own text, to be worded later."""
    return {
        name: {"text": value.text, "values": _kept(value)} if isinstance(value, errors.Refusal) else str(value)[:LONGEST]
        for name, value in refusal.values.items()
    }


def refusal_of(text: str, values: Mapping[str, Any]) -> errors.Refusal:
    """The refusal that was stored."""
    read = {name: refusal_of(**value) if isinstance(value, dict) else value for name, value in values.items()}
    return errors.Refusal(text, fields=None, **read)
