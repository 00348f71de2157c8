"""`banjie run` keeps server and worker going, and takes both with it however it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from engine.commands.server import serving, supervising
from engine.storage import database as databases
from tests import patience
from tests.engine.commands.office import Place


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


class Run:
    """A running `banjie run` and what it says; children write to the same pipe, so its end is the end of them all."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "engine.cli", "run"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        self.said: IO[str] = self.process.stdout
        self.is_lost = False
        self._patience = threading.Timer(patience.SECONDS, self._give_up)
        self._patience.start()

    def line(self, beginning: str) -> str:
        """The rest of the next line that holds these words."""
        heard = []
        for line in self.said:
            heard.append(line)
            if beginning in line:
                return line.partition(beginning)[2].strip()
        raise AssertionError("".join(heard))

    def close(self) -> None:
        self._patience.cancel()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.said.close()

    def _give_up(self) -> None:
        self.is_lost = True
        os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture
def running(place: Place, port: int) -> Iterator[Run]:
    place.set(BANJIE_PORT=str(port), BANJIE_WORKERS="1")
    place.make()
    run = Run()
    yield run
    run.close()


@pytest.mark.slow
def test_a_killed_worker_is_started_again_and_a_killed_run_leaves_nobody_behind(running: Run, port: int) -> None:
    server, worker = (int(running.line(f"the {name} runs as process ")) for name in ("server", "worker"))
    os.kill(worker, signal.SIGKILL)
    assert "the server goes on" in running.line("the worker ended (signal SIGKILL)")
    assert int(running.line("the worker runs as process ")) != worker
    os.kill(server, 0)  # it is there still
    running.process.kill()
    running.said.read()  # ends when the last of them has ended
    assert not running.is_lost
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


@pytest.mark.slow
def test_run_says_that_it_is_the_demo_and_ends_in_order_when_it_is_told_to(running: Run) -> None:
    running.line("This is the demo")
    running.line("the worker runs as process ")
    running.process.terminate()
    rest = running.said.read()
    assert running.process.wait() == 0 and not running.is_lost
    assert "Traceback" not in rest


def test_server_and_worker_give_back_what_they_needed_for_a_moment_unless_the_operator_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "1")
    given = serving.server_environment()
    names = ("MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
    assert [given[name] for name in names] == ["2", str(1024**2), "1"]


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_port_in_use_is_told_before_anything_is_done(place: Place, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        place.set(BANJIE_PORT=taken)
        assert place.run(command) == 1
    told = capsys.readouterr().err
    assert taken in told and "BANJIE_PORT" in told
    assert not place.data.exists()


def test_server_and_worker_start_while_somebody_writes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.make()
    place.database().close()  # it has taken its secret over
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0)
    with contextlib.closing(sqlite3.connect(place.data / "banjie.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        place.database().close()


def test_a_host_that_is_none_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.set(BANJIE_HOST="256.256.256.256")
    assert place.run("serve") == 1
    assert "256.256.256.256" in capsys.readouterr().err


def program(folder: Path, name: str, text: str) -> list[str]:
    path = folder / f"{name}.py"
    path.write_text(text)
    return [sys.executable, str(path)]


def test_a_worker_that_keeps_ending_does_not_end_the_server_whose_end_is_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The third worker tells the server to end; until then it waits."""
    os.mkfifo(tmp_path / "told")
    monkeypatch.setattr(supervising, "FIRST_PAUSE", 0.01)
    server = program(tmp_path, "server", f"open({str(tmp_path / 'told')!r}).read()\nraise SystemExit(7)\n")
    worker = program(
        tmp_path,
        "worker",
        f"count = open({str(tmp_path / 'count')!r}, 'a+')\ncount.write('x')\ncount.flush()\ncount.seek(0)\n"
        f"if len(count.read()) == 3:\n    open({str(tmp_path / 'told')!r}, 'w').write('end')\nraise SystemExit(3)\n",
    )
    done: list[str] = []
    assert supervising.Supervision(server, worker, dict(os.environ)).keep(lambda: done.append("meanwhile")) == 7
    assert done == ["meanwhile"] and (tmp_path / "count").read_text().startswith("xxx")
    assert capfd.readouterr().err.count("the worker ended (exit status 3)") >= 2


def test_what_fails_meanwhile_leaves_no_process_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = program(tmp_path, "waiting", "import signal\nsignal.pause()\n")
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *given: object, **options: object) -> None:
            super().__init__(*given, **options)  # type: ignore[call-overload]
            started.append(self)

    def fail() -> None:
        raise RuntimeError("deploying failed")

    monkeypatch.setattr(subprocess, "Popen", Noted)
    with pytest.raises(RuntimeError):
        supervising.Supervision(waiting, waiting, dict(os.environ)).keep(fail)
    assert [child.returncode for child in started] == [-signal.SIGTERM] * 2
