"""What a text consists of that an expression puts together: words that are written out in it, and places that a case fills."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, is_dataclass

from engine.feel import expressions
from engine.feel.reading import syntax

MOST = 64  # ways through an expression's conditions
Condition = tuple[object, bool]  # which condition, and whether it held


@dataclass(frozen=True)
class PatternPlace:
    """What a case fills in: `expression` tells it from others, `words` are texts that stand in it, such as one for no answer."""

    expression: object
    words: tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """One of the texts that an expression may give: under which conditions, and of which parts in their order."""

    when: frozenset[Condition]
    parts: tuple[str | PatternPlace, ...]


def patterns(text: str) -> list[Pattern]:
    """All texts that an expression may give, at most `MOST`. Raises FeelError for one that cannot be read."""
    return list(itertools.islice(_ways(expressions.compile(text).tree), MOST))


def entry_patterns(text: str, names: Collection[str]) -> list[Pattern]:
    """All texts that entries of these names may be in a context which an expression writes; none where it writes no context."""
    tree = expressions.compile(text).tree
    contexts = (each for each in syntax.every(tree) if isinstance(each, syntax.ContextOf))
    written = (value for each in contexts for name, value in each.entries if name in names)
    return [way for each in written for way in itertools.islice(_ways(each), MOST)]


def _ways(node: syntax.Node) -> Iterator[Pattern]:
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        yield Pattern(frozenset(), (node.value,) if node.value else ())
    elif isinstance(node, syntax.If):
        for held, branch in ((True, node.then), (False, node.otherwise)):
            yield from (Pattern(way.when | {(_form(node.condition), held)}, way.parts) for way in _ways(branch))
    elif isinstance(node, syntax.Arithmetic) and all(operator == "+" for _at, operator, _operand in node.rest):
        operands = [node.first, *(operand for _at, _operator, operand in node.rest)]
        for several in itertools.product(*(list(itertools.islice(_ways(each), MOST)) for each in operands)):
            when = frozenset().union(*(each.when for each in several))
            if not any((condition, not held) in when for condition, held in when):
                yield Pattern(when, _joined(itertools.chain.from_iterable(each.parts for each in several)))
    else:
        literals = (each.value for each in syntax.every(node) if isinstance(each, syntax.Literal))
        yield Pattern(frozenset(), (PatternPlace(_form(node), tuple(each for each in literals if isinstance(each, str))),))


def _joined(parts: Iterator[str | PatternPlace]) -> tuple[str | PatternPlace, ...]:
    """Parts with words that follow each other as one."""
    joined: list[str | PatternPlace] = []
    for each in parts:
        if joined and isinstance(each, str) and isinstance(before := joined[-1], str):
            joined[-1] = before + each
        else:
            joined.append(each)
    return tuple(joined)


def _form(node: object) -> object:
    """A node without where it stands, so that the same in another text is equal to it."""
    if is_dataclass(node):
        named = ((each.name, getattr(node, each.name)) for each in fields(node))
        return (type(node).__name__, *(_form(value) for name, value in named if name != "at"))
    if isinstance(node, list | tuple):
        return tuple(_form(each) for each in node if not (isinstance(node, tuple) and type(each) is int))  # an offset
    return node
