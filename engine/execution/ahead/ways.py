"""The ways that a look ahead follows, one after the other; each goes on from where it leaves an earlier one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from engine import runtime
from engine.cases.cases import Case
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.rules import next_steps
from engine.definitions.task_settings import INITIATOR, TaskSettings
from engine.execution import assignments
from engine.execution.ahead.foreseen_work import ForeseenStep, Turn

MOST_WORK = 150  # steps on all ways together
UNNAMED = "…"  # an answer that the diagram gives no words for


@dataclass(frozen=True)
class Met:
    """A gateway whose answer is open: the turn that was supposed, its number among the flows that are possible, and where the way rested before."""

    turn: Turn
    flows: int
    number: int
    rest: Rest | None

    @property
    def place(self) -> tuple[str, int]:
        """What tells the answer apart from others."""
        return self.turn.gateway, self.number


@dataclass
class Way:
    """One way that is followed: what to suppose at each open gateway in turn, and what was met on it."""

    supposed: list[int]
    met: list[Met] = field(default_factory=list)
    later: set[str] = field(default_factory=set)
    steps: list[ForeseenStep] = field(default_factory=list)
    turns: tuple[Turn, ...] = ()  # the open questions that were answered so far in the case that is looked at
    goes_back: bool = False
    decided: frozenset[str] = frozenset()  # gateways that a running case has passed for good
    doers: dict[str, str] = field(default_factory=dict)
    approvals: dict[str, str] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)  # steps whose doer was asked for and cannot be known yet

    def suppose(
        self, program: runtime.Program, gateway: runtime.Element, impossible: Collection[str], rest: Rest | None
    ) -> str:
        """The flow that this way takes at a gateway whose answer is open, none of the `impossible` ones."""
        flows = [each for each in map(program.flows.__getitem__, gateway.outgoing) if each.id not in impossible]
        number = self.supposed[len(self.met)] if len(self.met) < len(self.supposed) else 0
        answer = next_steps.answer(gateway, flows[number]) or gateway.name or UNNAMED
        turn = Turn(gateway.id, flows[number].id, answer, (gateway.name or "", flows[number].name or ""))
        self.met.append(Met(turn, len(flows), number, rest))
        self.turns = (*self.turns, turn)
        return turn.flow

    @property
    def supposed_turns(self) -> list[Turn]:
        """All turns that it took, also in the cases that it calls."""
        return [each.turn for each in self.met]


@dataclass(frozen=True)
class Look:
    """From where a case is looked at: tokens that rest there `now`, values given at them, the called process.

    `done` are the user tasks on the way to where it rests; what was done and sent back or taken back since comes again.
    """

    now: Collection[str] = ()
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    called: str = ""
    within: tuple[str, str] | None = None
    done: Collection[str] = ()


@dataclass
class Frame:
    """A case on a way: the one that is looked at, or one that the case beneath it calls, at `token` behind the turns `before`.

    `chosen` are the flows that were supposed, by the token that came to the gateway; None where the conditions decide.
    `state` and `rounds` are those of the case while it is kept.
    """

    case: Case
    look: Look = field(default_factory=Look)
    token: str = ""
    before: tuple[Turn, ...] = ()
    chosen: dict[str, str | None] = field(default_factory=dict)
    waits: dict[str, runtime.TokenWait] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    state: dict[str, Any] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)

    def kept(self) -> Frame:
        """As it stands now, whatever becomes of the case."""
        return replace(_copied(self), state=self.case.run.dump(), rounds=dict(self.case.rounds))

    def taken_up(self, host: Callable[[Frame], runtime.Host]) -> Frame:
        """The case where it was kept, to go on from there."""
        frame, case = _copied(self), self.case
        case.run = runtime.load(case.definition.program, self.state, host=host(frame))
        case.rounds = dict(self.rounds)
        return frame


@dataclass(frozen=True)
class Rest:
    """Where a way rested: everything needed to go on from there once more."""

    way: Way
    frames: tuple[Frame, ...]


@dataclass
class Foresight:
    """One look ahead: the way that it is on, its cases, and what it asks the database for, once for all ways."""

    way: Way
    frames: list[Frame] = field(default_factory=list)
    rest: Rest | None = None  # the last on this way; None at its beginning
    definitions: dict[str, Definition] = field(default_factory=dict)
    apart: dict[tuple[int, frozenset[str]], frozenset[str]] = field(default_factory=dict)

    def remember(self) -> None:
        """Keeps where the way rests: what is met from here on may be answered differently by another way."""
        self.rest = Rest(_copied(self.way), tuple(frame.kept() for frame in self.frames))

    def go_on_from(self, rest: Rest, supposed: list[int], host: Callable[[Foresight, Frame], runtime.Host]) -> None:
        """Follows another way from there."""
        self.way, self.rest = replace(_copied(rest.way), supposed=supposed), rest
        self.frames = [frame.taken_up(lambda made: host(self, made)) for frame in rest.frames]

    def definition(self, case: Case, process_id: str) -> Definition:
        """The newest version of a called process."""
        if process_id not in self.definitions:
            self.definitions[process_id] = definitions.latest(case.session, case.instance.company_id, process_id)
        return self.definitions[process_id]

    def separated(self, case: Case, settings: TaskSettings) -> frozenset[str]:
        """Who is kept out of a step by what was done already; in a case that is not there yet, its initiator at most."""
        if not case.instance.history_length:
            initiator = case.instance.initiator
            return frozenset({initiator} if INITIATOR in settings.separate_from and initiator else ())
        place = (case.instance.root_key, frozenset(settings.separate_from))
        if place not in self.apart:
            self.apart[place] = assignments.separated(case, settings)
        return self.apart[place]


def all_ways(
    begin: Callable[[Foresight], None],
    follow: Callable[[Foresight], None],
    host: Callable[[Foresight, Frame], runtime.Host],
    empty: Collection[str],
) -> Iterator[Way]:
    """The way on which the first answer is supposed everywhere, then for each other answer one that leads there."""
    waiting: list[tuple[Rest | None, list[int]]] = [(None, [])]
    seen: set[tuple[str, int]] = set()
    sight, work = Foresight(Way([])), 0
    while waiting and work < MOST_WORK:
        rest, supposed = waiting.pop(0)
        if rest is None:
            sight.way, sight.frames, sight.rest = Way(supposed, later=set(empty)), [], None
            begin(sight)
        else:
            sight.go_on_from(rest, supposed, host)
        follow(sight)
        work += len(sight.frames[0].done)
        yield sight.way
        waiting += _turns(sight.way, seen)


def _turns(way: Way, seen: set[tuple[str, int]]) -> Iterator[tuple[Rest | None, list[int]]]:
    """The other answers to what was met on a way, as far as no way has led there or will."""
    seen |= {each.place for each in way.met}
    for index, met in enumerate(way.met):
        for other in range(met.flows):
            if (met.turn.gateway, other) not in seen:
                seen.add((met.turn.gateway, other))
                yield met.rest, [*(each.number for each in way.met[:index]), other]


_Held = TypeVar("_Held", Way, Frame)


def _copied(it: _Held) -> _Held:
    """With collections of its own."""
    made = copy.copy(it)
    vars(made).update((name, value.copy()) for name, value in vars(it).items() if isinstance(value, list | dict | set))
    return made
