"""What the API takes: the request bodies of Camunda 8's Orchestration Cluster API that we serve."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from engine.queries.api.search import MAX_LIMIT, Query
from web.account import auth
from web.api.shapes.bodies import Body, require_tenant

Variables = dict[str, Any]
LONGEST_WAIT = 300_000


def _of_digits(sent: Any) -> Any:
    """A number of 64 bits may be a text of digits: the official JavaScript client writes it so, as JSON's readers there lose digits."""
    return int(sent) if isinstance(sent, str) and re.fullmatch("-?[0-9]{1,19}", sent) else sent


Milliseconds = Annotated[int, BeforeValidator(_of_digits)]
Wait = Annotated[Milliseconds, Field(le=LONGEST_WAIT)]


def _in_capitals(word: Any) -> Any:
    return word.upper() if isinstance(word, str) else word


class Sort(Body):
    """One field to sort by."""

    field: str
    order: Annotated[Literal["ASC", "DESC"], BeforeValidator(_in_capitals)] = "ASC"


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
        sort = tuple((each.field, each.order == "DESC") for each in self.sort or [])
        return Query(_own_tenant(self.filter or {}), sort, page.limit, page.from_, page.after, page.before)


def _own_tenant(asked: dict[str, Any]) -> dict[str, Any]:
    """A filter that names the caller's own company asks for nothing more. Raises Invalid for another one's."""
    tenant = asked.get("tenantId")
    if not isinstance(tenant, str):
        return asked
    require_tenant(tenant, auth.current_actor().company_id)
    return {name: value for name, value in asked.items() if name != "tenantId"}


class InstanceCreation(Body):
    """Starts a process: by definition key, or by id and (the newest, or a) version.

    With `awaitCompletion` the answer comes when the case has ended, or is 504 after `requestTimeout` milliseconds (0: ten
    seconds), and the case goes on. `fetchVariables` names the variables of the answer.
    """

    unserved: ClassVar[frozenset[str]] = frozenset(
        {"operationReference", "startInstructions", "runtimeInstructions", "tags", "businessId"}
    )
    processDefinitionKey: str | None = None
    processDefinitionId: str | None = None
    processDefinitionVersion: Annotated[int, Field(ge=-1)] = -1
    variables: Variables | None = None
    tenantId: str | None = None
    awaitCompletion: bool = False
    fetchVariables: list[str] | None = None
    requestTimeout: Annotated[Wait, Field(ge=0)] = 0


class Cancellation(Body):
    """Ends an instance; `reason` is ours, for the history."""

    unserved: ClassVar[frozenset[str]] = frozenset({"operationReference"})
    reason: str | None = None


class TaskAssignment(Body):
    """Gives a user task to a person; with `allowOverride` false only one that nobody has."""

    assignee: str = Field(min_length=1)
    allowOverride: bool | None = None
    action: str | None = None


class Rehearsed(Body):
    """With `isRehearsal` nothing is changed, and what would move is told."""

    isRehearsal: bool = False


class Calendar(Body):
    """A working calendar: `holidays` a country's code or `none`, `weekdays` of mon … sun, `everySecond` a day worked every second week."""

    name: str
    holidays: str = "cn"
    weekdays: list[str] = Field(default_factory=lambda: ["mon", "tue", "wed", "thu", "fri"])
    everySecond: str = ""
    hours: list[str] = Field(default_factory=lambda: ["09:00-12:00", "13:30-18:00"])


class CalendarChange(Calendar):
    """A working calendar as it is to be; of the one with the key `standard` only holidays and hours count."""

    isRehearsal: bool = False


class CalendarDays(Rehearsed):
    """Days (ISO) of a calendar with work, off, or usual, which takes back what was set by hand."""

    days: dict[str, str]
    reason: str = ""


class DraftSaved(Body):
    """A half-filled form: its fields, the opinion, and the `version` that was read (none: nothing was saved yet)."""

    variables: Variables | None = None
    opinion: str = Field("", max_length=4000)
    version: str = ""


class StartDraftSaved(Body):
    """A start form that is begun: its fields, and the `version` that was read (none: nothing was saved yet)."""

    variables: Variables | None = None
    version: str = ""


class SignatureKept(Body):
    """A signature to keep: its strokes, as `SignatureGiven` has them."""

    strokes: list[list[list[int]]]


class SignatureGiven(Body):
    """A signature: `strokes`, each a list of points [x, y] in a field of 600 × 200, or `kept` for the one the person keeps."""

    strokes: list[list[list[int]]] | None = None
    kept: bool = False


class TaskCompletion(Body):
    """Completes a user task: the form's fields; `action` names the outcome.

    Ours: `opinion`, `signature`, `opinionFiles` (keys), and `draftVersion`, the version of the saved form that was read.
    """

    variables: Variables | None = None
    action: str | None = None
    opinion: str | None = None
    signature: SignatureGiven | None = None
    opinionFiles: list[str] = Field(default_factory=list)
    draftVersion: str | None = None


class Publication(Body):
    """Publishes a message; it waits for `timeToLive` milliseconds for its subscription."""

    unserved: ClassVar[frozenset[str]] = frozenset({"businessId"})
    name: str = Field(min_length=1)
    correlationKey: str = ""
    timeToLive: Milliseconds = Field(0, ge=0)
    messageId: str | None = None
    variables: Variables | None = None
    tenantId: str | None = None


class Correlation(Body):
    """Delivers a message at once, or not at all."""

    unserved: ClassVar[frozenset[str]] = frozenset({"businessId"})
    name: str = Field(min_length=1)
    correlationKey: str = ""
    variables: Variables | None = None
    tenantId: str | None = None


