"""What the API takes: the request bodies of Camunda 8's Orchestration Cluster API that we serve."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.queries.api.search import MAX_LIMIT, Query

Variables = dict[str, Any]


class Body(BaseModel):
    """Unknown members are let through, so that a newer client can talk to us."""

    model_config = ConfigDict(extra="allow")


class Sort(Body):
    """One field to sort by."""

    field: str
    order: Literal["ASC", "DESC", "asc", "desc"] = "ASC"


class PageAsked(Body):
    """Which page: by offset (`from`), or by the cursors of a page before."""

    from_: Annotated[int, Field(alias="from", ge=0, le=100_000)] = 0
    limit: Annotated[int, Field(ge=0, le=MAX_LIMIT)] = 100
    after: str = ""
    before: str = ""


class Search(Body):
    """A search: filters by field (a value, or operators such as `$in`), sorting, page."""

    filter: dict[str, Any] | None = None
    sort: list[Sort] | None = None
    page: PageAsked | None = None

    def query(self) -> Query:
        """As the engine's searches take it."""
        page = self.page or PageAsked()
        sort = tuple((each.field, each.order.upper() == "DESC") for each in self.sort or [])
        return Query(self.filter or {}, sort, page.limit, page.from_, page.after, page.before)


class InstanceCreation(Body):
    """Starts a process: by definition key, or by id and (the newest, or a) version."""

    processDefinitionKey: str | None = None
    processDefinitionId: str | None = None
    processDefinitionVersion: int = -1
    variables: Variables | None = None


class Cancellation(Body):
    """Ends an instance; `reason` is ours, for the history."""

    reason: str | None = None


class TaskAssignment(Body):
    """Gives a user task to a person."""

    assignee: str = Field(min_length=1)
    allowOverride: bool | None = None
    action: str | None = None


class TaskCompletion(Body):
    """Completes a user task: the form's fields; `action` names the outcome, `opinion` is ours."""

    variables: Variables | None = None
    action: str | None = None
    opinion: str | None = None


class Publication(Body):
    """Publishes a message; it waits for `timeToLive` milliseconds for its subscription."""

    name: str = Field(min_length=1)
    correlationKey: str = ""
    timeToLive: int = Field(0, ge=0)
    messageId: str | None = None
    variables: Variables | None = None


class Correlation(Body):
    """Delivers a message at once, or not at all."""

    name: str = Field(min_length=1)
    correlationKey: str = ""
    variables: Variables | None = None


class Activation(Body):
    """Leases open jobs of a type to a worker; `timeout` in milliseconds."""

    type: str = Field(min_length=1)
    timeout: int = Field(ge=1)
    maxJobsToActivate: int = Field(ge=1, le=1000)
    worker: str | None = None
    fetchVariable: list[str] | None = None
    requestTimeout: int | None = None


class JobCompletion(Body):
    """What a worker brings back."""

    variables: Variables | None = None


class JobFailure(Body):
    """A failed attempt: how many are left, and after how many milliseconds the next may begin."""

    retries: int = Field(0, ge=0)
    errorMessage: str | None = None
    retryBackOff: int = Field(0, ge=0)
    variables: Variables | None = None


class JobError(Body):
    """A BPMN error, to be caught by a boundary event."""

    errorCode: str = Field(min_length=1)
    errorMessage: str | None = None
    variables: Variables | None = None


class Resolution(Body):
    """Resolves an incident and tries again."""

    operationReference: int | None = None


class Evaluation(Body):
    """Evaluates a decision: by key, or the newest of an id."""

    decisionDefinitionKey: str | None = None
    decisionDefinitionId: str | None = None
    variables: Variables | None = None
