"""Walk a run the way the verbs do: every call works on a state that went through JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine import runtime

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOST = runtime.Host(now=NOW)
DIAGRAMS = Path(__file__).parent / "diagrams"


def xml(name: str) -> bytes:
    return (DIAGRAMS / f"{name}.bpmn").read_bytes()


def program(name: str) -> runtime.Program:
    return runtime.parse(xml(name))[0]


def stored(state: dict[str, Any]) -> dict[str, Any]:
    """The state as a JSON column gives it back."""
    return json.loads(json.dumps(state, default=float), parse_float=Decimal)


class Walk:
    """One instance; `open` holds its waits by token, as the verbs' tables would."""

    def __init__(
        self,
        source: str | runtime.Program,
        variables: dict[str, Any] | None = None,
        *,
        start: str | None = None,
        prune: bool = True,
    ) -> None:
        self.program = program(source) if isinstance(source, str) else source
        self.prune = prune
        self.open: dict[str, runtime.TokenWait] = {}
        self.steps: list[runtime.TokenStep] = []
        self.thrown: list[runtime.Thrown] = []
        self.closed: list[runtime.Closed] = []
        run = runtime.begin(self.program, variables or {}, host=HOST, start_element=start, prune=prune)
        self._after(run)

    def _after(self, run: runtime.Run) -> None:
        effects = run.take()
        for wait in effects.opened:
            assert wait.token not in self.open, "a token is reported once"
            self.open[wait.token] = wait
        for closed in effects.closed:
            assert self.open.pop(closed.token), "only what was open closes"
        self.steps += effects.steps
        self.thrown += effects.thrown
        self.closed += effects.closed
        self.state = stored(run.dump())
        self.run = self.loaded()

    def loaded(self) -> runtime.Run:
        return runtime.load(self.program, self.state, host=HOST, prune=self.prune)

    def waits(self, element_id: str, kind: str | None = None) -> list[runtime.TokenWait]:
        return [wait for wait in self.open.values() if wait.element_id == element_id and kind in (None, wait.kind)]

    def wait(self, element_id: str, kind: str | None = None, nth: int = 0) -> runtime.TokenWait:
        return self.waits(element_id, kind)[nth]

    @property
    def at(self) -> list[str]:
        """Elements where something is waited for, with repetition, sorted."""
        return sorted(wait.element_id for wait in self.open.values())

    @property
    def path(self) -> list[str]:
        return [step.element_id for step in self.steps if step.what == "entered"]

    @property
    def variables(self) -> dict[str, Any]:
        return self.run.variables()

    def complete(
        self, element_id: str, variables: dict[str, Any] | None = None, *, nth: int = 0, outcome: str | None = None
    ) -> None:
        run = self.loaded()
        run.complete(self.wait(element_id, nth=nth).token, variables or {}, outcome=outcome)
        self._after(run)

    def fire(self, element_id: str) -> None:
        run = self.loaded()
        run.fire(self.wait(element_id, "timer").token)
        self._after(run)

    def deliver(self, element_id: str, variables: dict[str, Any] | None = None) -> None:
        run = self.loaded()
        run.deliver(self.wait(element_id).token, variables or {})
        self._after(run)

    def error(self, element_id: str, code: str, variables: dict[str, Any] | None = None) -> bool:
        run = self.loaded()
        caught = run.throw_error(self.wait(element_id).token, code, "", variables or {})
        self._after(run)
        return caught

    def escalate(self, element_id: str, code: str) -> bool:
        run = self.loaded()
        caught = run.escalate(self.wait(element_id).token, code, {})
        self._after(run)
        return caught

    def retry(self, element_id: str) -> None:
        run = self.loaded()
        run.retry(self.wait(element_id, "incident").token)
        self._after(run)

    def set(self, variables: dict[str, Any], scope: str | None = None) -> None:
        run = self.loaded()
        run.set_variables(scope, variables)
        self._after(run)

    def move(self, target: str, *element_ids: str) -> None:
        run = self.loaded()
        run.move([wait.token for element_id in element_ids for wait in self.waits(element_id)], target)
        self._after(run)

    def cancel(self) -> None:
        run = self.loaded()
        run.cancel()
        self._after(run)


def inline(inner: str, beside: str = "") -> runtime.Program:
    """The program of a process drawn in a test; `beside` holds messages and the like."""
    source = (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        f'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">{beside}'
        f'<bpmn:process id="p" isExecutable="true">{inner}</bpmn:process></bpmn:definitions>'
    ).encode()
    errors = [problem for problem in runtime.check(source) if problem.severity == "error"]
    assert errors == [], errors
    return runtime.parse(source)[0]


def around(element: str, beside: str = "") -> runtime.Program:
    """A process of one element with the id `x` between start and end."""
    return inline(
        '<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="to_x" sourceRef="s" targetRef="x"/>'
        f'{element}<bpmn:sequenceFlow id="to_e" sourceRef="x" targetRef="e"/><bpmn:endEvent id="e"/>',
        beside,
    )


def extended(*inner: str) -> str:
    """`bpmn:extensionElements` around Camunda's elements."""
    return f"<bpmn:extensionElements>{''.join(inner)}</bpmn:extensionElements>"
