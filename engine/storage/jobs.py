"""Background work of our own: enqueued in the caller's transaction, claimed by a worker, run at least once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import errors
from engine.storage import database, heartbeats, keys, models

RETRIES = 3
LEASE = timedelta(minutes=5)
FIRST_BACKOFF = timedelta(seconds=10)
LONGEST_BACKOFF = timedelta(hours=1)

Work = Callable[..., None]
_registered: dict[str, Work] = {}
_aside: set[str] = set()
_giving_way: set[str] = set()


class Lost(errors.Conflict):
    """The job is another worker's now, or its case went on without it."""


def job(name: str, *, is_aside: bool = False, gives_way: bool = False) -> Callable[[Work], Work]:
    """Registers `work(session, payload, *, now)` under a name; twice the same name fails at import.

    `is_aside`: it only keeps figures, no case goes on by it; it does not count as work done. `gives_way`: it is one step of
    very many, each of which enqueues the next by the same key; the worker rests between two, so that people are not held up.

    It runs in a transaction of its own; what it writes and the end of the job are one commit. It may run again
    after a crash, so what it does outside the database must bear repeating.
    """

    def register(work: Work) -> Work:
        if name in _registered:
            raise ValueError(f"the job {name} is registered twice")
        _registered[name] = work
        _aside.update([name] if is_aside else [])
        _giving_way.update([name] if gives_way else [])
        return work

    return register


def names() -> frozenset[str]:
    """The names of all registered work."""
    return frozenset(_registered)


def aside() -> frozenset[str]:
    """The names of the work that only keeps figures."""
    return frozenset(_aside)


def giving_way() -> frozenset[str]:
    """The names of the work between whose steps a worker rests."""
    return frozenset(_giving_way)


def perform(session: Session, claimed: models.Job, *, now: datetime) -> None:
    """Runs the registered work of a claimed job; the job goes in the same commit.

    Raises Lost when the lease ended meanwhile and another worker has the job.
    """
    # Over the bare table: this session knows no job yet, and to look for those to forget takes twice as long as the rest.
    table: Any = models.Job.__table__
    mine = (table.c.key == claimed.key, table.c.state == "leased", table.c.worker == claimed.worker)
    if not session.execute(delete(table).where(*mine).returning(table.c.key)).scalars().all():
        raise Lost("Another worker has taken this job.")
    _registered[claimed.type](session, claimed.payload, now=now)


def enqueue(
    session: Session, name: str, payload: Mapping[str, Any], *, company_id: str, run_at: datetime, key: str | None = None
) -> None:
    """Work to be done at `run_at`, if the caller's transaction commits.

    `key` names it within the company: as long as work of that key waits, more of it is not added.
    """
    unique = f"{company_id}:{name}:{key}" if key else None
    insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    values = row(company_id, name, payload, run_at=run_at, now=run_at, unique_name=unique)
    session.execute(insert(models.Job).values(**values).on_conflict_do_nothing(index_elements=["unique_name"]))


def put_off(session: Session, done: models.Job, until: datetime) -> None:
    """What a job has left to be done next, by its own key, is not taken by any worker before `until`."""
    job_ = models.Job
    session.execute(update(job_).where(job_.unique_name == done.unique_name, job_.state == "open").values(run_at=until))


def row(
    company_id: str,
    name: str,
    payload: Mapping[str, Any],
    *,
    run_at: datetime,
    now: datetime,
    retries: int = RETRIES,
    headers: Mapping[str, Any] | None = None,
    instance_key: int | None = None,
    element_id: str | None = None,
    token: str | None = None,
    unique_name: str | None = None,
) -> dict[str, Any]:
    """A job's row with every column, so that several are written in one statement."""
    return {
        "key": keys.new(),
        "company_id": company_id,
        "type": name,
        "payload": dict(payload),
        "headers": dict(headers or {}),
        "instance_key": instance_key,
        "element_id": element_id,
        "token": token,
        "state": "open",
        "retries": retries,
        "attempts": 0,
        "run_at": run_at,
        "created_at": now,
        "error": None,
        "unique_name": unique_name,
    }


def claim(
    session: Session,
    types: Collection[str],
    limit: int,
    *,
    worker: str,
    now: datetime,
    lease: timedelta = LEASE,
    company_id: str | None = None,
    within: Collection[str] | None = None,
    only: Callable[[models.Job], bool] = lambda _job: True,
    own: bool = False,
) -> list[models.Job]:
    """Takes up to `limit` due jobs of these types for `worker`, until the lease ends; of those found, `only` some.

    `within`: jobs of cases of these processes alone.
    A job whose lease has ended, or whose worker has died, is taken again. Two workers never get the same one. `own`: also what this
    worker has leased still; for one that does a job after the other and can only have been kept from finishing them.
    """
    job_ = models.Job
    due = _due(types, now, heartbeats.silent_since(now), worker if own else None)
    mine = due if company_id is None else (*due, job_.company_id == company_id)
    if within is not None:
        case = models.ProcessInstance
        mine = (*mine, job_.instance_key.in_(select(case.key).where(case.process_id.in_(within))))
    statement = select(job_).where(*mine).order_by(job_.run_at, job_.key).limit(limit).with_for_update(skip_locked=True)
    claimed = [each for each in session.execute(statement).scalars().all() if only(each)]
    for each in claimed:  # the rows are locked: what was read is what they are
        each.state, each.worker, each.lease_until, each.attempts = "leased", worker, now + lease, each.attempts + 1
    session.flush()
    return claimed


def any_due(session: Session, types: Collection[str], *, worker: str, now: datetime) -> bool:
    """Whether `claim` would find anything for this worker, its own leases included."""
    return session.execute(ANY_DUE, due_by(types, worker, now)).first() is not None


def due_by(types: Collection[str], worker: str, now: datetime) -> dict[str, Any]:
    """What `ANY_DUE` is asked with."""
    return {"types": list(types), "worker": worker, "now": now, "silent": heartbeats.silent_since(now)}


def _due(types: Any, now: Any, silent: Any, own: Any) -> tuple[ColumnElement[bool], ...]:
    job_ = models.Job
    leased = job_.state == "leased"
    free = or_(job_.state == "open", leased & ((job_.lease_until < now) | heartbeats.is_dead(job_.worker, silent)))
    if own is not None:
        free = or_(free, leased & (job_.worker == own))
    return (job_.type.in_(types), free, job_.run_at <= now, job_.retries > 0)


# Whether `claim` would find anything: each round of each worker asks; building a statement takes longer than running it.
ANY_DUE = (
    select(models.Job.key)
    .where(*_due(bindparam("types", expanding=True), bindparam("now"), bindparam("silent"), bindparam("worker")))
    .limit(1)
)


def backoff(attempts: int) -> timedelta:
    """How long to wait after that many attempts: 10 s, 20 s, 40 s … at most an hour."""
    return min(FIRST_BACKOFF * 2 ** max(0, min(attempts, 12) - 1), LONGEST_BACKOFF)
