"""What operators did [操作记录], and one operation with its cases: who, what, when, on which cases, what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import access
from engine.definitions import definitions, step_names
from engine.definitions.definitions import Definition
from engine.definitions.languages import telling
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries import paging
from engine.storage.models import Operation, OperationCase, ProcessDefinition, ProcessInstance
from engine.verbs import operated
from engine.verbs.operating import bulk, declared, trying
from engine.verbs.operating.declared import Declared

TROUBLE, WENT_WELL = "trouble", "done"  # what the cases of an operation may be narrowed to
WRONG = (trying.CONFLICT, trying.REFUSED, trying.FAILED)
MOST_REASONS = 3
SeenCase = tuple[str, int]


@dataclass(frozen=True)
class OperationLine:
    """One operation. `process` and `element` are names, as the process has them now; `filter` and `values` are as ordered.

    `labels` are what forms call the variables of the process.
    """

    key: int
    name: str
    username: str
    who: str
    reason: str
    phase: str
    state: str
    total: int
    succeeded: int
    failed: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    changed_by: str
    filter: Mapping[str, Any]
    values: Mapping[str, Any]
    process: str
    steps: Mapping[str, str]
    named: Mapping[str, str]
    labels: Mapping[str, str]
    is_own: bool
    may_steer: bool

    @property
    def is_under_way(self) -> bool:
        """Whether it changes by itself."""
        return self.state == operated.RUNNING

    @property
    def percent(self) -> int:
        """How much of this phase is done."""
        return 100 if self.total == 0 else (self.succeeded + self.failed) * 100 // self.total


@dataclass(frozen=True)
class CaseLine:
    """One case of an operation. `state`: done, conflict, refused, failed, "" for not yet; `told` is what is said of it.

    `case_key` is None for a case that is not there any more, or that the reader may not see. `was_possible` unless the rehearsal said already that it would not be done.
    """

    number: str
    case_key: int | None
    title: str
    state: str
    told: Mapping[str, Any]
    at: datetime | None
    is_foreseen: bool
    was_possible: bool = True


@dataclass(frozen=True)
class OperationPage:
    """An operation with one page of its cases, those that went wrong alone where that is asked.

    `refusals`, of a rehearsal, are what is said of the cases that would not be done, each with how many there are.
    """

    line: OperationLine
    cases: paging.Page[CaseLine]
    refusals: list[tuple[Mapping[str, Any], int]] = field(default_factory=list)


def operations(session: Session, by: Actor, wanted: paging.WantedPage) -> paging.Page[OperationLine]:
    """One page of the log, newest first: all for operators and who reads everything, else one's own."""
    row = Operation
    statement = select(row).where(row.company_id == by.company_id)
    if not (by.operates or by.reads_all):
        statement = statement.where(row.username == by.username)
    rows = session.execute(paging.newest_first(statement, row.key, wanted)).scalars().all()
    return paging.page([_line(session, by, each) for each in rows], wanted, lambda line: (line.key,))


def one(session: Session, by: Actor, key: int, wanted: paging.WantedPage, *, only: str = "") -> OperationPage:
    """One operation with its cases in the order in which they are done. `only`: trouble, done, or "" for all. Raises NotFound, Invalid."""
    row = session.get(Operation, key)
    if row is None or row.company_id != by.company_id or not bulk.may_read(by, row):
        raise errors.NotFound(bulk.NONE)
    if only not in ("", TROUBLE, WENT_WELL):
        raise errors.Invalid("The cases of an operation cannot be narrowed by “%(only)s”.", only=only[:40])
    case = OperationCase
    column = case.foreseen if row.phase == operated.REHEARSAL else case.result
    statement = select(case).where(case.operation_key == key)
    if only == TROUBLE:
        statement = statement.where(column.in_(WRONG))
    elif only == WENT_WELL:
        statement = statement.where(column == trying.SUCCEEDED)
    cases = session.execute(paging.oldest_first(statement, case.key, wanted)).scalars().all()
    seen = _seen(session, by, [each.instance_key for each in cases])
    page = paging.page(cases, wanted, lambda each: (each.key,))
    rows = [_case(session, each, row.phase == operated.REHEARSAL, seen) for each in page.rows]
    line = _line(session, by, row)
    is_rehearsed = row.phase == operated.REHEARSAL and not line.is_under_way and line.failed > 0
    refusals = _refusals(session, row) if is_rehearsed else []
    return OperationPage(line, paging.Page(rows, page.previous, page.next), refusals)


