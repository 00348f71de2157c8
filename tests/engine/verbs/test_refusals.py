"""不同意并结束: where nothing asks what an approval came to, a refusal ends the case; a gateway that asks still decides itself."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.deploying.checking import checks, outcomes
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit

FINE = '=outcome = "approve"'


def rows(database: databases.Database, model: Any, **where: Any) -> list[Any]:
    with database.reading(COMPANY) as session:
        return list(session.execute(select(model).filter_by(**where).order_by(model.key)).scalars())


def approval(**more: str) -> str:
    return kit.task("judge", assignee="head", kind="approve", **more)


def refuse(database: databases.Database, cast: Cast, case: int) -> None:
    kit.complete(database, cast.head, case, "judge", outcome="reject", opinion="不同意")


def test_a_refusal_that_nothing_asks_for_ends_the_case_as_refused(database: databases.Database, cast: Cast) -> None:
    pay = kit.task("pay", assignee="clerk")
    steps = (kit.start(), approval(), pay, kit.end(), kit.chain("started", "judge", "pay", "done"))
    kit.deploy(database, cast.owner, kit.diagram("p", *steps))
    case = kit.begin(database, cast.clerk, "p")
    refuse(database, cast, case)
    [row] = rows(database, models.ProcessInstance)
    assert (row.state, row.ended_as, row.end_event) == ("completed", "reject", None)
    [task] = rows(database, models.UserTask)
    assert (task.element_id, task.state, task.outcome) == ("judge", "completed", "reject")
    assert any("未获同意" in each.subject for each in kit.notices(database, username="clerk"))
    other = kit.begin(database, cast.clerk, "p")
    kit.complete(database, cast.head, other, "judge", outcome="approve")
    assert [each.element_id for each in rows(database, models.UserTask, instance_key=other, state="open")] == ["pay"]


def test_a_branch_beside_it_ends_too_and_the_case_above_goes_on(database: databases.Database, cast: Cast) -> None:
    flows = kit.flow("split", "judge") + kit.flow("split", "work") + kit.flow("judge", "pay") + kit.chain("pay", "done")
    beside = (kit.task("work", assignee="clerk2"), kit.task("pay", assignee="clerk"), kit.end("worked"))
    inner = (kit.start(), kit.node("parallelGateway", "split"), approval(), *beside, kit.end())
    chain = kit.chain("started", "split") + flows + kit.flow("work", "worked")
    above = (kit.start(), kit.call("ask", "q"), kit.task("after", assignee="owner"), kit.end())
    kit.deploy(
        database,
        cast.owner,
        kit.diagram("q", *inner, chain),
        kit.diagram("p", *above, kit.chain("started", "ask", "after", "done")),
    )
    kit.begin(database, cast.clerk, "p")
    called = rows(database, models.ProcessInstance, process_id="q")[0]
    refuse(database, cast, called.key)
    assert rows(database, models.ProcessInstance, process_id="q")[0].ended_as == "reject"
    assert [each.element_id for each in rows(database, models.UserTask, state="open")] == ["after"]


@pytest.mark.parametrize("between", ["", "script"])
def test_a_gateway_that_asks_decides_itself(database: databases.Database, cast: Cast, between: str) -> None:
    script = '<zeebe:script expression="=outcome" resultVariable="said"/>'
    way = kit.chain("started", "judge", "say", "asked") if between else kit.chain("started", "judge", "asked")
    condition = '=said = "approve"' if between else FINE
    default = ' default="asked_again"'
    steps = (
        kit.start(),
        approval(),
        kit.node("scriptTask", "say", extension=script) if between else "",
        kit.node("exclusiveGateway", "asked", attributes=default),
        kit.task("pay", assignee="clerk"),
        kit.task("again", assignee="clerk"),
        kit.end(),
        kit.end("gone"),
    )
    flows = way + kit.flow("asked", "pay", condition) + kit.flow("asked", "again") + kit.flow("pay", "done")
    kit.deploy(database, cast.owner, kit.diagram("p", *steps, flows, kit.flow("again", "gone")))
    refuse(database, cast, kit.begin(database, cast.clerk, "p"))
    assert [each.element_id for each in rows(database, models.UserTask, state="open")] == ["again"]


def warned(*steps: str) -> list[tuple[str, str]]:
    return [(each.element_id, each.message) for each in checks.check([kit.diagram("p", *steps)])]


def test_a_gateway_whose_approval_is_gone_is_told_at_the_gateway() -> None:
    steps = (kit.start(), kit.node("exclusiveGateway", "asked", attributes=' default="asked_gone"'), kit.task("pay"), kit.end())
    flows = kit.chain("started", "asked") + kit.flow("asked", "pay", FINE) + kit.flow("asked", "gone") + kit.flow("pay", "done")
    assert ("asked", outcomes.NOBODY_GIVES) in warned(*steps, kit.end("gone"), flows)
    asked = kit.chain("started", "judge", "asked") + flows.removeprefix(kit.chain("started", "asked"))
    assert outcomes.NOBODY_GIVES not in [message for _place, message in warned(*steps, approval(), kit.end("gone"), asked)]


def test_a_refusal_among_several_that_nothing_reads_is_told_at_the_step() -> None:
    several = (
        '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2]"/>'
    )
    several += "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
    one = approval()
    assert ("judge", outcomes.NOT_ASKED) not in warned(kit.start(), one, kit.end(), kit.chain("started", "judge", "done"))
    many = one.replace("</bpmn:userTask>", several)
    assert ("judge", outcomes.NOT_ASKED) in warned(kit.start(), many, kit.end(), kit.chain("started", "judge", "done"))


def test_giving_goods_back_is_not_taken_for_sending_back_without_a_word() -> None:
    decide = kit.task("decide", outcomes="return:退货,exchange:换货")
    steps = (kit.start(), kit.node("exclusiveGateway", "asked", attributes=' default="asked_swap"'), decide, kit.task("swap"))
    flows = kit.chain("started", "decide", "asked", "swap", "done") + kit.flow("asked", "back", '=outcome = "return"')
    forward = warned(*steps, kit.task("back"), kit.end(), flows, kit.flow("back", "done"))
    assert ("decide", outcomes.NO_WAY_BACK) in forward
    again = warned(*steps, kit.task("back"), kit.end(), flows, kit.flow("back", "decide"))
    assert outcomes.NO_WAY_BACK not in [message for _place, message in again]
