"""Function invocation, function definition and `if` (DMN 1.5 clauses 10.3.2.11 and 10.3.2.13)."""

from __future__ import annotations

from decimal import DecimalException

from engine.feel.compiling.registry import Evaluate, compiled, compiles
from engine.feel.data import arithmetic, static_types, types, values
from engine.feel.data.temporal import Date
from engine.feel.data.values import Function, kind
from engine.feel.errors import Null
from engine.feel.reading import syntax
from engine.feel.run import ExpressionRun
from engine.feel.scope import MISSING, Scope


@compiles(syntax.If)
def if_(node: syntax.If) -> Evaluate:
    """`if … then … else …`; anything but true takes the else branch."""
    condition, then, otherwise = compiled(node.condition), compiled(node.then), compiled(node.otherwise)
    return lambda scope: then(scope) if condition(scope) is True else otherwise(scope)


@compiles(syntax.Call)
def call(node: syntax.Call) -> Evaluate:
    """`f(a, b)` or `f(x: a, y: b)`; null with a warning where function or arguments do not fit."""
    if isinstance(node.function, syntax.Name) and node.function.name == "is defined" and len(node.arguments) == 1:
        return _is_defined(node.arguments[0])
    function, arguments, names = _callee(node.function), [compiled(a) for a in node.arguments], node.names

    def evaluate(scope: Scope) -> object:
        run = scope.run
        called = function(scope)
        try:
            if not isinstance(called, Function):
                raise _not_callable(node.function, called)
            return called.invoke(run, [argument(scope) for argument in arguments], names)
        except Null as null:
            run.warn(node.at, null.message, **null.values)
        except DecimalException:
            run.warn(node.at, "This function has no result within 34 digits.")
        return None

    return evaluate


def _callee(node: syntax.Node) -> Evaluate:
    if not isinstance(node, syntax.Name):
        return compiled(node)
    name = node.name
    return lambda scope: scope.find_function(name)


def _not_callable(node: syntax.Node, called: object) -> Null:
    if called is MISSING and isinstance(node, syntax.Name):
        return Null("There is no function “%(name)s”.", name=node.name)
    return Null("A %(kind)s cannot be called.", kind=kind(called))


def _is_defined(node: syntax.Node) -> Evaluate:
    """Camunda's `is defined`: whether a name or path leads to a value, be it null."""
    if isinstance(node, syntax.Name):
        name = node.name
        return lambda scope: scope.find(name) is not MISSING
    if isinstance(node, syntax.Path):
        source, key = compiled(node.source), node.name

        def evaluate(scope: Scope) -> object:
            value = source(scope)
            return key in value if isinstance(value, dict) else False

        return evaluate
    value_of = compiled(node)
    return lambda scope: value_of(scope) is not None


@compiles(syntax.Function)
def function(node: syntax.Function) -> Evaluate:
    """`function(a, b: number) …`: a value that remembers the scope it was made in."""
    names = tuple(name for name, _ in node.parameters)
    predicates = [types.predicate(of) if of else None for _, of in node.parameters]
    body, cost, declared = compiled(node.body), syntax.size(node.body), static_types.of_function(node)

    def evaluate(scope: Scope) -> object:
        def invoke(run: ExpressionRun, arguments: list[object]) -> object:
            run.budget.step(cost + 1)
            bound = _converted(names, predicates, arguments, run, node.at)
            run.budget.enter()
            try:
                return body(Scope(bound, scope, run))
            finally:
                run.budget.leave()

        return values.Function("function", names, invoke, declared=declared)

    return evaluate


def _converted(
    names: tuple[str, ...], predicates: list[types.Predicate | None], arguments: list[object], run: ExpressionRun, at: int
) -> dict[str, object]:
    """Arguments by name, as the parameters' types take them (clause 10.3.2.9.4); null with a warning where they do not."""
    bound = {}
    for name, fits, argument in zip(names, predicates, arguments, strict=True):
        bound[name] = argument
        if fits and argument is not None and not fits(argument, run):
            bound[name] = _of_one(fits, argument, run)
            if bound[name] is None:
                run.warn(at, "The argument “%(name)s” cannot be a %(kind)s.", name=name, kind=kind(argument))
    return bound


def _of_one(fits: types.Predicate, argument: object, run: ExpressionRun) -> object:
    """The element of a list of one, or the argument as a list of one, whichever fits; else a date as its midnight."""
    if isinstance(argument, list) and len(argument) == 1 and argument[0] is not None and fits(argument[0], run):
        return argument[0]
    if fits([argument], run):
        return [argument]
    if isinstance(argument, Date) and fits(moment := arithmetic.midnight(argument), run):
        return moment
    return None
