"""TOML: read, and written the same for the same values: plain values first, then tables, in the order they are given in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def read(text: str, *, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The table of a text. Raises ValueError for whatever is wrong with it: also nested without end, or a number of thousands of digits."""
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def dumps(table: Mapping[str, Any]) -> str:
    """The text of a table; what is None is left out, as TOML has no word for it. Raises TypeError for other values."""
    return "\n".join(_lines(table, ())).strip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for name, value in table.items():
        if value is not None and not _is_table(value) and not _are_tables(value):
            yield f"{_key(name)} = {_value(value)}"
    for name, value in table.items():
        place = (*path, name)
        if _is_table(value):
            if not value or any(not _is_table(each) and not _are_tables(each) for each in value.values()):
                yield f"\n[{_path(place)}]"
            yield from _lines(value, place)
        elif _are_tables(value):
            for each in value:
                yield f"\n[[{_path(place)}]]"
                yield from _lines(each, place)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _are_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _path(names: Sequence[str]) -> str:
    return ".".join(map(_key, names))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal | float):
        return _number(Decimal(str(value)))
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items() if each is not None) + " }"
    raise TypeError(f"TOML holds no {type(value).__name__}")


def _number(value: Decimal) -> str:
    text = format(value, "f")
    return text if "." in text else f"{text}.0"


def _text(value: str) -> str:
    return (
        '"'
        + "".join(_ESCAPED.get(each, each if each >= " " and each != "\x7f" else f"\\u{ord(each):04x}") for each in value)
        + '"'
    )
