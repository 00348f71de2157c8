"""A company's own value as people read it, and a length of time as its number and its unit."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from engine.basics import sayings
from engine.basics.sayings import Said
from engine.definitions.values import company_values
from engine.people.organisation import Organisation

UNITS = {
    "wd": Said("个工作日", "working days"),
    "wh": Said("个工时", "working hours"),
    "d": Said("天", "days"),
    "h": Said("小时", "hours"),
    "min": Said("分钟", "minutes"),
    "w": Said("周", "weeks"),
    "month": Said("个月", "months"),
}
_OF_UNIT = Said("{number} {unit}", "{number} {unit}")
YES, NO, NOBODY = Said("是", "Yes"), Said("否", "No"), Said("（空）", "(empty)")
PER_CENT = Said("{number}%", "{number}%")
_PLAIN = re.compile(r"(\d{1,6})(wd|wh|d|h|min|w)", re.ASCII)
_ISO = re.compile(r"P(?:(\d{1,5})(M|W|D)|T(\d{1,6})(H|M))", re.ASCII)
_ISO_UNITS = {"M": "month", "W": "w", "D": "d", "TH": "h", "TM": "min"}
_WRITTEN = {"h": ("PT", "H"), "min": ("PT", "M"), "month": ("P", "M")}


def parts(text: str) -> tuple[str, str] | None:
    """Number and unit of a length of time; None for what is not one number of one unit."""
    if plain := _PLAIN.fullmatch(text):
        return plain[1], plain[2]
    if iso := _ISO.fullmatch(text):
        return (iso[1], _ISO_UNITS[iso[2]]) if iso[1] else (iso[3], _ISO_UNITS[f"T{iso[4]}"])
    return None


def written(number: str, unit: str) -> str:
    """The same as it is kept; what is no number of a unit as it was given, for the rules to refuse."""
    before, after = _WRITTEN.get(unit, ("", unit))
    return f"{before}{number}{after}"


def per_cent(share: Decimal | int | float) -> str:
    """A share in hundredths, without zeros at the end."""
    return f"{(Decimal(str(share)) * 100).normalize():f}"


def said(kind: str, value: Any, company: Organisation) -> str | Said:
    """A value in words, also one that was of another kind once."""
    if value in ("", [], None):
        return NOBODY
    if kind == company_values.YES_NO:
        return YES if value is True else NO if value is False else str(value)
    if kind == company_values.SHARE and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return PER_CENT.of(number=per_cent(value))
    if kind == company_values.LIMIT and isinstance(value, str) and (length := parts(value)):
        return _OF_UNIT.of(number=length[0], unit=_one(UNITS[length[1]]) if length[0] == "1" else UNITS[length[1]])
    if isinstance(value, list):
        is_people = kind == company_values.PEOPLE
        return sayings.joined(company.named(str(each)) if is_people else str(each) for each in value)
    return company.named(value) if kind == company_values.NAME and isinstance(value, str) else str(value)


def _one(unit: Said) -> Said:
    return Said(unit.zh_Hans, unit.en.removesuffix("s"))
