"""Marks of pages: what a page is sent for is done once, however often and however simultaneously it is sent."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.storage import database, keys, models

REMEMBERED = timedelta(days=30)
MAX_LENGTH = 100


def of_content(mark: str, *sent: object) -> str:
    """A mark of what was sent with a mark, whatever the order of its members; "" without one."""
    if not mark:
        return ""
    whole = json.dumps([mark, *sent], sort_keys=True, ensure_ascii=False, default=str)
    return f"sent-{hashlib.blake2b(whole.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


def take(session: Session, company_id: str, mark: str) -> int | None:
    """None for a new mark, which is then held until the transaction ends; else the key that was kept with it.

    Whoever comes at the same moment waits here until the first has committed.
    """
    row = models.PageMark
    insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    values = {"company_id": company_id, "mark": mark[:MAX_LENGTH], "key": 0}
    taken = insert(row).values(**values).on_conflict_do_nothing().returning(row.key)
    if session.execute(taken).scalar() is not None:
        return None
    return session.execute(select(row.key).where(*_same(company_id, mark))).scalar()


def hold(session: Session, company_id: str, mark: str) -> int:
    """The key that is kept with a mark, 0 for none; nobody else holds or keeps it until the transaction ends."""
    row = models.PageMark
    insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    new = insert(row).values(company_id=company_id, mark=mark[:MAX_LENGTH], key=0)
    held = new.on_conflict_do_update(index_elements=[row.company_id, row.mark], set_={"key": row.key}).returning(row.key)
    return int(session.execute(held).scalar_one())


def keep(session: Session, company_id: str, mark: str, key: int) -> None:
    """Keeps with a taken mark what was made for it."""
    session.execute(update(models.PageMark).where(*_same(company_id, mark)).values(key=key))


def is_known(session: Session, company_id: str, mark: str) -> bool:
    """Whether the mark was taken by a transaction that has committed, or by this one."""
    return session.execute(select(models.PageMark.key).where(*_same(company_id, mark))).scalar() is not None


def key_of(session: Session, company_id: str, mark: str) -> int | None:
    """What was made for a mark; None for one that is not known, or whose making is still under way."""
    return session.execute(select(models.PageMark.key).where(*_same(company_id, mark))).scalar() or None


def forget(session: Session, *, now: datetime) -> None:
    """Removes old marks, by the age of the keys kept with them; a page is not sent again after that."""
    row = models.PageMark
    session.execute(delete(row).where(row.key < keys.first_of(now - REMEMBERED)))


def _same(company_id: str, mark: str) -> tuple[ColumnElement[bool], ...]:
    row = models.PageMark
    return row.company_id == company_id, row.mark == mark[:MAX_LENGTH]
