"""Whatever people do with a task in whatever order: it is always somebody's, and done once."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import errors
from engine.cases import history
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from tests import cast as casting
from tests.cast import Cast
from tests.engine import kit

VERBS = ("claim", "unclaim", "save", "assign", "complete")
ROLES = ("clerk", "clerk2", "head", "manager", "owner", "outsider", "stranger")
acts = st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(ROLES), st.sampled_from(ROLES)), min_size=1, max_size=12)


def do(database: databases.Database, task: int, verb: str, by: Actor, other: str) -> None:
    with contextlib.suppress(errors.Refusal), database.transaction(by.company_id) as session:
        if verb == "claim":
            user_tasks.claim(session, by, task, now=kit.NOW)
        elif verb == "unclaim":
            user_tasks.unclaim(session, by, task, now=kit.NOW)
        elif verb == "save":
            user_tasks.save_draft(session, by, task, {"answer": by.username}, now=kit.NOW)
        elif verb == "assign":
            user_tasks.assign(session, by, task, other, "因为", now=kit.NOW)
        else:
            user_tasks.complete(session, by, task, {"answer": by.username}, now=kit.NOW)


def check(database: databases.Database, instance: int, task_key: int) -> None:
    [task] = kit.rows(database, models.UserTask, key=task_key)
    items: list[Any] = kit.rows(database, models.WorkItem, user_task_key=task_key)
    states = sorted(item.state for item in items)
    if task.state == "completed":
        assert states.count("done") == 1 and "open" not in states
        assert task.completed_by == next(item.username for item in items if item.state == "done")
        assert task.completed_by not in task.excluded
    else:
        assert "open" in states
        if task.assignee:
            [mine] = [item for item in items if item.state == "open"]
            assert mine.username == task.assignee
    with database.reading() as session:
        assert history.verify(session, instance) == []


@given(
    acts=acts,
    holders=st.sampled_from(["客服专员", "客服专员,部门负责人", '=string join(["没有", "人"])']),
    users=st.sampled_from(["", "clerk", "clerk,head"]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_task_is_always_somebodys_and_done_once(
    sqlite_database: databases.Database, acts: list[tuple[str, str, str]], holders: str, users: str
) -> None:
    database = sqlite_database
    cast = _cast(database)
    kit.deploy(
        database,
        cast.owner,
        kit.form("answer", kit.text_field("answer")),
        kit.diagram(
            "one",
            kit.start(),
            kit.task("a", groups=holders, users=users, form="answer"),
            kit.end(),
            kit.chain("started", "a", "done"),
        ),
    )
    instance = kit.begin(database, cast.clerk, "one")
    task = kit.open_task(database, instance, "a")
    for verb, role, other in acts:
        do(database, task, verb, getattr(cast, role), other)
        check(database, instance, task)


def _cast(database: databases.Database) -> Cast:
    """The cast, assembled with the first example and loaded again with the others."""
    if not kit.rows(database, models.Person):
        return casting.assemble(database)
    with database.reading() as session:
        loaded = {name: casting.actors.load(session, casting.COMPANY, name) for name in casting.PEOPLE}
        stranger = casting.actors.load(session, casting.OTHER, "stranger")
    return Cast(stranger=stranger, **loaded)  # type: ignore[arg-type]
