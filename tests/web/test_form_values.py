"""How values of forms stand in inputs and in texts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import flask
import pytest

from web.frame import filters, forms
from web.frame.files import spreadsheets

MOMENT = {"type": "datetime", "subtype": "datetime"}


@pytest.mark.parametrize(
    ("value", "raw", "shown"),
    [
        (None, {}, ""),
        (Decimal("1E+3"), {}, "1000"),
        ("2026-03-02T01:00:00Z", MOMENT, "2026-03-02T09:00"),
        ("2026-03-02T09:00:00+08:00", MOMENT, "2026-03-02T09:00"),
        ("2026-03-02T09:00", MOMENT, "2026-03-02T09:00"),
        ("2026-03-02T09:00:00@Asia/Shanghai", MOMENT, "2026-03-02T09:00"),  # as an expression writes it
        ("2026-03-02T10:00:00@Asia/Tokyo", MOMENT, "2026-03-02T09:00"),
        ("not a moment", MOMENT, "not a moment"),
    ],
)
def test_an_input_carries_the_value_as_a_browser_reads_it(
    app: flask.Flask, value: object, raw: dict[str, str], shown: str
) -> None:
    with app.test_request_context():
        assert forms.input_value(value, raw) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "—"),
        (True, "是"),
        (Decimal("12345.50"), "12,345.50"),
        (["甲", "乙"], "甲、乙"),
        ("<b>", "<b>"),
        ({"品名": "纸", "数量": 2}, "品名：纸；数量：2"),
        ("2026-03-02", "2026年3月2日"),
        ("2026-03-02 09:00", "2026年3月2日 09:00"),  # as the summary of a case holds it
        ("2026-03-02T10:00:00@Asia/Tokyo", "2026年3月2日 09:00"),
    ],
)
def test_a_value_is_worded_for_reading(app: flask.Flask, value: object, shown: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert forms.plain(value) == shown


def test_a_spreadsheet_sorts_a_moment_that_an_expression_wrote(app: flask.Flask) -> None:
    with app.test_request_context():
        at = spreadsheets.typed("datetime", "2026-03-02T10:00:00@Asia/Tokyo")
        assert at.astimezone(UTC) == datetime(2026, 3, 2, 1, tzinfo=UTC)
        assert spreadsheets.typed("date", "2026-03-02") == date(2026, 3, 2) and spreadsheets.typed("date", "?") == "?"


@pytest.mark.parametrize(("language", "shown"), [("zh-CN", "何强、周建国"), ("en", "何强, 周建国")])
def test_people_in_one_text_are_enumerated_as_the_reader_does(app: flask.Flask, language: str, shown: str) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        assert filters.people("何强、周建国") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**总部监督指导：**三日内补齐", "<strong>总部监督指导：</strong>三日内补齐"),
        ("请看**“退回”**的单据", "请看<strong>“退回”</strong>的单据"),
        ("a**b**c 2 ** 3", "a<strong>b</strong>c 2 ** 3"),
    ],
)
def test_what_is_marked_as_bold_is_bold_in_chinese_too(text: str, shown: str) -> None:
    assert str(forms.markdown(text)).strip() == f"<p>{shown}</p>"


def test_a_text_of_a_form_is_markdown_and_never_markup(app: flask.Flask) -> None:
    html = str(forms.markdown("**粗** <script>alert(1)</script> [x](javascript:alert(1))"))
    assert "<strong>粗</strong>" in html and "<script" not in html and 'href="javascript' not in html
