"""Storing what a company.toml says, without undoing what was changed in the database since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.deadlines import calendar_uses, named_calendars
from engine.deploying.company_files import own_values, role_files
from engine.deploying.company_files.origin import Difference, Folder
from engine.people import memberships, organisation, posts
from engine.people.working import named
from engine.storage import keys, models
from engine.storage.models import (
    CandidateGroup,
    Company,
    Department,
    FormerName,
    GroupRule,
    Membership,
    Person,
    Post,
    WorkingCalendar,
)

COMPANY = own_values.COMPANY
DEPARTMENT, PERSON, POSTS, GROUP, ROLES = "department", "person", "posts", "group", "roles"
CALENDAR = "working calendar"
KINDS = (COMPANY, DEPARTMENT, PERSON, GROUP)
OF_COMPANY = ("name", "time_zone", "calendar", "working_hours", "settings", "about", "policy", "default_calendar")
OF_CALENDAR = ("holidays", "weekdays", "every_second", "hours", "formerly")
OF_DEPARTMENT = ("name", "parent", "head", "calendar", "is_closed")
OF_GROUP = ("members", "rules", "formerly")
OF_PERSON = (
    "name",
    "department",
    "email",
    "clearance",
    "is_administrator",
    "is_disabled",
    "mobile",
    "employee_number",
    "superior",
    "calendar",
)
STILL_USED = "by which somebody or something counts, so it stays"
IN_USE = "still has people or departments, so it stays"


@dataclass
class Seeding:
    """One company.toml on its way into the tables; `changed` tells whether anything was stored."""

    session: Session
    folder: Folder
    changed: bool = False

    def __post_init__(self) -> None:
        # Nothing of this company's organisation was recorded: what is there came from the file, as nothing else could.
        self._is_first = not self.folder.knows(KINDS)
        self._had_administrator = self._has_administrator()
        self._new_people = set[str]()

    @property
    def company_id(self) -> str:
        """The company of the folder."""
        return self.folder.company_id

    def company(self, said: Mapping[str, Any]) -> None:
        """The company's own row."""
        columns = [getattr(Company, name) for name in OF_COMPANY]
        there = self.session.execute(select(*columns).where(Company.id == self.company_id)).one_or_none()
        stored = dict(there._mapping) if there else {}
        own_values.part(self.folder, stored)
        told = own_values.every(self.folder, said, stored)
        fresh = self._take(COMPANY, self.company_id, told, own_values.parted(stored) if there else None)
        if there is None:
            self.session.execute(insert(Company).values(id=self.company_id, organisation_version=keys.new(), **said))
        elif fresh:
            written = own_values.joined(stored, fresh)
            self.session.execute(update(Company).where(Company.id == self.company_id).values(**written))

    def calendars(self, said: Mapping[str, Mapping[str, Any]]) -> None:
        """The working calendars that the file names; a former name means the calendar that it became."""
        rows = self._rows(WorkingCalendar, "name")
        former = {old: row for row in rows.values() for old in row.formerly}
        for name, values in said.items():
            row = rows.get(name) or former.get(name)
            fresh = self._take(CALENDAR, name, values, _of(row, OF_CALENDAR) if row else None)
            if row is None and fresh:
                self.session.add(WorkingCalendar(key=keys.new(), company_id=self.company_id, name=name, **fresh))
            elif row is not None:
                _set(row, fresh)
        self.session.flush()

    def drop_calendars(self, said: Iterable[str]) -> None:
        """Takes away calendars that the file no longer names, if that is wanted and nothing counts by them."""
        rows = self._rows(WorkingCalendar, "name")
        for name, row in self._dropped(CALENDAR, said, rows):
            company = organisation.fresh(self.session, self.company_id)
            used = calendar_uses.uses(self.session, company, named.of_row(row))
            note = f"{name}, {STILL_USED}" if used else name
            if self._goes(CALENDAR, name, _of(row, OF_CALENDAR), note=note, can_go=not used):
                named_calendars.take_away(self.session, named.of_row(row))
        self.session.flush()

    def departments(self, said: Mapping[str, Mapping[str, Any]]) -> None:
        """The departments the file names, by id."""
        rows = self._rows(Department, "id")
        for id, values in said.items():
            row = rows.get(id)
            fresh = self._take(DEPARTMENT, id, values, _of(row, OF_DEPARTMENT) if row else None)
            if row is None and fresh:
                self.session.add(Department(key=keys.new(), company_id=self.company_id, id=id, **fresh))
            elif row is not None:
                _set(row, fresh)
        self.session.flush()

    def people(self, said: Mapping[str, Mapping[str, Any]], at_first: Mapping[str, Mapping[str, Any]]) -> None:
        """The people the file names, by username; `at_first` holds what is only given to those who are new."""
        rows = self._rows(Person, "username")
        for username, values in said.items():
            row = rows.get(username)
            fresh = self._take(PERSON, username, values, _of(row, OF_PERSON) if row else None)
            if row is None:
                self._new_people.add(username)
                self.session.add(
                    Person(key=keys.new(), company_id=self.company_id, username=username, **fresh, **at_first[username])
                )
            else:
                _set(row, fresh)
        self.session.flush()
        for username, row in self._dropped(PERSON, said, rows):
            stored = _of(row, OF_PERSON)
            gone = {**stored, "is_disabled": True}
            if not row.is_disabled and self._goes(PERSON, username, stored, after=gone, note=row.name):
                _set(row, {"is_disabled": True})
        self.session.flush()

    def posts(self, said: Mapping[str, list[str]]) -> None:
        """The posts of the people whom the file names, the main one first."""
        names = posts.names(self.session, self.company_id)
        for username, wanted in said.items():
            stored = {"posts": names.get(username, [])}
            fresh = self._take(POSTS, username, {"posts": wanted}, stored, is_new=username in self._new_people)
            if fresh:
                known_posts = posts.by_name(self.session, self.company_id, fresh["posts"])
                posts.give(self.session, self.company_id, username, list(known_posts.values()))

    def roles(self, said: Mapping[str, list[str]], *, now: datetime) -> None:
        """The roles of the people whom the file names; after the groups, as an auditor belongs to none."""
        there = role_files.of_company(self.session, self.company_id)
        for username, wanted in said.items():
            stored = {"roles": there.get(username, [])}
            said_now = {"roles": sorted(set(wanted))}
            fresh = self._take(ROLES, username, said_now, stored, is_new=username in self._new_people)
            if fresh:
                role_files.give(self.session, self.company_id, username, fresh["roles"], now=now)

    def groups(self, said: Mapping[str, Mapping[str, list[str]]]) -> None:
        """The candidate groups the file names, each with exactly its members and rules; a former name means its group."""
        former, groups = former_names(self.session, self.company_id), groups_of(self.session, self.company_id)
        for name, values in said.items():
            group = former.get(name, name)
            stored = groups.get(group, {"members": [], "rules": []})
            wanted = {each: sorted(set(values[each])) for each in ("members", "rules")}
            since = None if group in groups and not self._is_first else stored
            fresh = self.folder.take(GROUP, name, wanted, stored, since=since)
            if group != name:
                self.folder.differences.append(Difference(GROUP, name, ("name",), note=f"it is called {group} now"))
            memberships.ensure_group(self.session, self.company_id, group)
            self._fill(group, fresh, values["members"])
            for old in set(values["formerly"]) - {*groups, *former, *said}:
                self.session.add(FormerName(key=keys.new(), company_id=self.company_id, name=old, group_name=group))
                self.changed = True
        named = {former.get(name, name) for name in said}
        for name, _ in self._dropped(GROUP, said, dict.fromkeys((*groups, *former))):
            group = former.get(name, name)
            if group in named:  # under the name that it has now
                continue
            stored = groups.get(group, {"members": [], "rules": []})
            if self._goes(GROUP, name, stored, note=f"{len(stored['members'])} members"):
                self._fill(group, {"members": [], "rules": []}, [])

    def drop_departments(self, said: Iterable[str]) -> None:
        """Takes away departments the file no longer names, if that is wanted and nothing lies in them."""
        rows = self._rows(Department, "id")
        used = set(self.session.execute(select(Person.department).where(Person.company_id == self.company_id)).scalars())
        for id, row in self._dropped(DEPARTMENT, said, rows):
            is_used = id in used or any(each.parent == id for each in rows.values())
            note = f"{row.name}, {IN_USE}" if is_used else row.name
            if self._goes(DEPARTMENT, id, _of(row, OF_DEPARTMENT), note=note, can_go=not is_used):
                self.session.delete(row)
        self.session.flush()

    def require_administrator(self) -> None:
        """Raises Invalid when somebody administered the company before this and nobody does now."""
        if self._had_administrator and not self._has_administrator():
            raise errors.Invalid("This would leave %(company)s without an administrator.", company=self.company_id)

    def _has_administrator(self) -> bool:
        active = (Person.company_id == self.company_id, Person.is_disabled.is_(False), Person.is_administrator.is_(True))
        return self.session.execute(select(Person.key).where(*active).limit(1)).first() is not None

    def _take(
        self, kind: str, name: str, said: Mapping[str, Any], stored: Mapping[str, Any] | None, *, is_new: bool = False
    ) -> dict[str, Any]:
        """`is_new` where no page can have changed what is stored: whom it is about is taken in just now."""
        fresh = self.folder.take(kind, name, said, stored, since=stored if self._is_first or is_new else None)
        self.changed = self.changed or bool(fresh)
        return fresh

    def _goes(self, kind: str, name: str, stored: Mapping[str, Any], **told: Any) -> bool:
        is_taken = self.folder.note_dropped(kind, name, stored, **told)
        self.changed = self.changed or is_taken
        return is_taken

    def _dropped(self, kind: str, said: Iterable[str], there: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """What is there, came from the file, and is not named by it any more."""
        named = set(said)
        names = [name for name in there if name not in named] if self._is_first else self.folder.dropped(kind, named)
        return ((name, there[name]) for name in names if name in there)

    def _rows(self, model: Any, id_name: str) -> dict[str, Any]:
        mine = select(model).where(model.company_id == self.company_id).order_by(model.key)
        return {getattr(row, id_name): row for row in self.session.execute(mine).scalars()}

    def _fill(self, group: str, fresh: Mapping[str, Any], in_order: Iterable[str]) -> None:
        """Stores what differs, members in the order of the file."""
        self.changed = self.changed or bool(fresh)
        if "members" in fresh:
            memberships.name(self.session, self.company_id, group, [name for name in in_order if name in fresh["members"]])
        if "rules" in fresh:
            known = posts.by_name(self.session, self.company_id, (text[5:] for text in fresh["rules"] if text[:5] == "post:"))
            pairs = [text.partition(":")[::2] for text in fresh["rules"]]
            wanted = [(kind, known.get(value, value) if kind == memberships.POST else value) for kind, value in pairs]
            memberships.set_rules(self.session, self.company_id, group, wanted)


def former_names(session: Session, company_id: str) -> dict[str, str]:
    """What groups were called before, with what they are called now."""
    row = FormerName
    return dict(session.execute(select(row.name, row.group_name).where(row.company_id == company_id)).all())


def groups_of(session: Session, company_id: str) -> dict[str, dict[str, list[str]]]:
    """Each group with who was entered in it and its rules as the file writes them: `department:ID`, `below:ID`, `post:NAME`, `heads`."""
    row, there = Membership, dict[str, dict[str, list[str]]]()
    groups = select(CandidateGroup.name).where(CandidateGroup.company_id == company_id)
    for name in session.execute(groups).scalars():
        there[name] = {"members": [], "rules": []}
    mine = (row.company_id == company_id, row.is_named.is_(True))
    for group, username in session.execute(select(row.group_name, row.username).where(*mine)):
        there.setdefault(group, {"members": [], "rules": []})["members"].append(username)
    names = {str(key): name for key, name in session.execute(select(Post.key, Post.name).where(Post.company_id == company_id))}
    rule = GroupRule
    for group, kind, value in session.execute(
        select(rule.group_name, rule.kind, rule.value).where(rule.company_id == company_id)
    ):
        shown = names.get(value, value) if kind == memberships.POST else value
        there.setdefault(group, {"members": [], "rules": []})["rules"].append(f"{kind}:{shown}" if shown else kind)
    return {name: {each: sorted(values[each]) for each in values} for name, values in there.items()}


def _of(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _set(row: models.Base, values: Mapping[str, Any]) -> None:
    """Whoever is disabled loses his sessions and his password for good: they must not come back when he does."""
    if values.get("is_disabled") and isinstance(row, Person):
        row.session_epoch, row.password_hash = row.session_epoch + 1, None
    for name, value in values.items():
        setattr(row, name, value)
