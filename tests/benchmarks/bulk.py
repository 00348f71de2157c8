"""An act of operators on thousands of cases: how long it takes, what became of each after a kill -9, and what others wait meanwhile.

`python -m tests.benchmarks.bulk URL` is a worker that goes on until the act is over, or until it is killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from engine.background.worker import Worker
from engine.storage import database as databases
from engine.storage import keys, models
from engine.verbs import operated
from engine.verbs.operating import bulk
from engine.verbs.operating.choosing import Chosen
from engine.verbs.running import ending
from tests.benchmarks import company, crowd
from tests.benchmarks.figures import Figure
from tests.cast import COMPANY, Cast
from tests.engine.verbs.operating import stuck

CASES = 10_000
CHANGED = 25  # cases that somebody ends between rehearsal and act
PEOPLE, SECONDS = 5, 20  # other users, and how long they are watched
ROOT = Path(__file__).resolve().parents[2]
AT_A_TIME = 500
SLOWER = 2  # who acts beside it does at least half as much


def measure(count: int = CASES) -> Iterator[Figure]:
    """Cases a second, conflicts and failures as listed, what was done twice or left out, and the pace of others beside it."""
    database, cast = company.furnished()
    crowd.furnish(database, cast, PEOPLE, cases=60)
    stuck.deploy(database, cast)
    cases = [*stuck.begin(database, cast, 1)]
    _multiply(database, cases[0], count - 1)
    url, folder = database.engine.url.render_as_string(hide_password=False), Path(tempfile.mkdtemp(prefix="banjie-bulk-"))
    operation = _order(database, cast)
    took = _work(url)
    yield Figure(f"bulk: cases rehearsed a second, of {count}", count / took)
    changed = _end_some(database, cast)
    before = _pace(url, folder / "before")
    with database.transaction(COMPANY) as session:
        bulk.carry_out(session, cast.owner, operation, now=company.clock())
    worker, began = _enter(url), time.monotonic()
    beside = _pace(url, folder / "beside")
    rested = time.monotonic()
    _turn(database, cast, operation, bulk.pause)
    after = _pace(url, folder / "after")
    _turn(database, cast, operation, bulk.go_on)
    began += time.monotonic() - rested
    _wait_until_half(database, operation, count)
    crowd.kill(worker)
    _work(url)
    yield Figure("bulk: cases done a second, with other users and a worker killed", count / (time.monotonic() - began))
    yield from _results(database, operation, count, changed)
    alone = (before + after) / 2  # what else this machine does meanwhile, and what grows, is in both
    yield Figure("bulk: pace of others without it against beside it", alone / max(beside, 0.01), "×", bound=SLOWER)


def _turn(database: databases.Database, cast: Cast, operation: int, verb: Any) -> None:
    with database.transaction(COMPANY) as session:
        if session.get_one(models.Operation, operation).state in (operated.RUNNING, operated.PAUSED):  # not over already
            verb(session, cast.owner, operation, now=company.clock())


def _results(database: databases.Database, operation: int, count: int, changed: int) -> Iterator[Figure]:
    with database.reading(COMPANY) as session:
        row, event = models.OperationCase, models.HistoryEvent
        grouped = select(row.result, func.count()).where(row.operation_key == operation).group_by(row.result)
        found = Counter({each[0]: each[1] for each in session.execute(grouped)})
        resolved = (
            select(event.instance_key, func.count()).where(event.kind == "incident_resolved").group_by(event.instance_key)
        )
        times = Counter(each[1] for each in session.execute(resolved))
    yield Figure("bulk: cases done", found["done"])
    yield Figure("bulk: conflicts listed that are none, or are missing", abs(found["conflict"] - changed), bound=0)
    yield Figure("bulk: cases left out or failed", count - found["done"] - found["conflict"], bound=0)
    yield Figure(
        "bulk: cases done twice, or not done though listed",
        sum(times.values()) - times[1] + abs(times[1] - found["done"]),
        bound=0,
    )


def _multiply(database: databases.Database, template: int, count: int) -> None:
    """So many more cases like this one, by their rows."""
    kinds: tuple[Any, ...] = (models.ProcessInstance, models.Job, models.Incident, models.HistoryEvent)
    with database.transaction() as session:
        rows = {
            kind: [dict(each) for each in session.execute(select(kind.__table__).where(_of(kind) == template)).mappings()]
            for kind in kinds
        }
        for start in range(0, count, AT_A_TIME):
            copies = [_copied(rows, start + each) for each in range(min(AT_A_TIME, count - start))]
            for kind in kinds:
                session.execute(insert(kind.__table__), [row for copy in copies for row in copy[kind]])


def _of(kind: Any) -> Any:
    return kind.key if kind is models.ProcessInstance else kind.instance_key


def _copied(rows: dict[Any, list[dict[str, Any]]], number: int) -> dict[Any, list[dict[str, Any]]]:
    new = {row["key"]: keys.new() for of_kind in rows.values() for row in of_kind}
    named = ("key", "instance_key", "root_key", "job_key")
    mapped = {
        kind: [{name: new.get(value, value) if name in named else value for name, value in row.items()} for row in of_kind]
        for kind, of_kind in rows.items()
    }
    mapped[models.ProcessInstance][0]["number"] = f"B-{number:06}"
    return mapped


def _order(database: databases.Database, cast: Cast) -> int:
    with database.transaction(COMPANY) as session:
        return bulk.order(session, cast.owner, "retry", Chosen(process="opening"), {}, "端口已修好", now=company.clock()).key


def _end_some(database: databases.Database, cast: Cast) -> int:
    """Somebody ends some of the cases meanwhile; how many."""
    case = models.ProcessInstance
    with database.reading(COMPANY) as session:
        chosen = list(session.scalars(select(case.key).where(case.process_id == "opening").order_by(case.key).limit(CHANGED)))
    for key in chosen:
        with database.transaction(COMPANY) as session:
            ending.terminate(session, cast.owner, key, "客户撤单", now=company.clock())
    return len(chosen)


def _pace(url: str, told: Path) -> float:
    """Acts a second of the other users."""
    others = crowd.enter(url, 0, PEOPLE, 0, told)
    crowd.wait_for(told, 1, SECONDS)
    before = len(crowd.lines([told]))
    threading.Event().wait(SECONDS)
    done = len(crowd.lines([told])) - before
    crowd.kill(others)
    return done / SECONDS


def _wait_until_half(database: databases.Database, operation: int, count: int) -> None:
    pause = threading.Event()
    while True:
        with database.reading(COMPANY) as session:
            row = session.get_one(models.Operation, operation)
            if row.state != operated.RUNNING or row.succeeded + row.failed >= count // 2:
                return
        pause.wait(0.2)


def _enter(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.benchmarks.bulk", url], cwd=ROOT, env=dict(os.environ))


def _work(url: str) -> float:
    """Lets a worker go on to the end; the seconds that it took."""
    began = time.monotonic()
    _enter(url).wait()
    return time.monotonic() - began


def main() -> None:
    database = databases.open(sys.argv[1])
    worker = Worker(database, company.clock, "bulk")
    stop, pause = threading.Event(), threading.Event()
    working = threading.Thread(target=worker.run_forever, args=(stop,))
    working.start()
    while _is_left(database):
        pause.wait(0.2)
    stop.set()
    working.join()


def _is_left(database: databases.Database) -> bool:
    with database.reading(COMPANY) as session:
        states = (operated.RUNNING, operated.PAUSED)
        return session.execute(select(models.Operation.key).where(models.Operation.state.in_(states))).first() is not None


if __name__ == "__main__":
    main()
