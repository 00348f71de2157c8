"""A user task is settled: its case goes on with the result, or straight back to whoever sent it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import feel
from engine.cases import cases
from engine.cases.cases import Case, Cause, SentByHand, Surroundings
from engine.cases.rights import recusal
from engine.definitions import refusals
from engine.execution import comebacks, copied, settling
from engine.execution.ledger import Opened
from engine.storage.models import WorkItem
from engine.verbs import grounds
from engine.verbs.approvals import held_tasks, losing, votes, voting
from engine.verbs.approvals.held_tasks import Held


@dataclass(frozen=True)
class Completed:
    """What a completion led to: `next_task_key` is a task of the same tree that the person may go on with.

    `opened` are the steps that it opened, as rows of user tasks with their `items`. `ended` are state and `ended_as` of the
    case, with all that called it, if that was its end, in the words of the version `definition_key`. `waits_for` are people
    and groups for whom the same step still waits; `given_back` says that it went back to them from who did it for them.
    """

    instance_key: int
    next_task_key: int | None
    opened: Opened = field(default_factory=Opened)
    ended: tuple[str, str | None] | None = None
    definition_key: int | None = None
    waits_for: tuple[str, ...] = ()
    given_back: bool = False


def after_change(held: Held) -> None:
    """Stores a task whose parts have changed without a vote; if that settles it, the case goes on."""
    settled = votes.settle(held)
    if settled is None:
        held_tasks.store(held)
        return
    case = cases.take_up(Surroundings(held.session, held.by, held.now), held.instance)
    told = {"task": held.task.key, "outcome": settled, "opinion": "", "round": held.task.round, "vote": None}
    case.note("completed", held.element, actor=held.by.username, **told)
    go_on(held, case, None, settled, "")


def go_on(held: Held, case: Case, mine: WorkItem | None, settled: str, opinion: str) -> Completed:
    """The case goes on with what the task has come to; `mine` is the part that settled it, None for no vote."""
    losing.tell_settled(held)
    named: dict[str, Any] = {"outcome": settled, "result": held.settings.result} if held.settings.has_own_outcomes else {}
    case.around.cause = _cause(held, settled, opinion)
    settling.bind(case, held.task.element_id)
    values, straight_to = votes.gathered(held, mine), _straight_to(held, case, settled)
    copied.send(case.around, held.instance, _readers(held, case, values), step=held.task.name)
    held.instance.outcome = settled if held.task.kind == "approve" else None
    if settled == voting.REJECT and _ends_case(held):
        case.run.end_with({**values, held.settings.result: settled})
    else:
        case.run.complete(held.task.token, values, straight_to=straight_to, **named)
        case.around.cause.heard = comebacks.heard(held.element, {*values, *filter(None, [named.get("result")])})
        case.around.cause.words = case.around.cause.words or _comment(held, case, values)
    opened = settling.settle(case)
    return Completed(held.instance.key, opened.next_for(held.by), opened, *_ended(held))


def _ended(held: Held) -> tuple[tuple[str, str | None] | None, int | None]:
    """How the whole tree of the task's case has ended, and by which version; None while it runs."""
    if held.instance.state == "active":
        return None, None
    root = grounds.root(held.session, held.instance)
    return (None, None) if root.state == "active" else ((root.state, root.ended_as), root.definition_key)


def _ends_case(held: Held) -> bool:
    """Whether a refusal is the end of the case: the diagram asks nowhere what the approval came to.

    What cannot be taken back any more goes on all the same, or it would be left half done.
    """
    if held.instance.irreversible is not None:
        return False
    return refusals.ends_case(held.definition.program, held.task.element_id, held.settings)


def _readers(held: Held, case: cases.Case, values: Mapping[str, Any]) -> list[str]:
    """Who gets a copy when the step is done, as the diagram says; a name that is nobody's, or that it keeps away, gets none."""
    if not held.settings.cc:
        return []
    context = case.context(held.task.token) | {name: feel.from_json(value) for name, value in values.items()}
    return copied.readers(case, case.evaluate(held.settings.cc, context), recusal.recused(case))


def _straight_to(held: Held, case: Case, settled: str) -> tuple[str, list[tuple[str, str]]] | None:
    """Where a step that was sent back goes straight on to: whoever sent it back, with the steps between counting as done."""
    resume = held.task.resume
    if resume is None or not voting.agrees(settled):
        return None
    own = (held.task.element_id, held.task.token)
    passed = [own if element == own[0] else (element, visit) for element, visit in resume["passed"]]
    case.around.sent = SentByHand(held.instance.key, resume["to"], None, resume["doer"])
    return resume["to"], passed if own in passed else [*passed, own]


def _comment(held: Held, case: Case, values: Mapping[str, Any]) -> str:
    """The words that the step just done has kept as the comment: what the customer said to whoever asked him, say.

    Where he may answer himself instead, they stand where an event at the step puts the comment of his answer.
    """
    events = case.definition.program.boundaries.get(held.element.id, ())
    instead = (each.target for event in events for each in event.outputs if feel.body(each.source).strip() == cases.COMMENT)
    given = {*values, *(each.target for each in held.element.outputs)}
    name = next((each for each in (cases.COMMENT, *instead) if each in given), "")
    words = case.run.variables().get(name)
    return words.strip() if isinstance(words, str) else ""


def _cause(held: Held, outcome: str, opinion: str) -> Cause:
    """What moves the case, for the steps to which it is sent back."""
    chosen = held.settings.outcome(outcome) if held.settings.has_own_outcomes else None
    named = (chosen.id, chosen.label) if chosen else ("", "")
    at = (held.instance.key, held.task.element_id, held.task.name)
    return Cause(held.by.username, *at, *named, opinion.strip(), held.task, instead_of=held.stood_in_for)
