"""Personal data of customers: masked in lists and on the case page, shown in full only with a trace in the history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from engine import access, cases, definitions, errors, history
from engine.definitions import Definition
from engine.forms import Component
from engine.people.actors import Actor

Path = tuple[str, ...]
STAR = "*"


@lru_cache(maxsize=512)
def paths(definition: Definition) -> frozenset[Path]:
    """Where the forms of a process say that a field holds personal data (component property `personal`)."""
    return frozenset(path for form in definition.forms.values() for path in _paths(form.parsed.components, ()))


def masked(definition: Definition, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables with personal data masked; the others untouched."""
    result = dict(variables)
    for path in paths(definition):
        if path[0] in result:
            result[path[0]] = _within(result[path[0]], path[1:])
    return result


def mask(value: Any) -> Any:
    """A value as strangers may see it: 王*, 138****1234, a***@example.com."""
    if isinstance(value, list):
        return [mask(each) for each in value]
    if not isinstance(value, str) or not value.strip():
        return value
    text = value.strip()
    if "@" in text:
        return f"{text[0]}***{text[text.index('@') :]}"
    if re.fullmatch(r"[+\d][\d\s()-]{6,}[\dXx]", text):
        return _number(re.sub(r"[\s()-]", "", text))
    return text[0] + STAR * min(max(len(text) - 1, 1), 2)


def reveal(session: Session, by: Actor, key: int, *, now: datetime) -> None:
    """Notes in the history that this person looks at the personal data of a case.

    Raises NotFound for a case one may not know of, Conflict where there is nothing masked.
    """
    instance = cases.lock(session, key)
    if not access.may_see(session, by, instance):
        raise errors.NotFound(access.NO_CASE)
    if not paths(definitions.of(session, instance.definition_key)):
        raise errors.Conflict("Nothing is masked here.")
    history.append(session, instance, "unmasked", at=now, actor=by.username)
    session.flush()
    history.flush(session)


def _paths(components: Iterable[Component], above: Path) -> Iterable[Path]:
    for component in components:
        properties = component.raw.get("properties") or {}
        if str(properties.get("personal", "")).lower() == "true" and component.path:
            yield above + component.path
        yield from _paths(component.children, above + component.path)


def _within(value: Any, path: Path) -> Any:
    if isinstance(value, list):
        return [_within(each, path) for each in value]
    if not path:
        return mask(value)
    if isinstance(value, Mapping) and path[0] in value:
        return {**value, path[0]: _within(value[path[0]], path[1:])}
    return value


def _number(digits: str) -> str:
    """A telephone or identity number: the first three and the last four are left, of a short one only the last two."""
    if len(digits) < 9:
        return STAR * (len(digits) - 2) + digits[-2:]
    return digits[:3] + STAR * (len(digits) - 7) + digits[-4:]
