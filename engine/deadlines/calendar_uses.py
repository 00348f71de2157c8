"""Who and what counts time by a named calendar: processes and their steps, departments, people, the company itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.people.organisation import Organisation
from engine.people.working.named import WorkCalendar
from engine.storage.models import ProcessInstance

DEFAULT, PROCESS, STEP, DEPARTMENT, PERSON = "default", "process", "step", "department", "person"


@dataclass(frozen=True)
class CalendarUse:
    """One place that names a calendar: its `kind`, what it is called there, and of which process or department by `id`."""

    kind: str
    name: str
    id: str = ""
    step: str = ""


def uses(session: Session, company: Organisation, calendar: WorkCalendar) -> list[CalendarUse]:
    """Every place that names the calendar, by its present or a former name; of processes the newest version and those running."""
    names = {calendar.name, *calendar.formerly}
    places = [CalendarUse(DEFAULT, company.name)] if company.default_calendar in names else []
    for definition in _definitions(session, company):
        places += _of_process(definition, names)
    places += [CalendarUse(DEPARTMENT, each.name, each.id) for each in company.departments.values() if each.calendar in names]
    places += [CalendarUse(PERSON, each.name, each.username) for each in company.people.values() if each.calendar in names]
    return list(dict.fromkeys(places))


def _definitions(session: Session, company: Organisation) -> Iterator[Definition]:
    newest = {each.key: each for each in definitions.all_latest(session, company.id)}
    row = ProcessInstance
    running = select(row.definition_key).where(row.company_id == company.id, row.state == "active").distinct()
    yield from newest.values()
    yield from (definitions.by_key(session, key) for key in session.execute(running).scalars().all() if key not in newest)


def _of_process(definition: Definition, names: Collection[str]) -> Iterator[CalendarUse]:
    if definition.settings.calendar in names:
        yield CalendarUse(PROCESS, definition.title, definition.process_id)
    for element_id, chosen in definition.tasks.items():
        if chosen.calendar in names:
            yield CalendarUse(STEP, definition.title, definition.process_id, definition.program.elements[element_id].name)
