"""Built-ins that take lists apart and put them together (DMN 1.5 clause 10.3.4.4; Camunda 8)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from decimal import Decimal

from engine.feel.builtins.registry import builtin
from engine.feel.data import numbers
from engine.feel.data.values import Function, equal, hashed, order
from engine.feel.errors import Null
from engine.feel.run import ExpressionRun

Items = list[object]


@builtin("list contains", "list: list, element: any", "Whether a list holds a value.")
def list_contains(run: ExpressionRun, list_: Items, element: object) -> bool:
    run.budget.step(len(list_))
    return any(equal(item, element, run.budget) is True for item in list_)


@builtin("count", "list: list", "How many elements a list has.")
def count(list_: Items) -> Decimal:
    return Decimal(len(list_))


@builtin("is empty", "list: list", "Whether a list has no element.")
def is_empty(list_: Items) -> bool:
    return not list_


def start_of(list_: Items, position: Decimal, last: int) -> int:
    """The index of a position, which counts from 1, or from -1 at the end; raises Null beyond `last`."""
    index = numbers.integer(position)
    if index < 0:
        index += len(list_) + 1
    if not 1 <= index <= last:
        raise Null(
            "The list has %(count)s elements, none at position %(position)s.",
            count=len(list_),
            position=numbers.text(position),
        )
    return index - 1


@builtin("sublist", "list: list, start position: number, length: number?", "A part of a list.")
def sublist(list_: Items, start: Decimal, length: Decimal | None) -> Items:
    first = start_of(list_, start, len(list_))
    if length is None:
        return list_[first:]
    wanted = numbers.integer(length)
    if not 0 <= wanted <= len(list_) - first:
        raise Null("The list is shorter than that.")
    return list_[first : first + wanted]


@builtin("append", "list: list, ...item: any", "A list with elements added at its end.")
def append(run: ExpressionRun, list_: Items, items: Items) -> Items:
    run.budget.step(len(list_) + len(items))
    return [*list_, *items]


@builtin("concatenate", "...list: list", "Several lists as one.")
def concatenate(run: ExpressionRun, lists: list[Items]) -> Items:
    run.budget.step(sum(map(len, lists)))
    return [item for list_ in lists for item in list_]


@builtin("insert before", "list: list, position: number, newItem: any", "A list with an element put in.")
def insert_before(run: ExpressionRun, list_: Items, position: Decimal, item: object) -> Items:
    run.budget.step(len(list_))
    index = start_of(list_, position, len(list_) + 1)
    return [*list_[:index], item, *list_[index:]]


@builtin("remove", "list: list, position: number", "A list without the element at a position.")
def remove(run: ExpressionRun, list_: Items, position: Decimal) -> Items:
    run.budget.step(len(list_))
    index = start_of(list_, position, len(list_))
    return [*list_[:index], *list_[index + 1 :]]


@builtin("list replace", "list: list, position: number, newItem: any", "A list with elements replaced.")
def list_replace(run: ExpressionRun, list_: Items, position: Decimal, item: object) -> Items:
    run.budget.step(len(list_))
    index = start_of(list_, position, len(list_))
    return [*list_[:index], item, *list_[index + 1 :]]


@builtin("list replace", "list: list, match: function, newItem: any")
def list_replace_matching(run: ExpressionRun, list_: Items, match: Function, new: object) -> Items:
    return [new if _decided(match.invoke(run, [item, new])) else item for item in list_]


def _decided(value: object) -> bool:
    if not isinstance(value, bool):
        raise Null("The function must say true or false.")
    return value


@builtin("reverse", "list: list", "A list from its end to its beginning.")
def reverse(run: ExpressionRun, list_: Items) -> Items:
    run.budget.step(len(list_))
    return list_[::-1]


@builtin("index of", "list: list, match: any", "The positions of a value in a list.")
def index_of(run: ExpressionRun, list_: Items, match: object) -> Items:
    run.budget.step(len(list_))
    return [Decimal(i) for i, item in enumerate(list_, 1) if equal(item, match, run.budget) is True]


@builtin("union", "...list: list", "Several lists as one, each value once.")
def union(run: ExpressionRun, lists: list[Items]) -> Items:
    return distinct_values(run, concatenate(run, lists))


@builtin("distinct values", "list: list", "Each value of a list once.")
def distinct_values(run: ExpressionRun, list_: Items) -> Items:
    run.budget.step(len(list_))
    values: dict[object, object] = {}
    for item in list_:
        values.setdefault(hashed(item, run.budget), item)
    return list(values.values())


@builtin("duplicate values", "list: list", "The values that a list has more than once.")
def duplicate_values(run: ExpressionRun, list_: Items) -> Items:
    run.budget.step(len(list_))
    seen: dict[object, int] = {}
    for item in list_:
        key = hashed(item, run.budget)
        seen[key] = seen.get(key, 0) + 1
    return distinct_values(run, [item for item in list_ if seen[hashed(item, run.budget)] > 1])


@builtin("flatten", "list: list", "A list without the lists inside it, their elements in their place.")
def flatten(run: ExpressionRun, list_: Items) -> Items:
    flat: Items = []
    for item in list_:
        run.budget.step()
        if isinstance(item, list):
            flat.extend(flatten(run, item))
        else:
            flat.append(item)
    return flat


@builtin("partition", "list: list, size: number", "A list cut into lists of one size.")
def partition(run: ExpressionRun, list_: Items, size: Decimal) -> Items:
    run.budget.step(len(list_))
    each = numbers.integer(size)
    if each < 1:
        raise Null("The size must be at least 1.")
    return [list_[start : start + each] for start in range(0, len(list_), each)]


@builtin("sort", "list: list, precedes: function?", "A list in order; the function says which of two comes first.")
def sort(run: ExpressionRun, list_: Items, precedes: Function | None) -> Items:
    before = _natural if precedes is None else _by(run, precedes)

    def compare(left: object, right: object) -> int:
        run.budget.step()
        return -1 if before(left, right) else int(before(right, left))

    return sorted(list_, key=functools.cmp_to_key(compare))


def _by(run: ExpressionRun, precedes: Function) -> Callable[[object, object], bool]:
    return lambda left, right: precedes.invoke(run, [left, right]) is True


def _natural(left: object, right: object) -> bool:
    compared = order(left, right)
    if compared is None:
        raise Null("These values have no order.")
    return compared < 0
