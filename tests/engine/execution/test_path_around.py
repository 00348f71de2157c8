"""The path ahead of what is repeated, called or decided already."""

from __future__ import annotations

from typing import Any

import pytest

from engine.cases.cases import Surroundings
from engine.definitions import definitions
from engine.execution.ahead import forecast, ways
from engine.people.actors import Actor
from engine.queries import path_ahead
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit

EACH = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
    '<zeebe:loopCharacteristics inputCollection="=measures" inputElement="measure"/>'
    "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
)
MEASURES = {
    "type": "dynamiclist",
    "path": "measures",
    "label": "措施",
    "components": [kit.text_field("who")],
    "isRepeating": True,
    "allowAddRemove": True,
}
GOODS = kit.text_field("goods")


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


@pytest.fixture
def deployed(database: databases.Database, cast: Cast) -> None:
    """A complaint: judged once, called for more or planned; measures beside goods that are sent back; heard again until content."""
    inner = (
        kit.start(),
        kit.task("receive", users="clerk", form="received"),
        kit.node("exclusiveGateway", "broken", attributes=' default="broken_store"'),
        kit.task("scrap", users="head"),
        kit.task("store", users="clerk2"),
        kit.end(),
        kit.chain("started", "receive", "broken", "store", "done"),
        kit.flow("broken", "scrap", "=state = 1").replace('id="broken_scrap"', 'id="broken_scrap" name="坏了"'),
        kit.chain("scrap", "store"),
    )
    carry = kit.task("carry", assignee="=measure.who").replace("</bpmn:userTask>", EACH + "</bpmn:userTask>")
    content = (
        kit.start(form="request"),
        kit.task("assess", users="clerk", form="assessed"),
        kit.node("exclusiveGateway", "again"),
        kit.node("exclusiveGateway", "big", attributes=' default="big_plan"'),
        kit.task("escalate", users="manager"),
        kit.end("escalated"),
        kit.task("plan", users="clerk", form="planned"),
        kit.node("parallelGateway", "split"),
        carry,
        kit.node("exclusiveGateway", "wants", attributes=' default="wants_settled"'),
        kit.call("send_back", "returning"),
        kit.node("exclusiveGateway", "settled"),
        kit.node("parallelGateway", "join"),
        kit.task("report", users="clerk", form="reported"),
        kit.node("exclusiveGateway", "content", attributes=' default="content_again"'),
        kit.end(),
        kit.chain("started", "assess", "again", "big", "plan", "split", "carry", "join", "report", "content", "again"),
        kit.chain("split", "wants", "settled", "join"),
        kit.flow("wants", "send_back", '=goods = "要" and agreed = null').replace(
            'id="wants_send_back"', 'id="wants_send_back" name="要退"'
        ),
        kit.chain("send_back", "settled"),
        kit.flow("big", "escalate", "=major = 1").replace('id="big_escalate"', 'id="big_escalate" name="重大"'),
        kit.chain("escalate", "escalated"),
        kit.flow("content", "done", "=happy = 1"),
    )
    number = [{"type": "number", "key": each, "label": each} for each in ("state", "major", "happy")]
    forms = (
        kit.form("request", GOODS),
        kit.form("assessed", number[1]),
        kit.form("planned", MEASURES),
        kit.form("received", number[0]),
        kit.form("reported", number[2]),
    )
    kit.deploy(database, cast.owner, *forms, kit.diagram("returning", *inner), kit.diagram("complaint", *content))


def ahead(database: databases.Database, by: Actor, case: int) -> list[Any]:
    """The steps to come; the same when no way goes on from where it leaves another, but each from the beginning."""
    with database.reading("acme") as session, pytest.MonkeyPatch.context() as patched:
        row = session.get_one(models.ProcessInstance, case)
        definition = definitions.by_key(session, row.definition_key)
        steps = forecast.of_case(Surroundings(session, by, kit.NOW), row, definition)
        patched.setattr(ways.Foresight, "remember", lambda sight: None)
        assert forecast.of_case(Surroundings(session, by, kit.NOW), row, definition) == steps
        return steps


def told(steps: list[Any]) -> list[tuple[str, str]]:
    return [(step.name, step.way) for step in steps]


