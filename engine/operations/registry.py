"""Operations that service tasks name by `zeebe:taskDefinition type`: registered functions, each name once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.basics.nearest import nearest
from engine.people.actors import Actor
from engine.problems import Word
from engine.storage.models import ProcessInstance

UNKNOWN = "The header “%(header)s” of %(type)s is “%(name)s”; it may be: %(names)s."
UNSAID = "%(type)s needs the header “%(header)s”."
NEAREST = "The header “%(header)s” of %(type)s is “%(name)s”; did you mean “%(names)s”?"
Known = Callable[[], Iterable[str]]
Handler = Callable[..., Mapping[str, Any] | None]
Masked = Callable[[Any], Any]
_registered: dict[str, RegisteredOperation] = {}


def as_it_is(value: Any) -> Any:
    """The value, where there is no case whose personal data could be in it."""
    return value


def untranslated(_language: str) -> Mapping[str, Any]:
    """No inputs, where there is no case whose process could say them in other words."""
    return {}


class BpmnError(Exception):
    """An expected failure that the diagram deals with: it goes to the boundary error event of that code."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message


class Outdated(errors.Conflict):
    """What was made beforehand is not what is needed any more: the case has moved meanwhile."""


class AdvanceOrder(Protocol):
    """What has to be made beforehand, where no transaction is open; two that are equal make the same."""

    def make(self) -> Any:
        """Makes it. Raises a Refusal when it cannot be made."""


@dataclass(frozen=True)
class OperationContext:
    """What an operation knows beside its inputs; `job_key` is the same each time a job is repeated.

    `told` takes the usernames to whom the operation sends a notice; `made` is what was made of the operation's order, for one that has one. `masked` gives a value with the case's personal data masked, for what more people read than the case;
    `in_words` gives those inputs that the process says otherwise to who reads a language.
    """

    session: Session
    instance: ProcessInstance
    element: runtime.Element
    headers: Mapping[str, str]
    now: datetime
    job_key: int | None
    actor: Actor
    masked: Masked = as_it_is
    in_words: Callable[[str], Mapping[str, Any]] = untranslated
    made: Any = None
    told: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class RegisteredOperation:
    """A registered operation. One that only touches our database may run `in_transaction`, else it is a job.

    What takes long is made beforehand, outside of any transaction: `order` reads what has to be made, takes what the
    handler takes, and writes nothing.

    One that is `irreversible` binds its tree of cases as it is done, or as its job is made. What it would refuse a case for,
    whatever its inputs, is asked of `ready` before a step that cannot be taken back is done on the way to it.
    """

    name: str
    handler: Handler
    in_transaction: bool
    inputs: frozenset[str]
    required: frozenset[str]
    irreversible: bool = False
    headers: Mapping[str, Known] = field(default_factory=dict)
    demanded: tuple[str, ...] = ()
    order: Callable[..., AdvanceOrder] | None = None
    ready: Callable[[OperationContext], None] | None = None

    def problems(self, headers: Mapping[str, str]) -> Iterator[tuple[str, dict[str, object]]]:
        """What is wrong with a task's headers, for the check at deployment: those that must be there, or be one of the known names."""
        for header in self.demanded:
            if not headers.get(header, "").strip():
                yield UNSAID, {"header": header, "type": Word("operation", self.name)}
        for header, known in self.headers.items():
            given, names = headers.get(header, ""), sorted(known())
            if given not in names:
                meant = nearest(given, names)
                told: dict[str, object] = {
                    "header": header,
                    "name": given,
                    "type": Word("operation", self.name),
                    "names": meant or ", ".join(names),
                }
                yield NEAREST if meant else UNKNOWN, told

    def run(self, context: OperationContext, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Calls the handler with the task's inputs as arguments.

        Inputs that it does not take are left out, as a task also inherits names it has no use for. Raises Invalid when
        a required one is missing, and what the handler raises.
        """
        return dict(self.handler(context, **self._taken(inputs)) or {})

    def ordered(self, context: OperationContext, inputs: Mapping[str, Any]) -> AdvanceOrder | None:
        """What has to be made before `run`, None where nothing has; raises as `run` does."""
        return None if self.order is None else self.order(context, **self._taken(inputs))

    def _taken(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        missing = sorted(name for name in self.required if inputs.get(name) is None)
        if missing:
            raise errors.Invalid("The operation %(type)s needs the input %(name)s.", type=self.name, name=missing[0])
        return {name: inputs[name] for name in self.inputs if name in inputs}


def operation(
    name: str,
    *,
    in_transaction: bool = False,
    irreversible: bool = False,
    headers: Mapping[str, Known] | None = None,
    demanded: tuple[str, ...] = (),
    order: Callable[..., AdvanceOrder] | None = None,
    ready: Callable[[OperationContext], None] | None = None,
) -> Callable[[Handler], Handler]:
    """Registers `handler(context, **inputs) -> dict` under a name; twice the same name fails at import.

    `irreversible`: what it does cannot be taken back. `headers`: those that a task must have, each with what gives the
    names it may hold; `demanded`: those that may hold any. `order(context, **inputs)`: what has to be made beforehand; then it cannot run in the transaction.
    `ready(context)` raises a Refusal as long as the handler would refuse the case itself; it writes nothing.
    """

    def register(handler: Handler) -> Handler:
        if name in _registered:
            raise ValueError(f"the operation {name} is registered twice")
        if in_transaction and order is not None:
            raise ValueError(f"the operation {name} cannot run in the transaction: something is made for it beforehand")
        parameters = list(inspect.signature(handler).parameters.values())[1:]
        _registered[name] = RegisteredOperation(
            name,
            handler,
            in_transaction,
            frozenset(each.name for each in parameters),
            frozenset(each.name for each in parameters if each.default is each.empty),
            irreversible,
            headers or {},
            demanded,
            order,
            ready,
        )
        return handler

    return register


def find(name: str) -> RegisteredOperation | None:
    """The operation of a task type; None when an external worker is to do it."""
    return _registered.get(name)


def irreversible() -> frozenset[str]:
    """The names of those whose work cannot be taken back."""
    return frozenset(name for name, operation in _registered.items() if operation.irreversible)


def names() -> frozenset[str]:
    """All registered names, for the check at deployment."""
    return frozenset(_registered)
