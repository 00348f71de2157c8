"""Tells who keeps a customer record that its term of secrecy [保密期限] runs out: once some days before, once on its last day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.announcing import settings
from engine.basics.sayings import Said, joined
from engine.calendar.working import Calendar
from engine.cases import notices
from engine.people import absences, actors, organisation
from engine.people.organisation import Organisation
from engine.records import policy, records
from engine.records import versions as record_versions
from engine.records.knowing import circle, ending, known_to
from engine.storage import jobs
from engine.storage.models import CustomerRecord

JOB = "records.ending"
NAMED = 20  # in one notice
NEAR = Said("档案保密期限将满：{numbers}", "Term of secrecy ends soon: {numbers}")
REACHED = Said("档案保密期限届满：{numbers}", "Term of secrecy ends: {numbers}")
OF_ONE = Said("{number}（{day}）", "{number} ({day})")
MORE = Said("等 {count} 份", "{count} in all")
TO_DO = Said(
    "须继续保密的，请在期满前重新定密；期满后不再限于知悉范围内的人员查阅。",
    "What has to stay secret is to be classified anew before that day; after it the circle of those who may know it counts no more.",
)
FROM_NOW = Said(
    "须继续保密的，请即重新定密；不再保密的，可降低密级，或在确无保存价值时呈报销毁。",
    "Please classify anew at once what has to stay secret; else its level may be lowered, or its destruction proposed.",
)
WORDS = {ending.SOON: (NEAR, TO_DO), ending.OVER: (REACHED, FROM_NOW)}
Told = dict[tuple[str, str], list[CustomerRecord]]  # by reader and stage


def order(session: Session, *, now: datetime) -> None:
    """Has each company with records looked at when its daily notices leave, today (at once where that is past) and tomorrow."""
    for company_id in session.execute(select(CustomerRecord.company_id).distinct()).scalars().all():
        company = organisation.current(session, company_id)
        calendar = Calendar.of(session, company)
        for day in (records.today(company, now), records.today(company, now) + timedelta(days=1)):
            moment = calendar.local(day, settings.read(company.settings).digest_at)
            payload = {"company": company_id}
            jobs.enqueue(session, JOB, payload, company_id=company_id, run_at=max(moment, now), key=day.isoformat())


@jobs.job(JOB)
def tell(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Tells what is due by now; what was told once is not told again, however often this runs."""
    company = organisation.current(session, payload["company"])
    if not circle.fields(company)[1]:
        return
    _refresh(session, company)
    today = records.today(company, now)
    statement = (
        select(CustomerRecord).where(*ending.due(company, today)).order_by(CustomerRecord.known_until, CustomerRecord.key)
    )
    rows = [row for row in session.execute(statement.with_for_update()).scalars() if ending.stage(row, today)]
    contents = record_versions.newest(session, [row.key for row in rows])
    told: Told = {}
    for row in rows:
        stage = ending.stage(row, today)
        readers = _readers(session, company, row, contents.get(row.key, {}), now)
        for reader in readers:
            told.setdefault((reader, stage.split(":")[1]), []).append(row)
        row.end_told = stage if readers else row.end_told
    for (reader, which), theirs in told.items():
        _send(session, company, reader, which, theirs, now)


def _refresh(session: Session, company: Organisation) -> None:
    """Reads out of the sealed contents what does not stand beside the lines yet."""
    while rows := session.execute(select(CustomerRecord).where(*ending.stale(company)).limit(ending.MOST)).scalars().all():
        contents = record_versions.newest(session, [row.key for row in rows])
        for row in rows:
            ending.note(company, row, contents.get(row.key, {}))
        session.flush()


def _readers(
    session: Session, company: Organisation, row: CustomerRecord, content: Mapping[str, Any], now: datetime
) -> list[str]:
    """Its keeper and who stands in for him; where he has left, or may not know it himself, the others who keep records."""
    mine = [row.keeper, *_deputies(session, company, row.keeper, now)] if row.keeper and company.is_active(row.keeper) else []
    told = _knowing(session, company, mine, row, content, now)
    if row.keeper in told:
        return told
    keepers = [name for group in sorted(policy.named(company, "keepers")) for name in company.members_of(group)]
    return list(dict.fromkeys([*told, *_knowing(session, company, keepers, row, content, now)]))


def _knowing(
    session: Session,
    company: Organisation,
    names: Iterable[str],
    row: CustomerRecord,
    content: Mapping[str, Any],
    now: datetime,
) -> list[str]:
    """Those of them who may read the record."""
    cleared = known_to.cleared(session, company, names, row.secrecy)
    loaded = [actors.load(session, company.id, name) for name in cleared]
    today = records.today(company, now)
    return [each.username for each in loaded if each is not None and circle.why_not(company, each, content, today) is None]


def _deputies(session: Session, company: Organisation, keeper: str, now: datetime) -> list[str]:
    processes = policy.named(company, "saved_by")
    standing_in = absences.arranged(session, company.id, [keeper], now=now).get(keeper, [])
    return [each.deputy for each in standing_in if each.processes is None or processes & set(each.processes)]


def _send(session: Session, company: Organisation, reader: str, which: str, rows: list[CustomerRecord], now: datetime) -> None:
    """By number alone: a name may be above what letters tell. It leads to the record, or to the list of all."""
    subject, to_do = WORDS[which]
    told: list[Said | str] = [OF_ONE.of(number=row.number, day=row.known_until) for row in rows[:NAMED]]
    if len(rows) > NAMED:
        told.append(MORE.of(count=str(len(rows))))
    page = f"/records/{rows[0].key}" if len(rows) == 1 else f"/records?ending={ending.MINE}"
    said = subject.of(numbers=joined(told))
    notices.send(session, company, [reader], said, to_do, now=now, facts={notices.PAGE: page})
