"""Moments as texts for people: on the company's own clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from engine.basics import sayings
from engine.basics.sayings import Said
from engine.people.organisation import Organisation


def shown(company: Organisation, at: datetime) -> str:
    """A moment for somebody who is in the product, where all stands on the company's clock."""
    return at.astimezone(ZoneInfo(company.time_zone)).strftime("%Y-%m-%d %H:%M")


def said(company: Organisation, at: datetime) -> Said:
    """The same within a sentence, as each language writes a moment."""
    local = at.astimezone(ZoneInfo(company.time_zone))
    days = {language: sayings.day(local.date(), language) for language in ("zh_Hans", "en")}
    return Said(f"{days['zh_Hans']} {local:%H:%M}", f"{days['en']}, {local:%H:%M}")


def told(company: Organisation, at: datetime) -> str:
    """The same for what leaves: whoever reads it may be anywhere, so it says whose clock that is, as 「2026-03-02 17:30 (UTC+8)」."""
    offset = at.astimezone(ZoneInfo(company.time_zone)).strftime("%z")
    hours, minutes = f"{offset[0]}{int(offset[1:3])}", offset[3:5]
    return f"{shown(company, at)} (UTC{hours}{'' if minutes == '00' else ':' + minutes})"
