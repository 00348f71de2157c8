"""The simple view: any process is read as cards, and whatever edits follow each other the file stays whole and sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine import errors
from engine.deploying.checking import checks
from engine.designing import templates
from engine.designing.simple import board, cards, editing, graph, reading
from engine.designing.simple.board import Board, Edited
from engine.diagrams import drawing, xml
from engine.diagrams.laying_out import BPMN
from engine.runtime.checking import soundness

EXTENSIONS = f"{BPMN}extensionElements"
UNSOUND = {soundness.STUCK, soundness.DOUBLED, soundness.ENDLESS, soundness.CUT_OFF}
NAMES = ("金额大小?", "大额", "其他情况")
ACTS = ("insert", "block", "delete", "copy", "move", "add_branch", "delete_branch", "end_here", "rename")
OLD = '<zeebe:property name="kept" value="a &amp; b"/>'


def opened(text: str) -> Board:
    return Board(text, "mine")


def shown(text: str) -> cards.Cards:
    return opened(text).cards


def template(name: str = "leave") -> str:
    return templates.package(name, "mine", "我的流程").files["mine.bpmn"]


def done(text: str, act: Callable[[Board], str]) -> Edited:
    return board.edit(text, "mine", act)


def ids(text: str) -> set[str]:
    return {each.id for each in shown(text)}


def spot_before(text: str, id: str) -> str:
    card = shown(text).card(id)
    assert card is not None
    return card.spot.id


def faults(text: str) -> list[str]:
    """What would keep the file from running, and what is unsound or not drawn."""
    found = checks.check([checks.Resource("mine.bpmn", text.encode())])
    grave = [f"{each.element_id} {each}" for each in found if each.severity == "error" or each.message in UNSOUND]
    root = xml.safe_parse(text.encode())
    return [*(each for each in grave if "mine_request" not in each), *map(str, drawing.read(root).missing)]


def extensions(text: str) -> dict[str, bytes]:
    """What stands in the extensions of every element, to the byte."""
    root = xml.safe_parse(text.encode(), is_whole=True)
    return {
        str(each.get("id")): b"".join(etree.tostring(inner, with_tail=False) for inner in each.iterchildren(EXTENSIONS))
        for each in root.iter("{*}*")
        if each.get("id")
    }


def attempt(text: str, data: st.DataObject) -> tuple[Edited, str]:
    """One edit at random, with the condition that a new branch needs; the id of what was touched."""
    now = shown(text)
    act = data.draw(st.sampled_from(ACTS))
    branches = [each.flow for each in now.branches]
    card = data.draw(st.sampled_from([each.id for each in now if each.kind != cards.GOES_TO]))
    spot = data.draw(st.sampled_from(sorted(now.spots)))
    flow = data.draw(st.sampled_from(branches)) if branches else "none"
    kind = data.draw(st.sampled_from([cards.APPROVE, cards.HANDLE]))
    block = data.draw(st.sampled_from([cards.CONDITIONS, cards.PARALLEL]))
    acts: dict[str, Callable[[Board], str]] = {
        "insert": lambda at: editing.insert(at, spot, kind, ("新的一步",)),
        "block": lambda at: editing.insert(at, spot, block, NAMES),
        "delete": lambda at: editing.delete(at, card),
        "copy": lambda at: editing.copy(at, card),
        "move": lambda at: editing.move(at, card, spot),
        "add_branch": lambda at: editing.add_branch(at, card, "再一种"),
        "delete_branch": lambda at: editing.delete_branch(at, flow),
        "end_here": lambda at: editing.end_here(at, spot, "结束"),
        "rename": lambda at: editing.write(at, card, {"name": "改名", "documentation": "说明"}),
    }
    made = done(text, acts[act])
    return _with_conditions(made), card if act == "rename" else ""


def _with_conditions(made: Edited) -> Edited:
    for branch in [each for card in shown(made.text) for each in card.branches if card.kind == cards.CONDITIONS]:
        if not (branch.condition or branch.is_default):
            values = {"condition": "=days > 3", "name": "三天以上"}
            made = Edited(done(made.text, lambda at, f=branch.flow: editing.write(at, f, values)).text, made.id)
    return made


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_whatever_edits_follow_each_other_the_file_stays_whole(data: st.DataObject) -> None:
    text = template(data.draw(st.sampled_from(["leave", "empty", "expenses"])))
    for _number in range(data.draw(st.integers(1, 12))):
        before = text
        try:
            made, touched = attempt(text, data)
        except errors.Refusal:
            assert text == before
            continue
        text = made.text
        assert faults(text) == []
        was, now = extensions(before), extensions(text)
        assert {id: now[id] for id in was if id in now and id != touched} == {
            id: was[id] for id in was if id in now and id != touched
        }
        assert shown(text).is_full and (not made.id or made.id in {*ids(text), *(b.flow for b in shown(text).branches)})
        assert [each for each in shown(text)] == [each for each in shown(done(text, lambda _at: "").text)]
