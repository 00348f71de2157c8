"""Making notices of what happened, after it happened: case by case in the order of its history, each event once.

Whoever completes a task writes nothing for it. What was made and how far the case was announced are one commit; a worker
that dies in between makes the same again, and the same source is never made twice for a person.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import ColumnElement, delete, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import errors
from engine.announcing import kinds, settings, timing, wording
from engine.announcing.channels import HOOK, MAIL, Channel, closed, rows
from engine.announcing.news import happened
from engine.announcing.news.telling import CaseNews, News
from engine.announcing.outbox import IS_WAITING
from engine.announcing.settings import NoticeSettings
from engine.announcing.timing import ReachChoice
from engine.basics import sayings
from engine.calendar.working import Calendar
from engine.cases import history, notices
from engine.definitions import definitions
from engine.people import organisation
from engine.people.organisation import Organisation
from engine.storage import database as databases
from engine.storage import error_log, keys
from engine.storage.database import Database
from engine.storage.models import HistoryEvent, Notice, NoticeChoice, Outgoing, ProcessInstance
from engine.storage.models.announcements import UNROUTED, WORDED

CASES = 50
EVENTS = 500  # of one case in one go
NOTICES = 200
STOPPED_AT = sayings.Said("停在“{step}”处：{said}", "Stopped at “{step}”: {said}")
HAS_NEWS: ColumnElement[bool] = literal_column(
    "process_instance.announced < process_instance.history_length"
)  # as its index is written
_UNROUTED = (IS_WAITING, Outgoing.channel_key == UNROUTED)
IS_NEW: ColumnElement[bool] = literal_column("NOT notice.is_announced")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """What notices of a company are made with; `choices` are those of the people at hand."""

    session: Session
    company: Organisation
    settings: NoticeSettings
    channels: list[Channel]
    choices: Mapping[str, ReachChoice]
    now: datetime


def make_due(database: Database, *, now: datetime) -> int:
    """Makes the notices of what is new, and says of how many cases and notices of the page."""
    with database.reading() as session:
        keys_due = session.execute(select(ProcessInstance.key).where(HAS_NEWS).order_by(ProcessInstance.key).limit(CASES))
        cases = list(keys_due.scalars())
        told = session.execute(select(Notice.company_id).where(IS_NEW).limit(1)).scalar()
        unrouted = session.execute(select(Outgoing.company_id).where(*_UNROUTED).limit(1)).scalar()
    done = sum(_one(database, key, now) for key in cases)
    done += _notices(database, told, now) if told is not None else 0
    return done + (_routed(database, unrouted, now) if unrouted is not None else 0)


def of_case(session: Session, key: int, *, now: datetime, is_told_only: bool = False) -> bool:
    """Makes the notices of one case's new events, and notes how far it was announced; whether there were any.

    `is_told_only`: those alone whose words the history holds.
    """
    instance = session.get(ProcessInstance, key)
    if instance is None:
        return False
    event, before = HistoryEvent, instance.announced
    later = (event.instance_key == key, event.sequence > before)
    events = session.execute(select(event).where(*later).order_by(event.sequence).limit(EVENTS)).scalars().all()
    if not events:
        return False
    company = organisation.current(session, instance.company_id)
    for told in (each for each in events if each.kind == history.TOLD):
        notices.from_event(session, company, instance, told)
    news = [] if is_told_only else happened.news_from(CaseNews(session, company, instance, events, now))
    away = notices.unheard(session, company, instance, {each.reader for each in news}) if news else set()
    news = [each for each in news if each.reader not in away]
    if news:
        at = desk(session, company, {each.reader for each in news}, now)
        _tell_in_page(at, instance, [each for each in news if each.is_in_page])
        put(at, news, instance.key)
    row = ProcessInstance
    moved = update(row).where(row.key == key, row.announced == before).values(announced=happened.last_of(events))
    session.execute(moved, execution_options={"synchronize_session": False})
    return True


def desk(session: Session, company: Organisation, readers: Iterable[str], now: datetime) -> Desk:
    """What is needed to make notices for these people: settings, channels, what they chose."""
    own = settings.read(company.settings)
    ways = [closed(row) for row in rows(session, company.id) if row.is_on and row.kinds]
    chosen = choices(session, company.id, readers) if ways else {}
    return Desk(session, company, own, ways, chosen, now)


def choices(session: Session, company_id: str, usernames: Iterable[str]) -> dict[str, ReachChoice]:
    """What these people chose, in one statement."""
    row = NoticeChoice
    choices_made = session.execute(
        select(row).where(row.company_id == company_id, row.username.in_(sorted(usernames)))
    ).scalars()
    return {each.username: ReachChoice(each.how, _moment(each.quiet_from), _moment(each.quiet_until)) for each in choices_made}


def put(at: Desk, news: Iterable[News], instance_key: int | None) -> None:
    """Puts notices on their way through every channel that they take."""
    made = [row for each in news for row in _ways(at, each, instance_key)]
    if made:
        statement = (sqlite.insert if databases.is_sqlite(at.session) else postgresql.insert)(Outgoing)
        at.session.execute(statement.on_conflict_do_nothing(), made)


def _ways(at: Desk, one: News, instance_key: int | None) -> Iterator[dict[str, Any]]:
    calendar = Calendar.of(at.session, at.company, at.company.calendar_of(one.reader))
    person = timing.due_at(at.settings, at.choices.get(one.reader, ReachChoice()), one.kind, calendar, at.now)
    for channel in at.channels:
        due = at.now if channel.kind == HOOK else person
        if due is not None and one.kind in channel.kinds and channel.reaches(at.company, one.reader):
            yield {
                "key": keys.new(),
                "company_id": at.company.id,
                "channel_key": channel.key,
                "username": one.reader,
                "kind": one.kind,
                "source": one.source,
                "instance_key": instance_key,
                "task_key": one.task_key,
                "facts": dict(one.facts),
                "made_at": at.now,
                "due_at": due,
                "state": "waiting",
            }


def _tell_in_page(at: Desk, instance: ProcessInstance, news: list[News]) -> None:
    """The page's own notices of what nobody wrote there: incidents, and news of cases that people follow."""
    about = wording.About(instance, definitions.by_key(at.session, instance.definition_key))
    made = []
    for each in news:
        texts = {language: _page_words(at, instance, each, about, language) for language in sayings.LANGUAGES}
        made.append(_page_row(at, instance, each, texts))
    if made:
        statement = (sqlite.insert if databases.is_sqlite(at.session) else postgresql.insert)(Notice)
        at.session.execute(statement.on_conflict_do_nothing(), made)


