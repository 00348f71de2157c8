"""What the case page tells of a step that sent the case back, of what it typed under other names, and of each of several."""

from __future__ import annotations

import pytest

from engine.queries.cases import instance_page
from engine.storage import database as databases
from tests.cast import COMPANY, Cast
from tests.engine import kit


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


def page(database: databases.Database, cast: Cast, key: int) -> instance_page.InstancePage:
    with database.reading(COMPANY) as session:
        return instance_page.instance_page(session, cast.head, key, now=kit.NOW)


def reported(database: databases.Database, cast: Cast) -> int:
    """A plan is made and reported to the customer; it comes back as long as he is not satisfied."""
    mapped = '<zeebe:ioMapping><zeebe:output source="=answer = &quot;满意&quot;" target="accepted"/>'
    mapped += '<zeebe:output source="=replyComment" target="comment"/></zeebe:ioMapping>'
    shown = kit.text_field("comment") | {"label": "客户意见", "readonly": True}
    words = (kit.text_field("answer") | {"label": "客户是否满意"}, kit.text_field("replyComment") | {"label": "客户意见"})
    gate = kit.node("exclusiveGateway", "content", attributes=' default="content_plan"').replace(
        '"content" name="content"', '"content" name="客户满意？"'
    )
    ways = [kit.chain("started", "plan", "report", "content"), kit.flow("content", "done", "=accepted")]
    ways.append(kit.flow("content", "plan").replace(" source", ' name="否" source'))
    steps = (kit.task("plan", users="clerk", form="plan"), kit.task("report", users="clerk2", form="report", inputs=mapped))
    drawn = kit.diagram("r", kit.start(), *steps, gate, kit.end(), *ways, managers=["部门负责人"])
    kit.deploy(database, cast.owner, kit.form("plan", kit.text_field("plan"), shown), kit.form("report", *words), drawn)
    return kit.begin(database, cast.clerk, "r")


def test_a_case_that_came_back_says_where_to_by_what_and_with_which_words(database: databases.Database, cast: Cast) -> None:
    key = reported(database, cast)
    kit.complete(database, cast.clerk, key, "plan", {"plan": "校圆"})
    kit.complete(database, cast.clerk2, key, "report", {"answer": "不满意", "replyComment": "仍有3支椭圆"})
    told = page(database, cast, key)
    [back] = [each for entry in told.timeline for each in entry.sent_back]
    assert (back["kind"], back["to"], back["asked"], back["answered"]) == ("automatic", "plan", "客户满意？", "否")
    assert [(step.name, [each["to"] for each in step.sent_back]) for step in told.way][-1] == ("report", ["plan"])
    assert told.places[0].returned is not None and told.places[0].returned["from"] == "report"


def test_what_was_typed_stands_under_its_step_also_where_the_case_keeps_it_by_another_name(
    database: databases.Database, cast: Cast
) -> None:
    key = reported(database, cast)
    kit.complete(database, cast.clerk, key, "plan", {"plan": "校圆"})
    kit.complete(database, cast.clerk2, key, "report", {"answer": "不满意", "replyComment": "仍有3支椭圆"})
    told = {group.name: {each.label: each.value for each in group.values} for group in page(database, cast, key).answers}
    assert told["report"] == {"客户是否满意": "不满意", "客户意见": "仍有3支椭圆"}
    assert not any("客户意见" in values for name, values in told.items() if name != "report")


def test_each_row_of_a_step_of_several_says_whose_it_is(database: databases.Database, cast: Cast) -> None:
    several = '<zeebe:ioMapping><zeebe:output source="=[{unit: &quot;service&quot;, person: &quot;clerk&quot;, finding: finding}]" target="findings"/></zeebe:ioMapping>'
    drawn = (kit.start(), kit.task("look", users="clerk", form="look", inputs=several), kit.task("read", users="clerk2"))
    ways = kit.chain("started", "look", "read", "done")
    kit.deploy(
        database,
        cast.owner,
        kit.form("look", kit.text_field("finding")),
        kit.diagram("s", *drawn, kit.end(), ways, managers=["部门负责人"]),
    )
    key = kit.begin(database, cast.clerk, "s")
    kit.complete(database, cast.clerk, key, "look", {"finding": "未全检"})
    [table] = [each for group in page(database, cast, key).answers for each in group.values if each.kind == "table"]
    assert table.columns[:2] == ("办理人", "部门") and table.rows[0][0] == cast.clerk.name
