"""Who is away is told what his deputy did for him: once for each act, in words that quote nothing of the case."""

from __future__ import annotations

from datetime import timedelta

from engine.announcing import making
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage.models import Notice, UserTask
from engine.verbs.approvals import deputies
from engine.verbs.approvals.back import returns
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world


def today(database: databases.Database, username: str) -> Actor:
    with database.reading() as session:
        actor: Actor = world.today(session, username)
        return actor


def case_for_deputy(database: databases.Database, cast: Cast) -> int:
    """A case whose second step is the head's, who is away; the manager stands in."""
    steps = kit.start() + kit.task("填写", assignee="clerk") + kit.task("审核", assignee="head", kind="approve") + kit.end()
    ways = kit.chain("started", "填写", "审核", "done")
    kit.deploy(database, cast.owner, kit.diagram("p", steps, ways, number="CG-{seq:03}"))
    with database.transaction("acme") as session:
        later = kit.NOW + timedelta(days=2)
        deputies.set_up(session, cast.head, "manager", begins_at=kit.NOW, ends_at=later, now=kit.NOW)
    key = kit.begin(database, cast.clerk2, "p")
    kit.complete(database, cast.clerk, key, "填写")
    return key


def told(database: databases.Database) -> list[tuple[str, str, str]]:
    """To whom, with which subject and words."""
    while making.make_due(database, now=kit.NOW + timedelta(minutes=5)):
        pass
    notices = kit.rows(database, Notice, kind="deputy")
    return [(each.username, each.subject, each.body) for each in notices if "代您" in each.subject + each.body]


def test_who_was_away_is_told_what_was_decided_for_him(here: databases.Database, people: Cast) -> None:
    world.channel(here, "hook", url="https://hook.example/", secret="a secret of sixteen")
    key = case_for_deputy(here, people)
    kit.complete(here, today(here, "manager"), key, "审核", outcome="approve", opinion="很好")
    (reader, subject, body) = told(here)[0]
    assert (reader, subject) == ("head", "已代您办理：审核（CG-001）")
    assert "毛经理代您办理了“审核”：同意。" in body and "很好" not in body
    assert len(told(here)) == 1, "once"


def test_who_was_away_is_told_that_a_case_was_sent_back_for_him(here: databases.Database, people: Cast) -> None:
    key = case_for_deputy(here, people)
    deputy, task = today(here, "manager"), kit.open_task(here, key, "审核")
    with here.transaction("acme") as session:
        returns.return_task(session, deputy, task, "填写", "不清楚", now=kit.NOW)
    ((reader, _subject, body),) = told(here)
    assert reader == "head" and "毛经理代您把单据从“审核”退回。" in body


def test_what_a_deputy_did_comes_back_to_whose_name_it_was_done_in(here: databases.Database, people: Cast) -> None:
    """And whom it came back to is told; it is offered to another as well, so that it lies with nobody by itself."""
    steps = (
        kit.task("提出", users="head,owner"),
        kit.task("协商", assignee="clerk", outcomes="yes:接受,no:不接受", result="said"),
    )
    ways = kit.chain("started", "提出", "协商", "content", "done") + kit.flow("content", "提出", '=said = "no"')
    gate = kit.node("exclusiveGateway", "content", attributes=' default="content_done"')
    kit.deploy(here, people.owner, kit.diagram("p", kit.start(), *steps, gate, kit.end(), ways))
    with here.transaction("acme") as session:
        later = kit.NOW + timedelta(days=2)
        deputies.set_up(session, people.head, "manager", begins_at=kit.NOW, ends_at=later, now=kit.NOW)
    key = kit.begin(here, people.clerk2, "p")
    kit.complete(here, today(here, "manager"), key, "提出")
    kit.complete(here, people.clerk, key, "协商", outcome="no")
    assert kit.rows(here, UserTask, instance_key=key, state="open")[0].assignee == "head"
    assert [each.username for each in kit.notices(here, kind="returned")] == ["head"]


def test_nobody_is_told_of_what_he_did_himself(here: databases.Database, people: Cast) -> None:
    key = case_for_deputy(here, people)
    kit.complete(here, people.head, key, "审核", outcome="approve")
    assert told(here) == []
