"""When a record's term of secrecy [保密期限] runs out: which are near their last day or past it, and whose work that is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, false, func, or_, select
from sqlalchemy.orm import Session

from engine.definitions.values import company_values
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.records import catalogue, policy
from engine.records.knowing import circle
from engine.storage.models import CustomerRecord, Person

WARNING_DAYS = 7  # before the last day, where the company says nothing
SOON, OVER, MINE = ALL = ("soon", "over", "mine")  # how a list is narrowed; MINE: both, of those that the reader keeps
REACHED = "reached"  # it is the last day: the record is still secret, and its term ends
MOST = 500  # opened at once
Row = CustomerRecord


def warning_days(company: Organisation) -> int:
    """How many days before the last one a keeper is told: the company's own value that [settings.records] `circle_warning` names."""
    given: Any = company.settings.get(company_values.of_records(company.settings))
    return int(given) if policy.is_days(given) else WARNING_DAYS


def _near(company: Organisation, today: date) -> date:
    """The latest last day that is near."""
    return today + timedelta(days=min(warning_days(company), (date.max - today).days))


def note(company: Organisation, row: CustomerRecord, content: Mapping[str, Any]) -> None:
    """Sets beside the line what its newest content says, so that nothing has to be opened to find what runs out."""
    row.known_until, row.known_until_of = circle.until(company, content), _of(company, row.current_version)


def said_of(company: Organisation, last: date | None, today: date) -> str:
    """SOON, REACHED or OVER by a record's last day; "" for one that is far, and where there is none."""
    return "" if last is None or last > _near(company, today) else _said(last, today)


def _said(last: date, today: date) -> str:
    return OVER if last < today else REACHED if last == today else SOON


def within(company: Organisation, by: Actor, ending: str, today: date) -> catalogue.Conditions:
    """What a list is narrowed to; nobody learns in this way of a record above his clearance."""
    last = _near(company, today)
    chosen = {
        SOON: Row.known_until.between(today, last),
        OVER: Row.known_until < today,
        MINE: and_(Row.known_until <= last, kept_by(company, by)),
    }
    return (chosen[ending], catalogue.is_known(by)) if ending in chosen else ()


def kept_by(company: Organisation, by: Actor) -> ColumnElement[bool]:
    """Whether the person keeps the record, or stands in for who does; where its keeper has left it is all keepers' work."""
    processes = policy.named(company, "saved_by")
    away = [each.username for each in by.principals if each.processes is None or each.processes & processes]
    here = select(Person.username).where(Person.company_id == company.id, Person.is_disabled.is_(False))
    is_left = or_(Row.keeper.is_(None), Row.keeper.not_in(here)) if catalogue.may_keep(company, by) else false()
    return or_(Row.keeper.in_([by.username, *away]), is_left)


def stale(company: Organisation) -> catalogue.Conditions:
    """Lines beside which stands what another version, or another field, said: of before, or the company chose another field."""
    read_of = cast(Row.current_version, String).concat(_of(company, ""))
    return (Row.company_id == company.id, Row.state == "active", Row.known_until_of != read_of)


def due(company: Organisation, today: date) -> catalogue.Conditions:
    """Lines of whose near or reached last day nobody has been told yet."""
    last = _near(company, today)
    reached = cast(Row.known_until, String).concat(f":{OVER}:").concat(func.coalesce(Row.keeper, ""))
    return (Row.company_id == company.id, Row.state == "active", Row.known_until <= last, Row.end_told != reached)


def stage(row: CustomerRecord, today: date) -> str:
    """What its keeper is to be told of its last day by now, as `end_told` keeps it; "" where he was told."""
    near, reached = (f"{row.known_until}:{each}:{row.keeper or ''}" for each in (SOON, OVER))
    wanted = near if row.known_until is None or _said(row.known_until, today) == SOON else reached
    return "" if row.end_told in (wanted, reached) else wanted


def over(session: Session, company: Organisation, by: Actor, today: date) -> list[int]:
    """The keys of what is over as far as the person may know of it, the oldest end first; one more than a field can offer."""
    mine = (Row.company_id == company.id, Row.state == "active", *within(company, by, OVER, today))
    chosen = select(Row.key).where(*mine).order_by(Row.known_until, Row.key).limit(catalogue.MAX_OPTIONS + 1)
    return list(session.execute(chosen).scalars())


def count(session: Session, company: Organisation, by: Actor, today: date) -> int:
    """How many records the person keeps whose term runs out or is over; no statement for who may see none."""
    if not circle.fields(company)[1] or not catalogue.may_list(company, by):
        return 0
    mine = (Row.company_id == company.id, Row.state == "active", *within(company, by, MINE, today))
    return len(session.execute(select(Row.key).where(*mine).limit(MOST)).all())


def _of(company: Organisation, version: object) -> str:
    return f"{version}:{circle.fields(company)[1]}"
