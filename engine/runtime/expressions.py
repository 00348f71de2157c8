"""FEEL as a process uses it: a text that starts with "=" is evaluated over the variables a token sees."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from engine import errors, feel
from engine.basics import whole_numbers
from engine.runtime import scopes
from engine.runtime.tokens import Failure, Token, Tree

MOST_LETTERS = 200  # of a text that is told in a line


def evaluate(token: Token, text: str, extra: Mapping[str, Any] | None = None) -> Any:
    """The value of a raw text: itself when static, else its FEEL result as a JSON value.

    `extra` are variables nearer than the token's own. Raises `Failure` naming the expression.
    """
    if not feel.is_expression(text):
        return text
    return feel.to_json(_result(token, feel.body(text), extra or {}))


def condition(token: Token, text: str, extra: Mapping[str, Any] | None = None) -> bool:
    """A condition's truth; anything but true or false is a failure, as in Camunda 8."""
    result = evaluate(token, text if feel.is_expression(text) else "=" + text, extra)
    if not isinstance(result, bool):
        raise Failure(
            "Yes or no is to be decided here, and “%(expression)s” gives %(value)s.", expression=text, value=_shown(result)
        )
    return result


def plain_values(token: Token, conditions: Iterable[str]) -> dict[str, Any]:
    """What conditions ask for, as far as it can be told in a line: yes or no, numbers, short texts."""
    odd, names = scopes.odd_names(token), set[str]()
    for each in conditions:
        with contextlib.suppress(feel.FeelSyntaxError):  # a way that is not gone is not refused for it
            names.update(feel.compile(feel.body(each), names=odd).names)
    return {name: value for name, value in scopes.pick(token, names).items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | int | Decimal) or (isinstance(value, str) and len(value) <= MOST_LETTERS)


def string(token: Token, text: str) -> str:
    """A text value, numbers without trailing zeros; null, truth values and lists are failures."""
    result = evaluate(token, text)
    if isinstance(result, Decimal):
        return format(result.normalize(), "f")
    if not isinstance(result, str):
        raise Failure("A text is needed here, and “%(expression)s” gives %(value)s.", expression=text, value=_shown(result))
    return result


def whole(token: Token, text: str) -> int:
    """A whole number of 0 or more, also one written as a text; anything else is a failure."""
    result = evaluate(token, text)
    if isinstance(result, Decimal) and 0 <= result <= whole_numbers.MOST_COUNTED and result == int(result):
        return int(result)
    if isinstance(result, str) and (number := whole_numbers.count(result.strip())) is not None:
        return number
    raise Failure("A whole number is needed here, and “%(expression)s” gives %(value)s.", expression=text, value=_shown(result))


def collection(token: Token, text: str) -> list[Any]:
    """A list value; anything else is a failure."""
    result = evaluate(token, text)
    if not isinstance(result, list):
        raise Failure("A list is needed here, and “%(expression)s” gives %(value)s.", expression=text, value=_shown(result))
    return result


def _result(token: Token, body: str, extra: Mapping[str, Any]) -> object:
    tree: Tree = token.workflow
    try:
        expression = feel.compile(body, names=scopes.odd_names(token))
        context = scopes.pick(token, expression.names)
        context.update(extra)
        known = {name: feel.from_json(value) for name, value in context.items()}
        budget = feel.Budget()
        allowed = budget.steps
        result = expression.evaluate(known, functions=tree.host.functions, now=tree.host.now, budget=budget)
        tree.work += allowed - budget.steps
        return result
    except errors.Refusal as refusal:
        values = {name: str(value) for name, value in refusal.values.items()}
        raise Failure(refusal.text, **{**values, "expression": body}) from refusal


def _shown(value: object) -> str:
    return "null" if value is None else repr(value) if isinstance(value, str) else str(value)
