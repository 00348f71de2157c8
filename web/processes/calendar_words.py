"""The words of the calendars' pages: months, weekdays, what a click makes of a day, who counts by a calendar."""

from __future__ import annotations

import re

import flask
import flask_babel
from babel import dates
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.basics import sayings
from engine.deadlines import calendar_uses
from engine.deadlines.calendar_uses import CalendarUse
from engine.deadlines.named_calendars import CalendarValues
from engine.people.working.named import NO_HOLIDAYS, STANDARD, USUAL, WEEKDAYS
from engine.queries.processes import calendar_page
from engine.queries.processes.calendar_moves import Move, Moves
from web.frame import filters, i18n
from web.frame.times.weeks import holidays, weekday_choices

_HOLIDAYS = {  # as the library and the notices of the State Council name them
    "元旦": lazy_gettext("New Year's Day"),
    "农历除夕": lazy_gettext("Lunar New Year's Eve"),
    "春节": lazy_gettext("Spring Festival"),
    "清明节": lazy_gettext("Qingming Festival"),
    "劳动节": lazy_gettext("Labour Day"),
    "端午节": lazy_gettext("Dragon Boat Festival"),
    "中秋节": lazy_gettext("Mid-Autumn Festival"),
    "国庆节": lazy_gettext("National Day"),
}
_INSTEAD, _TRADED = "（补假）", re.compile(r"休息日（由\s*([\d-]+)\s*调休）")
CODES = ("cn", "hk", "mo", "tw", "sg", "us", "jp", "kr", "de", "gb")  # offered; any that the library knows may be written


def name(given: str) -> str:
    """What a calendar is called: the standard one in the reader's language."""
    return _("Standard calendar") if given == STANDARD else given


def month_name(number: int) -> str:
    """A month."""
    return str(dates.get_month_names("wide", context="stand-alone", locale=flask_babel.get_locale())[number])


def weekdays() -> list[tuple[str, str]]:
    """Narrow and whole names, from Monday."""
    locale = flask_babel.get_locale()
    narrow, wide = (dates.get_day_names(width, context="stand-alone", locale=locale) for width in ("narrow", "wide"))
    return [(str(narrow[day]), str(wide[day])) for day in range(7)]


def week(values: CalendarValues) -> str:
    """On which days people work."""
    if values.weekdays == USUAL and not values.every_second:
        return _("Monday to Friday")
    if len(values.weekdays) == len(WEEKDAYS):
        return _("every day")
    told = filters.listed(label for code, label in weekday_choices() if code in values.weekdays)
    return (
        _("%(days)s, and every second week as from %(day)s", days=told, day=values.every_second)
        if values.every_second
        else told
    )


def hours(values: CalendarValues) -> str:
    """When people work."""
    return _("day and night") if values.hours == ("00:00-24:00",) else " · ".join(values.hours)


def holiday_choices(present: str) -> list[tuple[str, str]]:
    """What may be chosen, that which is set among them."""
    return [(code, holidays(code)) for code in dict.fromkeys((*CODES, present, NO_HOLIDAYS))]


def span(stretch: calendar_page.Stretch) -> str:
    """The days of a stretch as one says them."""
    if stretch.first == stretch.last:
        return str(stretch.first.day)
    return f"{stretch.first.day}–{stretch.last.day}"


def note(text: str) -> str:
    """What a day is called: those of the public holidays in the reader's language, what people wrote as it is."""
    if i18n.language() == "zh_Hans":
        return text
    return filters.listed(_holiday(each) for each in text.split(sayings.BESIDE))


def _holiday(text: str) -> str:
    """One of them, perhaps the day for which another one is given off."""
    if (traded := _TRADED.fullmatch(text)) is not None:
        return _("day off, for work on %(day)s", day=traded[1])
    instead = text.endswith(_INSTEAD)
    known = _HOLIDAYS.get(text.removesuffix(_INSTEAD), "")
    if not known:
        return text
    return _("%(holiday)s (day in lieu)", holiday=str(known)) if instead else str(known)


def sign(kind: str) -> str:
    """The word that marks a day beside its colour."""
    return {calendar_page.HOLIDAY: _("off"), calendar_page.MAKE_UP: _("work")}.get(kind, "")


def turned(day: calendar_page.Day) -> str:
    """What a click makes of a day: the other kind, what it was before it was set by hand, or what it was before the click."""
    if day.mark:
        return "keep"
    if day.is_own:
        return "usual"
    return "work" if day.kind in (calendar_page.HOLIDAY, calendar_page.WEEKEND) else "off"


def day_words(day: calendar_page.Day) -> str:
    """What a day's button does, for whoever does not see the grid."""
    words = {
        "work": _("make it a working day"),
        "off": _("make it a day off"),
        "usual": _("take back what was set by hand"),
        "keep": _("take back the click"),
    }
    return f"{day.day.isoformat()}: {words[turned(day)]}"


def use(calendar_use: CalendarUse) -> str:
    """Who or what counts by a calendar."""
    return {
        calendar_uses.DEFAULT: _("everything without a calendar of its own"),
        calendar_uses.PROCESS: _("process %(name)s", name=calendar_use.name),
        calendar_uses.STEP: _("step “%(step)s” of %(name)s", step=calendar_use.step, name=calendar_use.name),
        calendar_uses.DEPARTMENT: _("department %(name)s", name=calendar_use.name),
        calendar_uses.PERSON: calendar_use.name,
    }[calendar_use.kind]


def use_address(calendar_use: CalendarUse) -> str | None:
    """Where one changes that; None where it is here."""
    if calendar_use.kind in (calendar_uses.PROCESS, calendar_uses.STEP):
        return flask.url_for("processes.show", process_id=calendar_use.id)
    if calendar_use.kind == calendar_uses.DEPARTMENT:
        return flask.url_for("departments.show", id=calendar_use.id)
    return flask.url_for("organisation.edit", username=calendar_use.id) if calendar_use.kind == calendar_uses.PERSON else None


def moved(moves: Moves) -> str:
    """How many of what move."""
    words = {
        "user_task": lambda n: _("deadlines of tasks: %(n)s", n=n),
        "case": lambda n: _("deadlines of cases: %(n)s", n=n),
        "timer": lambda n: _("timers: %(n)s", n=n),
    }
    return " · ".join(words[kind](count) for kind, count in moves.counts.items())


def moved_thing(move: Move) -> str:
    """What of a case moves."""
    if move.what == "case":
        return _("the whole case")
    return _("timer %(name)s", name=move.step) if move.what == "timer" else move.step
