"""The name that was meant, told to whoever misspelt it."""

import pytest

from engine.basics.nearest import nearest

KNOWN = ("username", "name", "department", "email", "clearance", "disabled")


@pytest.mark.parametrize(
    ("typed", "meant"), [("emial", "email"), ("Disabled", "disabled"), ("departement", "department"), ("xyz", None), ("", None)]
)
def test_the_nearest_known_name_is_told_and_none_that_is_far_away(typed: str, meant: str | None) -> None:
    assert nearest(typed, KNOWN) == meant


def test_nothing_is_near_where_nothing_is_known() -> None:
    assert nearest("name", ()) is None
