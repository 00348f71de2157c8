"""The catalogue of customer records [客户档案目录]: who may see it, and what of each line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from engine import errors
from engine.people import organisation as organisations
from engine.people.actors import Actor
from engine.people.organisation import SECRECY, Organisation, level_of
from engine.records import policy
from engine.storage.models import CustomerRecord

OPEN_LEVELS = SECRECY[:2]
MAX_OPTIONS = 500
PAGE = 50
NO_RECORD = "There is no such customer record."


@dataclass(frozen=True)
class Line:
    """A record in a list. The name is empty where the reader's clearance does not reach (`is_masked`)."""

    key: int
    number: str
    name: str
    secrecy: str
    keeper: str | None
    copies: list[Any]
    last_business_on: date | None
    version: int
    state: str
    is_masked: bool

    def as_context(self) -> dict[str, Any]:
        """As FEEL sees it; the key is text, because it is longer than a browser's numbers."""
        return {
            "key": str(self.key),
            "number": self.number,
            "name": self.name,
            "secrecy": self.secrecy,
            "keeper": self.keeper,
            "copies": self.copies,
            "last_business_on": self.last_business_on,
            "version": self.version,
            "state": self.state,
        }


def may_list(company: Organisation, by: Actor) -> bool:
    """Whether the person may see the catalogue: groups of [settings.records] readers and keepers."""
    return by.is_system or bool(by.groups & (policy.named(company, "readers") | policy.named(company, "keepers")))


def may_keep(company: Organisation, by: Actor) -> bool:
    """Whether the person may write records and place holds: groups of [settings.records] keepers."""
    return by.is_system or bool(by.groups & policy.named(company, "keepers"))


def search(
    session: Session,
    by: Actor,
    *,
    text: str = "",
    secrecy: str | None = None,
    state: str = "active",
    after: int | None = None,
    limit: int = PAGE,
) -> list[Line]:
    """The catalogue, newest first, from `after` (the last key of the page before). Raises Forbidden.

    A name that the person may not know is neither shown nor found by searching for it.
    """
    company = organisations.of(session, by.company_id, by.organisation_version)
    if not may_list(company, by):
        raise errors.Forbidden("You may not see customer records.")
    conditions: list[ColumnElement[bool]] = [CustomerRecord.company_id == by.company_id, CustomerRecord.state == state]
    if text.strip():
        conditions.append(_matches(text.strip(), by))
    if secrecy:
        conditions.append(CustomerRecord.secrecy == secrecy)
    if after:
        conditions.append(CustomerRecord.key < after)
    rows = session.execute(select(CustomerRecord).where(*conditions).order_by(CustomerRecord.key.desc()).limit(min(limit, 200)))
    return [line(row, by) for row in rows.scalars()]


def lines(session: Session, company: Organisation, by: Actor | None) -> list[Line]:
    """The newest active records as options of a form; names above the person's clearance are masked."""
    statement = (
        select(CustomerRecord)
        .where(CustomerRecord.company_id == company.id, CustomerRecord.state == "active")
        .order_by(CustomerRecord.key.desc())
        .limit(MAX_OPTIONS)
    )
    return [line(row, by) for row in session.execute(statement).scalars()]


def require_keeper(session: Session, by: Actor, secrecy: str | None = None) -> None:
    if by.is_system:
        return
    company = organisations.of(session, by.company_id, by.organisation_version)
    if not may_keep(company, by):
        raise errors.Forbidden("You may not keep customer records.")
    if secrecy in SECRECY and level_of(by.clearance) < level_of(secrecy):
        raise errors.Forbidden(
            "This record is %(secrecy)s; your clearance is %(clearance)s.", secrecy=secrecy, clearance=by.clearance
        )


def _matches(text: str, by: Actor) -> ColumnElement[bool]:
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    known = [level for level in SECRECY if level_of(level) <= level_of(by.clearance)]
    by_name = CustomerRecord.name.ilike(pattern, escape="\\") & CustomerRecord.secrecy.in_(known)
    return or_(CustomerRecord.number.ilike(pattern, escape="\\"), by_name)


def line(row: CustomerRecord, by: Actor | None) -> Line:
    hidden = level_of(row.secrecy) > level_of(by.clearance if by else OPEN_LEVELS[-1])
    return Line(
        row.key,
        row.number,
        "" if hidden else row.name,
        row.secrecy,
        row.keeper,
        row.copies,
        row.last_business_on,
        row.current_version,
        row.state,
        hidden,
    )


def get(session: Session, company_id: str, key: int, *, lock: bool = False) -> CustomerRecord:
    row = find(session, company_id, str(key), lock=lock)
    if row is None:
        raise errors.NotFound(NO_RECORD)
    return row


def find(session: Session, company_id: str, key: str, *, lock: bool = False) -> CustomerRecord | None:
    if not is_key(key):
        return None
    statement = select(CustomerRecord).where(CustomerRecord.company_id == company_id, CustomerRecord.key == int(key))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.execute(statement).scalar_one_or_none()


def is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) < 1 << 63
