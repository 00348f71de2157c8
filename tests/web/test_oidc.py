"""Signing in by OpenID Connect against a real provider: who gets in, and every answer that must not be believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import flask
import pytest
from sqlalchemy import select, update

from engine.intake import rate
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.organisation import groups
from tests import oidc_provider
from tests.cast import COMPANY, Cast
from tests.oidc_provider import OTHER_KEY, SECRET, Provider
from tests.web import outside
from tests.web.conftest import Clock
from tests.web.outside import WAY, noted, refused, sent, signed_in_by
from tests.web.pages import Browser

SetUp = Callable[..., Provider]


@pytest.fixture
def provider(clock: Clock) -> Iterator[Provider]:
    with oidc_provider.running(clock) as running:
        yield running


@pytest.fixture
def known(app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock, provider: Provider) -> SetUp:
    """The company knows the provider, by these settings."""

    def know(**settings: Any) -> Provider:
        outside.set_up(database, cast, "oidc", provider.settings(**settings), clock(), secret=SECRET)
        return provider

    return know


@pytest.mark.both_databases
def test_somebody_signs_in_by_the_provider_and_lands_where_he_wanted(
    app: flask.Flask, known: SetUp, database: databases.Database
) -> None:
    known().claims = {"preferred_username": "CLERK"}
    someone = Browser(app)
    page = someone.get("/sign-in?next=/inbox/done")
    [button] = page.tree.xpath("//section[@class='ways']/a")
    assert "统一登录" in button.text_content()
    assert someone.get(sent(someone, button.get("href"))).address == "/inbox/done"
    assert "陈办事" in someone.get("/inbox").words(".who")
    assert noted(database) == [("signed_in", "统一登录", "clerk", "")]


@pytest.mark.parametrize(
    ("matches", "claim", "value", "stored"),
    [
        ("email", "email", "Chen@acme.example", {"email": "chen@acme.example"}),
        ("mobile", "phone_number", "+86 138-0000-2345", {"mobile": "138 0000 2345"}),
        ("employee_number", "number", 7, {"employee_number": "7"}),
    ],
)
def test_who_it_is_may_be_told_by_mail_mobile_or_number(
    app: flask.Flask, known: SetUp, database: databases.Database, matches: str, claim: str, value: Any, stored: dict[str, str]
) -> None:
    known(matches=matches, from_employee_number="number").claims = {claim: value}
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(stored))
        session.execute(update(models.Person).where(models.Person.username == "stranger").values(stored))
    someone = Browser(app)
    signed_in_by(someone)
    assert "陈办事" in someone.get("/inbox").words(".who")


def test_what_the_token_leaves_out_is_asked_of_userinfo(app: flask.Flask, known: SetUp) -> None:
    provider = known()
    provider.claims, provider.hides = {"preferred_username": "clerk"}, ("preferred_username",)
    assert signed_in_by(Browser(app)).address == "/inbox"
    assert "/userinfo_endpoint" in provider.seen


@pytest.mark.both_databases
@pytest.mark.parametrize("creates", [True, False])
def test_somebody_new_is_entered_with_his_groups_only_if_the_company_wants_it(
    app: flask.Flask, known: SetUp, database: databases.Database, creates: bool, cast: Cast
) -> None:
    told = {"preferred_username": "li_si", "name": "李四", "email": "lisi@acme.example", "unit": "客服部"}
    known(creates=creates, groups=["客服专员"], from_department="unit").claims = told
    someone = Browser(app)
    if not creates:
        assert "li_si" in refused(someone, sent(someone))
        assert [each[0] for each in noted(database)] == ["refused"]
        return
    assert signed_in_by(someone).address == "/inbox"
    with database.reading() as session:
        person = session.execute(select(models.Person).where(models.Person.username == "li_si")).scalar_one()
        assert (person.name, person.email, person.department) == ("李四", "lisi@acme.example", "service")
        assert (person.is_administrator, person.password_hash) == (False, None)
        mine = select(models.Membership.group_name).where(models.Membership.username == "li_si")
        assert session.execute(mine).scalars().all() == ["客服专员"]
    assert [each[:3] for each in noted(database)] == [("created", "统一登录", "li_si"), ("signed_in", "统一登录", "li_si")]
    log = Browser(app).sign_in("owner").get("/organisation/log").text
    assert "统一登录" in log and "李四" in log
    signed_in_by(Browser(app))
    assert len(noted(database)) == 4  # the owner's, and this one: entered once


def test_who_is_new_comes_into_a_group_that_was_renamed_since(
    app: flask.Flask, known: SetUp, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    known(creates=True, groups=["客服专员"]).claims = {"preferred_username": "li_si", "name": "李四"}
    with database.transaction(COMPANY) as session:
        groups.rename(session, cast.owner, "客服专员", "客服坐席", now=clock())
    assert signed_in_by(Browser(app)).address == "/inbox"
    with database.reading() as session:
        mine = select(models.Membership.group_name).where(models.Membership.username == "li_si")
        assert "客服坐席" in session.execute(mine).scalars().all()


@pytest.mark.parametrize("username", ["../etc", "system", "CLERK2 ", "", "a" * 100, "李四"])
def test_a_name_that_nobody_may_have_enters_nobody(
    app: flask.Flask, known: SetUp, database: databases.Database, username: str
) -> None:
    known(creates=True).claims = {"preferred_username": username, "name": "李四"}
    someone = Browser(app)
    answer = someone.client.get(sent(someone))
    with database.reading() as session:
        assert len(session.execute(select(models.Person.key)).all()) == 7
    assert answer.status_code == (302 if username == "CLERK2 " else 422)


WRONG: dict[str, dict[str, Any]] = {
    "签发者": {"iss": "https://evil.example"},
    "另一应用": {"aud": "another"},
    "另一次登录": {"nonce": "another"},
    "过期": {"exp": 1_700_000_000},
    "azp": {"azp": "another"},
    "sub": {"sub": None},
    "iat": {"iat": 4_000_000_000},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=list(WRONG))
def test_a_token_that_says_the_wrong_thing_lets_nobody_in_and_is_noted(
    app: flask.Flask, known: SetUp, database: databases.Database, claims: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    provider = known()
    provider.claims = {"preferred_username": "clerk", **claims}
    someone = Browser(app)
    told = refused(someone, sent(someone))
    assert "统一登录" in told and ("未登录" in told or "过期" in told)
    assert someone.get("/inbox").address == "/sign-in"
    [line] = noted(database)
    assert line[0] == "refused" and line[3]


def test_a_token_signed_by_somebody_else_lets_nobody_in(app: flask.Flask, known: SetUp, database: databases.Database) -> None:
    provider = known()
    provider.claims, provider.key = {"preferred_username": "clerk"}, OTHER_KEY
    someone = Browser(app)
    assert "签名" in refused(someone, sent(someone))
    assert [each[0] for each in noted(database)] == ["refused"]


def test_a_provider_that_answers_in_another_s_name_is_not_asked_further(
    app: flask.Flask, known: SetUp, database: databases.Database
) -> None:
    provider = known()
    provider.issuer = "https://evil.example"
    answer = Browser(app).client.get(WAY)
    assert answer.status_code == 503 and "另一个名称" in answer.text
    assert provider.seen == ["/.well-known/openid-configuration"]


@pytest.mark.both_databases
def test_a_state_is_taken_once_in_the_browser_that_began(
    app: flask.Flask, known: SetUp, database: databases.Database, clock: Clock
) -> None:
    known().claims = {"preferred_username": "clerk"}
    someone = Browser(app)
    address = sent(someone)
    kept = someone.client.get_cookie("banjie").value
    assert "这次登录" in refused(Browser(app), address)  # another browser, as of somebody who was sent the link
    assert someone.get(address).address == "/inbox"
    again = Browser(app)
    again.client.set_cookie("banjie", kept)
    assert "用过" in refused(again, address)
    late = Browser(app)
    address = sent(late)
    clock.moment += timedelta(minutes=11)
    assert "太久" in refused(late, address)
    assert [each[0] for each in noted(database)] == ["refused", "signed_in", "refused", "refused"]


@pytest.mark.parametrize("at", ["page", "token"])
def test_a_refusal_of_the_provider_is_passed_on_in_words(
    app: flask.Flask, known: SetUp, database: databases.Database, at: str
) -> None:
    provider = known()
    if at == "page":
        provider.error = {"error": "access_denied", "error_description": "Not on <b>Sundays</b>"}
    else:
        provider.token_error = "invalid_grant"
    someone = Browser(app)
    address = sent(someone)
    page = someone.client.get(address)
    assert ("Not on &lt;b&gt;Sundays" if at == "page" else "invalid_grant") in page.text and page.status_code == 422
    assert [each[0] for each in noted(database)] == ["refused"]


def test_a_provider_that_is_down_is_told_and_the_password_still_works(
    app: flask.Flask, known: SetUp, database: databases.Database, clock: Clock, cast: Cast
) -> None:
    known()
    gone = {"issuer": "http://127.0.0.1:9", "client_id": "banjie"}
    outside.set_up(database, cast, "oidc", gone, clock(), secret=SECRET)
    someone = Browser(app)
    answer = someone.client.get(WAY)
    assert answer.status_code == 503 and answer.headers["Retry-After"] and "没有应答" in answer.text
    assert [each[:2] for each in noted(database)] == [("refused", "统一登录")]
    assert someone.sign_in("clerk").page.address == "/inbox"


def test_a_disabled_person_stays_out_whatever_the_provider_says(
    app: flask.Flask, known: SetUp, database: databases.Database
) -> None:
    known(creates=True).claims = {"preferred_username": "clerk", "name": "陈办事"}
    inside = Browser(app)
    signed_in_by(inside)
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(is_disabled=True))
    assert inside.get("/inbox").address == "/sign-in"
    someone = Browser(app)
    assert "停用" in refused(someone, sent(someone))


def test_an_account_that_is_renamed_there_stays_the_same_person_here(
    app: flask.Flask, known: SetUp, database: databases.Database
) -> None:
    provider = known(creates=True)
    provider.claims = {"preferred_username": "clerk", "sub": "a-17"}
    signed_in_by(Browser(app))
    for name in ("chen_new", "owner", None):  # another name, one that somebody else has here, and none
        provider.claims = {"preferred_username": name, "name": "陈办事", "sub": "a-17"}
        someone = Browser(app)
        signed_in_by(someone)
        assert "陈办事" in someone.get("/inbox").words(".who")
    with database.reading() as session:
        assert len(session.execute(select(models.Person.key)).all()) == 7
    assert {each[:3] for each in noted(database)} == {("signed_in", "统一登录", "clerk")}


@pytest.mark.both_databases
def test_a_name_that_is_given_to_another_account_takes_nobody_over_until_an_administrator_says_so(
    app: flask.Flask, known: SetUp, database: databases.Database
) -> None:
    provider = known(creates=True)
    provider.claims = {"preferred_username": "clerk", "sub": "a-17"}
    signed_in_by(Browser(app))
    provider.claims = {"preferred_username": "clerk", "name": "另一人", "sub": "b-18"}
    someone = Browser(app)
    assert "另一个账号" in refused(someone, sent(someone))
    assert someone.get("/inbox").address == "/sign-in"
    assert [each[0] for each in noted(database)] == ["signed_in", "refused"]
    address = "/organisation/sign-in/people/clerk/loosen"
    Browser(app).sign_in("clerk").post(address, 403)
    administrator = Browser(app).sign_in("owner")
    assert "解除登录平台账号绑定" in administrator.get("/organisation/people/clerk").text
    administrator.post(address)
    administrator.post(address, 404)
    assert "解除登录平台账号绑定" not in administrator.get("/organisation/people/clerk").text
    signed_in_by(someone)
    assert "陈办事" in someone.get("/inbox").words(".who")
    provider.claims = {"preferred_username": "clerk", "sub": "a-17"}
    late = Browser(app)
    assert "另一个账号" in refused(late, sent(late))
    assert "解除了与登录平台账号的绑定" in administrator.get("/organisation/sign-in/log").words("table")


@pytest.mark.parametrize("sub", ["", "a" * 256, "a\nb", 7])
def test_an_id_that_none_can_have_lets_nobody_in(
    app: flask.Flask, known: SetUp, database: databases.Database, sub: Any
) -> None:
    known().claims = {"preferred_username": "clerk", "sub": sub}
    someone = Browser(app)
    assert "统一登录" in refused(someone, sent(someone))
    assert someone.get("/inbox").address == "/sign-in"


def test_the_button_for_trying_says_what_was_looked_at_and_what_it_found(app: flask.Flask, known: SetUp) -> None:
    known(scopes="openid profile").answers_more = {"scopes_supported": ["openid", "email"]}
    page = Browser(app).sign_in("owner").post("/organisation/sign-in/ways/way/try")
    told = page.words("section[@aria-labelledby='tried']")
    assert "自称与此处所填一致" in told and "1 个公钥" in told and "PKCE" in told
    assert "有问题 对方不支持授权范围 profile" in " ".join(told.split())
    assert "未测试 客户端 ID、密钥" in " ".join(told.split())


@pytest.mark.parametrize("verified", [False, "false"])
def test_an_address_that_is_not_verified_finds_nobody(
    app: flask.Flask, known: SetUp, database: databases.Database, verified: object
) -> None:
    known(matches="email").claims = {"email": "a@acme.example", "email_verified": verified}
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "owner").values(email="a@acme.example"))
    someone = Browser(app)
    assert "未验证" in refused(someone, sent(someone))


def test_signing_out_offers_to_sign_out_there_too(app: flask.Flask, known: SetUp) -> None:
    provider = known()
    provider.claims = {"preferred_username": "clerk"}
    someone = Browser(app)
    signed_in_by(someone)
    page = someone.post("/sign-out")
    [link] = [each for each in page.tree.xpath("//a/@href") if each.endswith("/out")]
    there = someone.client.get(link)
    assert (
        there.location.startswith(f"{provider.address}/end_session_endpoint?") and "post_logout_redirect_uri" in there.location
    )
    assert not [each for each in someone.get("/sign-in").tree.xpath("//a/@href") if each.endswith("/out")]


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_by_a_provider_never_leads_to_another_site(app: flask.Flask, known: SetUp, target: str) -> None:
    known().claims = {"preferred_username": "clerk"}
    someone = Browser(app)
    there = someone.client.get(WAY, query_string={"next": target})
    assert someone.client.get(outside.came_back(there.location)).location == "/inbox"


def test_no_code_or_token_stands_in_the_log_or_the_database(
    app: flask.Flask, known: SetUp, database: databases.Database, caplog: pytest.LogCaptureFixture
) -> None:
    provider = known()
    provider.claims = {"preferred_username": "nobody"}
    someone = Browser(app)
    someone.client.get(sent(someone))
    with database.reading() as session:
        rows = [str(vars(row)) for row in session.execute(select(models.SignInEvent)).scalars()]
        stored = session.execute(select(models.SignInProvider)).scalar_one()
        assert SECRET not in str(vars(stored)) and stored.sealed
    assert provider.tokens
    for token in provider.tokens:
        assert token not in "".join(rows) and token not in caplog.text


def test_another_company_s_way_in_leads_into_that_company_alone(
    app: flask.Flask, known: SetUp, database: databases.Database
) -> None:
    known().claims = {"preferred_username": "stranger"}  # of the other company
    someone = Browser(app)
    assert "stranger" in refused(someone, sent(someone))
    assert someone.client.get("/sign-in/with/elsewhere/way").status_code == 404
    assert urlsplit(sent(someone)).path == f"/sign-in/with/{COMPANY}/way/back"


def test_who_begins_without_end_is_stopped_before_the_provider_is_asked(
    app: flask.Flask, known: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = known()
    monkeypatch.setattr(rate, "SIGNING_IN", rate.Limit("signing in", 2, timedelta(minutes=10)))
    told = [Browser(app).client.get(WAY).status_code for _attempt in range(4)]
    assert told == [302, 302, 429, 429] and len(provider.seen) == 2
