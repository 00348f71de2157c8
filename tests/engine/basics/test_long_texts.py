"""What an author writes costs no more than its length, wherever it is looked for something: none of these would ever end."""

from __future__ import annotations

import pytest

from engine.deploying import renaming
from engine.deploying.checking.data import references
from engine.deploying.checking.meaning import tables
from engine.forms import placeholders

MANY = 5_000


@pytest.mark.parametrize("text", ["= [" + '"a"  ' * MANY + "x", '= ["a"' + " " * MANY + "x"], ids=["names", "blanks"])
def test_names_in_quotation_marks_are_read_in_one_pass(text: str) -> None:
    assert references.written(text) == [] and renaming._LISTED.fullmatch(text) is None


@pytest.mark.parametrize("text", ["1" * MANY + "x", "1.1" * MANY + "x", "1 " * MANY + "x"], ids=["digits", "points", "blanks"])
def test_a_cell_is_read_in_one_pass(text: str) -> None:
    assert tables._PLAIN.fullmatch(text) is None and tables._PLAIN.fullmatch(text[:-1]) is not None


def test_names_and_cells_are_read_as_before() -> None:
    assert references.written('= ["甲组", "乙组" ]') == [*references.written('="甲组"'), "乙组"] == ["甲组", "乙组"]
    for cell in ("", "-", "> 12.50", '"高", "低"', "[1..5]", "not(3)", "date"):
        assert (tables._PLAIN.fullmatch(cell) is None) == (cell == "date")


@pytest.mark.parametrize("text", ["{{" + " " * 200_000, "{{" * 100_000, "{{a " * 50_000], ids=["blanks", "braces", "names"])
def test_braces_that_never_close_are_words_at_once(text: str) -> None:
    assert placeholders.found(text) == [] and placeholders.filled(text, str.upper) == text


def test_braces_hold_expressions_within_a_line() -> None:
    text = "一 {{ a }}二{{b.c}}}\n{{}} {{d\n}} {{ }}"
    assert placeholders.found(text) == ["a", "b.c", ""]
    assert placeholders.filled(text, lambda each: f"<{each}>") == "一 <a>二<b.c>}\n{{}} {{d\n}} <>"
