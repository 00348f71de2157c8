"""The inbox of one person with 1,000 and with 100,000 open tasks, own and of a group of 200."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from engine.queries import paging
from engine.queries.inbox import inbox
from engine.storage import keys, models
from tests import cast as casting
from tests.benchmarks import company
from tests.benchmarks.figures import Figure

SIZES = (1_000, 100_000)
GROUP = "客服专员"
PEOPLE = 200
BATCH = 5_000
REPEATS = 15


def measure() -> Iterator[Figure]:
    """First and last page at both sizes, as ratios."""
    spans: dict[int, dict[str, float]] = {}
    for size in SIZES:
        database, cast = company.furnished()
        _fill(database, cast, size)
        spans[size] = {
            "first": _time(database, cast, paging.Wanted()),
            "last": _time(database, cast, paging.Wanted(last=True)),
        }
        for page, span in spans[size].items():
            yield Figure(f"inbox with {size:,} open tasks: {page} page", span * 1000, "ms")
    for page in ("first", "last"):
        ratio = spans[SIZES[1]][page] / spans[SIZES[0]][page]
        yield Figure(f"inbox: {page} page with {SIZES[1]:,} against {SIZES[0]:,}", ratio, "×", bound=2)


def _time(database: company.databases.Database, cast: casting.Cast, wanted: paging.Wanted) -> float:
    spans = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        with database.reading(casting.COMPANY) as session:
            inbox.open_tasks(session, cast.clerk, inbox.InboxFilters(), wanted, now=company.clock())
            inbox.count(session, cast.clerk)
        spans.append(time.perf_counter() - began)
    return company.median(spans)


def _fill(database: company.databases.Database, cast: casting.Cast, size: int) -> None:
    """Open tasks, every fourth the clerk's own, the others of the clerk's group of 200 people."""
    [instance] = company.begin(database, cast, "plain", 1)
    now = company.clock()
    with database.transaction() as session:
        template = session.get_one(models.ProcessInstance, instance)
        people = [models.Membership(company_id=casting.COMPANY, group_name=GROUP, username=f"p{n}") for n in range(PEOPLE)]
        session.add_all(people)
        session.flush()
        for part in company.batched(list(range(size)), BATCH):
            rows = [_rows(template, number, now) for number in part]
            for table, index in ((models.ProcessInstance, 0), (models.UserTask, 1), (models.WorkItem, 2)):
                session.execute(insert(table), [row[index] for row in rows])
    company.databases.analyze(database)


def _rows(template: models.ProcessInstance, number: int, now: Any) -> tuple[dict[str, Any], ...]:
    instance, task = keys.new(), keys.new()
    due = now + timedelta(minutes=number * 7 % 40_000)
    owned = {"company_id": casting.COMPANY}
    common = {"definition_key": template.definition_key, "process_id": "plain"}
    case = {
        **owned,
        **common,
        "key": instance,
        "root_key": instance,
        "version": 1,
        "process_name": "样例",
        "number": f"X-{number}",
        "title": f"样例 {number}",
        "summary": [],
        "state": "active",
        "started_at": now,
        "tokens": {},
        "initiator": "clerk2",
    }
    user_task = {
        **owned,
        **common,
        "key": task,
        "instance_key": instance,
        "element_id": "a",
        "name": "a",
        "token": str(number),
        "state": "open",
        "created_at": now,
        "due_at": due,
    }
    holder = {"username": "clerk", "group_name": None} if number % 4 == 0 else {"username": None, "group_name": GROUP}
    item = {
        **owned,
        "key": keys.new(),
        "user_task_key": task,
        "instance_key": instance,
        "state": "open",
        "sort_due": due,
        "created_at": now,
        **holder,
    }
    return case, user_task, item
