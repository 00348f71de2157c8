"""What `banjie verify` compares: histories with their chains, tables with the histories, both with the signed anchors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import exists, func, select, tuple_
from sqlalchemy.orm import Session

from engine.background import anchoring
from engine.background.anchors import Anchors, Line, Log, digest
from engine.cases import history
from engine.cases.rights import holding
from engine.storage import models
from engine.verbs.running import ending

CASES = 200
DONE = ("completed", "returned", "passed")  # what ends a user task
TASK = ("completed_by", "outcome", "opinion", "completed_at", "instead_of")
WORDS = {
    "completed_by": "the person",
    "outcome": "the outcome",
    "opinion": "the opinion",
    "completed_at": "the moment",
    "instead_of": "for whom it was done",
}
ENDS = {"ended": "completed", "cancelled": "cancelled", "terminated": "cancelled", "voided": "cancelled"}
HOW = {"terminated": ending.TERMINATED, "voided": ending.VOID}


def cases(session: Session) -> Iterator[tuple[int, str, str]]:
    """Key and number of every case, and each fault of its chain and of what the tables say beside it; "" for a sound one."""
    row, last = models.ProcessInstance, 0
    while cases_read := session.execute(select(row.key, row.number).where(row.key > last).order_by(row.key).limit(CASES)).all():
        for key, number in cases_read:
            faults = [*history.verify(session, key), *_beside(session, key)]
            yield from ((key, number, fault) for fault in faults or [""])
        last = cases_read[-1].key
        session.expunge_all()


def _beside(session: Session, key: int) -> Iterator[str]:
    """Where the user tasks of a case, its beginning or its end say something else than its history."""
    instance, event = models.ProcessInstance, models.HistoryEvent
    kinds = ("started", "task_created", *DONE, *ENDS)
    wanted = select(event.kind, event.actor, event.at, event.data).where(event.instance_key == key, event.kind.in_(kinds))
    told = session.execute(wanted.order_by(event.sequence)).all()
    case = session.execute(select(instance).where(instance.key == key)).scalar_one()
    started = next((each for each in told if each.kind == "started"), None)
    began = None if started is None else (started.data or {}).get("initiator", started.actor)
    if started is not None and case.parent_key is None and began != case.initiator:
        yield f"the initiator was changed: the history says {began}, the case {case.initiator}"
    if told:
        yield from _end(case, [each for each in told if each.kind in ENDS])
    yield from _tasks(session, key, told)


def _end(case: models.ProcessInstance, ends: Sequence[Any]) -> Iterator[str]:
    """Where a case ended otherwise than its history says; what was called by another is ended by that one's words."""
    first, last = (ends[0], ends[-1]) if ends else (None, None)
    state, at = (ENDS[first.kind], first.at) if first else ("active", None)
    if case.state != state:
        yield f"the state was changed to {case.state}"
    if case.ended_at != at:
        yield f"the moment of its end was changed to {case.ended_at}"
    if last is None or case.parent_key is not None:
        return
    if last.kind != "ended" and case.ended_reason != last.data.get("reason"):
        yield f"the reason of its end was changed to {case.ended_reason}"
    is_told = last.kind != "ended" or "ended_as" in last.data  # ends of before say nothing of it
    if is_told and case.ended_as != HOW.get(last.kind, last.data.get("ended_as")):
        yield f"how it ended was changed to {case.ended_as}"


def _tasks(session: Session, key: int, told: Sequence[Any]) -> Iterator[str]:
    task = models.UserTask
    columns = (*(getattr(task, name) for name in TASK[:-1]), holding.stood_in_for().label("instead_of"))
    wanted = select(task.key, task.name, task.state, *columns).where(task.instance_key == key)
    stored = {row.key: row for row in session.execute(wanted)}
    done = {each.data["task"]: each for each in told if "task" in each.data and _is_done(each)}
    for each in told:
        if each.kind == "task_created" and each.data.get("task") not in stored:
            yield f"the user task {each.data.get('task')} is gone"
    for task_key, row in stored.items():
        if (row.state == "completed") != (task_key in done):
            yield f"the user task “{row.name}” ({task_key}) is {row.state}, which the history does not say"
        elif task_key in done:
            yield from _differences(row, done[task_key])


def _is_done(event: Any) -> bool:
    """Whether somebody did the task that the event tells of; one that went back by itself was given up."""
    return event.kind in DONE and (event.kind == "passed" or event.actor is not None)


