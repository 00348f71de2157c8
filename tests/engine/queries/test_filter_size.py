"""A filter that no database could take is refused by its field, before one is asked."""

from __future__ import annotations

from typing import Any

import pytest

from engine import errors
from engine.queries.api import search

ONE = {"state": "ACTIVE"}


def chained(depth: int) -> dict[str, Any]:
    return ONE if depth == 0 else {"$or": [chained(depth - 1), ONE]}


@pytest.mark.parametrize(
    ("name", "filter"),
    [
        ("$or", {"$or": [ONE] * 5000}),
        ("$or", chained(90)),
        ("state", {"$or": [ONE] * 199, "state": {"$neq": "A", "$eq": "B"}}),
        ("processInstanceKey", {"processInstanceKey": {"$in": ["1"] * 2001}}),
        ("$or", {"$or": [{"key": {"$in": ["1"] * 1001}}] * 2}),
    ],
)
def test_too_large_a_filter_is_refused_by_its_field(name: str, filter: dict[str, Any]) -> None:
    with pytest.raises(errors.Invalid) as caught:
        search.Query(filter)
    assert caught.value.values["name"] == name


def test_too_many_fields_to_sort_by_are_refused() -> None:
    with pytest.raises(errors.Invalid):
        search.Query(sort=(("state", True),) * 11)


@pytest.mark.parametrize("filter", [{}, ONE, {"$or": [ONE] * 200}, {"key": {"$in": ["1"] * 2000}}, chained(2)])
def test_what_people_ask_for_is_taken(filter: dict[str, Any]) -> None:
    assert search.Query(filter).filter == filter
