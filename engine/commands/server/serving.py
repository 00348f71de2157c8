"""`banjie run`, `serve` and `worker`: the processes that stay."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
from typing import Any

from engine import environment, errors
from engine.announcing import sending
from engine.background import pulse
from engine.background.worker import Worker
from engine.basics import codes
from engine.commands import demonstration, opening
from engine.commands.server import lifeline, supervising
from engine.commands.upkeep import database_commands
from engine.deploying.company_files import founding
from engine.intake.by_mail import polling
from engine.storage import installation
from engine.storage.database import Database

THREADS = 8
LONGEST_LINE = 8190  # gunicorn's most: a list narrowed by many long Chinese words still has an address
LAST_LETTER = 15.0  # seconds for the letter that is just leaving when it is told to stop
SET_UP_LETTERS = 12
LARGE = str(1024**2)  # bytes; what is larger is asked of the system and given back by itself


def serve(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Becomes the web server (gunicorn with threads) on the host and port of the settings. Raises Conflict for a port in use."""
    require_port(settings)
    opening.tell(settings)
    store = opening.opened(settings)
    _offer_set_up(store, settings)
    store.close()
    command = _server_command(settings)
    os.execve(command[0], command, server_environment())


def _offer_set_up(store: Database, settings: environment.Settings) -> None:
    """Prints a code for the set-up page while there is no company; one of before is worth nothing from then on."""
    with store.reading() as session:
        if not founding.is_empty(session):
            return
    with store.transaction() as session:
        code = codes.new(SET_UP_LETTERS)
        installation.keep(session, installation.SET_UP, "")
        installation.change(session, installation.SET_UP, codes.digest(code))
    address = f"http://{settings.host}:{settings.port}/set-up"
    print(f"\nThere is no company here yet. Set it up at {address} with the code\n\n  {code}\n", flush=True)


def work(_arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Runs timers, scheduled starts and jobs, takes e-mail in and sends notices beside them, until it is told to stop.

    While it lives it says so: what it held when it died is taken up by another within seconds.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    lifeline.watch(stop.set)
    opening.tell(settings)
    database = opening.opened(settings)
    if settings.mail_every:  # a mailbox may take long to answer, which must not hold up a timer
        given = (database, os.environ, opening.clock, settings.mail_every, stop)
        threading.Thread(target=polling.poll_forever, args=given, name="mail", daemon=True).start()
    worker = Worker(database, opening.clock)
    outward = (database, opening.clock, stop, worker.name)  # a mail server may take long as well
    notices = threading.Thread(target=sending.forever, args=outward, name="notices", daemon=True)
    with pulse.beating(database, worker.name, opening.clock):
        notices.start()
        worker.run_forever(stop)
        notices.join(LAST_LETTER)
    return 0


def run(arguments: argparse.Namespace, settings: environment.Settings) -> int:
    """Prepares the demo and keeps server and worker going until the server ends or a signal comes.

    A database that is there already is served at once; what changed in the files is deployed meanwhile. Raises Conflict
    for a database in real use, and where something listens on the port already.
    """
    require_port(settings)
    demonstration.require(settings, creates=True)
    supervision = supervising.Supervision(
        _server_command(settings), [sys.executable, "-m", "engine.cli", "worker"], server_environment()
    )
    is_new = database_commands.bring_up(settings, creates=True)
    demonstration.mark(opening.opened(settings))  # before the first page says so
    if is_new:
        demonstration.demo(arguments, settings)
        return supervision.keep(lambda: _welcome(settings))
    _welcome(settings)
    return supervision.keep(lambda: demonstration.set_up_all(settings))


def require_port(settings: environment.Settings) -> None:
    """Raises Conflict where something listens on the address already, before anything is started."""
    family, _, _, _, address = _address(settings)
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: what just ended is not in the way
        try:
            probe.bind(address)
        except OSError as error:
            raise errors.Conflict(
                "The server cannot listen at %(host)s:%(port)s: %(what)s. Perhaps another one runs there already; please end it, or"
                " choose another port by BANJIE_PORT.",
                host=settings.host,
                port=settings.port,
                what=error.strerror,
            ) from error


def _address(settings: environment.Settings) -> Any:
    try:
        return socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise errors.Invalid("BANJIE_HOST is no address of this machine: %(host)s", host=settings.host) from error


def server_environment() -> dict[str, str]:
    """The environment of server and worker, for glibc: without a bound every thread keeps a heap of its own for good, and
    once a password was checked, which takes 16 MB for a moment, so much is never given back."""
    large = {"MALLOC_MMAP_THRESHOLD_": LARGE, "MALLOC_TRIM_THRESHOLD_": LARGE}
    return {"MALLOC_ARENA_MAX": "2", **large, **os.environ}


def _server_command(settings: environment.Settings) -> list[str]:
    bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
    options = ["--bind", bind, "--workers", str(settings.workers), "--threads", str(THREADS), "--worker-class", "gthread"]
    options += ["--limit-request-line", str(LONGEST_LINE)]
    return [sys.executable, "-m", "gunicorn", *options, "--log-level", "warning", "web.wsgi:app"]


def _welcome(settings: environment.Settings) -> None:
    print(f"\nBanjie 办结 is at http://{settings.host}:{settings.port}  (Ctrl+C stops it)\n")
    print(
        "This is the demo: anybody who can reach it can sign in. For real use see docs/operating.md: banjie init, serve, worker.\n"
    )
    for company in demonstration.demo_companies():
        definition = demonstration.definition_of(company)
        people = "、".join(f"{person['username']}({name})" for person, name in demonstration.called(definition))
        print(f"  {definition.name} [{company}]: {people}")
    print(f"\n  Password of all demo people: {demonstration.PASSWORD}\n", flush=True)
