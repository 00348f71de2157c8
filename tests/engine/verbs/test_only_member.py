"""A step for a group in which one person alone can act: he fills it in without claiming it, and saving or sending makes it his."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import errors
from engine.people import actors
from engine.people.actors import Actor
from engine.queries.inbox import task_page
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import deputies
from engine.verbs.organisation import groups
from tests.cast import COMPANY, Cast
from tests.engine import kit


def deploy(database: databases.Database, cast: Cast, group: str = "主管领导", **settings: str) -> int:
    steps = kit.start(), kit.task("judge", groups=group, form="judging", **settings), kit.end()
    drawn = kit.diagram("one", *steps, kit.chain("started", "judge", "done"))
    kit.deploy(database, cast.owner, kit.form("judging", kit.text_field("finding")), drawn)
    return kit.open_task(database, kit.begin(database, cast.clerk, "one"), "judge")


def page(database: databases.Database, by: Actor, key: int) -> task_page.TaskPage:
    with database.reading(COMPANY) as session:
        shown = task_page.task_page(session, by, key, now=kit.NOW)
    assert isinstance(shown, task_page.TaskPage)
    return shown


def load(database: databases.Database, username: str) -> Actor:
    with database.reading(COMPANY) as session:
        actor = actors.load(session, COMPANY, username, now=kit.NOW)
    assert actor is not None
    return actor


def save(database: databases.Database, by: Actor, key: int, **values: str) -> None:
    with database.transaction(COMPANY) as session:
        user_tasks.save_draft(session, by, key, values, now=kit.NOW)


def item_of(database: databases.Database, key: int) -> models.WorkItem:
    [item] = kit.rows(database, models.WorkItem, user_task_key=key)
    assert isinstance(item, models.WorkItem)
    return item


def test_the_only_member_fills_in_at_once_and_saving_makes_it_his(database: databases.Database, cast: Cast) -> None:
    key = deploy(database, cast)
    shown = page(database, cast.manager, key)
    assert shown.fills_in and not shown.may_unclaim
    assert item_of(database, key).username is None, "looking takes nothing"
    save(database, cast.manager, key, finding="")
    assert item_of(database, key).username is None, "nothing was begun"
    save(database, cast.manager, key, finding="属实")
    item = item_of(database, key)
    assert (item.username, item.claimed_from) == ("manager", "主管领导")
    shown = page(database, cast.manager, key)
    assert shown.may_unclaim and (shown.draft or {})["finding"] == "属实"
    assert [each.actor for each in kit.rows(database, models.HistoryEvent, kind="claimed")] == ["manager"]


def test_the_only_member_sends_without_claiming(database: databases.Database, cast: Cast) -> None:
    key = deploy(database, cast)
    case = kit.rows(database, models.UserTask, key=key)[0].instance_key
    kit.complete(database, cast.manager, case, "judge", {"finding": "属实"})
    assert kit.instance(database, case).state == "completed"


def test_who_joins_the_group_later_claims_as_usual(database: databases.Database, cast: Cast) -> None:
    key = deploy(database, cast)
    with database.transaction(COMPANY) as session:
        groups.put_in(session, cast.owner, "主管领导", "head", now=kit.NOW)
    first, second = load(database, "manager"), load(database, "head")
    assert not page(database, first, key).is_mine and not page(database, second, key).is_mine
    with pytest.raises(errors.Conflict, match="Claim this task first"):
        save(database, first, key, finding="属实")
    with database.transaction(COMPANY) as session:
        user_tasks.claim(session, second, key, now=kit.NOW)
    with pytest.raises(errors.Refusal), database.transaction(COMPANY) as session:
        user_tasks.complete(session, first, key, {"finding": "属实"}, now=kit.NOW)


def test_whoever_is_left_when_the_other_is_kept_away_or_gone_is_the_only_one(database: databases.Database, cast: Cast) -> None:
    both = deploy(database, cast, "客服专员")
    assert not page(database, cast.clerk, both).is_mine
    away = deploy(database, cast, "客服专员", recused='="clerk2"')
    assert page(database, cast.clerk, away).is_mine
    with database.transaction(COMPANY) as session:
        groups.take_out(session, cast.owner, "客服专员", "clerk2", now=kit.NOW)
    assert page(database, load(database, "clerk"), both).is_mine


def test_who_stands_in_for_the_only_member_claims_first(database: databases.Database, cast: Cast) -> None:
    with database.transaction(COMPANY) as session:
        end = kit.NOW + timedelta(days=7)
        deputies.set_up(session, cast.manager, "head", begins_at=kit.NOW, ends_at=end, now=kit.NOW)
    key = deploy(database, cast)
    deputy = load(database, "head")
    assert not page(database, deputy, key).is_mine and page(database, cast.manager, key).is_mine
    with pytest.raises(errors.Conflict, match="Claim this task first"):
        save(database, deputy, key, finding="属实")
    with database.transaction(COMPANY) as session:
        user_tasks.claim(session, deputy, key, now=kit.NOW)
    assert item_of(database, key).username == "manager"
