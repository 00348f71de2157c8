"""What a form accepts and refuses, whichever way a submission comes in."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine import errors, forms
from engine.forms import FormScope, decode, preview

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def field(kind: str, key: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "key": key, "id": key, "label": key, **more}


def form(*components: dict[str, Any]) -> forms.Form:
    return forms.load({"id": "f", "type": "default", "schemaVersion": 18, "components": list(components)})


def submit(given: forms.Form, submission: Any, context: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return forms.validate(given, submission, context or {}, now=NOW, **more)


def refusals(given: forms.Form, submission: Any, context: dict[str, Any] | None = None, **more: Any) -> dict[str, list[str]]:
    with pytest.raises(errors.Invalid) as caught:
        submit(given, submission, context, **more)
    return {name: [str(each) for each in found] for name, found in caught.value.fields.items()}


CHOICES = [{"value": "phone", "label": "电话"}, {"value": 2, "label": "二"}]


@pytest.mark.parametrize(
    ("component", "typed", "kept"),
    [
        (field("textfield", "a"), "  张三 ", "张三"),
        (field("textarea", "a"), "一\r\n二", "一\n二"),
        (field("number", "a"), "1,234.50", Decimal("1234.50")),
        (field("number", "a"), 0.1, Decimal("0.1")),
        (field("number", "a", serializeToString=True), "12.30", "12.30"),
        (field("datetime", "a", subtype="date"), "2026-02-14", "2026-02-14"),
        (field("datetime", "a", subtype="time"), "09:30", "09:30"),
        (field("datetime", "a", subtype="datetime"), "2026-02-14T09:30", "2026-02-14T09:30:00"),
        (field("checkbox", "a"), "on", True),
        (field("checkbox", "a"), None, False),
        (field("radio", "a", values=CHOICES), "2", 2),
        (field("select", "a", values=CHOICES), "phone", "phone"),
        (field("checklist", "a", values=CHOICES), ["2", "phone"], ["phone", 2]),
        (field("taglist", "a", values=CHOICES), [], []),
        (field("textfield", "a"), "", None),
    ],
)
def test_a_value_is_kept_in_its_fields_type(component: dict[str, Any], typed: Any, kept: Any) -> None:
    assert submit(form(component), {"a": typed}) == {"a": kept}


@pytest.mark.parametrize(
    ("component", "typed", "said"),
    [
        (field("textfield", "a", validate={"required": True}), " ", "Please fill this in."),
        (field("textfield", "a", validate={"minLength": 3}), "ab", "At least 3 characters."),
        (field("textfield", "a", validate={"maxLength": 2}), "甲乙丙", "At most 2 characters."),
        (field("textfield", "a", validate={"pattern": "^HT-[0-9]+$"}), "X", "This does not have the required form."),
        (field("textfield", "a", validate={"validationType": "email"}), "x@", "This is not an e-mail address."),
        (field("textfield", "a", validate={"validationType": "phone"}), "call me", "This is not a telephone number."),
        (field("textfield", "a"), {"x": 1}, "This must be text."),
        (field("number", "a"), "twelve", "This must be a number."),
        (field("number", "a"), True, "This must be a number."),
        (field("number", "a"), "1e999", "This number has too many digits."),
        (field("number", "a"), "NaN", "This must be a number."),
        (field("number", "a", validate={"min": 1}), "0.99", "At least 1."),
        (field("number", "a", validate={"max": 10}), 11, "At most 10."),
        (field("number", "a", decimalDigits=2), "1.005", "At most 2 decimal places."),
        (field("number", "a", increment="0.5"), "1.2", "This goes in steps of 0.5."),
        (field("datetime", "a", subtype="date"), "2026-02-30", "This must be a date."),
        (field("datetime", "a", subtype="time"), "25:00", "This must be a time of day."),
        (field("datetime", "a", subtype="datetime"), "2026-02-14", "This must be a date and time."),
        (field("datetime", "a", subtype="date", disallowPassedDates=True), "2026-03-01", "This must not lie in the past."),
        (field("checkbox", "a", validate={"required": True}), None, "This must be ticked."),
        (field("radio", "a", values=CHOICES), "other", "This is not one of the choices."),
        (field("select", "a", values=CHOICES, validate={"required": True}), "", "Please choose."),
        (field("checklist", "a", values=CHOICES), ["phone", "x"], "This is not one of the choices."),
        (field("filepicker", "a", validate={"required": True}), [], "Please hand in a file."),
        (field("filepicker", "a"), ["7"], "One of the files is not there any more; please choose it again."),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused_at_its_field(component: dict[str, Any], typed: Any, said: str) -> None:
    assert refusals(form(component), {"a": typed}) == {"a": [said]}


def test_a_hidden_field_is_neither_required_nor_kept() -> None:
    given = form(
        field("checkbox", "anonymous"),
        field("textfield", "name", validate={"required": True}, conditional={"hide": "=anonymous"}),
    )
    assert submit(given, {"anonymous": True, "name": "smuggled"}) == {"anonymous": True}
    assert refusals(given, {"anonymous": False}) == {"name": ["Please fill this in."]}


def test_what_is_sent_for_a_hidden_field_cannot_open_another() -> None:
    given = form(
        field("checkbox", "override", conditional={"hide": "=not(is_manager)"}),
        field("number", "amount", readonly="=not(override = true)"),
    )
    kept = submit(given, {"override": True, "amount": 1}, {"is_manager": False, "amount": 500})
    assert kept == {"amount": 500}
    assert submit(given, {"override": True, "amount": 1}, {"is_manager": True, "amount": 500}) == {
        "override": True,
        "amount": 1,
    }


def test_what_is_sent_for_no_field_changes_nothing_and_is_dropped() -> None:
    given = form(field("textfield", "a"), field("number", "b", readonly='=stage = "done"'))
    assert submit(given, {"a": "x", "b": 9, "stage": "open"}, {"stage": "done", "b": 1}) == {"a": "x", "b": 1}


def test_computed_values_come_from_the_server_alone() -> None:
    given = form(
        field("number", "price"),
        field("number", "count"),
        {"type": "expression", "key": "total", "id": "total", "expression": "=price * count"},
    )
    assert submit(given, {"price": "0.1", "count": "3", "total": 999})["total"] == Decimal("0.3")


def test_rows_of_a_dynamic_list_are_checked_one_by_one() -> None:
    given = form(
        {
            "type": "dynamiclist",
            "path": "items",
            "id": "items",
            "label": "items",
            "validate": {"required": True, "max": 2},
            "components": [
                field("textfield", "title", validate={"required": True}),
                field("textfield", "reason", conditional={"hide": '=title = "x"'}, validate={"required": True}),
            ],
        }
    )
    assert submit(given, {"items": [{"title": "x", "reason": "dropped"}]}) == {"items": [{"title": "x"}]}
    assert refusals(given, {"items": [{"title": "x"}, {"title": "y"}]}) == {"items[1].reason": ["Please fill this in."]}
    assert refusals(given, {"items": []}) == {"items": ["Please add at least one row."]}
    assert refusals(given, {"items": [{"title": "x"}] * 3}) == {"items": ["At most 2 entries."]}
    assert refusals(given, {"items": "rows"})["items"] == ["This must be a list of rows."]


def test_rows_that_may_not_be_added_or_removed_keep_what_the_form_does_not_show() -> None:
    inner = [field("textfield", "name", readonly=True), field("textfield", "told", conditional={"hide": "=name = null"})]
    rows = {"type": "dynamiclist", "path": "list", "id": "list", "components": inner, "allowAddRemove": False}
    before = {"list": [{"name": "甲", "record": "7"}, {"record": "8", "told": "早先"}]}
    kept = submit(form(rows), {"list": [{"told": "是", "record": "99"}, {"told": "否"}]}, before)
    assert kept == {"list": [{"record": "7", "name": "甲", "told": "是"}, {"record": "8", "name": None}]}
    free = {**rows, "components": [field("textfield", "told")], "allowAddRemove": True}
    assert submit(form(free), {"list": [{"told": "是"}]}, before) == {"list": [{"told": "是"}]}


def test_a_column_that_is_only_read_or_hidden_stays_with_its_rows() -> None:
    hidden = field("number", "cost", conditional={"hide": "=true"})
    price = field("number", "price", readonly=True)
    inner = [field("textfield", "name", validate={"required": True}), price, hidden]
    given = form({"type": "dynamiclist", "path": "items", "id": "items", "components": inner})
    before = {"items": [{"name": "甲", "price": 1, "cost": 5}, {"name": "乙", "price": 2, "cost": 6}]}
    sent = {"items": [{"name": "乙", "price": 99, "cost": 0}, {"name": "丙"}, {"name": "多"}]}
    assert submit(given, sent, before) == {
        "items": [{"name": "乙", "price": 1, "cost": 5}, {"name": "丙", "price": 2, "cost": 6}]
    }
    assert refusals(given, {"items": [{"name": "甲"}]}, before) == {"items[1].name": ["Please fill this in."]}
    assert refusals(given, {"items": [{"name": "甲"}, {"name": ""}]}, before) == {"items[1].name": ["Please fill this in."]}
    (line,) = forms.view(given, before, forms.FormScope(variables=before, now=NOW)).lines
    assert line[0].has_fixed_rows and [node.name for row in line[0].rows[1] for node in row] == [
        "items[1].name",
        "items[1].price",
    ]
    assert submit(given, {"items": [{"name": "新"}]}, {}) == {"items": [{"name": "新", "price": None}]}


def test_groups_with_a_path_nest_their_values() -> None:
    given = form(
        {"type": "group", "path": "who", "id": "g", "components": [field("textfield", "name", validate={"required": True})]}
    )
    assert submit(given, {"who": {"name": "张三"}}) == {"who": {"name": "张三"}}
    assert refusals(given, {}) == {"who.name": ["Please fill this in."]}


def test_choices_may_come_from_a_function_that_looks_people_up() -> None:
    people = [{"value": "wang", "label": "王芳"}]
    given = form(field("select", "handler", valuesExpression="=person options()"))
    functions = {"person options": lambda: people}
    assert submit(given, {"handler": "wang"}, functions=functions) == {"handler": "wang"}
    assert refusals(given, {"handler": "li"}, functions=functions) == {"handler": ["This is not one of the choices."]}


def test_a_choice_that_depends_on_another_field_is_checked_against_it() -> None:
    given = form(
        field("radio", "kind", values=[{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]),
        field("select", "detail", valuesExpression='=if kind = "a" then ["a1", "a2"] else ["b1"]'),
    )
    assert submit(given, {"kind": "a", "detail": "a2"}) == {"kind": "a", "detail": "a2"}
    assert refusals(given, {"kind": "b", "detail": "a2"}) == {"detail": ["This is not one of the choices."]}


def test_files_are_those_that_were_handed_in() -> None:
    known = {"7": {"key": "7", "name": "证据.pdf", "size": 3, "type": "application/pdf"}}
    given = form(field("filepicker", "evidence", accept=".pdf"))
    assert submit(given, {"evidence": ["7"]}, attachments=known.get) == {"evidence": [known["7"]]}
    strict = form(field("filepicker", "evidence", accept=".png,image/*"))
    assert "is not one of the kinds" in refusals(strict, {"evidence": ["7"]}, attachments=known.get)["evidence"][0]
    assert refusals(given, {"evidence": ["7", "8"]}, attachments=known.get)["evidence"]


@pytest.mark.parametrize("submission", ["text", 3, None, ["a"]])
def test_a_submission_that_is_no_object_is_refused(submission: Any) -> None:
    with pytest.raises(errors.Invalid):
        submit(form(field("textfield", "a")), submission)


NAMES = {"1": "鸿江证券有限公司", "2": "广陵(集团)有限公司"}


def named(key: str, by: str) -> dict[str, Any]:
    agrees = f"=if {by} = null then null else name_in({by})"
    return field("textfield", key, validate={"required": True}, properties={"agrees_with": agrees})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", "广陵(集团)有限公司"), (" 广陵（集团） 有限公司", "广陵（集团） 有限公司")],
)
def test_a_name_beside_what_was_chosen_is_filled_in_and_may_be_spelled_otherwise(typed: str, kept: str) -> None:
    given = form(field("textfield", "of"), named("name", "of"))
    assert submit(given, {"of": "2", "name": typed}, functions={"name_in": NAMES.get}) == {"of": "2", "name": kept}


def test_a_part_above_its_whole_is_refused_with_both_numbers_in_every_row() -> None:
    whole = field("number", "whole", label="核定户数", decimalDigits=0)
    part = field("number", "part", label="其中已更正", decimalDigits=0, properties={"part_of": "whole"})
    beside = {"type": "group", "id": "beside", "label": "另一组", "components": [part]}
    assert refusals(form(whole, beside), {"whole": 22, "part": 30}) == {
        "part": ["“其中已更正” (30) cannot be more than “核定户数” (22)."]
    }
    for good in ({"whole": 22, "part": 22}, {"part": 3}, {"whole": 22}):
        submit(form(whole, beside), good)
    rows = {"type": "dynamiclist", "path": "rows", "label": "rows", "components": [whole, part]}
    assert list(refusals(form(rows), {"rows": [{"whole": 1, "part": 1}, {"whole": 1, "part": 2}]})) == ["rows[1].part"]


def test_a_name_that_is_not_that_of_what_was_chosen_is_refused_with_both_in_every_row() -> None:
    rows = {
        "type": "dynamiclist",
        "path": "rows",
        "label": "rows",
        "components": [field("textfield", "of"), named("name", "of")],
    }
    sent = {"rows": [{"of": "1", "name": "鸿江证券有限公司"}, {"of": "2", "name": "完全不同的客户"}, {"name": "未建档的客户"}]}
    told = refusals(form(rows), sent, functions={"name_in": NAMES.get})
    assert list(told) == ["rows[1].name"]
    assert "“完全不同的客户”" in told["rows[1].name"][0] and "“广陵(集团)有限公司”" in told["rows[1].name"][0]


@pytest.mark.parametrize(
    ("of", "typed", "agreed", "kept"),
    [
        ("2", "鸿江证券有限公司", "鸿江证券有限公司", "广陵(集团)有限公司"),
        ("", "鸿江证券有限公司", "鸿江证券有限公司", None),
        ("2", "广陵（集团）有限公司", "鸿江证券有限公司", "广陵（集团）有限公司"),
    ],
    ids=["another is chosen", "nothing is chosen any more", "typed since"],
)
def test_a_name_that_a_choice_has_filled_in_follows_another_choice(of: str, typed: str, agreed: str, kept: str | None) -> None:
    given = form(field("textfield", "of"), named("name", "of"))
    sent = decode(given, [("of", of), ("name", typed), ("name#agreed", agreed)])
    settled, _unread = preview(given, sent, FormScope({}, functions={"name_in": NAMES.get}))
    assert settled.get("name") == kept


def test_a_field_that_only_shows_its_default_shows_it_in_a_half_filled_form_too() -> None:
    shown = field("textfield", "what", defaultValue="=measure.what", readonly=True)
    given = form(shown, field("textfield", "done"))
    scope = FormScope({"measure": {"what": "换货三支"}})
    assert preview(given, {"done": "已"}, scope)[0] == {"what": "换货三支", "done": "已"}


@pytest.mark.parametrize(
    ("subtype", "bound", "typed", "told"),
    [
        ("date", {"min": '=string(today() - duration("P1Y"))'}, "1026-12-10", "Not before 2 Mar 2025."),
        ("date", {"max": "2026-04-01"}, "2100-01-01", "Not after 1 Apr 2026."),
        ("datetime", {"min": "2026-03-02T09:30"}, "2026-03-01T08:00", "Not before 2 Mar 2026 09:30."),
    ],
)
def test_the_bound_of_a_day_is_told_as_one_says_it(subtype: str, bound: dict[str, Any], typed: str, told: str) -> None:
    assert refusals(form(field("datetime", "a", subtype=subtype, validate=bound)), {"a": typed}) == {"a": [told]}
