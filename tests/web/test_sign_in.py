"""Signing in and out, and what a session is worth."""

from __future__ import annotations

from collections.abc import Callable

import flask
import pytest
from sqlalchemy import update

from engine.storage import database as databases
from engine.storage import models
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
ALERT = "@role='alert'"


def test_a_person_signs_in_with_company_name_and_password_and_lands_in_the_inbox(signed_in: SignedIn) -> None:
    page = signed_in("clerk").page
    assert page is not None and page.address == "/inbox"
    assert "陈办事" in page.words(".who")


def test_a_wrong_sign_in_tells_nothing_about_which_part_was_wrong(app: flask.Flask) -> None:
    wrong = [
        {"company": "acme", "username": "clerk", "password": "wrong"},
        {"company": "acme", "username": "nobody", "password": "banjie-demo"},
        {"company": "elsewhere", "username": "clerk", "password": "banjie-demo"},
        {"company": "no-such", "username": "clerk", "password": "banjie-demo"},
        {},
    ]
    told = {Browser(app).post("/sign-in", status=422, **fields).words(ALERT) for fields in wrong}
    assert len(told) == 1 and told != {""}


def test_after_five_wrong_passwords_the_right_one_must_wait_too(app: flask.Flask) -> None:
    someone = Browser(app)
    for _attempt in range(5):
        page = someone.post("/sign-in", status=422, company="acme", username="clerk", password="wrong")
    later = someone.post("/sign-in", status=422, company="acme", username="clerk", password="banjie-demo")
    assert "16" in later.words(ALERT) and page.words(ALERT) != later.words(ALERT)


def test_nobody_sees_a_page_without_signing_in_and_comes_back_to_it_afterwards(app: flask.Flask) -> None:
    someone = Browser(app)
    page = someone.get("/inbox/started?state=active")
    assert page.address == "/sign-in"
    target = page.form("/sign-in")["next"]
    assert (
        someone.post("/sign-in", company="acme", username="clerk", password="banjie-demo", next=target).address
        == "/inbox/started"
    )


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(app: flask.Flask, target: str) -> None:
    someone = Browser(app)
    data = {"csrf_token": someone.token(), "company": "acme", "username": "clerk", "password": "banjie-demo", "next": target}
    assert someone.client.post("/sign-in", data=data).location == "/inbox"


def test_signing_out_ends_the_session(signed_in: SignedIn) -> None:
    someone = signed_in("clerk")
    someone.post("/sign-out")
    assert someone.get("/inbox").address == "/sign-in"


def test_raising_the_session_epoch_ends_all_sessions_of_a_person(signed_in: SignedIn, database: databases.Database) -> None:
    someone = signed_in("clerk")
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(session_epoch=7))
    assert someone.get("/inbox").address == "/sign-in"


def test_a_disabled_person_is_out_at_once(signed_in: SignedIn, database: databases.Database) -> None:
    someone = signed_in("clerk")
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(is_disabled=True))
    assert someone.get("/inbox").address == "/sign-in"


@pytest.mark.parametrize(
    "identity", ["elsewhere/clerk/0", "acme/clerk/1", "acme/clerk", "clerk", "", "/clerk/0", "acme/clerk/0/0"]
)
def test_a_cookie_that_names_nobody_is_nobody(app: flask.Flask, identity: str) -> None:
    someone = Browser(app)
    with someone.client.session_transaction() as cookie:
        cookie["_user_id"] = identity
    assert someone.get("/inbox").address == "/sign-in"


def test_the_language_chosen_before_signing_in_stays_and_is_saved_with_the_person(app: flask.Flask) -> None:
    someone = Browser(app)
    someone.post("/preferences", language="en", back="/sign-in")
    assert "Sign in" in someone.get("/sign-in").words("button")
    someone.sign_in("clerk")
    someone.post("/preferences", language="zh_Hans", back="/inbox")
    assert "待办" in someone.get("/inbox").words("h1")
    assert "待办" in Browser(app).sign_in("clerk").get("/inbox").words("h1")


def test_the_theme_is_saved_with_the_person(app: flask.Flask, signed_in: SignedIn) -> None:
    signed_in("clerk").post("/preferences", theme="dark", back="/inbox")
    page = signed_in("clerk").get("/inbox")
    assert page.tree.get("data-theme") == "dark"


@pytest.mark.parametrize("language", ["zh-CN", "zh", "zh-SG,zh;q=0.9", "zh-Hans-CN", "fr", "en-GB", "*", ""])
def test_every_browser_language_gets_a_page(app: flask.Flask, language: str) -> None:
    response = app.test_client().get("/sign-in", headers={"Accept-Language": language})
    assert response.status_code == 200
    assert ("Sign in" in response.text) == language.startswith("en")
