"""Messages and signals: published to whoever waits for them, kept for a while for those who come later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, exc, func, select, union_all, update
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases, no_return, variable_size
from engine.cases.cases import Surroundings
from engine.cases.rights import recusal
from engine.definitions import definitions
from engine.execution import comebacks, ledger, message_buffer, settling
from engine.execution.message_buffer import UNHEARD, News
from engine.people.actors import SYSTEM, Actor
from engine.storage import jobs, keys, locking
from engine.storage.models import Message, ProcessInstance, Subscription
from engine.verbs.running import pausing, process_instances

TIME_TO_LIVE = timedelta(days=1)  # of messages that a process throws: whom they are for may get there later
KEPT_AFTER_END = timedelta(days=1)
MAX_TIME_TO_LIVE = timedelta(days=365)
REPEATED = "The message “%(id)s” has been published already."


@dataclass
class Published:
    """What became of a message: the cases that took it (or were started by it); none, and it waits until it expires."""

    key: int
    instance_keys: list[int] = field(default_factory=list)


def publish(
    session: Session,
    by: Actor,
    name: str,
    correlation_key: str,
    variables: Mapping[str, Any],
    *,
    now: datetime,
    time_to_live: timedelta = timedelta(0),
    message_id: str | None = None,
    sender: int | None = None,
    mover: str | None = None,
) -> Published:
    """Publishes a message (BPMN 10.5.5; Camunda 8 publication): one case per process takes it, or a start event.

    When nobody takes it, it is kept for `time_to_live`, for one case of each process that asks for it later; so it is for
    a process that it could not start yet: a second case with the same correlation key begins when the first is over.
    One that is taken at once does not wait for others: an answer given today is not that to a question of tomorrow.
    `sender` is the first case of the tree that threw it, `mover` the username of whoever moved that case.
    Raises Forbidden for others than administrators and for whom a case that takes it is about, Conflict
    for a `message_id` that was published before with the same name and key and still lives.
    """
    _require_administrator(by)
    variable_size.check(session, variables)
    message = _row(by, name, correlation_key, variables, now, min(time_to_live, MAX_TIME_TO_LIVE), message_id)
    message.sender, message.published_by = sender, mover or (None if by.is_system else by.answerable)
    if message_id is not None:
        _refuse_repeat(session, message)
    delivery = _deliver(session, by, message, now)
    if delivery.instance_keys and not delivery.held:
        message.expires_at = now
    if delivery.is_held_up:
        message.expires_at = now + MAX_TIME_TO_LIVE  # nobody knows when the case goes on
    if message.expires_at > now or message_id is not None:
        _keep(session, message)  # one that lives no longer is kept so that its id is refused when it comes again
        for process_id in delivery.processes:
            message_buffer.note(session, message, process_id)
        for process_id in delivery.held:
            message_buffer.note(session, message, process_id, held=True)
    return Published(message.key, delivery.instance_keys)


def correlate(
    session: Session, by: Actor, name: str, correlation_key: str, variables: Mapping[str, Any], *, now: datetime
) -> int:
    """Hands a message to a case that waits for it now, or starts one; returns the instance's key.

    Raises Forbidden for others than administrators, NotFound when nobody waits for it, no_return.Past when it would take
    back what cannot be taken back.
    """
    _require_administrator(by)
    variable_size.check(session, variables)
    message = _row(by, name, correlation_key, variables, now, timedelta(0))
    delivery = _deliver(session, by, message, now)
    taken = delivery.instance_keys
    if not taken and delivery.barred:
        raise delivery.barred
    if not taken and delivery.is_held_up:
        raise errors.Conflict("The case that waits for the message “%(name)s” is suspended.", name=name)
    if not taken:
        raise errors.NotFound("Nobody waits for the message “%(name)s” with the key “%(key)s”.", name=name, key=correlation_key)
    return taken[0]


def broadcast(session: Session, by: Actor, name: str, variables: Mapping[str, Any], *, now: datetime) -> list[int]:
    """Sends a signal to every case of the company that waits for it, and to signal start events."""
    _require_administrator(by)
    variable_size.check(session, variables)
    return _broadcast(session, by, News(name, variables, by.answerable), _signalled(by, name), now)


def _signalled(by: Actor, name: str) -> Select[Subscription]:
    """Who waits for a signal, in the order in which their cases are locked; start events last."""
    mine = (Subscription.company_id == by.company_id, Subscription.kind == "signal", Subscription.name == name)
    in_order = (Subscription.instance_key.is_(None), Subscription.instance_key, Subscription.key)
    return select(Subscription).where(*mine).order_by(*in_order)


def _broadcast(session: Session, by: Actor, news: News, waiting: Select[Subscription], now: datetime) -> list[int]:
    reached = []
    for each in session.execute(waiting).scalars().all():
        if each.instance_key is None:
            reached.append(_start(session, each, news.variables, now))
        elif _hand_over(session, by, each, news, now).is_taken:
            reached.append(each.instance_key)
    return reached


def _broadcast_thrown(session: Session, by: Actor, payload: Mapping[str, Any], now: datetime) -> None:
    """A thrown signal reaches cases of other trees: what waited when it was thrown and still waits (its own has heard it)."""
    waiting = _signalled(by, payload["name"])
    if "thrown" in payload:
        own = select(ProcessInstance.key).where(ProcessInstance.root_key == payload["root_key"])
        elsewhere = (Subscription.key < payload["thrown"]) & Subscription.instance_key.not_in(own)
        waiting = waiting.where(Subscription.instance_key.is_(None) | elsewhere)
    _broadcast(session, by, News(payload["name"], payload["variables"], payload.get("mover")), waiting, now)


def deliver_kept(session: Session, by: Actor, signal: Mapping[str, Any], *, now: datetime) -> None:
    """Hands a signal that came while a case was held up to where the case waits for it still."""
    subscription = session.get(Subscription, signal["subscription"])
    if subscription is not None:
        _hand_over(session, by, subscription, News(signal["name"], signal["variables"], signal.get("mover")), now)


def missed(session: Session, *, now: datetime, limit: int) -> list[int]:
    """The keys of kept messages whose turn has come: for a case they missed, or a process that is free to start again."""
    return message_buffer.missed(session, now=now, limit=limit)


def deliver_missed(session: Session, key: int, *, now: datetime) -> bool:
    """Hands such a message to the first that waits for it, or lets it start what it was held for; False when neither can be."""
    message = session.get(Message, key, with_for_update=True)
    if message is None or message.expires_at <= now:
        return False
    waiting = select(Subscription).join(Message, message_buffer.fits()).where(Message.key == key)
    waiting_key = session.execute(waiting.order_by(Subscription.key).limit(1)).scalar()
    if waiting_key is None:
        return _start_held(session, message, now)
    process_id, by = waiting_key.process_id, SYSTEM(message.company_id)
    handed = _hand_over(session, by, waiting_key, message_buffer.news(message), now)
    if not (handed.is_taken or handed.is_unheard):
        return False
    message_buffer.note(session, message, process_id)
    return True


def _start_held(session: Session, message: Message, now: datetime) -> bool:
    starts = select(Subscription).where(
        Subscription.company_id == message.company_id,
        Subscription.kind == "message",
        Subscription.name == message.name,
        Subscription.instance_key.is_(None),
        Subscription.process_id.in_(message_buffer.held_for(session, message)),
    )
    started = [each for each in session.execute(starts).scalars().all() if _start_by(session, each, message, now)]
    for each in started:
        message_buffer.note(session, message, each.process_id)
    return bool(started)


def expire(session: Session, key: int, error: Exception, *, now: datetime) -> None:
    """Ends the life of a message whose delivery fails, so that it does not fail again for ever."""
    session.execute(update(Message).where(Message.key == key).values(expires_at=now))


def clean_up(session: Session, *, now: datetime) -> None:
    """Removes messages that expired a while ago."""
    message_buffer.clean_up(session, before=now - KEPT_AFTER_END)


@jobs.job(ledger.PUBLISH)
def publish_thrown(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """What a process has thrown reaches the others after its commit."""
    by = SYSTEM(payload["company_id"])
    if payload["kind"] == "message":
        key = payload["correlation_key"]
        publish(
            session,
            by,
            payload["name"],
            "" if key is None else str(key),
            payload["variables"],
            now=now,
            time_to_live=TIME_TO_LIVE,
            sender=payload.get("root_key"),
            mover=payload.get("mover"),
        )
    elif payload["kind"] == "signal":
        _broadcast_thrown(session, by, payload, now)


@dataclass
class _Delivery:
    """Whom a message has reached: cases and their processes, and processes that it may not start yet.

    `barred`: why a case that waited for it could not take it any more.
    `is_held_up` says that it is for a case that is suspended, and waits with it.
    """

    instance_keys: list[int] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    barred: no_return.Past | None = None
    is_held_up: bool = False


def _deliver(session: Session, by: Actor, message: Message, now: datetime) -> _Delivery:
    """One waiting case per process takes it; a process that has none may be started by it."""
    subscriptions = session.execute(_asking(message)).scalars().all()
    waiting = sorted((each for each in subscriptions if each.instance_key is not None), key=lambda each: each.instance_key or 0)
    asked = {each.process_id for each in waiting}
    starts = [each for each in subscriptions if each.instance_key is None and each.process_id not in asked]
    delivery = _Delivery()
    for each in waiting:
        key, process_id = each.instance_key or 0, each.process_id
        handed = _hand_over(session, by, each, message_buffer.news(message), now)
        delivery.barred = delivery.barred or handed.barred
        delivery.is_held_up = delivery.is_held_up or handed.is_held_up
        if handed.is_taken:
            delivery.instance_keys.append(key)
        if handed.is_taken or handed.is_unheard:
            delivery.processes.append(process_id)
    for each in starts:
        _begin(session, each, message, delivery, now)
    return delivery


def _asking(message: Message) -> Select[Subscription]:
    """Of each process the case that has waited longest for a message with this key, and the start events of its name."""
    row = Subscription
    mine = (row.company_id == message.company_id, row.kind == "message", row.name == message.name)
    waiting = select(func.min(row.key)).where(*mine, row.correlation_key == message.correlation_key).group_by(row.process_id)
    starts = select(row.key).where(*mine, row.instance_key.is_(None))
    return select(row).where(row.key.in_(union_all(waiting, starts))).order_by(row.key)


def _begin(session: Session, start: Subscription, message: Message, delivery: _Delivery, now: datetime) -> None:
    started = _start_by(session, start, message, now)
    if started is None:
        delivery.held.append(start.process_id)
    else:
        delivery.instance_keys.append(started)
        delivery.processes.append(start.process_id)


def _start_by(session: Session, start: Subscription, message: Message, now: datetime) -> int | None:
    """The case that a message starts; None while one that was begun with the same key is running."""
    key = message.correlation_key
    if not message_buffer.may_start(session, start.company_id, start.process_id, key):
        return None
    return _start(session, start, message.variables, now, correlation_key=key or None, sender=message.sender)


class _Handed(NamedTuple):
    """Whether a case has taken what it waited for; `barred`: why it could not any more; `is_held_up`: it is suspended.

    `is_unheard`: it came from somebody whom the case is about, and never reaches it.
    """

    is_taken: bool
    barred: no_return.Past | None = None
    is_held_up: bool = False
    is_unheard: bool = False


def _hand_over(session: Session, by: Actor, subscription: Subscription, news: News, now: datetime) -> _Handed:
    """Locks the case, and delivers if it still waits there; what would interrupt it past its point of no return is not taken.

    For a case that is suspended a message waits until it goes on, a signal is kept in its mark. Raises Forbidden for a
    person whom the case is about; what such a `mover` had sent before it is passed over, and stands in its history.
    """
    row = locking.with_row(session, Subscription, subscription.key)
    if row is None or row[0].state != "active":
        return _Handed(False)
    instance, awaited = row
    recusal.require_from(Surroundings(session, by, now), instance)
    if instance.suspended is not None:
        if awaited.kind == "signal":
            pausing.keep_signal(session, instance, awaited.key, *news[:3])
        return _Handed(False, is_held_up=True)
    case = cases.take_up(Surroundings(session, by, now), instance)
    if news.mover != by.answerable and recusal.is_unheard(case, news.mover):
        case.note(UNHEARD, case.definition.program.elements[awaited.element_id], actor=news.mover, name=news.name)
        return _Handed(False, is_unheard=True)
    is_barred = case.run.bars(awaited.token or "")
    kind = "message_barred" if is_barred else "message_received"
    message_buffer.arrived(case, case.definition.program.elements[awaited.element_id], news, kind=kind)
    case.around.cause = _cause(case, awaited, news.variables)
    case.around.event = case.definition.program.elements[awaited.element_id].name
    case.run.deliver(awaited.token or "", news.variables)
    settling.settle(case)
    return _Handed(not is_barred, no_return.refusal(instance, case.around.organisation) if is_barred else None)


def _cause(case: cases.Case, subscription: Subscription, variables: Mapping[str, Any]) -> cases.Cause | None:
    """What moves the case, for the steps to which an answer sends it back; a customer's own words are its `comment`, or why he withdraws.

    None for an event that does not interrupt: the case stays where it is, and what begins beside it is new work.
    """
    element = case.definition.program.elements[subscription.element_id]
    if not element.interrupting:
        return None
    name, words = element.name, variables.get(cases.COMMENT) or variables.get(cases.WITHDRAWAL)
    said = words if isinstance(words, str) else ""
    given = comebacks.heard(element, variables)
    return cases.Cause(case.around.actor, case.instance.key, element.id, name, words=said, heard=given)


def _start(
    session: Session,
    subscription: Subscription,
    variables: Mapping[str, Any],
    now: datetime,
    *,
    correlation_key: str | None = None,
    sender: int | None = None,
) -> int:
    definition, element = definitions.by_key(session, subscription.definition_key or 0), subscription.element_id
    made = process_instances.start_by_event(
        session, definition, element, variables, now=now, correlation_key=correlation_key, begun_by=sender
    )
    return made.key


def _row(
    by: Actor,
    name: str,
    correlation_key: str,
    variables: Mapping[str, Any],
    now: datetime,
    time_to_live: timedelta,
    message_id: str | None = None,
) -> Message:
    if not name:
        raise errors.Invalid("A message needs a name.")
    return Message(
        key=keys.new(),
        company_id=by.company_id,
        name=name,
        correlation_key=correlation_key,
        message_id=message_id or None,
        variables=dict(variables),
        published_at=now,
        expires_at=now + max(time_to_live, timedelta(0)),
    )


def _refuse_repeat(session: Session, message: Message) -> None:
    mine = (
        Message.company_id == message.company_id,
        Message.name == message.name,
        Message.correlation_key == message.correlation_key,
        Message.message_id == message.message_id,
    )
    if session.execute(select(Message.key).where(*mine)).first():
        raise errors.Conflict(REPEATED, id=message.message_id)


def _keep(session: Session, message: Message) -> None:
    try:
        with session.begin_nested():
            session.add(message)
    except exc.IntegrityError as error:  # the same id at the same moment
        raise errors.Conflict(REPEATED, id=message.message_id) from error


def _require_administrator(by: Actor) -> None:
    if not by.operates:
        raise errors.Forbidden("Only administrators may do this.")
