"""Shipped reports tell what was filled in: the month's complaints by kind, cause, satisfaction and whether in time, customers, key accounts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from engine.people import roles
from engine.reporting import answering, shipped
from engine.scenarios import Stage, play

ROOT = Path(__file__).resolve().parent.parent.parent
WALKS = {
    "miniapp/complaint_handling/substantiated_complaint_is_remedied": {
        "complaints_by_kind": "值守与秩序",
        "complaints_by_cause": "人员疏忽",
        "complaints_in_time": "是",
        "complaints_by_satisfaction": "满意",
    },
    "event/complaint/complaint_is_solved_and_analysed": {
        "complaints_by_kind": "现场执行",
        "complaints_by_cause": "人员疏忽",
        "complaints_in_time": "是",
    },
    "steel/complaint/quality_complaint_is_solved": {
        "complaints_by_kind": "产品质量",
        "complaints_by_cause": "产品质量",
        "complaints_in_time": "是",
        "complaints_by_satisfaction": "满意",
    },
    "telecom/complaint/trap_06_group_solves_replies_and_archives": {
        "complaints_by_kind": "故障",
        "complaints_by_cause": "网络或线路故障",
        "complaints_by_satisfaction": "满意",
    },
    "telecom/complaint/trap_06_ordinary_customer_by_its_own_procedure": {"complaints_by_cause": "计费差错"},
    "advertising/record_creation/institutional_customer_is_filed_twice": {"customer_information_by_industry": "快消品"},
    "advertising/record_upkeep/change_is_entered": {"customer_information_changes": "星野文旅集团"},
    "telecom/headquarters_customer_statistics/monthly_inspection_finds_nothing": {"key_accounts_by_month": "2026-02"},
    "telecom/business_opening/own_network_and_stock": {"opening_time": "2026-02", "opening_time_by_access": "自有网络"},
    "advertising/record_destruction/three_approvals_then_both_copies_destroyed": {
        "destruction_by_year": "2026",
        "destruction_by_month": "2026-03",
    },
}

FIGURES = {  # cases, items, items destroyed
    "advertising/record_destruction/three_approvals_then_both_copies_destroyed": (1, 2, 2),
}


@pytest.fixture(scope="module")
def stages() -> Iterator[dict[str, Stage]]:
    names = sorted({walk.partition("/")[0] for walk in WALKS})
    opened = {company: Stage(ROOT / "bpmn", ROOT / "workflows", company) for company in names}
    yield opened
    for each in opened.values():
        each.close()


@pytest.mark.parametrize("walk", WALKS)
def test_a_case_stands_in_each_report_under_what_was_filled_in(walk: str, stages: dict[str, Stage]) -> None:
    company, process_id, name = walk.split("/")
    stage, folder = stages[company], ROOT / "workflows" / company
    scenario = tomllib.loads((folder / process_id / "scenarios" / f"{name}.toml").read_text(), parse_float=Decimal)
    play(stage, process_id, {**scenario, "expect": {}})
    kept = {each.id: each.question for each in shipped.read(folder / shipped.FILE) or ()}
    with stage.database.reading(company) as session:
        first = next(each["by"] for each in (scenario.get("start", {}), *scenario["step"]) if "by" in each)
        # An auditor reads secret files too, of which others outside their circle are told nothing.
        by = replace(stage.actor(session, first), roles=frozenset({(roles.AUDITOR, "")}))
        for report, expected in WALKS[walk].items():
            asked = answering.asking(session, by, replace(kept[report], period="all", compare=""), now=stage.now)
            found = answering.answer(asked)
            assert [line.keys[0] for line in found.lines] == [expected], report
            if walk in FIGURES:
                assert [line.figures for line in found.lines] == [FIGURES[walk]], report
