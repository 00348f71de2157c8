"""What a scenario expects at a point: open tasks, state, end events, variables, notices, copies, register lines, due dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from engine.cases import cases
from engine.people import organisation
from engine.scenarios.stage import Stage
from engine.scenarios.values import plain
from engine.storage import models


def faults(stage: Stage, instance_key: int | None, expected: Mapping[str, Any]) -> Iterator[str]:
    """What is different from `expected`, one sentence each."""
    checks: dict[str, Callable[[Stage, int | None, Any], Iterator[str]]] = {
        "open": _open,
        "state": _state,
        "ended": _ended,
        "variables": _variables,
        "notices": _notices,
        "copies": _copies,
        "registers": _registers,
        "due": _due,
        "incidents": _incidents,
    }
    for name, value in expected.items():
        if name not in checks:
            yield f"unknown expectation {name}"
        else:
            yield from checks[name](stage, instance_key, value)


def _open(stage: Stage, instance_key: int | None, expected: list[str]) -> Iterator[str]:
    found = sorted(task.element_id for task in stage.rows(models.UserTask, state="open"))
    if found != sorted(expected):
        yield f"open are {found}, not {sorted(expected)}{_stuck(stage)}"


def _state(stage: Stage, instance_key: int | None, expected: str) -> Iterator[str]:
    for instance in stage.rows(models.ProcessInstance, key=instance_key):
        if instance.state != expected:
            still = sorted(task.element_id for task in stage.rows(models.UserTask, state="open"))
            yield f"the case is {instance.state}, not {expected} (open: {still}){_stuck(stage)}"


def _ended(stage: Stage, instance_key: int | None, expected: list[str]) -> Iterator[str]:
    for instance in stage.rows(models.ProcessInstance, key=instance_key):
        found = sorted(filter(None, (instance.end_event or "").split(",")))
        if found != sorted(expected):
            yield f"ended at {found}, not {sorted(expected)}{_stuck(stage)}"


def _variables(stage: Stage, instance_key: int | None, expected: Mapping[str, Any]) -> Iterator[str]:
    with stage.database.reading(stage.company) as session:
        instance = session.get_one(models.ProcessInstance, instance_key or 0)
        found = cases.variables(session, instance, now=stage.now)
    for name, value in plain(expected, stage).items():
        if models.loads(models.dumps(found.get(name))) != models.loads(models.dumps(value)):
            yield f"{name} is {found.get(name)!r}, not {value!r}"


def _notices(stage: Stage, instance_key: int | None, expected: Mapping[str, int]) -> Iterator[str]:
    yield from _counts("notices of", Counter(notice.username for notice in stage.rows(models.Notice)), expected)


def _copies(stage: Stage, instance_key: int | None, expected: list[str]) -> Iterator[str]:
    found = sorted({copy.username for copy in stage.rows(models.CarbonCopy)})
    if found != sorted(expected):
        yield f"copies went to {found}, not {sorted(expected)}"


def _registers(stage: Stage, instance_key: int | None, expected: Mapping[str, int]) -> Iterator[str]:
    yield from _counts("lines in", Counter(entry.register for entry in stage.rows(models.RegisterEntry)), expected)


def _due(stage: Stage, instance_key: int | None, expected: Mapping[str, str]) -> Iterator[str]:
    with stage.database.reading(stage.company) as session:
        zone = ZoneInfo(organisation.current(session, stage.company).time_zone)
    dates = {task.element_id: task.due_at for task in stage.rows(models.UserTask, state="open")}
    for element, moment in expected.items():
        at, wanted = dates.get(element), str(moment)
        found = at.astimezone(zone).isoformat(" ", "minutes")[: len(wanted)] if at else None
        if found != wanted:
            yield f"{element} is due on {found}, not {wanted}"


def _incidents(stage: Stage, instance_key: int | None, expected: int) -> Iterator[str]:
    found = list(stage.rows(models.Incident, state="open"))
    if len(found) != expected:
        yield f"{len(found)} incidents, not {expected}{_stuck(stage)}"


def _counts(what: str, found: Counter[str], expected: Mapping[str, int]) -> Iterator[str]:
    for name, count in expected.items():
        if found[name] != count:
            yield f"{what} {name}: {found[name]}, not {count}"


def _stuck(stage: Stage) -> str:
    """Open incidents explain most surprises."""
    shown = [
        f"{each.element_id}: {each.message % each.values if each.values else each.message}"
        for each in stage.rows(models.Incident, state="open")
    ]
    return f" — incidents: {shown}" if shown else ""
