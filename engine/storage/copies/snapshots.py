"""A small cache of what was read from a database, one per database and process, thread-safe."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Snapshots(Generic[Key, Value]):
    """Keeps the newest `limit` values per database.

    The connection pool stands for the database: every engine derived from one shares it, and two
    in-memory databases of the same URL never do.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: WeakKeyDictionary[object, OrderedDict[Key, Value]] = WeakKeyDictionary()

    def get(self, session: Session, key: Key, load: Callable[[], Value]) -> Value:
        """The value kept under `key`, or what `load` gives; two threads may load the same once each."""
        pool = session.get_bind().engine.pool
        with self._lock:
            kept = self._kept.setdefault(pool, OrderedDict())
            if key in kept:
                kept.move_to_end(key)
                return kept[key]
        value = load()
        with self._lock:
            kept[key] = value
            while len(kept) > self._limit:
                kept.popitem(last=False)
        return value
