"""Plays one scenario: its start and its steps, each through the verb that a person would use."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, feel
from engine.calendar import due
from engine.calendar.working import Calendar
from engine.cases import cases
from engine.definitions import definitions, task_settings
from engine.people import organisation
from engine.people.actors import SYSTEM, Actor
from engine.records import holds, records
from engine.scenarios.expectations import faults
from engine.scenarios.stage import Stage
from engine.scenarios.values import plain, submission
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import handing, signers
from engine.verbs.approvals.back import returns
from engine.verbs.running import messages, process_instances, service_jobs
from engine.verbs.signed_opinions import SentBeside

SIGNATURE = [[[40, 120], [220, 60], [420, 140]]]
NOT_REFUSED = "should have been refused as %(kind)s, but went through"
LIVES = timedelta(days=30)
END = -1  # where a scenario is over
KINDS = ("task", "until", "advance", "message", "cancel", "job", "hold", "lift", "start", "signal")


class Failure(Exception):
    """A scenario that did not go as written: `step` is where (0 the start, `END` the end), `faults` what was different."""

    def __init__(self, where: str, *faults: errors.Refusal, step: int = 0) -> None:
        told = "; ".join(map(str, faults))
        super().__init__(f"{where}: {told}" if where else told)
        self.faults, self.step = faults, step


def play(stage: Stage, process_id: str, scenario: Mapping[str, Any]) -> int | None:
    """Plays a scenario on a fresh stage; gives the key of the instance it started.

    Raises Failure naming the step.
    """
    stage.reset(scenario["now"].astimezone(UTC), {process_id, *scenario.get("scheduled", [])})
    if "settings" in scenario:
        _guarded("settings", lambda: stage.change_settings(scenario["settings"]))
    furnish(stage, scenario)
    player = Player(stage, process_id)
    if "start" in scenario:
        player.step("start", {"start": scenario["start"], **_beside(scenario["start"])})
    for number, step in enumerate(scenario.get("step", []), start=1):
        player.number = number
        player.step(f"step {number}", step)
    player.number = END
    player.expect("at the end", scenario.get("expect", {}))
    return player.instance_key


def furnish(stage: Stage, scenario: Mapping[str, Any]) -> None:
    """Enters the records that a scenario works with. Raises Failure."""
    for record in scenario.get("record", []):
        _guarded("record", functools.partial(_record, stage, record))


class Player:
    """Goes through the steps; `instance_key` is the first case that was started, `number` that of the step."""

    def __init__(self, stage: Stage, process_id: str) -> None:
        self.stage, self.process_id = stage, process_id
        self.instance_key: int | None = None
        self.number = 0

    def step(self, where: str, step: Mapping[str, Any]) -> None:
        """Does what a step says and holds what came of it against what the step expects. Raises Failure."""
        self.expect(self.act(where, step), step.get("expect", {}))

    def act(self, where: str, step: Mapping[str, Any]) -> str:
        """Does what a step says; gives where that was, in words. Raises Failure."""
        kind = next((name for name in KINDS if name in step), None)
        if kind is None:
            raise Failure(where, errors.Refusal("says nothing to do"), step=self.number)
        where = f"{where} ({kind} {step[kind] if isinstance(step[kind], str) else ''})".replace(" )", ")")
        acts: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "task": self._task,
            "until": self._until,
            "advance": self._advance,
            "message": self._message,
            "job": self._job,
            "cancel": self._cancel,
            "hold": self._hold,
            "lift": self._lift,
            "start": self._start,
            "signal": self._signal,
        }
        _guarded(where, lambda: acts[kind](step), step.get("refused"), step=self.number)
        _guarded(where, self.stage.work, step=self.number)
        return where

    def expect(self, where: str, expected: Mapping[str, Any]) -> None:
        """Of the case that somebody started; where a timer did, of its first."""
        self.instance_key = self.instance_key or self._first()
        differences = list(faults(self.stage, self.instance_key, expected))
        if differences:
            raise Failure(where, *differences, step=self.number)

    def _first(self) -> int | None:
        return next((row.key for row in self.stage.rows(models.ProcessInstance, process_id=self.process_id)), None)

    def _start(self, step: Mapping[str, Any]) -> None:
        given, stage = step["start"], self.stage
        if "message" in given:
            self._message(given)
            self.instance_key = self._first()
            return
        process_id = given.get("process", self.process_id)
        with stage.database.transaction(stage.company) as session:
            by = stage.actor(session, given["by"])
            form = definitions.latest(session, stage.company, process_id).start_form
            sent = submission(session, stage, by, form, given.get("form", {}))
            started = process_instances.start(session, by, process_id, sent, now=stage.now)
        self.instance_key = self.instance_key or started.key

    def _task(self, step: Mapping[str, Any]) -> None:
        stage = self.stage
        with stage.database.transaction(stage.company) as session:
            by = stage.actor(session, step["by"])
            task = self._find_task(session, step)
            form = definitions.by_key(session, task.definition_key).form_of(task.element_id)
            act = next((name for name in BESIDE if name in step), None)
            if act is not None:
                BESIDE[act](session, by, task.key, step[act], now=stage.now)
                return
            sent = submission(session, stage, by, form, step.get("form", {}))
            signed, outcome = _signature(session, task), step.get("outcome")
            opinion = step.get("opinion", "")
            user_tasks.complete(session, by, task.key, sent, outcome=outcome, opinion=opinion, beside=signed, now=stage.now)

    def _find_task(self, session: Session, step: Mapping[str, Any]) -> models.UserTask:
        """The open task at the element; of several, first one that is personally the acting person's."""
        task = models.UserTask
        wanted = {"element_id": step["task"]} | ({"process_id": step["in"]} if "in" in step else {})
        mine = select(task).filter_by(**wanted).where(task.key > self.stage.since)
        tasks = list(session.execute(mine.order_by(task.key)).scalars())
        still = [each for each in tasks if each.state == "open"]
        if not tasks and step.get("refused"):
            raise errors.NotFound("There is no such task, or you may not view it.")
        if not still and not step.get("refused"):
            raise Failure("", errors.Refusal("no task %(element)s is open", element=step["task"]))
        return min(still, key=lambda each: each.assignee != step["by"]) if still else tasks[-1]

    def _until(self, step: Mapping[str, Any]) -> None:
        self.stage.move_to(step["until"].astimezone(UTC))

    def _advance(self, step: Mapping[str, Any]) -> None:
        with self.stage.database.reading(self.stage.company) as session:
            company = organisation.current(session, self.stage.company)
            process = definitions.latest(session, self.stage.company, self.process_id)
            calendar = Calendar.of(session, company, process.calendar_of(""))
        self.stage.move_to(due.compute(step["advance"], self.stage.now, calendar))

    def _message(self, step: Mapping[str, Any]) -> None:
        stage = self.stage
        with stage.database.transaction(stage.company) as session:
            key, variables = self._correlation(session, step), plain(step.get("variables", {}), stage)
            messages.publish(session, SYSTEM(stage.company), step["message"], key, variables, now=stage.now, time_to_live=LIVES)

    def _correlation(self, session: Session, step: Mapping[str, Any]) -> str:
        """A correlation key as written, or an expression over the variables of the case."""
        text = str(plain(step.get("correlation", ""), self.stage))
        if not feel.is_expression(text):
            return text
        instance = session.get_one(models.ProcessInstance, self.instance_key or 0)
        known = cases.variables(session, instance, now=self.stage.now)
        context = {name: feel.from_json(value) for name, value in known.items()}
        return str(feel.to_json(feel.evaluate(feel.body(text), context, now=self.stage.now)))

    def _signal(self, step: Mapping[str, Any]) -> None:
        stage = self.stage
        with stage.database.transaction(stage.company) as session:
            variables = plain(step.get("variables", {}), stage)
            messages.broadcast(session, SYSTEM(stage.company), step["signal"], variables, now=stage.now)

    def _cancel(self, step: Mapping[str, Any]) -> None:
        given, stage = step["cancel"], self.stage
        with stage.database.transaction(stage.company) as session:
            by = stage.actor(session, given["by"])
            process_instances.cancel(session, by, self.instance_key or 0, given.get("reason", ""), now=stage.now)

    def _job(self, step: Mapping[str, Any]) -> None:
        stage, by = self.stage, SYSTEM(self.stage.company)
        with stage.database.transaction(stage.company) as session:
            service_job = service_jobs.activate(
                session, by, step["job"], 1, timeout=timedelta(minutes=5), worker="scenario", now=stage.now
            )
            if not service_job:
                raise Failure("", errors.Refusal("no job of type %(name)s waits", name=step["job"]))
            if "error" in step:
                service_jobs.throw_error(session, by, service_job[0].key, step["error"], "", {}, now=stage.now)
            elif "fail" in step:
                service_jobs.fail(session, by, service_job[0].key, retries=0, message=step["fail"], now=stage.now)
            else:
                service_jobs.complete(session, by, service_job[0].key, plain(step.get("complete", {}), stage), now=stage.now)

    def _hold(self, step: Mapping[str, Any]) -> None:
        given, stage = step["hold"], self.stage
        with stage.database.transaction(stage.company) as session:
            key = int(plain(given["record"], stage))
            holds.place(session, SYSTEM(stage.company), key, given.get("kind", "frozen"), given["reason"], now=stage.now)

    def _lift(self, step: Mapping[str, Any]) -> None:
        stage = self.stage
        with stage.database.transaction(stage.company) as session:
            for hold in holds.of_record(session, int(plain(step["lift"]["record"], stage))):
                holds.lift(session, SYSTEM(stage.company), hold.key, now=stage.now)


