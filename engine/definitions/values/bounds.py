"""How small and how large a number among the company's own values may be: as [settings.bounds] says, or by what is counted with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engine import errors
from engine.definitions import declarations
from engine.definitions.company_settings import BoundsTable
from engine.definitions.values import lengths

TABLE = "bounds"  # of [settings]: a line for each value that has any
WHOLE = "Please give a whole number from %(least)s to %(most)s."
NUMBER = "Please give a number from %(least)s to %(most)s."
NUMBERS = "Please give whole numbers from %(least)s to %(most)s, at least one and at most 200."
RISING = "Please give whole numbers from %(least)s to %(most)s, each greater than the one before."


@dataclass(frozen=True)
class Bounds(BoundsTable):
    """From `least` to `most`; `rising`: each number of a list is greater than the one before."""

    def holds(self, value: Any) -> bool:
        """Whether a number, or each of a list of numbers, stands within them."""
        numbers = value if isinstance(value, list) else [value]
        if self.rising and any(after <= before for before, after in pairwise(numbers)):
            return False
        return all(self.least <= each <= self.most for each in numbers)

    def refusal(self, value: Any) -> errors.Refusal:
        """What may stand where this number, or list of them, stands now."""
        one = WHOLE if isinstance(value, int) else NUMBER
        text = (RISING if self.rising else NUMBERS) if isinstance(value, list) else one
        return errors.Refusal(text, least=self.least, most=self.most)


def lines(settings: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The lines of the table, by value; what is none is left out, and refused where files are read."""
    return {name: line for name, line in settings.get(TABLE, {}).items() if isinstance(line, Mapping)}


def declared(name: str, settings: Mapping[str, Any]) -> Bounds | None:
    """The bounds that the company says for a value of its own; None where it says none."""
    line = lines(settings).get(name)
    return None if line is None else Bounds(**line)


def of_count(unit: str) -> Bounds:
    """The bounds of a number of so many of a unit (wd, wh) that a process counts."""
    return Bounds(1, lengths.MOST[unit])


def is_read(line: Mapping[str, Any]) -> bool:
    """Whether a line holds nothing but what is declared, of its type."""
    known = declarations.settings_of(BoundsTable)
    return all(name in known and not declarations.fault(known[name], each) for name, each in line.items())
