"""Carbon copies [抄送]: somebody is to know of a case; it never waits for him."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import history
from engine.cases.cases import Surroundings
from engine.cases.rights import access, recusal
from engine.execution import copied
from engine.people.actors import Actor
from engine.storage.models import CarbonCopy
from engine.verbs import grounds


@dataclass(frozen=True)
class Copied:
    """Who got a copy, by username, and the names of those in a group who must not see the case."""

    readers: list[str]
    left_out: list[str]


def copy_to(session: Session, by: Actor, key: int, to: Iterable[str], note: str = "", *, now: datetime) -> Copied:
    """Sends people and everybody in groups a copy of a case, running or over.

    Who is a reader of it already gets the new words, and has it unread again.

    By whoever takes part in it or follows its process; a reader of a copy does not pass it on. Members of a group whom
    the case keeps away are left out; who is named himself is not.
    Raises NotFound, Forbidden, also for whom the case is about, Invalid by field (unknown names, nobody, whom it keeps away).
    """
    instance = grounds.seen(session, by, key)
    if not access.takes_part(session, by, instance):
        raise errors.Forbidden("Only who takes part in this case sends copies of it.")
    grounds.require_impartial(session, by, instance, grounds.ABOUT_YOU, now, of_steps=False)
    around = Surroundings(session, by, now)
    named = [each.strip() for each in to]
    people = grounds.people(around.organisation, named)
    kept_away = recusal.unseeing(around, instance, people)
    readers = [each for each in people if each not in kept_away]
    if not readers or not set(named).isdisjoint(kept_away):
        raise grounds.about(around, kept_away[0])
    copied.send(around, instance, readers, grounds.remark(note, "text"))
    session.flush()
    history.flush(session)
    return Copied(readers, [around.organisation.name_of(each) for each in kept_away])


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
