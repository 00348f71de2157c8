"""The working time that passed at steps of processes, each by its own calendar; a day of each is counted once."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.calendar.elapsed import Elapsed
from engine.calendar.working import Calendar
from engine.definitions import definitions
from engine.people.organisation import Organisation


class Clocks:
    """The clocks of a company's calendars, by what they are asked about."""

    def __init__(self, session: Session, company: Organisation) -> None:
        self.session, self.company = session, company
        self._kept: dict[str, Elapsed] = {}

    def named(self, name: str = "") -> Elapsed:
        """That of the calendar of this name; "" the one that counts where nothing else is said."""
        if name not in self._kept:
            self._kept[name] = Elapsed(Calendar.of(self.session, self.company, name))
        return self._kept[name]

    def at(self, definition_key: int, element_id: str = "") -> Elapsed:
        """That of a step of a version of a process, or of the process as a whole."""
        if not self.company.calendars:  # as nearly always: no definition need be read for it
            return self.named()
        return self.named(definitions.by_key(self.session, definition_key).calendar_of(element_id))
