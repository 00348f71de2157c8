"""What a run reports to the verbs: places where tokens rest, what closed, steps taken, events thrown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import errors
from engine.runtime.waits import Awaited


@dataclass(frozen=True)
class Host:
    """What the runtime may ask of its surroundings: the time, FEEL look-up functions, and why nothing may be taken back.

    `bound` gives a refusal once the case is past its point of no return; then nothing interrupts or ends it from outside.
    `way` belongs to a look ahead: of a token at a gateway (its id, that of the gateway, the variables it sees) it says which
    flow to follow where that cannot be known yet; None decides by the conditions, as always without it.
    """

    now: datetime
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    bound: Callable[[], errors.Refusal | None] = lambda: None
    way: Callable[[str, str, Mapping[str, Any]], str | None] | None = None


@dataclass(frozen=True)
class TokenWait:
    """A place where a token rests until somebody calls the run with `token`.

    `attached_to` is the token of the activity, gateway or scope that the wait ends with.
    """

    token: str
    element_id: str
    awaits: Awaited
    attached_to: str | None = None
    interrupting: bool = True

    @property
    def kind(self) -> str:
        """What kind of wait it is, in a word: user_task, job, timer, message, signal, call, decision, conditional, incident."""
        return self.awaits.kind


@dataclass(frozen=True)
class Closed:
    """A wait that is over: where, of which kind; `reason` is completed or cancelled."""

    token: str
    reason: str
    kind: str
    element_id: str


@dataclass(frozen=True)
class TokenStep:
    """Something that happened to a token: `what` is entered, left, cancelled, or taken (a sequence flow).

    `values`: of a flow that was chosen, the plain values that its node's conditions asked for, as they were then.
    """

    element_id: str
    type: str
    name: str
    what: str
    token: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Thrown:
    """An event for the world outside: `kind` is message, signal or escalation (`name` is then its code).

    A signal has reached what waited for it in the same process already.
    """

    kind: str
    name: str
    correlation_key: str | None
    variables: dict[str, Any]
    element_id: str = ""


@dataclass
class Effects:
    """What a run reported, in order; false when that is nothing."""

    opened: list[TokenWait] = field(default_factory=list)
    closed: list[Closed] = field(default_factory=list)
    steps: list[TokenStep] = field(default_factory=list)
    thrown: list[Thrown] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.opened or self.closed or self.steps or self.thrown)

    def resting(self) -> list[TokenWait]:
        """The waits that were opened and are still open."""
        over = {closed.token for closed in self.closed}
        return [wait for wait in self.opened if wait.token not in over]
