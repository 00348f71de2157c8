"""Reports that come with a company's folder: workflows/<company>/reports.toml, checked against what its processes declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import toml_texts
from engine.definitions import definitions
from engine.people import actors
from engine.reporting import answering, fields, question, reports
from engine.reporting.question import Question
from engine.storage import keys
from engine.storage.models import Report

FILE = "reports.toml"
FAULT = "%(file)s: %(what)s"
OWN = ("id", "name")


@dataclass(frozen=True)
class Shipped:
    """A [[report]]: `id` names it from one deployment to the next, `name` is what people read."""

    id: str
    name: str
    question: Question


def read(path: Path) -> tuple[Shipped, ...] | None:
    """The reports of a file; None where there is none. Raises Invalid naming the report and what is wrong in it."""
    if not path.is_file():
        return None
    try:
        raw = toml_texts.read(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise errors.Invalid(FAULT, file=path.name, what=str(error)) from error
    shipped_reports = tuple(_report(path.name, each) for each in _tables(path.name, raw))
    ids = [each.id for each in shipped_reports]
    for id in ids:
        if ids.count(id) > 1:
            raise errors.Invalid(FAULT, file=path.name, what=f"{id} stands twice")
    return shipped_reports


def apply(session: Session, company_id: str, shipped_reports: Sequence[Shipped] | None, *, now: datetime) -> int:
    """Stores the reports of a folder, and removes those that it names no more; says how many there are.

    They belong to nobody and are open to all who follow one of their processes. A second time it changes nothing.
    Raises Invalid for one that asks for a process or field that there is not.
    """
    if shipped_reports is None:
        return 0
    rows = session.execute(select(Report).where(Report.company_id == company_id, Report.shipped.is_not(None))).scalars()
    there = {str(row.shipped): row for row in rows}
    for each in shipped_reports:
        _require_known(session, company_id, each)
        _store(session, company_id, there.pop(each.id, None), each, now)
    for row in there.values():
        reports.drop(session, row)
    return len(shipped_reports)


def text(session: Session, company_id: str) -> str:
    """The file from which `apply` makes what is there; "" for nothing."""
    mine = (Report.company_id == company_id, Report.shipped.is_not(None))
    rows = session.execute(select(Report).where(*mine).order_by(Report.shipped)).scalars().all()
    return toml_texts.dumps({"report": [_said(row) for row in rows]}) if rows else ""


def _tables(file: str, raw: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name in raw:
        if name != "report":
            raise errors.Invalid(FAULT, file=file, what=f"unknown setting {name}{question.hint(name, ('report',))}")
    listed = raw.get("report", [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise errors.Invalid(FAULT, file=file, what="report is [[report]]")
    yield from listed


def _report(file: str, raw: Mapping[str, Any]) -> Shipped:
    id, name = (str(raw.get(each, "")) for each in OWN)
    if not id or not 0 < len(name) <= reports.LONGEST_NAME:
        raise errors.Invalid(FAULT, file=file, what=f"{id or name or 'a report'}: id and name")
    for each in raw:
        if each not in (*OWN, *question.NAMES):
            raise errors.Invalid(FAULT, file=file, what=f"{id}: unknown setting {each}{question.hint(each, question.NAMES)}")
    try:
        return Shipped(id, name, question.read({each: value for each, value in raw.items() if each not in OWN}))
    except errors.Invalid as fault:
        raise errors.Invalid(FAULT, file=file, what=f"{id}: {fault}") from fault


def _require_known(session: Session, company_id: str, each: Shipped) -> None:
    there = {definition.process_id: definition for definition in definitions.all_latest(session, company_id)}
    for id in each.question.processes:
        if id not in there:
            what = f"{each.id}: there is no process {id}{question.hint(id, there)}"
            raise errors.Invalid(FAULT, file=FILE, what=what)
    known = fields.known([there[id] for id in each.question.processes], each.question.of)
    for fault in fields.faults(each.question, known, {}):
        raise errors.Invalid(FAULT, file=FILE, what=f"{each.id}: {fault}")


def _store(session: Session, company_id: str, row: Report | None, each: Shipped, now: datetime) -> None:
    known = answering.label_ids(session, actors.SYSTEM(company_id), each.question.processes)
    asked = question.read(row.question) if row is not None else None
    if row is None:
        row = Report(key=keys.new(), company_id=company_id, shipped=each.id, owner=None, revision=0, shared=[])
        session.add(row)
    elif (row.name, asked, row.known) == (each.name, each.question, known):
        return
    row.name, row.question, row.known, row.for_managers = each.name, each.question.stored, known, True
    row.saved_at, row.revision = now, row.revision + 1
    session.flush()


def _said(row: Report) -> dict[str, Any]:
    """What of a report is not as it is unsaid."""
    usual = Question(()).stored
    asked = question.read(row.question).stored
    return {"id": row.shipped, "name": row.name, **{name: value for name, value in asked.items() if value != usual[name]}}
