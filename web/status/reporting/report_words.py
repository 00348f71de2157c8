"""Reports in words: fields, figures, periods, groups, as pages, spreadsheets, papers and letters show them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from engine.files import spreadsheets
from engine.reporting import fields as fields_of
from engine.reporting import letters
from engine.reporting.answering import AnswerLine, Asking, ReportAnswer
from engine.reporting.fields import Fields
from engine.reporting.question import CASES, Question
from engine.reporting.spans import BETWEEN, Span
from engine.reporting.sql import is_by_handler, is_by_state
from web.frame import filters, words

ENDED_AS = ("void", "terminated")
MINUTE, HOUR, DAY = 60, 3600, 86400


def field(name: str, fields: Fields | None = None) -> str:
    """What a field is called; a declared one as its process calls it, of `fields` in the reader's language."""
    known = {
        "started": _("Started"),
        "ended": _("Ended"),
        "process": _("Process"),
        "state": _("State"),
        "department": _("Department of the initiator"),
        "initiator": _("Initiator"),
        "element": _("Step"),
        "handler": _("Done by"),
    }
    declared = (fields or {}).get(name)
    return known.get(name) or (declared.said if declared else name.removeprefix(fields_of.DECLARED))


def unit(name: str) -> str:
    """By what days are grouped."""
    known = {"day": _("by day"), "week": _("by week"), "month": _("by month"), "quarter": _("by quarter"), "year": _("by year")}
    return known[name]


def group(name: str, fields: Fields) -> str:
    """A field with the unit it is grouped by."""
    asked = fields_of.asked(name, fields)
    if asked is None or not asked.unit:
        return field(name, fields)
    return _("%(field)s, %(unit)s", field=field(asked.field.name, fields), unit=unit(asked.unit))


def groups(fields: Fields) -> list[tuple[str, str]]:
    """All that may be grouped by, as a list to choose from."""
    groups_offered = []
    for name, each in fields.items():
        if each.kind == "moment":
            groups_offered += [(f"{name}/{unit_}", group(f"{name}/{unit_}", fields)) for unit_ in fields_of.UNITS]
        elif each.kind != "number" and not each.is_personal:
            groups_offered.append((name, field(name, fields)))
    return groups_offered


def measure(name: str, of: str = CASES, labels: Mapping[str, str] | None = None) -> str:
    """What a figure is called; `labels` are those of fields in the reader's language."""
    how, colon, label = name.partition(":")
    label = (labels or {}).get(label, label)
    if colon:
        return _("%(field)s, sum", field=label) if how == "sum" else _("%(field)s, average", field=label)
    known = {
        "count": _("Number of cases") if of == CASES else _("Number of steps"),
        "share": _("Share"),
        "in_time": _("In time"),
        "duration.median": _("Usual time taken"),
        "duration.average": _("Average time taken"),
    }
    return known.get(name, name)


def measures(fields: Fields, of: str) -> list[tuple[str, str]]:
    """All figures, as a list to choose from."""
    names = [*fields_of.PLAIN, *(f"{how}:{each.label}" for each in fields.values() for how in fields_of.worked_out(each))]
    labels = {each.label: each.said for each in fields.values()}
    return [(name, measure(name, of, labels)) for name in names]


def periods() -> list[tuple[str, str]]:
    """The periods to choose from."""
    return [
        ("this_week", _("This week")),
        ("last_week", _("Last week")),
        ("this_month", _("This month")),
        ("last_month", _("Last month")),
        ("this_quarter", _("This quarter")),
        ("last_quarter", _("Last quarter")),
        ("this_year", _("This year")),
        ("last_year", _("Last year")),
        ("last_30_days", _("The last 30 days")),
        ("last_90_days", _("The last 90 days")),
        ("last_12_months", _("The last 12 months")),
        ("all", _("All time")),
    ]


def period(asked: Question) -> str:
    """A period in words."""
    first, between, last = asked.period.partition(BETWEEN)
    return (
        _("%(first)s to %(last)s", first=filters.day(first), last=filters.day(last))
        if between
        else dict(periods())[asked.period]
    )


def days(span: Span | None) -> str:
    """From which day to which."""
    return _("%(first)s to %(last)s", first=filters.day(span.first), last=filters.day(span.last)) if span else _("All time")


def compared(asked: Question) -> str:
    """What the period is compared with."""
    return {"before": _("the period before"), "last_year": _("the year before")}.get(asked.compare, "")


def by(asked: Question) -> str:
    """Which moment of a case or step is in the period."""
    if asked.of == CASES:
        return _("cases started") if asked.by == "started" else _ended(asked)
    return _("steps begun") if asked.by == "started" else _("steps done")


