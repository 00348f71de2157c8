"""What guards the pages: sign-in, company walls, tokens, headers, and errors that tell nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from engine import environment
from engine import errors as refusals
from engine.queries.inbox import inbox
from engine.storage import database as databases
from engine.storage import models
from tests.web.cases import Purchases
from tests.web.pages import Browser, faults_of
from tests.web.pages import Page as ShownPage
from web import create_app
from web.frame.http import errors

pytestmark = pytest.mark.both_databases  # the walls between companies, and what no database can hold

SignedIn = Callable[..., Browser]
ROUTES = Path(__file__).parent / "routes.txt"
PUBLIC = {
    "auth.sign_in",
    "auth.enter",
    "auth.sign_out",
    "bundle.file",
    "preferences.save",
    "inbox.count",
    "tasks.standing",
    "notices.count",
    "_openapi",
    "health.whole",
    "health.live",
    "health.ready",
    "set_up.show",  # there is nothing under these once there is a company
    "set_up.enter",
    "set_up.found",
    "password_codes.show",
    "password_codes.redeem",
    "outside.ways",
    "outside.begin",  # there is nothing under these but the ways to sign in of a company
    "outside.back",
    "outside.out",
}
PUBLIC_PREFIX = (
    "/p/",
    "/hooks/",
)  # what a company lets anybody file and follow, by secrets of its own; what other systems sign
SECRETS = re.compile("打印纸|CG-2026|陈办事|样例")


def rules(app: flask.Flask, method: str) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if method in (rule.methods or ()))


def address(app: flask.Flask, rule: Rule, purchases: Purchases, case: int) -> str:
    """The rule's address for things of `acme`."""
    key = purchases.task(case) if "task" in rule.rule else case
    values = {name: "purchase" if "process_id" in name and "process_id" in rule.rule else str(key) for name in rule.arguments}
    with app.test_request_context():
        return flask.url_for(rule.endpoint, **values)


def test_the_routes_are_those_that_were_agreed(app: flask.Flask) -> None:
    """After adding a route on purpose, write it down in tests/web/routes.txt."""
    found = sorted(
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    )
    assert found == ROUTES.read_text().splitlines()


def test_nobody_gets_anywhere_without_signing_in(app: flask.Flask, purchases: Purchases) -> None:
    case = purchases.start()
    client = app.test_client()
    token = Browser(app).token()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for rule in rules(app, method):
            if rule.endpoint in PUBLIC:
                continue
            answer = client.open(address(app, rule, purchases, case), method=method, headers={"X-CSRFToken": token})
            assert not SECRETS.search(answer.text)
            if rule.rule.startswith(PUBLIC_PREFIX):
                continue
            is_turned_away = answer.status_code in (400, 401) or "/sign-in" in answer.headers.get("Location", "")
            assert is_turned_away or rule.rule == "/", (method, rule.rule, answer.status_code)


def test_a_stranger_reaches_nothing_of_another_company_by_any_route(
    app: flask.Flask, signed_in: SignedIn, purchases: Purchases
) -> None:
    case = purchases.start()
    someone = signed_in("stranger", "elsewhere")
    token = someone.token()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for rule in rules(app, method):
            if rule.endpoint.startswith("auth."):
                continue
            answer = someone.client.open(address(app, rule, purchases, case), method=method, headers={"X-CSRFToken": token})
            assert answer.status_code < 500, (method, rule.rule, answer.status_code)
            assert not SECRETS.search(answer.data.decode(errors="ignore")), (method, rule.rule)
            if rule.arguments and not rule.rule.startswith(PUBLIC_PREFIX):
                assert answer.status_code >= 400, (method, rule.rule, answer.status_code)


def test_a_stranger_changes_nothing(signed_in: SignedIn, purchases: Purchases, database: databases.Database) -> None:
    case = purchases.start()
    key = purchases.task(case)
    someone = signed_in("stranger", "elsewhere")
    for path in (f"/tasks/{key}/claim", f"/tasks/{key}/complete", f"/cases/{case}/cancel"):
        someone.post(path, status=404, outcome="submit", in_stock="1", reason="x")
    with database.reading() as session:
        assert session.execute(select(models.ProcessInstance.state)).scalar_one() == "active"
        assert session.execute(select(models.UserTask.assignee)).scalar_one() is None


