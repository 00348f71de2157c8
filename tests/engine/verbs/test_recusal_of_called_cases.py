"""Whom a case keeps away (回避) is kept away from all that it calls or begins, and steers nothing of the tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import access
from engine.deadlines import suspending
from engine.people.actors import Actor
from engine.queries import paging, path_ahead
from engine.queries.cases import offered
from engine.queries.inbox import inbox
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.running import ending, process_instances
from tests.cast import Cast
from tests.engine import kit

FIELDS = [{"type": "textfield", "key": name, "label": name} for name in ("accused", "responsible", "first")]
GIVEN = '<zeebe:ioMapping><zeebe:input source="=responsible" target="subjects"/></zeebe:ioMapping>'
LEADERS = {"groups": "主管领导"}


@dataclass
class Complaint:
    """A complaint about the manager that has called an approval, which knows other people alone; and who is in it."""

    database: databases.Database
    cast: Cast
    key: int
    called: int

    @property
    def task(self) -> int:
        return kit.open_task(self.database, self.called, "approve")


def deploy(database: databases.Database, cast: Cast, **of_approval: str) -> None:
    approval = (kit.start(), kit.task("approve", **of_approval), kit.end(), kit.chain("started", "approve", "done"))
    steps = (
        kit.start(form="complaint"),
        kit.task("investigate", groups="客服专员", recused="=accused"),
        kit.call("decide", "approval", io=GIVEN),
        kit.task("reply", groups="客服专员", recused='=[accused, handler of("investigate")]'),
        kit.end(),
    )
    chain = kit.chain("started", "investigate", "decide", "reply", "done")
    kit.deploy(
        database,
        cast.owner,
        kit.form("complaint", *FIELDS),
        kit.diagram("approval", *approval, managers=["主管领导"]),
        kit.diagram("complaint", *steps, chain, managers=["主管领导"]),
    )


@pytest.fixture
def complaint(database: databases.Database, cast: Cast) -> Complaint:
    deploy(database, cast, users='=["manager", "head"]', recused="=subjects")
    return begun(database, cast, "manager")


def begun(database: databases.Database, cast: Cast, accused: str, initiator: Actor | None = None) -> Complaint:
    key = kit.begin(database, initiator or cast.outsider, "complaint", {"accused": accused, "responsible": "clerk2"})
    kit.complete(database, cast.clerk, key, "investigate")
    called = next(each.key for each in kit.rows(database, models.ProcessInstance) if each.parent_key == key)
    return Complaint(database, cast, key, called)


def test_the_accused_gets_no_task_of_a_case_that_the_complaint_called(complaint: Complaint) -> None:
    database, cast = complaint.database, complaint.cast
    assert [item.username for item in kit.rows(database, models.WorkItem, instance_key=complaint.called)] == ["head"]
    with database.reading("acme") as session:
        assert inbox.open_tasks(session, cast.manager, inbox.InboxFilters(), paging.WantedPage(), now=kit.NOW).rows == []
        for key in (complaint.key, complaint.called):
            assert not access.may_see(session, cast.manager, session.get_one(models.ProcessInstance, key))
    with pytest.raises(errors.NotFound), database.transaction("acme") as session:
        user_tasks.claim(session, cast.manager, complaint.task, now=kit.NOW)
    with pytest.raises(errors.Invalid), database.transaction("acme") as session:
        user_tasks.assign(session, cast.owner, complaint.task, "manager", "请假", now=kit.NOW)
    kit.complete(database, cast.head, complaint.called, "approve")


def test_the_way_ahead_does_not_name_him_there(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, users='=["manager", "head"]', recused="=subjects")
    key = kit.begin(database, cast.outsider, "complaint", {"accused": "manager", "responsible": "clerk2"})
    with database.reading("acme") as session:
        told = {each.name: each.who for each in path_ahead.of_visible(session, cast.outsider, key, now=kit.NOW)}
    assert told["approve"] == "何负责"


def test_nor_where_the_called_process_keeps_nobody_away_itself(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, groups="主管领导")
    complaint = begun(database, cast, "manager")
    assert [
        (each.username, each.group_name) for each in kit.rows(database, models.WorkItem, instance_key=complaint.called)
    ] == [("owner", None)]


def test_who_is_kept_from_a_review_alone_for_what_he_did_may_act_in_the_called_case(
    database: databases.Database, cast: Cast
) -> None:
    deploy(database, cast, groups="客服专员")
    complaint = begun(database, cast, "manager")
    kit.complete(database, cast.clerk, complaint.called, "approve")
    with pytest.raises(errors.Forbidden):
        kit.complete(database, cast.clerk, complaint.key, "reply")


Act = Callable[[Session, Actor, Complaint], object]
ACTS: dict[str, Act] = {
    "assign": lambda session, by, on: user_tasks.assign(session, by, on.task, "outsider", "换人", now=kit.NOW),
    "suspend": lambda session, by, on: suspending.suspend(session, by, on.key, "等等", now=kit.NOW),
    "terminate": lambda session, by, on: ending.terminate(session, by, on.key, "不办了", now=kit.NOW),
    "void": lambda session, by, on: ending.void(session, by, on.key, "作废", now=kit.NOW),
    "cancel": lambda session, by, on: process_instances.cancel(session, by, on.key, "撤销", now=kit.NOW),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_accused_administrator_who_began_it_steers_nothing_while_a_called_case_runs(
    database: databases.Database, cast: Cast, act: str
) -> None:
    """He sees the complaint, as he began it."""
    deploy(database, cast, users="head", recused="=subjects")
    complaint = begun(database, cast, "owner", initiator=cast.owner)
    with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
        ACTS[act](session, cast.owner, complaint)
    assert kit.instance(database, complaint.key).state == "active"


@pytest.mark.parametrize("accused", ["owner", "manager"])
def test_what_would_be_refused_is_not_offered(database: databases.Database, cast: Cast, accused: str) -> None:
    deploy(database, cast, users="head", recused="=subjects")
    complaint = begun(database, cast, accused, initiator=cast.owner)
    steering = {"assign", "jump", "suspend", "terminate", "void"}
    for key in (complaint.key, complaint.called):
        with database.reading("acme") as session:
            case = session.get_one(models.ProcessInstance, key)
            names = {each.name for each in offered.on_case(session, cast.owner, case, now=kit.NOW)}
        assert bool(names & steering) == (accused != "owner")
