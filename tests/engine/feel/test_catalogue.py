"""Every message of FEEL is there in Chinese, with the same placeholders."""

from __future__ import annotations

import ast
import pathlib
import re
from collections.abc import Iterator

import pytest
from babel.messages import pofile

from engine import feel
from engine.feel import wording
from engine.feel.data import values

ROOT = pathlib.Path(__file__).parents[3]
CATALOGUE = ROOT / "translations/feel/zh_Hans/LC_MESSAGES/messages.po"
SENTENCE = re.compile(r"[A-Z“%].* .*[.?]", re.S)
EXPECTED = {"error", "label", "_declared"}


def messages() -> Iterator[str]:
    """The message ids of engine/feel: sentences that are no docstrings, and what a syntax error expected."""
    yield from wording.KINDS
    for path in sorted((ROOT / "engine/feel").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                if SENTENCE.fullmatch(node.value):
                    yield node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in EXPECTED:
                yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def test_kinds_of_values_are_worded_too(catalogue: dict[str, str]) -> None:
    assert set(wording.KINDS) == set(values.KINDS.values())
    problem = feel.problems('string length("a") = "1"')[0]
    said = feel.worded(problem.message, problem.values, lambda message: catalogue.get(message, message))
    assert said == "这个条件永远不会成立：拿数字和文本比较。"


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\((\w+)\)s", text))


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in pofile.read_po(file) if entry.id}


def test_every_message_has_a_chinese_text(catalogue: dict[str, str]) -> None:
    missing = sorted({message for message in messages() if not catalogue.get(message)})
    assert not missing


def test_the_catalogue_has_nothing_that_is_no_longer_said(catalogue: dict[str, str]) -> None:
    assert not sorted(set(catalogue) - set(messages()))


def test_placeholders_survive_translation(catalogue: dict[str, str]) -> None:
    assert [m for m, text in catalogue.items() if placeholders(m) != placeholders(text)] == []
