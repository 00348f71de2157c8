"""What a file of people would do: who is added, changed, missing, and what is wrong, line by line; nothing is stored."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine import errors
from engine.basics.letters.pinyin import spelled
from engine.basics.nearest import nearest
from engine.people.members import Member, Unit
from engine.people.organisation import Organisation, circle_of
from engine.verbs.organisation import changing, persons
from engine.verbs.organisation.changing import LAST
from engine.verbs.organisation.groups import name_fault
from engine.verbs.organisation.people_files.people_places import Places, moves
from engine.verbs.organisation.people_files.people_table import (
    LANGUAGES,
    LEFT,
    NO,
    NO_GROUP_BUT,
    THERE,
    TWICE,
    YES,
    ZEROS,
    ImportedLine,
    PeopleTable,
    words,
)

ADDED, CHANGED, SAME, FAULTY = "added", "changed", "same", "faulty"
TEXTS = ("mobile", "email", "clearance")
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")


@dataclass
class Planned:
    """One line's outcome. `posts` are names, None where the file does not tell; `changes` are (field, before, after)."""

    line: int
    username: str
    name: str
    kind: str
    values: persons.PersonValues
    posts: tuple[str, ...] | None = None
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    faults: list[errors.Refusal] = field(default_factory=list)
    joins: date | None = None
    leaves: date | None = None
    is_gone: bool = False
    is_back: bool = False


@dataclass
class PeoplePlan:
    """All lines in order, what they do beside people, and who is in the company and not in the file."""

    people: list[Planned]
    missing: list[Member]
    ignored: tuple[tuple[str, str], ...]
    new_departments: list[Unit] = field(default_factory=list)
    moved_departments: dict[str, str] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    new_groups: list[str] = field(default_factory=list)

    @property
    def has_faults(self) -> bool:
        """Whether anything keeps the file from being taken in."""
        return any(each.faults for each in self.people)

    def of_kind(self, kind: str) -> list[Planned]:
        """The lines of one kind."""
        return [each for each in self.people if each.kind == kind]

    @property
    def added(self) -> list[Planned]:
        """Who is new."""
        return self.of_kind(ADDED)

    @property
    def changed(self) -> list[Planned]:
        """Who is changed."""
        return self.of_kind(CHANGED)


def today(company: Organisation, now: datetime) -> date:
    """The day it is in the company's zone."""
    return now.astimezone(ZoneInfo(company.time_zone)).date()


def draw(
    company: Organisation, table: PeopleTable, *, named: Mapping[str, Collection[str]], today: date, makes_groups: bool = False
) -> PeoplePlan:
    """The plan of a file as the organisation is now; `named` are those entered in each group by name.

    `makes_groups`: groups that are not there yet are made, as on the first day, instead of refused.
    """
    return _Drawing(company, table, named, today, makes_groups).plan()


