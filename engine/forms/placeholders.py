"""The `{{…}}` in a text of a form, found in one pass: what an author wrote must not cost more than its length."""

from __future__ import annotations

from collections.abc import Callable, Iterator

OPEN, CLOSE = "{{", "}}"


def found(text: str) -> list[str]:
    """The expressions between the braces, without the blanks around them."""
    return [expression for line in text.split("\n") for _before, expression in _parts(line) if expression is not None]


def filled(text: str, value: Callable[[str], str]) -> str:
    """The text with each of them replaced by its value. None reaches over a line's end."""
    return "\n".join("".join(_filled(line, value)) for line in text.split("\n"))


def _filled(line: str, value: Callable[[str], str]) -> Iterator[str]:
    for before, expression in _parts(line):
        yield before
        if expression is not None:
            yield value(expression)


def _parts(line: str) -> Iterator[tuple[str, str | None]]:
    """What stands before each expression, and the expression; at last what is left, without one."""
    at = 0
    while (start := line.find(OPEN, at)) >= 0 and (end := line.find(CLOSE, start + len(OPEN) + 1)) >= 0:
        yield line[at:start], line[start + len(OPEN) : end].strip()
        at = end + len(CLOSE)
    yield line[at:], None
