"""What the page of background work counts: work that is still of use."""

from __future__ import annotations

from engine.queries.operations import working
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit


def test_deadlines_of_what_is_done_are_no_work_that_waits(database: databases.Database, cast: Cast) -> None:
    task = kit.task("a", groups="客服专员", due="2d", warn="1d")
    flow = (kit.start(), task, kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, cast.owner, kit.diagram("timed", *flow, due="5d"))
    first, _second = (kit.begin(database, cast.clerk, "timed") for _each in range(2))

    def later() -> dict[str, int]:
        with database.reading("acme") as session:
            return {
                each.kind: each.later for each in working.working(session, cast.owner, now=kit.NOW).queues if "." in each.kind
            }

    before = later()
    assert before["user_tasks.warn"] == before["user_tasks.overdue"] == before["process_instances.overdue"] == 2
    kit.complete(database, cast.clerk, first, "a")
    assert later() == {kind: 1 if count == 2 else count for kind, count in before.items()}
