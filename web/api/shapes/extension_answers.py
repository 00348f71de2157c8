"""The shapes of what our own part of the API answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Made(BaseModel):
    """The key of what was made."""

    key: str


class Draft(BaseModel):
    """What one has saved of a task's form; `version` is sent when it is saved again, "" where nothing was saved."""

    variables: dict[str, object]
    opinion: str
    version: str


class DraftVersion(BaseModel):
    """The version of what is saved now."""

    version: str


class StartDraft(BaseModel):
    """A start form that one has begun; `version` is sent when it is saved again."""

    processDefinitionId: str
    variables: dict[str, object]
    version: str


class StartDraftVersion(BaseModel):
    """The key of a draft, and the version of what is saved now."""

    key: str
    version: str


class File(BaseModel):
    """A file that was handed in."""

    key: str
    name: str
    size: int
    type: str


class Signature(BaseModel):
    """The signature that one keeps: strokes of points [x, y] in a field of 600 × 200."""

    strokes: list[list[list[int]]]
    drawnAt: str


class WorkingCalendar(BaseModel):
    """A working calendar; the key of the one that the company itself holds is `standard`."""

    key: str
    name: str
    isDefault: bool
    holidays: str
    weekdays: list[str]
    everySecond: str
    hours: list[str]
    formerNames: list[str]


class Calendars(BaseModel):
    """The working calendars."""

    items: list[WorkingCalendar]


class CompanySetting(BaseModel):
    """A value of the company. `kind`: yes_no, whole, share, number, limit, text, name, people, numbers, texts, table.

    `inFile` is what the company's file said last where that is something else.
    """

    name: str
    kind: str
    description: str
    value: Any
    inFile: Any
    processDefinitionIds: list[str]
    isChangeable: bool


class CompanySettings(BaseModel):
    """The company's values."""

    items: list[CompanySetting]


class Moved(BaseModel):
    """How many deadlines and timers move by it, and how many were moved (none in a rehearsal)."""

    moves: int
    moved: int


class BatchItem(BaseModel):
    """One task of an act on many. `state`: waiting, done, refused; `detail` says why."""

    userTaskKey: str
    state: str
    detail: str | None


class Batch(BaseModel):
    """An act on many tasks. `state`: waiting, undone, done."""

    key: str
    operation: str
    state: str
    items: list[BatchItem]


class RebalanceTask(BaseModel):
    """An open task. `holder` is None for one that lies with a group; `stays` says why none is proposed."""

    userTaskKey: str
    holder: str | None
    mayGoTo: list[str]
    proposed: str | None
    stays: str | None


class RebalancePerson(BaseModel):
    """What lies with somebody now and would then, of what the caller sees."""

    username: str
    open: int
    openAfter: int
    overdue: int
    overdueAfter: int
    away: bool


class Rebalance(BaseModel):
    """A proposal for spreading tasks evenly."""

    items: list[RebalanceTask]
    people: list[RebalancePerson]


class StepAhead(BaseModel):
    """A step to come: who would act, in words (`who`) and as usernames and groups; `onlyIf` says on which way it lies."""

    elementId: str
    elementName: str
    kind: str
    usernames: list[str]
    groups: list[str]
    who: str
    reason: str
    onlyIf: str | None
    calledProcess: str | None


class StepsAhead(BaseModel):
    """The steps to come, in their order."""

    items: list[StepAhead]


class Reopened(BaseModel):
    """The case that was made."""

    processInstanceKey: str


class StartedAgain(BaseModel):
    """The draft that was made."""

    draftKey: str


class Happened(BaseModel):
    """One thing that happened: `kind` for programs, `text` in words; `undoes` are tasks that a way back has undone."""

    key: str
    at: str
    kind: str
    text: str
    who: str | None
    elementId: str | None
    elementName: str | None
    processInstanceKey: str
    number: str
    userTaskKey: str | None
    outcome: str | None
    outcomeLabel: str | None
    opinion: str | None
    reason: str | None
    effects: list[str]
    undoes: list[str]


class History(BaseModel):
    """What happened, the newest first; `next` is where the page after this one begins."""

    items: list[Happened]
    next: str | None


class Phrase(BaseModel):
    """A phrase for opinions; `forAll`: it is the company's."""

    key: str
    text: str
    forAll: bool


class Phrases(BaseModel):
    """One's own, then the company's."""

    items: list[Phrase]


class View(BaseModel):
    """A view of the inbox: its search and filters by name, and with whom it is shared."""

    key: str
    name: str
    query: dict[str, str]
    sharedWith: str
    isOwn: bool


class Views(BaseModel):
    """One's own, then those that are shared with one."""

    items: list[View]


class Column(BaseModel):
    """A column of a list."""

    name: str
    isShown: bool
    width: str


class Layout(BaseModel):
    """All columns of a list in their order; `isOwn` once one has chosen."""

    columns: list[Column]
    isOwn: bool
