"""A trial [试运行] of a draft: the steps that one took, played anew on a fresh stage each time; nothing of it is kept.

The steps are those of a scenario (`start`, `task`, `until`), so that a trial can be written down as one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.cases import cases
from engine.cases.lines import chosen_records, filled
from engine.cases.rights import access
from engine.definitions import definitions
from engine.people import organisation
from engine.people.actors import SYSTEM
from engine.queries.cases import instance_page, timeline
from engine.queries.cases.where import places, standing, waits
from engine.queries.inbox import start_page, task_page
from engine.scenarios.outlook import Outlook, outlook
from engine.scenarios.play import Failure, Player
from engine.scenarios.trials.draft_stage import DraftStage, Furniture
from engine.storage import models
from engine.storage.models import Incident, ProcessInstance
from engine.verbs.approvals.back import returns

MAX_STEPS = 40
MAX_BYTES = 100_000
MOST_STARTERS = 200
NOT_OPEN = "This step is not open any more."
Step = Mapping[str, Any]


@dataclass(frozen=True)
class Turn:
    """An open step: who could act on it (username and name), and where it stands."""

    place: places.CurrentPlace
    people: list[tuple[str, str]]


@dataclass(frozen=True)
class Situation:
    """Where a trial stands. `instance` is None before a case was started; `next_due` None where the clock changes nothing."""

    now: datetime
    next_due: datetime | None
    instance: ProcessInstance | None = None
    turns: list[Turn] = field(default_factory=list)
    marks: Mapping[str, list[str]] = field(default_factory=dict)
    answers: list[filled.FilledForm] = field(default_factory=list)
    values: Mapping[str, Any] = field(default_factory=dict)
    entries: list[timeline.TimelineEntry] = field(default_factory=list)
    waits: list[waits.CaseWait] = field(default_factory=list)
    incidents: list[errors.Refusal] = field(default_factory=list)
    outlook: Outlook = field(default_factory=Outlook)


class Trial:
    """A draft on its stage after the steps that were taken; to be closed.

    Where a step fits no more (the draft changed), it and all after it fall away and `broken` tells it; `steps` are those
    played. Raises DeploymentRefused with the draft's problems.
    """

    def __init__(self, given: Furniture, begun: datetime, steps: Sequence[Step]) -> None:
        self.process_id, self.begun = given.process_id, begun
        self.steps: list[Step] = []
        self.broken: errors.Refusal | None = None
        self._given = given
        self._open()
        self._replay(steps)

    def _open(self) -> None:
        self.stage = DraftStage(self._given, self.begun)
        self.player = Player(self.stage, self.process_id)

    def close(self) -> None:
        """Gives the memory back."""
        self.stage.close()

    def take(self, step: Step) -> None:
        """Takes one more step, through the verb that a person would use; after a refusal all is as before.

        Raises what the verb refuses with, Invalid for too many steps or too much in them.
        """
        require_short([*self.steps, step])
        try:
            self._play(step)
        except errors.Refusal:
            self._again()
            raise
        self.steps.append(step)

    def _again(self) -> None:
        steps, self.steps = self.steps, []
        self.close()
        self._open()
        self._replay(steps)

    def _replay(self, steps: Sequence[Step]) -> None:
        try:
            for step in steps:
                self._play(step)
                self.steps.append(step)
        except errors.Refusal as refusal:
            played, self.broken = self.steps, refusal
            self.steps = []
            self.close()
            self._open()
            self._replay(played)
        except BaseException:
            self.close()
            raise

    def _play(self, step: Step) -> None:
        try:
            self.player.step("", _aware(step))
        except Failure as failure:
            if isinstance(failure.__cause__, errors.Refusal):
                raise failure.__cause__ from failure
            raise errors.Conflict(NOT_OPEN) from failure

    def starters(self, session: Session) -> list[tuple[str, str]]:
        """Who may start the process by hand, by username and name; the first `MOST_STARTERS` of them."""
        definition = definitions.latest(session, self.stage.company, self.process_id)
        if not any(event.kind == "none" for event in definition.program.start_events):
            return []
        company = organisation.current(session, self.stage.company)
        allowed = definition.settings.may_start
        is_narrow = allowed is not None and "*" not in allowed  # whom to ask at all: each one asked is loaded
        able = [name for group in allowed or () for name in company.members_of(group)] if is_narrow else company.people
        may = (name for name in company.active(able) if access.may_start(definition, self.stage.actor(session, name)))
        return [(name, company.name_of(name)) for name in itertools.islice(may, MOST_STARTERS)]

    def start_form(self, session: Session, username: str) -> start_page.StartForm:
        """The start form as this person gets it. Raises Forbidden, Invalid."""
        return start_page.form(session, self.stage.actor(session, username), self.process_id, None, now=self.stage.now)

    def task_form(self, session: Session, turn: Turn, username: str) -> task_page.TaskPage | task_page.Elsewhere:
        """The task as this person gets it. Raises Invalid for somebody who is not there."""
        by = self.stage.actor(session, username)
        return task_page.task_page(session, by, turn.place.task_key, now=self.stage.now, with_past=False)

    def colleagues(self, session: Session) -> list[tuple[str, str]]:
        """To whom a step may be handed, by username and name; the first `MOST_STARTERS` of the company."""
        company = organisation.current(session, self.stage.company)
        return [(name, company.name_of(name)) for name in company.active(company.people)[:MOST_STARTERS]]

    def ways_back(self, session: Session, turn: Turn, username: str) -> list[returns.Target]:
        """Where this person may send an open step back to; none where he may not."""
        return returns.targets(session, self.stage.actor(session, username), turn.place.task_key, now=self.stage.now)

    def situation(self, session: Session) -> Situation:
        """Where it stands, for the page."""
        stage = self.stage
        company = organisation.current(session, stage.company)
        seen = outlook(session, company, stage.now)
        due = seen.due.at if seen.due else None
        instance = self._instance(session)
        if instance is None:
            return Situation(stage.now, due, outlook=seen)
        definition = definitions.by_key(session, instance.definition_key)
        state = cases.state(instance)
        run = runtime.load(definition.program, state, host=runtime.Host(stage.now)) if state else None
        known = dict(run.variables()) if run else {}
        held = places.of_roots(session, company, [instance.key]).get(instance.key, [])
        return Situation(
            stage.now,
            due,
            instance,
            [_turn(company, each) for each in held],
            instance_page.marks(session, instance, run),
            chosen_records.in_groups(session, SYSTEM(company.id), filled.grouped(definition, company, known), now=stage.now),
            known,
            timeline.timeline(session, company, instance.key),
            standing.waits_of(session, SYSTEM(company.id), company, instance, definition, run, here=held),
            _incidents(session),
            seen,
        )

    def _instance(self, session: Session) -> ProcessInstance | None:
        """The case that was started by hand, or the first that the clock began."""
        row = ProcessInstance
        mine = select(row).where(row.process_id == self.process_id, row.parent_key.is_(None)).order_by(row.key)
        return session.execute(mine.limit(1)).scalar_one_or_none()


def require_short(steps: Sequence[Step]) -> None:
    """Refuses (Invalid) a trial that became too long to be played anew at every step."""
    if len(steps) > MAX_STEPS or len(models.dumps(list(steps)).encode()) > MAX_BYTES:
        raise errors.Invalid(
            "A trial takes at most %(steps)s steps and %(size)s KB of values. Please go back or begin anew.",
            steps=MAX_STEPS,
            size=MAX_BYTES // 1000,
        )


def as_scenario(title: str, begun: datetime, steps: Sequence[Step], expected: Mapping[str, Any]) -> dict[str, Any]:
    """The trial as a scenario, which expects at its end what the trial came to."""
    aware = [_aware(step) for step in steps]
    at = next((number for number, step in enumerate(aware) if "start" in step), None)
    if at is None:  # the clock began it
        return {"title": title, "now": begun, "step": aware, "expect": dict(expected)}
    # What came before the start was the clock: the scenario begins where it stood then.
    now = next((step["until"] for step in reversed(aware[:at])), begun)
    told = {"title": title, "now": now, "start": aware[at]["start"], "step": aware[at + 1 :], "expect": dict(expected)}
    return {name: value for name, value in told.items() if value != []}


def _aware(step: Step) -> Step:
    """A step as scenarios know it: its moment a datetime."""
    return {**step, "until": datetime.fromisoformat(step["until"]).astimezone(UTC)} if "until" in step else step


def _turn(company: organisation.Organisation, place: places.CurrentPlace) -> Turn:
    named = company.active(place.usernames)
    able = named or company.active(name for group in place.groups for name in company.members_of(group))
    return Turn(place, [(name, company.name_of(name)) for name in able])


def _incidents(session: Session) -> list[errors.Refusal]:
    incidents = session.execute(select(Incident).where(Incident.state == "open").order_by(Incident.key)).scalars()
    return [errors.Refusal(each.message, **(each.values or {})) for each in incidents]
