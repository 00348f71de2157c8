"""What the diagrams tell people at their tasks is meant for them, not for those who drew the diagrams."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from lxml import etree

from engine import feel
from web.frame import words

ROOT = Path(__file__).parents[2]
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
PROPERTY = "{http://camunda.org/schema/zeebe/1.0}property"
OF_THE_DRAWING = ("问题Q-", "默认做法")  # open questions and assumptions stay in the documentation


@pytest.mark.parametrize("company", sorted(path.name for path in (ROOT / "bpmn").iterdir()))
def test_no_task_shows_a_question_of_those_who_drew_it(company: str) -> None:
    shown = {f"{path.stem} {task.get('id')}": _shown(task) for path in _diagrams(company) for task in _tasks(path)}
    assert not [place for place, text in shown.items() if any(each in text for each in OF_THE_DRAWING)]


@pytest.mark.parametrize("company", ["event/complaint", "miniapp/complaint_handling"])
def test_a_complaint_filed_without_a_firm_is_called_by_who_filed_it(company: str) -> None:
    title = tomllib.loads((ROOT / "workflows" / company / "workflow.toml").read_text(encoding="utf-8"))["title_of_case"]
    filed = {"anonymous": False, "unit": None, "complainant": "钱大爷", "project": "海棠园", "event": "海棠园"}
    assert feel.evaluate(feel.body(title), filed) == "钱大爷投诉（海棠园）"
    assert feel.evaluate(feel.body(title), {**filed, "anonymous": True}) == "匿名客户投诉（海棠园）"


def _diagrams(company: str) -> list[Path]:
    return sorted((ROOT / "bpmn" / company).glob("*.bpmn"))


def _tasks(path: Path) -> list[etree._Element]:
    return list(etree.parse(path).iter(f"{BPMN}userTask"))


def _shown(task: etree._Element) -> str:
    """What the instructions, else the documentation, ask, as the page has it."""
    given = [each.get("value", "") for each in task.iter(PROPERTY) if each.get("name") == "instructions"]
    return words.grounds(given[0] if given else task.findtext(f"{BPMN}documentation") or "")[0]