def _page_words(at: Desk, instance: ProcessInstance, one: News, about: wording.About, language: str) -> dict[str, str]:
    """Subject and body for the page, where every title may stand that its reader may see."""
    row = Outgoing(kind=one.kind, instance_key=instance.key, facts=dict(one.facts))
    to = replace(wording.reader(at.company, one.reader), language=language)
    given = wording.facts(at.company, replace(at.settings, titles_up_to=organisation.SECRECY[-1]), row, about, to)
    subject = wording.filled(kinds.KINDS[one.kind].words[language], given).subject
    step, said = given["step"], given["said"]
    if one.kind == "incident" and step and said:
        return {"subject": subject, "body": STOPPED_AT.of(step=step, said=said).read(language)}
    return {"subject": subject, "body": " · ".join(filter(None, (step, said)))}


def _page_row(at: Desk, instance: ProcessInstance, one: News, texts: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "key": keys.new(),
        "company_id": at.company.id,
        "username": one.reader,
        **notices.columns(texts, at.company.language_of(one.reader)),
        "instance_key": instance.key,
        "created_at": at.now,
        "kind": one.kind,
        "facts": {name: one.facts[name] for name in (notices.TASK, notices.AWAY) if name in one.facts},
        "source": one.source,
        "is_announced": True,
    }


