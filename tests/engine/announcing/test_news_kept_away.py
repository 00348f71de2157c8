"""No notice, letter or message of a robot about a case goes to whom it is kept from (回避)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.announcing import making
from engine.background.worker import Worker
from engine.storage import database as databases
from engine.storage.models import Notice
from engine.verbs.approvals import deputies
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world

LATER = kit.NOW + timedelta(minutes=5)
ACCUSED = {"type": "textfield", "key": "accused", "label": "被投诉人"}


@pytest.fixture(autouse=True)
def hook(here: databases.Database, people: Cast) -> int:
    """A web hook that takes every kind at once; nothing is sent, only made."""
    return world.channel(here, "hook", url="https://hook.example/", secret="a secret of sixteen")


def told(database: databases.Database) -> set[str]:
    """Who heard of anything, in the page or elsewhere."""
    while making.make_due(database, now=LATER):
        pass
    return {each.username for each in (*world.outgoing(database), *kit.rows(database, Notice))}


def deploy(database: databases.Database, cast: Cast, **settings: object) -> None:
    step = kit.task("investigate", assignee="head", recused="=accused")
    drawn = (kit.start(form="complaint"), step, kit.end(), kit.chain("started", "investigate", "done"))
    kit.deploy(database, cast.owner, kit.form("complaint", ACCUSED), kit.diagram("complaint", *drawn, **settings))


def away(database: databases.Database, cast: Cast, deputy: str = "clerk", **period: object) -> None:
    """The head is away, and the accused stands in."""
    given = {"begins_at": kit.NOW, "ends_at": kit.NOW + timedelta(days=7), "now": kit.NOW, **period}
    with database.transaction("acme") as session:
        deputies.set_up(session, cast.head, deputy, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("managers", "accused", "other"), [("客服专员", "clerk", "clerk2"), ("主管领导", "manager", "owner")])
def test_a_manager_does_not_hear_that_he_may_not_stand_in_as_it_is_about_him(
    here: databases.Database, people: Cast, managers: str, accused: str, other: str
) -> None:
    """The other manager does; where there is none, the administrators."""
    deploy(here, people, managers=[managers])
    away(here, people, accused)
    told(here)
    before = {each.key for each in (*world.outgoing(here), *kit.rows(here, Notice))}
    kit.begin(here, people.outsider, "complaint", {"accused": accused})
    told(here)
    heard = {each.username for each in (*world.outgoing(here), *kit.rows(here, Notice)) if each.key not in before}
    assert heard == {"head", other}


def test_nor_when_the_absence_begins(here: databases.Database, people: Cast) -> None:
    deploy(here, people, managers=["客服专员"])
    begins = kit.NOW + timedelta(hours=1)
    kit.begin(here, people.outsider, "complaint", {"accused": "clerk"})
    away(here, people, begins_at=begins, covers_existing=True)
    Worker(here, lambda: begins, "w").run_once()
    heard = {each.username for each in kit.rows(here, Notice) if "无人能代办" in each.subject}
    assert heard == {"head", "clerk2"}


def test_nor_that_his_case_stopped(here: databases.Database, people: Cast) -> None:
    stopping = kit.task("investigate", assignee="head", recused="=accused")
    steps = (
        kit.start(form="complaint"),
        stopping,
        kit.task("reply", assignee="=assert(null, false)"),
        kit.end(),
        kit.chain("started", "investigate", "reply", "done"),
    )
    drawn = kit.diagram("complaint", *steps, managers=["客服专员"])
    kit.deploy(here, people.owner, kit.form("complaint", ACCUSED), drawn)
    key = kit.begin(here, people.outsider, "complaint", {"accused": "clerk"})
    kit.complete(here, people.head, key, "investigate", now=LATER)
    heard = told(here)
    assert "clerk2" in heard and "clerk" not in heard
