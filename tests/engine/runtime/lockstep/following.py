"""Follows the scenarios' player: whatever it does to a run is done to SpiffWorkflow's case too, then both are compared."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs import control

from engine import runtime
from engine.cases import cases
from engine.cases.cases import Surroundings
from engine.runtime.run import Run, _values
from engine.scenarios.play import Player, play
from engine.scenarios.stage import Stage
from engine.storage import models
from tests.engine.runtime.lockstep import overrides, specs
from tests.engine.runtime.lockstep.case import Case, Place
from tests.engine.runtime.lockstep.specs import Company

UNLIKE = ("instance_number", "started_at")  # a called process has its own here, and those of its case there


@dataclass
class Follower:
    """SpiffWorkflow's side of one scenario."""

    company: Company
    cases: dict[int, Case] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    arounds: dict[int, Surroundings] = field(default_factory=dict)
    compared: int = 0

    def key_of(self, run: Run) -> int | None:
        """The instance that a run belongs to, if it is followed."""
        return next((key for key, known in self.runs.items() if known is run and key in self.cases), None)

    def began(self, case: Any, values: dict[str, Any], parent: Any, token: str | None, start: str | None) -> None:
        """An instance has begun."""
        instance = case.instance
        self.runs[instance.key], self.arounds[instance.key] = case.run, case.around
        host = case.run._tree.host
        if parent is None:
            self.cases[instance.key] = Case(self.company, instance.process_id, _values(values), start, host, instance.key)
            return
        followed = self.cases[instance.key] = self.cases[instance.root_key]
        followed.called(parent.instance.key, place_of(parent.run, token), instance.key, values)
        followed.engine.hosts[id(followed.of[instance.key])] = host

    def did(self, run: Run, verb: str, before: tuple[Place, str | None] | None, arguments: Any, named: dict[str, Any]) -> None:
        """The runtime has done something to an instance."""
        key = self.key_of(run)
        if key is None:
            return
        case = self.cases[key]
        around = self.arounds[key]
        for other, workflow in case.of.items():  # what follows in the cases around happens at once on the other side
            case.engine.hosts[id(workflow)] = run._tree.host if other == key else _host(around, other)
        if verb == "cancel":
            case.cancel(key)
        elif verb == "set_variables":
            case.set_variables(key, dict(arguments[1]))
        elif before is not None and before[1] != "call":  # a called process returns by itself
            self._at(case, key, verb, before[0], arguments, named)

    def _at(self, case: Case, key: int, verb: str, place: Place, arguments: Any, named: dict[str, Any]) -> None:
        if verb == "complete":
            outcome = named.get("outcome")
            decided = {} if outcome is None else {named.get("result", "outcome"): outcome}
            case.complete(key, place, _values(arguments[1]), decided)
        elif verb == "fire":
            case.fire(key, place)
        elif verb == "deliver":
            case.deliver(key, place, _values(arguments[1]))
        elif verb == "throw_error":
            case.throw_error(key, place, arguments[1])

    def compare(self, stage: Stage, where: str) -> None:
        """The same user tasks are open."""
        known = {instance.key: instance.process_id for instance in stage.rows(models.ProcessInstance)}
        tasks = [task for task in stage.rows(models.UserTask, state="open") if task.instance_key in self.cases]
        ours = Counter((known[task.instance_key], task.element_id) for task in tasks)
        theirs = Counter(task for case in {id(case): case for case in self.cases.values()}.values() for task in case.open)
        assert ours == theirs, where
        self.compared += 1

    def compare_ends(self, stage: Stage) -> None:
        """The same end events were reached, the same variables are left, the same instances are over."""
        for instance in stage.rows(models.ProcessInstance):
            if instance.key not in self.cases:
                continue
            run, case = self.runs[instance.key], self.cases[instance.key]
            workflow = case.of[instance.key]
            assert _left(run.variables()) == _left(workflow.data.get("vars", {})), instance.process_id
            assert (instance.state != "active") == bool(workflow.is_completed()), instance.process_id
            if run.end or not instance.end_event:
                assert sorted(run.end) == case.ends(instance.key), instance.process_id


def _host(around: Surroundings, key: int) -> runtime.Host:
    """What another case of the tree looks things up by, in the transaction that goes on."""
    instance = around.session.get_one(models.ProcessInstance, key)
    return around.host(around.functions(instance), instance)


def _left(values: dict[str, Any]) -> Any:
    told = {name: value for name, value in values.items() if name not in UNLIKE}
    return json.loads(json.dumps(told, default=float, sort_keys=True))


def place_of(run: Run, token: str | None) -> Place:
    """Where a token stands, and in which instances of the multi-instance activities around."""
    found = run._tree.tasks[token]
    numbers = tuple(int(one.data["loopCounter"]) for one in found.chain() if "loopCounter" in one.data)
    return found.task_spec.element.id, numbers


@contextmanager
def following(monkeypatch: pytest.MonkeyPatch, company: Company) -> Iterator[Follower]:
    """While this lasts, what the player does is followed."""
    follower = Follower(company)
    with monkeypatch.context() as patch:
        patch.setattr(control._EndJoin, "_check_threshold_unstructured", overrides.end_join_is_due)
        for name, spec in specs.REPEATED.items():
            patch.setattr(TaskParser, name, spec)
        _follow_begins(patch, follower)
        for verb in ("complete", "fire", "deliver", "throw_error", "set_variables", "cancel"):
            patch.setattr(Run, verb, _followed(getattr(Run, verb), verb, follower))
        _follow_steps(patch, follower)
        yield follower


def _follow_begins(patch: pytest.MonkeyPatch, follower: Follower) -> None:
    create, take_up, begin = cases.create, cases.take_up, runtime.begin
    begun: list[dict[str, Any]] = []

    def noted(program: Any, variables: Any, **more: Any) -> Run:
        begun.append(dict(variables))
        return begin(program, variables, **more)

    def created(around: Any, definition: Any, variables: Any, **more: Any) -> Any:
        case = create(around, definition, variables, **more)
        follower.began(case, begun[-1], more.get("parent"), more.get("token"), more.get("start_element"))
        return case

    def taken_up(around: Any, instance: Any) -> Any:
        case = take_up(around, instance)
        follower.runs[instance.key], follower.arounds[instance.key] = case.run, case.around
        return case

    patch.setattr(runtime, "begin", noted)
    patch.setattr(cases, "create", created)
    patch.setattr(cases, "take_up", taken_up)


def _followed(original: Callable[..., Any], verb: str, follower: Follower) -> Callable[..., Any]:
    @functools.wraps(original)
    def called(run: Run, *arguments: Any, **named: Any) -> Any:
        token = arguments[0] if arguments else None
        before = (place_of(run, token), run._tree.tasks[token].wait) if token in run._tree.tasks else None
        result = original(run, *arguments, **named)
        follower.did(run, verb, before, arguments, named)
        return result

    return called


def _follow_steps(patch: pytest.MonkeyPatch, follower: Follower) -> None:
    step = Player.step

    def compared(player: Any, where: str, told: Any) -> None:
        step(player, where, told)
        follower.compare(player.stage, where)

    patch.setattr(Player, "step", compared)


def walk(stage: Stage, path: Path, process_id: str, scenario: dict[str, Any], follower: Follower) -> None:
    """Plays one scenario on both and compares what is left at the end."""
    play(stage, process_id, scenario)
    follower.compare_ends(stage)
