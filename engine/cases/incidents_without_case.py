"""An incident that belongs to no case: made, and told in its own words to who looks after it, as no history tells it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import incident_rows, notices
from engine.people.organisation import Organisation


def raise_one(
    session: Session,
    company: Organisation,
    kind: str,
    failed: errors.Refusal,
    told: tuple[Said, Said],
    to: Iterable[str],
    *,
    now: datetime,
    **of: Any,
) -> None:
    """`failed` says what stopped; `told` are the subject of the notice, and what to do about it. `of` as `incident_rows.add`."""
    incident_rows.add(session, company.id, kind, failed, now=now, **of)
    subject, advice = told
    body = sayings.lines(incident_rows.in_words(failed.text, failed.values), advice)
    notices.of_installation(session, company, to, subject, body, now=now)
