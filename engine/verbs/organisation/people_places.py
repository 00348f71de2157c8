"""The departments that a file of people names: which are there, which are new, which move."""

from __future__ import annotations

import re
from dataclasses import replace

from engine.people.organisation import Organisation, Unit
from engine.verbs.organisation import departments
from engine.verbs.organisation.people_table import Entry, Table


class Places:
    """The departments that a file names: which are there, which are new, which move."""

    def __init__(self, company: Organisation, table: Table) -> None:
        self.company, self.table = company, table
        self.units = {id: unit for id, unit in company.departments.items() if not unit.is_closed}
        self.made: list[Unit] = []
        self.moved: dict[str, str] = {}
        self.of: dict[int, str] = {}

    def read(self) -> None:
        """Finds the department of each line; names the lines that stand in a circle."""
        for entry in self.table.entries:
            found = self._find(entry, entry.text("department"))
            if found:
                self.of[entry.line] = found
        if "parent" in self.table.columns:
            for entry in self.table.entries:
                self._move(entry)
            self._refuse_circles()

    def _find(self, entry: Entry, text: str) -> str:
        """The department's id: by id, by its way from the top, by a name that only one has; else a new one."""
        names = [name.strip() for name in re.split(r"[/／>＞\\]", text) if name.strip()]
        if not names:
            return ""
        if text in self.units:
            return text
        if len(names) == 1:
            same = [id for id, unit in self.units.items() if unit.name == names[0]]
            if len(same) > 1:
                same = self._below_named(same, entry.text("parent")) or same
            if len(same) > 1:
                entry.refuse("Several departments are called “%(name)s”: write those above it too, as A/B.", name=names[0])
            return same[0] if same else self._new(entry, names[0], None)
        at: str | None = None
        for place, name in enumerate(names):
            at = self._step(at, name, is_first=place == 0) or self._new(entry, name, at)
        return at or ""

    def _step(self, parent: str | None, name: str, *, is_first: bool) -> str | None:
        """The department of that name below another; a way may begin anywhere if that is the only one of its name."""
        here = next((id for id, unit in self.units.items() if unit.name == name and unit.parent == parent), None)
        if here is None and is_first:
            same = [id for id, unit in self.units.items() if unit.name == name]
            return same[0] if len(same) == 1 else None
        return here

    def _below_named(self, ids: list[str], parent: str) -> list[str]:
        return [id for id in ids if parent and (above := self.units.get(self.units[id].parent or "")) and above.name == parent]

    def _new(self, entry: Entry, name: str, parent: str | None) -> str:
        if len(name) > 100:
            entry.refuse("This is longer than %(limit)s characters.", limit=100)
        id = departments.free_id(self.company, name, set(self.units))
        self.units[id] = Unit(id, name, parent, None)
        self.made.append(self.units[id])
        return id

    def _move(self, entry: Entry) -> None:
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
