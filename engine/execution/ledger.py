"""What one settling of a case has to write: collected while it goes on, written in bulk, one statement per table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import insert, update

from engine import errors, runtime
from engine.cases import incident_rows
from engine.cases.cases import Case
from engine.cases.lines import words
from engine.cases.rights import holding, recusal
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
        self.resting: dict[str, runtime.TokenWait] = {}
        self.closed: list[runtime.Closed] = []
        self.opened = Opened()
        self.inserts: dict[Any, list[dict[str, Any]]] = {model: [] for model in INSERTS}
        self.refused: set[str] = set()

    def take(self, effects: runtime.Effects) -> None:
        """Takes over what the run reported; a wait opened and closed before it had a row leaves no trace."""
        self.resting |= {wait.token: wait for wait in effects.opened}
        for each in effects.closed:
            if self.resting.pop(each.token, None) is None:
                self.closed.append(each)
        self.inserts[models.Job] += [self._publication(event) for event in effects.thrown if event.kind != "escalation"]

    def incident(self, kind: str, wait: runtime.TokenWait, refusal: errors.Refusal, job_key: int | None = None) -> None:
        """Notes that a token is stuck before its wait came to be; the wait is kept, so that it can be tried again."""
        self.raise_incident(kind, wait, refusal, job_key=job_key, wait=wait.awaits)
        self.refused.add(wait.token)

    def raise_incident(self, kind: str, at: runtime.TokenWait, told: errors.Refusal, **of: Any) -> None:
        """An incident where a token is; `of` as `incident_rows.make` takes it."""
        case, element = self.case, self.case.definition.program.elements.get(at.element_id)
        name = element.name if element else None
        place = {"instance": case.instance, "element_id": at.element_id, "element_name": name, "token": at.token, **of}
        row = incident_rows.make(case.session, case.instance.company_id, kind, told, now=case.now, **place)
        self.inserts[models.Incident].append(row)

    def explain(self, wait: runtime.TokenWait, awaited: runtime.AwaitedRetry, refusal: errors.Refusal) -> None:
        """Words the incident of a token better than the run, which knows only its own process, could."""
        better = replace(awaited, message=refusal.text, values=refusal.values)
        self.resting[wait.token] = replace(wait, awaits=better)

    def cancelled_calls(self) -> list[str]:
        """Tokens of call activities that ended before the cases they had called."""
        return [each.token for each in self.closed if each.kind == "call" and each.reason == "cancelled"]

    def left(self) -> list[runtime.TokenWait]:
        """The waits that are left resting, for rows to be opened."""
        return [wait for wait in self.resting.values() if wait.token not in self.refused]

    def over(self, kind: str) -> Iterator[tuple[str, list[str]]]:
        """The tokens whose waits of a kind are over and had rows, by the reason."""
        for reason in ("completed", "cancelled"):
            tokens = [each.token for each in self.closed if each.kind == kind and each.reason == reason]
            if tokens:
                yield reason, tokens

    def place(self, wait: runtime.TokenWait) -> dict[str, Any]:
        """The columns that say where a row stands."""
        return {
            "key": keys.new(),
            "company_id": self.case.instance.company_id,
            "instance_key": self.case.instance.key,
            "element_id": wait.element_id,
            "token": wait.token,
        }

    def resolve(self) -> None:
        """Resolves the incidents of waits that are over."""
        if not (self.closed and self.case.instance.incidents):
            return
        values = {"state": "resolved", "resolved_at": self.case.now, "resolved_by": self.case.around.actor}
        still = (*self.at(INCIDENT, [each.token for each in self.closed]), INCIDENT.c.state == "open")
        resolving = update(INCIDENT).where(*still).values(**values).returning(INCIDENT.c.key)
        self.case.instance.incidents -= len(self.case.session.execute(resolving).scalars().all())

    def insert(self) -> None:
        """Inserts the new rows."""
        self._find_by_words()
        connection = self.case.session.connection()  # past the ORM, which has nothing to add but time
        for model, new in self.inserts.items():
            if new:
                connection.execute(INSERTS[model], new)

    def _find_by_words(self) -> None:
        """Gives the parts of new tasks what lists find them by: of the case as it is stored, with its number."""
        case, tasks = self.case.instance, self.inserts[models.UserTask]
        found_by = {task["key"]: words.of_part(case.words, task["name"], case.initiator) for task in tasks}
        items = self.inserts[models.WorkItem]
        self.inserts[models.WorkItem] = [{**item, "pairs": found_by[item["user_task_key"]]} for item in items]

    def at(self, table: Any, tokens: list[str]) -> tuple[Any, ...]:
        """What finds the rows of these tokens in one of the tables."""
        return table.c.instance_key == self.case.instance.key, table.c.token.in_(tokens)

    def _publication(self, event: runtime.Thrown) -> dict[str, Any]:
        """A thrown event leaves as background work: it may reach cases whose rows must not be locked from here."""
        company_id = self.case.instance.company_id
        if event.kind == "message":
            recusal.require_thrown(self.case, event.name, "" if event.correlation_key is None else str(event.correlation_key))
        payload = {
            "company_id": company_id,
            "kind": event.kind,
            "name": event.name,
            "correlation_key": event.correlation_key,
            "variables": event.variables,
            "root_key": self.case.instance.root_key,
            "mover": None if self.case.around.by.is_system else self.case.around.by.answerable,
            "thrown": keys.new(),
        }
        return jobs.row(company_id, PUBLISH, payload, run_at=self.case.now, now=self.case.now)


def rest_again(case: Case, incident: models.Incident) -> None:
    """Has a token that was stuck come to rest anew, by the wait that is kept with its incident; nothing where none is."""
    wait: dict[str, Any] | None = incident.values.get("wait")
    if wait is not None and incident.job_key is None:
        case.run.rest_again(incident.token or "", runtime.read_wait(wait))
