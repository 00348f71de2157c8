"""Setting up an empty installation: only with the code of the terminal, once, and never where there is a company."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import flask
import pytest

from engine import environment
from engine.basics import codes
from engine.storage import database as databases
from engine.storage import installation, models
from tests.engine import kit
from tests.web import application
from tests.web.conftest import Clock
from tests.web.pages import Browser

CODE = "7K2M-4QXP-9ZTW"
ALERT = "@role='alert'"
ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # where the kind of database does not matter
ANSWERS = {
    "name": "青禾商贸",
    "id": "qinghe",
    "time_zone": "Asia/Shanghai",
    "calendar": "cn",
    "working_hours": "09:00-12:00，13:30-18:00",
    "administrator_name": "王五",
    "administrator": "wang_wu",
    "email": "wang_wu@qinghe.example",
    "password": "korrekt pferd batterie",
    "repeated": "korrekt pferd batterie",
}


@pytest.fixture
def empty(database: databases.Database, clock: Clock, tmp_path: Path) -> flask.Flask:
    """The application over a database without a company, to be set up with `CODE`."""
    with database.transaction() as session:
        installation.keep(session, installation.SET_UP, codes.digest(CODE))
    return application.over(environment.Settings("localhost", 0, "", tmp_path, "a secret of tests", 1), database, clock)


class Newcomer(Browser):
    """A browser that has no sign-in page to read its token from."""

    def token(self) -> str:
        return str(self.get("/set-up").tree.xpath("//input[@name='csrf_token']/@value")[0])


def let_in(app: flask.Flask) -> Newcomer:
    someone = Newcomer(app)
    someone.post("/set-up/code", code=CODE.lower())
    return someone


def people(database: databases.Database) -> list[str]:
    return sorted(each.username for each in kit.rows(database, models.Person))


def test_whoever_has_the_code_sets_it_up_once_and_is_signed_in(empty: flask.Flask, database: databases.Database) -> None:
    assert Newcomer(empty).get("/").address == "/set-up"
    someone = let_in(empty)
    assert someone.post("/set-up", **ANSWERS).address == "/processes/templates"
    with database.reading() as session:
        company = session.get_one(models.Company, "qinghe")
    assert (company.id, company.name, company.working_hours) == ("qinghe", "青禾商贸", ["09:00-12:00", "13:30-18:00"])
    [person] = kit.rows(database, models.Person)
    assert person.is_administrator and not person.must_change_password and person.email == ANSWERS["email"]
    assert [(row.kind, row.username) for row in kit.rows(database, models.SignInEvent)] == [("signed_in", person.username)]
    assert Browser(empty).get("/sign-in").address == "/sign-in"
    for address in ("/set-up", "/set-up/code"):
        Browser(empty).get("/set-up", 404)
        Browser(empty).post(address, 404, code=CODE, **ANSWERS)


def test_without_the_code_nothing_is_set_up_and_guessing_is_slowed_down(
    empty: flask.Flask, database: databases.Database
) -> None:
    someone = Newcomer(empty)
    someone.post("/set-up", 403, **ANSWERS)
    for attempt in range(6):
        someone.post("/set-up/code", 422 if attempt < 5 else 429, code=f"AAAA-AAAA-000{attempt}")
    someone.post("/set-up/code", 429, code=CODE)
    assert people(database) == []


def test_a_newer_code_shuts_out_who_came_in_with_the_one_before(empty: flask.Flask, database: databases.Database) -> None:
    someone = let_in(empty)
    with database.transaction() as session:
        installation.change(session, installation.SET_UP, codes.digest("another"))
    someone.post("/set-up", 403, **ANSWERS)
    assert people(database) == []


@ONCE
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"id": "Qing He"},
        {"id": "q"},
        {"time_zone": "Asia/Shangai"},
        {"calendar": "zz"},
        {"working_hours": "9 to 5"},
        {"administrator": "王五"},
        {"administrator_name": ""},
        {"email": "wang_wu at qinghe"},
        {"password": "12345678", "repeated": "12345678"},
        {"password": "wang_wu1", "repeated": "wang_wu1"},
        {"repeated": "another"},
        {"password": "", "repeated": ""},
    ],
    ids=str,
)
def test_a_wrong_answer_is_told_beside_it_and_nothing_is_stored(
    empty: flask.Flask, database: databases.Database, wrong: dict[str, str]
) -> None:
    page = let_in(empty).post("/set-up", 422, **{**ANSWERS, **wrong})
    assert page.tree.xpath(f"//*[@id='{next(iter(wrong))}-fault' or @id='repeated-fault']")
    assert page.form("/set-up")["name"] == {**ANSWERS, **wrong}["name"] and "korrekt" not in page.text
    assert people(database) == []


CSV = "用户名,姓名,部门,候选组\nzhang_san,张三,客服部,客服专员、客服主管\nli_si,李四,客服部,\n"


def upload(text: str, encoding: str = "utf-8") -> Any:
    return (io.BytesIO(text.encode(encoding)), "people.csv")


@ONCE
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_people_come_with_their_departments_and_groups(empty: flask.Flask, database: databases.Database, encoding: str) -> None:
    let_in(empty).post("/set-up", **ANSWERS, people=upload(CSV, encoding))
    assert people(database) == ["li_si", "wang_wu", "zhang_san"]
    assert [each.name for each in kit.rows(database, models.Department)] == ["客服部"]
    members = {(each.group_name, each.username) for each in kit.rows(database, models.Membership)}
    assert members >= {("客服专员", "zhang_san"), ("客服主管", "zhang_san")}


@ONCE
def test_the_chosen_file_is_kept_while_other_answers_are_mended(empty: flask.Flask, database: databases.Database) -> None:
    someone = let_in(empty)
    page = someone.post("/set-up", 422, **{**ANSWERS, "password": "1", "repeated": "1"}, people=upload(CSV))
    assert "people.csv" in page.words("form") and "2 人" in page.words("form")
    page = someone.post("/set-up", 422, **{**ANSWERS, **kept(page), "name": ""})
    someone.post("/set-up", **{**ANSWERS, **kept(page)})
    assert people(database) == ["li_si", "wang_wu", "zhang_san"]


@ONCE
def test_another_file_takes_the_place_of_the_kept_one_and_a_forged_one_is_refused(
    empty: flask.Flask, database: databases.Database
) -> None:
    someone = let_in(empty)
    for forged in ("x", "[1]", '{"a": []}', '[["姓名", 5]]', "[" * 500):
        page = someone.post("/set-up", 422, **ANSWERS, kept_people=forged, kept_name="people.csv")
        assert page.tree.xpath("//*[@id='people-fault']") and not page.tree.xpath("//*[@name='kept_people']")
    page = someone.post("/set-up", 422, **{**ANSWERS, "name": ""}, people=upload(CSV))
    someone.post("/set-up", **{**ANSWERS, **kept(page)}, people=upload("用户名,姓名\nsun_qi,孙七\n"))
    assert people(database) == ["sun_qi", "wang_wu"]


def kept(page: Any) -> dict[str, str]:
    return {each.get("name"): each.get("value") for each in page.tree.xpath("//input[starts-with(@name, 'kept_')]")}


@ONCE
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("用户名\nzhang_san\n", ["姓名"]),
        ("用户名,姓名\nzhang san,张三\nli_si,\nli_si,李四\n", ["第 2 行", "第 3 行", "第 4 行"]),
        ("\x00\x01", [""]),
        (",".join(["用户名", "姓名", *map(str, range(200))]), ["100"]),
    ],
    ids=["no column", "wrong lines", "no text", "too wide"],
)
def test_a_file_of_people_with_faults_is_told_by_line_and_nothing_is_stored(
    empty: flask.Flask, database: databases.Database, text: str, told: list[str]
) -> None:
    page = let_in(empty).post("/set-up", 422, **ANSWERS, people=upload(text))
    assert all(each in page.words("ul") + page.words(ALERT) for each in told)
    assert people(database) == []
