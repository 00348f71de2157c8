"""What is done once a day: failed sign-ins, old sessions, files never sent, registers, anchors, notices that left long ago, cases whose time is over, records whose term of secrecy runs out, next year's working calendar; and each hour: figures of the past."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.announcing import outbox
from engine.background import anchoring, history_use, retention, secrecy_ends
from engine.background.insight import summing
from engine.deadlines import calendar_changes
from engine.files import upload_sweep
from engine.intake import rate
from engine.people.credentials import passwords, sign_ins
from engine.reporting import mailing
from engine.signing_in import events, states
from engine.storage import heartbeats, marks
from engine.storage.models import Company
from engine.verbs import register_filling
from engine.verbs.organisation import lists


def daily(session: Session, *, now: datetime) -> None:
    """Does all of it; a second time on the same day changes nothing."""
    for_cases(session, now=now)
    for_the_house(session, now=now)


def hourly(session: Session, *, now: datetime) -> None:
    """What is not left to the next day, so that a company has figures of its very first; a second time changes nothing."""
    summing.order(session, now=now)


def for_cases(session: Session, *, now: datetime) -> None:
    """What cases go on by: how long they are kept, who can act on them, and next year's working days.

    A year whose official arrangement (调休) the installed library knows by now replaces the estimate.
    """
    retention.order(session, now=now)
    lists.order_all(session, now=now)
    for calendar in session.execute(select(Company.calendar).distinct()).scalars().all():
        calendar_changes.seed(session, calendar, range(now.year - 1, now.year + 2), now=now)


def for_the_house(session: Session, *, now: datetime) -> None:
    """What no case goes on by: what may be forgotten, and what is only looked at: registers, anchors, sizes, mail."""
    passwords.forget_failures(session, now=now)
    sign_ins.forget(session, now=now)
    states.forget(session, now=now)
    events.forget(session, now=now)
    rate.forget(session, now=now)
    marks.forget(session, now=now)
    heartbeats.forget(session, now=now)
    outbox.forget(session, now=now)
    register_filling.nightly(session, now=now)
    anchoring.order(session, now=now)
    mailing.order(session, now=now)
    secrecy_ends.order(session, now=now)
    history_use.order(session, now=now)
    if session.info.get("data") is not None:
        upload_sweep.sweep(session, now=now)
