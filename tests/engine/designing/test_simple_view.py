"""The simple view: any process is read as cards, and whatever edits follow each other the file stays whole and sound."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine import errors
from engine.deploying.checking import checks
from engine.designing import templates
from engine.designing.simple import board, cards, editing, reading
from engine.designing.simple import graph as graphs
from engine.designing.simple.board import Board, Edited
from engine.designing.simple.drawn import places
from engine.designing.simple.graph import GATEWAYS
from engine.designing.simple.leaving import exits
from engine.diagrams import drawing, measure, xml
from engine.diagrams.laying_out import BPMN
from engine.runtime.checking import soundness

EXTENSIONS = f"{BPMN}extensionElements"
UNSOUND = {soundness.STUCK, soundness.DOUBLED, soundness.ENDLESS, soundness.CUT_OFF}
NAMES = ("金额大小?", "大额", "其他情况")
ACTS = ("insert", "block", "delete", "copy", "move", "add_branch", "delete_branch", "end_here", "exit", "lead", "rename")
FULL = 25  # shipped processes without a closed card: all of them
SHIPPED = sorted((Path(__file__).parents[3] / "bpmn").glob("*/*.bpmn"))


def opened(text: str) -> Board:
    return Board(text, "mine")


def shown(text: str) -> cards.Cards:
    return opened(text).cards


def template(name: str = "leave") -> str:
    return templates.package(name, "mine", "我的流程").files["mine.bpmn"]


def done(text: str, act: Callable[[Board], str]) -> Edited:
    return board.edit(text, "mine", act)


def ids(text: str) -> set[str]:
    """The cards, and the events of ways out."""
    ways = (way for found in shown(text).exits.values() for way in found)
    return {each.id for each in shown(text)} | {each.event for each in ways}


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
    events = [each.event for found in now.exits.values() for each in found]
    event = data.draw(st.sampled_from(events)) if events else "none"
    target = data.draw(st.sampled_from(["", *(each.id for each in now if each.kind != cards.GOES_TO)]))
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
        "exit": lambda at: exits.add(at, card, exits.TIMER, "超时", "结束"),
        "lead": lambda at: exits.lead(interrupting(at, event), event, target),
        "rename": lambda at: editing.write(at, card, {"name": "改名", "documentation": "说明"}),
    }
    made = done(text, acts[act])
    return _with_conditions(made), card if act == "rename" else ""


def interrupting(at: Board, event: str) -> Board:
    """The board with a way out that ends its step, so that it may go on."""
    if event in at.sheet.graph.nodes:
        editing.write(at, event, {places.INTERRUPTS: ""})
    return at


def _with_conditions(made: Edited) -> Edited:
    values = {"condition": "=days > 3", "name": "三天以上"}
    blocks = (each for each in shown(made.text) if each.kind == cards.CONDITIONS)
    for flow in [each.flow for card in blocks for each in card.branches if not (each.condition or each.is_default)]:
        made = Edited(done(made.text, partial(editing.write, id=flow, values=values)).text, made.id)
    return made


@settings(max_examples=20, deadline=None)
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
        assert list(shown(text)) == list(shown(done(text, lambda _at: "").text))


def test_a_card_put_behind_branches_is_passed_by_each_of_them() -> None:
    before = template()
    block = next(each for each in shown(before) if each.branches)
    made = done(before, lambda at: editing.insert(at, at.behind(at.card(block.id)).id, cards.APPROVE, ("都要经过",)))
    assert [each.id for each in shown(made.text).lists[0]].count(made.id) == 1
    now = shown(made.text).card(block.id)
    assert now is not None and made.id not in {each.id for branch in now.branches for each in branch.cards}
    last = block.branches[0]
    inside = done(before, lambda at: editing.insert(at, last.spot.id, cards.APPROVE, ("只在这里",)))
    assert shown(inside.text).card(block.id).branches[0].cards[-1].id == inside.id  # type: ignore[union-attr]


def test_what_runs_side_by_side_behind_branches_waits_for_none_of_them() -> None:
    text = template()
    block = next(each for each in shown(text) if each.branches)
    made = done(text, lambda at: editing.insert(at, at.behind(at.card(block.id)).id, cards.PARALLEL, NAMES))
    assert faults(made.text) == []
    between = done(text, lambda at: editing.insert(at, at.behind(at.card(block.id)).id, cards.HANDLE, ("中间",)))
    behind = done(between.text, lambda at: editing.insert(at, at.behind(at.card(between.id)).id, cards.PARALLEL, NAMES))
    assert faults(done(behind.text, lambda at: editing.delete(at, between.id)).text) == []
    assert faults(done(behind.text, lambda at: editing.move(at, between.id, "started_on")).text) == []


def test_a_card_moved_onto_one_of_the_ways_to_it_leaves_what_runs_side_by_side_behind_it_sound() -> None:
    text = template()
    block = next(each for each in shown(text) if each.branches)
    made = done(text, lambda at: editing.insert(at, at.behind(at.card(block.id)).id, cards.APPROVE, ("都要经过",)))
    made = Edited(
        done(made.text, lambda at: editing.insert(at, at.behind(at.card(made.id)).id, cards.PARALLEL, NAMES)).text, made.id
    )
    branch = block.branches[0]
    moved = done(made.text, lambda at: editing.move(at, made.id, at.card(block.id).branches[0].spot.id))
    assert branch.cards and faults(moved.text) == []


def test_what_is_put_into_a_named_branch_leaves_room_for_the_name() -> None:
    block = done(template(), lambda at: editing.insert(at, "started_on", cards.CONDITIONS, NAMES))
    named = done(block.text, lambda at: editing.write(at, f"{block.id}_to_{block.id}_end", {"name": "金额在一万元以上的"}))
    inside = done(named.text, lambda at: editing.insert(at, named.id, cards.HANDLE, ("核对",)))
    for text in (block.text, inside.text):
        assert [f"{each.element_id} {each}" for each in measure.problems(xml.safe_parse(text.encode()))] == []


def test_what_the_file_says_beside_stays_as_it_is_written() -> None:
    text = template().replace("<bpmn:userTask", '<!-- why --><bpmn:userTask x:note="1" xmlns:x="http://x.example"', 1)
    text = "<?xml version='1.0' encoding='UTF-8'?>\n" + text
    made = done(text, lambda at: editing.insert(at, "started_on", cards.HANDLE, ("登记",)))
    assert made.text.startswith("<?xml") and "<!-- why -->" in made.text and 'x:note="1"' in made.text
    back = done(made.text, lambda at: editing.delete(at, made.id)).text
    assert extensions(back) == extensions(text) and list(shown(back)) == list(shown(text))


def test_every_shipped_process_is_read_and_how_much_of_it_is_told() -> None:
    found = []
    for path in SHIPPED:
        for process in reading.processes(xml.safe_parse(path.read_bytes())):
            read, drawn = reading.read(process), graphs.read(process)
            told = {id for card in read for id in (card.id, card.gateway, card.join)}
            told |= {drawn.target(card.refused) for card in read if card.refused}
            told |= {each.event for exits in read.exits.values() for each in exits}
            left = {id for id in drawn.nodes.keys() - told if drawn.kind(id) not in GATEWAYS}
            assert left == set(), f"{path.name} leaves out {left}"
            found.append(read)
    assert len(found) >= 25 and share(found) >= 0.9
    assert sum(each.is_full for each in found) >= FULL


def share(found: list[cards.Cards]) -> float:
    """How many of all cards are open."""
    kinds = [card.kind for each in found for card in each]
    return sum(kind != cards.CLOSED for kind in kinds) / len(kinds)
