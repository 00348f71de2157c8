"""`banjie init`: a real company by options alone, nothing of the demo, and the way in for its administrator."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import update

from engine.background.anchors import Anchors
from engine.people import actors
from engine.people.credentials import passwords
from engine.signing_in import second_factors
from engine.storage import installation, models
from tests.engine import kit
from tests.engine.commands.office import Place

ACME = (
    "init",
    "--company",
    "acme",
    "--name",
    "青禾商贸",
    "--administrator",
    "wang_wu",
    "--administrator-name",
    "王五",
    "--email",
    "w@acme.example",
)
EVENT = ("--process", "event/complaint", "--map", "客户经理=客服专员", "--map", "服务负责人=客服专员")
PEOPLE = "username,name,department,groups\nzhang_san,张三,客服部,客服专员\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "password").write_text("korrekt pferd batterie\n")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    return ("--password-file", str(tmp_path / "password"), "--people", str(tmp_path / "people.csv"))


def test_a_company_with_people_and_processes_by_options(place: Place, files: tuple[str, ...]) -> None:
    assert place.run(*ACME, *files, *EVENT) == 0
    database = place.database()
    people = {each.username: each for each in kit.rows(database, models.Person)}
    assert sorted(people) == ["wang_wu", "zhang_san"] and people["wang_wu"].is_administrator
    assert people["wang_wu"].email == "w@acme.example"
    assert passwords.verify(people["wang_wu"].password_hash, "korrekt pferd batterie")
    assert people["zhang_san"].password_hash is None
    assert [each.process_id for each in kit.rows(database, models.ProcessDefinition)] == ["complaint"]
    members = {(each.group_name, each.username) for each in kit.rows(database, models.Membership)}
    assert members >= {("客服专员", "zhang_san"), ("总经理", "wang_wu")} and ("客服专员", "wang_wu") not in members
    database.close()
    assert isinstance(place.database().surroundings["anchors"], Anchors)


def test_without_a_password_a_code_is_printed_and_another_by_the_command_password(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.run(*ACME) == place.run("password", "acme", "wang_wu") == 0
    first, second = re.findall(r"^  ((?:\w{4}-){3}\w{4})$", capsys.readouterr().out, re.MULTILINE)
    assert first != second
    assert place.run("password", "acme", "nobody") == 1


def test_a_further_company_and_none_twice(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.run(*ACME) == 0
    assert place.run(*ACME) == 1 and "acme" in capsys.readouterr().err
    assert place.run(*ACME[:2], "second", *ACME[3:]) == 0
    database = place.database()
    assert sorted(each.company_id for each in kit.rows(database, models.Person)) == ["acme", "second"]
    assert installation.mark_of(database, installation.SET_UP) is None
    database.close()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--company", "acme"), "--administrator"),
        ((*ACME, "--time-zone", "Mars"), "time_zone"),
        ((*ACME, "--process", "event/nothing"), "event/nothing"),
        ((*ACME, "--map", "甲"), "--map"),
        ((*ACME, "--people", "/nowhere.csv"), "/nowhere.csv"),
        ((*ACME, "--password-file", "/nowhere"), "/nowhere"),
    ],
    ids=str,
)
def test_wrong_options_are_told_before_anything_is_made(
    place: Place, wrong: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.run("init", *wrong[wrong[0] == "init" :]) == 1
    assert told in capsys.readouterr().err
    assert not place.data.exists()


def test_companies_of_the_demo_never_come_into_a_real_database_by_themselves(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.run("init") == 0
    assert place.run("deploy") == 0 and "Left out" in capsys.readouterr().out
    for command in ("demo", "run"):
        assert place.run(command) == 1
    database = place.database()
    assert kit.rows(database, models.Person) == []
    database.close()


def test_the_demo_gets_no_real_company(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.make()
    database = place.database()
    with database.transaction() as session:
        installation.keep(session, installation.DEMO, installation.YES)
    database.close()
    assert place.run(*ACME) == 1 and "BANJIE_DATA" in capsys.readouterr().err


def test_a_lost_second_factor_of_the_only_administrator_is_taken_away_by_the_command(place: Place) -> None:
    assert place.run(*ACME) == 0
    assert place.run("password", "acme", "wang_wu", "--no-second-factor") == 1  # there is none
    database = place.database()
    with database.transaction("acme") as session:
        actor = actors.load(session, "acme", "wang_wu")
        assert actor is not None
        second_factors.begin(session, actor, now=kit.NOW)
        session.execute(update(models.SecondFactor).values(confirmed_at=kit.NOW))
        assert second_factors.is_asked(session, actor)
    database.close()
    assert place.run("password", "acme", "wang_wu", "--no-second-factor") == 0
    database = place.database()
    assert kit.rows(database, models.SecondFactor) == []
    assert [each.kind for each in kit.rows(database, models.SignInEvent)] == ["factor_reset"]
    database.close()
