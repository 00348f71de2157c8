"""Nobody has two parts in a task, whichever way the second would come to him: handed over, taken, given back, put back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine import errors
from engine.background.worker import Worker
from engine.people import actors
from engine.people.actors import Actor
from engine.storage import models
from engine.verbs import rebalancing, user_tasks
from engine.verbs.approvals import deputies, handing, signers, voting
from engine.verbs.organisation import leaving
from engine.verbs.rebalancing import Move
from tests import cast as casting
from tests.engine import kit
from tests.engine.kit import NOW


class Office:
    """One approval, and what people do with it."""

    def __init__(self, database: Any, cast: Any, **properties: str) -> None:
        self.database, self.cast = database, cast
        judge = kit.task("judge", kind="approve", **(properties or {"groups": "客服专员"}))
        steps = (kit.start(), judge, kit.end(), kit.chain("started", "judge", "done"))
        kit.deploy(database, cast.owner, kit.diagram("one", *steps, managers=["主管领导"]))
        self.case = kit.begin(database, cast.outsider, "one")
        self.task = kit.open_task(database, self.case, "judge")

    def do(self, verb: Any, by: Actor, *given: Any, **more: Any) -> Any:
        with self.database.transaction("acme") as session:
            return verb(session, by, *given, now=NOW, **more)

    def ask(self, by: Actor, position: str, *people: str) -> None:
        self.do(signers.add_signer, by, self.task, position, people, "会签")

    def agree(self, by: Actor) -> None:
        self.do(user_tasks.complete, by, self.task, {}, outcome="approve", opinion="同意")

    def assign(self, to: str) -> None:
        self.do(user_tasks.assign, self.cast.manager, self.task, to, "变更")

    def actor(self, name: str) -> Actor:
        """The person as he is now, with those for whom he stands in."""
        with self.database.reading("acme") as session:
            found = actors.load(session, "acme", name, now=NOW)
        assert found is not None
        return found

    def told(self) -> list[tuple[str, str, str]]:
        """Who acts, has acted or may have to, in which position and state."""
        items = kit.rows(self.database, models.WorkItem, user_task_key=self.task)
        return [(item.username or item.group_name, item.position, item.state) for item in items]

    @property
    def people(self) -> list[str]:
        counting = {*voting.LIVE, voting.DONE}
        return sorted(name for name, _position, state in self.told() if state in counting)


@pytest.fixture
def office(sqlite_database: Any) -> Callable[..., Office]:
    return lambda **properties: Office(sqlite_database, casting.assemble(sqlite_database), **properties)


@pytest.mark.parametrize("has_signed", [False, True])
def test_a_task_is_not_handed_to_who_signs_it(office: Callable[..., Office], has_signed: bool) -> None:
    one = office(users="clerk")
    one.ask(one.cast.clerk, "before", "head")
    if has_signed:
        one.agree(one.cast.head)
    before = one.told()
    with pytest.raises(errors.Conflict, match="has a part in this task already"):
        one.assign("head")
    assert one.told() == before and kit.rows(one.database, models.HistoryEvent, kind="reassigned") == []
    one.assign("manager")
    assert one.people == ["head", "manager"]


def test_who_has_signed_does_not_take_what_is_offered_to_his_group_again(office: Callable[..., Office]) -> None:
    one = office()
    one.do(user_tasks.claim, one.cast.clerk, one.task)
    one.ask(one.cast.clerk, "before", "clerk2")
    one.agree(one.cast.clerk2)
    one.do(user_tasks.unclaim, one.cast.clerk, one.task)
    for act in (lambda: one.do(user_tasks.claim, one.cast.clerk2, one.task), lambda: one.agree(one.cast.clerk2)):
        with pytest.raises(errors.Conflict, match="has a part in this task already"):
            act()
    one.agree(one.cast.clerk)
    assert one.people == ["clerk", "clerk2"] and kit.instance(one.database, one.case).state == "completed"


def test_what_was_passed_to_another_candidate_is_his_once_when_it_is_given_back(office: Callable[..., Office]) -> None:
    one = office(users="head,clerk,clerk2")
    one.do(user_tasks.claim, one.cast.head, one.task)
    one.do(handing.transfer, one.cast.head, one.task, "clerk", "出差")
    one.do(user_tasks.unclaim, one.cast.clerk, one.task)
    assert one.people == ["clerk", "clerk2"]


def test_who_signed_for_somebody_else_does_not_decide_as_well(office: Callable[..., Office]) -> None:
    one = office(users="clerk")
    one.ask(one.cast.clerk, "before", "head")
    period = {"begins_at": NOW, "ends_at": NOW + timedelta(hours=5)}
    one.do(deputies.set_up, one.cast.head, "clerk2", **period)
    one.agree(one.actor("clerk2"))
    with pytest.raises(errors.Conflict, match="has a part"):
        one.assign("clerk2")
    with pytest.raises(errors.Invalid, match="has a part"):
        one.do(handing.transfer, one.cast.clerk, one.task, "clerk2", "出差")
    with pytest.raises(errors.Invalid, match="has a part"):
        one.ask(one.cast.clerk, "before", "clerk2")


def test_what_a_leaver_held_does_not_go_to_who_signs_it(office: Callable[..., Office]) -> None:
    one = office(users="clerk")
    one.ask(one.cast.clerk, "beside", "head")
    with pytest.raises(errors.Invalid) as refused:
        one.do(leaving.leave, one.cast.owner, "clerk", leaving.Plan("head"))
    assert "has a part in" in str([str(each) for faults in refused.value.fields.values() for each in faults])
    one.do(leaving.leave, one.cast.owner, "clerk", leaving.Plan("clerk2"))
    assert one.people == ["clerk2", "head"]


def test_putting_back_what_was_spread_keeps_what_others_have_signed(office: Callable[..., Office]) -> None:
    one = office(users="clerk")
    one.ask(one.cast.clerk, "beside", "head")
    moved = one.do(rebalancing.rebalance, one.cast.manager, [Move(one.task, "clerk2")], "忙闲不均").key
    one.agree(one.cast.head)
    one.do(rebalancing.undo, one.cast.manager, moved)
    assert one.told() == [("clerk", "own", "open"), ("head", "beside", "done")]


def test_an_overdue_task_does_not_go_to_who_signs_it(office: Callable[..., Office]) -> None:
    one = office(users="clerk", due="1wh", late="hand_over", escalate="head、manager")
    one.ask(one.cast.clerk, "beside", "head")
    late = NOW + timedelta(days=1)
    worker = Worker(one.database, lambda: late)
    while worker.run_once():
        pass
    assert one.told() == [("manager", "own", "open"), ("head", "beside", "open")]
