"""Steering a case by hand [流程干预]: who manages its process moves it to another step, after seeing what that does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.cases import cases
from engine.cases.cases import Case, Instance, SentByHand, Surroundings
from engine.cases.rights import access, recusal
from engine.definitions import step_names
from engine.execution import comebacks, settling
from engine.people.actors import Actor
from engine.storage.models import HistoryEvent
from engine.verbs import ahead, grounds, operated
from engine.verbs.approvals import losing
from engine.verbs.approvals.back import returns

STAGES = PASSED, HERE, AHEAD = ("passed", "here", "ahead")
NO_PLACE = "The case is not at that step any more; please look at it again."
NO_AIM = "The case cannot be moved there: a join behind it would wait for ever, or nothing runs there."


@dataclass(frozen=True)
class Aim:
    """A step that a case may be moved to; `part` is the subprocess or lane that it stands in.

    `stage` is one of `STAGES`: the case has been there, is there now, or was not there yet; "" where it is of no single case.
    """

    element: str
    name: str
    part: str = ""
    stage: str = ""


@dataclass(frozen=True)
class JumpPlace:
    """Where a case is now, and the steps that it may be moved to from there, in the order of the diagram."""

    token: str
    name: str
    kind: str
    aims: tuple[Aim, ...]


@dataclass(frozen=True)
class Foreseen:
    """What a move would do: what ends and what begins, each as kind and name; `whole` when all branches of the case go."""

    target: str
    ends: tuple[tuple[str, str], ...]
    begins: tuple[tuple[str, str], ...]
    whole: bool


def places(session: Session, by: Actor, key: int, *, now: datetime) -> list[JumpPlace]:
    """Where a running case is and may be moved to. Raises NotFound, Forbidden, Conflict as `jump` does."""
    instance = session.get(Instance, key)
    if instance is None or not access.may_see(session, by, instance):
        raise errors.NotFound(access.NO_CASE)
    case = _allowed(session, by, cases.look_into(Surroundings(session, by, now), instance))
    aims = _aims(case)
    return [
        JumpPlace(
            token, aims[element].name, kind, tuple(aims[aim] for aim in case.run.aims(token) if ahead.may_move(case, aim))
        )
        for token, element, kind in case.run.places()
        if element in aims
    ]


def _aims(case: Case) -> dict[str, Aim]:
    """Every step, in words, with where the case stands to it."""
    event, here = HistoryEvent, {element for _token, element, _kind in case.run.places()}
    mine = (event.instance_key == case.instance.key, event.kind != "moved", event.element_id.is_not(None))
    passed = set(case.session.scalars(select(event.element_id).where(*mine).distinct()))
    parts = step_names.parts(case.definition)
    stages = {each: HERE if each in here else PASSED if each in passed else AHEAD for each in parts}
    return {id: Aim(id, name, parts[id], stages[id]) for id, name in step_names.of_steps(case.definition).items()}


def foresee(session: Session, by: Actor, key: int, place: str, target: str, *, now: datetime) -> Foreseen:
    """What moving from the place to the target would do; nothing is stored. Raises what `jump` raises."""
    instance = session.get(Instance, key)
    if instance is None or not access.may_see(session, by, instance):
        raise errors.NotFound(access.NO_CASE)
    case = _allowed(session, by, cases.look_into(Surroundings(session, by, now), instance))
    tokens = _tokens(case, place, target)
    is_whole = len(tokens) > 1
    case.run.move(tokens, target)
    news = case.run.take()
    names = step_names.of_steps(case.definition)
    ends = tuple((each.kind, names.get(each.element_id, each.element_id)) for each in news.closed if each.reason == "cancelled")
    begins = tuple((each.kind, names.get(each.element_id, each.element_id)) for each in news.resting())
    return Foreseen(names[target], ends, begins, is_whole)


def jump(session: Session, by: Actor, key: int, place: str, target: str, reason: str, *, now: datetime) -> Instance:
    """Moves a running case from a place to a step, which begins anew there by the diagram's rules.

    `place` is a token, or the element where it is. Within a branch only what stands there moves; elsewhere everything that goes on in the case ends first. By those who
    manage the process, operators, and nobody whom the case keeps away. Raises NotFound, Forbidden, Conflict (not there any more; no
    way there; past the point of no return; suspended), Invalid without a reason, and by `target` for no such step.
    """
    instance = grounds.seen(session, by, key)
    said = grounds.reason(reason)
    case = _allowed(session, by, cases.take_up(Surroundings(session, by, now), instance))
    tokens = _tokens(case, place, target)
    program = case.definition.program
    element, origin = program.elements[target], case.run.place(place) or place
    told = {"from": _named(program, origin), "to_name": element.name or element.id, "reason": said}
    case.note("moved", element, actor=by.username, **told)
    operated.note(session, by, operated.MOVE, instance, said, place=origin, target=target, now=now)
    returned = returns.returned(by.username, now, said, told["from"], comebacks.JUMP)
    case.around.sent = SentByHand(instance.key, target, returned)
    case.run.move(tokens, target)
    losing.tell_given_up(case, settling.settle(case, is_told=False), told["to_name"], said)
    return instance


def _allowed(session: Session, by: Actor, case: Case) -> Case:
    if not access.may_operate(session, by, case.instance.process_id):
        raise errors.Forbidden("Only those who manage the process steer its cases.")
    grounds.require_not_past(session, by, case.instance)
    if by.answerable in recusal.recused(case):
        raise errors.Forbidden(grounds.ABOUT_YOU)
    return case


def _tokens(case: Case, place: str, target: str) -> list[str]:
    """The tokens to move; the place is named by its token, or by its element where only one token is there."""
    grounds.require_step([case.definition.program], target, "target")
    there = [token for token, element, _kind in case.run.places() if place in (token, element)]
    if len(there) != 1:
        raise errors.Conflict(NO_PLACE)
    tokens = case.run.aims(there[0]).get(target)
    if tokens is None:
        raise errors.Conflict(NO_AIM)
    ahead.require_no_leap(case, target)
    return tokens


def _named(program: runtime.Program, element_id: str) -> str:
    element = program.elements.get(element_id)
    return (element.name or element.id) if element else element_id
