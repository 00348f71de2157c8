"""Messages to chats of which nobody knows whether they were shown: a chat knows no ids, so they are not sent again by themselves.

The page holds each notice all the same, so none is lost; an incident says what may be missing in the chat, and whoever operates
lets it be said again, marked as a repeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.calendar import clock
from engine.cases import incident_rows, notices
from engine.cases.rights import keepers
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import Incident, NoticeChannel, Outgoing
from engine.verbs import operated
from engine.verbs.running import incidents

UNKNOWN = "unknown"
KIND = "notice_fate"
REPEATED = "repeated"  # among the facts of a notice that is said once more
TOLD = (
    "“%(name)s”: of %(count)s notices sent from %(first)s to %(last)s nobody knows whether the chat showed them, because the "
    "connection or the worker ended before the answer. They are not sent again by themselves, so that nothing is shown twice; "
    "everybody has them in the page."
)
NONE_LEFT = "None of these notices is left to be sent again. Please note what was done."
SUBJECT = Said("“{name}”有消息不知是否已显示", "It is not known whether “{name}” showed a message")
BODY = Said(
    "为避免重复显示，不自动重发；通知在页面中都能看到。请看一下群里有没有，没有的话在“监控—异常”点“再发一次”。",
    "Nothing is sent again by itself, so that nothing is shown twice; everybody has the notices in the page. Please look into the "
    "chat, and where they are missing choose “Send once more” under “Incidents”.",
)


def unsure(session: Session, company: Organisation, channel: NoticeChannel, rows: Sequence[Outgoing], *, now: datetime) -> None:
    """Notes that nobody knows whether these notices were shown, and tells it: one incident for a channel as long as it is open."""
    if not rows:
        return
    for row in rows:
        row.state, row.over_at, row.leased_until = UNKNOWN, now, None
    sent = [clock.shown(company, each.due_at) for each in rows]
    incident = _open(session, company.id, channel.key)
    before: Mapping[str, Any] = incident.values if incident is not None else {"count": 0, "first": min(sent)}
    last, count = clock.shown(company, now), int(before["count"]) + len(rows)
    values = {"name": channel.name, "channel": str(channel.key), "count": count, "first": before["first"], "last": last}
    if incident is not None:
        incident.values = values
        session.flush()
        return
    incident_rows.add(session, company.id, KIND, errors.Refusal(TOLD, fields=None, **values), now=now)
    to = keepers.keepers_of(session, company)
    notices.of_installation(session, company, to, SUBJECT.of(name=channel.name), BODY, now=now)


def again(session: Session, by: Actor, key: int, *, now: datetime) -> int:
    """Lets what an incident of unknown messages tells be said once more, marked as a repeat; says how many notices that are.

    Raises NotFound for who does not operate, Conflict when it is resolved, is of another kind, or nothing is left.
    """
    incident = incidents.without_case(session, by, key)
    if incident.kind != KIND:
        raise errors.Conflict(incidents.NOTHING_TO_TRY)
    row = Outgoing
    mine = (row.company_id == by.company_id, row.channel_key == int(incident.values["channel"]), row.state == UNKNOWN)
    fates = session.execute(select(row).where(*mine, row.over_at >= incident.created_at).with_for_update()).scalars().all()
    if not fates:
        raise errors.Conflict(NONE_LEFT)
    for each in fates:
        each.state, each.over_at, each.letter, each.due_at = "waiting", None, None, now
        each.facts = {**each.facts, REPEATED: True}
    incidents.settle(incident, by, now=now)
    operated.note(session, by, operated.RETRY, None, "", count=len(fates), now=now)
    session.flush()
    return len(fates)


def _open(session: Session, company_id: str, key: int) -> Incident | None:
    row = Incident
    mine = (row.company_id == company_id, row.kind == KIND, row.state == "open")
    open_incidents = session.execute(select(row).where(*mine).with_for_update()).scalars()
    return next((each for each in open_incidents if each.values.get("channel") == str(key)), None)
