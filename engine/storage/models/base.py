"""What every table shares: the declarative base, keys, moments in UTC, exact JSON, the owning company."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import simplejson
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Dialect,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.sql import expression

from engine.storage import keys

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value whose numbers stay exact: decimals are written and read as decimals."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else loads(value)


class Exact(TypeDecorator[Decimal]):
    """A decimal kept as its text: it is exact on every database, and is never summed or compared there."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> str | None:
        return None if value is None else f"{Decimal(value):f}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


# A JSON value that SQL looks into; its numbers are kept as texts, as only those are exact on every database.
Searched = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


# Made once: the functions of either library make one for each text. The standard library reads faster, but writes no decimals.
_DECODER = json.JSONDecoder(parse_float=Decimal)
_ENCODER = simplejson.JSONEncoder(use_decimal=True, ensure_ascii=False, separators=(",", ":"))


def dumps(value: Any) -> str:
    """JSON text of a value; decimals become number literals, Chinese stays readable."""
    return _ENCODER.encode(value)


def loads(text: str) -> Any:
    """The value of a JSON text; fractions become decimals, never binary floats."""
    return _DECODER.decode(text)


class _Holds(expression.FunctionElement[bool]):
    """Whether one text stands in another, letter for letter; LIKE takes no notice of capitals on SQLite."""

    inherit_cache = True
    name = "holds"
    type = Boolean()


@compiles(_Holds)
def _holds_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"(instr({compiler.process(element.clauses, **options)}) > 0)"


@compiles(_Holds, "postgresql")
def _holds_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"(strpos({compiler.process(element.clauses, **options)}) > 0)"


def lists_text(column: Any, text: str) -> ColumnElement[bool]:
    """The SQL condition that a column of type `list[Any]` holds this text as one of its elements.

    The column is looked through as it is written: an element stands in quotation marks, and those within it are escaped.
    """
    return _Holds(type_coerce(column, Text), dumps(text))


class _Names(expression.FunctionElement[bool]):
    """`lists_text`, said so that the index of the rows that list anything is walked from the text."""

    inherit_cache = True
    name = "names"
    type = Boolean()


@compiles(_Names)
def _names_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, text = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} <> '[]' AND instr({column}, {text}) > 0)"


@compiles(_Names, "postgresql")
def _names_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, text = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} <> '[]' AND ({column}::jsonb) @> ({text})::jsonb)"


def lists_text_by_index(column: Any, text: str) -> ColumnElement[bool]:
    """`lists_text` for finding the few rows that list it; for a column with such an index."""
    return _Names(type_coerce(column, Text), dumps(text))


def partial(name: str, *columns: str, where: str, include: Sequence[str] = ()) -> Index:
    """An index of the rows alone that meet a condition; a query must write it out, or SQLite does not see that it fits.

    PostgreSQL finds `include` in it too, without going to the table.
    """
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where), postgresql_include=list(include))


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment(),
        int: BigInteger(),
        Decimal: Exact(),
        dict[str, Any]: Json(),
        list[Any]: Json(),
    }


class Keyed:
    """A row with a key of its own, known before it is stored."""

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, default=keys.new, autoincrement=False)


class Owned:
    """A row that belongs to one company; `database.transaction(company)` sees no other's and stores none.

    No foreign key: PostgreSQL would lock the company's one row for every row that is stored.
    """

    @declared_attr
    def company_id(cls) -> Mapped[str]:
        return mapped_column()
