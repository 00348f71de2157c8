"""Who is told of an act on many cases: each person once, of all that is his, when the act is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import notices
from engine.people import organisation
from engine.storage import jobs
from engine.storage.models import Operation, OperationCase, ProcessInstance

TELL = "operating.tell"
LISTED = 10  # so many cases are told by name
MANY = Said("{first}，等{count}项", "{first} and others, {count} in all")
OTHERS = Said("另有{count}项", "and {count} more")
BY = Said("{who}批量操作：{reason}", "{who}, in one act on many cases: {reason}")


def order(session: Session, row: Operation, *, now: datetime) -> None:
    """Has the people told of what was done, after the commit."""
    payload = {"operation": row.key}
    jobs.enqueue(session, TELL, payload, company_id=row.company_id, run_at=now, key=str(row.key))


@jobs.job(TELL)
def tell(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Tells each person once what the act did to cases or tasks of his; what was told is not kept."""
    row = session.get_one(Operation, payload["operation"])
    company, case = organisation.current(session, row.company_id), OperationCase
    kept = (
        select(case.instance_key, case.tells).where(case.operation_key == row.key, case.tells.is_not(None)).order_by(case.key)
    )
    lines: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    for key, told in session.execute(kept):
        for reader, subject in told:
            lines.setdefault(reader, []).append((key, subject))
    body = BY.of(who=company.name_of(row.username), reason=row.reason)
    for reader, own in lines.items():
        said = _worded([_said(subject) for _key, subject in own], body)
        facts = {"subject": said[0], "said": said[1]}
        instance = session.get(ProcessInstance, own[0][0])
        notices.send(session, company, [reader], *said, now=now, instance=instance, facts=facts)
    session.execute(update(case).where(case.operation_key == row.key, case.tells.is_not(None)).values(tells=None))


def _said(subject: Mapping[str, str]) -> Said:
    return Said("{zh_Hans}", "{en}", dict(subject))


def _worded(subjects: list[Said], body: Said) -> tuple[Said, Said]:
    """Subject and body of one notice that tells all of these."""
    if len(subjects) == 1:
        return subjects[0], body
    more = [OTHERS.of(count=len(subjects) - LISTED)] if len(subjects) > LISTED else []
    whole = sayings.lines(body, *subjects[:LISTED], *more)
    return MANY.of(first=subjects[0], count=len(subjects)), whole
