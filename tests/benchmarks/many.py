"""One case or act of many: 200 signers of one step, copies to 2,000 people, 100 tasks approved at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from sqlalchemy import func, select

from engine.background.worker import Worker
from engine.people import actors, organisation
from engine.storage import database as databases
from engine.storage import locking, models
from engine.verbs import batches, user_tasks
from engine.verbs.sharing import copies
from tests.benchmarks import company
from tests.benchmarks.figures import Figure
from tests.cast import COMPANY
from tests.engine import kit

SIGNERS, READERS, TASKS = 200, 2_000, 100
WARM, CASES = (
    5,
    5,
)  # those that fill the caches (PostgreSQL keeps a plan from the fifth time on), those of which the middle counts
EVERYBODY = "全员"
COPIES_SECONDS, BATCH_SECONDS, GROWTH = 2, 5, 1.5


def signers() -> Iterator[Figure]:
    """The work of the second vote, of the last but one, and of the one that settles, by processor time on this side."""
    database, cast = company.furnished()
    names = _people(database, SIGNERS)
    kit.deploy(database, cast.owner, *_joint(names), now=company.clock())
    spans: dict[int, list[float]] = {1: [], SIGNERS - 2: [], SIGNERS - 1: []}
    for _ in range(WARM + CASES):
        case = kit.begin(database, _loaded(database, "outsider"), "joint", now=company.clock())
        task = kit.open_task(database, case, "judge")
        for number, name in enumerate(names):
            took = _vote(database, name, task)
            if number in spans:
                spans[number].append(took)
    second, last_but_one, last = (company.median(each[WARM:]) for each in spans.values())
    yield Figure(f"signers: the second vote of {SIGNERS}, processor time", second * 1000, "ms")
    yield Figure(f"signers: vote {SIGNERS - 1} against it", last_but_one / second, "×", bound=GROWTH)
    yield Figure(f"signers: vote {SIGNERS}, which settles, against it", last / second, "×", bound=GROWTH)


def told() -> Iterator[Figure]:
    """Copies of one case to a group: how long until all have them, while somebody else holds the case."""
    database, cast = company.furnished()
    _people(database, READERS)
    warm, case = company.begin(database, cast, "plain", 2)
    with database.transaction(COMPANY) as session:
        copies.copy_to(session, _loaded(database, "clerk2"), warm, ["head"], now=company.clock())
    with company.Statements(database) as counted, database.transaction(COMPANY) as session:
        by = actors.load(session, COMPANY, "clerk2")
        assert by is not None
        began = time.perf_counter()
        copies.copy_to(session, by, case, [EVERYBODY], now=company.clock())
    asked = time.perf_counter() - began
    yield Figure(f"copies to {READERS:,} people: the case is held for", asked * 1000, "ms")
    yield Figure("copies: statements meanwhile", len(counted.texts))
    worker, began, worked = Worker(database, company.clock), time.perf_counter(), time.process_time()
    with database.transaction(COMPANY) as holder:
        locking.instance(holder, case)  # who would need the case waits here for ever
        _until(lambda: _copies(database, case) == READERS, worker)
    yield Figure("copies: processor time", time.process_time() - worked, "s")
    yield Figure("copies: until all have them", asked + time.perf_counter() - began, "s", bound=COPIES_SECONDS)


def batch() -> Iterator[Figure]:
    """One approval of many tasks, from when it is sent; and how often its page would see it go on."""
    database, cast = company.furnished()
    kit.deploy(database, cast.owner, *_approved(), now=company.clock())
    tasks = [kit.open_task(database, kit.begin(database, cast.outsider, "yes", now=company.clock()), "a") for _ in range(TASKS)]
    with database.transaction(COMPANY) as session:
        order = batches.order(session, cast.clerk, batches.APPROVE, tasks, {}, now=company.clock()).key
    Worker(database, company.clock).run_once()  # what is tidied up daily
    later, seen = company.clock() + batches.PAUSE + timedelta(seconds=1), set[int]()
    worker, began, worked = Worker(database, lambda: later), time.perf_counter(), time.process_time()

    def is_done() -> bool:
        with database.reading(COMPANY) as session:
            row = session.get_one(models.Batch, order)
            seen.add(len(row.results))
            return row.state == batches.DONE

    _until(is_done, worker)
    yield Figure(f"approving {TASKS} tasks at once: processor time", time.process_time() - worked, "s")
    yield Figure(f"approving {TASKS} tasks at once", time.perf_counter() - began, "s", bound=BATCH_SECONDS)
    yield Figure("approving many: steps of its bar", len(seen))
    yield Figure(
        "approving many: refused",
        TASKS - len(kit.rows(database, models.UserTask, process_id="yes", state="completed")),
        bound=0,
    )


def _people(database: databases.Database, count: int) -> list[str]:
    names = [f"signer{number}" for number in range(count)]
    with database.transaction(COMPANY) as session:
        session.add_all(models.Person(company_id=COMPANY, username=name, name=name) for name in names)
        session.add_all(models.Membership(company_id=COMPANY, group_name=EVERYBODY, username=name) for name in names)
        organisation.changed(session, COMPANY)
    return names


def _joint(names: list[str]) -> Iterator[kit.Resource]:
    judge = kit.task("judge", users=",".join(names), kind="approve", rule="all")
    flows = kit.chain("started", "judge", "go_on", "done")
    yield kit.diagram("joint", kit.start(), judge, kit.task("go_on", groups="客服专员"), kit.end(), flows, may_start=["*"])


def _approved() -> Iterator[kit.Resource]:
    steps = kit.task("a", groups="客服专员", kind="approve"), kit.task("b", groups="主管领导")
    yield kit.diagram("yes", kit.start(), *steps, kit.end(), kit.chain("started", "a", "b", "done"), may_start=["*"])


def _loaded(database: databases.Database, username: str) -> actors.Actor:
    """As the company is now, with everybody who has come to it."""
    with database.reading(COMPANY) as session:
        by = actors.load(session, COMPANY, username)
    assert by is not None
    return by


def _vote(database: databases.Database, username: str, task: int) -> float:
    began = time.process_time()
    with database.transaction(COMPANY) as session:
        by = actors.load(session, COMPANY, username)
        assert by is not None
        user_tasks.complete(session, by, task, {}, outcome="approve", opinion="", now=company.clock())
    return time.process_time() - began


def _copies(database: databases.Database, case: int) -> int:
    with database.reading() as session:
        row = models.CarbonCopy
        return session.execute(select(func.count()).select_from(row).where(row.instance_key == case)).scalar_one()


def _until(is_over: Callable[[], bool], worker: Worker) -> None:
    """The worker goes on beside, as its own process would."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            if not worker.run_once():
                over.wait(0.02)

    beside = threading.Thread(target=work)
    beside.start()
    while beside.is_alive() and not is_over():
        over.wait(0.05)
    over.set()
    beside.join()
