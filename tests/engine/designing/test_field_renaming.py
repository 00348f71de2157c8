"""A field's key is changed in its form: what reads it is renamed with it on one click, what cannot be is told, nothing breaks unseen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import feel
from engine.designing import drafts
from engine.designing.editing import field_renaming, field_uses, form_saves
from engine.designing.packages import Package
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.engine.designing.test_field_uses import NOW, form, package

DAYS = field_uses.UsedField("days", "天数")
ADDED = "another save"
GIVEN, RECEIVED = '<zeebe:input source="=days + 1" target="days"/>', '<zeebe:output source="=days" target="days"/>'


def given() -> Package:
    """The package of a leave request, whose form has ids as the editor gives them."""
    found = package()
    schema = json.loads(found.files["ask.form"])
    for number, each in enumerate(schema["components"]):
        each["id"] = f"field_{number}"
    settings = {"leave": {**found.settings["leave"], "texts": {"en": {'="请假" + string(days)': '="Leave " + string(days)'}}}}
    return Package({**found.files, "ask.form": json.dumps(schema)}, settings)


def with_key(package: Package, new: str) -> dict[str, str | None]:
    schema = json.loads(package.files["ask.form"])
    schema["components"][0]["key"] = new
    return {"ask.form": json.dumps(schema)}


def mapped(content: str) -> str:
    return f"<zeebe:ioMapping>{content}</zeebe:ioMapping>"


def with_step(step: str) -> Package:
    """The same package with another step in its diagram."""
    found = given()
    text = found.files["leave.bpmn"].replace("</bpmn:process>", f"{step}</bpmn:process>")
    return Package({**found.files, "leave.bpmn": text}, found.settings)


def applied(package: Package, new: str = "length") -> Package:
    files = {**package.files, **with_key(package, new)}
    return field_renaming.applied(Package({name: text for name, text in files.items() if text}, package.settings), "days", new)


def test_all_that_reads_a_field_reads_it_by_its_new_key() -> None:
    after = applied(given())
    assert field_uses.uses(after, DAYS) == []
    assert "length &gt; 3 and count(items[price = 1])" in after.files["leave.bpmn"]
    assert "=handler of(length)" in after.files["leave.bpmn"]
    assert "<text>length</text>" in after.files["level.dmn"]
    look = json.loads(after.files["look.form"])["components"]
    assert (look[0]["key"], look[1]["conditional"]["hide"]) == ("length", "length > 1")
    settings = after.settings["leave"]
    assert settings["register"] == [{"label": "天数", "value": "=length"}]
    assert settings["texts"] == {"en": {'="请假" + string(length)': '="Leave " + string(length)'}}
    assert "length = 3" in after.files["leave/scenarios/three.toml"]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("days > 3 and `days` < 9", "length > 3 and length < 9"),
        ('string(days) + "days" + my.days + 天days', 'string(length) + "days" + my.days + 天days'),
        ("for days in all return days", "for days in all return days"),
        ("{days: 1, more: days}", "{days: 1, more: days}"),
        ("items[days > 1]", "items[days > 1]"),
        ("some length in [1] satisfies days > length", "some length in [1] satisfies days > length"),
        ("days >", "days >"),
    ],
)
def test_only_the_variable_itself_is_renamed(text: str, after: str) -> None:
    assert feel.renamed(text, "days", "length") == after


@pytest.mark.parametrize(
    ("step", "after"),
    [
        (
            kit.service("x", "mail.send", inputs=mapped(GIVEN + RECEIVED)),
            ('source="=length + 1" target="days"', 'source="=days" target="length"'),
        ),
        (
            kit.task("x", inputs=mapped(GIVEN)),
            ('source="=length + 1" target="length"',),
        ),
        (
            kit.node("scriptTask", "x", extension='<zeebe:script expression="=days + 1" resultVariable="days"/>'),
            ('expression="=length + 1" resultVariable="length"',),
        ),
        (
            kit.node("businessRuleTask", "x", extension='<zeebe:calledDecision decisionId="elsewhere" resultVariable="days"/>'),
            ('decisionId="elsewhere" resultVariable="length"',),
        ),
    ],
    ids=["operation", "form", "script", "decision of elsewhere"],
)
def test_what_others_give_names_to_keeps_them(step: str, after: tuple[str, ...]) -> None:
    diagram = applied(with_step(step)).files["leave.bpmn"]
    assert [each for each in after if each not in diagram] == []


def begun(database: databases.Database, cast: Cast, found: Package, process_id: str = "leave") -> int:
    files = {name: text for name, text in found.files.items() if not name.startswith("leave")}
    files[f"{process_id}.bpmn"] = found.files["leave.bpmn"].replace('id="leave"', f'id="{process_id}"')
    with database.transaction() as session:
        begun = Package(files, {process_id: found.settings["leave"]})
        return drafts.create(session, cast.owner, begun, process_id, f"流程 {process_id}", now=NOW).key


def save(database: databases.Database, cast: Cast, key: int, files: dict[str, str | None], **decided: Any) -> dict[str, str]:
    with database.transaction() as session:
        made = form_saves.save(session, cast.owner, key, 1, files, decided=form_saves.Decided(**decided), now=NOW)
        return dict(made.files)


def test_a_rename_is_offered_with_what_changes_and_kept_as_one_save(sqlite_database: databases.Database, cast: Cast) -> None:
    key = begun(sqlite_database, cast, given())
    with pytest.raises(form_saves.StillUsed) as asked:
        save(sqlite_database, cast, key, with_key(given(), "length"))
    (loss,) = asked.value.losses
    assert asked.value.renamed == {"days": "length"} and loss.renaming is not None and loss.renaming.stays == []
    assert "length &gt; 3" in loss.renaming.after.files["leave.bpmn"]
    with sqlite_database.transaction() as session:  # a colleague draws on, before the question is answered
        text = drafts.take_up(session, cast.owner, key).files["leave.bpmn"]
        drawn = text.replace("</bpmn:process>", f"<!--{ADDED}--></bpmn:process>")
        drafts.save(session, cast.owner, key, 1, {"leave.bpmn": drawn}, now=NOW)
    with pytest.raises(form_saves.StillUsed):
        save(sqlite_database, cast, key, with_key(given(), "other"), renamed={"days": "length"})
    files = save(sqlite_database, cast, key, with_key(given(), "length"), renamed={"days": "length"})
    assert "length &gt; 3" in files["leave.bpmn"] and ADDED in files["leave.bpmn"]
    assert '"length"' in files["look.form"] and "<text>length</text>" in files["level.dmn"]


def test_files_of_other_processes_are_left_and_told(sqlite_database: databases.Database, cast: Cast) -> None:
    key, other = begun(sqlite_database, cast, given()), begun(sqlite_database, cast, given(), "trip")
    with pytest.raises(form_saves.StillUsed) as asked:
        save(sqlite_database, cast, key, with_key(given(), "length"))
    renaming = asked.value.losses[0].renaming
    assert renaming is not None
    own = [(each.area, str(each.place)) for each in renaming.stays if not each.process]
    assert own == [(field_uses.DECISION, "批假层级"), (field_uses.FORM, "check")]
    assert {each.process for each in renaming.stays if each.process} == {"流程 trip"}
    files = save(sqlite_database, cast, key, with_key(given(), "length"), renamed={"days": "length"})
    assert "<text>days</text>" in files["level.dmn"] and "length &gt; 3" in files["leave.bpmn"]
    with sqlite_database.reading() as session:
        assert drafts.take_up(session, cast.owner, other).revision == 1


@pytest.mark.parametrize("new", ["items", "note", "why", "initiator", "count", "for", "2days", "a b"])
def test_a_key_that_means_something_already_is_not_offered(new: str) -> None:
    found = given()
    assert field_renaming.renamed(found, {**found.files, "ask.form": str(with_key(found, new)["ask.form"])}) == {}


def test_a_field_that_another_form_asks_too_is_not_parted_from_it_unseen(
    sqlite_database: databases.Database, cast: Cast
) -> None:
    found = given()
    both = Package({**found.files, "look.form": form("look", kit.text_field("days"))}, found.settings)
    key = begun(sqlite_database, cast, both)
    with pytest.raises(form_saves.StillUsed) as asked:
        save(sqlite_database, cast, key, with_key(both, "length"))
    assert asked.value.renamed == {"days": "length"}
    files = save(sqlite_database, cast, key, with_key(both, "length"), renamed={"days": "length"})
    assert json.loads(files["look.form"])["components"][0]["key"] == "length"
