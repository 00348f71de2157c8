"""Trees of texts that were read before: a package is checked as a whole with each change, and most of it did not change."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from engine.feel.reading import lexer, parser, syntax

_SHORT = 200  # characters of a text that is remembered


def tree(text: str, *, unary: bool = False, names: Iterable[str] = ()) -> syntax.Node:
    """As `parser.parse`, which says what it takes and raises; the tree is shared, nobody may change it."""
    return (_remembered if len(text) <= _SHORT else _read)(text, unary, _cut(frozenset(names)))


@functools.lru_cache(maxsize=64)
def _cut(names: frozenset[str]) -> frozenset[str]:
    return frozenset(filter(lexer.is_cut_wrongly, names))  # all cells of a table ask it of the same names


def _read(text: str, unary: bool, names: frozenset[str]) -> syntax.Node:
    read_tree = parser.parse(text, unary=unary, names=names)
    for node in syntax.every(read_tree) if unary else ():
        if isinstance(node, syntax.Comparison | syntax.In):
            node.in_cell = True
    return read_tree


_remembered = functools.lru_cache(maxsize=4096)(_read)
