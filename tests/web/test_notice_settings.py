"""Pages of notices: channels whose secrets are never shown, rules and words of the company, what each person chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import flask
import pytest

from engine.announcing import sending
from engine.announcing.kinds import KINDS
from engine.storage import database as databases
from engine.storage.models import NoticeChannel, NoticeChoice, Outgoing
from engine.storage.vault import Vault
from tests import smtp_server
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser, faults_of
from tests.web.test_translations import chinese

SignedIn = Callable[..., Browser]
PLACE = "/organisation/notices"
ALERT = "@role='alert'"
ROBOT = {"name": "客服群", "is_on": "on", "kinds": ["new_work"], "url": "https://chat.example/?key=verysecret", "secret": ""}
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def administrator(signed_in: SignedIn, database: databases.Database) -> Browser:
    database.surroundings["vault"] = Vault("a secret of tests")
    return signed_in("owner")


@pytest.fixture
def post() -> Iterator[smtp_server.Mailroom]:
    with smtp_server.running() as room:
        yield room


def enter_mail(someone: Browser, port: int) -> None:
    fields = {"name": "邮件", "is_on": "on", "kinds": list(KINDS), "host": "127.0.0.1", "port": str(port), "security": "none"}
    someone.send(f"{PLACE}/channels/new/mail", {**fields, "sender": "banjie@acme.example"})


def test_mail_is_entered_tried_and_brings_work_to_people(
    administrator: Browser, database: databases.Database, post: smtp_server.Mailroom, purchases: Purchases, clock: Clock
) -> None:
    administrator.post("/organisation/people/owner", name="欧流程", email="owner@acme.example", clearance="内部")
    administrator.post("/organisation/people/clerk2", name="程办事", email="clerk2@acme.example", clearance="内部")
    enter_mail(administrator, post.port)
    (row,) = kit.rows(database, NoticeChannel)
    post.answers["owner@acme.example"] = "451 4.3.0 greylisted"
    page = administrator.post(f"{PLACE}/channels/{row.key}/test")
    assert "greylisted" in page.words(".flash") and page.address == PLACE
    post.answers.clear()
    page = administrator.post(f"{PLACE}/channels/{row.key}/test")
    assert "试发的通知已由“邮件”接收" in page.words()
    assert [letter["To"] for letter in post.letters] == ["欧流程 <owner@acme.example>"]
    task = purchases.task(purchases.start())
    purchases.hand_on(task, "clerk2")
    while sending.once(database, now=clock()):
        pass
    (letter,) = [each for each in post.letters if "clerk2" in each["To"]]
    assert "核对库存" in letter["Subject"]


def test_a_channels_secrets_are_never_shown_and_stay_when_left_empty(
    administrator: Browser, database: databases.Database, app: flask.Flask
) -> None:
    administrator.send(f"{PLACE}/channels/new/wecom", ROBOT)
    (row,) = kit.rows(database, NoticeChannel)
    for address in (PLACE, f"{PLACE}/channels/{row.key}"):
        page = administrator.get(address)
        assert "verysecret" not in page.text
        assert list(faults_of(page, app)) == []
    administrator.send(f"{PLACE}/channels/{row.key}", {**ROBOT, "url": "", "name": "另一个名称"})
    assert "chat.example" in administrator.get(PLACE).words() and "另一个名称" in administrator.get(PLACE).words()
    assert b"verysecret" not in row.sealed
    administrator.post(f"{PLACE}/channels/{row.key}/remove")
    assert kit.rows(database, NoticeChannel) == []


def test_what_cannot_be_used_is_said_at_its_field(administrator: Browser, database: databases.Database) -> None:
    page = administrator.send(f"{PLACE}/channels/new/hook", {**ROBOT, "url": "http://chat.example/", "secret": "short"}, 422)
    assert page.words(ALERT).count("https://") == 1 and "至少 16 个字符" in page.words(ALERT)
    page = administrator.send(f"{PLACE}/channels/new/mail", {"name": "", "port": "x"}, 422)
    assert page.words(ALERT)
    page = administrator.send(PLACE, {"address": "javascript:x", "digest_at": "25:00", "titles_up_to": "内部"}, 422)
    assert "08:30" in page.words(ALERT)
    assert kit.rows(database, NoticeChannel) == []


def test_rules_and_words_are_the_companys(administrator: Browser, app: flask.Flask) -> None:
    rules = {"address": "https://banjie.example", "digest_at": "09:15", "titles_up_to": "公开", "obligatory": ["new_work"]}
    administrator.send(PLACE, {**rules, "how-copied": "never"})
    page = administrator.get(PLACE)
    assert page.form(PLACE)["digest_at"] == "09:15" and list(faults_of(page, app)) == []
    address = f"{PLACE}/words/new_work"
    preview = administrator.send(address, {"language": "zh_Hans", "do": "preview", "subject": "请办 {title}", "body": "{link}"})
    assert "请办 采购申请" in preview.words(".letter") and "https://banjie.example/tasks/1" in preview.words(".letter")
    assert "默认文字" in administrator.get(address).words()  # looking is not saving
    administrator.send(address, {"language": "zh_Hans", "do": "save", "subject": "请办 {title}", "body": "{link}"})
    page = administrator.get(address)
    assert "单位自己的文字" in page.words() and list(faults_of(page, app)) == []
    administrator.send(address, {"language": "zh_Hans", "do": "reset"})
    assert "默认文字" in administrator.get(address).words()
    assert administrator.send(address, {"language": "en", "do": "save", "subject": "{titel}", "body": "x"}, 422).words(ALERT)


def test_each_person_chooses_for_himself(
    administrator: Browser, signed_in: SignedIn, database: databases.Database, app: flask.Flask
) -> None:
    administrator.send(PLACE, {"digest_at": "08:30", "titles_up_to": "内部", "obligatory": ["new_work"]})
    someone = signed_in("clerk")
    page = someone.get("/notices/settings")
    assert list(faults_of(page, app)) == []
    assert "暂不外发" in page.words(".page-head"), "where no letters leave, none is promised"
    someone.post("/notices/settings", copied="never", returned="daily", quiet_from="22:00", quiet_until="07:00")
    (row,) = kit.rows(database, NoticeChoice)
    assert (row.username, row.how, row.quiet_from) == ("clerk", {"copied": "never", "returned": "daily"}, "22:00")
    assert someone.post("/notices/settings", 422, new_work="never", quiet_from="22:00").words(ALERT)
    assert kit.rows(database, NoticeChoice)[0].how == {"copied": "never", "returned": "daily"}
    someone.get(PLACE, 403)
    someone.send(f"{PLACE}/channels/new/wecom", ROBOT, 403)


def test_a_code_goes_by_mail_where_the_administrator_chooses_so(
    administrator: Browser, database: databases.Database, post: smtp_server.Mailroom, clock: Clock
) -> None:
    assert "邮件发送" not in administrator.get("/password/codes").words()
    administrator.post("/organisation/people/clerk2", name="程办事", email="clerk2@acme.example", clearance="内部")
    enter_mail(administrator, post.port)
    assert "邮件发送" in administrator.get("/password/codes").words()
    page = administrator.post("/password/codes", mailed="clerk2")
    assert "正在发出" in page.words() and page.words("code") == ""
    while sending.once(database, now=clock()):
        pass
    (letter,) = post.letters
    assert "/password/code?code=" in letter.get_content() and "样例公司" in letter["Subject"]
    assert [each.facts for each in kit.rows(database, Outgoing)] == [{}]


def test_every_kind_is_called_something_in_chinese(database: databases.Database) -> None:
    known = chinese()
    assert [kind.name for kind in KINDS.values() if not (known.get(kind.label) and known.get(kind.meaning))] == []
