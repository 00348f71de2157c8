"""Each decision and form of this folder does what is right, whatever tool drew it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import decisions, errors, forms
from engine.deploying import deployment
from engine.deploying.deployment import Resource
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.faults.naming import named

HERE = Path(__file__).parent
FILES = sorted([*HERE.glob("*.dmn"), *HERE.glob("*.form")])


def resource(name: str) -> Resource:
    return Resource(name, named((HERE / name).read_bytes()))


def answer(name: str, **given: object) -> object:
    """What the one decision of a file gives."""
    model = decisions.parse((HERE / f"{name}.dmn").read_bytes())
    return decisions.evaluate(model, next(iter(model.decisions)), given).value


def told(name: str) -> list[tuple[str, str, str]]:
    found = deployment.check([resource(name)])
    return [(problem.severity, problem.element_id, str(problem)) for problem in found]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_in_the_folder_ends_in_anything_but_an_answer_or_a_refusal(path: Path) -> None:
    for problem in deployment.check([resource(path.name)]):
        assert problem.severity in ("error", "warning")
        assert str(problem)


@pytest.mark.parametrize("given", [{}, {"amount": None}])
def test_no_rule_on_amount_matches_when_nobody_gave_an_amount(given: dict[str, object]) -> None:
    assert answer("dmn_questionmark_null", **given) == "other"


def test_the_same_rules_match_amounts_that_were_given() -> None:
    assert [answer("dmn_questionmark_null", amount=amount) for amount in (6000, 5000, 50000)] == ["总经理", "部门经理", "other"]


def test_a_column_of_dates_reads_the_text_that_a_form_gave() -> None:
    texts = ("2026-02-28", "2026-03-15", "2026-04-01")
    assert [answer("date_column_fed_with_text", d=text) for text in texts] == ["before", "march", "after"]


def test_a_column_of_dates_tells_of_a_text_that_is_no_date() -> None:
    with pytest.raises(decisions.InputNotAllowed, match=r"2026-3-15.*no date"):
        answer("date_column_fed_with_text", d="2026-3-15")


@pytest.mark.parametrize("name", ["date_modeler_new", "date_modeler_old"])
def test_a_date_field_is_labelled_by_its_date_label(database: databases.Database, cast: Cast, name: str) -> None:
    kit.deploy(database, cast.owner, resource(f"{name}.form"))
    form = forms.load(json.loads((HERE / f"{name}.form").read_text()))
    [[node]] = forms.view(form, {}, forms.FormScope()).lines
    assert node.label == "交付日期"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("min_abc", "The attribute min of 金额 must be a number, not “1,000”."),
        ("collide", "The keys a and a.b exclude each other: one leads into the other."),
    ],
)
def test_a_form_that_cannot_be_obeyed_is_refused_with_field_and_attribute(
    database: databases.Database, cast: Cast, name: str, expected: str
) -> None:
    assert [text for severity, _, text in told(f"{name}.form") if severity == "error"] == [expected]
    with pytest.raises(errors.Invalid):
        kit.deploy(database, cast.owner, resource(f"{name}.form"))


@pytest.mark.parametrize(("meal", "waiting"), [("salad", ["x"]), ("soup", [])])
def test_a_condition_reads_the_variable_whose_name_stands_in_backticks(
    database: databases.Database, cast: Cast, meal: str, waiting: list[str]
) -> None:
    kit.deploy(database, cast.owner, resource("feel_backtick.bpmn"))
    key = kit.begin(database, cast.owner, "bt", {"dinner.meal": meal})
    assert kit.open_elements(database, key) == waiting
