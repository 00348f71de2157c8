"""The fields that a search of the API can ask for: what a value of each looks like, and which operators fit it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from engine import errors
from engine.basics.nearest import nearest
from engine.queries.api import patterns

Column = InstrumentedAttribute[Any] | ColumnElement[Any]
Condition = ColumnElement[bool]
FieldKind = TypeVar("FieldKind")

LARGEST = (1 << 63) - 1
EQUALITY = ("$eq", "$neq", "$exists", "$in", "$notIn")
ORDER = ("$gt", "$gte", "$lt", "$lte")
NEGATED = ("$neq", "$notIn")
COMPARED = {"$eq": "__eq__", "$neq": "__eq__", "$gt": "__gt__", "$gte": "__ge__", "$lt": "__lt__", "$lte": "__le__"}
NO_FIELD = "There is no field “%(name)s” to search by."
NO_FIELD_BUT = "There is no field “%(name)s” to search by; did you mean “%(nearest)s”?"
NO_OPERATOR = "The field “%(name)s” has no operator “%(operator)s”; it has %(known)s."
NO_FIT = "The filter of “%(name)s” does not fit: %(why)s"
NO_ORDER = "Nothing can be sorted by “%(name)s”."


@dataclass(frozen=True)
class ApiField:
    """A field of the API: its column, how its text becomes the column's value, and the operators that fit it.

    `words` are those of a state: the API's word with ours, None for one that never comes here. `within` makes of a
    condition on the column one on the row that is searched, for a column of another table.
    """

    column: Column
    read: Callable[[Any], Any] = str
    operators: tuple[str, ...] = EQUALITY
    words: Mapping[str, str | None] | None = None
    within: Callable[[Condition], Condition] | None = None
    is_sorted: bool = True

    def operate(self, operator: str, value: Any) -> Condition:
        """The condition on the row that is searched. Raises Invalid for a value that does not fit."""
        compared = self._compared(operator, value)
        condition = self.within(compared) if self.within else compared
        return _otherwise(condition) if operator in NEGATED or (operator == "$exists" and value is False) else condition

    def _compared(self, operator: str, value: Any) -> Condition:
        if operator in ("$in", "$notIn"):
            return self.column.in_(listed(self.read, value))
        if operator == "$exists":
            yes_or_no(value)
            return self.column.is_not(None)
        if operator == "$like":
            return _like(self, written(value))
        compared: Condition = getattr(self.column, COMPARED[operator])(self.read(value))
        return compared


def text(column: Column) -> ApiField:
    """A field of text."""
    return ApiField(column, written, (*EQUALITY, "$like"))


def key_of(column: Column) -> ApiField:
    """A field that holds a key."""
    return ApiField(column, key)


def number_of(column: Column) -> ApiField:
    """A field that holds a whole number."""
    return ApiField(column, number, EQUALITY + ORDER)


def moment_of(column: Column) -> ApiField:
    """A field that holds a date-time."""
    return ApiField(column, moment, EQUALITY + ORDER)


def flag(column: Column) -> ApiField:
    """A field that is true or false."""
    return ApiField(column, yes_or_no, ("$eq", "$neq"))


def state(column: Column, words: Mapping[str, str | None]) -> ApiField:
    """A field with one of a few words."""
    return ApiField(column, lambda value: _word(words, value), (*EQUALITY, "$like"), words)


def offered(field: ApiField, within: Callable[[Condition], Condition]) -> ApiField:
    """A field of rows beside the one that is searched: it holds where one of them fits."""
    return replace(field, within=within, is_sorted=False)


def key(value: Any) -> int:
    """A key of the API (a decimal string) as a number. Raises Invalid."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20 and int(value) <= LARGEST:
        return int(value)
    raise errors.Invalid("“%(value)s” is not a key.", value=str(value)[:40])


def moment(value: Any) -> datetime:
    """A date-time of the API as a moment. Raises Invalid."""
    try:
        at = datetime.fromisoformat(value)
        at.astimezone(UTC)  # the first and the last hours of all dates lie outside in some zones
    except (TypeError, ValueError, OverflowError):
        at = None
    if at is None or at.tzinfo is None:
        raise errors.Invalid("“%(value)s” is not a date-time with a zone.", value=str(value)[:40])
    return at


