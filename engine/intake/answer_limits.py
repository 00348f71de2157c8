"""Until when a case awaits its customer's answer, and what follows without it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import runtime
from engine.storage.models import Subscription, Timer, UserTask

BY_ITSELF = frozenset(
    ("scriptTask", "serviceTask", "businessRuleTask", "exclusiveGateway", "intermediateThrowEvent", "endEvent")
)


@dataclass(frozen=True)
class AnswerLimit:
    """`kind` is what follows without an answer, `at` the moment.

    "ends": the case goes on without it, and takes none afterwards (`closes`: it goes straight to its end); "wanted": the limit of
    the step for which the answer stands, which is the office's own: the answer is taken afterwards as well; "open": the case waits
    as long as it takes; "beside": nothing waits for it. The latter two have no moment.
    """

    kind: str
    at: datetime | None = None
    closes: bool = False

    @property
    def is_waited_for(self) -> bool:
        """Whether it is the customer's turn: the case stands still until he answers, or the time is over."""
        return self.kind != "beside"


def limit_of(session: Session, program: runtime.Program, subscription: Subscription, *, is_called: bool = False) -> AnswerLimit:
    """The limit of what a waiting message asks: the timer that takes its place, or that of the step which it would end.

    `is_called`: another case waits for the one that asks, and goes on after its end.
    """
    element = program.elements[subscription.element_id]
    if not element.interrupting:
        return AnswerLimit("beside")
    rivals = _rivals(program, element)
    timer = (Timer.instance_key == subscription.instance_key, Timer.element_id.in_(rivals))
    ends = select(Timer.due_at, Timer.element_id).where(*timer).order_by(Timer.due_at).limit(1)
    ending = session.execute(ends).first() if rivals else None
    if ending is not None:
        return AnswerLimit("ends", ending.due_at, not is_called and _closes(program, program.elements[ending.element_id]))
    task = (UserTask.instance_key == subscription.instance_key, UserTask.element_id == element.attached_to)
    wanted = select(UserTask.due_at).where(*task, UserTask.state == "open", UserTask.due_at.is_not(None))
    due = session.execute(wanted.order_by(UserTask.due_at).limit(1)).scalar() if element.attached_to else None
    return AnswerLimit("wanted", due) if due is not None else AnswerLimit("open")


def _rivals(program: runtime.Program, element: runtime.Element) -> list[str]:
    """The events that end the wait in place of this one: on the same step, or after the same gateway."""
    place = element.attached_to
    before = {program.flows[each].source for each in element.incoming}
    gateways = {each for each in before if program.elements[each].type == "eventBasedGateway"}
    return [
        each.id
        for each in program.elements.values()
        if each.id != element.id
        and each.interrupting
        and (
            (each.attached_to is not None and each.attached_to in (place, element.id))
            or any(program.flows[flow].source in gateways for flow in each.incoming)
        )
    ]


def _closes(program: runtime.Program, timer: runtime.Element) -> bool:
    """Whether nothing but the end of the case follows a timer: no person and no other wait, on whichever way.

    Where a process may be at several places at once, or within another, that end need not be the case's: there it is not said.
    """
    elements = program.elements.values()
    if timer.parent or any(each.type in ("parallelGateway", "inclusiveGateway") or not each.interrupting for each in elements):
        return False
    ahead, seen = [program.flows[flow].target for flow in timer.outgoing], set()
    while ahead:
        element = program.elements[ahead.pop()]
        if element.type not in BY_ITSELF:
            return False
        if element.id not in seen:
            seen.add(element.id)
            ahead += [program.flows[flow].target for flow in element.outgoing]
    return bool(seen)
