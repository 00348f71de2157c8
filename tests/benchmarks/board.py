"""Managers' pages over many cases: Today, who carries what, where it sticks, deadlines; on PostgreSQL, as whole requests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from engine import environment
from engine.background.insight import summing
from engine.people import organisation, roles
from engine.storage import keys, models
from tests.benchmarks import company, summed
from tests.benchmarks.figures import Figure
from tests.cast import COMPANY
from tests.engine import kit
from tests.web.pages import Browser
from web import create_app

RUNNING = 20_000  # cases that run; twice as many are finished
COMPARED = 1_000  # of which the past is written in both ways
PROCESSES, PEOPLE, DEPARTMENTS, DAYS = 10, 200, 10, 730
REPEATS = 20
REPORT = (
    "/status/reports/new?asked=1&p=board0&g0=ended/month&m=count&m=duration.median&show=line&period=last_12_months&by=ended"
)
PAGES = {
    "Today": ("/status/today", 300),
    "Today, its figures alone": ("/status/today/figures", 300),
    "who carries what": ("/status/workload", 300),
    "who carries what, what was done": ("/status/workload/done", None),
    "the board by process": ("/status", None),
    "a report over a year": (REPORT, 2000),
    "one process": ("/status/processes/board0", None),
    "where a process sticks": ("/status/processes/board0/heat", 500),
    "where it sticks, against the span before": ("/status/processes/board0/heat?days=365&against=before", None),
    "deadlines of all processes": ("/status/deadlines", None),
    "deadlines of a process": ("/status/deadlines?process=board0", None),
}
# Who holds what, by number: each process, its cases, the length of each, and moments before and after the first step.
CASES = """
CREATE UNLOGGED TABLE bench_case AS SELECT n, :first + n * 8 AS key, (n % :processes)::int AS p, (n / :processes % :people)::int AS person,
  n >= :running AS is_over,
  CASE WHEN n >= :running THEN CAST(:now AS timestamptz) - make_interval(secs => random() * :days * 86400)
       ELSE CAST(:now AS timestamptz) - make_interval(secs => -ln(1 - random()) * 4 * 86400) END AS at,
  make_interval(secs => -ln(1 - random()) * 3 * 86400) AS took
FROM generate_series(0, :running * 3 - 1) AS n
"""
INSTANCES = """
INSERT INTO process_instance (key, root_key, company_id, definition_key, process_id, version, process_name, category, number,
  title, summary, state, initiator, initiator_department, started_at, ended_at, priority, incidents, tokens, history_length,
  history_digest, announced)
SELECT c.key, c.key, :company, d.key, d.process_id, 1, d.name, '', 'B-' || c.n, '样例 ' || c.n, '[]',
  CASE WHEN is_over THEN 'completed' ELSE 'active' END, 'p' || person, 'd' || (person % :departments),
  CASE WHEN is_over THEN at - took ELSE at END, CASE WHEN is_over THEN at END, 50,
  CASE WHEN NOT is_over AND c.n % 500 = 0 THEN 1 ELSE 0 END, '{}', 0, '', 0
FROM bench_case c JOIN process_definition d ON d.process_id = 'board' || c.p
"""
TASKS = """
INSERT INTO user_task (key, company_id, instance_key, definition_key, process_id, department, element_id, name, token, state,
  kind, created_at, due_at, warn_at, completed_at, completed_by, priority, round, excluded, rule, parts)
SELECT c.key + :offset, :company, c.key, d.key, d.process_id, 'd' || (person % :departments), :element, :element, c.n::text,
  CASE WHEN is_over THEN 'completed' ELSE 'open' END, 'handle', begins, begins + interval '5 days', begins + interval '4 days',
  CASE WHEN is_over THEN ends END, CASE WHEN is_over THEN 'p' || person END, 50, 1,
  CASE WHEN c.n % 20 = 0 THEN '["p' || (person + 1) % :people || '"]' ELSE '[]' END, 'any', 1
FROM (SELECT *, CASE WHEN is_over THEN at - took * :from ELSE at END AS begins, at - took * :to AS ends FROM bench_case) c
JOIN process_definition d ON d.process_id = 'board' || c.p WHERE is_over OR c.n % 2 = :half
"""
ITEMS = """
INSERT INTO work_item (key, company_id, user_task_key, instance_key, username, group_name, state, sort_due, warn_at, process_id,
  department, created_at, done_at, done_by, reason, position, turn, weight, has_veto)
SELECT t.key + 2, :company, t.key, t.instance_key, CASE WHEN t.completed_by IS NULL AND c.n % 5 = 0 THEN NULL ELSE 'p' || c.person END,
  CASE WHEN c.n % 5 = 0 THEN '客服专员' END, CASE WHEN t.state = 'open' THEN 'open' ELSE 'done' END, t.due_at, t.warn_at,
  t.process_id, t.department, t.created_at, t.completed_at, t.completed_by, '', 'own', 0, '1', false
