"""Web hooks: signed deliveries start a case once; anything else starts nothing."""

from __future__ import annotations

import json
from typing import Any

import flask
import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from engine.intake import hooks
from engine.storage import database as databases
from engine.storage import keys, models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web import complaints

SECRET = "a secret of the other system"
HOOK = {
    "process": "complaint",
    "message": "complaint_filed",
    "channel": "微信",
    "variables": {"content": "=payload.text", "complainant": "=payload.user.name", "contact": "=payload.user.phone"},
}
BODY = {"text": "电梯坏了", "user": {"name": "王小明", "phone": "13812341234"}}


@pytest.fixture
def sender(app: flask.Flask, database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Any:
    kit.deploy(database, cast.owner, *complaints.resources())
    with database.transaction() as session:
        settings = {"intake": {"hooks": {"wechat": HOOK}}}
        values = {"settings": settings, "organisation_version": keys.new()}
        session.execute(update(models.Company).where(models.Company.id == COMPANY).values(**values))
    monkeypatch.setenv("BANJIE_HOOK_SECRET_ACME_WECHAT", SECRET)

    def send(
        body: Any = BODY, *, id: str = "d-1", secret: str = SECRET, age: int = 0, name: str = "wechat", **headers: str
    ) -> TestResponse:
        raw, moment = (body if isinstance(body, bytes) else json.dumps(body).encode()), str(int(kit.NOW.timestamp()) - age)
        given = {"webhook-id": id, "webhook-timestamp": moment, "webhook-signature": hooks.sign(secret, id, moment, raw)}
        return app.test_client().post(f"/hooks/acme/{name}", data=raw, headers={**given, **headers})

    return send


def test_a_signed_delivery_starts_a_case_once(sender: Any, database: databases.Database) -> None:
    first, second = sender(), sender()
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json["number"] == second.json["number"] and second.json["repeated"]
    (case,) = kit.rows(database, models.ProcessInstance)
    assert case.number == first.json["number"] and case.title == "投诉:王**"
    assert sender(id="d-2").json["number"] != first.json["number"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "guess"},
        {"age": 600},
        {"age": -600},
        {"webhook-id": "other"},
        {"webhook-signature": ""},
        {"webhook-timestamp": "now"},
        {"id": "x" * 300},
    ],
)
def test_a_wrong_signature_moment_or_id_starts_nothing(
    wrong: dict[str, Any], sender: Any, database: databases.Database
) -> None:
    answer = sender(**wrong)
    assert answer.status_code == 403 and answer.mimetype == "application/problem+json"
    assert not kit.rows(database, models.ProcessInstance)


def test_an_unknown_hook_is_not_there(sender: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sender(name="other").status_code == 404
    monkeypatch.delenv("BANJIE_HOOK_SECRET_ACME_WECHAT")
    assert sender().status_code == 404


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 50_000])
def test_a_body_that_cannot_be_read_is_refused(body: bytes, sender: Any, database: databases.Database) -> None:
    assert sender(body).status_code == 400
    assert not kit.rows(database, models.ProcessInstance) and not kit.rows(database, models.Filing)
