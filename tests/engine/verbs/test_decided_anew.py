"""What is decided anew as a signer does not agree: by a deputy, and in place of somebody who has left meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.background import worker
from engine.cases.rights import standing_in
from engine.people import actors, organisation
from engine.people.actors import Actor
from engine.queries.inbox import inbox
from engine.queries.paging import WantedPage
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.approvals import deputies
from engine.verbs.organisation import leaving
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_signers import ask, begun, note_of, say, states_now


def acting(database: databases.Database, username: str) -> Actor:
    """As he signs in now, in the company as it is now."""
    with database.reading("acme") as session:
        by = actors.load(session, "acme", username, now=kit.NOW)
    assert by is not None
    return by


def leave(database: databases.Database, cast: Cast, username: str, successor: str) -> None:
    with database.transaction("acme") as session:
        leaving.leave(session, cast.owner, username, leaving.Plan(successor), now=kit.NOW)


def _objected_after_it_was_done(
    database: databases.Database, cast: Cast, by: Actor, between: Callable[[], None] = lambda: None, **properties: str
) -> tuple[int, int]:
    """Somebody asks for a signature beside him and decides; the signer then does not agree, where the step offers no refusal."""
    case, task = begun(database, cast, outcomes="approve:核准", **properties)
    ask(database, by, task, "beside", "owner")
    say(database, by, task, note="我的", opinion="拟同意")
    between()
    say(database, acting(database, "owner"), task, "reject", opinion="依据不足")
    return case, task


def test_a_deputy_who_had_decided_decides_anew_when_a_signer_does_not_agree(database: databases.Database, cast: Cast) -> None:
    with database.transaction("acme") as session:
        deputies.set_up(session, cast.manager, "head", begins_at=kit.NOW, ends_at=kit.NOW + timedelta(days=7), now=kit.NOW)
    deputy = acting(database, "head")
    case, task = _objected_after_it_was_done(database, cast, deputy)
    with database.reading("acme") as session:
        lines = inbox.open_tasks(session, deputy, inbox.InboxFilters(), WantedPage(), now=kit.NOW).rows
        assert [line.task_key for line in lines] == [task] and inbox.count(session, deputy) == 1
        company = organisation.current(session, "acme")
        parts = [(each, session.get_one(models.UserTask, task)) for each in kit.rows(database, models.WorkItem, state="open")]
        assert [each.able for each in standing_in.on(session, company, parts, now=kit.NOW).values()] == [["head"]]
    say(database, deputy, task, note="又看了", opinion="已补依据")
    assert kit.open_elements(database, case) == ["go_on"] and note_of(database, case) == "又看了"


def test_what_comes_back_to_somebody_who_has_left_goes_to_whoever_took_his_place(
    database: databases.Database, cast: Cast
) -> None:
    case, task = _objected_after_it_was_done(database, cast, cast.manager, lambda: leave(database, cast, "manager", "head"))
    assert states_now(database, task) == {"head": "open", "owner": "done"}
    assert [each.assignee for each in kit.rows(database, models.UserTask, key=task)] == ["head"]
    last = kit.notices(database, username="head")[-1]
    assert "不同意" in last.subject and "依据不足" in last.body
    assert kit.notices(database, username="manager") == []
    moved = kit.rows(database, models.HistoryEvent, instance_key=case, kind="reassigned")
    assert [(event.data["before"], event.data["to"], event.data["left"]) for event in moved] == [("manager", "head", True)]
    say(database, acting(database, "head"), task, note="接手", opinion="已核")
    assert kit.open_elements(database, case) == ["go_on"] and note_of(database, case) == "接手"


@pytest.mark.parametrize(
    ("given", "holder"),
    [
        ({"users": "", "groups": "客服专员"}, (None, "客服专员")),
        ({"users": "clerk", "empty": "manager"}, ("manager", None)),
        ({"users": "clerk", "empty": "incident"}, (None, None)),
        ({"users": "clerk,head", "rule": "all"}, (None, None)),
    ],
    ids=["group", "empty", "incident", "joint"],
)
def test_without_a_successor_it_goes_where_the_step_says(
    database: databases.Database, cast: Cast, given: dict[str, str], holder: tuple[str | None, str | None]
) -> None:
    case, task = _objected_after_it_was_done(
        database, cast, cast.clerk, lambda: leave(database, cast, "clerk", ""), **{"users": "", **given}
    )
    rows = kit.rows(database, models.WorkItem, user_task_key=task, state="open")
    assert [(row.username, row.group_name) for row in rows if row.username != "head"] == [holder]
    worker.Worker(database, lambda: kit.NOW).run_once()
    told = kit.rows(database, models.Incident, instance_key=case, state="open")
    assert bool(told) is (holder == (None, None))


def test_a_no_to_a_signer_who_has_left_goes_to_who_asked_him(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast, outcomes="approve:核准")
    ask(database, cast.manager, task, "beside", "head")
    ask(database, cast.head, task, "beside", "clerk")
    for by in (cast.manager, cast.head):
        say(database, by, task, note="我的", opinion="拟同意")
    leave(database, cast, "head", "")
    say(database, acting(database, "clerk"), task, "reject", opinion="依据不足")
    assert states_now(database, task) == {"manager": "open", "head": "done", "clerk": "done"}
    say(database, acting(database, "manager"), task, note="又看了", opinion="已补依据")
    assert kit.open_elements(database, case) == ["go_on"] and note_of(database, case) == "又看了"
