"""Before a step that cannot be taken back nobody leaves out what decides about it: neither operators nor a case as it stands."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from engine import errors
from engine.operations import registry
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.approvals import jumps
from engine.verbs.operating import skipping, waiting
from engine.verbs.operating.changing import variables
from engine.verbs.running import incidents, timers
from tests.cast import Cast
from tests.engine import kit


def do(database: databases.Database, by: Any, verb: Any, key: int, *given: Any, **named: Any) -> None:
    with database.transaction("acme") as session:
        verb(session, by, key, *given, now=kit.NOW, **named)


@pytest.fixture
def case(database: databases.Database, cast: Cast) -> int:
    """fill → first ∥ second (approvals) → wait → pay (cannot be taken back) → file → end; waits at the approvals."""
    amount = kit.form("payment", {"type": "number", "key": "amount", "label": "金额"})
    content = (
        kit.start(form="payment"),
        kit.task("fill", groups="客服专员"),
        kit.node("parallelGateway", "split"),
        kit.task("first", users="head", kind="approve"),
        kit.task("second", users="manager", kind="approve"),
        kit.node("parallelGateway", "join"),
        kit.node("intermediateCatchEvent", "notice", inner=kit.timer("timeDuration", "P7D")),
        kit.task("pay", users="clerk2", irreversible="true"),
        kit.task("file", users="clerk2"),
        kit.end(),
        kit.chain("started", "fill", "split", "first", "join", "notice", "pay", "file", "done"),
        kit.chain("split", "second", "join"),
    )
    kit.deploy(database, cast.owner, amount, kit.diagram("paying", *content))
    key = kit.begin(database, cast.clerk, "paying", {"amount": 3})
    kit.complete(database, cast.clerk, key, "fill")
    return key


def test_no_operator_skips_jumps_or_changes_what_it_hangs_on(database: databases.Database, cast: Cast, case: int) -> None:
    for outcome in ("approve", "reject"):
        with pytest.raises(errors.Conflict, match="pay"):
            do(database, cast.owner, skipping.skip, case, "first", {}, "出差", outcome=outcome)
    with database.reading() as session:
        aims = {aim.element for place in jumps.places(session, cast.owner, case, now=kit.NOW) for aim in place.aims}
    assert aims == {"fill", "first", "second"}
    for target in ("pay", "file"):
        with pytest.raises(errors.Conflict, match="not moved forward") as told:
            do(database, cast.owner, jumps.jump, case, "first", target, "快")
        assert told.value.values["step"] == "pay"
    do(database, cast.owner, variables.set_variable, case, "amount", "number", "4", "录错")
    kit.complete(database, cast.head, case, "first", outcome="approve")
    with pytest.raises(errors.Conflict, match="approved"):
        do(database, cast.owner, variables.set_variable, case, "amount", "number", "400", "改")
    kit.complete(database, cast.manager, case, "second", outcome="approve")
    for verb, given in ((waiting.run_now, ()), (waiting.reschedule, ("2026-03-02T10:00:00+08:00",))):
        with pytest.raises(errors.Conflict, match="pay"):
            do(database, cast.owner, verb, case, "notice", *given, "不公示")
    assert {each.kind for each in kit.rows(database, models.HistoryEvent)}.isdisjoint({"skipped", "moved", "hurried"})


def test_moved_back_it_is_approved_anew(database: databases.Database, cast: Cast, case: int) -> None:
    kit.complete(database, cast.head, case, "first", outcome="approve")
    kit.complete(database, cast.manager, case, "second", outcome="approve")
    do(database, cast.owner, jumps.jump, case, "notice", "fill", "金额不对")
    with pytest.raises(errors.Conflict):
        do(database, cast.owner, jumps.jump, case, "fill", "pay", "照旧")
    kit.complete(database, cast.clerk, case, "fill")
    assert kit.open_elements(database, case) == ["first", "second"]
    with pytest.raises(errors.Conflict):
        do(database, cast.owner, jumps.jump, case, "first", "notice", "照旧")


def test_the_step_is_neither_opened_nor_done_while_an_approval_is_missing(
    database: databases.Database, cast: Cast, case: int
) -> None:
    kit.complete(database, cast.head, case, "first", outcome="approve")
    kit.complete(database, cast.manager, case, "second", outcome="approve")
    second = (models.UserTask.element_id == "second",)
    with database.transaction() as session:  # as a skip of before has left it
        session.execute(update(models.UserTask).where(*second).values(state="cancelled"))
    with database.transaction("acme") as session:
        [timer] = kit.rows(database, models.Timer)
        timers.fire(session, timer.key, now=timer.due_at)
    assert kit.open_elements(database, case) == [] and kit.instance(database, case).irreversible is None
    [incident] = kit.rows(database, models.Incident, state="open")
    assert incident.values["step"] == "pay" and incident.values["approval"] == "second"
    with database.transaction() as session:
        session.execute(update(models.UserTask).where(*second).values(state="completed"))
    do(database, cast.owner, incidents.resolve, incident.key)
    assert kit.open_elements(database, case) == ["pay"]
    with database.transaction() as session:
        session.execute(update(models.UserTask).where(*second).values(state="cancelled"))
    with pytest.raises(errors.Forbidden, match="nobody has decided"):
        kit.complete(database, cast.clerk2, case, "pay")
    assert kit.open_elements(database, case) == ["pay"] and kit.instance(database, case).irreversible is None


def test_work_that_must_not_be_done_yet_is_not_begun(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[bool] = []

    def ready(_context: Any) -> None:
        if not allowed:
            raise errors.Forbidden("Not yet.")

    operation = registry.RegisteredOperation(
        "test.burn", lambda _context: {}, False, frozenset(), frozenset(), True, ready=ready
    )
    monkeypatch.setitem(registry._registered, "test.burn", operation)
    content = (
        kit.start(),
        kit.task("check", groups="客服专员"),
        kit.service("burn", "test.burn"),
        kit.end(),
        kit.chain("started", "check", "burn", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("burning", *content))
    key = kit.begin(database, cast.clerk, "burning")
    kit.complete(database, cast.clerk, key, "check")
    [job] = kit.rows(database, models.Job, type="test.burn")
    assert job.state == "failed" and kit.instance(database, key).irreversible is None
    [incident] = kit.rows(database, models.Incident, state="open")
    with pytest.raises(errors.Forbidden, match="Not yet"):
        do(database, cast.owner, incidents.resolve, incident.key)
    allowed.append(True)
    do(database, cast.owner, incidents.resolve, incident.key)
    assert kit.instance(database, key).irreversible is not None


def test_nobody_agrees_in_anothers_place_where_nothing_cannot_be_taken_back(database: databases.Database, cast: Cast) -> None:
    verdict = kit.task("judge", users="head", kind="approve", outcomes="approve, later:以后再议, reject", result="verdict")
    flows = kit.chain("started", "judge", "done")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), verdict, kit.end(), flows))
    key = kit.begin(database, cast.clerk, "p")
    for outcome in ("approve", "later"):
        with pytest.raises(errors.Forbidden, match="in another's place"):
            do(database, cast.owner, skipping.skip, key, "judge", {}, "出差", outcome=outcome)
    assert kit.open_elements(database, key) == ["judge"]


def test_the_step_opens_in_the_very_transaction_of_the_approval_before_it(database: databases.Database, cast: Cast) -> None:
    content = (
        kit.start(),
        kit.task("agree", users="head", kind="approve"),
        kit.task("pay", users="clerk2", irreversible="true"),
        kit.end(),
        kit.chain("started", "agree", "pay", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("paying_at_once", *content))
    key = kit.begin(database, cast.clerk, "paying_at_once")
    kit.complete(database, cast.head, key, "agree", outcome="approve")
    assert kit.open_elements(database, key) == ["pay"]
    kit.complete(database, cast.clerk2, key, "pay")
    assert kit.instance(database, key).state == "completed"