def _refusals(session: Session, row: Operation) -> list[tuple[Mapping[str, Any], int]]:
    """What is said of the cases that would not be done, what is said of most of them first, no more than `MOST_REASONS`."""
    case, count = OperationCase, func.count()
    wrong = select(case.foretold, count).where(case.operation_key == row.key, case.foreseen.in_(WRONG)).group_by(case.foretold)
    most = wrong.order_by(count.desc(), func.min(case.key)).limit(MOST_REASONS)
    say = telling.saying(session, None)
    return [(_in_words(facts or {}, say), n) for facts, n in session.execute(most)]


def _seen(session: Session, by: Actor, keys: list[int]) -> dict[int, SeenCase]:
    """Of the cases that the reader may see the title, as he is told it, and the version."""
    case = ProcessInstance
    statement = select(case.key, case.title, case.definition_key).where(case.key.in_(keys), access.cases_seen(session, by))
    return {key: (telling.titling(session, version)(title), version) for key, title, version in session.execute(statement)}


def _case(session: Session, row: OperationCase, is_rehearsal: bool, seen: Mapping[int, SeenCase]) -> CaseLine:
    """What is foreseen stands there until something has happened."""
    is_foreseen = is_rehearsal or row.result is None
    state, told = (row.foreseen, row.foretold) if is_foreseen else (row.result, row.told)
    title, version = seen.get(row.instance_key, ("", None))
    key = row.instance_key if version is not None else None
    at = None if is_foreseen else row.at
    facts = _in_words(told or {}, telling.saying(session, version))
    return CaseLine(row.number, key, title, state or "", facts, at, is_foreseen, row.foreseen in (None, "done"))


def _in_words(told: Mapping[str, Any], say: Callable[[str], str]) -> dict[str, Any]:
    """What is said of a case, with its steps as whoever reads is told them."""
    worded = dict(told)
    worded |= {name: [_step(each, say) for each in told[name]] for name in ("at", "unforeseen") if told.get(name)}
    if told.get("stops"):
        worded["stops"] = {**told["stops"], "step": _step(told["stops"]["step"], say)}
    if told.get("end"):
        worded["end"] = say(told["end"])
    return worded


def _step(step: str | Mapping[str, str], say: Callable[[str], str]) -> str | dict[str, str]:
    return say(step) if isinstance(step, str) else {name: say(text) for name, text in step.items()}


def _named(row: Operation, steps: Mapping[str, str], fields: Mapping[str, Declared], company: Organisation) -> dict[str, str]:
    """What an act was given, where people call it otherwise than it is stored."""
    given = row.values
    named = {name: steps[given[name]] for name in ("place", "target") if given.get(name) in steps}
    if given.get("name") in fields:
        named["name"] = fields[given["name"]].label
    if "person" in given:
        named["person"] = company.name_of(given["person"])
    return named


def _steps(session: Session, row: Operation, newest: Definition | None) -> dict[str, str]:
    """What steps are called: as the newest version says, those that it has no more as the youngest that has them does."""
    steps = dict(step_names.of_steps(newest)) if newest else {}
    named = {row.values.get("place"), row.values.get("target"), row.filter.get("element")} - {None, ""}
    for key in _versions(session, row) if not named <= set(steps) else ():
        if not named <= set(steps):
            steps = {**step_names.of_steps(definitions.by_key(session, key)), **steps}
    return steps


def _versions(session: Session, row: Operation) -> list[int]:
    """The versions by which the cases run or ran, and where these were removed all of the process, the youngest first."""
    case, version = ProcessInstance, ProcessDefinition
    cases = select(OperationCase.instance_key).where(OperationCase.operation_key == row.key)
    of_cases = select(case.definition_key).where(case.key.in_(cases)).distinct()
    of_process = select(version.key).where(
        version.company_id == row.company_id, version.process_id == row.filter.get("process", "")
    )
    return [*session.scalars(of_cases), *session.scalars(of_process.order_by(version.version.desc()))]


def _line(session: Session, by: Actor, row: Operation) -> OperationLine:
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    latest = {each.process_id: each for each in definitions.all_latest(session, by.company_id)}
    of = latest.get(row.filter.get("process", ""))
    steps = _steps(session, row, of)
    fields = declared.fields(of) if of else {}
    return OperationLine(
        key=row.key,
        name=row.name,
        username=row.username,
        who=company.name_of(row.username),
        reason=row.reason,
        phase=row.phase,
        state=row.state,
        total=row.total,
        succeeded=row.succeeded,
        failed=row.failed,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        changed_by=company.name_of(row.changed_by) if row.changed_by else "",
        filter=row.filter,
        values=row.values,
        process=of.title if of else row.filter.get("process", ""),
        steps=steps,
        named=_named(row, steps, fields, company),
        labels={name: each.label for name, each in fields.items()},
        is_own=row.username == by.username,
        may_steer=bulk.may_steer(by, row),
    )
