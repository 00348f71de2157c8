"""How the columns of a register stand in the lines kept with the cases: what names a cell, how its values compare."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Literal

from sqlalchemy import ColumnElement

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
    return ProcessInstance.register[("cells", column_id(column))].as_string()
