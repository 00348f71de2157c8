"""What is due on a channel: taken by one worker with a lease, as letters; and noting what became of them.

Nothing is sent within a transaction. A worker that dies while sending leaves a lease that ends with it; then the same letter goes
out again under the same id, by which a receiver knows it. A chat knows no ids: what may stand there is not said again.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, exists, literal_column, or_, select, update
from sqlalchemy.orm import Session

from engine.announcing import channels, invitations, settings
from engine.announcing.channels import Channel
from engine.announcing.news import happened
from engine.announcing.settings import NoticeSettings
from engine.announcing.undelivered import fates
from engine.announcing.wording import About
from engine.cases.rights import standing_in
from engine.definitions import definitions
from engine.people import organisation
from engine.people.organisation import Organisation
from engine.storage import heartbeats, keys
from engine.storage.database import Database
from engine.storage.models import NoticeChannel, Outgoing, ProcessInstance, UserTask, WorkItem
from engine.storage.models.announcements import WORDED

AT_ONCE = 300  # notices taken together
LEASE = timedelta(minutes=5)
REMEMBERED = timedelta(days=90)
KEPT_FOR = timedelta(days=3)  # after which a notice is news no more
SENT, REFUSED, DROPPED, WAITING = "sent", "refused", "dropped", "waiting"
WORK = ("new_work", "offered", "due_soon", "returned", "urged")  # of no use once there is nothing to do any more
OF_HOLDERS = ("returned", "urged")  # of these, told to whoever has the work
IS_WAITING: ColumnElement[bool] = literal_column("outgoing.state = 'waiting'")  # as its index is written
_TABLE: Any = Outgoing.__table__
_LEASED = (
    update(_TABLE)
    .where(_TABLE.c.key == bindparam("of"))
    .values(letter=bindparam("in_letter"), leased_until=bindparam("until"), worker=bindparam("by"))
)


@dataclass(frozen=True)
class Letter:
    """Notices that leave together: of mail all of one person, of a robot those of its chat, of a web hook one."""

    key: int
    rows: Sequence[Outgoing]


@dataclass(frozen=True)
class OutgoingBatch:
    """What one worker sends through one channel now, with what its words are made from."""

    channel: Channel
    company: Organisation
    settings: NoticeSettings
    letters: Sequence[Letter]
    abouts: dict[int, About]
    now: datetime
    codes: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def about(self, row: Outgoing) -> About:
        """What a notice is about."""
        return self.abouts.get(row.instance_key or 0, About())


@dataclass(frozen=True)
class Became:
    """What became of a letter: sent, refused, waiting for a later try, or unknown."""

    letter: Letter
    state: str
    error: str = ""


def due_channels(session: Session, *, now: datetime) -> list[tuple[int, str]]:
    """The channels on which something is due, as key and company."""
    row = NoticeChannel
    has_due = exists().where(IS_WAITING, Outgoing.channel_key == row.key, Outgoing.due_at <= now, _is_free(now))
    is_ready = (row.is_on.is_(True), or_(row.next_at.is_(None), row.next_at <= now), has_due)
    due = session.execute(select(row.key, row.company_id).where(*is_ready).order_by(row.key))
    return [(key, company_id) for key, company_id in due]


def take(database: Database, key: int, *, now: datetime, worker: str | None = None) -> OutgoingBatch | None:
    """Takes what is due on a channel for a worker; what is of no use any more is dropped instead. None where nothing is left."""
    with database.transaction() as session:
        row = session.get(NoticeChannel, key)
        if row is None or not row.is_on:
            return None
        outgoing = _due(session, key, now)
        company = organisation.current(session, row.company_id)
        outgoing = _settled(session, company, row, outgoing, now)
        useless = _useless(session, company, outgoing, now) | _of_leavers(company, outgoing)
        _drop(session, useless, now)
        letters = _letters(row.kind, [each for each in outgoing if each.key not in useless])
        lease = {"until": now + LEASE, "by": worker}
        taken = [{"of": each.key, "in_letter": letter.key, **lease} for letter in letters for each in letter.rows]
        if not taken:
            return None
        session.connection().execute(_LEASED, taken)
        abouts = _abouts(session, [each for letter in letters for each in letter.rows])
        batch = OutgoingBatch(channels.opened(session, row), company, settings.read(company.settings), letters, abouts, now)
        codes = {
            row.key: invitations.unlocked(session, row) for each in letters for row in each.rows if row.kind == invitations.KIND
        }
        session.expunge_all()
        return replace(batch, codes=codes)


def note(session: Session, batch: OutgoingBatch, became: Sequence[Became], *, retry_at: datetime, now: datetime) -> None:
    """Writes down what became of letters; what was not sent waits until `retry_at`."""
    _note_unknown(session, batch, [row.key for each in became if each.state == fates.UNKNOWN for row in each.letter.rows], now)
    for state in (SENT, REFUSED, WAITING):
        for error in sorted({each.error for each in became if each.state == state}):
            named = [row.key for each in became if (each.state, each.error) == (state, error) for row in each.letter.rows]
            values = {"leased_until": None, "error": error or None}
            over = {"state": state, "over_at": now, "facts": {}} if state != WAITING else {"due_at": retry_at, "letter": None}
            session.execute(update(Outgoing).where(Outgoing.key.in_(named)).values(**values, **over))


def release(session: Session, batch: OutgoingBatch) -> None:
    """Gives back what was not sent, which then waits as before."""
    named = Outgoing.key.in_([each.key for letter in batch.letters for each in letter.rows])
    session.execute(update(Outgoing).where(named, Outgoing.state == WAITING).values(leased_until=None))


def _note_unknown(session: Session, batch: OutgoingBatch, named: Sequence[int], now: datetime) -> None:
    channel = session.get(NoticeChannel, batch.channel.key) if named else None
    if channel is not None:
        rows = session.execute(select(Outgoing).where(Outgoing.key.in_(named)).with_for_update()).scalars().all()
        fates.unsure(session, batch.company, channel, rows, now=now)


def _settled(
    session: Session, company: Organisation, channel: NoticeChannel, outgoing: list[Outgoing], now: datetime
) -> list[Outgoing]:
    """What is found without what a worker that died may have said in a chat."""
    begun = [each for each in outgoing if channel.kind in channels.ROBOTS and each.leased_until is not None]
    fates.unsure(session, company, channel, begun, now=now)
    return [each for each in outgoing if each not in begun]


def forget(session: Session, *, now: datetime) -> None:
    """Removes what is over for long; what still waits on a channel that is switched off goes as well, it is news no more."""
    session.execute(delete(Outgoing).where(Outgoing.made_at < now - REMEMBERED))


def _is_free(now: datetime) -> ColumnElement[bool]:
    held = Outgoing.leased_until
    return or_(held.is_(None), held < now, heartbeats.is_dead(Outgoing.worker, heartbeats.silent_since(now)))


def _due(session: Session, key: int, now: datetime) -> list[Outgoing]:
    mine = (IS_WAITING, Outgoing.channel_key == key, Outgoing.due_at <= now, _is_free(now))
    ordered = select(Outgoing).where(*mine).order_by(Outgoing.due_at, Outgoing.key).limit(AT_ONCE)
    return list(session.execute(ordered.with_for_update(skip_locked=True)).scalars())


def _useless(session: Session, company: Organisation, outgoing: Iterable[Outgoing], now: datetime) -> set[int]:
    """What is too old, and work that was done or looked at meanwhile."""
    old = {each.key for each in outgoing if each.made_at < now - KEPT_FOR and each.due_at < now - KEPT_FOR}
    work = [each for each in outgoing if each.kind in WORK and each.task_key is not None]
    return old | _done(session, company, work, now)


def _of_leavers(company: Organisation, outgoing: Iterable[Outgoing]) -> set[int]:
    """What is for people who are not there any more, or whose account is disabled."""
    there = {name for name, person in company.people.items() if not person.is_disabled}
    return {each.key for each in outgoing if each.username not in there}


def _done(session: Session, company: Organisation, outgoing: Sequence[Outgoing], now: datetime) -> set[int]:
    """Work that is over, and of new work what its reader has opened already, or what is not for him any more."""
    if not outgoing:
        return set()
    task, item = UserTask, WorkItem
    still = (task.key.in_({each.task_key for each in outgoing}), task.state == "open", item.state == "open")
    joined = select(item, task).join(task, task.key == item.user_task_key).where(*still)
    rows = [(part, of_task) for part, of_task in session.execute(joined).all()]
    standing, fresh, theirs = standing_in.on(session, company, rows, now=now), set(), set()
    for part, of_task in rows:
        for reader in happened.readers(company, part, standing):
            theirs.add((of_task.key, reader))
            if reader not in of_task.excluded and not (part.opened_at is not None and reader == part.username):
                fresh.add((happened.kind_of(part), of_task.key, reader))
    open_tasks = {of_task.key for _part, of_task in rows}
    return {each.key for each in outgoing if not _is_wanted(each, open_tasks, fresh, theirs)}


def _is_wanted(
    row: Outgoing, open_tasks: Container[int], fresh: Container[tuple[str, int, str]], theirs: Container[tuple[int, str]]
) -> bool:
    """Whether there is something to do for its reader still; of new work, something that he has not opened yet."""
    if row.task_key is None or row.kind not in (*happened.OF_PARTS, *OF_HOLDERS):
        return row.task_key in open_tasks  # who manages the process is told of limits, too
    if row.kind in OF_HOLDERS:
        return (row.task_key, row.username) in theirs
    return (row.kind, row.task_key, row.username) in fresh


def _drop(session: Session, useless: set[int], now: datetime) -> None:
    if useless:
        values = {"state": DROPPED, "over_at": now, "facts": {}}
        session.execute(update(Outgoing).where(Outgoing.key.in_(useless)).values(**values))


def _letters(kind: str, rows: Sequence[Outgoing]) -> list[Letter]:
    """Those of before a crash stay together as they were; a chat takes few messages in a minute, and knows no ids."""
    if kind in channels.ROBOTS:
        return [Letter(keys.new(), rows)] if rows else []
    sorted_out: dict[object, list[Outgoing]] = {}
    for row in rows:
        is_alone = kind != channels.MAIL or row.kind in (invitations.KIND, WORDED)
        sorted_out.setdefault(row.letter or (row.key if is_alone else row.username,), []).append(row)
    return [Letter(same[0].letter or keys.new(), same) for same in sorted_out.values()]


def _abouts(session: Session, rows: Iterable[Outgoing]) -> dict[int, About]:
    named = {row.instance_key for row in rows if row.instance_key is not None}
    if not named:
        return {}
    instances = session.execute(select(ProcessInstance).where(ProcessInstance.key.in_(named))).scalars()
    return {each.key: About(each, definitions.by_key(session, each.definition_key)) for each in instances.all()}
