"""What the forms of a process declare of its variables: label, kind, choices; so that a value given by hand is one that they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from engine import errors, forms
from engine.cases.cases import Case
from engine.definitions.definitions import Definition

FIELD = "value"  # the key under which a field stands alone
FILLED_IN = "filled_in"  # the group of a step's fields: their keys are none of the act's own names
# What stands on its own; files come by uploading.
ALONE = frozenset(
    {
        *("textfield", "textarea", "number", "datetime", "checkbox", "radio", "select", "checklist", "taglist"),
        "dynamiclist",
    }
)
NOT_TAKEN = "The form's field “%(label)s” does not take this value."
LEFT_OUT = ("conditional", "readonly", "disabled", "defaultValue", "key", "path")


@dataclass(frozen=True)
class Declared:
    """A variable as a field of a form declares it."""

    name: str
    component: forms.Component

    @property
    def label(self) -> str:
        """What people read beside the field; the name where that is worked out or missing."""
        label = self.component.label
        return label if label and not label.startswith("=") else self.name

    @property
    def depends(self) -> bool:
        """Whether its choices are those of the case that it stands in."""
        return any(self.component.raw.get(name) for name in ("valuesKey", "valuesExpression"))

    def held(self, value: Any) -> Any:
        """A value as the form holds it."""
        return value

    def given(self, value: Any) -> Any:
        """What the form holds as the value."""
        return value

    @cached_property
    def form(self) -> forms.Form:
        """A form of this field alone, under the key `FIELD`."""
        return _form([_bare(self.component, FIELD)])


def fields(definition: Definition) -> dict[str, Declared]:
    """The variables that a field of a form holds as a whole, by name; the first form that has one declares it."""
    by_name: dict[str, Declared] = {}
    for each in _components(definition):
        if each.type in ALONE:
            by_name.setdefault(each.path[0], Declared(each.path[0], each))
    return by_name


def files(definition: Definition) -> set[str]:
    """The variables that hold files."""
    return {each.path[0] for each in _components(definition) if each.type == "filepicker"}


def of_step(definition: Definition, element_id: str, *, of_many: bool = False) -> forms.Form | None:
    """A form of what people may fill in at a step, in one group `FILLED_IN`; None where they fill in nothing.

    All of it is shown and nothing is required: what is left empty stays as it is. `of_many`: without what depends on a case.
    """
    form = definition.form_of(element_id)
    own = [Declared(each.path[0], each) for each in _of(form.parsed)] if form is not None else []
    open_ = [each for each in own if each.component.type in ALONE and each.component.raw.get("readonly") is not True]
    bare = [_bare(each.component, each.name) for each in open_ if not (of_many and each.depends)]
    return _form([{"type": "group", "path": FILLED_IN, "components": bare}]) if bare else None


def read_step(
    form: forms.Form, sent: Mapping[str, Any], known: Mapping[str, Any], functions: Any = None, *, now: datetime
) -> dict[str, Any]:
    """What was filled in of a step's fields, typed, without what was left empty or as it is. Raises Invalid by names of the form."""
    filled = forms.validate(form, sent, known, functions=functions, now=now).get(FILLED_IN, {})
    return {name: value for name, value in filled.items() if not _says_nothing(value, known.get(name))}


def ticked(form: forms.Form, known: Mapping[str, Any]) -> dict[str, Any]:
    """The ticks that a case has: an empty box would take them away. Nothing else is filled in beforehand."""
    boxes = (each.path[-1] for each in form.walk() if each.type == "checkbox")
    return {FILLED_IN: {name: known[name] for name in boxes if known.get(name) is True}}


def _says_nothing(value: Any, before: Any) -> bool:
    return value in (None, "", []) or (value is False and before is not True)


def read(field: Declared, sent: Mapping[str, Any], known: Mapping[str, Any], functions: Any = None, *, now: datetime) -> Any:
    """The value that was filled in, typed; None for nothing. Raises Invalid by names of the form, and by `FIELD`."""
    return field.given(forms.validate(field.form, sent, known, functions=functions, now=now).get(FIELD))


def check(case: Case, name: str, value: Any) -> None:
    """Refuses a value that no form of the process would take in its field of that name. Raises Invalid by `value`."""
    declared = fields(case.definition).get(name)
    if value is None or declared is None:
        return
    try:
        taken = forms.validate(declared.form, {FIELD: value}, case.run.variables(), functions=case.functions)
    except errors.Invalid as refusal:
        faults = [fault for each in refusal.fields.values() for fault in each] or [refusal]
        raise errors.Invalid(errors.ANOTHER_LOOK, fields={"value": faults}) from refusal
    if taken.get(FIELD) != value:
        told = errors.Refusal(NOT_TAKEN, fields=None, label=declared.label)
        raise errors.Invalid(told.text, fields={"value": [told]}, **told.values)


def _components(definition: Definition) -> Iterator[forms.Component]:
    for form in definition.forms.values():
        yield from _of(form.parsed)


def _of(form: forms.Form) -> Iterator[forms.Component]:
    return (each for each in form.on_top() if len(each.path) == 1 and each.holds_value)


def _bare(component: forms.Component, key: str) -> dict[str, Any]:
    """A field under another key: always shown, to be written, empty at first, and it may be left so."""
    raw = {name: value for name, value in component.raw.items() if name not in LEFT_OUT}
    raw["path" if component.type == "dynamiclist" else "key"] = key
    raw["validate"] = {name: value for name, value in component.rules.items() if name != "required"}
    return raw


def _form(components: list[dict[str, Any]]) -> forms.Form:
    return forms.load({"schemaVersion": 18, "type": "default", "id": "value", "components": components})
