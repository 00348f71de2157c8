"""A compiled expression: what others keep and evaluate."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Mapping

from engine.feel import builtins, compiling, errors
from engine.feel.budget import Budget
from engine.feel.compiling import conditions
from engine.feel.reading import free_names, syntax, trees
from engine.feel.run import ExpressionRun, Warning
from engine.feel.scope import RootScope, Scope

# Characters; longer texts are rare, and remembering many of them would fill the memory.
_SHORT, _LONG = 200, 4_000
_TOO_DEEP = "This expression is nested too deeply."
Functions = Mapping[str, Callable[..., object]]


class Expression:
    """A FEEL expression, or the unary tests of a cell, ready to evaluate; immutable and shared."""

    __slots__ = ("_evaluate", "_passes", "names", "text", "tree")

    def __init__(self, text: str, tree: syntax.Node) -> None:
        self.text = text
        self.tree = tree
        self.names = free_names.free_names(tree, builtins.BUILTINS)
        self._evaluate = compiling.compiled(tree)
        self._passes = conditions.unary(tree) if isinstance(tree, syntax.UnaryTests) else None

    def evaluate(
        self,
        context: Mapping[str, object],
        *,
        functions: Functions | None = None,
        now: datetime.datetime | None = None,
        warnings: list[Warning] | None = None,
        budget: Budget | None = None,
    ) -> object:
        """The value in a context of names.

        `functions`: lookups of the engine by FEEL name; they get Python's values (`datetime.date`).
        `now`: the clock of `now()` and `today()`, zone-aware. `warnings`: filled with why things became null.
        Raises FeelBudgetError, FeelEvaluationError.
        """
        return self.run(scope(context, functions=functions, now=now, warnings=warnings, budget=budget))

    def run(self, scope: Scope) -> object:
        """The value in a scope made by `scope()`; several expressions may share it and its budget."""
        scope.run.text = self.text
        try:
            value = self._evaluate(scope)
            if type(value) is list or type(value) is dict:
                _measure(value, scope.run.budget)
            return value
        except RecursionError:
            raise errors.FeelBudgetError(_TOO_DEEP) from None

    def test(self, scope: Scope, value: object) -> bool | None:
        """Whether a (FEEL) value passes these unary tests; the fast way through a decision table.

        `scope` must hold the value as `?` where the tests name it. Only for an expression compiled with `unary`.
        """
        assert self._passes is not None, "compiled without unary=True"
        scope.run.text = self.text
        try:
            return self._passes(value, scope)
        except RecursionError:
            raise errors.FeelBudgetError(_TOO_DEEP) from None


def _measure(value: object, budget: Budget) -> None:
    """Count a result through: one that shares its parts can be small here and huge when written out."""
    if type(value) is list:
        budget.step(len(value))
        for item in value:
            _measure(item, budget)
    elif type(value) is dict:
        budget.step(len(value))
        for item in value.values():
            _measure(item, budget)


def scope(
    context: Mapping[str, object],
    *,
    functions: Functions | None = None,
    now: datetime.datetime | None = None,
    warnings: list[Warning] | None = None,
    budget: Budget | None = None,
    types: Mapping[str, Callable[[object], bool]] | None = None,
) -> Scope:
    """A scope that several expressions are run in; the caller's values are converted once, when first used.

    `types`: predicates of named types, for `instance of`.
    """
    run = ExpressionRun(budget or Budget(), now, warnings, functions, types)
    return RootScope(context, builtins.BUILTINS, run)


def compile(text: str, *, unary: bool = False, names: Iterable[str] = ()) -> Expression:
    """The expression of a text; remembered, so that asking again costs nothing.

    `names`: known names; needed only for those with operators or keywords inside (`高-低`, `terms and conditions`).
    Raises FeelSyntaxError with line, column and what was expected; FeelBudgetError for one too long or deep.
    """
    known = frozenset(names) if names else frozenset()
    if len(text) <= _SHORT:
        return _remembered(text, unary, known)
    return (_remembered_long if len(text) <= _LONG else _compiled)(text, unary, known)


def _compiled(text: str, unary: bool, names: frozenset[str]) -> Expression:
    tree = trees.tree(text, unary=unary, names=names)
    try:
        return Expression(text, tree)
    except RecursionError:
        raise errors.FeelBudgetError(_TOO_DEEP) from None


_remembered = functools.lru_cache(maxsize=4096)(_compiled)
_remembered_long = functools.lru_cache(maxsize=128)(_compiled)


def evaluate(
    text: str,
    context: Mapping[str, object],
    *,
    functions: Functions | None = None,
    now: datetime.datetime | None = None,
    warnings: list[Warning] | None = None,
    budget: Budget | None = None,
) -> object:
    """The value of a text in a context: compile and evaluate in one."""
    names = frozenset(name for name in (*context, *(functions or ())) if not name.isidentifier())
    expression = compile(text, names=names)
    return expression.evaluate(context, functions=functions, now=now, warnings=warnings, budget=budget)


def is_expression(text: str) -> bool:
    """Whether a diagram's attribute is an expression: Camunda marks it by a leading `=`."""
    return text.lstrip().startswith("=")


def is_meant(text: str) -> bool:
    """Whether a text is an expression, or was to be one and begins with the full-width ＝ of a Chinese keyboard."""
    return text.lstrip().startswith(("=", "＝"))


def body(text: str) -> str:
    """The expression of an attribute without Camunda's leading `=`."""
    stripped = text.lstrip()
    return stripped[1:] if stripped.startswith("=") else text
