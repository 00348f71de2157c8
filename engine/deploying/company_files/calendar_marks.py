"""The days that were set by hand on a company's calendars, as one file of its folder: calendar, day, work or off, why."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.calendar import calendars
from engine.deadlines import calendar_changes
from engine.deploying.company_files import origin
from engine.people import organisation
from engine.people.organisation import Organisation
from engine.people.working.named import STANDARD
from engine.storage.models import CalendarDay, Company

FILE = "by_hand.csv"
KIND = "days by hand"
HEAD = ("calendar", "date", "is_workday", "note")
WRONG = "%(file)s, line %(line)s: write %(columns)s, is_workday as 1 or 0."

Marks = dict[str, list[list[Any]]]  # by calendar: day (ISO), whether it is worked, why


def read(home: Path) -> Marks:
    """The marks in a company's folder. Raises Invalid with the line that is wrong."""
    path = home / FILE
    rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"))) if path.is_file() else iter(())
    days: Marks = {}
    for number, row in enumerate(rows, 1):
        if row and tuple(row) != HEAD:
            name, mark = _mark(row, number)
            days.setdefault(name, []).append(mark)
    return {name: sorted(marks) for name, marks in days.items()}


def file(session: Session, company: Organisation) -> dict[str, bytes]:
    """The file, by its name; none where nothing was set by hand."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HEAD)
    there = stored(session, company)
    rows.writerows((name, day, int(is_workday), note) for name, marks in there.items() for day, is_workday, note in marks)
    return {FILE: text.getvalue().encode()} if there else {}


def stored(session: Session, company: Organisation) -> Marks:
    """What is set by hand, by calendar; those without any are left out."""
    names = {calendar_changes.hand_of(company, name): name for name in _names(company)}
    row = CalendarDay
    mine = select(row.calendar, row.day, row.is_workday, row.note).where(row.calendar.in_(names)).order_by(row.day)
    days: Marks = {}
    for each in session.execute(mine):
        days.setdefault(names[each.calendar], []).append([each.day.isoformat(), each.is_workday, each.note])
    return dict(sorted(days.items()))


def apply(session: Session, folder: origin.Folder, company: Organisation, said: Marks, *, now: datetime) -> None:
    """Sets these days, as far as nobody changed them since, and moves what they move. Raises Invalid for an unknown calendar."""
    there = stored(session, company)
    for name in said:
        if name not in _names(company):
            raise errors.Invalid("%(file)s: there is no working calendar %(name)s.", file=FILE, name=name)
    with calendar_changes.moving(session, Company.id == company.id, now=now):
        for name, marks in said.items():
            if folder.take(KIND, name, {"days": marks}, {"days": there.get(name, [])}, since={"days": []}):
                _put(session, calendar_changes.hand_of(company, name), there.get(name, []), marks)
                organisation.changed(session, company.id)


def _put(session: Session, hand: str, before: Iterable[list[Any]], marks: Iterable[list[Any]]) -> None:
    calendars.set_days(session, hand, {date.fromisoformat(day): None for day, *_rest in before}, "")
    for day, is_workday, note in marks:
        calendars.set_days(session, hand, {date.fromisoformat(day): is_workday}, note)


def _names(company: Organisation) -> list[str]:
    return [STANDARD, *(name for name, each in company.calendars.items() if name == each.name)]


def _mark(row: list[str], number: int) -> tuple[str, list[Any]]:
    try:
        name, day, is_workday, note = row
        return name, [date.fromisoformat(day).isoformat(), {"1": True, "0": False}[is_workday], note]
    except (ValueError, KeyError) as error:
        told: Mapping[str, Any] = {"file": FILE, "line": number, "columns": ", ".join(HEAD)}
        raise errors.Invalid(WRONG, **told) from error
