"""Urging [催办]: whoever waits for a case asks those who hold it to get on with it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.cases import cases, history, notices, suspensions
from engine.cases.cases import Instance
from engine.cases.rights import access, standing_in
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage.models import HistoryEvent, UserTask, WorkItem
from engine.verbs import grounds

EVERY = timedelta(hours=4)
SUBJECT = Said("催办：{title}（{number}）", "Please hurry: {title} ({number})")
BODY = Said("{who}请您尽快办理。{message}", "{who} asks you to act soon. {message}")


def urge(session: Session, by: Actor, key: int, message: str = "", *, now: datetime) -> list[str]:
    """Tells all who hold an open task of the case, and who stands in for them, once in four hours; gives the usernames.

    By the initiator and by who manages the process. Raises NotFound, Forbidden; Conflict when the case is over, held up,
    or waits for nobody; TooMany when somebody has urged less than four hours ago.
    """
    instance = grounds.seen(session, by, key)
    if instance.initiator != by.username and not access.may_manage(session, by, instance.process_id):
        raise errors.Forbidden("Only the initiator and those who manage the process urge a case on.")
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    root = grounds.root(session, instance)
    _require_running(company, root)
    _require_rested(session, company, root, now)
    holders = holders_of(session, company, root, now)
    if not holders:
        raise errors.Conflict("Nobody has to act on this case now.")
    said = grounds.remark(message, "text")
    told = {"to": holders, **({"values": {"comment": said}} if said else {})}
    history.append(session, root, "urged", at=now, actor=by.username, data=told)
    session.flush()
    history.flush(session)
    subject = SUBJECT.of(title=instance.title, number=instance.number)
    body = BODY.of(who=by.name, message=said)
    facts = {"who": by.username, "said": said}
    return notices.send(session, company, holders, subject, body, now=now, instance=instance, kind="urged", facts=facts)


def next_at(session: Session, root_key: int, *, now: datetime) -> datetime | None:
    """When the case may be urged on again; None for at once."""
    last = _last(session, root_key)
    return last.at + EVERY if last is not None and last.at + EVERY > now else None


def _require_running(company: organisation.Organisation, root: Instance) -> None:
    if root.state != "active":
        raise errors.Conflict(cases.IS_OVER, number=root.number)
    held_up = suspensions.refusal(root, company)
    if held_up is not None:
        raise held_up


def _require_rested(session: Session, company: organisation.Organisation, root: Instance, now: datetime) -> None:
    last = _last(session, root.key)
    if last is None or last.at + EVERY <= now:
        return
    raise errors.TooMany(
        "%(name)s has urged this case on at %(at)s already; it can be done again in %(minutes)s minutes.",
        name=company.name_of(last.actor),
        at=grounds.shown(company, last.at),
        minutes=-(-int((last.at + EVERY - now).total_seconds()) // 60),
    )


def _last(session: Session, root_key: int) -> HistoryEvent | None:
    event = HistoryEvent
    mine = (event.instance_key == root_key, event.kind == "urged")
    return session.execute(select(event).where(*mine).order_by(event.sequence.desc()).limit(1)).scalar()


def holders_of(session: Session, company: organisation.Organisation, root: Instance, now: datetime) -> list[str]:
    """Whom an open case waits for, as usernames: holders, members of groups but for whom the task keeps out, and those who stand in for a holder."""
    item, task = WorkItem, UserTask
    statement = (
        select(item.username, item.group_name, task.excluded, task.process_id)
        .join(task, task.key == item.user_task_key)
        .join(Instance, Instance.key == item.instance_key)
        .where(Instance.root_key == root.key, item.state == "open", task.state == "open")
    )
    rows = session.execute(statement).all()
    found: dict[str, None] = {}
    for process_id in dict.fromkeys(row.process_id for row in rows):
        names = [row.username for row in rows if row.username and row.process_id == process_id]
        acting = standing_in.deputies(session, root.company_id, names, process_id, now=now)
        found.update(dict.fromkeys(each for name in names for each in (name, *acting.get(name, ()))))
    for row in rows:
        if row.group_name:
            found.update(dict.fromkeys(name for name in company.members_of(row.group_name) if name not in row.excluded))
    return list(found)
