"""Lengths of time among the company's own values: as number and unit, as people write them, and how long one may be."""

from __future__ import annotations

import re
from decimal import Decimal
from types import MappingProxyType

from engine import errors
from engine.basics.sayings import Said
from engine.calendar import due

UNITS = MappingProxyType(
    {
        "wd": Said("个工作日", "working days"),
        "wh": Said("个工作小时", "working hours"),
        "d": Said("天", "days"),
        "h": Said("小时", "hours"),
        "min": Said("分钟", "minutes"),
        "w": Said("周", "weeks"),
        "month": Said("个月", "months"),
    }
)
MOST = MappingProxyType({"wd": 999, "wh": 9999, "d": 9999, "h": 9999, "min": 99999, "w": 999, "month": 99})
NO_LENGTH = "Please give a length of time, such as 2 working days; at most 999 of them."
TOO_LONG = "This is too long: please give at most %(most)s."
NO_TIME = "Please give a length of time that is longer than nothing."
_OF_UNIT = Said("{number} {unit}", "{number} {unit}")
_PLAIN = re.compile(r"(\d{1,6}(?:\.\d{1,4})?)(wd|wh|d|h|min|w)", re.ASCII)
_ISO = re.compile(r"P(?:(\d{1,5})(M|W|D)|T(\d{1,6})(H|M))", re.ASCII)
_ISO_UNITS = {"M": "month", "W": "w", "D": "d", "TH": "h", "TM": "min"}
_WRITTEN = {"h": ("PT", "H"), "min": ("PT", "M"), "month": ("P", "M")}
_IN_WORDS = re.compile(r"([\d.]{1,12})\s*(\D{1,20})", re.ASCII)
_ALSO = {"工作日": "wd", "工作小时": "wh", "工时": "wh", "日": "d", "个小时": "h", "星期": "w", "个星期": "w", "月": "month"}


def parts(text: str) -> tuple[str, str] | None:
    """Number and unit of a length of time; None for what is not one number of one unit."""
    if plain := _PLAIN.fullmatch(text):
        return plain[1], plain[2]
    if iso := _ISO.fullmatch(text):
        return (iso[1], _ISO_UNITS[iso[2]]) if iso[1] else (iso[3], _ISO_UNITS[f"T{iso[4]}"])
    return None


def written(number: str, unit: str) -> str:
    """The same as it is kept; what is no number of a unit as it was given, for the rules to refuse."""
    before, after = _WRITTEN.get(unit, ("", unit)) if number.isdecimal() else ("", unit)
    return f"{before}{number}{after}"


def read(text: str) -> tuple[str, str] | None:
    """Number and unit of what somebody wrote out, “2 个工作日” or “2 working days”; None for every other text."""
    told = _IN_WORDS.fullmatch(text)
    if told is None:
        return None
    word = told[2].strip().lower()
    spelled = {each: unit for unit, said in UNITS.items() for each in (said.zh_Hans, said.en, one(said).en)}
    unit = {**spelled, **_ALSO}.get(word)
    return (told[1], unit) if unit else None


def said(text: str) -> Said | None:
    """A length in words, be it one that counts backwards; None for what is not one number of one unit."""
    sign = "-" if text.startswith("-") else ""
    length = parts(text.removeprefix(sign))
    if length is None:
        return None
    number, unit = f"{sign}{length[0]}", length[1]
    return _OF_UNIT.of(number=number, unit=one(UNITS[unit]) if number == "1" else UNITS[unit])


def one(unit: Said) -> Said:
    """A unit as it is called where there is one of it."""
    return Said(unit.zh_Hans, unit.en.removesuffix("s"))


def fault(text: str) -> errors.Refusal | None:
    """Why a text is no length of time that a step or a timer may have; None for a good one."""
    length = parts(text.strip())
    if length is not None and Decimal(length[0]) > MOST[length[1]]:
        return errors.Refusal(TOO_LONG, most=_OF_UNIT.of(number=str(MOST[length[1]]), unit=UNITS[length[1]]))
    try:
        due.check(text.strip(), "duration")
    except (errors.Invalid, OverflowError, ValueError):
        return errors.Refusal(NO_LENGTH)
    return None if any(each in "123456789" for each in text) else errors.Refusal(NO_TIME)
