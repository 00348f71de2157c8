"""How large a search's filter may be: what a database could not take is refused before it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import errors

MAX_TERMS = 200
MAX_VALUES = 2000
MAX_DEPTH = 5
MAX_SORTS = 10
TOO_MUCH = (
    "The filter of “%(name)s” holds too much: in all at most %(terms)s conditions, %(values)s values and %(depth)s levels."
)
TOO_MANY_SORTS = "A search can be sorted by at most %(most)s fields."


def check(filter: Mapping[str, Any], sort: tuple[tuple[str, bool], ...]) -> None:
    """Raises Invalid with the field (`$or`, or the name) at which the filter or the order grows too large."""
    terms, values = 0, 0
    for name, asked in filter.items():
        for depth, value in _terms(asked, 1):
            terms, values = terms + 1, values + (len(value) if isinstance(value, list) else 1)
            if terms > MAX_TERMS or values > MAX_VALUES or depth > MAX_DEPTH:
                raise errors.Invalid(TOO_MUCH, name=name[:40], terms=MAX_TERMS, values=MAX_VALUES, depth=MAX_DEPTH)
    if len(sort) > MAX_SORTS:
        raise errors.Invalid(TOO_MANY_SORTS, most=MAX_SORTS)


def _terms(asked: Any, depth: int) -> Iterator[tuple[int, Any]]:
    """Every condition within, with its depth; a list of filters is gone into, a list of plain values is one condition."""
    if depth > MAX_DEPTH or not isinstance(asked, Mapping | list):
        yield depth, asked
    elif isinstance(asked, Mapping):
        for value in asked.values():
            yield from _terms(value, depth + 1)
    elif any(isinstance(each, Mapping) for each in asked):
        for each in asked:
            yield from _terms(each, depth)
    else:
        yield depth, asked
