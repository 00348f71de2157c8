"""Patterns of `$like` as Camunda 8's API writes them: `*` for any characters, `?` for one, `\\` before either for itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

TOKEN = re.compile(r"\\[*?\\]|.", re.DOTALL)


class Like(FunctionElement[bool]):
    """A column against a pattern, written twice: for LIKE, and for SQLite's GLOB, as its LIKE takes A for a."""

    type = Boolean()
    inherit_cache = True


def like(column: Any, pattern: str) -> ColumnElement[bool]:
    """Whether a column fits a pattern, with regard to case on every database."""
    return Like(column, literal(_written(pattern, "%", "_", _for_like)), literal(_written(pattern, "*", "?", _for_glob)))


def matches(pattern: str, value: str) -> bool:
    """Whether a text fits a pattern."""
    return re.fullmatch(_written(pattern, ".*", ".", re.escape), value, re.DOTALL) is not None


def _written(pattern: str, many: str, one: str, itself: Callable[[str], str]) -> str:
    wild = {"*": many, "?": one}
    return "".join(wild.get(each) or itself(each[-1]) for each in TOKEN.findall(pattern))


def _for_like(character: str) -> str:
    return f"\\{character}" if character in "%_\\" else character


def _for_glob(character: str) -> str:
    return f"[{character}]" if character in "*?[" else character


@compiles(Like)
def _in_general(element: Like, compiler: Any, **options: Any) -> str:
    column, pattern, _glob = element.clauses
    return f"{compiler.process(column, **options)} LIKE {compiler.process(pattern, **options)} ESCAPE '\\'"


@compiles(Like, "sqlite")
def _in_sqlite(element: Like, compiler: Any, **options: Any) -> str:
    column, _pattern, glob = element.clauses
    return f"{compiler.process(column, **options)} GLOB {compiler.process(glob, **options)}"
