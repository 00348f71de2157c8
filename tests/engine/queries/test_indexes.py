"""What is asked of full tables is walked by index: the plans of the statements that the code really sends, on both databases."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from engine.people import roles
from engine.people.actors import Actor, Principal
from engine.queries import paging
from engine.queries.api import api_reads, search
from engine.queries.cases import way_so_far
from engine.queries.inbox import inbox, my_cases, notices
from engine.queries.insight import heat
from engine.queries.processes import process_pages
from engine.queries.status import board, today, workload
from engine.storage import database as databases
from engine.storage import keys, models
from engine.verbs.running import messages
from tests import cast as casting
from tests import postgres
from tests.cast import COMPANY, Cast
from tests.conftest import POSTGRES
from tests.engine import kit

CASES = 4000
RUNNING = 40  # of them the last; the others ended long ago
WAITING = 3000
Sent = tuple[str, Any]


def standing_in(cast: Cast) -> Actor:
    """Somebody who stands in for the clerk, and for one whom a process limits."""
    limited = Principal("clerk2", frozenset({"客服专员"}), frozenset({"two_steps"}))
    return replace(cast.outsider, principals=(Principal("clerk"), limited))


@contextmanager
def sent(database: databases.Database) -> Iterator[list[Sent]]:
    """The statements that reach the database meanwhile, with their parameters."""
    found: list[Sent] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        if not statement.upper().startswith(("BEGIN", "PRAGMA", "COMMIT", "ROLLBACK")):
            found.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)


def plan(database: databases.Database, statement: Sent) -> str:
    """How the database means to answer."""
    is_sqlite = database.engine.dialect.name == "sqlite"
    explained = ("EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN ") + statement[0]
    with database.engine.connect() as connection:
        return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explained, statement[1]).all())


@dataclass(frozen=True)
class Full:
    """A database of its own that is only read, and its people."""

    database: databases.Database
    cast: Cast


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def full(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Full]:
    """Two processes with thousands of cases behind them and a few that run; made once for all that is asked of it."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("full") / "full.db"
        shutil.copy(sqlite_template, path)
        opened = databases.connect(f"sqlite:///{path}")
    else:
        opened = databases.connect(postgres.create_database(os.environ[POSTGRES]))
        databases.create_all(opened)
    made = Full(opened, casting.assemble(opened))
    _fill(made, kit.NOW)
    yield made
    opened.close()


def _fill(full: Full, now: datetime) -> None:
    database = full.database
    kit.deploy(database, full.cast.owner, *kit.two_steps("one"), now=now)
    kit.deploy(database, full.cast.owner, *kit.two_steps("two"), now=now)
    definitions = kit.rows(database, models.ProcessDefinition)
    cases = [_case(definitions[number % 2], number, now) for number in range(CASES)]
    for number, case in enumerate(cases[-RUNNING:]):
        case |= {"state": "active", "ended_at": None, "incidents": int(number % 10 == 0)}
        case["parent_key"] = cases[0]["key"] if number % 20 == 0 else None
    tasks = [_task(case, number, now) for number, case in enumerate(cases)]
    with database.transaction() as session:
        session.execute(insert(models.ProcessInstance), cases)
        session.execute(insert(models.UserTask), tasks)
        session.execute(insert(models.WorkItem), [_item(task, number, now) for number, task in enumerate(tasks)])
        session.execute(insert(models.Notice), [_notice(case, number, now) for number, case in enumerate(cases)])
    _tidied(database)


def _tidied(database: databases.Database) -> None:
    """As PostgreSQL tidies up by itself in the background: without it, what is read from indexes alone is a matter of chance."""
    if database.engine.dialect.name == "sqlite":
        databases.analyze(database)
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE)")


def _case(definition: models.ProcessDefinition, number: int, now: datetime) -> dict[str, Any]:
    key = keys.new()
    named = {"process_id": definition.process_id, "process_name": "", "number": str(number), "title": str(number)}
    long_ago = now - timedelta(days=400)
    ended = {"state": "completed", "started_at": long_ago, "ended_at": long_ago, "incidents": 0, "parent_key": None}
    return {"key": key, "root_key": key, "company_id": COMPANY, "definition_key": definition.key, "version": 1} | named | ended


def _task(case: dict[str, Any], number: int, now: datetime) -> dict[str, Any]:
    is_open = case["state"] == "active"
    placed = {"element_id": "a" if number % 40 else "b", "name": "", "token": str(number), "process_id": case["process_id"]}
    state = {"state": "open" if is_open else "completed", "assignee": "clerk" if number % 40 == 0 else "head"}
    owned = {"key": keys.new(), "company_id": COMPANY, "instance_key": case["key"], "definition_key": case["definition_key"]}
    return owned | placed | state | {"created_at": now, "due_at": now, "excluded": []}


