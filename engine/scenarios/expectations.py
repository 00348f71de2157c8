"""What a scenario expects at a point: open tasks, state, end events, variables, notices, copies, register lines, due dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from engine import errors
from engine.cases import cases, history
from engine.people import organisation
from engine.scenarios.stage import Stage
from engine.scenarios.values import plain
from engine.storage import models

UNKNOWN = "unknown expectation %(name)s"
OPEN = "open are %(found)s, not %(expected)s"
STATE = "the case is %(state)s, not %(wanted)s (open: %(found)s)"
ENDED = "ended at %(found)s, not %(expected)s"
VARIABLE = "%(name)s is %(value)s, not %(wanted)s"
NOTICES = "notices of %(name)s: %(count)s, not %(wanted)s"
COPIES = "copies went to %(found)s, not %(wanted)s"
LINES = "lines in %(name)s: %(count)s, not %(wanted)s"
DUE = "%(element)s is due on %(value)s, not %(wanted)s"
INCIDENTS = "%(count)s incidents, not %(wanted)s"
STUCK = "%(element)s is stuck: %(why)s"


def faults(stage: Stage, instance_key: int | None, expected: Mapping[str, Any]) -> Iterator[errors.Refusal]:
    """What is different from `expected`, one sentence each; `found`, `expected` and `element` hold ids of elements."""
    checks: dict[str, Callable[[Stage, int | None, Any], Iterator[errors.Refusal]]] = {
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
            yield errors.Refusal(UNKNOWN, name=name)
        else:
            yield from checks[name](stage, instance_key, value)


def _open(stage: Stage, instance_key: int | None, expected: list[str]) -> Iterator[errors.Refusal]:
    still = sorted(task.element_id for task in stage.rows(models.UserTask, state="open"))
    if still != sorted(expected):
        yield errors.Refusal(OPEN, found=still, expected=sorted(expected))
        yield from _stuck(stage)


def _state(stage: Stage, instance_key: int | None, expected: str) -> Iterator[errors.Refusal]:
    for instance in stage.rows(models.ProcessInstance, key=instance_key):
        if instance.state != expected:
            still = sorted(task.element_id for task in stage.rows(models.UserTask, state="open"))
            yield errors.Refusal(STATE, state=instance.state, wanted=expected, found=still)
            yield from _stuck(stage)


def _ended(stage: Stage, instance_key: int | None, expected: list[str]) -> Iterator[errors.Refusal]:
    for instance in stage.rows(models.ProcessInstance, key=instance_key):
        ends = sorted(filter(None, (instance.end_event or "").split(",")))
        if ends != sorted(expected):
            yield errors.Refusal(ENDED, found=ends, expected=sorted(expected))
            yield from _stuck(stage)


def _variables(stage: Stage, instance_key: int | None, expected: Mapping[str, Any]) -> Iterator[errors.Refusal]:
    with stage.database.reading(stage.company) as session:
        instance = session.get_one(models.ProcessInstance, instance_key or 0)
        variables = cases.variables(session, instance, now=stage.now)
    for name, value in plain(expected, stage).items():
        if models.loads(models.dumps(variables.get(name))) != models.loads(models.dumps(value)):
            yield errors.Refusal(VARIABLE, name=name, value=repr(variables.get(name)), wanted=repr(value))


def _notices(stage: Stage, instance_key: int | None, expected: Mapping[str, int]) -> Iterator[errors.Refusal]:
    made = Counter(notice.username for notice in stage.rows(models.Notice))
    told = Counter(to for event in stage.rows(models.HistoryEvent, kind=history.TOLD) for to in event.data["to"])
    yield from _counts(NOTICES, made + told, expected)


def _copies(stage: Stage, instance_key: int | None, expected: list[str]) -> Iterator[errors.Refusal]:
    people = sorted({copy.username for copy in stage.rows(models.CarbonCopy)})
    if people != sorted(expected):
        yield errors.Refusal(COPIES, found=people, wanted=sorted(expected))


def _registers(stage: Stage, instance_key: int | None, expected: Mapping[str, int]) -> Iterator[errors.Refusal]:
    yield from _counts(LINES, Counter(entry.register for entry in stage.rows(models.RegisterEntry)), expected)


def _due(stage: Stage, instance_key: int | None, expected: Mapping[str, str]) -> Iterator[errors.Refusal]:
    with stage.database.reading(stage.company) as session:
        zone = ZoneInfo(organisation.current(session, stage.company).time_zone)
    dates = {task.element_id: task.due_at for task in stage.rows(models.UserTask, state="open")}
    for element, moment in expected.items():
        at, wanted = dates.get(element), str(moment)
        due_text = at.astimezone(zone).isoformat(" ", "minutes")[: len(wanted)] if at else None
        if due_text != wanted:
            yield errors.Refusal(DUE, element=element, value=str(due_text), wanted=wanted)


def _incidents(stage: Stage, instance_key: int | None, expected: int) -> Iterator[errors.Refusal]:
    incidents = list(stage.rows(models.Incident, state="open"))
    if len(incidents) != expected:
        yield errors.Refusal(INCIDENTS, count=len(incidents), wanted=expected)
        yield from _stuck(stage)


def _counts(message: str, counts: Counter[str], expected: Mapping[str, int]) -> Iterator[errors.Refusal]:
    for name, count in expected.items():
        if counts[name] != count:
            yield errors.Refusal(message, name=name, count=counts[name], wanted=count)


def _stuck(stage: Stage) -> Iterator[errors.Refusal]:
    """Open incidents explain most surprises."""
    for each in stage.rows(models.Incident, state="open"):
        yield errors.Refusal(STUCK, element=each.element_id, why=errors.Refusal(each.message, **(each.values or {})))
