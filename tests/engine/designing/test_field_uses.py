"""A field that is renamed or taken away while something reads it: where is told before it is saved, drafts of others too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.designing import drafts
from engine.designing.editing import decision_results, field_uses, form_saves
from engine.designing.packages import Package
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit

NOW = kit.NOW
TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="批假" namespace="n"><decision id="level" name="批假层级">
<decisionTable hitPolicy="FIRST"><input id="i"><inputExpression><text>days</text></inputExpression></input><output name="r"/>
<rule><inputEntry><text>&gt; 3</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable></decision></definitions>"""
SCENARIO = """title = "请三天"
now = 2026-03-02T01:00:00Z
[start]
by = "clerk"
[start.form]
days = 3
"""
COLUMNS = {"type": "dynamiclist", "path": "items", "label": "明细", "components": [kit.text_field("price")]}


def form(id: str, *fields: dict[str, Any]) -> str:
    return json.dumps({"type": "default", "id": id, "components": list(fields)}, ensure_ascii=False)


def package() -> Package:
    body = (
        kit.start(form="ask"),
        kit.task("check", form="look", users="=handler of(days)"),
        kit.node("exclusiveGateway", "gate", attributes=' default="gate_done"'),
        kit.end(),
        kit.end("long_done"),
        kit.flow("started", "check"),
        kit.flow("check", "gate"),
        kit.flow("gate", "done"),
        kit.flow("gate", "long_done", "=days > 3 and count(items[price = 1]) > 0"),
    )
    ask = form("ask", {**kit.text_field("days"), "label": "天数"}, COLUMNS)
    look = form(
        "look", {**kit.text_field("days"), "readonly": True}, {**kit.text_field("note"), "conditional": {"hide": "days > 1"}}
    )
    settings = {
        "may_start": ["*"],
        "title_of_case": '="请假" + string(days)',
        "register": [{"label": "天数", "value": "=days"}],
        "summary": [{"label": "事由", "value": "=why"}],
        "paper": [{"template": "complaint_record", "title": "记录表"}],
    }
    files = {
        "leave.bpmn": kit.diagram("leave", *body).content.decode(),
        "ask.form": ask,
        "look.form": look,
        "level.dmn": TABLE,
        "leave/scenarios/three.toml": SCENARIO,
    }
    return Package(files, {"leave": settings})


def without(package: Package, *gone: str) -> dict[str, str]:
    schema = json.loads(package.files["ask.form"])
    schema["components"] = [each for each in schema["components"] if each.get("key", each.get("path")) not in gone]
    return {"ask.form": json.dumps(schema)}


def test_a_field_is_found_in_everything_that_reads_it() -> None:
    given = package()
    after = {**given.files, **without(given, "days")}
    (days,) = field_uses.lost(given.files, after)
    found = field_uses.uses(Package(after, given.settings), days)
    assert days.label == "天数"
    assert [(use.area, str(use.place), use.row) for use in found] == [
        (field_uses.PEOPLE, "check", ""),
        (field_uses.CONDITION, "sequence flow without a name after “gate” before “long_done”", ""),
        (field_uses.DECISION, "批假层级", ""),
        (field_uses.FORM, "check", ""),
        (field_uses.SETTING, "title_of_case", ""),
        (field_uses.SETTING, "register", "天数"),
        (field_uses.SCENARIO, "请三天", ""),
    ]


def test_a_column_is_told_apart_from_its_list_and_a_paper_has_its_place() -> None:
    given = package()
    bare = {**COLUMNS, "components": [kit.text_field("name")]}
    after = {"ask.form": form("ask", {**kit.text_field("days"), "label": "天数"}, bare)}
    (price,) = field_uses.lost(given.files, {**given.files, **after})
    assert price.path == "items.price"
    assert [use.area for use in field_uses.uses(given, price)] == [field_uses.CONDITION, field_uses.FORM]
    content = field_uses.UsedField("content", "投诉内容")
    assert [str(use.place) for use in field_uses.uses(given, content) if use.area == field_uses.PAPER] == ["记录表"]


def test_what_another_form_still_asks_is_not_lost_and_what_is_only_read_there_is() -> None:
    given = package()
    after = {**given.files, **without(given, "days")}
    asked_elsewhere = {**after, "look.form": form("look", kit.text_field("days"), kit.text_field("note"))}
    assert field_uses.lost(given.files, asked_elsewhere) == []


