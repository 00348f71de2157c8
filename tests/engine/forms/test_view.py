"""What a page draws of a form, and what comes back from a page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine import errors, forms

SCHEMA: dict[str, Any] = {
    "id": "complaint",
    "components": [
        {"type": "text", "id": "t", "text": "承诺:{{days}} 个工作日"},
        {
            "type": "textfield",
            "key": "name",
            "id": "name",
            "label": "投诉人",
            "layout": {"row": "r1", "columns": 8},
            "validate": {"required": True},
        },
        {
            "type": "number",
            "key": "loss",
            "id": "loss",
            "label": "损失",
            "layout": {"row": "r1", "columns": 8},
            "defaultValue": 0,
        },
        {"type": "textfield", "key": "why", "id": "why", "label": "原因", "conditional": {"hide": "=loss < 100"}},
        {
            "type": "dynamiclist",
            "path": "measures",
            "id": "measures",
            "label": "措施",
            "defaultRepetitions": 1,
            "components": [{"type": "textfield", "key": "what", "id": "what", "label": "内容", "defaultValue": "待定"}],
        },
    ],
}
FORM = forms.load(SCHEMA)
SCOPE = forms.FormScope({"days": 5})


def names(view: forms.FormView) -> list[list[str]]:
    return [[node.name or node.type for node in line] for line in view.lines]


def test_components_of_one_layout_row_stand_side_by_side_and_hidden_ones_not_at_all() -> None:
    view = forms.view(FORM, forms.initial(FORM, {}, SCOPE), SCOPE)
    assert names(view) == [["text"], ["name", "loss"], ["measures"]]
    assert view.lines[0][0].value == "承诺:5 个工作日"
    assert [node.columns for node in view.lines[1]] == [8, 8]
    assert view.lines[1][0].is_required


def test_a_field_appears_when_its_condition_turns() -> None:
    view = forms.view(FORM, {"loss": 100}, SCOPE)
    assert ["why"] in names(view)


def test_the_process_fills_what_it_knows_and_defaults_fill_the_rest() -> None:
    data = forms.initial(FORM, {"name": "张三"}, SCOPE)
    assert data == {"name": "张三", "loss": 0, "why": None, "measures": [{"what": "待定"}]}


BOX: dict[str, Any] = {"type": "checkbox", "key": "seen", "id": "seen", "label": "本人在场"}
MUST = {"validate": {"required": True}}


def test_a_box_that_must_be_ticked_opens_empty_whatever_others_ticked_or_the_form_presets() -> None:
    form = forms.load(
        {
            "id": "signature",
            "components": [
                BOX | MUST | {"defaultValue": True},
                {"type": "checkbox", "key": "told", "id": "told", "label": "已告知"},
                {"type": "group", "path": "deep", "id": "deep", "label": "内", "components": [BOX | MUST]},
                {"type": "dynamiclist", "path": "rows", "id": "rows", "label": "行", "components": [BOX | MUST]},
                BOX | MUST | {"key": "earlier", "id": "earlier", "readonly": True},
                BOX | {"key": "asked", "id": "asked", "validate": {"required": "=told"}},
            ],
        }
    )
    ticked = {"seen": True, "deep": {"seen": True}, "rows": [{"seen": True, "n": 1}]}
    data = forms.initial(form, ticked | {"told": True, "earlier": True, "asked": True}, SCOPE)
    assert (data["seen"], data["deep"]["seen"], data["rows"][0]["seen"], data["asked"]) == (None, None, None, None)
    assert (data["told"], data["earlier"], data["rows"][0]["n"]) == (True, True, 1)
    assert ticked["rows"] == [{"seen": True, "n": 1}] and forms.confirmation_names(form) == {
        "seen",
        "deep.seen",
        "rows",
        "earlier",
        "asked",
    }


def test_what_a_page_sends_becomes_rows_in_their_order_without_gaps() -> None:
    pairs = [("name", "张三"), ("measures[3].what", "三"), ("measures[0].what", "零"), ("stranger", "x"), ("loss", "5")]
    assert forms.decode(FORM, pairs) == {"name": "张三", "loss": "5", "why": None, "measures": [{"what": "零"}, {"what": "三"}]}


def test_rows_are_added_with_their_defaults_and_removed() -> None:
    data = forms.decode(FORM, [("measures[0].what", "零"), ("measures[1].what", "一")])
    forms.act(FORM, data, forms.actions([("measures#add", "1")]), SCOPE)
    assert [row["what"] for row in data["measures"]] == ["零", "一", "待定"]
    forms.act(FORM, data, forms.actions([("measures#remove", "0"), ("measures#remove", "9"), ("other#add", "1")]), SCOPE)
    assert [row["what"] for row in data["measures"]] == ["一", "待定"]


def test_what_cannot_be_read_is_shown_again_as_typed() -> None:
    settled, unread = forms.preview(FORM, {"name": "张三", "loss": "many"}, SCOPE)
    view = forms.view(FORM, settled, SCOPE, {"loss": [errors.Invalid("This must be a number.")]}, unread=unread)
    loss = view.lines[1][1]
    assert loss.value == "many"
    assert [str(refusal) for refusal in loss.refusals] == ["This must be a number."]


def test_a_form_to_look_at_has_no_field_to_write_in() -> None:
    view = forms.view(FORM, {"loss": 1}, SCOPE, only_looking=True)
    assert all(node.is_readonly for line in view.lines for node in line)


def test_problems_of_a_schema_name_the_component() -> None:
    found = forms.problems(
        {
            "id": "f",
            "components": [
                {"type": "iframe", "id": "h"},
                {"type": "textfield", "key": "a", "label": "甲"},
                {"type": "textfield", "key": "a", "label": "乙"},
                {"type": "select", "key": "s", "label": "选"},
                {"type": "number", "key": "n"},
                {"type": "textfield", "key": "c", "label": "丙", "conditional": {"hide": "=1 +"}},
            ],
        }
    )
    assert [str(problem)[:40] for problem in found[:4]] == [
        "h is of type iframe, which a form here c",
        "The key a stands twice in the form.",
        "选 offers nothing to choose from.",
        "n has no label.",
    ]
    assert "The expression of 丙 cannot be read" in str(found[4])


def test_a_schema_that_is_none_is_a_problem_not_a_failure() -> None:
    for schema in (None, [], {}, {"components": []}, {"id": "x", "components": [1]}):
        assert forms.problems(schema) or schema == {"id": "x", "components": []}


def test_what_was_chosen_before_is_told_in_the_readers_words_and_what_one_types_stays() -> None:
    fixed = {"type": "textfield", "key": "kind", "id": "kind", "label": "类别", "readonly": True}
    typed = {"type": "textfield", "key": "note", "id": "note", "label": "备注"}
    form = replace(forms.load({"id": "reply", "components": [fixed, typed]}), words={"故障": "Fault"})
    drawn = forms.view(form, {"kind": "故障", "note": "故障"}, SCOPE)
    assert [node.value for line in drawn.lines for node in line] == ["Fault", "故障"]


def test_a_table_says_choices_in_the_readers_words_the_form_s_own_before_the_company_s() -> None:
    table = {
        "type": "table",
        "id": "list",
        "label": "清册",
        "dataSource": "=items",
        "columns": [{"label": "密级", "key": "level"}],
    }
    form = replace(forms.load({"id": "check", "components": [table]}), words={"秘密": "Confidential"})
    known = forms.FormScope(
        {"items": [{"level": "秘密", "n": 2}, {"level": "客服部"}]}, words={"客服部": "Service", "秘密": "x"}
    )
    [[node]] = forms.view(form, {}, known).lines
    assert node.value == [{"level": "Confidential", "n": 2}, {"level": "Service"}]
