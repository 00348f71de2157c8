"""The running product and the windows of its people, for tests in a real browser."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests import postgres
from tests.browser import install, looks
from tests.browser.office import Office, Place
from tests.browser.people import People, Sessions

FURNISHED = "banjie_furnished"
# The first would make a frame of its own for each page that follows another: a sixth of all that the browser does in a long walk.
# The others are those that Playwright switches off for any test: of two switches of that name only the last counts.
WITHOUT = (
    "RenderDocument",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(WITHOUT)}",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", metavar="DIR", help="save a picture of every page that the browser tests visit")
    parser.addoption("--office", metavar="ADDRESS", help="walk through a product that runs already instead of starting one")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium; without one, whatever needs it is skipped with a sentence on how to get one."""
    found = install.find()
    if found is None:
        pytest.skip(install.ADVICE)
    return {"executable_path": found, "args": list(FLAGS), "env": {**os.environ, "LANGUAGE": "zh_CN"}}


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that all its test processes use."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def album(pytestconfig: pytest.Config, shared: Path) -> looks.Album:
    folder = pytestconfig.getoption("--pictures", None)
    examined = shared / "examined"
    examined.mkdir(exist_ok=True)
    return looks.Album(Path(folder) if folder else None, examined)


@pytest.fixture(scope="session")
def furnished(shared: Path) -> Path:
    """The data folder of a product that is set up: made by the first test process that needs one, copied by all."""
    return furnished_once(shared, "furnished", lambda made: f"sqlite:///{made / 'banjie.sqlite'}")


@pytest.fixture(scope="session")
def furnished_on_postgres(shared: Path) -> Path:
    """The same on PostgreSQL, whose database `FURNISHED` is copied."""
    uri = os.environ["BANJIE_TEST_POSTGRES"]
    return furnished_once(shared, "furnished-on-postgres", lambda _made: postgres.create_database(uri, FURNISHED))


def furnished_once(shared: Path, name: str, database_url: Callable[[Path], str]) -> Path:
    data = shared / name
    with open(shared / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not data.exists():
            made = shared / f"{name}-in-the-making"
            Office("template", database_url(made), made).furnish()
            made.rename(data)
    return data


@pytest.fixture(scope="session")
def sqlite_office(
    browser: Browser, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, furnished: Path
) -> Iterator[Place]:
    running = pytestconfig.getoption("--office", None)
    if running:
        yield Place("running", running)
        return
    yield from opened(moved_in("sqlite", furnished, tmp_path_factory))


@pytest.fixture(scope="session")
def postgres_office(browser: Browser, tmp_path_factory: pytest.TempPathFactory, furnished_on_postgres: Path) -> Iterator[Place]:
    yield from opened(moved_in_on_postgres("postgresql", furnished_on_postgres, tmp_path_factory))


@pytest.fixture(params=["sqlite", "postgresql"])
def office_on_both(request: pytest.FixtureRequest) -> Place:
    """The product on SQLite and then on PostgreSQL, for one walk from the first form to the last: windows show the same on both."""
    found: Place = request.getfixturevalue("sqlite_office" if request.param == "sqlite" else "postgres_office")
    return found


@pytest.fixture(scope="session")
def sessions() -> Sessions:
    """The cookies of whoever has signed in already: signing in is walked once per person."""
    return {}


@pytest.fixture
def people(browser: Browser, album: looks.Album, sessions: Sessions) -> Iterator[People]:
    """Windows of signed-in people for one test."""
    at_their_desks = People(browser, album, sessions)
    yield at_their_desks
    at_their_desks.close()


def moved_in(name: str, furnished: Path, factory: pytest.TempPathFactory) -> Office:
    """An office on SQLite with a copy of everything that the set-up has made."""
    data = factory.mktemp("office") / "data"
    shutil.copytree(furnished, data)
    return Office(name, f"sqlite:///{data / 'banjie.sqlite'}", data)


def moved_in_on_postgres(name: str, furnished: Path, factory: pytest.TempPathFactory) -> Office:
    """The same on PostgreSQL, with a copy of `FURNISHED`."""
    data = factory.mktemp("office") / "data"
    shutil.copytree(furnished, data)
    with open(
        furnished.parent / "copying.lock", "w"
    ) as lock:  # one at a time: a template that is being copied counts as in use
        fcntl.flock(lock, fcntl.LOCK_EX)
        url = postgres.create_database(os.environ["BANJIE_TEST_POSTGRES"], template=FURNISHED)
    return Office(name, url, data)


def opened(office: Office) -> Iterator[Place]:
    try:
        office.open()
        yield office
    finally:
        office.close()
