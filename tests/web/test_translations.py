"""Every text that a person can read is there in Chinese: of pages, of refusals, of problems."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from engine.basics.catalogues import catalogue

ROOT = Path(__file__).parents[2]
# placeholders, and what is typed as it stands: calls in FEEL, “编号:文字”, `…`, addresses
_CODE = re.compile(r"%\(\w+\)s|[a-z_ ]+\([^()]*\)|“[^”，：]+:[^”，：]+”|`[^`]*`|ldaps?://\S+")
_HALF_WIDTH = re.compile(r"[\u3400-\u9fff][,;:?!(]|[,;:?!)][\u3400-\u9fff]")
_MESSAGE = r"\{\{ _\('((?:[^'\\]|\\.)*)'"
_NAMED = re.compile(rf'<(?:button|a|summary)\b[^<>]*?aria-label="{_MESSAGE}[^<]*?>{_MESSAGE}\) \}}\}}<')
CATALOGUES = sorted(ROOT.glob("translations/*/zh_Hans/LC_MESSAGES/messages.po"))
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
REFUSALS = {
    "Refusal",
    "NotFound",
    "Forbidden",
    "Conflict",
    "Invalid",
    "Unavailable",
    "Unreadable",
    "Problem",
    "_problem",
    "_refuse",
    "_refusal",
    "refused",
    "problem",
    "declared",
    "fault",
    "refuse",
    "Wrong",
    "Changed",
    "TooMany",
    "TooLarge",
    "unknown",
}


def chinese() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in CATALOGUES:
        with path.open("rb") as file:
            found |= {each: str(message.string) for message in read_po(file) for each in _forms(message.id) if each}
    return found


def page_texts() -> set[str]:
    methods = [("templates/**.html", "jinja2"), ("**.py", "python")]
    found = extract_from_dir(str(ROOT / "web"), method_map=methods, keywords=KEYWORDS)
    return {each for _file, _line, message, _comments, _context in found for each in _forms(message)}


def _forms(message: str | Sequence[str]) -> Sequence[str]:
    """A text, or its forms for one and for many."""
    return (message,) if isinstance(message, str) else message


def refused_texts() -> set[str]:
    modules = [path for folder in ("engine", "web") for path in sorted((ROOT / folder).rglob("*.py"))]
    trees = [ast.parse(path.read_text()) for path in modules]
    constants = {name: text for tree in trees for name, text in _constants(tree)}
    return {text for tree in trees for text in _refusals(tree, constants)}


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = _text(node.value)
            if text:
                yield node.targets[0].id, text


def _refusals(tree: ast.Module, constants: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in REFUSALS:
            texts = (_text(argument) or constants.get(_name(argument)) for argument in node.args)
            yield from (text for text in texts if text and " " in text.strip())
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and _text(node.value.elts[0]):
            text = str(_text(node.value.elts[0]))
            yield from [text] if " " in text else []


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_every_text_of_a_page_is_there_in_chinese() -> None:
    assert sorted(page_texts() - chinese().keys()) == []


def test_every_refusal_and_problem_is_there_in_chinese() -> None:
    assert sorted(refused_texts() - chinese().keys()) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-4])
def test_translations_are_whole_and_keep_their_placeholders(path: Path) -> None:
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    assert [message.id for message in messages if message.fuzzy or not message.string] == []
    for message in messages:
        assert set(_holes(message.id)) == set(_holes(message.string)), message.id


def _holes(text: object) -> list[str]:
    return [part.split(")")[0] for part in str(text).split("%(")[1:]]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-4])
def test_chinese_has_chinese_punctuation(path: Path) -> None:
    with path.open("rb") as file:
        texts = [str(message.string) for message in read_po(file) if message.id]
    assert [text for text in texts if _HALF_WIDTH.search(_CODE.sub("", text))] == []


def test_no_text_is_translated_twice_in_different_words() -> None:
    seen: dict[str, str] = {}
    for path in CATALOGUES:
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    assert seen.setdefault(str(message.id), str(message.string)) == str(message.string), message.id


def test_what_a_button_is_called_holds_what_stands_on_it_in_both_languages() -> None:
    """WCAG 2.5.3, label in name: who speaks to the page says what is read on the button."""
    known, wrong = chinese(), []
    for path in sorted(ROOT.glob("web/templates/**/*.html")):
        for name, shown in ((_plain(each[1]), _plain(each[2])) for each in _NAMED.finditer(path.read_text())):
            if shown.lower() not in name.lower() or known.get(shown, shown) not in known.get(name, name):
                wrong.append((path.name, name, shown))
    assert wrong == []


def _plain(message: str) -> str:
    return message.replace("\\'", "'")


def test_one_is_not_several_in_english_and_chinese_has_one_form() -> None:
    own, english = catalogue("zh_Hans"), catalogue("en")
    told = [each.ngettext("%(num)s entry", "%(num)s entries", n) for each in (english, own) for n in (1, 2)]
    assert told == ["%(num)s entry", "%(num)s entries", "%(num)s 条记录", "%(num)s 条记录"]
