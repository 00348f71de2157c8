"""What happened in a case, as news for people: read from the events of its history that were not announced yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select

from engine.announcing.news import absent, stood_in
from engine.announcing.news.telling import CaseNews, News
from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import incident_rows
from engine.cases.personal import secret_data
from engine.cases.rights import access, keepers, standing_in
from engine.cases.rights.standing_in import Standing
from engine.people import actors
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import Follower, HistoryEvent, Incident, Job, UserTask, WorkItem
from engine.verbs.approvals import voting

# After these somebody may have work that he did not have before.
GIVES_WORK = frozenset(
    [
        "task_created",
        "voted",
        "signers_added",
        "signer_removed",
        "delegated",
        "transferred",
        "reassigned",
        "moved",
        "returned",
        "taken_back",
        "unclaimed",
    ]
)
# What those who follow a case are told of.
FOLLOWED = frozenset(
    [
        "completed",
        "returned",
        "taken_back",
        "moved",
        "commented",
        "suspended",
        "resumed",
        "ended",
        "cancelled",
        "withdrawn",
        "terminated",
        "voided",
        "incident",
    ]
)
HANDED = {
    "transferred": Said("{who}转给您办理。{reason}", "{who} passed it on to you. {reason}"),
    "reassigned": Said("{who}改派给您办理。{reason}", "{who} gave it to you to do. {reason}"),
    "delegated": Said("{who}委派您办理，办完交回。{reason}", "{who} asks you to do it and hand it back. {reason}"),
    "signers_added": Said("{who}请您加签。{reason}", "{who} asks you to co-sign. {reason}"),
}
HANDS_OVER = frozenset(HANDED)
LEFT = Said("{who}离职，移交给您办理。", "{who} has left, and it was handed over to you.")
GIVEN_BACK = Said("{who}已代您办理并交回。{reason}", "{who} did it for you and gave it back. {reason}")
GIVEN_BACK_AGAINST = Said("{who}受您委派，不同意。{reason}", "{who}, whom you asked to do it, is against it. {reason}")
OBJECTED = Said(
    "您请的加签人{who}不同意，请您决定。{reason}", "{who}, whom you asked to sign, does not agree; you decide. {reason}"
)
ASKED = voting.SIGNERS | {voting.DELEGATED}
NEW_WORK, OFFERED = OF_PARTS = ("new_work", "offered")
AGAIN = "again"  # a step that is only done once more was sent back to nobody


def news_from(told: CaseNews) -> list[News]:
    """What people are told of the events, each person once of the same."""
    work = list(_work(told)) if told.of(GIVES_WORK) else []
    waiting = absent.absent_news(told) if told.of(GIVES_WORK | absent.DONE_BESIDE) else ()
    acted = list(stood_in.done_for(told))
    news = [*work, *waiting, *acted, *_incidents(told), *_followed(told, {each.reader for each in (*work, *acted)})]
    return list({(each.reader, each.source): each for each in reversed(news)}.values())[::-1]


def _work(told: CaseNews) -> Iterator[News]:
    """The open parts of the case that nobody has looked at yet, for whoever holds or may take them."""
    item, task = WorkItem, UserTask
    mine = (item.instance_key == told.instance.key, item.state == "open", item.opened_at.is_(None))
    joined = select(item, task).join(task, task.key == item.user_task_key).where(*mine).order_by(item.key)
    rows = [(part, of_task) for part, of_task in told.session.execute(joined).all() if _is_news(told, part, of_task)]
    standing = standing_in.on(told.session, told.company, rows, now=told.now)
    for part, of_task in rows:
        kind, doers = kind_of(part), _doers(told, part)
        for reader in readers(told.company, part, standing):
            if reader not in doers and reader not in of_task.excluded:
                source = f"item:{part.key}:{part.username or part.group_name}{_again(part, of_task)}"
                instead = {"for": part.username} if part.username not in (None, reader) else {}
                yield News(kind, reader, source, of_task.key, _facts(of_task) | _why(told, part) | instead)


def _again(part: WorkItem, task: UserTask) -> str:
    """Tells a part that came later than its task from the same one before: one that comes back to whoever asked somebody first."""
    return f":{part.created_at.isoformat()}" if part.created_at > task.created_at else ""


def _doers(told: CaseNews, part: WorkItem) -> set[str | None]:
    """Who made or handed over the part: they know of it."""
    return {each.actor for each in told.events if each.at in (part.created_at, part.claimed_at)}


def _is_news(told: CaseNews, part: WorkItem, task: UserTask) -> bool:
    """Not what the person took himself, nor what came back to him: the page's notice of that leaves by itself."""
    if part.username is None:
        return True
    if task.returned and task.returned["kind"] != AGAIN and task.assignee == part.username:
        return False
    handed = any(each.kind == "reassigned" and each.data.get("to") == part.username for each in told.events)
    return not part.claimed_from or handed


def kind_of(part: WorkItem) -> str:
    """As what a part is told: somebody's own work, or work that a group is offered."""
    return NEW_WORK if part.username else OFFERED


