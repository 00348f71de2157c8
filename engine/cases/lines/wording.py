"""A value in words: the one place that says how titles, summaries, registers, papers and pages write what a case holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.people.organisation import Organisation

MOST_DECIMALS = 6  # nobody types more; what has more was worked out, such as 100 / 3
ROUNDED_TO = 2
MOST_DIGITS = 30  # beyond it plain digits help nobody


def in_words(value: Any, zone: ZoneInfo, company: Organisation | None = None) -> str:
    """A JSON value as people read it in a line.

    Yes and no, plain digits, moments on the clock of `zone`, files by their names, lists joined by 、; with `company`,
    people and departments by their names. Nothing is "".
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal | int):
        return digits(value)
    if isinstance(value, Mapping):
        return str(value["name"]) if "name" in value else _joined(value.values(), zone, company)
    if isinstance(value, list):
        return _joined(value, zone, company)
    text = str(value)
    return _named(text, company) or _moment(text, zone) or text.strip()


def digits(number: Decimal | int) -> str:
    """A number in plain digits, never 1E+2; one that was worked out rounded."""
    shown = rounded(number)
    return f"{shown:f}" if not shown or abs(shown.adjusted()) <= MOST_DIGITS else str(shown)


def rounded(number: Decimal | int, decimals: int | None = None) -> Decimal:
    """The number to so many decimals; without a number of them to two, if it has more decimals than anybody types."""
    value = Decimal(number)
    if not value.is_finite() or abs(value.adjusted()) > MOST_DIGITS:
        return value
    if decimals is None and -int(value.as_tuple().exponent) <= MOST_DECIMALS:
        return value
    quantized = value.quantize(Decimal(1).scaleb(-(ROUNDED_TO if decimals is None else decimals)), ROUND_HALF_UP)
    return quantized if quantized else abs(quantized)  # -0.001 is 0.00, not -0.00


def local(text: str, zone: ZoneInfo) -> str:
    """A day or moment as text that sorts by time: 2026-03-02 or 2026-03-02T09:00 on the clock of `zone`; "" for none."""
    at = moment(text)
    if not isinstance(at, datetime):
        return at.isoformat() if at else ""
    try:
        return (at.astimezone(zone) if at.tzinfo else at).replace(tzinfo=None).isoformat(timespec="minutes")
    except OverflowError:
        return ""


def moment(text: str) -> date | datetime | None:
    """The day or moment that a value is, also one that names its zone as FEEL writes it; None for any other text."""
    written, _, named = text.strip().partition("@")
    try:
        if len(written) == len("2026-03-02"):
            return date.fromisoformat(written)
        at = datetime.fromisoformat(written)
        return at.replace(tzinfo=ZoneInfo(named)) if named else at
    except (ValueError, ZoneInfoNotFoundError):
        return None


def _moment(text: str, zone: ZoneInfo) -> str:
    return local(text, zone).replace("T", " ") if "T" in text else ""


def _named(text: str, company: Organisation | None) -> str:
    if company is None:
        return ""
    if text in company.people:
        return company.name_of(text)
    unit = company.department(text)
    return unit.name if unit else ""


def _joined(values: Iterable[Any], zone: ZoneInfo, company: Organisation | None) -> str:
    return "、".join(text for text in (in_words(each, zone, company) for each in values) if text)
