"""How small and how large a number among the company's own values may be: as [settings.bounds] says, or by what is counted with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from engine import errors
from engine.basics.nearest import nearest
from engine.definitions.values import lengths

TABLE = "bounds"  # of [settings]: a line for each value that has any
WHOLE = "Please give a whole number from %(least)s to %(most)s."
NUMBER = "Please give a number from %(least)s to %(most)s."
NUMBERS = "Please give whole numbers from %(least)s to %(most)s, at least one and at most 200."
RISING = "Please give whole numbers from %(least)s to %(most)s, each greater than the one before."


@dataclass(frozen=True)
class Bounds:
    """From `least` to `most`; `rising`: each number of a list is greater than the one before."""

    least: int = 0
    most: int = 1_000_000_000
    rising: bool = False

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


_NAMES = {each.name for each in fields(Bounds)}


def lines(settings: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The lines of the table, by value; what is none is left out, and refused by `faults`."""
    return {name: line for name, line in settings.get(TABLE, {}).items() if isinstance(line, Mapping)}


def declared(name: str, settings: Mapping[str, Any]) -> Bounds | None:
    """The bounds that the company says for a value of its own; None where it says none."""
    line = lines(settings).get(name)
    return None if line is None else Bounds(**line)


def of_count(unit: str) -> Bounds:
    """The bounds of a number of so many of a unit (wd, wh) that a process counts."""
    return Bounds(1, lengths.MOST[unit])


def faults(settings: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with [settings.bounds], a sentence each: values that there are not, or that are no numbers, or stand outside."""
    for name, line in settings.get(TABLE, {}).items():
        value = known.get(name)
        numbers = value if isinstance(value, list) else [value]
        if not isinstance(line, Mapping):
            yield f"settings.bounds: {name} is a table, such as {{ least = 1, most = 5 }}"
        elif name not in known:
            similar = nearest(name, known)
            hint = f", did you mean {similar}?" if similar else ""
            yield f"[settings.bounds] tells of {name}, but there is no setting {name}{hint}"
        elif not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
            yield f"[settings.bounds] tells of {name}, which is no number"
        elif not any(each not in _NAMES or not isinstance(line[each], int) for each in line) and not Bounds(**line).holds(
            value
        ):
            yield f"{name} stands outside of its [settings.bounds]"
