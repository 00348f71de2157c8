"""Bodies of calls that would break whoever reads them further on are a 400, at every call that takes one."""

from __future__ import annotations

import errno
from collections.abc import Callable

import flask
import pytest

from engine.files import files
from tests.web.pages import PASSWORD, Browser

pytestmark = pytest.mark.both_databases  # what a database cannot keep

SIGNED_IN = ("acme/owner", PASSWORD)
DEEP = {f"{depth} deep": "[" * depth + "]" * depth for depth in (500, 90_000)}
NUMBERS = {number: number for number in ("1e400", "1e999999999", "-1e999999999", "1e99999999999999999999", "NaN", "Infinity")}
HOSTILE = DEEP | NUMBERS


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_call_fails_at_a_body_that_nobody_can_keep(app: flask.Flask, purchase: None, value: str) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        methods = {"POST", "PATCH", "PUT"} & set(rule.methods or ())
        if not rule.rule.startswith("/v2/") or not methods:
            continue
        with app.test_request_context():
            address = flask.url_for(rule.endpoint, **dict.fromkeys(rule.arguments, "1"))
        body = f'{{"variables": {{"x": {value}}}, "filter": {{"state": {value}}}, "type": {value}, "name": {value}}}'
        for sent in (body, value):
            answer = client.open(address, method=min(methods), data=sent, auth=SIGNED_IN, content_type="application/json")
            assert answer.status_code in (400, 404, 409, 415), (address, answer.status_code, answer.text[:300])
            assert answer.mimetype == "application/problem+json", address


@pytest.mark.parametrize("value", NUMBERS.values(), ids=NUMBERS.keys())
def test_a_number_beyond_all_reading_starts_nothing(app: flask.Flask, purchase: None, value: str) -> None:
    sent = f'{{"processDefinitionId": "purchase", "variables": {{"title": "纸", "amount": {value}}}}}'
    answer = app.test_client().post("/v2/process-instances", data=sent, auth=SIGNED_IN, content_type="application/json")
    assert answer.status_code == 400 and "JSON" in answer.json["detail"], answer.text


def test_an_upload_on_a_full_disk_is_told_and_can_be_tried_again(
    signed_in: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_copy", full)
    someone = signed_in("clerk")
    data = {"csrf_token": someone.token(), "field": "f"}
    with open(__file__, "rb") as file:
        answer = someone.client.post("/attachments", data={**data, "file": (file, "a.txt")})
    assert answer.status_code == 503 and answer.headers["Retry-After"] and "空间" in answer.text


def test_a_disk_that_is_full_before_the_upload_is_looked_at_is_told_too(
    app: flask.Flask, signed_in: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    someone = signed_in("clerk")
    monkeypatch.setitem(app.view_functions, "attachments.upload", full)
    assert someone.client.post("/attachments", headers={"X-CSRFToken": someone.token()}).status_code == 503
