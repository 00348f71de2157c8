"""The path ahead: which steps are still to come in a case and who would act, found by the engine itself, in memory.

Nothing is stored, counted or told. Where a gateway asks for what is filled in later, each way is looked at; steps on every
way are sure, the others bear the answer that leads to them.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from engine import errors, runtime
from engine.cases import cases
from engine.cases.cases import Case, Surroundings
from engine.definitions.definitions import Definition
from engine.definitions.task_settings import LAST, NONE, Outcome, TaskSettings
from engine.execution import assignments, passing, voters
from engine.execution.ahead import foreseen_work
from engine.execution.ahead.foreseen_work import ForeseenStep, merged, sure_approvers
from engine.execution.ahead.ways import Foresight, Frame, Look, Way, all_ways
from engine.storage.models import ProcessInstance

MOST_STEPS = 60
MOST_CALLS = 4
APPROVE, SUBMIT = "approve", "submit"


def of_start(
    around: Surroundings, definition: Definition, values: Mapping[str, Any], *, empty: Collection[str] = ()
) -> list[ForeseenStep]:
    """The steps of a case that would be started with these values; `empty` are fields that nothing was put into yet."""

    def begin(sight: Foresight) -> None:
        _begin(sight, around, definition, values, Frame)

    return merged(all_ways(begin, _follow, _host, empty))


def of_case(
    around: Surroundings, instance: ProcessInstance, definition: Definition, *, given: Mapping[str, Mapping[str, Any]] = {}
) -> list[ForeseenStep]:
    """The steps that come after those where a running case stands now; `given` are values by token, filled in there just now."""

    def take_up(sight: Foresight) -> None:
        rounds = dict((instance.tokens or {}).get(cases.ROUNDS, {}))
        _take_up(sight, _case(sight, around, instance, definition), cases.state(instance), rounds, given)

    return merged(all_ways(take_up, _follow, _host, ()))


def later_approvers(case: Case, token: str) -> set[str]:
    """Who would surely give an approval after that of a resting token, each alone."""
    dump = case.run.dump()

    def take_up(sight: Foresight) -> None:
        _take_up(sight, _case(sight, case.around, case.instance, case.definition), dump, {}, {})

    return sure_approvers(merged(all_ways(take_up, _follow, _host, ())))


def _begin(
    sight: Foresight, around: Surroundings, definition: Definition, values: Mapping[str, Any], framed: Callable[[Case], Frame]
) -> None:
    """Begins a case in memory, called by the one beneath it if there is one."""
    above = sight.frames[-1].case if sight.frames else None
    case = _case(sight, around, cases.unnumbered(around, definition, above.instance if above else None), definition)
    case.above = above
    frame = framed(case)
    always = {"initiator": case.instance.initiator, "instance_number": "", "started_at": around.local_now.isoformat()}
    case.run = runtime.begin(definition.program, {**values, **always}, host=_host(sight, frame))
    sight.frames.append(frame)


def _take_up(
    sight: Foresight, case: Case, state: dict[str, Any], rounds: dict[str, int], given: Mapping[str, Mapping[str, Any]]
) -> None:
    """Goes on where a case rests."""
    frame = Frame(case, state=state, rounds=rounds).taken_up(lambda made: _host(sight, made))
    now = {token for token, *_ in case.run.places()}
    frame.look = Look(now, given, done=_passed(case.run) if now else ())
    sight.way.decided = _decided(case, case.run)
    sight.frames.append(frame)


def _case(sight: Foresight, around: Surroundings, instance: ProcessInstance, definition: Definition) -> Case:
    own = replace(around, met=[], cause=None, sent=None)
    own.__dict__.update({name: around.__dict__[name] for name in ("organisation",) if name in around.__dict__})
    look_ups = own.functions(instance)
    asked = look_ups["handler of"]

    def handler_of(task_id: Any) -> Any:
        doer = sight.way.doers.get(str(task_id)) or (asked(task_id) if instance.history_length else None)
        if doer is None:
            sight.way.missed.add(str(task_id))
        return doer

    read = look_ups["record"]

    def record(key: Any) -> Any:
        told = read(key)
        if key and not (told and told.get("content")):  # nothing can note a reading now: what it holds is known later
            sight.way.later |= foreseen_work.read_of_records(definition.program)
        return told

    look_ups["handler of"], look_ups["record"] = handler_of, record
    return Case(own, instance, definition, None, look_ups)  # type: ignore[arg-type]  # its run is begun with it as the host


def _host(sight: Foresight, frame: Frame) -> runtime.Host:
    case, chosen = frame.case, frame.chosen

    def choose(token: str, gateway_id: str, variables: Mapping[str, Any]) -> str | None:
        if token not in chosen:
            is_again = gateway_id in sight.way.decided and case.instance.history_length > 0
            sight.way.goes_back = sight.way.goes_back or is_again  # what follows from there has been decided once
            chosen[token] = None if is_again else _supposed(sight, case, gateway_id, variables)
        return chosen[token]

    return runtime.Host(case.around.local_now, case.functions, way=choose)


def _supposed(sight: Foresight, case: Case, gateway_id: str, variables: Mapping[str, Any]) -> str | None:
    """The flow that is supposed where the answer is open; None where what is known decides."""
    program, way = case.definition.program, sight.way
    gateway = program.elements[gateway_id]
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
    return way.suppose(program, gateway, impossible, sight.rest)


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


def _follow(sight: Foresight) -> None:
    """Lets all cases of a way go on to their ends; those who act now, at the beginning, are not told as steps to come."""
    while True:
        frame = sight.frames[-1]
        place = _next_place(frame) if len(frame.done) < MOST_STEPS else None
        if place is None or sight.way.goes_back:
            if len(sight.frames) == 1:
                return
            step = functools.partial(_come_back, sight)
        else:
            step = functools.partial(_go_on, sight, place)
        sight.remember()
        with contextlib.suppress(errors.Refusal):
            step()


def _next_place(frame: Frame) -> tuple[str, str, str] | None:
    """Where a case stands and nothing was done yet."""
    frame.waits |= {wait.token: wait for wait in frame.case.run.take().opened}
    return next((each for each in _standing(frame.case.run) if each[0] not in frame.done), None)


def _standing(run: runtime.Run) -> list[tuple[str, str, str]]:
    """Where a case stands, what has stopped included."""
    stopped = [each for each in run.waiting() if each[2] == runtime.AwaitedRetry.kind]
    return [*run.places(), *(each for each in stopped if each not in run.places())]


def _go_on(sight: Foresight, place: tuple[str, str, str]) -> None:
    frame, way, (token, element_id, kind) = sight.frames[-1], sight.way, place
    case, look, wait = frame.case, frame.look, frame.waits.get(token)
    element = case.definition.program.elements[element_id]
    frame.done.add(token)
    if kind == "user_task":
        _pass_task(sight, frame, element, token)
    elif kind == runtime.AwaitedRetry.kind:
        foreseen_work.suppose_items(case, case.run, element, token, way.later)
    elif kind == "call":
        _call(sight, frame, element, wait, token)
    else:
        foreseen_work.do(case, case.run, way.later, element, kind, wait, token)
        if kind in ("timer", "message") and token not in look.now and element.name:
            way.steps.append(_event(way, look, element, element.name, kind))


def _event(way: Way, look: Look, element: runtime.Element, name: str, kind: str) -> ForeseenStep:
    """A step that no person does."""
    return ForeseenStep(element.id, name, kind, turns=way.turns, called=look.called, within=look.within)


def _pass_task(sight: Foresight, frame: Frame, element: runtime.Element, token: str) -> None:
    """Foresees who does a user task and supposes that it is agreed to; one where the case stands now is not told."""
    way, case, look = sight.way, frame.case, frame.look
    settings, is_now = case.definition.tasks[element.id], token in look.now
    is_back = bool(way.turns) and element.id in look.done  # one of several answers sends it back
    is_again = not is_now and (is_back or any(each.place == (look.called, element.id) for each in way.steps))
    if is_again and element.multi_instance is None:
        way.goes_back = True  # what follows has been told
        return
    if not is_now:
        step = replace(_step(sight, case, element, settings, token, look.called), within=look.within)
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
    case.run.complete(token, values, **named)


def _step(
    sight: Foresight, case: Case, element: runtime.Element, settings: TaskSettings, token: str, called: str
) -> ForeseenStep:
    wait = runtime.TokenWait(token, element.id, runtime.AwaitedTask({}))
    way = sight.way
    asked = assignments.EvaluatedSettings(case, element, settings, case.context(token))
    way.missed.clear()
    apart = sight.separated(case, settings) | {way.doers[each] for each in settings.separate_from if each in way.doers}
    apart |= asked.recused()
    kept_away_by = set(way.missed)
    way.missed.clear()
    resolved, excluded = asked.who(apart, None)
    assigned = (element.assignee, element.candidate_users, element.candidate_groups)
    unknown = any(
        name in foreseen_work.derived(case.definition.program, way.later) or name not in asked.context
        for name in foreseen_work.names(assigned)
    )
    hangs_on_later = bool(way.missed & _to_be_done(sight))
    missed = bool(kept_away_by | way.missed)
    is_open = unknown or hangs_on_later or (resolved.is_last_resort and (asked.refusal is not None or missed))
    people, groups = ((), ()) if is_open else (resolved.usernames, resolved.groups)
    told = ForeseenStep(
        element.id,
        element.name or element.id,
        settings.kind,
        people,
        groups,
        resolved.reason,
        is_open,
        called=called,
        turns=way.turns,
        passes_for_later=settings.repeat == LAST,
        kept_out=excluded,
    )
    if settings.picked_by != NONE and resolved.is_last_resort:
        return replace(told, usernames=(), groups=(), picked_by=settings.picked_by)
    passed = passing.passing_of(
        case, wait, approved=lambda visits: {way.approvals[each] for each in visits if each in way.approvals}
    )
    everybody = voters.everybody(case.around.organisation, resolved, excluded)
    return replace(told, passes=passed.why if passed is not None and everybody else "")


def _to_be_done(sight: Foresight) -> set[str]:
    """The user tasks where the case rests or that come before the one looked at: who does them is not known yet unless a look-up tells."""
    look = sight.frames[-1].look
    return set(look.done) | {each.element_id for each in sight.way.steps if each.called == look.called}


def _call(sight: Foresight, frame: Frame, element: runtime.Element, wait: runtime.TokenWait | None, token: str) -> None:
    """Begins a called case, which is gone through first; one that is under way already tells its own steps."""
    case, way = frame.case, sight.way
    if wait is None or not isinstance(wait.awaits, runtime.AwaitedCall):
        case.run.complete(token, {})
        return
    call = _event(way, frame.look, element, element.name or element.id, "call")
    way.steps.append(call)
    if len(sight.frames) > MOST_CALLS:
        case.run.complete(token, {})
        return
    definition = sight.definition(case, wait.awaits.process_id)
    look, before = Look(called=definition.title, within=call.place), way.turns
    way.turns = ()
    try:
        _begin(sight, case.around, definition, wait.awaits.inputs, lambda called: Frame(called, look, token, before))
    except errors.Refusal:
        way.turns = before
        raise


def _come_back(sight: Foresight) -> None:
    """The called case is over: the one beneath it goes on with what it gave."""
    called = sight.frames.pop()
    sight.way.turns = called.before
    outputs = {name: value for name, value in called.case.run.variables().items() if name not in cases.RESERVED}
    sight.frames[-1].case.run.complete(called.token, outputs)


def _outcome(settings: TaskSettings) -> Outcome:
    """What is supposed to be chosen: agreement, where there is one."""
    return settings.outcome(APPROVE) or settings.outcome(SUBMIT) or settings.outcomes[0]


def _fields(definition: Definition, element_id: str) -> set[str]:
    """The variables that a step's form puts into the case."""
    form = definition.form_of(element_id)
    walked = form.parsed.walk() if form else ()
    inputs = (each for each in walked if each.holds_value and each.path and not each.raw.get("disabled"))
    return {each.path[0] for each in inputs if each.raw.get("readonly") is not True}
