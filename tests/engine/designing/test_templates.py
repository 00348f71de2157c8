"""Every template is a process that deploys as it is, in a company that has only departments and heads."""

from __future__ import annotations

import contextlib
import json
import tomllib

import pytest
from sqlalchemy import update

from engine import errors, forms
from engine.basics import sayings
from engine.definitions import definitions
from engine.definitions.languages import files
from engine.designing import drafts, packages, publishing, templates
from engine.people import actors, organisation
from engine.scenarios.coverage import Coverage, taken
from engine.scenarios.play import play
from engine.scenarios.trials import draft_stage
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast, assemble
from tests.engine import kit


@pytest.mark.parametrize("template", [each.id for each in templates.offered()])
def test_a_template_has_no_fault_and_is_published(database: databases.Database, cast: Cast, template: str) -> None:
    package = templates.package(template, "mine", "我的流程")
    with database.transaction("acme") as session:
        assert [each for each in publishing.problems(session, cast.owner, package) if each.severity == "error"] == []
        draft = drafts.create(session, cast.owner, package, "mine", "我的流程", now=kit.NOW)
        assert publishing.publish(session, cast.owner, draft.key, 1, now=kit.NOW)[1].definitions[0].version == 1


def test_every_template_has_english_names() -> None:
    offered = templates.offered(language="en")
    assert all("".join((each.name, each.description, *each.steps)).isascii() for each in offered)


@pytest.mark.parametrize("template", [each.id for each in templates.offered()])
def test_a_template_begun_in_english_is_english_and_tells_chinese_readers_what_it_says(
    sqlite_database: databases.Database, template: str
) -> None:
    by = assemble(sqlite_database).owner
    with sqlite_database.transaction("acme") as session:
        package = templates.begun(session, by, template, "mine", "Mine", language="en", now=kit.NOW)
        problems = publishing.problems(session, by, package)
        draft = drafts.create(session, by, package, "mine", "Mine", now=kit.NOW)
        published = publishing.publish(session, by, draft.key, 1, now=kit.NOW)[1].definitions[0]
        session.info[sayings.READER] = "zh_Hans"
        told = definitions.by_key(session, published.key)
    untold = [each.values.get("text") for each in problems if "file" in each.values]
    assert untold == ["Mine"], "all but the name that was typed is translated, and no translation is of no use"
    own, _texts = files.parted(package.settings["mine"])
    assert not sayings.is_chinese("".join([*package.files.values(), *map(str, own.values())]))
    assert told.program.elements["concluded"].name == "办结"


@pytest.mark.parametrize("template", [each.id for each in templates.offered()])
def test_numbers_and_days_of_a_template_are_bounded(sqlite_database: databases.Database, template: str) -> None:
    by = assemble(sqlite_database).owner
    with sqlite_database.transaction("acme") as session:
        package = templates.begun(session, by, template, "mine", "我的流程", now=kit.NOW)
    form = forms.load(json.loads(package.files["mine_request.form"]))
    sample = next(tomllib.loads(text) for text in package.scenarios["mine"].values())
    given = sample["start"]["form"]
    for each in form.walk():
        absurd = {"number": ("-1", "0.001", "100000000000"), "datetime": ("1026-12-10", "2100-01-01")}.get(each.type, ())
        for value in absurd:
            with pytest.raises(errors.Invalid) as refused:
                forms.validate(form, {**given, each.path[0]: value}, {}, now=kit.NOW)
            assert list(refused.value.fields or ()) == [each.path[0]], value


def test_a_chain_runs_over_its_conditions(database: databases.Database, cast: Cast) -> None:
    with database.transaction("acme") as session:
        draft = drafts.create(session, cast.owner, templates.package("leave", "leave", "请假"), "leave", "请假", now=kit.NOW)
        publishing.publish(session, cast.owner, draft.key, 1, now=kit.NOW)
    asked = {"leaveType": "事假", "leaveFrom": "2026-03-09", "days": 5, "reason": "家里有事"}
    case = kit.begin(database, cast.clerk, "leave", asked)
    kit.complete(database, cast.head, case, "approve_by_superior", outcome="approve")
    assert kit.open_task(database, case, "approve_by_head")


def test_a_superior_above_whom_nobody_stands_is_asked_once(database: databases.Database, cast: Cast) -> None:
    with database.transaction("acme") as session:
        draft = drafts.create(session, cast.owner, templates.package("leave", "leave", "请假"), "leave", "请假", now=kit.NOW)
        publishing.publish(session, cast.owner, draft.key, 1, now=kit.NOW)
        session.execute(update(models.Department).values(head="manager"))
        organisation.changed(session, "acme")
    asked = {"leaveType": "事假", "leaveFrom": "2026-03-09", "days": 5, "reason": "家里有事"}
    with database.reading() as session:
        by = actors.load(session, "acme", "clerk")
    assert by is not None
    case = kit.begin(database, by, "leave", asked)
    kit.complete(database, cast.manager, case, "approve_by_superior", outcome="approve")
    assert kit.open_elements(database, case) == ["record_leave"]


def test_nobody_approves_his_own_request_not_even_who_has_no_superior(database: databases.Database, cast: Cast) -> None:
    with database.transaction("acme") as session:
        draft = drafts.create(session, cast.owner, templates.package("leave", "leave", "请假"), "leave", "请假", now=kit.NOW)
        publishing.publish(session, cast.owner, draft.key, 1, now=kit.NOW)
        session.execute(update(models.Department).values(head="owner"))
        organisation.changed(session, "acme")
    with database.reading() as session:
        by = actors.load(session, "acme", "owner")
    assert by is not None
    asked = {"leaveType": "事假", "leaveFrom": "2026-03-09", "days": 1, "reason": "家里有事"}
    case = kit.begin(database, by, "leave", asked)
    task = kit.open_task(database, case, "approve_by_superior")
    assert {item.username for item in kit.rows(database, models.WorkItem, user_task_key=task)} == {None}
    assert kit.instance(database, case).incidents == 1, (
        "he heads everything and is the only administrator: somebody else is found"
    )


@pytest.mark.parametrize("template", [each.id for each in templates.offered()])
def test_a_template_begins_with_scenarios_that_take_every_flow(sqlite_database: databases.Database, template: str) -> None:
    by = assemble(sqlite_database).owner
    with sqlite_database.transaction("acme") as session:
        package = templates.begun(session, by, template, "mine", "我的流程", now=kit.NOW)
        packages.require_sound(package)
        furniture = draft_stage.furniture(session, by, "mine", package)
    walks = package.scenarios["mine"]
    with contextlib.closing(draft_stage.DraftStage(furniture, kit.NOW)) as stage:
        coverage = Coverage(stage)
        for text in walks.values():
            play(stage, "mine", tomllib.loads(text))
            coverage.add(taken(stage))
        assert coverage.missing("mine") == []
    assert len(walks) >= (1 if template == templates.EMPTY else 2)


def test_a_way_for_which_there_is_nobody_is_left_out(sqlite_database: databases.Database) -> None:
    by = assemble(sqlite_database).owner
    with sqlite_database.transaction("acme") as session:
        session.execute(update(models.Department).values(head=None))
        organisation.changed(session, "acme")
        package = templates.begun(session, by, "onboarding", "mine", "我的流程", now=kit.NOW)
    assert not package.scenarios, "nobody but the administrator who takes it could confirm, and he asked for it"
