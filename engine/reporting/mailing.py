"""Reports by mail on working days: each reader gets his own figures, and nothing once he may not open the report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import errors
from engine.announcing import channels, invitations, settings, wording
from engine.announcing.wording import Reader
from engine.calendar.working import Calendar
from engine.definitions.languages import telling
from engine.people import actors, organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.reporting import answering, attaching, letters, question, reports, spans
from engine.storage import database, jobs, keys
from engine.storage.models import Outgoing, Report, ReportReader
from engine.storage.models.announcements import WORDED

SEND = "reports.send"
NO_SERVER = "No mail server is entered: see the settings of notices."
NO_SERVER_YET = "No mail server is entered yet; an administrator can do so."


def subscribe(session: Session, by: Actor, key: int, every: str, *, now: datetime) -> None:
    """Has a report sent to oneself by mail, or no more (`every` ""). Raises NotFound, Invalid, Conflict where nothing is mailed."""
    if every and (fault := bar(session, by)) is not None:
        raise fault
    reports.subscribe(session, by, key, every, now=now)


def bar(session: Session, by: Actor) -> errors.Refusal | None:
    """Why nothing could be mailed to this person, None where it could."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    person = company.people.get(by.username)
    if person is None or not person.email:
        return errors.Invalid("%(name)s has no mail address.", fields=None, name=by.name)
    if not invitations.may_mail(session, by.company_id):
        return errors.Conflict(NO_SERVER) if by.is_administrator else errors.Conflict(NO_SERVER_YET)
    return None


def order(session: Session, *, now: datetime) -> None:
    """Has the letters of every company with readers made at its next time for daily letters."""
    for company_id in session.execute(select(ReportReader.company_id).distinct()).scalars().all():
        company = organisation.current(session, company_id)
        zone, at = ZoneInfo(company.time_zone), settings.read(company.settings).digest_at
        day = now.astimezone(zone).date()
        calendar = Calendar.of(session, company)
        moment = calendar.local(day, at)
        if moment <= now:
            day, moment = day + timedelta(days=1), calendar.local(day + timedelta(days=1), at)
        payload = {"company": company_id, "day": day.isoformat()}
        jobs.enqueue(session, SEND, payload, company_id=company_id, run_at=moment, key=day.isoformat())


@jobs.job(SEND)
def send(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Makes the letters of one day; made twice, nobody gets a second one."""
    company = organisation.current(session, payload["company"])
    day = date.fromisoformat(payload["day"])
    mine = ReportReader.company_id == company.id
    rows = session.execute(
        select(ReportReader, Report).join(Report, Report.key == ReportReader.report_key).where(mine).order_by(ReportReader.key)
    )
    ways = [row for row in channels.rows(session, company.id) if row.is_on and row.kind == channels.MAIL]
    for reader, report in rows.all() if ways else ():
        calendar = Calendar.of(session, company, company.calendar_of(reader.username))
        if reader.every not in _due(calendar, day):
            continue
        facts = _facts(session, company, reader.username, report, now)
        if facts is not None:
            _put(session, ways[0].key, reader, facts, day, now)


def _due(calendar: Calendar, day: date) -> list[str]:
    """Which rhythms begin on that day: a week and a month on their first working day, a Monday that is none on the next one."""
    if not calendar.is_working_day(day):
        return []
    month = spans.start_of(day, reports.MONTH)
    begins = {
        reports.WEEK: spans.start_of(day, reports.WEEK),
        reports.MONTH: month,
        reports.FIRST_MONDAY: month + timedelta(days=-month.weekday() % 7),
    }
    return [reports.DAY, *(every for every, first in begins.items() if calendar.next_working_day(first) == day)]


def _facts(session: Session, company: Organisation, username: str, report: Report, now: datetime) -> dict[str, str] | None:
    """Subject and body for one reader; None for who left, has no address, or may not open it or see any of its cases any more."""
    by = actors.load(session, company.id, username, now=now)
    to = wording.reader(company, username)
    said = letters.SAID[to.language]
    person = company.people.get(username)
    if by is None or person is None or not person.email:
        return None
    try:
        row = reports.opened(session, by, report.key)
        with telling.read_by(session, to.language):
            asked = answering.asking(session, by, question.read(row.question), now=now, before=row.known)
        if answering.is_large(asked):
            return _worded(company, to, row, "", said["large"])
        with telling.read_by(session, to.language):
            answer = answering.answer(asked)
            name = telling.of_company(company, to.language, row.name)
            worded = _worded(company, to, row, letters.caption(answer, to.language), letters.table(answer, to.language))
            return worded | attaching.sheet(name, asked, answer, to.language).facts
    except errors.NotFound:
        return None
    except errors.Invalid:
        return _worded(company, to, report, "", said["faulty"])


def _worded(company: Organisation, to: Reader, row: Report, caption: str, table: str) -> dict[str, str]:
    link = settings.read(company.settings).link(f"/status/reports/{row.key}")
    given = {
        "name": to.name,
        "title": telling.of_company(company, to.language, row.name),
        "caption": caption,
        "link": link,
        "company": company.name,
    }
    words = letters.WORDS[to.language]
    kept = [line for line in words.body.split("\n") if not (line.endswith("{link}") and not link)]
    return {
        "subject": words.subject.format_map(given),
        "body": "\n".join(kept).format_map({**given, "table": table}).replace("\n\n\n", "\n\n"),
    }


def _put(session: Session, channel: int, reader: ReportReader, facts: dict[str, str], day: date, now: datetime) -> None:
    row = {
        "key": keys.new(),
        "company_id": reader.company_id,
        "channel_key": channel,
        "username": reader.username,
        "kind": WORDED,
        "source": f"report:{reader.report_key}:{day}",
        "facts": facts,
        "made_at": now,
        "due_at": now,
        "state": "waiting",
    }
    statement = (sqlite.insert if database.is_sqlite(session) else postgresql.insert)(Outgoing)
    session.execute(statement.on_conflict_do_nothing(), [row])