def number(value: Any) -> int:
    """A whole number of the API. Raises Invalid."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise errors.Invalid("“%(value)s” is not a whole number.", value=str(value)[:40])
    return value


def yes_or_no(value: Any) -> bool:
    """true or false. Raises Invalid for anything else."""
    if not isinstance(value, bool):
        raise errors.Invalid("“%(value)s” is neither true nor false.", value=str(value)[:40])
    return value


def written(value: Any) -> str:
    """A text. Raises Invalid for anything else."""
    if not isinstance(value, str):
        raise errors.Invalid("“%(value)s” is not a text.", value=str(value)[:40])
    return value


def named(known: Mapping[str, FieldKind], name: str) -> FieldKind:
    """The field of a name. Raises Invalid with the nearest known name."""
    if name in known:
        return known[name]
    near = nearest(name, known)
    if near:
        raise refused(NO_FIELD_BUT, name, nearest=near)
    raise refused(NO_FIELD, name)


def refused(text: str, name: str, **values: object) -> errors.Invalid:
    """The refusal of a field of the search, told as a sentence and by the field."""
    told: dict[str, Any] = {"name": name[:40], **values}
    return errors.Invalid(text, fields={name[:40]: [errors.Refusal(text, **told)]}, **told)


def condition(known: Mapping[str, ApiField], asked: Mapping[str, Any]) -> Condition:
    """What a filter asks of a statement's rows, as SQL. Raises Invalid with the field that does not fit."""
    return combined(known, asked, lambda parts: and_(true(), *parts), lambda parts: or_(*parts))


def combined(known: Mapping[str, Any], asked: Mapping[str, Any], every: Any, some: Any) -> Any:
    """What a filter asks for: every field of it, each a value or operators with values, and `$or` of further filters.

    `known` are fields whose `operate` makes a condition; `every` and `some` join a list of them. A member that is null
    asks for nothing. Raises Invalid with the field that does not fit.
    """
    return every([_one(known, name, value, every, some) for name, value in asked.items() if value is not None])


def _one(known: Mapping[str, Any], name: str, asked: Any, every: Any, some: Any) -> Any:
    if name == "$or":
        return some([combined(known, each, every, some) for each in _alternatives(asked)])
    field = named(known, name)
    operators = asked if isinstance(asked, Mapping) else {"$eq": asked}
    return every([_fitting(field, name, *each) for each in operators.items() if each[1] is not None])


def _alternatives(asked: Any) -> list[Mapping[str, Any]]:
    if isinstance(asked, list) and asked and all(isinstance(each, Mapping) for each in asked):
        return asked
    raise refused(NO_FIT, "$or", why=errors.Refusal("it holds a list of filters."))


def _fitting(field: Any, name: str, operator: str, value: Any) -> Any:
    if operator not in field.operators:
        raise refused(NO_OPERATOR, name, operator=operator[:40], known=", ".join(field.operators))
    try:
        return field.operate(operator, value)
    except errors.Invalid as refusal:
        raise refused(NO_FIT, name, why=refusal) from refusal


def _otherwise(condition: Condition) -> Condition:
    """Every row for which the condition does not hold; an empty value is another one than any that is named."""
    return not_(func.coalesce(condition, false()))


def listed(read: Callable[[Any], Any], values: Any) -> list[Any]:
    """The values of `$in`. Raises Invalid for what is no list."""
    if not isinstance(values, list):
        raise errors.Invalid("a list is needed.")
    return [read(each) for each in values]


def _like(field: ApiField, pattern: str) -> Condition:
    if field.words is not None:  # what is compared are the words that the caller knows
        return field.column.in_([ours for word, ours in field.words.items() if ours and patterns.matches(pattern, word)])
    return patterns.like(field.column, pattern)


def _word(words: Mapping[str, str | None], value: Any) -> str:
    if not isinstance(value, str) or value not in words:
        known = ", ".join(words)
        raise errors.Invalid("“%(value)s” is none of %(known)s.", value=str(value)[:40], known=known)
    return words[value] or ""
