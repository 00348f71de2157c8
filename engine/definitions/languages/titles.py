"""Titles of cases in the language of whoever reads: a row keeps the one that was worked out, as the process was drawn.

From the expression of the title it is known which parts of it a case filled in; they are put into the translation's words.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine import errors, feel

Parts = tuple[str | feel.PatternPlace, ...]


@dataclass(frozen=True)
class _Way:
    """A form that titles have, and what they are in the other language: the parts of both, `said` None where it has none."""

    form: re.Pattern[str]
    drawn: Parts
    said: Parts | None


def said(title: str, formula: str, words: Mapping[str, str]) -> str:
    """A title in other words; `formula` is the expression that gave it, `words` are the process's translations.

    One that nobody translated, or that is of no form which the expression gives any more, stays as it is.
    """
    if title in words or not feel.is_expression(formula):
        return words.get(title, title)
    for way in _ways(formula, words.get(formula, formula)):
        if way.said is not None and (match := way.form.fullmatch(title)):
            places = (each for each in way.drawn if isinstance(each, feel.PatternPlace))
            filled = {place: words.get(text, text) for place, text in zip(places, match.groups(), strict=True)}
            return "".join(each if isinstance(each, str) else filled[each] for each in way.said)
    return title


def lacking(formula: str, translation: str) -> bool:
    """Whether a form that titles have cannot be said by that translation: its conditions or what they fill in differ."""
    return any(way.said is None for way in _ways(formula, translation))


def texts(formula: str) -> Iterator[str]:
    """What of a title can be said otherwise: itself where it has words of its own, and those that stand where a case fills in nothing."""
    patterns = _patterns(formula)
    parts = [each for pattern in patterns for each in pattern.parts]
    if any(isinstance(each, str) and any(map(str.isalnum, each)) for each in parts):
        yield formula
    yield from dict.fromkeys(text for each in parts if isinstance(each, feel.PatternPlace) for text in each.words)


@functools.lru_cache(maxsize=512)
def _ways(formula: str, translation: str) -> tuple[_Way, ...]:
    """The forms of titles, those with most words of their own first."""
    there = _patterns(translation)
    ways = [_Way(_form(each), each.parts, _said(each, there)) for each in _patterns(formula) if _is_plain(each)]
    return tuple(sorted(ways, key=lambda way: -sum(len(each) for each in way.drawn if isinstance(each, str))))


def _patterns(formula: str) -> list[feel.Pattern]:
    try:
        return feel.patterns(feel.body(formula))
    except errors.Refusal:
        return []


def _is_plain(pattern: feel.Pattern) -> bool:
    """Whether its places can be told from each other in a title: words stand between them."""
    following = zip(pattern.parts, pattern.parts[1:], strict=False)
    return not any(isinstance(one, feel.PatternPlace) and isinstance(other, feel.PatternPlace) for one, other in following)


def _form(pattern: feel.Pattern) -> re.Pattern[str]:
    return re.compile("".join(re.escape(each) if isinstance(each, str) else "(.*?)" for each in pattern.parts), re.DOTALL)


def _said(drawn: feel.Pattern, there: list[feel.Pattern]) -> Parts | None:
    """Of the translation the one that holds under the same conditions and asks for nothing else."""
    known = {each for each in drawn.parts if isinstance(each, feel.PatternPlace)}
    for each in there:
        if each.when <= drawn.when and known.issuperset(part for part in each.parts if isinstance(part, feel.PatternPlace)):
            return each.parts
    return None