def _differences(row: Any, event: Any) -> Iterator[str]:
    person = event.data.get("person", event.actor) if event.kind == "passed" else event.actor
    opinion = (event.data.get("opinion") or "").strip() or None
    said = dict(zip(TASK, (person, event.data.get("outcome"), opinion, event.at, event.data.get("for")), strict=True))
    for name, value in said.items():
        if getattr(row, name) != value:
            yield f"{WORDS[name]} of the user task “{row.name}” ({row.key}) was changed"


def anchored(session: Session, anchors: Anchors) -> Iterator[str]:
    """What differs from the signed lines of the anchors' file, one sentence per fault; nothing when all holds."""
    before: Line | None = None
    logs = [_Replay(session, name) for name in anchoring.LOGS]
    for line in anchors.lines():
        yield from _line_faults(session, anchors, line, before)
        yield from _case_faults(session, line)
        for log in logs:
            yield from log.faults(line)
        before = line
    written = session.execute(select(func.max(models.Anchor.number))).scalar() or 0
    if written > (before["n"] if before else 0):
        yield f"anchors: line {written} was written, but the file {anchors.path.name} ends with line {before['n'] if before else 0}"


def _line_faults(session: Session, anchors: Anchors, line: Line, before: Line | None) -> Iterator[str]:
    place = f"anchors: line {line['n']} of {line.get('at', '')[:10]}"
    if not anchors.is_signed(line):
        yield f"{place} is not signed with this installation's key"
    if line["n"] != (before["n"] if before else 0) + 1 or line["before"] != (digest(before) if before else ""):
        yield f"{place} does not follow the line before it"
    kept = session.execute(select(models.Anchor.digest).where(models.Anchor.number == line["n"])).scalar()
    if kept is not None and kept != digest(line):
        yield f"{place} is not the line that was written then"


def _case_faults(session: Session, line: Line) -> Iterator[str]:
    event, anchored_ = models.HistoryEvent, line["cases"]
    for some in _batches(list(anchored_)):
        places = [(int(key), anchored_[key][1]) for key in some]
        place = tuple_(event.instance_key, event.sequence)
        wanted = select(event.instance_key, event.sequence, event.digest).where(place.in_(places))
        digests = {(row.instance_key, row.sequence): row.digest for row in session.execute(wanted)}
        stones = removed(session, [int(key) for key in some])
        for key, (number, length, head) in ((int(key), anchored_[key]) for key in some):
            there = digests.get((key, length))
            if key in stones:
                yield from _stone_faults(stones[key], number, length, head, line)
            elif there is None:
                yield f"{number}: its history had {length} events on {line['at'][:10]}; the last of them is gone"
            elif there != head:
                yield f"{number}: event {length} or one before it is not what it was on {line['at'][:10]}"


def removed(session: Session, instance_keys: Sequence[int]) -> dict[int, Any]:
    """What is left of those cases that were removed when their time was over, by the key that they had."""
    row, case = models.RemovedCase, models.ProcessInstance
    gone = row.instance_key.in_(instance_keys) & ~exists().where(case.key == row.instance_key)
    return {each.instance_key: each for each in session.execute(select(row).where(gone)).scalars()}


def _stone_faults(stone: models.RemovedCase, number: str, length: int, head: str, line: Line) -> Iterator[str]:
    """Where what is left of a removed case does not fit what was signed of it."""
    if stone.number != number or stone.history_length < length:
        yield f"{number}: its history had {length} events on {line['at'][:10]}; it was removed with {stone.history_length}"
    elif stone.history_length == length and stone.history_digest != head:
        yield f"{number}: it was removed with another history than it had on {line['at'][:10]}"


def _batches(values: list[str]) -> Iterable[list[str]]:
    return (values[first : first + CASES] for first in range(0, len(values), CASES))


class _Replay:
    """A log read anew along the anchors' lines; what was changed lies between two of them."""

    def __init__(self, session: Session, name: str) -> None:
        self.session, self.name, self.since = session, name, "the beginning"
        self.log = Log()

    def faults(self, line: Line) -> Iterator[str]:
        """What differs between the line before and this one; the reading goes on from what was signed."""
        signed = Log(*line["logs"].get(self.name, ()))
        if signed != self.log:
            read = self.log
            for row in anchoring.rows(self.session, self.name, after=read.through, before=signed.through + 1):
                read = read.after(row)
            if read != signed:
                counted = f"{read.count - self.log.count} rows instead of {signed.count - self.log.count}"
                yield f"{self.name}: what was written between {self.since} and {line['at'][:10]} was changed ({counted})"
        self.log, self.since = signed, line["at"][:10]
