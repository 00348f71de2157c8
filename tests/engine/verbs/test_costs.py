"""What a completion costs: statements on PostgreSQL, and nothing more for a long past."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from sqlalchemy import event

from engine.people import actors
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import batches, kept_forms, user_tasks
from engine.verbs.running import process_instances
from tests.cast import Cast
from tests.engine import kit


@contextlib.contextmanager
def counted(database: databases.Database) -> Iterator[list[str]]:
    """The statements and commits that reach the database meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    def note_commit(_connection: object) -> None:
        seen.append("COMMIT")

    event.listen(database.engine, "before_cursor_execute", note)
    event.listen(database.engine, "commit", note_commit)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
        event.remove(database.engine, "commit", note_commit)


@pytest.fixture
def database(postgres_database: databases.Database) -> databases.Database:
    return postgres_database


def complete_as_the_web_does(database: databases.Database, username: str, task: int, submission: dict[str, str]) -> None:
    with database.transaction("acme") as session:
        by = actors.load(session, "acme", username)
        assert by is not None
        user_tasks.complete(session, by, task, submission, window=kept_forms.Window("here"), now=kit.NOW)


def test_a_plain_completion_takes_eight_statements_and_one_commit(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    for _ in range(2):  # the first one in a process also fills the caches
        key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
        with counted(database) as seen:
            complete_as_the_web_does(database, "clerk", kit.open_task(database, key, "a"), {"answer": "y"})
    statements = [statement for statement in seen if statement != "COMMIT"]
    statements = statements[1:]  # open_task above looks the key up
    assert len(statements) <= 8, "\n".join(statements)
    assert seen.count("COMMIT") == 1


def test_a_plain_start_takes_eight_statements_and_its_number_holds_others_up_for_the_last_five(
    database: databases.Database, cast: Cast
) -> None:
    content = (kit.start(), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, kit.diagram("plain", *content))
    for _ in range(2):
        with counted(database) as seen, database.transaction("acme") as session:
            by = actors.load(session, "acme", "clerk")
            assert by is not None
            process_instances.start(session, by, "plain", {}, now=kit.NOW)
    assert len(seen) == 9, "\n".join(seen)
    assert [place for place, statement in enumerate(seen) if "number_counter" in statement] == [3]


def test_a_register_and_what_a_case_is_found_by_cost_no_statement(database: databases.Database, cast: Cast) -> None:
    columns = [{"label": "标题", "value": "=subject"}, {"label": "部门", "value": "=department name of(answer)"}]
    kit.deploy(database, cast.owner, *kit.two_steps(register=columns, title_of_case="=subject + answer", searched=["=answer"]))
    for _ in range(2):
        key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
        with counted(database) as seen:
            complete_as_the_web_does(database, "clerk", kit.open_task(database, key, "a"), {"answer": "y"})
    assert len([statement for statement in seen if statement != "COMMIT"]) <= 9  # open_task is one of them
    assert kit.instance(database, key).register is not None


def test_a_claimed_task_takes_no_more(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    for _ in range(2):
        key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
        task = kit.open_task(database, key, "a")
        with database.transaction("acme") as session:
            user_tasks.claim(session, cast.clerk, task, now=kit.NOW)
        with counted(database) as seen:
            complete_as_the_web_does(database, "clerk", task, {"answer": "y"})
    assert len([statement for statement in seen if statement != "COMMIT"]) <= 8


def test_the_past_of_a_case_costs_nothing(database: databases.Database, cast: Cast) -> None:
    content = (
        kit.start(),
        kit.task("again", groups="客服专员", outcomes="go:再来,stop:结束"),
        kit.node("exclusiveGateway", "is_over"),
        kit.end(),
        kit.chain("started", "again", "is_over"),
        kit.flow("is_over", "again", '=outcome = "go"'),
        kit.flow("is_over", "done", '=outcome = "stop"'),
    )
    kit.deploy(database, cast.owner, kit.diagram("loop", *content))
    key = kit.begin(database, cast.clerk, "loop")
    sizes, counts = [], []
    for _ in range(60):
        task = kit.open_task(database, key, "again")
        with counted(database) as seen, database.transaction("acme") as session:
            user_tasks.complete(session, cast.clerk, task, {}, outcome="go", now=kit.NOW)
        counts.append(len(seen))
        with database.reading() as session:
            sizes.append(len(models.dumps(session.get_one(models.ProcessInstance, key, options=()).tokens)))
    assert len(set(counts[2:])) == 1
    assert sizes[-1] <= sizes[9] + 4  # but for the digits of counters
    assert kit.rows(database, models.UserTask, instance_key=key)[-1].round == 61


def test_each_task_of_a_bulk_approval_takes_the_statements_of_a_completion_within_its_savepoint(
    database: databases.Database, cast: Cast
) -> None:
    steps = kit.start(), kit.task("a", groups="客服专员", kind="approve"), kit.task("b", groups="主管领导"), kit.end()
    kit.deploy(database, cast.owner, kit.diagram("bulk", *steps, kit.chain("started", "a", "b", "done")))
    taken = []
    for size in (1, 1, 4):  # the first fills the caches
        tasks = [kit.open_task(database, kit.begin(database, cast.outsider, "bulk"), "a") for _ in range(size)]
        with database.transaction("acme") as session:
            key = batches.order(session, cast.clerk, batches.APPROVE, tasks, {}, now=kit.NOW).key
        with counted(database) as seen, database.transaction("acme") as session:
            batches.send(session, {"batch": key}, now=kit.NOW + batches.PAUSE)
        taken.append(len(seen))
        assert {row.state for row in kit.rows(database, models.UserTask) if row.key in tasks} == {"completed"}
    assert taken[2] - taken[1] == 3 * 9, "\n".join(seen)
