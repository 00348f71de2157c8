"""Reads a regular expression of the XPath flavour (XML Schema Part 2 appendix F, XPath functions 5.6.1)."""

from __future__ import annotations

import re

from engine.feel.errors import Null
from engine.feel.regex import classes, tree
from engine.feel.regex.classes import Test

_QUANTITY = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}", re.A)
_FLAGS = frozenset("smixq")
_MAX_DEPTH = 40
_MAX_LENGTH = 4_000
_SPECIAL = frozenset("|()?*+{}[]\\^$.")


def parse(pattern: str, flags: str) -> tuple[tree.PatternNode, int]:
    """The tree of a pattern and its number of groups; raises Null for a malformed pattern or unknown flag."""
    if not _FLAGS.issuperset(flags):
        raise Null("Flags are s, m, i, x and q.")
    if len(pattern) > _MAX_LENGTH:
        raise Null("The pattern is too long.")
    reader = _Reader(pattern, flags)
    if "q" in flags:
        return tree.Sequence([reader.character(c) for c in pattern]), 0
    node = reader.choice()
    if reader.at < len(reader.text):
        raise reader.malformed()
    return node, reader.groups


class _Reader:
    def __init__(self, text: str, flags: str) -> None:
        self.text = _without_space(text) if "x" in flags else text
        self.flags = flags
        self.at = 0
        self.groups = 0
        self.closed: set[int] = set()
        self.depth = 0

    def malformed(self) -> Null:
        return Null("The pattern “%(pattern)s” is malformed at character %(at)s.", pattern=self.text[:100], at=self.at + 1)

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        if self.at >= len(self.text):
            raise self.malformed()
        self.at += 1
        return self.text[self.at - 1]

    def choice(self) -> tree.PatternNode:
        branches = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else tree.Choice(branches)

    def sequence(self) -> tree.PatternNode:
        parts: list[tree.PatternNode] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeated())
        return tree.Sequence(parts)

    def repeated(self) -> tree.PatternNode:
        atom = self.atom()
        bounds = self.quantity()
        if bounds is None:
            return atom
        greedy = self.peek() != "?"
        self.at += not greedy
        if self.peek() and self.peek() in "?*+{":
            raise self.malformed()
        return tree.Repeat(atom, *bounds, greedy)

    def quantity(self) -> tuple[int, int | None] | None:
        simple = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(self.peek())
        if simple:
            self.at += 1
            return simple
        if self.peek() != "{":
            return None
        written = _QUANTITY.match(self.text, self.at)
        if not written:
            raise self.malformed()
        self.at = written.end()
        least = int(written.group(1))
        most = int(written.group(3)) if written.group(3) else (None if written.group(2) else least)
        if most is not None and most < least:
            raise self.malformed()
        return least, most

    def atom(self) -> tree.PatternNode:
        c = self.take()
        if c == "(":
            return self.group()
        if c == "[":
            return tree.Char(self.char_class())
        if c == "\\":
            return self.escape()
        if c == ".":
            return tree.Char((lambda x: True) if "s" in self.flags else (lambda x: x not in "\n\r"))
        if c == "^":
            return tree.Start()
        if c == "$":
            return tree.End()
        if c in _SPECIAL:
            self.at -= 1
            raise self.malformed()
        return self.character(c)

    def group(self) -> tree.PatternNode:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Null("The pattern is nested too deeply.")
        number = None
        if self.text.startswith("?:", self.at):
            self.at += 2
        else:
            self.groups += 1
            number = self.groups
        body = self.choice()
        if self.take() != ")":
            raise self.malformed()
        if number is not None:
            self.closed.add(number)
        self.depth -= 1
        return tree.Group(body, number)

    def escape(self) -> tree.PatternNode:
        if self.peek() and self.peek() in "123456789":
            return self.back_reference()
        node = self.class_escape()
        return self.character(node) if isinstance(node, str) else tree.Char(node)

    def back_reference(self) -> tree.PatternNode:
        group = int(self.take())
        while self.peek() and self.peek() in "0123456789" and group * 10 + int(self.peek()) <= self.groups:
            group = group * 10 + int(self.take())
        if group not in self.closed:
            raise self.malformed()
        return tree.Back(group)

    def class_escape(self) -> str | Test:
        """What stands behind a backslash: one character, or a class."""
        letter = self.take()
        if letter in classes.CONTROL:
            return classes.CONTROL[letter]
        if letter in classes.LITERAL:
            return letter
        if letter in "pP":
            return self.category(letter == "P")
        test = classes.escape(letter)
        if test is None:
            self.at -= 1
            raise self.malformed()
        return test

    def category(self, negative: bool) -> Test:
        end = self.text.find("}", self.at)
        if self.peek() != "{" or end < 0:
            raise self.malformed()
        test = classes.category(self.text[self.at + 1 : end])
        self.at = end + 1
        return classes.negated(test) if negative else test

    def character(self, c: str) -> tree.PatternNode:
        test = self.one(c)
        return tree.Char(test)

    def one(self, c: str) -> Test:
        if "i" in self.flags:
            return classes.variants(c).__contains__
        return c.__eq__

    def char_class(self) -> Test:
        """`[…]`, with `^` and with subtraction `-[…]`."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Null("The pattern is nested too deeply.")
        negative = self.peek() == "^"
        self.at += negative
        tests: list[Test] = []
        without: Test | None = None
        while self.peek() != "]" or not tests:
            if self.text.startswith("-[", self.at) and tests:
                self.at += 2
                without = self.char_class()
                break
            tests.append(self.class_part())
        if self.take() != "]":
            raise self.malformed()
        self.depth -= 1
        return _class_test(tests, negative, without)

    def class_part(self) -> Test:
        first = self.class_character()
        if not isinstance(first, str):
            return first
        if self.peek() != "-" or self.text[self.at + 1 : self.at + 2] in ("", "]", "["):
            return self.one(first)
        self.at += 1
        last = self.class_character()
        if not isinstance(last, str) or last < first:
            raise self.malformed()
        low, high = first, last
        if "i" in self.flags:
            return lambda c: any(low <= variant <= high for variant in classes.variants(c))
        return lambda c: low <= c <= high

    def class_character(self) -> str | Test:
        c = self.take()
        if c == "\\":
            return self.class_escape()
        if c in "[]":
            self.at -= 1
            raise self.malformed()
        return c


def _class_test(tests: list[Test], negative: bool, without: Test | None) -> Test:
    if without is None and not negative:
        return tests[0] if len(tests) == 1 else lambda c: any(test(c) for test in tests)
    return lambda c: any(test(c) for test in tests) is not negative and not (without and without(c))


def _without_space(pattern: str) -> str:
    """A pattern under flag `x`: white space goes, except inside a character class."""
    kept, depth, at = [], 0, 0
    while at < len(pattern):
        c = pattern[at]
        if c == "\\" and not depth and pattern[at + 1 : at + 2].isspace():
            kept.append(c)
            at += 1
            while pattern[at : at + 1].isspace():
                at += 1
            continue
        if c == "\\":
            kept.append(pattern[at : at + 2])
            at += 2
            continue
        depth += (c == "[") - (c == "]")
        if depth or c not in " \t\n\r":
            kept.append(c)
        at += 1
    return "".join(kept)
