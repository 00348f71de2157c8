"""What a customer's answer is called: one rule for refusals, stories, papers and pages, each of which words yes and no for its readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def choice(values: Mapping[str, Any]) -> str | bool | None:
    """What he chose by the values of his answer: the process's own words for it, else his yes or no; None where he chose neither."""
    if values.get("chosen"):
        return str(values["chosen"])
    accepted = values.get("accepted")
    return accepted if isinstance(accepted, bool) else None


def word(values: Mapping[str, Any], yes: str, no: str) -> str:
    """The same as one word, with these for yes and no; "" where he chose neither."""
    chosen = choice(values)
    return chosen if isinstance(chosen, str) else {True: yes, False: no, None: ""}[chosen]
