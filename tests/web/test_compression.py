"""Pages and JSON travel compressed where the reader takes that, and no secret can be guessed from their length."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import flask
import pytest

from engine.storage import database as databases
from tests.web.cases import Purchases
from tests.web.pages import Browser
from web.frame.http import csrf_tokens

SignedIn = Callable[..., Browser]
TAKEN = {"Accept-Encoding": "gzip, deflate, br"}
MOST = 30 * 1024
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    """What is sent is the same over both."""
    return sqlite_database


def test_every_answer_masks_the_token_anew_and_all_of_them_work(signed_in: SignedIn, purchases: Purchases) -> None:
    someone, key = signed_in("clerk"), purchases.task(purchases.start())
    shown = [someone.client.get(f"/tasks/{key}").text for _ in range(2)]
    tokens = [set(TOKEN.findall(page)) for page in shown]
    assert [len(each) for each in tokens] == [1, 1] and tokens[0] != tokens[1]
    for token in (*tokens[0], *tokens[1]):
        for sent in ({"headers": {"X-CSRFToken": token}}, {"data": {"csrf_token": token}}):
            assert someone.client.post(f"/tasks/{key}/claim", **sent).status_code != 400
        assert someone.client.post("/v2/user-tasks/search", json={}, headers={"X-CSRFToken": token}).status_code == 200


def test_a_token_of_another_session_and_what_is_no_token_are_refused(signed_in: SignedIn, app: flask.Flask) -> None:
    someone, other = signed_in("clerk"), Browser(app).token()
    for token in (other, "", "A", "AAAA", "é" * 8, "-" * 2000, someone.token()[:-4], csrf_tokens.masked("x" * 91)):
        for path in ("/preferences", "/v2/user-tasks/search"):
            headers = {"X-CSRFToken": token.encode().decode("latin-1")}
            assert someone.client.post(path, headers=headers).status_code == 400, (path, token)


def test_a_page_opened_before_tokens_were_masked_still_sends_its_form(signed_in: SignedIn) -> None:
    someone = signed_in("clerk")
    plain = csrf_tokens.unmasked(someone.token())
    assert "." in plain
    assert someone.client.post("/v2/user-tasks/search", json={}, headers={"X-CSRFToken": plain}).status_code == 200


def test_pages_and_json_are_sent_compressed(signed_in: SignedIn, purchases: Purchases) -> None:
    keys = [purchases.start() for _ in range(12)]
    someone = signed_in("clerk")
    for path in ("/inbox", f"/tasks/{purchases.task(keys[0])}", f"/cases/{keys[0]}", "/v2/openapi.json"):
        packed, plain = someone.client.get(path, headers=TAKEN), someone.client.get(path)
        assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers, path
        assert "Accept-Encoding" in packed.headers["Vary"] and "Accept-Encoding" in plain.headers["Vary"], path
        assert int(packed.headers["Content-Length"]) == len(packed.data) < min(MOST, len(plain.data)), path
        assert TOKEN.sub("", gzip.decompress(packed.data).decode())[:200] == TOKEN.sub("", plain.text)[:200], path
    answer = someone.client.post("/v2/user-tasks/search", json={}, headers={**TAKEN, "X-CSRFToken": someone.token()})
    assert answer.headers["Content-Encoding"] == "gzip" and b"userTaskKey" in gzip.decompress(answer.data)


@pytest.mark.parametrize("asked", ["", "identity", "br", "gzip;q=0", "gzip;q=0, *", "*;q=0"])
def test_who_does_not_take_it_gets_it_plain(app: flask.Flask, asked: str) -> None:
    for path in ("/sign-in", "/v2/openapi.json"):
        answer = app.test_client().get(path, headers={"Accept-Encoding": asked})
        assert "Content-Encoding" not in answer.headers and answer.text[:1] in "<{"


def test_the_same_page_has_no_length_of_its_own(app: flask.Flask) -> None:
    lengths = {len(app.test_client().get("/v2/openapi.json", headers=TAKEN).data) for _ in range(8)}
    assert len(lengths) > 1


def test_what_is_packed_already_or_streams_is_left_alone(app: flask.Flask) -> None:
    made = [
        flask.Response(b"x" * 5000, mimetype="application/pdf"),
        flask.Response((each for each in ["x" * 5000]), mimetype="text/plain"),
        flask.Response("x" * 5000, headers={"Content-Encoding": "br"}),
        flask.Response("short", mimetype="text/html"),
    ]
    for response in made:
        with app.test_request_context(headers=TAKEN):
            sent = app.process_response(response)
        assert sent.headers.get("Content-Encoding") != "gzip"
