"""Readings are those of pypinyin with its table of phrases, which is not loaded for them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from importlib import resources

import pytest

from engine.basics import readings
from engine.basics.letters import pinyin

TOLD_BY_PYPINYIN = """
import json, sys, pypinyin
texts = json.load(sys.stdin)
print(json.dumps([[pypinyin.lazy_pinyin(text, style=style) for text in texts] for style in (pypinyin.NORMAL, pypinyin.FIRST_LETTER)]))
"""
TABLE = """{
"一丁": [
[
"yī"
],
[
"dīng"
]
],
"银行": [
[
"yín"
],
[
"háng"
]
]
}""".encode()


def _texts() -> list[str]:
    """Phrases, beginnings of phrases and single characters in a row, with other writing between them."""
    phrases = list(json.loads(resources.files("pypinyin").joinpath("phrases_dict.json").read_bytes()))
    chosen = random.Random(8)
    parts = [*phrases, *(each[: chosen.randint(1, len(each))] for each in phrases), *"A1（· 々〇嗯"]
    return ["".join(chosen.choices(parts, k=chosen.randint(1, 4))) for _ in range(500)]


def test_they_are_those_of_the_library() -> None:
    texts = ["长河物流", "重庆", "吕布", "哼唷", "", *_texts()]
    told = subprocess.run(
        [sys.executable, "-c", TOLD_BY_PYPINYIN], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    assert [[readings.read(text, style) for text in texts] for style in ("NORMAL", "FIRST_LETTER")] == json.loads(told.stdout)


@pytest.mark.parametrize(
    ("text", "known", "begins"),
    [("银行", ["yín", "háng"], True), ("银", None, True), ("一行", None, False), ("龟", None, False)],
)
def test_a_phrase_and_its_beginning_are_found_in_the_table(text: str, known: list[str] | None, begins: bool) -> None:
    phrases = readings.Phrases(TABLE)
    assert (phrases.readings(text), phrases.begins(text)) == (known, begins)


def test_names_are_found_and_sorted_by_them() -> None:
    assert pinyin.initials("长河物流") == "chwl" and pinyin.spelled("重庆") == "chong qing"