def _item(task: dict[str, Any], number: int, now: datetime) -> dict[str, Any]:
    owned = {"key": keys.new(), "company_id": COMPANY, "user_task_key": task["key"], "instance_key": task["instance_key"]}
    at = now + timedelta(minutes=number)  # all of them wait for one person: his list is the long one
    return owned | {"username": "clerk", "group_name": None, "state": "open", "sort_due": at, "created_at": at}


def _notice(case: dict[str, Any], number: int, now: datetime) -> dict[str, Any]:
    told = {"key": keys.new(), "company_id": COMPANY, "username": "clerk", "instance_key": case["key"]}
    return told | {"subject": str(number), "body": "", "created_at": now - timedelta(minutes=number), "read_at": now}


ASKED: dict[str, tuple[Callable[[Session, Cast, datetime], object], str]] = {
    "cases that a case has called": (
        lambda session, cast, now: way_so_far.relatives(session, cast.clerk, models.ProcessInstance(key=1, parent_key=None)),
        "ix_process_instance_parent",
    ),
    "cases around a called one": (
        lambda session, cast, now: way_so_far.relatives(session, cast.clerk, models.ProcessInstance(key=2, parent_key=1)),
        "ix_process_instance_parent",
    ),
    "cases with incidents": (
        lambda session, cast, now: board.cases(
            session, cast.owner, board.CaseFilters(state="incident"), paging.WantedPage(), now=now
        ),
        "ix_process_instance_incidents",
    ),
    "cases at a step": (
        lambda session, cast, now: board.cases(
            session, cast.owner, board.CaseFilters(element="b"), paging.WantedPage(), now=now
        ),
        "ix_user_task_element",
    ),
    "tasks of a person, for the API": (
        lambda session, cast, now: api_reads.user_tasks(
            session, cast.owner, search.Query({"assignee": "clerk", "state": "CREATED"})
        ),
        "ix_user_task_assignee",
    ),
    "running cases by version": (
        lambda session, cast, now: process_pages._running(session, cast.owner),
        "ix_process_instance_running",
    ),
    "what has ended lately": (
        lambda session, cast, now: board.lines(session, cast.owner, now=now),
        "ix_process_instance_ended",
    ),
    "the inbox, newest first": (
        lambda session, cast, now: inbox.open_tasks(
            session, cast.clerk, inbox.InboxFilters(sort="arrival"), paging.WantedPage(), now=now
        ),
        "ix_work_item_person_arrival",
    ),
    "the inbox of a deputy": (
        lambda session, cast, now: inbox.open_tasks(
            session, standing_in(cast), inbox.InboxFilters(holder="deputy"), paging.WantedPage(), now=now
        ),
        "ix_work_item_person",
    ),
    "what is done, handed on, and done for others": (
        lambda session, cast, now: my_cases.done(session, cast.clerk, my_cases.MyCasesFilters(), paging.WantedPage(), now=now),
        "ix_work_item_done",
    ),
    "the inbox, overdue": (
        lambda session, cast, now: inbox.open_tasks(
            session, cast.clerk, inbox.InboxFilters(due="overdue"), paging.WantedPage(), now=now
        ),
        "ix_work_item_person",
    ),
}


@pytest.mark.parametrize("what", ASKED)
def test_full_tables_are_walked_by_index(full: Full, now: datetime, what: str) -> None:
    ask, index = ASKED[what]
    with full.database.reading(COMPANY) as session:
        ask(session, full.cast, now)  # what is cached per process is asked for once
        with sent(full.database) as statements:
            ask(session, full.cast, now)
    plans = [plan(full.database, each) for each in statements]
    assert any(index in each for each in plans), "\n\n".join(plans)
    whole = [each for each in plans if "Seq Scan on process_instance" in each or "SCAN process_instance" in each]
    assert whole == []


def test_whom_a_task_keeps_out_is_found_from_his_name_and_what_lies_open_from_its_holders(full: Full, now: datetime) -> None:
    by = replace(full.cast.outsider, roles=frozenset({(roles.MANAGER, "service")}))
    with full.database.reading(COMPANY) as session, sent(full.database) as statements:
        today.look(session, by, now=now)
        workload.look(session, by, now=now)
    plans = [plan(full.database, each) for each in statements]
    told = "\n\n".join(plans)
    assert "Seq Scan on user_task" not in told and "SCAN barred" not in told and "SCAN user_task" not in told, told
    is_sqlite = full.database.engine.dialect.name == "sqlite"
    for index in ("ix_user_task_department", *(("ix_work_item_load",) if is_sqlite else ("ix_user_task_barring_names",))):
        assert index in told, (index, told)


