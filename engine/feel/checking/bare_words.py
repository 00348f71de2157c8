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
    """The names that stand for a value by themselves, where a text could stand.

    Not those that only a variable can be: what is counted with beside a number, compared by `<`, or has entries (`x.y`).
    """
    nodes = [tree, *(part for node in syntax.every(tree) for part in _texts_of(node))]
    yield from {id(node): node for part in nodes for node in _alone(part) if isinstance(node, syntax.Name)}.values()


def _texts_of(node: syntax.Node) -> list[syntax.Node]:
    """The parts of a node that may be texts."""
    match node:
        case syntax.Comparison(operator="=" | "!=") | syntax.Logical() | syntax.ListOf() | syntax.ContextOf():
            return syntax.children(node)
        case syntax.In():
            return node.tests
        case syntax.Call():
            return node.arguments
        case syntax.If():
            return [node.then, node.otherwise]
        case syntax.Arithmetic() if any(map(_is_text, syntax.children(node))):
            return syntax.children(node)
    return []


def _is_text(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Literal) and isinstance(node.value, str)


def _alone(node: syntax.Node) -> Iterator[syntax.Node]:
    """What the value of a node is, or consists of; words joined by signs (`VIP-A`, `VIP/A`) and nothing else are words."""
    if isinstance(node, syntax.UnaryTests):
        parts = node.tests
    elif isinstance(node, syntax.Test) and node.operator in ("=", "!="):
        parts = [node.operand]
    elif isinstance(node, syntax.Arithmetic) and all(isinstance(each, syntax.Name) for each in syntax.children(node)):
        parts = syntax.children(node)
    else:
        yield node
        return
    for part in parts:
        yield from _alone(part)
