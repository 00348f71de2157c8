"""Lists that follow the organisation: open tasks that nobody has taken, which an expression gives to people by name.

Whoever joins is offered them, whoever moves or leaves is not any more; what lies with a head or a superior in his own name
goes to whoever is that today. What somebody has taken or begun stays his, as does a place that was given by hand: a
leaver's successor, who was handed the task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, tuple_
from sqlalchemy.orm import Session

from engine.basics import sayings
from engine.cases import cases
from engine.cases.lines import words
from engine.cases.rights import stranded
from engine.cases.rights.holding import KEPT
from engine.definitions import definitions
from engine.definitions.rules import joint_rules
from engine.execution import assignments, voters
from engine.people import resolve
from engine.people.actors import SYSTEM
from engine.people.resolve import Resolved
from engine.storage import jobs
from engine.storage.models import Company, UserTask, WorkItem
from engine.verbs.approvals import held_tasks, losing, voting
from engine.verbs.approvals.held_tasks import Held

JOB = "people.lists"
STEP = 50  # tasks of one transaction: each is locked until its end
FREE = (UserTask.state == "open", UserTask.rule == joint_rules.ANY)
Holder = tuple[str | None, str | None]  # a username or a group


def order(session: Session, company_id: str, *, now: datetime, after: int = 0) -> None:
    """Has the company's lists made anew, after the commit; `after` is the key of the last task that was looked at.

    What lies with nobody who could act then is looked for next.
    """
    payload = {"company": company_id, "after": after}
    jobs.enqueue(session, JOB, payload, company_id=company_id, run_at=now, key=f"after {after}")


def order_all(session: Session, *, now: datetime) -> None:
    """The same for every company."""
    for company_id in session.execute(select(Company.id)).scalars().all():
        order(session, company_id, now=now)


@jobs.job(JOB, is_aside=True)
def look(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Makes the lists of some open tasks anew, and orders the next ones."""
    company_id = payload["company"]
    keys = _following(session, company_id, payload["after"])
    for key in keys:
        _follow(held_tasks.lock(session, SYSTEM(company_id), key, now))
    if len(keys) == STEP:
        order(session, company_id, now=now, after=keys[-1])
    else:
        stranded.order(session, company_id, now=now)


def _following(session: Session, company_id: str, after: int) -> Sequence[int]:
    """The next open tasks whose people are named by an expression that asks the organisation."""
    row, free = UserTask, (UserTask.company_id == company_id, *FREE)
    places = session.execute(select(row.definition_key, row.element_id).where(*free).distinct()).all()
    live = [(key, id) for key, id in places if assignments.follows(definitions.by_key(session, key), id)]
    if not live:
        return []
    mine = (*free, row.key > after, tuple_(row.definition_key, row.element_id).in_(live))
    return session.execute(select(row.key).where(*mine).order_by(row.key).limit(STEP)).scalars().all()


def _follow(held: Held) -> None:
    if not _is_free(held):
        return
    case = cases.look_into(cases.Surroundings(held.session, held.by, held.now), held.instance)
    anew = assignments.anew(case, held.task)
    if anew is None:
        return
    resolved, held.task.excluded = anew[0], sorted(anew[1])
    there = {_holder(case, item): item for item in held.items if item.state == voting.OPEN}
    out = {item.username for item in held.items if item.state == voting.REMOVED and item.username}
    wanted: list[Holder] = [(name, None) for name in resolved.usernames if name not in out]
    wanted += [(None, name) for name in resolved.groups]
    gone = [item for holder, item in there.items() if holder not in wanted and item.username == item.first_owner]
    fresh = [holder for holder in wanted if holder not in there]
    if not wanted or not (gone or fresh):
        return
    lost = [item.username for item in gone if item.username and resolve.is_for_a_place(item.reason)]
    _store(held, resolved, gone, fresh)
    if lost:
        at = [name or group or "" for name, group in fresh or wanted]
        _tell(held, lost, at, [name for name, _group in fresh if name])


def _is_free(held: Held) -> bool:
    """Whether it is open and nobody has taken it, asked for it or did something with it."""
    if held.task.state != "open" or held.instance.state != "active":
        return False
    live = [item for item in held.items if item.state != voting.REMOVED and item.position != KEPT]
    is_untouched = all(item.state == voting.OPEN and item.position == voting.OWN and item.claimed_at is None for item in live)
    is_begun = any(item.draft for item in live)
    return is_untouched and not is_begun and (held.task.assignee is None or _is_by_rule(live))


def _is_by_rule(live: Sequence[WorkItem]) -> bool:
    """Whether one person has it only as the rule named him: it was not given to him by hand."""
    return all(item.username == item.first_owner and resolve.asked_organisation(item.reason) for item in live)


def _tell(held: Held, lost: list[str], to: Sequence[str], came: Sequence[str]) -> None:
    """Notes that what lay with a head or a superior went to who has that place today, and tells both."""
    before = lost[0] if len(lost) == 1 else lost
    held.note("reassigned", before=before, to=list(to), reason=sayings.FOLLOWED.zh_Hans)
    held_tasks.store(held)
    losing.tell_followed(held, lost, to, came)


def _holder(case: cases.Case, item: WorkItem) -> Holder:
    """Whose the part is, a group by its present name."""
    return item.username, item.group_name and case.around.organisation.present_name(item.group_name)


def _store(held: Held, resolved: Resolved, gone: Sequence[WorkItem], fresh: Sequence[Holder]) -> None:
    task = held.task
    people, groups = (tuple(str(each[at]) for each in fresh if each[at]) for at in (0, 1))
    for item in gone:
        held.session.delete(item)
    if fresh:
        offered = replace(resolved, usernames=people, groups=groups)
        told = {name: getattr(task, name) for name in voters.TOLD}
        due = task.due_at or assignments.NEVER
        pairs = words.of_part(held.instance.words, task.name, held.instance.initiator)
        rows = voters.items(told, offered, None, sort_due=due, now=held.now)
        held.session.execute(insert(WorkItem), [{**row, "pairs": pairs} for row in rows])
    task.assignee, task.parts = resolved.assignee, len(held.items) - len(gone) + len(fresh)
    held_tasks.store(held)