def readers(company: Organisation, part: WorkItem, standing: Mapping[int, Standing]) -> tuple[str, ...]:
    """Whom a part is for now: its holder and who may act for him, or the members of its group."""
    if part.username is None:
        return company.members_of(part.group_name or "")
    able = standing[part.key].able if part.key in standing else []
    return company.active([part.username, *able])


def _facts(task: UserTask) -> dict[str, Any]:
    due = task.due_at.isoformat() if task.due_at else None
    return {"step": task.name, "who": task.previous_by, "due": due}


def _why(told: CaseNews, part: WorkItem) -> dict[str, Any]:
    """Who handed the part over to its holder, and why; where the engine itself moved it, why alone."""
    moved = [
        each for each in told.of(HANDS_OVER) if each.data.get("task") == part.user_task_key and part.username in _given_to(each)
    ]
    if part.username is None or not moved:
        return _given_back(told, part)
    last = moved[-1]
    if last.data.get("left"):
        return {"said": sayings.both(LEFT.of(who=told.company.name_of(last.data["before"])))}
    reason = sayings.told(str(last.data.get("reason") or last.data.get("because") or ""))
    if last.actor is None:
        return {"said": sayings.both(reason)} if reason else {}
    return {
        "said": sayings.both(HANDED[last.kind].of(who=told.company.acting(last.actor, last.data.get("for")), reason=reason))
    }


def _given_back(told: CaseNews, part: WorkItem) -> dict[str, Any]:
    """What whoever did it for its holder came to, or whom he asked to sign and does not agree, when it comes back to him."""
    voted = (each for each in reversed(told.of(frozenset(["voted"]))) if each.data.get("position") in ASKED)
    last = next((each for each in voted if each.data["task"] == part.user_task_key), None)
    item = told.session.get(WorkItem, last.data["item"]) if last is not None else None
    if last is None or item is None or item.parent_key != part.key:
        return {}
    if last.data["position"] != voting.DELEGATED and item.note != voting.OBJECTED:
        return {}
    against = GIVEN_BACK_AGAINST if last.data["position"] == voting.DELEGATED else OBJECTED
    words = GIVEN_BACK if voting.agrees(last.data["vote"]) else against
    who = told.company.acting(last.actor, last.data.get("for"))
    return {"said": sayings.both(words.of(who=who, reason=str(last.data.get("opinion") or "")))}


def _given_to(event: HistoryEvent) -> Sequence[str]:
    to = event.data.get("to")
    return to if isinstance(to, list) else [str(to)] if to else []


def _incidents(told: CaseNews) -> Iterator[News]:
    """To operators and to who manages the process: of many cases that stop at one step within an hour, once."""
    for event in told.of(frozenset(["incident"])):
        source = f"incident:{told.instance.process_id}:{event.element_id}:{event.at:%Y%m%d%H}"
        facts = {"step": event.element_name, "since": event.at.isoformat(), **_stopped(told, event)}
        for reader in keepers.keepers_of(told.session, told.company, told.instance.process_id):
            by = actors.load(told.session, told.company.id, reader, now=told.now)
            if by is not None:
                yield News("incident", reader, source, None, facts | _quoted(told, by, event), is_in_page=True)


def _quoted(told: CaseNews, by: Actor, event: HistoryEvent) -> dict[str, Any]:
    """What failed in the words of the page of incidents, as this reader finds it there."""
    shown = secret_data.redaction(told.session, by, told.instance, now=told.now)
    words = incident_rows.in_words(event.data.get("message", ""), shown.value(event.data.get("values") or {}))
    return {"said": sayings.both(words)}


def _stopped(told: CaseNews, event: HistoryEvent) -> dict[str, Any]:
    """How often it was tried, and the place among the incidents of all that stopped so."""
    row = Incident
    mine = (row.instance_key == told.instance.key, row.created_at == event.at, row.element_id == event.element_id)
    row_of_it = told.session.execute(
        select(row.cause, Job.attempts).outerjoin(Job, Job.key == row.job_key).where(*mine).limit(1)
    ).first()
    cause, attempts = row_of_it or ("", None)
    return {"tried": attempts, "page": f"/status/incidents?{urlencode({'cause': cause})}" if cause else None}


def _followed(told: CaseNews, others: set[str]) -> Iterator[News]:
    """To whoever follows the case and still may see it, unless he did it himself or is told otherwise."""
    events = told.of(FOLLOWED)
    if not events:
        return
    row, instance = Follower, told.instance
    mine = (row.company_id == instance.company_id, row.instance_key == instance.root_key)
    for reader in told.session.execute(select(row.username).where(*mine).order_by(row.key)).scalars().all():
        last = next((each for each in reversed(events) if each.actor != reader), None)
        if last is None or reader in others or not _may_see(told, reader):
            continue
        facts = {"who": last.actor, "instead_of": last.data.get("for"), "step": last.element_name, "event": last.kind}
        yield News("followed", reader, f"followed:{instance.key}:{last.sequence}", None, facts, is_in_page=True)


def _may_see(told: CaseNews, username: str) -> bool:
    by = actors.load(told.session, told.instance.company_id, username, now=told.now)
    return by is not None and access.may_see(told.session, by, told.instance)


def last_of(events: Iterable[HistoryEvent]) -> int:
    """The sequence of the last event."""
    return max(each.sequence for each in events)
