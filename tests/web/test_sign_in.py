"""Signing in and out, and what a session is worth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import flask
import pytest
from sqlalchemy import delete, event, update

from engine import environment
from engine.storage import database as databases
from engine.storage import installation, models
from tests.cast import Cast
from tests.web.conftest import PASSWORD_HASH, Clock
from tests.web.pages import PASSWORD, Browser, Page
from web import create_app

SignedIn = Callable[..., Browser]
ALERT = "@role='alert'"


def test_a_person_signs_in_with_company_name_and_password_and_lands_in_the_inbox(app: flask.Flask) -> None:
    page = Browser(app).sign_in("clerk").page
    assert page.address == "/inbox"
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
    later = someone.post("/sign-in", status=429, company="acme", username="clerk", password="banjie-demo")
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


def saved_cookie(someone: Browser) -> Browser:
    """A browser with a copy of the cookie, as somebody has who saved it."""
    copy = Browser(someone.app)
    copy.client.set_cookie("banjie", someone.client.get_cookie("banjie").value)
    return copy


def test_signing_out_ends_a_saved_cookie_too_and_no_other_device(signed_in: SignedIn) -> None:
    here, elsewhere = signed_in("clerk"), signed_in("clerk")
    saved = saved_cookie(here)
    assert saved.get("/inbox").address == "/inbox"
    here.post("/sign-out")
    assert saved.get("/inbox").address == "/sign-in"
    assert saved.client.post("/v2/user-tasks/search", json={}).status_code == 401
    assert elsewhere.get("/inbox").address == "/inbox"


def test_signing_out_everywhere_ends_all_devices_of_the_person_and_nobody_else_s(signed_in: SignedIn) -> None:
    here, elsewhere, colleague = signed_in("clerk"), signed_in("clerk"), signed_in("clerk2")
    saved = saved_cookie(elsewhere)
    page = here.get("/password")
    assert "退出所有设备" in page.words("button")
    assert here.post("/sign-out/everywhere").address == "/sign-in"
    for each in (here, elsewhere, saved):
        assert each.get("/inbox").address == "/sign-in"
    assert colleague.get("/inbox").address == "/inbox"
    assert Browser(here.app).sign_in("clerk").page.address == "/inbox"


def test_a_cookie_of_somebody_else_s_session_is_nobody_s(app: flask.Flask, signed_in: SignedIn) -> None:
    with signed_in("clerk2").client.session_transaction() as cookie:
        key = cookie["_user_id"].rpartition("/")[2]
    someone = Browser(app)
    with someone.client.session_transaction() as cookie:
        cookie["_user_id"] = f"acme/clerk/0/{key}"
    assert someone.get("/inbox").address == "/sign-in"


def test_recognising_the_person_of_a_page_costs_one_statement_with_the_session_s_check(
    signed_in: SignedIn, database: databases.Database
) -> None:
    someone = signed_in("clerk")
    someone.get("/inbox")  # what is kept of the company is read once
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    someone.client.get("/inbox/count")
    event.remove(database.engine, "before_cursor_execute", note)
    assert len([each for each in seen if "FROM person" in each]) == 1
    assert [each for each in seen if "sign_in" in each] == [each for each in seen if "FROM person" in each]


@pytest.mark.parametrize("secure", [True, False])
def test_every_cookie_is_kept_from_scripts_and_other_sites_and_with_https_from_plain_connections(
    database: databases.Database, cast: Cast, clock: Clock, tmp_path: Path, secure: bool
) -> None:
    settings = environment.Settings("localhost", 0, "", tmp_path, "a secret of tests", 1, secure_cookies=secure)
    with database.transaction() as session:
        session.execute(update(models.Person).values(password_hash=PASSWORD_HASH))
    app = create_app(settings, database, clock)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    fields = {"company": "acme", "username": "clerk", "password": PASSWORD}
    cookies = client.post("/sign-in", data=fields, base_url="https://localhost").headers.getlist("Set-Cookie")
    assert sorted(each.partition("=")[0] for each in cookies) == ["banjie", "company"]
    for each in cookies:
        assert "HttpOnly" in each and "SameSite=Lax" in each and ("Secure" in each) == secure


@pytest.mark.parametrize(
    ("how", "host", "shown"),
    [
        ("listed", "localhost", {"样例公司", "别家公司"}),
        ("typed", "acme.example.com", set()),
        ("host", "acme.example.com", {"样例公司"}),
        ("host", "ACME.example.com:8443", {"样例公司"}),
        ("host", "nobody.example.com", set()),
    ],
)
def test_a_stranger_reads_no_more_company_names_than_the_setting_shows(
    app: flask.Flask, how: str, host: str, shown: set[str]
) -> None:
    app.config["SIGN_IN"] = how
    page = Page(app.test_client().get("/sign-in", base_url=f"http://{host}"))
    assert {name for name in ("样例公司", "别家公司") if name in page.text} == shown
    assert bool(page.tree.xpath("//input[@id='company']")) == (not shown)


@pytest.mark.parametrize("typed", ["acme", " ACME ", "样例公司"])
def test_a_company_may_be_typed_by_its_id_or_its_name(app: flask.Flask, typed: str) -> None:
    app.config["SIGN_IN"] = "typed"
    assert Browser(app).sign_in("clerk", typed).page.address == "/inbox"


def test_who_has_to_wait_is_told_how_long_by_page_and_api(app: flask.Flask) -> None:
    someone = Browser(app)
    for _attempt in range(5):
        someone.post("/sign-in", status=422, company="acme", username="clerk", password="wrong")
    fields = {"csrf_token": someone.token(), "company": "acme", "username": "clerk", "password": "banjie-demo"}
    page = someone.client.post("/sign-in", data=fields)
    api = app.test_client().get("/v2/topology", auth=("acme/clerk", "banjie-demo"))
    assert [(each.status_code, each.headers["Retry-After"]) for each in (page, api)] == [(429, "16"), (429, "16")]
    assert api.mimetype == "application/problem+json"


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
    "identity",
    [
        "elsewhere/clerk/0",
        "acme/clerk/1",
        "acme/clerk",
        "clerk",
        "",
        "/clerk/0/0",
        "acme/clerk/0",
        "acme/clerk/0/0",
        "acme/clerk/0/²",
        "acme/clerk/0/1/1",
        "acme/clerk/0/" + "9" * 40,
    ],
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


@pytest.mark.parametrize("is_demo", [True, False])
def test_only_the_demo_lists_its_companies_by_itself_and_says_on_every_page_that_it_is_one(
    database: databases.Database, cast: Cast, clock: Clock, tmp_path: Path, is_demo: bool
) -> None:
    with database.transaction() as session:
        installation.keep(session, installation.DEMO, installation.YES if is_demo else installation.NO)
        session.execute(update(models.Person).values(password_hash=PASSWORD_HASH))
    settings = environment.Settings("localhost", 0, "", tmp_path, "a secret of tests", 1, sign_in="")
    someone = Browser(create_app(settings, database, clock))
    page = someone.get("/sign-in")
    assert ("样例公司" in page.text) == ("演示系统" in page.text) == is_demo
    assert ("演示" in someone.sign_in("clerk").get("/inbox").words(".demo")) == is_demo


@pytest.mark.parametrize("is_forgotten", [True, False], ids=["cookie gone", "session ended elsewhere"])
def test_a_form_sent_after_the_session_ended_leads_back_to_its_page_by_way_of_signing_in(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, is_forgotten: bool
) -> None:
    someone = signed_in("clerk")
    token = someone.token()
    if is_forgotten:
        someone.client = app.test_client()
    else:
        with database.transaction() as session:
            session.execute(delete(models.SignIn))
    for sent_from, back in (("/deputies", "/deputies"), ("/tasks/5/complete", "/tasks/5"), ("https://elsewhere.cn/x", "/")):
        referrer = sent_from if "//" in sent_from else f"http://localhost{sent_from}"
        answer = someone.client.post("/tasks/5/complete", data={"csrf_token": token}, headers={"Referer": referrer})
        assert (answer.status_code, answer.location) == (302, f"/sign-in?next={back}&kept=1")
    saved = someone.client.post("/tasks/5/draft", data={"csrf_token": token}, headers={"X-Autosave": "1"})
    assert saved.status_code == 401
    assert someone.client.post("/p/acme/none", data={}).status_code == 400  # customers have no sign-in to go to


def test_wrong_passwords_are_in_the_log_with_whom_they_were_for_and_by_which_way_others_came(
    app: flask.Flask, signed_in: Callable[..., Browser], purchase: None
) -> None:
    """A name that nobody has may be a password in the wrong field: it is not kept."""
    for username in ("clerk", "my secret word"):
        Browser(app).post("/sign-in", 422, company="acme", username=username, password="wrong wrong wrong")
    Browser(app).post("/sign-in", 422, company="nowhere", username="clerk", password="wrong wrong wrong")
    page = signed_in("owner").get("/organisation/sign-in/log")
    words = page.words("tbody")
    assert words.count("密码不正确") == 2 and "陈办事" in words and "无此人员" in words and "my secret word" not in page.text
    assert "欧流程" in words and words.count("密码 ") >= 3 and "—" not in words
