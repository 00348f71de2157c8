"""Deputies [外出委托]: who sees and does what for whom, and what four eyes forbid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import errors
from engine.cases.rights import access
from engine.people import actors
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.inbox import inbox
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import deputies
from tests.cast import Cast
from tests.engine import kit

NOW = kit.NOW
WEEK = timedelta(days=7)


def acting(database: databases.Database, username: str, now: Any = NOW) -> Actor:
    with database.reading("acme") as session:
        found = actors.load(session, "acme", username, now=now)
    assert found is not None
    return found


def stand_in(database: databases.Database, by: Actor, deputy: str, **values: Any) -> int:
    given = {"begins_at": NOW, "ends_at": NOW + WEEK, "now": NOW, **values}
    with database.transaction("acme") as session:
        return deputies.set_up(session, by, deputy, **given).key


def waiting(database: databases.Database, by: Actor) -> list[int]:
    with database.reading("acme") as session:
        lines = inbox.open_tasks(session, by, inbox.InboxFilters(), paging.WantedPage(), now=NOW).rows
        assert len(lines) == inbox.count(session, by)
        return [line.task_key for line in lines]


def begin(database: databases.Database, cast: Cast, *, by: Actor | None = None, **properties: str) -> int:
    task = kit.task("look", users="manager", kind="approve", **properties)
    flow = (kit.start(), task, kit.end(), kit.chain("started", "look", "done"))
    kit.deploy(database, cast.owner, kit.diagram("away", *flow))
    return kit.begin(database, by or cast.clerk, "away")


def test_who_goes_away_hears_which_tasks_his_deputy_cannot_take_and_why(database: databases.Database, cast: Cast) -> None:
    joint = kit.task("both", users="manager,head", kind="approve", rule="all")
    flow = (kit.start(), joint, kit.end(), kit.chain("started", "both", "done"))
    kit.deploy(database, cast.owner, kit.diagram("joint", *flow, texts={"en": {"both": "Both of them"}}))
    number = kit.instance(database, kit.begin(database, cast.clerk, "joint")).number
    begin(database, cast)
    stand_in(database, cast.manager, "head")
    [told] = [row for row in kit.rows(database, models.Notice, username="manager") if "不能代办" in row.subject]
    assert f"“both”（{number}，代理人自己也参加办理）" in told.body and "look" not in told.body
    assert f"“Both of them” ({number}, " in told.texts["en"]["body"], "and who reads English, in the process's own English"
    stand_in(database, cast.manager, "outsider", begins_at=NOW + WEEK, ends_at=NOW + 2 * WEEK)
    assert len([row for row in kit.rows(database, models.Notice, username="manager") if "不能代办" in row.subject]) == 1


def test_old_and_new_tasks_lie_with_the_deputy_until_it_is_taken_back(database: databases.Database, cast: Cast) -> None:
    old = kit.open_task(database, begin(database, cast), "look")
    key = stand_in(database, cast.manager, "head")
    new = kit.open_task(database, kit.begin(database, cast.clerk, "away"), "look")
    assert waiting(database, acting(database, "head")) == [old, new] == waiting(database, acting(database, "manager"))
    assert waiting(database, acting(database, "head", NOW + WEEK)) == []
    with database.transaction("acme") as session:
        deputies.end(session, cast.manager, key, now=NOW)
    assert waiting(database, acting(database, "head")) == [] and len(waiting(database, cast.manager)) == 2
    with database.transaction("acme") as session, pytest.raises(errors.Conflict, match="毛经理 has ended this"):
        deputies.end(session, cast.owner, key, now=NOW)


def test_only_new_tasks_and_only_of_the_processes_that_were_named(database: databases.Database, cast: Cast) -> None:
    begin(database, cast)
    stand_in(database, cast.manager, "head", covers_existing=False, begins_at=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    assert waiting(database, acting(database, "head", later)) == []
    new = kit.begin(database, cast.clerk, "away", now=later)
    assert waiting(database, acting(database, "head", later)) == [kit.open_task(database, new, "look")]
    kit.deploy(database, cast.owner, *kit.two_steps())
    stand_in(database, cast.manager, "clerk2", processes=["two_steps"])
    assert waiting(database, acting(database, "clerk2")) == []


def test_the_deputy_acts_in_the_name_of_whom_he_stands_in_for(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast)
    stand_in(database, cast.manager, "head")
    task = kit.open_task(database, key, "look")
    with database.transaction("acme") as session:
        user_tasks.claim(session, acting(database, "head"), task, now=NOW)
    kit.complete(database, acting(database, "head"), key, "look", outcome="approve")
    (item,) = kit.rows(database, models.WorkItem, user_task_key=task)
    assert (item.username, item.done_by, item.state, item.first_owner) == ("manager", "head", "done", "manager")
    done = kit.rows(database, models.HistoryEvent, instance_key=key, kind="completed")[0]
    assert (done.actor, done.data["for"]) == ("head", "manager")
    assert kit.instance(database, key).state == "completed"


def test_the_groups_of_whoever_is_away_count_too(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    key = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    stand_in(database, cast.clerk2, "outsider")
    with database.reading("acme") as session:
        assert access.may_see(session, acting(database, "outsider"), session.get_one(models.ProcessInstance, key))
    kit.complete(database, acting(database, "outsider"), key, "a", {"answer": "y"})
    (item,) = kit.rows(database, models.WorkItem, instance_key=key, state="done")
    assert (item.username, item.done_by) == ("clerk2", "outsider")


def test_line_15_chains_and_loops_are_cut(database: databases.Database, cast: Cast) -> None:
    begin(database, cast)
    stand_in(database, cast.manager, "head")
    stand_in(database, cast.head, "outsider")
    assert waiting(database, acting(database, "outsider")) == []  # one step only
    told = kit.rows(database, models.Notice, username="manager")
    assert [each.subject for each in told] == ["您的代理人也外出：何负责"]
    for name in ("manager", "head"):
        with pytest.raises(errors.Invalid, match="in a circle") as refused:
            stand_in(database, cast.outsider, name)
        assert "deputy" in refused.value.fields
    stand_in(database, cast.outsider, "manager", begins_at=NOW + WEEK, ends_at=NOW + 2 * WEEK)  # one after the other is none


def test_line_15_a_deputy_never_approves_his_own_request(database: databases.Database, cast: Cast) -> None:
    key = begin(database, cast, by=cast.head)
    stand_in(database, cast.manager, "head")
    task = kit.open_task(database, key, "look")
    assert waiting(database, acting(database, "head")) == []
    with database.transaction("acme") as session, pytest.raises(errors.Forbidden, match="your own request"):
        user_tasks.complete(session, acting(database, "head"), task, {}, outcome="approve", now=NOW)
    assert kit.instance(database, key).state == "active"


def test_what_keeps_either_of_the_two_out_keeps_out_the_deputy(database: databases.Database, cast: Cast) -> None:
    first = kit.task("first", users="head")
    second = kit.task("second", users="head,manager", separate_from="first")
    flow = (kit.start(), first, second, kit.end(), kit.chain("started", "first", "second", "done"))
    kit.deploy(database, cast.owner, kit.diagram("witnesses", *flow))
    key = kit.begin(database, cast.clerk, "witnesses")
    kit.complete(database, cast.head, key, "first")
    task = kit.open_task(database, key, "second")
    stand_in(database, cast.manager, "head")
    with database.transaction("acme") as session, pytest.raises(errors.Forbidden):
        user_tasks.complete(session, acting(database, "head"), task, {}, now=NOW)
    stand_in(database, cast.head, "outsider")
    assert waiting(database, acting(database, "outsider")) == []


def test_two_signatures_beside_each_other_are_two_people_s(database: databases.Database, cast: Cast) -> None:
    fork, join = kit.node("parallelGateway", "fork"), kit.node("parallelGateway", "join")
    one = kit.task("one", users="head,manager", separate_from="two")
    two = kit.task("two", users="manager,owner", separate_from="one")
    ways = (kit.chain("started", "fork", "one", "join", "done"), kit.chain("fork", "two", "join"))
    kit.deploy(database, cast.owner, kit.diagram("both", kit.start(), fork, one, two, join, kit.end(), *ways))
    key = kit.begin(database, cast.clerk, "both")
    stand_in(database, cast.owner, "head")
    kit.complete(database, cast.head, key, "one")
    with pytest.raises(errors.Forbidden, match="another part"):
        kit.complete(database, acting(database, "head"), key, "two")
    kit.complete(database, cast.manager, key, "two")
    again = kit.begin(database, cast.clerk, "both")
    kit.complete(database, cast.manager, again, "one")
    with pytest.raises(errors.Forbidden, match="another part"):
        kit.complete(database, cast.manager, again, "two")


def test_nobody_but_oneself_and_administrators_sets_a_deputy_up(database: databases.Database, cast: Cast) -> None:
    with pytest.raises(errors.Forbidden):
        stand_in(database, cast.clerk, "head", principal="manager")
    key = stand_in(database, cast.owner, "head", principal="manager")
    for by, refusal in ((cast.clerk, errors.NotFound), (cast.head, errors.Forbidden)):
        with database.transaction("acme") as session, pytest.raises(refusal):
            deputies.end(session, by, key, now=NOW)
    for values in ({"ends_at": NOW}, {"ends_at": NOW + 400 * timedelta(days=1)}, {"processes": ["none"]}):
        with pytest.raises(errors.Invalid):
            stand_in(database, cast.clerk, "head", **values)
    for name in ("clerk", "nobody"):
        with pytest.raises(errors.Invalid):
            stand_in(database, cast.clerk, name)
