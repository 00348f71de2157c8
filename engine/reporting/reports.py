"""Saved reports: who keeps, shares, copies and removes them, and who may open them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, attributes

from engine import errors
from engine.cases.rights import access
from engine.definitions import definitions
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.reporting import answering, question
from engine.reporting.question import Question
from engine.storage import keys
from engine.storage.models import Report, ReportReader, ReportRun

LONGEST_NAME, MOST, MOST_SHARED = 60, 200, 50
NO_REPORT = "There is no such report, or you may not view it."
DAY, WEEK, MONTH, FIRST_MONDAY = "day", "week", "month", "first_monday"
EVERY = (DAY, WEEK, MONTH, FIRST_MONDAY)


@dataclass(frozen=True)
class Sharing:
    """With whom a report is shared: usernames and groups, and whether with all who follow one of its processes."""

    names: tuple[str, ...] = ()
    for_managers: bool = False


@dataclass(frozen=True)
class Listed:
    """A report in the list of those that a person may open; `every` is how often he gets it by mail, "" for never."""

    key: int
    name: str
    owner: str
    is_own: bool
    is_shared: bool
    processes: tuple[str, ...]
    show: str
    saved_at: datetime
    every: str = ""


@dataclass(frozen=True)
class ReportDraft:
    """What a page sends to be kept."""

    name: str
    question: Question
    sharing: Sharing = field(default_factory=Sharing)


def known(session: Session, by: Actor) -> list[Listed]:
    """The reports that the person may open: his own first, then by name; three statements."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    titles = {each.process_id: each.title for each in access.newest(session, by.company_id)}
    followed = set(access.followed(session, by))
    mine = (ReportReader.company_id == by.company_id, ReportReader.username == by.username)
    every = dict(session.execute(select(ReportReader.report_key, ReportReader.every).where(*mine)).all())
    rows = session.execute(select(Report).where(Report.company_id == by.company_id)).scalars()
    lines = [
        Listed(
            row.key,
            _called(session, company, row),
            company.name_of(row.owner) if row.owner else "",
            row.owner == by.username,
            bool(row.shared or row.for_managers),
            tuple(titles[id] for id in row.question["processes"] if id in titles),
            row.question["show"],
            row.saved_at,
            every.get(row.key, ""),
        )
        for row in rows
        if _may_open(by, row, followed)
    ]
    return sorted(lines, key=lambda each: (not each.is_own, each.name, each.key))


def opened(session: Session, by: Actor, key: int) -> Report:
    """A report that the person may open. Raises NotFound."""
    row = session.get(Report, key)
    if row is None or row.company_id != by.company_id or not _may_open(by, row, set(access.followed(session, by))):
        raise errors.NotFound(NO_REPORT)
    if session.info.get(definitions.LANGUAGE):
        company = organisation.at_version(session, by.company_id, by.organisation_version)
        attributes.set_committed_value(row, "name", _called(session, company, row))
    return row


def _called(session: Session, company: organisation.Organisation, row: Report) -> str:
    """What a report is called; one that came with the company's folder in the language of whoever reads."""
    language = session.info.get(definitions.LANGUAGE)
    return telling.of_company(company, language, row.name) if language and row.shipped is not None else row.name


def may_change(by: Actor, row: Report) -> bool:
    """Whether the person may change, share and remove it: who keeps it, and administrators; none that was shipped."""
    return row.shipped is None and not by.is_auditor and (row.owner == by.username or by.is_administrator)


def save(session: Session, by: Actor, draft: ReportDraft, *, now: datetime) -> Report:
    """Keeps a new report. Raises Invalid by field, Conflict when there are too many, Forbidden for who changes nothing."""
    if by.is_auditor:
        raise errors.Forbidden("You may read everything and change nothing.")
    mine = (Report.company_id == by.company_id, Report.owner == by.username)
    if session.execute(select(func.count()).select_from(Report).where(*mine)).scalar_one() >= MOST:
        raise errors.Conflict("There are %(number)s reports already. Please remove some first.", number=MOST)
    row = Report(key=keys.new(), company_id=by.company_id, owner=by.username, revision=0)
    _fill(session, by, row, draft, now)
    session.add(row)
    session.flush()
    return row


