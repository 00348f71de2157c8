"""Readings of Chinese characters by pypinyin, whose table of phrases stays the file that it is: as objects it takes 40 MB."""

from __future__ import annotations

import functools
import os
import re
import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module, resources
from typing import Any, TypeVar

Made = TypeVar("Made")

_PHRASE = re.compile(rb'^"([^"]+)": \[$', re.MULTILINE)  # one of the table, in which each reading has a line of its own
_READING = re.compile(r'"([^"]+)"')


def once(make: Callable[[], Made]) -> Callable[[], Made]:
    """The function, called at its first use alone: threads that come meanwhile wait for what it gives.

    `functools.cache` would let each of them call it.
    """
    lock, made = threading.Lock(), functools.cache(make)

    @functools.wraps(make)
    def given() -> Made:
        with lock:
            return made()

    return given


class Phrases:
    """The table of phrases, in the order of their characters: found by halving, one line after the other."""

    def __init__(self, table: bytes) -> None:
        self._table = table
        self._starts = array("L", (phrase.start(1) for phrase in _PHRASE.finditer(table)))
        self._ends = array("L", (*self._starts[1:], len(table)))

    def readings(self, phrase: str) -> list[str] | None:
        """The reading of each character of the phrase; None where it is none."""
        place = self._place(phrase)
        if self._at(place) != phrase:
            return None
        told = self._table[self._starts[place] : self._ends[place]].decode().partition('"')[2]
        return [_READING.findall(each)[0] for each in told.split("]")[: len(phrase)]]

    def begins(self, text: str) -> bool:
        """Whether a phrase begins with the text."""
        return self._at(self._place(text)).startswith(text)

    def _place(self, text: str) -> int:
        return bisect_left(range(len(self._starts)), text, key=self._at)

    def _at(self, place: int) -> str:
        if place >= len(self._starts):
            return ""
        start = self._starts[place]
        return self._table[start : self._table.index(b'"', start)].decode()


def read(text: str, style: str) -> list[str]:
    """The usual reading of each character in the style, NORMAL or FIRST_LETTER; what is not Chinese as it stands, together."""
    library = _library()
    kind = library.Style[style]
    readings: list[str] = []
    for part in _segments(text):
        known = _phrases().readings(part) if len(part) > 1 else None
        if known is None:
            readings += library.lazy_pinyin(part, style=kind)
        else:
            readings += [library.style.convert(each, kind, True, each) for each in known]
    return readings


def _segments(text: str) -> Iterator[str]:
    """The text cut into phrases, single characters and what is not Chinese, as pypinyin cuts it."""
    _library()
    segmenting = import_module("pypinyin.seg.simpleseg")
    for part in segmenting.simple_seg(text):
        yield from _cut(part) if segmenting.RE_HANS.match(part) else (part,)


def _cut(rest: str) -> Iterator[str]:
    """The longest phrase at the beginning, and on; what could be the beginning of a phrase up to the end stays single."""
    while rest:
        longest, length = "", 1
        while length <= len(rest) and _phrases().begins(rest[:length]):
            longest = rest[:length] if _phrases().readings(rest[:length]) else longest
            length += 1
        if not longest and length > len(rest):
            yield from rest
            return
        yield longest or rest[0]
        rest = rest[len(longest) or 1 :]


@once
def _phrases() -> Phrases:
    return Phrases(resources.files("pypinyin").joinpath("phrases_dict.json").read_bytes())


@once
def _library() -> Any:
    """The library without its table of phrases; the environment, which says so, is one for all threads."""
    with _set("PYPINYIN_NO_PHRASES"), _set("PYPINYIN_NO_DICT_COPY"):
        return import_module("pypinyin")


@contextmanager
def _set(name: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before