def _one(database: Database, key: int, now: datetime) -> bool:
    try:
        with database.transaction() as session:
            return of_case(session, key, now=now)
    except errors.Unavailable:
        raise
    except Exception as error:
        log.error("the notices of case %s could not be made: %s", key, error_log.told(error))
        return _pass_over(database, key, now)


def _pass_over(database: Database, key: int, now: datetime) -> bool:
    """Of a case whose news cannot be made the rest goes on; a fault of ours must not hold up all others for ever."""
    row = ProcessInstance
    try:
        with database.transaction() as session:
            return of_case(session, key, now=now, is_told_only=True)
    except errors.Unavailable:
        raise
    except Exception as error:
        log.error("nor could what its history holds: case %s: %s", key, error_log.told(error))
    with database.transaction() as session:
        session.execute(update(row).where(row.key == key).values(announced=row.history_length))
    return True


def _notices(database: Database, company_id: str, now: datetime) -> int:
    """Lets the page's notices leave that have a kind, of one company in the order in which they were written."""
    row = Notice
    with database.transaction() as session:
        mine = (IS_NEW, row.company_id == company_id)
        statement = select(row).where(*mine).order_by(row.key).limit(NOTICES).with_for_update(skip_locked=True)
        waiting = session.execute(statement).scalars().all()
        at = desk(session, organisation.current(session, company_id), {each.username for each in waiting}, now)
        for case, same in _by_case(waiting).items():
            put(at, (_of_notice(each) for each in same), case)
        kept = [{"key": each.key, "facts": facts} for each in waiting if (facts := _kept(each))]
        session.execute(update(row).where(row.key.in_([each.key for each in waiting])).values(is_announced=True, facts=None))
        if kept:
            session.execute(update(row), kept)
    return len(waiting)


def _kept(row: Notice) -> dict[str, Any]:
    """Of a notice's facts those that its page needs still when it has left: why its reader was told, and about which task."""
    return {name: given for name, given in (row.facts or {}).items() if name in notices.KEPT}


def _routed(database: Database, company_id: str, now: datetime) -> int:
    """Puts what is told outside the page alone on its ways."""
    row = Outgoing
    with database.transaction() as session:
        statement = select(row).where(*_UNROUTED, row.company_id == company_id).order_by(row.key).limit(NOTICES)
        unrouted = session.execute(statement.with_for_update(skip_locked=True)).scalars().all()
        at = desk(session, organisation.current(session, company_id), {each.username for each in unrouted}, now)
        for each in (each for each in unrouted if each.kind != WORDED):
            put(at, [News(each.kind, each.username, each.source, each.task_key, each.facts)], each.instance_key)
        _post(at, [each for each in unrouted if each.kind == WORDED])
        session.execute(delete(row).where(row.key.in_([each.key for each in unrouted if each.channel_key == UNROUTED])))
    return len(unrouted)


def _post(at: Desk, letters: list[Outgoing]) -> None:
    """Letters that are worded already go by mail, whatever their reader chose; where the company sends none they are forgotten."""
    if not letters:
        return
    ways = {each.kind: each.key for each in rows(at.session, at.company.id) if each.is_on}
    for each in letters:
        each.channel_key = ways.get(MAIL, UNROUTED)
    at.session.flush()


def _by_case(waiting: Iterable[Notice]) -> dict[int | None, list[Notice]]:
    sorted_out: dict[int | None, list[Notice]] = {}
    for each in waiting:
        sorted_out.setdefault(each.instance_key, []).append(each)
    return sorted_out


def _of_notice(row: Notice) -> News:
    said = {"subject": row.subject, "said": row.body} if row.kind == "told" else {}
    given = row.facts or {}
    return News(row.kind or "told", row.username, f"notice:{row.key}", given.get("task"), {**said, **given})


def _moment(text: str | None) -> time | None:
    return settings.moment(text) if text else None
