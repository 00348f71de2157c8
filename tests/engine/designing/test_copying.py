"""A published process copied as the draft of a new one: drawn alike, and nothing of it shared with what it was made from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from engine import errors
from engine.deploying.deployment import Resource
from engine.designing import drafts, packages, publishing
from engine.designing.editing import copying
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import messages
from tests.cast import Cast
from tests.engine import kit
from tests.engine.designing.test_field_uses import TABLE

NOW = kit.NOW
RULE = '<zeebe:calledDecision decisionId="level" resultVariable="granted"/>'
ORDERED = '<bpmn:messageEventDefinition id="e" messageRef="m"/>'
STEPS = (
    kit.start(form="look"),
    kit.node("startEvent", "ordered", inner=ORDERED),
    kit.node("businessRuleTask", "rule", extension=RULE),
    kit.task("look", groups="客服专员", form="look"),  # a step that is called as its form
    kit.end(),
    kit.chain("started", "rule", "look", "done"),
    kit.flow("ordered", "rule"),
)
SETTINGS = {"owners": ["部门负责人"], "title": "请假", "texts": {"en": {"请假": "Leave", "look": "Look"}}}


@pytest.fixture
def owned(database: databases.Database, cast: Cast) -> databases.Database:
    """A process with a form, a decision and a message that begins cases, which the heads own."""
    drawn = kit.diagram("leave", *STEPS, beside=kit.message("m", "order"), **SETTINGS)
    kit.deploy(database, cast.owner, kit.form("look", kit.text_field("days")), Resource("level.dmn", TABLE.encode()), drawn)
    return database


def copied(database: databases.Database, by: Actor, name: str = "请假 2") -> models.ProcessDraft:
    with database.transaction(by.company_id) as session:
        return copying.copy(session, by, "leave", name, now=NOW)


def test_a_copy_is_published_and_run_without_touching_what_it_was_made_from(owned: databases.Database, cast: Cast) -> None:
    draft = copied(owned, cast.head)
    assert (draft.process_id, draft.name) == ("leave_2", "请假 2")
    assert sorted(draft.files) == ["leave_2.bpmn", "level_2.dmn", "look_2.form"]
    assert draft.settings["leave_2"]["texts"] == {"en": {"look": "Look"}}, "the old title's English is not the new one's"
    with owned.transaction("acme") as session:
        publishing.publish(session, cast.owner, draft.key, draft.revision, now=NOW)
        newest = session.execute(select(models.ProcessDefinition.process_id, models.ProcessDefinition.version))
        assert sorted(map(tuple, newest)) == [("leave", 1), ("leave_2", 1)]
        forms = session.execute(select(models.FormDefinition.form_id, models.FormDefinition.version))
        assert sorted(map(tuple, forms)) == [("look", 1), ("look_2", 1)]
        messages.publish(session, cast.owner, "order", "", {"days": 1}, now=NOW)
        begun = session.execute(select(models.ProcessInstance.process_id)).scalars()
        assert [*begun] == ["leave"], "a message from outside begins one case, not two"


def test_each_copy_has_a_name_and_an_id_of_its_own(owned: databases.Database, cast: Cast) -> None:
    assert [copied(owned, cast.head, name).process_id for name in ("请假 2", "请假 3")] == ["leave_2", "leave_3"]
    for name, why in (
        ("请假", "already"),
        ("请假２", "already"),
        ("请\n假", "U.000A"),
        ("请\u202e假", "U.202E"),
        ("假" * 201, "room for"),
    ):
        with pytest.raises(errors.Invalid, match=why):
            copied(owned, cast.head, name)
    with pytest.raises(errors.Invalid, match="what the new process is called"):
        copied(owned, cast.head, "  ")
    with pytest.raises(errors.NotFound):
        copied(owned, cast.clerk)


def test_a_copy_has_no_public_page_and_its_scenarios_speak_of_it(owned: databases.Database, cast: Cast) -> None:
    with owned.transaction("acme") as session:
        first = drafts.begin(session, cast.head, "leave", now=NOW)
        scenario = (
            'title = "a"\nnow = 2026-03-02T01:00:00Z\n[start]\nmessage = "order"\n[[step]]\ntask = "look"\nin = "leave"\n'
        )
        settings = {"leave": {**first.settings["leave"], "public": {"form": "look", "message": "order", "title": "t"}}}
        files = {"leave/scenarios/a.toml": scenario}
        changed = drafts.save(session, cast.head, first.key, 1, files, settings, now=NOW)
        publishing.publish(session, cast.owner, first.key, changed.revision, now=NOW)
    draft = copied(owned, cast.head)
    assert "public" not in draft.settings["leave_2"]
    walk = draft.files["leave_2/scenarios/a.toml"]
    assert 'message = "order_2"' in walk and 'in = "leave_2"' in walk and 'task = "look"' in walk


def test_whoever_copies_hears_what_the_copy_will_do_by_itself_and_what_it_lacks(
    database: databases.Database, cast: Cast
) -> None:
    every_week = kit.node("startEvent", "weekly", inner=kit.timer("timeCycle", "R/P7D"))
    look_up = kit.node("scriptTask", "find", extension='<zeebe:script expression="=record(k).name" resultVariable="x"/>')
    drawn = kit.diagram("rounds", every_week, look_up, kit.end(), kit.chain("weekly", "find", "done"), owners=["部门负责人"])
    with database.transaction() as session:
        session.execute(update(models.Company).values(settings={"records": {"read_by": ["rounds"]}}))
        organisation.changed(session, "acme")
    owner = replace(cast.owner, organisation_version=0)
    kit.deploy(database, owner, drawn)
    with database.transaction("acme") as session:
        draft = copying.copy(session, owner, "rounds", "周检二", now=NOW)
        assert {"by time" in text or "records" in text for text in copying.to_know(draft)[1:]} == {True}
        assert len(copying.to_know(draft)) == 3
        told = publishing.problems(session, owner, packages.Package(draft.files, draft.settings), now=NOW)
        assert [each.element_id for each in told if "by themselves" in each.message] == ["weekly"]
        first = drafts.begin(session, owner, "rounds", now=NOW)
        told = publishing.problems(session, owner, packages.Package(first.files, first.settings), now=NOW)
        assert not [each for each in told if "by themselves" in each.message], "it does so already"
