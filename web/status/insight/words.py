"""Figures of where it sticks in words: times in working days, shares, what a colour on the diagram stands for."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import format_decimal
from flask_babel import gettext as _

from engine import errors
from engine.queries.insight import extent
from engine.queries.insight.heat import MEASURES, Heat, Side

HOUR, MINUTE = 3600, 60
SHARES = ("overdue", "late", "returns")


def install(app: flask.Flask) -> None:
    """Offers these to templates."""
    app.jinja_env.filters.update(worked=worked, lasted=lasted, share=share)


def worked(seconds: float | None, day_seconds: float) -> str:
    """Working time: 2.5 working days, 3 hours, 20 minutes, less than one; a word where there is none."""
    if seconds is None:
        return _("none")
    return _("%(n)s working days", n=_number(seconds / day_seconds)) if seconds >= day_seconds else _short(seconds)


def lasted(seconds: float | None) -> str:
    """Calendar time: 2.5 days, 3 hours, 20 minutes."""
    if seconds is None:
        return _("none")
    return _("%(n)s calendar days", n=_number(seconds / 86400)) if seconds >= 86400 else _short(seconds)


def share(part: float | None) -> str:
    """A share in per cent; a word where there is nothing to have a share of."""
    if part is None:
        return _("none")
    return _("under 1%%") if 0 < part < 0.01 else f"{round(part * 100)}%"


def measure(given: str) -> str:
    """The measure that an address asks for. Raises Invalid for one that there is not."""
    if given and given not in MEASURES:
        raise errors.Invalid("There is no such measure.")
    return given or MEASURES[0]


def measures() -> dict[str, str]:
    """What the diagram may be coloured by."""
    return {
        "open": _("Open just now"),
        "waiting": _("Waiting now"),
        "median": _("Usual time"),
        "p90": _("Slowest 1 in 10"),
        "overdue": _("Share overdue just now"),
        "late": _("Were late"),
        "returns": _("Redone after return"),
    }


def told(value: float | None, of: str, day_seconds: float) -> str:
    """A value of a measure."""
    if value is None:
        return _("none")
    if of in SHARES:
        return share(value)
    return str(int(value)) if of == "open" else worked(value, day_seconds)


def marks(heat: Heat, of: str) -> dict[str, Any]:
    """For the viewer: the colour of each step by its level, and the figure beside it."""
    levels = heat.levels(of)
    values = {line.element_id: line.value(of) for line in heat.steps}
    by_level = {f"heat-{level}": [each for each in levels if levels[each] == level] for level in sorted(set(levels.values()))}
    counts = {each: told(values[each], of, heat.day_seconds) for each in levels}
    called = {each: str(number) for each, number in heat.running.called_from.items()} if of == "open" else {}
    stopped = heat.running.stopped_at
    troubles = {each: _("%(n)s stopped", n=number) for each, number in stopped.items()}
    return {**by_level, "stopped": list(stopped), "counts": {**called, **counts}, "troubles": troubles}


def causes() -> dict[str, str]:
    """Why tasks were late; the first that holds is told."""
    return {
        "suspended": _("the case was held up"),
        "absence": _("who had it was away"),
        "returned": _("it had been sent back"),
        "claim": _("it waited to be claimed for more than half of the time"),
        "work": _("it lay with the person"),
    }


def compared(heat: Heat, chosen: str, units: list[tuple[str, str]]) -> list[tuple[str, str, bool]]:
    """What one may compare with: value, words, whether it is chosen."""
    own = heat.side.extent
    options = [("", _("compare with nothing")), (extent.BEFORE, _("the %(n)s days before", n=own.days))]
    options += [(f"version:{each}", _("version %(n)s", n=each)) for each in heat.versions if each != own.version]
    options += [(f"department:{id}", name) for id, name in units if id != own.department]
    if chosen and chosen not in {value for value, _words in options}:
        options.append((chosen, _("not in this list")))
    return [(value, words, value == chosen) for value, words in options]


def sides(heat: Heat, units: dict[str, str]) -> list[str]:
    """What stands side by side, in words: only what tells the two apart."""
    return [_side(each, heat, units) for each in (heat.side, heat.other) if each is not None]


def _side(side: Side, heat: Heat, units: dict[str, str]) -> str:
    other = heat.other.extent if heat.other else None
    own, one = side.extent, heat.side.extent
    if other is not None and other.version != one.version:
        return _("version %(n)s", n=own.version) if own.version else _("all versions")
    if other is not None and other.department != one.department:
        return units.get(own.department, _("not in this list")) if own.department else _("all departments")
    return f"{own.first:%Y-%m-%d} – {own.last:%Y-%m-%d}"


def _short(seconds: float) -> str:
    if seconds >= HOUR:
        return _("%(n)s h", n=_number(seconds / HOUR))
    return _("%(n)s min", n=round(seconds / MINUTE)) if seconds >= MINUTE else _("under 1 min")


def _number(value: float) -> str:
    return str(format_decimal(round(value, 1) if value < 10 else round(value)))
