"""Messages that wait until they expire: which processes each has reached, and who may still take it (Camunda 8).

A message reaches one case of each process. One that would start a second case of a process with the same correlation
key is held for that process as long as the first is running.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, delete, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine import runtime
from engine.cases import cases
from engine.cases.cases import Case
from engine.cases.rights import recusal
from engine.storage import keys
from engine.storage.models import CaseLink, Company, Message, MessageCorrelation, ProcessInstance, Subscription
from engine.storage.models.handing import TOLD_BY

SAID = (cases.COMMENT, cases.WITHDRAWAL)  # what somebody wrote with a message
UNHEARD = "message_unheard"  # in the history of a case: a message came from somebody whom it is about
_Text = str | ColumnElement[str] | InstrumentedAttribute[str]


class News(NamedTuple):
    """A message or signal on its way to a case; `mover` is the username of the person behind it, None for the system.

    `sender` is the first case of the tree that threw the message, None for one from outside.
    """

    name: str
    variables: Mapping[str, Any]
    mover: str | None = None
    sender: int | None = None


def news(message: Message) -> News:
    """What a stored message brings, and from whom."""
    return News(message.name, message.variables, message.published_by, message.sender)


def arrived(case: Case, element: runtime.Element, brought: News, *, kind: str = "message_received") -> None:
    """Notes in the history that a message came, of another case's from whom and with which words; the two cases are linked then."""
    told: dict[str, Any] = {"name": brought.name}
    mover = brought.mover if case.around.actor is None else None
    sender = None if brought.sender in (None, case.instance.root_key) else case.session.get(ProcessInstance, brought.sender)
    if sender is not None:
        _link(case, sender)
        told, mover = {**told, "sender": sender.key}, mover or sender.initiator
    words = {name: brought.variables[name] for name in SAID if isinstance(brought.variables.get(name), str)}
    if mover is not None:
        told |= {"mover": mover} | ({"values": words} if words else {})
    case.note(kind, element, actor=case.around.actor, **told)


def _link(case: Case, sender: ProcessInstance) -> None:
    """Links the case with the one whose message it has taken, once."""
    here, link = case.instance.key, CaseLink
    there = (
        and_(link.instance_key == here, link.other_key == sender.key),
        and_(link.instance_key == sender.key, link.other_key == here),
    )
    if case.session.execute(select(link.key).where(or_(*there))).first() is None:
        of = {"company_id": case.instance.company_id, "instance_key": here, "other_key": sender.key}
        case.session.add(CaseLink(key=keys.new(), kind=TOLD_BY, made_by=None, made_at=case.now, **of))


def take(case: Case, element: runtime.Element, name: str, correlation_key: str) -> Message | None:
    """The oldest living message that this case waits for at an element and its process has not had yet; it is noted as taken.

    What somebody had sent whom the case is about is passed over, which its history tells.
    """
    while message := _oldest(case.session, case.instance, name, correlation_key, now=case.now):
        if not recusal.is_unheard(case, message.published_by):
            return message
        case.note(UNHEARD, element, actor=message.published_by, name=message.name)
    return None


def _oldest(session: Session, instance: ProcessInstance, name: str, correlation_key: str, *, now: datetime) -> Message | None:
    waiting = (
        Message.company_id == instance.company_id,
        Message.name == name,
        Message.correlation_key == correlation_key,
        Message.expires_at > now,
        ~_has_reached(instance.process_id),
    )
    statement = select(Message).where(*waiting).order_by(Message.key).limit(1).with_for_update(skip_locked=True)
    key = session.execute(statement).scalar()
    if key is not None:
        note(session, key, instance.process_id)
    return key


def note(session: Session, message: Message, process_id: str, *, held: bool = False) -> None:
    """Notes that a stored message has reached a process, or is held for it."""
    key = (message.key, process_id)
    row = session.get(MessageCorrelation, key)
    if row is None:
        session.add(
            MessageCorrelation(message_key=message.key, process_id=process_id, company_id=message.company_id, held=held)
        )
    else:
        row.held = held
    session.flush()


def may_start(session: Session, company_id: str, process_id: str, correlation_key: str) -> bool:
    """Whether a message of this key may start the process now: no case that such a message began is running.

    Others who would start one wait here until this transaction ends.
    """
    if not correlation_key:
        return True
    session.execute(select(Company.id).where(Company.id == company_id).with_for_update(key_share=True))
    return session.execute(select(_running(company_id, process_id, correlation_key))).scalar() is not True


def missed(session: Session, *, now: datetime, limit: int) -> list[int]:
    """The keys of living messages that somebody waits for, or that are held for a process whose turn it is now."""
    given = {"now": now, "limit": limit}
    keys = {key for statement in MISSED for key in session.execute(statement, given).scalars()}
    return sorted(keys)[:limit]


def fits() -> ColumnElement[bool]:
    """Whether a message is what a case waits for, and its process has not had it."""
    return (
        (Subscription.company_id == Message.company_id)
        & (Subscription.name == Message.name)
        & (Subscription.kind == "message")
        & (Subscription.correlation_key == Message.correlation_key)
        & Subscription.instance_key.is_not(None)
        & ~_has_reached(Subscription.process_id)
        & ~_is_held_up()
    )


def held_for(session: Session, message: Message) -> list[str]:
    """The processes that the message waits to start."""
    mine = (MessageCorrelation.message_key == message.key, MessageCorrelation.held.is_(True))
    return list(session.execute(select(MessageCorrelation.process_id).where(*mine)).scalars())


def clean_up(session: Session, *, before: datetime) -> None:
    """Removes messages that expired before a moment."""
    gone = select(Message.key).where(Message.expires_at < before)
    session.execute(delete(MessageCorrelation).where(MessageCorrelation.message_key.in_(gone)))
    session.execute(delete(Message).where(Message.expires_at < before))


def _has_reached(process_id: _Text) -> ColumnElement[bool]:
    row = MessageCorrelation
    return select(row.message_key).where(row.message_key == Message.key, row.process_id == process_id).exists()


def _is_held_up() -> ColumnElement[bool]:
    """Whether the case that waits is suspended: its messages wait with it."""
    row = ProcessInstance
    return select(row.key).where(row.key == Subscription.instance_key, row.suspended.is_not(None)).exists()


def _running(company_id: _Text, process_id: _Text, correlation_key: _Text) -> ColumnElement[bool]:
    row = ProcessInstance
    same = (row.company_id == company_id, row.process_id == process_id, row.correlation_key == correlation_key)
    return select(row.key).where(*same, row.state == "active").exists()


def _waited() -> Select[int]:
    return select(Message.key).join(Subscription, fits()).where(Message.expires_at > bindparam("now"))


def _held() -> Select[int]:
    running = _running(Message.company_id, MessageCorrelation.process_id, Message.correlation_key)
    return (
        select(Message.key)
        .join(MessageCorrelation, MessageCorrelation.message_key == Message.key)
        .where(MessageCorrelation.held.is_(True), Message.expires_at > bindparam("now"), ~running)
    )


# Every round of every worker asks these; building a statement takes longer than running it.
MISSED = tuple(each.order_by(Message.key).limit(bindparam("limit", type_=Integer)) for each in (_waited(), _held()))
