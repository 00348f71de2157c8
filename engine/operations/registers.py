"""The operations that enter a line in a register [台账], and count its lines."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from engine import errors
from engine.cases.lines import registers
from engine.operations.registry import OperationContext, operation
from engine.people import organisation


@operation("registers.enter", in_transaction=True, demanded=("register",))
def enter(context: OperationContext, entry: dict[str, Any]) -> dict[str, Any]:
    """Enters `entry` in the register of the header `register`; header `number` is the pattern. Gives `entry_number`.

    Nobody ever removes the line, so it holds personal data masked: they can be destroyed with the case.
    """
    company = organisation.current(context.session, context.instance.company_id)
    row = registers.enter(
        context.session,
        company,
        context.actor,
        context.headers.get("register", ""),
        context.masked(entry),
        now=context.now,
        instance=context.instance,
        pattern=context.headers.get("number", registers.DEFAULT_NUMBER),
    )
    return {"entry_number": row.number}


@operation("registers.count", in_transaction=True, demanded=("register",))
def count(context: OperationContext, by: list[Any], since: Any = None, until: Any = None, distinct: str = "") -> dict[str, Any]:
    """Counts the lines of the register of the header `register`, for each combination of values in the columns `by`.

    `distinct`: a column whose every value is counted once, as a customer with several contracts, where it first came.
    `since`, `until`: dates or moments; a line of the day `until` counts no more. Gives {lines: [{column: value, …, count}],
    total}. Raises Invalid for a column that is no text, or a bound that is no date.
    """
    company = organisation.current(context.session, context.instance.company_id)
    columns = [str(each) for each in by if isinstance(each, str)]
    if len(columns) != len(by) or "count" in columns:
        raise errors.Invalid("The columns to count a register by must be names.")
    first, end = (_moment(each, ZoneInfo(company.time_zone)) for each in (since, until))
    register = context.headers.get("register", "")
    spans = {"since": first, "until": end}
    counted, total = registers.counted(context.session, company.id, register, columns, distinct=distinct or "", **spans)
    lines = [{**dict(zip(columns, values, strict=True)), "count": number} for values, number in counted]
    return {"lines": lines, "total": total}


def _moment(given: Any, zone: ZoneInfo) -> datetime | None:
    """The beginning of a date, or a moment; texts are read as either."""
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given) if "T" in given else date.fromisoformat(given)
        except ValueError as error:
            raise errors.Invalid("%(text)s is not a date.", text=given) from error
    if isinstance(given, datetime):
        return given if given.tzinfo else given.replace(tzinfo=zone)
    if given is None:
        return None
    if isinstance(given, date):
        return datetime.combine(given, time.min, zone)
    raise errors.Invalid("%(text)s is not a date.", text=given)
