"""The texts that are written out in an expression: those that variables are compared with, those that functions get."""

from __future__ import annotations

from collections.abc import Iterator

from engine.feel import errors, expressions
from engine.feel.reading import free_names, syntax


def compared_texts(text: str) -> Iterator[tuple[str, str]]:
    """Variable and text of each `name = "text"`, `name != "text"` and `name in ("text", …)` of an expression.

    The leading "=" may be missing. Nothing of an expression that cannot be read, or of names that it binds itself.
    """
    tree = _tree(text)
    if tree is None:
        return
    free = {id(name) for name, _filtered in free_names.walk(tree, frozenset())}
    for node in syntax.every(tree):
        for value, other in _pairs(node):
            if isinstance(value, syntax.Name) and id(value) in free:
                yield from ((value.name, each) for each in _texts(other))


def literals(tree: syntax.Node) -> Iterator[object]:
    """The values that are written out in an expression: numbers (Decimal), texts, true, false, null."""
    return (node.value for node in syntax.every(tree) if isinstance(node, syntax.Literal))


def taken_apart(tree: syntax.Node) -> set[str]:
    """The variables whose value is not asked for itself: a function gets it (but `not`), or something is taken from it."""
    parts = []
    for node in syntax.every(tree):
        if isinstance(node, syntax.Call):
            is_negation = isinstance(node.function, syntax.Name) and node.function.name == "not"
            parts += [] if is_negation else node.arguments
        elif isinstance(node, syntax.Path | syntax.Filter | syntax.Iterator):
            parts.append(node.source)
    return {node.name for node in parts if isinstance(node, syntax.Name)}


def called_texts(text: str) -> Iterator[tuple[str, str]]:
    """Function and text of each call whose first argument is a text; nothing of what cannot be read."""
    tree = _tree(text)
    for node in syntax.every(tree) if tree is not None else ():
        if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name) and node.arguments:
            function, first = node.function.name, node.arguments[0]
            if isinstance(first, syntax.Literal) and isinstance(first.value, str):
                yield function, first.value


def calls(text: str, function: str) -> Iterator[tuple[str | None, ...]]:
    """The arguments of each call of the function: texts as they are written out, None for every other argument."""
    tree = _tree(text)
    for node in syntax.every(tree) if tree is not None else ():
        if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name) and node.function.name == function:
            yield tuple(_written_out(argument) for argument in node.arguments)


def answered_by(text: str, function: str, place: int, asked: str) -> Iterator[str]:
    """The texts with which `asked` is called where what it gives is the argument of the function at that place, as it stands.

    In either branch of an `if` too, around the call or around its text; nothing of what cannot be read.
    """
    tree = _tree(text)
    for node in syntax.every(tree) if tree is not None else ():
        if isinstance(node, syntax.Call) and _is_call(node, function) and len(node.arguments) > place:
            for given in _outcomes(node.arguments[place]):
                if isinstance(given, syntax.Call) and _is_call(given, asked) and given.arguments:
                    yield from filter(None, map(_written_out, _outcomes(given.arguments[0])))


def answers(text: str, function: str) -> bool:
    """Whether the expression calls the function, and only where what it gives is the value of the whole, as in either branch
    of an `if`: nothing is taken from it, added to it or asked of it.
    """
    tree = _tree(text)
    if tree is None:
        return False
    called = sum(_is_call(node, function) for node in syntax.every(tree))
    return called > 0 and called == sum(_is_call(node, function) for node in _outcomes(tree))


def _outcomes(node: syntax.Node) -> Iterator[syntax.Node]:
    if isinstance(node, syntax.If):
        yield from _outcomes(node.then)
        yield from _outcomes(node.otherwise)
    else:
        yield node


def _is_call(node: syntax.Node, function: str) -> bool:
    return isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name) and node.function.name == function


def _written_out(node: syntax.Node) -> str | None:
    return node.value if isinstance(node, syntax.Literal) and isinstance(node.value, str) else None


def _tree(text: str) -> syntax.Node | None:
    try:
        return expressions.compile(expressions.body(text) if expressions.is_expression(text) else text).tree
    except errors.FeelError:
        return None


def _pairs(node: syntax.Node) -> Iterator[tuple[syntax.Node, syntax.Node]]:
    if isinstance(node, syntax.Comparison) and node.operator in ("=", "!="):
        yield node.left, node.right
        yield node.right, node.left
    elif isinstance(node, syntax.In):
        yield from ((node.value, test) for test in node.tests)


def _texts(node: syntax.Node) -> Iterator[str]:
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, syntax.ListOf):
        yield from (text for item in node.items for text in _texts(item))
    elif isinstance(node, syntax.Test) and node.operator in ("=", "!="):
        yield from _texts(node.operand)
