"""Built-ins over booleans and over values of any kind (DMN 1.5 clauses 10.3.4.2 and 10.3.4.10; Camunda 8)."""

from __future__ import annotations

from engine.feel import errors
from engine.feel.builtins.registry import builtin
from engine.feel.data import temporal
from engine.feel.data.temporal import DateTime, Time
from engine.feel.data.values import equal
from engine.feel.run import ExpressionRun


@builtin("not", "negand: any", "The opposite of a boolean; null for anything else.")
def not_(negand: object) -> object:
    return not negand if isinstance(negand, bool) else None


@builtin("is", "value1: any, value2: any", "Whether two values are the same, time zone included.")
def is_(run: ExpressionRun, value1: object, value2: object) -> bool:
    if type(value1) is type(value2) and isinstance(value1, Time | DateTime):
        return _on_clock(value1) == _on_clock(value2)
    return type(value1) is type(value2) and equal(value1, value2, run.budget) is True


def _on_clock(value: object) -> tuple[int, int | None]:
    """What the clock shows, and how far from UTC it is; None for one in no zone."""
    if isinstance(value, DateTime):
        return value.local, value.utc_offset
    assert isinstance(value, Time)
    return value.nanos, None if value.is_local else temporal.time_offset(value)


@builtin("is defined", "value: any", "Whether a name or path leads to a value, be it null.")
def is_defined(value: object) -> bool:
    return value is not None


@builtin("get or else", "value: any, default: any", "The value, or the default when it is null.")
def get_or_else(value: object, default: object) -> object:
    return default if value is None else value


@builtin("assert", "value: any, condition: any, cause: string?", "The value if the condition holds; else an error.")
def assert_(value: object, condition: object, cause: str | None) -> object:
    if condition is True:
        return value
    if cause is not None:
        raise errors.FeelEvaluationError("%(cause)s", cause=cause)
    raise errors.FeelEvaluationError("The assertion does not hold.")
