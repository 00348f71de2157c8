"""Rights of fields by step: seen over all forms of a draft, set in them, fields copied where a form lacks them."""

from __future__ import annotations

import json

import pytest

from engine import errors
from engine.cases import cases
from engine.deploying.checking import checks
from engine.designing.editing import field_rights
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit

COLUMNS = {
    "type": "dynamiclist",
    "path": "items",
    "label": "明细",
    "components": [kit.text_field("name"), kit.text_field("price")],
}


def files() -> dict[str, str]:
    diagram = kit.diagram(
        "p", kit.start(form="ask"), kit.task("check", form="look"), kit.end(), kit.chain("started", "check", "done")
    )
    ask = {"id": "ask", "components": [kit.text_field("why"), COLUMNS]}
    look = {
        "id": "look",
        "components": [
            {**kit.text_field("why"), "readonly": True},
            {**kit.text_field("own"), "conditional": {"hide": '=why = ""'}},
        ],
    }
    return {"p.bpmn": diagram.content.decode(), "ask.form": json.dumps(ask), "look.form": json.dumps(look)}


def rights() -> dict[str, list[str]]:
    return {line.path: list(line.rights.values()) for line in field_rights.lines(files())}


def test_all_fields_stand_with_their_right_in_each_form() -> None:
    assert [step.file for step in field_rights.steps(files())] == ["ask.form", "look.form"]
    assert rights() == {
        "why": ["edit", "read"],
        "items": ["edit", "absent"],
        "items.name": ["edit", "absent"],
        "items.price": ["edit", "absent"],
        "own": ["absent", "own"],
    }


def test_rights_are_set_in_the_forms_and_nothing_else_changes() -> None:
    wanted = {
        ("ask.form", "why"): "required",
        ("ask.form", "items.price"): "read",
        ("look.form", "why"): "read",
        ("look.form", "own"): "own",
    }
    changed = field_rights.with_rights(files(), wanted)
    assert list(changed) == ["ask.form"]
    after = {**files(), **changed}
    assert {line.path: line.rights["ask.form"] for line in field_rights.lines(after)} == {
        "why": "required",
        "items": "edit",
        "items.name": "edit",
        "items.price": "read",
        "own": "absent",
    }
    back = field_rights.with_rights(after, {("ask.form", "why"): "edit", ("ask.form", "items.price"): "edit"})
    assert {line.path: dict(line.rights) for line in field_rights.lines({**after, **back})} == {
        line.path: dict(line.rights) for line in field_rights.lines(files())
    }


def test_a_field_that_a_form_lacks_is_copied_and_one_that_goes_is_gone() -> None:
    changed = field_rights.with_rights(files(), {("look.form", "items"): "read", ("ask.form", "why"): "absent"})
    after = {line.path: line.rights for line in field_rights.lines({**files(), **changed})}
    assert after["items"] == {"ask.form": "edit", "look.form": "read"}
    assert after["items.price"]["look.form"] == "edit"
    assert after["why"] == {"ask.form": "absent", "look.form": "read"}


@pytest.mark.parametrize(
    "wanted", [{("ask.form", "nothing"): "read"}, {("else.form", "why"): "read"}, {("ask.form", "why"): "eat"}]
)
def test_what_there_is_none_of_is_refused(wanted: dict[tuple[str, str], str]) -> None:
    with pytest.raises(errors.Invalid):
        field_rights.with_rights(files(), wanted)


def test_the_engine_obeys_the_rights_of_columns(database: databases.Database, cast: Cast) -> None:
    number = {"type": "number", "id": "price", "key": "price", "label": "单价"}
    items = {**COLUMNS, "components": [kit.text_field("name"), number, kit.text_field("cost"), kit.text_field("note")]}
    diagram = kit.diagram(
        "order",
        kit.start(form="ask"),
        kit.task("check", form="look", groups="客服专员"),
        kit.end(),
        kit.chain("started", "check", "done"),
        may_start=["*"],
    )
    forms = {"ask.form": {"id": "ask", "components": [items]}, "look.form": {"id": "look", "components": [items]}}
    files = {name: json.dumps({"type": "default", **each}) for name, each in forms.items()}
    wanted = {"name": "absent", "price": "read", "cost": "hidden", "note": "required"}
    rights_ = {("look.form", f"items.{name}"): right for name, right in wanted.items()}
    changed = field_rights.with_rights({"order.bpmn": diagram.content.decode(), **files}, rights_)
    made = [checks.Resource(name, text.encode()) for name, text in {**files, **changed}.items()]
    kit.deploy(database, cast.owner, diagram, *made)
    rows = [{"name": "甲", "price": 1, "cost": "9", "note": ""}, {"name": "乙", "price": 2, "cost": "8", "note": ""}]
    case = kit.begin(database, cast.clerk, "order", {"items": rows})
    with pytest.raises(errors.Invalid) as told:
        kit.complete(database, cast.clerk, case, "check", {"items": [{"note": "a"}]})
    assert set(told.value.fields) == {"items[1].note"}
    sent = [{"name": "改", "price": 99, "cost": "0", "note": "好"}, {"note": "行"}]
    kit.complete(database, cast.clerk, case, "check", {"items": sent})
    with database.reading() as session:
        after = cases.variables(session, session.get_one(models.ProcessInstance, case), now=kit.NOW)["items"]
    assert after == [{**rows[0], "note": "好"}, {**rows[1], "note": "行"}]