def _ended(asked: Question) -> str:
    """What ended, and how: what was cancelled is not concluded."""
    if asked.state == "completed":
        return _("cases concluded")
    return _("cases ended by a cancellation, by force or as void") if asked.state == "cancelled" else _("cases ended, however")


def timed(asked: Question) -> str:
    """Which cases times are of, where the question does not say how they ended; "" where it does, or for none."""
    has_times = any(kind(each) == "time" or each == "in_time" for each in asked.measures)
    if asked.of != CASES or not has_times or is_by_state(asked):
        return ""
    return _("times and “in time” count concluded cases only")


def named(line: AnswerLine, place: int, asked: Question) -> str:
    """The name of a line's group; a word where it has none."""
    key = line.keys[place]
    if key is None or not line.names[place]:
        return _("not claimed") if asked.group[place] == "handler" else _("not said")
    if asked.group[place] == "state":
        return _("open") if key == "open" else words.state(key, key if key in ENDED_AS else None)
    return line.names[place]


def chosen(line: AnswerLine, place: int, asked: Asking) -> str:
    """What a line's group is, with what it is grouped by."""
    group_ = group(asked.question.group[place], asked.fields)
    return _("%(group)s: %(name)s", group=group_, name=named(line, place, asked.question))


def figure(name: str, value: Decimal | None) -> str:
    """A figure as it is read: a number, a share in per cent, a time taken."""
    if value is None:
        return _("none")
    if kind(name) == "share":
        return f"{value * 100:.1f}%"
    if kind(name) == "time":
        return time_taken(value)
    return letters.number(value)


def kind(name: str) -> str:
    """What a figure is: number, share or time."""
    if name in ("share", "in_time"):
        return "share"
    return "time" if name.startswith("duration") else "number"


def time_unit(longest: Decimal) -> tuple[int, str]:
    """In what an axis of times is divided, that people read it: how many seconds one is, and how it is called."""
    if longest >= DAY:
        return DAY, _("days")
    return (HOUR, _("hours")) if longest >= 2 * HOUR else (MINUTE, _("minutes"))


def cell(name: str, value: Decimal | None) -> Any:
    """A figure for a spreadsheet: shares as fractions of one, shown as per cent, times in hours."""
    if value is None:
        return None
    if kind(name) == "share":
        return spreadsheets.Share(round(value, 4))
    return round(value / HOUR, 2) if kind(name) == "time" else round(value, 4)


def measure_of_cell(name: str, answer: ReportAnswer) -> str:
    """The head of a spreadsheet's column."""
    called = measure(name, answer.question.of, answer.labels)
    return _("%(measure)s (hours)", measure=called) if kind(name) == "time" else called


def time_taken(seconds: Decimal) -> str:
    """A time taken in its two largest units."""
    whole = int(seconds)
    if whole >= DAY:
        return _("%(days)s d %(hours)s h", days=whole // DAY, hours=whole % DAY // HOUR)
    if whole >= HOUR:
        return _("%(hours)s h %(minutes)s min", hours=whole // HOUR, minutes=whole % HOUR // MINUTE)
    return _("%(n)s min", n=max(1, whole // MINUTE) if whole else 0)


def change(name: str, now: Decimal | None, before: Decimal | None) -> str | None:
    """By how much a figure grew, in per cent, a share in points; None where one of the two is not there."""
    if now is None or before is None:
        return None
    if kind(name) == "share":
        return _("%(n)s points", n=f"{(now - before) * 100:+.1f}")
    if not before:
        return _("new") if now else _("no change")
    return f"{(now - before) / before * 100:+.1f}%"


def comparison(code: str) -> str:
    """What a condition asks of a field."""
    known = {"is": _("is"), "not": _("is not"), "has": _("contains"), "from": _("from"), "to": _("to"), "empty": _("is empty")}
    return known[code]


def shown(code: str) -> str:
    """How a report is shown."""
    return {"table": _("Table"), "bars": _("Bars"), "line": _("Line chart"), "heat": _("Heat map")}[code]


def every(code: str) -> str:
    """How often a report is sent."""
    known = {
        "day": _("every working day"),
        "week": _("first working day of the week"),
        "month": _("first working day of the month"),
        "first_monday": _("first Monday of the month, after a holiday the next working day"),
    }
    return known.get(code, _("not by mail"))


def caption(asked: Question, answer: ReportAnswer, titles: dict[str, str]) -> str:
    """What the figures are about, in one line."""
    about = filters.listed(titles.get(id, id) for id in asked.processes)
    said = _("%(processes)s · %(by)s %(days)s", processes=about, by=by(asked), days=days(answer.span))
    shared = _("a step counts once for each who did a part of it") if is_by_handler(asked) else ""
    return " · ".join(each for each in (said, timed(asked), shared) if each)
