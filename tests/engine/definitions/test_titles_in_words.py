"""Titles of cases, kept as they were worked out, in other words: what a case filled in is put into the translation's order."""

from __future__ import annotations

import pytest

from engine.definitions.languages import titles

FORMULA = '=get or else(customer, "待登记") + "投诉" + (if kind = null then "" else "（" + kind + "）")'
ENGLISH = '="Complaint: " + get or else(customer, "待登记") + (if kind = null then "" else " (" + kind + ")")'
WORDS = {FORMULA: ENGLISH, "待登记": "to be registered", "质量": "quality", "客户投诉": "Customer complaints"}


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("青禾文化投诉", "Complaint: 青禾文化"),
        ("青禾文化投诉（质量）", "Complaint: 青禾文化 (quality)"),  # a choice by what its label is
        ("待登记投诉", "Complaint: to be registered"),
        ("投诉事务所投诉（态度（二））", "Complaint: 投诉事务所 (态度（二）)"),
        ("客户投诉", "Customer complaints"),  # the process's own name, where nothing was filled in yet
        ("从前的标题", "从前的标题"),  # of a version that made it otherwise
        ("", ""),
    ],
)
def test_a_title_is_said_with_what_its_case_filled_in(title: str, said: str) -> None:
    assert titles.said(title, FORMULA, WORDS) == said


def test_without_words_of_its_own_the_choices_in_it_are_said_and_places_that_touch_stay() -> None:
    words = {"质量": "quality"}
    assert titles.said("青禾 · 质量", '=customer + " · " + kind', words) == "青禾 · quality"
    assert titles.said("青禾质量", "=customer + kind", words) == "青禾质量"
    assert list(titles.texts('=customer + " · " + kind')) == []
    assert list(titles.texts(FORMULA)) == [FORMULA, "待登记"]


@pytest.mark.parametrize(
    ("translation", "is_lacking"),
    [
        (ENGLISH, False),
        ('="Complaint: " + get or else(customer, "待登记")', False),  # may leave out, and need not part by cases
        ('="Complaint: " + customer', True),
        ('="Complaint: " + (if kind = "x" then "" else "new")', True),
        ("=1", True),
        ("=(", True),
    ],
)
def test_a_translation_that_asks_otherwise_cannot_say_every_title(translation: str, is_lacking: bool) -> None:
    assert titles.lacking(FORMULA, translation) is is_lacking
