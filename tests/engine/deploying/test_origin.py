"""Deploying a folder again: its own changes arrive, what a page published meanwhile stays, and the difference is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete

from engine.deploying import deployment
from engine.deploying.company_files import origin
from engine.deploying.deployment import Resource
from engine.people import actors
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit

DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="levels" name="levels" namespace="http://banjie.example/dmn">
  <decision id="level" name="level"><variable name="level"/><literalExpression><text>"LEVEL"</text></literalExpression></decision>
</definitions>"""


def decision(level: str) -> Resource:
    return Resource("level.dmn", DECISION.replace("LEVEL", level).encode())


def process(name: str = "b", **settings: Any) -> Resource:
    *_, found = kit.two_steps(**settings)
    return replace(found, content=found.content.replace(b'name="b"', f'name="{name}"'.encode()))


def forms(*fields: str) -> list[Resource]:
    request, *_ = kit.two_steps()
    return [request, kit.form("answer", kit.text_field("answer", required=True), *(kit.text_field(each) for each in fields))]


@pytest.fixture
def folder(database: databases.Database) -> Any:
    """Deploys resources as the folder of the company; gives what was told."""

    def deploy(*resources: Resource, replace: bool = False) -> list[str]:
        with database.transaction(COMPANY) as session:
            found = origin.Folder(session, COMPANY, replace)
            deployment.deploy(session, actors.SYSTEM(COMPANY), resources, now=kit.NOW, folder=found)
            return [str(each) for each in found.differences]

    return deploy


def newest(database: databases.Database, model: Any, **values: Any) -> Any:
    return kit.rows(database, model, **values)[-1]


def of_process(database: databases.Database) -> Any:
    with database.reading() as session:
        row = session.merge(newest(database, models.ProcessDefinition), load=True)
        return row.version, b'name="paged"' in row.xml, row.settings.get("title"), row.settings["forms"]


def test_what_a_page_published_survives_the_next_start_and_is_told(
    database: databases.Database, cast: Cast, folder: Any
) -> None:
    mine = (*forms(), decision("low"), process(title="夹"))
    folder(*mine)
    kit.deploy(database, cast.owner, *forms("reason"), decision("high"), process("paged", title="页"))
    before = of_process(database)
    for _start in range(2):
        told = folder(*mine)
        assert [line.split(":")[0] for line in told] == ["form answer", "decision level", "process two_steps"]
        assert of_process(database) == before and before[1:3] == (True, "页")
        assert newest(database, models.FormDefinition, form_id="answer").version == 2
        assert newest(database, models.DecisionDefinition).version == 2


def test_settings_alone_are_a_difference_too(database: databases.Database, cast: Cast, folder: Any) -> None:
    folder(*forms(), process(title="夹"))
    kit.deploy(database, cast.owner, process(title="页"))
    assert folder(*forms(), process(title="夹"))
    assert of_process(database)[2] == "页"


def test_the_folder_is_taken_when_it_is_asked_for_and_then_nothing_differs(
    database: databases.Database, cast: Cast, folder: Any
) -> None:
    mine = (*forms(), process(title="夹"))
    folder(*mine)
    kit.deploy(database, cast.owner, process("paged", title="页"))
    told = folder(*mine, replace=True)
    assert len(told) == 1 and "taken" in told[0]
    assert of_process(database)[:3] == (3, False, "夹")
    assert folder(*mine) == [] and of_process(database)[0] == 3


def test_a_changed_file_is_deployed_where_no_page_published_anything(
    database: databases.Database, cast: Cast, folder: Any
) -> None:
    folder(*forms(), process(title="夹"))
    assert folder(*forms("reason"), process("changed", title="夹")) == []
    assert of_process(database)[0] == 2 and newest(database, models.FormDefinition, form_id="answer").version == 2


def test_a_file_that_changed_too_is_left_and_told(database: databases.Database, cast: Cast, folder: Any) -> None:
    folder(*forms(), process())
    kit.deploy(database, cast.owner, process("paged"))
    assert len(folder(*forms(), process("changed"))) == 1
    assert of_process(database)[:2] == (2, True)


def test_a_folder_that_caught_up_with_the_page_goes_on_as_before(database: databases.Database, cast: Cast, folder: Any) -> None:
    folder(*forms(), process())
    kit.deploy(database, cast.owner, process("paged"))
    assert folder(*forms(), process("paged")) == []
    assert folder(*forms(), process("changed")) == []
    assert of_process(database)[:2] == (3, False)


def test_a_form_that_a_page_published_goes_into_its_process_and_the_folder_undoes_neither(
    database: databases.Database, cast: Cast, folder: Any
) -> None:
    folder(*forms(), process())
    before = of_process(database)
    kit.deploy(database, cast.owner, forms("reason")[1])
    paged = of_process(database)
    assert paged[0] == 2 and paged[3] != before[3]
    assert len(folder(*forms(), process())) == 1
    assert of_process(database) == paged
    assert len(folder(*forms(), process("changed"))) == 1
    version, _, _, bound = of_process(database)
    assert version == 3 and bound == paged[3], "the form of the page stays"


@pytest.mark.parametrize("by_page", [False, True])
def test_in_a_database_of_before_the_newest_version_s_author_tells_whose_it_is(
    database: databases.Database, cast: Cast, folder: Any, by_page: bool
) -> None:
    folder(*forms(), process())
    if by_page:
        kit.deploy(database, cast.owner, process("paged"))
    with database.transaction() as session:
        session.execute(delete(models.FolderEntry))
    told = folder(*forms(), process("changed"))
    assert bool(told) == by_page
    assert of_process(database)[:2] == (2, by_page)


def test_a_file_of_the_folder_that_a_page_published_first_is_not_overwritten(
    database: databases.Database, cast: Cast, folder: Any
) -> None:
    kit.deploy(database, cast.owner, *forms(), process("paged"))
    assert len(folder(*forms(), process())) == 1
    assert of_process(database)[:2] == (1, True)


def test_where_a_second_person_releases_a_changed_folder_is_left_and_told_unless_it_replaces(
    database: databases.Database, cast: Cast, folder: Any
) -> None:
    folder(*forms(), process(second_release=True))
    changed = (*forms(), process("other", second_release=True))
    (told,) = folder(*changed)
    assert "second person" in told and of_process(database)[0] == 1
    assert "taken" not in told and folder(*forms(), process(second_release=True)) == []
    folder(*changed, replace=True)
    assert of_process(database)[0] == 2
