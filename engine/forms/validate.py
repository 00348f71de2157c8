"""Validates a submission against a form: one validator for page, API, bulk and mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.basics.letters import plain_text
from engine.errors import Invalid, Refusal
from engine.feel import FeelError
from engine.forms.evaluate import MAX_PASSES, agreed, is_hidden, is_readonly, settle
from engine.forms.schema import CHOICES, INPUTS, Component, Form, load
from engine.forms.scope import Attachments, FormScope, Level, get, put
from engine.forms.values import clean, fixed_rows, rules
from engine.forms.values.choices import options
from engine.forms.values.opening import default

MAX_ROWS = 1000
MORE = "“%(part)s” (%(value)s) cannot be more than “%(whole)s” (%(most)s)."
OTHERWISE = (
    "This says “%(value)s”, and what was chosen is “%(said)s”. Choose the other one, or empty this field to take its name."
)


def validate(
    schema: Form | Mapping[str, Any],
    submission: Mapping[str, Any],
    context: Mapping[str, Any],
    *,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    now: datetime | None = None,
    attachments: Attachments | None = None,
) -> dict[str, Any]:
    """The clean values of a submission: typed, without what is hidden, unknown or not the sender's to write.

    `context` holds the process's variables; read-only fields keep the values it has, and so do rows of a list that
    may not be added or removed, for what this form does not show. Raises errors.Invalid whose
    `fields` map each field's path (`items[0].title`) to its refusals.
    """
    if not isinstance(submission, Mapping):
        raise Invalid("The submission must be an object of fields.")
    form = schema if isinstance(schema, Form) else load(schema)
    scope = FormScope(context, functions, now, attachments)
    settled, cleaner = _clean(form, submission, scope)
    checker = _Checker(cleaner.faults, dict(_labels(form.components)))
    checker.level(form.components, settled, Level(scope, settled), "")
    if checker.faults:
        raise Invalid("Some fields need another look.", fields=checker.faults)
    fixed_rows.complete(form.components, settled, scope.variables)
    return settled


def preview(form: Form, submission: Mapping[str, Any], scope: FormScope) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a half-filled form stands at: its settled data, and by field name what was typed but cannot be read yet."""
    settled, cleaner = _clean(form, submission, scope, is_shown=True)
    return settled, cleaner.unread


Faults = dict[str, list[Refusal]]


def _clean(
    form: Form, submission: Mapping[str, Any], scope: FormScope, *, is_shown: bool = False
) -> tuple[dict[str, Any], _Cleaner]:
    """Cleans and settles until nothing changes; to be shown, with the defaults of what may only be looked at.

    Conditions see only what earlier passes have accepted, never what was merely sent: a value sent for a hidden or
    read-only field cannot open another one.
    """
    settled: dict[str, Any] = {}
    for _ in range(MAX_PASSES if form.is_alive else 1):
        cleaner = _Cleaner(scope, is_shown)
        cleaned = cleaner.level(form.components, submission, scope.variables, Level(scope, settled), "")
        before, settled = settled, settle(form, cleaned, scope)
        if settled == before:
            break
    return settled, cleaner


def name_of(prefix: str, path: tuple[str, ...]) -> str:
    """A field's name on the page and in refusals: `customer.phone`, `items[0].title`."""
    return ".".join(([prefix] if prefix else []) + list(path))


