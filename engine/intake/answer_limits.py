"""Until when a case awaits its customer's answer, and what follows without it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import runtime
from engine.storage.models import Subscription, Timer, UserTask


@dataclass(frozen=True)
class AnswerLimit:
    """`kind` is what follows without an answer, `at` the moment.

    "ends": the case goes on without it, and takes none afterwards; "wanted": the limit of the step for which the answer stands,
    it is taken afterwards as well; "open": the case waits as long as it takes; "beside": nothing waits for it. The latter two
    have no moment.
    """

    kind: str
    at: datetime | None = None


def limit_of(session: Session, program: runtime.Program, subscription: Subscription) -> AnswerLimit:
    """The limit of what a waiting message asks: the timer that takes its place, or that of the step which it would end."""
    element = program.elements[subscription.element_id]
    if not element.interrupting:
        return AnswerLimit("beside")
    rivals = _rivals(program, element)
    ends = select(Timer.due_at).where(Timer.instance_key == subscription.instance_key, Timer.element_id.in_(rivals))
    ending = session.execute(ends.order_by(Timer.due_at).limit(1)).scalar() if rivals else None
    if ending is not None:
        return AnswerLimit("ends", ending)
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
