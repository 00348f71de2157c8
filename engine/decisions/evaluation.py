"""Making a decision: its requirements first, then its logic (DMN 1.5, clause 6.3.7 and 10.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from engine import errors, feel
from engine.decisions import failures, item_types
from engine.decisions.model import BusinessKnowledgeModel, Decision, DecisionService, Element, InputData, Key, Model
from engine.decisions.outcome import DecisionMade, Outcome
from engine.decisions.run import DecisionRun

MAX_DEPTH = 100  # of decisions that require each other


def evaluate(
    model: Model,
    decision_id_or_name: str,
    context: Mapping[str, object],
    *,
    functions: Mapping[str, Callable[..., object]] | None = None,
    now: datetime | None = None,
    budget: feel.Budget | None = None,
) -> Outcome:
    """Make a decision, or call a decision service or a business knowledge model.

    `context` gives the input data by name; `{namespace}name` tells imported ones of the same name apart.
    A variable of it that no input data declares is seen too, as Camunda has it.
    `functions` are lookups that FEEL may call, `now` its clock. What the standard makes null is null, with a
    warning in the outcome. Raises `errors.NotFound` for an unknown decision, `failures.DecisionError` when
    rules conflict, an input is not allowed or the logic is broken, and FEEL's own errors.
    """
    element = model.invocable(decision_id_or_name)
    if element is None:
        raise errors.NotFound("There is no decision %(name)s.", name=decision_id_or_name)
    run = DecisionRun(context, functions, now, budget, model.types)
    evaluation = _Evaluation(run, context, {}, [])
    try:
        value = _start(evaluation, element)
    except RecursionError:
        raise failures.DecisionError("The decision %(name)s is nested too deeply.", name=element.name) from None
    return Outcome(value, evaluation.steps, run.warnings)


def _start(evaluation: _Evaluation, element: Decision | DecisionService | BusinessKnowledgeModel) -> object:
    if isinstance(element, DecisionService):
        given = {item.key: evaluation.outside(item, path) for item, path in zip(element.parameters, element.paths, strict=True)}
        return evaluation.service(element, given)
    if isinstance(element, BusinessKnowledgeModel):
        named = {name: feel.normalise(evaluation.given.get(name)) for name in _parameters(element)}
        return evaluation.run.invoke(evaluation.function(element), named)
    return evaluation.value(element)


def _parameters(element: BusinessKnowledgeModel) -> list[str]:
    return [name for name, _ in element.function.parameters] if element.function else []


class _Evaluation:
    """The values made so far. A decision service is evaluated in one of its own, with its inputs fixed."""

    def __init__(
        self, run: DecisionRun, given: Mapping[str, object], fixed: dict[Key, object], steps: list[DecisionMade]
    ) -> None:
        self.run = run
        self.given = given
        self.values = fixed
        self.steps = steps
        self.open: set[Key] = set()

    def value(self, element: Element) -> object:
        """The value of any element; made once."""
        if element.key not in self.values:
            self.values[element.key] = self._made(element)
        return self.values[element.key]

    def _made(self, element: Element) -> object:
        if isinstance(element, Decision):
            return self._decided(element)
        if isinstance(element, BusinessKnowledgeModel):
            return self.function(element)
        if isinstance(element, DecisionService):
            return self._service_function(element)
        return self.outside(element)

    def outside(self, element: Element, path: Sequence[str] = ()) -> object:
        """What the caller gave for an element, as one of its type; null when nothing was given.

        `path` is how a service names it: an imported one is given as `import.name`, or in a context under the import.
        """
        namespace, _ = element.key
        names = (f"{{{namespace}}}{element.name}", ".".join(path), element.name)
        value = next((self.given[each] for each in names if each in self.given), _within(self.given, path))
        return self.run.convert(self.run.adopt(value, element.type, element.name), element.type, element.name)

    def _decided(self, decision: Decision) -> object:
        if decision.logic is None:
            return self.outside(decision)
        if decision.key in self.open:
            raise failures.DecisionError("The decision %(name)s requires itself.", name=decision.name)
        if len(self.open) >= MAX_DEPTH:
            raise failures.DecisionError("The decision %(name)s is nested too deeply.", name=decision.name)
        self.open.add(decision.key)
        self.run.budget.step(decision.cost)
        scope = self.run.scope(self.scope(decision))
        kept, self.run.tables = self.run.tables, []
        value = self.run.convert(decision.logic.evaluate(scope, self.run), decision.type, decision.name)
        self.steps.append(DecisionMade(decision, self._seen(decision), self.run.tables, value))
        self.run.tables = kept
        self.open.discard(decision.key)
        return value

    def scope(self, element: Element) -> dict[str, object]:
        """The variables that an element's logic sees: its requirements, imported ones behind their import."""
        scope: dict[str, object] = {}
        for requirement in element.requirements:
            inner = scope
            for name in requirement.path:
                inner = inner.setdefault(name, {})  # type: ignore[assignment]
            inner[requirement.target.name] = self.value(requirement.target)
        return scope

    def _seen(self, decision: Decision) -> list[tuple[str, object]]:
        """What the decision was made from, for the trail: data and decisions, not functions."""
        return [
            (".".join([*requirement.path, requirement.target.name]), self.values[requirement.target.key])
            for requirement in decision.requirements
            if isinstance(requirement.target, (InputData, Decision))
        ]

    def function(self, element: BusinessKnowledgeModel) -> object:
        """The knowledge model as a FEEL function; it sees its own requirements and itself."""
        if element.function is None:
            return None
        scope: dict[str, object] = {}
        made = element.function.evaluate(self.run.scope(scope), self.run)
        self.values[element.key] = scope[element.name] = made
        scope.update(self.scope(element))
        return made

    def _service_function(self, service: DecisionService) -> object:
        def call(_: object, arguments: list[object]) -> object:
            pairs = zip(service.parameters, arguments, strict=True)
            given = {item.key: self.run.convert(argument, item.type, item.name) for item, argument in pairs}
            self.run.budget.enter()
            value = self.service(service, given)
            self.run.budget.leave()
            return value

        bare = Counter(item.name for item in service.parameters)
        named = zip(service.parameters, service.names, strict=True)
        also = {item.name: name for item, name in named if bare[item.name] == 1}  # where it says which one is meant
        return feel.Function(service.name, service.names, call, also=also)

    def service(self, service: DecisionService, given: dict[Key, object]) -> object:
        """The value of a decision service from its inputs: of its one output, or a context of several."""
        inner = _Evaluation(self.run, {}, given, self.steps)
        outputs = {output.name: inner.value(output) for output in service.outputs}
        value = next(iter(outputs.values())) if len(outputs) == 1 else outputs
        return self.run.convert(value, _returned(service), service.name)


def _within(given: Mapping[str, object], path: Sequence[str]) -> object:
    """The value at the end of a path of contexts; None where it does not lead anywhere."""
    value: object = given if path else None
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _returned(service: DecisionService) -> item_types.Type:
    declared = service.type
    return (declared.result or item_types.ANY) if declared.base == "function" else declared
