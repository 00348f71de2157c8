"""What is told of a form before it is deployed, by field and attribute."""

from __future__ import annotations

from typing import Any

import pytest

from engine import forms


def told(*components: Any, functions: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    found = forms.problems({"id": "f", "components": list(components)}, functions)
    return [(problem.severity, problem.element_id, str(problem)) for problem in found]


def errors_of(*components: Any) -> list[str]:
    return [text for severity, _, text in told(*components) if severity == "error"]


def field(kind: str = "number", **more: Any) -> dict[str, Any]:
    more = {"values": ["a"], **more} if kind in ("checklist", "taglist") else more
    return {"type": kind, "key": "a", "id": "a", "label": "金额", **more}


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        *(("number", name, value) for name in ("min", "max") for value in ("1,000", "abc", True, [], {}, "1e999999999", "１")),
        *(("textfield", name, value) for name in ("minLength", "maxLength") for value in ("abc", -1, 2.5, "1,0")),
        *(("textarea", name, "many") for name in ("minLength", "maxLength")),
        *((kind, name, value) for kind in ("checklist", "dynamiclist") for name in ("min", "max") for value in ("x", -1, 0.5)),
        ("datetime", "min", "tomorrow"),
        ("datetime", "max", 20260302),
        ("textfield", "pattern", "[a-"),
        ("textfield", "pattern", "(?<=a)b"),
        ("textfield", "pattern", 5),
        ("textfield", "validationType", "iban"),
        ("number", "required", "yes"),
    ],
)
def test_a_rule_that_is_no_proper_value_is_refused_with_field_and_attribute(kind: str, name: str, value: Any) -> None:
    path = {"path": "a"} if kind == "dynamiclist" else {}
    [text] = errors_of(field(kind, validate={name: value}, **path))
    assert "金额" in text
    assert name in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("increment", value) for value in ("abc", 0, -1, "0,5")),
        *(("decimalDigits", value) for value in ("abc", -1, 1.5, 1000)),
        ("readonly", "true"),
        ("disabled", 1),
        ("serializeToString", "yes"),
        ("label", 5),
        ("description", ["a"]),
    ],
)
def test_an_attribute_that_is_no_proper_value_is_refused(name: str, value: Any) -> None:
    [text] = errors_of(field(**{name: value}))
    assert name in text


@pytest.mark.parametrize("name", ["validate", "conditional", "layout", "appearance", "properties"])
def test_an_attribute_of_the_wrong_shape_is_refused_not_a_failure(name: str) -> None:
    for value in ("text", [1], 5):
        assert [name in text for text in errors_of(field(**{name: value}))] == [True]


def test_other_shapes_that_cannot_be_drawn_are_refused_not_failures() -> None:
    assert errors_of({"type": ["a"]}, {"type": {}}, 5, None, "x")
    assert errors_of({"type": "group", "components": {"a": 1}})
    assert errors_of(field(conditional={"hide": 5}))
    assert errors_of(field(layout={"columns": "half"}))
    for key in (".", "a.", "a..b", 5, ["a"]):
        assert errors_of({**field(), "key": key})


def test_bounds_that_nothing_meets_are_refused() -> None:
    assert "min is above its max" in errors_of(field(validate={"min": 5, "max": 4}))[0]
    assert "minLength is above its maxLength" in errors_of(field("textfield", validate={"minLength": 5, "maxLength": 4}))[0]


def test_proper_values_and_expressions_are_accepted() -> None:
    rules = {"min": "=limit", "max": "1000.5", "required": '=kind = "a"'}
    assert told(field(validate=rules, increment="0.01", decimalDigits=2, readonly="=done = true")) == []
    assert told(field("datetime", subtype="date", validate={"min": "2026-01-01", "max": "=until"})) == []
    assert told(field("textfield", validate={"minLength": 0, "maxLength": "20", "pattern": r"^HT-\d{4}$"})) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("a", "a.b"), ("a.b", "a"), ("a.b", "a.b.c")],
)
def test_keys_that_lead_into_each_other_are_refused(one: str, other: str) -> None:
    [text] = errors_of({**field(), "key": one}, {**field(), "key": other})
    assert text == f"The keys {one} and {other} exclude each other: one leads into the other."


def test_keys_collide_with_the_paths_of_groups_and_lists_too() -> None:
    group = {"type": "group", "path": "a", "components": [{**field(), "key": "x"}]}
    rows = {"type": "dynamiclist", "path": "a.rows", "label": "行", "components": []}
    assert len(errors_of(field(), group)) == 1
    assert len(errors_of(group, {**field(), "key": "a.y"})) == 1
    assert len(errors_of(group, group)) == 1  # the second would take the place of the first
    assert len(errors_of(field(), rows)) == 1
    assert errors_of({"type": "group", "components": [field()]}, {**field(), "key": "b"}) == []
    assert errors_of({**field(), "key": "a.b"}, {**field(), "key": "a.c"}) == []
    assert errors_of(group, {"type": "group", "path": "b", "components": [{**field(), "key": "x"}]}) == []


