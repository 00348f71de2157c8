"""Every refusal and problem of the runtime has a Chinese text with the same placeholders."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import pofile

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = ROOT / "translations/runtime/zh_Hans/LC_MESSAGES/messages.po"


def sentences(path: Path) -> Iterator[str]:
    """The texts a module hands out: sentences that are no docstrings."""
    tree = ast.parse(path.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and (re.fullmatch(r"[A-Z].* .*(\.|%\(\w+\)s)", node.value))
        ):
            yield node.value


SENTENCES = sorted({text for path in (ROOT / "engine/runtime").rglob("*.py") for text in sentences(path)})


def test_the_runtimes_texts_are_found() -> None:
    assert "This step is no longer open." in SENTENCES
    assert len(SENTENCES) > 50


@pytest.mark.parametrize("text", SENTENCES)
def test_each_text_is_translated_with_its_placeholders(text: str) -> None:
    with CATALOGUE.open("rb") as file:
        message = pofile.read_po(file, locale="zh_Hans").get(text)
    assert message is not None and message.string, "a text without a Chinese translation"
    assert sorted(re.findall(r"%\(\w+\)s", str(message.string))) == sorted(re.findall(r"%\(\w+\)s", text))
