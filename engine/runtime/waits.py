"""What tokens wait for: one dataclass for each kind of wait, and the form in which a wait is stored to be tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, TypeVar


@dataclass(frozen=True)
class AwaitedTask:
    """Somebody to complete a user task; `inputs` is what the input mappings gave."""

    kind: ClassVar[str] = "user_task"
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class AwaitedJob:
    """A worker, or a registered operation, to do work of a type."""

    kind: ClassVar[str] = "job"
    type: str
    headers: Mapping[str, str]
    inputs: Mapping[str, Any]
    retries: int = 0


@dataclass(frozen=True)
class AwaitedTimer:
    """A moment: `type` and evaluated text of the timer, how often it still fires (None: without end) and has fired."""

    kind: ClassVar[str] = "timer"
    type: str
    expression: str
    repetitions: int | None = 1
    fired: int = 0

    def following(self) -> AwaitedTimer | None:
        """The next round of a cycle; None when this was the last."""
        if self.repetitions == 1:
            return None
        left = None if self.repetitions is None else self.repetitions - 1
        return replace(self, repetitions=left, fired=self.fired + 1)


@dataclass(frozen=True)
class AwaitedMessage:
    """A message of that name and correlation key; the key of a message without one is None."""

    kind: ClassVar[str] = "message"
    name: str
    correlation_key: str | None = None


@dataclass(frozen=True)
class AwaitedSignal:
    """A signal of that name."""

    kind: ClassVar[str] = "signal"
    name: str


@dataclass(frozen=True)
class AwaitedCondition:
    """Variables that make a condition true; the run itself looks at it."""

    kind: ClassVar[str] = "conditional"
    condition: str | None


@dataclass(frozen=True)
class AwaitedCall:
    """A called process to end; `inputs` is what it starts with."""

    kind: ClassVar[str] = "call"
    process_id: str
    inputs: Mapping[str, Any]
    propagate_all_parent_variables: bool = True
    propagate_all_child_variables: bool = True


@dataclass(frozen=True)
class AwaitedDecision:
    """A decision to be made over `inputs`, all variables that the token sees."""

    kind: ClassVar[str] = "decision"
    decision_id: str
    result_variable: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class AwaitedRetry:
    """A person to put right what failed: `message` (msgid) with its `values` says what, `of` is the token that failed.

    `error_code` is that of an error nobody caught.
    """

    kind: ClassVar[str] = "incident"
    message: str
    values: Mapping[str, Any]
    of: str
    error_code: str | None = None


Awaited = (
    AwaitedTask
    | AwaitedJob
    | AwaitedTimer
    | AwaitedMessage
    | AwaitedSignal
    | AwaitedCondition
    | AwaitedCall
    | AwaitedDecision
    | AwaitedRetry
)
_Kind = TypeVar("_Kind", bound=Awaited)
_KINDS: dict[str, Any] = {each.kind: each for each in Awaited.__args__}


def details(awaited: Awaited) -> dict[str, Any]:
    """The fields by name, not copied."""
    return {field.name: getattr(awaited, field.name) for field in fields(awaited)}


def stored(awaited: Awaited) -> dict[str, Any]:
    """What is kept with an incident, for `read`."""
    return {"kind": awaited.kind, "details": details(awaited)}


def read(stored: Mapping[str, Any]) -> Awaited:
    """What a token waited for, as any version stored it: what was not stored yet has its default, what has gone is passed over."""
    return read_as(_KINDS[stored["kind"]], stored["details"])


def read_as(kind: type[_Kind], details: Mapping[str, Any]) -> _Kind:
    """As `read`, where the kind is known."""
    return kind(**{field.name: details[field.name] for field in fields(kind) if field.name in details})
