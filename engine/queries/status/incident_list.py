"""The list of incidents [异常]: what stopped and needs a person, of cases and of what came from outside and never became one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, undefer

from engine import errors
from engine.cases.lines import words
from engine.cases.personal import secret_data, secret_titles
from engine.cases.rights import access, barring, keepers
from engine.definitions import definitions
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries import paging
from engine.storage.models import Incident, ProcessInstance

STATES = ("open", "resolved")
COUNT_CAP = 100
OWN_WAYS = ("mail", "notice_fate")  # kinds without a case that are tried again each in its own way


@dataclass(frozen=True)
class IncidentFilters:
    """`state`: open, resolved, or "" for all; `process` "-" is what belongs to no case, `cause` that of `incident_rows`."""

    search: str = ""
    process: str = ""
    state: str = "open"
    cause: str = ""


@dataclass(frozen=True)
class IncidentLine:
    """One incident; `message` is a message id with `values`. Without `case_key` it belongs to no case.

    `file` is the key of the original that was kept, of an e-mail that could not be taken in. `keepers` are the others, by name,
    who are told of a stopped case and may mend it. `process_id` is that of a process which the person may change, else "".
    """

    key: int
    kind: str
    message: str
    values: Mapping[str, Any]
    state: str
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    case_key: int | None
    number: str
    title: str
    process_name: str
    element: str
    may_try: bool
    file: str
    keepers: tuple[str, ...] = ()
    process_id: str = ""

    @property
    def note(self) -> str:
        """What was done about it by hand."""
        return str(self.values.get("note") or "")


def incidents(
    session: Session, by: Actor, filters: IncidentFilters, wanted: paging.WantedPage, *, now: datetime
) -> paging.Page[IncidentLine]:
    """One page of the incidents of the processes that the person follows, newest first; four statements.

    Administrators, operators and auditors see those without a case too. What a message quotes of a case is masked, of a secret one withheld.
    """
    row, case = Incident, ProcessInstance
    statement = select(row, case).outerjoin(case, case.key == row.instance_key).options(undefer(case.tokens))
    statement = statement.where(within(session, by), *_conditions(session, by, filters, now))
    rows = session.execute(paging.newest_first(statement, row.key, wanted)).all()
    return paging.page(lines(session, by, rows, now=now), wanted, lambda line: (line.key,))


def of_cases(
    session: Session, by: Actor, conditions: Iterable[ColumnElement[bool]], most: int, *, now: datetime
) -> list[IncidentLine]:
    """What stopped in the cases for which the conditions hold, the longest ago first; four statements."""
    row, case = Incident, ProcessInstance
    statement = select(row, case).join(case, case.key == row.instance_key).options(undefer(case.tokens))
    statement = statement.where(row.state == "open", *conditions).order_by(row.key).limit(most)
    return lines(session, by, session.execute(statement), now=now)


def lines(session: Session, by: Actor, rows: Iterable[Any], *, now: datetime) -> list[IncidentLine]:
    """Rows of incidents with their cases (or None) as the person sees them; what they quote is masked."""
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    managed = None if by.operates else set(access.managed(session, by))
    told = list(rows)
    processes = {case.process_id for _row, case in told if case}
    closed = secret_data.closed_among(session, by, [case.key if case else None for _row, case in told], now=now)
    kept_by = keepers.by_process(session, company, processes) if processes else {}
    changeable = managed if managed is not None else {each for each in processes if access.may_manage(session, by, each)}
    shown = [
        replace(
            _line(session, company, managed, row, case, _shown(session, closed, row, case, now)),
            process_id=case.process_id if case and case.process_id in changeable else "",
            keepers=tuple(company.name_of(each) for each in (kept_by[case.process_id] if case else ()) if each != by.username),
        )
        for row, case in told
    ]
    return secret_titles.covered(session, by, shown, case="case_key", now=now)


def count(session: Session, by: Actor) -> int:
    """How many are open, at most `COUNT_CAP`."""
    some = (
        select(Incident.key)
        .outerjoin(ProcessInstance, ProcessInstance.key == Incident.instance_key)
        .where(within(session, by), Incident.state == "open")
        .limit(COUNT_CAP)
    )
    return int(session.execute(select(func.count()).select_from(some.subquery())).scalar_one())


def within(session: Session, by: Actor) -> ColumnElement[bool]:
    """The condition on `Incident`, joined with its case if it has one, for those that the person sees."""
    mine = Incident.company_id == by.company_id
    free = mine & barring.free(session, by, Incident.instance_key)
    return free if by.operates or by.reads_all else free & ProcessInstance.process_id.in_(access.followed(session, by))


def _conditions(session: Session, by: Actor, filters: IncidentFilters, now: datetime) -> Iterator[ColumnElement[bool]]:
    case = ProcessInstance
    if filters.search:
        yield secret_titles.found(session, by, filters.search, words.in_case(filters.search), now=now)
    if filters.process == "-":
        yield Incident.instance_key.is_(None)
    elif filters.process:
        yield case.process_id == filters.process
    if filters.state and filters.state not in STATES:
        raise errors.Invalid("Incidents cannot be narrowed by “%(state)s”.", state=filters.state[:40])
    if filters.state:
        yield Incident.state == filters.state
    if filters.cause:
        yield Incident.cause == filters.cause


def _shown(
    session: Session, closed: Collection[int], row: Incident, case: ProcessInstance | None, now: datetime
) -> Mapping[str, Any]:
    values: Mapping[str, Any] = row.values or {}
    return secret_data.redaction_within(session, case, closed, now=now).value(values) if case is not None and values else values


def _line(
    session: Session,
    company: Organisation,
    managed: Collection[str] | None,
    row: Incident,
    case: ProcessInstance | None,
    values: Mapping[str, Any],
) -> IncidentLine:
    definition = definitions.by_key(session, case.definition_key) if case else None
    element = definition.program.elements.get(row.element_id or "") if definition else None
    may_act = (
        managed is None or case is None or case.process_id in managed
    )  # those without a case are shown to administrators only
    return IncidentLine(
        row.key,
        row.kind,
        row.message,
        values,
        row.state,
        row.created_at,
        row.resolved_at,
        company.name_of(row.resolved_by),
        case.key if case else None,
        case.number if case else "",
        definition.titled(case.title) if case and definition else "",
        definition.said(case.process_name) if case and definition else "",
        (element.name or element.id) if element else "",
        may_act and row.state == "open" and (case is not None or row.job_key is not None or row.kind in OWN_WAYS),
        str(values.get("file") or ""),
    )