class _Cleaner:
    """Goes through the form once and turns what was sent into typed values; notes what has the wrong type."""

    def __init__(self, scope: FormScope, is_shown: bool) -> None:
        self.scope = scope
        self.is_shown = is_shown
        self.faults: Faults = {}
        self.unread: dict[str, Any] = {}

    def level(
        self, components: tuple[Component, ...], sent: Mapping[str, Any], kept: Any, level: Level, prefix: str
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        self._collect(components, sent, kept, level, prefix, result)
        return result

    def _collect(
        self,
        components: tuple[Component, ...],
        sent: Mapping[str, Any],
        kept: Any,
        level: Level,
        prefix: str,
        into: dict[str, Any],
    ) -> None:
        for component in components:
            level.visit(component)
            if component.type == "group" and not component.path:
                self._collect(component.children, sent, kept, level, prefix, into)
            elif component.type == "group":
                put(into, component.path, self._group(component, sent, kept, level, prefix))
            elif component.type == "dynamiclist":
                put(into, component.path, self._rows(component, sent, kept, level, prefix))
            elif component.type in INPUTS:
                put(into, component.path, self._value(component, sent, kept, level, prefix))

    def _group(self, component: Component, sent: Any, kept: Any, level: Level, prefix: str) -> dict[str, Any]:
        inner = get(sent, component.path)
        inner = inner if isinstance(inner, Mapping) else {}
        accepted = get(level.data, component.path)
        inner_level = Level(self.scope, accepted if isinstance(accepted, Mapping) else {}, level)
        return self.level(component.children, inner, get(kept, component.path), inner_level, name_of(prefix, component.path))

    def _rows(self, component: Component, sent: Any, kept: Any, level: Level, prefix: str) -> list[Any]:
        given = get(sent, component.path)
        name = name_of(prefix, component.path)
        if is_readonly(component, level) or component.raw.get("disabled"):
            return list(get(kept, component.path) or [])
        if given is not None and not isinstance(given, list):
            self._fault(name, Invalid("This must be a list of rows."))
            return []
        given = given or []
        if len(given) > MAX_ROWS:
            self._fault(name, Invalid("At most %(limit)s entries.", limit=MAX_ROWS))
            return []
        before = get(kept, component.path)
        before = before if isinstance(before, list) else []
        if len(before) != len(given) and fixed_rows.is_fixed(component, before):
            given = (given + [{}] * len(before))[: len(before)]
        return [self._row(component, row, before, index, level, name) for index, row in enumerate(given)]

    def _row(self, component: Component, row: Any, before: list[Any], index: int, level: Level, name: str) -> dict[str, Any]:
        row = row if isinstance(row, Mapping) else {}
        kept = before[index] if index < len(before) else {}
        accepted = get(level.data, component.path) or []
        data = accepted[index] if index < len(accepted) else {}
        return self.level(component.children, row, kept, Level(self.scope, data, level, index), f"{name}[{index}]")

    def _value(self, component: Component, sent: Any, kept: Any, level: Level, prefix: str) -> Any:
        if is_readonly(component, level) or component.raw.get("disabled"):
            known = get(kept, component.path)
            return default(component, level) if known is None and self.is_shown else known
        try:
            given = get(sent, component.path)
            offered = options(component, level, given) if component.type in CHOICES else ()
            return clean.clean(component, given, offered, self.scope)
        except Refusal as refusal:
            name = name_of(prefix, component.path)
            self.unread[name] = get(sent, component.path)
            self._fault(name, refusal)
            return None

    def _fault(self, name: str, refusal: Refusal) -> None:
        self.faults.setdefault(name, []).append(refusal)


class _Checker:
    """Goes through the settled data and holds each visible value against its rules; faults of hidden fields are dropped."""

    def __init__(self, faults: Faults, labels: Mapping[str, str]) -> None:
        self._unclean = faults
        self._labels = labels
        self.faults: Faults = {}

    def level(self, components: tuple[Component, ...], data: Any, level: Level, prefix: str) -> None:
        for component in components:
            level.visit(component)
            if not is_hidden(component, level):
                self._component(component, data, level, prefix)

    def _component(self, component: Component, data: Any, level: Level, prefix: str) -> None:
        if component.type == "group" and not component.path:
            self.level(component.children, data, level, prefix)
            return
        name = name_of(prefix, component.path)
        if component.type == "group":
            inner = get(data, component.path) or {}
            self.level(component.children, inner, Level(level.scope, inner, level), name)
        elif component.type == "dynamiclist":
            self._list(component, get(data, component.path) or [], level, name)
        elif component.type in INPUTS:
            self._input(component, get(data, component.path), level, name)

    def _list(self, component: Component, rows: list[Any], level: Level, name: str) -> None:
        self._input(component, rows, level, name)
        for index, row in enumerate(rows):
            self.level(component.children, row, Level(level.scope, row, level, index), f"{name}[{index}]")

    def _input(self, component: Component, value: Any, level: Level, name: str) -> None:
        faults = self._unclean.get(name) or _broken_rules(component, value, level)
        faults = faults or _more_than_whole(component, value, level, self._labels)
        if faults:
            self.faults[name] = faults


def _broken_rules(component: Component, value: Any, level: Level) -> list[Refusal]:
    if is_readonly(component, level) or component.raw.get("disabled"):
        return []
    try:
        return _no_choice(component, value, level) or [
            *rules.check(component, value, level),
            *_otherwise(component, value, level),
        ]
    except FeelError as error:
        return [error]


def _labels(components: tuple[Component, ...]) -> Iterator[tuple[str, str]]:
    """What fields are called, by their names within their own level; the name of one on two levels is called the same."""
    for component in components:
        yield ".".join(component.path), component.label
        yield from _labels(component.children)


def _more_than_whole(component: Component, value: Any, level: Level, labels: Mapping[str, str]) -> list[Refusal]:
    """Refuses a part that is more than the whole of which it is one, with both numbers."""
    whole = get(level.data, tuple(component.part_of.split("."))) if component.part_of else None
    if whole in (None, "") or value in (None, "") or Decimal(value) <= Decimal(whole):
        return []
    called = labels.get(component.part_of, component.part_of)
    return [Invalid(MORE, part=component.label, whole=called, value=str(value), most=str(whole))]


def _otherwise(component: Component, value: Any, level: Level) -> list[Refusal]:
    """Refuses a text that says otherwise than what was chosen beside it, such as the name of another customer's record."""
    said = agreed(component, level)
    is_same = not said or plain_text.as_read(str(value or "")) == plain_text.as_read(said)
    return [] if is_same else [Invalid(OTHERWISE, value=str(value), said=said)]


def _no_choice(component: Component, value: Any, level: Level) -> list[Refusal]:
    """Refuses a choice that the settled data does not offer."""
    if component.type not in CHOICES or value in (None, []):
        return []
    offered = [option.value for option in options(component, level, value)]
    chosen = value if isinstance(value, list) else [value]
    return [] if all(each in offered for each in chosen) else [Invalid("This is not one of the choices.")]
