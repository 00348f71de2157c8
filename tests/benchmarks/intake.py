"""A thousand complaints by twenty clients through the public page of a real server: what is lost, and the inbox afterwards."""

from __future__ import annotations

import contextlib
import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
from sqlalchemy import func, select

from engine.storage import models
from tests import cast as casting
from tests.benchmarks import company, server
from tests.benchmarks.figures import Figure
from tests.engine import kit
from tests.web import complaints

PORT, QUIET_PORT = 18_432, 18_433
CLIENTS, EACH = 20, 50
FEW = 100  # open complaints before: two full pages, so that pages of the same size are compared
REPEATS = 25
TRIES = 40
PAGES = {"first": "/inbox", "last": "/inbox?last=1"}
NUMBER = re.compile(r"TS-\d{8}-\d{4,}")


def measure() -> Iterator[Figure]:
    """A second server stays as it was before: both are asked in turn, so that the machine's speed meets both alike."""
    with contextlib.ExitStack() as stack:
        database, quiet = (stack.enter_context(_running(port)) for port in (PORT, QUIET_PORT))
        yield from _flood(database)
        company.databases.analyze(database)
        company.databases.analyze(quiet)
        yield from _inboxes()


def _inboxes() -> Iterator[Figure]:
    with _clerk(PORT) as full, _clerk(QUIET_PORT) as quiet:
        for name, path in PAGES.items():
            spans = [(_span(quiet, path), _span(full, path)) for _ in range(REPEATS)]
            before, after = (company.median([each[number] for each in spans]) for number in (0, 1))
            yield Figure(f"inbox with {FEW} open complaints: {name} page", before * 1000, "ms")
            yield Figure(f"inbox with {CLIENTS * EACH:,} more: {name} page", after * 1000, "ms")
            yield Figure(f"inbox: {name} page after against before", after / before, "×", bound=2)


@contextlib.contextmanager
def _running(port: int) -> Iterator[company.databases.Database]:
    """A server without the public limits, with few complaints."""
    database, cast = company.furnished()
    kit.deploy(database, cast.owner, *complaints.resources(), now=company.clock())
    running = server.start(database, port, program="web.wsgi:app", workers=2, BANJIE_PUBLIC_LIMITS="0")
    try:
        _file(port, "before", FEW)
        yield database
    finally:
        running.terminate()
        running.wait(20)


@contextlib.contextmanager
def _clerk(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.address(port), timeout=60) as client:
        server.sign_in(client)
        yield client


def _flood(database: company.databases.Database) -> Iterator[Figure]:
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        parts = list(pool.map(lambda client: _file(PORT, f"client-{client}", EACH), range(CLIENTS)))
    span = time.perf_counter() - began
    numbers = Counter(number for part in parts for number in part)
    with database.reading(casting.COMPANY) as session:
        stored = set(session.execute(select(models.ProcessInstance.number)).scalars())
        tasks = session.execute(select(func.count()).where(models.UserTask.state == "open")).scalar_one()
    wanted = CLIENTS * EACH
    yield Figure("intake: complaints lost", wanted - len(numbers.keys() & stored), bound=0)
    yield Figure("intake: numbers given twice", sum(numbers.values()) - len(numbers), bound=0)
    yield Figure("intake: complaints without an open task", wanted + FEW - tasks, bound=0)
    yield Figure(f"intake: {wanted:,} complaints by {CLIENTS} clients", span, "s")
    yield Figure("intake: complaints filed", wanted / span, "per s")


def _file(port: int, who: str, count: int) -> list[str]:
    """The numbers that one client is given; one that is told to try again sends the same form, as a browser would."""
    path = f"/p/{casting.COMPANY}/complaint"
    numbers = []
    with httpx.Client(base_url=server.address(port), timeout=120) as client:
        token = server.token(client.get(path).text)
        for number in range(count):
            own = {"receipt": f"receipt-of-{who}-{number:04}-long", "content": f"{who} 的第 {number} 件"}
            answer = _sent(client, path, {"csrf_token": token, **complaints.FILED, **own})
            found = NUMBER.search(answer.text)
            numbers += [found[0]] if answer.status_code == 200 and found else []
    return numbers


def _sent(client: httpx.Client, path: str, form: dict[str, str]) -> httpx.Response:
    for _ in range(TRIES):
        answer = client.post(path, data=form)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
    return answer


def _span(client: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path)
    span = time.perf_counter() - began
    assert answer.status_code == 200, (path, answer.status_code)
    return span
