"""The catalogue of customer records [客户档案目录]: who may see it, and what of each line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, cast, or_, select, type_coerce
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.letters import pinyin, spellings
from engine.people import organisation as organisations
from engine.people.actors import Actor
from engine.people.organisation import SECRECY, Organisation, level_of
from engine.records import policy
from engine.storage.models import CustomerRecord

OPEN_LEVELS = SECRECY[:2]
MAX_OPTIONS = 500
SCANNED = 50_000
PAGE = 50
NO_RECORD = "There is no such customer record, or you may not view it."
Conditions = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True)
class CatalogueLine:
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
    known_until: date | None = None

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
    """Whether the person may see the catalogue: groups of [settings.records] readers and keepers, keepers and auditors by role."""
    by_role = by.is_system or by.keeps_records or by.is_auditor
    return by_role or bool(by.groups & (policy.named(company, "readers") | policy.named(company, "keepers")))


def may_keep(company: Organisation, by: Actor) -> bool:
    """Whether the person may write records and place holds: groups of [settings.records] keepers, and keepers by role."""
    return by.is_system or by.keeps_records or bool(by.groups & policy.named(company, "keepers"))


def search(
    session: Session,
    by: Actor,
    *,
    text: str = "",
    secrecy: str | None = None,
    state: str = "active",
    within: Conditions = (),
    after: int | None = None,
    limit: int = PAGE,
) -> list[CatalogueLine]:
    """The catalogue, newest first, from `after` (the last key of the page before). Raises Forbidden.

    A name that the person may not know is neither shown nor found by searching for it.
    """
    company = organisations.at_version(session, by.company_id, by.organisation_version)
    if not may_list(company, by):
        raise errors.Forbidden("You may not see customer records.")
    conditions: list[ColumnElement[bool]] = [CustomerRecord.company_id == by.company_id, CustomerRecord.state == state]
    conditions += within
    if text.strip():
        conditions.append(_matches(company, text.strip(), by))
    if secrecy:
        conditions.append(CustomerRecord.secrecy == secrecy)
    if after:
        conditions.append(CustomerRecord.key < after)
    rows = session.execute(select(CustomerRecord).where(*conditions).order_by(CustomerRecord.key.desc()).limit(min(limit, 200)))
    return [line(row, by) for row in rows.scalars()]


def proposals(company: Organisation, by: Actor | None, text: str) -> Conditions:
    """What makes a record one that a form may offer: active, and holding `text`."""
    active = (CustomerRecord.company_id == company.id, CustomerRecord.state == "active")
    return (*active, _matches(company, text.strip(), by)) if text.strip() else active


def named(session: Session, by: Actor | None, within: Conditions, keys: Iterable[str], number: str) -> list[CatalogueLine]:
    """Those of the keys, and the one of that number, that meet the conditions."""
    wanted = [int(key) for key in keys if is_key(key)]
    if not wanted and not number:
        return []
    one = or_(CustomerRecord.key.in_(wanted), CustomerRecord.number == number)
    rows = session.execute(select(CustomerRecord).where(*within, one).order_by(CustomerRecord.key.desc()))
    return [line(row, by) for row in rows.scalars()]


def newest(
    session: Session, by: Actor | None, within: Conditions, company: Organisation, text: str
) -> tuple[list[CatalogueLine], bool]:
    """The newest MAX_OPTIONS that meet the conditions and hold `text`, and whether there may be more.

    A search looks through the newest SCANNED records, however many there are.
    """
    statement, oldest = select(CustomerRecord).where(*within), 0
    if text:
        oldest = _oldest_scanned(session, company)
        statement = statement.where(_matches(company, text, by), CustomerRecord.key > oldest)
    rows = session.execute(statement.order_by(CustomerRecord.key.desc()).limit(MAX_OPTIONS + 1)).scalars().all()
    return [line(row, by) for row in rows[:MAX_OPTIONS]], len(rows) > MAX_OPTIONS or oldest > 0


def _oldest_scanned(session: Session, company: Organisation) -> int:
    """The key behind which a search does not look; 0 where it looks through all."""
    active = (CustomerRecord.company_id == company.id, CustomerRecord.state == "active")
    statement = select(CustomerRecord.key).where(*active).order_by(CustomerRecord.key.desc()).offset(SCANNED).limit(1)
    return session.execute(statement).scalar() or 0


def require_keeper(session: Session, by: Actor, secrecy: str | None = None) -> None:
    if by.is_system:
        return
    company = organisations.at_version(session, by.company_id, by.organisation_version)
    if not may_keep(company, by):
        raise errors.Forbidden("You may not keep customer records.")
    if secrecy in SECRECY and level_of(by.clearance) < level_of(secrecy):
        raise errors.Forbidden(
            "This record is %(secrecy)s; your clearance is %(clearance)s.", secrecy=secrecy, clearance=by.clearance
        )


def _matches(company: Organisation, text: str, by: Actor | None) -> ColumnElement[bool]:
    """Whether any column of the catalogue holds the text; a name that the person may not know is not found by it."""
    row = CustomerRecord
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    names = [row.name.ilike(pattern, escape="\\")]
    if text.isascii():
        names.append(row.initials.like(pattern.casefold(), escape="\\"))
    keepers = [each.username for each in company.people.values() if pinyin.matches(each.name, text)]
    texts = (type_coerce(row.copies, String), cast(row.last_business_on, String))
    shown: list[ColumnElement[bool]] = [column.ilike(pattern, escape="\\") for column in texts]
    shown += [row.number.icontains(each, autoescape=True) for each in spellings.of_word(text)]
    return or_(or_(*names) & is_known(by), *shown, row.keeper.in_(keepers), row.secrecy == text)


def is_known(by: Actor | None) -> ColumnElement[bool]:
    """That the person's clearance reaches the record."""
    clearance = level_of(by.clearance if by else OPEN_LEVELS[-1])
    return CustomerRecord.secrecy.in_([level for level in SECRECY if level_of(level) <= clearance])


def line(row: CustomerRecord, by: Actor | None) -> CatalogueLine:
    hidden = level_of(row.secrecy) > level_of(by.clearance if by else OPEN_LEVELS[-1])
    return CatalogueLine(
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
        None if hidden else row.known_until,
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
