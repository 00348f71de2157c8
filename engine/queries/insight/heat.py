"""Where it sticks [卡在哪里]: a process by step, now and in a span of the past, alone or beside another span, version or department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.calendar.elapsed import Elapsed
from engine.definitions import definitions, step_names
from engine.definitions.definitions import Definition
from engine.definitions.working_time import Clocks
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.queries.insight import extent as extents
from engine.queries.insight import live, lying, past, ways
from engine.queries.insight.extent import Extent
from engine.queries.insight.live import Ages, Live
from engine.queries.insight.lying import Lying
from engine.queries.insight.past import Loop, Past
from engine.queries.insight.ways import Ways
from engine.queries.status import open_tasks
from engine.storage.models import ProcessDefinition

MEASURES = ("open", "waiting", "median", "p90", "overdue", "late", "returns")
LEVELS = 5
MOST_VERSIONS = 20  # of which steps that were done are named


@dataclass(frozen=True)
class Side:
    """What ended in one extent: by step, and under "" the cases as a whole."""

    extent: Extent
    steps: Mapping[str, Past]

    def of(self, element_id: str) -> Past:
        """What ended at a step."""
        return self.steps.get(element_id, Past())

    @property
    def limits(self) -> Past:
        """Of all steps together how many had a limit, and how many of these were late."""
        steps = [each for name, each in self.steps.items() if name]
        return Past(promised=sum(each.promised for each in steps), late=sum(each.late for each in steps))


@dataclass(frozen=True)
class StepLine:
    """A step: `waiting` is the median working time that its open tasks have waited, in seconds; None where none is open.

    `version` is that of another version that has it, 0 for a step of the diagram that is shown.
    """

    element_id: str
    name: str
    live: Live | None
    waiting: float | None
    past: Past
    other: Past | None
    version: int = 0

    def value(self, measure: str) -> float | None:
        """One of `MEASURES`: counts, seconds of working time, or shares from 0 to 1; None where there is nothing to measure."""
        return _MEASURED[measure](self)


_MEASURED = {
    "open": lambda line: float(line.live.open) if line.live else None,
    "waiting": lambda line: line.waiting,
    "median": lambda line: line.past.time(0.5),
    "p90": lambda line: line.past.time(0.9),
    "overdue": lambda line: line.live.overdue_share if line.live else None,
    "late": lambda line: None if line.past.kept_share is None else 1 - line.past.kept_share,
    "returns": lambda line: line.past.again_share,
}


@dataclass(frozen=True)
class Heat:
    """All of the page. `as_of` says until when the past is summed up, None if it is not; `day_seconds` is one working day."""

    definition: Definition
    versions: list[int]
    side: Side
    other: Side | None
    steps: list[StepLine]
    ways: Ways
    loops: list[Loop]
    names: Mapping[str, str]
    ages: Ages
    as_of: datetime | None
    day_seconds: float
    running: Lying

    @property
    def cases(self) -> Past:
        """The completed cases as a whole."""
        return self.side.of("")

    @property
    def longest(self) -> float:
        """The longest usual time of any step, in seconds: what bars are measured by."""
        sides = [past for line in self.steps for past in (line.past, line.other) if past is not None]
        return max((past.time(0.5) or 0.0 for past in sides), default=0.0)

    def levels(self, measure: str) -> dict[str, int]:
        """How hot each step is, 1 to 5, as a part of the hottest; steps with nothing are not in it."""
        values = {line.element_id: value for line in self.steps if (value := line.value(measure))}
        most = max(values.values(), default=0.0)
        return {element: max(1, min(LEVELS, -int(-value * LEVELS // most))) for element, value in values.items()}


def look(session: Session, by: Actor, process_id: str, given: Mapping[str, str], *, now: datetime) -> Heat:
    """The page for an address' `days`, `version`, `department` and `against`.

    Of a version or department that is not there, there is nothing. Raises NotFound for a process that the person does not
    follow, Invalid for spans and measures that there are not to choose from.
    """
    newest = extents.followed(session, by, process_id)
    company = open_tasks.company_of(session, by)
    extent = extents.extent_of(company, given, process_id, now=now)
    versions = _versions(session, by, process_id)
    compared = extents.against(extent, given.get("against", ""))
    definition = extents.of_version(session, by, newest, extent.version if extent.version in versions else None)
    side, other = (Side(each, past.by_step(session, company, each)) if each else None for each in (extent, compared))
    assert side is not None
    return _assembled(session, by, company, (newest, definition), versions, side, other, now)


def _assembled(
    session: Session,
    by: Actor,
    company: Organisation,
    process: tuple[Definition, Definition],
    versions: list[int],
    side: Side,
    other: Side | None,
    now: datetime,
) -> Heat:
    newest, definition = process
    clocks = Clocks(session, company)
    elapsed = clocks.named(definition.settings.calendar)
    ages = Ages.at(elapsed.calendar, now)
    tasks = live.by_step(session, by, side.extent, ages, now=now)
    walked = ways.taken(session, company, side.extent)
    ended = [*side.steps.values(), *(other.steps.values() if other else ())]
    drawn = _drawn(session, by, definition, newest, ended)
    named = _named(drawn)
    names = {id: name for id, (name, _version) in named.items()}
    shown = [each for each in names if each in definition.program.elements or each in tasks or each in side.steps]
    steps = [
        _line(each, named[each], tasks.get(each), side, other, clocks.named(definition.calendar_of(each)), now)
        for each in shown
    ]
    loops = [replace(each, sent_from=definition.said(each.sent_from)) for each in past.loops(session, company, side.extent)]
    read = extents.as_of(session, company.id)
    running = lying.lying_in(session, by, side.extent, drawn, now=now)
    return Heat(definition, versions, side, other, steps, walked, loops, names, ages, read, elapsed.day_seconds, running)


def _line(
    element: str, named: tuple[str, int], tasks: Live | None, side: Side, other: Side | None, elapsed: Elapsed, now: datetime
) -> StepLine:
    name, version = named
    waiting = elapsed.between(tasks.median, now) if tasks else None
    return StepLine(element, name, tasks, waiting, side.of(element), other.of(element) if other else None, version)


def _versions(session: Session, by: Actor, process_id: str) -> list[int]:
    row = ProcessDefinition
    mine = (row.company_id == by.company_id, row.process_id == process_id)
    return list(session.execute(select(row.version).where(*mine).order_by(row.version.desc())).scalars())


def _named(drawn: Sequence[Definition]) -> dict[str, tuple[str, int]]:
    """The user tasks in the order of these diagrams: name, and the version if it is not the first one's."""
    names: dict[str, tuple[str, int]] = {}
    for each in drawn:
        version = 0 if each is drawn[0] else each.version
        for id, name in step_names.of_tasks(each).items():
            names.setdefault(id, (name, version))
    return names


def _drawn(session: Session, by: Actor, definition: Definition, newest: Definition, ended: list[Past]) -> list[Definition]:
    """The version that is shown, then the newest, then those by which cases run and those by which some have ended."""
    process = newest.process_id
    running = {each.version for each, _cases in definitions.older_in_use(session, by.company_id, process)}
    done = sorted({each.version for each in ended if each.version}, reverse=True)[:MOST_VERSIONS]
    others = (definitions.of_version(session, by.company_id, process, each) for each in sorted({*running, *done}, reverse=True))
    return list({each.version: each for each in (definition, newest, *others)}.values())
