"""`banjie run`, `serve` and `worker`: the processes that stay."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

from engine import environment
from engine.background.worker import Worker
from engine.commands import database_commands, demonstration, deploying, opening
from engine.intake import polling

THREADS = 8
STOP_SECONDS = 15


def serve(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Becomes the web server (gunicorn with threads) on the host and port of the settings."""
    opening.opened(settings).close()
    command = _server_command(settings)
    os.execve(command[0], command, server_environment())


def work(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Runs timers, scheduled starts and jobs, and takes e-mail in beside them, until it is told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    database = opening.opened(settings)
    if settings.mail_every:  # a mailbox may take long to answer, which must not hold up a timer
        given = (database, os.environ, opening.clock, settings.mail_every, stop)
        threading.Thread(target=polling.poll_forever, args=given, name="mail", daemon=True).start()
    Worker(database, opening.clock).run_forever(stop)
    return 0


def run(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Prepares everything and keeps server and worker going until one of them ends or a signal comes.

    A database that is there already is served at once; what changed in the files is deployed meanwhile.
    """
    commands = [_server_command(settings), [sys.executable, "-m", "engine.cli", "worker"]]
    if database_commands.bring_up(settings):
        _prepare(arguments, settings)
        return _keep(commands, lambda: _welcome(settings))
    _welcome(settings)
    return _keep(commands, lambda: _prepare(arguments, settings))


def _prepare(arguments: argparse.Namespace, settings: environment.Settings) -> None:
    deploying.deploy(argparse.Namespace(paths=[], replace=False), settings)
    demonstration.demo(arguments, settings)


def server_environment() -> dict[str, str]:
    """The environment of server and worker: without a bound, every thread keeps a heap of its own for good (glibc)."""
    return {"MALLOC_ARENA_MAX": "2", **os.environ}


def _server_command(settings: environment.Settings) -> list[str]:
    bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
    options = ["--bind", bind, "--workers", str(settings.workers), "--threads", str(THREADS), "--worker-class", "gthread"]
    return [sys.executable, "-m", "gunicorn", *options, "--log-level", "warning", "web.wsgi:app"]


def _welcome(settings: environment.Settings) -> None:
    print(f"\nBanjie 办结 is at http://{settings.host}:{settings.port}  (Ctrl+C stops it)\n")
    for company in opening.companies():
        definition = deploying.companies.load(opening.WORKFLOWS / company / "company.toml")
        people = "、".join(f"{person['username']}({person['name']})" for person in definition.people)
        print(f"  {definition.name} [{company}]: {people}")
    print(f"\n  Password of all demo people: {demonstration.PASSWORD}\n", flush=True)


def _keep(commands: list[list[str]], meanwhile: Callable[[], None]) -> int:
    children = [subprocess.Popen(command, env=server_environment()) for command in commands]
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    for child in children:
        threading.Thread(target=_watch, args=(child, ended), daemon=True).start()
    meanwhile()
    ended.wait()
    for child in children:
        child.terminate()
    return max(_code(child) for child in children)


def _watch(child: subprocess.Popen[bytes], ended: threading.Event) -> None:
    child.wait()
    ended.set()


def _code(child: subprocess.Popen[bytes]) -> int:
    try:
        return abs(child.wait(STOP_SECONDS))
    except subprocess.TimeoutExpired:
        child.kill()
        return 1
