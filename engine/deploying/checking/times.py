"""Deadlines of steps that are longer than that of the whole case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from engine import runtime
from engine.calendar import durations
from engine.definitions import task_settings
from engine.problems import Problem

LONGER = "The deadline %(due)s of this step is longer than that of the whole case, %(whole)s."
_MONTH = 28  # days at least


def problems(program: runtime.Program, settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Warnings at user tasks whose deadline, counted from their arrival, surely is later than that of the case.

    `settings` is the workflow.toml of the process. Deadlines that are expressions or dates are not compared.
    """
    whole = settings.get("due")
    limit = durations.parse(whole.strip()) if isinstance(whole, str) else None
    if limit is None:
        return
    for task in program.elements.values():
        text = (task_settings.read(task.properties).due or task.due_date or "").strip()
        length = durations.parse(text) if task.type == "userTask" else None
        if length is not None and _is_longer(length, limit):
            yield Problem(task.id, task.name, LONGER, {"due": text, "whole": whole}, "warning")


def _is_longer(one: durations.Duration, other: durations.Duration) -> bool:
    """Whether one lasts longer in every calendar: working time takes at least as long on the clock, and never the reverse."""
    if other.unit:
        return one.unit == other.unit and one.working > other.working
    return _least(one) > _most(other)


def _least(one: durations.Duration) -> Decimal:
    """Seconds at least; the last of working days ends at closing time, so it may be short."""
    if one.unit == "wd":
        return max(one.working - 1, Decimal(0)) * 86400
    return one.working * 3600 if one.unit else (one.months * _MONTH + one.days) * 86400 + one.seconds


def _most(one: durations.Duration) -> Decimal:
    return (one.months * 31 + one.days) * 86400 + one.seconds
