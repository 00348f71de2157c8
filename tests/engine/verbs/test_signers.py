"""加签, 减签, 委派: who asks others waits for them, nobody is asked twice, and a signer's no is a no of who asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import history
from engine.cases.rights.holding import HANDED, NO_PART
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import signers
from engine.verbs.approvals.back import returns
from engine.verbs.operating import assigning
from tests import cast as casting
from tests import patience
from tests.cast import Cast
from tests.engine import kit


def begun(database: databases.Database, cast: Cast, **properties: str) -> tuple[int, int]:
    given = {"kind": "approve", "users": "manager", **properties}
    kit.deploy(
        database,
        cast.owner,
        kit.form("note", kit.text_field("note", required=True)),
        kit.diagram(
            "signed",
            kit.start(),
            kit.task("judge", form="note", **given),
            kit.node("exclusiveGateway", "is_agreed"),
            kit.task("go_on", groups="客服专员"),
            kit.end("refused"),
            kit.end(),
            kit.chain("started", "judge", "is_agreed"),
            kit.flow("is_agreed", "go_on", '=outcome = "approve"'),
            kit.flow("is_agreed", "refused", '=outcome != "approve"'),
            kit.flow("go_on", "done"),
        ),
    )
    case = kit.begin(database, cast.outsider, "signed")
    return case, kit.open_task(database, case, "judge")


def say(
    database: databases.Database, by: Actor, task: int, outcome: str = "approve", note: str = "已填", opinion: str = "意见"
) -> None:
    with database.transaction("acme") as session:
        user_tasks.complete(session, by, task, {"note": note}, outcome=outcome, opinion=opinion, now=kit.NOW)


def ask(database: databases.Database, by: Actor, task: int, position: str, *people: str, reason: str = "请会签") -> None:
    with database.transaction("acme") as session:
        signers.add_signer(session, by, task, position, people, reason, now=kit.NOW)


def delegate(database: databases.Database, by: Actor, task: int, to: str) -> None:
    with database.transaction("acme") as session:
        signers.delegate(session, by, task, to, "请代办", now=kit.NOW)


def take_off(database: databases.Database, by: Actor, task: int, person: str) -> None:
    with database.transaction("acme") as session:
        [item] = [each for each in kit.rows(database, models.WorkItem, user_task_key=task) if each.username == person]
        signers.remove_signer(session, by, task, item.key, "不需要了", now=kit.NOW)


def states(database: databases.Database, task: int) -> dict[str, str]:
    """How far each is with his part; without the lines that stay in the lists of those who delegated it."""
    items = kit.rows(database, models.WorkItem, user_task_key=task)
    return {item.username: item.state for item in items if item.position != HANDED}


def states_now(database: databases.Database, task: int) -> dict[str, str]:
    """The same without what is left of parts that were decided anew."""
    items = kit.rows(database, models.WorkItem, user_task_key=task)
    return {item.username: item.state for item in items if item.position not in NO_PART}


def note_of(database: databases.Database, case: int) -> Any:
    with database.reading() as session:
        known = user_tasks.cases.variables(session, session.get_one(models.ProcessInstance, case), now=kit.NOW)
        assert history.verify(session, case) == []
    return known.get("note")


def test_who_signs_before_comes_first_and_it_returns_to_who_asked(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast)
    ask(database, cast.manager, task, "before", "head", "clerk")
    assert states(database, task) == {"manager": "waiting", "head": "open", "clerk": "open"}
    assert {notice.username for notice in kit.notices(database)} == {"head", "clerk"}
    with pytest.raises(errors.Conflict, match="何负责, 陈办事 to sign first"):
        say(database, cast.manager, task)
    say(database, cast.head, task, note="会签人填的不算")
    say(database, cast.clerk, task)
    assert states(database, task) == {"manager": "open", "head": "done", "clerk": "done"}
    say(database, cast.manager, task, note="我的")
    assert kit.open_elements(database, case) == ["go_on"] and note_of(database, case) == "我的"


def test_who_signs_after_comes_once_i_have_agreed_and_it_does_not_return(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast)
    ask(database, cast.manager, task, "after", "head")
    assert states(database, task) == {"manager": "open", "head": "waiting"}
    say(database, cast.manager, task, note="我的")
    assert states(database, task) == {"manager": "done", "head": "open"}
    assert kit.open_elements(database, case) == ["judge"] and note_of(database, case) is None
    say(database, cast.head, task)
    assert kit.open_elements(database, case) == ["go_on"] and note_of(database, case) == "我的"


def test_who_signs_beside_must_agree_too(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast)
    ask(database, cast.manager, task, "beside", "head")
    assert states(database, task) == {"manager": "open", "head": "open"}
    say(database, cast.manager, task, note="我的")
    say(database, cast.head, task)
    assert kit.open_elements(database, case) == ["go_on"] and note_of(database, case) == "我的"


@pytest.mark.parametrize("position", ["before", "after", "beside"])
def test_a_signers_no_rejects_the_task(database: databases.Database, cast: Cast, position: str) -> None:
    case, task = begun(database, cast)
    ask(database, cast.manager, task, position, "head")
    if position != "before":
        say(database, cast.manager, task)
    say(database, cast.head, task, "reject")
    assert kit.instance(database, case).end_event == "refused" and "open" not in states(database, task).values()


def test_who_signs_beside_never_decides_alone_and_after_his_no_nothing_is_agreed_to(
    database: databases.Database, cast: Cast
) -> None:
    case, task = begun(database, cast)
    ask(database, cast.manager, task, "beside", "head")
    with database.transaction("acme") as session, pytest.raises(errors.Forbidden, match="Only whom the task was given to"):
        returns.return_task(session, cast.head, task, "fill", "退回", now=kit.NOW)
    say(database, cast.head, task, "reject")
    assert kit.open_elements(database, case) == ["judge"] and states(database, task) == {"manager": "open", "head": "done"}
    with pytest.raises(errors.Conflict, match="has refused"):
        say(database, cast.manager, task)
    say(database, cast.manager, task, "reject")
    assert kit.instance(database, case).end_event == "refused"


@pytest.mark.parametrize(("position", "again"), [("before", "clerk"), ("after", "head"), ("beside", "head")])
@pytest.mark.both_databases
def test_a_signers_no_that_the_step_does_not_offer_goes_back_to_who_asked_him(
    database: databases.Database, cast: Cast, position: str, again: str
) -> None:
    case, task = begun(database, cast, outcomes="approve:核准")
    ask(database, cast.manager, task, position, "head")
    if position != "before":
        say(database, cast.manager, task, note="我的", opinion="拟同意")
    with pytest.raises(errors.Invalid) as refused:
        say(database, cast.head, task, "reject", opinion=" ")
    assert "opinion" in refused.value.fields
    say(database, cast.head, task, "reject", opinion="金额依据不足")
    assert kit.open_elements(database, case) == ["judge"] and states_now(database, task) == {"manager": "open", "head": "done"}
    assert [each.assignee for each in kit.rows(database, models.UserTask, key=task)] == ["manager"]
    last = kit.notices(database)[-1]
    assert last.username == "manager" and "不同意" in last.subject and "金额依据不足" in last.body
    with pytest.raises(errors.Invalid) as refused:
        say(database, cast.manager, task, "approve", opinion="")
    assert "opinion" in refused.value.fields, "in spite of a no one says why"
    ask(database, cast.manager, task, position, again)  # he may ask another, or the same once more
    signer = getattr(cast, again)
    for voter in (signer, cast.manager) if position == "before" else (cast.manager, signer):
        say(database, voter, task, note="又看了", opinion="已补发票，同意")
    assert kit.open_elements(database, case) == ["go_on"] and note_of(database, case) == "又看了"
    told = [
        (event.actor, event.data.get("vote"), event.data["opinion"])
        for event in kit.rows(database, models.HistoryEvent, instance_key=case, kind="voted")
    ]
    assert ("head", "reject", "金额依据不足") in told


def test_a_no_in_a_joint_decision_that_offers_none_waits_for_who_asked_and_takes_no_weight(
    database: databases.Database, cast: Cast
) -> None:
    case, task = begun(database, cast, users="manager,head,clerk2", rule="ratio:2/3", outcomes="approve")
    ask(database, cast.clerk2, task, "beside", "clerk")
    for voter in (cast.manager, cast.clerk2):
        say(database, voter, task)
    say(database, cast.clerk, task, "reject", opinion="不妥")
    assert kit.open_elements(database, case) == ["judge"], "two of three would do, but who asked has to answer first"
    say(database, cast.clerk2, task, opinion="仍然同意")
    assert kit.open_elements(database, case) == ["go_on"]


def test_beside_in_a_joint_decision_is_one_more_voter(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast, users="manager,head", rule="ratio:2/3")
    ask(database, cast.manager, task, "beside", "clerk", "clerk2")
    say(database, cast.manager, task)
    say(database, cast.head, task)
    assert kit.open_elements(database, case) == ["judge"]
    say(database, cast.clerk, task)
    assert kit.open_elements(database, case) == ["go_on"]
    assert states(database, task)["clerk2"] == "closed"


def test_line_9_taking_a_signer_off_lets_who_asked_go_on(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast)
    ask(database, cast.manager, task, "before", "head", "clerk")
    say(database, cast.head, task)
    with pytest.raises(errors.Conflict, match="has acted already"):
        take_off(database, cast.manager, task, "head")
    with pytest.raises(errors.Forbidden):
        take_off(database, cast.clerk, task, "clerk")
    with pytest.raises(errors.Conflict, match="Only who was added"):
        take_off(database, cast.owner, task, "manager")
    take_off(database, cast.manager, task, "clerk")
    assert states(database, task) == {"manager": "open", "head": "done", "clerk": "removed"}
    with pytest.raises(errors.Conflict, match="need not act"):
        say(database, cast.clerk, task)
    say(database, cast.manager, task)
    assert kit.open_elements(database, case) == ["go_on"]


def test_line_9_taking_off_the_last_who_is_waited_for_settles(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast)
    ask(database, cast.manager, task, "after", "head")
    say(database, cast.manager, task, note="我的")
    take_off(database, cast.manager, task, "head")
    assert kit.open_elements(database, case) == ["go_on"] and note_of(database, case) == "我的"


def test_line_10_delegating_twice_keeps_the_first_owner_and_comes_back(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast)
    delegate(database, cast.manager, task, "head")
    assert states(database, task) == {"manager": "waiting", "head": "open"}
    delegate(database, cast.head, task, "clerk")
    say(database, cast.clerk, task, "reject", note="代办人填的")
    assert states(database, task) == {"manager": "waiting", "head": "open", "clerk": "done"}
    say(database, cast.head, task, note="受托人填的")
    assert states(database, task) == {"manager": "open", "head": "done", "clerk": "done"}
    parts = kit.rows(database, models.WorkItem, user_task_key=task)
    items = {item.username: item for item in parts if item.position != HANDED}
    assert {item.first_owner for item in items.values()} == {"manager"}
    with database.reading() as session:
        mine = session.get_one(models.WorkItem, items["manager"].key)
        assert mine.draft == {"note": "受托人填的"}
    delegate(database, cast.manager, task, "clerk2")
    say(database, cast.clerk2, task)
    say(database, cast.manager, task, note="我的")
    assert kit.open_elements(database, case) == ["go_on"] and note_of(database, case) == "我的"


def test_nobody_is_asked_twice_or_against_the_rules(database: databases.Database, cast: Cast) -> None:
    _case, task = begun(database, cast, users="", groups="主管领导,部门负责人", separate_from="initiator")
    ask(database, cast.manager, task, "before", "clerk")
    for person in ("head", "clerk"):
        with pytest.raises(errors.Refusal):
            ask(database, cast.manager, task, "before", person)
    assert states(database, task) == {"manager": "waiting", None: "closed", "clerk": "open"}


@pytest.mark.parametrize(
    ("people", "text"),
    [
        (["head"], "has a part"),
        (["manager"], "has a part"),
        (["outsider"], "separation of duties"),
        (["nobody"], "no person"),
        ([], "choose"),
    ],
)
def test_whom_one_cannot_ask(database: databases.Database, cast: Cast, people: list[str], text: str) -> None:
    _case, task = begun(database, cast, users="manager,head", rule="all", separate_from="initiator")
    with pytest.raises(errors.Invalid, match=text) as refused:
        ask(database, cast.manager, task, "beside", *people)
    assert "people" in refused.value.fields
    assert states(database, task) == {"manager": "open", "head": "open"}


def test_before_and_after_are_not_mixed_and_a_reason_is_given(database: databases.Database, cast: Cast) -> None:
    _case, task = begun(database, cast)
    with pytest.raises(errors.Invalid):
        ask(database, cast.manager, task, "after", "head", reason=" ")
    with pytest.raises(errors.Invalid):
        ask(database, cast.manager, task, "behind", "head")
    ask(database, cast.manager, task, "after", "head")
    with pytest.raises(errors.Conflict, match="one way or the other"):
        ask(database, cast.manager, task, "before", "clerk")


def test_what_is_no_approval_has_no_signers(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    case = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    with pytest.raises(errors.Conflict, match="only to an approval"):
        ask(database, cast.clerk, kit.open_task(database, case, "a"), "before", "head")


def test_a_vote_that_waited_for_the_lock_sees_who_was_added_meanwhile(postgres_database: databases.Database) -> None:
    """PostgreSQL shows a statement that waited the changed rows, but no row that was added while it waited."""
    database, cast = postgres_database, casting.assemble(postgres_database)
    case, task = begun(database, cast)
    is_asked = threading.Event()

    def vote() -> None:
        is_asked.wait(patience.SECONDS)
        say(database, cast.manager, task)

    voter = threading.Thread(target=vote)
    voter.start()
    with database.transaction("acme") as session:
        signers.add_signer(session, cast.manager, task, "after", ["head"], "请会签", now=kit.NOW)
        is_asked.set()
        while not waiting_for_locks(database):
            pass
    voter.join(patience.SECONDS)
    assert states(database, task) == {"manager": "done", "head": "open"}
    assert kit.open_elements(database, case) == ["judge"]


def waiting_for_locks(database: databases.Database) -> int:
    """How many statements of this database wait for a lock that another transaction holds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.engine.connect() as connection:
        return int(connection.execute(text(waiting)).scalar_one())


def test_nobody_gets_a_part_in_the_approval_of_his_own_request(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast)
    given: list[Callable[[Session], Any]] = [
        lambda session: user_tasks.assign(session, cast.owner, task, "outsider", "无人可办", now=kit.NOW),
        lambda session: assigning.assign(session, cast.owner, case, "judge", "outsider", "无人可办", now=kit.NOW),
        lambda session: signers.delegate(session, cast.manager, task, "outsider", "请代办", now=kit.NOW),
        *(
            lambda session, position=position: signers.add_signer(
                session, cast.manager, task, position, ["outsider"], "请会签", now=kit.NOW
            )
            for position in signers.POSITIONS
        ),
    ]
    for give in given:
        told = pytest.raises(errors.Invalid, match="has started this case and must not approve it")
        with told, database.transaction("acme") as session:
            give(session)
    assert states(database, task) == {"manager": "open"}
    say(database, cast.manager, task)
    after = kit.open_task(database, case, "go_on")
    with database.transaction("acme") as session:  # what comes after is not to approve
        user_tasks.assign(session, cast.owner, after, "outsider", "人手不够", now=kit.NOW)
