"""What a person and an administrator wait for in a company of 5,000 people, against one of 50."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import flask
from sqlalchemy import update

from engine import environment
from engine.people import organisation, passwords
from engine.storage import database as databases
from engine.storage import models
from tests.benchmarks import company
from tests.benchmarks.figures import Figure
from tests.cast import COMPANY
from tests.engine.queries.test_large_company import fill
from tests.web.pages import Browser
from web import create_app

SIZES = {50: (5, 5), 5_000: (300, 250)}  # people: departments, groups by name and as many by rule
REPEATS = 15
PAGES = (
    "/organisation",
    "/organisation?q=人员4",
    "/organisation?department=d1",
    "/organisation/people/p1",
    "/organisation/groups",
    "/organisation/groups/规则1",
    "/organisation/posts",
    "/organisation/roles",
    "/organisation/machines",
    "/organisation/log",
)


def measure() -> Iterator[Figure]:
    """Signing in with the inbox as a ratio, each page of the organisation in milliseconds."""
    mornings: dict[int, float] = {}
    for people, (departments, groups) in SIZES.items():
        database, _cast = company.furnished()
        fill(database, people, departments, groups)
        with database.transaction() as session:
            session.execute(
                update(models.Person).values(password_hash=passwords.hash(company.PASSWORD), must_change_password=False)
            )
        databases.analyze(database)
        app = create_app(environment.Settings("localhost", 0, "", Path("/nowhere"), company.SECRET, 1), database, company.clock)
        with database.reading(COMPANY) as session:
            organisation.current(session, COMPANY)  # read once after each change, for all
        mornings[people] = _median(partial(_morning, app))
        yield Figure(f"signing in and the inbox, {people:,} people", mornings[people] * 1000, "ms")
        owner = Browser(app).sign_in("owner", password=company.PASSWORD)
        for page in PAGES if people == max(SIZES) else ():
            span = _median(partial(owner.client.get, page))
            yield Figure(f"{page}, {people:,} people", span * 1000, "ms", bound=150)
    small, large = (mornings[size] for size in SIZES)
    yield Figure("signing in and the inbox: 5,000 people against 50", large / small, "×", bound=1.2)


def _morning(app: flask.Flask) -> None:
    someone = Browser(app)
    someone.client.get("/sign-in")
    form = {"company": COMPANY, "username": "p1", "password": company.PASSWORD, "csrf_token": someone.token()}
    assert someone.client.post("/sign-in", data=form).status_code == 302
    assert someone.client.get("/inbox").status_code == 200


def _median(act: Callable[[], object]) -> float:
    act()
    spans = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        act()
        spans.append(time.perf_counter() - began)
    return company.median(spans)
