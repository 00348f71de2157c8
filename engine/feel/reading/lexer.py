"""Cuts FEEL text into tokens, one at a time, because which names exist decides where a name ends."""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterable
from typing import NamedTuple

from engine.feel import errors

# DMN 1.5 clause 10.3.1.2, rules 27-29 (name start char, name part char, additional name symbols).
START = (
    r"A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    r"\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
PART = START + r"0-9\u00b7\u0300-\u036f\u203f-\u2040"
SPACE = r"\s\u180e\u200b\ufeff"
_SKIP = re.compile(rf"(?:[{SPACE}]+|//[^\n]*|/\*.*?\*/)+", re.S)
_TOKEN = re.compile(
    rf"(?P<name>[{START}][{PART}]*|\?)"
    r"|(?P<quoted>`[^`\n]+`)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r'|(?P<string>"(?>(?:[^"\\]++|\\.)*)")'
    r"|(?P<operator>\.\.|\*\*|!=|<=|>=|->|[=<>+\-*/()\[\]{},:.@])",
    re.S,
)
# A context key or a parameter's name, up to the character that must follow it; an iterator's name, up to `in`.
# Possessive throughout: hostile text costs no backtracking. Groups are atomic, (?>(?:…)*), as (?:…)*+ matches wrongly in Python
# before 3.11.5, which is what Debian 12 has.
_WORD = rf"[{PART}?./\-’'+*]"
_QUOTED = r"`[^`\n]+`"
_LABEL = re.compile(rf"({_QUOTED}|[{START}?]{_WORD}*+(?>(?:[{SPACE}]++{_WORD}++)*))[{SPACE}]*+(?=[:,)])")
_IN = rf"in(?![{PART}])"
_ITERATOR = re.compile(rf"({_QUOTED}|[{START}]{_WORD}*+(?>(?:[{SPACE}]++(?!{_IN}){_WORD}++)*))[{SPACE}]++(?={_IN})")
_BLANK = re.compile(rf"[{SPACE}]+")
_BARE = re.compile(rf"[{START}][{PART}]*(?: [{PART}]+)*")
_ONE_PART = re.compile(rf"[{PART}]")
_FIRST = re.compile(rf"[{START}][{PART}]*")

_OPERATORS = {"and", "or", "between", "in", "instance"}
_STATEMENTS = {"if", "then", "else", "for", "return", "some", "every", "satisfies", "function"}
NAMING = ("name", "quoted")  # kinds of tokens that begin a name
KEYWORDS = frozenset(_OPERATORS | _STATEMENTS | {"true", "false", "null"})
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.S)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


class Token(NamedTuple):
    """A token; `kind` is name, quoted (a name in backticks), number, string, operator, bad or end."""

    kind: str
    text: str
    start: int
    end: int


class Names:
    """The known names that plain reading would cut wrongly: those with operators or keywords inside."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[int, list[str]]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Make a name known; those that are not cut wrongly need not be."""
        if is_cut_wrongly(name) and (first := _FIRST.match(name := normal(name))):
            bisect.insort(self._by_first.setdefault(first.group(), []), (-len(name), name.split(" ")))

    def match(self, text: str, token: Token) -> int | None:
        """The end of the longest known name that begins at `token`, if any."""
        for _, words in self._by_first.get(token.text, ()):
            if end := _end(text, token.start, words):
                return end
        return None


def _end(text: str, position: int, words: list[str]) -> int | None:
    """Where these words, with white space between them, end; None when they do not stand here."""
    for index, word in enumerate(words):
        if index:
            blank = _BLANK.match(text, position)
            if not blank:
                return None
            position = blank.end()
        if not text.startswith(word, position):
            return None
        position += len(word)
    return None if _ONE_PART.match(text, position) else position


def normal(name: str) -> str:
    """A name with every run of white space as one space; one in backticks (Camunda 8's escape) is what they enclose."""
    if name.startswith("`"):
        return name[1:-1]
    return name if name.isidentifier() else _BLANK.sub(" ", name.strip())


@functools.lru_cache(maxsize=4096)
def is_cut_wrongly(name: str) -> bool:
    """Whether reading has to know the name: plain ones stand for themselves, and a keyword alone stays a keyword."""
    name = normal(name)
    return name not in KEYWORDS and not _is_plain(name) and _FIRST.match(name) is not None


def _is_plain(name: str) -> bool:
    words = name.split(" ")
    return bool(_BARE.fullmatch(name)) and not KEYWORDS.intersection(words)


def token(text: str, position: int) -> Token:
    """The token at or after `position`, past white space and comments."""
    if skipped := _SKIP.match(text, position):
        position = skipped.end()
    match = _TOKEN.match(text, position)
    if match is None:
        kind = "end" if position >= len(text) else "bad"
        return Token(kind, text[position : position + 1], position, position + 1)
    return Token(str(match.lastgroup), match.group(), position, match.end())


def label(text: str, position: int) -> tuple[str, int] | None:
    """The context key or parameter name at `position` with its end, when `:`, `,` or `)` follows."""
    match = _LABEL.match(text, position)
    return (normal(match.group(1)), match.end()) if match else None


def iterator(text: str, position: int) -> tuple[str, int] | None:
    """The name before the next `in`, with its end."""
    match = _ITERATOR.match(text, position)
    return (normal(match.group(1)), match.end()) if match else None


def unescape(literal: str) -> str:
    """The value of a string literal with its quotes; an unknown escape stays as it is written.

    Surrogate pairs written as two \\u escapes become one code point (clause 10.3.1.2, string literal).
    """
    body = literal[1:-1]
    if "\\" not in body:
        return body
    value = _ESCAPE.sub(_unescaped, body)
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(escape: re.Match[str]) -> str:
    short, long, simple = escape.groups()
    if simple is not None:
        return _SIMPLE.get(simple, escape.group())
    code = int(short or long, 16)
    return chr(code) if code < 0x110000 else "\ufffd"


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    before = text.count("\n", 0, offset)
    return before + 1, offset - text.rfind("\n", 0, offset)


def syntax_error(text: str, at: Token, expected: str) -> errors.FeelSyntaxError:
    """The error that says where, what was found and what was expected (a message id)."""
    line, column = position(text, at.start)
    if at.kind == "end":
        message = "Line %(line)s, column %(column)s: the expression ends here; expected %(expected)s."
    elif at.kind == "bad" and at.text == '"':
        message = "Line %(line)s, column %(column)s: this text has no closing quotation mark."
    else:
        message = "Line %(line)s, column %(column)s: found “%(found)s”; expected %(expected)s."
    return errors.FeelSyntaxError(message, line=line, column=column, expected=expected, found=at.text)