def change(session: Session, by: Actor, key: int, draft: ReportDraft, revision: int, *, now: datetime) -> Report:
    """Keeps what was changed. Raises NotFound, Forbidden, Invalid, Conflict when somebody else changed it meanwhile."""
    row = _changeable(session, by, key)
    if row.revision != revision:
        raise errors.Conflict("This report was changed meanwhile. Please open it again.")
    _fill(session, by, row, draft, now)
    session.flush()
    return row


def copy(session: Session, by: Actor, key: int, name: str, *, now: datetime) -> Report:
    """A report of one's own with the same question, shared with nobody. Raises NotFound, Invalid, Conflict."""
    row = opened(session, by, key)
    return save(session, by, ReportDraft(name, question.read(row.question)), now=now)


def remove(session: Session, by: Actor, key: int) -> None:
    """Removes a report with its letters and answers. Raises NotFound, Forbidden."""
    drop(session, _changeable(session, by, key))


def drop(session: Session, row: Report) -> None:
    """Removes a report, whoever keeps it."""
    for beside in (ReportReader, ReportRun):
        session.execute(delete(beside).where(beside.report_key == row.key))
    session.delete(row)
    session.flush()


def subscribe(session: Session, by: Actor, key: int, every: str, *, now: datetime) -> None:
    """Has a report sent to oneself by mail, or no more (`every` ""). Raises NotFound, Invalid."""
    row = opened(session, by, key)
    if every not in ("", *EVERY):
        raise errors.Invalid("A report is sent every day, week or month.")
    mine = (ReportReader.report_key == row.key, ReportReader.username == by.username)
    session.execute(delete(ReportReader).where(*mine))
    if every:
        session.add(
            ReportReader(company_id=by.company_id, report_key=row.key, username=by.username, every=every, chosen_at=now)
        )
    session.flush()


def every(session: Session, by: Actor, key: int) -> str:
    """How often the person gets a report by mail; "" for never."""
    mine = (ReportReader.report_key == key, ReportReader.username == by.username)
    return session.execute(select(ReportReader.every).where(*mine)).scalar() or ""


def _may_open(by: Actor, row: Report, followed: Collection[str]) -> bool:
    if row.owner == by.username or by.is_administrator or by.username in row.shared or by.groups & set(row.shared):
        return True
    return row.for_managers and not set(row.question["processes"]).isdisjoint(followed)


def _changeable(session: Session, by: Actor, key: int) -> Report:
    row = session.execute(select(Report).where(Report.key == key).with_for_update()).scalar()
    if row is None or row.company_id != by.company_id or not _may_open(by, row, set(access.followed(session, by))):
        raise errors.NotFound(NO_REPORT)
    if not may_change(by, row):
        raise errors.Forbidden("Only who keeps a report changes it. You can copy it.")
    return row


def _fill(session: Session, by: Actor, row: Report, draft: ReportDraft, now: datetime) -> None:
    name = " ".join(draft.name.split())
    if not name or len(name) > LONGEST_NAME:
        raise _invalid("name", errors.Refusal("A report has a name of 1 to %(most)s characters.", most=LONGEST_NAME))
    _check_sharing(session, by, draft.sharing, row.shared or [])
    answering.asking(session, by, draft.question, now=now)
    row.name, row.question, row.saved_at, row.revision = name, draft.question.stored, now, row.revision + 1
    row.known = answering.label_ids(session, by, draft.question.processes)
    row.shared, row.for_managers = list(draft.sharing.names), draft.sharing.for_managers


def _check_sharing(session: Session, by: Actor, sharing: Sharing, before: Collection[str]) -> None:
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if len(sharing.names) > MOST_SHARED:
        raise _invalid("people", errors.Refusal("Please share with at most %(most)s people and groups.", most=MOST_SHARED))
    for name in sharing.names:
        if name not in company.people and name not in company.groups and name not in before:
            raise _invalid("people", errors.Refusal("There is no person and no group “%(name)s”.", name=name))


def _invalid(place: str, refusal: errors.Refusal) -> errors.Invalid:
    return errors.Invalid(refusal.text, fields={place: [refusal]}, **refusal.values)
