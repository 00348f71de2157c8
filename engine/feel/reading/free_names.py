"""Which names an expression takes from outside."""

from __future__ import annotations

from collections.abc import Container, Iterator

from engine.feel.reading import syntax


def free_names(tree: syntax.Node, builtins: Container[str]) -> frozenset[str]:
    """The free names but for built-in functions that are called.

    Names inside a filter count too: they may be the elements' entries or not.
    """
    called = {id(node.function) for node in syntax.every(tree) if isinstance(node, syntax.Call)}
    names = (name for name, _ in walk(tree, frozenset()))
    return frozenset(name.name for name in names if id(name) not in called or name.name not in builtins)


def walk(node: syntax.Node, bound: frozenset[str], filtered: bool = False) -> Iterator[tuple[syntax.Name, bool]]:
    """Every free name, and whether it stands inside a filter."""
    if isinstance(node, syntax.Name):
        if node.name not in bound:
            yield node, filtered
    elif isinstance(node, syntax.Filter):
        yield from walk(node.source, bound, filtered)
        yield from walk(node.condition, bound | {"item"}, True)
    elif isinstance(node, syntax.ContextOf):
        for key, value in node.entries:
            yield from walk(value, bound, filtered)
            bound |= {key}
    elif isinstance(node, syntax.Function):
        yield from walk(node.body, bound.union(name for name, _ in node.parameters), filtered)
    elif isinstance(node, syntax.For | syntax.Quantified):
        yield from _iteration(node, bound, filtered)
    elif isinstance(node, syntax.In | syntax.UnaryTests):
        for child in syntax.children(node):
            yield from walk(child, bound | {"?"}, filtered)
    else:
        for child in syntax.children(node):
            yield from walk(child, bound, filtered)


def _iteration(
    node: syntax.For | syntax.Quantified, bound: frozenset[str], filtered: bool
) -> Iterator[tuple[syntax.Name, bool]]:
    for iterator in node.iterators:
        for child in syntax.children(iterator):
            yield from walk(child, bound, filtered)
        bound |= {iterator.name}
    if isinstance(node, syntax.For):
        yield from walk(node.body, bound | {"partial"}, filtered)
    else:
        yield from walk(node.condition, bound, filtered)
