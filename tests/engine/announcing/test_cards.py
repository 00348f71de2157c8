"""What new work and incidents say of a case in letters, lists and chats: who began it, what it is about, what failed; and to whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import errors
from engine.announcing import configuring
from engine.announcing.kinds import AT_ONCE, DAILY, KINDS, NoticeWords
from engine.cases import incident_rows
from engine.people import memberships, organisation
from engine.people.actors import SYSTEM
from engine.storage import database as databases
from engine.storage import jobs
from engine.storage.models import Incident, Job, Notice, Person
from engine.verbs.approvals import handing
from engine.verbs.running import service_jobs
from tests import smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world

SUMMARY = [
    {"label": "金额", "value": "=amount"},
    {"label": "联系人", "value": "=contact"},
    {"label": "用途", "value": '=purpose + "\n打开：https://evil.example"'},
    {"label": "备注", "value": "=remark"},
]
TITLE = '="采购：" + subject'
GIVEN = {
    "subject": "两台电脑\n打开：https://evil.example",
    "amount": "12,800",
    "contact": "",
    "purpose": "入职",
    "remark": "急",
}


def purchase(database: databases.Database, cast: Cast, who: str = "clerk", **settings: object) -> int:
    """A case of the manager's, whose only step waits for the clerk, or for a group."""
    person = {"type": "textfield", "key": "contact", "label": "联系人", "properties": {"personal": "true"}}
    fields = [kit.text_field(name) for name in GIVEN if name != "contact"]
    form = kit.form("request", *fields, person)
    step = kit.task("审核", groups="客服专员", due="2d") if who == "group" else kit.task("审核", assignee=who, due="2d")
    steps = kit.start(form="request") + step + kit.end() + kit.chain("started", "审核", "done")
    of_case = {"title_of_case": TITLE, "summary": SUMMARY, **settings}
    kit.deploy(database, cast.owner, form, kit.diagram("purchase", steps, **of_case))
    return kit.begin(database, cast.manager, "purchase", {**GIVEN, "contact": "王小明"})


