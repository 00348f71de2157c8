"""Signs of a Chinese keyboard in an expression: to FEEL they are letters of names, to whoever typed them they are signs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator

# What NFKC leaves as it is, and the sign of FEEL that is meant.
_MEANT = {
    **dict.fromkeys("“”„‟", '"'),
    **dict.fromkeys("‘’「」『』", '"'),
    "、": ",",
    "。": ".",
    "【": "[",
    "】": "]",
    "《": "<",
    "》": ">",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "×": "*",
    "÷": "/",
    "＆": "and",
    "｜": "or",
    "～": "..",
    "…": "..",
    "—": "-",
    "〈": "<",
    "〉": ">",
}
_SIGNS = "（），．；：＞＜＝＋－＊／！？＂＇［］｛｝＠﹐﹑﹒﹔﹕﹖﹗﹙﹚﹛﹜﹡﹢﹣﹤﹥﹦" + "".join(_MEANT)
_DIGITS = "０１２３４５６７８９"
# Texts in quotation marks, names in backticks and comments may hold anything.
_ENCLOSED = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`\n]*`|//[^\n]*|/\*.*?\*/', re.S)
_SIGN = re.compile(f"[{re.escape(_SIGNS)}]|(?:(?<!\\w)|(?<=[0-9]))[{_DIGITS}]+")


def signs(text: str) -> Iterator[tuple[int, str, str]]:
    """Every full-width sign outside texts, and a digit that begins a word: its offset, the sign, what to write instead."""
    bare = _ENCLOSED.sub(lambda sign: " " * len(sign.group()), text)
    for sign in _SIGN.finditer(bare):
        yield sign.start(), sign.group(), meant(sign.group())


def meant(sign: str) -> str:
    """The half-width sign for a full-width one."""
    return _MEANT.get(sign) or unicodedata.normalize("NFKC", sign)


def is_typed_wide(name: str) -> bool:
    """Whether a name holds signs, letters or digits of a Chinese keyboard that look like others (`ｎｏｔ`)."""
    return any(signs(name)) or re.search("[！-～]", name) is not None


def slips(text: str, known: Iterable[str], others: Iterable[str], functions: Container[str]) -> list[tuple[int, str, str]]:
    """The signs that are no part of a name that holds them on purpose.

    A known name may hold any. Of `others`, all names in the text, round brackets that close again are taken for a part
    (`金额（元）`), unless a function stands before them (`sum（a）`).
    """
    slips_seen = list(signs(text))
    if not slips_seen:
        return []
    names = [*known, *(name for name in set(others) if _on_purpose(name, functions))]
    spans = [(place.start(), place.end()) for name in names if any(signs(name)) for place in _places(name, text)]
    return [slip for slip in slips_seen if not any(start <= slip[0] < end for start, end in spans)]


def _places(name: str, text: str) -> Iterator[re.Match[str]]:
    return re.finditer(re.escape(name), text)


def _on_purpose(name: str, functions: Container[str]) -> bool:
    before, bracket, after = name.partition("（")
    if not bracket or before.strip() in functions:
        return False
    return after.count("）") == 1 and not any(signs(name.replace("（", "").replace("）", "")))
