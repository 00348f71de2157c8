"""The pulse of a worker's process, from a thread of its own: one long piece of work does not make it look dead."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime

from engine.storage import error_log, heartbeats
from engine.storage.database import Database

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]


@contextlib.contextmanager
def beating(database: Database, worker: str, clock: Clock) -> Iterator[None]:
    """As long as the block lasts the worker has a pulse; afterwards what it still holds is anybody's."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(database, worker, clock, stop), name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        _noted(database, heartbeats.end, worker, clock)


def _beat(database: Database, worker: str, clock: Clock, stop: threading.Event) -> None:
    while not stop.is_set():
        _noted(database, heartbeats.pulse, worker, clock)
        stop.wait(heartbeats.PULSE.total_seconds())


def _noted(database: Database, note: Callable[..., None], worker: str, clock: Clock) -> None:
    try:
        with database.transaction() as session:
            note(session, worker, now=clock())
    except Exception as error:
        log.warning("the pulse of this worker could not be noted: %s", error_log.told(error))
