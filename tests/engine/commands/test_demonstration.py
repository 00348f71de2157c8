"""The demo password is known to everybody: only people of a demo ever get it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from engine.commands import demonstration, opening
from engine.deploying.company_files import companies
from engine.people.credentials import passwords
from engine.storage import models
from tests.engine.commands.office import Place

COMPANY = 'id = "{id}"\nname = "{id}"\n{more}\n[[person]]\nusername = "li"\nname = "李"\n'


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two companies, one of them of the demo."""
    for id, more in (("shown", "demo = true"), ("real", "")):
        (tmp_path / "workflows" / id).mkdir(parents=True)
        (tmp_path / "bpmn" / id).mkdir(parents=True)
        (tmp_path / "workflows" / id / "company.toml").write_text(COMPANY.format(id=id, more=more), encoding="utf-8")
    monkeypatch.setattr(opening, "WORKFLOWS", tmp_path / "workflows")
    monkeypatch.setattr(opening, "BPMN", tmp_path / "bpmn")
    return tmp_path / "workflows"


def store(place: Place, company: str, password: str | None = None) -> None:
    """A company as `deploy` stores it; with a password, as if everybody had chosen that one."""
    definition = companies.load(opening.WORKFLOWS / company / "company.toml")
    database = place.database()
    with database.transaction() as session:
        companies.apply(session, definition, now=opening.clock())
        if password:
            session.execute(update(models.Person).values(password_hash=passwords.hash(password)))
    database.close()


def everybody(place: Place) -> dict[str, str | None]:
    database = place.database()
    with database.reading() as session:
        rows = session.execute(select(models.Person.company_id, models.Person.password_hash)).all()
    database.close()
    return {row.company_id: row.password_hash for row in rows}


def test_a_demo_is_set_up_again_and_again_and_only_for_demo_companies(place: Place, folders: Path) -> None:
    place.make()
    assert place.run("demo") == place.run("demo") == 0
    assert list(everybody(place)) == ["shown"]
    assert passwords.verify(everybody(place)["shown"], demonstration.PASSWORD)


@pytest.mark.parametrize("command", ["demo", "run"])
def test_a_database_in_real_use_gets_no_demo(
    place: Place, folders: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place.make()
    store(place, "real")
    assert place.run(command) == 1
    told = capsys.readouterr().err
    assert "banjie serve" in told and "banjie worker" in told
    assert everybody(place) == {"real": None}


@pytest.mark.parametrize("command", ["demo", "run"])
def test_a_demo_that_a_real_company_moved_into_is_a_demo_no_more(place: Place, folders: Path, command: str) -> None:
    place.make()
    place.run("demo")
    store(place, "real")
    assert place.run(command) == 1
    assert everybody(place)["real"] is None


def test_a_demo_company_that_people_really_use_is_no_demo(place: Place, folders: Path) -> None:
    place.make()
    store(place, "shown", "a password of his own")
    assert place.run("demo") == 1


def test_somebody_whom_the_file_does_not_name_makes_it_real(place: Place, folders: Path) -> None:
    place.make()
    store(place, "shown")
    database = place.database()
    with database.transaction() as session:
        session.add(models.Person(company_id="shown", username="zhang", name="张"))
    database.close()
    assert place.run("demo") == 1


def test_a_demo_of_before_demos_were_marked_is_recognised(place: Place, folders: Path) -> None:
    place.make()
    place.run("demo")
    database = place.database()
    with database.transaction() as session:
        session.execute(delete(models.Installation).where(models.Installation.name == "demo"))
    database.close()
    assert place.run("demo") == 0


def test_a_marked_demo_stays_one_when_people_change_their_passwords(place: Place, folders: Path) -> None:
    place.make()
    place.run("demo")
    store(place, "shown", "a password of his own")
    assert place.run("demo") == 0
    assert not passwords.verify(everybody(place)["shown"], demonstration.PASSWORD)


def test_every_company_that_comes_with_the_product_is_of_the_demo() -> None:
    assert demonstration.demo_companies() == opening.companies()


def test_the_demo_has_people_for_every_managers_page_and_says_who_they_are() -> None:
    telecom = demonstration.definition_of("telecom")
    named = {person["username"]: name for person, name in demonstration.called(telecom)}
    assert named["liu_wei"] == "刘伟，系统管理员" and named["chen_jianguo"] == "陈建国，部门主管"
    assert named["ding_ning"] == "丁宁，运行管理员" and named["yan_zheng"] == "严铮，审计员"
    assert named["xie_zhengming"] == "谢正明"
