"""The days of a company's working calendar as files in its folder, a year each: what people imported, not what is computed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.calendar import calendars, notice_files
from engine.calendar.notice_files import Day
from engine.deadlines import calendar_changes
from engine.deploying.company_files import origin
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import CalendarDay, CalendarYear

FOLDER = "calendar"
KIND = "calendar year"


def read(workflows: Path, company_id: str) -> dict[str, bytes]:
    """The files in a company's folder, by name."""
    paths = sorted((workflows / company_id / FOLDER).glob("[0-9]*.*"))
    return {path.name: path.read_bytes() for path in paths if path.suffix in (".json", ".csv")}


def files(session: Session, company: Organisation) -> dict[str, bytes]:
    """The files of the company's years, by name: JSON for a year that is settled, CSV for single days of its own."""
    return {f"{year}.{'json' if whole else 'csv'}": _text(year, days, whole) for year, days, whole in _years(session, company)}


def apply(session: Session, folder: origin.Folder, company: Organisation, given: Mapping[str, bytes], *, now: datetime) -> bool:
    """Takes the years of these files as the company's own days, as far as nobody changed them since; tells whether it did.

    Raises Invalid with what is wrong in a file.
    """
    there = {str(year): _said(days, whole) for year, days, whole in _years(session, company)}
    by = Actor(company.id, "", "", is_administrator=True)
    is_changed = False
    for name, content in sorted(given.items()):
        year = name.partition(".")[0]
        days = [day for each in notice_files.read_notice(content) for day in each.days]
        if folder.take(KIND, year, _said(days, notice_files.is_json(content)), there.get(year)):
            calendar_changes.import_notice(session, by, company.calendar, content, now=now)
            is_changed = True
    return is_changed


def _years(session: Session, company: Organisation) -> Iterator[tuple[int, list[Day], bool]]:
    """Year, all its days, and whether it is settled; of the years for which anything was imported."""
    own = calendars.of_company(company.calendar, company.id)
    of = (company.calendar, own)
    mine = or_(CalendarDay.calendar == own, CalendarDay.source == calendars.IMPORTED)
    imported = {
        day.year for day in session.execute(select(CalendarDay.day).where(CalendarDay.calendar.in_(of), mine)).scalars()
    }
    marks = select(CalendarYear.calendar, CalendarYear.year, CalendarYear.is_official).where(CalendarYear.calendar.in_(of))
    official = {(row.calendar, row.year) for row in session.execute(marks) if row.is_official}
    every = session.execute(select(CalendarDay).where(CalendarDay.calendar.in_(of))).scalars().all()
    rows = [row for row in every if row.calendar == own or (own, row.day.year) not in official]
    days: dict[date, Day] = {
        row.day: Day(row.day, row.is_workday, row.note) for row in sorted(rows, key=lambda each: each.calendar == own)
    }
    for year in sorted(imported):
        of_year = sorted((each for each in days.values() if each.day.year == year), key=lambda each: each.day)
        yield year, of_year, any((each, year) in official for each in of)


def _said(days: list[Day], whole: bool) -> dict[str, Any]:
    return {"settled": whole, "days": [[each.day.isoformat(), each.is_workday, each.note] for each in days]}


def _text(year: int, days: list[Day], whole: bool) -> bytes:
    if whole:
        listed = [{"name": each.note, "date": each.day.isoformat(), "isOffDay": not each.is_workday} for each in days]
        return (json.dumps({"year": year, "days": listed}, ensure_ascii=False, indent=2) + "\n").encode()
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("date", "is_workday", "note"))
    rows.writerows((each.day.isoformat(), int(each.is_workday), each.note) for each in days)
    return text.getvalue().encode()
