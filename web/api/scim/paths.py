"""Filters and paths of SCIM (RFC 7644, clauses 3.4.2.2 and 3.5.2), as far as programs of personnel offices send them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.basics.nearest import nearest
from web.api.scim.blueprint import Wrong

CLAUSE = re.compile(r'\s*([\w$.:-]+)\s+(eq)\s+("(?:[^"\\]|\\.)*"|true|false)\s*', re.IGNORECASE)
PATH = re.compile(r'(?:(urn:[\w:.-]*?:User):)?(\w+)(?:\[\s*(\w+)\s+eq\s+"((?:[^"\\]|\\.)*)"\s*\])?(?:\.(\w+))?', re.IGNORECASE)
URN_ALONE = re.compile(r"(urn:[\w:.-]*)", re.IGNORECASE)
NO_FILTER = 'This filter is not served here: %(filter)s. It may say attribute eq "value", several with and.'


@dataclass(frozen=True)
class ScimPath:
    """A place in a resource: `attribute` (of the extension `urn`), of a list the element whose `key` is `value`, within it `sub`."""

    attribute: str
    urn: str = ""
    key: str = ""
    value: str = ""
    sub: str = ""


def condition(text: str, attributes: Iterable[str]) -> list[tuple[str, Any]]:
    """What a filter asks for, attribute and value, all of which must hold. Raises Wrong (invalidFilter)."""
    if not text.strip():
        return []
    known = {name.casefold(): name for name in attributes}
    conditions = []
    for clause in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE):
        match = CLAUSE.fullmatch(clause)
        if match is None:
            raise Wrong("invalidFilter", NO_FILTER, filter=text[:100])
        name = known.get(match[1].casefold())
        if name is None:
            raise unknown("invalidFilter", match[1], known.values())
        conditions.append((name, _literal(match[3])))
    return conditions


def path(text: str) -> ScimPath:
    """A path of a change. Raises Wrong (invalidPath)."""
    match = PATH.fullmatch(text.strip())
    if match is None:
        alone = URN_ALONE.fullmatch(text.strip())
        if alone is None:
            raise Wrong("invalidPath", "This path is not understood: %(path)s.", path=text[:100])
        return ScimPath("", alone[1])
    urn, attribute, key, value, sub = (each or "" for each in match.groups())
    return ScimPath(attribute, urn, key, _unescaped(value), sub)


def unknown(kind: str, name: str, known: Iterable[str]) -> Wrong:
    """The refusal of an attribute that is not kept here, with the nearest that is."""
    near = nearest(name, known)
    if near:
        return Wrong(kind, "There is no attribute “%(name)s” here; did you mean “%(nearest)s”?", name=name[:60], nearest=near)
    return Wrong(kind, "The attribute “%(name)s” is not kept here. Please take it out of the mapping.", name=name[:60])


def member(of: Mapping[str, Any], name: str) -> str:
    """The name under which a member stands: attributes are the same in capitals (RFC 7643, clause 2.1)."""
    return next((each for each in of if each.casefold() == name.casefold()), name)


def changed(resource: dict[str, Any], operations: Any, lists: Callable[[str], bool]) -> dict[str, Any]:
    """The resource after the operations of a PATCH. `lists` says which attributes hold several. Raises Wrong."""
    if not isinstance(operations, list) or not operations:
        raise Wrong("invalidSyntax", "Operations is to be a list.")
    for operation in operations:
        if not isinstance(operation, dict):
            raise Wrong("invalidSyntax", "Operations is to be a list.")
        fields = {name.casefold(): value for name, value in operation.items()}
        op = str(fields.get("op", "")).casefold()
        if op not in ("add", "replace", "remove"):
            raise Wrong("invalidSyntax", "An operation is add, replace or remove, not “%(op)s”.", op=op[:40])
        _apply(resource, op, str(fields.get("path") or ""), fields.get("value"), lists)
    return resource


def _apply(resource: dict[str, Any], op: str, text: str, value: Any, lists: Callable[[str], bool]) -> None:
    if not text:
        if op == "remove" or not isinstance(value, dict):
            raise Wrong("noTarget", "This operation needs a path.")
        for name, each in value.items():  # Okta: an object; Azure: also with paths as its names
            _apply(resource, op, name, each, lists)
        return
    place = path(text)
    at = resource.setdefault(member(resource, place.urn), {}) if place.urn else resource
    if not place.attribute:
        if op == "remove":
            at.clear()
            return
        for name, each in (value if isinstance(value, dict) else {}).items():
            _apply(at, op, name, each, lists)
        return
    name = member(at, place.attribute)
    if lists(name):
        _apply_to_list(at, name, place, op, value)
    elif place.sub:
        inner = at.setdefault(name, {})
        _set(inner if isinstance(inner, dict) else {}, member(inner, place.sub), op, value)
    else:
        _set(at, name, op, value)


def _set(at: dict[str, Any], name: str, op: str, value: Any) -> None:
    if op == "remove":
        at.pop(name, None)
    else:
        at[name] = value


def _apply_to_list(at: dict[str, Any], name: str, place: ScimPath, op: str, value: Any) -> None:
    there = [dict(each) for each in at.get(name) or ()]
    given = [each if isinstance(each, dict) else {"value": each} for each in (value if isinstance(value, list) else [value])]
    if place.key or place.sub:
        at[name] = _elements(there, place, op, value)
    elif op == "remove":
        names = [each.get("value") for each in given if value is not None]
        at[name] = [each for each in there if each.get("value") not in names] if names else []
    elif op == "replace":
        at[name] = given
    else:
        values = [each.get("value") for each in there]
        at[name] = there + [each for each in given if each.get("value") not in values]


def _elements(there: list[dict[str, Any]], place: ScimPath, op: str, value: Any) -> list[dict[str, Any]]:
    """The list after a change of the elements that a path names; one that is not there is added."""
    meant = [each for each in there if not place.key or str(each.get(place.key, "")).casefold() == place.value.casefold()]
    if op == "remove" and not place.sub:
        return [each for each in there if each not in meant]
    if not meant and op != "remove":
        meant = [{place.key: place.value} if place.key else {}]
        there = there + meant
    for each in meant:
        if place.sub:
            _set(each, place.sub, op, value)
        elif isinstance(value, dict):
            each |= value
    return there


def _literal(text: str) -> Any:
    return text.casefold() == "true" if text.casefold() in ("true", "false") else _unescaped(text[1:-1])


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
