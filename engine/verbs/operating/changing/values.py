"""Values as operators type them: text, number, yes or no, date, moment, or JSON, each checked before it goes anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn

from engine import errors
from engine.basics import json_texts

TEXT, NUMBER, BOOLEAN, DATE, MOMENT, JSON, NOTHING = KINDS = ("text", "number", "boolean", "date", "moment", "json", "null")
MAX_TEXT = 100_000
FIRST_YEAR, LAST_YEAR = 1900, 9000  # beyond it no zone's clock can be shown
NO_KIND = "There is no kind of value “%(kind)s”; there are: %(kinds)s."
NOT_SO = {
    NUMBER: "This is not a number: %(given)s",
    BOOLEAN: "Please choose yes or no.",
    DATE: "This is not a date like 2026-03-02: %(given)s",
    MOMENT: "Please give a moment with its offset, as 2026-03-02T09:00:00+08:00.",
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


def kind_of(value: Any) -> str:
    """The kind, one of `KINDS`, as which a value would be typed."""
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int | Decimal):
        return NUMBER
    if isinstance(value, str):
        return next((kind for kind in (DATE, MOMENT) if _reads(kind, value)), TEXT)
    return NOTHING if value is None else JSON


def _reads(kind: str, text: str) -> bool:
    try:
        return bool(_READERS[kind](text) == text)
    except ValueError:
        return False


def result(text: str, *, field: str = "value") -> dict[str, Any]:
    """The values that a step leaves behind, as a JSON object; nothing for an empty text. Raises Invalid by `field`."""
    value = typed(JSON, text, field=field) if text.strip() else {}
    if not isinstance(value, Mapping):
        _refuse(field, NO_OBJECT)
    return dict(value)


def _number(text: str) -> Any:
    number = json_texts.read(text.strip() or "-")
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        raise ValueError(text)
    return number


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


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text.strip())
    if at.tzinfo is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(text)
    return at.isoformat()


_READERS: Mapping[str, Callable[[str], Any]] = {
    TEXT: str,
    NUMBER: _number_of,
    BOOLEAN: _boolean,
    DATE: _date,
    MOMENT: _moment,
    JSON: json_texts.read,
    NOTHING: lambda _text: None,
}


def _refuse(field: str, text: str, **values: object) -> NoReturn:
    raise errors.Invalid(text, fields={field: [errors.Refusal(text, fields=None, **values)]}, **values)
