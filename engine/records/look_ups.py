"""What FEEL sees of customer records: a person what he may read, a case what the record policy lets its process read."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine import feel, forms
from engine.people.actors import SYSTEM, Actor
from engine.people.organisation import Organisation
from engine.records import catalogue, holds, policy, readings, versions
from engine.records.catalogue import CatalogueLine, Conditions
from engine.records.knowing import circle, ending
from engine.storage.models import ProcessInstance

TOO_MANY_EXPIRED = "The term of secrecy of more than %(limit)s customer records is over; please classify some anew first."
TOO_MANY = "There are more than %(limit)s customer records: name what is looked for, as record options(text)."


def one(
    session: Session, company: Organisation, by: Actor | None, instance: ProcessInstance | None, key: str, *, now: datetime
) -> dict[str, Any] | None:
    """A record as `by` in front of a form, or else the case, sees it; None if unknown, or not theirs to know.

    What is copied into a case is out of the record's hands. So the content of a record above 内部, or of a company
    that may destroy records, is null here; it is null too in a session that only reads, as that cannot log it. Who may know it
    and until when is told beside it wherever the reading is logged, or nobody could decide on it anew.
    Every look-up is logged. Raises Forbidden for a case whose process the record policy does not let look up.
    """
    if by is None and instance is not None:
        policy.require_reading(company, instance)
    row = catalogue.find(session, company.id, key)
    reader = by or instance
    if row is None or reader is None:
        return None
    level = versions.level(session, row, row.current_version)
    granted = by is None or readings.why_not(company, by, row, level) is None
    is_noted = readings.can_note(session)
    if is_noted:
        readings.note(session, row, row.current_version, reader, purpose="FEEL", granted=granted, now=now)
    if by is not None and not catalogue.may_list(company, by):
        return None
    seen = catalogue.line(row, by or (SYSTEM(company.id) if is_noted else None)).as_context()
    newest = versions.open(session, row, row.current_version)[1] if granted and is_noted and row.state == "active" else None
    if by is not None and newest is not None:
        today = now.astimezone(ZoneInfo(company.time_zone)).date()
        newest = newest if circle.why_not(company, by, newest, today) is None else None
    content = newest if level in catalogue.OPEN_LEVELS and not company.policy.get("destruction") else None
    return seen | circle.named(company, newest or {}) | {"content": content}


def options(
    session: Session,
    company: Organisation,
    by: Actor | None,
    instance: ProcessInstance | None,
    text: str,
    choosing: forms.Choosing,
) -> list[CatalogueLine]:
    """The active records that hold `text`; names are masked above the person's clearance, for a case above 内部.

    None for who may not see the catalogue. A choice field gets those that are chosen and the newest that fit what was
    typed into it. Raises Forbidden for a case whose process may not look up; a FeelError, when nobody chooses and
    there are more than can be listed.
    """
    if by is None and instance is not None:
        policy.require_reading(company, instance)
    is_known = instance is not None if by is None else catalogue.may_list(company, by)
    if not is_known:
        return []
    within = catalogue.proposals(company, by, text)
    if choosing.is_open:
        return _chosen(session, company, by, within, choosing)
    lines, is_cut = catalogue.newest(session, by, within, company, "")
    if is_cut:
        raise feel.FeelEvaluationError(TOO_MANY, limit=catalogue.MAX_OPTIONS)
    return lines


def held(session: Session, company: Organisation, by: Actor | None, instance: ProcessInstance | None, key: str) -> str | None:
    """Why a record may not be destroyed just now, the asking case left out; None where it may, and for who may not list records.

    Raises Forbidden for a case whose process may not look up.
    """
    if by is None and instance is not None:
        policy.require_reading(company, instance)
    if not (instance is not None if by is None else catalogue.may_list(company, by)):
        return None
    checked = holds.check(session, company.id, [key], beside=instance.root_key if instance else None)
    return checked[0].reason or None


def expired(
    session: Session, company: Organisation, by: Actor | None, instance: ProcessInstance | None, *, now: datetime
) -> list[str]:
    """The keys of the active records whose term of secrecy is over, the oldest end first, as far as the person may know them.

    Raises Forbidden for a case whose process may not look up; a FeelError, when there are more than can be listed.
    """
    if by is None and instance is not None:
        policy.require_reading(company, instance)
    reader = by or (SYSTEM(company.id) if instance is not None else None)
    if reader is None or not catalogue.may_list(company, reader):
        return []
    keys = ending.over(session, company, reader, now.astimezone(ZoneInfo(company.time_zone)).date())
    if len(keys) > catalogue.MAX_OPTIONS:
        raise feel.FeelEvaluationError(TOO_MANY_EXPIRED, limit=catalogue.MAX_OPTIONS)
    return [str(each) for each in keys]


def _chosen(
    session: Session, company: Organisation, by: Actor | None, within: Conditions, choosing: forms.Choosing
) -> list[CatalogueLine]:
    choosing.is_used = True
    lines = {line.key: line for line in catalogue.named(session, by, within, choosing.chosen, choosing.text or "")}
    if choosing.text is not None:
        newest, choosing.is_cut = catalogue.newest(session, by, within, company, choosing.text)
        lines |= {line.key: line for line in newest}
    return list(lines.values())
