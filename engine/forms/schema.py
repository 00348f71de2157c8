"""Reads a form-js schema into components: what a form may hold, and why one cannot be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine import errors
from engine.forms import html_text
from engine.forms.marks_of_text import own_picture
from engine.problems import Problem

INPUTS = frozenset(
    ("textfield", "textarea", "number", "datetime", "checkbox", "checklist", "radio", "select", "taglist", "filepicker")
)
CONTAINERS = frozenset(("group", "dynamiclist"))
DISPLAYS = frozenset(("text", "table", "separator", "spacer", "image", "documentPreview"))
CHOICES = frozenset(("checklist", "radio", "select", "taglist"))
RECORDS, PEOPLE, DEPARTMENTS = "record options", "person options", "department options"  # functions that offer choices
IGNORED = frozenset(("button",))  # a page here has buttons of its own
TYPES = INPUTS | CONTAINERS | DISPLAYS | IGNORED | {"expression", "html"}
FEEL_PROPERTIES = (
    *("readonly", "valuesExpression", "expression", "source", "dataSource", "defaultValue", "description"),
    *("label", "dateLabel", "timeLabel"),
)
FEEL_RULES = ("required", "min", "max", "minLength", "maxLength", "pattern")
AGREES_WITH = "agrees_with"  # among the properties of a text field
PART_OF = "part_of"  # among those of a number: the key of the number of which it counts a part
FOREIGN_PICTURE = "A picture of a form must be of this site (“/…”) or hold its data (“data:image/…”), not “%(source)s”."
MAX_DEPTH = 8
MAX_SHOWN = 50  # choices at once; the others are found by searching


# The names of one level of a form: with a group's fields, with those of a list's rows in a list of one, None with a value.
Fields = Mapping[str, Any]


def offers(raw: Mapping[str, Any], options: str) -> bool:
    """Whether a component as it is written takes its choices from this function, as `RECORDS`."""
    return options in str(raw.get("valuesExpression") or "")


@dataclass(frozen=True)
class Component:
    """One component of a form; `path` is where its value stands in the data of its own level."""

    id: str
    type: str
    path: tuple[str, ...]
    label: str
    raw: Mapping[str, Any]
    children: tuple[Component, ...] = ()
    hide: str | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)

    @property
    def holds_value(self) -> bool:
        """Whether it puts a value of its own into the data."""
        return self.type in INPUTS or self.type in ("expression", "dynamiclist")

    @property
    def agrees_with(self) -> Any:
        """The expression of what a text must say; None for a field that may say anything."""
        return (self.raw.get("properties") or {}).get(AGREES_WITH)

    @property
    def part_of(self) -> str:
        """The name beside it of the number that it may not exceed, as it counts a part of it; "" where it counts by itself."""
        return str((self.raw.get("properties") or {}).get(PART_OF) or "")

    @property
    def is_alive(self) -> bool:
        """Whether what it shows depends on other values, so that the page must be drawn anew when they change."""
        texts = [self.raw.get(name) for name in FEEL_PROPERTIES] + [self.rules.get(name) for name in FEEL_RULES]
        values = self.raw.get("values")
        is_searched = isinstance(values, list) and len(values) > MAX_SHOWN
        depends = self.hide is not None or bool(self.raw.get("valuesKey")) or is_searched
        return depends or self.type in ("expression", "dynamiclist") or any(map(is_feel, (*texts, self.agrees_with)))


@dataclass(frozen=True)
class Form:
    """A form's id and its components. `words` are how its reader is told values that others have chosen, by what is stored."""

    id: str
    components: tuple[Component, ...]
    words: Mapping[str, str] = field(default_factory=dict, compare=False)

    def walk(self) -> Iterator[Component]:
        """All components, outer before inner."""
        yield from _walk(self.components)

    def on_top(self) -> Iterator[Component]:
        """The components whose values stand in the data of the form itself, not in rows of a list or a group of its own."""
        yield from _on_top(self.components)

    @cached_property
    def fields(self) -> Fields:
        """What the form fills in, level by level."""
        return _fields(self.components)

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables that the form fills in."""
        return frozenset(each.path[0] for each in self.on_top() if each.path)

    @property
    def is_alive(self) -> bool:
        """Whether any component depends on what is typed."""
        return any(component.is_alive for component in self.walk())


def _fields(components: tuple[Component, ...], into: dict[str, Any] | None = None) -> dict[str, Any]:
    names: dict[str, Any] = {} if into is None else into
    for each in (component for component in _on_top(components) if component.path):
        *above, last = each.path
        level: Any = names
        for part in above:
            level = level.setdefault(part, {}) if isinstance(level, dict) else None
        if not isinstance(level, dict):
            continue  # a value that stands above it takes in all that is there
        if each.type != "group":
            level[last] = [_fields(each.children)] if each.type == "dynamiclist" else None
        elif isinstance(inner := level.setdefault(last, {}), dict):
            _fields(each.children, inner)
    return names


def _on_top(components: tuple[Component, ...]) -> Iterator[Component]:
    for each in components:
        if each.type == "group" and not each.path:
            yield from _on_top(each.children)
        else:
            yield each


def is_feel(value: object) -> bool:
    """Whether a property is an expression (`=…`)."""
    return isinstance(value, str) and value.startswith("=")


def load(schema: Mapping[str, Any]) -> Form:
    """The form of a form-js schema (schemaVersion up to 18).

    Raises errors.Invalid naming the component when the schema cannot be drawn; what else is wrong with one is told by
    `checks.problems`, before it is deployed.
    """
    for fault in faults(schema):
        raise errors.Invalid(fault.message, **fault.values)
    return Form(str(schema["id"]), _components(schema["components"]))


def faults(schema: object) -> Iterator[Problem]:
    """Why a schema cannot be drawn at all, by component."""
    yield from (top := list(top_faults(schema)))
    if not top and isinstance(schema, Mapping):
        yield from _faults(schema["components"], 1)


def top_faults(schema: object) -> Iterator[Problem]:
    """Why something is no schema of a form, whatever its components are."""
    if not isinstance(schema, Mapping) or not isinstance(schema.get("components"), list):
        yield Problem("", "", "The form is not a form-js schema: it has no list of components.", {})
    elif not isinstance(schema.get("id"), str) or not schema["id"]:
        yield Problem("", "", "The form has no id.", {})


def children(raw: Any, depth: int) -> list[Any]:
    """The components within one, as far as they can be drawn."""
    inner = raw.get("components") if isinstance(raw, Mapping) else None
    return inner if isinstance(inner, list) and depth < MAX_DEPTH else []


def _walk(components: tuple[Component, ...]) -> Iterator[Component]:
    for component in components:
        yield component
        yield from _walk(component.children)


def _components(raws: list[dict[str, Any]]) -> tuple[Component, ...]:
    return tuple(_component(raw, index) for index, raw in enumerate(raws) if raw["type"] not in IGNORED)


def _component(raw: dict[str, Any], index: int) -> Component:
    kind = raw["type"]
    if kind == "html":
        raw = {**raw, "text": html_text.text_of(str(raw.get("content") or ""))}
    key = raw.get("path" if kind in CONTAINERS else "key") or ""
    condition = raw.get("conditional") or {}
    return Component(
        id=str(raw.get("id") or key or f"{kind}_{index}"),
        type="text" if kind == "html" else kind,
        path=tuple(part for part in str(key).split(".") if part),
        label=label(raw) or (str(key) if kind in INPUTS else ""),
        raw=raw,
        children=_components(raw.get("components") or []),
        hide=condition.get("hide"),
        rules=raw.get("validate") or {},
    )


def label(raw: Mapping[str, Any]) -> str:
    """What a component is called."""
    return str(raw.get(label_name(raw), ""))


def label_name(raw: Mapping[str, Any]) -> str:
    """The attribute that says what a component is called, "" where none does: date fields have labels of their own, and old
    files a needless `label` beside."""
    own = {"time": ("timeLabel",), "datetime": ("dateLabel", "timeLabel")}.get(str(raw.get("subtype")), ("dateLabel",))
    names = (*own, "label") if raw.get("type") == "datetime" else ("label",)
    return next((name for name in names if raw.get(name)), "")


def _faults(raws: list[Any], depth: int) -> Iterator[Problem]:
    for raw in raws:
        yield from component_faults(raw, depth)
        yield from _faults(children(raw, depth), depth + 1)


def component_faults(raw: Any, depth: int) -> Iterator[Problem]:
    """Why one component cannot be drawn, at this depth of the form (from 1)."""
    if not isinstance(raw, Mapping):
        yield Problem("", "", "A component of the form is not an object.", {})
        return
    kind, inner = raw.get("type"), raw.get("components") or []
    if not isinstance(kind, str) or kind not in TYPES:
        yield problem(raw, "%(name)s is of type %(type)s, which a form here cannot hold.", type=str(kind)[:40])
        return
    if not isinstance(inner, list):
        yield problem(raw, "The components of %(name)s are no list.")
    elif inner and depth >= MAX_DEPTH:
        yield problem(raw, "%(name)s is nested too deeply.")
    for name in ("validate", "conditional", "layout", "appearance", "properties"):
        if not isinstance(raw.get(name) or {}, Mapping):
            yield problem(raw, "The attribute %(attribute)s of %(name)s must be an object.", attribute=name)
    condition = raw.get("conditional")
    if isinstance(condition, Mapping) and not isinstance(condition.get("hide"), str | None):
        yield problem(raw, "The condition of %(name)s must be an expression.")
    if kind == "image" and raw.get("source") and not is_feel(raw["source"]) and own_picture(raw["source"]) is None:
        yield problem(raw, FOREIGN_PICTURE, source=str(raw["source"])[:100])
    yield from _key_faults(raw, kind)


def _key_faults(raw: Mapping[str, Any], kind: str) -> Iterator[Problem]:
    key = raw.get("path" if kind in CONTAINERS else "key")
    if kind == "dynamiclist" and not key:
        yield problem(raw, "%(name)s has no path.")
    elif kind in INPUTS or kind == "expression" or (kind in CONTAINERS and key):
        if not isinstance(key, str) or not key:
            yield problem(raw, "%(name)s has no key.")
        elif not all(key.split(".")):
            yield problem(raw, "The key “%(key)s” of %(name)s has an empty part between its dots.", key=key)


def problem(raw: Mapping[str, Any], message: str, severity: str = "error", /, **values: object) -> Problem:
    """A finding at a component, with what it is called as `name`."""
    name = str(label(raw) or raw.get("key") or raw.get("path") or raw.get("id") or "?")
    return Problem(str(raw.get("id") or raw.get("key") or ""), name, message, {"name": name, **values}, severity)
