"""Codes with which people set their passwords: once, for a few days, handed out by an administrator, no way to guess."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import flask
import pytest
from sqlalchemy import update

from engine.files import sheets
from engine.people import organisation
from engine.people.credentials import passwords
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.conftest import Clock
from tests.web.pages import PASSWORD, Browser

SignedIn = Callable[..., Browser]
NEW = "a longer secret"
ALERT = "@role='alert'"
ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # where the kind of database does not matter


@pytest.fixture
def handed_out(signed_in: SignedIn) -> Callable[..., str]:
    """Hands out a code as the administrator; gives it as it is shown."""

    def hand_out(username: str = "clerk") -> str:
        return str(signed_in("owner").post("/password/codes", username=username).words("code"))

    return hand_out


def redeem(someone: Browser, code: str, status: int = 200, new: str = NEW, repeated: str | None = None) -> str:
    page = someone.post("/password/code", status, code=code, new=new, repeated=new if repeated is None else repeated)
    return page.words(ALERT) or page.address


def test_a_code_sets_the_password_once_and_signs_in(
    app: flask.Flask, signed_in: SignedIn, handed_out: Callable[..., str], database: databases.Database
) -> None:
    elsewhere, code = signed_in("clerk"), handed_out()
    someone = Browser(app)
    assert redeem(someone, f" {code.lower().replace('-', ' ')} ") == "/inbox"
    assert elsewhere.get("/inbox").address == "/sign-in"
    assert Browser(app).sign_in("clerk", password=NEW).page.address == "/inbox"
    assert redeem(Browser(app), code, 422, new="yet another secret")
    [row] = kit.rows(database, models.PasswordCode)
    assert (row.made_by, row.username, row.used_at is not None) == ("owner", "clerk", True)
    assert code not in str(vars(row)) and code.replace("-", "") not in str(vars(row))


def test_the_link_brings_the_code_along_and_uses_nothing_up(app: flask.Flask, handed_out: Callable[..., str]) -> None:
    code, someone = handed_out(), Browser(app)
    for _ in range(3):
        assert someone.get(f"/password/code?code={code}").form("/password/code")["code"] == code
    assert redeem(someone, code) == "/inbox"


@ONCE
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"new": "short"}, "new"),
        ({"new": "password123"}, "new"),
        ({"new": "clerk-acme-1"}, "new"),
        ({"repeated": "x"}, "repeated"),
    ],
)
def test_a_password_that_may_not_be_leaves_the_code_good(
    app: flask.Flask, handed_out: Callable[..., str], fields: dict[str, str], field: str
) -> None:
    code, someone = handed_out(), Browser(app)
    assert redeem(someone, code, 422, **fields)
    assert someone.page is not None and someone.page.tree.xpath(f"//*[@id='{field}-fault']")
    assert redeem(someone, code) == "/inbox"


def test_a_newer_code_a_few_days_or_a_disabled_account_make_it_worth_nothing(
    app: flask.Flask, handed_out: Callable[..., str], clock: Clock, database: databases.Database
) -> None:
    old = handed_out()
    code = handed_out()
    assert redeem(Browser(app), old, 422)
    clock.moment += timedelta(days=3)
    assert redeem(Browser(app), code, 422)
    code = handed_out("clerk2")
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk2").values(is_disabled=True))
    assert redeem(Browser(app), code, 422)
    assert {passwords.verify(each.password_hash, PASSWORD) for each in kit.rows(database, models.Person)} == {True}


@ONCE
def test_guessing_codes_is_slowed_down(app: flask.Flask, handed_out: Callable[..., str]) -> None:
    someone = Browser(app)
    told = [redeem(someone, f"AAAA-BBBB-CCCC-{n:04}", 422 if n < 5 else 429) for n in range(6)]
    assert told[0] == told[4] != told[5]
    redeem(someone, handed_out(), 429)


def test_only_administrators_hand_them_out_and_only_in_their_company(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    someone = signed_in("clerk")
    someone.get("/password/codes", 404)
    someone.post("/password/codes", 403, username="clerk2")
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "stranger").values(is_administrator=True))
    stranger = signed_in("stranger", "elsewhere")
    assert "陈办事" not in stranger.get("/password/codes").text
    stranger.post("/password/codes", 404, username="clerk")
    assert kit.rows(database, models.PasswordCode) == []


@ONCE
def test_the_list_shows_first_who_cannot_sign_in_and_finds_by_initials(
    signed_in: SignedIn, database: databases.Database
) -> None:
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "outsider").values(password_hash=None))
    someone = signed_in("owner")
    first = someone.get("/password/codes").tree.xpath("//tbody/tr")[0].text_content()
    assert "魏旁人" in first and "未设置" in first
    [found] = someone.get("/password/codes?q=hfz").tree.xpath("//tbody/tr")
    assert "何负责" in found.text_content()


def test_who_got_a_password_from_somebody_else_must_change_it_before_anything(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    with database.transaction("acme") as session:
        passwords.change(session, cast.owner, "clerk", "set by the administrator")
    someone = Browser(app).sign_in("clerk", password="set by the administrator")
    for address in ("/inbox", "/start", "/notices"):
        assert someone.get(address).address == "/password"
    api = app.test_client().post("/v2/user-tasks/search", json={}, auth=("acme/clerk", "set by the administrator"))
    assert api.status_code == 403 and "修改密码" in api.text
    someone.post("/password", current="set by the administrator", new=NEW, repeated=NEW)
    assert someone.get("/inbox").address == "/inbox"
    assert Browser(app).sign_in("clerk", password=NEW).page.address == "/inbox"


def test_an_administrator_of_the_organisation_resets_passwords_but_of_nobody_with_rights(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    with database.transaction("acme") as session:
        session.add(
            models.RoleGrant(
                company_id="acme", username="clerk", role="organisation", scope="", granted_by="owner", granted_at=kit.NOW
            )
        )
        session.execute(update(models.Person).where(models.Person.username == "outsider").values(password_hash=None))
        organisation.changed(session, "acme")
    someone = signed_in("clerk")
    someone.post("/password/codes", 403, username="owner")
    with database.transaction("acme") as session:
        role = {"username": "head", "role": "auditor", "scope": "", "granted_by": "owner", "granted_at": kit.NOW}
        session.add(models.RoleGrant(company_id="acme", **role))
    someone.post("/password/codes", 403, username="head")
    for username in ("outsider", "clerk2"):
        code = str(someone.post("/password/codes", username=username).words("code"))
        assert redeem(Browser(app), code) == "/inbox"
    told = [each.username for each in kit.rows(database, models.Notice)]
    assert told == ["clerk2"], "who had a password hears of it"
    assert "重设密码" in signed_in("owner").get("/organisation/log").words(".timeline")


def lacking(database: databases.Database, *usernames: str) -> None:
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username.in_(usernames)).values(password_hash=None))
        organisation.changed(session, "acme")


def test_everybody_who_cannot_sign_in_gets_a_code_in_one_go(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database
) -> None:
    lacking(database, "clerk", "clerk2", "head")
    owner = signed_in("owner")
    before = str(owner.post("/password/codes", username="head").words("code"))
    assert "还有 2 人没有密码" in owner.get("/password/codes").words("main")
    slips = owner.post("/password/codes/all", way="print").tree.xpath("//li[@class='slip']")
    assert ["陈办事" in slips[0].text_content(), "程办事" in slips[1].text_content(), len(slips)] == [True, True, 2]
    for slip in slips:
        assert redeem(Browser(app), slip.findtext(".//code")) == "/inbox"
    assert redeem(Browser(app), before) == "/inbox", "what was handed out before is still good"
    assert "所有人都已设置密码" in owner.post("/password/codes/all").words(".flash")
    assert owner.get("/organisation/log").words(".timeline").count("首次设置密码的验证码") == 3


@ONCE
def test_codes_leave_as_a_spreadsheet_and_by_no_way_that_is_none(signed_in: SignedIn, database: databases.Database) -> None:
    lacking(database, "clerk", "clerk2")
    owner = signed_in("owner")
    owner.post("/password/codes/all", 422, way="fax")
    owner.post("/password/codes/all", 409, way="mail")  # the company sends no mail
    assert kit.rows(database, models.PasswordCode) == []
    answer = owner.client.post("/password/codes/all", data={"way": "file", "csrf_token": owner.token()})
    rows = sheets.read(answer.data)
    assert [row[1] for row in rows] == ["用户名", "clerk", "clerk2"] and rows[1][4].endswith(
        f"/password/code?code={rows[1][3]}"
    )
    assert answer.headers["Cache-Control"] == "private, no-store"


@ONCE
def test_in_one_go_nobody_gets_more_than_he_could_hand_out_one_by_one(
    signed_in: SignedIn, database: databases.Database
) -> None:
    lacking(database, "clerk2", "outsider", "owner")
    for username, role in (("clerk", "organisation"), ("outsider", "auditor")):
        given = {"username": username, "role": role, "scope": "", "granted_by": "owner", "granted_at": kit.NOW}
        with database.transaction("acme") as session:
            session.add(models.RoleGrant(company_id="acme", **given))
            organisation.changed(session, "acme")
    signed_in("head").post("/password/codes/all", 403)
    signed_in("clerk").post("/password/codes/all")
    assert [each.username for each in kit.rows(database, models.PasswordCode)] == ["clerk2"]


@ONCE
def test_who_has_locked_himself_out_gets_in_at_once_with_a_code(app: flask.Flask, handed_out: Callable[..., str]) -> None:
    someone = Browser(app)
    for _ in range(5):
        someone.post("/sign-in", 422, company="acme", username="clerk", password="wrong")
    someone.post("/sign-in", 429, company="acme", username="clerk", password=PASSWORD)
    assert redeem(Browser(app), handed_out()) == "/inbox"
    assert Browser(app).sign_in("clerk", password=NEW).page.address == "/inbox"
