"""A report as a spreadsheet that goes with its letter, in the reader's language; figures are numbers, to be worked with on."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from engine.announcing.wording import Attached
from engine.files import spreadsheets
from engine.reporting import letters
from engine.reporting.answering import Asking, Figures, ReportAnswer

HOUR = 3600
SHARES = ("share", "in_time")


def sheet(name: str, asked: Asking, answer: ReportAnswer, language: str) -> Attached:
    """All lines and the total of an answer, as the page's own file has them; `name` is the report's."""
    said = letters.SAID[language]
    head = [letters.group(each, said) for each in asked.groups]
    for measure in answer.question.measures:
        told = letters.measure(measure, answer, said)
        told = said["in_hours"].format(measure=told) if _is_time(measure) else told
        head.append(told)
        if answer.earlier is not None:
            head.append(f"{told} · {said['than_' + answer.question.compare]}")
    with spreadsheets.write(name, head or [said["all"]], _rows(answer, said), zone=asked.zone) as file:
        return Attached(f"{name}.xlsx", spreadsheets.XLSX, base64.b64encode(file.read()).decode())


def _rows(answer: ReportAnswer, said: dict[str, str]) -> Iterator[list[Any]]:
    for line in answer.lines:
        yield [*letters.names(answer, line, said), *_numbers(answer, line.figures, line.before)]
    names = [said["all"], *("" for _name in answer.question.group[1:])] if answer.question.group else []
    yield [*names, *_numbers(answer, answer.total, answer.total_before)]


def _numbers(answer: ReportAnswer, now: Figures, before: Figures | None) -> Iterator[Decimal | None]:
    for place, name in enumerate(answer.question.measures):
        yield _number(name, now[place])
        if answer.earlier is not None:
            yield _number(name, before[place] if before is not None else None)


def _number(name: str, value: Decimal | None) -> Decimal | None:
    if value is None:
        return None
    if name in SHARES:
        return spreadsheets.Share(round(value, 4))
    return round(value / HOUR, 2) if _is_time(name) else round(value, 4)


def _is_time(name: str) -> bool:
    return name.startswith("duration")
