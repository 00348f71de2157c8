"""What a form's expressions see: the data of their level, what lies around it, and the process's variables."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from engine import feel
from engine.forms.effort import Effort
from engine.forms.schema import Component, is_feel

Attachments = Callable[[str], Mapping[str, Any] | None]
_EVALUATION = 10  # steps that an expression costs before it does anything


@dataclass(frozen=True)
class FormScope:
    """The surroundings of a form: process variables, lookup functions, the clock, and the files already handed in.

    One is made for each request, whose whole work on the form its `effort` bounds. `attachments` answers a file's key with its {key, name, size, type}, or None when it is not this person's to use.
    `is_done_anew`: the step was done before and is done once more, so that moments are of now and not of then.
    `words` are the company's own texts as its reader is told them, for values that a form only shows.
    `barred` are the people who may not be chosen, by the name of their field; of a column of a list as `list[].column`.
    `finding` are the fields by which steps find their people, called likewise; None where that is not known.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Any]] | None = None
    now: datetime | None = None
    attachments: Attachments | None = None
    effort: Effort = field(default_factory=Effort)
    barred: Mapping[str, Collection[str]] = field(default_factory=dict)
    finding: Collection[str] | None = None
    is_done_anew: bool = False
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Level:
    """The data at one depth of the form: the whole, or one row of a dynamic list."""

    scope: FormScope
    data: Mapping[str, Any]
    parent: Level | None = None
    index: int | None = None

    def context(self) -> Mapping[str, Any]:
        """All names an expression may use here, the inner ones before the outer ones."""
        outer = self.parent.context() if self.parent else self.scope.variables
        return ChainMap(self._around, self.data, outer)  # type: ignore[arg-type]  # nobody writes to it

    @property
    def _around(self) -> dict[str, Any]:
        return {"this": self.data, "parent": self.parent.data if self.parent else None, "i": self.row_number}

    @cached_property
    def names(self) -> feel.Scope:
        """The same for FEEL; each value is converted once, however many expressions and rows ask for it."""
        if self.parent is None:
            scope = self.scope
            return feel.scope(self.context(), functions=scope.functions, now=scope.now, budget=scope.effort)
        outer = self.parent.names
        self.scope.effort.step(len(self.data))
        own = {name: feel.from_json(value) for name, value in self.data.items()}
        around = {"this": dict(own), "parent": outer.find("this"), "i": feel.from_json(self.row_number)}
        return feel.Scope(own | around, outer, outer.run)

    def visit(self, component: Component) -> None:
        """Come to a component: what follows is counted as its work. Raises effort.TooMuch."""
        label = "" if is_feel(component.label) else component.label
        self.scope.effort.visit(label or ".".join(component.path) or component.id)

    @property
    def row_number(self) -> int | None:
        """The row's number from 1, as FEEL counts; None outside a list."""
        return None if self.index is None else self.index + 1

    def evaluate(self, text: str) -> Any:
        """The value of an expression (with or without its leading `=`) here, as JSON. Raises FeelError, effort.TooMuch."""
        effort = self.scope.effort
        effort.step(_EVALUATION)
        return feel.to_json(feel.compile(feel.body(text)).run(self.names), effort)

    def resolve(self, value: Any) -> Any:
        """A property's value: evaluated when it is an expression, else as it stands."""
        return self.evaluate(value) if is_feel(value) else value


def get(data: Mapping[str, Any] | None, path: tuple[str, ...]) -> Any:
    """The value at a path of nested objects; None where it leads nowhere."""
    current: Any = data
    for part in path:
        if not isinstance(current, Mapping):
            return None
        current = current.get(part)
    return current


def put(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Sets the value at a path, making the objects on the way."""
    for part in path[:-1]:
        inner = data.get(part)
        if not isinstance(inner, dict):
            inner = data[part] = {}
        data = inner
    data[path[-1]] = value
