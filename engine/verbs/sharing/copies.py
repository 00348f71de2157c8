"""Carbon copies [抄送]: somebody is to know of a case; it never waits for him."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.cases import history, notices
from engine.cases.cases import Instance, Surroundings
from engine.cases.rights import access
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import database, jobs, keys
from engine.storage.models import CarbonCopy
from engine.verbs import grounds

DELIVER = "copies.deliver"
AT_ONCE = 50  # more are written after the commit, in parts, so that nobody waits for the case meanwhile
AT_A_TIME = 500
NAMED = 50
_TABLE: Any = CarbonCopy.__table__
_INSERTS = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.username)
    for dialect in (sqlite, postgresql)
}
SUBJECT = Said("抄送：{title}（{number}）", "A copy for you: {title} ({number})")
BODY = Said("{who}抄送给您。{note}", "A copy from {who}. {note}")
STEP = Said("环节“{step}”", "the step “{step}”")


def copy_to(session: Session, by: Actor, key: int, to: Iterable[str], note: str = "", *, now: datetime) -> list[str]:
    """Sends people and everybody in groups a copy of a case, running or over; each gets one once.

    By whoever takes part in it or follows its process; a reader of a copy does not pass it on. Gives the usernames.
    Raises NotFound, Forbidden, Invalid by field (unknown names, nobody, whom the case keeps away).
    """
    instance = grounds.seen(session, by, key)
    if not access.takes_part(session, by, instance):
        raise errors.Forbidden("Only who takes part in this case sends copies of it.")
    around = Surroundings(session, by, now)
    readers = grounds.people(around.organisation, to)
    grounds.require_not_about(around, instance, readers)
    _send(around, instance, readers, grounds.remark(note, "text"), step="")
    session.flush()
    history.flush(session)
    return readers


def send_by_step(around: Surroundings, instance: Instance, readers: Sequence[str], *, step: str) -> None:
    """The copies that a diagram wants sent when a step of a locked case is done; the caller stores the history."""
    if readers:
        _send(around, instance, readers, "", step=step)


def let_read(around: Surroundings, instance: Instance, readers: Sequence[str]) -> None:
    """Makes people who are told of a case otherwise its readers; they have read nothing yet, and get no second notice."""
    insert(around.session, _payload(around, instance, readers), readers, around.now)


def read(session: Session, by: Actor, key: int, *, now: datetime) -> None:
    """Notes that the person has read the copy of a case, if he got one and had not; nothing else is locked."""
    session.execute(update(CarbonCopy).where(*_mine(by, key), CarbonCopy.read_at.is_(None)).values(read_at=now))


def is_unread(session: Session, by: Actor, root_key: int) -> bool:
    """Whether the person has a copy of this case that he has not read."""
    return session.execute(select(CarbonCopy.key).where(*_mine(by, root_key), CarbonCopy.read_at.is_(None))).first() is not None


def remark(session: Session, by: Actor, key: int, text: str, *, now: datetime) -> None:
    """What a reader wants to say to a copy (传阅意见); it shows beside his name and decides nothing, also after the end.

    Raises NotFound, Forbidden for who got no copy, Invalid without a text.
    """
    instance = grounds.seen(session, by, key)
    said = grounds.text(text, "text", "Please write something.")
    mine = select(CarbonCopy).where(*_mine(by, instance.root_key))
    row = session.execute(mine).scalar()
    if row is None:
        raise errors.Forbidden("You have got no copy of this case.")
    row.comment, row.commented_at, row.read_at = said, now, row.read_at or now
    history.append(
        session, grounds.root(session, instance), "remarked", at=now, actor=by.username, data={"values": {"comment": said}}
    )
    session.flush()
    history.flush(session)


def _mine(by: Actor, root_key: int) -> tuple[Any, ...]:
    return CarbonCopy.company_id == by.company_id, CarbonCopy.username == by.username, CarbonCopy.instance_key == root_key


def _send(around: Surroundings, instance: Instance, readers: Sequence[str], note: str, *, step: str) -> None:
    told = {"to": list(readers[:NAMED]), "count": len(readers), **({"values": {"comment": note}} if note else {})}
    history.append(
        around.session,
        instance,
        "copied",
        at=around.now,
        element_name=step or None,
        actor=None if step else around.actor,
        data=told,
    )
    payload = _payload(around, instance, readers, note=note, step=step)
    if len(readers) <= AT_ONCE:
        _write(around.session, payload, readers, around.now)
    else:
        jobs.enqueue(around.session, DELIVER, payload, company_id=instance.company_id, run_at=around.now)


def _payload(
    around: Surroundings, instance: Instance, readers: Sequence[str], *, note: str = "", step: str = ""
) -> dict[str, Any]:
    return {
        "company_id": instance.company_id,
        "root_key": instance.root_key,
        "readers": list(readers),
        "sent_by": None if step else around.actor,
        "step": step,
        "note": note,
    }


@jobs.job(DELIVER)
def deliver(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Writes the next part of many copies, and leaves the rest to the next job; the case is not locked."""
    readers = payload["readers"]
    _write(session, payload, readers[:AT_A_TIME], now)
    if rest := readers[AT_A_TIME:]:
        jobs.enqueue(session, DELIVER, {**payload, "readers": rest}, company_id=payload["company_id"], run_at=now)


def _write(session: Session, payload: Mapping[str, Any], readers: Iterable[str], now: datetime) -> None:
    _tell(session, payload, insert(session, payload, readers, now), now)


def insert(session: Session, payload: Mapping[str, Any], readers: Iterable[str], now: datetime) -> list[str]:
    """Writes the copies past the ORM, which has nothing to add but time; who has one keeps it. Gives who has got one now."""
    of = {"company_id": payload["company_id"], "instance_key": payload["root_key"], "sent_at": now}
    of |= {name: payload[name] for name in ("sent_by", "step", "note")}
    rows = [{"key": keys.new(), "username": reader, **of} for reader in readers]
    statement = _INSERTS["sqlite" if database.is_sqlite(session) else "postgresql"]
    return list(session.connection().execute(statement, rows).scalars()) if rows else []


def _tell(session: Session, payload: Mapping[str, Any], new: Sequence[str], now: datetime) -> None:
    instance = session.get_one(Instance, payload["root_key"])
    company = organisation.current(session, payload["company_id"])
    who = company.name_of(payload["sent_by"]) if payload["sent_by"] else STEP.of(step=payload["step"])
    subject = SUBJECT.of(title=instance.title, number=instance.number)
    body = BODY.of(who=who, note=payload["note"])
    facts = {"who": payload["sent_by"], "said": payload["note"], "step": payload["step"]}
    notices.send(session, company, new, subject, body, now=now, instance=instance, kind="copied", facts=facts)
