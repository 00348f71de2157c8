"""Drafts: shared by the owners of a process, never overwritten unseen, taken back to earlier saves; what publishing makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from engine import errors
from engine.deploying import deployment, rights
from engine.designing import drafts, history, packages, publishing
from engine.designing.drafts import Stale
from engine.designing.editing import draft_files
from engine.people import actors, roles
from engine.people.actors import Actor
from engine.queries.designer import drawing_page
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_concurrency import at_once

NOW, LATER = kit.NOW, kit.NOW + timedelta(hours=1)
STEPS = (kit.start(form="request"), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))


@pytest.fixture
def owned(database: databases.Database, cast: Cast) -> databases.Database:
    """A process with a form and a decision, that the heads own."""
    kit.deploy(
        database,
        cast.owner,
        kit.form("request", kit.text_field("why")),
        kit.diagram("leave", *STEPS, owners=["部门负责人"], managers=["主管领导"]),
    )
    return database


def begin(database: databases.Database, by: Actor) -> models.ProcessDraft:
    with database.transaction(by.company_id) as session:
        draft = drafts.begin(session, by, "leave", now=NOW)
        assert draft.files and draft.settings
        return draft


def save(
    database: databases.Database, by: Actor, draft: models.ProcessDraft, text: str, **given: object
) -> models.ProcessDraft:
    with database.transaction(by.company_id) as session:
        changed = drafts.save(
            session, by, draft.key, int(str(given.get("revision", draft.revision))), {"leave.bpmn": text}, now=LATER
        )
        assert changed.files["leave.bpmn"] == text
        return changed


def publish(database: databases.Database, by: Actor, draft: models.ProcessDraft, **given: int) -> deployment.Deployed:
    with database.transaction(by.company_id) as session:
        return publishing.publish(session, by, draft.key, draft.revision, now=LATER, **given)[1]


def versions(database: databases.Database) -> int:
    with database.reading("acme") as session:
        return session.execute(select(func.max(models.ProcessDefinition.version))).scalar_one()


def test_a_form_without_a_heading_is_called_as_the_public_page_that_shows_it() -> None:
    files = {"ask.form": '{"id": "ask", "type": "default", "components": []}'}
    settings = {"p": {"public": {"form": "ask", "title": "投诉与建议"}}}
    assert [each.title for each in draft_files.listed(files, settings)] == ["投诉与建议"]


def test_a_draft_holds_the_whole_package_and_is_shared_by_the_owners(owned: databases.Database, cast: Cast) -> None:
    first = begin(owned, cast.head)
    assert sorted(first.files) == ["leave.bpmn", "request.form"]
    assert first.settings["leave"]["owners"] == ["部门负责人"]
    assert begin(owned, cast.owner).key == first.key


def test_who_does_not_own_a_process_finds_no_draft(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    for by in (cast.clerk, cast.manager, cast.stranger):
        with pytest.raises(errors.NotFound), owned.transaction(by.company_id) as session:
            drafts.begin(session, by, "leave", now=NOW)
        with pytest.raises(errors.NotFound), owned.transaction(by.company_id) as session:
            drafts.save(session, by, draft.key, 1, {"leave.bpmn": "<x/>"}, now=NOW)
    assert begin(owned, cast.head).revision == 1


def test_a_new_process_is_drawn_by_whoever_owns_every_process(owned: databases.Database, cast: Cast) -> None:
    package = packages.Package({"fresh.bpmn": kit.diagram("fresh", *STEPS).content.decode()}, {})
    with owned.transaction("acme") as session:
        key = drafts.create(session, cast.owner, package, "fresh", "新流程", now=NOW).key
    with pytest.raises(errors.NotFound), owned.reading("acme") as session:
        drafts.take_up(session, cast.head, key)
    every = {"username": "head", "role": roles.OWNER, "scope": roles.EVERYTHING, "granted_by": "owner", "granted_at": NOW}
    with owned.transaction("acme") as session:
        session.add(models.RoleGrant(company_id="acme", **every))
    with owned.reading("acme") as session:
        head = actors.load(session, "acme", "head", now=NOW)
        assert head and drafts.take_up(session, head, key).name == "新流程"
        assert "新流程" in [each.name for each in drawing_page.drawable(session, head)]


def test_a_save_from_an_older_draft_is_refused_and_shows_both(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    save(owned, cast.owner, draft, "<theirs/>")
    with pytest.raises(Stale, match="欧流程") as refused:
        save(owned, cast.head, draft, "<mine/>", revision=1)
    assert refused.value.draft.revision == 2
    assert begin(owned, cast.head).revision == 2


def texts(draft: models.ProcessDraft) -> str:
    return str(draft.files["leave.bpmn"])


def test_undo_walks_the_saves_backwards_and_a_new_change_cuts_the_redo(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    for text in ("<one/>", "<two/>", "<three/>"):
        draft = save(owned, cast.head, draft, text)

    def walk(way: str) -> str:
        with owned.transaction("acme") as session:
            now = drafts.take_up(session, cast.head, draft.key)
            to = getattr(history.line(session, draft.key), way)
            return texts(drafts.go_back(session, cast.head, draft.key, now.revision, to, now=LATER)) if to else ""

    assert [walk("back"), walk("back"), walk("forth"), walk("back")] == ["<two/>", "<one/>", "<two/>", "<one/>"]
    with owned.transaction("acme") as session:
        now = drafts.take_up(session, cast.head, draft.key)
        drafts.save(session, cast.head, draft.key, now.revision, {"leave.bpmn": "<new/>"}, now=NOW)
    assert walk("forth") == ""
    assert walk("back") == "<one/>", "what was undone stays undone"
    assert "流程 leave" in walk("back")
    assert walk("back") == ""
    with owned.reading("acme") as session:
        assert len(history.originals(session, draft.key)) == 5, "every save can be gone back to still"


def test_a_step_back_over_a_colleagues_save_or_in_another_file_is_taken_only_by_who_has_seen_it(
    owned: databases.Database, cast: Cast
) -> None:
    draft = save(owned, cast.head, begin(owned, cast.head), "<mine/>")

    def step(by: Actor, *within: str, seen: bool = False) -> str:
        with owned.transaction("acme") as session:
            now = drafts.take_up(session, by, draft.key)
            to = history.line(session, draft.key).back or 0
            shown = None if seen else within
            return texts(drafts.go_back(session, by, draft.key, now.revision, to, within=shown, now=LATER))

    with pytest.raises(drafts.TakesMore, match="何负责"):
        step(cast.owner, "leave.bpmn")
    with pytest.raises(drafts.TakesMore) as refused:
        step(cast.head, "level.dmn")
    assert refused.value.before.files["leave.bpmn"] == "<mine/>"
    assert step(cast.owner, seen=True) != "<mine/>"
    draft = save(owned, cast.head, begin(owned, cast.head), "<again/>")
    assert step(cast.head, "leave.bpmn") != "<again/>"


def test_a_draft_that_was_looked_at_before_it_is_locked_is_taken_as_it_is_then(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    with owned.transaction("acme") as session:
        assert drafts.take_up(session, cast.head, draft.key).revision == 1
        meanwhile = (
            update(models.ProcessDraft)
            .where(models.ProcessDraft.key == draft.key)
            .values(revision=2, touched={"leave.bpmn": 2})
        )
        session.execute(meanwhile, execution_options={"synchronize_session": False})
        with pytest.raises(drafts.Stale):
            drafts.save(session, cast.head, draft.key, 1, {"leave.bpmn": "<mine/>"}, now=NOW)


def test_owners_who_begin_at_once_share_one_draft(owned: databases.Database, cast: Cast) -> None:
    found = at_once(*(lambda by=by: begin(owned, by).key for by in (cast.head, cast.owner) * 2))
    with owned.reading("acme") as session:
        [only] = session.execute(select(models.ProcessDraft.key)).scalars()
    assert found == [only] * 4


def test_the_newest_saves_stand_one_by_one_and_older_ones_of_minutes_as_one(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    for number in range(history.KEPT_ONE_BY_ONE + 10):
        draft = save(owned, cast.head, draft, f"<save number='{number}'/>")
    with owned.reading("acme") as session:
        kept = [each.revision for each in history.saves(session, draft.key)]
    assert kept == [1, 2, *range(draft.revision - history.KEPT_ONE_BY_ONE + 1, draft.revision + 1)]


def test_publishing_an_unchanged_draft_makes_no_version_and_a_changed_one_makes_one(
    owned: databases.Database, cast: Cast
) -> None:
    publish(owned, cast.head, begin(owned, cast.head))
    assert versions(owned) == 1
    draft = begin(owned, cast.head)
    changed = save(owned, cast.head, draft, draft.files["leave.bpmn"].replace("流程 leave", "请假"))
    running = kit.begin(owned, cast.clerk, "leave", {"why": "x"})
    assert publish(owned, cast.head, changed).definitions[0].version == 2
    with owned.reading("acme") as session:
        assert session.get_one(models.ProcessInstance, running).version == 1


def test_a_form_alone_makes_a_version(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    text = draft.files["request.form"].replace('"label": "why"', '"label": "事由"')
    with owned.transaction("acme") as session:
        draft = drafts.save(session, cast.head, draft.key, 1, {"request.form": text}, now=LATER)
    publish(owned, cast.head, draft)
    assert versions(owned) == 2


def test_what_is_wrong_is_listed_and_nothing_is_published(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    broken = draft.files["leave.bpmn"].replace('formId="request"', 'formId="requst"')
    draft = save(owned, cast.head, draft, broken)
    with owned.reading("acme") as session:
        found = publishing.problems(session, cast.head, packages.Package(draft.files, draft.settings))
    assert any("requst" in str(each) and "request" in str(each) for each in found)
    with pytest.raises(deployment.DeploymentRefused):
        publish(owned, cast.head, draft)
    assert versions(owned) == 1
    assert begin(owned, cast.head).revision == draft.revision


def test_an_owner_hears_what_is_wrong_with_a_file_that_cannot_be_read(owned: databases.Database, cast: Cast) -> None:
    broken = deployment.Resource("leave.bpmn", b"<definitions>")
    with pytest.raises(deployment.DeploymentRefused):
        kit.deploy(owned, cast.head, broken)
    with pytest.raises(errors.Forbidden):
        kit.deploy(owned, cast.clerk, broken)


def test_a_version_published_meanwhile_is_told_and_only_replaced_on_purpose(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    draft = save(owned, cast.head, draft, draft.files["leave.bpmn"].replace("流程 leave", "请假"))
    kit.deploy(owned, cast.owner, kit.diagram("leave", *STEPS, owners=["部门负责人"], due="5wd"))
    with pytest.raises(errors.Conflict, match="Version 2"):
        publish(owned, cast.head, draft)
    with pytest.raises(errors.Forbidden, match="managers"):
        publish(owned, cast.head, draft, over=2)
    assert publish(owned, cast.owner, draft, over=2).definitions[0].version == 3


def changed_beside(database: databases.Database, by: Actor, label: str) -> None:
    """Version 2, published from files while a draft is open: the same diagram, another form and another limit."""
    diagram = kit.diagram("leave", *STEPS, owners=["部门负责人"], managers=["主管领导"], due="5wd")
    kit.deploy(database, by, kit.form("request", kit.text_field(label)), diagram)


def test_what_was_published_meanwhile_is_told_and_taken_over_into_the_draft(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    mine = draft.files["leave.bpmn"].replace("流程 leave", "请假")
    draft = save(owned, cast.head, draft, mine)
    changed_beside(owned, cast.owner, "事由")
    with owned.reading("acme") as session:
        behind = publishing.release(session, cast.head, draft.key).behind
        assert behind is not None and behind.by == "欧流程" and not behind.both
        assert {each.area for each in behind.changes} == {"form", "settings"}
    with owned.transaction("acme") as session:
        draft = drafts.catch_up(session, cast.head, draft.key, draft.revision, now=LATER)
        assert draft.files["leave.bpmn"] == mine and "事由" in draft.files["request.form"]
        assert draft.settings["leave"]["due"] == "5wd" and draft.revision == 3
    with owned.reading("acme") as session:
        release = publishing.release(session, cast.head, draft.key)
        assert release.behind is None and {each.area for each in release.changes} == {"diagram"}
    with owned.transaction("acme") as session, pytest.raises(errors.Conflict, match="taken over already"):
        drafts.catch_up(session, cast.head, draft.key, draft.revision, now=LATER)
    assert publish(owned, cast.head, draft).definitions[0].version == 3


def test_what_both_changed_is_named_and_nothing_is_taken_over(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    with owned.transaction("acme") as session:
        text = draft.files["request.form"].replace('"label": "why"', '"label": "原因"')
        settings = {"leave": {**draft.settings["leave"], "due": "3wd"}}
        draft = drafts.save(session, cast.head, draft.key, 1, {"request.form": text}, settings, now=LATER)
    changed_beside(owned, cast.owner, "事由")
    with owned.reading("acme") as session:
        behind = publishing.release(session, cast.head, draft.key).behind
        assert behind is not None and {each.area for each in behind.both} == {"form", "settings"}
    with pytest.raises(errors.Conflict), owned.transaction("acme") as session:
        drafts.catch_up(session, cast.head, draft.key, draft.revision, now=LATER)
    with owned.reading("acme") as session:
        now = session.get_one(models.ProcessDraft, draft.key)
        assert now.files["request.form"] == text and now.revision == 2


def test_who_publishes_a_moment_later_hears_who_did_it_before(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    publish(owned, cast.owner, draft)
    with pytest.raises(drafts.Released, match="欧流程 has published this draft"):
        publish(owned, cast.head, draft)
    with pytest.raises(errors.NotFound, match="no such draft"):
        publish(owned, cast.clerk, draft)


def test_nobody_catches_up_a_draft_of_others_or_unseen(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    seen = draft.revision
    save(owned, cast.head, draft, draft.files["leave.bpmn"].replace("流程 leave", "请假"))
    changed_beside(owned, cast.owner, "事由")
    for by, refused in ((cast.clerk, errors.NotFound), (cast.owner, Stale)):
        with pytest.raises(refused), owned.transaction("acme") as session:
            drafts.catch_up(session, by, draft.key, seen, now=LATER)


WIDER = {
    "register": [{"label": "事由", "value": "=why"}],
    "public": {"title": "报修", "form": "request"},
    "second_release": True,
    "scenarios": "warn",
}


@pytest.mark.parametrize("name", rights.GUARDED)
def test_an_owner_alone_does_not_widen_who_sees_a_process(owned: databases.Database, cast: Cast, name: str) -> None:
    draft = begin(owned, cast.head)
    settings = {"leave": {**draft.settings["leave"], name: WIDER.get(name, ["部门负责人", "客服专员"])}}
    with owned.transaction("acme") as session:
        draft = drafts.save(session, cast.head, draft.key, 1, {}, settings, now=LATER)
    with pytest.raises(errors.Forbidden, match=name):
        publish(owned, cast.head, draft)
    assert versions(owned) == 1


def test_a_new_process_is_begun_by_owners_and_published_by_administrators(owned: databases.Database, cast: Cast) -> None:
    package = packages.Package(
        {
            "trip.bpmn": kit.diagram(
                "trip", *STEPS[1:2], kit.start(), kit.end(), kit.chain("started", "a", "done")
            ).content.decode()
        },
        {"trip": {}},
    )
    with pytest.raises(errors.Forbidden), owned.transaction("acme") as session:
        drafts.create(session, cast.clerk, package, "trip", "出差", now=NOW)
    with owned.transaction("acme") as session:
        draft = drafts.create(session, cast.head, package, "trip", "出差", now=NOW)
    with pytest.raises(errors.Conflict), owned.transaction("acme") as session:
        drafts.create(session, cast.head, package, "leave", "出差", now=NOW)
    with pytest.raises(errors.Forbidden, match="administrator"):
        publish(owned, cast.head, draft)
    assert publish(owned, cast.owner, draft).definitions[0].version == 1


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"a.bpmn": "", "b.bpmn": ""},
        {"../a.bpmn": ""},
        {"a.bpmn": "", "a.exe": ""},
        {"a.bpmn": "x" * (packages.MAX_BYTES + 1)},
        {"a.bpmn": "", **{f"{n}.form": "" for n in range(packages.MAX_FILES)}},
    ],
)
def test_what_no_editor_would_send_is_refused(owned: databases.Database, cast: Cast, files: dict[str, str]) -> None:
    with pytest.raises(errors.Invalid), owned.transaction("acme") as session:
        drafts.create(session, cast.owner, packages.Package(files), "trip", "出差", now=NOW)


def test_a_discarded_draft_is_gone_and_the_next_begins_from_what_is_published(owned: databases.Database, cast: Cast) -> None:
    draft = save(owned, cast.head, begin(owned, cast.head), "<x/>")
    with owned.transaction("acme") as session:
        drafts.discard(session, cast.head, draft.key)
    with pytest.raises(errors.NotFound), owned.transaction("acme") as session:
        drafts.take_up(session, cast.head, draft.key)
    assert "流程 leave" in begin(owned, replace(cast.head, groups=frozenset(("部门负责人",)))).files["leave.bpmn"]


def test_a_discarded_draft_is_taken_back_unless_there_is_another_by_now(owned: databases.Database, cast: Cast) -> None:
    draft = save(owned, cast.head, begin(owned, cast.head), "<x/>")
    with owned.transaction("acme") as session:
        drafts.discard(session, cast.head, draft.key)
    with pytest.raises(errors.NotFound), owned.transaction("acme") as session:
        drafts.take_back(session, cast.clerk, draft.key)
    other = begin(owned, cast.head)
    with pytest.raises(errors.Conflict), owned.transaction("acme") as session:
        drafts.take_back(session, cast.head, draft.key)
    with owned.transaction("acme") as session:
        drafts.discard(session, cast.head, other.key)
        assert drafts.take_back(session, cast.head, draft.key).files["leave.bpmn"] == "<x/>"


def test_a_save_in_which_a_file_went_stands_by_itself(owned: databases.Database, cast: Cast) -> None:
    draft = begin(owned, cast.head)
    with owned.transaction("acme") as session:
        drafts.add_file(session, cast.head, draft.key, "level.dmn", "<d/>", now=NOW)
    with owned.transaction("acme") as session:
        gone = drafts.save(session, cast.head, draft.key, 2, {"level.dmn": None}, now=NOW)
        back = drafts.go_back(session, cast.head, draft.key, gone.revision, 2, now=NOW)
        assert back.files["level.dmn"] == "<d/>"
