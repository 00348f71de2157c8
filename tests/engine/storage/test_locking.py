"""Reading under a lock brings every column from its own table, never from a namesake's."""

from __future__ import annotations

from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit


def test_each_of_several_approvals_in_a_row_keeps_its_outcome(database: databases.Database, cast: Cast) -> None:
    outcomes = {"kind": "approve", "outcomes": "approve,reject"}
    approvals = [kit.task(id, users=cast.head.username, **outcomes) for id in ("first", "second", "third")]
    kit.deploy(
        database,
        cast.owner,
        kit.diagram("approvals", kit.start(), *approvals, kit.end(), kit.chain("started", "first", "second", "third", "done")),
    )
    key = kit.begin(database, cast.clerk, "approvals")
    for element in ("first", "second", "third"):
        kit.complete(database, cast.head, key, element, outcome="approve")
    assert [task.outcome for task in kit.rows(database, models.UserTask, instance_key=key)] == ["approve"] * 3
