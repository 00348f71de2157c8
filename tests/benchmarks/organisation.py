"""What a person and an administrator wait for in a company of 5,000 people, against one of 50."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import flask
from sqlalchemy import update

from engine import environment
from engine.people import organisation
from engine.people.credentials import passwords
from engine.storage import database as databases
from engine.storage import models
from tests.benchmarks import company
from tests.benchmarks.figures import Figure
from tests.cast import COMPANY
from tests.engine.queries.test_large_company import fill
from tests.web.pages import Browser
from web import create_app

SIZES = {50: (5, 5), 5_000: (300, 250)}  # people: departments, groups by name and as many by rule
NOTICES = 20  # of each person, not read
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
    "/organisation/people/p1/edit",
    "/organisation/people/p1/leaving",
    "/organisation/sign-in",
    "/organisation/notices",
)


def measure() -> Iterator[Figure]:
    """Signing in with the inbox as a ratio, each page of the organisation in milliseconds."""
    apps = {people: _app(people, *of) for people, of in SIZES.items()}
    mornings = _side_by_side({people: partial(_morning, app) for people, app in apps.items()})
    for people, span in mornings.items():
        yield Figure(f"signing in and the inbox, {people:,} people", span * 1000, "ms")
    small, large = (mornings[size] for size in SIZES)
    yield Figure("signing in and the inbox: 5,000 people against 50", large / small, "×", bound=1.2)
    owner = Browser(apps[max(SIZES)]).sign_in("owner", password=company.PASSWORD)
    for page in PAGES:
        span = _side_by_side({max(SIZES): partial(owner.client.get, page)})[max(SIZES)]
        yield Figure(f"{page}, {max(SIZES):,} people", span * 1000, "ms", bound=150)
    for told, act in _changes(owner).items():
        span = _side_by_side({max(SIZES): act})[max(SIZES)]
        yield Figure(f"{told}, {max(SIZES):,} people", span * 1000, "ms", bound=150)


def _changes(owner: Browser) -> dict[str, Callable[[], object]]:
    """Saving another department of a person, putting another person in a group."""
    turns = itertools.count(1)

    def sent(path: str, form: Mapping[str, str]) -> None:
        answer = owner.client.post(path, data={**form, "csrf_token": owner.token()})
        assert answer.status_code == 302, answer.status

    return {
        "saving a person": lambda: sent(
            "/organisation/people/p9", {"name": "人员9", "department": f"d{next(turns)}", "clearance": "内部"}
        ),
        "putting somebody in a group": lambda: sent("/organisation/groups/规则1/members", {"person": f"p{next(turns) * 7}"}),
    }


def _app(people: int, departments: int, groups: int) -> flask.Flask:
    """The pages of a company of that size, whose organisation was read once, as after each change for all."""
    database, _cast = company.furnished()
    fill(database, people, departments, groups, NOTICES)
    with database.transaction() as session:
        values = {"password_hash": passwords.hash(company.PASSWORD), "must_change_password": False}
        session.execute(update(models.Person).values(values))
    databases.analyze(database)
    with database.reading(COMPANY) as session:
        organisation.current(session, COMPANY)
    return create_app(environment.Settings("localhost", 0, "", Path("/nowhere"), company.SECRET, 1), database, company.clock)


def _morning(app: flask.Flask) -> None:
    someone = Browser(app)
    someone.client.get("/sign-in")
    form = {"company": COMPANY, "username": "p1", "password": company.PASSWORD, "csrf_token": someone.token()}
    assert someone.client.post("/sign-in", data=form).status_code == 302
    assert someone.client.get("/inbox").status_code == 200


def _side_by_side(acts: Mapping[int, Callable[[], object]]) -> dict[int, float]:
    """The median of each, in seconds, taken in turns: what else the machine does falls on all of them."""
    spans: dict[int, list[float]] = {size: [] for size in acts}
    for turn in range(REPEATS + 1):
        for size, act in acts.items():
            began = time.perf_counter()
            act()
            if turn:  # the first one warms up
                spans[size].append(time.perf_counter() - began)
    return {size: company.median(found) for size, found in spans.items()}
