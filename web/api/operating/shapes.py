"""What operators' part of the API takes and answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from web.api.shapes.bodies import Body


class Given(Body):
    """One act and what it is given; each act takes its own members, as its form on the page asks for them.

    `place` is an element of the diagram, or a token of the case; `target` the element to move to. `name` and `value` are a
    variable's, the value as JSON; for a skip `value` is an object of what the step leaves behind, `outcome` how it ends.
    `until` is a moment with its offset, `retries` how often a job is still tried, `person` to whom a task goes.
    """

    operation: str
    reason: str
    place: str = ""
    target: str = ""
    outcome: str = ""
    name: str = ""
    value: Any = None
    until: str = ""
    retries: int | None = None
    person: str = ""


class OperationOrder(Given):
    """An act on many cases: those of a process, a version, waiting at an element, in a state, stopped by a cause, or with these numbers.

    `state`: active, incident, overdue, suspended.
    """

    processDefinitionId: str = ""
    version: int | None = None
    elementId: str = ""
    state: str = ""
    cause: str = ""
    numbers: list[str] = Field(default_factory=list, max_length=20_000)


class Paged(Body):
    """Which page of a list: what stands behind a cursor."""

    model_config = ConfigDict(strict=False)  # it is written in an address, where everything is text
    after: str = ""
    limit: int = Field(default=50, ge=1, le=500)


class Asked(Paged):
    """Which page of a list; of an operation's cases, `only` trouble or done."""

    only: str = ""


class Causes(Body):
    """Of which process; "-" for what belongs to no case."""

    model_config = ConfigDict(strict=False)
    processDefinitionId: str = ""


class OperationFound(BaseModel):
    """An act of operators. `phase`: rehearsal, real; `state`: running, paused, stopped, done."""

    key: str
    operation: str
    username: str
    reason: str
    phase: str
    state: str
    total: int
    succeeded: int
    failed: int
    createdAt: str | None
    startedAt: str | None
    endedAt: str | None
    filter: dict[str, Any]
    given: dict[str, Any]


class Operations(BaseModel):
    """One page of the log, newest first; `next` is the cursor of the following one, None at the end."""

    items: list[OperationFound]
    next: str | None


class OperationCase(BaseModel):
    """One case of an operation. `state`: waiting, done, conflict, refused, failed; `detail` says why, or where it stands then.

    `foreseen`: it was only rehearsed.
    """

    number: str
    processInstanceKey: str | None
    state: str
    detail: str | None
    foreseen: bool


class OperationShown(OperationFound):
    """An act with one page of its cases."""

    items: list[OperationCase]
    next: str | None


class Foreseen(BaseModel):
    """What an act on one case would do. `state`: done, conflict, refused, failed; nothing was changed."""

    state: str
    detail: str | None


class Cause(BaseModel):
    """What incidents have in common: `message` in the words of the newest; `cases` is 0 for what belongs to none."""

    cause: str
    message: str
    processDefinitionId: str | None
    elementName: str | None
    count: int
    cases: int
    first: str | None
    last: str | None


class CausesFound(BaseModel):
    """The causes of open incidents, the commonest first."""

    items: list[Cause]


class Wait(BaseModel):
    """What a case waits for. `kind`: timer, job, message, signal and others; `state` of a job: open, leased, failed, held."""

    token: str
    elementId: str
    elementName: str
    kind: str
    dueAt: str | None
    since: str | None
    state: str | None
    retries: int | None
    attempts: int | None
    errorMessage: str | None
    worker: str | None
    messageName: str | None
    correlationKey: str | None


class Background(BaseModel):
    """What a case waits for, and the names of the acts that may be done with it now."""

    items: list[Wait]
    operations: list[str]


class GivenUp(BaseModel):
    """A job without tries left; `incidentKey` is that by which it is tried again."""

    jobKey: str
    processInstanceKey: str | None
    number: str | None
    processName: str | None
    elementName: str | None
    errorMessage: str
    attempts: int
    since: str | None
    incidentKey: str | None


class GivenUpFound(BaseModel):
    """One page of jobs that were given up, newest first."""

    items: list[GivenUp]
    next: str | None


class Worker(BaseModel):
    """A worker of this installation; one that is `silent` has not been at work for long."""

    name: str
    startedAt: str | None
    seenAt: str | None
    rounds: int
    done: int
    failures: int
    silent: bool


class Queue(BaseModel):
    """Waiting work of one kind, by what it does: due since `oldest`, later, being done, given up."""

    name: str
    due: int
    later: int
    leased: int
    failed: int
    oldest: str | None


class Working(BaseModel):
    """What the workers do now."""

    workers: list[Worker]
    queues: list[Queue]
