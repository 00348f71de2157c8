"""Sample cases [样例单据] of the demo: the packages' own scenarios, played into its database as if the past weeks had been lived.

A scenario is moved by whole weeks, so that its weekdays stay; what would be later than now has not happened yet, and such a
case is still under way. Nothing here is for a company that works: whoever calls this has made sure that it is a demo.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import random
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.background.worker import Worker
from engine.calendar import due
from engine.calendar.working import Calendar
from engine.designing.scenarios import scripts
from engine.files import attachments
from engine.people import organisation
from engine.people.actors import Actor
from engine.scenarios.play import Failure, Player, furnish
from engine.scenarios.samples import stand_ins
from engine.scenarios.stage import Stage
from engine.storage import database as databases
from engine.storage import heartbeats, keys, models

OLDEST, NEWEST = 50, 2  # days ago that a sample case began
HOURS = (1, 6)  # of working time between two acts
SEED = 7  # the same demo looks the same each time
DAY = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")


class LivedPast(Stage):
    """A demo company in its own database, with a clock that runs through the past up to `end`; nothing is taken back."""

    def __init__(self, database: databases.Database, company: str, end: datetime) -> None:
        self.company, self.database, self.now, self.end = company, database, end, end
        self.references: dict[str, str] = {}
        self.worker = Worker(database, lambda: self.now, "samples", only_cases=True)

    def begin(self, now: datetime) -> None:
        """The next scenario begins at `now`; only what comes from here on is its own."""
        self.now, self.references, self.since = now, {}, keys.new()

    def pause(self, hours: int) -> None:
        """That many hours of working time go by, at most up to the end."""
        with self.database.reading(self.company) as session:
            calendar = Calendar.of(session, organisation.current(session, self.company), "")
        self.move_to(due.compute(f"{hours}wh", self.now, calendar))

    def move_to(self, target: datetime) -> None:
        """Moves the clock on, never past the end; a moment that is over by now asks for nothing."""
        super().move_to(max(self.now, min(target, self.end)))

    def keep_file(self, session: Session, by: Actor, field: str, name: str, _media_type: str) -> models.Attachment:
        """Hands in a file that is really there."""
        called, content = stand_ins.content(name)
        return attachments.store(session, by, None, field, called, io.BytesIO(content), now=self.now)


def fill(database: databases.Database, workflows: Path, company: str, most: int, *, now: datetime) -> int:
    """Plays at most that many scenarios of a company that has no case yet; gives how many cases there are then.

    `workflows` is the company's folder of packages, `now` the end of the played past, aware.
    """
    if _cases(database, company):
        return 0
    chance = random.Random(SEED)
    stage = LivedPast(database, company, now)
    own, beginnings = (workflows / "company.toml").read_text(encoding="utf-8"), itertools.cycle(stand_ins.BEGINNINGS)
    told = [
        (name, stand_ins.others(text, i, own, beginnings)) for i, (name, text) in enumerate(_scripts(workflows, most, chance))
    ]
    chosen = [_moved(script, now, chance) for script in told]
    for process_id, script in sorted(chosen, key=lambda each: str(each[1]["now"])):
        with contextlib.suppress(Failure, errors.Refusal):  # it stays where it came to: such a case is still under way
            _live(stage, process_id, script, chance)
    with database.transaction() as session:  # else its worker would be missed as one that fell silent
        heartbeats.end(session, stage.worker.name, now=now)
    return _cases(database, company)


def _scripts(workflows: Path, most: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Process and text of scenarios, from each process in turn."""
    scripts_by_process: dict[str, list[str]] = {}
    for path in sorted(workflows.glob("*/scenarios/*.toml")):
        text = path.read_text(encoding="utf-8")
        if "settings" not in scripts.read(text, path.name):
            scripts_by_process.setdefault(path.parent.parent.name, []).append(text)
    for texts in scripts_by_process.values():
        chance.shuffle(texts)
    while most > 0 and any(scripts_by_process.values()):
        for process_id, texts in scripts_by_process.items():
            if texts and most > 0:
                most -= 1
                yield process_id, texts.pop()


def _moved(given: tuple[str, str], now: datetime, chance: random.Random) -> tuple[str, scripts.Script]:
    """The scenario with all its dates moved by whole weeks."""
    process_id, text = given
    begins: datetime = scripts.read(text, process_id)["now"]
    wanted = now - timedelta(days=chance.randint(NEWEST, OLDEST))
    weeks = timedelta(weeks=(wanted - begins.astimezone(UTC)).days // 7)
    return process_id, scripts.read(DAY.sub(lambda day: _later(day[1], weeks), text), process_id)


def _later(day: str, by: timedelta) -> str:
    try:
        return (date.fromisoformat(day) + by).isoformat()
    except ValueError:
        return day  # a number that only looks like a day


def _live(stage: LivedPast, process_id: str, script: Mapping[str, Any], chance: random.Random) -> None:
    stage.begin(script["now"].astimezone(UTC))
    furnish(stage, script)
    player = Player(stage, process_id)
    start = [{"start": script["start"]}] if "start" in script else []
    for step in (*start, *script.get("step", [])):
        if stage.now >= stage.end:
            return
        if "refused" not in step:  # what was tried in vain leaves nothing behind
            player.act("", step)
            stage.pause(chance.randint(*HOURS))


def _cases(database: databases.Database, company: str) -> int:
    with database.reading(company) as session:
        counted = select(func.count()).where(models.ProcessInstance.company_id == company)
        return session.execute(counted).scalar_one()
