"""Values as operators type them: text, number, yes or no, date, or JSON, each checked before it goes anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from engine import errors, forms
from engine.basics import json_texts
from engine.cases.cases import Case

TEXT, NUMBER, BOOLEAN, DATE, JSON, NOTHING = KINDS = ("text", "number", "boolean", "date", "json", "null")
MAX_TEXT = 100_000
NO_KIND = "There is no kind of value “%(kind)s”; there are: %(kinds)s."
NOT_SO = {
    NUMBER: "This is not a number: %(given)s",
    BOOLEAN: "Please choose yes or no.",
    DATE: "This is not a date like 2026-03-02: %(given)s",
}
NO_OBJECT = 'The result must be an object of values by name, such as {"amount": 100}.'


def typed(kind: str, text: str, *, field: str = "value") -> Any:
    """The JSON value of a text of a kind, one of `KINDS`. Raises Invalid by `field`."""
    if kind not in _READERS:
        _refuse("kind", NO_KIND, kind=kind, kinds=", ".join(KINDS))
    if len(text) > MAX_TEXT:
        _refuse(field, "This is longer than %(limit)s characters.", limit=MAX_TEXT)
    try:
        return _READERS[kind](text)
    except errors.Invalid as refusal:
        _refuse(field, refusal.text, **refusal.values)
    except ValueError:
        _refuse(field, NOT_SO[kind], given=text[:100])


def result(text: str, *, field: str = "value") -> dict[str, Any]:
    """The values that a step leaves behind, as a JSON object; nothing for an empty text. Raises Invalid by `field`."""
    found = typed(JSON, text, field=field) if text.strip() else {}
    if not isinstance(found, Mapping):
        _refuse(field, NO_OBJECT)
    return dict(found)


def check_declared(case: Case, name: str, value: Any) -> None:
    """Refuses a value that no form of the process would take in its field of that name. Raises Invalid by `value`."""
    if value is None:
        return
    for component in _fields(case, name):
        try:
            taken = forms.validate(_alone(component), {name: value}, case.run.variables(), functions=case.functions)
        except errors.Invalid as refusal:
            faults = [fault for found in refusal.fields.values() for fault in found] or [refusal]
            raise errors.Invalid("Some fields need another look.", fields={"value": faults}) from refusal
        if taken.get(name) != value:
            _refuse("value", "The form's field “%(label)s” does not take this value.", label=component.label or name)
        return


def _fields(case: Case, name: str) -> Iterator[forms.Component]:
    """The fields of the process's forms that hold a variable as a whole."""
    for form in case.definition.forms.values():
        yield from (each for each in form.parsed.walk() if each.path == (name,) and each.type in CHECKED)


def _alone(component: forms.Component) -> dict[str, Any]:
    """A form of this field alone, which is shown, may be written and may be left empty."""
    left_out = ("conditional", "readonly", "disabled", "defaultValue")
    raw = {name: value for name, value in component.raw.items() if name not in left_out}
    raw["validate"] = {name: value for name, value in component.rules.items() if name != "required"}
    return {"schemaVersion": 18, "type": "default", "id": "value", "components": [raw]}


# What stands on its own: choices may depend on other values, files come by uploading, lists are tables of their own.
CHECKED = frozenset({"textfield", "textarea", "number", "datetime", "checkbox", "radio", "select", "checklist", "taglist"})


def _number(text: str) -> Any:
    found = json_texts.read(text.strip() or "-")
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        raise ValueError(text)
    return found


def _number_of(text: str) -> Any:
    try:
        return _number(text)
    except errors.Invalid as error:
        raise ValueError(text) from error


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.strip()] if text.strip() in ("true", "false") else _no(text)


def _no(text: str) -> bool:
    raise ValueError(text)


def _date(text: str) -> str:
    return date.fromisoformat(text.strip()).isoformat()


_READERS: Mapping[str, Callable[[str], Any]] = {
    TEXT: str,
    NUMBER: _number_of,
    BOOLEAN: _boolean,
    DATE: _date,
    JSON: json_texts.read,
    NOTHING: lambda _text: None,
}


def _refuse(field: str, text: str, **values: object) -> NoReturn:
    raise errors.Invalid(text, fields={field: [errors.Refusal(text, fields=None, **values)]}, **values)
