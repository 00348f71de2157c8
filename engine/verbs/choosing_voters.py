"""Choosing who decides a step together [指定会签人], where nobody was found for it: several at once, as its rule counts them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases
from engine.cases.cases import Surroundings
from engine.cases.lines import words
from engine.cases.rights import access
from engine.execution import assignments, voters
from engine.execution.voters import Voters
from engine.people import resolve
from engine.people.actors import Actor
from engine.people.resolve import Resolved
from engine.storage.models import WorkItem
from engine.verbs import grounds
from engine.verbs.approvals import held_tasks, losing, votes, voting
from engine.verbs.approvals.held_tasks import Held

FEWEST = 2  # one alone decides nothing together
SEVERAL = "Several people decide “%(name)s” together, and nobody was found; please choose all of them at once, at least two."
HAS_PEOPLE = "People have been found for this step; please change who does it person by person."
NOT_ONESELF = "Several people were to decide this step together; whoever chooses who does it cannot choose himself."


def choose(session: Session, by: Actor, key: int, usernames: Sequence[str], reason: str, *, now: datetime) -> None:
    """Gives an open task that several should decide, and that nobody was found for, to these people; its rule counts again.

    By who manages the process, in the order given where they decide one after the other. Raises NotFound, Forbidden, Conflict
    (done, held up, people were found); Invalid by field for fewer than two, oneself, who must not act here, or without a reason.
    """
    held = held_tasks.lock(session, by, key, now)
    if not access.may_manage(session, by, held.instance.process_id):
        raise access.refuse_task(session, by, held.instance)
    held_tasks.require_open(held)
    held_tasks.require_impartial(held)
    if not votes.lacks_voters(held):
        raise errors.Conflict(HAS_PEOPLE)
    names, given = list(dict.fromkeys(usernames)), grounds.reason(reason)
    _check(held, names)
    before = losing.holders(held.items)
    _make(held, names)
    held.note("reassigned", before=before, to=names, reason=given)
    held_tasks.store(held)
    losing.tell(held, [name for name in before if name not in names], names[0], given, begun={})


def _check(held: Held, names: Sequence[str]) -> None:
    if len(names) < FEWEST:
        raise _refused(SEVERAL, name=held.task.name)
    if held.by.username in names:
        raise _refused(NOT_ONESELF)
    may = held.receivers
    for name in names:
        if (bar := may.bar(name)) is not None:
            raise _refused(bar.text, **bar.values)


def _refused(text: str, **values: object) -> errors.Invalid:
    return errors.Invalid(text, fields={"people": [errors.Refusal(text, fields=None, **values)]}, **values)


def _make(held: Held, names: Sequence[str]) -> None:
    """The parts of these people, with turns, weights and vetoes as the diagram says; what stood there is over."""
    task, resolved = held.task, Resolved(None, tuple(names), (), resolve.given_by(held.by.username))
    told = {name: getattr(task, name) for name in voters.TOLD}
    due = task.due_at or assignments.NEVER
    pairs = words.of_part(held.instance.words, task.name, held.instance.initiator)
    rows = voters.items(told, resolved, _voters(held, resolved), sort_due=due, now=held.now)
    votes.close(held, [item for item in held.items if item.state in voting.LIVE], votes.TAKEN)
    held.session.execute(insert(WorkItem), [{**row, "pairs": pairs} for row in rows])
    task.rule, task.assignee, task.parts = held.settings.rule, None, task.parts + len(rows)


def _voters(held: Held, resolved: Resolved) -> Voters | None:
    case = cases.look_into(Surroundings(held.session, held.by, held.now), held.instance)
    asked = assignments.EvaluatedSettings(case, held.element, held.settings, case.context(held.task.token))
    made = voters.voters_of(held.company, held.settings, resolved, frozenset(held.task.excluded), asked.value)
    refusal = asked.refusal or (made and made.refusal)
    if refusal:
        raise errors.Conflict(refusal.text, fields=None, **refusal.values)
    return made
