"""The banner for administrators when nobody does the background work; one statement, on the pages that follow cases."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from engine.people.actors import Actor
from engine.storage import heartbeats
from web.frame import storage


def seen_by(session: Session, by: Actor) -> dict[str, Any]:
    """The value `silence` of `macros/worker.html`: what to tell this person, None if nothing."""
    return {"silence": heartbeats.silence(session, now=storage.now()) if by.operates else None}
