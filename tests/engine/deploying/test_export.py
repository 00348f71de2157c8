"""A company's export is the folder that deploy reads: brought back it is the same, and its origin learns nothing new from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine.commands import deploying, opening
from engine.commands import exporting as commands
from engine.deploying import exporting
from engine.deploying.checking.checks import Resource
from engine.people import actors, memberships, organisation, posts
from engine.storage import database as databases
from engine.storage import models
from tests.engine import kit
from tests.engine.commands.office import Place

NOTICE = '{"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": true}]}'


def deployed(database: databases.Database, source: deploying.Source) -> None:
    assert deploying.deploy_source(database, source) == 0


def exported(database: databases.Database, company: str) -> dict[str, bytes]:
    with database.reading() as session:
        made = commands.whole(session, company)
    assert made.left == []
    return made.files


def fresh(tmp_path: Path) -> databases.Database:
    made = databases.connect(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    databases.create_all(made)
    return made


def source(folder: Path, company: str) -> deploying.Source:
    [found] = [each for each in deploying.sources_of(str(folder)) if each.company == company]
    return found


@pytest.mark.parametrize("company", opening.companies())
def test_a_shipped_company_comes_back_as_the_same_bytes_and_its_origin_learns_nothing(
    sqlite_database: databases.Database, company: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(sqlite_database, deploying.own(company))
    files = exported(sqlite_database, company)
    exporting.write(exporting.Export(files), tmp_path / "out")
    capsys.readouterr()
    deployed(sqlite_database, source(tmp_path / "out", company))
    told = capsys.readouterr().out
    assert "(0 new versions)" in told and "differ" not in told and "no longer" not in told
    assert exported(sqlite_database, company) == files
    other = fresh(tmp_path)
    deployed(other, source(tmp_path / "out", company))
    assert exported(other, company) == files
    other.close()


def test_what_pages_changed_is_in_it_and_nothing_of_it_is_reported(
    database: databases.Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(database, deploying.own("event"))
    with database.transaction("event") as session:
        session.execute(update(models.Person).where(models.Person.username == "lu_jia").values(name="陆佳佳", is_disabled=True))
        session.add(models.Person(company_id="event", username="new_one", name="新人", department="design", password_hash="x"))
        memberships.ensure_group(session, "event", "空组")
        memberships.name(session, "event", "新组", ["new_one"])
        memberships.set_rules(session, "event", "新组", [(memberships.BELOW, "design"), (memberships.HEADS, "")])
        held = posts.by_name(session, "event", ["设计总监", "顾问"])
        posts.give(session, "event", "tao_ran", list(held.values()))
        organisation.changed(session, "event")
    with database.reading() as session:
        by = actors.load(session, "event", "qiao_an")
    assert by is not None
    form = '{"id": "loose", "type": "default", "components": [{"type": "textfield", "key": "ratio", "label": "0.10"}]}'
    kit.deploy(database, by, Resource("loose.form", form.encode()))
    files = exported(database, "event")
    company = files["workflows/event/company.toml"].decode()
    assert 'posts = ["设计总监", "顾问"]' in company and 'rules = ["below:design", "heads"]' in company and "空组" in company
    assert "陆佳佳" in company and "disabled = true" in company and '[[group]]\nname = "新组"' in company
    assert "workflows/event/forms/loose.form" in files and b"password" not in b"".join(files.values())
    exporting.write(exporting.Export(files), tmp_path / "out")
    capsys.readouterr()
    deployed(database, source(tmp_path / "out", "event"))
    told = capsys.readouterr().out
    assert "differ" not in told and "(0 new versions)" in told
    assert exported(database, "event") == files
    other = fresh(tmp_path)
    deployed(other, source(tmp_path / "out", "event"))
    assert exported(other, "event") == files
    other.close()


def test_a_year_s_notice_is_in_it_and_comes_back(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notice = tmp_path / "2027.json"
    notice.write_text(NOTICE, encoding="utf-8")
    place.make()
    assert place.run("deploy", "event") == place.run("calendar", str(notice)) == 0
    assert place.run("export", "event", str(tmp_path / "out")) == 0
    first = (tmp_path / "out/workflows/event/calendar/2027.json").read_bytes()
    capsys.readouterr()
    assert place.run("deploy", str(tmp_path / "out")) == 0
    assert "calendar" not in capsys.readouterr().out
    other = fresh(tmp_path)
    deployed(other, source(tmp_path / "out", "event"))
    assert exported(other, "event")["workflows/event/calendar/2027.json"] == first
    with other.reading() as session:
        years = session.execute(select(models.CalendarYear).where(models.CalendarYear.calendar == "cn:event")).scalars().all()
    assert [(each.year, each.is_official) for each in years] == [(2027, True)]
    other.close()


def test_files_that_are_no_longer_in_it_go_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    made = exporting.Export({"bpmn/acme/a.bpmn": b"a", "workflows/acme/company.toml": b"c"})
    for name in ("bpmn/acme/old.bpmn", "bpmn/acme/notes.md", "bpmn/other/b.bpmn", "workflows/acme/p/scenarios/s.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    exporting.write(made, tmp_path)
    left = sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file())
    assert left == [
        "bpmn/acme/a.bpmn",
        "bpmn/acme/notes.md",
        "bpmn/other/b.bpmn",
        "workflows/acme/company.toml",
        "workflows/acme/p/scenarios/s.toml",
    ]