def test_what_has_no_effect_is_told_and_does_not_refuse() -> None:
    button = {"type": "button", "id": "send", "label": "提交", "action": "submit"}
    html = {"type": "html", "id": "hint", "content": "<p>请<b>如实</b>填写</p><script>alert(1)</script><p>谢谢&amp;再见</p>"}
    assert [(severity, element) for severity, element, _ in told(button, html)] == [("warning", "send"), ("warning", "hint")]
    form = forms.load({"id": "f", "components": [button, html, {"type": "textfield", "key": "a", "label": "甲"}]})
    nodes = [node for line in forms.view(form, {}, forms.FormScope()).lines for node in line]
    assert [(node.type, node.value or node.label) for node in nodes] == [
        ("text", "请如实填写\n\n谢谢&再见"),
        ("textfield", "甲"),
    ]


@pytest.mark.parametrize("kind", ["textfield", "number", "checkbox", "filepicker"])
def test_a_field_that_people_could_only_know_by_its_key_is_refused(kind: str) -> None:
    assert ("error", "a", "a has no label.") in told({"type": kind, "key": "a", "id": "a"})
    assert ("error", "a", "a has no label.") in told({"type": kind, "key": "a", "id": "a", "label": ""})


def test_a_misspelt_attribute_is_told_with_the_nearest_known_one() -> None:
    assert [text for *_, text in told(field(decimalDigit=2, validate={"requierd": True}))] == [
        "The attribute decimalDigit of 金额 has no effect. Did you mean decimalDigits?",
        "The attribute requierd of 金额 has no effect. Did you mean required?",
    ]


@pytest.mark.parametrize(
    ("attributes", "label"),
    [
        ({"subtype": "date", "dateLabel": "交付日期"}, "交付日期"),
        ({"subtype": "date", "dateLabel": "交付日期", "label": "Date time"}, "交付日期"),
        ({"subtype": "time", "timeLabel": "到达时间", "dateLabel": "Date"}, "到达时间"),
        ({"subtype": "datetime", "dateLabel": "开始", "timeLabel": "时间"}, "开始"),
        ({"subtype": "datetime", "timeLabel": "时间"}, "时间"),
        ({"label": "日期"}, "日期"),
        ({}, "a"),
    ],
)
def test_a_date_field_is_called_by_its_own_labels(attributes: dict[str, Any], label: str) -> None:
    raw = {"type": "datetime", "key": "a", **attributes}
    assert forms.load({"id": "f", "components": [raw]}).components[0].label == label
    assert [severity for severity, *_ in told(raw)] == ([] if attributes else ["error"])


def test_no_past_dates_on_a_time_of_day_is_told_to_have_no_effect() -> None:
    [(severity, _, text)] = told(field("datetime", subtype="time", disallowPassedDates=True))
    assert (severity, "disallowPassedDates" in text) == ("warning", True)
    assert told(field("datetime", subtype="date", disallowPassedDates=True)) == []


@pytest.mark.parametrize(
    "attributes",
    [
        {"conditional": {"hide": "=amount＞5"}},
        {"conditional": {"hide": "amount＞5"}},
        {"validate": {"required": "=kind = “a”"}},
        {"validate": {"min": "=１０"}},
        {"description": "至少 {{limit＋1}}"},
        {"defaultValue": "=sum（1，2）"},
        {"readonly": "=not（done）"},
    ],
)
def test_a_full_width_sign_is_named_in_every_expression_of_a_form(attributes: dict[str, Any]) -> None:
    [text] = errors_of(field(**attributes))
    assert "full-width sign; write" in text


def test_full_width_signs_in_words_for_people_are_no_matter() -> None:
    assert told(field(label="金额（元）：", description="格式：１，０００（含税）")) == []


def test_a_form_that_was_published_before_is_still_drawn() -> None:
    components = [field(validate={"min": "abc"}, decimalDigits="x", increment="y"), {**field(), "key": "a.b"}]
    form = forms.load({"id": "f", "components": components})
    assert len(forms.view(form, {"a": 1}, forms.FormScope()).lines) == 2


def test_more_components_than_a_page_can_hold_are_refused() -> None:
    assert "more than 500" in errors_of(*({**field(), "key": f"k{number}"} for number in range(501)))[0]


@pytest.mark.parametrize(("kind", "whole"), [("textfield", "all"), ("number", "al"), ("number", "x"), ("number", "text")])
def test_a_part_names_another_number_beside_it(kind: str, whole: str) -> None:
    beside = [field("number", key="all"), field("textfield", key="text")]
    [_told] = errors_of(*beside, field(kind, key="x", properties={"part_of": whole}))
    assert errors_of(*beside, field("number", key="x", properties={"part_of": "all"})) == []


@pytest.mark.parametrize(("kind", "text"), [("number", "=a"), ("textfield", "广陵"), ("textfield", "=if a then")])
def test_what_a_text_must_agree_with_is_an_expression_that_can_be_read_and_stands_at_a_text(kind: str, text: str) -> None:
    [_told] = errors_of(field(kind, properties={"agrees_with": text}))
    assert errors_of(field("textfield", properties={"agrees_with": "=a"})) == []


@pytest.mark.parametrize("key", ["opinion", "outcome", "window", "elements"])
def test_a_key_that_the_page_itself_uses_is_refused_but_within_rows(key: str) -> None:
    assert [key in text and "page's own" in text for text in errors_of(field(key=key))] == [True]
    assert errors_of(field(key=f"{key}s"), field(key=f"the.{key}", id="b"), field(key=f"{key}.kind", id="c")) == []
    assert errors_of({"type": "dynamiclist", "path": "lines", "label": "行", "components": [field(key=key)]}) == []
