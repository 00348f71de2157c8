"""A file of people: looked at line by line, then taken in as a whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import errors
from engine.files import sheets
from engine.people import memberships, posts
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage import keys
from engine.storage.models import Department, PeopleFile, Person
from engine.verbs.organisation import changing, departments, groups, leaving, people_plan, people_table, persons, planned
from engine.verbs.organisation.changing import Change
from engine.verbs.organisation.people_plan import PeoplePlan

KEPT_FILES = 3
MOST_TOLD = 50
LINE = "Line %(line)s: %(what)s"


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


def of(session: Session, by: Actor, key: int) -> PeopleFile:
    """A file that the person handed in himself. Raises NotFound, Forbidden."""
    changing.require(by)
    row = session.get(PeopleFile, key)
    if row is None or row.company_id != by.company_id or row.username != by.username:
        raise errors.NotFound("There is no such file.")
    return row


def take(session: Session, by: Actor, key: int, *, now: datetime) -> PeoplePlan:
    """Stores all that the file says; the plan that was carried out.

    Raises NotFound, Forbidden, Invalid while anything in it is wrong; nothing is stored then.
    """
    row = of(session, by, key)
    plan = take_rows(session, by, row.rows, row.name, now=now)
    session.delete(row)
    return plan


def take_rows(
    session: Session, by: Actor, rows: Sequence[Sequence[str]], name: str, *, now: datetime, makes_groups: bool = False
) -> PeoplePlan:
    """The same of rows that nobody looked at before. Raises Invalid with what is wrong by line under `fields["people"]`."""
    with changing.change(session, by, now=now) as change:
        plan = drawn(session, change.company, rows, now=now, makes_groups=makes_groups)
        if plan.has_faults:
            told = [errors.Refusal(LINE, line=each.line, what=fault) for each in plan.people for fault in each.faults]
            raise errors.Invalid("Nothing was stored: some lines need another look.", fields={"people": told[:MOST_TOLD]})
        _Taking(change, plan).all()
        change.note("file_taken", "file", name=name, added=len(plan.added), changed=len(plan.changed))
    return plan


def drawn(
    session: Session, company: Organisation, rows: Sequence[Sequence[str]], *, now: datetime, makes_groups: bool = False
) -> PeoplePlan:
    """What rows would do as the organisation is now."""
    named, table = memberships.named(session, company.id), people_table.read(rows)
    return people_plan.draw(company, table, named=named, today=people_plan.today(company, now), makes_groups=makes_groups)


@dataclass
class _Taking:
    """One plan on its way into the tables."""

    change: Change
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
            departments.add(self.change, unit.id, departments.Values(unit.name, unit.parent or ""))
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
