"""One budget of work for everything that a request asks of a form; steps are counted, not seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine import forms
from engine.forms import effort

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HEAVY = "=count(for i in 1..2000 return i * i) > 5000"

NAMED = "“(栏目|k)[0-9]+”"


def form(*components: dict[str, Any]) -> forms.Form:
    return forms.load({"id": "f", "components": list(components)})


def field(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "textfield", "key": f"k{number}", "label": f"栏目{number}", **more}


def spent(given: forms.Form, data: dict[str, Any], **variables: Any) -> int:
    scope = forms.FormScope(variables, now=NOW)
    forms.view(given, data, scope)
    return effort.MAX_STEPS - scope.effort.steps


@pytest.mark.parametrize(
    "heavy",
    [
        {"conditional": {"hide": HEAVY}},
        {"validate": {"required": HEAVY}},
        {"readonly": HEAVY},
        {"defaultValue": HEAVY},
        {"label": HEAVY},
        {"description": "{{" + HEAVY[1:] + "}}"},
        {"type": "expression", "expression": HEAVY},
        {"type": "select", "valuesExpression": "=for i in 1..2000 return string(i)"},
        {"conditional": {"hide": "=count(everything[a < 0]) < 0"}},
        {"conditional": {"hide": '=matches(long, "(a|b|ab)*c")'}},
        {"conditional": {"hide": "=string length(string join(for i in 1..900 return long)) < 0"}},
    ],
    ids=lambda heavy: next(iter(heavy)) + ":" + str(heavy)[-40:],
)
def test_four_hundred_heavy_fields_are_refused_and_the_field_is_named(heavy: dict[str, Any]) -> None:
    given = form(*(field(number, **heavy) for number in range(400)))
    data = {f"k{number}": "x" for number in range(400)}
    variables = {"long": "ab" * 2000, "everything": [{"a": n, "b": [n, n]} for n in range(40_000)]}
    with pytest.raises(forms.TooMuch, match=NAMED):
        scope = forms.FormScope(variables, now=NOW)
        forms.view(given, forms.initial(given, variables, scope) | data, scope)
    if not heavy.keys() & {"label", "description", "defaultValue"}:  # which only a page draws
        with pytest.raises(forms.TooMuch, match=NAMED):
            forms.validate(given, data, variables, now=NOW)


def test_opening_drawing_and_checking_in_one_request_share_the_budget() -> None:
    given = form(*(field(number, conditional={"hide": HEAVY}) for number in range(8)))
    scope = forms.FormScope(now=NOW)
    forms.view(given, {}, scope)
    before = scope.effort.steps
    forms.preview(given, {}, scope)
    assert scope.effort.steps < before < effort.MAX_STEPS


def test_rows_without_end_are_refused_even_without_an_expression() -> None:
    inner = {"type": "dynamiclist", "path": "inner", "label": "内层", "components": [field(number) for number in range(5)]}
    given = form({"type": "dynamiclist", "path": "outer", "label": "外层", "components": [inner]})
    rows = [{"inner": [{}] * 1000}] * 1000
    with pytest.raises(forms.TooMuch, match=r"栏目|内层"):
        forms.validate(given, {"outer": rows}, {}, now=NOW)


def test_a_condition_that_fails_for_want_of_steps_does_not_show_what_it_hides() -> None:
    given = form(field(1, conditional={"hide": "=count(for i in 1..900000 return i) > 0"}))
    with pytest.raises(forms.TooMuch, match="栏目1"):
        forms.view(given, {}, forms.FormScope(now=NOW))


def test_a_large_honest_form_stays_far_below_the_budget() -> None:
    columns = [{"type": "number", "key": key, "label": key} for key in ("count", "price", "discount")]
    total = {"type": "expression", "key": "total", "label": "小计", "expression": "=count * price - discount"}
    rows = {"type": "dynamiclist", "path": "items", "label": "明细", "components": [*columns, total]}
    shown = [field(number, conditional={"hide": '=kind != "采购"'}) for number in range(300)]
    whole = {"type": "expression", "key": "sum", "label": "合计", "expression": "=sum(items.total)"}
    data = {"kind": "采购", "items": [{"count": 1, "price": 2, "discount": 0}] * 500}
    assert spent(form(rows, *shown, whole), data) < effort.MAX_STEPS / 4


def test_work_grows_with_the_rows_and_no_faster() -> None:
    rows = {
        "type": "dynamiclist",
        "path": "items",
        "label": "明细",
        "components": [{"type": "expression", "key": "share", "expression": "=i / limit"}],
    }
    few, many = (spent(form(rows), {"items": [{}] * count}, limit=5, others=[1] * 1000) for count in (50, 500))
    assert many < 11 * few


def test_names_without_end_in_what_a_browser_sent_cost_no_more_than_reading_them() -> None:
    inner = {"type": "dynamiclist", "path": "inner", "label": "内层", "components": [field(1)]}
    given = form({"type": "dynamiclist", "path": "outer", "label": "外层", "components": [inner]})
    pairs = [(f"outer[{number}].inner[0].k1", "x") for number in range(900)]
    assert len(forms.decode(given, [*pairs, ("outer" + "[1]" * 10_000, "x")])["outer"]) == 900
