"""Decision tables in the browser: begun, filled from a spreadsheet, tried, with places told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import decisions, errors
from engine.designing.editing import decision_tables, trying_decisions
from tests.engine import kit

ROOT = Path(__file__).resolve().parents[3]
NEW = decision_tables.begun("level", "批假层级").replace("<text/>", "<text>days</text>", 1)
ROWS = [["<= 3", "主管", "三天以内"], ["> 3", "总经理", ""]]


def filled(replaces: bool = True, rows: list[list[str]] = ROWS) -> str:
    return decision_tables.with_rows(NEW, "level", rows, replaces=replaces)


def test_pasted_rows_become_rules_in_feel() -> None:
    text = filled()
    assert not [each for each in decisions.parse(text.encode()).problems() if each.severity == "error"]
    table = decision_tables.tables(text)[0]
    assert table.rows == [["<= 3", '"主管"', "三天以内"], ["> 3", '"总经理"', ""]]
    assert table.policy == ("FIRST", "")
    assert filled(replaces=False) == text, "the empty rule of a new table takes everything and must not stay on top"
    more = decision_tables.with_rows(text, "level", [["> 30", "董事会"]], replaces=False)
    assert [row[0] for row in decision_tables.tables(more)[0].rows] == ["<= 3", "> 3", "> 30"]
    again = decision_tables.with_rows(text, "level", table.rows, replaces=True)
    assert decision_tables.tables(again)[0].rows == table.rows


def test_trying_asks_for_people_and_never_for_the_engine_s_functions() -> None:
    model = decisions.parse(filled().replace("<text>days</text>", "<text>level of(department of(initiator))</text>").encode())
    assert [each.name for each in trying_decisions.asked(model, "level")] == ["initiator", "level of"]
    model = decisions.parse(filled().replace("<text>days</text>", "<text>count(members of(group))</text>").encode())
    assert [each.name for each in trying_decisions.asked(model, "level")] == ["group"]
    functions = {"members of": lambda group: ["a"] * 5 if group == "g" else []}
    assert trying_decisions.tried(model, "level", {"group": "g"}, functions=functions, now=kit.NOW).value == "总经理"
    assert trying_decisions.tried(model, "level", {"group": "x"}, functions=functions, now=kit.NOW).value == "主管"
    model = decisions.parse(filled().replace("<text>days</text>", "<text>handler of(step)</text>").encode())
    with pytest.raises(errors.Invalid, match="try the process as a whole"):
        trying_decisions.tried(model, "level", {}, now=kit.NOW)


def test_trying_asks_for_what_is_given_from_outside_by_its_name_on_the_drawing() -> None:
    model = decisions.parse((ROOT / "bpmn/steel/major_complaint_criteria.dmn").read_bytes())
    labels = {each.name: each.label for each in trying_decisions.asked(model, "major_complaint_criteria")}
    assert (labels["accepted"], labels["round"]) == ("客户满意", "处理轮次")


def test_trying_says_which_rules_hit_and_takes_texts_by_their_kind() -> None:
    model = decisions.parse(filled().encode())
    assert [each.name for each in trying_decisions.asked(model, "level")] == ["days"]
    tried = trying_decisions.tried(model, "level", {"days": "5"}, now=kit.NOW)
    assert tried.value == "总经理"
    assert [rule["number"] for rule in tried.trail[0]["tables"][0]["rules"]] == [2]
    assert trying_decisions.tried(model, "level", {"days": "=1+1"}, now=kit.NOW).value == "主管"
    nothing = trying_decisions.tried(model, "level", {}, now=kit.NOW)
    assert (nothing.value, nothing.is_answered) == (None, False)
    silent = trying_decisions.tried(decisions.parse(NEW.encode()), "level", {"days": "5"}, now=kit.NOW)
    assert (silent.value, silent.is_answered) == (None, True), "a rule that fits and says nothing is no lack of rules"


@pytest.mark.parametrize(
    ("rows", "said"),
    [([], "no rows"), ([["1", "2", "3", "4"]], "Row 1 has 4 cells"), ([["1", "=formula"]], "formula")],
)
def test_rows_that_do_not_fit_are_refused(rows: list[list[str]], said: str) -> None:
    with pytest.raises(errors.Invalid, match=said):
        filled(rows=rows)


def test_every_cell_has_a_place_in_words() -> None:
    broken = filled(rows=[["<= 3", "主管"], ["<= <", "总经理"]])
    problem = next(each for each in decisions.parse(broken.encode()).problems() if each.severity == "error")
    place = decision_tables.places(broken)[problem.element_id]
    assert (place.decision, place.rule, place.column) == ("批假层级", 2, "days")


@pytest.mark.parametrize(
    ("cell", "type", "said"),
    [
        ("上海、北京", "string", '"上海", "北京"'),
        ('not("上海")', "string", 'not("上海")'),
        ("是", "boolean", "true"),
        ("2026-05-01", "date", 'date("2026-05-01")'),
        ("> 5", "number", "> 5"),
        ("7", "", "7"),
        ("加急", "", '"加急"'),
        ("普通、一般", "Any", '"普通", "一般"'),
        ("-", "string", "-"),
        ("", "string", ""),
    ],
)
def test_words_become_feel_by_the_type_of_their_column(cell: str, type: str, said: str) -> None:
    assert decision_tables.feel_of(cell, decision_tables.EditedColumn("x", "input", type)) == said


def test_numbers_pasted_into_a_column_of_texts_are_told() -> None:
    of_texts = NEW.replace('id="level_in_of"', 'id="level_in_of" typeRef="string"')
    assert decision_tables.taken_as_words(of_texts, "level", [["days"], ["5000", "主管"], ["-", "1"]]) == ["days"]
    assert decision_tables.taken_as_words(NEW, "level", [["5000", "主管"]]) == []
