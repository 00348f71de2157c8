"""Keys of rows: 63-bit numbers that grow with time and never meet, made without asking the database."""

from __future__ import annotations

import threading
import time
from datetime import datetime

EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00Z
NODE_BITS = 10
SEQUENCE_BITS = 12


class KeyMaker:
    """Makes keys for one process: 41 bits of milliseconds, 10 of the node's number, 12 of a sequence.

    `node` is lent by the database (`engine.storage.nodes`), so that two processes never share one at the same time.
    """

    def __init__(self, node: int) -> None:
        if not 0 <= node < 1 << NODE_BITS:
            raise ValueError(f"there is no node {node}: another's keys would be made again")
        self._node = node
        self._lock = threading.Lock()
        self._last = 0
        self._sequence = 0

    def new(self) -> int:
        """One more key, larger than all before it."""
        with self._lock:
            tick = max(time.time_ns() // 1_000_000 - EPOCH_MS, self._last)
            if tick == self._last:
                self._sequence += 1
                if self._sequence >> SEQUENCE_BITS:  # this millisecond is used up: borrow the next one
                    tick, self._sequence = tick + 1, 0
            else:
                self._sequence = 0
            self._last = tick
            return (tick << (NODE_BITS + SEQUENCE_BITS)) | (self._node << SEQUENCE_BITS) | self._sequence


def first_of(moment: datetime) -> int:
    """The smallest key that could be made at a moment: rows by age, where they have no date of their own."""
    return max(0, int(moment.timestamp() * 1000) - EPOCH_MS) << (NODE_BITS + SEQUENCE_BITS)


_maker = KeyMaker(0)


def use_node(node: int) -> None:
    """Makes this process use the node number that the database gave it."""
    global _maker
    _maker = KeyMaker(node)


def new() -> int:
    """A new key for a row."""
    return _maker.new()
