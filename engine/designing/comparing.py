"""What differs between two packages of a process: the diagram by element, forms by component, tables by rule, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from engine import errors
from engine.designing.editing import decision_tables, draft_files, form_parts
from engine.designing.packages import SCENARIO, Package
from engine.designing.scenarios import scripts
from engine.diagrams import xml
from engine.forms.schema import label

MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"
NOT_COMPARED = ("incoming", "outgoing", "flowNodeRef", "extensionElements", "laneSet")
MOST_LETTERS = 200


@dataclass(frozen=True)
class Detail:
    """One thing of an element: what it is called in the file, and its texts before and after, empty for none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """`area`: diagram, form, decision, scenario, settings, file; `kind`: added, removed, changed, moved; `name` for people."""

    area: str
    kind: str
    file: str
    element_id: str
    name: str
    details: tuple[Detail, ...] = field(default=())


def changes(before: Package, after: Package) -> list[Change]:
    """All differences, the diagram's first; empty for the same content, however it is written."""
    found = list(_of_texts("diagram", after.diagram, before.files[before.diagram], after.files[after.diagram], _elements))
    names = sorted({name for name in (*before.files, *after.files) if not name.endswith(".bpmn")})
    for name in names:
        area, reader = _area(name)
        old, new = before.files.get(name), after.files.get(name)
        if old is None or new is None:
            is_scenario = area == "scenario"
            shown = _title(new or old or "", name) if is_scenario else name
            found.append(Change(area if is_scenario else "file", ADDED if old is None else REMOVED, name, "", shown))
        else:
            found += _of_texts(area, name, old, new, reader)
    return found + list(_of_settings(before.settings, after.settings))


def _area(name: str) -> tuple[str, Any]:
    if SCENARIO.fullmatch(name):
        return "scenario", lambda text: _steps(text, name)
    return ("form", _components) if name.endswith(".form") else ("decision", _rules)


Read = Mapping[str, tuple[str, dict[str, str]]]


def _of_texts(area: str, file: str, before: str, after: str, reader: Any) -> Iterator[Change]:
    """The differences of two files, each read as id → (name, facts)."""
    if before == after:
        return
    old, new = reader(before), reader(after)
    if old is None or new is None:
        yield Change(area, CHANGED, file, "", file)
        return
    for id in [*new, *(each for each in old if each not in new)]:
        if id not in old:
            yield Change(area, ADDED, file, id, new[id][0])
        elif id not in new:
            yield Change(area, REMOVED, file, id, old[id][0])
        elif details := tuple(_details(old[id][1], new[id][1])):
            kind = MOVED if all(each.name in ("layout", "place") for each in details) else CHANGED
            yield Change(area, kind, file, id, new[id][0], details if kind == CHANGED else ())


def _details(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Detail]:
    for name in [*new, *(each for each in old if each not in new)]:
        if old.get(name, "") != new.get(name, ""):
            yield Detail(name, old.get(name, "")[:MOST_LETTERS], new.get(name, "")[:MOST_LETTERS])


def _of_settings(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> Iterator[Change]:
    for process_id in sorted({*before, *after}):
        old, new = ({name: _text(value) for name, value in each.get(process_id, {}).items()} for each in (before, after))
        if details := tuple(_details(old, new)):
            yield Change("settings", CHANGED, "", process_id, process_id, details)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ";".join(f"{name}: {_text(each)}" for name, each in value.items())
    return "、".join(map(_text, value)) if isinstance(value, list | tuple) else str(value)


def _elements(text: str) -> Read | None:
    try:
        root = xml.safe_parse(text.encode())
    except errors.Refusal:
        return None
    drawn = _drawn(root)
    found = {}
    for element in root.iter(f"{MODEL}*"):
        id = element.get("id")
        if id and etree.QName(element).localname != "definitions":
            name = " ".join((element.get("name") or "").split()) or id
            found[id] = (name, {**_facts(element), **({"layout": drawn[id]} if id in drawn else {})})
    return found


def _facts(element: etree._Element) -> dict[str, str]:
    """What a flow node or flow says: attributes, own texts, extension elements by kind and name."""
    facts = {"type": str(etree.QName(element).localname)}
    facts |= {str(etree.QName(name).localname): str(value) for name, value in element.attrib.items() if name != "id"}
    for child in element:
        kind = str(etree.QName(child).localname)
        if kind == "extensionElements":
            facts |= dict(_extensions(child))
        elif (child.tag.startswith(MODEL) and not child.get("id") and kind not in NOT_COMPARED) or kind.endswith(
            "EventDefinition"
        ):
            facts[kind] = _words(child)
    return facts


def _words(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _extensions(holder: etree._Element) -> Iterator[tuple[str, str]]:
    for each in holder.iter("{*}*"):
        kind = str(etree.QName(each).localname)
        if kind == "property":
            yield each.get("name") or "", each.get("value") or ""
        elif each is not holder:
            for name, value in each.attrib.items():
                yield f"{kind}.{etree.QName(name).localname}", str(value)


def _drawn(root: etree._Element) -> dict[str, str]:
    """Where each element stands in the drawing."""
    places = {}
    for shape in root.iter("{*}BPMNShape", "{*}BPMNEdge"):
        numbers = [f"{point.attrib}" for point in shape if etree.QName(point).localname in ("Bounds", "waypoint")]
        places[shape.get("bpmnElement") or ""] = "".join(numbers)
    return places


def _steps(text: str, file: str) -> Read | None:
    """What a scenario says, as one thing: its beginning and each of its steps by number."""
    try:
        script = scripts.read(text, file)
    except errors.Refusal:
        return None
    facts = {name: _text(script[name]) for name in script if name != "step"}
    facts |= {f"step {number}": _text(step) for number, step in enumerate(script.get("step", []), 1)}
    return {file: (_title(text, file), facts)}


def _title(text: str, file: str) -> str:
    try:
        return str(scripts.read(text, file).get("title") or file)
    except errors.Refusal:
        return file


def _components(text: str) -> Read | None:
    schema = draft_files.form_of(text)
    if schema is None:
        return None
    found = {}
    for place, raw in enumerate(form_parts.walk(schema)):
        id = str(raw.get("id") or raw.get("key") or raw.get("path") or place)
        facts = {name: _text(value) for name, value in raw.items() if name not in ("components", "id", "layout")}
        found[id] = (label(raw) or str(raw.get("key") or raw.get("path") or raw["type"]), facts)
    return found


def _rules(text: str) -> Read | None:
    tables = decision_tables.tables(text)
    if not tables:
        return None
    found = {}
    for table in tables:
        heads = [f"{column.kind}: {column.label}" for column in table.columns]
        found[table.decision_id] = (table.name, {"policy": " ".join(table.policy).strip(), "columns": "、".join(heads)})
        for number, row in enumerate(table.rows, 1):
            labels = [column.label or column.kind for column in table.columns]
            found[f"{table.decision_id}/{number}"] = (f"{table.name} {number}", dict(zip(labels, row, strict=False)))
    return found
