"""The rows behind a case's resting places: opened and closed in bulk, one statement per table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update

from engine import errors, runtime
from engine.calendar import due
from engine.cases import holding
from engine.cases.cases import Case
from engine.execution import assignments
from engine.people.actors import Actor
from engine.storage import jobs, keys, models

PUBLISH = "messages.publish"
PLACES: tuple[Any, ...] = (models.UserTask, models.WorkItem, models.Timer, models.Subscription, models.Job, models.Incident)
TASK, ITEM, TIMER, SUBSCRIPTION, JOB, INCIDENT = TABLES = tuple(model.__table__ for model in PLACES)
INSERTS = dict(zip(PLACES, map(insert, TABLES), strict=True))  # in the order in which they point at each other


@dataclass
class Opened:
    """The user tasks that a verb opened, with their work items."""

    tasks: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)

    def extend(self, other: Opened) -> None:
        self.tasks += other.tasks
        self.items += other.items

    def next_for(self, actor: Actor) -> int | None:
        """The first of these tasks that the actor may take up."""
        excluding = {task["key"]: task["excluded"] for task in self.tasks}
        for item in self.items:
            if (
                holding.holds(actor, item["username"], item["group_name"])
                and actor.username not in excluding[item["user_task_key"]]
            ):
                key: int = item["user_task_key"]
                return key
        return None


class Ledger:
    """What one settling of a case has to write; `resting` are the waits opened in it, by token."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.resting: dict[str, runtime.Wait] = {}
        self.closed: list[runtime.Closed] = []
        self.opened = Opened()
        self.inserts: dict[Any, list[dict[str, Any]]] = {model: [] for model in INSERTS}
        self.refused: set[str] = set()

    def take(self, opened: Iterable[runtime.Wait], closed: Iterable[runtime.Closed], thrown: Iterable[runtime.Thrown]) -> None:
        """Takes over a piece of what the run reported; a wait opened and closed within it leaves no trace."""
        self.resting |= {wait.token: wait for wait in opened}
        for each in closed:
            if self.resting.pop(each.token, None) is None:
                self.closed.append(each)
        self.inserts[models.Job] += [self._publication(event) for event in thrown if event.kind != "escalation"]

    def incident(self, kind: str, wait: runtime.Wait, refusal: errors.Refusal, job_key: int | None = None) -> None:
        """Notes that a token is stuck; `wait` is kept with it so that it can be tried again."""
        values = {**refusal.values, "wait": {"kind": wait.kind, "details": wait.details}}
        self._incident(kind, wait.element_id, wait.token, refusal.text, values, job_key)
        self.refused.add(wait.token)

    def explain(self, wait: runtime.Wait, refusal: errors.Refusal) -> None:
        """Words the incident of a token better than the run, which knows only its own process, could."""
        self.resting[wait.token] = replace(wait, details={**wait.details, "message": refusal.text, "values": refusal.values})

    def failed_job(self, wait: runtime.Wait, refusal: errors.Refusal) -> None:
        """An operation that failed where it stood becomes a job that can be retried, and an incident."""
        row = self._job(wait) | {"state": "failed", "error": str(refusal)}
        self.inserts[models.Job].append(row)
        self.incident("job", wait, refusal, row["key"])

    def cancelled_calls(self) -> list[str]:
        """Tokens of call activities that ended before the cases they had called."""
        return [each.token for each in self.closed if each.kind == "call" and each.reason == "cancelled"]

    def write(self) -> None:
        """Closes and opens the rows; the instance's own row is written before, as the others point at it."""
        for wait in self.resting.values():
            if wait.token not in self.refused:
                self._open(wait)
        self.case.session.flush()
        self._close()
        connection = self.case.session.connection()  # past the ORM, which has nothing to add but time
        for model, new in self.inserts.items():
            if new:
                connection.execute(INSERTS[model], new)

    def _open(self, wait: runtime.Wait) -> None:
        makers = {"timer": self._timer, "message": self._subscription, "signal": self._subscription}
        if wait.kind == "user_task":
            self._user_task(wait)
        elif wait.kind == "job":
            self.inserts[models.Job].append(self._job(wait))
        elif wait.kind == "incident":
            self._incident("expression", wait.element_id, wait.token, wait.details["message"], wait.details["values"])
        elif wait.kind in makers:
            makers[wait.kind](wait)

    def _user_task(self, wait: runtime.Wait) -> None:
        assigned = assignments.assign(self.case, wait)
        self.inserts[models.UserTask].append(assigned.task)
        self.inserts[models.WorkItem] += assigned.items
        self.inserts[models.Job] += assigned.jobs
        self.opened.extend(Opened([assigned.task], assigned.items))
        element = self.case.definition.program.elements[wait.element_id]
        held_by = [item["username"] or item["group_name"] for item in assigned.items]
        self.case.note(
            "task_created",
            element,
            task=assigned.task["key"],
            candidates=held_by,
            reason=assigned.items[0]["reason"],
            round=assigned.task["round"],
        )
        if assigned.refusal:
            self._incident("assignment", wait.element_id, wait.token, assigned.refusal.text, assigned.refusal.values)

    def _timer(self, wait: runtime.Wait) -> None:
        try:
            anchor, due_at = self._moments(wait)
        except errors.Refusal as refusal:
            self.incident("timer", wait, refusal)
            return
        if due_at is not None:
            moments = {"armed_at": self.case.now, "anchor": anchor, "due_at": due_at}
            self.inserts[models.Timer].append(self._place(wait) | {"expression": str(wait.details["expression"])} | moments)

    def _moments(self, wait: runtime.Wait) -> tuple[datetime, datetime | None]:
        """The anchor of a timer and when it fires: a cycle that has fired follows its grid, to an end perhaps."""
        text, calendar, now = str(wait.details["expression"]), self.case.around.calendar, self.case.now
        if not wait.details.get("fired"):
            return now, due.compute(text, now, calendar, day_ends=wait.details["type"] != "date")
        fired = self.case.fired
        anchor = now if fired is None else due.anchor_of(text, fired.anchor, fired.due_at)
        cycle = text if due.is_cycle(text) else f"R/{text}"  # a version published before may hold a bare duration
        return anchor, due.next(cycle, now, calendar, anchor=anchor)

    def _subscription(self, wait: runtime.Wait) -> None:
        key = wait.details.get("correlation_key")
        self.inserts[models.Subscription].append(
            self._place(wait)
            | {
                "kind": wait.kind,
                "name": wait.details["name"],
                "correlation_key": None if key is None else str(key),
                "definition_key": None,
                "process_id": self.case.instance.process_id,
            }
        )

    def _job(self, wait: runtime.Wait) -> dict[str, Any]:
        details = wait.details
        return jobs.row(
            self.case.instance.company_id,
            details["type"],
            details["inputs"],
            run_at=self.case.now,
            now=self.case.now,
            retries=details.get("retries") or jobs.RETRIES,
            headers=details["headers"],
            instance_key=self.case.instance.key,
            element_id=wait.element_id,
            token=wait.token,
        )

    def _publication(self, event: runtime.Thrown) -> dict[str, Any]:
        """A thrown event leaves as background work: it may reach cases whose rows must not be locked from here."""
        company_id = self.case.instance.company_id
        payload = {
            "company_id": company_id,
            "kind": event.kind,
            "name": event.name,
            "correlation_key": event.correlation_key,
            "variables": event.variables,
            "root_key": self.case.instance.root_key,
            "thrown": keys.new(),
        }
        return jobs.row(company_id, PUBLISH, payload, run_at=self.case.now, now=self.case.now)

    def _incident(self, kind: str, element_id: str, token: str, message: str, values: Any, job_key: int | None = None) -> None:
        self.inserts[models.Incident].append(
            {
                "key": keys.new(),
                "company_id": self.case.instance.company_id,
                "instance_key": self.case.instance.key,
                "element_id": element_id,
                "token": token,
                "job_key": job_key,
                "kind": kind,
                "message": message,
                "values": dict(values),
                "created_at": self.case.now,
            }
        )
        self.case.instance.incidents += 1
        shown = {name: value for name, value in dict(values).items() if name != "wait"}
        self.case.note("incident", self.case.definition.program.elements.get(element_id), message=message, values=shown)

    def _place(self, wait: runtime.Wait) -> dict[str, Any]:
        return {
            "key": keys.new(),
            "company_id": self.case.instance.company_id,
            "instance_key": self.case.instance.key,
            "element_id": wait.element_id,
            "token": wait.token,
        }

    def _close(self) -> None:
        for kind, close in _CLOSING.items():
            for reason in ("completed", "cancelled"):
                tokens = [each.token for each in self.closed if each.kind == kind and each.reason == reason]
                if tokens:
                    close(self, tokens, reason)
        if self.closed and self.case.instance.incidents:
            self._resolve([each.token for each in self.closed])

    def _close_tasks(self, tokens: list[str], reason: str) -> None:
        if reason == "completed":
            return  # by the verb that completed it
        task, item, session = TASK.c, ITEM.c, self.case.session
        values = {"state": "cancelled", "completed_at": self.case.now}
        closing = update(TASK).where(*self._at(TASK, tokens), task.state == "open").values(**values).returning(task.key)
        gone = session.execute(closing).scalars().all()
        session.execute(update(ITEM).where(item.user_task_key.in_(gone), item.state == "open").values(state="closed"))

    def _close_timers(self, tokens: list[str], reason: str) -> None:
        self.case.session.execute(delete(TIMER).where(*self._at(TIMER, tokens)))

    def _close_subscriptions(self, tokens: list[str], reason: str) -> None:
        self.case.session.execute(delete(SUBSCRIPTION).where(*self._at(SUBSCRIPTION, tokens)))

    def _close_jobs(self, tokens: list[str], reason: str) -> None:
        still = JOB.c.state.in_(("open", "leased", "failed"))
        closing = update(JOB).where(*self._at(JOB, tokens), still).values(state=reason, lease_until=None)
        self.case.session.execute(closing)

    def _resolve(self, tokens: list[str]) -> None:
        values = {"state": "resolved", "resolved_at": self.case.now, "resolved_by": self.case.around.actor}
        still = (*self._at(INCIDENT, tokens), INCIDENT.c.state == "open")
        resolving = update(INCIDENT).where(*still).values(**values).returning(INCIDENT.c.key)
        self.case.instance.incidents -= len(self.case.session.execute(resolving).scalars().all())

    def _at(self, table: Any, tokens: list[str]) -> tuple[Any, ...]:
        return table.c.instance_key == self.case.instance.key, table.c.token.in_(tokens)


_CLOSING = {
    "user_task": Ledger._close_tasks,
    "timer": Ledger._close_timers,
    "message": Ledger._close_subscriptions,
    "signal": Ledger._close_subscriptions,
    "job": Ledger._close_jobs,
}
