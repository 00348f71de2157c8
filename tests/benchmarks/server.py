"""The application behind a real gunicorn on a port of its own, and somebody signed in to it."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import httpx

from engine.commands.server import serving
from tests import cast as casting
from tests.benchmarks import company

START_SECONDS = 30


def start(
    database: company.databases.Database, port: int, *, program: str, workers: int = 1, **environment_: str
) -> subprocess.Popen[bytes]:
    """Starts it and waits until it answers; whoever starts it ends it."""
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-b",
        f"127.0.0.1:{port}",
        "-w",
        str(workers),
        "--threads",
        "4",
        "-k",
        "gthread",
    ]
    given = {**environment(database), **environment_}
    server = subprocess.Popen([*command, "--log-level", "error", program], env=given)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address(port)}/sign-in", timeout=5)
            return server
        except httpx.TransportError:
            server.poll()
    server.terminate()
    raise TimeoutError("the server did not start")


def address(port: int) -> str:
    """Where it answers."""
    return f"http://127.0.0.1:{port}"


def environment(database: company.databases.Database) -> dict[str, str]:
    """The settings of server and worker for this database."""
    return {
        **serving.server_environment(),
        "BANJIE_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "BANJIE_SECRET_KEY": company.SECRET,
        "BANJIE_DATA": str(database.surroundings["data"]),
    }


def sign_in(client: httpx.Client) -> str:
    """Signs the clerk in; the token for his forms."""
    sent = {"company": casting.COMPANY, "username": "clerk", "password": company.PASSWORD}
    answer = client.post("/sign-in", data={**sent, "csrf_token": token(client.get("/sign-in").text)})
    assert answer.status_code == 302, answer.status_code
    return token(client.get("/inbox").text)


def token(page: str) -> str:
    """The token of a page's forms."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, "a page without a CSRF token"
    return found[1]
