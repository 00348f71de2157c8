"""The path ahead of every shipped process is the same whether its ways share what they have in common or each is gone from the beginning."""

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from engine.cases.cases import Surroundings
from engine.definitions import definitions
from engine.execution.ahead import forecast, ways
from engine.execution.ahead.foreseen_work import ForeseenStep
from engine.scenarios import Stage
from tests.workflows.standing import ROOT

COMPANIES = sorted(path.parent.name for path in (ROOT / "workflows").glob("*/company.toml"))
Asked = tuple[str, str, Mapping[str, Any]]


def asked(company: str) -> Iterator[Asked]:
    """A process, who starts it and what he has typed: nothing yet, then what its first scenario types."""
    for process in sorted((ROOT / "workflows" / company).glob("*/scenarios")):
        path = min(process.glob("*.toml"))
        start = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal).get("start", {})
        if "by" in start:
            yield from ((process.parent.name, start["by"], values) for values in ({}, start.get("form", {})))


def steps_to_come(stage: Stage, process_id: str, by: str, values: Mapping[str, Any]) -> list[ForeseenStep]:
    with stage.database.reading(stage.company) as session:
        around = Surroundings(session, stage.actor(session, by), stage.now)
        return forecast.of_start(around, definitions.latest(session, stage.company, process_id), values)


@pytest.mark.parametrize("company", COMPANIES)
def test_ways_that_share_their_beginning_lead_to_the_same_steps(company: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(ROOT / "bpmn", ROOT / "workflows", company)
    try:
        shared = [steps_to_come(stage, *each) for each in asked(company)]
        monkeypatch.setattr(ways.Foresight, "remember", lambda sight: None)
        assert [steps_to_come(stage, *each) for each in asked(company)] == shared
        assert any(step.way for steps in shared for step in steps), "ways part"
    finally:
        stage.close()


def test_who_would_act_is_told_of_a_contract_that_is_read_only_once_the_opening_is_begun() -> None:
    stage = Stage(ROOT / "bpmn", ROOT / "workflows", "telecom")
    path = ROOT / "workflows/telecom/business_opening/scenarios/own_network_and_stock.toml"
    try:
        values = {"contract_record": "1", "contract_no": "HT-2026-0102", "opening_remark": ""}
        steps = steps_to_come(stage, "business_opening", tomllib.loads(path.read_text())["start"]["by"], values)
        assert steps[0].element_id == "upload_customer_information" and steps[0].way == "已备案"
    finally:
        stage.close()
