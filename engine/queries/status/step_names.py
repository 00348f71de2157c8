"""What steps are called in lists of a process: those of one name are told apart by the lane or the subprocess that they stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from engine.definitions.definitions import Definition


def of_tasks(definition: Definition) -> Mapping[str, str]:
    """The names of the user tasks by element id, in the diagram's order, no two alike: “check · purchasing”; "" for none."""
    elements = definition.program.elements
    tasks = [each for each in elements.values() if each.type == "userTask"]
    names = {each.id: each.name for each in tasks}
    lanes = {each.id: each.lane or "" for each in tasks}
    scopes = {each.id: elements[each.parent].name if each.parent and each.parent in elements else "" for each in tasks}
    return _numbered(_longer(_longer(names, lanes), scopes))


def _longer(names: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    times = Counter(names.values())
    return {id: f"{name} · {places[id]}" if name and times[name] > 1 and places[id] else name for id, name in names.items()}


def _numbered(names: Mapping[str, str]) -> dict[str, str]:
    """Those that are alike all the same by their number."""
    times, seen, found = Counter(names.values()), Counter[str](), dict[str, str]()
    for id, name in names.items():
        seen[name] += 1
        found[id] = f"{name} ({seen[name]})" if name and times[name] > 1 else name
    return found
