"""A condition of a diagram that asks for nothing but the clock or the calendar: what it asks, for people to read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from engine import feel

TIME, DAY, WORKING_DAY, MOMENT = "time", "day", "working_day", "moment"
_ASKS_NOW = re.compile(r"\b(?:now|today)\(\s*\)")
_WORKING_DAY = re.compile(r"(?:not\()?\s*is working day\([^()]*(?:\(\s*\)[^()]*)*\)\s*\)?")
_OF_TIME = r"(?:time\(\s*now\(\)\s*\)|now\(\)\.(?:time|hour))"
_OF_DAY = r"(?:today\(\)|date\(\s*now\(\)\s*\))"
_TIME = re.compile(_OF_TIME + r'\s*(<=|>=|<|>)\s*(?:time\(\s*"|@")?(\d{1,2})(?::(\d\d))?(?::00)?(?:"\)?)?')
_DAY = re.compile(_OF_DAY + r'\s*(<=|>=|<|>)\s*(?:date\(\s*"|@")(\d{4}-\d\d-\d\d)"\)?')


@dataclass(frozen=True)
class Clock:
    """What is asked: the `time` or the `day` that it was, whether it was a `working_day`, or the `moment` in a way that no words fit.

    Of time and day, `sign` (`<`, `<=`, `>`, `>=`) and `limit` (18:00, 2026-05-01) say with what that is compared.
    """

    kind: str
    sign: str = ""
    limit: str = ""


def asked(conditions: Iterable[str]) -> tuple[Clock, ...]:
    """What these conditions ask, each once; () where one asks for anything else."""
    told = [_told(feel.body(each)) for each in conditions]
    return tuple(dict.fromkeys(each for each in told if each)) if told and all(told) else ()


def _told(text: str) -> Clock | None:
    if not _ASKS_NOW.search(text) or not _names(text) <= {"is working day", "working days after", "working hours after"}:
        return None
    text = " ".join(text.split())
    if _WORKING_DAY.fullmatch(text):
        return Clock(WORKING_DAY)
    if at := _TIME.fullmatch(text):
        return Clock(TIME, at[1], f"{int(at[2]):02}:{at[3] or '00'}")
    if at := _DAY.fullmatch(text):
        return Clock(DAY, at[1], at[2])
    return Clock(MOMENT)


def _names(text: str) -> AbstractSet[str]:
    try:
        return feel.compile(text).names
    except feel.FeelSyntaxError:
        return frozenset(["?"])
