"""Spans of time as number and unit, as people choose them, and as diagrams and settings write them: 5wd, PT4H, 10y."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask_babel import lazy_gettext

from engine import errors

DEADLINE: Mapping[str, object] = {
    "wd": lazy_gettext("working days"),
    "wh": lazy_gettext("working hours"),
    "d": lazy_gettext("days"),
    "h": lazy_gettext("hours"),
}
PERIOD: Mapping[str, object] = {
    "y": lazy_gettext("years"),
    "m": lazy_gettext("months"),
    "d": lazy_gettext("days"),
}
ONE: Mapping[str, object] = {
    "wd": lazy_gettext("working day"),
    "wh": lazy_gettext("working hour"),
    "y": lazy_gettext("year"),
    "m": lazy_gettext("month"),
    "d": lazy_gettext("day"),
    "h": lazy_gettext("hour"),
}
NO_NUMBER = "“%(given)s” is no deadline. Write a whole number from 1 to 9999."


def parted(value: str, units: Mapping[str, object] = DEADLINE) -> tuple[str, str]:
    """A span as number and unit; what is written otherwise is the number of no unit, nothing one of the first."""
    match = re.fullmatch(r"([0-9]+)([a-z]+)", value)
    if match and match[2] in units and match[2] != "h":
        return match[1], match[2]
    hours = re.fullmatch(r"PT([0-9]+)H", value)
    if hours and "h" in units:
        return hours[1], "h"
    return value, "" if value else next(iter(units))


def worded(value: str, units: Mapping[str, object] = DEADLINE) -> str:
    """A span in words, “5 working days”; what is written otherwise, as a formula, stays as it is."""
    number, unit = parted(value, units)
    return counted(number, unit, units) if number and unit else value


def counted(number: str, unit: str, units: Mapping[str, object] = DEADLINE) -> str:
    """A number of a unit in words, of one as one says one."""
    return f"{number} {(ONE if number == '1' else units)[unit]}"


def written(number: str, unit: str, units: Mapping[str, object] = DEADLINE) -> str:
    """A number of a unit as it is written; without a unit of those what was typed. Raises Invalid for no number of a unit."""
    if not number or unit not in units:
        return number
    if not re.fullmatch("[1-9][0-9]{0,3}", number):
        raise errors.Invalid(NO_NUMBER, fields=None, given=number[:40])
    return f"PT{number}H" if unit == "h" else f"{number}{unit}"
