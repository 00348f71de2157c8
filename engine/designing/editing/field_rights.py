"""Who may do what with a field at which step [字段权限]: seen over all forms of a draft, and set in them.

A step's form says it all: a field is not in it, hidden (`conditional.hide` is `=true`), read (`readonly`), filled in,
or demanded (`validate.required`). What depends on a FEEL condition is `own`: it is set in the form itself.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import errors
from engine.designing.editing import draft_files
from engine.diagrams import xml
from engine.forms.schema import INPUTS, label

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
RIGHTS = ("absent", "hidden", "read", "edit", "required")
OWN = "own"
ALWAYS_HIDDEN = "=true"
HOLDING = frozenset((*INPUTS, "dynamiclist"))


@dataclass(frozen=True)
class FormOnSteps:
    """A form with the steps of the diagram that show it, by their names."""

    file: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class FieldLine:
    """A field by the path of its keys (`items.price` is a column of the list `items`), with its right in each form."""

    path: str
    label: str
    depth: int
    rights: Mapping[str, str]


def steps(files: Mapping[str, str]) -> list[FormOnSteps]:
    """The forms of a draft that steps show, in the order of the diagram; forms that no step shows come last."""
    by_id = {id: each.name for each in draft_files.listed(files) if each.kind == "form" for id in each.ids}
    steps_of: dict[str, list[str]] = {}
    for element, form_id in _showing(next(text for name, text in files.items() if name.endswith(".bpmn"))):
        if form_id in by_id:
            steps_of.setdefault(by_id[form_id], []).append(element)
    unused: dict[str, list[str]] = {name: [] for name in by_id.values() if name not in steps_of}
    return [FormOnSteps(name, tuple(names)) for name, names in {**steps_of, **unused}.items()]


def lines(files: Mapping[str, str]) -> list[FieldLine]:
    """All fields of the forms of a draft, columns of lists under their list."""
    forms = [step.file for step in steps(files)]
    seen: dict[str, tuple[str, int]] = {}
    rights: dict[str, dict[str, str]] = {}
    for file in forms:
        for path, raw, depth in fields(draft_files.form_of(files[file]) or {}):
            seen.setdefault(path, (label(raw) or path.rpartition(".")[2], depth))
            rights.setdefault(path, {})[file] = right_of(raw)
    return [
        FieldLine(path, *seen[path], {file: rights[path].get(file, "absent") for file in forms}) for path in _in_order(seen)
    ]


def chosen(files: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """The right of each field in each form, by file and path."""
    return {(file, line.path): right for line in lines(files) for file, right in line.rights.items()}


def right_of(raw: Mapping[str, Any]) -> str:
    """The right that a component gives."""
    hide, readonly = (raw.get("conditional") or {}).get("hide"), raw.get("readonly")
    required = (raw.get("validate") or {}).get("required")
    if hide == ALWAYS_HIDDEN:
        return "hidden"
    if hide or isinstance(readonly, str) or isinstance(required, str):
        return OWN
    return "read" if readonly else "required" if required else "edit"


def with_rights(files: Mapping[str, str], wanted: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """The forms that change, by file, where rights are wanted by (file, path of the field).

    A field that a form lacks is copied from a form that has it; a column only where the form has its list. What is
    wanted as it is already stays untouched. A column that is taken from a list which an earlier step fills in keeps its
    values: the rows of that list stay as they are. Raises Invalid for a right or a field that there is none of.
    """
    had = chosen(files)
    changed: dict[str, dict[str, Any]] = {}
    for (file, path), right in wanted.items():
        if (file, path) not in had or right not in (*RIGHTS, OWN):
            raise errors.Invalid("There is no such field or right.")
        if right in (had[file, path], OWN):
            continue
        schema = changed.setdefault(file, copy.deepcopy(draft_files.form_of(files[file]) or {}))
        _set(schema, path, right, lambda path=path: _anywhere(files, path))
        if right == "absent" and any(had.get((each.file, path)) not in (None, "absent") for each in _before(files, file)):
            _fix_rows(schema, path.rpartition(".")[0])
    return {file: json.dumps(schema, ensure_ascii=False, indent=2, default=float) for file, schema in changed.items()}


def _before(files: Mapping[str, str], file: str) -> Iterator[FormOnSteps]:
    """The forms that come before one in the diagram."""
    return itertools.takewhile(lambda each: each.file != file, steps(files))


def _fix_rows(schema: Mapping[str, Any], path: str) -> None:
    """Rows are neither added to a list nor removed: so each keeps what the form does not show."""
    for each, raw, _depth in fields(schema):
        if path and each == path and raw.get("type") == "dynamiclist":
            raw["allowAddRemove"] = False


def _in_order(paths: Iterable[str]) -> list[str]:
    """Paths as they were met first, columns right behind their list."""
    met = {path: place for place, path in enumerate(paths)}

    def places(path: str) -> list[int]:
        parts = path.split(".")
        above = (".".join(parts[: length + 1]) for length in range(len(parts)))
        return [met[each] for each in above if each in met]

    return sorted(met, key=places)


def _showing(diagram: str) -> Iterator[tuple[str, str]]:
    """The steps of a diagram that show a form: what they are called, and the form's id."""
    try:
        root = xml.safe_parse(diagram.encode())
    except errors.Refusal:
        return
    for element in root.iter(f"{BPMN}userTask", f"{BPMN}startEvent"):
        shown = element.find(f"{BPMN}extensionElements/{ZEEBE}formDefinition")
        if shown is not None and shown.get("formId"):
            yield " ".join((element.get("name") or element.get("id") or "").split()), str(shown.get("formId"))


