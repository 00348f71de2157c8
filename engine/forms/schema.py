"""Reads a form-js schema into components; what a form may hold and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import errors, feel
from engine.forms.marks_of_text import own_picture
from engine.problems import Problem

INPUTS = frozenset(
    ("textfield", "textarea", "number", "datetime", "checkbox", "checklist", "radio", "select", "taglist", "filepicker")
)
CONTAINERS = frozenset(("group", "dynamiclist"))
DISPLAYS = frozenset(("text", "table", "separator", "spacer", "image", "documentPreview"))
CHOICES = frozenset(("checklist", "radio", "select", "taglist"))
TYPES = INPUTS | CONTAINERS | DISPLAYS | {"expression"}
FEEL_PROPERTIES = ("readonly", "valuesExpression", "expression", "source", "dataSource", "defaultValue", "description", "label")
FEEL_RULES = ("required", "min", "max", "minLength", "maxLength", "pattern")
FOREIGN_PICTURE = "A picture of a form must be of this site (“/…”) or hold its data (“data:image/…”), not “%(source)s”."
MAX_DEPTH = 8
MAX_SHOWN = 50  # choices at once; the others are found by searching
MAX_COMPONENTS = 500


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
    def is_alive(self) -> bool:
        """Whether what it shows depends on other values, so that the page must be drawn anew when they change."""
        texts = [self.raw.get(name) for name in FEEL_PROPERTIES] + [self.rules.get(name) for name in FEEL_RULES]
        values = self.raw.get("values")
        is_searched = isinstance(values, list) and len(values) > MAX_SHOWN
        depends = self.hide is not None or bool(self.raw.get("valuesKey")) or is_searched
        return depends or self.type in ("expression", "dynamiclist") or any(map(is_feel, texts))


@dataclass(frozen=True)
class Form:
    """A form's id and its components."""

    id: str
    components: tuple[Component, ...]

    def walk(self) -> Iterator[Component]:
        """All components, outer before inner."""
        yield from _walk(self.components)

    @property
    def is_alive(self) -> bool:
        """Whether any component depends on what is typed."""
        return any(component.is_alive for component in self.walk())


def is_feel(value: object) -> bool:
    """Whether a property is an expression (`=…`)."""
    return isinstance(value, str) and value.startswith("=")


def load(schema: Mapping[str, Any]) -> Form:
    """The form of a form-js schema (schemaVersion up to 18).

    Raises errors.Invalid naming the component when the schema cannot be drawn.
    """
    found = problems(schema)
    if found:
        first = found[0]
        raise errors.Invalid(first.message, **first.values)
    return Form(str(schema["id"]), _components(schema["components"]))


def problems(schema: object) -> list[Problem]:
    """What is wrong with a schema, by component; an empty list for a good one."""
    if not isinstance(schema, Mapping) or not isinstance(schema.get("components"), list):
        return [Problem("", "", "The form is not a form-js schema: it has no list of components.", {})]
    if not isinstance(schema.get("id"), str) or not schema["id"]:
        return [Problem("", "", "The form has no id.", {})]
    found: list[Problem] = []
    _examine(schema["components"], 1, set(), found)
    return found


def _walk(components: tuple[Component, ...]) -> Iterator[Component]:
    for component in components:
        yield component
        yield from _walk(component.children)


def _components(raws: list[dict[str, Any]]) -> tuple[Component, ...]:
    return tuple(_component(raw, index) for index, raw in enumerate(raws))


def _component(raw: dict[str, Any], index: int) -> Component:
    kind = raw["type"]
    key = raw.get("path" if kind in CONTAINERS else "key") or ""
    condition = raw.get("conditional") or {}
    return Component(
        id=str(raw.get("id") or key or f"{kind}_{index}"),
        type=kind,
        path=tuple(part for part in str(key).split(".") if part),
        label=str(raw.get("label") or ""),
        raw=raw,
        children=_components(raw.get("components") or []),
        hide=condition.get("hide"),
        rules=raw.get("validate") or {},
    )


def _examine(raws: list[Any], depth: int, keys: set[str], found: list[Problem]) -> None:
    for raw in raws:
        if not isinstance(raw, Mapping):
            found.append(Problem("", "", "A component of the form is not an object.", {}))
            continue
        _examine_one(raw, keys, found)
        children = raw.get("components")
        if isinstance(children, list) and depth < MAX_DEPTH and len(found) < MAX_COMPONENTS:
            own = set() if raw.get("path") else keys
            _examine(children, depth + 1, own, found)
        elif children:
            found.append(_problem(raw, "%(name)s is nested too deeply."))


def _examine_one(raw: Mapping[str, Any], keys: set[str], found: list[Problem]) -> None:
    kind = raw.get("type")
    if kind not in TYPES:
        found.append(_problem(raw, "%(name)s is of type %(type)s, which a form here cannot hold.", type=str(kind)))
        return
    if kind in INPUTS or kind == "expression":
        key = raw.get("key")
        if not isinstance(key, str) or not key:
            found.append(_problem(raw, "%(name)s has no key."))
        elif key in keys:
            found.append(_problem(raw, "The key %(key)s stands twice in the form.", key=key))
        else:
            keys.add(key)
        if kind != "expression" and not raw.get("label"):
            found.append(_problem(raw, "%(name)s has no label."))
    if kind == "dynamiclist" and not raw.get("path"):
        found.append(_problem(raw, "%(name)s has no path."))
    if kind in CHOICES and not any(raw.get(name) for name in ("values", "valuesKey", "valuesExpression")):
        found.append(_problem(raw, "%(name)s offers nothing to choose from."))
    if kind == "image" and raw.get("source") and not is_feel(raw["source"]) and own_picture(raw["source"]) is None:
        found.append(_problem(raw, FOREIGN_PICTURE, source=str(raw["source"])[:100]))
    _examine_expressions(raw, found)


def _examine_expressions(raw: Mapping[str, Any], found: list[Problem]) -> None:
    rules = raw.get("validate") or {}
    texts = [raw.get(name) for name in FEEL_PROPERTIES] + [rules.get(name) for name in FEEL_RULES]
    texts.append((raw.get("conditional") or {}).get("hide"))
    for text in texts:
        if not is_feel(text):
            continue
        try:
            feel.compile(feel.body(str(text)))
        except feel.FeelError as error:
            message = "The expression of %(name)s cannot be read: %(reason)s"
            found.append(_problem(raw, message, reason=str(error)))


def _problem(raw: Mapping[str, Any], message: str, **values: object) -> Problem:
    name = str(raw.get("label") or raw.get("key") or raw.get("path") or raw.get("id") or "?")
    return Problem(str(raw.get("id") or raw.get("key") or ""), name, message, {"name": name, **values})
