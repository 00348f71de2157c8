"""A completion over HTTP against a bare view of eight statements on the same server, memory, and page sizes."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil

from tests.benchmarks import company
from tests.benchmarks import server as http_server
from tests.benchmarks.figures import Figure
from tests.engine import kit

PORT = 18_431
CASES = 150
KILOBYTE = 1024


def measure() -> Iterator[Figure]:
    """Both are asked in turn, so that a change of the machine's speed meets both alike."""
    database, cast = company.furnished()
    keys = company.begin(database, cast, "plain", CASES)
    company.databases.analyze(database)
    server = http_server.start(database, PORT, program="tests.benchmarks.wsgi:app")
    try:
        with httpx.Client(base_url=http_server.address(PORT), timeout=60) as client:
            token = http_server.sign_in(client)
            ours, bare = _compare(database, client, token, keys)
            yield Figure("HTTP: a completion, p50", company.median(ours) * 1000, "ms")
            yield Figure("HTTP: a bare view of eight statements, p50", company.median(bare) * 1000, "ms")
            yield Figure(
                "HTTP: a completion against the bare view", company.median(ours) / company.median(bare), "×", bound=1.8
            )
            yield from _pages(database, client, keys)
        yield Figure("memory of the server's worker process", _memory(server), "MB", bound=150)
    finally:
        server.terminate()
        server.wait(10)
    yield Figure("memory of the background worker", _worker_memory(database), "MB", bound=150)


def _compare(
    database: company.databases.Database, client: httpx.Client, token: str, keys: list[int]
) -> tuple[list[float], list[float]]:
    tasks = [kit.open_task(database, key, "a") for key in keys]
    ours: list[float] = []
    bare: list[float] = []
    for number, task in enumerate(tasks):
        sent = {"csrf_token": token, "note": "好", "amount": "20", "outcome": "submit", "after_completing": "inbox"}
        ours.append(_post(client, f"/tasks/{task}/complete", sent))
        client.get("/notices")  # a browser follows to a page, which takes up the message of success
        bare.append(_post(client, f"/bare/{number}", {"csrf_token": token}))
    return ours[CASES // 5 :], bare[CASES // 5 :]


def _post(client: httpx.Client, path: str, sent: dict[str, str]) -> float:
    began = time.perf_counter()
    answer = client.post(path, data=sent)
    span = time.perf_counter() - began
    assert answer.status_code == 302, (path, answer.status_code, answer.text[:500])
    return span


def _pages(database: company.databases.Database, client: httpx.Client, keys: list[int]) -> Iterator[Figure]:
    for name, path in (("inbox", "/inbox"), ("task", f"/tasks/{kit.open_task(database, keys[0], 'b')}")):
        page = client.get(path).text
        assets = set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', page))
        sizes = [len(gzip.compress(page.encode()))] + [_transferred(client, asset) for asset in assets]
        yield Figure(f"the {name} page with script and style, compressed", sum(sizes) / KILOBYTE, "KB", bound=100)


def _transferred(client: httpx.Client, path: str) -> int:
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, path
    return int(answer.headers.get("Content-Length") or len(gzip.compress(answer.content)))


def _memory(server: subprocess.Popen[bytes]) -> float:
    children = psutil.Process(server.pid).children()
    return max(child.memory_info().rss for child in children) / KILOBYTE**2


def _worker_memory(database: company.databases.Database) -> float:
    worker = subprocess.Popen(
        [sys.executable, "-m", "engine.cli", "worker"], env=http_server.environment(database), cwd=Path.cwd()
    )
    try:
        process, deadline, highest = psutil.Process(worker.pid), time.monotonic() + 5, 0
        while time.monotonic() < deadline and worker.poll() is None:
            highest = max(highest, process.memory_info().rss)
        assert worker.poll() is None, "the worker ended"
        return highest / KILOBYTE**2
    finally:
        worker.terminate()
        worker.wait(10)