def test_what_a_department_finished_and_what_waits_at_steps_is_counted_from_its_own_part_of_an_index(
    full: Full, now: datetime
) -> None:
    by = replace(full.cast.outsider, roles=frozenset({(roles.MANAGER, "service")}))
    with full.database.reading(COMPANY) as session, sent(full.database) as statements:
        today.look(session, by, now=now)
        heat.look(session, full.cast.owner, "one", {}, now=now)
    told = [line.strip() for each in statements for line in plan(full.database, each).splitlines()]
    if full.database.engine.dialect.name == "sqlite":  # which knows no indexes that hold more than they are sorted by
        assert not [line for line in told if line.startswith(("SCAN of", "SCAN part", "SCAN process_instance"))], "\n".join(
            told
        )
        return
    for name in ("process_instance_ended", "user_task_waiting"):  # so few rows: by department or not costs the same
        found = [line for line in told if f"ix_{name}" in line]
        assert len(found) >= 2 and all("Index Only Scan" in line for line in found), "\n".join(told)


def test_the_board_by_process_reads_of_departments_what_they_began_and_never_all_cases_or_tasks(
    full: Full, now: datetime
) -> None:
    by = replace(full.cast.outsider, roles=frozenset({(roles.MANAGER, "service")}))
    with full.database.reading(COMPANY) as session:
        board.lines(session, by, now=now)
        with sent(full.database) as statements:
            board.lines(session, by, now=now)
    assert len(statements) <= 5
    told = "\n".join(plan(full.database, each) for each in statements)
    for whole in ("Seq Scan on process_instance", "Seq Scan on user_task", "SCAN process_instance", "SCAN user_task"):
        assert whole not in told, told
    for index in ("ix_process_instance_department", "ix_process_instance_ended", "ix_user_task_department"):
        assert index in told, (index, told)


def test_the_newest_notices_are_the_first_of_their_index_and_nothing_is_sorted_to_find_them(full: Full, now: datetime) -> None:
    with full.database.reading(COMPANY) as session, sent(full.database) as statements:
        notices.mine(session, full.cast.clerk, paging.WantedPage(), now=now)
    [asked] = [each for each in statements if "notice.created_at DESC" in each[0]]
    told = plan(full.database, asked)
    is_sqlite = full.database.engine.dialect.name == "sqlite"
    assert ("ix_notice_reader" if is_sqlite else "Backward using ix_notice_reader") in told, told
    assert told.count("TEMP B-TREE FOR ORDER BY") <= 1, "of those alone that are shown"


def test_the_inbox_asks_the_item_itself_when_it_is_due(full: Full, now: datetime) -> None:
    with full.database.reading(COMPANY) as session, sent(full.database) as statements:
        inbox.open_tasks(session, full.cast.clerk, inbox.InboxFilters(due="week"), paging.WantedPage(), now=now)
    asked = [each for each in statements if "work_item" in each[0]]
    assert asked and all("user_task.due_at BETWEEN" not in each and "sort_due BETWEEN" in each for each, _ in asked)
    told = plan(full.database, asked[-1])
    assert "sort_due" in told or "ix_work_item_person" in told, told


def test_what_the_inbox_is_searched_for_is_asked_row_by_row_in_the_order_of_the_index(full: Full, now: datetime) -> None:
    filters = inbox.InboxFilters(search="9", process="one", sort="arrival")
    with full.database.reading(COMPANY) as session, sent(full.database) as statements:
        page = inbox.open_tasks(session, full.cast.clerk, filters, paging.WantedPage(), now=now)
    [asked] = [each for each in statements if "UNION ALL" in each[0]]
    told = plan(full.database, asked)
    assert len(page.rows) == paging.SIZE and "Seq Scan on process_instance" not in told and "Hash Join" not in told, told
    merged = "Merge Append" if full.database.engine.dialect.name == "postgresql" else "MERGE"
    assert merged in told and "ix_work_item_person_arrival" in told and "ix_work_item_group_arrival" in told, told


