"""A crowd that acts on the same cases at once, in processes of its own that can be killed at any moment.

`python -m tests.benchmarks.crowd URL FIRST PEOPLE ACTS FILE THINKING` plays PEOPLE persons from number FIRST on, each with ACTS
random acts (0: until it is killed), THINKING ("2-4") seconds between two. What was committed is noted in FILE right after, a line of JSON each: what a person was told.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from engine import errors
from engine.basics.letters import pinyin
from engine.deadlines import suspending
from engine.people import actors, organisation
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import handing, signers
from engine.verbs.approvals.back import returns
from engine.verbs.running import process_instances
from tests import cast as casting
from tests.cast import Cast
from tests.engine import kit

GROUP = "人群"
ROOT = Path(__file__).resolve().parents[2]
DECIDING = ("voted", "completed", "returned")
NAMES = ["complete"] * 10 + ["claim", "transfer", "return", "add_signer", "suspend", "begin", "begin"]


def furnish(database: databases.Database, cast: Cast, people: int, cases: int) -> None:
    """The crowd, a process that they decide one by one, together and in parallel, and some cases of it."""
    names = [f"p{number}" for number in range(people)]
    with database.transaction() as session:
        session.execute(insert(models.Person), [{"company_id": "acme", "username": each, "name": each} for each in names])
        members = [{"company_id": "acme", "group_name": GROUP, "username": each} for each in names]
        session.execute(insert(models.Membership), members)
        organisation.changed(session, casting.COMPANY)
    approval = {"kind": "approve"}
    content = (
        kit.start(),
        kit.task("fill", groups=GROUP),
        kit.node("parallelGateway", "split"),
        kit.task("check", groups=GROUP, **approval),
        kit.task("vote", groups=GROUP, rule="ratio:1/4", **approval),
        kit.node("parallelGateway", "join"),
        kit.task("judge", groups=GROUP, separate_from="fill", **approval),
        kit.end(),
        kit.chain("started", "fill", "split", "check", "join", "judge", "done"),
        kit.chain("split", "vote", "join"),
    )
    kit.deploy(database, cast.owner, kit.diagram("crowd", *content, managers=[GROUP]))
    for _ in range(cases):
        kit.begin(database, cast.owner, "crowd")


def enter(url: str, first: int, people: int, acts: int, told: Path, thinking: str = "0-0") -> subprocess.Popen[bytes]:
    """Starts a process with some of the people."""
    command = [sys.executable, "-m", "tests.benchmarks.crowd", url, str(first), str(people), str(acts), str(told), thinking]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": "ignore"})


def wait_for(told: Path, acts: int, seconds: float) -> None:
    """Waits until so many acts were noted in a file, at most that long."""
    pause, ends = threading.Event(), time.monotonic() + seconds
    while len(lines([told])) < acts and time.monotonic() < ends:
        pause.wait(0.1)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a process as a power failure would."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def faults(database: databases.Database, told: list[Path]) -> list[str]:
    """What was lost or done twice: of what people were told, of what the tasks and the history say."""
    said = Counter((each["task"], each["by"], each["outcome"]) for each in lines(told) if each["act"] in ("complete", "return"))
    items = [item for item in kit.rows(database, models.WorkItem) if item.state == "done"]
    done = Counter((item.user_task_key, item.done_by, item.outcome) for item in items)
    events = [event for event in kit.rows(database, models.HistoryEvent) if event.kind in DECIDING]
    noted = Counter((event.data["task"], event.actor, event.data.get("vote") or event.data["outcome"]) for event in events)
    found = [f"lost: {each}" for each in said - done]
    found += [f"twice: {each}" for each, times in done.items() if times > 1]
    found += [f"not in the history: {each}" for each in done - noted] + [
        f"only in the history: {each}" for each in noted - done
    ]
    settled = Counter(event.data["task"] for event in events if event.kind in ("completed", "returned"))
    return found + [f"settled twice: {each}" for each, times in settled.items() if times > 1]


def lines(told: list[Path]) -> list[dict[str, Any]]:
    """What the processes have noted; a line that was cut off when one was killed was told to nobody."""
    texts = (line for path in told if path.exists() for line in path.read_text(encoding="utf-8").splitlines(keepends=True))
    return [json.loads(text) for text in texts if text.endswith("\n")]


class Person:
    """One of the crowd, in a thread of his own."""

    def __init__(self, database: databases.Database, name: str, told: Path, thinking: tuple[float, float]) -> None:
        self.database, self.name, self.told, self.thinking = database, name, told, thinking
        self.random = random.Random(name)

    def act(self, times: int) -> None:
        """Acts again and again; a refusal is what happens in an office, a store that does not answer is noted."""
        count = 0
        while not times or count < times:
            count += 1
            threading.Event().wait(self.random.uniform(*self.thinking))
            act, began = self.random.choice(NAMES), time.perf_counter()
            try:
                task, outcome = getattr(self, f"_{act}")()
            except errors.Unavailable as refusal:
                self._note(act="unavailable", task=0, outcome=str(refusal), began=began)
            except errors.Refusal:
                continue
            else:
                self._note(act=act, task=task, outcome=outcome, began=began)

    def _note(self, *, act: str, task: int, outcome: str | None, began: float) -> None:
        line = {"act": act, "task": task, "by": self.name, "outcome": outcome, "took": time.perf_counter() - began}
        with self.told.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _actor(self, session: Any, now: datetime) -> Actor:
        found = actors.load(session, casting.COMPANY, self.name, now=now)
        assert found is not None
        return found

    def _task(self, session: Any) -> Any:
        row = models.UserTask
        open_ = session.execute(select(row.key, row.kind).where(row.state == "open").order_by(row.key.desc()).limit(40)).all()
        if not open_:
            raise errors.NotFound("nothing to do")
        return self.random.choice(open_)

    def _complete(self) -> tuple[int, str | None]:
        with self.database.transaction(casting.COMPANY) as session:
            now, task = datetime.now(UTC), self._task(session)
            outcome = self.random.choice(["approve", "approve", "reject"]) if task.kind == "approve" else "submit"
            user_tasks.complete(session, self._actor(session, now), task.key, {}, outcome=outcome, opinion="意见", now=now)
        return task.key, outcome

    def _claim(self) -> tuple[int, str | None]:
        with self.database.transaction(casting.COMPANY) as session:
            now, task = datetime.now(UTC), self._task(session)
            user_tasks.claim(session, self._actor(session, now), task.key, now=now)
        return task.key, None

    def _transfer(self) -> tuple[int, str | None]:
        with self.database.transaction(casting.COMPANY) as session:
            now, task = datetime.now(UTC), self._task(session)
            to = f"p{self.random.randrange(8)}"
            handing.transfer(session, self._actor(session, now), task.key, to, "忙", now=now)
        return task.key, None

    def _add_signer(self) -> tuple[int, str | None]:
        with self.database.transaction(casting.COMPANY) as session:
            now, task = datetime.now(UTC), self._task(session)
            to = [f"p{self.random.randrange(8)}"]
            signers.add_signer(session, self._actor(session, now), task.key, "after", to, "请阅", now=now)
        return task.key, None

    def _return(self) -> tuple[int, str | None]:
        with self.database.transaction(casting.COMPANY) as session:
            now, task = datetime.now(UTC), self._task(session)
            by = self._actor(session, now)
            targets = returns.targets(session, by, task.key, now=now)
            if not targets:
                raise errors.Conflict("nowhere to go back to")
            returns.return_task(session, by, task.key, targets[0].element, "补", resume=targets[0].resumes[0], now=now)
        return task.key, "return"

    def _suspend(self) -> tuple[int, str | None]:
        row = models.ProcessInstance
        with self.database.transaction(casting.COMPANY) as session:
            now, by = datetime.now(UTC), None
            case = session.execute(select(row.key).where(row.state == "active").order_by(row.key.desc()).limit(20)).scalars()
            key = self.random.choice(list(case) or [0])
            by = self._actor(session, now)
            suspending.suspend(session, by, key, "等", now=now)
            suspending.resume(session, by, key, now=now)
        return key, None

    def _begin(self) -> tuple[int, str | None]:
        with self.database.transaction(casting.COMPANY) as session:
            now = datetime.now(UTC)
            case = process_instances.start(session, self._actor(session, now), "crowd", {}, now=now)
        return case.key, None


def main() -> None:
    """Plays the people that the arguments name."""
    url, first, people, acts, told, thinking = sys.argv[1:]
    least, _dash, most = thinking.partition("-")
    pause = (float(least), float(most))
    database = databases.open(url, vault=None, data=None)
    database.take_node()
    pinyin.initials("办结")  # as the web server does before it answers
    numbers = range(int(first), int(first) + int(people))
    threads = [
        threading.Thread(target=Person(database, f"p{each}", Path(told), pause).act, args=(int(acts),)) for each in numbers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
