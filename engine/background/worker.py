"""The background worker: due timers, scheduled starts, jobs and late messages, each in a transaction of its own."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import errors
from engine.background import anchoring, housekeeping, retention, secrecy_ends
from engine.background.insight import summing
from engine.cases import incident_rows
from engine.cases.rights import stranded
from engine.deadlines import suspending
from engine.execution import copied, message_buffer
from engine.operations import attempts
from engine.reporting import mailing, runs
from engine.storage import error_log, heartbeats, installation, jobs, models
from engine.storage.database import Database
from engine.verbs import batches, register_filling
from engine.verbs.approvals import deputies
from engine.verbs.operating import bulk
from engine.verbs.organisation import lists, planned
from engine.verbs.overdue import reminders
from engine.verbs.running import messages, service_jobs, timers

BATCH = 50
JOBS = 10  # leased together and done one after the other: few, so that a worker that dies holds up few
PAUSE_SECONDS = 1.0
HOUR = timedelta(hours=1)
LONGEST_REST = timedelta(seconds=10)
# What a round asks first, once for all kinds of work: timers, scheduled starts, jobs, messages.
_DUE = ((timers.DUE,), (timers.DUE_STARTS,), (jobs.ANY_DUE,), message_buffer.MISSED)
_KINDS = select(*(or_(*(statement.exists() for statement in statements)) for statements in _DUE))
log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
own_jobs = (
    messages.publish_thrown,
    reminders.warn,
    register_filling.fill,
    copied.deliver,
    batches.send,
    anchoring.write,
    retention.work,
    summing.work,
    planned.carry_out,
    stranded.look,
    lists.look,
    deputies.turn,
    bulk.step,
    suspending.suspend,
    runs.work,
    mailing.send,
    secrecy_ends.tell,
)  # importing them is what registers them


class Worker:
    """Does what is due. Any number of workers may run on one database; none takes what another is at.

    `clock` gives the time, aware; `name` tells workers apart in job leases: no two may share one, as each takes up its own
    leases again. One that is for `only_cases` leaves aside what no case goes on by: figures, and most of the housekeeping.
    """

    def __init__(self, database: Database, clock: Clock, name: str | None = None, *, only_cases: bool = False) -> None:
        self.database, self.clock = database, clock
        self._aside = jobs.aside() if only_cases else frozenset()
        self._tidy = housekeeping.for_cases if only_cases else housekeeping.daily
        self._day = installation.HOUSEKEEPING_OF_CASES if only_cases else installation.HOUSEKEEPING
        self._hourly = None if only_cases else housekeeping.hourly
        self.name = name or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._cleaned_on: date | None = None
        self._looked_at: datetime | None = None
        self._beaten_at: datetime | None = None
        self._rests_until: datetime | None = None
        self._tally = heartbeats.Tally()

    def run_once(self) -> int:
        """Does everything that is due now, at most `BATCH` of a kind; returns how much was done, figures aside.

        What fails is set aside as a later try or an incident, and never stops the rest.
        """
        now = self.clock()
        self._tally.started_at = self._tally.started_at or now
        self._beat(now)
        done = self._round(now)
        self._tally.rounds += 1
        self._tally.done += done
        self._clean_up(now)
        self._look_round(now)
        return done

    def _due(self, now: datetime) -> tuple[bool, ...]:
        given = {"limit": 1, **jobs.due_by(self._types(), self.name, now)}
        with self.database.reading() as session:
            return tuple(map(bool, session.execute(_KINDS, given).one()))

    def _round(self, now: datetime) -> int:
        """What one kind brings about for another is due in the next round."""
        has_timers, has_starts, has_jobs, has_messages = self._due(now)
        done = 0
        if has_timers:
            done += self._each(self._keys(timers.due_keys, now), timers.fire, timers.park, now)
        if has_starts:
            done += self._each(self._keys(timers.due_starts, now), timers.start_scheduled, timers.skip_start, now)
        if has_jobs:
            done += sum(self._job(job, now) and job.type not in jobs.aside() for job in self._claim(now))
        if has_messages:
            done += self._each(self._keys(messages.missed, now), messages.deliver_missed, messages.expire, now)
        return done

    def run_forever(self, stop: threading.Event) -> None:
        """Goes on until `stop` is set; a database that does not answer is tried again."""
        while not stop.is_set():
            try:
                done = self.run_once()
            except errors.Unavailable:
                log.warning("the data store does not answer; trying again")
                done = 0
            except Exception as error:
                log.error("a round of background work broke off; trying again: %s", error_log.told(error))
                done = 0
            if not done:
                stop.wait(self._pause())

    def _pause(self) -> float:
        """Seconds until it looks again when nothing was due: no longer than the rest between two steps of what gives way."""
        until, self._rests_until = self._rests_until, None
        left = (until - self.clock()).total_seconds() if until else PAUSE_SECONDS
        return min(max(left, 0.0), PAUSE_SECONDS)

    def _keys(self, find: Callable[..., list[int]], now: datetime) -> list[int]:
        with self.database.reading() as session:
            return find(session, now=now, limit=BATCH)

    def _each(self, keys: list[int], do: Callable[..., bool], set_aside: Callable[..., None], now: datetime) -> int:
        return sum(self._one(key, do, set_aside, now) for key in keys)

    def _one(self, key: int, do: Callable[..., bool], set_aside: Callable[..., None], now: datetime) -> bool:
        try:
            with self.database.transaction() as session:
                return do(session, key, now=now)
        except errors.Unavailable:
            return False
        except Exception as error:
            log.error("%s failed for %s: %s", do.__name__, key, error_log.told(error))
            return self._set_aside(set_aside, key, error, now)

    def _set_aside(self, set_aside: Callable[..., None], what: object, failure: Exception, now: datetime) -> bool:
        """Notes a failure; one that cannot even be noted is met again in the next round, after the rest and a pause."""
        self._tally.failures += 1
        self._tally.failed_at = now
        try:
            with self.database.transaction() as session:
                set_aside(session, what, failure, now=now)
            return True
        except Exception as error:
            log.error("%s failed as well: %s", set_aside.__name__, error_log.told(error))
            return False

    def _beat(self, now: datetime) -> None:
        if self._beaten_at is not None and now - self._beaten_at < heartbeats.EVERY:
            return  # an idle worker hardly writes
        try:
            with self.database.transaction() as session:
                heartbeats.beat(session, self.name, now=now, tally=self._tally)
            self._beaten_at = now
        except errors.Unavailable:
            log.warning("the sign of life cannot be written; trying again")
        except Exception as error:
            log.error("the sign of life could not be written: %s", error_log.told(error))

    def _types(self) -> frozenset[str]:
        return (jobs.names() | attempts.names()) - self._aside

    def _claim(self, now: datetime) -> list[models.Job]:
        with self.database.transaction() as session:
            return jobs.claim(session, self._types(), JOBS, worker=self.name, now=now, own=True)

    def _clean_up(self, now: datetime) -> None:
        """Once a day one of the workers tidies up; the day is taken in the same commit."""
        if self._cleaned_on == now.date():
            return
        self._cleaned_on = now.date()
        try:
            with self.database.transaction() as session:
                if installation.take_day(session, self._day, now.date()):
                    messages.clean_up(session, now=now)
                    self._tidy(session, now=now)
        except Exception as error:
            log.error("the daily housekeeping failed: %s", error_log.told(error))

    def _look_round(self, now: datetime) -> None:
        """Each worker by itself, as a second time changes nothing."""
        if self._hourly is None or (self._looked_at is not None and now - self._looked_at < HOUR):
            return
        self._looked_at = now
        try:
            with self.database.transaction() as session:
                self._hourly(session, now=now)
        except Exception as error:
            log.error("the hourly housekeeping failed: %s", error_log.told(error))

    def _job(self, job: models.Job, now: datetime) -> bool:
        try:
            if job.type in jobs.names():
                began = self.clock()
                with self.database.transaction() as session:
                    jobs.perform(session, job, now=now)
                    self._give_way(session, job, began)
            else:
                made = self._make(job, now)
                with self.database.transaction() as session:
                    service_jobs.perform(session, job, made, now=now)
        except (jobs.Lost, attempts.Outdated):
            return False  # what is outdated stays leased and is taken up again in the next round
        except Exception as error:
            log.error("job %s (%s) failed: %s", job.key, job.type, error_log.told(error))
            return self._set_aside(self._failed, job, error, now)
        return True

    def _give_way(self, session: Session, job: models.Job, began: datetime) -> None:
        """The next of very many steps waits as long as this one took: half the time is left to people, whoever takes it up."""
        ended = self.clock()
        took = min(ended - began, LONGEST_REST)
        if job.type in jobs.giving_way() and took > timedelta(0):
            self._rests_until = ended + took
            jobs.put_off(session, job, self._rests_until)

    def _make(self, job: models.Job, now: datetime) -> attempts.Made | None:
        """What takes long is made while nothing is locked; the lease keeps other workers off."""
        with self.database.reading() as session:
            order = service_jobs.order(session, job, now=now)
        return None if order is None else attempts.Made(order, order.make())

    def _failed(self, session: Session, job: models.Job, error: Exception, *, now: datetime) -> None:
        refusal = incident_rows.worded(error)
        locked_job = service_jobs.locked(session, job.key)
        if locked_job is None or locked_job[0].worker != self.name or locked_job[0].state != "leased":
            return
        row, instance = locked_job
        service_jobs.note_failure(
            session, row, instance, refusal, retries=row.retries - 1, run_at=now + jobs.backoff(row.attempts), now=now
        )
