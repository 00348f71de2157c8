"""From what was typed or sent to a value of the component's type; one function per type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from engine.basics.letters import plain_text
from engine.errors import Invalid
from engine.forms.schema import Component
from engine.forms.scope import FormScope
from engine.forms.values import numeric
from engine.forms.values.choices import Option

MAX_TEXT = 100_000


def clean(component: Component, value: Any, options: tuple[Option, ...], scope: FormScope) -> Any:
    """The value of an input component as JSON; None for an empty one.

    `value` is what the page's field or the API gave. Raises errors.Invalid when it is not of the component's type.
    """
    if value is None or (isinstance(value, str) and plain_text.is_blank(value)):
        return CLEAN_EMPTY.get(component.type)
    return CLEANERS[component.type](component, value, options, scope)


def _text(component: Component, value: Any, options: tuple[Option, ...], scope: FormScope) -> str:
    if not isinstance(value, str):
        raise Invalid("This must be text.")
    text = value.replace("\r\n", "\n").replace("\x00", "")
    if len(text) > MAX_TEXT:
        raise Invalid("This is too long: at most %(limit)s characters.", limit=MAX_TEXT)
    return text if component.type == "textarea" else text.replace("\n", " ").strip()


def _number(component: Component, value: Any, options: tuple[Option, ...], scope: FormScope) -> Any:
    number = numeric.typed(value)
    return str(number) if component.raw.get("serializeToString") else number


def _moment(component: Component, value: Any, options: tuple[Option, ...], scope: FormScope) -> str:
    if not isinstance(value, str):
        raise Invalid("This must be a date.")
    kind = component.raw.get("subtype", "date")
    try:
        return _MOMENTS[kind](value.strip())
    except (ValueError, KeyError) as error:
        raise Invalid(_MOMENT_TEXTS.get(kind, "This must be a date.")) from error


def _date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _time(text: str) -> str:
    return time.fromisoformat(text).isoformat("auto" if len(text) > 5 else "minutes")


def _date_time(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if len(text) <= 10:
        raise ValueError(text)
    return moment.isoformat(timespec="seconds")


_MOMENTS: dict[str, Callable[[str], str]] = {"date": _date, "time": _time, "datetime": _date_time}
_MOMENT_TEXTS = {"time": "This must be a time of day.", "datetime": "This must be a date and time."}


def _checkbox(component: Component, value: Any, options: tuple[Option, ...], scope: FormScope) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("on", "true", "1"):
        return True
    if value in ("off", "false", "0"):
        return False
    raise Invalid("This must be yes or no.")


def _choice(component: Component, value: Any, options: tuple[Option, ...], scope: FormScope) -> Any:
    for option in options:
        if option.matches(value):
            return option.value
    raise Invalid("This is not one of the choices.")


def _choices(component: Component, value: Any, options: tuple[Option, ...], scope: FormScope) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    chosen = [_choice(component, each, options, scope) for each in values if each not in (None, "")]
    return [option.value for option in options if option.value in chosen]


def _files(component: Component, value: Any, options: tuple[Option, ...], scope: FormScope) -> list[dict[str, Any]]:
    values = value if isinstance(value, list) else [value]
    keys = [str(each.get("key")) if isinstance(each, Mapping) else str(each) for each in values if each]
    if len(keys) > 1 and not component.raw.get("multiple"):
        raise Invalid("Only one file can be handed in here.")
    return [_file(key, scope) for key in dict.fromkeys(keys)]


def _file(key: str, scope: FormScope) -> dict[str, Any]:
    known = scope.attachments(key) if scope.attachments else None
    if known is None:
        raise Invalid("One of the files is not there any more; please choose it again.")
    return dict(known)


Cleaner = Callable[[Component, Any, tuple[Option, ...], FormScope], Any]
CLEANERS: dict[str, Cleaner] = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "datetime": _moment,
    "checkbox": _checkbox,
    "radio": _choice,
    "select": _choice,
    "checklist": _choices,
    "taglist": _choices,
    "filepicker": _files,
}
CLEAN_EMPTY: dict[str, Any] = {"checkbox": False, "checklist": [], "taglist": [], "filepicker": []}
