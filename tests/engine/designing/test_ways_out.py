"""Ways out of a card, cards within a subprocess, what conditions ask: made as cards, sound as files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import errors
from engine.designing.editing import field_uses
from engine.designing.simple import board, cards, conditions, editing
from engine.designing.simple.asking import answers
from engine.designing.simple.board import Board
from engine.designing.simple.drawn import places
from engine.designing.simple.leaving import exits
from tests.engine.designing.test_simple_view import done, faults, shown, template

ROOT = Path(__file__).parents[3]
STEP = "record_leave"


def out(text: str, act: Callable[[Board], str]) -> str:
    return done(text, act).text


def test_when_time_is_up_a_step_goes_another_way_and_back_into_the_list() -> None:
    first = next(each for each in shown(template()) if each.kind == cards.APPROVE)
    made = done(template(), lambda at: exits.add(at, first.id, exits.TIMER, "超时", "结束"))
    (way,) = shown(made.text).exits[first.id]
    assert (way.event, way.name, [each.kind for each in way.cards]) == (made.id, "超时", [cards.END])
    assert faults(made.text) == []
    with pytest.raises(errors.Invalid, match="goes on meanwhile"):
        done(made.text, lambda at: exits.lead(at, made.id, STEP))
    text = out(made.text, lambda at: editing.write(at, made.id, {places.INTERRUPTS: "", "timer:expression": "5wd"}))
    text = out(
        text,
        lambda at: editing.insert(at, shown(text).exits[first.id][0].spot.id or way.cards[0].spot.id, cards.HANDLE, ("催办",)),
    )
    text = out(text, lambda at: exits.lead(at, made.id, STEP))
    (way,) = shown(text).exits[first.id]
    assert [each.kind for each in way.cards] == [cards.HANDLE, cards.GOES_TO] and way.cards[-1].to == STEP
    assert faults(text) == []
    back = out(out(text, lambda at: exits.lead(at, made.id, "")), lambda at: exits.remove(at, made.id))
    assert faults(back) == [] and list(shown(back)) == list(shown(template()))


def led(to: str = STEP) -> str:
    """The template with a step that, when its time is up, goes on at the last one."""
    first = next(each for each in shown(template()) if each.kind == cards.APPROVE)
    text = done(template(), lambda at: exits.add(at, first.id, exits.TIMER, "超时", "结束")).text
    (event,) = (each.event for each in shown(text).exits[first.id])
    text = out(text, lambda at: editing.write(at, event, {places.INTERRUPTS: "", "timer:expression": "5wd"}))
    return out(text, lambda at: exits.lead(at, event, to)) if to else text


def test_a_card_with_a_way_out_is_moved_copied_and_taken_away_with_it() -> None:
    text = led()
    host = next(iter(shown(text).exits))
    block = next(each for each in shown(text) if each.branches)
    moved = out(text, lambda at: editing.move(at, host, at.card(STEP).spot.id))
    (way,) = shown(moved).exits[host]
    assert way.cards[-1].to == STEP and faults(moved) == []
    order = [each.id for each in shown(moved).lists[0]]
    assert order.index(block.id) < order.index(host) < order.index(STEP)
    twin = done(text, lambda at: editing.copy(at, host))
    (way,) = shown(twin.text).exits[twin.id]
    assert way.cards[-1].to == STEP and faults(twin.text) == []
    gone = out(text, lambda at: editing.delete(at, host))
    assert faults(gone) == [] and not shown(gone).exits and host not in gone


def test_a_card_that_a_way_out_leads_to_may_move_only_as_far_as_that_way_goes_on() -> None:
    text = led()
    host = next(iter(shown(text).exits))
    with pytest.raises(errors.Invalid) as refused:
        done(text, lambda at: editing.move(at, STEP, at.card(host).spot.id))
    assert refused.value.text.startswith("The way out of")
    gone = out(text, lambda at: editing.delete(at, STEP))
    (way,) = shown(gone).exits[host]
    assert faults(gone) == [] and way.cards[-1].kind in (cards.GOES_TO, cards.END)


def test_only_what_can_have_it_gets_a_way_out() -> None:
    started = shown(template()).lists[0][0]
    for id, kind in ((started.id, exits.TIMER), (STEP, exits.ERROR), (STEP, "signal")):
        with pytest.raises(errors.Invalid, match="such a way out"):
            done(template(), lambda at, id=id, kind=kind: exits.add(at, id, kind, "", ""))  # type: ignore[misc]
    with pytest.raises(errors.NotFound):
        done(template(), lambda at: exits.remove(at, "nothing"))


def test_what_a_subprocess_holds_is_edited_as_cards_too() -> None:
    text = (ROOT / "bpmn" / "advertising" / "record_destruction.bpmn").read_text()
    whole = Board(text, "record_destruction")
    inner = next(each for each in whole.cards if each.kind == cards.SUBPROCESS)
    level = Board(text, "record_destruction", inner.id)
    spot = next(iter(level.cards.spots))
    made = board.edit(text, "record_destruction", lambda at: editing.insert(at, spot, cards.HANDLE, ("复核",)), inner.id)
    assert made.id in {each.id for each in Board(made.text, "record_destruction", inner.id).cards}
    assert list(Board(made.text, "record_destruction").cards) == list(whole.cards)
    with pytest.raises(errors.NotFound):
        Board(text, "record_destruction", "nothing")


def test_outcomes_are_read_by_their_words_and_written_by_their_keys() -> None:
    known = answers.outcomes(Board(template(), "mine").sheet.graph)
    outcome = next(each for each in known if each.variable == "outcome")
    assert outcome.values["approve"] == "同意"
    form = {"row.0.field": "outcome", "row.0.sign": "=", "row.0.value": "同意"}
    assert conditions.given(answers.meant(form, {"outcome": outcome.values})) == {"condition": '=outcome = "approve"'}
    (row,) = answers.of_rows(conditions.rows('=outcome = "approve"') or [], {"outcome": {"approve": "Approve"}})
    assert row.value == "Approve"


CHOICES = {"kind": {"urgent": "加急", '"1"': "一级"}}
CHOSEN = [("加急", "加急", '"urgent"'), ("urgent", "加急", '"urgent"'), ("一级", "一级", '"1"'), ("其他", "其他", '"其他"')]


@pytest.mark.parametrize(("said", "shown", "written"), CHOSEN)
def test_choices_are_read_by_their_words_and_written_by_their_values(said: str, shown: str, written: str) -> None:
    values = [{"label": "加急", "value": "urgent"}, {"label": "一级", "value": "1"}]
    fields = [{"type": "radio", "id": "k", "key": "kind", "values": values}, {"type": "checkbox", "id": "p", "key": "paid"}]
    words = field_uses.choices({"f.form": json.dumps({"id": "f", "components": fields})})
    assert words == {**CHOICES, "paid": {"true": "", "false": ""}}
    form = {"row.0.field": "kind", "row.0.sign": "=", "row.0.value": said}
    condition = conditions.given(answers.meant(form, words))["condition"]
    assert condition == f"=kind = {written}"
    assert [each.value for each in answers.of_rows(conditions.rows(condition) or [], words)] == [shown]


CASES = (
    "",
    "=",
    '=outcome = "approve"',
    '= 天数 > 3 and 事由 != "R and D"',
    "=days >= 1 and days <= 10 and 主管.级别 = 2",
    '=department name of(department of(initiator)) = "客服部"',
    '=x = "12"',
    "=x = -1.5 and y = true and z = null",
    "=sum(items) > 3",
    "=a > b",
    "=甲and乙 = 1",
    "=（甲） = 1",
    "=1 = 1",
    '=金额 > "10,000" and x <= "１２．５" and y = "1,000" and z < "一万"',
)


def test_more_than_what_looks_like_a_number_is_meant_as_one() -> None:
    rows = [conditions.Row("金额", ">", each) for each in ("10,000", "１００００", "-1,234.5", "一万", "1,00")]
    assert conditions.written(rows) == '=金额 > 10000 and 金额 > 10000 and 金额 > -1234.5 and 金额 > "一万" and 金额 > "1,00"'
    assert conditions.written([conditions.Row("编号", "=", "1,000")]) == '=编号 = "1,000"'


def test_the_editor_and_the_server_read_and_write_conditions_alike() -> None:
    script = """
        const { grammarOf, rowsOf, wordsOf, written } = await import(process.argv[1]);
        const { grammar, cases, typed, words } = JSON.parse(process.argv[2]);
        const own = grammarOf(grammar);
        const told = cases.map((text) => rowsOf(text, own)).map((rows) => [rows, rows && written(rows, own)]);
        const called = wordsOf({ kind: "类型" }, words, "outcome", [["approve", "同意"]]);
        const meant = typed.map((value) => called.meant(["类型", "=", value])[2]);
        const said = [called.said(["kind", "=", "urgent"]), called.said(["outcome", "=", "approve"])];
        console.log(JSON.stringify([told, meant, said]));
    """
    given = json.dumps(
        {"grammar": conditions.GRAMMAR, "cases": CASES, "typed": [each for each, *_ in CHOSEN], "words": CHOICES}
    )
    module = (ROOT / "web" / "assets" / "designer" / "conditions.js").as_uri()
    node = ROOT / ".venv" / "bin" / "node"
    command = [node if node.exists() else "node", "--input-type=module", "-e", script, module, given]
    told, meant, said = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert meant == ["urgent", "urgent", '"1"', "其他"]
    assert said == [["类型", "=", "加急"], ["outcome", "=", "同意"]]
    rows = [conditions.rows(text) for text in CASES]
    expected = [
        [None if each is None else [[row.field, row.sign, row.value] for row in each], each and conditions.written(each)]
        for each in rows
    ]
    assert told == [[a, "" if a == [] else b] for a, b in expected]
