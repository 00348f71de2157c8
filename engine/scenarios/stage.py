"""Where a scenario is played: a company deployed into a database in memory, a clock that is set by hand, its worker."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, union_all
from sqlalchemy.orm import Session

from engine import errors
from engine.background.worker import Worker
from engine.definitions import definitions
from engine.deploying import deployment, folders
from engine.deploying.checking import checks
from engine.deploying.company_files import companies
from engine.people import actors, organisation
from engine.problems import Problem
from engine.storage import database as databases
from engine.storage import jobs, keys, models
from engine.storage.vault import Vault
from engine.verbs.running import start_events

DEPLOYED = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "only for databases in memory"
MAX_ROUNDS = 200
MAX_STOPS = 2000  # that many moments may come due while the clock moves once


class Stage:
    """One company in memory. `reset` takes everything back to just after the deployment, so that each walk stands alone.

    `judged_at` is the moment against which the check of its files holds what is over; else that of the deployment.
    `since`: rows with smaller keys are not the scenario's own.
    """

    since = 0

    def __init__(self, bpmn: Path, workflows: Path, company: str, *, judged_at: datetime | None = None) -> None:
        self._open(company)
        self.drawings: list[Problem] = []
        self.problems = self._deploy(bpmn, workflows, judged_at)
        self._keep_beginning()

    def _open(self, company: str) -> None:
        self._set_up(company, databases.in_memory(), DEPLOYED)
        self.database.take_node()

    def _set_up(self, company: str, database: databases.Database, now: datetime) -> None:
        self.company, self.database, self.now = company, database, now
        database.surroundings["vault"] = Vault(SECRET)
        self.references: dict[str, str] = {}
        self.take_folder()
        self.worker = Worker(self.database, lambda: self.now, "scenario", only_cases=True)

    def _keep_beginning(self) -> None:
        with self._raw() as raw:
            self._beginning = raw.serialize()

    def take_folder(self) -> None:
        """Takes a new folder for files; a forked process must not share one."""
        self._folder = tempfile.TemporaryDirectory(prefix="banjie-scenarios-")
        self.database.surroundings["data"] = Path(self._folder.name)

    def close(self) -> None:
        """Gives the database and the folder of files back."""
        self.database.close()
        self._folder.cleanup()

    def reset(self, now: datetime, scheduled: Collection[str]) -> None:
        """The company as deployed, with the clock at `now`; timer start events of the `scheduled` processes count from there.

        Those of others rest: a monthly report must not turn up in every walk that crosses its day.
        """
        with self._raw() as raw:
            raw.deserialize(self._beginning)
        self.now, self.references = now, {}
        with self.database.transaction(self.company) as session:
            session.execute(delete(models.ScheduledStart))
            for definition in list(definitions.all_latest(session, self.company)):
                starts = definition.program.start_events
                if definition.process_id in scheduled and any(each.kind != "none" for each in starts):
                    start_events.renew(session, definition, definition.program, now=now)

    def change_settings(self, values: Mapping[str, Any]) -> None:
        """Gives the company other values in its settings, until the next reset. Raises Invalid for one it does not have."""
        with self.database.transaction(self.company) as session:
            company = session.get_one(models.Company, self.company)
            for name in values.keys() - company.settings.keys():
                raise errors.Invalid("The company has no setting “%(name)s”.", name=name)
            company.settings = {**company.settings, **values}
            organisation.changed(session, self.company)

    def actor(self, session: Session, username: str) -> actors.Actor:
        """The person of that username. Raises Invalid when there is none."""
        actor = actors.load(session, self.company, username)
        if actor is None:
            raise errors.Invalid("There is no person “%(name)s” who could act.", name=username)
        return actor

    def work(self) -> None:
        """Lets the worker do everything that is due now."""
        for _ in range(MAX_ROUNDS):
            if not self.worker.run_once():
                return
        raise errors.Invalid("The background work does not come to an end.")

    def move_to(self, target: datetime) -> None:
        """Moves the clock on, stopping at everything that comes due on the way."""
        if target < self.now:
            raise errors.Invalid("The clock cannot be moved back to %(time)s.", time=target.isoformat())
        stops = 0
        while (upcoming := self.upcoming(target)) is not None:
            if (stops := stops + 1) > MAX_STOPS:
                raise errors.Invalid("Too much comes due on the way to %(time)s.", time=target.isoformat())
            self.now = upcoming
            self.work()
        self.now = target
        self.work()

    def upcoming(self, target: datetime) -> datetime | None:
        """The next moment after now, up to `target`, at which something is due."""
        job = models.Job
        moments = union_all(
            select(models.Timer.due_at.label("at")),
            select(models.ScheduledStart.due_at),
            select(job.run_at).where(job.state == "open", job.type.not_in(jobs.aside())),
        ).subquery()
        statement = select(moments.c.at).where(moments.c.at > self.now, moments.c.at <= target).order_by(moments.c.at).limit(1)
        with self.database.reading() as session:
            return session.execute(statement).scalar()

    def _deploy(self, bpmn: Path, workflows: Path, judged_at: datetime | None = None) -> list[Any]:
        definition = companies.load(workflows / self.company / "company.toml")
        self.is_demo = definition.is_demo
        with self.database.transaction() as session:
            companies.apply(session, definition, now=DEPLOYED)
        try:
            with self.database.transaction(self.company) as session:
                resources = folders.read(bpmn, workflows, self.company)
                self.drawings = checks.drawings(resources)
                by, self.examined = actors.SYSTEM(self.company), checks.examine(resources)
                problems = deployment.deploy(session, by, self.examined, now=DEPLOYED).problems
                return problems if judged_at is None else [*self._over(session, self.examined, judged_at), *problems]
        except deployment.DeploymentRefused as refused:
            return refused.problems

    def _over(self, session: Session, examined: deployment.Examined, judged_at: datetime) -> Iterator[Problem]:
        """What is over by now and was not when it was deployed."""
        by = actors.SYSTEM(self.company)
        before, after = (examined.judged(deployment.known(session, by, now=moment)) for moment in (DEPLOYED, judged_at))
        yield from (each for each in after if each not in before)

    @contextlib.contextmanager
    def _raw(self) -> Iterator[sqlite3.Connection]:
        """SQLite's own connection, which can be saved and restored as a whole."""
        with contextlib.closing(self.database.engine.raw_connection()) as pooled:
            raw: sqlite3.Connection = pooled.dbapi_connection  # type: ignore[assignment]
            yield raw

    def rows(self, model: Any, **values: Any) -> list[Any]:
        """The scenario's rows of a table, in order of their keys."""
        with self.database.reading() as session:
            mine = select(model).filter_by(**values).where(model.key > self.since)
            return list(session.execute(mine.order_by(model.key)).scalars())

    def keep_file(self, session: Session, by: actors.Actor, field: str, name: str, media_type: str) -> models.Attachment:
        """Hands in a file of which a scenario says the name alone."""
        told = {"company_id": by.company_id, "uploaded_by": by.username, "uploaded_at": self.now}
        row = models.Attachment(key=keys.new(), field=field, name=name, media_type=media_type, size=1, sha256="0" * 64, **told)
        session.add(row)
        session.flush()
        return row
