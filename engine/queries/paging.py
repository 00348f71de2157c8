"""Keyset paging: pages that cost the same at the end of a long list as at its beginning."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import literal, tuple_

from engine import errors
from engine.basics import json_texts

SIZE = 50
LARGEST_KEY = (1 << 63) - 1

Row = TypeVar("Row")


@dataclass(frozen=True)
class WantedPage:
    """Which page: behind `after`, in front of `before`, the last one, or (none of these) the first."""

    after: str = ""
    before: str = ""
    last: bool = False
    size: int = SIZE

    @property
    def is_backwards(self) -> bool:
        """Whether rows are walked from the end."""
        return bool(self.before) or self.last

    @property
    def cursor(self) -> tuple[Any, ...] | None:
        """The position to go on from, None at an end of the list."""
        return decode(self.after or self.before) if self.after or self.before else None


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows in reading order, and the cursors of the pages before and behind; "" where there is none."""

    rows: list[Row] = field(default_factory=list)
    previous: str = ""
    next: str = ""


def encode(position: Sequence[Any]) -> str:
    """A position as text for an address."""
    return base64.urlsafe_b64encode(json.dumps(list(position)).encode()).decode().rstrip("=")


def decode(text: str) -> tuple[Any, ...]:
    """The position of a cursor. Raises `Invalid` for one that was tampered with."""
    try:
        position = json_texts.read(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, errors.Invalid) as error:
        raise errors.Invalid("This page address is damaged. Please open the list again.") from error
    if not isinstance(position, list):
        raise errors.Invalid("This page address is damaged. Please open the list again.")
    return tuple(position)


def page(lines: Sequence[Row], wanted: WantedPage, position: Callable[[Row], Sequence[Any]]) -> Page[Row]:
    """The page made of `lines`: up to size + 1 rows in the walking order, the one too many tells that more follow."""
    more = len(lines) > wanted.size
    rows = list(lines[: wanted.size])
    if wanted.is_backwards:
        rows.reverse()
    if not rows:
        return Page()
    has_previous = more if wanted.is_backwards else bool(wanted.after)
    has_next = bool(wanted.before) if wanted.is_backwards else more
    return Page(
        rows,
        encode(position(rows[0])) if has_previous else "",
        encode(position(rows[-1])) if has_next else "",
    )


def moment_and_key(cursor: tuple[Any, ...]) -> tuple[datetime, int]:
    """A cursor of lists ordered by a moment and a key. Raises `Invalid` for any other."""
    match cursor:
        case (str() as text, int() as key) if key <= LARGEST_KEY:
            with contextlib.suppress(ValueError):
                moment = datetime.fromisoformat(text)
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), key
    raise errors.Invalid("This page address is damaged. Please open the list again.")


def only_key(cursor: tuple[Any, ...]) -> int:
    """A cursor of lists ordered by key alone. Raises `Invalid` for any other."""
    match cursor:
        case (int() as key,) if key <= LARGEST_KEY:
            return key
    raise errors.Invalid("This page address is damaged. Please open the list again.")


def newest_first(statement: Any, key: Any, wanted: WantedPage) -> Any:
    """A select narrowed to one page of rows walked by their key, newest first; one row too many tells that more follow."""
    return _by_key(statement, key, wanted, rises=wanted.is_backwards)


def oldest_first(statement: Any, key: Any, wanted: WantedPage) -> Any:
    """`newest_first`, the other way round."""
    return _by_key(statement, key, wanted, rises=not wanted.is_backwards)


def earliest_first(statement: Any, moment: Any, key: Any, wanted: WantedPage) -> Any:
    """The same of rows walked by a moment that all of them have, then by their key; cursors as `moment_and_key` reads them."""
    return _by_moment(statement, moment, key, wanted, rises=not wanted.is_backwards)


def latest_first(statement: Any, moment: Any, key: Any, wanted: WantedPage) -> Any:
    """`earliest_first`, the other way round."""
    return _by_moment(statement, moment, key, wanted, rises=wanted.is_backwards)


def _by_moment(statement: Any, moment: Any, key: Any, wanted: WantedPage, *, rises: bool) -> Any:
    here = tuple_(moment, key)
    if wanted.cursor is not None:
        at, last = moment_and_key(wanted.cursor)
        there = tuple_(literal(at, moment.type), literal(last))
        statement = statement.where(here > there if rises else here < there)
    return statement.order_by(*(each.asc() if rises else each.desc() for each in (moment, key))).limit(wanted.size + 1)


def _by_key(statement: Any, key: Any, wanted: WantedPage, *, rises: bool) -> Any:
    if wanted.cursor is not None:
        position = only_key(wanted.cursor)
        statement = statement.where(key > position if rises else key < position)
    return statement.order_by(key.asc() if rises else key.desc()).limit(wanted.size + 1)
