"""Second factors: set up with a code, asked for at the door, taken once, stood in for by recovery codes, reset by an administrator."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import flask
import pyotp
import pytest
from sqlalchemy import update

from engine.signing_in import policy
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.conftest import Clock
from tests.web.outside import noted
from tests.web.pages import PASSWORD, Browser, Page

SignedIn = Callable[..., Browser]
ALERT = "@role='alert'"


@pytest.fixture
def ask(database: databases.Database, cast: Cast, now: Any) -> Callable[..., None]:
    """The company asks for a second factor."""

    def asking(*whom: str) -> None:
        with database.transaction(COMPANY) as session:
            policy.ask(session, cast.owner, whom, now=now)

    return asking


@pytest.fixture
def enrolled(signed_in: SignedIn, clock: Clock) -> Callable[..., tuple[pyotp.TOTP, list[str]]]:
    """Somebody sets up a second factor; gives his authenticator and the recovery codes."""

    def enrol(username: str = "clerk") -> tuple[pyotp.TOTP, list[str]]:
        return set_up(signed_in(username), clock)

    return enrol


def set_up(someone: Browser, clock: Clock) -> tuple[pyotp.TOTP, list[str]]:
    page = someone.post("/second-factor/begin")
    totp = pyotp.TOTP(page.words("code").replace(" ", ""))
    page = someone.post("/second-factor/confirm", code=totp.at(clock()))
    clock.moment += timedelta(seconds=30)  # so that the next code is another one
    return totp, [each.text for each in page.tree.xpath("//ul[@class='recovery']//code")]


def at_the_door(app: flask.Flask, username: str = "clerk", password: str = PASSWORD) -> Browser:
    return Browser(app).sign_in(username, password=password)


def typed(someone: Browser, code: str, status: int = 200) -> Page:
    return someone.post("/sign-in/code", status, code=code)


@pytest.mark.both_databases
def test_the_code_is_asked_after_the_password_and_taken_once(
    app: flask.Flask, enrolled: Callable[..., tuple[pyotp.TOTP, list[str]]], clock: Clock, database: databases.Database
) -> None:
    totp, codes = enrolled()
    someone = at_the_door(app)
    assert someone.page is not None and someone.page.address == "/sign-in/code"
    assert someone.get("/inbox").address == "/sign-in"
    someone = at_the_door(app)
    code = totp.at(clock())
    assert typed(someone, "000000" if code != "000000" else "111111", 422).words(ALERT)
    assert typed(someone, f"{code[:3]} {code[3:]}").address == "/inbox"
    again = at_the_door(app)
    assert "已使用" in typed(again, code, 422).words(ALERT)
    clock.moment += timedelta(seconds=30)
    assert typed(again, totp.at(clock())).address == "/inbox"
    assert len(set(codes)) == 10
    assert [each[0] for each in noted(database)] == [
        "signed_in",
        "factor_set",
        "refused",
        "factor_used",
        "signed_in",
        "refused",
        "factor_used",
        "signed_in",
    ]


def test_a_code_of_the_step_before_or_after_is_taken_and_no_older_one(
    app: flask.Flask, enrolled: Callable[..., tuple[pyotp.TOTP, list[str]]], clock: Clock
) -> None:
    totp, _codes = enrolled()
    clock.moment += timedelta(minutes=5)
    for seconds, status in ((-90, 422), (-30, 200), (30, 200), (0, 422), (90, 422)):
        typed(at_the_door(app), totp.at(clock() + timedelta(seconds=seconds)), status)


def test_a_recovery_code_stands_in_once_and_nothing_of_it_is_stored_in_plain(
    app: flask.Flask, enrolled: Callable[..., tuple[pyotp.TOTP, list[str]]], database: databases.Database, clock: Clock
) -> None:
    totp, codes = enrolled()
    assert typed(at_the_door(app), codes[0].lower()).address == "/inbox"
    assert typed(at_the_door(app), codes[0], 422)
    stored = " ".join(
        str(vars(row)) for model in (models.RecoveryCode, models.SecondFactor) for row in kit.rows(database, model)
    )
    assert not [each for each in codes if each in stored or each.replace("-", "") in stored] and totp.secret not in stored
    someone = at_the_door(app)
    typed(someone, codes[1])
    assert "8" in someone.get("/second-factor").words("section")
    page = someone.post("/second-factor/codes", code=totp.at(clock()))
    fresh = [each.text for each in page.tree.xpath("//ul[@class='recovery']//code")]
    assert len(fresh) == 10 and typed(at_the_door(app), codes[2], 422) and typed(at_the_door(app), fresh[0])


def test_guessing_is_slowed_down_whatever_the_password(
    app: flask.Flask, enrolled: Callable[..., tuple[pyotp.TOTP, list[str]]], clock: Clock
) -> None:
    totp, _codes = enrolled()
    for _attempt in range(5):
        typed(at_the_door(app), "123", 422)
    assert "16" in typed(at_the_door(app), totp.at(clock()), 429).words(ALERT)


def test_who_is_half_signed_in_gets_no_further_than_the_code(
    app: flask.Flask, enrolled: Callable[..., tuple[pyotp.TOTP, list[str]]], clock: Clock, database: databases.Database
) -> None:
    totp, _codes = enrolled()
    someone = at_the_door(app)
    for address in ("/inbox", "/second-factor", "/password"):
        assert someone.get(address).address == "/sign-in"
    for address in ("/second-factor/begin", "/second-factor/remove", "/second-factor/codes"):
        assert someone.post(address, code=totp.at(clock())).address == "/sign-in"
    clock.moment += timedelta(minutes=11)
    assert typed(someone, totp.at(clock())).address == "/sign-in"  # too long ago
    someone = at_the_door(app)
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(session_epoch=9))
    assert typed(someone, totp.at(clock())).address == "/sign-in"  # as after a changed password
    someone = at_the_door(app)
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(is_disabled=True))
    assert typed(someone, totp.at(clock())).address == "/sign-in"


def test_setting_it_up_ends_all_other_sessions_and_shows_a_picture_that_authenticators_read(
    app: flask.Flask, signed_in: SignedIn, clock: Clock
) -> None:
    elsewhere, someone = signed_in("clerk"), signed_in("clerk")
    page = someone.post("/second-factor/begin")
    [picture] = page.tree.xpath("//img[@class='qr']/@src")
    assert picture.startswith("data:image/svg+xml") and "<svg" in unquote(picture)
    assert "data:" in someone.client.get("/second-factor").headers["Content-Security-Policy"]
    assert someone.post("/second-factor/confirm", 422, code="12").words(ALERT)
    assert elsewhere.get("/inbox").address == "/inbox"  # not confirmed yet
    set_up(someone, clock)
    assert elsewhere.get("/inbox").address == "/sign-in"
    assert someone.get("/inbox").address == "/inbox"
    assert base64.b32decode(re.sub(r"\s", "", page.words("code")))


@pytest.mark.parametrize(
    ("whom", "asked"),
    [
        (["administrator"], {"owner"}),
        (["records_keeper"], {"head"}),
        (["manager"], {"manager"}),
        (["everybody"], {"owner", "head", "manager", "clerk"}),
        ([], set()),
    ],
)
def test_the_company_asks_it_of_roles_or_of_everybody(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, whom: list[str], asked: set[str], clock: Clock
) -> None:
    with database.transaction() as session:
        of: dict[str, Any] = {"company_id": COMPANY, "granted_by": "owner", "granted_at": clock()}
        session.add(models.RoleGrant(username="head", role="records_keeper", scope="内部", **of))
        session.add(models.RoleGrant(username="manager", role="manager", scope="", **of))
    administrator, others = signed_in("owner"), {name: signed_in(name) for name in ("head", "manager", "clerk")}
    set_up(administrator, clock)
    administrator.post("/organisation/sign-in/second-factor", whom=whom)
    out = {name for name, each in others.items() if each.get("/inbox").address == "/sign-in"}
    assert out == asked - {"owner"}
    for name in others:
        page = at_the_door(app, name).page
        assert page is not None and page.address == ("/second-factor" if name in asked else "/inbox")


def test_who_is_asked_and_has_none_sets_it_up_at_the_door(
    app: flask.Flask,
    signed_in: SignedIn,
    enrolled: Callable[..., tuple[pyotp.TOTP, list[str]]],
    ask: Callable[..., None],
    clock: Clock,
) -> None:
    enrolled("owner")
    ask("everybody")
    someone = at_the_door(app)
    totp, _codes = set_up(someone, clock)
    assert someone.get("/inbox").address == "/inbox"
    clock.moment += timedelta(seconds=60)
    refused = someone.post("/second-factor/remove", 422, code=totp.at(clock()))
    assert "不能取消" in refused.words(ALERT)


def test_who_would_shut_himself_out_is_told_first(signed_in: SignedIn) -> None:
    page = signed_in("owner").post("/organisation/sign-in/second-factor", 422, whom=["administrator"])
    assert "先设置" in page.words(ALERT)
    signed_in("owner").post("/organisation/sign-in/second-factor", 422, whom=["administrators"])


def test_a_role_that_asks_for_it_ends_the_sessions_of_who_gets_it(
    signed_in: SignedIn,
    enrolled: Callable[..., tuple[pyotp.TOTP, list[str]]],
    ask: Callable[..., None],
    app: flask.Flask,
    clock: Clock,
) -> None:
    totp, _codes = enrolled("owner")
    ask("operator")
    someone, administrator = signed_in("clerk"), at_the_door(app, "owner")
    typed(administrator, totp.at(clock()))
    administrator.post("/organisation/roles/operator", person="clerk", scope="")
    assert someone.get("/inbox").address == "/sign-in"


@pytest.mark.parametrize("how", ["set", "asked"])
def test_a_password_alone_opens_the_interface_no_more_and_says_what_does(
    app: flask.Flask,
    enrolled: Callable[..., tuple[pyotp.TOTP, list[str]]],
    ask: Callable[..., None],
    how: str,
    cast: Cast,
) -> None:
    client, basic = app.test_client(), ("acme/clerk", PASSWORD)
    assert client.get("/v2/topology", auth=basic).status_code == 200  # and remembered
    enrolled("clerk" if how == "set" else "owner")
    if how == "asked":
        ask("everybody")
    answer = client.get("/v2/topology", auth=basic)
    assert answer.status_code == 403 and "机器账号" in answer.json["detail"]
    assert client.get("/v2/topology", auth=("acme/clerk", "wrong")).status_code == 401


def test_an_administrator_of_the_organisation_resets_it_and_that_is_noted(
    app: flask.Flask,
    signed_in: SignedIn,
    enrolled: Callable[..., tuple[pyotp.TOTP, list[str]]],
    database: databases.Database,
    clock: Clock,
) -> None:
    with database.transaction() as session:
        of: dict[str, Any] = {"company_id": COMPANY, "granted_by": "owner", "granted_at": clock()}
        session.add(models.RoleGrant(username="head", role="organisation", scope="", **of))
        session.add(models.RoleGrant(username="manager", role="records_keeper", scope="秘密", **of))
    enrolled("clerk")
    enrolled("owner")
    enrolled("manager")
    inside = signed_in("head")
    inside.post("/organisation/sign-in/people/owner/reset", 403)
    inside.post("/organisation/sign-in/people/manager/reset", 403)
    inside.post("/organisation/sign-in/people/clerk2/reset", 404)
    signed_in("clerk2").post("/organisation/sign-in/people/clerk/reset", 403)
    assert "重置双重验证" in inside.get("/organisation/people/clerk").text
    inside.post("/organisation/sign-in/people/clerk/reset")
    page = at_the_door(app).page
    assert page is not None and page.address == "/inbox"
    [told] = kit.rows(database, models.Notice, username="clerk")
    assert told.subject == "何负责重置了您的双重验证"
    assert ("factor_reset", "", "clerk", "") in noted(database)
    log = inside.get("/organisation/sign-in/log").words("table")
    assert "双重验证被重置" in log and "由 何负责" in log and "陈办事" in log


def test_it_can_be_taken_away_by_who_has_it(app: flask.Flask, signed_in: SignedIn, clock: Clock) -> None:
    someone = signed_in("clerk")
    totp, _codes = set_up(someone, clock)
    someone.post("/second-factor/remove", 422, code="1")
    someone.post("/second-factor/remove", code=totp.at(clock()))
    page = at_the_door(app).page
    assert page is not None and page.address == "/inbox"


def test_a_code_for_a_password_does_not_lead_past_it(
    app: flask.Flask, signed_in: SignedIn, enrolled: Callable[..., tuple[pyotp.TOTP, list[str]]]
) -> None:
    enrolled("clerk")
    code = str(signed_in("owner").post("/password/codes", username="clerk").words("code"))
    page = Browser(app).post("/password/code", code=code, new="a longer secret", repeated="a longer secret")
    assert page.address == "/sign-in/code"
