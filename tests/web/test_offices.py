"""Signing in by WeCom, DingTalk and Feishu, against stand-ins that speak as their documentation says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import flask
import pytest
from sqlalchemy import select, update

from engine.storage import database as databases
from engine.storage import models
from tests import office_servers
from tests.cast import Cast
from tests.office_servers import APP, SECRET, Office
from tests.web import outside
from tests.web.conftest import Clock
from tests.web.outside import noted, refused, sent, signed_in_by
from tests.web.pages import Browser

KINDS = {"wecom": {"userid": "Clerk"}, "dingtalk": {"userid": "clerk", "nick": "陈"}, "feishu": {"user_id": "clerk"}}
EACH = pytest.mark.parametrize("kind", KINDS)
SetUp = Callable[..., Office]
SignedIn = Callable[..., Browser]


@pytest.fixture
def known(app: flask.Flask, database: databases.Database, cast: Cast, clock: Clock) -> Iterator[SetUp]:
    with office_servers.running() as office:

        def know(kind: str, secret: str = SECRET, **settings: Any) -> Office:
            more = {"agent_id": "1000002"} if kind == "wecom" else {"old_api": office.address} if kind == "dingtalk" else {}
            told = {"client_id": APP, "pages": office.address, "api": office.address, **more, **settings}
            outside.set_up(database, cast, kind, told, clock(), secret=secret)
            office.person = dict(KINDS[kind])
            return office

        yield know


@EACH
def test_somebody_signs_in_by_the_office_that_the_company_uses(
    app: flask.Flask, known: SetUp, kind: str, database: databases.Database
) -> None:
    known(kind)
    someone = Browser(app)
    assert signed_in_by(someone).address == "/inbox"
    assert "陈办事" in someone.get("/inbox").words(".who")
    assert noted(database) == [("signed_in", "统一登录", "clerk", "")]


@pytest.mark.parametrize(
    ("kind", "matches", "told", "stored"),
    [
        ("wecom", "mobile", {"mobile": "13800002345"}, {"mobile": "138-0000-2345"}),
        ("dingtalk", "email", {"email": "Chen@acme.example"}, {"email": "chen@acme.example"}),
        ("feishu", "employee_number", {"employee_no": "A7"}, {"employee_number": "A7"}),
        ("feishu", "mobile", {"mobile": "+8613800002345"}, {"mobile": "+86 13800002345"}),
    ],
)
def test_who_it_is_may_be_told_by_another_field(
    app: flask.Flask,
    known: SetUp,
    database: databases.Database,
    kind: str,
    matches: str,
    told: dict[str, str],
    stored: dict[str, str],
) -> None:
    known(kind, matches=matches).person |= {"userid": "x", "user_id": "x", **told}
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(stored))
    someone = Browser(app)
    signed_in_by(someone)
    assert "陈办事" in someone.get("/inbox").words(".who")


def test_the_rest_of_a_person_is_asked_of_wecom_only_where_it_is_needed(app: flask.Flask, known: SetUp) -> None:
    """Many applications may not read it."""
    office = known("wecom")
    signed_in_by(Browser(app))
    assert "/cgi-bin/user/get" not in office.seen
    office = known("wecom", creates=True)
    office.person = {"userid": "zhou", "name": "周新", "biz_mail": "zhou@acme.example"}
    signed_in_by(Browser(app))
    assert "/cgi-bin/user/get" in office.seen


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
def test_somebody_of_another_company_is_told_so(
    app: flask.Flask, known: SetUp, kind: str, database: databases.Database
) -> None:
    known(kind, creates=True).is_outsider = True
    someone = Browser(app)
    assert "不属于本单位" in refused(someone, sent(someone))
    with database.reading() as session:
        assert len(session.execute(select(models.Person.key)).all()) == 7
    assert [each[0] for each in noted(database)] == ["refused"]


@EACH
def test_an_error_a_wrong_secret_and_an_answer_that_is_none_are_told_and_noted(
    app: flask.Flask, known: SetUp, kind: str, database: databases.Database
) -> None:
    office, someone = known(kind, secret="wrong"), Browser(app)
    assert "拒绝了登录" in refused(someone, sent(someone))
    known(kind)
    office.error = ({"errcode": 0}, 200)
    assert "无法识别" in refused(someone, sent(someone))
    office.error = ({"message": "down"}, 502)
    answer = someone.client.get(sent(someone))
    assert answer.status_code == 503 and "没有应答" in answer.text
    assert [each[0] for each in noted(database)] == ["refused"] * 3
    assert not any(SECRET in str(each) or "token" in str(each) for each in noted(database))


@EACH
def test_an_administrator_tries_whether_the_office_knows_the_application(known: SetUp, signed_in: SignedIn, kind: str) -> None:
    here = "/organisation/sign-in"
    office = known(kind)
    page = signed_in("owner").get(here)
    tried = page.tree.xpath("//form[contains(@action, '/ways/way/try')]/@action")
    assert tried
    found = signed_in("owner").post(tried[0]).words(".tried")
    assert "应用的标识和密钥核对无误" in found and "未试" in found and "不符" not in found
    office.error = {"errcode": 40001, "errmsg": "x", "code": 40001}
    assert "不认这个应用的标识和密钥（错误码 40001）" in signed_in("owner").post(tried[0]).words(".tried")
    office.error = ({"msg": "down"}, 503)
    assert "没有应答" in signed_in("owner").post(tried[0], 422).words("@role='alert'")


@EACH
def test_a_wrong_secret_is_told_when_it_is_tried(known: SetUp, signed_in: SignedIn, kind: str) -> None:
    known(kind, secret="not the app's")
    assert "不认这个应用的标识和密钥" in signed_in("owner").post("/organisation/sign-in/ways/way/try").words(".tried")
