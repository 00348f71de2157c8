"""A supervision whose step is done meanwhile is gone from its holder's list; he hears why, and its page says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from engine.background.worker import Worker
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
LATER = kit.NOW + timedelta(hours=2)


def test_a_supervision_ends_with_what_it_supervises(database: databases.Database, cast: Cast, signed_in: SignedIn) -> None:
    late = kit.boundary("late", "judge", kit.timer("timeDuration", "PT1H"), interrupting=False)
    stop = kit.end("judged", definition='<bpmn:terminateEventDefinition id="stop"/>')
    steps = kit.start("begun") + kit.task("judge", users="clerk") + late + kit.task("supervise", users="head,manager")
    inner = steps + stop + kit.end("seen") + kit.chain("begun", "judge", "judged") + kit.chain("late", "supervise", "seen")
    scope = kit.node("subProcess", "judging", inner=inner)
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "p",
            kit.start(),
            scope,
            kit.task("solve", users="clerk"),
            kit.end(),
            kit.chain("started", "judging", "solve", "done"),
        ),
    )
    case = kit.begin(database, cast.outsider, "p")
    Worker(database, lambda: LATER).run_once()
    assert sorted(kit.open_elements(database, case)) == ["judge", "supervise"]
    task = kit.open_task(database, case, "supervise")
    with database.transaction(COMPANY) as session:
        user_tasks.claim(session, cast.head, task, now=LATER)
    kit.complete(database, cast.clerk, case, "judge", now=LATER)
    assert kit.open_elements(database, case) == ["solve"]
    kit.notices(database)
    assert kit.rows(database, models.UserTask, key=task)[0].state == "cancelled"
    head = signed_in("head")
    assert "supervise" not in head.get("/inbox").words("main")
    assert "您的待办已撤下" in head.get("/notices").words("main")
    assert "不需要" in head.get(f"/tasks/{task}").text or "无需" in head.get(f"/tasks/{task}").text
    kit.complete(database, cast.clerk, case, "solve", now=LATER)
    assert kit.instance(database, case).state == "completed"
