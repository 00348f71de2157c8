"""A case that a message of another case ended or moved says who sent it, why, and from which case, as far as its reader may know that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.background.worker import Worker
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
EVENT = '<bpmn:messageEventDefinition messageRef="withdrawn"/>'
REASON = "现场经理已致歉，不再追究"


@pytest.fixture
def ended(database: databases.Database, cast: Cast) -> models.ProcessInstance:
    """A complaint of the outsider that the clerk, who may see it, ended by noting its withdrawal in a case of his own."""
    outcome = '<zeebe:properties><zeebe:property name="outcome" value="withdrawn:已撤诉"/></zeebe:properties>'
    over = kit.node("endEvent", "over", extension=outcome)
    gone = kit.boundary("gone", "investigate", EVENT) + over + kit.flow("gone", "over")
    listens = kit.message("withdrawn", "withdrawn", "=instance_number")
    steps = (
        kit.start(),
        kit.task("investigate", groups="客服专员"),
        gone,
        kit.end(),
        kit.chain("started", "investigate", "done"),
    )
    form = kit.form("withdrawal", kit.text_field("number"), kit.text_field("withdrawalReason"))
    why = '<zeebe:ioMapping><zeebe:input source="=withdrawalReason" target="withdrawalReason"/></zeebe:ioMapping>'
    throws = kit.node("endEvent", "done", extension=why, inner=EVENT)
    sent = (kit.start(form="withdrawal"), throws, kit.chain("started", "done"))
    noted = kit.message("withdrawn", "withdrawn", "=number")
    kit.deploy(
        database,
        cast.owner,
        form,
        kit.diagram("complaint", *steps, beside=listens, title="客户投诉", visible_to=["客服专员"]),
        kit.diagram("withdrawal", *sent, beside=noted, title="撤诉登记", number="CS-{seq:04}"),
    )
    key = kit.begin(database, cast.outsider, "complaint", {})
    kit.begin(
        database, cast.clerk, "withdrawal", {"number": kit.instance(database, key).number, "withdrawalReason": REASON + "。"}
    )
    Worker(database, lambda: kit.NOW).run_once()
    case = kit.instance(database, key)
    assert case.state == "completed"
    return case


def test_the_case_tells_who_ended_it_why_and_by_which_case(ended: models.ProcessInstance, signed_in: SignedIn) -> None:
    page = signed_in("clerk").get(f"/cases/{ended.key}")
    assert f"已撤诉：{REASON}（陈办事 · 撤诉登记 CS-0001）" in page.text
    assert "由 撤诉登记 CS-0001 转入" in page.text and "由该单转来" in page.text
    story = signed_in("clerk").get(f"/cases/{ended.key}/story")
    assert f"已撤诉：{REASON}（陈办事 · 撤诉登记 CS-0001）" in story.text


def test_whoever_may_not_see_that_case_reads_no_number_of_it(ended: models.ProcessInstance, signed_in: SignedIn) -> None:
    page = signed_in("outsider").get(f"/cases/{ended.key}")
    assert f"已撤诉：{REASON}（陈办事）" in page.text
    assert "CS-0001" not in page.text and "由该单转来" not in page.text


def test_the_case_that_sent_the_message_leads_to_the_one_it_reached(
    ended: models.ProcessInstance, signed_in: SignedIn, database: databases.Database
) -> None:
    (sender,) = kit.rows(database, models.ProcessInstance, process_id="withdrawal")
    page = signed_in("clerk").get(f"/cases/{sender.key}")
    assert f"/cases/{ended.key}" in page.text and "本单已转至该单" in page.text
