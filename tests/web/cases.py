"""Cases for tests of pages, made through the verbs as people would make them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.running import process_instances
from tests.cast import COMPANY, Cast

REQUEST = {"item": "打印纸", "count": 3, "quotes": [{"supplier": "华东办公", "amount": 99}]}


class Purchases:
    """Starts purchases and takes them further."""

    def __init__(self, database: databases.Database, cast: Cast, now: datetime) -> None:
        self.database, self.cast, self.now = database, cast, now

    def start(self, *, by: Actor | None = None, after: timedelta = timedelta(0), **values: Any) -> int:
        """A new purchase; the key of its case."""
        with self.database.transaction(COMPANY) as session:
            moment = self.now + after
            return process_instances.start(session, by or self.cast.clerk, "purchase", {**REQUEST, **values}, now=moment).key

    def check(self, case: int) -> int:
        """clerk2 checks the stock; the key of the approval that follows."""
        with self.database.transaction(COMPANY) as session:
            user_tasks.complete(session, self.cast.clerk2, self.task(case), {"in_stock": 0}, now=self.now)
        return self.task(case)

    def approve(self, case: int, outcome: str = "approve", opinion: str = "") -> None:
        """The manager decides."""
        with self.database.transaction(COMPANY) as session:
            user_tasks.complete(session, self.cast.manager, self.task(case), {}, outcome=outcome, opinion=opinion, now=self.now)

    def claim(self, case: int, by: Actor) -> int:
        """The open task in the person's own name; its key."""
        key = self.task(case)
        with self.database.transaction(COMPANY) as session:
            user_tasks.claim(session, by, key, now=self.now)
        return key

    def hand_on(self, key: int, username: str) -> None:
        """The owner of the process gives a task to somebody else."""
        with self.database.transaction(COMPANY) as session:
            user_tasks.assign(session, self.cast.owner, key, username, "换人", now=self.now)

    def copies(self, key: int) -> list[models.WorkItem]:
        """The parts of a task that hold something typed."""
        row = models.WorkItem
        with self.database.reading(COMPANY) as session:
            return list(session.execute(select(row).where(row.user_task_key == key, row.draft.is_not(None))).scalars())

    def task(self, case: int) -> int:
        """The key of the case's open task."""
        row = models.UserTask
        with self.database.reading(COMPANY) as session:
            return session.execute(select(row.key).where(row.instance_key == case, row.state == "open")).scalar_one()

    def row(self, key: int) -> models.UserTask:
        """A task as it is stored."""
        with self.database.reading(COMPANY) as session:
            return session.get_one(models.UserTask, key)