def _return(session: Session, by: Actor, key: int, given: Mapping[str, Any], *, now: datetime) -> None:
    returns.return_task(session, by, key, given["to"], given.get("reason", ""), now=now)


def _hand_over(session: Session, by: Actor, key: int, given: Mapping[str, Any], *, now: datetime) -> None:
    handing.transfer(session, by, key, given["to"], given.get("reason", ""), now=now)


def _delegate(session: Session, by: Actor, key: int, given: Mapping[str, Any], *, now: datetime) -> None:
    signers.delegate(session, by, key, given["to"], given.get("reason", ""), now=now)


def _sign(session: Session, by: Actor, key: int, given: Mapping[str, Any], *, now: datetime) -> None:
    position = given.get("position", "before")
    signers.add_signer(session, by, key, position, given["to"], given.get("reason", ""), now=now)


def _claim(session: Session, by: Actor, key: int, _given: object, *, now: datetime) -> None:
    user_tasks.claim(session, by, key, now=now)


# What somebody does with a task instead of completing it, by the name that a step says.
BESIDE: dict[str, Callable[..., None]] = {
    "return": _return,
    "hand_over": _hand_over,
    "delegate": _delegate,
    "sign": _sign,
    "claim": _claim,
}


def _signature(session: Session, task: models.UserTask) -> SentBeside:
    """What the acting person signs with where the step has to be signed."""
    settings = definitions.by_key(session, task.definition_key).tasks[task.element_id]
    return SentBeside(SIGNATURE) if settings.signature == task_settings.REQUIRED else SentBeside()


