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


def test_what_each_of_several_did_stands_at_their_step_a_row_for_each(database: databases.Database, cast: Cast) -> None:
    """What they wrote, under the labels of their form; who it was, as the form calls it in which he was chosen. Told once."""
    several = (
        '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=measures" '
        'inputElement="measure" outputCollection="results" outputElement="={owner: measure.owner, progress: progress}"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    owner = {"type": "select", "key": "owner", "label": "负责人", "valuesExpression": "=person options()"}
    measures = {"type": "dynamiclist", "path": "measures", "label": "措施", "components": [owner]}
    results = {
        "type": "dynamiclist",
        "path": "results",
        "label": "结果",
        "components": [{**kit.text_field("progress"), "readonly": True}],
    }
    carried = kit.task("carry_out", form="done", assignee="=measure.owner").replace(
        "</bpmn:userTask>", f"{several}</bpmn:userTask>"
    )
    steps = (kit.start(), kit.task("plan", form="plan", groups="客服专员"), carried, kit.task("check", form="check"), kit.end())
    forms = [
        kit.form("plan", measures),
        kit.form("done", {**kit.text_field("progress"), "label": "落实情况"}),
        kit.form("check", results),
    ]
    kit.deploy(
        database, cast.owner, kit.diagram("several", *steps, kit.chain("started", "plan", "carry_out", "check", "done")), *forms
    )
    known = {
        "measures": [{"owner": "clerk"}, {"owner": "clerk2"}],
        "results": [{"owner": "clerk", "progress": "已培训"}, {"owner": "clerk2", "progress": "已赔付"}],
    }
    with database.reading("acme") as session:
        definition, company = definitions.latest(session, "acme", "several"), organisation.current(session, "acme")
        groups = filled.grouped(definition, company, known)
    assert [each.element_id for each in groups] == ["plan", "carry_out"]
    [done] = groups[1].values
    assert (done.columns, done.rows) == (("负责人", "落实情况"), (("陈办事", "已培训"), ("程办事", "已赔付")))


def test_a_list_carried_on_says_choices_in_the_readers_words_and_what_is_typed_there_stays(
    database: databases.Database, cast: Cast
) -> None:
    columns = [{**kit.text_field("level"), "readonly": True}, kit.text_field("note")]
    form = kit.form("look", {"type": "dynamiclist", "path": "items", "label": "清单", "components": columns})
    choice = {"type": "select", "key": "kind", "label": "密级", "values": [{"label": "秘密", "value": "秘密"}]}
    steps = (kit.start(form="first"), kit.task("look", form="look"), kit.end(), kit.chain("started", "look", "done"))
    drawn = kit.diagram("p", *steps, texts={"en": {"秘密": "Confidential"}})
    kit.deploy(database, cast.owner, drawn, form, kit.form("first", choice))
    with database.reading("acme") as session:
        session.info[definitions.LANGUAGE] = "en"
        definition, company = definitions.latest(session, "acme", "p"), organisation.current(session, "acme")
        groups = filled.grouped(definition, company, {"items": [{"level": "秘密", "note": "秘密"}]})
    assert [value.rows for group in groups for value in group.values] == [(("Confidential", "秘密"),)]