class Activation(Body):
    """Leases open jobs of a type to a worker; `timeout` in milliseconds.

    It waits for a job as long as `requestTimeout` says, in milliseconds: 0 for ten seconds, below 0 not at all.
    """

    unserved: ClassVar[frozenset[str]] = frozenset({"withLease"})
    type: str = Field(min_length=1)
    timeout: Milliseconds = Field(ge=1)
    maxJobsToActivate: int = Field(ge=1, le=1000)
    worker: str | None = None
    fetchVariable: list[str] | None = None
    requestTimeout: Wait | None = None
    tenantIds: list[str] | None = None
    tenantFilter: Literal["PROVIDED", "ASSIGNED"] | None = None


class JobCompletion(Body):
    """What a worker brings back."""

    unserved: ClassVar[frozenset[str]] = frozenset({"result", "businessId", "jobLeaseToken"})
    variables: Variables | None = None


class JobFailure(Body):
    """A failed attempt: how many are left, and after how many milliseconds the next may begin."""

    unserved: ClassVar[frozenset[str]] = frozenset({"variables", "jobLeaseToken"})
    retries: int = Field(0, ge=0)
    errorMessage: str | None = None
    retryBackOff: Milliseconds = Field(0, ge=0)


class JobError(Body):
    """A BPMN error, to be caught by a boundary event."""

    unserved: ClassVar[frozenset[str]] = frozenset({"jobLeaseToken"})
    errorCode: str = Field(min_length=1)
    errorMessage: str | None = None
    variables: Variables | None = None


class Resolution(Body):
    """Resolves an incident and tries again."""

    unserved: ClassVar[frozenset[str]] = frozenset({"operationReference"})


class Evaluation(Body):
    """Evaluates a decision: by key, or the newest of an id."""

    decisionDefinitionKey: str | None = None
    decisionDefinitionId: str | None = None
    variables: Variables | None = None
    tenantId: str | None = None


class Operation(Body):
    """What an operation on a task or a case is given; each reads what its dialog asks for.

    `people` are usernames or names of groups, `person` is a username, `number` that of another case, `task` the key of a
    user task with, after a colon, whose part of it; for a move by hand the element where the case is. `target` is the element
    to send or move it to, or the key of a signer's work item; `resume` (step_by_step, direct) how it goes on from there.
    `until` is a day or a moment on the company's clock, `files` are keys of files that were handed in.
    """

    reason: str = ""
    text: str = ""
    number: str = ""
    person: str = ""
    people: list[str] = Field(default_factory=list)
    task: str = ""
    target: str = ""
    resume: str = ""
    until: str = ""
    files: list[str] = Field(default_factory=list)


class ReassignmentCreation(Body):
    """Hands over all open tasks of `holder`, of these processes or of all that one manages, to `person`."""

    holder: str = Field(min_length=1)
    person: str = Field(min_length=1)
    reason: str = ""
    processDefinitionIds: list[str] = Field(default_factory=list)


class ExtensionDecision(Body):
    """Whether the time that was asked for a task is granted; a refusal wants a reason."""

    granted: bool
    reason: str = ""


class SheetOrder(Body):
    """How the approval sheet is wanted: with the course of the case and earlier rounds, with personal data in full."""

    history: bool = False
    full: bool = False


class SheetsOrder(SheetOrder):
    """The approval sheets of several cases as one file."""

    processInstanceKeys: list[str]


class DeputyCreation(Body):
    """Who acts for whom, from when until when (RFC 3339), for which processes (none: all), also for tasks that are there already."""

    deputy: str
    beginsAt: str
    endsAt: str
    principal: str | None = None
    processDefinitionIds: list[str] = Field(default_factory=list)
    coversExisting: bool = True
    reason: str = ""


class PathAhead(Body):
    """What a start form holds so far, as variables; what is left out counts as not filled in yet."""

    variables: dict[str, Any] = Field(default_factory=dict)


class BatchCreation(Body):
    """An act on up to 100 tasks of one process: `claim`, `approve` with one opinion, or `transfer` to a person for a reason."""

    operation: Literal["claim", "approve", "transfer"]
    userTaskKeys: list[str] = Field(min_length=1, max_length=100)
    opinion: str = ""
    person: str = ""
    reason: str = ""


class RebalanceProposal(Body):
    """Which open tasks: of a process, with people of a department, with one holder, or these; what is left out narrows nothing."""

    processDefinitionId: str = ""
    department: str = ""
    holder: str = ""
    userTaskKeys: list[str] = Field(default_factory=list, max_length=100)


class RebalanceMove(Body):
    """One task and to whom it goes; `holder` is whom it was seen with ("" nobody by name), and it is left alone if it lies elsewhere by now."""

    userTaskKey: str
    person: str
    holder: str | None = None


class RebalanceCreation(Body):
    """Up to 100 moves, done together."""

    moves: list[RebalanceMove] = Field(min_length=1, max_length=100)
    reason: str


class PhraseKept(Body):
    """A phrase for opinions; `forAll`: everybody's, which administrators keep."""

    text: str
    forAll: bool = False


class InboxSearch(Body):
    """The search and filters of the inbox, as its address has them."""

    q: str = ""
    process: str = ""
    initiator: str = ""
    due: str = ""
    holder: str = ""
    sort: str = ""


class ViewKept(Body):
    """A view of the inbox; `sharedWith` is "" for oneself, "*" for everybody, or a group that one belongs to."""

    name: str
    query: InboxSearch
    sharedWith: str = ""


class ColumnKept(Body):
    """A column of a list: narrow, normal or wide."""

    name: str
    isShown: bool = True
    width: str = "normal"


class LayoutKept(Body):
    """The columns of a list, in their order."""

    columns: list[ColumnKept]
