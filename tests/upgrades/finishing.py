"""Finishes every open case of a database through the verbs, as the people concerned: tasks, jobs, messages, timers."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from engine import errors
from engine.background.worker import Worker
from engine.definitions import task_settings
from engine.forms import ViewNode
from engine.people import actors
from engine.people.actors import SYSTEM, Actor
from engine.queries.inbox import task_page
from engine.scenarios.play import SIGNATURE
from engine.storage import database as databases
from engine.storage import keys, models
from engine.verbs import user_tasks
from engine.verbs.running import incidents, messages, process_instances, service_jobs
from engine.verbs.signed_opinions import SentBeside
from tests.upgrades import filling

ROUNDS = 400
TRIES = 8
LEASE = timedelta(minutes=5)


class Finisher:
    """Plays everybody. `now` is the clock, which moves on to the next timer when nothing else is left to do."""

    def __init__(self, database: databases.Database, now: datetime) -> None:
        self.database, self.now = database, now
        self.worker = Worker(database, lambda: self.now, "finisher")
        self.visits: Counter[tuple[int, str]] = Counter()
        self.people: dict[str, list[Actor]] = {}
        self.completed = 0

    def finish(self) -> None:
        """Until no case is active, or nothing more can be done."""
        for _ in range(ROUNDS):
            while self.worker.run_once():
                pass
            if not (self._tasks() or self._jobs() or self._messages() or self._timers()):
                return

    def active(self) -> list[tuple[str, str, str]]:
        """Company, process and number of the cases that are still open."""
        row = models.ProcessInstance
        with self.database.reading() as session:
            listed = select(row.company_id, row.process_id, row.number).where(row.state == "active").order_by(row.key)
            return [tuple(each) for each in session.execute(listed).all()]

    def _rows(self, model: Any, *conditions: Any) -> list[Any]:
        with self.database.reading() as session:
            return list(session.execute(select(model).where(*conditions).order_by(model.key)).scalars())

    def _tasks(self) -> int:
        return sum(self._task(each) for each in self._rows(models.UserTask, models.UserTask.state == "open"))

    def _task(self, task: models.UserTask) -> int:
        """Completes it as one of those who may; False when it is gone meanwhile, or nobody may and nobody can be found."""
        by = self._who(task)
        if by is None:
            return 0
        refused: Counter[str] = Counter()
        for _ in range(TRIES):
            try:
                self._complete(by, task.key, self.visits[task.instance_key, task.element_id], refused)
            except errors.Invalid as refusal:
                told = refusal.fields
                refused.update(told.keys())
            except (errors.Conflict, errors.NotFound):  # gone with what was done before
                return 0
            else:
                self.visits[task.instance_key, task.element_id] += 1
                self.completed += 1
                return 1
        worded = {name: [str(each) for each in found] for name, found in told.items()}
        raise AssertionError(f"{task.company_id} {task.process_id} {task.element_id} cannot be filled in: {worded}")

    def _complete(self, by: Actor, key: int, visit: int, refused: Counter[str]) -> None:
        with self.database.transaction(by.company_id) as session:
            page = task_page.task_page(session, by, key, now=self.now, with_past=False)
            if not isinstance(page, task_page.TaskPage):
                raise errors.Conflict("It is not this person's.")
            data = filling.filled(page.form, page.scope, lambda node: self._upload(session, by, node), visit, refused)
            offered = page.settings.outcomes
            outcome = offered[visit % len(offered)].id if offered else None
            signed = SentBeside(SIGNATURE) if page.settings.signature == task_settings.REQUIRED else SentBeside()
            opinion = "已核实。"
            user_tasks.complete(session, by, key, data, outcome=outcome, opinion=opinion, beside=signed, now=self.now)

    def _who(self, task: models.UserTask) -> Actor | None:
        items = self._rows(models.WorkItem, models.WorkItem.user_task_key == task.key, models.WorkItem.state == "open")
        mine = [
            by
            for by in self._people(task.company_id)
            if any(by.username == item.username or item.group_name in by.groups for item in items)
        ]
        fitting = next((by for by in mine if by.username not in task.excluded), None)
        return fitting or self._handed_on(task)

    def _handed_on(self, task: models.UserTask) -> Actor | None:
        """Where nobody may act, an administrator hands the task to the first who is not kept out."""
        to = next((by for by in self._people(task.company_id) if by.username not in task.excluded), None)
        if to is not None:
            with contextlib.suppress(errors.Conflict), self.database.transaction(task.company_id) as session:
                user_tasks.assign(session, SYSTEM(task.company_id), task.key, to.username, "无人可办", now=self.now)
        return to

    def _people(self, company: str) -> list[Actor]:
        if company not in self.people:
            listed = self._rows(models.Person, models.Person.company_id == company)
            with self.database.reading() as session:
                found = [actors.load(session, company, row.username) for row in listed]
            self.people[company] = [by for by in found if by is not None]
        return self.people[company]

    def _upload(self, session: Any, by: Actor, node: ViewNode) -> Any:
        name = "照片.jpg" if "jpg" in str(node.raw.get("accept")) else "附件.pdf"
        row = models.Attachment(key=keys.new(), company_id=by.company_id, field=node.name, name=name, size=1, sha256="0" * 64)
        row.media_type, row.uploaded_by, row.uploaded_at = "application/octet-stream", by.username, self.now
        session.add(row)
        session.flush()
        return {"key": str(row.key), "name": row.name, "type": row.media_type, "size": 1}

    def _jobs(self) -> int:
        """As external workers."""
        open_ = (models.Job.state == "open", models.Job.instance_key.is_not(None), models.Job.run_at <= self.now)
        done = 0
        for company, type in sorted({(job.company_id, job.type) for job in self._rows(models.Job, *open_)}):
            with self.database.transaction(company) as session:
                by = SYSTEM(company)
                for job in service_jobs.activate(session, by, type, 100, timeout=LEASE, worker="w", now=self.now):
                    service_jobs.complete(session, by, job.key, {}, now=self.now)
                    done += 1
        return done

    def _messages(self) -> int:
        """One message or signal that a case waits for, from outside; only where no person, job or timer leads on."""
        row = models.Subscription
        resting = select(models.UserTask.instance_key).where(models.UserTask.state == "open")
        waits = self._rows(row, row.instance_key.is_not(None), row.instance_key.not_in(resting))
        for each in waits:
            with self.database.transaction(each.company_id) as session:
                by = SYSTEM(each.company_id)
                if each.kind == "signal":
                    messages.broadcast(session, by, each.name, {}, now=self.now)
                else:
                    messages.publish(session, by, each.name, each.correlation_key or "", {}, now=self.now)
                return 1
        return 0

    def _timers(self) -> int:
        """Moves the clock to the next timer, and whatever is due by then."""
        with self.database.reading() as session:
            due = session.execute(select(func.min(models.Timer.due_at))).scalar()
        if due is None or due.year > 3000:
            return 0
        self.now = max(self.now, due)
        return 1


def cancel(database: databases.Database, keys_: Iterable[int], now: datetime) -> None:
    """Ends cases that nothing can mend, as an administrator would."""
    for key in keys_:
        with database.transaction() as session:
            company = session.get_one(models.ProcessInstance, key).company_id
            process_instances.cancel(session, SYSTEM(company), key, "无法继续", now=now)


def try_again(database: databases.Database, key: int, now: datetime) -> None:
    """Tries again what stopped."""
    with database.transaction() as session:
        company = session.get_one(models.Incident, key).company_id
        incidents.resolve(session, SYSTEM(company), key, now=now)


def set_starts_aside(database: databases.Database) -> None:
    """Processes that start by themselves would go on for ever."""
    with database.transaction() as session:
        session.execute(update(models.ScheduledStart).values(due_at=None))
