"""Keeping server and worker going under `banjie run`: a worker that dies is started again, the server's end is the end."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

from engine.commands.server.lifeline import Lifeline

STOP_SECONDS = 15
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0


class Supervision:
    """One server and one worker, each a process of its own.

    All that happens (a child ended, a pause is over, a signal) goes through one queue to the thread that called `keep`, as a
    function that says whether this is the end.
    """

    def __init__(self, server: Sequence[str], worker: Sequence[str], environment: dict[str, str]) -> None:
        self._commands = {"server": list(server), "worker": list(worker)}
        self._environment = environment
        self._events: queue.SimpleQueue[Callable[[], bool]] = queue.SimpleQueue()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._pause = FIRST_PAUSE
        self._lifeline = Lifeline()

    def keep(self, meanwhile: Callable[[], object]) -> int:
        """Starts both, does `meanwhile`, and stays until the server ends or a signal comes; the exit status of the server.

        A worker that ends is started again after a pause, which doubles up to a minute while it keeps ending.
        """
        with self._signals():
            try:
                for name in self._commands:
                    self._start(name)
                meanwhile()
                while not self._events.get()():
                    pass
            finally:
                code = self._stop()
        return code

    def _start(self, name: str) -> bool:
        child = subprocess.Popen(
            self._commands[name],
            env={**self._environment, **self._lifeline.environment()},
            pass_fds=(self._lifeline.inherited,),
        )
        self._children[name] = child
        _say(f"the {name} runs as process {child.pid}")
        threading.Thread(target=self._watch, args=(name, child), daemon=True).start()
        return False

    def _watch(self, name: str, child: subprocess.Popen[bytes]) -> None:
        child.wait()
        self._events.put((lambda: True) if name == "server" else self._worker_ended)

    def _worker_ended(self) -> bool:
        ended = _words(self._children["worker"].returncode)
        _say(f"the worker ended ({ended}); the server goes on, and the worker is started again in {self._pause:.0f} s")
        self._later(self._pause, self._worker_again)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return False

    def _worker_again(self) -> bool:
        self._start("worker")
        started = self._children["worker"]
        self._later(LONGEST_PAUSE, lambda: self._worker_steady(started))
        return False

    def _worker_steady(self, started: subprocess.Popen[bytes]) -> bool:
        if started.poll() is None:
            self._pause = FIRST_PAUSE
        return False

    def _later(self, seconds: float, event: Callable[[], bool]) -> None:
        timer = threading.Timer(seconds, self._events.put, [event])
        timer.daemon = True
        timer.start()

    def _stop(self) -> int:
        for child in self._children.values():
            child.terminate()  # does nothing to one that has ended
        codes = {name: _code(child) for name, child in self._children.items()}
        self._lifeline.close()
        return codes.get("server", 1)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        for number in before:
            signal.signal(number, lambda *_: self._events.put(lambda: True))
        try:
            yield
        finally:
            for number, former in before.items():
                signal.signal(number, former)


def _code(child: subprocess.Popen[bytes]) -> int:
    try:
        return abs(child.wait(STOP_SECONDS))
    except subprocess.TimeoutExpired:
        child.kill()
        return 1


def _words(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def _say(text: str) -> None:
    print(f"banjie run [{os.getpid()}]: {text}", file=sys.stderr, flush=True)
