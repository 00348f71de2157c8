"""Waiting for something to happen (long polling): without a database connection, and in few of the server's threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import flask

from engine import errors
from engine.commands.server import serving

STEP = 0.5
USUAL_MILLISECONDS = 10_000
RETRY_SECONDS = 2
PLACES = max(1, serving.THREADS // 4)

Found = TypeVar("Found")
_places = threading.BoundedSemaphore(PLACES)
pause = time.sleep


@contextmanager
def place() -> Iterator[bool]:
    """A place to wait in, for as long as the block lasts; False when all are taken."""
    is_free = _places.acquire(blocking=False)
    try:
        yield is_free
    finally:
        if is_free:
            _places.release()


@contextmanager
def required_place() -> Iterator[None]:
    """A place to wait in. Raises TooMany when all are taken, before anything was done."""
    with place() as is_free:
        if not is_free:
            raise errors.TooMany("Too many requests wait here already; please try again in %(seconds)s seconds.", seconds=2)
        yield


def until(look: Callable[[], Found | None], milliseconds: int) -> Found | None:
    """What `look` finds, asked every half second until the time is over; None then.

    Nothing may be held open between two looks: neither a session nor a lock. Each has the moment it begins at.
    """
    for _round in range(int((milliseconds or USUAL_MILLISECONDS) / 1000 / STEP)):
        pause(STEP)
        flask.g.pop("now", None)
        answer = look()
        if answer is not None:
            return answer
    return None