def _record(stage: Stage, given: Mapping[str, Any]) -> None:
    by = SYSTEM(stage.company)
    with stage.database.transaction(stage.company) as session:
        company = organisation.current(session, stage.company)
        line = {name: given[name] for name in ("number", "keeper", "copies", "last_business_on") if name in given}
        content, secrecy = plain(given.get("content", {}), stage), given.get("secrecy", "内部")
        row = records.enter(session, company, by, records.NewRecord(given["name"], secrecy, content, **line), now=stage.now)
        if given.get("hold"):
            holds.place(session, by, row.key, given.get("hold_kind", "frozen"), given["hold"], now=stage.now)
        stage.references[given["ref"]] = str(row.key)


def _beside(start: Mapping[str, Any]) -> dict[str, Any]:
    return {name: start[name] for name in ("refused", "expect") if name in start}


def _guarded(where: str, act: Callable[[], object], refused: str | None = None, *, step: int = 0) -> None:
    """Runs a step; `refused` is the class of the refusal that it must meet."""
    try:
        act()
    except Failure as failure:
        raise Failure(where, *failure.faults, step=step) from failure
    except errors.Refusal as refusal:
        if refused and any(cls.__name__ == refused for cls in type(refusal).__mro__):
            return
        raise Failure(where, *_worded(refusal), step=step) from refusal
    if refused:
        raise Failure(where, errors.Refusal(NOT_REFUSED, kind=refused), step=step)


def _worded(refusal: errors.Refusal) -> Iterator[errors.Refusal]:
    yield errors.Refusal("refused: %(why)s", why=refusal)
    for name, refusals in refusal.fields.items():
        yield from (errors.Refusal("%(name)s: %(why)s", name=name, why=each) for each in refusals)
