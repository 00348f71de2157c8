"""A report's answer as the table and the charts of its page, and as the rows of its spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from engine.reporting.answering import AnswerLine, Figures, Keys, ReportAnswer
from engine.reporting.fields import Fields
from web.frame import filters
from web.status.reporting import report_words

MOST_SERIES, MOST_STEPS, MOST_COLUMNS = 8, 40, 12
NOW, THEN, GREW = "now", "then", "grew"


@dataclass(frozen=True)
class Cell:
    """A figure of the table; `keys` lead to what it counts, None where nothing stands behind it."""

    words: str
    keys: Keys | None = None
    is_quiet: bool = False


@dataclass(frozen=True)
class ReportColumn:
    """A column of the table: a figure by its place among the measures, `NOW`, `THEN` in the period before, or how it `GREW`."""

    place: int
    name: str
    of: str = NOW

    def cell(self, now: Figures, before: Figures | None, keys: Keys) -> Cell:
        """What stands in one line."""
        here, then = now[self.place], before[self.place] if before is not None else None
        if self.of == GREW:
            return Cell(report_words.change(self.name, here, then) or _("not comparable"), is_quiet=True)
        if self.of == THEN:
            return Cell(report_words.figure(self.name, then), is_quiet=True)
        leads = keys if self.name == "count" and here else None
        return Cell(report_words.figure(self.name, here), leads, is_quiet=here is None)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    names: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class ReportTable:
    """`names` head the groups, `heads` the figures; `total` is None for a table of pairs, `is_crossed`: the second field across.

    `notes` say what is left out, as there is nothing to show of it.
    """

    names: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Row | None
    is_crossed: bool = False
    notes: tuple[str, ...] = ()


def table(answer: ReportAnswer, fields: Fields) -> ReportTable:
    """The table behind the chart: two fields and one figure make a crossed one, if it is not too wide."""
    asked = answer.question
    names = tuple(report_words.group(each, fields) for each in asked.group)
    across = list(dict.fromkeys(each.keys[1] for each in answer.lines)) if len(names) == 2 else []
    if 0 < len(across) <= MOST_COLUMNS and len(asked.measures) == 1 and answer.earlier is None:
        return _crossed(answer, names, sorted(across, key=lambda key: _order(answer, key)))
    columns = tuple(_columns(answer))
    rows = tuple(
        Row(_names(answer, line), tuple(each.cell(line.figures, line.before, line.keys) for each in columns))
        for line in answer.lines
    )
    words = (_("All"), *("" for _name in names[1:])) if names else ()
    total = Row(words, tuple(each.cell(answer.total, answer.total_before, ()) for each in columns))
    return ReportTable(names, tuple(_head(answer, each) for each in columns), rows, total, notes=tuple(_notes(answer, columns)))


def _order(answer: ReportAnswer, key: str | None) -> tuple[bool, int, str]:
    if "/" in answer.question.group[1]:
        return key is None, 0, key or ""
    return key is None, -sum(int(line.figures[0] or 0) for line in answer.lines if line.keys[1] == key), key or ""


def _columns(answer: ReportAnswer) -> Iterator[ReportColumn]:
    """All columns in which anything stands."""
    pairs = [(answer.total, answer.total_before), *((line.figures, line.before) for line in answer.lines)]
    told = [
        place for place in range(len(answer.total)) if any(each[place] is not None for pair in pairs for each in pair if each)
    ]
    for place in told or range(len(answer.total)):
        name = answer.question.measures[place]
        yield ReportColumn(place, name)
        if answer.is_compared:
            yield ReportColumn(place, name, THEN)
            if any(report_words.change(name, now[place], then[place]) for now, then in pairs if then):
                yield ReportColumn(place, name, GREW)


def _head(answer: ReportAnswer, column: ReportColumn) -> str:
    if column.of == GREW:
        return _("Growth")
    if column.of == THEN:
        return report_words.compared(answer.question)
    return report_words.measure(column.name, answer.question.of, answer.labels)


def _notes(answer: ReportAnswer, columns: Collection[ReportColumn]) -> Iterator[str]:
    shown = {each.place for each in columns}
    without = [name for place, name in enumerate(answer.question.measures) if place not in shown]
    if without:
        words = filters.listed([report_words.measure(name, answer.question.of, answer.labels) for name in without])
        yield _("Not shown, as there is nothing of it: %(figures)s", figures=words)
    if answer.earlier is not None and not answer.is_compared:
        yield _("Nothing to compare with: there is none of %(period)s", period=report_words.days(answer.earlier))


def _names(answer: ReportAnswer, line: AnswerLine) -> tuple[str, ...]:
    return tuple(report_words.named(line, place, answer.question) for place in range(len(line.keys)))


def _crossed(answer: ReportAnswer, names: tuple[str, ...], across: list[str | None]) -> ReportTable:
    by_keys = {line.keys: line for line in answer.lines}
    heads = {line.keys[1]: report_words.named(line, 1, answer.question) for line in answer.lines}
    down = {line.keys[0]: report_words.named(line, 0, answer.question) for line in answer.lines}
    rows = tuple(
        Row((words,), tuple(_cell(answer, by_keys.get((key, each))) for each in across)) for key, words in down.items()
    )
    called = f"{names[0]} · {report_words.measure(answer.question.measures[0], answer.question.of, answer.labels)}"
    return ReportTable((called,), tuple(heads[key] for key in across), rows, None, is_crossed=True)


def _cell(answer: ReportAnswer, line: AnswerLine | None) -> Cell:
    name = answer.question.measures[0]
    if line is None:
        return Cell(report_words.figure(name, Decimal(0) if name in ("count", "share") else None), is_quiet=True)
    return Cell(report_words.figure(name, line.figures[0]), line.keys if name == "count" and line.figures[0] else None)


def charts(answer: ReportAnswer, fields: Fields) -> list[dict[str, str]]:
    """What the charts draw, one for each figure: `label` tells them to who does not see them, `data` is JSON."""
    asked = answer.question
    if asked.show == "table" or not answer.lines:
        return []
    made = []
    for place, name in enumerate(asked.measures):
        if all(line.figures[place] is None for line in answer.lines):
            continue  # a frame without anything in it says less than the table
        called = report_words.measure(name, asked.of, answer.labels)
        groups = filters.listed(report_words.group(each, fields) for each in asked.group)
        label = _("Chart: %(measure)s by %(groups)s. The table below holds the same figures.", measure=called, groups=groups)
        seconds, unit = report_words.time_unit(_longest(answer, place))
        kind = report_words.kind(name)
        data = {"show": asked.show, "kind": kind, "unit": unit, "title": called, **_series(answer, place, seconds)}
        made.append({"title": called, "label": label, "data": json.dumps(data, ensure_ascii=False)})
    return made


def _longest(answer: ReportAnswer, place: int) -> Decimal:
    """The greatest figure of a chart, of this period and of that before."""
    figures = [each for line in answer.lines for each in (line.figures, line.before) if each is not None]
    return max((each[place] or Decimal(0) for each in figures), default=Decimal(0))


def is_cut(answer: ReportAnswer) -> bool:
    """Whether a chart draws less than the table holds."""
    if answer.question.show == "table":
        return False
    steps = {line.keys[0] for line in answer.lines}
    return len(steps) > MOST_STEPS or len({line.keys[1:] for line in answer.lines}) > _most_series(answer)


def _most_series(answer: ReportAnswer) -> int:
    return MOST_STEPS if answer.question.show == "heat" else MOST_SERIES


def _series(answer: ReportAnswer, place: int, seconds: int) -> dict[str, Any]:
    """The steps along the axis with a value for each; times in units of so many seconds."""
    asked = answer.question
    name = asked.measures[place]
    steps = list({line.keys[0]: report_words.named(line, 0, asked) for line in answer.lines}.items())[:MOST_STEPS]
    if len(asked.group) == 1:
        by_key = {line.keys[0]: line for line in answer.lines}
        series = [_one(_("this period"), [_drawn(name, by_key[key].figures, place, seconds) for key, _words in steps])]
        if answer.is_compared:
            then = [_drawn(name, by_key[key].before, place, seconds) for key, _words in steps]
            series.append(_one(report_words.compared(asked), then))
    else:
        across = sorted({line.keys[1]: line for line in answer.lines}.items(), key=lambda each: _order(answer, each[0]))
        by_keys = {line.keys: line.figures for line in answer.lines}
        series = [
            _one(
                report_words.named(line, 1, asked),
                [_drawn(name, by_keys.get((step, key)), place, seconds) for step, _words in steps],
            )
            for key, line in across[: _most_series(answer)]
        ]
    return {"steps": [words for _key, words in steps], "series": series}


def _one(name: str, values: list[Any]) -> dict[str, Any]:
    return {"name": name, "values": [each[0] for each in values], "words": [each[1] for each in values]}


def _drawn(name: str, figures: Figures | None, place: int, seconds: int) -> tuple[float | None, str]:
    """A figure as it is drawn, shares in per cent and times in units of so many seconds, and as it is read."""
    value = figures[place] if figures is not None else (Decimal(0) if name in ("count", "share") else None)
    scale = {"share": Decimal(100), "time": 1 / Decimal(seconds)}.get(report_words.kind(name), Decimal(1))
    return (None if value is None else round(float(value * scale), 4)), report_words.figure(name, value)


def sheet(answer: ReportAnswer, fields: Fields) -> tuple[list[str], Iterator[list[Any]]]:
    """The head and the rows of a spreadsheet, figures as numbers."""
    asked = answer.question
    head = [report_words.group(each, fields) for each in asked.group]
    for name in asked.measures:
        head.append(report_words.measure_of_cell(name, answer))
        if answer.earlier is not None:
            head.append(f"{report_words.measure_of_cell(name, answer)} · {report_words.compared(asked)}")
    return head or [_("All")], _sheet_rows(answer)


def _sheet_rows(answer: ReportAnswer) -> Iterator[list[Any]]:
    for line in answer.lines:
        yield [*_names(answer, line), *_numbers(answer, line.figures, line.before)]
    names = [_("All"), *("" for _name in answer.question.group[1:])] if answer.question.group else []
    yield [*names, *_numbers(answer, answer.total, answer.total_before)]


def _numbers(answer: ReportAnswer, now: Figures, before: Figures | None) -> Iterator[Any]:
    for place, name in enumerate(answer.question.measures):
        yield report_words.cell(name, now[place])
        if answer.earlier is not None:
            yield report_words.cell(name, before[place] if before is not None else None)
