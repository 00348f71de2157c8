"""Names in an expression: all of them, and those that stand where a text would stand, which may have lost its quotation marks."""

from __future__ import annotations

from collections.abc import Iterator

from engine.feel.reading import syntax


def names(tree: syntax.Node) -> Iterator[str]:
    """Every name in the text: of variables, entries, parameters and iterators."""
    for node in syntax.every(tree):
        if isinstance(node, syntax.Name | syntax.Path | syntax.Iterator):
            yield node.name
        elif isinstance(node, syntax.ContextOf):
            yield from (key for key, _ in node.entries)
        elif isinstance(node, syntax.Function):
            yield from (name for name, _ in node.parameters)
        elif isinstance(node, syntax.Call):
            yield from node.names or ()


def bare_words(tree: syntax.Node) -> Iterator[syntax.Name]:
    """The names that stand for a value by themselves: whole, in a list, in a branch, or compared by `=`, `!=` or `in`."""
    for node in _alone(tree):
        if isinstance(node, syntax.Name):
            yield node
    for node in syntax.every(tree):
        if isinstance(node, syntax.Comparison) and node.operator in ("=", "!="):
            yield from (side for side in (node.left, node.right) if isinstance(side, syntax.Name))
        elif isinstance(node, syntax.In):
            yield from (name for part in node.tests for name in _alone(part) if isinstance(name, syntax.Name))


def _alone(node: syntax.Node) -> Iterator[syntax.Node]:
    """What the value of a node is, or consists of."""
    if isinstance(node, syntax.UnaryTests):
        parts = node.tests
    elif isinstance(node, syntax.ListOf):
        parts = node.items
    elif isinstance(node, syntax.If):
        parts = [node.then, node.otherwise]
    elif isinstance(node, syntax.Test) and node.operator in ("=", "!="):
        parts = [node.operand]
    else:
        yield node
        return
    for part in parts:
        yield from _alone(part)
