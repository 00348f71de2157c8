"""Bad models: hostile files are refused, faults are told with their element, and only they refuse."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import decisions, errors
from tests.engine.decisions import dmn


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        b"<definitions/>",
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + dmn.model(),
        dmn.model("<decision>" * 101 + "</decision>" * 101),
        dmn.model(" " * (2 * 1024 * 1024)),
    ],
)
def test_what_is_no_decision_model_is_refused(data: bytes) -> None:
    with pytest.raises(errors.Invalid):
        decisions.parse(data)


def test_a_hostile_import_is_refused_by_its_name() -> None:
    with pytest.raises(errors.Invalid, match=r"other\.dmn"):
        decisions.parse(dmn.model(), imports={"other.dmn": b"<!DOCTYPE x><x/>"})


@pytest.mark.parametrize(
    "dmn_version",
    [
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        dmn.LATEST,
    ],
)
def test_every_name_space_from_1_2_to_1_5_is_read(dmn_version: str) -> None:
    model = decisions.parse(dmn.model(dmn.decision("d", dmn.literal("1 + 1")), dmn=dmn_version))
    assert decisions.evaluate(model, "d", {}).value == 2


def told(*elements: str) -> list[tuple[str, str]]:
    problems = decisions.parse(dmn.model(*elements)).problems()
    return [(problem.element_id, str(problem)) for problem in problems if problem.severity == "error"]


def test_a_syntax_error_is_told_at_its_element_and_the_rest_works() -> None:
    xml = dmn.model(dmn.decision("bad", dmn.literal("1 +")), dmn.decision("good", dmn.literal("1")))
    model = decisions.parse(xml)
    [problem] = model.problems()
    assert (problem.element_id, problem.values["line"]) == ("bad", 1)
    assert decisions.evaluate(model, "good", {}).value == 1
    with pytest.raises(decisions.DecisionError):
        decisions.evaluate(model, "bad", {})


def test_a_broken_cell_makes_its_table_refuse_rather_than_guess() -> None:
    rules = [["> > 1", '"a"'], ["-", '"b"']]
    model = decisions.parse(dmn.model(dmn.inputs("x"), dmn.decision("d", dmn.table(["x"], ["y"], rules, "FIRST"), "x")))
    assert [problem.element_id for problem in model.problems()] == ["rule_1"]
    with pytest.raises(decisions.DecisionError):
        decisions.evaluate(model, "d", {"x": 1})


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (dmn.table(["1"], ["y"], [["-", "1"]], "NONSENSE"), "NONSENSE"),
        (dmn.table(["1"], ["y"], [["-"]]), "Rule 1"),
        (dmn.table(["1"], [], [["-"]]), "output"),
        (dmn.table(["1"], ["y", "y"], [["-", "1", "2"]]), "name of its own"),
        (dmn.table(["1"], ["y"], [["-", "1"]], "PRIORITY"), "best first"),
        (dmn.table([""], ["y"], [["-", "1"]]), "expression"),
        ("<invocation/>", "function"),
        ("<conditional/>", "if"),
        ("<context><contextEntry/></context>", "value"),
        ('<relation><column name="a"/><row/></relation>', "row"),
        ("<literalExpression expressionLanguage='python'><text>1</text></literalExpression>", "python"),
    ],
)
def test_logic_that_cannot_run_is_told_with_what_is_wrong(logic: str, expected: str) -> None:
    problems = told(dmn.decision("d", logic))
    assert problems
    assert expected in problems[0][1]
    with pytest.raises(errors.Refusal):
        decisions.evaluate(decisions.parse(dmn.model(dmn.decision("d", logic))), "d", {})


def test_a_cell_in_another_language_is_refused_too() -> None:
    table = dmn.table(["1"], ["y"], [["true", "1"]]).replace("<inputEntry", "<inputEntry expressionLanguage='juel'")
    [(_, text)] = told(dmn.decision("d", table))
    assert "juel" in text


def test_dangling_requirements_repeated_ids_and_empty_services_are_told() -> None:
    assert any("#nothing" in text for _, text in told(dmn.decision("d", dmn.literal("1"), "nothing")))
    assert any("twice" in text for _, text in told(dmn.inputs("a", "a")))
    assert any("output decision" in text for _, text in told('<decisionService id="s" name="s"/>'))


def test_an_unknown_variable_is_told_where_it_is_used() -> None:
    problems = decisions.parse(dmn.model(dmn.decision("d", dmn.literal("金额 + 1")))).problems()
    assert any("金额" in str(problem) and problem.element_id == "d" for problem in problems)


def test_a_sound_model_has_no_problems() -> None:
    table = dmn.table(["金 额", "渠道"], ["y"], [["> 1", '"电话"', "金 额 * 2"], ["not(1)", "-", "? = 3"]], "FIRST")
    assert told(dmn.inputs("金 额", "渠道"), dmn.decision("d", table, "金 额", "渠道")) == []


SEED = dmn.model(
    dmn.inputs("x"),
    dmn.knowledge("f", "a", dmn.literal("a")),
    dmn.decision("d", dmn.table(["x"], ["y"], [["> 1", "f(x)"]]), "x", "knowledge::f"),
).decode()


@given(st.randoms(use_true_random=False))
def test_a_damaged_model_raises_nothing_but_refusals(chance: random.Random) -> None:
    start = chance.randrange(len(SEED))
    damaged = SEED[:start] + chance.choice(["", "<", ">", '"', "x", "</rule>"]) + SEED[start + chance.randrange(30) :]
    with contextlib.suppress(errors.Refusal):
        model = decisions.parse(damaged.encode())
        model.problems()
        decisions.evaluate(model, "d", {"x": 2})
