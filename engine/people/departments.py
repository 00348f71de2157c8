"""Which department a text means: one rule for files of people, for programs of the personnel office, and for sign-ins."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from engine.people.members import Unit

SEVERAL = "Several departments are called “%(name)s”: write those above it too, as A/B."
_BETWEEN = re.compile(r"[/／>＞\\]")


def names_in(text: str) -> list[str]:
    """The names of a way from the top, such as 客服中心/投诉组."""
    return [name.strip() for name in _BETWEEN.split(text) if name.strip()]


def called(units: Mapping[str, Unit], text: str, above: str = "") -> list[str]:
    """The ids of the open departments that a text means: one is right, several are in doubt, none is unknown.

    A text is an id; or a whole way from the top (A/B), as it is written out; or the end of a way (B), then of those below a
    department called `above`, if it is told and there are such.
    """
    unit = units.get(text)
    if unit is not None and not unit.is_closed:
        return [text]
    names = names_in(text)
    alike = [id for id, each in units.items() if names and each.name == names[-1] and not each.is_closed]
    ways = {id: way_of(units, id) for id in alike}
    below = [id for id, way in ways.items() if above and len(way) > 1 and way[-2] == above and _ends(way, names)]
    whole = [id for id, way in ways.items() if way == names]
    return below or whole or [id for id, way in ways.items() if _ends(way, names)]


def way_of(units: Mapping[str, Unit], id: str) -> list[str]:
    """The names from the top down to a department."""
    names: list[str] = []
    passed: list[str] = []
    at: str | None = id
    while at and at in units and at not in passed:
        passed.append(at)
        names.insert(0, units[at].name)
        at = units[at].parent
    return names


def _ends(way: Collection[str], names: Collection[str]) -> bool:
    return list(way)[-len(names) :] == list(names)
