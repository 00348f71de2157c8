"""Signing in by a real directory server (slapd): who gets in, what must not, and its people as a table to take in."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import flask
import pytest
from sqlalchemy import select, update

from engine import errors
from engine.people import actors, organisation
from engine.signing_in import providers
from engine.signing_in.ways import directory
from engine.storage import database as databases
from engine.storage import models
from tests import directory as directories
from tests.cast import COMPANY, Cast
from tests.directory import BASE, PASSWORD, READER, READER_PASSWORD, Directory
from tests.web import outside
from tests.web.outside import noted
from tests.web.pages import Browser

SECONDS = 30.0


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    if directories.find() is None:
        pytest.skip(directories.ADVICE)
    with directories.running(tmp_path_factory.mktemp("directory")) as running:
        yield running


def settings(slapd: Directory, **changed: Any) -> dict[str, Any]:
    return {
        "server": f"ldaps://127.0.0.1:{slapd.guarded_port}",
        "certificates": slapd.certificate,
        "bind_dn": READER,
        "base": f"ou=people,{BASE}",
        **changed,
    }


@pytest.fixture
def known(app: flask.Flask, database: databases.Database, cast: Cast, now: datetime, slapd: Directory) -> Any:
    """The company knows the directory, by these settings; whoever has no password here signs in there."""
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username != "owner").values(password_hash=None))

    def know(**changed: Any) -> providers.Provider:
        told = settings(slapd, **changed)
        outside.set_up(database, cast, "ldap", told, now, secret=changed.pop("secret", READER_PASSWORD), name="公司目录")
        with database.reading() as session:
            return providers.provider_of(session, COMPANY, "way")

    return know


def tried(app: flask.Flask, username: str, password: str, status: int = 422) -> str:
    someone = Browser(app)
    return someone.post("/sign-in", status, company=COMPANY, username=username, password=password).words("@role='alert'")


def test_the_directory_s_password_opens_and_the_own_one_still_does(
    app: flask.Flask, known: Any, database: databases.Database
) -> None:
    known()
    assert Browser(app).sign_in("clerk", password=PASSWORD).page.address == "/inbox"
    assert Browser(app).sign_in("owner").page.address == "/inbox"
    assert noted(database) == [("signed_in", "公司目录", "clerk", ""), ("signed_in", "", "owner", "")]
    basic = app.test_client().get("/v2/topology", auth=("acme/clerk", PASSWORD))
    assert basic.status_code == 200


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("clerk", "wrong"),
        ("clerk", ""),
        ("nobody", PASSWORD),
        ("*", PASSWORD),
        ("cl*", PASSWORD),
        ("clerk)(uid=*", PASSWORD),
        ("clerk)(|(uid=*", PASSWORD),
        ("clerk\\2a", PASSWORD),
        ("clerk\0", PASSWORD),
        ("", PASSWORD),
        ("reader", READER_PASSWORD),
    ],
)
def test_what_is_no_name_with_its_password_lets_nobody_in(
    app: flask.Flask, known: Any, database: databases.Database, username: str, password: str
) -> None:
    """Among them filters in the name, and the empty password, which slapd itself would answer with yes."""
    provider = known(creates=True)
    assert directory.who(provider, username, password, seconds=SECONDS) is None
    if "\0" not in username:
        assert "不正确" in tried(app, username, password)
    assert {each[0] for each in noted(database)} <= {"refused"}
    with database.reading() as session:
        assert session.execute(select(models.SignIn)).first() is None


def test_the_empty_password_is_one_that_the_server_would_take(slapd: Directory, database: databases.Database) -> None:
    """Shows that the refusal is ours: a bind with a name and no password succeeds, as nobody (RFC 4513, 5.1.2)."""
    name = f"uid=clerk,ou=people,{BASE}".encode()
    bind = b"\x02\x01\x03\x04" + bytes([len(name)]) + name + b"\x80\x00"
    message = b"\x02\x01\x01\x60" + bytes([len(bind)]) + bind
    with socket.create_connection(("127.0.0.1", slapd.port)) as line:
        line.sendall(b"\x30" + bytes([len(message)]) + message)
        assert b"\x0a\x01\x00" in line.recv(100)  # resultCode: success


def test_wrong_passwords_of_the_directory_slow_down_as_others_do(app: flask.Flask, known: Any) -> None:
    known()
    for _attempt in range(5):
        tried(app, "clerk", "wrong")
    assert "16" in tried(app, "clerk", PASSWORD, 429)


def test_somebody_new_is_entered_with_what_the_directory_says(
    app: flask.Flask, known: Any, database: databases.Database
) -> None:
    known(creates=True, groups=["客服专员"], from_department="departmentNumber")
    assert Browser(app).sign_in("zhou", password=PASSWORD).page.address == "/inbox"
    with database.reading() as session:
        row = session.execute(select(models.Person).where(models.Person.username == "zhou")).scalar_one()
        assert (row.name, row.email, row.mobile, row.department) == ("周新", "zhou@acme.example", "13800002345", "service")
        actor = actors.load(session, COMPANY, "zhou")
    assert actor is not None and actor.groups == {"客服专员"} and not actor.is_administrator


def test_who_is_disabled_here_or_shut_out_by_the_filter_stays_out(
    app: flask.Flask, known: Any, database: databases.Database
) -> None:
    known(filter="(&(uid={username})(mail=*)(!(mail=zhou*)))", creates=True)
    assert "不正确" in tried(app, "zhou", PASSWORD)
    with database.transaction() as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(is_disabled=True))
    assert "停用" in tried(app, "clerk", PASSWORD)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"server": "ldaps://127.0.0.1:9"}, "没有应答"),
        ({"certificates": ""}, "证书不可信"),
        ({"server": "name"}, "证书不可信"),
        ({"bind_dn": f"cn=nobody,{BASE}"}, "不允许"),
        ({"base": "ou=elsewhere,dc=acme,dc=example"}, "没有 ou=elsewhere"),
        ({"filter": "(uid={username}))("}, ""),
    ],
)
def test_a_directory_that_cannot_be_asked_is_told_in_words_and_costs_no_attempt(
    app: flask.Flask, known: Any, database: databases.Database, slapd: Directory, changed: dict[str, str], told: str
) -> None:
    if changed.get("server") == "name":  # the certificate is for the number alone
        changed = {"server": f"ldaps://localhost:{slapd.guarded_port}"}
    if not told:
        with pytest.raises(errors.Invalid):
            known(**changed)
        return
    known(**changed)
    for _attempt in range(7):
        assert told in tried(app, "clerk", PASSWORD, 503)
    assert Browser(app).sign_in("owner").page.address == "/inbox"
    assert {each[0] for each in noted(database)} == {"refused", "signed_in"}


def test_starttls_is_used_where_it_is_asked_for_and_plain_text_is_refused(
    app: flask.Flask, known: Any, slapd: Directory
) -> None:
    known(server=f"ldap://127.0.0.1:{slapd.port}", starts_tls=True)
    assert Browser(app).sign_in("clerk", password=PASSWORD).page.address == "/inbox"
    known(server=f"ldap://127.0.0.1:{slapd.port}", starts_tls=True, certificates="")
    assert "证书不可信" in tried(app, "clerk", PASSWORD, 503)
    with pytest.raises(errors.Invalid) as refused:
        known(server="ldap://ldap.acme.example")
    assert set(refused.value.fields) == {"server"}


@pytest.mark.parametrize("from_groups", ["memberOf", ""])
def test_the_directory_s_people_are_looked_at_like_a_file_and_then_taken_in(
    app: flask.Flask, known: Any, database: databases.Database, from_groups: str
) -> None:
    lines = [f"cn=service,ou=groups,{BASE} => 客服专员"]
    known(from_groups=from_groups, group_names=lines, from_department="departmentNumber")
    someone = Browser(app).sign_in("owner")
    page = someone.post("/organisation/sign-in/ways/way/people")
    assert "周新" in page.text and "公司目录" in page.words("h1") and "客服专员" in page.words("dl")
    missing = someone.get(f"{page.address}?show=missing").text
    assert "毛经理" in missing and "周新" not in missing
    changed = someone.get(f"{page.address}?show=changed").text
    assert "1001" in changed
    with database.reading() as session:
        assert session.execute(select(models.Person).where(models.Person.username == "zhou")).first() is None
    someone.post(page.address)
    with database.reading() as session:
        zhou, clerk = (actors.load(session, COMPANY, name) for name in ("zhou", "clerk"))
        owner = actors.load(session, COMPANY, "owner")
    assert zhou is not None and zhou.groups == {"客服专员"}
    assert clerk is not None and clerk.groups == set()  # the directory says so
    assert owner is not None and owner.groups == {"流程管理员"}  # who is not in the directory stays as he is


def test_what_the_directory_does_not_tell_of_somebody_stays(app: flask.Flask, known: Any, database: databases.Database) -> None:
    known(from_mobile="homePhone", from_email="pager", from_department="roomNumber")  # nobody there has any of them
    own = {"mobile": "13900001111", "email": "own@acme.example", "department": "service"}
    with database.transaction(COMPANY) as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk").values(own))
        organisation.changed(session, COMPANY)
    someone = Browser(app).sign_in("owner")
    page = someone.post("/organisation/sign-in/ways/way/people")
    someone.post(page.address)
    with database.reading() as session:
        clerk = session.execute(select(models.Person).where(models.Person.username == "clerk")).scalar_one()
    assert {name: getattr(clerk, name) for name in own} == own


def test_only_who_runs_the_organisation_compares_people(app: flask.Flask, known: Any) -> None:
    known()
    someone = Browser(app).sign_in("clerk", password=PASSWORD)
    someone.post("/organisation/sign-in/ways/way/people", 403)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {},
            ["正常 ldaps://", "正常 在 Base DN", "正常 对方提供人员的 uid", "正常 登录人员的过滤条件能", "未测试 人员密码"],
        ),
        ({"list_filter": "(uid=nobody)"}, ["正常 ldaps://", "有问题 在 Base DN", "未测试 人员密码"]),
        ({"from_username": "sAMAccountName"}, ["有问题 对方没有提供人员的 sAMAccountName", "有问题 登录人员"]),
        ({"filter": "(mail={username})"}, ["正常 对方提供人员的 uid", "有问题 登录人员的过滤条件不能"]),
        ({"matches": "mobile"}, ["对方提供人员的 mobile"]),
    ],
)
def test_the_button_for_trying_tells_what_of_the_directory_is_in_order(
    app: flask.Flask, known: Any, changed: dict[str, str], told: list[str]
) -> None:
    known(**changed)
    page = Browser(app).sign_in("owner").post("/organisation/sign-in/ways/way/try")
    found = " ".join(page.words("section[@aria-labelledby='tried']").split())
    assert [each for each in told if each not in found] == [], found


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"bind_dn": f"cn=nobody,{BASE}"}, "核对 Bind DN 和密码"),
        ({"certificates": ""}, "粘贴到“信任的证书（PEM）”"),
        ({"base": f"ou=nowhere,{BASE}"}, "核对 Base DN"),
    ],
)
def test_trying_a_directory_tells_the_administrator_what_to_mend(
    app: flask.Flask, known: Any, changed: dict[str, str], told: str
) -> None:
    known(**changed)
    page = Browser(app).sign_in("owner").post("/organisation/sign-in/ways/way/try", 422)
    assert told in page.words("@role='alert'") and "联系管理员" not in page.words("@role='alert'")
