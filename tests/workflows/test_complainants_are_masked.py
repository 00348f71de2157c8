"""What complaint processes show and tell of the people who complain: every field is marked, and no list names anybody."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.scenarios import Stage, play
from engine.storage import models

ROOT = Path(__file__).resolve().parent.parent.parent
COMPANIES = ("event", "miniapp", "steel", "telecom")
FORMS = sorted(path for company in COMPANIES for path in (ROOT / "workflows" / company).glob("*/*.form"))
PERSON = re.compile(r"投诉人|联系人|联系方式|联系电话|电话|手机|邮箱|姓名|住址|证件|身份证|签字人|签署人|接收人|接洽人")
TYPED = ("textfield", "textarea", "number")
OUR_OWN_PEOPLE = {"sales_phone"}
NUMBER = "13900001111"
WALKS = [
    "event/complaint/public_complaint_is_answered_online",
    "event/complaint/complaint_is_solved_and_analysed",
    "miniapp/complaint_handling/customer_answers_online",
    "miniapp/complaint_handling/substantiated_complaint_is_remedied",
    "steel/complaint/public_complaint_is_acknowledged_in_time",
    "steel/complaint/large_loss_goes_to_supervisor",
    "steel/complaint/return_runs_beside_the_measures",
    "telecom/complaint/filed_on_the_web_and_answered_on_the_web",
    "telecom/complaint/trap_06_headquarters_answer_comes_back",
    "telecom/complaint/trap_06_ordinary_customer_by_its_own_procedure",
]


def fields(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        yield component
        yield from fields(component.get("components") or [])


@pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_field_that_names_or_reaches_a_customer_is_marked(path: Path) -> None:
    typed = [each for each in fields(json.loads(path.read_text())["components"]) if each["type"] in TYPED]
    asked = [each for each in typed if PERSON.search(str(each.get("label"))) and each["key"] not in OUR_OWN_PEOPLE]
    assert not [each["key"] for each in asked if (each.get("properties") or {}).get("personal") is not True]


@pytest.fixture(scope="module")
def stages() -> Iterator[dict[str, Stage]]:
    opened = {company: Stage(ROOT / "bpmn", ROOT / "workflows", company) for company in COMPANIES}
    yield opened
    for each in opened.values():
        each.close()


def signed(given: Any, name: str) -> Any:
    """A scenario in which whoever complains writes name and number into every content."""
    if isinstance(given, list):
        return [signed(each, name) for each in given]
    if not isinstance(given, dict):
        return given
    more = f"本人{name}，电话{NUMBER}。"
    return {key: more + value if key == "content" else signed(value, name) for key, value in given.items()}


def named(scenario: dict[str, Any]) -> tuple[str, str]:
    """Who complains in a scenario, and how to reach him."""
    places = [scenario["start"].get("variables", {}), scenario["start"].get("form", {})]
    places += [each.get("form", {}) for each in scenario["step"]]
    return next((each["complainant"], each["contact"]) for each in places if each.get("complainant"))


@pytest.mark.parametrize("walk", WALKS)
def test_no_title_summary_notice_or_register_names_who_complains(walk: str, stages: dict[str, Stage]) -> None:
    company, process_id, name = walk.split("/")
    path = ROOT / "workflows" / company / process_id / "scenarios" / f"{name}.toml"
    scenario = tomllib.loads(path.read_text(), parse_float=Decimal)
    person, contact = named(scenario)
    play(stages[company], process_id, {**signed(scenario, person), "expect": {}})
    told = [f"{each.title} {each.summary}" for each in stages[company].rows(models.ProcessInstance)]
    told += [f"{each.subject} {each.body}" for each in stages[company].rows(models.Notice)]
    told += [str(each.data["values"]) for each in stages[company].rows(models.HistoryEvent, kind="told")]
    told += [str(each.data) for each in stages[company].rows(models.RegisterEntry)]
    betraying = [each for each in told if person in each or contact in each or NUMBER in each]
    assert told and not betraying
    assert any("139****1111" in each for each in told)
