"""What a table is fed with and what its cells say: texts for dates, words without quotation marks, full-width signs."""

from __future__ import annotations

import pytest

from engine import decisions
from tests.engine.decisions import dmn


def typed(text: str, reference: str) -> str:
    """The table's columns with a type."""
    return text.replace("<inputExpression>", f'<inputExpression typeRef="{reference}">')


def table(columns: list[str], *rules: list[str], reference: str = "") -> str:
    made = dmn.table(columns, ["y"], rules, "FIRST")
    return dmn.decision("d", typed(made, reference) if reference else made)


def answer(xml: str, *others: str, **given: object) -> object:
    return decisions.evaluate(decisions.parse(dmn.model(*others, xml)), "d", given).value


def told(*elements: str, variables: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    found = decisions.parse(dmn.model(*elements)).problems((), variables)
    return [(problem.severity, problem.element_id, str(problem)) for problem in found]


@pytest.mark.parametrize(
    ("reference", "cell", "text"),
    [
        ("date", '>= date("2026-03-01")', "2026-03-15"),
        ("time", '> time("09:00:00")', "10:30"),
        ("time", '> time("09:00:00")', "10:30:00"),
        ("date and time", '> date and time("2026-03-01T00:00:00")', "2026-03-15T09:30"),
        ("dateTime", '> date and time("2026-03-01T00:00:00Z")', "2026-03-15T09:30:00+08:00"),
        ("days and time duration", '> duration("P1D")', "P2D"),
        ("years and months duration", '> duration("P1M")', "P1Y"),
        ("number", "> 5", "12.5"),
    ],
)
def test_a_text_from_outside_becomes_what_its_column_asks_for(reference: str, cell: str, text: str) -> None:
    rules = table(["x"], [cell, '"matched"'], ["-", '"other"'], reference=reference)
    assert answer(rules, x=text) == "matched"
    assert answer(rules, dmn.inputs("x"), x=text) == "matched"
    nested = table(["form.x"], [cell, '"matched"'], ["-", '"other"'], reference=reference)
    assert answer(nested, form={"x": text}) == "matched"


@pytest.mark.parametrize("text", ["2026-3-15", "昨天", "", "2026-02-30"])
def test_a_text_that_is_no_date_is_told_with_its_column(text: str) -> None:
    rules = table(["到货日期"], ['> date("2026-03-01")', "1"], ["-", "2"], reference="date")
    with pytest.raises(decisions.InputNotAllowed, match=r"到货日期.*no date"):
        answer(rules, 到货日期=text)
    declared = dmn.decision("d", dmn.literal("到货日期"), "到货日期")
    with pytest.raises(decisions.InputNotAllowed, match=r"到货日期.*no date"):
        answer(declared, dmn.inputs(到货日期="date"), 到货日期=text)


@pytest.mark.parametrize("text", ["60000元", "1,000", "三", ""])
def test_a_text_that_is_no_number_is_told_with_its_column(text: str) -> None:
    rules = table(["金额"], ["> 50000", '"总经理"'], ["-", '"组长"'], reference="number")
    with pytest.raises(decisions.InputNotAllowed, match=r"金额.*no number"):
        answer(rules, 金额=text)
    with pytest.raises(decisions.InputNotAllowed, match=r"金额.*no number"):
        answer(rules, dmn.inputs(金额="number"), 金额=text)


def test_inside_a_model_a_text_is_no_date_as_the_standard_says() -> None:
    rules = typed(dmn.table(["made"], ["y"], [['> date("2026-03-01")', '"late"'], ["null", '"null"']], "FIRST"), "date")
    elements = (dmn.decision("made", dmn.literal('"2026-03-15"')), dmn.decision("d", rules, "decision::made"))
    assert answer(elements[1], elements[0]) == "null"
    computed = table(['"2026-" + x'], ['> date("2026-03-01")', '"late"'], ["null", '"null"'], reference="date")
    assert answer(computed, x="03-15") == "null"


def test_a_missing_input_takes_the_rule_that_asks_for_none() -> None:
    rules = table(["amount", "level"], ["? > 5000", "-", '"总经理"'], ["<= 5000", "-", '"经理"'], ["-", 'not("VIP")', '"其他"'])
    assert answer(rules) == "其他"
    assert answer(rules, amount=None, level="VIP") is None
    assert answer(table(["amount"], ["null", '"没填"'], ["-", '"填了"'])) == "没填"
    assert answer(table(["amount"], ["limit", '"相同"'], ["-", '"不同"']), limit=None) == "不同"


def test_an_unquoted_word_is_refused_with_the_nearest_text_of_its_column() -> None:
    rules = table(["客户级别"], ["VIP客户", '"快"'], ['"VIP 客户"', '"快"'], ['"普通客户"', '"慢"'])
    [(severity, element, text)] = told(rules)
    assert (severity, element) == ("error", "rule_1")
    assert text == 'There is no “VIP客户”. A text stands in quotation marks: write "VIP 客户".'
    assert answer(rules, 客户级别="VIP客户") is None  # the evaluator gives null for it


def test_an_unquoted_answer_is_refused_too() -> None:
    [(severity, _, text)] = told(table(["amount"], ["> 5", "总经理"], ["-", '"部门经理"']))
    assert (severity, "总经理" in text) == ("error", True)


@pytest.mark.parametrize(
    "cell",
    [
        *("VIP, SVIP", "not(VIP)", "? = VIP", "? in (VIP)", "? in [VIP]", "重要 客户", "VIP-A", "VIP/A", "VIP or SVIP"),
        *("contains(?, VIP)", "list contains([VIP, SVIP], ?)", "some x in [VIP] satisfies x = ?", "upper case(VIP)", "`VIP`"),
    ],
)
def test_an_unquoted_word_is_refused_wherever_a_text_could_stand(cell: str) -> None:
    found = told(table(["客户级别"], [cell, "1"], ["-", "2"]))
    assert {severity for severity, _, _ in found} == {"error"}
    assert all("stands in quotation marks" in text for _, _, text in found)


@pytest.mark.parametrize("entry", ["[经理, 总监]", "{人: 经理}", '"副" + 经理', "get or else(amount, 经理)"])
def test_an_unquoted_word_within_an_answer_is_refused(entry: str) -> None:
    assert {severity for severity, _, _ in told(table(["amount"], ["-", entry]))} == {"error"}


def test_what_can_only_be_a_variable_is_told_and_taken() -> None:
    found = told(table(["amount"], ["> 上限", "1"], ["申请人.部门", "2"], ["上限 * 2", "上限 - 5"]))
    assert [severity for severity, _, _ in found] == ["warning"] * 4


def test_what_a_table_may_name_is_not_taken_for_a_text() -> None:
    columns = table(["level", "limit"], ["limit", "> 3", "level"], ["-", "-", "1"])
    assert told(columns) == []
    required = dmn.decision("d", dmn.table(["level"], ["y"], [["base", "base"]]), "base")
    assert told(dmn.inputs("base"), required) == []
    assert [severity for severity, _, _ in told(table(["level"], ["基准", "1"]))] == ["error"]
    assert told(table(["level"], ["基准", "1"]), variables=("基准",)) == []


def test_the_expression_of_a_column_is_not_warned_about() -> None:
    assert told(table(["count(items[blocked = true])"], ["> 0", "1"])) == []


def test_a_full_width_sign_is_named_in_cells_columns_and_answers() -> None:
    for rules in (
        table(["amount"], ["＞5", "1"]),
        table(["amount"], ["[1..5）", "1"]),
        table(["amount"], ["“VIP”", "1"]),
        table(["amount"], ["「VIP」", "1"]),
        table(["amount"], ["[1～5]", "1"]),
        table(["amount"], ["﹥5", "1"]),
        table(["amount"], ["> 5０", "1"]),
        table(["amount＋1"], ["-", "1"]),
        table(["amount"], ["-", "amount＊2"]),
    ):
        [(severity, _, text), *_] = told(rules)
        assert (severity, "full-width sign; write" in text) == ("error", True)
