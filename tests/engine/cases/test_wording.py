"""A value in words is the same wherever it stands: titles, summaries, registers, papers."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cases.lines import wording
from tests.engine import kit

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (True, "是"),
        (Decimal("1E+2"), "100"),
        (Decimal("12.50"), "12.50"),
        (Decimal(100) / Decimal(3), "33.33"),
        (Decimal("0.000125"), "0.000125"),
        (Decimal("-0.0000004"), "0.00"),
        (7, "7"),
        ("2026-03-02T01:00:00Z", "2026-03-02 09:00"),
        ("2026-03-02T01:00:00", "2026-03-02 01:00"),
        ("2026-03-02", "2026-03-02"),
        ("The 3rd", "The 3rd"),
        (["a", None, Decimal(2)], "a、2"),
        ([{"key": "1", "name": "合同.pdf"}], "合同.pdf"),
        ({"city": "上海", "zip": None}, "上海"),
    ],
)
def test_a_value_is_worded_as_people_read_it(value: Any, words: str) -> None:
    assert wording.in_words(value, SHANGHAI) == words


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20))
def test_what_people_type_keeps_every_digit(number: Decimal) -> None:
    assert Decimal(wording.digits(number)) == number
    assert "E" not in wording.digits(number)


def test_a_field_that_names_its_decimals_is_rounded_to_them() -> None:
    assert wording.rounded(Decimal("2.345"), 2) == Decimal("2.35")
    assert str(wording.rounded(Decimal("-0.004"), 2)) == "0.00"


def test_a_summary_shows_neither_raw_moments_nor_endless_fractions(database: Any, cast: Any) -> None:
    number = {"type": "number", "key": "third", "label": "third"}
    process = kit.diagram(
        "told",
        kit.start(form="asked"),
        kit.task("a", groups="客服专员"),
        kit.end(),
        kit.chain("started", "a", "done"),
        may_start=["*"],
        title_of_case='="评分 " + string(third)',
        summary=[
            {"label": "份额", "value": "=third / 3"},
            {"label": "何时", "value": "=started_at"},
            {"label": "大数", "value": "=third * 1000"},
        ],
    )
    kit.deploy(database, cast.owner, kit.form("asked", number), process)
    key = kit.begin(database, cast.clerk, "told", {"third": Decimal("100")})
    shown = {each["label"]: each["value"] for each in kit.instance(database, key).summary}
    assert shown == {"份额": "33.33", "何时": "2026-03-02 09:00", "大数": "100000"}
