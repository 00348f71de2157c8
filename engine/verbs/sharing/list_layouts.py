"""How a person lays out a list of the inbox: which columns it shows, in which order, how wide [列设置]; his alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.nearest import nearest
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import ListLayout

OPEN, DONE, STARTED = "open", "done", "started"
COPIES, CONSULTED, FOLLOWED = "copies", "consulted", "followed"
NORMAL = "normal"
NO_COLUMN = "This list has no column “%(name)s”."
NEAR_COLUMN = "This list has no column “%(name)s”; did you mean “%(similar)s”?"
WIDTHS = ("narrow", NORMAL, "wide")
# Of each list, what may be chosen, in the usual order; False: not shown as long as nobody asks for it.
COLUMNS: Mapping[str, Mapping[str, bool]] = {
    OPEN: {"values": True, "number": False, "process": False, "previous": True, "initiator": True, "arrived": False},
    DONE: {"step": True, "number": True, "process": False, "initiator": True, "handled": True, "where": True, "state": True},
    STARTED: {
        "number": True,
        "process": False,
        "started": True,
        "where": True,
        "deadline": True,
        "state": True,
        "ended": False,
    },
    COPIES: {"number": True, "process": True, "initiator": True, "by": True, "text": True, "where": True},
    CONSULTED: {"text": True, "by": True, "number": True, "process": True, "initiator": True, "where": True},
    FOLLOWED: {"number": True, "process": True, "initiator": True, "where": True},
}


@dataclass(frozen=True)
class LaidColumn:
    """A column of a list as a person wants it."""

    name: str
    is_shown: bool
    width: str = NORMAL


@dataclass(frozen=True)
class Layout:
    """All columns of a list in a person's order; `is_own` once he has chosen."""

    name: str
    columns: tuple[LaidColumn, ...]
    is_own: bool = False

    @property
    def shown(self) -> list[LaidColumn]:
        """Those that the list shows."""
        return [each for each in self.columns if each.is_shown]

    def shows(self, name: str) -> bool:
        """Whether the list shows a column of this name."""
        return any(each.name == name for each in self.shown)

    def moved(self, name: str, by: int) -> Layout:
        """The same with one column further on, or back; at an end it stays."""
        order = [each.name for each in self.columns]
        here = order.index(name)
        there = min(max(here + by, 0), len(order) - 1)
        columns = [*self.columns]
        columns.insert(there, columns.pop(here))
        return Layout(self.name, tuple(columns), is_own=True)


def layout_of(session: Session, by: Actor, name: str) -> Layout:
    """The person's layout of a list, or the usual one; columns that are new since stand at its end. Raises NotFound."""
    usual = [LaidColumn(each, is_shown) for each, is_shown in _known(name).items()]
    row = session.execute(select(ListLayout).where(*_mine(by, name))).scalar()
    if row is None:
        return Layout(name, tuple(usual))
    kept = [LaidColumn(**each) for each in row.columns["columns"] if each["name"] in _known(name)]
    names = {each.name for each in kept}
    return Layout(
        name, (*kept, *(LaidColumn(each.name, is_shown=False) for each in usual if each.name not in names)), is_own=True
    )


def save(session: Session, by: Actor, name: str, columns: Sequence[LaidColumn]) -> None:
    """Keeps the columns in this order; those that are not named stand behind, hidden.

    Raises NotFound for an unknown list, Invalid for an unknown column or width, and when no column would be left.
    """
    _check(name, columns)
    kept = {each.name: {"name": each.name, "is_shown": each.is_shown, "width": each.width} for each in columns}
    row = session.execute(select(ListLayout).where(*_mine(by, name))).scalar()
    if row is None:
        row = ListLayout(key=keys.new(), company_id=by.company_id, username=by.username, list=name)
        session.add(row)
    row.columns = {"columns": [*kept.values()]}
    session.flush()


def reset(session: Session, by: Actor, name: str) -> None:
    """The list looks as usual again. Raises NotFound for an unknown list."""
    _known(name)
    row = session.execute(select(ListLayout).where(*_mine(by, name))).scalar()
    if row is not None:
        session.delete(row)
        session.flush()


def _check(name: str, columns: Iterable[LaidColumn]) -> None:
    known = _known(name)
    for each in columns:
        if each.name not in known:
            meant = nearest(each.name, known)
            raise errors.Invalid(NO_COLUMN if meant is None else NEAR_COLUMN, name=each.name, similar=meant)
        if each.width not in WIDTHS:
            raise errors.Invalid("A column is narrow, normal or wide, not “%(width)s”.", width=each.width)
    if not any(each.is_shown for each in columns):
        raise errors.Invalid("Choose at least one column.")


def _known(name: str) -> Mapping[str, bool]:
    if name not in COLUMNS:
        raise errors.NotFound("There is no such list.")
    return COLUMNS[name]


def _mine(by: Actor, name: str) -> tuple[Any, ...]:
    return ListLayout.company_id == by.company_id, ListLayout.username == by.username, ListLayout.list == name
