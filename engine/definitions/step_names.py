"""What steps are called in lists of a process: those of one name are told apart by the lane or the subprocess that they stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from engine.definitions import definitions
from engine.definitions.definitions import Definition


def of_tasks(definition: Definition) -> Mapping[str, str]:
    """The names of the user tasks by element id, in the diagram's order, no two alike: “check · purchasing”; "" for none."""
    return _told_apart(definition, lambda type: type == "userTask")


def of_steps(definition: Definition) -> Mapping[str, str]:
    """The names of all elements, which a case may wait at or be moved to, no two alike either; what has none has its id."""
    names = _told_apart(definition, lambda type: True)
    return {id: name or id for id, name in names.items()}


def parts(definition: Definition) -> Mapping[str, str]:
    """The subprocess, or where there is none the lane, that each element stands in; "" for none: lists of steps are grouped by it."""
    elements = definition.program.elements
    above = {id: elements.get(each.parent or "") for id, each in elements.items()}
    return {id: (up.name if up else "") or definition.said(elements[id].lane or "") for id, up in above.items()}


def _told_apart(definition: Definition, is_meant: Callable[[str], bool]) -> Mapping[str, str]:
    elements = definition.program.elements
    meant = [each for each in elements.values() if is_meant(each.type)]
    names = {each.id: each.name for each in meant}
    lanes = {each.id: definition.said(each.lane or "") for each in meant}
    scopes = {each.id: elements[each.parent].name if each.parent and each.parent in elements else "" for each in meant}
    return _numbered(_longer(_longer(names, lanes), scopes))


def of_element(session: Session, company_id: str, process_id: str, element_id: str) -> str:
    """What one step of a process is called, in the newest of the versions in use that has it; "" for none."""
    newest = (each for each in definitions.all_latest(session, company_id) if each.process_id == process_id)
    for definition in (*newest, *(each for each, _n in definitions.older_in_use(session, company_id, process_id))):
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
