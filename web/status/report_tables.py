"""A report's answer as the table and the charts of its page, and as the rows of its spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from engine.reporting.answering import Answer, Figures, Keys, Line
from engine.reporting.fields import Fields
from web.status import report_words

MOST_SERIES, MOST_STEPS, MOST_COLUMNS = 8, 40, 12


@dataclass(frozen=True)
class Cell:
    """A figure of the table; `keys` lead to what it counts, None where nothing stands behind it."""

    words: str
    keys: Keys | None = None
    is_quiet: bool = False


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    names: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """`names` head the groups, `heads` the figures; `total` is None for a table of pairs, `is_crossed`: the second field across."""

    names: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Row | None
    is_crossed: bool = False


def table(found: Answer, fields: Fields) -> Table:
    """The table behind the chart: two fields and one figure make a crossed one, if it is not too wide."""
    asked = found.question
    names = tuple(report_words.group(each, fields) for each in asked.group)
    across = list(dict.fromkeys(each.keys[1] for each in found.lines)) if len(names) == 2 else []
    if 0 < len(across) <= MOST_COLUMNS and len(asked.measures) == 1 and found.earlier is None:
        return _crossed(found, names, sorted(across, key=lambda key: _order(found, key)))
    rows = tuple(Row(_names(found, line), _cells(found, line.figures, line.before, line.keys)) for line in found.lines)
    words = (_("All"), *("" for _name in names[1:])) if names else ()
    total = Row(words, _cells(found, found.total, found.total_before, ()))
    return Table(names, tuple(_heads(found)), rows, total)


def _order(found: Answer, key: str | None) -> tuple[bool, int, str]:
    if "/" in found.question.group[1]:
        return key is None, 0, key or ""
    return key is None, -sum(int(line.figures[0] or 0) for line in found.lines if line.keys[1] == key), key or ""


def _heads(found: Answer) -> Iterator[str]:
    for name in found.question.measures:
        yield report_words.measure(name, found.question.of, found.labels)
        if found.earlier is not None:
            yield report_words.compared(found.question)
            yield _("Growth")


def _cells(found: Answer, now: Figures, before: Figures | None, keys: Keys) -> tuple[Cell, ...]:
    return tuple(_pairs(found, now, before, keys))


def _pairs(found: Answer, now: Figures, before: Figures | None, keys: Keys) -> Iterator[Cell]:
    for place, name in enumerate(found.question.measures):
        leads = keys if name == "count" and now[place] else None
        yield Cell(report_words.figure(name, now[place]), leads)
        if found.earlier is not None:
            then = before[place] if before is not None else None
            yield Cell(report_words.figure(name, then), is_quiet=True)
            yield Cell(report_words.change(name, now[place], then), is_quiet=True)


def _names(found: Answer, line: Line) -> tuple[str, ...]:
    return tuple(report_words.named(line, place, found.question) for place in range(len(line.keys)))


def _crossed(found: Answer, names: tuple[str, ...], across: list[str | None]) -> Table:
    by_keys = {line.keys: line for line in found.lines}
    heads = {line.keys[1]: report_words.named(line, 1, found.question) for line in found.lines}
    down = {line.keys[0]: report_words.named(line, 0, found.question) for line in found.lines}
    rows = tuple(Row((words,), tuple(_cell(found, by_keys.get((key, each))) for each in across)) for key, words in down.items())
    called = f"{names[0]} · {report_words.measure(found.question.measures[0], found.question.of, found.labels)}"
    return Table((called,), tuple(heads[key] for key in across), rows, None, is_crossed=True)


def _cell(found: Answer, line: Line | None) -> Cell:
    name = found.question.measures[0]
    if line is None:
        return Cell(report_words.figure(name, Decimal(0) if name in ("count", "share") else None), is_quiet=True)
    return Cell(report_words.figure(name, line.figures[0]), line.keys if name == "count" and line.figures[0] else None)


def charts(found: Answer, fields: Fields) -> list[dict[str, str]]:
    """What the charts draw, one for each figure: `label` tells them to who does not see them, `data` is JSON."""
    asked = found.question
    if asked.show == "table" or not found.lines:
        return []
    made = []
    for place, name in enumerate(asked.measures):
        if all(line.figures[place] is None for line in found.lines):
            continue  # a frame without anything in it says less than the table
        called = report_words.measure(name, asked.of, found.labels)
        groups = ", ".join(report_words.group(each, fields) for each in asked.group)
        label = _("Chart: %(measure)s by %(groups)s. The table below holds the same figures.", measure=called, groups=groups)
        seconds, unit = report_words.time_unit(_longest(found, place))
        kind = report_words.kind(name)
        data = {"show": asked.show, "kind": kind, "unit": unit, "title": called, **_series(found, place, seconds)}
        made.append({"title": called, "label": label, "data": json.dumps(data, ensure_ascii=False)})
    return made


def _longest(found: Answer, place: int) -> Decimal:
    """The greatest figure of a chart, of this period and of that before."""
    figures = [each for line in found.lines for each in (line.figures, line.before) if each is not None]
    return max((each[place] or Decimal(0) for each in figures), default=Decimal(0))


def is_cut(found: Answer) -> bool:
    """Whether a chart draws less than the table holds."""
    if found.question.show == "table":
        return False
    steps = {line.keys[0] for line in found.lines}
    return len(steps) > MOST_STEPS or len({line.keys[1:] for line in found.lines}) > _most_series(found)


def _most_series(found: Answer) -> int:
    return MOST_STEPS if found.question.show == "heat" else MOST_SERIES


def _series(found: Answer, place: int, seconds: int) -> dict[str, Any]:
    """The steps along the axis with a value for each; times in units of so many seconds."""
    asked = found.question
    name = asked.measures[place]
    steps = list({line.keys[0]: report_words.named(line, 0, asked) for line in found.lines}.items())[:MOST_STEPS]
    if len(asked.group) == 1:
        by_key = {line.keys[0]: line for line in found.lines}
        series = [_one(_("this period"), [_drawn(name, by_key[key].figures, place, seconds) for key, _words in steps])]
        if found.earlier is not None:
            then = [_drawn(name, by_key[key].before, place, seconds) for key, _words in steps]
            series.append(_one(report_words.compared(asked), then))
    else:
        across = sorted({line.keys[1]: line for line in found.lines}.items(), key=lambda each: _order(found, each[0]))
        by_keys = {line.keys: line.figures for line in found.lines}
        series = [
            _one(
                report_words.named(line, 1, asked),
                [_drawn(name, by_keys.get((step, key)), place, seconds) for step, _words in steps],
            )
            for key, line in across[: _most_series(found)]
        ]
    return {"steps": [words for _key, words in steps], "series": series}


def _one(name: str, values: list[Any]) -> dict[str, Any]:
    return {"name": name, "values": [each[0] for each in values], "words": [each[1] for each in values]}


def _drawn(name: str, figures: Figures | None, place: int, seconds: int) -> tuple[float | None, str]:
    """A figure as it is drawn, shares in per cent and times in units of so many seconds, and as it is read."""
    value = figures[place] if figures is not None else (Decimal(0) if name in ("count", "share") else None)
    scale = {"share": Decimal(100), "time": 1 / Decimal(seconds)}.get(report_words.kind(name), Decimal(1))
    return (None if value is None else round(float(value * scale), 4)), report_words.figure(name, value)


def sheet(found: Answer, fields: Fields) -> tuple[list[str], Iterator[list[Any]]]:
    """The head and the rows of a spreadsheet, figures as numbers."""
    asked = found.question
    head = [report_words.group(each, fields) for each in asked.group]
    for name in asked.measures:
        head.append(report_words.measure_of_cell(name, found))
        if found.earlier is not None:
            head.append(f"{report_words.measure(name, asked.of, found.labels)} · {report_words.compared(asked)}")
    return head or [_("All")], _sheet_rows(found)


def _sheet_rows(found: Answer) -> Iterator[list[Any]]:
    for line in found.lines:
        yield [*_names(found, line), *_numbers(found, line.figures, line.before)]
    names = [_("All"), *("" for _name in found.question.group[1:])] if found.question.group else []
    yield [*names, *_numbers(found, found.total, found.total_before)]


def _numbers(found: Answer, now: Figures, before: Figures | None) -> Iterator[Any]:
    for place, name in enumerate(found.question.measures):
        yield report_words.cell(name, now[place])
        if found.earlier is not None:
            yield report_words.cell(name, before[place] if before is not None else None)
