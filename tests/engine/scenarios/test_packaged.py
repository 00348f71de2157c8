"""Scenarios that belong to a package: walked with their draft, published with it, told or demanded when it is published."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import errors
from engine.deploying import deployment, exporting, folders
from engine.deploying.deployment import DeploymentRefused, Resource
from engine.designing import archives, comparing, drafts, packages, publishing
from engine.designing.packages import Package
from engine.designing.scenarios import editing, proving, scripts
from engine.designing.scenarios.results import ScenarioStanding
from engine.people.actors import Actor
from engine.queries.designer import scenario_page
from engine.scenarios import gate, walking
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit

NOW = kit.NOW
FILE = "asking/scenarios/agreed.toml"
STEPS = (
    kit.start(),
    kit.task("ask", groups="客服专员", outcomes="yes:是,no:否"),
    kit.node("exclusiveGateway", "fork"),
    kit.end(),
    kit.end("refused"),
    kit.chain("started", "ask", "fork"),
    kit.flow("fork", "done", '=outcome = "yes"'),
    kit.flow("fork", "refused", '=outcome = "no"'),
)


def script(outcome: str, **expect: Any) -> scripts.Script:
    """A walk that answers, and expects something at its end."""
    step = {"task": "ask", "by": "clerk", "outcome": outcome}
    return {"title": outcome, "now": NOW, "start": {"by": "clerk"}, "step": [step], "expect": expect or {"state": "completed"}}


@pytest.fixture
def draft(database: databases.Database, cast: Cast) -> models.ProcessDraft:
    """A draft of a published process with one scenario that goes as written."""
    kit.deploy(database, cast.owner, kit.diagram("asking", *STEPS, may_start=["*"]))
    with database.transaction("acme") as session:
        begun = drafts.begin(session, cast.owner, "asking", now=NOW)
        editing.begin(session, cast.owner, begun.key, "asking", {**script("yes"), "title": "agreed"}, now=NOW)
        return begun


def run(database: databases.Database, by: Actor, draft: models.ProcessDraft) -> ScenarioStanding:
    with database.reading("acme") as session:
        asked = walking.of_draft(session, by, drafts.take_up(session, by, draft.key))
    found = walking.walk(asked, now=NOW)
    with database.transaction("acme") as session:
        proving.keep(session, by, draft.key, found)
        return scenario_page.page(session, by, draft.key).standing


def add(database: databases.Database, by: Actor, draft: models.ProcessDraft, text: dict[str, Any]) -> None:
    with database.transaction("acme") as session:
        editing.begin(session, by, draft.key, "asking", text, now=NOW)


def publish(database: databases.Database, by: Actor, draft: models.ProcessDraft) -> models.ProcessDefinition:
    with database.transaction("acme") as session:
        now = drafts.take_up(session, by, draft.key)
        return publishing.publish(session, by, draft.key, now.revision, now=NOW)[1].definitions[0]


def save(database: databases.Database, by: Actor, draft: models.ProcessDraft, **settings: Any) -> None:
    with database.transaction("acme") as session:
        now = drafts.take_up(session, by, draft.key)
        drafts.save(session, by, draft.key, now.revision, {}, {"asking": {"may_start": ["*"], **settings}}, now=NOW)


def test_a_scenario_is_published_with_its_process_and_a_changed_one_makes_a_version(
    database: databases.Database, cast: Cast, draft: models.ProcessDraft
) -> None:
    first = publish(database, cast.owner, draft)
    assert first.version == 2 and list(first.scenarios or {}) == ["agreed"]
    with database.transaction("acme") as session:
        again = drafts.begin(session, cast.owner, "asking", now=NOW)
    assert FILE in again.files
    assert publish(database, cast.owner, again).version == 2, "the same package makes no version"
    kit.deploy(database, cast.owner, kit.diagram("asking", *STEPS, may_start=["*"]))
    assert kit.rows(database, models.ProcessDefinition)[-1].version == 2, "a file that comes alone leaves its scenarios"
    with database.transaction("acme") as session:
        draft = drafts.begin(session, cast.owner, "asking", now=NOW)
        old = Package(draft.files, draft.settings)
        changed = editing.with_step(script("yes"), 1, {"task": "ask", "by": "clerk2", "outcome": "yes"}, is_new=False)
        text = scripts.written(changed)
        new = editing.keep(session, cast.owner, draft.key, draft.revision, ("asking", "agreed"), text, now=NOW)
        (found,) = comparing.changes(old, Package(new.files, new.settings))
    assert found.area == "scenario" and "step 1" in [each.name for each in found.details]
    assert publish(database, cast.owner, draft).version == 3


def test_a_scenario_goes_down_and_up_with_zip_and_folder(
    tmp_path: Path, database: databases.Database, cast: Cast, draft: models.ProcessDraft
) -> None:
    package = Package(draft.files, draft.settings)
    assert archives.unpacked(archives.packed(package)) == package
    publish(database, cast.owner, draft)
    with database.reading("acme") as session:
        made = exporting.export(session, "acme")
    exporting.write(made, tmp_path)
    written = tmp_path / "workflows/acme/asking/scenarios/agreed.toml"
    assert scripts.read(written.read_text(encoding="utf-8"), "")["title"] == "agreed"
    (resource,) = [each for each in folders.read(tmp_path / "bpmn", tmp_path / "workflows", "acme") if each.kind == "bpmn"]
    assert resource.scenarios == {"asking": {"agreed": written.read_text(encoding="utf-8")}}
    stale = written.with_name("gone.toml")
    stale.write_text("", encoding="utf-8")
    exporting.write(made, tmp_path)
    assert written.exists() and not stale.exists()


def test_what_came_of_a_walk_holds_until_something_changes(
    database: databases.Database, cast: Cast, draft: models.ProcessDraft
) -> None:
    before = {table.name: len(kit.rows(database, models.ProcessInstance)) for table in models.metadata.sorted_tables[:1]}
    add(database, cast.owner, draft, script("no", state="active"))
    standing = run(database, cast.owner, draft)
    assert [each.proves for each in standing.lines] == [True, False]
    (failed,) = [each for each in standing.lines if not each.proves]
    assert failed.result is not None and failed.result.step == -1 and "completed" in str(failed.result.faults[0])
    assert standing.share == 100 and standing.stale == []
    assert before == {table: len(kit.rows(database, models.ProcessInstance)) for table in before}
    save(database, cast.owner, draft, due="5d")
    with database.reading("acme") as session:
        assert len(scenario_page.page(session, cast.owner, draft.key).standing.stale) == 2
    add(database, cast.owner, draft, {**script("yes"), "start": {"by": "nobody"}})
    assert [each.result.step for each in run(database, cast.owner, draft).lines if each.result] == [None, -1, 0]


def test_publishing_is_told_or_refused_where_scenarios_do_not_prove_it(
    database: databases.Database, cast: Cast, draft: models.ProcessDraft
) -> None:
    run(database, cast.owner, draft)
    with database.reading("acme") as session:
        shown = publishing.release(session, cast.owner, draft.key)
    assert [str(each) for each in shown.standing.doubts()] == ["No scenario takes 1 of the sequence flows."]
    assert not shown.is_proof_demanded and shown.refusal is None
    save(database, cast.owner, draft, scenarios="forbid")
    for told in ("was not run", "takes 1"):
        with pytest.raises(proving.Unproven, match=told):
            publish(database, cast.owner, draft)
        run(database, cast.owner, draft)
    assert kit.rows(database, models.ProcessDefinition)[-1].version == 1
    add(database, cast.owner, draft, script("no"))
    run(database, cast.owner, draft)
    assert publish(database, cast.owner, draft).version == 2


def test_the_company_may_demand_it_of_every_process(
    database: databases.Database, cast: Cast, draft: models.ProcessDraft
) -> None:
    with database.transaction("acme") as session:
        company = session.get_one(models.Company, "acme")
        company.policy = {**company.policy, "scenarios": "forbid"}
        company.organisation_version += 1
    with database.reading("acme") as session:
        by = cast.owner
        renewed = Actor(**{**by.__dict__, "organisation_version": by.organisation_version + 1})
        assert publishing.release(session, renewed, draft.key).is_proof_demanded
    save(database, renewed, draft, scenarios="warn")
    assert publish(database, renewed, draft).version == 2


@pytest.mark.parametrize("demanded", ["warn", "forbid"])
def test_files_that_are_deployed_answer_to_the_same_rule(database: databases.Database, cast: Cast, demanded: str) -> None:
    text = scripts.written(script("yes"))
    drawn = kit.diagram("asking", *STEPS, may_start=["*"], scenarios=demanded)
    resource = Resource(drawn.name, drawn.content, drawn.settings, scenarios={"asking": {"agreed": text}})
    examined = deployment.examine(cast.owner, [resource])
    with database.reading("acme") as session:
        asked = gate.asked(session, cast.owner, examined)
    if demanded == "warn":
        assert [str(each) for each in gate.prove(asked, now=NOW)] == ["No scenario takes 1 of the sequence flows."]
    else:
        with pytest.raises(DeploymentRefused) as refused:
            gate.prove(asked, now=NOW)
        assert refused.value.problems[0].resource == drawn.name


def test_steps_are_moved_and_removed_and_unknown_names_are_refused() -> None:
    moment = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
    told = {**script("yes"), "step": [{"advance": "1d"}, {"until": moment + timedelta(days=3)}]}
    assert [scripts.kind_of(each) for each in editing.moved(told, 2, -1)["step"]] == ["until", "advance"]
    assert editing.moved(told, 1, -1)["step"] == told["step"]
    assert [scripts.kind_of(each) for each in editing.without(told, 1)["step"]] == ["until"]
    with pytest.raises(errors.Conflict):
        editing.without(told, 3)
    assert scripts.read(scripts.written(told), "t")["step"] == told["step"]
    wrong = (
        {"task": "ask", "by": "clerk", "outcom": "yes"},
        {"advance": "1d", "bye": "x"},
        {"until": moment, "expect": {"opn": []}},
    )
    for step in wrong:
        with pytest.raises(errors.Invalid, match="has no meaning at step 1"):
            scripts.written({**told, "step": [step]})
    with pytest.raises(errors.TooLarge):
        scripts.written({**told, "step": [{"advance": "1d"}] * 201})
    assert packages.SCENARIO.fullmatch("a/scenarios/../../x.toml") is None