class _Drawing:
    """One file held against the organisation: first who and where, then what of them."""

    def __init__(
        self, company: Organisation, table: PeopleTable, named: Mapping[str, Collection[str]], today: date, makes_groups: bool
    ) -> None:
        self.company, self.table, self.named, self.today, self.makes_groups = company, table, named, today, makes_groups
        self.by_number = {each.employee_number: each.username for each in company.people.values() if each.employee_number}
        self.unpadded = {number.lstrip("0"): number for number in self.by_number}
        self.by_name: dict[str, list[str]] = {}
        for each in company.people.values():
            self.by_name.setdefault(each.name, []).append(each.username)
        self.taken = {each.casefold() for each in company.people}
        self.usernames: dict[int, str] = {}
        self.lines: dict[str, int] = {}
        self.called: dict[str, list[str]] = {}
        self.names: dict[str, str] = {}
        self.cased = {each.casefold(): each for each in company.people}
        self.plan_ = PeoplePlan([], [], table.ignored)

    def plan(self) -> PeoplePlan:
        """All of it."""
        self._name_everybody()
        self.names = {self.usernames[entry.line]: entry.text("name") for entry in self.table.entries}
        places = Places(self.company, self.table)
        places.read()
        self.plan_.new_departments, self.plan_.moved_departments = places.made, places.moved
        lines = [self._line(entry, places) for entry in self.table.entries]
        self._heads(places)
        self._groups()
        self._tell_places({each.username: each for each in lines}, places)
        self._refuse_last(lines)
        self._refuse_circles(lines)
        usernames = {each.username for each in lines}
        self.plan_.people = [self._judged(each) for each in lines]
        self.plan_.missing = [
            each for each in self.company.people.values() if each.username not in usernames and not each.is_disabled
        ]
        return self.plan_

    def _refuse_last(self, lines: list[Planned]) -> None:
        """Whoever administers the company cannot leave when nobody else does."""
        gone = {each.username: each for each in lines if each.is_gone}
        if self.company.administrators and gone.keys() >= set(self.company.administrators):
            for username in self.company.administrators:
                gone[username].faults.append(errors.Refusal(LAST))

    def _refuse_circles(self, lines: list[Planned]) -> None:
        """Superiors who would lead each other, told at each line that makes it so."""
        led_by = {each.username: each.superior or "" for each in self.company.people.values()}
        after = led_by | {each.username: each.values.superior for each in lines}
        for each in lines:
            circle = circle_of(each.username, after)
            if len(circle) > 1 and each.values.superior != led_by.get(each.username, ""):
                each.faults.append(changing.in_a_circle(self.names.get(name) or self.company.name_of(name) for name in circle))

    def _judged(self, each: Planned) -> Planned:
        return replace(each, kind=FAULTY) if each.faults else each

    def _name_everybody(self) -> None:
        """Who each line is: by username, by employee number, else by a name that only one has; others are new."""
        first: dict[tuple[str, str], int] = {}
        for entry in self.table.entries:
            for column, told in (("username", "username"), ("employee_number", "employee number")):
                text = entry.text(column)
                before = first.setdefault((column, text.casefold()), entry.line) if text else entry.line
                if before != entry.line:
                    entry.refuse(TWICE[told], name=text, line=before)
            if not entry.text("name"):
                entry.refuse("There is no name.")
        for entry in self.table.entries:
            known = self._known(entry)
            if known is not None:
                self._claim(entry, known)
        for entry in self.table.entries:
            if entry.line not in self.usernames:
                self.usernames[entry.line] = self._fresh(entry)

    def _claim(self, entry: ImportedLine, username: str) -> None:
        other = self.lines.setdefault(username, entry.line)
        if other != entry.line and not entry.faults:
            entry.refuse("This is the same person as in line %(line)s.", line=other)
        self.usernames[entry.line] = username

    def _known(self, entry: ImportedLine) -> str | None:
        username, number, name = (entry.text(column) for column in ("username", "employee_number", "name"))
        by_number = self.by_number.get(number) if number else None
        if username:
            known = self.cased.get(username.casefold())
            if by_number is not None and by_number != known:
                name = self.company.name_of(by_number)
                entry.refuse("The employee number belongs to %(name)s (%(username)s).", name=name, username=by_number)
            return known
        padded = self.unpadded.get(number.lstrip("0")) if number and by_number is None else None
        if padded is not None:
            entry.refuse(ZEROS, number=padded, name=self.company.name_of(self.by_number[padded]))
            return self.by_number[padded]
        same = self.by_name.get(name, []) if not number or by_number is None else []
        free = [each for each in same if not (number and self.company.people[each].employee_number)]
        return by_number or (free[0] if len(free) == 1 else None)

    def _fresh(self, entry: ImportedLine) -> str:
        """The username of somebody new: as the file says, else spelled from the name, as 陈静 is chen_jing."""
        username = entry.text("username")
        if username:
            refusal = persons.fault_of_username(username, self.taken)
            if refusal is not None and not entry.faults:
                entry.faults.append(refusal)
        else:
            first, _space, rest = spelled(entry.text("name")).partition(" ")
            base = re.sub(r"[^a-z0-9_]", "", "_".join(filter(None, (first, rest.replace(" ", ""))))) or "p"
            names = itertools.chain([base], (f"{base}{number}" for number in itertools.count(2)))
            username = next(each for each in names if each not in self.taken)
        self.taken.add(username.casefold())
        return username

    def _line(self, entry: ImportedLine, places: Places) -> Planned:
        username = self.usernames[entry.line]
        known = self.company.people.get(username)
        before = persons.values_now(known) if known else persons.PersonValues("")
        values = self._told(entry, before)
        if "department" in self.table.columns:
            values = replace(values, department=places.of.get(entry.line, ""))
        if "superior" in self.table.columns:
            values = replace(values, superior=self._superior(entry))
        line = Planned(entry.line, username, values.name, ADDED, values, self._posts(entry), faults=entry.faults)
        self._refuse(line, entry)
        self._days(line, entry, known)
        if known is not None:
            line.changes = list(self._changes(line, known, before, places))
            line.kind = CHANGED if line.changes else SAME
        return line

    def _told(self, entry: ImportedLine, before: persons.PersonValues) -> persons.PersonValues:
        values: dict[str, Any] = {name: entry.text(name) for name in TEXTS if name in self.table.columns}
        values |= {"employee_number": entry.text("employee_number")} if entry.text("employee_number") else {}
        if "clearance" in values:
            values["clearance"] = values["clearance"] or before.clearance
        if entry.text("language"):
            values["language"] = LANGUAGES.get(entry.text("language").casefold(), entry.text("language"))
        return replace(before, name=entry.text("name"), **values)

    def _posts(self, entry: ImportedLine) -> tuple[str, ...] | None:
        if not {"posts", "other_posts"} & set(self.table.columns):
            return None
        return tuple(dict.fromkeys([*words(entry.text("posts")), *words(entry.text("other_posts"))]))

    def _superior(self, entry: ImportedLine) -> str:
        wanted = entry.text("superior")
        if not wanted:
            return ""
        named = dict.fromkeys([*self._in_file().get(wanted, ()), *self._everybody(wanted)])
        if len(named) != 1:
            text = (
                "There is no superior “%(name)s”." if not named else "Several people are called “%(name)s”: write the username."
            )
            entry.refuse(text, name=wanted)
            return ""
        superior = next(iter(named))
        if superior == self.usernames[entry.line]:
            entry.refuse("Nobody is his own superior.")
        return superior

    def _in_file(self) -> dict[str, list[str]]:
        """Those whom the file calls so, by username, employee number or name; made once for all lines."""
        if not self.called:
            for entry in self.table.entries:
                for name in _called(entry, self.usernames[entry.line]):
                    self.called.setdefault(name, []).append(self.usernames[entry.line])
        return self.called

    def _everybody(self, wanted: str) -> list[str]:
        if wanted in self.company.people:
            return [wanted]
        return [self.by_number[wanted]] if wanted in self.by_number else self.by_name.get(wanted, [])

    def _refuse(self, line: Planned, entry: ImportedLine) -> None:
        for _name, refusal in persons.faults_of_texts(line.values):
            if refusal.text not in {each.text for each in entry.faults}:
                entry.faults.append(refusal)
        for name in (line.name, *(line.posts or ())):
            odd = changing.text_fault(name)
            if odd is not None:
                entry.faults.append(odd)
        for name in words(entry.text("groups")):
            if self.makes_groups and name_fault(name) is not None:
                entry.faults.append(name_fault(name) or errors.Refusal(""))
            elif self.company.present_name(name) not in self.company.groups and not self.makes_groups:
                similar = nearest(name, self.company.groups)
                text = "There is no group “%(name)s”." if similar is None else NO_GROUP_BUT
                entry.refuse(text, name=name, similar=similar)

    def _days(self, line: Planned, entry: ImportedLine, known: Member | None) -> None:
        joins, leaves = (self._day(entry, column) for column in ("joins", "leaves"))
        status = entry.text("status").casefold()
        if status not in (*LEFT, *THERE):
            entry.refuse("“%(text)s” is no state of a person; write 在职 or 离职.", text=entry.text("status"))
        line.is_gone = status in LEFT or (leaves is not None and leaves <= self.today)
        is_out = known is None or known.is_disabled
        line.joins = joins if joins and joins > self.today and is_out and not line.is_gone else None
        line.leaves = leaves if leaves and leaves > self.today and not line.is_gone else None
        is_told = "status" in self.table.columns and status != ""
        line.is_back = bool(known and known.is_disabled and is_told and not line.is_gone and line.joins is None)

    def _day(self, entry: ImportedLine, column: str) -> date | None:
        text = entry.text(column)
        written = DAY.fullmatch(text)
        with contextlib.suppress(ValueError):
            if written:
                return date(*(int(part) for part in written.groups()))
        if text:
            entry.refuse("“%(text)s” is no day; write 2026-07-01.", text=text)
        return None

    def _changes(
        self, line: Planned, known: Member, before: persons.PersonValues, places: Places
    ) -> Iterator[tuple[str, str, str]]:
        for name in persons.STORED:
            old, new = getattr(before, name), getattr(line.values, name)
            if old != new:
                yield name, self._shown(name, old, places), self._shown(name, new, places)
        had = tuple(self.company.posts.get(post, post) for post in known.posts)
        if line.posts is not None and line.posts != had:
            yield "posts", "、".join(had), "、".join(line.posts)
        if line.is_gone and not known.is_disabled:
            yield "status", "there", "left"
        if line.is_back:
            yield "status", "left", "there"
        if line.joins:
            yield "joins", "", line.joins.isoformat()
        if line.leaves:
            yield "leaves", "", line.leaves.isoformat()

    def _shown(self, name: str, value: str, places: Places) -> str:
        if name == "department":
            unit = places.units.get(value) or self.company.departments.get(value)
            return unit.name if unit else ""
        if name == "superior":
            return self.names.get(value) or self.company.name_of(value)
        return value

    def _heads(self, places: Places) -> None:
        if "is_head" not in self.table.columns:
            return
        first: dict[str, int] = {}
        for entry in self.table.entries:
            text = entry.text("is_head").casefold()
            if text not in (*YES, *NO):
                entry.refuse("Whether somebody is the head is 是 or 否, not “%(text)s”.", text=entry.text("is_head"))
            unit = places.of.get(entry.line, "")
            if text not in YES:
                continue
            if not unit:
                entry.refuse("A head belongs to a department.")
                continue
            before = first.setdefault(unit, entry.line)
            if before != entry.line:
                entry.refuse("The department has a head already, in line %(line)s.", line=before)
            self.plan_.heads[unit] = self.usernames[entry.line]
        now = {unit.id: unit.head for unit in self.company.departments.values()}
        self.plan_.heads = {unit: username for unit, username in self.plan_.heads.items() if now.get(unit) != username}

    def _groups(self) -> None:
        """Members by name of the groups, where the file says who is in which; people it does not name stay."""
        if "groups" not in self.table.columns:
            return
        in_file = set(self.usernames.values())
        wanted: dict[str, list[str]] = {}
        for entry in self.table.entries:
            for name in words(entry.text("groups")):
                wanted.setdefault(self.company.present_name(name), []).append(self.usernames[entry.line])
        self.plan_.new_groups = [name for name in wanted if name not in self.company.groups] if self.makes_groups else []
        for group in [*self.company.groups, *self.plan_.new_groups]:
            if group in self.company.former:
                continue
            there, by_name = self.company.groups.get(group, ()), self.named.get(group, ())
            kept = [name for name in by_name if name not in in_file]
            asked = [name for name in wanted.get(group, []) if name in by_name or name not in there]  # others are in it by rule
            if set(kept + asked) != set(by_name):
                self.plan_.groups[group] = kept + asked

    def _tell_places(self, lines: Mapping[str, Planned], places: Places) -> None:
        for username, told in moves(self.company, self.plan_.groups, self.plan_.heads, self.named, places.units, self.names):
            line = lines.get(username)
            if line is not None:
                line.changes.append(told)
                line.kind = CHANGED if line.kind == SAME else line.kind


def _called(entry: ImportedLine, username: str) -> set[str]:
    return {username, entry.text("employee_number"), entry.text("name")} - {""}
