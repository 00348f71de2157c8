"""The departments that a file of people names: which are there, which are new, which move."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from engine import errors
from engine.people import departments
from engine.people.members import Unit
from engine.people.organisation import Organisation
from engine.verbs.organisation import changing
from engine.verbs.organisation.departments import free_id
from engine.verbs.organisation.people_files.people_table import ImportedLine, PeopleTable


class Places:
    """The departments that a file names: which are there, which are new, which move."""

    def __init__(self, company: Organisation, table: PeopleTable) -> None:
        self.company, self.table = company, table
        self.units = {id: unit for id, unit in company.departments.items() if not unit.is_closed}
        self.made: list[Unit] = []
        self.moved: dict[str, str] = {}
        self.of: dict[int, str] = {}

    def read(self) -> None:
        """Finds the department of each line; names the lines that stand in a circle."""
        for entry in self.table.entries:
            department = self._find(entry, entry.text("department"))
            if department:
                self.of[entry.line] = department
        if "parent" in self.table.columns:
            for entry in self.table.entries:
                self._move(entry)
            self._refuse_circles()

    def _find(self, entry: ImportedLine, text: str) -> str:
        """The id of the department that is meant; else of a new one."""
        names = departments.names_in(text)
        above = entry.text("parent") if len(names) == 1 else ""
        for known in range(len(names), 0, -1):  # the longest beginning of the way that is there; what follows is new
            same = departments.called(self.units, text if known == len(names) else "/".join(names[:known]), above)
            if len(same) > 1:
                entry.refuse(departments.SEVERAL, name="/".join(names[:known])[:60])
            if same:
                return self._below(entry, same[0], names[known:])
        return self._below(entry, None, names) if names else ""

    def _below(self, entry: ImportedLine, at: str | None, names: list[str]) -> str:
        """The last of new departments, each below the one before."""
        for name in names:
            at = self._new(entry, name, at)
        return at or ""

    def _new(self, entry: ImportedLine, name: str, parent: str | None) -> str:
        try:
            changing.plain(name)
        except errors.Invalid as refusal:
            entry.refuse(refusal.text, **refusal.values)
        id = free_id(self.company, name, set(self.units))
        self.units[id] = Unit(id, name, parent, None)
        self.made.append(self.units[id])
        return id

    def _move(self, entry: ImportedLine) -> None:
        """The department above, where the file says it in a column of its own."""
        id, wanted = self.of.get(entry.line, ""), entry.text("parent")
        if not id or not wanted:
            return
        above = self._find(entry, wanted)
        unit = self.units[id]
        if unit.parent == above:
            return
        self.units[id] = replace(unit, parent=above)
        made = self.made
        place = next((at for at, each in enumerate(made) if each.id == id), None)
        if place is None:
            self.moved[id] = above
        else:
            made[place] = self.units[id]

    def _refuse_circles(self) -> None:
        for entry in self.table.entries:
            id = self.of.get(entry.line, "")
            passed: list[str] = []
            at = self.units[id].parent if id else None
            while at and at not in passed and at != id:
                passed.append(at)
                at = self.units[at].parent
            if id and at == id:
                way = " → ".join(self.units[each].name for each in (id, *passed, id))
                entry.refuse("The department stands above itself: %(way)s.", way=way)


def moves(
    company: Organisation,
    groups: Mapping[str, Collection[str]],
    heads: Mapping[str, str],
    named: Mapping[str, Collection[str]],
    units: Mapping[str, Unit],
    names: Mapping[str, str],
) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Who comes into and goes out of groups, and heads that follow others, as a line's (field, before, after) by username."""
    told: dict[str, list[str]] = {}
    for group, wanted in groups.items():
        before = named.get(group, ())
        for sign, some in (("+", set(wanted) - set(before)), ("−", set(before) - set(wanted))):
            for username in some:
                told.setdefault(username, []).append(f"{sign}{group}")
    yield from ((username, ("groups", "", " ".join(each))) for username, each in told.items())
    for id, username in heads.items():
        known = company.departments.get(id)
        old = company.name_of(known.head) if known and known.head else ""
        called = units[id].name
        for each in dict.fromkeys((username, known.head if known and known.head else username)):
            yield each, ("head", f"{called} {old}".strip(), names.get(username) or company.name_of(username))
