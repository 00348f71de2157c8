"""Mistakes that people make while drawing: variants of one sound purchase request, each told at its element."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

from engine import scenarios
from engine.scenarios.stage import Stage

FOLDER = Path(__file__).parent / "mistakes"
COMPANY = Path(__file__).parents[2] / "workflows/miniapp/company.toml"
Told = tuple[str, str, str]


def office(root: Path, diagram: str) -> Path:
    """A folder with one diagram of the purchase request, and what it needs, for the company it was drawn for."""
    diagrams, process = root / "bpmn/miniapp", root / "workflows/miniapp/purchase_request"
    called = root / "workflows/miniapp/goods_receipt"
    for folder in (diagrams, process, called):
        folder.mkdir(parents=True)
    (called / "workflow.toml").write_text("may_start = []\n")
    shutil.copy(COMPANY, process.parent)
    shutil.copy(FOLDER / f"{diagram}.bpmn", diagrams / "purchase_request.bpmn")
    for name in ("goods_receipt.bpmn", "purchase_level.dmn"):
        shutil.copy(FOLDER / name, diagrams)
    for path in (*FOLDER.glob("*.form"), FOLDER / "workflow.toml"):
        shutil.copy(path, process)
    return root


def told(root: Path, diagram: str) -> list[Told]:
    """What its deployment tells: severity, element and sentence."""
    office(root, diagram)
    with contextlib.closing(Stage(root / "bpmn", root / "workflows", "miniapp")) as stage:
        return [(each.severity, each.element_id, str(each)) for each in stage.problems]


def test_the_sound_purchase_request_deploys_without_a_word_and_its_scenarios_pass(tmp_path: Path) -> None:
    root = office(tmp_path, "purchase_request")
    shutil.copytree(FOLDER / "scenarios", root / "workflows/miniapp/purchase_request/scenarios")
    report = scenarios.run(root, "miniapp")["miniapp"]
    assert report.problems == []
    assert [(walk.title, walk.failure) for walk in report.walks if walk.failure] == []
    assert len(report.walks) == 2


@pytest.mark.parametrize(
    ("diagram", "found"),
    [
        (
            "outcome_misspelt_in_condition",
            ("error", "Flow_4", "No task gives “verdict” the outcome “retrun”. Did you mean “return”?"),
        ),
        (
            "lane_without_group",
            (
                "error",
                "Activity_leader",
                "The task is offered to its lane's group, but nobody is in a group “分管领导”. Did you mean “主管领导”?",
            ),
        ),
        (
            "task_in_no_lane",
            ("warning", "Activity_leader", "The task stands in no lane and names nobody: it falls to the administrators."),
        ),
        (
            "unknown_called_process",
            (
                "warning",
                "Activity_receipt",
                "There is no process “goods_recept” yet; until it is deployed, a case stops here. "
                "Did you mean “goods_receipt”?",
            ),
        ),
        ("property_name_misspelt", ("error", "Activity_leader", "There is no property deu; did you mean due?")),
        (
            "unknown_service_type",
            ("error", "Activity_notice", "There is no operation “notice.send”. Did you mean “notices.send”?"),
        ),
    ],
)
def test_a_mistake_is_told_once_at_its_element_with_what_was_meant(tmp_path: Path, diagram: str, found: Told) -> None:
    assert told(tmp_path, diagram) == [found]


@pytest.mark.parametrize("diagram", ["join_leads_nowhere", "exclusive_split_parallel_join"])
def test_a_join_that_waits_for_ever_is_told_at_deployment(tmp_path: Path, diagram: str) -> None:
    assert {(severity, element) for severity, element, _text in told(tmp_path, diagram)} >= {("warning", "Gateway_join")}
