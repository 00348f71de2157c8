"""Positions in the order of a search: rows behind or in front of one, also where values are empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, and_, case, false, or_

from engine import errors
from engine.queries import paging
from engine.queries.api import fields
from engine.queries.api.fields import LARGEST, Column
from engine.storage.models import Moment

TO_STANDARD, FROM_STANDARD = str.maketrans("-_", "+/"), str.maketrans("+/", "-_")
DAMAGED = "This page address is damaged. Please open the list again."


@dataclass(frozen=True)
class SortColumn:
    """One column of an order; an empty value comes after every other, as it does in PostgreSQL."""

    column: Column
    is_descending: bool

    @property
    def value(self) -> Any:
        """What is compared; databases differ in whether a truth value is a number."""
        return case((self.column, 1), else_=0) if isinstance(self.column.type, Boolean) else self.column

    @property
    def parts(self) -> list[Any]:
        """What SQL sorts by: whether the value is empty, where it may be, then the value."""
        return [_emptiness(self.column), self.value] if getattr(self.column, "nullable", False) else [self.value]

    def same(self, value: Any) -> ColumnElement[bool]:
        """The rows at the value."""
        condition: ColumnElement[bool] = self.column.is_(None) if value is None else self.value == value
        return condition

    def beyond(self, value: Any, is_backwards: bool) -> ColumnElement[bool]:
        """The rows that come later than the value, or with `is_backwards` earlier."""
        goes_down = self.is_descending != is_backwards
        if value is None:
            return self.column.is_not(None) if goes_down else false()
        further = self.value < value if goes_down else self.value > value
        return further if goes_down or len(self.parts) == 1 else or_(further, self.column.is_(None))

    def typed(self, value: Any) -> Any:
        """A cursor's value as the column's type. Raises Invalid for one that was tampered with."""
        if isinstance(self.column.type, Moment) and isinstance(value, str):
            return _moment(value)
        if value is None and len(self.parts) == 2:
            return None
        if isinstance(self.column.type, Integer | Boolean):
            is_right = type(value) is int and abs(value) <= LARGEST
        else:
            is_right = isinstance(value, str)
        if is_right:
            return value
        raise errors.Invalid(DAMAGED)


def order_by(steps: Iterable[SortColumn], is_backwards: bool) -> list[Any]:
    """The order of the steps as SQL has it, or its reverse."""
    return [part.desc() if step.is_descending != is_backwards else part.asc() for step in steps for part in step.parts]


def beyond(steps: Sequence[SortColumn], cursor: str, is_backwards: bool) -> ColumnElement[bool]:
    """The rows behind the cursor, or with `is_backwards` in front of it. Raises Invalid for a damaged one."""
    position = decode(cursor)
    if len(position) != len(steps):
        raise errors.Invalid(DAMAGED)
    values = [step.typed(value) for step, value in zip(steps, position, strict=True)]
    pairs = list(zip(steps, values, strict=True))
    return or_(
        *(
            and_(*(step.same(value) for step, value in pairs[:place]), steps[place].beyond(values[place], is_backwards))
            for place in range(len(steps))
        )
    )


def encode(values: Iterable[Any]) -> str:
    """The cursor of a row with these values; clients of Camunda 8 take base64 with its own signs and padding alone."""
    text = paging.encode([value.isoformat() if isinstance(value, datetime) else value for value in values])
    return text.translate(TO_STANDARD) + "=" * (-len(text) % 4)


def decode(cursor: str) -> tuple[Any, ...]:
    """The values of a cursor. Raises Invalid for a damaged one."""
    return paging.decode(cursor.translate(FROM_STANDARD).rstrip("="))


def _emptiness(column: Column) -> Any:
    return case((column.is_(None), 1), else_=0)


def _moment(value: str) -> datetime:
    try:
        return fields.moment(value)
    except errors.Invalid as error:
        raise errors.Invalid(DAMAGED) from error
