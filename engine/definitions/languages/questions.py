"""What a process asks its customer, in the words of whoever reads: a script or an output puts it into one variable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine import errors, feel, runtime

QUESTION = "customer_question"  # a context of `text`, `yes`, `no`, `rating`, `silence`
_WORDED = ("text", "yes", "no", "silence")
_COLON = "："


def texts(element: runtime.Element) -> Iterator[str]:
    """The words that are written out in what an element asks; of a text that a case fills in, what stands around that."""
    for source in _sources(element):
        parts = (part for pattern in _patterns(source) for part in pattern.parts if isinstance(part, str))
        lines = (line.strip() for part in parts for line in part.splitlines())
        yield from (line for line in lines if any(map(str.isalnum, line)))


def said(question: Mapping[str, Any], say: Callable[[str], str]) -> dict[str, Any]:
    """A question that was asked, line by line in other words; what follows a colon in a line may be the case's own."""
    return {
        name: "\n".join(_line(line, say) for line in value.split("\n")) if isinstance(value, str) else value
        for name, value in question.items()
    }


def _sources(element: runtime.Element) -> Iterator[str]:
    if element.script and element.result_variable == QUESTION:
        yield element.script
    yield from (each.source for each in element.outputs if each.target == QUESTION)


def _patterns(source: str) -> list[feel.Pattern]:
    try:
        return feel.entry_patterns(feel.body(source), _WORDED)
    except errors.Refusal:  # the check of expressions names it
        return []


def _line(line: str, say: Callable[[str], str]) -> str:
    if (told := say(line)) != line:
        return told
    lead, colon, rest = line.partition(_COLON)
    return say(lead + colon) + rest
