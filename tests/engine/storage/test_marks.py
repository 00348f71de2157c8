"""A start form that is sent twice, one after the other or at the same moment, starts one case."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from engine.background import housekeeping
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import process_instances
from tests.cast import COMPANY, Cast
from tests.engine import kit


def start(database: databases.Database, cast: Cast, mark: str, by: str = "clerk") -> int:
    with database.transaction(COMPANY) as session:
        actor = getattr(cast, by)
        return process_instances.start(session, actor, "two_steps", {"subject": "x"}, now=kit.NOW, mark=mark).key


def cases(database: databases.Database) -> int:
    return len(kit.rows(database, models.ProcessInstance))


def test_the_same_page_sent_again_gives_the_case_it_started(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    assert start(database, cast, "page-1") == start(database, cast, "page-1")
    assert start(database, cast, "page-2") != start(database, cast, "page-1")
    assert cases(database) == 2


def test_ten_at_the_same_moment_start_one_case(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    with ThreadPoolExecutor(10) as pool:
        keys = set(pool.map(lambda _: start(database, cast, "page"), range(10)))
    assert len(keys) == 1 and cases(database) == 1


def test_the_mark_of_one_person_says_nothing_about_anothers(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    assert start(database, cast, "page") != start(database, cast, "page", by="clerk2")


def test_without_a_mark_every_start_counts(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    assert start(database, cast, "") != start(database, cast, "")


def test_a_refused_start_leaves_the_mark_free(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    try:
        with database.transaction(COMPANY) as session:
            process_instances.start(session, cast.clerk, "two_steps", {}, now=kit.NOW, mark="page")
    except process_instances.errors.Invalid:
        pass
    assert start(database, cast, "page") and cases(database) == 1


def test_old_marks_are_forgotten(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    start(database, cast, "page")
    with database.transaction() as session:
        housekeeping.daily(session, now=datetime.now(UTC) + timedelta(days=100))  # keys tell the real time
    assert not kit.rows(database, models.PageMark)
