"""What the diagram wants done when a task is overdue: tell, hand it on, send the case back. A timer never approves or refuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import notices
from engine.cases.cases import Surroundings
from engine.cases.rights.holding import NO_PART, acting
from engine.definitions import task_settings
from engine.execution import copied
from engine.people.actors import SYSTEM
from engine.storage.models import WorkItem
from engine.verbs import kept_forms
from engine.verbs.approvals import held_tasks, losing, votes, voting
from engine.verbs.approvals.back import returns
from engine.verbs.approvals.held_tasks import Held
from engine.verbs.approvals.receiving import Receivers

BECAUSE = "overdue"
LATE = Said("下属逾期未办：{name}（{number}）", "Overdue with one of your people: {name} ({number})")
LATE_BODY = Said(
    "{who}的环节“{name}”（{title}）已超期，请督促。", "“{name}” ({title}) is overdue with {who}; please see to it."
)
HANDED_ON = Said("逾期转您办理：{name}（{number}）", "Overdue, now yours: {name} ({number})")
HANDED_ON_BODY = Said(
    "环节“{name}”（{title}）逾期未办，按流程设定转给您办理。",
    "“{name}” ({title}) is overdue; its process gives it to you now.",
)


def act(session: Session, company_id: str, key: int, escalated: Sequence[str], *, now: datetime) -> bool:
    """Does what the property `late` of an overdue task says; `escalated` are the names that its `escalate` gives.

    Gives whether anything was changed; what cannot be done (nobody to hand it to, no step before) is left to those who
    are told. Locks the task's tree.
    """
    held = held_tasks.lock(session, SYSTEM(company_id), key, now)
    if held.task.state != "open" or held.instance.state != "active" or held.instance.suspended is not None:
        return False
    if held.task.due_at is None or held.task.due_at > now:  # somebody was given more time meanwhile
        return False
    doing: dict[str, Callable[[], bool]] = {
        task_settings.TELL_SUPERIOR: lambda: _tell_superiors(held, escalated),
        task_settings.HAND_TO_SUPERIOR: lambda: _hand_on(held, _superiors(held)),
        task_settings.HAND_OVER: lambda: _hand_on(held, escalated),
        task_settings.SEND_BACK: lambda: returns.send_back(held, sayings.OVERDUE.zh_Hans, BECAUSE),
    }
    wanted = doing.get(held.settings.late)
    return wanted() if wanted is not None else False


def _holders(held: Held) -> list[WorkItem]:
    return [item for item in held.items if item.state == voting.OPEN and item.position not in NO_PART]


def _superiors(held: Held) -> list[str]:
    """Those above whoever holds the task, the nearest first."""
    named = [item.username for item in _holders(held) if item.username]
    above = [each for name in named for each in held.company.managers_of(name)]
    return list(dict.fromkeys(held.company.active(above)))


def _tell_superiors(held: Held, told_already: Sequence[str]) -> bool:
    """One notice to each superior of those who hold the task, whoever of them are his; none to whom `escalate` has told it."""
    told = {"name": held.task.name, "title": held.instance.title, "number": held.instance.number}
    lead: dict[str, list[str]] = {}
    for name in dict.fromkeys(item.username for item in _holders(held) if item.username):
        for each in held.company.managers_of(name, 1):
            if each not in held.task.excluded:
                lead.setdefault(each, []).append(name)
    copied.let_read(Surroundings(held.session, held.by, held.now), held.instance, list(lead))
    knowing = {name for each in told_already for name in (each, *held.company.members_of(each))}
    for superior, names in lead.items():
        if superior not in knowing:
            body = LATE_BODY.of(who=sayings.joined(map(held.name, names)), **told)
            notices.send(held.session, held.company, [superior], LATE.of(**told), body, now=held.now, instance=held.instance)
    return False


def _hand_on(held: Held, names: Sequence[str]) -> bool:
    """Gives the task to the first of these that may have it, a person or a group; it leaves everybody else's list."""
    if votes.rule_of(held).is_joint or any(item.state == voting.DONE for item in held.items):
        return False
    may = held.receivers
    to = next((name for name in names if _may_have(held, may, name)), None)
    live = [item for item in held.items if item.position == voting.OWN and item.state in voting.LIVE]
    if to is None or not live or any(to in (item.username, item.group_name) for item in live):
        return False
    before = held.task.assignee or live[0].username or live[0].group_name
    lost = losing.holders(live)
    begun = _give(held, live, to)
    _note(held, before=before, to=to)
    told = {"name": held.task.name, "title": held.instance.title, "number": held.instance.number}
    subject, body = HANDED_ON.of(**told), HANDED_ON_BODY.of(**told)
    notices.send(held.session, held.company, [to], subject, body, now=held.now, instance=held.instance)
    losing.tell_overdue(held, lost, to, begun=begun)
    held_tasks.store(held)
    return True


def _may_have(held: Held, may: Receivers, name: str) -> bool:
    if name in held.company.people:
        asked = acting(item for item in held.items if item.position != voting.OWN)
        return may.bar(name) is None and name not in asked
    return bool(set(held.company.active(held.company.members_of(name))) - may.kept_out)


def _give(held: Held, live: Sequence[WorkItem], to: str) -> dict[str, str]:
    """Puts the first part into that name and closes the others; gives the opinion that its holder had begun, by his name."""
    first, *others = live
    is_person = to in held.company.people
    begun = {first.username: kept_forms.go_along(held.session, first, to if is_person else None)} if first.username else {}
    if is_person:
        kept_forms.bring_back(held.items, first, to)
    first.username, first.group_name = (to, None) if is_person else (None, to)
    first.state, first.claimed_at, first.claimed_from = voting.OPEN, held.now if is_person else None, None
    first.opened_at, first.first_owner = None, first.first_owner if is_person else None
    votes.close(held, others, votes.TAKEN)
    held.task.assignee = to if is_person else None
    return begun


def _note(held: Held, **told: Any) -> None:
    held.note("escalated", because=BECAUSE, **told)
