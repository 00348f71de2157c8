"""A diagram placed by hand stays readable whatever cards are put in: nothing on top of, nothing through something else."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import errors
from engine.designing.simple import board, cards, editing, reading
from engine.designing.simple.board import Board
from engine.diagrams import measure, xml

BPMN = Path(__file__).parents[3] / "bpmn"
HAND_PLACED = ("steel/return_exchange", "telecom/equipment_application", "advertising/record_creation")
GRAVE = {measure.ON_NODE, measure.THROUGH, measure.OUTSIDE, measure.NOT_DRAWN}
NAMES = ("金额大小?", "大额", "其他情况")
EDITS = 8


def faults(text: str) -> set[str]:
    return {f"{each.element_id} {each}" for each in measure.problems(xml.safe_parse(text.encode())) if each.message in GRAVE}


def attempt(dice: random.Random, text: str, process_id: str) -> str:
    """The file after one edit at random. Raises what the edit is refused with."""
    now = Board(text, process_id).cards
    card = dice.choice([each.id for each in now if each.kind != cards.GOES_TO])
    spot = dice.choice(sorted(now.spots))
    block = dice.choice([each.id for each in now if each.branches] or [card])
    acts: list[Callable[[Board], str]] = [
        lambda at: editing.insert(at, spot, cards.APPROVE, ("新的一步",)),
        lambda at: editing.insert(at, spot, dice.choice([cards.CONDITIONS, cards.PARALLEL]), NAMES),
        lambda at: editing.copy(at, card),
        lambda at: editing.move(at, card, spot),
        lambda at: editing.add_branch(at, block, "再一种"),
        lambda at: editing.end_here(at, spot, "结束"),
    ]
    return board.edit(text, process_id, dice.choice(acts)).text


@pytest.mark.parametrize("name", HAND_PLACED)
def test_after_an_edit_nothing_is_drawn_over_something_else_that_was_not_before(name: str) -> None:
    text = (BPMN / f"{name}.bpmn").read_text()
    process_id = str(next(reading.processes(xml.safe_parse(text.encode()))).get("id"))
    dice = random.Random(f"{name} 2026")
    done = 0
    for _number in range(EDITS):
        try:
            after = attempt(dice, text, process_id)
        except errors.Refusal:
            continue
        assert faults(after) <= faults(text)
        text, done = after, done + 1
    assert done >= EDITS // 2
