"""Which values are what people typed: they are told as they were typed, also where that happens to be a text of the process.

A choice of a form is a text of the process, and is told in the reader's language; so is what a decision or a step gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.forms.schema import Component

if TYPE_CHECKING:
    from engine.definitions.definitions import Definition

TYPED = frozenset(("textfield", "textarea"))
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME = re.compile(r"[^\W\d]\w*")


def gives(definition: Definition, expression: str) -> bool:
    """Whether an expression gives nothing of the fields of the process's forms but what people type into them."""
    return _gives(expression, *_fields(definition))


def is_field(definition: Definition, name: str) -> bool:
    """Whether the field of this name, which may stand in a table or a group, holds what people type."""
    return name.rpartition(".")[2] in _fields(definition)[0]


@lru_cache(maxsize=512)
def _fields(definition: Definition) -> tuple[frozenset[str], frozenset[str]]:
    """The names of fields that hold what people type, and of those that offer choices; a name that is both offers choices."""
    parts = list(_parts(definition))
    chosen = frozenset(part.path[-1] for part in parts if part.raw.get("values") or part.raw.get("valuesExpression"))
    typed = frozenset(part.path[-1] for part in parts if _is_typed_into(part.raw)) - chosen
    computed = {part.path[-1] for part in parts if _gives(str(part.raw.get("expression") or ""), typed, chosen)}
    return typed | computed - chosen, chosen


def _is_typed_into(raw: Mapping[str, Any]) -> bool:
    return raw.get("type") in TYPED and not (raw.get("readonly") or raw.get("disabled"))


def _gives(expression: str, typed: frozenset[str], chosen: frozenset[str]) -> bool:
    if any(map(str.isalnum, "".join(_LITERAL.findall(expression)))):
        return False  # it may give words of its own
    named = set(_NAME.findall(_LITERAL.sub(" ", expression)))
    return bool(named & typed) and not named & chosen


def _parts(definition: Definition) -> Iterator[Component]:
    forms = {each.key: each for each in (*definition.forms.values(), *definition.asking.values())}
    return (part for form in forms.values() for part in form.parsed.walk() if part.path)
