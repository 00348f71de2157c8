"""Recusal (回避): no step of a process that handles complaints is without the rule, in any company."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.diagrams.xml import safe_parse

ROOT = Path(__file__).parents[2]
BPMN, ZEEBE = "{http://www.omg.org/spec/BPMN/20100524/MODEL}", "{http://camunda.org/schema/zeebe/1.0}"
ABOUT_NOBODY = {("steel", "complaint_improvement")}  # what all complaints of a quarter have in common, no single one


def processes() -> Iterator[tuple[str, str]]:
    for settings in sorted((ROOT / "workflows").glob("*/*/workflow.toml")):
        name = (settings.parts[-3], settings.parts[-2])
        if tomllib.loads(settings.read_text()).get("category") == "投诉" and name not in ABOUT_NOBODY:
            yield name


@pytest.mark.parametrize(("company", "process"), list(processes()), ids="-".join)
def test_every_step_keeps_out_whom_the_complaint_is_about(company: str, process: str) -> None:
    tree = safe_parse((ROOT / "bpmn" / company / f"{process}.bpmn").read_bytes())
    steps = list(tree.iter(f"{BPMN}userTask"))
    assert [step.get("name") for step in steps if not recused(step)] == []


def recused(step: object) -> list[str]:
    properties = step.iter(f"{ZEEBE}property")  # type: ignore[attr-defined]
    return [each.get("value") for each in properties if each.get("name") == "recused" and each.get("value")]