@pytest.mark.usefixtures("deployed")
def test_a_repeated_step_whose_list_is_not_there_yet_comes_once_and_so_does_what_follows(
    database: databases.Database, cast: Cast
) -> None:
    case = kit.begin(database, cast.clerk, "complaint", {"goods": "不要"})
    kit.complete(database, cast.clerk, case, "assess", {"major": 0})
    assert told(ahead(database, cast.clerk, case)) == [("carry", ""), ("report", "")]


@pytest.mark.usefixtures("deployed")
def test_the_steps_of_a_called_process_bear_the_condition_of_the_call(database: databases.Database, cast: Cast) -> None:
    case = kit.begin(database, cast.clerk, "complaint", {"goods": "要"})
    kit.complete(database, cast.clerk, case, "assess", {"major": 0})
    found = dict(told(ahead(database, cast.clerk, case)))
    assert found["send_back"] == found["receive"] == found["store"] == "要退", found
    assert found["scrap"] == "要退 · 坏了" and found["report"] == found["carry"] == ""
    assert "escalate" not in found, "it was decided"


@pytest.mark.usefixtures("deployed")
def test_within_a_called_case_its_own_steps_are_ahead(database: databases.Database, cast: Cast) -> None:
    case = kit.begin(database, cast.clerk, "complaint", {"goods": "要"})
    kit.complete(database, cast.clerk, case, "assess", {"major": 0})
    kit.complete(database, cast.clerk, case, "plan", {"measures": [{"who": "clerk"}]})
    [child] = kit.rows(database, models.ProcessInstance, process_id="returning")
    assert told(ahead(database, cast.clerk, child.key)) == [("scrap", "坏了"), ("store", "")]
    with database.reading("acme") as session:
        seen = [(each.name, bool(each.called)) for each in path_ahead.of_visible(session, cast.owner, case, now=kit.NOW)]
    assert seen == [("scrap", True), ("store", True), ("report", False)], "those who look from above see them too"


def test_a_called_process_that_begins_with_a_question_keeps_its_answers_to_itself(
    database: databases.Database, cast: Cast
) -> None:
    inner = (
        kit.start(),
        kit.node("exclusiveGateway", "broken", attributes=' default="broken_store"'),
        kit.task("scrap", users="head"),
        kit.task("store", users="clerk2", form="received"),
        kit.node("exclusiveGateway", "dear", attributes=' default="dear_done"'),
        kit.task("insure", users="head"),
        kit.end(),
        kit.chain("started", "broken", "store", "dear", "done"),
        kit.flow("broken", "scrap", "=state = 1").replace('id="broken_scrap"', 'id="broken_scrap" name="坏了"'),
        kit.chain("scrap", "done"),
        kit.flow("dear", "insure", "=price > 1").replace('id="dear_insure"', 'id="dear_insure" name="贵重"'),
        kit.chain("insure", "done"),
    )
    outer = (
        kit.start(),
        kit.node("exclusiveGateway", "wants", attributes=' default="wants_done"'),
        kit.call("send_back", "returning"),
        kit.task("book", users="clerk"),
        kit.end(),
        kit.chain("started", "wants", "done"),
        kit.flow("wants", "send_back", "=goods = 1").replace('id="wants_send_back"', 'id="wants_send_back" name="要退"'),
        kit.chain("send_back", "book", "done"),
    )
    price = {"type": "number", "key": "price", "label": "价格"}
    kit.deploy(
        database, cast.owner, kit.form("received", price), kit.diagram("returning", *inner), kit.diagram("goods", *outer)
    )
    with database.reading("acme") as session:
        definition = definitions.latest(session, "acme", "goods")
        steps = {step.name: step for step in forecast.of_start(Surroundings(session, cast.clerk, kit.NOW), definition, {})}
    assert steps["scrap"].way == "要退 · 坏了" and steps["scrap"].when == (("wants", "要退"), ("broken", "坏了"))
    assert steps["insure"].when == (("wants", "要退"), ("dear", "贵重"))
    assert steps["book"].way == "要退" and steps["book"].when == (("wants", "要退"),)
