"""Rights of fields by step: seen over all forms of a draft, set in them, fields copied where a form lacks them."""

from __future__ import annotations

import json

import pytest

from engine import errors
from engine.designing.editing import field_rights
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
