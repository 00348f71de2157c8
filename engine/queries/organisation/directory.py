"""The tree of departments with their people, and finding somebody by name, initials, number or username."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session

from engine import errors
from engine.basics.letters import pinyin
from engine.people.actors import Actor
from engine.people.organisation import Member, Organisation, Unit
from engine.queries import paging
from engine.queries.organisation import reading

FOUND = 20
DAMAGED = "This page address is damaged. Please open the list again."
HERE, LEFT = "", "left"
Row = TypeVar("Row")


@dataclass(frozen=True)
class DepartmentBranch:
    """A department in the tree: how deep it stands, how many people it has with all below it."""

    unit: Unit
    depth: int
    people: int
    has_below: bool


@dataclass(frozen=True)
class PersonLine:
    """A person in the list, names instead of keys."""

    username: str
    name: str
    number: str
    department: str
    post: str
    mobile: str
    is_head: bool
    is_disabled: bool


@dataclass(frozen=True)
class Directory:
    """The page: the tree, the department that is looked at, one page of people; `total` counts all that fit."""

    branches: list[DepartmentBranch]
    closed: list[Unit]
    chosen: Unit | None
    way: list[Unit]
    page: paging.Page[PersonLine]
    total: int
    people: int
    left: int


def directory(
    session: Session, by: Actor, *, department: str = "", text: str = "", state: str = HERE, wanted: paging.WantedPage
) -> Directory:
    """The tree and a page of people: of a department with all below it, or who fit a text. Raises Forbidden, NotFound."""
    company = reading.company(session, by)
    chosen = company.departments.get(department)
    if department and chosen is None:
        raise errors.NotFound("There is no such department.")
    members = [each for each in company.people.values() if each.is_disabled == (state == LEFT)]
    if chosen is not None:
        below = company.below(chosen.id)
        members = [each for each in members if each.department in below]
    if text.strip():
        members = [each for each in members if fits(each, text)]
    page = walked(members, wanted)
    gone = sum(each.is_disabled for each in company.people.values())
    return Directory(
        list(_branches(company)),
        [each for each in company.departments.values() if each.is_closed],
        chosen,
        company.path_of(department)[:-1],
        paging.Page([line(company, each) for each in page.rows], page.previous, page.next),
        len(members),
        len(company.people) - gone,
        gone,
    )


def find(company: Organisation, text: str) -> list[Member]:
    """The first of those who may act and fit a text, for a field that names a person."""
    active = (each for each in company.people.values() if company.is_active(each.username) and fits(each, text))
    return sorted(active, key=order)[:FOUND] if text.strip() else []


def fits(member: Member, text: str) -> bool:
    """Whether name, its initials, username or employee number hold the text, or the mobile number begins so."""
    wanted = text.strip().casefold()
    texts = (member.username.casefold(), (member.employee_number or "").casefold())
    is_mobile = len(wanted) > 3 and (member.mobile or "").startswith(wanted)
    return pinyin.matches(member.name, wanted) or is_mobile or any(wanted in each for each in texts)


def order(member: Member) -> tuple[str, str]:
    """By the reading of the name, as lists of people are sorted."""
    return pinyin.spelled(member.name), member.username


def walked(members: list[Member], wanted: paging.WantedPage) -> paging.Page[Member]:
    """One page of people in their order."""
    return walked_by(members, order, wanted)


def walked_by(rows: list[Row], position: Callable[[Row], tuple[str, str]], wanted: paging.WantedPage) -> paging.Page[Row]:
    """One page of what was read as a whole, ordered by two texts. Raises Invalid for a cursor of another list."""
    cursor = wanted.cursor
    if cursor is not None:
        match cursor:
            case (str() as first, str() as second):
                here = (first, second)
            case _:
                raise errors.Invalid(DAMAGED)
        rows = [each for each in rows if (position(each) < here if wanted.is_backwards else position(each) > here)]
    ordered = sorted(rows, key=position, reverse=wanted.is_backwards)
    return paging.page(ordered[: wanted.size + 1], wanted, position)


def line(company: Organisation, member: Member) -> PersonLine:
    """A person as lists show him."""
    unit = company.departments.get(member.department or "")
    return PersonLine(
        member.username,
        member.name,
        member.employee_number or "",
        unit.name if unit else "",
        company.posts.get(member.posts[0], "") if member.posts else "",
        member.mobile or "",
        bool(unit and unit.head == member.username),
        member.is_disabled,
    )


def choices(company: Organisation) -> list[tuple[str, str, int]]:
    """The open departments to choose from, as the tree shows them: id, name, depth."""
    return [(each.unit.id, each.unit.name, each.depth) for each in _branches(company)]


def _branches(company: Organisation) -> Iterator[DepartmentBranch]:
    open_units = [each for each in company.departments.values() if not each.is_closed]
    counted: dict[str, int] = {}
    for member in company.people.values():
        if member.department and not member.is_disabled:
            counted[member.department] = counted.get(member.department, 0) + 1
    ids = {each.id for each in open_units}
    below: dict[str | None, list[Unit]] = {}
    for unit in open_units:
        below.setdefault(unit.parent if unit.parent in ids else None, []).append(unit)
    yield from _walk(below, counted, below.get(None, []), 0)


def _walk(
    below: dict[str | None, list[Unit]], counted: dict[str, int], units: Iterable[Unit], depth: int
) -> list[DepartmentBranch]:
    branches: list[DepartmentBranch] = []
    for unit in units:
        under = _walk(below, counted, below.get(unit.id, []), depth + 1)
        total = counted.get(unit.id, 0) + sum(each.people for each in under if each.depth == depth + 1)
        branches += [DepartmentBranch(unit, depth, total, bool(under)), *under]
    return branches