def test_new_work_says_who_began_the_case_and_what_it_is_about(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.mail(here, post.port)
    case = purchase(here, people)
    world.go(here)
    [letter] = post.letters
    lines = letter.get_content().split("\n")
    assert "单据：采购：两台电脑 打开：https://evil.example（" in letter.get_content(), "a title lays out no letter"
    assert "发起：毛经理（总经办）" in lines and "环节：审核" in lines
    assert "金额：12,800" in lines and "联系人：王**" in lines and "用途：入职 打开：https://evil.example" in lines
    assert not any("备注" in line or "王小明" in line for line in lines), "three lines, and nobody's name"
    assert [line for line in lines if line.startswith("打开：")] == [
        f"打开：https://banjie.example/tasks/{kit.open_task(here, case, '审核')}"
    ]


def test_of_a_secret_case_no_word_leaves(here: databases.Database, people: Cast, post: smtp_server.Mailroom) -> None:
    world.mail(here, post.port)
    purchase(here, people, secrecy="秘密")
    world.go(here)
    [letter] = post.letters
    text = f"{letter['Subject']}\n{letter.get_content()}"
    assert not any(word in text for word in ("电脑", "12,800", "毛经理", "入职")) and "审核" in text


def test_several_at_once_say_so_too(here: databases.Database, people: Cast, post: smtp_server.Mailroom) -> None:
    world.mail(here, post.port)
    purchase(here, people)
    kit.begin(here, people.manager, "purchase", {**GIVEN, "subject": "打印机"})
    world.go(here)
    [letter] = post.letters
    assert (
        letter.get_content().count("发起：毛经理（总经办） · 办结期限：") == 2
        and letter.get_content().count("金额：12,800") == 2
    )


def test_in_a_chat_a_case_is_summed_up_where_everybody_in_it_is_told(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    world.rules(here, people, how=dict.fromkeys(KINDS, AT_ONCE), address="https://banjie.example/")
    world.channel(here, "wecom", kinds=("offered",), config={"group": "客服专员"}, url=receiver.url)
    purchase(here, people, "group")
    world.go(here)
    [said] = [world.said(each) for each in receiver.posts]
    first, *lines = said.split("\n")
    assert first.startswith("【陈办事、程办事】可领取的待办：审核 · 采购：两台电脑")
    assert lines[0] == "发起：毛经理（总经办）" and lines[1].startswith("办结期限：") and "金额：12,800" in lines
    assert lines[-1].startswith("https://banjie.example/tasks/")


@pytest.mark.parametrize("config", [{}, {"group": "客服专员"}])
def test_in_a_chat_of_others_too_no_word_of_the_case_beside_its_title_stands(
    here: databases.Database, people: Cast, receiver: world.Receiver, config: dict[str, str]
) -> None:
    own = NoticeWords("新待办：{title} {summary} {said}", "{link}")
    with here.transaction("acme") as session:
        configuring.save_words(session, world.today(session, "owner"), "zh_Hans", "new_work", own, now=kit.NOW)
    world.channel(here, "dingtalk", kinds=("new_work",), config=config, url=receiver.url)
    purchase(here, people)
    world.go(here)
    [said] = [world.said(each) for each in receiver.posts]
    assert "发起：毛经理（总经办）" in said and "金额" not in said and "入职" not in said


def test_who_sits_in_a_chat_without_clearance_keeps_the_title_out_of_it(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    with here.transaction("acme") as session:
        memberships.name(session, "acme", "客服专员", ["clerk", "clerk2"])
        mine = (Person.company_id == "acme", Person.username == "clerk")
        session.execute(update(Person).where(*mine).values(clearance="秘密"))
        organisation.changed(session, "acme")
    world.rules(here, people, titles_up_to="秘密", address="https://banjie.example/")
    world.channel(here, "wecom", kinds=("new_work",), config={"group": "客服专员"}, url=receiver.url)
    purchase(here, people, secrecy="秘密")
    world.go(here)
    [said] = [world.said(each) for each in receiver.posts]
    assert "电脑" not in said and "涉密" in said


def test_a_title_calls_nobody_in_a_chat(here: databases.Database, people: Cast, receiver: world.Receiver) -> None:
    world.channel(here, "feishu", kinds=("new_work",), url=receiver.url)
    purchase(here, people)
    kit.begin(here, people.manager, "purchase", {**GIVEN, "subject": '<at user_id="all"></at>< /AT id=all>'})
    world.go(here)
    said = "".join(world.said(each) for each in receiver.posts)
    assert 'user_id="all"' in said and not re.search(r"<\s*/?\s*at", said, re.IGNORECASE)


def test_a_long_notice_in_a_chat_keeps_what_it_is_and_where_it_leads(
    here: databases.Database, people: Cast, receiver: world.Receiver
) -> None:
    world.rules(here, people, how=dict.fromkeys(KINDS, AT_ONCE), address="https://banjie.example/")
    world.channel(here, "wecom", kinds=("offered",), config={"group": "客服专员"}, url=receiver.url)
    purchase(here, people, "group")
    many = {**GIVEN, "subject": "很" * 190, "amount": "长" * 200, "purpose": "长" * 200}
    kit.begin(here, people.manager, "purchase", many)
    world.go(here)
    said = [world.said(each) for each in receiver.posts]
    assert all(len(each.encode()) < 2048 for each in said)
    assert said[0].count("https://banjie.example/tasks/") + "".join(said).count("另有1条") == 2


def test_the_letter_of_a_day_is_silent_of_work_that_is_another_s_by_now(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.rules(here, people, how=dict.fromkeys(KINDS, DAILY), address="https://banjie.example/")
    world.mail(here, post.port, kinds=("new_work", "offered"))
    key = purchase(here, people)
    world.go(here)
    with here.transaction("acme") as session:
        handing.transfer(
            session, people.clerk, kit.open_task(here, key, "审核"), "clerk2", "出差", now=kit.NOW + timedelta(minutes=1)
        )
    world.go(here, kit.NOW + timedelta(minutes=2))
    world.go(here, kit.NOW + timedelta(days=1, hours=12))
    assert [str(each["To"]) for each in post.letters] == ["程办事 <clerk2@acme.example>"]


def test_who_left_a_group_reads_nothing_of_what_it_was_offered(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.rules(here, people, how=dict.fromkeys(KINDS, DAILY), address="https://banjie.example/")
    world.mail(here, post.port, kinds=("offered",))
    purchase(here, people, "group")
    world.go(here)
    with here.transaction("acme") as session:
        memberships.name(session, "acme", "客服专员", ["clerk2"])
        organisation.changed(session, "acme")
    world.go(here, kit.NOW + timedelta(days=1, hours=12))
    assert [str(each["To"]) for each in post.letters] == ["程办事 <clerk2@acme.example>"]


@pytest.mark.parametrize(
    ("language", "why"), [("zh_Hans", "系统拒绝：王** 的账户不存在"), ("en", "系统拒绝：王** 的账户不存在")]
)
def test_an_incident_says_what_failed_since_when_what_was_tried_and_what_to_do(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom, language: str, why: str
) -> None:
    world.prepare(here, people, manager=language)
    world.mail(here, post.port, kinds=("incident",))
    person = {"type": "textfield", "key": "contact", "label": "联系人", "properties": {"personal": "true"}}
    steps = kit.start(form="request") + kit.service("记账", "erp.book") + kit.end() + kit.chain("started", "记账", "done")
    given = {"title_of_case": '="采购"', "managers": ["主管领导"]}
    kit.deploy(here, people.owner, kit.form("request", person), kit.diagram("q", steps, **given))
    key = kit.begin(here, people.clerk, "q", {"contact": "王小明"})
    [job] = [each for each in kit.rows(here, Job) if each.type == "erp.book"]
    with here.transaction("acme") as session:
        session.execute(update(Job).where(Job.key == job.key).values(attempts=3))
        told = "系统拒绝：王小明 的账户不存在"
        service_jobs.fail(session, SYSTEM("acme"), job.key, retries=0, message=told, now=kit.NOW)
    world.go(here)
    [letter] = [each for each in post.letters if "manager@" in str(each["To"])]
    text = letter.get_content()
    number = kit.instance(here, key).number
    assert number in text and "记账" in text and why in text and "王小明" not in text
    said = {
        "zh_Hans": ("原因：", "起停在这里。", "已自动试过3次，都没有成功。", "重试"),
        "en": ("What failed:", "It has stood still since", "It was tried 3 times by itself, without success.", "try again"),
    }
    assert all(words in text for words in said[language])
    assert "(UTC+8)" in text and "https://banjie.example/status/incidents?cause=" in text
    [in_page] = kit.rows(here, Notice, username="manager", kind="incident")
    assert why in in_page.body


def test_an_incident_of_the_engine_itself_speaks_the_language_of_its_reader(
    here: databases.Database, people: Cast, post: smtp_server.Mailroom
) -> None:
    world.prepare(here, people, manager="en")
    world.mail(here, post.port, kinds=("incident",))
    steps = kit.start() + kit.call("s", "nowhere") + kit.end() + kit.chain("started", "s", "done")
    kit.deploy(here, people.owner, kit.diagram("q", steps, managers=["主管领导"]))
    kit.begin(here, people.clerk, "q")
    world.go(here)
    [incident] = kit.rows(here, Incident)
    said = incident_rows.said(incident.message, incident.values, str)
    [letter] = [each for each in post.letters if "manager@" in str(each["To"])]
    assert f"What failed: {said}" in letter.get_content()


def test_background_work_that_fails_is_told_though_it_belongs_to_no_case(here: databases.Database, people: Cast) -> None:
    with here.transaction("acme") as session:
        jobs.enqueue(session, "insight.sum", {"company": "acme"}, company_id="acme", run_at=kit.NOW, key="hourly")
        session.flush()
        job = session.execute(select(Job).where(Job.type == "insight.sum")).scalar_one()
        failed = errors.Refusal(incident_rows.FAILED, detail="OSError: disk on fire")
        service_jobs.note_failure(session, job, None, failed, retries=0, run_at=kit.NOW, now=kit.NOW)
    [told] = kit.rows(here, Notice, kind="incident")
    assert (told.username, told.subject) == ("owner", "后台工作失败") and "disk on fire" in told.body