def test_every_post_of_a_page_needs_the_token_of_the_session(
    app: flask.Flask, signed_in: SignedIn, purchases: Purchases
) -> None:
    case = purchases.start()
    someone = signed_in("clerk")
    for rule in rules(app, "POST"):
        if rule.rule.startswith(("/v2", "/hooks/", "/oauth/", "/scim/")):  # machines send credentials, or a signature
            continue
        for headers in ({}, {"X-CSRFToken": "forged"}):
            answer = someone.client.post(address(app, rule, purchases, case), headers=headers)
            assert answer.status_code == 400, (rule.rule, answer.status_code)


def test_every_page_is_sent_with_a_strict_policy(signed_in: SignedIn) -> None:
    answer = signed_in("clerk").client.get("/inbox")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_cookie_is_for_the_server_alone(app: flask.Flask) -> None:
    token = Browser(app).token()
    cookie = app.test_client().get("/sign-in").headers["Set-Cookie"]
    assert token and "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_every_refusal_has_a_status() -> None:
    def below(cls: type[refusals.Refusal]) -> Iterator[type[refusals.Refusal]]:
        for child in cls.__subclasses__():
            yield child
            yield from below(child)

    for cls in below(refusals.Refusal):
        assert any(each in errors.STATUS for each in cls.__mro__), cls


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("POST", "/inbox/done", 405), ("GET", "/cases/99999999999999999999999", 404)],
)
def test_wrong_addresses_get_a_page_of_the_house(
    app: flask.Flask, signed_in: SignedIn, method: str, path: str, status: int
) -> None:
    answer = signed_in("clerk").client.open(path, method=method)
    assert answer.status_code == status
    page = ShownPage(answer)
    assert list(faults_of(page, app)) == [] and page.words("h1")


@pytest.mark.parametrize("query", ["q=%00", "draft=99999999999999999999", "process=%00&initiator=%00"])
def test_what_no_database_can_hold_is_wrong_input(signed_in: SignedIn, purchase: None, query: str) -> None:
    for path in ("/inbox", "/inbox/done", "/inbox/started", "/start/purchase"):
        assert signed_in("clerk").client.get(f"{path}?{query}").status_code < 500


def test_a_failure_tells_nothing_of_its_cause(app: flask.Flask, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    someone = signed_in("clerk")

    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("the secret plan")

    monkeypatch.setattr(inbox, "open_tasks", broken)
    app.testing = False
    answer = someone.client.get("/inbox")
    assert answer.status_code == 500 and "secret plan" not in answer.text and "系统出错" in answer.text


def test_a_lost_database_is_told_in_words(app: flask.Flask, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    someone = signed_in("clerk")

    def lost(*_arguments: object, **_named: object) -> None:
        raise refusals.Unavailable(
            "The data store cannot take this just now. Nothing of it was saved; please try again in a moment."
        )

    monkeypatch.setattr(inbox, "open_tasks", lost)
    answer = someone.client.get("/inbox")
    assert answer.status_code == 503 and "请稍后再试" in answer.text


def test_too_large_a_request_is_told_in_words(app: flask.Flask, signed_in: SignedIn) -> None:
    someone = signed_in("clerk")
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = someone.client.post("/sign-out", data={"csrf_token": "x" * 2000})
    assert answer.status_code == 413 and "MB" in answer.text and "文件" in answer.text


def test_an_error_within_a_page_is_a_fragment(signed_in: SignedIn, purchases: Purchases) -> None:
    answer = signed_in("clerk").client.get("/cases/1", headers={"HX-Request": "true"})
    assert answer.status_code == 404 and "<html" not in answer.text


def test_the_address_before_a_proxy_is_believed_only_when_told_so(database: databases.Database, tmp_path: Path) -> None:
    seen = {}
    for proxies in (0, 1):
        settings = environment.Settings("localhost", 0, "", tmp_path, "a secret of tests", 1, proxies=proxies)
        app = create_app(settings, database)
        app.add_url_rule("/whence", view_func=lambda: flask.request.remote_addr or "")
        seen[proxies] = app.test_client().get("/whence", headers={"X-Forwarded-For": "203.0.113.9"}).text
    assert seen == {0: "127.0.0.1", 1: "203.0.113.9"}


def test_behind_https_the_browser_is_told_to_stay_there(database: databases.Database, tmp_path: Path) -> None:
    settings = environment.Settings("localhost", 0, "", tmp_path, "a secret of tests", 1, secure_cookies=True)
    answer = create_app(settings, database).test_client().get("/sign-in")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
