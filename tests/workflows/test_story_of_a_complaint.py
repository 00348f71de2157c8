"""办理情况 of a complaint: what decided its way is told as it stood then, and whose word it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.queries.cases.words import story
from engine.queries.cases.words.branches import CUSTOMER, FIELD, WORKED_OUT, BranchTaken
from engine.scenarios.stage import Stage
from tests.workflows import customer

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stage() -> Iterator[Stage]:
    opened = Stage(ROOT / "bpmn", ROOT / "workflows", "event")
    yield opened
    opened.close()


def test_the_round_that_decided_and_the_customers_own_no_are_told(stage: Stage) -> None:
    player, key = customer.filed_online(stage)
    customer.comes_to_an_answer(player)
    customer.refuses(stage, key)
    player.step("", customer.steps()["propose_solution"])
    reply = {"replyAt": "2026-03-03T10:30:00+08:00", "replyBy": "电话", "answer": "不接受", "replyComment": "还要道歉"}
    player.step("", {"task": "tell_solution", "by": "dong_jie", "form": reply})
    first, again, second, settled = branches(stage, key)[-4:]
    assert facts(first) == [(CUSTOMER, "", f"不接受：{customer.TOO_LITTLE}")] and first.others == ("是",)
    assert facts(again) == [(WORKED_OUT, "方案轮次", 1)]
    assert facts(second) == [(FIELD, "客户答复", "不接受")]
    assert facts(settled) == [(WORKED_OUT, "方案轮次", 2)] and not settled.is_rest


def branches(stage: Stage, key: int) -> list[BranchTaken]:
    with stage.database.reading("event") as session:
        told = story.story(session, stage.actor(session, "shen_yi"), key, now=stage.now).branches
    return [each for each in told if each.question in ("客户接受？", "轮次已满仍未接受？")]


def facts(branch: BranchTaken) -> list[tuple[object, ...]]:
    return [(fact.kind, fact.label, fact.value) for fact in branch.facts]
