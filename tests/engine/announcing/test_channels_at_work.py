"""Robots and web hooks against a real receiver: their signatures, who is named, and what happens when they fail."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update

from engine import errors
from engine.announcing import channels, configuring, making, outbox
from engine.announcing.undelivered import fates
from engine.intake import hooks
from engine.people import organisation
from engine.storage import database as databases
from engine.storage.models import Notice, Person
from tests import smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world

SECRET = "SEC a secret of sixteen"


def work_for(database: databases.Database, cast: Cast, *, users: str = "head", count: int = 1) -> list[int]:
    """Cases that wait for somebody else than who began them."""
    steps = kit.start() + kit.task("审核", users=users) + kit.end()
    kit.deploy(database, cast.owner, kit.diagram("p", steps, kit.chain("started", "审核", "done")))
    return [kit.begin(database, cast.clerk, "p") for _ in range(count)]


def test_a_robot_of_dingtalk_is_signed_in_its_address_and_names_people_by_mobile(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    with here.transaction("acme") as session:
        for each in session.query(Person).filter_by(company_id="acme", username="head"):
            each.mobile = "+86 138-0000-1111"
        session.flush()
        organisation.changed(session, "acme")
    world.channel(here, "dingtalk", url=receiver.url, secret=SECRET)
    (key,) = work_for(here, people)
    world.go(here)
    (posted,) = receiver.posts
    asked = parse_qs(urlsplit(posted.path).query)
    moment = str(int(kit.NOW.timestamp() * 1000))
    right = base64.b64encode(hmac.new(SECRET.encode(), f"{moment}\n{SECRET}".encode(), hashlib.sha256).digest()).decode()
    assert (asked["key"], asked["timestamp"], asked["sign"]) == (["abc"], [moment], [right])
    assert posted.content["at"] == {"atMobiles": ["13800001111"], "isAtAll": False}
    text = posted.content["text"]["content"]
    assert text.startswith("【何负责】新待办：审核")
    assert f"https://banjie.example/tasks/{kit.open_task(here, key, '审核')}" in text


def test_robots_of_wecom_and_feishu_speak_their_own_shapes(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    world.channel(here, "wecom", url=receiver.url)
    world.channel(here, "feishu", url=receiver.url, secret=SECRET)
    work_for(here, people)
    world.go(here)
    wecom, feishu = receiver.posts
    assert wecom.content["msgtype"] == "text"
    assert wecom.content["text"]["mentioned_mobile_list"] == []
    moment = str(int(kit.NOW.timestamp()))
    right = base64.b64encode(hmac.new(f"{moment}\n{SECRET}".encode(), b"", hashlib.sha256).digest()).decode()
    assert (feishu.content["timestamp"], feishu.content["sign"], feishu.content["msg_type"]) == (moment, right, "text")


def test_a_robot_says_much_in_one_message_names_all_of_one_thing_and_then_pauses(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    world.channel(here, "wecom", url=receiver.url, config={"group": "客服专员"})
    work_for(here, people, users="head,clerk2", count=3)
    world.go(here)
    (posted,) = receiver.posts
    lines = [line for line in posted.content["text"]["content"].split("\n") if line.startswith("【")]
    assert len(lines) == 3
    assert all("程办事" in line and "何负责" not in line for line in lines)  # only of those who sit in the group's chat
    work_for(here, people, users="clerk2")
    world.go(here)
    assert len(receiver.posts) == 1
    world.go(here, kit.NOW + timedelta(seconds=5))
    assert len(receiver.posts) == 2


def test_a_web_hook_is_signed_and_a_repeated_notice_has_the_same_id(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    receiver.answers = [(500, {}), (200, {})]
    world.channel(here, "hook", url=receiver.url, secret=SECRET, kinds=("new_work",))
    (key,) = work_for(here, people)
    world.go(here)
    world.go(here, kit.NOW + timedelta(minutes=2))
    first, second = receiver.posts
    for posted in (first, second):
        id, moment = posted.headers["webhook-id"], posted.headers["webhook-timestamp"]
        assert posted.headers["webhook-signature"] == hooks.sign(SECRET, id, moment, posted.body)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    told = first.content
    assert (told["kind"], told["username"], told["case"]) == ("new_work", "head", str(key))
    assert told["link"] == f"https://banjie.example/tasks/{told['task']}"


def test_a_channel_that_fails_is_one_incident_until_it_works_and_loses_nothing(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    receiver.answers = [(200, {"errcode": 93000, "errmsg": "invalid webhook url"})]
    world.channel(here, "wecom", url=receiver.url)
    now = kit.NOW
    for _ in range(4):
        work_for(here, people)
        world.go(here, now)
        now += timedelta(minutes=10)
    (incident,) = world.incidents(here)
    assert incident.values["code"] == "93000" and "does not know the robot" in incident.message
    assert receiver.url not in str(incident.values)
    [told] = kit.rows(here, Notice, kind="incident")
    assert (told.username == "owner" and "不认识这个机器人" in told.body) or "93000" in told.body
    receiver.answers = [(200, {"errcode": 0})]
    world.go(here, now + timedelta(hours=1))
    assert world.incidents(here) == []
    assert len(receiver.posts[-1].content["text"]["content"].split("\n")) == 5  # four tasks, and the incident itself
    assert len(world.incidents(here, "resolved")) == 1


def test_a_robot_speaks_the_companys_language_whoever_it_names(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    world.channel(here, "wecom", url=receiver.url)
    with here.transaction() as session:
        session.execute(update(Person).values(language="en"))
    work_for(here, people)
    world.go(here, kit.NOW)
    assert "待办" in receiver.posts[-1].content["text"]["content"]
    with here.transaction() as session:
        configuring.save_rules(session, people.owner, {"language": "en"}, now=kit.NOW)
        session.execute(update(Person).values(language="zh_Hans"))
    work_for(here, people)
    world.go(here, kit.NOW + timedelta(minutes=10))
    assert "待办" not in receiver.posts[-1].content["text"]["content"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((500, {}), "HTTP 500"),
        ((200, {"errcode": 310000}), "another signature, keyword or IP range"),
        ((200, {"errcode": 7}), "refused the message (code 7)"),
        ((200, {}), "no chat robot answers"),
    ],
)
def test_why_a_robot_takes_nothing_is_told_in_words(
    here: databases.Database, people: Cast, receiver: world.Receiver, answer: Any, told: str
) -> None:
    receiver.answers = [answer]
    world.channel(here, "dingtalk", url=receiver.url, secret="s" * 16)
    work_for(here, people)
    world.go(here, kit.NOW)
    (incident,) = world.incidents(here)
    assert told in incident.message % incident.values and "Error" not in incident.message


def test_a_chat_that_hangs_up_without_an_answer_is_not_told_twice(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    world.channel(here, "feishu", url=receiver.url, kinds=("new_work",))
    receiver.is_mute = True
    work_for(here, people)
    world.go(here, kit.NOW)
    assert [each.state for each in world.outgoing(here, kind="new_work")] == ["unknown"]
    assert len(world.incidents(here)) == len(world.incidents(here, kind="notice_fate")) == 1
    receiver.answers, receiver.is_mute = [(504, {})], False
    work_for(here, people)
    world.go(here, kit.NOW + timedelta(minutes=1))
    (incident,) = world.incidents(here, kind="notice_fate")
    assert incident.values["count"] == 2, "one incident tells of all of them"
    receiver.answers = [(200, {"code": 0})]
    world.go(here, kit.NOW + timedelta(hours=1))
    assert len(receiver.posts) == 2
    with here.transaction("acme") as session:
        for by, refusal in ((people.clerk, errors.NotFound), (people.stranger, errors.NotFound)):
            with pytest.raises(refusal):
                fates.again(session, by, incident.key, now=kit.NOW)


def test_a_web_hook_that_hangs_up_gets_the_same_id_again(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    world.channel(here, "hook", url=receiver.url, secret=SECRET, kinds=("new_work",))
    receiver.is_mute = True
    work_for(here, people)
    world.go(here, kit.NOW)
    receiver.is_mute = False
    world.go(here, kit.NOW + timedelta(minutes=1))
    assert len(receiver.posts) == 2 and len({each.headers["webhook-id"] for each in receiver.posts}) == 1
    assert [each.state for each in world.outgoing(here, kind="new_work")] == ["sent"]


def test_too_often_is_no_incident(here: databases.Database, people: Cast, receiver: world.Receiver) -> None:
    receiver.answers = [(200, {"errcode": 45009}), (200, {"errcode": 0})]
    world.channel(here, "wecom", url=receiver.url)
    work_for(here, people)
    world.go(here)
    assert world.incidents(here) == []
    world.go(here, kit.NOW + timedelta(minutes=11))
    assert [each.state for each in world.outgoing(here)] == ["sent"]


@pytest.mark.parametrize("answer", [(302, {}), (200, {}), (200, {"errcode": "0"})])
def test_what_is_no_answer_of_a_robot_is_a_failure(
    here: databases.Database, people: Cast, receiver: world.Receiver, answer: tuple[int, dict[str, str]]
) -> None:
    receiver.answers = [answer]
    world.channel(here, "feishu", url=receiver.url)
    work_for(here, people)
    world.go(here)
    assert [each.state for each in world.outgoing(here, kind="new_work")] == ["waiting"]
    assert len(receiver.posts) == 1  # no redirect was followed
    assert len(world.incidents(here)) == 1


def test_an_address_that_takes_no_letters_is_refused_and_the_others_are_told(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    post.answers["head@acme.example"] = "550 no such box"
    world.mail(here, post.port)
    work_for(here, people, users="head,manager")
    world.go(here)
    assert [letter["To"] for letter in post.letters] == ["毛经理 <manager@acme.example>"]
    assert {each.username: each.state for each in world.outgoing(here)} == {"head": "refused", "manager": "sent"}
    assert world.incidents(here) == []


def test_a_mail_server_that_wants_every_letter_later_does_not_work_and_one_address_alone_is_asked_again_soon(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    later = "451 4.3.0 try again later"
    post.answers |= {"head@acme.example": later, "manager@acme.example": later}
    world.mail(here, post.port, kinds=("new_work",))
    work_for(here, people, users="head,manager")
    world.go(here)
    (incident,) = world.incidents(here)
    assert "try again later" in str(incident.values)
    assert {each.state for each in world.outgoing(here)} == {"waiting"}
    del post.answers["manager@acme.example"]
    world.go(here, now=kit.NOW + timedelta(seconds=30))
    assert [letter["To"] for letter in post.letters] == ["毛经理 <manager@acme.example>"]
    assert world.incidents(here) == []
    post.answers.clear()
    world.go(here, now=kit.NOW + timedelta(minutes=3))
    assert len(post.letters) == 2


def test_a_mail_server_that_is_gone_holds_letters_back_until_it_is_there_again(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    key = world.mail(here, 1, kinds=("new_work",))
    work_for(here, people)
    world.go(here)
    assert len(world.incidents(here)) == 1
    world.mail(here, post.port, key=key, kinds=("new_work",))
    world.go(here)
    assert len(post.letters) == 1
    assert world.incidents(here) == []
    (failed,) = kit.rows(here, Notice, kind="incident", username="owner", subject="通知渠道“渠道 mail”发送失败")
    (well,) = kit.rows(here, Notice, kind="incident", username="owner", subject="通知渠道“渠道 mail”已恢复")
    assert failed.key < well.key


def test_that_a_channel_works_again_leaves_by_the_ways_by_which_the_failure_did(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.mail(here, post.port, kinds=("incident",))
    key = world.channel(here, "hook", url="http://127.0.0.1:1/", secret=SECRET)
    work_for(here, people)
    world.go(here)
    world.channel(here, "hook", key=key, kinds=("told",), url="http://127.0.0.1:1/", secret=SECRET)
    with world.receiver() as receiver:
        world.channel(here, "hook", key=key, kinds=("told",), url=receiver.url, secret=SECRET)
        world.go(here)
    first, second = [each for each in post.letters if "owner" in str(each["To"])]
    assert first["Subject"] == "异常：通知渠道“渠道 hook”发送失败"
    assert second["Subject"] == "通知渠道“渠道 hook”已恢复" and "需要人处理" not in second.get_content()


def test_a_channel_to_this_machine_is_not_used_once_the_installation_does_not_allow_it(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    world.channel(here, "hook", url=receiver.url, secret=SECRET)
    work_for(here, people)
    here.surroundings["local_hooks"] = False
    world.go(here)
    (incident,) = world.incidents(here)
    assert receiver.posts == [] and "BANJIE_LOCAL_HOOKS" in incident.message
    here.surroundings["local_hooks"] = True
    world.go(here, kit.NOW + timedelta(minutes=1))
    assert len(receiver.posts) > 0 and world.incidents(here) == []


def test_work_that_was_done_meanwhile_is_told_to_nobody(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.mail(here, post.port)
    (key,) = work_for(here, people)
    making.make_due(here, now=kit.NOW)
    kit.complete(here, people.head, key, "审核")
    world.go(here)
    assert [letter["Subject"].split("：")[0] for letter in post.letters] == ["结果"]
    assert [each.state for each in world.outgoing(here, kind="new_work")] == ["dropped"]


def test_whoever_has_left_is_told_nothing_more_and_what_is_over_is_forgotten(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.mail(here, post.port)
    work_for(here, people, users="head,manager")
    making.make_due(here, now=kit.NOW)
    with here.transaction("acme") as session:
        for each in session.query(Person).filter_by(company_id="acme", username="head"):
            each.is_disabled = True
        session.flush()
        organisation.changed(session, "acme")
    world.go(here)
    assert [letter["To"] for letter in post.letters] == ["毛经理 <manager@acme.example>"]
    with here.transaction() as session:
        outbox.forget(session, now=kit.NOW + timedelta(days=91))
    assert world.outgoing(here) == []


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/x", "ftp://x/", "https://", "https://a:b@c/", "http://127.0.0.1/", "x"),
        *("https://localhost/", "https://127.0.0.1:8000/", "https://127.1.2.3/", "https://[::1]/", "https://0.0.0.0/"),
        *("https://169.254.169.254/latest/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1]/", "https://a.localhost./"),
        "https://100.100.100.200/latest/",
    ],
)
def test_only_https_to_somewhere_else_is_taken(here: databases.Database, people: Cast, url: str) -> None:
    entered = configuring.Entered("hook", "接口", True, ("new_work",), {}, {"url": url, "secret": SECRET})
    here.surroundings["local_hooks"] = False
    with here.transaction("acme") as session, pytest.raises(errors.Invalid) as refused:
        configuring.save_channel(session, people.owner, None, entered, now=kit.NOW)
    assert set(refused.value.fields or {}) == {"url"}


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]", "[64:ff9b::a9fe:a9fe]", "0.0.0.0"]
)
def test_for_trying_out_this_machine_alone_is_opened(here: databases.Database, people: Cast, host: str) -> None:
    for url, is_taken in ((f"https://{host}/", False), ("https://localhost:8000/", True), ("http://127.0.0.1:8000/", True)):
        fault = channels.address_fault(url, allows_local=True)
        assert (fault is None) is is_taken, url


def test_only_administrators_of_the_organisation_configure(here: databases.Database, people: Cast) -> None:
    entered = configuring.Entered("wecom", "群", True, (), {}, {"url": "https://qyapi.example/"})
    for by in (people.clerk, people.manager):
        with here.transaction("acme") as session, pytest.raises(errors.Forbidden):
            configuring.save_channel(session, by, None, entered, now=kit.NOW)
        with here.transaction("acme") as session, pytest.raises(errors.Forbidden):
            configuring.save_rules(session, by, {"digest_at": "09:00"}, now=kit.NOW)
    key = world.channel(here, "wecom", url="https://qyapi.example/")
    with here.transaction("elsewhere") as session, pytest.raises(errors.Refusal):
        configuring.remove_channel(session, people.stranger, key, now=kit.NOW)


def test_a_name_that_leads_to_this_machine_is_told_nothing(
    here: databases.Database, people: Cast, receiver: world.Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo

    def resolved(host: str, *rest: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if host == "erp.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    world.channel(here, "hook", url=f"https://erp.example:{receiver.port}/", secret=SECRET)
    work_for(here, people)
    world.go(here)
    (incident,) = world.incidents(here)
    assert "leads to this machine itself" in incident.message and receiver.posts == []
