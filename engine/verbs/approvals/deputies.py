"""Deputies [外出委托]: set up for a period by whoever is away or by administrators, ended at any time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.nearest import nearest
from engine.basics.sayings import Said, joined
from engine.calendar import clock
from engine.cases import notices
from engine.definitions import definitions
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage import database, jobs, keys
from engine.storage.models import Deputy
from engine.verbs import grounds
from engine.verbs.approvals import left_waiting

LONGEST = timedelta(days=366)
MAX_RUNNING = 50  # arrangements of one person that are not over
CIRCLE = "%(names)s would stand in for each other in a circle."
ASKED = Said("请您代理：{name}", "Please stand in: {name}")
ASKED_BODY = Said(
    "{name} 在 {begins} 至 {ends} 期间由您代理{processes}。{reason}",
    "You stand in for {name} from {begins} until {ends}, {processes}. {reason}",
)
ALL_WORK = Said("办理全部待办", "for all work")
SOME_WORK = Said("办理：{about}", "for: {about}")
AWAY_TOO = Said("您的代理人也外出：{name}", "Your deputy is away, too: {name}")
AWAY_TOO_BODY = Said(
    "您在 {begins} 至 {ends} 期间的代理人 {name} 在此期间也外出；其代理人看不到您的待办，请另行委托。",
    "{name}, your deputy from {begins} until {ends}, is away in that time, too; whoever stands in for {name} does not see "
    "your work. Please choose somebody else.",
)
BEGUN = Said("代理已开始：{name}", "Standing in has begun: {name}")
OVER = Said("代理已结束：{name}", "Standing in is over: {name}")
TURN = "deputies.turn"
NOBODY = "There is no person “%(name)s” who could act."
NOBODY_BUT = "There is no person “%(name)s” who could act. Did you mean “%(similar)s”?"
NO_DEPUTY = "There is no such deputy, or you may not view it."
NO_PROCESS = "There is no process “%(process)s”."
NO_PROCESS_BUT = "There is no process “%(process)s”. Did you mean “%(similar)s”?"
LONGEST_NAME = 60  # of what was sent, in a refusal


def set_up(
    session: Session,
    by: Actor,
    deputy: str,
    *,
    begins_at: datetime,
    ends_at: datetime,
    principal: str | None = None,
    processes: Sequence[str] = (),
    covers_existing: bool = True,
    reason: str = "",
    now: datetime,
) -> Deputy:
    """Lets `deputy` act for `principal` (default: oneself) from `begins_at` until before `ends_at`.

    `processes` are ids of those it is about, none means all; without `covers_existing` only tasks that come after it has
    begun. Both hear of it. Raises Forbidden for others than oneself and administrators; Invalid, by field, for an unknown
    or disabled person, a period that is over, empty or longer than a year, an unknown process, and for a circle of people
    who would stand in for each other at the same time.
    """
    away = principal or by.username
    if away != by.username and not by.is_administrator:
        raise errors.Forbidden("Only administrators set up deputies for others.")
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    _check_people(company, away, deputy)
    _check_period(begins_at, ends_at, now)
    _check_processes(session, by, processes)
    database.hold(session, f"deputies:{by.company_id}")
    row = Deputy(
        key=keys.new(),
        company_id=by.company_id,
        principal=away,
        deputy=deputy,
        begins_at=begins_at,
        ends_at=ends_at,
        processes=sorted(set(processes)) or None,
        covers_existing=covers_existing,
        reason=grounds.remark(reason, "reason"),
        created_at=now,
        created_by=by.username,
    )
    running = _at_the_same_time(session, row)
    _refuse_circle(company, row, running)
    if sum(each.principal == away for each in running) >= MAX_RUNNING:
        raise errors.Conflict("There are %(number)s deputies already. Please end some first.", number=MAX_RUNNING)
    session.add(row)
    session.flush()
    _tell(session, company, row, running, now)
    _order_turns(session, row, now)
    return row


def _order_turns(session: Session, row: Deputy, now: datetime) -> None:
    for at in (row.begins_at, row.ends_at):
        if at > now:
            jobs.enqueue(session, TURN, {"deputy": row.key}, company_id=row.company_id, run_at=at, key=f"{row.key}:{at}")


@jobs.job(TURN)
def turn(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Tells both that it begins, or that its time is over; one that was ended before was told then."""
    row = session.get(Deputy, payload["deputy"])
    if row is None or row.ended_at is not None:
        return
    company = organisation.current(session, row.company_id)
    subject = (OVER if row.ends_at <= now else BEGUN).of(name=company.name_of(row.principal))
    _send(session, company, (row.principal, row.deputy), subject, "", now)
    if row.ends_at > now:
        left_waiting.tell_begun(session, company, row, now=now)


