"""Words a message of FEEL in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping

# Values under these names are message ids themselves: kinds of values, and what a syntax error expected.
TRANSLATED = frozenset({"kind", "left", "right", "expected"})
# `values.KINDS` as people read them.
KINDS = (
    *("null", "boolean", "number", "string", "list", "context", "range", "function", "date", "time"),
    *("date and time", "years and months duration", "days and time duration"),
)


def worded(message: str, values: Mapping[str, object], translate: Callable[[str], str]) -> str:
    """A refusal's, warning's or problem's text, its values filled in, both through `translate` (gettext)."""
    shown = {
        key: translate(value) if key in TRANSLATED and value and isinstance(value, str) else value
        for key, value in values.items()
    }
    return translate(message) % shown if shown else translate(message)
