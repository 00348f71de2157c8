"""How the columns of a register stand in the lines kept with the cases: what names a cell, how its values compare."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sqlalchemy import BigInteger, ColumnElement, case, literal_column

from engine.definitions.settings import Column
from engine.storage.models import ProcessInstance

Kind = Literal["text", "number", "moment"]


def kind(column: Column) -> Kind:
    """How the values of a column are compared: as numbers, as days and moments, or as texts."""
    if column.type == "number":
        return "number"
    return "moment" if column.type in ("date", "datetime") else "text"


@lru_cache(maxsize=4096)
def column_id(column: Column) -> str:
    """What names a column in the kept lines: the same for the same expression, whatever it is called and wherever it stands."""
    return "c" + hashlib.sha256(f"{kind(column)}\0{column.value}".encode()).hexdigest()[:10]


def cell(column: Column) -> ColumnElement[str]:
    """The kept text of a column in SQL, null where it has no value of its type."""
    return _kept("cells", column)


@dataclass(frozen=True)
class Lines:
    """What somebody finds in the kept lines: in those of the cases that are `closed` to him nothing, however he asks."""

    closed: frozenset[int] = frozenset()

    def cell(self, column: Column) -> ColumnElement[str]:
        """`cell` for this reader."""
        return self._readable(cell(column))

    def other(self, column: Column) -> ColumnElement[str]:
        """What is kept of a column that is not of its type."""
        return self._readable(_kept("other", column))

    def _readable(self, kept: ColumnElement[str]) -> ColumnElement[str]:
        if not self.closed:
            return kept
        keys = [
            literal_column(str(key), BigInteger()) for key in sorted(self.closed)
        ]  # more than a statement takes as parameters
        return case((ProcessInstance.key.not_in(keys), kept))


def _kept(part: str, column: Column) -> ColumnElement[str]:
    return ProcessInstance.register[(part, column_id(column))].as_string()
