"""Cases that no colleague started: a customer filed them, on the public page or by mail."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.definitions import definitions


def channel(session: Session, initiator: str | None, definition_key: int) -> str:
    """By which way the customer of a case came, as its process calls it; "" for a case that a colleague or a timer started."""
    if initiator is not None:
        return ""
    public = definitions.by_key(session, definition_key).settings.public
    return public.channel if public else ""
