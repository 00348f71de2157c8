"""A file of people: looked at line by line, then taken in as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import errors
from engine.calendar import clock
from engine.files import sheets
from engine.people import memberships, organisation, posts
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage import keys
from engine.storage.models import Department, OrganisationEvent, PeopleFile, Person
from engine.verbs.organisation import changing, departments, groups, leaving, persons, planned
from engine.verbs.organisation.changing import OrganisationChange
from engine.verbs.organisation.people_files import people_plan, people_table
from engine.verbs.organisation.people_files.people_plan import PeoplePlan
from engine.verbs.organisation.uses import GroupUse, uses

KEPT_FILES = 3
MOST_TOLD = 50
LINE = "Line %(line)s: %(what)s"
TAKEN = "file_taken"
TAKEN_IN = (
    "“%(name)s” was taken in by %(who)s on %(at)s; there is nothing left to look at. What it changed stands under “Changes”."
)
NEWER = "This file is not kept any more: the last %(limit)s that you hand in are, the newest is “%(name)s” of %(at)s. Hand it in again."


def hand_in(session: Session, by: Actor, name: str, content: bytes, *, now: datetime) -> int:
    """Keeps a file to be looked at; gives its key. Raises Forbidden, Invalid for what is no table of people."""
    changing.require(by)
    return keep(session, by, name, sheets.read(content), now=now)


def keep(session: Session, by: Actor, name: str, rows: list[list[str]], *, now: datetime) -> int:
    """The same with the cells of a table that was read elsewhere."""
    changing.require(by)
    people_table.read(rows)
    row = PeopleFile(
        key=keys.new(), company_id=by.company_id, username=by.username, name=name[:200], rows=rows, handed_in_at=now
    )
    session.add(row)
    session.flush()
    mine = (PeopleFile.company_id == by.company_id, PeopleFile.username == by.username)
    kept = select(PeopleFile.key).where(*mine).order_by(PeopleFile.key.desc()).limit(KEPT_FILES)
    session.execute(delete(PeopleFile).where(*mine, PeopleFile.key.not_in(session.execute(kept).scalars().all())))
    return row.key


def file_of(session: Session, by: Actor, key: int) -> PeopleFile:
    """A file that the person handed in himself. Raises NotFound, Forbidden."""
    changing.require(by)
    row = session.get(PeopleFile, key)
    if row is None or row.company_id != by.company_id or row.username != by.username:
        raise _gone(session, by, key)
    return row


def _gone(session: Session, by: Actor, key: int) -> errors.Refusal:
    """Why a file is not there to be looked at: it was taken in, or newer ones of the same person took its place."""
    event, file = OrganisationEvent, PeopleFile
    taken = (event.company_id == by.company_id, event.kind == TAKEN, event.subject == f"file:{key}")
    done = session.execute(select(event).where(*taken)).scalars().first()
    company = organisation.current(session, by.company_id)
    if done is not None:
        told = {"name": done.data.get("name", ""), "who": company.name_of(done.actor), "at": clock.said(company, done.at)}
        return errors.NotFound(TAKEN_IN, **told)
    mine = select(file).where(file.company_id == by.company_id, file.username == by.username, file.key > key)
    newest = session.execute(mine.order_by(file.key.desc()).limit(1)).scalars().first()
    if newest is None:
        return errors.NotFound("There is no such file.")
    return errors.NotFound(NEWER, name=newest.name, at=clock.said(company, newest.handed_in_at), limit=KEPT_FILES)


def take(session: Session, by: Actor, key: int, *, now: datetime) -> PeoplePlan:
    """Stores all that the file says; the plan that was carried out.

    Raises NotFound, Forbidden, Invalid while anything in it is wrong; nothing is stored then.
    """
    row = file_of(session, by, key)
    plan = take_rows(session, by, row.rows, row.name, now=now, key=key)
    session.delete(row)
    return plan


def take_rows(
    session: Session,
    by: Actor,
    rows: Sequence[Sequence[str]],
    name: str,
    *,
    now: datetime,
    makes_groups: bool = False,
    key: int | None = None,
) -> PeoplePlan:
    """The same of rows that nobody looked at before. Raises Invalid with what is wrong by line under `fields["people"]`."""
    with changing.change(session, by, now=now) as change:
        plan = drawn(session, change.company, rows, now=now, makes_groups=makes_groups)
        if plan.has_faults:
            told = [errors.Refusal(LINE, line=each.line, what=fault) for each in plan.people for fault in each.faults]
            raise errors.Invalid("Nothing was stored: some lines need another look.", fields={"people": told[:MOST_TOLD]})
        _Taking(change, plan).all()
        counts = {"added": len(plan.added), "changed": len(plan.changed)}
        change.note(TAKEN, f"file:{keys.new() if key is None else key}", name=name, **counts)
    return plan


def drawn(
    session: Session, company: Organisation, rows: Sequence[Sequence[str]], *, now: datetime, makes_groups: bool = False
) -> PeoplePlan:
    """What rows would do as the organisation is now."""
    named, table = memberships.named(session, company.id), people_table.read(rows)
    return people_plan.draw(company, table, named=named, today=people_plan.today(company, now), makes_groups=makes_groups)


def emptied(session: Session, company: Organisation, plan: PeoplePlan) -> dict[str, list[GroupUse]]:
    """The groups in which nobody would be left who may act, once all days of the file have come, and where each is named.

    Groups that have nobody now, and those that nothing names, are left out. Three statements, and those of `uses`.
    """
    facts, named = _facts(company, plan), memberships.named(session, company.id)
    left = set(facts.people)
    after = {group for group, name in memberships.ruled(session, company.id, facts) if name in left}
    after |= {group for group, names in {**named, **plan.groups}.items() if left.intersection(names)}
    gone = [
        group for group in company.groups if group not in company.former and group not in after and company.members_of(group)
    ]
    used_groups = {group: uses(session, company, group) for group in gone}
    return {group: places for group, places in used_groups.items() if places}


def _facts(company: Organisation, plan: PeoplePlan) -> memberships.Facts:
    """What rules of groups look at, as it would be after the file."""
    lines = {each.username: each for each in plan.people}
    people = {
        each.username: each.department for each in company.people.values() if not each.is_disabled or each.username in lines
    }
    people |= {name: line.values.department or None for name, line in lines.items()}
    for name, line in lines.items():
        known = company.people.get(name)
        is_out = known is not None and known.is_disabled and not (line.is_back or line.joins)
        if line.is_gone or line.leaves or is_out:
            del people[name]
    units = {id: unit for id, unit in company.departments.items() if not unit.is_closed}
    units |= {unit.id: unit for unit in plan.new_departments}
    placed = [
        replace(unit, parent=plan.moved_departments.get(id, unit.parent), head=plan.heads.get(id, unit.head))
        for id, unit in units.items()
    ]
    return memberships.Facts(people, placed, _holders(company, lines, people), company.former)


def _holders(company: Organisation, lines: Mapping[str, people_plan.Planned], people: Iterable[str]) -> list[tuple[str, str]]:
    """Who would have which post, by the keys of those that are there."""
    by_name = {name: key for key, name in company.posts.items()}
    told = {name: line.posts for name, line in lines.items() if line.posts is not None}
    of = {name: [by_name[each] for each in told[name] if each in by_name] for name in told}
    kept = {name: company.people[name].posts for name in people if name not in told and name in company.people}
    return [(post, name) for name, posts_ in {**kept, **of}.items() for post in posts_]


@dataclass
class _Taking:
    """One plan on its way into the tables."""

    change: OrganisationChange
    plan: PeoplePlan
    posts: Mapping[str, str] = field(default_factory=dict)

    def all(self) -> None:
        """Departments, posts, people, heads, groups, in this order."""
        self._departments()
        wanted = [post for each in self.plan.people for post in each.posts or ()]
        self.posts = posts.by_name(self.change.session, self.change.company_id, wanted)
        mine = select(Person).where(Person.company_id == self.change.company_id)
        self.change.rows = {row.username: row for row in self.change.session.execute(mine).scalars()}
        for each in self.plan.people:
            self._person(each)
        self.change.session.flush()
        self._heads()
        self._groups()

    def _departments(self) -> None:
        for unit in self.plan.new_departments:
            departments.add(self.change, unit.id, departments.DepartmentValues(unit.name, unit.parent or ""))
        rows = self._units() if self.plan.moved_departments else {}
        for id, parent in self.plan.moved_departments.items():
            rows[id].parent = parent
            self.change.note("department_changed", f"department:{id}", name=rows[id].name, changed={"parent": [None, parent]})
        self.change.session.flush()

    def _heads(self) -> None:
        rows = self._units() if self.plan.heads else {}
        for id, username in self.plan.heads.items():
            if rows[id].head != username:
                told = {"head": [rows[id].head, username]}
                rows[id].head = username
                self.change.note("department_changed", f"department:{id}", name=rows[id].name, changed=told)

    def _units(self) -> dict[str, Department]:
        mine = select(Department).where(Department.company_id == self.change.company_id)
        return {row.id: row for row in self.change.session.execute(mine).scalars()}

    def _person(self, each: people_plan.Planned) -> None:
        values = each.values
        if each.posts is not None:
            values = values.with_posts(tuple(self.posts[name] for name in each.posts))
        if each.kind == people_plan.ADDED:
            persons.add(self.change, each.username, values, is_expected=each.joins is not None or each.is_gone)
        else:
            persons.change_person(self.change, each.username, values)
            self._state(each)
        for kind, day in ((planned.JOIN, each.joins), (planned.LEAVE, each.leaves)):
            if day is not None:
                planned.enter(self.change, each.username, kind, day, {})

    def _state(self, each: people_plan.Planned) -> None:
        row = self.change.person(each.username)
        if each.is_gone and not row.is_disabled:
            handed, _left = leaving.hand_over(self.change, row, leaving.Plan(), is_strict=False)
            leaving.disable(self.change, row, handed)
        elif each.is_back and row.is_disabled:
            persons.bring_back(self.change, each.username)

    def _groups(self) -> None:
        for group in self.plan.new_groups:
            groups.open(self.change, group)
        for group, wanted in self.plan.groups.items():
            come, gone = memberships.name(self.change.session, self.change.company_id, group, wanted)
            if come or gone:
                for username in come:
                    self.change.refuse_own(username)
                self.change.note("group_filled", f"group:{group}", name=group, come=come, gone=gone)
