"""How a process notices that the one which started it is gone, also by kill -9: a pipe that only the starter holds open.

The starter keeps the one end, the started process inherits the other and reads from it: there is never anything to read but
the end, which comes when the starter is gone, however it went. This needs no polling and works on every Unix.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

VARIABLE = "BANJIE_LIFELINE"  # set by `banjie run` for its children; not a setting


class Lifeline:
    """The starter's side; it must live as long as the children are to."""

    def __init__(self) -> None:
        self.inherited, self._held = os.pipe()

    def environment(self) -> dict[str, str]:
        """What a child is told; it must inherit the file descriptor `inherited` too."""
        return {VARIABLE: str(self.inherited)}

    def close(self) -> None:
        """Lets go: every child ends."""
        for descriptor in (self.inherited, self._held):
            os.close(descriptor)


def watch(at_end: Callable[[], object]) -> None:
    """Calls `at_end` when the starter is gone; does nothing in a process that was started without a lifeline."""
    text = os.environ.get(VARIABLE, "")
    if text.isdigit():
        threading.Thread(target=_wait, args=(int(text), at_end), name="lifeline", daemon=True).start()


def end_server() -> None:
    """For a worker process of the web server: ends the whole server when `banjie run` is gone."""
    server = os.getppid()
    watch(lambda: os.kill(server, signal.SIGTERM) if os.getppid() == server > 1 else None)


def _wait(descriptor: int, at_end: Callable[[], object]) -> None:
    try:
        os.read(descriptor, 1)
    except OSError:
        return  # not our descriptor: the variable came from elsewhere
    at_end()
