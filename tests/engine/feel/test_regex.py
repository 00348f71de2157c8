"""Regular expressions of the XPath flavour, and that none of them can hang the server."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel
from tests.engine.feel.hostile import EXPLODING


def run(function: str, **arguments: object) -> object:
    names = ", ".join(f"{name}: {name}" for name in arguments)
    return feel.evaluate(f"{function}({names})", arguments)


@pytest.mark.parametrize(
    ("text", "pattern", "flags", "expected"),
    [
        ("foobar", "^fo*b", "", True),
        ("foobar", "^o", "", False),
        ("13912345678", r"^1[3-9]\d{9}$", "", True),
        ("1391234567", r"^1[3-9]\d{9}$", "", False),
        ("a@b.cn", r"^[\w.]+@([\w\-]+\.)+\w+$", "", True),
        ("110101199003071234", r"^\d{17}[\dXx]$", "", True),
        ("中文", r"^\p{IsCJKUnifiedIdeographs}+$", "", True),
        ("中文a", r"^\p{IsCJKUnifiedIdeographs}+$", "", False),
        ("Ab", r"^\p{Lu}\p{Ll}$", "", True),
        ("ab", r"^\P{Lu}+$", "", True),
        ("x", "[a-z-[aeiou]]", "", True),
        ("e", "[a-z-[aeiou]]", "", False),
        ("ABC", "abc", "i", True),
        ("a\nb", "a.b", "", False),
        ("a\nb", "a.b", "s", True),
        ("a\nb", "^b$", "m", True),
        ("a.b", "a.b", "q", True),
        ("axb", "a.b", "q", False),
        ("ab", "a b", "x", True),
        ("abab", r"^(ab)\1$", "", True),
        ("abba", r"^(a)(b)\2\1$", "", True),
        ("a-b_c.d", r"^\c+$", "", True),
        ("_x1", r"^\i\c*$", "", True),
        ("", "^$", "", True),
        ("aaa", "^a{2}$", "", False),
        ("aaa", "^a{2,}$", "", True),
        ("a", "(?:a|b)", "", True),
        ("a^", r"a\^", "", True),
    ],
)
def test_a_pattern_fits_or_not(text: str, pattern: str, flags: str, expected: bool) -> None:
    assert run("matches", input=text, pattern=pattern, flags=flags) is expected


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[", "[]", "a{2,1}", "*", "a**", r"\1", r"(a\1)", r"\q", "[z-a]", r"\p{Nope}", "{", "(?=a)", "a{99999}"],
)
def test_a_malformed_pattern_is_null_with_a_warning(pattern: str) -> None:
    warnings: list[feel.Warning] = []
    assert feel.evaluate("matches(t, p)", {"t": "x", "p": pattern}, warnings=warnings) is None
    assert warnings


@pytest.mark.parametrize(
    ("text", "pattern", "replacement", "expected"),
    [
        ("abracadabra", "a.*?a", "*", "*c*bra"),
        ("abracadabra", "a(.)", "a$1$1", "abbraccaddabbra"),
        ("0123456789", r"(\d{3})(\d{3})(\d{4})", "($1) $2-$3", "(012) 345-6789"),
        ("abc", "(b)|(z)", "[$1$2]", "a[b]c"),
        ("price", "p", r"\$", "$rice"),
        ("abc", "b", r"\\", "a\\c"),
        ("abc", "b", "$0$0", "abbc"),
        ("abc", "(b)", "$12", "ab2c"),
        ("abc", "b", "$", None),
        ("abc", "x*", "-", None),
        ("13912345678", r"^(\d{3})\d{4}", "$1****", "139****5678"),
    ],
)
def test_replacing_knows_groups(text: str, pattern: str, replacement: str, expected: str | None) -> None:
    assert run("replace", input=text, pattern=pattern, replacement=replacement) == expected


@pytest.mark.parametrize(("text", "pattern"), EXPLODING)
def test_no_pattern_can_explode(text: str, pattern: str) -> None:
    """Either the answer comes within the steps that every expression has, or they are used up and that is told."""
    with contextlib.suppress(feel.FeelBudgetError):
        assert run("matches", input=text, pattern=pattern) is False


_ATOMS = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "(a)", "(ab|b)", "(?:c|)", "a|b", "^", "$"])
_REPEATS = st.sampled_from(["", "", "?", "+", "{2}", "{1,2}", "??", "+?", "*"])
_PATTERNS = st.lists(st.tuples(_ATOMS, _REPEATS), max_size=6).map(
    lambda parts: "".join(atom + ("" if atom in "^$" or "|" in atom[1:2] else repeat) for atom, repeat in parts)
)


@given(_PATTERNS, st.text("abc", max_size=12))
def test_matching_agrees_with_python_where_the_flavours_agree(pattern: str, text: str) -> None:
    found = feel.evaluate("extract(t, p)", {"t": text, "p": pattern})
    matches = [match.group() for match in re.finditer(pattern, text)]
    assert feel.evaluate("matches(t, p)", {"t": text, "p": pattern}) is bool(matches)
    assert isinstance(found, list)
    if all(matches) and all(found):
        assert found == matches