@pytest.mark.both_databases
@pytest.mark.parametrize("due", ["overdue", "day", "week", "none", ""])
def test_the_due_filters_find_what_the_tasks_say(database: databases.Database, cast: Cast, now: datetime, due: str) -> None:
    kit.deploy(database, cast.owner, kit.diagram("due", kit.start(), *_due_tasks(), kit.end(), *_due_flows()), now=now)
    kit.begin(database, cast.clerk, "due", now=now)
    wanted = {"overdue": ["soon"], "day": ["tomorrow"], "week": ["tomorrow", "week"], "none": ["never"]}
    wanted[""] = ["soon", "tomorrow", "week", "never"]
    later = now + timedelta(hours=2)
    with database.reading(COMPANY) as session:
        page = inbox.open_tasks(session, cast.clerk, inbox.InboxFilters(due=due), paging.WantedPage(), now=later)
    assert [line.task_name for line in page.rows] == wanted[due]


DUE = {"soon": "PT1H", "tomorrow": "P1D", "week": "P6D", "never": ""}


def _due_tasks() -> list[str]:
    tasks = [kit.task(id, groups="客服专员", **({"due": due} if due else {})) for id, due in DUE.items()]
    return [kit.node("parallelGateway", "split"), *tasks]


def _due_flows() -> list[str]:
    return [kit.flow("started", "split"), *(kit.flow("split", id) + kit.flow(id, "done") for id in DUE)]


@pytest.fixture
def waiting(database: databases.Database, cast: Cast, now: datetime) -> Callable[[int, str], None]:
    """Adds cases of another process that wait for the message `paid`, with keys of their own or all with one."""
    caught = kit.node("intermediateCatchEvent", "caught", inner='<bpmn:messageEventDefinition messageRef="paid"/>')
    beside, form = kit.message("paid", "paid", "=subject"), kit.form("request", kit.text_field("subject"))
    flows = kit.chain("started", "caught", "done")
    kit.deploy(
        database, cast.owner, form, kit.diagram("waits", kit.start(form="request"), caught, kit.end(), flows, beside=beside)
    )
    first = kit.begin(database, cast.clerk, "waits", {"subject": "K1"})

    def more(count: int, key: str) -> None:
        row = kit.rows(database, models.Subscription, instance_key=first)[0]
        columns = {column.name: getattr(row, column.name) for column in models.Subscription.__table__.columns}
        added = [columns | {"key": keys.new(), "correlation_key": key.format(number)} for number in range(count)]
        with database.transaction() as session:
            session.execute(insert(models.Subscription), added)

    return more


def test_publishing_costs_the_same_whether_ten_wait_or_a_thousand(
    database: databases.Database, cast: Cast, waiting: Callable[[int, str], None]
) -> None:
    costs = []
    for count in (10, 990):  # the second time a thousand in all
        waiting(count, "other {}")
        again = kit.begin(database, cast.clerk, "waits", {"subject": f"mine {count}"})
        with database.transaction(COMPANY) as session, sent(database) as statements:
            taken = messages.publish(session, cast.owner, "paid", f"mine {count}", {}, now=kit.NOW)
            rows = [each for each in session.identity_map.values() if isinstance(each, models.Subscription)]
        assert taken.instance_keys == [again]
        costs.append((len(statements), len(rows)))
    assert costs[0] == costs[1] and costs[1][1] <= 1


def test_of_many_that_wait_with_one_key_the_longest_waiting_is_all_that_is_fetched(
    database: databases.Database, cast: Cast, waiting: Callable[[int, str], None]
) -> None:
    waiting(1000, "K1")
    message = models.Message(key=1, company_id=COMPANY, name="paid", correlation_key="K1")
    with database.reading(COMPANY) as session:
        found = session.execute(messages._asking(message)).scalars().all()
    assert [each.key for each in found] == [min(each.key for each in kit.rows(database, models.Subscription))]


def test_who_waits_for_a_message_is_found_by_its_key_in_an_index(
    database: databases.Database, cast: Cast, waiting: Callable[[int, str], None]
) -> None:
    waiting(WAITING, "other {}")
    databases.analyze(database)
    message = models.Message(key=1, company_id=COMPANY, name="paid", correlation_key="K1")
    with database.reading(COMPANY) as session, sent(database) as statements:
        session.execute(messages._asking(message)).all()
    told = plan(database, statements[-1])
    assert "Seq Scan" not in told and "SCAN subscription" not in told, told
    assert "ix_subscription_name" in told, told
    if database.engine.dialect.name == "sqlite":
        assert "COVERING INDEX ix_subscription_name (company_id=? AND kind=? AND name=? AND correlation_key=?)" in told
    else:
        assert "correlation_key" in told and "Seq Scan" not in told
