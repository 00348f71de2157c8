"""How personal data look when they are masked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import personal_data


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("王明", "王*"),
        ("王小明", "王**"),
        ("欧阳小明", "欧**"),
        ("王", "王*"),
        ("13812341234", "138****1234"),
        ("138 1234 1234", "138****1234"),
        ("+86 13812341234", "+86*******1234"),
        ("66668888", "******88"),
        ("11010519491231002X", "110***********002X"),
        ("wang@example.com", "w***@example.com"),
        ("", ""),
        (None, None),
        (5, 5),
        (["王明", "李四"], ["王*", "李*"]),
    ],
)
def test_names_numbers_and_addresses_are_masked(value: object, shown: object) -> None:
    assert personal_data.mask(value) == shown


@given(st.text(min_size=2, max_size=40).filter(lambda text: len(text.strip()) > 1))
def test_no_text_is_left_as_it_was(text: str) -> None:
    assert personal_data.mask(text) != text.strip() or set(text.strip()[1:]) == {"*"}
