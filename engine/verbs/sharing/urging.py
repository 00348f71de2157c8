"""Urging [催办]: whoever waits for a case asks those who hold it to get on with it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.calendar import clock
from engine.cases import cases, history, notices, suspensions
from engine.cases.cases import Instance
from engine.cases.rights import access, waiting
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage.models import HistoryEvent, UserTask
from engine.verbs import grounds

EVERY = timedelta(hours=4)
SUBJECT = Said("催办：{title}（{number}）", "Please hurry: {title} ({number})")
BODY = Said("{who}请您尽快办理。{message}", "{who} asks you to act soon. {message}")


def urge(session: Session, by: Actor, key: int, message: str = "", *, now: datetime) -> list[str]:
    """Tells all who hold an open task of the case or of one that it called, and who stands in for them, but for who urges.

    Once in four hours; gives the usernames. By the initiator and by who manages the process, unless the case is about him. Raises NotFound, Forbidden;
    Conflict when the case is over, held up, or waits for nobody else; TooMany when somebody has urged it, or the case that
    called it, less than four hours ago.
    """
    instance = grounds.seen(session, by, key)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    having = _require(session, by, company, instance, now)
    holders = [each for each in having if each != by.username]
    said = grounds.remark(message, "text")
    told = {"to": holders, **({"values": {"comment": said}} if said else {})}
    history.append(session, instance, "urged", at=now, actor=by.username, data=told)
    session.flush()
    history.flush(session)
    subject = SUBJECT.of(title=instance.title, number=instance.number)
    body = BODY.of(who=by.name, message=said)
    facts, own = {"who": by.username, "said": said}, {name: waiting.facts(task) for name, task in having.items()}
    return notices.send(
        session, company, holders, subject, body, now=now, instance=instance, kind="urged", facts=facts, own=own
    )


def hindrance(session: Session, by: Actor, instance: Instance, *, now: datetime) -> errors.Refusal | None:
    """Why the person may not urge the case on now; None where he may."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    try:
        _require(session, by, company, instance, now)
    except errors.Refusal as refusal:
        return refusal
    return None


def next_at(session: Session, instance: Instance, *, now: datetime) -> datetime | None:
    """When the case may be urged on again; None for at once."""
    last = _last(session, instance)
    return last.at + EVERY if last is not None and last.at + EVERY > now else None


def _require(
    session: Session, by: Actor, company: organisation.Organisation, instance: Instance, now: datetime
) -> dict[str, UserTask]:
    """Who has an open task of the case, by username. Raises as `urge` does."""
    if instance.initiator != by.username and not access.may_manage(session, by, instance.process_id):
        raise errors.Forbidden("Only the initiator and those who manage the process urge a case on.")
    _require_running(company, instance, grounds.root(session, instance))
    grounds.require_impartial(session, by, instance, grounds.ABOUT_YOU, now, of_steps=False)
    _require_rested(session, company, instance, now)
    having = waiting.holders(session, company, instance, now)
    if not set(having) - {by.username}:
        raise errors.Conflict("Only you have to act on this case now." if having else "Nobody has to act on this case now.")
    return having


def _require_running(company: organisation.Organisation, instance: Instance, root: Instance) -> None:
    if instance.state != "active":
        raise errors.Conflict(cases.IS_OVER, number=root.number)
    held_up = suspensions.refusal(root, company)
    if held_up is not None:
        raise held_up


def _require_rested(session: Session, company: organisation.Organisation, instance: Instance, now: datetime) -> None:
    last = _last(session, instance)
    if last is None or last.at + EVERY <= now:
        return
    raise errors.TooMany(
        "%(name)s has urged this case on at %(at)s already; it can be done again from %(again)s.",
        name=company.name_of(last.actor),
        at=clock.said(company, last.at),
        again=clock.said(company, last.at + EVERY),
        minutes=-(-int((last.at + EVERY - now).total_seconds()) // 60),
    )


def _last(session: Session, instance: Instance) -> HistoryEvent | None:
    """The last time that those who hold the case were urged: with it, or with one that called it."""
    event, called = HistoryEvent, waiting.called(session, instance)
    upwards = [instance.key]
    while (above := called.get(upwards[-1])) is not None:
        upwards.append(above)
    mine = (event.instance_key.in_(upwards), event.kind == "urged")
    return session.execute(select(event).where(*mine).order_by(event.at.desc()).limit(1)).scalar()
