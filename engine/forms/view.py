"""What a page draws of a form: nodes with names, values, options, limits and refusals, already settled."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import feel
from engine.errors import Refusal
from engine.forms import marks_of_text, placeholders
from engine.forms.evaluate import agreed, computed, is_hidden, is_readonly, settle
from engine.forms.schema import CHOICES, Component, Form
from engine.forms.scope import FormScope, Level, get
from engine.forms.validate import name_of
from engine.forms.values import fixed_rows, numeric
from engine.forms.values.choices import NOTHING, OfferedOptions, Option, offer


@dataclass(frozen=True)
class ViewNode:
    """One thing to draw. `has_fixed_rows`: none are added or removed; `is_to_come`: it is empty and somebody else fills it in. `is_agreed`: it says what a choice beside it says, and follows when another is made. `is_finding`: a step finds its people by it. `columns` of 16; `rows` are a dynamic list's, `children` a group's, as lines of nodes."""

    type: str
    id: str
    name: str
    label: str
    description: str
    value: Any = None
    offer: OfferedOptions = NOTHING
    columns: int = 16
    is_required: bool = False
    is_readonly: bool = False
    limits: Mapping[str, Any] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    children: tuple[tuple[ViewNode, ...], ...] = ()
    rows: tuple[tuple[tuple[ViewNode, ...], ...], ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)
    is_to_come: bool = False
    has_fixed_rows: bool = False
    is_agreed: bool = False
    barred: Collection[str] = ()
    is_finding: bool = True

    @property
    def options(self) -> tuple[Option, ...]:
        """What is offered to choose from, as far as it is shown."""
        return self.offer.options


@dataclass(frozen=True)
class FormView:
    """A form ready to draw: its lines of nodes, whether it changes while it is filled in, and all refusals by field."""

    form_id: str
    lines: tuple[tuple[ViewNode, ...], ...]
    is_alive: bool
    refusals: Mapping[str, list[Refusal]]


def view(
    form: Form,
    data: Mapping[str, Any],
    scope: FormScope,
    refusals: Mapping[str, list[Refusal]] | None = None,
    *,
    unread: Mapping[str, Any] | None = None,
    searches: Mapping[str, str] | None = None,
    only_looking: bool = False,
) -> FormView:
    """The form as it is drawn for this data.

    `unread` are values as typed that are not of their field's type: they are shown again, so that nothing typed is
    lost. `searches` are what was typed to find something in a long list, by the field's name. `only_looking` draws
    every field read-only.
    """
    told = {name: [_said(each, form.words) for each in faults] for name, faults in (refusals or {}).items()}
    drawer = _Drawer(told, unread or {}, searches or {}, only_looking, {**scope.words, **form.words})
    settled = {**data, **settle(form, data, scope)}
    lines = drawer.lines(form.components, settled, Level(scope, settled), "")
    return FormView(form.id, lines, form.is_alive, told)


def _said(refusal: Refusal, words: Mapping[str, str]) -> Refusal:
    """A refusal that the form words itself as its reader is told it; it was found by the form as it was drawn."""
    return refusal if refusal.values or refusal.text not in words else Refusal(words[refusal.text], fields=None)


class _Drawer:
    def __init__(
        self,
        refusals: Mapping[str, list[Refusal]],
        unread: Mapping[str, Any],
        searches: Mapping[str, str],
        only_looking: bool,
        words: Mapping[str, str],
    ) -> None:
        self.refusals = refusals
        self.unread = unread
        self.searches = searches
        self.only_looking = only_looking
        self.words = words

    def lines(self, components: Iterable[Component], data: Any, level: Level, prefix: str) -> tuple[tuple[ViewNode, ...], ...]:
        """The visible components, those of one layout row side by side."""
        lines: list[list[ViewNode]] = []
        last = object()
        for component in components:
            level.visit(component)
            if is_hidden(component, level) or (component.type == "expression" and not component.label):
                continue  # a computed value without a label is carried along, not shown
            row = (component.raw.get("layout") or {}).get("row") or object()
            if row != last:
                lines.append([])
            last = row
            lines[-1].append(self._node(component, data, level, prefix))
        return tuple(map(tuple, lines))

    def _node(self, component: Component, data: Any, level: Level, prefix: str) -> ViewNode:
        name = name_of(prefix, component.path)
        in_rows, scope = re.sub(r"\[\d+\]", "[]", name), level.scope
        value = self.unread[name] if name in self.unread else self._value(component, data, level)
        is_fixed = is_readonly(component, level) or bool(component.raw.get("disabled"))
        if is_fixed and component.type == "textfield":
            value = self._in_words(value)  # an option of the form in which it was chosen
        return ViewNode(
            type=component.type,
            id=re.sub(r"[^\w-]+", "-", name or component.id),
            name=name,
            label=_text(component.label, level),
            description=_text(str(component.raw.get("description") or ""), level),
            value=value,
            offer=_offer(component, level, value, self.searches.get(name, "")),
            columns=_columns(component),
            is_required=_rule(component, "required", level) is True,
            is_readonly=self.only_looking or is_fixed,
            limits=_limits(component, level),
            refusals=tuple(self.refusals.get(name, ())),
            children=self._children(component, data, level, prefix),
            rows=self._rows(component, data, level, name),
            raw=component.raw,
            has_fixed_rows=self._has_fixed_rows(component, level, name),
            is_agreed=bool(value) and value == agreed(component, level),
            is_to_come=self.only_looking and not is_fixed and value in (None, "", []),
            barred=scope.barred.get(in_rows, ()),
            is_finding=scope.finding is None or in_rows in scope.finding,
        )

    def _has_fixed_rows(self, component: Component, level: Level, name: str) -> bool:
        if component.type != "dynamiclist":
            return False
        return fixed_rows.is_fixed(component, fixed_rows.kept_at(level.scope.variables, name))

    def _value(self, component: Component, data: Any, level: Level) -> Any:
        if component.type == "expression":
            return computed(component, level)
        if component.type == "text":
            return _markdown(str(component.raw.get("text") or ""), level)
        if component.type == "image":
            return marks_of_text.own_picture(_resolved(component.raw.get("source"), level))
        if component.type == "documentPreview":
            return marks_of_text.files(_resolved(component.raw.get("dataSource"), level))
        if component.type == "table":
            source_value = _resolved(component.raw.get("dataSource"), level)
            return self._rows_in_words(source_value) if isinstance(source_value, list) else []
        return get(data, component.path) if component.path else None

    def _rows_in_words(self, rows: list[Any]) -> list[Any]:
        """What a table only shows, such as an option of the form in which it was chosen, as its reader is told it."""
        return [{name: self._in_words(each) for name, each in row.items()} if isinstance(row, Mapping) else row for row in rows]

    def _in_words(self, value: Any) -> Any:
        return self.words.get(value, value) if isinstance(value, str) else value

    def _children(self, component: Component, data: Any, level: Level, prefix: str) -> tuple[tuple[ViewNode, ...], ...]:
        if component.type != "group":
            return ()
        if not component.path:
            return self.lines(component.children, data, level, prefix)
        inner = get(data, component.path)
        inner = inner if isinstance(inner, Mapping) else {}
        return self.lines(component.children, inner, Level(level.scope, inner, level), name_of(prefix, component.path))

    def _rows(self, component: Component, data: Any, level: Level, name: str) -> tuple[tuple[tuple[ViewNode, ...], ...], ...]:
        if component.type != "dynamiclist":
            return ()
        rows = [row if isinstance(row, Mapping) else {} for row in get(data, component.path) or []]
        return tuple(
            self.lines(component.children, row, Level(level.scope, row, level, index), f"{name}[{index}]")
            for index, row in enumerate(rows)
        )


def _resolved(value: Any, level: Level) -> Any:
    try:
        return level.resolve(value)
    except feel.FeelError:
        return None


def _rule(component: Component, name: str, level: Level) -> Any:
    return _resolved(component.rules.get(name), level)


def _offer(component: Component, level: Level, chosen: Any, text: str) -> OfferedOptions:
    if component.type not in CHOICES:
        return NOTHING
    try:
        return offer(component, level, chosen, text)
    except feel.FeelError:
        return NOTHING


def _columns(component: Component) -> int:
    columns = (component.raw.get("layout") or {}).get("columns")
    return columns if isinstance(columns, int) and 1 <= columns <= 16 else 16


def _limits(component: Component, level: Level) -> dict[str, Any]:
    names = ("min", "max", "minLength", "maxLength", "pattern")
    limits = {name: _rule(component, name, level) for name in names if component.rules.get(name) not in (None, "")}
    if component.type == "number":
        limits["step"] = component.raw.get("increment") or _step(numeric.whole(component.raw.get("decimalDigits")))
    return limits


def _markdown(text: str, level: Level) -> str:
    """A form's text, which is Markdown; the values in it are not."""
    if text.startswith("="):
        return marks_of_text.without_links(_shown(_resolved(text, level)))
    return placeholders.filled(text, lambda given: marks_of_text.literal(_shown(_resolved("=" + given, level))))


def _step(digits: int | None) -> str:
    return "any" if digits is None else f"{10**-digits:.{digits}f}"


def _text(text: str, level: Level) -> str:
    """A label or hint: an expression, or words with `{{expressions}}` in them."""
    if text.startswith("="):
        return _shown(_resolved(text, level))
    return placeholders.filled(text, lambda given: _shown(_resolved("=" + given, level)))


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(map(_shown, value))
    return str(value)
