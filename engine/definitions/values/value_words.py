"""A company's own value as people read it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.basics import sayings
from engine.basics.sayings import Said
from engine.definitions.values import company_values, lengths
from engine.people.organisation import Organisation

YES, NO, NOBODY = Said("是", "Yes"), Said("否", "No"), Said("（空）", "(empty)")
PER_CENT = Said("{number}%", "{number}%")


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
    if kind == company_values.LIMIT and isinstance(value, str) and (length := lengths.said(value)):
        return length
    if isinstance(value, list):
        is_people = kind == company_values.PEOPLE
        return sayings.joined(company.named(str(each)) if is_people else str(each) for each in value)
    return company.named(value) if kind == company_values.NAME and isinstance(value, str) else str(value)
