"""What is known of a case: each fact once, at the step that asks for it; what is only shown stands apart."""

from __future__ import annotations

from engine.cases.lines import filled
from engine.definitions import definitions
from engine.people import organisation
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit


def test_each_fact_stands_once_where_it_is_asked_and_what_is_only_shown_apart(database: databases.Database, cast: Cast) -> None:
    shown = {**kit.text_field("line"), "readonly": True}
    form = kit.form(
        "later", {"type": "group", "label": "已知", "components": [shown, {**kit.text_field("promised"), "readonly": True}]}
    )
    steps = (
        kit.start(),
        kit.task("check", form="later", groups="客服专员"),
        kit.task("order", form="first", groups="客服专员"),
        kit.end(),
        kit.chain("started", "order", "check", "done"),
    )
    kit.deploy(database, cast.owner, kit.diagram("supply", *steps), form, kit.form("first", kit.text_field("line")))
    with database.reading("acme") as session:
        definition, company = definitions.latest(session, "acme", "supply"), organisation.current(session, "acme")
        groups = filled.grouped(definition, company, {"line": "自有网络", "promised": "2026-12-01"})
    told = [(each.element_id, each.is_beside, [value.name for value in each.values]) for each in groups]
    assert told == [("order", False, ["line"]), ("", True, ["promised"])]