def begun(database: databases.Database, cast: Cast, process_id: str = "leave") -> int:
    given = package()
    text = given.files["leave.bpmn"].replace('id="leave"', f'id="{process_id}"')
    files = {name: each for name, each in given.files.items() if not name.startswith("leave")}
    settings = {process_id: given.settings["leave"]}
    with database.transaction() as session:
        package_ = Package({**files, f"{process_id}.bpmn": text}, settings)
        return drafts.create(session, cast.owner, package_, process_id, f"流程 {process_id}", now=NOW).key


def test_a_save_by_which_a_used_field_goes_is_asked_first_and_changes_nothing(database: databases.Database, cast: Cast) -> None:
    key, other = begun(database, cast), begun(database, cast, "trip")
    with database.transaction() as session, pytest.raises(form_saves.StillUsed, match="天数") as told:
        form_saves.save(session, cast.owner, key, 1, without(package(), "days"), now=NOW)
    (loss,) = told.value.losses
    elsewhere = [use for use in loss.uses if use.process]
    assert {use.process for use in elsewhere} == {"流程 trip"} and all(use.is_draft for use in elsewhere)
    with database.transaction() as session:
        assert drafts.take_up(session, cast.owner, key).revision == 1
        kept = form_saves.save(
            session, cast.owner, key, 1, without(package(), "days"), decided=form_saves.Decided(["days"]), now=NOW
        )
        assert kept.revision == 2 and "days" not in kept.files["ask.form"]
        assert "days" in drafts.take_up(session, cast.owner, other).files["ask.form"]


def test_a_field_that_nothing_reads_goes_without_a_question(database: databases.Database, cast: Cast) -> None:
    key = begun(database, cast)
    schema = json.loads(package().files["look.form"])
    schema["components"].pop()
    with database.transaction() as session:
        assert form_saves.save(session, cast.owner, key, 1, {"look.form": json.dumps(schema)}, now=NOW).revision == 2


def table(*outputs: str) -> str:
    """A decision “批假” with these columns of results, and one that is decided by it."""
    columns = "".join(f'<output id="o_{each}" name="{each}" label="栏 {each}"/>' for each in outputs)
    other = """<decision id="copy" name="抄送层级"><informationRequirement id="q"><requiredDecision href="#level"/></informationRequirement>
<literalExpression id="l"><text>批假.who = "head"</text></literalExpression></decision>"""
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="批假" namespace="n">'
        f'<decision id="level" name="批假"><decisionTable id="t" hitPolicy="FIRST">{columns}</decisionTable></decision>{other}</definitions>'
    )


@pytest.mark.parametrize(
    ("before", "after", "gone", "used"),
    [
        (("who", "cc"), ("who", "copied"), ["批假 · 栏 cc"], [("step", "inform")]),
        (("who", "cc"), ("cc",), ["批假 · 栏 who", "批假 · 栏 cc"], [("decision", "抄送层级"), ("step", "inform")]),
        (("who", "cc"), ("cc", "who", "more"), [], []),
        (("who",), ("who", "cc"), ["批假 · 栏 who"], [("decision", "抄送层级"), ("step", "inform")]),
        (("who",), ("person",), [], []),
    ],
    ids=["renamed", "removed", "one more", "no longer alone", "alone"],
)
def test_a_column_of_results_in_use_is_told_before_it_goes(
    before: tuple[str, ...], after: tuple[str, ...], gone: list[str], used: list[tuple[str, str]]
) -> None:
    rule = '<zeebe:calledDecision decisionId="level" resultVariable="granted"/>'
    drawn = kit.diagram(
        "leave",
        kit.start(),
        kit.node("businessRuleTask", "decide", extension=rule),
        kit.task("inform", users="=granted.cc"),
        kit.end(),
        kit.chain("started", "decide", "inform", "done"),
    ).content.decode()
    files = {"leave.bpmn": drawn, "level.dmn": table(*before)}
    changed = {**files, "level.dmn": table(*after)}
    lost = decision_results.lost(files, changed)
    places = [use for field in lost for use in field_uses.uses(Package(changed, {"leave": {}}), field)]
    assert list(dict.fromkeys(field.label for field in lost)) == gone
    assert sorted({(use.area.replace("people", "step"), str(use.place)) for use in places}) == used


def test_a_form_that_is_shown_is_taken_out_only_when_asked_again(database: databases.Database, cast: Cast) -> None:
    key = begun(database, cast)
    with database.transaction() as session, pytest.raises(form_saves.StillUsed) as told:
        form_saves.take_away(session, cast.owner, key, "look.form", 1, is_sure=False, now=NOW)
    assert [str(use.place) for use in told.value.shown_by] == ["check"]
    with database.transaction() as session:
        form_saves.take_away(session, cast.owner, key, "look.form", 1, is_sure=True, now=NOW)
        assert "look.form" not in drafts.take_up(session, cast.owner, key).files
