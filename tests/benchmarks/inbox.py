"""The inbox of one person with 1,000 and with 100,000 open tasks: his own, of 20 groups, of 5 people for whom he stands in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from engine.cases.lines import words
from engine.people import actors, organisation
from engine.queries import paging
from engine.queries.inbox import inbox
from engine.storage import keys, models
from tests import cast as casting
from tests.benchmarks import company
from tests.benchmarks.figures import Figure

SIZES = (1_000, 100_000)
GROUP = "客服专员"
PEOPLE = 200
GROUPS, PRINCIPALS = 20, 5
AWAY = ("clerk2", "head", "manager", "owner", "outsider")
ALL = inbox.InboxFilters()
VIEWS = {  # saved by the person: of a customer, which the process declares; of a word that nothing has; of one that many have
    "view": inbox.InboxFilters(search="长河物流", process="plain", sort="arrival"),
    "view by initials": inbox.InboxFilters(search="chwl"),
    "view without match": inbox.InboxFilters(search="样例 无此公司"),
    "view of an eleventh": inbox.InboxFilters(search="X-7", process="plain", sort="arrival"),
}
CUSTOMERS = 500
BATCH = 5_000
REPEATS = 15


def measure() -> Iterator[Figure]:
    """First and last page at both sizes, as ratios."""
    spans: dict[int, dict[str, float]] = {}
    for size in SIZES:
        database, cast = company.furnished()
        _fill(database, cast, size)
        spans[size] = {
            "first": _time(database, cast, paging.WantedPage()),
            "last": _time(database, cast, paging.WantedPage(last=True)),
            **{name: _time(database, cast, paging.WantedPage(), view) for name, view in VIEWS.items()},
        }
        for page, span in spans[size].items():
            yield Figure(f"inbox with {size:,} open tasks: {page} page", span * 1000, "ms")
    for page in spans[SIZES[0]]:
        ratio = spans[SIZES[1]][page] / spans[SIZES[0]][page]
        yield Figure(f"inbox: {page} page with {SIZES[1]:,} against {SIZES[0]:,}", ratio, "×", bound=2)


def _time(
    database: company.databases.Database,
    cast: casting.Cast,
    wanted: paging.WantedPage,
    filters: inbox.InboxFilters = ALL,
) -> float:
    spans = []
    with database.reading(casting.COMPANY) as session:
        by = actors.load(session, casting.COMPANY, cast.clerk.username, now=company.clock())
    assert by is not None and len(by.groups) == GROUPS and len(by.principals) == PRINCIPALS
    for _ in range(REPEATS):
        began = time.perf_counter()
        with database.reading(casting.COMPANY) as session:
            inbox.open_tasks(session, by, filters, wanted, now=company.clock())
            inbox.count(session, by)
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
        mine = [models.Membership(company_id=casting.COMPANY, group_name=name, username="clerk") for name in _groups()[1:]]
        session.add_all([*mine, *_deputies(now)])
        organisation.changed(session, casting.COMPANY)
        session.flush()
        for part in company.batched(list(range(size)), BATCH):
            rows = [_rows(template, number, now) for number in part]
            for table, index in ((models.ProcessInstance, 0), (models.UserTask, 1), (models.WorkItem, 2)):
                session.execute(insert(table), [row[index] for row in rows])
    company.databases.analyze(database)


def _groups() -> list[str]:
    return [GROUP, *(f"组{number}" for number in range(1, GROUPS))]


def _deputies(now: Any) -> list[models.Deputy]:
    """The clerk stands in for some colleagues."""
    period = {"begins_at": now - timedelta(days=1), "ends_at": now + timedelta(days=30), "created_at": now}
    more = {"company_id": casting.COMPANY, "deputy": "clerk", "covers_existing": True, "reason": "", "created_by": "owner"}
    return [models.Deputy(key=keys.new(), principal=name, **period, **more) for name in AWAY]


def _holder(number: int) -> dict[str, str | None]:
    """Every fourth is the clerk's own, every tenth one of somebody who is away, the others of his groups."""
    if number % 4 == 0:
        return {"username": "clerk", "group_name": None}
    if number % 10 == 1:
        return {"username": AWAY[number // 10 % PRINCIPALS], "group_name": None}
    return {"username": None, "group_name": _groups()[number % GROUPS]}


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
    holder, customer = _holder(number), "长河物流" if number % CUSTOMERS == 3 else f"客户{number % CUSTOMERS}"
    case["words"] = words.of_case(case["number"], case["title"], [customer])
    item = {
        "pairs": words.of_part(case["words"], "a", "clerk2"),
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
