"""Acts on many tasks: each for itself, undone in time, sent once; what wants to be read first is left out; what a leaver leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import errors
from engine.background.worker import Worker
from engine.cases.rights import over
from engine.people import actors, organisation
from engine.queries import paging
from engine.queries.inbox import inbox
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import batches, user_tasks
from engine.verbs.approvals import signers
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_handing import NOW, begin, do


def ten_seconds_later(database: databases.Database) -> None:
    for _ in range(3):
        Worker(database, lambda: NOW + timedelta(seconds=11)).run_once()


def test_line_17_many_are_approved_each_for_itself(database: databases.Database, cast: Cast) -> None:
    keys = [begin(database, cast) for _ in range(2)] + [kit.begin(database, cast.clerk, "approval") for _ in range(11)]
    tasks = [kit.open_task(database, key, "look") for key in keys]
    row = do(database, batches.order, cast.head, "approve", tasks, {"opinion": "统一批准"}, now=NOW)
    Worker(database, lambda: NOW).run_once()
    assert {kit.instance(database, key).state for key in keys} == {"active"}  # it can still be undone
    kit.complete(database, cast.head, keys[0], "look", outcome="reject", opinion="先拒")
    ten_seconds_later(database)
    (batch,) = kit.rows(database, models.Batch, key=row.key)
    assert batch.state == "done" and len(batch.results) == 13
    refused = [each for each in batch.results if "refused" in each]
    assert [(each["task"], each["refused"]) for each in refused] == [(tasks[0], over.DONE_BY_YOU)]
    assert {kit.instance(database, key).state for key in keys} == {"completed"}
    assert kit.rows(database, models.UserTask, key=tasks[5])[0].opinion == "统一批准"


def test_line_17_what_asks_for_more_than_a_yes_is_not_approved_with_others(database: databases.Database, cast: Cast) -> None:
    conditions: list[dict[str, Any]] = [{"form": "extra"}, {"batch": "never"}, {"irreversible": "true"}, {"kind": "handle"}]
    for properties in conditions:
        key = begin(database, cast, **properties)
        row = do(database, batches.order, cast.head, "approve", [kit.open_task(database, key, "look")], {}, now=NOW)
        assert row.state == "done" and "please open it" in row.results[0]["refused"], "told at once, not after ten seconds"
        ten_seconds_later(database)
        assert kit.instance(database, key).state == "active"
    free = begin(database, cast, form="free")
    do(database, batches.order, cast.head, "approve", [kit.open_task(database, free, "look")], {}, now=NOW)
    ten_seconds_later(database)
    assert kit.instance(database, free).state == "completed"


def test_what_is_refused_at_once_leaves_the_others_to_be_undone_or_sent(database: databases.Database, cast: Cast) -> None:
    barred, free = begin(database, cast, form="extra"), begin(database, cast, form="free")
    tasks = [kit.open_task(database, key, "look") for key in (barred, free)]
    first = do(database, batches.order, cast.head, "approve", tasks, {}, now=NOW)
    assert [each["task"] for each in first.results] == tasks[:1]
    do(database, batches.undo, cast.head, first.key, now=NOW)
    do(database, batches.order, cast.head, "approve", tasks, {}, now=NOW)
    ten_seconds_later(database)
    assert [kit.instance(database, key).state for key in (barred, free)] == ["active", "completed"]


def test_line_17_what_a_delegate_is_against_or_was_begun_is_not_approved_with_others(
    database: databases.Database, cast: Cast
) -> None:
    against, agreed, begun = (begin(database, cast, form="free") for _ in range(3))
    for key, by, outcome in (
        (against, cast.manager, "reject"),
        (agreed, cast.manager, "reject"),
        (agreed, cast.owner, "approve"),  # who is asked last counts
    ):
        do(database, signers.delegate, cast.head, kit.open_task(database, key, "look"), by.username, "代看", now=NOW)
        kit.complete(database, by, key, "look", outcome=outcome, opinion="价格偏高")
    do(database, user_tasks.save_draft, cast.head, kit.open_task(database, begun, "look"), {"remark": "写到一半"}, now=NOW)
    with database.reading("acme") as session:
        lines = inbox.open_tasks(session, cast.head, inbox.InboxFilters(), paging.WantedPage(), now=NOW).rows
    told = {line.instance_key: line.against for line in lines}
    assert told == {against: inbox.Against("毛经理", "delegated", "reject", "价格偏高"), agreed: None, begun: None}
    tasks = [kit.open_task(database, key, "look") for key in (against, agreed, begun)]
    row = do(database, batches.order, cast.head, "approve", tasks, {"opinion": "统一批准"}, now=NOW)
    ten_seconds_later(database)
    (batch,) = kit.rows(database, models.Batch, key=row.key)
    results = {each["task"]: (each.get("refused"), each.get("values")) for each in batch.results}
    assert results[tasks[0]] == (batches.ADVISED_AGAINST, {"name": "毛经理"})
    assert (results[tasks[1]][0], results[tasks[2]][0]) == (None, batches.BEGUN_ALREADY)
    states = [kit.instance(database, key).state for key in (against, agreed, begun)]
    assert states == ["active", "completed", "active"]


def test_an_act_on_many_is_undone_in_time_by_its_author(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    task = kit.open_task(database, key, "look")
    row = do(database, batches.order, cast.head, "approve", [task], {}, now=NOW)
    with pytest.raises(errors.NotFound):
        do(database, batches.undo, cast.clerk, row.key, now=NOW)
    do(database, batches.undo, cast.head, row.key, now=NOW)
    ten_seconds_later(database)
    assert kit.instance(database, key).state == "active"
    sent = do(database, batches.order, cast.head, "transfer", [task], {"to": "manager", "reason": "x"}, now=NOW)
    ten_seconds_later(database)
    assert kit.rows(database, models.UserTask, key=task)[0].assignee == "manager"
    with pytest.raises(errors.Conflict, match="sent already"):
        do(database, batches.undo, cast.head, sent.key, now=NOW)


def test_an_act_that_is_sent_twice_is_done_once(database: databases.Database, cast: Cast) -> None:
    tasks = [kit.open_task(database, begin(database, cast), "look") for _ in range(2)]
    first = do(database, batches.order, cast.head, "claim", tasks, {}, mark="page", now=NOW)
    again = do(database, batches.order, cast.head, "claim", tasks[::-1], {}, mark="page", now=NOW)
    assert again.key == first.key and len(kit.rows(database, models.Batch)) == 1
    with pytest.raises(errors.Conflict, match="sent already"):
        do(database, batches.order, cast.head, "claim", tasks[:1], {}, mark="page", now=NOW)
    assert do(database, batches.order, cast.head, "claim", tasks, {}, mark="other", now=NOW).key != first.key


def test_what_may_be_chosen_for_one_act(database: databases.Database, cast: Cast) -> None:
    task = kit.open_task(database, begin(database, cast), "look")
    kit.deploy(database, cast.owner, *kit.two_steps())
    other = kit.open_task(database, kit.begin(database, cast.clerk, "two_steps", {"subject": "x"}), "a")
    for operation, chosen, values in (
        ("approve", [], {}),
        ("approve", [task, other], {}),
        ("approve", list(range(1, 102)), {}),
        ("destroy", [task], {}),
        ("transfer", [task], {"to": "manager"}),
        ("transfer", [task], {"to": "nobody", "reason": "x"}),
    ):
        with pytest.raises(errors.Invalid):
            do(database, batches.order, cast.owner, operation, chosen, values, now=NOW)
    with pytest.raises(errors.NotFound):
        do(database, batches.order, cast.outsider, "claim", [task], {}, now=NOW)


def test_line_14_who_leaves_is_relieved_of_everything_and_gets_nothing_new(database: databases.Database, cast: Cast) -> None:
    keys = [begin(database, cast, users="head,manager", rule="all"), begin(database, cast)]
    with pytest.raises(errors.Forbidden):
        do(database, batches.order_reassignment, cast.clerk, "head", "outsider", "离职", now=NOW)
    do(database, batches.order_reassignment, cast.owner, "head", "outsider", "离职", now=NOW)
    ten_seconds_later(database)
    lies = {each.username for each in kit.rows(database, models.WorkItem, state="open")}
    assert lies == {"outsider", "manager"} and len(kit.rows(database, models.Batch)[0].results) == 2
    with database.transaction() as session:
        session.execute(models.Person.__table__.update().where(models.Person.username == "head").values(is_disabled=True))
        organisation.changed(session, "acme")
    with database.reading() as session:
        clerk = actors.load(session, "acme", "clerk", now=NOW)
    assert clerk is not None
    new = kit.begin(database, clerk, "approval")
    assert [each.username for each in kit.rows(database, models.WorkItem, instance_key=new)] == ["owner"]
    assert kit.instance(database, keys[0]).state == "active"
