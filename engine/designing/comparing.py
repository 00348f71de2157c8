"""What differs between two packages of a process: the diagram by element, forms by component, tables by rule, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import errors
from engine.definitions.languages import files
from engine.designing import diagram_facts
from engine.designing.diagram_facts import Fact, Read
from engine.designing.editing import decision_tables, draft_files, form_parts
from engine.designing.packages import SCENARIO, Package
from engine.designing.scenarios import scripts
from engine.forms.schema import label
from engine.problems import UnnamedElement

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"
MOST_LETTERS = 200


@dataclass(frozen=True)
class Detail:
    """One thing of an element: what it is called in the file, and what it was and is: texts, or elements without a name.

    Empty for nothing.
    """

    name: str
    before: Fact
    after: Fact


@dataclass(frozen=True)
class Change:
    """`area`: diagram, form, decision, scenario, settings, file; `kind`: added, removed, changed, moved; `name` for people.

    Of a diagram `beside` tells where an element stands: what a flow connects, what an element without a name (`name` is
    empty) is near. That things moved on the page is one change of the whole diagram.
    """

    area: str
    kind: str
    file: str
    element_id: str
    name: str
    details: tuple[Detail, ...] = field(default=())
    beside: UnnamedElement | None = None


def changes(before: Package, after: Package) -> list[Change]:
    """All differences, the diagram's first; empty for the same content, however it is written."""
    changes_made = list(_of_diagrams(before, after))
    names = sorted({name for name in (*before.files, *after.files) if not name.endswith(".bpmn")})
    for name in names:
        area, reader = _area(name)
        old, new = before.files.get(name), after.files.get(name)
        if old is None or new is None:
            is_scenario = area == "scenario"
            shown = _title(new or old or "", name) if is_scenario else name
            changes_made.append(Change(area if is_scenario else "file", ADDED if old is None else REMOVED, name, "", shown))
        else:
            changes_made += _of_texts(area, name, old, new, reader)
    called = diagram_facts.names(after.files[after.diagram])
    return changes_made + list(_of_settings(before.settings, after.settings, called))


def _area(name: str) -> tuple[str, Any]:
    if SCENARIO.fullmatch(name):
        return "scenario", lambda text: _steps(text, name)
    return ("form", _components) if name.endswith(".form") else ("decision", _rules)


def _of_diagrams(before: Package, after: Package) -> Iterator[Change]:
    """What differs between the diagrams, with the names of what they mention; that things were moved as one change."""
    old, new = before.files[before.diagram], after.files[after.diagram]
    names = [{**_names_of_files(each), **diagram_facts.names(text)} for each, text in ((before, old), (after, new))]
    stand = {**diagram_facts.standing(old), **diagram_facts.standing(new)}
    for each in _of_texts("diagram", after.diagram, old, new, diagram_facts.elements):
        details = tuple(
            Detail(of.name, diagram_facts.named(of.before, names[0]), diagram_facts.named(of.after, names[1]))
            for of in each.details
        )
        yield replace(each, details=details, beside=stand.get(each.element_id))
    if diagram_facts.is_moved(old, new):
        yield Change("diagram", MOVED, after.diagram, "", "")


def _names_of_files(package: Package) -> dict[str, Fact]:
    """What forms and decisions are called, by the ids that diagrams name them by."""
    return {id: each.title for each in draft_files.listed(package.files, package.settings) for id in each.ids}


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
            yield Change(area, CHANGED, file, id, new[id][0], details)


def _details(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Detail]:
    for name in [*new, *(each for each in old if each not in new)]:
        if old.get(name, "") != new.get(name, ""):
            yield Detail(name, old.get(name, "")[:MOST_LETTERS], new.get(name, "")[:MOST_LETTERS])


def _of_settings(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]], called: Mapping[str, Fact]
) -> Iterator[Change]:
    for process_id in sorted({*before, *after}):
        old, new = (_said(each.get(process_id, {})) for each in (before, after))
        if details := tuple(_details(old, new)):
            drawn = called.get(process_id)
            name = new.get("title") or (drawn if isinstance(drawn, str) else "")
            yield Change("settings", CHANGED, "", process_id, name, details)


def _said(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings as texts by name, a translation by the text that it is of."""
    own, texts = files.parted(settings)
    values = {name: _text(value) for name, value in own.items()}
    return values | {
        f"{files.TEXTS}:{language}:{text}": said for language, each in texts.items() for text, said in each.items()
    }


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ";".join(f"{name}: {_text(each)}" for name, each in value.items())
    return "、".join(map(_text, value)) if isinstance(value, list | tuple) else str(value)


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
    components = {}
    for place, raw in enumerate(form_parts.walk(schema)):
        id = str(raw.get("id") or raw.get("key") or raw.get("path") or place)
        facts = dict(_flat({name: value for name, value in raw.items() if name not in ("components", "id", "layout")}))
        components[id] = (label(raw) or str(raw.get("key") or raw.get("path") or raw["type"]), facts)
    return components


def _flat(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Facts as texts, each part of one that has parts by itself: validate.required."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{part}", _text(each)) for part, each in value.items())
        else:
            yield name, _text(value)


def _rules(text: str) -> Read | None:
    tables = decision_tables.tables(text)
    if not tables:
        return None
    rules = {}
    for table in tables:
        heads = [f"{column.kind}: {column.label}" for column in table.columns]
        rules[table.decision_id] = (table.name, {"policy": " ".join(table.policy).strip(), "columns": "、".join(heads)})
        for number, row in enumerate(table.rows, 1):
            labels = [column.label or column.kind for column in table.columns]
            rules[f"{table.decision_id}/{number}"] = (f"{table.name} {number}", dict(zip(labels, row, strict=False)))
    return rules
