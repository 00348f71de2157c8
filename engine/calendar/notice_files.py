"""Reading the file of a year's holiday arrangement: the JSON of holiday-cn, or a CSV of days."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine import errors
from engine.basics import json_texts
from engine.errors import Refusal

MAX_BYTES = 1_000_000
MAX_PROBLEMS = 50
MAX_NOTE = 100
YEARS = range(1970, 2170)
COLUMNS = ("date", "is_workday")
NOT_A_NOTICE = "The file is neither the JSON nor the CSV of a year's holiday notice: %(reason)s"
NO_DATE = "Entry %(line)s: “%(text)s” is not a date such as 2027-02-05."
NO_WORD = "Entry %(line)s: “%(text)s” does not say whether people work; write 1 or 0."
TWICE = "Entry %(line)s: %(text)s is there twice."
WORDS = {
    "1": True,
    "true": True,
    "yes": True,
    "班": True,
    "工作日": True,
    "0": False,
    "false": False,
    "no": False,
    "休": False,
    "休息日": False,
}


@dataclass(frozen=True)
class Day:
    """A day that departs from Monday-to-Friday: a holiday, or a make-up workday on a weekend."""

    day: date
    is_workday: bool
    note: str


@dataclass(frozen=True)
class Year:
    """All such days of a year, and whether the official arrangement (调休) is in them.

    `is_whole` is not so for single days at the turn of the year that stand in the neighbouring year's notice.
    """

    year: int
    is_official: bool
    days: tuple[Day, ...]
    is_whole: bool = True


@dataclass(frozen=True)
class _Entry:
    """One day as it stands in the file, unchecked."""

    line: int
    date: str
    is_workday: bool | None
    word: str
    note: str


def is_json(content: bytes) -> bool:
    """Whether this is a whole year's notice in JSON, not a list of days in CSV."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))


def read_notice(content: bytes) -> list[Year]:
    """The years of a notice's file. Raises Invalid with all wrong entries under `fields["file"]`."""
    if len(content) > MAX_BYTES:
        raise errors.Invalid(NOT_A_NOTICE, reason="> 1 MB")
    try:
        main, entries = _json(json_texts.read(_text(content))) if is_json(content) else (None, list(_csv(_text(content))))
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error, errors.Invalid) as error:
        raise errors.Invalid(NOT_A_NOTICE, reason=str(error)[:200]) from error
    days = _days(entries)
    if not days:
        raise errors.Invalid(NOT_A_NOTICE, reason="0")
    years = sorted({each.day.year for each in days})
    return [Year(year, True, tuple(each for each in days if each.day.year == year), main in (None, year)) for year in years]


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")  # as spreadsheet programs save it in China


def _json(data: Any) -> tuple[int | None, list[_Entry]]:
    """The year that the notice is for, if it says so, and its entries."""
    main, listed = (data.get("year"), data["days"]) if isinstance(data, Mapping) else (None, data)
    entries = []
    for line, each in enumerate(listed, start=1):
        is_off = each.get("isOffDay")
        is_workday = not is_off if isinstance(is_off, bool) else None
        entries.append(_Entry(line, str(each.get("date", "")), is_workday, str(is_off), str(each.get("name") or "")))
    return (main if isinstance(main, int) else None), entries


def _csv(text: str) -> Iterator[_Entry]:
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(", ".join(missing))
    for line, row in enumerate(rows, start=1):
        word = (row["is_workday"] or "").strip()
        yield _Entry(line, (row["date"] or "").strip(), WORDS.get(word.lower()), word, row.get("note") or "")


def _days(entries: Iterable[_Entry]) -> list[Day]:
    problems: list[Refusal] = []
    days: dict[date, Day] = {}
    for entry in entries:
        day = _date(entry.date)
        if day is None:
            problems.append(Refusal(NO_DATE, line=entry.line, text=entry.date[:40]))
        elif entry.is_workday is None:
            problems.append(Refusal(NO_WORD, line=entry.line, text=entry.word[:40]))
        elif day in days:
            problems.append(Refusal(TWICE, line=entry.line, text=entry.date))
        else:
            days[day] = Day(day, entry.is_workday, entry.note.strip()[:MAX_NOTE])
    if problems:
        raise errors.Invalid(NOT_A_NOTICE, reason=problems[0], fields={"file": problems[:MAX_PROBLEMS]})
    return sorted(days.values(), key=lambda each: each.day)


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None
