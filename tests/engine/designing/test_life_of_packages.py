"""The life of a package: compared, up and down as a ZIP, released by a second person, commented on, retired and restored."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest

from engine import errors
from engine.deploying import deployment
from engine.designing import archives, comments, comparing, diagram_facts, drafts, packages, publishing
from engine.designing.packages import Package
from engine.people.actors import Actor
from engine.problems import UnnamedElement
from engine.queries.inbox import start_page
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.running import retiring
from tests.cast import Cast
from tests.engine import kit
from tests.engine.designing.test_drafts import LATER, NOW, STEPS, begin, save

HEADS = ["部门负责人"]


@pytest.fixture
def owned(database: databases.Database, cast: Cast) -> databases.Database:
    """A process that the heads own, released by a second person."""
    form = kit.form("request", kit.text_field("why"))
    settings = {"owners": HEADS, "may_start": ["*"], "second_release": True}
    kit.deploy(database, cast.owner, form, kit.diagram("leave", *STEPS, **settings))
    return database


def release(database: databases.Database, by: Actor, draft: models.ProcessDraft) -> publishing.Release:
    with database.reading(by.company_id) as session:
        return publishing.release(session, by, draft.key)


def publish(database: databases.Database, by: Actor, draft: models.ProcessDraft) -> deployment.Deployed:
    with database.transaction(by.company_id) as session:
        return publishing.publish(session, by, draft.key, draft.revision, now=LATER)[1]


def test_what_differs_is_told_by_element_component_and_setting(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    before = Package(draft.files, draft.settings)
    form = json.loads(draft.files["request.form"])
    form["components"][0]["label"] = "事由"
    files = {
        "leave.bpmn": draft.files["leave.bpmn"].replace("客服专员", "主管领导"),
        "request.form": json.dumps(form),
        "new.form": "{}",
    }
    after = Package(files, {"leave": {**draft.settings["leave"], "due": "5wd"}})
    found = {(each.area, each.element_id or each.file): each for each in comparing.changes(before, after)}
    assert set(found) == {("diagram", "a"), ("form", "why"), ("file", "new.form"), ("settings", "leave")}
    (detail,) = found["diagram", "a"].details
    assert (detail.before, detail.after) == ("客服专员", "主管领导")
    assert [each.name for each in found["form", "why"].details] == ["label"]
    assert comparing.changes(before, before) == []


def test_what_differs_in_a_diagram_is_told_without_ids() -> None:
    old = kit.diagram("leave", *STEPS).content.decode()
    gate = '<bpmn:sequenceFlow id="Flow_9" sourceRef="a" targetRef="Gateway_1"/><bpmn:exclusiveGateway id="Gateway_1"/>'
    new = old.replace("</bpmn:process>", f"{gate}</bpmn:process>")
    before, after = (Package({"leave.bpmn": text}, {}) for text in (old, new))
    found = {each.element_id: each for each in comparing.changes(before, after)}
    assert [(each.kind, each.name) for each in found.values()] == [("added", "")] * 2
    step = diagram_facts.names(old)["a"]
    assert found["Flow_9"].beside == UnnamedElement("sequenceFlow", (str(step),), ())
    assert found["Gateway_1"].beside == UnnamedElement("exclusiveGateway", (str(step),), ())
    elsewhere = new.replace('targetRef="Gateway_1"', 'targetRef="a"')
    (turned,) = comparing.changes(after, Package({"leave.bpmn": elsewhere}, {}))
    (detail,) = turned.details
    assert (detail.before, detail.after) == (UnnamedElement("exclusiveGateway", (str(step),), ()), step)


def test_a_package_goes_down_and_up_as_a_zip(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    package = Package(draft.files, draft.settings)
    assert archives.unpacked(archives.packed(package)) == package
    changed = Package({**draft.files, "leave.bpmn": draft.files["leave.bpmn"].replace("流程 leave", "请假")}, draft.settings)
    with owned.transaction("acme") as session:
        taken = drafts.take_in(session, cast.head, archives.unpacked(archives.packed(changed)), now=LATER)
        assert taken.key == draft.key
        assert "请假" in taken.files["leave.bpmn"]
    for by in (cast.clerk, cast.stranger):
        with pytest.raises(errors.Refusal), owned.transaction(by.company_id) as session:
            drafts.take_in(session, by, changed, now=LATER)


@pytest.mark.parametrize("name", ["leave.bpmn20.xml", "leave.BPMN", "C:\\old\\leave.xml", "leave.bpmn"])
def test_a_diagram_is_taken_by_the_names_of_other_tools(name: str) -> None:
    assert archives.alone(name, b"<definitions/>").diagram == "leave.bpmn"
    with zipfile.ZipFile(content := io.BytesIO(), "w") as archive:
        archive.writestr(f"processes/{name.rpartition(chr(92))[2]}", "<definitions/>")
    if not name.endswith("leave.xml"):  # in a ZIP that may be anything
        assert archives.unpacked(content.getvalue()).diagram == "leave.bpmn"


def test_a_diagram_of_which_a_part_is_not_drawn_is_laid_out() -> None:
    whole = packages.drawn(Package({"p.bpmn": kit.diagram("p", *STEPS).content.decode()}))
    assert packages.drawn(whole) == whole, "what is drawn stays as it is"
    undrawn = re.sub(r"<(\w+):BPMNEdge.*?</\1:BPMNEdge>", "", whole.files["p.bpmn"], count=1, flags=re.DOTALL)
    assert undrawn.count("BPMNEdge") < whole.files["p.bpmn"].count("BPMNEdge")
    again = packages.drawn(Package({"p.bpmn": undrawn})).files["p.bpmn"]
    assert again.count("BPMNEdge") == whole.files["p.bpmn"].count("BPMNEdge")


def test_a_zip_that_is_none_or_too_much_is_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.bpmn", b"0" * (packages.MAX_PACKAGE_BYTES + 1))
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        archive.writestr("../../<script>.bpmn", "<x/>")
    for content in (b"", b"PK\x03\x04", bomb.getvalue(), hostile.getvalue()):
        with pytest.raises(errors.Invalid):
            archives.unpacked(content)


def test_a_second_person_releases_and_a_later_save_takes_the_asking_back(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    draft = save(owned, cast.head, draft, draft.files["leave.bpmn"].replace("流程 leave", "请假"))
    for by in (cast.head, cast.owner):
        with pytest.raises(errors.Forbidden, match="second person"):
            publish(owned, by, draft)
    with owned.transaction("acme") as session:
        publishing.ask(session, cast.head, draft.key, draft.revision, now=LATER)
    with pytest.raises(errors.Forbidden, match="second person"):
        publish(owned, cast.head, draft)
    seen = release(owned, cast.owner, draft)
    assert (seen.asked_by, seen.refusal, seen.version) == ("何负责", None, 1)
    assert [each.element_id for each in seen.changes] == ["leave"]
    assert isinstance(release(owned, cast.head, draft).refusal, errors.Forbidden)
    later = save(owned, cast.head, draft, draft.files["leave.bpmn"].replace("请假", "休假"))
    with pytest.raises(errors.Forbidden, match="ask for the release"):
        publish(owned, cast.owner, later)
    with owned.transaction("acme") as session:
        publishing.ask(session, cast.head, draft.key, later.revision, now=LATER)
    assert publish(owned, cast.owner, later).definitions[0].version == 2
    with owned.reading("acme") as session:
        kinds = [each.kind for each in session.query(models.ProcessEvent).order_by(models.ProcessEvent.key)]
    assert kinds == ["asked", "asked", "published"]


def test_comments_stand_by_element_until_they_are_done(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    with owned.transaction("acme") as session:
        comments.say(session, cast.head, draft.key, "a", "谁来备案?", now=LATER)
        (said,) = comments.of_draft(session, cast.owner, draft.key)
        assert (said.element_id, said.said_by, said.resolved_by) == ("a", "何负责", "")
        comments.resolve(session, cast.owner, draft.key, said.key, now=LATER)
        assert comments.of_draft(session, cast.owner, draft.key)[0].resolved_by == "欧流程"
    for by in (cast.clerk, cast.stranger):
        with pytest.raises(errors.NotFound), owned.transaction(by.company_id) as session:
            comments.say(session, by, draft.key, "a", "x", now=LATER)
    for text in (" ", "x" * 2001):
        with pytest.raises(errors.Invalid), owned.transaction("acme") as session:
            comments.say(session, cast.head, draft.key, "a", text, now=LATER)


def test_a_retired_process_is_started_by_nobody_and_its_cases_go_on(owned: databases.Database, cast: Cast) -> None:
    case = kit.begin(owned, cast.clerk, "leave", {"why": "x"})
    for by in (cast.clerk, cast.stranger):
        with pytest.raises(errors.NotFound), owned.transaction(by.company_id) as session:
            retiring.retire(session, by, "leave", "改用新流程", now=NOW)
    with pytest.raises(errors.Invalid), owned.transaction("acme") as session:
        retiring.retire(session, cast.head, "leave", " ", now=NOW)
    with owned.transaction("acme") as session:
        retiring.retire(session, cast.head, "leave", "改用新流程", now=NOW)
    with pytest.raises(errors.Conflict, match="retired"):
        kit.begin(owned, cast.clerk, "leave", {"why": "x"})
    with owned.reading("acme") as session:
        assert start_page.offers(session, cast.clerk) == {}
        assert session.get_one(models.ProcessInstance, case).state == "active"
    with owned.transaction("acme") as session:
        retiring.restore(session, cast.head, "leave", now=NOW)
    assert kit.begin(owned, cast.clerk, "leave", {"why": "x"})


def test_two_people_change_different_files_without_colliding(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    save(owned, cast.owner, draft, draft.files["leave.bpmn"].replace("流程 leave", "请假"))
    with owned.transaction("acme") as session:
        both = drafts.save(session, cast.head, draft.key, draft.revision, {"request.form": "{}"}, now=LATER)
        assert "请假" in both.files["leave.bpmn"]
        assert both.files["request.form"] == "{}"
    with pytest.raises(drafts.Stale):
        save(owned, cast.head, draft, "<mine/>")