def end(session: Session, by: Actor, key: int, *, now: datetime) -> Deputy:
    """Ends it at once: by whoever is away, and by administrators. Raises NotFound, Forbidden; Conflict when it is over."""
    row = session.get(Deputy, key, with_for_update=True)
    if row is None or row.company_id != by.company_id:
        raise errors.NotFound(NO_DEPUTY)
    if by.username != row.principal and not by.is_administrator:
        if by.username != row.deputy:
            raise errors.NotFound(NO_DEPUTY)
        raise errors.Forbidden("Only who is away, or an administrator, ends this.")
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if row.ended_at is not None:
        name = company.name_of(row.ended_by)
        raise errors.Conflict("%(name)s has ended this on %(at)s.", name=name, at=clock.said(company, row.ended_at))
    if row.ends_at <= now:
        raise errors.Conflict("This was over on %(at)s.", at=clock.said(company, row.ends_at))
    row.ended_at, row.ended_by = now, by.username
    session.flush()
    others = {row.principal, row.deputy} - {by.username}
    _send(session, company, sorted(others), OVER.of(name=company.name_of(row.principal)), "", now)
    return row


def _check_people(company: Organisation, away: str, deputy: str) -> None:
    for field, name in (("principal", away), ("deputy", deputy)):
        if not company.is_active(name):
            name = name[:LONGEST_NAME]
            similar = nearest(name, (each.username for each in company.people.values() if not each.is_disabled))
            _refuse(field, NOBODY_BUT if similar else NOBODY, name=name, similar=similar)
    if away == deputy:
        _refuse("deputy", "Nobody stands in for himself or herself.")


def _check_period(begins_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= begins_at:
        _refuse("ends_at", "The end must be later than the beginning.")
    if ends_at <= now:
        _refuse("ends_at", "This period is over already.")
    if ends_at - begins_at > LONGEST:
        _refuse("ends_at", "A deputy is set up for a year at most.")


def _check_processes(session: Session, by: Actor, processes: Iterable[str]) -> None:
    known = {each.process_id for each in definitions.all_latest(session, by.company_id)} if processes else set()
    for process_id in processes:
        if process_id not in known:
            sent = process_id[:LONGEST_NAME]
            similar = nearest(sent, known)
            _refuse("processes", NO_PROCESS_BUT if similar else NO_PROCESS, process=sent, similar=similar)


def _refuse(field: str, text: str, **values: object) -> None:
    refusal = errors.Refusal(text, fields=None, **values)
    raise errors.Invalid(text, fields={field: [refusal]}, **values)


def _at_the_same_time(session: Session, new: Deputy) -> list[Deputy]:
    """What else is arranged in this period, about a process that both mean."""
    row = Deputy
    statement = select(row).where(
        row.company_id == new.company_id, row.ended_at.is_(None), row.begins_at < new.ends_at, row.ends_at > new.begins_at
    )
    return [each for each in session.execute(statement.order_by(row.key)).scalars() if _overlap(each, new)]


def _overlap(one: Deputy, other: Deputy) -> bool:
    return one.processes is None or other.processes is None or not set(one.processes).isdisjoint(other.processes)


def _refuse_circle(company: Organisation, new: Deputy, running: Iterable[Deputy]) -> None:
    """Follows who stands in for whom from the new deputy on; coming back to whoever is away would be a circle."""
    led_by: dict[str, str] = {new.deputy: new.principal}
    ahead = [new.deputy]
    while ahead:
        name = ahead.pop()
        for each in running:
            if each.principal != name or each.deputy in led_by:
                continue
            led_by[each.deputy] = name
            if each.deputy == new.principal:
                _refuse("deputy", CIRCLE, names=sayings.joined(company.name_of(username) for username in _way(led_by, new)))
            ahead.append(each.deputy)


def _way(led_by: dict[str, str], new: Deputy) -> list[str]:
    """The people of a circle, from who is away on."""
    names, name = [new.principal], led_by[new.principal]
    while name != new.principal:
        names.append(name)
        name = led_by[name]
    return [names[0], *reversed(names[1:])]


def _tell(session: Session, company: Organisation, new: Deputy, running: Iterable[Deputy], now: datetime) -> None:
    titles = {each.process_id: each.title for each in definitions.all_latest(session, company.id)}
    about = [titles.get(each, each) for each in new.processes or ()]
    body = ASKED_BODY.of(
        name=company.name_of(new.principal),
        begins=clock.said(company, new.begins_at),
        ends=clock.said(company, new.ends_at),
        processes=SOME_WORK.of(about=joined(about)) if about else ALL_WORK,
        reason=new.reason,
    )
    _send(session, company, [new.deputy], ASKED.of(name=company.name_of(new.principal)), body, now)
    if new.covers_existing:
        left_waiting.tell_beforehand(session, company, new, now)
        if new.begins_at <= now:
            left_waiting.tell_begun(session, company, new, but=new.principal, now=now)
    for each in running:
        if each.deputy == new.principal:  # one step only: whoever had chosen him must choose again
            _tell_away(session, company, each.principal, each, now)
        if each.principal == new.deputy:
            _tell_away(session, company, new.principal, new, now)


def _tell_away(session: Session, company: Organisation, to: str, of: Deputy, now: datetime) -> None:
    name = company.name_of(of.deputy)
    period = {"begins": clock.said(company, of.begins_at), "ends": clock.said(company, of.ends_at)}
    body = AWAY_TOO_BODY.of(name=name, **period)
    _send(session, company, [to], AWAY_TOO.of(name=name), body, now)


def _send(session: Session, company: Organisation, to: Iterable[str], subject: Said, body: Said | str, now: datetime) -> None:
    facts = {"subject": subject, "said": body or subject}
    notices.send(session, company, to, subject, body, now=now, kind="deputy", facts=facts)