FROM user_task t JOIN bench_case c ON c.key = t.instance_key
"""

INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(:tables) AND indexname LIKE 'ix_%'"


def measure(running: int = RUNNING) -> Iterator[Figure]:
    """Each page's p95 for who follows all and for the manager of a department; what summing up the past takes.

    Of more cases than are summed up within minutes the past is written as summing up would have written it (`summed`).
    """
    if running > RUNNING:
        yield from _compared()
    now = company.clock()
    began = time.perf_counter()
    database = _made(running, now)
    yield Figure(f"making {running:,} running and {2 * running:,} finished cases", time.perf_counter() - began, "s")
    began = time.perf_counter()
    if running > RUNNING:
        with database.transaction() as session:
            summed.fill(session, COMPANY, now=now)
        _tidied(database)
        yield Figure("writing the past of them directly", time.perf_counter() - began, "s")
    else:
        yield Figure("summing up the past, per 1,000 finished cases", _sum_up(database, now) / running * 500, "s")
    yield from _pages(database)


def _compared() -> Iterator[Figure]:
    """That the past which is written directly is that of summing up; raises where it is not."""
    now = company.clock()
    database = _made(COMPARED, now)
    took = _sum_up(database, now)
    with database.transaction() as session:
        true = summed.written(session)
        summed.forget(session)
        summed.fill(session, COMPANY, now=now)
        direct = summed.written(session)
    for table, rows in true.items():
        assert rows and rows == direct[table], (table, sorted({*rows} ^ {*direct[table]})[:6])
    yield Figure("summing up the past, per 1,000 finished cases", took / COMPARED * 500, "s")
    yield Figure("rows of the past that are the same when written directly", sum(map(len, true.values())))


def _made(running: int, now: Any) -> company.databases.Database:
    database, cast = company.furnished()
    kit.deploy(database, cast.owner, *_processes(), now=now)
    with database.transaction() as session:
        _people(session)
        _fill(session, running, now)
    _tidied(database)
    return database


def _sum_up(database: company.databases.Database, now: Any) -> float:
    began = time.perf_counter()
    while not _summed_up(database, now):
        pass
    company.databases.analyze(database)
    return time.perf_counter() - began


def _pages(database: company.databases.Database) -> Iterator[Figure]:
    app = create_app(environment.Settings("localhost", 0, "", Path("/nowhere"), company.SECRET, 1), database, company.clock)
    for who, words in (("owner", "who follows all"), ("manager", "a department's manager")):
        browser = Browser(app).sign_in(who, password=company.PASSWORD)
        for name, (path, bound) in PAGES.items():
            if who == "owner" or not path.startswith(("/status/processes", "/status/deadlines")):
                yield Figure(f"{name}, {words}, p95", _p95(browser, path) * 1000, "ms", bound=bound)


def _p95(browser: Browser, path: str) -> float:
    spans = []
    browser.client.get(path)
    for _ in range(REPEATS):
        began = time.perf_counter()
        answer = browser.client.get(path)
        spans.append(time.perf_counter() - began)
        assert answer.status_code == 200, (path, answer.status_code)
    return sorted(spans)[int(REPEATS * 0.95) - 1]


def _summed_up(database: company.databases.Database, now: Any) -> bool:
    with database.transaction() as session:
        return summing.catch_up(session, COMPANY, now=now)


def _processes() -> Iterator[Any]:
    for number in range(PROCESSES):
        tasks = (kit.task(name, groups="客服专员", due="5wd") for name in ("a", "b"))
        flows = kit.chain("started", "a", "b", "done")
        yield kit.diagram(f"board{number}", kit.start(), *tasks, kit.end(), flows, title=f"看板 {number}")


def _people(session: Session) -> None:
    units = [{"key": keys.new(), "company_id": COMPANY, "id": f"d{n}", "name": f"部门 {n}"} for n in range(DEPARTMENTS)]
    session.execute(insert(models.Department), units)
    people = [
        {
            "key": keys.new(),
            "company_id": COMPANY,
            "username": f"p{n}",
            "name": f"人员 {n}",
            "department": f"d{n % DEPARTMENTS}",
        }
        for n in range(PEOPLE)
    ]
    session.execute(insert(models.Person), people)
    grant = {"username": "manager", "role": roles.MANAGER, "scope": "d3", "granted_by": "owner", "granted_at": company.clock()}
    session.add(models.RoleGrant(company_id=COMPANY, **grant))
    organisation.changed(session, COMPANY)


def _tidied(database: company.databases.Database) -> None:
    """As PostgreSQL tidies up by itself in the background: what is read from indexes alone needs it."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))


def _fill(session: Session, running: int, now: Any) -> None:
    """The rows, past the foreign keys and with the indexes made afterwards: a tenth of the time."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    indexes = session.execute(text(INDEXES), {"tables": ["process_instance", "user_task", "work_item"]}).all()
    for name, _made in indexes:
        session.execute(text(f'DROP INDEX "{name}"'))
    _insert(session, running, now)
    session.execute(text("SET LOCAL maintenance_work_mem = '500MB'"))
    for _name, made in indexes:
        session.execute(text(made))


def _insert(session: Session, running: int, now: Any) -> None:
    first = keys.new() - running * 3 * 8 - (1 << 40)
    session.execute(text("SELECT setseed(0.42)"))
    given = {"first": first, "processes": PROCESSES, "people": PEOPLE, "running": running, "days": DAYS, "now": now}
    session.execute(text(CASES), given)
    owned = {"company": COMPANY}
    session.execute(text(INSTANCES), {**owned, "departments": DEPARTMENTS})
    for offset, element, begins, ends, half in ((1, "a", 1.0, 0.6, 0), (2, "b", 0.6, 0.0, 1)):
        values = {
            "departments": DEPARTMENTS,
            "people": PEOPLE,
            "offset": offset,
            "element": element,
            "from": begins,
            "to": ends,
            "half": half,
        }
        session.execute(text(TASKS), {**owned, **values})
    session.execute(text(ITEMS), owned)
    session.execute(text("DROP TABLE bench_case"))
