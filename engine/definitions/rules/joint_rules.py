"""How the votes of several people make one result: the property `rule` of a user task, read exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

ANY, ALL, SEQUENTIAL, RATIO, VETO = "any", "all", "sequential", "ratio", "veto"
WRITTEN = "any, all, sequential, ratio:2/3, ratio:>1/2, veto:2/3"
_SHARE = re.compile(
    r"(?P<more>>)?\s*(?:(?P<part>\d{1,6})\s*/\s*(?P<whole>\d{1,6})|(?P<decimal>\d{1,6}(?:\.\d{1,12})?)(?P<percent>%)?)"
)


@dataclass(frozen=True)
class JointRule:
    """A rule: its name, and of `ratio` and `veto` the share of the live weight that approves.

    With `is_more` the share must be exceeded (`>1/2` is a majority), else it is enough to reach it.
    """

    name: str = ANY
    share: Fraction = Fraction(1)
    is_more: bool = False

    @property
    def is_joint(self) -> bool:
        """Whether more than the first of those it is offered to may be needed."""
        return self.name != ANY

    def is_reached(self, weight: Fraction, total: Fraction) -> bool:
        """Whether that much of the whole weight makes the share."""
        needed = self.share * total
        return weight > needed if self.is_more else weight >= needed


def read(text: str) -> JointRule | None:
    """The rule that a text writes; None for a text that writes none.

    A share is a fraction, a decimal or a percentage, above nothing and at most everything; `veto` alone is a majority.
    """
    name, _, share = text.strip().replace("：", ":").partition(":")
    name = name.strip()
    if name in (ANY, ALL, SEQUENTIAL):
        return None if share else JointRule(name)
    if name == VETO and not share:
        return JointRule(VETO, Fraction(1, 2), is_more=True)
    if name in (RATIO, VETO):
        return _shared(name, share.strip())
    return None


def _shared(name: str, text: str) -> JointRule | None:
    match = _SHARE.fullmatch(text)
    if match is None or match["whole"] == "0":
        return None
    share = Fraction(int(match["part"]), int(match["whole"])) if match["part"] else Fraction(match["decimal"])
    if match["percent"]:
        share /= 100
    is_more = match["more"] is not None
    is_possible = (0 <= share < 1) if is_more else (0 < share <= 1)
    return JointRule(name, share, is_more) if is_possible else None
