"""A notice that asks for something about one task is past once the task is done, withdrawn or handed on, whoever did it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import consulting, deputies, handing
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
DONE = "这一步已办"


def told(someone: Browser) -> str:
    return someone.get("/notices").words("main")


def unread(someone: Browser) -> str:
    return someone.client.get("/notices/count").text


@pytest.fixture
def waiting(database: databases.Database, cast: Cast) -> int:
    """A step that waits for the manager, who is away, as his deputy began the case; 部门负责人 manage the process."""
    steps = kit.start() + kit.task("b", assignee="manager", kind="approve") + kit.task("c", assignee="outsider") + kit.end()
    flows = kit.chain("started", "b", "c", "done")
    kit.deploy(database, cast.owner, kit.diagram("p", steps, flows, managers=["部门负责人"]))
    period = {"begins_at": kit.NOW - timedelta(hours=1), "ends_at": kit.NOW + timedelta(days=7)}
    with database.transaction(COMPANY) as session:
        deputies.set_up(session, cast.manager, "clerk2", now=kit.NOW - timedelta(hours=2), **period)
    key = kit.begin(database, cast.clerk2, "p")
    kit.notices(database)
    return key


def test_what_waited_for_somebody_away_is_past_once_he_has_done_it(
    database: databases.Database, cast: Cast, signed_in: SignedIn, waiting: int
) -> None:
    head = signed_in("head")
    assert "等待外出人员办理：b" in told(head) and DONE not in told(head) and unread(head) == "1"
    kit.complete(database, cast.manager, waiting, "b", outcome="approve")
    assert DONE in told(head) and unread(head) == ""


def test_what_waited_for_somebody_away_is_past_once_it_was_handed_on(
    database: databases.Database, cast: Cast, signed_in: SignedIn, waiting: int
) -> None:
    with database.transaction(COMPANY) as session:
        user_tasks.assign(session, cast.owner, kit.open_task(database, waiting, "b"), "owner", "换人", now=kit.NOW)
    assert DONE in told(signed_in("head")) and unread(signed_in("head")) == ""


def test_what_was_handed_to_somebody_is_past_once_it_was_taken_from_him(
    database: databases.Database, cast: Cast, signed_in: SignedIn, waiting: int
) -> None:
    kit.complete(database, cast.manager, waiting, "b", outcome="approve")
    task = kit.open_task(database, waiting, "c")
    with database.transaction(COMPANY) as session:
        handing.transfer(session, cast.outsider, task, "clerk", "请代劳", now=kit.NOW)
    clerk = signed_in("clerk")
    assert unread(clerk) == "2", "the notice, and the task as new work"
    with database.transaction(COMPANY) as session:
        user_tasks.assign(session, cast.owner, task, "outsider", "换人", now=kit.NOW)
    assert told(clerk).count("未读") == 1 and unread(clerk) == "1", "that it was taken from him, not that it was given"


def test_a_question_that_is_taken_back_is_not_unread_any_more(
    database: databases.Database, cast: Cast, signed_in: SignedIn, waiting: int
) -> None:
    task = kit.open_task(database, waiting, "b")
    with database.transaction(COMPANY) as session:
        consulting.consult(session, cast.manager, task, ["clerk"], "行不行？", now=kit.NOW)
    clerk = signed_in("clerk")
    assert unread(clerk) == "1"
    [question] = kit.rows(database, models.Consultation)
    with database.transaction(COMPANY) as session:
        consulting.take_back(session, cast.manager, question.key, now=kit.NOW)
    assert unread(clerk) == "1", "that it was taken back"
