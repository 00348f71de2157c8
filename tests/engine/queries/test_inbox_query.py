"""The inbox's statements: one, however much there is, and walked by index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from engine.definitions import definitions
from engine.people import organisation
from engine.queries import paging
from engine.queries.inbox import inbox, my_cases, notices
from engine.storage import database as databases
from engine.storage import keys, models
from tests.cast import COMPANY, Cast
from tests.engine import kit

MANY = 50


@contextmanager
def counted(database: databases.Database) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile, without those that only begin and end a transaction."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.upper().startswith(("BEGIN", "PRAGMA", "COMMIT", "ROLLBACK")):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.fixture
def definition(database: databases.Database, cast: Cast, now: datetime) -> int:
    """The row of a process that nobody runs: lists need no more of it."""
    deployment, definition = keys.new(), keys.new()
    with database.transaction() as session:
        session.add(models.Deployment(key=deployment, company_id=COMPANY, deployed_at=now, deployed_by=None))
        session.flush()
        session.add(
            models.ProcessDefinition(
                key=definition,
                company_id=COMPANY,
                deployment_key=deployment,
                process_id="p",
                version=1,
                name="流程",
                resource_name="p.bpmn",
                xml=kit.diagram("p", kit.start(), kit.end(), kit.chain("started", "done")).content,
                digest="",
                settings={"texts": {"en": {"流程": "Process"}}},
                deployed_at=now,
            )
        )
    return definition


def fill(database: databases.Database, definition: int, now: datetime, count: int, **holder: object) -> None:
    """Stores `count` cases with one open task each, due a minute after each other, for the holder."""
    with database.transaction() as session:
        rows = [_case(definition, now + timedelta(minutes=number), number, holder) for number in range(count)]
        for model, place in ((models.ProcessInstance, 0), (models.UserTask, 1), (models.WorkItem, 2)):
            session.execute(insert(model), [row[place] for row in rows])


def _case(definition: int, at: datetime, number: int, holder: dict[str, object]) -> tuple[dict[str, object], ...]:
    case, task, item = keys.new(), keys.new(), keys.new()
    shared = {"company_id": COMPANY, "created_at": at}
    instance = {
        "key": case,
        "company_id": COMPANY,
        "definition_key": definition,
        "process_id": "p",
        "version": 1,
        "process_name": "流程",
        "number": f"N-{case}",
        "title": f"第{number:03}件",
        "initiator": "clerk",
        "initiator_department": "service",
        "started_at": at,
        "root_key": case,
    }
    row = {
        **shared,
        "key": task,
        "instance_key": case,
        "definition_key": definition,
        "process_id": "p",
        "element_id": "t",
        "name": "办理",
        "token": str(task),
        "due_at": at + timedelta(days=1),
        "excluded": [],
    }
    work = {
        **shared,
        "key": item,
        "user_task_key": task,
        "instance_key": case,
        "sort_due": at + timedelta(days=1),
        "username": holder.get("username"),
        "group_name": holder.get("group_name"),
        "state": "open",
    }
    return instance, row, work


def warm(session: Session, cast: Cast) -> None:
    """Loads the organisation and the definitions, which are cached per process."""
    organisation.at_version(session, COMPANY, cast.clerk.organisation_version)
    list(definitions.all_latest(session, COMPANY))


@pytest.mark.both_databases
@pytest.mark.parametrize(("count", "language"), [(1, None), (MANY, None), (MANY, "en")])
def test_every_list_takes_the_same_few_statements_for_one_row_and_for_fifty_in_any_language(
    database: databases.Database, cast: Cast, definition: int, now: datetime, count: int, language: str | None
) -> None:
    fill(database, definition, now, count, username="clerk")
    first = paging.WantedPage()
    ceilings = {
        1: [
            lambda session: inbox.open_tasks(session, cast.clerk, inbox.InboxFilters(), first, now=now),
            lambda session: inbox.open_tasks(session, cast.clerk, inbox.InboxFilters(search="件"), first, now=now),
            lambda session: inbox.count(session, cast.clerk),
            lambda session: notices.unread(session, cast.clerk, now=kit.NOW),
        ],
        2: [
            lambda session: my_cases.drafts(session, cast.clerk, now=kit.NOW),
            lambda session: notices.mine(session, cast.clerk, first, now=kit.NOW),
            lambda session: notices.new_work(session, cast.clerk),
            lambda session: inbox.processes(session, cast.clerk),
            lambda session: my_cases.started(session, cast.clerk, my_cases.MyCasesFilters(), first, now=kit.NOW),
            lambda session: my_cases.done(session, cast.clerk, my_cases.MyCasesFilters(), first, now=kit.NOW),
        ],
    }
    with database.reading(COMPANY) as session:
        warm(session, cast)
        session.info[definitions.LANGUAGE] = language
        for ceiling, queries in ceilings.items():
            for query in queries:
                with counted(database) as statements:
                    query(session)
                assert len(statements) <= ceiling, statements


def test_pages_meet_without_gap_or_repeat_in_both_directions(
    database: databases.Database, cast: Cast, definition: int, now: datetime
) -> None:
    fill(database, definition, now, 7, username="clerk")
    fill(database, definition, now + timedelta(seconds=30), 6, group_name="客服专员")
    for sort in ("", "arrival"):
        filters = inbox.InboxFilters(sort=sort)
        with database.reading(COMPANY) as session:
            forward = list(_walk(session, cast, filters, now, "next"))
            backward = list(_walk(session, cast, filters, now, "previous"))
        assert len(forward) == len(set(forward)) == 13 and backward == forward


def _walk(session: Session, cast: Cast, filters: inbox.InboxFilters, now: datetime, direction: str) -> list[int]:
    wanted = paging.WantedPage(size=4, last=direction == "previous")
    found: list[int] = []
    while True:
        page = inbox.open_tasks(session, cast.clerk, filters, wanted, now=now)
        lines = [line.task_key for line in page.rows]
        found = found + lines if direction == "next" else lines + found
        cursor = getattr(page, direction)
        if not cursor:
            return found
        wanted = paging.WantedPage(size=4, after=cursor) if direction == "next" else paging.WantedPage(size=4, before=cursor)


def test_a_task_of_two_of_my_groups_is_one_line_and_counts_once(
    database: databases.Database, cast: Cast, definition: int, now: datetime
) -> None:
    fill(database, definition, now, 1, group_name="客服专员")
    with database.transaction() as session:
        item = session.query(models.WorkItem).one()
        session.add(
            models.WorkItem(
                company_id=COMPANY,
                user_task_key=item.user_task_key,
                instance_key=item.instance_key,
                username="clerk",
                sort_due=item.sort_due,
                created_at=item.created_at,
            )
        )
    with database.reading(COMPANY) as session:
        assert inbox.count(session, cast.clerk) == 1
        assert len(inbox.open_tasks(session, cast.clerk, inbox.InboxFilters(), paging.WantedPage(), now=now).rows) == 1


def test_counting_stops_at_a_hundred(database: databases.Database, cast: Cast, definition: int, now: datetime) -> None:
    fill(database, definition, now, 120, username="clerk")
    fill(database, definition, now, 120, group_name="客服专员")
    with database.reading(COMPANY) as session:
        assert inbox.count(session, cast.clerk) >= inbox.COUNT_CAP


def test_the_list_is_walked_by_index_and_never_sorted_whole(sqlite_database: databases.Database, now: datetime) -> None:
    with sqlite_database.reading() as session:
        plan = session.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT key FROM work_item WHERE company_id = 'acme' AND username = 'clerk' AND state = 'open' "
                "AND (sort_due, key) > ('2026', 1) ORDER BY sort_due, key LIMIT 51"
            )
        ).all()
    assert all("TEMP B-TREE" not in row[-1] and "SCAN" not in row[-1] for row in plan), plan
