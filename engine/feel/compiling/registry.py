"""Which function compiles which kind of node."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from engine.feel.reading import syntax
from engine.feel.scope import Scope

Evaluate = Callable[[Scope], object]
_Compiler = TypeVar("_Compiler", bound=Callable[..., Evaluate])

_compilers: dict[type[syntax.Node], Callable[..., Evaluate]] = {}


def compiles(node_type: type[syntax.Node]) -> Callable[[_Compiler], _Compiler]:
    """Register the compiler of a node type."""

    def register(compiler: _Compiler) -> _Compiler:
        _compilers[node_type] = compiler
        return compiler

    return register


def compiled(node: syntax.Node) -> Evaluate:
    """The function that evaluates a node in a scope."""
    return _compilers[type(node)](node)
