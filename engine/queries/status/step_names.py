"""What steps are called in lists of a process: those of one name are told apart by the lane or the subprocess that they stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy.orm import Session

from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.people.actors import Actor


def of_tasks(definition: Definition) -> Mapping[str, str]:
    """The names of the user tasks by element id, in the diagram's order, no two alike: “check · purchasing”; "" for none."""
    elements = definition.program.elements
    tasks = [each for each in elements.values() if each.type == "userTask"]
    names = {each.id: each.name for each in tasks}
    lanes = {each.id: definition.said(each.lane or "") for each in tasks}
    scopes = {each.id: elements[each.parent].name if each.parent and each.parent in elements else "" for each in tasks}
    return _numbered(_longer(_longer(names, lanes), scopes))


def of_element(session: Session, by: Actor, process_id: str, element_id: str) -> str:
    """What one step of a process is called, in the newest of the versions in use that has it; "" for none."""
    newest = (each for each in definitions.all_latest(session, by.company_id) if each.process_id == process_id)
    for definition in (*newest, *(each for each, _n in definitions.older_in_use(session, by.company_id, process_id))):
        if (element := definition.program.elements.get(element_id)) is not None:
            return of_tasks(definition).get(element_id) or element.name
    return ""


def _longer(names: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    times = Counter(names.values())
    return {id: f"{name} · {places[id]}" if name and times[name] > 1 and places[id] else name for id, name in names.items()}


def _numbered(names: Mapping[str, str]) -> dict[str, str]:
    """Those that are alike all the same by their number."""
    times, seen, names_numbered = Counter(names.values()), Counter[str](), dict[str, str]()
    for id, name in names.items():
        seen[name] += 1
        names_numbered[id] = f"{name} ({seen[name]})" if name and times[name] > 1 else name
    return names_numbered
