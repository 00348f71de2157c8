"""The path ahead: which steps are still to come in a case and who would act, found by the engine itself, in memory.

Nothing is stored, counted or told. Where a gateway asks for what is filled in later, each way is looked at; steps on every
way are sure, the others bear the answer that leads to them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import errors, runtime
from engine.cases import cases
from engine.cases.cases import Case, Surroundings
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.definitions.rules import next_steps
from engine.definitions.task_settings import INITIATOR, LAST, NONE, Outcome, TaskSettings
from engine.execution import assignments, passing, voters
from engine.execution.ahead import foreseen_work
from engine.execution.ahead.foreseen_work import ForeseenStep, merged, sure_approvers
from engine.storage.models import ProcessInstance

MOST_STEPS = 60
MOST_WORK = 150  # steps on all ways together
MOST_CALLS = 4
UNNAMED = "…"  # an answer that the diagram gives no words for
APPROVE, SUBMIT = "approve", "submit"


_Begun = tuple[Case, runtime.Run]
_Given = Mapping[str, Mapping[str, Any]]


@dataclass
class Sight:
    """What one look ahead asks the database for, once for all ways."""

    definitions: dict[str, Definition] = field(default_factory=dict)
    apart: dict[tuple[int, frozenset[str]], frozenset[str]] = field(default_factory=dict)

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


@dataclass
class _Way:
    """One way that is followed: what to suppose at each open gateway in turn, and what was met on it."""

    supposed: list[int]
    sight: Sight
    met: list[tuple[runtime.Element, list[runtime.Flow], int]] = field(default_factory=list)
    later: set[str] = field(default_factory=set)
    steps: list[ForeseenStep] = field(default_factory=list)
    answer: str = ""
    turn: tuple[str, str] = ("", "")  # the question that was answered so, and the answer, as the diagram names them
    goes_back: bool = False
    decided: frozenset[str] = frozenset()  # gateways that a running case has passed for good
    doers: dict[str, str] = field(default_factory=dict)
    approvals: dict[str, str] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)  # steps whose doer was asked for and cannot be known yet

    def suppose(self, program: runtime.Program, gateway: runtime.Element, impossible: Collection[str] = ()) -> str:
        """The flow that this way takes at a gateway whose answer is open, none of the `impossible` ones."""
        flows = [each for each in map(program.flows.__getitem__, gateway.outgoing) if each.id not in impossible]
        number = self.supposed[len(self.met)] if len(self.met) < len(self.supposed) else 0
        self.met.append((gateway, flows, number))
        self.answer = next_steps.answer(gateway, flows[number]) or gateway.name or UNNAMED
        self.turn = (gateway.name or "", flows[number].name or "")
        return flows[number].id


def of_start(
    around: Surroundings, definition: Definition, values: Mapping[str, Any], *, empty: Collection[str] = ()
) -> list[ForeseenStep]:
    """The steps of a case that would be started with these values; `empty` are fields that nothing was put into yet."""

    def begun(way: _Way) -> _Begun:
        return _begin(around, definition, values, way, None)

    return merged(_ways(begun, set(empty), is_resting=False))


def of_case(
    around: Surroundings, instance: ProcessInstance, definition: Definition, *, given: Mapping[str, Mapping[str, Any]] = {}
) -> list[ForeseenStep]:
    """The steps that come after those where a running case stands now; `given` are values by token, filled in there just now."""

    def taken_up(way: _Way) -> _Begun:
        case = _case(around, instance, definition, way)
        case.run = runtime.load(definition.program, cases.state(instance), host=_host(around, case, way))
        case.rounds = dict((instance.tokens or {}).get(cases.ROUNDS, {}))
        return case, case.run

    return merged(_ways(taken_up, set(), given))


def later_approvers(case: Case, token: str) -> set[str]:
    """Who would surely give an approval after that of a resting token, each alone."""
    instance, dump = case.instance, case.run.dump()

    def going_on(way: _Way) -> _Begun:
        ahead = _case(case.around, instance, case.definition, way)
        ahead.run = runtime.load(case.definition.program, dump, host=_host(case.around, ahead, way))
        return ahead, ahead.run

    return sure_approvers(merged(_ways(going_on, set())))


def _ways(
    begun: Callable[[_Way], _Begun], empty: set[str], given: _Given | None = None, *, is_resting: bool = True
) -> Iterator[_Way]:
    """The way on which the first answer is supposed everywhere, then for each other answer one that leads there."""
    waiting: list[list[int]] = [[]]
    seen: set[tuple[str, int]] = set()
    sight, done = Sight(), 0
    while waiting and done < MOST_WORK:
        way = _Way(waiting.pop(0), sight, later=set(empty))
        case, run = begun(way)
        now = {token for token, *_ in run.places()} if is_resting else set()
        if is_resting:
            way.decided = _decided(case, run)
        done += _follow(case, run, way, _Look(now, given or {}, done=_passed(run) if now else ()))
        yield way
        seen |= {(gateway.id, number) for gateway, _flows, number in way.met}
        for index, (gateway, flows, _number) in enumerate(way.met):
            others = [each for each in range(len(flows)) if (gateway.id, each) not in seen]
            seen |= {(gateway.id, each) for each in others}
            waiting += [[number for _gateway, _flows, number in way.met[:index]] + [each] for each in others]


def _begin(around: Surroundings, definition: Definition, values: Mapping[str, Any], way: _Way, parent: Case | None) -> _Begun:
    above = parent.instance if parent else None
    instance = cases.unnumbered(around, definition, above)
    case = _case(around, instance, definition, way)
    known = {**values, "initiator": instance.initiator, "instance_number": "", "started_at": around.local_now.isoformat()}
    case.run = runtime.begin(definition.program, known, host=_host(around, case, way))
    return case, case.run


def _case(around: Surroundings, instance: ProcessInstance, definition: Definition, way: _Way) -> Case:
    own = replace(around, met=[], cause=None, sent=None)
    own.__dict__.update({name: around.__dict__[name] for name in ("organisation",) if name in around.__dict__})
    look_ups = own.functions(instance)
    asked = look_ups["handler of"]

    def handler_of(task_id: Any) -> Any:
        doer = way.doers.get(str(task_id)) or (asked(task_id) if instance.history_length else None)
        if doer is None:
            way.missed.add(str(task_id))
        return doer

    look_ups["handler of"] = handler_of
    return Case(own, instance, definition, None, look_ups)  # type: ignore[arg-type]  # its run is begun with it as the host


def _host(around: Surroundings, case: Case, way: _Way) -> runtime.Host:
    decided: dict[str, str | None] = {}
    program = case.definition.program

    def choose(token: str, gateway_id: str, variables: Mapping[str, Any]) -> str | None:
        if token not in decided:
            gateway = program.elements[gateway_id]
            is_again = gateway_id in way.decided and case.instance.history_length > 0
            way.goes_back = way.goes_back or is_again  # what follows from there has been decided once
            decided[token] = None if is_again else _supposed(program, gateway, variables, way, case)
        return decided[token]

    return runtime.Host(around.local_now, case.functions, way=choose)


def _supposed(
    program: runtime.Program, gateway: runtime.Element, variables: Mapping[str, Any], way: _Way, case: Case
) -> str | None:
    """The flow that is supposed where the answer is open; None where what is known decides."""
    conditions = {each: text for each in gateway.outgoing if (text := program.flows[each].condition)}
    unknown = foreseen_work.derived(program, way.later)

    def is_open(text: str) -> bool:
        return any(name in unknown or name not in variables for name in foreseen_work.names([text]))

    impossible = {
        each
        for each, text in conditions.items()
        if foreseen_work.is_false(text, variables, is_open, case.around.local_now, case.functions)
    }
    left = [each for each in conditions if each not in impossible]
    if len(gateway.outgoing) < 2 or not any(is_open(conditions[each]) for each in left):
        return None
    return way.suppose(program, gateway, impossible)


def _decided(case: Case, run: runtime.Run) -> frozenset[str]:
    """The gateways that every token of a case has come past, whichever way it came."""
    program = case.definition.program
    before = [
        set(runtime.certain_before(program, element)) for _token, element, _kind in run.places() if element in program.elements
    ]
    return frozenset(
        each for each in (set.intersection(*before) if before else ()) if program.elements[each].type.endswith("Gateway")
    )


def _passed(run: runtime.Run) -> set[str]:
    """The user tasks where the case rests, and those on the way that it has come there."""
    places = run.places()
    resting = {element for _token, element, kind in places if kind == "user_task"}
    return resting | {element for token, _element, _kind in places for element, _visit in run.passed(token)}


@dataclass(frozen=True)
class _Look:
    """From where a case is looked at: tokens that rest there `now`, values given at them, the called process and its depth.

    `done` are the user tasks on the way to where it rests; what was done and sent back or taken back since comes again.
    """

    now: Collection[str] = ()
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    called: str = ""
    depth: int = 0
    within: tuple[str, str] | None = None
    done: Collection[str] = ()


def _follow(case: Case, run: runtime.Run, way: _Way, look: _Look) -> int:
    """Lets a case go on to its end and counts what was done; those who act now, at the beginning, are not told as steps to come."""
    waits: dict[str, runtime.TokenWait] = {}
    done: set[str] = set()
    while len(done) < MOST_STEPS:
        waits |= {wait.token: wait for wait in run.take().opened}
        place = next((each for each in _standing(run) if each[0] not in done), None)
        if place is None or way.goes_back:
            break
        done.add(place[0])
        with contextlib.suppress(errors.Refusal):
            _go_on(case, run, way, look, waits.get(place[0]), place)
    return len(done)


def _standing(run: runtime.Run) -> list[tuple[str, str, str]]:
    """Where a case stands, what has stopped included."""
    stopped = [each for each in run.waiting() if each[2] == runtime.AwaitedRetry.kind]
    return [*run.places(), *(each for each in stopped if each not in run.places())]


def _go_on(
    case: Case, run: runtime.Run, way: _Way, look: _Look, wait: runtime.TokenWait | None, place: tuple[str, str, str]
) -> None:
    token, element_id, kind = place
    element = case.definition.program.elements[element_id]
    if kind == "user_task":
        _pass_task(case, run, way, element, token, look)
    elif kind == runtime.AwaitedRetry.kind:
        foreseen_work.suppose_items(case, run, element, token, way.later)
    elif kind == "call":
        _pass_call(case, run, way, element, wait, token, look)
    else:
        foreseen_work.do(case, run, way.later, element, kind, wait, token)
        if kind in ("timer", "message") and token not in look.now and element.name:
            way.steps.append(
                ForeseenStep(
                    element.id, element.name, kind, way=way.answer, turn=way.turn, called=look.called, within=look.within
                )
            )


def _pass_task(
    case: Case,
    run: runtime.Run,
    way: _Way,
    element: runtime.Element,
    token: str,
    look: _Look,
) -> None:
    """Foresees who does a user task and supposes that it is agreed to; one where the case stands now is not told."""
    settings, is_now = case.definition.tasks[element.id], token in look.now
    is_back = bool(way.answer) and element.id in look.done  # one of several answers sends it back
    is_again = not is_now and (is_back or any(each.place == (look.called, element.id) for each in way.steps))
    if is_again and element.multi_instance is None:
        way.goes_back = True  # what follows has been told
        return
    if not is_now:
        step = replace(_step(case, way, element, settings, token, look.called), within=look.within)
        way.steps.append(step)
        if len(step.usernames) == 1 and not step.groups:
            way.doers[element.id] = step.usernames[0]
            if settings.kind == APPROVE and settings.repeat != LAST:  # that passes where the same person comes later
                way.approvals[token] = step.usernames[0]
    outcome = _outcome(settings)
    values = dict(look.given.get(token, {}))
    way.later |= _fields(case.definition, element.id) - values.keys()
    named: dict[str, Any] = {}
    if settings.has_own_outcomes or settings.kind == "approve":
        named = {"outcome": outcome.id, "result": settings.result}
        is_sure = len(settings.outcomes) == 1 or outcome.id in (APPROVE, SUBMIT)
        (way.later.discard if is_sure else way.later.add)(settings.result)
    case.rounds[element.id] = case.rounds.get(element.id, 0) + 1
    run.complete(token, values, **named)


def _step(case: Case, way: _Way, element: runtime.Element, settings: TaskSettings, token: str, called: str) -> ForeseenStep:
    wait = runtime.TokenWait(token, element.id, runtime.AwaitedTask({}))
    asked = assignments.EvaluatedSettings(case, element, settings, case.context(token))
    way.missed.clear()
    apart = way.sight.separated(case, settings) | {way.doers[each] for each in settings.separate_from if each in way.doers}
    resolved, excluded = asked.who(apart | asked.recused(), None)
    assigned = (element.assignee, element.candidate_users, element.candidate_groups)
    unknown = any(
        name in foreseen_work.derived(case.definition.program, way.later) or name not in asked.context
        for name in foreseen_work.names(assigned)
    )
    is_open = unknown or (resolved.is_last_resort and (asked.refusal is not None or bool(way.missed)))
    people, groups = ((), ()) if is_open else (resolved.usernames, resolved.groups)
    told = ForeseenStep(
        element.id,
        element.name or element.id,
        settings.kind,
        people,
        groups,
        resolved.reason,
        is_open,
        way.answer,
        called,
        turn=way.turn,
        passes_for_later=settings.repeat == LAST,
    )
    if settings.picked_by != NONE and resolved.is_last_resort:
        return replace(told, usernames=(), groups=(), picked_by=settings.picked_by)
    passed = passing.passing_of(
        case, wait, approved=lambda visits: {way.approvals[each] for each in visits if each in way.approvals}
    )
    everybody = voters.everybody(case.around.organisation, resolved, excluded)
    return replace(told, passes=passed.why if passed is not None and everybody else "")


def _pass_call(
    case: Case,
    run: runtime.Run,
    way: _Way,
    element: runtime.Element,
    wait: runtime.TokenWait | None,
    token: str,
    look: _Look,
) -> None:
    """A called case is gone through too; one that is under way already tells its own steps."""
    outputs: dict[str, Any] = {}
    if wait is not None and isinstance(wait.awaits, runtime.AwaitedCall):
        call = ForeseenStep(
            element.id,
            element.name or element.id,
            "call",
            way=way.answer,
            turn=way.turn,
            called=look.called,
            within=look.within,
        )
        way.steps.append(call)
        if look.depth < MOST_CALLS:
            definition = way.sight.definition(case, wait.awaits.process_id)
            child, child_run = _begin(case.around, definition, wait.awaits.inputs, way, case)
            outer, way.answer = way.answer, ""
            _follow(child, child_run, way, _Look(called=definition.title, depth=look.depth + 1, within=call.place))
            way.answer = outer
            outputs = {name: value for name, value in child_run.variables().items() if name not in cases.RESERVED}
    run.complete(token, outputs)


def _outcome(settings: TaskSettings) -> Outcome:
    """What is supposed to be chosen: agreement, where there is one."""
    return settings.outcome(APPROVE) or settings.outcome(SUBMIT) or settings.outcomes[0]


def _fields(definition: Definition, element_id: str) -> set[str]:
    """The variables that a step's form puts into the case."""
    form = definition.form_of(element_id)
    walked = form.parsed.walk() if form else ()
    inputs = (each for each in walked if each.holds_value and each.path and not each.raw.get("disabled"))
    return {each.path[0] for each in inputs if each.raw.get("readonly") is not True}
