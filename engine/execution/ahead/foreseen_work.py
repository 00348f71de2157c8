"""What a look ahead supposes of work that no person does: that it is done, and what it would give where that can be known."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from engine import decisions as dmn
from engine import errors, feel, runtime
from engine.cases.cases import Case
from engine.cases.look_ups import NAMES
from engine.definitions import definitions
from engine.definitions.task_settings import LAST

RESULT = "resultVariable"
RECORD = "record"  # the look-up that reads one
AND = " · "  # between the answers that lead to a step
APPROVE = "approve"
OWN_AND = frozenset({"if", "for", "between", "satisfies"})


@dataclass(frozen=True)
class Turn:
    """An open question that a way answered: which flow left the gateway, what that answer is called, and question and answer as the diagram names them."""

    gateway: str
    flow: str
    answer: str
    words: tuple[str, str]


@dataclass(frozen=True)
class ForeseenStep:
    """A step to come. `usernames` and `groups` would act; `is_open` says that this depends on what comes before it.

    `turns` were taken before it, `when` are the questions and answers that lead here.
    `passes_for_later`: it passes where the same person surely approves a later one. `way` is the answer that leads here, "" for a step that comes whatever is answered. `called` is the called process it
    stands in (by the step `within`, whose condition is its own too), `passes` why it would pass by itself, `picked_by` who picks its people as long as nobody has,
    `kept_out` who of the groups may not act on it.
    """

    element_id: str
    name: str
    kind: str
    usernames: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    reason: str = ""
    is_open: bool = False
    way: str = ""
    called: str = ""
    passes: str = ""
    picked_by: str = ""
    passes_for_later: bool = False
    within: tuple[str, str] | None = None
    kept_out: frozenset[str] = frozenset()
    turns: tuple[Turn, ...] = ()
    when: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """What tells it apart from the other steps."""
        return self.called, self.element_id


class ForeseenWay(Protocol):
    """One way that was followed: the steps on it, and whether it comes back to what was told."""

    steps: list[ForeseenStep]
    goes_back: bool

    @property
    def supposed_turns(self) -> list[Turn]:
        """The answers that were supposed on it."""


def do(
    case: Case,
    run: runtime.Run,
    later: set[str],
    element: runtime.Element,
    kind: str,
    wait: runtime.TokenWait | None,
    token: str,
) -> None:
    """Lets a token go on that waits for the system, time or the world outside; what these would give goes into `later`."""
    if kind == "timer":
        run.fire(token)
    elif kind in ("message", "signal"):
        later |= _outputs(element)
        run.deliver(token, {})
    elif kind == "job":
        later |= _outputs(element)
        run.complete(token, {})
    elif kind == "decision":
        _decide(case, run, later, element, wait, token)


def suppose_items(case: Case, run: runtime.Run, element: runtime.Element, token: str, later: set[str]) -> None:
    """A step for each of a list that comes later is supposed to be done once, for an item of which nothing is known."""
    name = feel.body(element.multi_instance.input_collection).strip() if element.multi_instance else ""
    if name.isidentifier() and name in derived(case.definition.program, later) | (later - run.variables().keys()):
        run.set_variables(None, {name: [{}]})
        run.retry(token)


def is_false(text: str, variables: Mapping[str, Any], is_open: Callable[[str], bool], now: datetime, functions: Any) -> bool:
    """Whether a condition cannot be true whatever its unknown values will be: one of what it joins by `and` is known and false."""
    body = feel.body(text) if feel.is_expression(text) else text
    for part in _joined(body):
        with contextlib.suppress(errors.Refusal):
            if not is_open(f"={part}"):
                known = {name: feel.from_json(variables[name]) for name in names([f"={part}"]) if name in variables}
                if feel.evaluate(part.strip(), known, functions=functions, now=now) is False:
                    return True
    return False


def _joined(body: str) -> list[str]:
    """The parts of a condition that `and` joins at its top; the whole where there is an `or` beside them.

    What begins with words that have an `and` of their own is one part, to the end.
    """
    depth, quoted, is_rest, parts, here = 0, False, False, list[str](), ""
    for word in re.split(r"(\s+|[()\[\]{}\"])", body):
        quoted ^= word == '"'
        depth += 0 if quoted else (word in "([{" and word != "") - (word in ")]}" and word != "")
        is_joining = depth == 0 and not quoted
        if word == "or" and is_joining:
            return [body]
        is_rest |= word in OWN_AND and is_joining
        if word == "and" and is_joining and not is_rest:
            parts.append(here)
            here = ""
        else:
            here += word
    return [*parts, here]


def _decide(
    case: Case, run: runtime.Run, later: set[str], element: runtime.Element, wait: runtime.TokenWait | None, token: str
) -> None:
    """A decision over what is known already is made; one that needs more gives what is known later."""
    result = element.result_variable or "result"
    value: Any = None
    if wait is not None and isinstance(wait.awaits, runtime.AwaitedDecision):
        result, value = wait.awaits.result_variable, _value(case, wait.awaits, later)
    (later.add if value is None else later.discard)(result)
    run.complete(token, {} if value is None else {result: value})


class _Watched(dict[str, Any]):
    """Variables that note whether one was asked for that is not known yet."""

    def __init__(self, known: Mapping[str, Any], unknown: Collection[str]) -> None:
        super().__init__(known)
        self.unknown, self.is_missed = unknown, False

    def __contains__(self, name: object) -> bool:
        self.is_missed |= name in self.unknown
        return super().__contains__(name)


def _value(case: Case, awaited: runtime.AwaitedDecision, later: set[str]) -> Any:
    unknown = derived(case.definition.program, later)
    known = _Watched({name: feel.from_json(value) for name, value in awaited.inputs.items() if name not in unknown}, unknown)
    try:
        decision = definitions.decision(case.session, case.definition, awaited.decision_id)
        clock = case.around.local_now
        made = dmn.evaluate(decision.model, decision.decision_id, known, functions=case.functions, now=clock)
    except errors.Refusal:
        return None
    return None if known.is_missed else feel.to_json(made.value)


def names(texts: Iterable[str | None]) -> set[str]:
    """The variables that expressions ask for."""
    return {name for text in texts for name in _asked(text)} - set(NAMES)


def _asked(text: str | None) -> set[str]:
    """The names in an expression, those of look-ups too."""
    if text and feel.is_expression(text):
        with contextlib.suppress(errors.Refusal):
            return set(feel.compile(feel.body(text)).names)
    return set()


def derived(program: runtime.Program, later: Collection[str]) -> frozenset[str]:
    """These variables, and all that scripts and mappings of the process make of them."""
    return _derived(program, frozenset(later))


@functools.lru_cache(maxsize=4096)  # each step and gateway of a look ahead asks, mostly for the same
def _derived(program: runtime.Program, later: frozenset[str]) -> frozenset[str]:
    derived_names, before = set(later), -1
    while later and len(derived_names) != before:
        before = len(derived_names)
        derived_names |= {name for asked, name in _made(program) if not asked.isdisjoint(derived_names)}
    return frozenset(derived_names)


@functools.lru_cache(maxsize=256)
def _made(program: runtime.Program) -> tuple[tuple[frozenset[str], str], ...]:
    """What each script and mapping of a process asks for, and the variable that it gives."""
    return tuple((frozenset(names([text])), name) for text, name in _sources(program))


def _sources(program: runtime.Program) -> list[tuple[str, str]]:
    """Each expression of a process that gives a variable, and its name."""
    elements = program.elements.values()
    scripts = [(each.script, each.result_variable) for each in elements if each.script and each.result_variable]
    mapped = [(each.source, each.target.split(".")[0]) for element in elements for each in (*element.inputs, *element.outputs)]
    several = [each.multi_instance for each in elements if each.multi_instance and each.multi_instance.input_element]
    items = [(each.input_collection, each.input_element) for each in several]
    return [*scripts, *mapped, *items]


@functools.lru_cache(maxsize=256)
def read_of_records(program: runtime.Program) -> frozenset[str]:
    """The variables that scripts and mappings of a process make of what customer records hold."""
    return frozenset(name for text, name in _sources(program) if RECORD in _asked(text))


def _outputs(element: runtime.Element) -> set[str]:
    """The variables that the work of an element gives."""
    named = {element.result_variable, element.headers.get(RESULT)}
    return {name for name in named if name} | {each.target.split(".")[0] for each in element.outputs}


class _Leading:
    """Which answers to each open question lead on, and which of them lead to a step."""

    def __init__(self) -> None:
        self.onward: set[tuple[str, str]] = set()
        self.everywhere: set[tuple[str, str]] = set()
        self.to: dict[tuple[str, str], set[tuple[str, str]]] = {}

    def follow(self, way: ForeseenWay) -> None:
        """Takes in what was met on a way."""
        turns = {(each.gateway, each.flow) for each in way.supposed_turns}
        self.everywhere |= turns
        self.onward |= set() if way.goes_back else turns
        for step in way.steps:
            self.to.setdefault(step.place, set()).update((each.gateway, each.flow) for each in step.turns)

    def deciding(self, step: ForeseenStep) -> Turn | None:
        """The last turn before a step that decides whether it comes: one that other answers would not lead to as well."""
        known = self.everywhere if step.within else self.onward
        own = [each for each in reversed(step.turns) if self._others(known, each) - self.to[step.place]]
        return next(iter(own or reversed(step.turns)), None)

    @staticmethod
    def _others(known: set[tuple[str, str]], turn: Turn) -> set[tuple[str, str]]:
        return {each for each in known if each[0] == turn.gateway}


def merged(ways: Iterable[ForeseenWay]) -> list[ForeseenStep]:
    """One list out of all ways, in their order; a step that is on every way comes whatever is answered."""
    leading = _Leading()
    steps: list[ForeseenStep] = []
    counted: dict[tuple[str, str], int] = {}
    met: dict[tuple[str, str], int] = {}  # also on ways that go back: of a called process each is gone to its end
    total = 0
    for way in ways:
        at = -1
        leading.follow(way)
        for place in {each.place for each in way.steps}:
            met[place] = met.get(place, 0) + 1
        if not way.goes_back:
            total += 1
            for place in {each.place for each in way.steps}:
                counted[place] = counted.get(place, 0) + 1
        for step in way.steps:
            known = next((number for number, each in enumerate(steps) if each.place == step.place), None)
            if known is None:
                at += 1
                steps.insert(at, step)
            else:
                at = known
                steps[known] = _together(steps[known], step)
    sure = {each.place for each in steps if each.within is None and total and counted.get(each.place) == total}
    sure |= {each.place for each in steps if each.within is not None and met[each.place] == met.get(each.within)}
    turns = {each.place: leading.deciding(each) for each in steps}
    told = [_conditional(each, {one.place: one for one in steps}, turns, sure) for each in steps]
    return [_passing_for_later(each, told[number + 1 :]) for number, each in enumerate(told)]


def _conditional(
    step: ForeseenStep,
    known: Mapping[tuple[str, str], ForeseenStep],
    turns: Mapping[tuple[str, str], Turn | None],
    sure: Collection[tuple[str, str]],
) -> ForeseenStep:
    """The step with what leads to it: the answers before the calls that it stands within, and its own."""
    leading: list[Turn] = []
    inner: ForeseenStep | None = step
    while inner is not None:
        turn = turns[inner.place] if inner.place not in sure else None
        leading[:0] = [turn] if turn else []
        inner = known.get(inner.within) if inner.within else None
    return replace(step, way=AND.join(each.answer for each in leading), when=tuple(each.words for each in leading))


def _passing_for_later(step: ForeseenStep, after: list[ForeseenStep]) -> ForeseenStep:
    alone = step.usernames if len(step.usernames) == 1 and not step.groups else ()
    return replace(step, passes=LAST) if step.passes_for_later and alone and alone[0] in sure_approvers(after) else step


def sure_approvers(steps: Iterable[ForeseenStep]) -> set[str]:
    """Who gives an approval alone, whatever is answered."""
    sure = (each for each in steps if each.kind == APPROVE and not (each.way or each.groups or each.is_open or each.passes))
    return {each.usernames[0] for each in sure if len(each.usernames) == 1}


def _together(one: ForeseenStep, other: ForeseenStep) -> ForeseenStep:
    """The same step on two ways, or of several instances."""
    people = tuple(dict.fromkeys((*one.usernames, *other.usernames)))
    groups = tuple(dict.fromkeys((*one.groups, *other.groups)))
    return replace(one, usernames=people, groups=groups, is_open=one.is_open and other.is_open)