def fields(
    raw: Mapping[str, Any], above: str = "", depth: int = 0, *, kinds: Collection[str] = HOLDING
) -> Iterator[tuple[str, dict[str, Any], int]]:
    """The fields of a form, or of what is within a component: the path of keys, the component, how many lists it is in."""
    for each in raw.get("components") or []:
        kind = each.get("type") if isinstance(each, dict) else None
        own = str(each.get("path" if kind in ("group", "dynamiclist") else "key") or "") if kind else ""
        here = f"{above}.{own}" if above and own else own or above
        if own and kind in kinds:
            yield here, each, depth
        if kind in ("group", "dynamiclist"):
            yield from fields(each, here, depth + (kind == "dynamiclist"), kinds=kinds)


def _anywhere(files: Mapping[str, str], path: str) -> dict[str, Any]:
    """A field as some form of the draft has it."""
    rights = (each for step in steps(files) for each in fields(draft_files.form_of(files[step.file]) or {}))
    return copy.deepcopy(next(raw for each, raw, _depth in rights if each == path))


def _set(schema: dict[str, Any], path: str, right: str, value: Any) -> None:
    here = next((raw for each, raw, _depth in fields(schema) if each == path), None)
    if right == "absent":
        _remove(schema, here)
        return
    if here is None:
        here = _added(schema, path, value())
    if here is not None:
        _mark(here, right)


def _remove(holder: dict[str, Any], gone: object) -> None:
    components = holder.get("components")
    if isinstance(components, list):
        holder["components"] = [each for each in components if each is not gone]
        for each in holder["components"]:
            if isinstance(each, dict):
                _remove(each, gone)


def _added(schema: dict[str, Any], path: str, raw: dict[str, Any]) -> dict[str, Any] | None:
    above = path.rpartition(".")[0]
    parents = (each for name, each, _depth in fields(schema) if name == above and each.get("type") == "dynamiclist")
    holder = next(parents, None) if above else schema
    if holder is None:
        holder = schema if "." not in str(raw.get("key") or "") and not above else None
    if holder is None:
        return None
    raw["id"] = f"{raw.get('id') or raw.get('key')!s}_{len(holder.get('components') or []) + 1}"
    raw.get("layout", {}).pop("row", None)
    holder.setdefault("components", []).append(raw)
    return raw


def _mark(raw: dict[str, Any], right: str) -> None:
    for name, inner, value in (
        ("conditional", "hide", ALWAYS_HIDDEN if right == "hidden" else None),
        ("validate", "required", True if right == "required" else None),
    ):
        table = {**(raw.get(name) or {}), inner: value}
        raw[name] = {key: each for key, each in table.items() if each is not None}
        if not raw[name]:
            del raw[name]
    raw["readonly"] = True
    if right != "read":
        del raw["readonly"]
