"""A form or decision that changes alone is a new version of each process that runs with it; nobody changes another's process by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import errors
from engine.deploying import deployment
from engine.designing import drafts, publishing
from engine.people.actors import Actor
from engine.scenarios import gate
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.engine.deploying.test_signatures import BOX, FREE, signing

REQUEST = kit.form("request", kit.text_field("why"))
LONGER = kit.form("request", kit.text_field("why"), kit.text_field("since"))
HEADS = ["部门负责人"]
LEVEL = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="档次" namespace="n"><decision id="level"'
    ' name="档次"><variable name="level"/><literalExpression><text>1</text></literalExpression></decision></definitions>'
)
RULE = kit.node("businessRuleTask", "a", extension='<zeebe:calledDecision decisionId="level" resultVariable="level"/>')


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    return sqlite_database


def process(id: str, **settings: Any) -> deployment.Resource:
    steps = (
        kit.start(form="request"),
        RULE,
        kit.task("b", groups="客服专员"),
        kit.end(),
        kit.chain("started", "a", "b", "done"),
    )
    return kit.diagram(id, *steps, **settings)


def table(value: str = "1") -> deployment.Resource:
    return deployment.Resource("level.dmn", LEVEL.replace("<text>1", f"<text>{value}").encode())


def deployed(database: databases.Database, cast: Cast, **other: Any) -> None:
    kit.deploy(database, cast.owner, REQUEST, table(), process("leave", owners=HEADS), process("trip", **other))
    kit.deploy(database, cast.owner, kit.diagram("alone", kit.start(), kit.end(), kit.chain("started", "done")))


def versions(database: databases.Database) -> dict[str, int]:
    return {row.process_id: row.version for row in kit.rows(database, models.ProcessDefinition)}


@pytest.mark.parametrize("changed", [LONGER, table("2")], ids=["form", "decision"])
def test_a_file_deployed_alone_is_a_new_version_of_each_process_that_uses_it(
    database: databases.Database, cast: Cast, changed: deployment.Resource
) -> None:
    deployed(database, cast)
    running = kit.begin(database, cast.clerk, "trip", {"why": "x"})
    made = kit.deploy(database, cast.owner, changed)
    assert [(row.process_id, row.version) for row in made.definitions] == [("leave", 2), ("trip", 2)]
    assert versions(database) == {"leave": 2, "trip": 2, "alone": 1}
    assert kit.instance(database, running).version == 1
    fresh = kit.begin(database, cast.clerk, "trip", {"why": "x", **({"since": "y"} if changed is LONGER else {})})
    assert kit.instance(database, fresh).version == 2
    kit.deploy(database, cast.owner, changed)
    assert versions(database) == {"leave": 2, "trip": 2, "alone": 1}, "the same again makes none"


def test_a_form_with_which_a_process_would_not_run_is_refused_at_its_step(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, kit.form("signature", FREE), signing())
    with pytest.raises(deployment.DeploymentRefused) as refused:
        kit.deploy(database, cast.owner, kit.form("signature", BOX))
    [problem] = [each for each in refused.value.problems if each.severity == "error"]
    assert (problem.resource, problem.element_id) == ("signing.bpmn", "witness")
    with database.reading("acme") as session:
        package = drafts.published(session, cast.owner, "signing")
        changed = replace(package, files={**package.files, "signature.form": kit.form("signature", BOX).content.decode()})
        told = publishing.problems(session, cast.owner, changed)
    assert [each.element_id for each in told if each.severity == "error"] == ["witness"]


def draft(database: databases.Database, by: Actor) -> models.ProcessDraft:
    with database.transaction("acme") as session:
        begun = drafts.begin(session, by, "leave", now=kit.NOW)
        text = LONGER.content.decode()
        return drafts.save(session, by, begun.key, begun.revision, {"request.form": text}, now=kit.NOW)


def publish(database: databases.Database, by: Actor, draft: models.ProcessDraft) -> deployment.Deployed:
    with database.transaction("acme") as session:
        return publishing.publish(session, by, draft.key, draft.revision, now=kit.NOW)[1]


def test_a_draft_that_changes_a_shared_form_is_published_by_who_owns_all_that_share_it(
    database: databases.Database, cast: Cast
) -> None:
    deployed(database, cast)
    changed = draft(database, cast.head)
    with database.reading("acme") as session:
        told = publishing.release(session, cast.head, changed.key)
        assert told.others == ["流程 trip"] and "流程 trip" in str(told.refusal)
    with pytest.raises(errors.Forbidden, match="流程 trip"):
        publish(database, cast.head, changed)
    assert versions(database) == {"leave": 1, "trip": 1, "alone": 1}
    publish(database, cast.owner, changed)
    assert versions(database) == {"leave": 2, "trip": 2, "alone": 1}


def test_a_second_person_is_asked_for_each_process_that_wants_one(database: databases.Database, cast: Cast) -> None:
    deployed(database, cast, second_release=True)
    with pytest.raises(errors.Forbidden, match="second person"):
        publish(database, cast.owner, draft(database, cast.owner))
    with pytest.raises(errors.Forbidden, match="second person"):
        kit.deploy(database, cast.owner, LONGER)
    assert versions(database) == {"leave": 1, "trip": 1, "alone": 1}


def test_scenarios_that_a_process_has_to_prove_are_walked_with_what_it_shares(database: databases.Database, cast: Cast) -> None:
    deployed(database, cast, scenarios="forbid")
    changed = draft(database, cast.owner)
    with database.reading("acme") as session:
        asked = gate.of_others(session, cast.owner, changed.key)
        alone = gate.asked(session, cast.owner, deployment.examine(cast.owner, [LONGER]))
    assert [each.package.diagram for each in asked] == ["trip.bpmn"] and len(alone) == 1
    for found in (asked, alone):
        with pytest.raises(deployment.DeploymentRefused):
            gate.prove(found, now=kit.NOW)


@pytest.mark.parametrize("type", ["records.destroy", '="records." + "destroy"'])
def test_an_owner_alone_does_not_change_what_is_done_to_customer_records(
    database: databases.Database, cast: Cast, type: str
) -> None:
    kit.deploy(database, cast.owner, REQUEST, table(), process("leave", owners=HEADS))
    with database.transaction("acme") as session:
        begun = drafts.begin(session, cast.head, "leave", now=kit.NOW)
        text = begun.files["leave.bpmn"].replace(
            "<bpmn:endEvent", kit.service("gone", type.replace('"', "&quot;")) + "<bpmn:endEvent"
        )
        changed = drafts.save(session, cast.head, begun.key, 1, {"leave.bpmn": text}, now=kit.NOW)
    with pytest.raises(errors.Forbidden, match="customer records"):
        publish(database, cast.head, changed)


def test_a_package_as_it_is_published_changes_no_other(database: databases.Database, cast: Cast) -> None:
    deployed(database, cast)
    with database.transaction("acme") as session:
        given = drafts.published(session, cast.owner, "leave")
        deployment.deploy(session, cast.owner, given.resources(), now=kit.NOW)
    assert versions(database) == {"leave": 1, "trip": 1, "alone": 1}
