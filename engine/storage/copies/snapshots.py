"""A small cache of what was read from a database, one per database and process, thread-safe."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
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
        kept = self._of(session, [key])
        return kept[key] if key in kept else self._keep(session, {key: load()})[key]

    def get_all(
        self, session: Session, keys: Collection[Key], load: Callable[[Collection[Key]], Mapping[Key, Value]]
    ) -> dict[Key, Value]:
        """The values kept under these keys; `load` gives those that are not, all at once."""
        kept = self._of(session, keys)
        missing = [key for key in keys if key not in kept]
        return kept | self._keep(session, load(missing)) if missing else kept

    def _of(self, session: Session, keys: Collection[Key]) -> dict[Key, Value]:
        with self._lock:
            kept = self._kept.setdefault(session.get_bind().engine.pool, OrderedDict())
            there = {key: kept[key] for key in keys if key in kept}
            for key in there:
                kept.move_to_end(key)
            return there

    def _keep(self, session: Session, values: Mapping[Key, Value]) -> dict[Key, Value]:
        with self._lock:
            kept = self._kept.setdefault(session.get_bind().engine.pool, OrderedDict())
            kept.update(values)
            while len(kept) > self._limit:
                kept.popitem(last=False)
        return dict(values)
