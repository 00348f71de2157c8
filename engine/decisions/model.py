"""A decision model as it was drawn: decisions, input data, knowledge models, services, and their problems."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from engine.decisions import item_types, logic
from engine.problems import Problem

Key = tuple[str, str]
"""Name space and id of an element; ids alone may repeat among imported models."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an element may see: another element, under its name, behind the names of imports."""

    path: tuple[str, ...]
    target: Element


@dataclass(slots=True)
class Element:
    """Anything of the decision requirements graph that has a value: its `name` in expressions, its `title` on the drawing."""

    key: Key
    name: str
    type: item_types.Type = item_types.ANY
    requirements: tuple[Requirement, ...] = ()
    title: str = ""

    @property
    def id(self) -> str:
        return self.key[1]


@dataclass(slots=True)
class InputData(Element):
    """What comes from outside (clause 6.3.10)."""


@dataclass(slots=True)
class Decision(Element):
    """A decision (clause 6.3.7); without `logic` its value is given from outside, or null."""

    logic: logic.Logic | None = None
    cost: int = 1


@dataclass(slots=True)
class BusinessKnowledgeModel(Element):
    """A function that decisions share (clause 6.3.9)."""

    function: logic.FunctionLogic | None = None


@dataclass(slots=True)
class DecisionService(Element):
    """Some decisions of a model, offered as one function (clause 6.3.11).

    `paths`: how it names each parameter; an imported one's name stands behind the names of its imports.
    """

    parameters: tuple[InputData | Decision, ...] = ()
    outputs: tuple[Decision, ...] = ()
    paths: tuple[tuple[str, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(".".join(path) for path in self.paths)


@dataclass(slots=True)
class Model:
    """A parsed model with everything it imports; immutable once parsed, safe to share between threads."""

    namespace: str
    name: str
    decisions: dict[str, Decision] = field(default_factory=dict)
    services: dict[str, DecisionService] = field(default_factory=dict)
    knowledge: dict[str, BusinessKnowledgeModel] = field(default_factory=dict)
    types: dict[str, item_types.Type] = field(default_factory=dict)
    told: list[Problem] = field(default_factory=list)
    check: Callable[[Collection[str], Collection[str]], Iterable[Problem]] = lambda functions, variables: ()

    def problems(self, functions: Collection[str] = (), variables: Collection[str] = ()) -> list[Problem]:
        """Everything wrong with the model, element by element; what is an error cannot be evaluated.

        `functions`: the names of the look-up functions that the engine will hand in; `variables`: those of the
        processes that ask for a decision of this model.
        """
        return [*self.told, *self.check(functions, variables)]

    def invocable(self, id_or_name: str) -> Decision | DecisionService | BusinessKnowledgeModel | None:
        """The decision, service or knowledge model of this id, else of this name, in this order."""
        called = " ".join(id_or_name.split())
        groups = (self.decisions, self.services, self.knowledge)
        by_id = (group[id_or_name] for group in groups if id_or_name in group)
        by_name = (element for group in groups for element in group.values() if element.name == called)
        return next(by_id, None) or next(by_name, None)
