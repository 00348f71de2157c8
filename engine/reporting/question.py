"""What a report asks [统计问题]: which cases, by what they are grouped, what is counted; as pages send it and files declare it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from engine import errors
from engine.basics.nearest import nearest
from engine.reporting import spans

CASES, STEPS = "cases", "steps"
OF = (CASES, STEPS)
BY = ("started", "ended")
STATES = ("", "active", "completed", "cancelled")
COMPARISONS = ("is", "not", "has", "from", "to", "empty")
SHOWN = ("table", "bars", "line", "heat")
COMPARED = ("", "before", "last_year")
MOST_GROUPS, MOST_MEASURES, MOST_CONDITIONS, MOST_PROCESSES = 2, 6, 10, 30
LONGEST = 200
DECLARED = "field:"
UNKNOWN = "“%(name)s” is not known to a report%(hint)s."
WRONG = "A report's “%(name)s” cannot be “%(value)s”%(hint)s."


@dataclass(frozen=True)
class Condition:
    """One condition on a field: `is`, `not`, `has` (contains), `from`, `to` (both included), `empty` (`value` does not matter)."""

    field: str
    comparison: str
    value: str = ""


@dataclass(frozen=True)
class Question:
    """A report's question.

    `of` cases or steps (done or open user tasks). `processes`: ids. The period is that in which they `by` started or ended:
    a name of `spans.NAMES`, or two days joined by `..`. `departments`: ids, each with all below it. Fields are named by
    `fields.STANDARD`, or `field:LABEL` for a column of the register; groups by days with a unit, `started/month`. `measures`: count,
    share, in_time, duration.median, duration.average, `sum:LABEL`, `average:LABEL`.
    """

    processes: tuple[str, ...]
    of: str = CASES
    by: str = "started"
    period: str = "this_month"
    state: str = ""
    departments: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    group: tuple[str, ...] = ()
    measures: tuple[str, ...] = ("count",)
    show: str = "table"
    compare: str = ""

    @property
    def stored(self) -> dict[str, Any]:
        """As it is stored, and read again."""
        return asdict(self)


NAMES = tuple(each.name for each in fields(Question))
CHOICES: dict[str, Collection[str]] = {"of": OF, "by": BY, "state": STATES, "show": SHOWN, "compare": COMPARED}


def read(raw: Mapping[str, Any]) -> Question:
    """The question of a table as it is stored, sent or declared. Raises Invalid for what is not known, with the nearest name."""
    for name in raw:
        if name not in NAMES:
            raise errors.Invalid(UNKNOWN, name=str(name)[:LONGEST], hint=hint(str(name), NAMES))
    given = {name: _value(name, value) for name, value in raw.items()}
    question = Question(**{"processes": (), **given})
    for fault in _faults(question):
        raise fault
    return question


def hint(name: str, known: Collection[str]) -> str:
    """What stands behind a name that is not known: the nearest that is."""
    similar = nearest(name, known)
    return f" ({similar}?)" if similar else ""


def _value(name: str, value: Any) -> Any:
    if name == "where":
        return tuple(_condition(each) for each in _listed(name, value, Mapping))
    if name in ("processes", "departments", "group", "measures"):
        return tuple(dict.fromkeys(each.strip()[:LONGEST] for each in _listed(name, value, str) if each.strip()))
    if not isinstance(value, str):
        raise errors.Invalid(WRONG, name=name, value=str(value)[:LONGEST], hint="")
    return value


def _listed(name: str, value: Any, of: type) -> list[Any]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, of) for each in value):
        raise errors.Invalid(WRONG, name=name, value=str(value)[:LONGEST], hint="")
    return list(value)


def _condition(raw: Mapping[str, Any]) -> Condition:
    for name in raw:
        if name not in ("field", "comparison", "value"):
            known = ("field", "comparison", "value")
            raise errors.Invalid(UNKNOWN, name=str(name)[:LONGEST], hint=hint(str(name), known))
    made = Condition(*(str(raw.get(name, ""))[:LONGEST] for name in ("field", "comparison", "value")))
    if made.comparison not in COMPARISONS:
        raise errors.Invalid(WRONG, name="comparison", value=made.comparison, hint=hint(made.comparison, COMPARISONS))
    return made


def _faults(question: Question) -> Iterator[errors.Invalid]:
    for name, allowed in CHOICES.items():
        value = getattr(question, name)
        if value not in allowed:
            yield errors.Invalid(WRONG, name=name, value=value[:LONGEST], hint=hint(value, allowed))
    if not 0 < len(question.processes) <= MOST_PROCESSES:
        yield errors.Invalid("Please choose between 1 and %(most)s processes.", most=MOST_PROCESSES)
    if len(question.group) > MOST_GROUPS:
        yield errors.Invalid("A report is grouped by at most two fields.")
    if not 0 < len(question.measures) <= MOST_MEASURES:
        yield errors.Invalid("Please choose between 1 and %(most)s figures.", most=MOST_MEASURES)
    if len(question.where) > MOST_CONDITIONS:
        yield errors.Invalid("A report has at most %(most)s conditions.", most=MOST_CONDITIONS)
    if question.show == "heat" and len(question.group) != MOST_GROUPS:
        yield errors.Invalid("A heat map needs two fields to group by.")
    if question.show in ("bars", "line") and not question.group:
        yield errors.Invalid("A chart needs a field to group by.")
    yield from spans.faults(question.period, has_comparison=bool(question.compare))
