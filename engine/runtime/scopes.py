"""Variables of a run: looked up from inner to outer, written to the scope that holds the name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.runtime.tokens import Token, Tree


def visible(token: Token) -> dict[str, Any]:
    """All variables a token sees; the inner one wins."""
    merged: dict[str, Any] = {}
    for scope in token.chain():
        for name, value in scope.data.items():
            merged.setdefault(name, value)
    return merged


def pick(token: Token, names: Iterable[str]) -> dict[str, Any]:
    """The variables of these names that a token sees."""
    seen: dict[str, Any] = {}
    for name in names:
        for scope in token.chain():
            if name in scope.data:
                seen[name] = scope.data[name]
                break
    return seen


def odd_names(token: Token) -> frozenset[str]:
    """The visible names that FEEL can only read when it knows them, such as `高-低`."""
    return frozenset(name for scope in token.chain() for name in scope.data if not name.isidentifier())


def write(token: Token, variables: Mapping[str, Any]) -> None:
    """Write each variable to the nearest scope that holds its name, else to the process (Camunda 8)."""
    for name, value in variables.items():
        _holder(token, name).data[name] = value
    if variables:
        tree: Tree = token.workflow
        tree.dirty = True


def _holder(token: Token, name: str) -> Token:
    scope = token
    for scope in token.chain():
        if name in scope.data:
            return scope
    return scope


def put(variables: dict[str, Any], path: str, value: Any) -> None:
    """Set `path` ("a" or "a.b.c") in `variables`; contexts on the way are copied, never shared."""
    *parents, last = path.split(".")
    for part in parents:
        inner = variables.get(part)
        variables[part] = dict(inner) if isinstance(inner, dict) else {}
        variables = variables[part]
    variables[last] = value
