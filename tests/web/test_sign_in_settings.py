"""The page on which administrators say how people sign in: who may, what is refused, what is never shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import flask
import pytest

from engine import errors
from engine.signing_in import attempts, declared, providers
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web import outside
from tests.web.pages import Browser, Page

SignedIn = Callable[..., Browser]
HERE = "/organisation/sign-in"
OIDC = {"issuer": "https://login.acme.example", "client_id": "banjie"}
FORM = {"name": "统一登录", "id": "way", "secret": "not to be seen", "scopes": "openid", "matches": "username"}
FORM |= {"from_username": "preferred_username", "from_name": "name", **OIDC}


def test_a_provider_is_entered_changed_put_out_of_use_and_taken_away(
    signed_in: SignedIn, app: flask.Flask, database: databases.Database
) -> None:
    someone, stranger = signed_in("owner"), Browser(app)
    someone.post(f"{HERE}/new/oidc", **FORM)
    assert "统一登录" in stranger.get("/sign-in").words(".ways")
    for address in (HERE, f"{HERE}/ways/way"):
        assert FORM["secret"] not in someone.get(address).text
    kept = kit.rows(database, models.SignInProvider)[0].sealed
    someone.post(f"{HERE}/ways/way", **{**FORM, "secret": "", "name": "新登录", "is_active": "1"})
    [row] = kit.rows(database, models.SignInProvider)
    assert (row.name, row.sealed) == ("新登录", kept)
    with database.reading() as session:
        assert providers.provider_of(session, COMPANY, "way").secret == FORM["secret"]
    someone.post(f"{HERE}/ways/way", **{**FORM, "secret": "another"})  # the box is not ticked
    assert "新登录" not in stranger.get("/sign-in").text
    assert stranger.client.get(outside.WAY).status_code == 404
    assert "未启用" in someone.get(HERE).text
    someone.post(f"{HERE}/ways/way/remove")
    assert kit.rows(database, models.SignInProvider) == []
    assert "删除了登录方式" in someone.get(f"{HERE}/log").words("table")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"issuer": "login.acme.example"}, "issuer"),
        ({"issuer": "http://login.acme.example"}, "issuer"),
        ({"issuer": "javascript://alert"}, "issuer"),
        ({"issuer": "https://user:pass@login.acme.example"}, "issuer"),
        ({"id": "../way"}, "id"),
        ({"name": ""}, "name"),
        ({"secret": ""}, "secret"),
        ({"scopes": "profile"}, "scopes"),
        ({"from_username": ""}, "from_username"),
        ({"groups": "没有的组"}, "groups"),
        ({"matches": "name"}, "matches"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_nothing_is_stored(
    signed_in: SignedIn, database: databases.Database, changed: dict[str, str], field: str
) -> None:
    page = signed_in("owner").post(f"{HERE}/new/oidc", 422, **{**FORM, **changed})
    assert page.tree.xpath(f"//*[@id='f-{field}-fault']"), page.words("form")
    assert FORM["secret"] not in page.text
    assert kit.rows(database, models.SignInProvider) == []


def test_two_of_one_id_are_refused(signed_in: SignedIn) -> None:
    someone = signed_in("owner")
    someone.post(f"{HERE}/new/oidc", **FORM)
    assert someone.post(f"{HERE}/new/oidc", 422, **FORM).tree.xpath("//*[@id='f-id-fault']")


@pytest.mark.parametrize("kind", declared.KINDS)
def test_an_unknown_setting_is_refused_with_the_nearest_known_one(
    database: databases.Database, cast: Cast, kind: str, now: datetime
) -> None:
    with pytest.raises(errors.Invalid) as refused, database.transaction(COMPANY) as session:
        providers.save(session, cast.owner, "way", kind, "名", {"form_username": "uid", "zzz": "1"}, secret="s", now=now)
    assert refused.value.fields["form_username"][0].values["similar"] == "from_username"
    assert "similar" not in refused.value.fields["zzz"][0].values


def test_only_an_administrator_changes_them_and_others_do_not_even_see_them(
    signed_in: SignedIn, database: databases.Database, cast: Cast, app: flask.Flask, now: datetime
) -> None:
    outside.set_up(database, cast, "oidc", OIDC, now, secret="s")
    with database.transaction() as session:
        of: dict[str, Any] = {"company_id": COMPANY, "granted_by": "owner", "granted_at": now}
        session.add(models.RoleGrant(username="head", role="organisation", scope="", **of))
    before = str([vars(row)["settings"] for row in kit.rows(database, models.SignInProvider)])
    for username, seen in (("head", 200), ("clerk", 403)):
        someone = signed_in(username)
        for address in (HERE, f"{HERE}/ways/way", f"{HERE}/log"):
            someone.get(address, seen)
        for address in (f"{HERE}/new/oidc", f"{HERE}/ways/way", f"{HERE}/ways/way/remove", f"{HERE}/second-factor"):
            someone.post(address, 403, whom=["everybody"], **FORM)
    with database.transaction() as session:
        session.add(models.RoleGrant(username="stranger", role="organisation", scope="", **{**of, "company_id": "elsewhere"}))
    signed_in("stranger", "elsewhere").get(f"{HERE}/ways/way", 404)
    assert before == str([vars(row)["settings"] for row in kit.rows(database, models.SignInProvider)])


@pytest.mark.parametrize("how", ["typed", "listed", "host"])
def test_a_stranger_sees_the_ways_of_the_company_he_names_and_of_no_other(
    app: flask.Flask, database: databases.Database, cast: Cast, how: str, now: datetime
) -> None:
    app.config["SIGN_IN"] = how
    outside.set_up(database, cast, "oidc", OIDC, now, secret="s")
    host, other = ("http://acme.example.com", "http://elsewhere.example.com") if how == "host" else ("http://localhost",) * 2
    client = app.test_client()
    page = client.get("/sign-in", base_url=host).text
    if how != "typed":
        assert outside.WAY in page
    else:
        assert outside.WAY not in page and "/sign-in/with?" in page
        assert outside.WAY in client.get("/sign-in/with?company=样例公司").text
    asked = [client.get(f"/sign-in/with?company={name}", base_url=other) for name in ("nobody", "elsewhere")]
    unknown, without = (Page(each).words() for each in asked)
    if how != "listed":
        assert not [each for each in asked if outside.WAY in each.text]
        assert unknown == without  # a company without one is as none


def test_what_is_tried_does_not_follow_redirects_and_ends_in_time(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, cast: Cast, now: datetime
) -> None:
    outside.set_up(database, cast, "oidc", {**OIDC, "issuer": "http://127.0.0.1:9"}, now, secret="s")
    with database.reading() as session:
        provider = providers.provider_of(session, COMPANY, "way")
    with pytest.raises(errors.Unavailable):
        attempts.attempt(provider, seconds=0.01)
    page = signed_in("owner").post(f"{HERE}/ways/way/try", 422)
    assert "没有应答" in page.words("@role='alert'")


@pytest.mark.parametrize(("how", "is_told"), [("listed", True), ("typed", False)])
def test_the_page_of_other_ways_says_when_there_is_none(app: flask.Flask, cast: Cast, how: str, is_told: bool) -> None:
    app.config["SIGN_IN"] = how  # where a company is to be typed, it is asked for first
    page = app.test_client().get("/sign-in/with").text
    assert ("没有设置其他登录方式，请使用密码登录" in page) == is_told
