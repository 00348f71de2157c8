"""Incidents: what stopped is listed for those who can mend it, tried again, or settled with a note."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from engine.cases import notices
from engine.intake import setup
from engine.intake.by_mail import letters, mail
from engine.people import organisation
from engine.storage import database as databases
from engine.storage import models
from tests.benchmarks.company import Statements
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world
from tests.web import complaints
from tests.web.complaints import Customer
from tests.web.pages import Browser

SignIn = Callable[..., Browser]
BOX = setup.Mailbox("127.0.0.1", "tousu@acme.example", "complaint", "complaint_filed")
LETTER = (
    "From: 王小明 <wang@example.com>\r\nSubject: 门岗无人\r\nMessage-ID: <7@example.com>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n昨晚无人值守。"
).encode()
NO_SENDER = b"Subject: no sender\r\n\r\ntext"


@pytest.fixture
def company(database: databases.Database, cast: Cast, tmp_path: Path) -> databases.Database:
    """A company that takes complaints in by e-mail."""
    database.surroundings["data"] = tmp_path
    kit.deploy(database, cast.owner, *complaints.resources())
    with database.transaction("acme") as session:
        row = session.get_one(models.Company, "acme")
        box = {"host": BOX.host, "user": BOX.user, "process": BOX.process, "message": BOX.message}
        row.settings = {**row.settings, "intake": {"mail": box}}
        organisation.changed(session, "acme")
    return database


def set_aside(database: databases.Database, raw: bytes, why: Exception) -> int:
    """The incident of a message that could not be taken in."""
    with database.transaction("acme") as session:
        mail.set_aside(session, "acme", BOX, raw, why, now=kit.NOW)
    (incident,) = kit.rows(database, models.Incident)
    return int(incident.key)


def test_a_letter_that_could_not_be_taken_in_is_listed_with_its_reason_and_original(
    company: databases.Database, signed_in: SignIn
) -> None:
    set_aside(company, LETTER, letters.Unreadable(letters.NOBODY))
    owner = signed_in("owner")
    assert "1" in owner.get("/status").words(".tabs")
    page = owner.get("/status/incidents")
    assert "邮件没有发件人" in page.words("table") and "门岗无人" in page.words("table")
    assert "w***@example.com" in page.words("table") and "wang@example.com" not in page.text
    original = page.tree.xpath("//a[contains(@href, '/attachments/')]/@href")[0]
    assert owner.client.get(original).data == mail.MBOX + LETTER


def test_once_the_reason_is_mended_it_becomes_a_case_with_the_original(company: databases.Database, signed_in: SignIn) -> None:
    key = set_aside(company, LETTER, RuntimeError("the process was not deployed yet"))
    owner = signed_in("owner")
    page = owner.post(f"/status/incidents/{key}/take-again")
    (case,) = kit.rows(company, models.ProcessInstance)
    assert case.number in page.words(".flash")
    assert {each.name for each in kit.rows(company, models.Attachment, instance_key=case.key)} == {"original.eml"}
    (filing,) = kit.rows(company, models.Filing)
    assert filing.instance_key == case.key
    owner.post(f"/status/incidents/{key}/take-again", 409)
    assert len(kit.rows(company, models.ProcessInstance)) == 1
    resolved = owner.get("/status/incidents?state=resolved").words("table")
    assert "已解决" in resolved and "门岗无人" in resolved


def test_what_still_cannot_be_read_stays_open_and_says_why(company: databases.Database, signed_in: SignIn) -> None:
    key = set_aside(company, NO_SENDER, letters.Unreadable(letters.NOBODY))
    page = signed_in("owner").post(f"/status/incidents/{key}/take-again", 422)
    assert "邮件没有发件人" in page.words("@role='alert'")
    assert kit.rows(company, models.Incident)[0].state == "open" and not kit.rows(company, models.ProcessInstance)


def test_it_is_settled_by_hand_with_a_note_of_what_was_done(company: databases.Database, signed_in: SignIn) -> None:
    key = set_aside(company, NO_SENDER, letters.Unreadable(letters.NOBODY))
    owner = signed_in("owner")
    owner.post(f"/status/incidents/{key}/close", 422, note="  ")
    owner.post(f"/status/incidents/{key}/close", note="已电话联系，登记为 TS-20260302-0001")
    (incident,) = kit.rows(company, models.Incident)
    assert (incident.state, incident.resolved_by) == ("resolved", "owner") and incident.resolved_at is not None
    assert "没有异常" in owner.get("/status/incidents").words()
    assert "已电话联系" in owner.get("/status/incidents?state=resolved").words("table")
    owner.post(f"/status/incidents/{key}/close", 409, note="再来一次")


@pytest.mark.parametrize("username", ["manager", "clerk", "outsider"])
def test_only_administrators_know_of_what_belongs_to_no_case(
    company: databases.Database, signed_in: SignIn, username: str
) -> None:
    key = set_aside(company, LETTER, letters.Unreadable(letters.NOBODY))
    person = signed_in(username)
    assert "门岗" not in person.get("/status/incidents").words()
    for verb in ("retry", "take-again", "say-again", "close"):
        person.post(f"/status/incidents/{key}/{verb}", 404, note="x")
    assert kit.rows(company, models.Incident)[0].state == "open"


def test_a_message_that_a_chat_may_lack_is_sent_once_more_from_its_line(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    with world.receiver() as chat:
        world.prepare(database, cast)
        world.channel(database, "dingtalk", url=chat.url, kinds=("told",))
        chat.is_mute = True
        with database.transaction("acme") as session:
            notices.send(session, world.organisation.current(session, "acme"), ["clerk"], "明天盘点", now=kit.NOW)
        world.go(database, kit.NOW)
        chat.is_mute = False
        owner = signed_in("owner")
        page = owner.get("/status/incidents?process=-")
        assert "“渠道 dingtalk”" in page.words("table") and "1条通知不知是否已在群里显示" in page.words("table")
        key = world.incidents(database, kind="notice_fate")[0].key
        assert "1条通知正在重发" in owner.post(f"/status/incidents/{key}/say-again").words(".flash")
        owner.post(f"/status/incidents/{key}/say-again", 409)
        world.go(database, kit.NOW + timedelta(minutes=1))
        assert [("（重发）" in world.said(each), "明天盘点" in world.said(each)) for each in chat.posts] == [
            (False, True),
            (True, True),
        ]


def test_a_stranger_reaches_no_incident_of_another_company(company: databases.Database, signed_in: SignIn) -> None:
    key = set_aside(company, LETTER, letters.Unreadable(letters.NOBODY))
    stranger = signed_in("stranger", company="elsewhere")
    assert "门岗" not in stranger.get("/status/incidents").words()
    for verb in ("retry", "take-again", "close"):
        stranger.post(f"/status/incidents/{key}/{verb}", 404, note="x")


def test_an_incident_of_a_case_is_tried_again_from_the_list(company: databases.Database, cast: Cast, signed_in: SignIn) -> None:
    parts = (kit.start(), kit.node("exclusiveGateway", "is_large"), kit.end(), kit.end("small"))
    flows = kit.chain("started", "is_large") + kit.flow("is_large", "done", "=amount > 5")
    flows += kit.flow("is_large", "small", "=amount <= 5")
    kit.deploy(company, cast.owner, kit.diagram("broken", *parts, flows, managers=["主管领导"]))
    case = kit.begin(company, cast.clerk, "broken")
    (incident,) = kit.rows(company, models.Incident)
    manager = signed_in("manager")
    page = manager.get("/status/incidents?process=broken")
    assert kit.instance(company, case).number in page.words("table")
    manager.post(f"/status/incidents/{incident.key}/retry")
    states = [each.state for each in kit.rows(company, models.Incident)]
    assert states == ["resolved", "open"]  # it failed again, which is a new incident
    signed_in("clerk").post(f"/status/incidents/{kit.rows(company, models.Incident)[1].key}/retry", 403)
    signed_in("owner").post(f"/status/incidents/{kit.rows(company, models.Incident)[1].key}/close", 409, note="x")


def test_what_an_incident_quotes_of_a_case_is_masked(company: databases.Database, cast: Cast, signed_in: SignIn) -> None:
    Customer(signed_in("owner").app).file()
    (case,) = kit.rows(company, models.ProcessInstance)
    quoted = {"detail": "王小明 13812341234"}
    with company.transaction("acme") as session:
        told = models.Incident(company_id="acme", instance_key=case.key, kind="job", message="It failed: %(detail)s")
        told.values, told.created_at = quoted, kit.NOW
        session.add(told)
    page = signed_in("manager").get("/status/incidents")
    assert "138****1234" in page.words("table") and "王小明" not in page.text and "13812341234" not in page.text


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_takes_as_many_statements_for_fifty_as_for_one(
    company: databases.Database, signed_in: SignIn, count: int
) -> None:
    for number in range(count):
        with company.transaction("acme") as session:
            mail.set_aside(
                session, "acme", BOX, b"Subject: %d\r\n\r\n" % number, letters.Unreadable(letters.NOBODY), now=kit.NOW
            )
    owner = signed_in("owner")
    owner.get("/inbox")  # what is kept of the company is read once
    with Statements(company) as counted:
        page = owner.get("/status/incidents")
    assert len(page.tree.xpath("//tbody/tr")) == count
    assert len(counted.texts) <= 9, counted.texts


WORDLESS = kit.diagram(
    "spending",
    kit.start(form="spent"),
    kit.node("exclusiveGateway", "金额多少？"),
    kit.task("small", users="clerk"),
    kit.task("large", users="clerk"),
    kit.end(),
    kit.chain("started", "金额多少？"),
    kit.flow("金额多少？", "small", "=amount < 5"),
    kit.flow("金额多少？", "large", "=amount > 5"),
    kit.chain("small", "done"),
    kit.chain("large", "done"),
)


AMOUNT = kit.form("spent", {"type": "number", "key": "amount", "label": "金额"})


def test_a_case_without_a_way_on_says_where_in_office_words_and_who_does_what(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    kit.deploy(database, cast.owner, WORDLESS, AMOUNT)
    case = kit.begin(database, cast.clerk, "spending", {"amount": 5})
    for address, place in ((f"/cases/{case}", ".now"), ("/status/incidents", "table")):
        told = signed_in("owner").get(address)
        assert "停在“金额多少？”处：单据的情况不符合后面任何一条路的条件" in told.words(place) and "其他情况" in told.words(
            place
        )
        assert not {each for each in ("网关", "默认", "分支", "表达式") if each in told.words(place)}
    for address in (f"/cases/{case}", "/status/incidents"):  # what the advice names is there to be pressed, the main one first
        page = signed_in("owner").get(address)
        pressed = page.tree.xpath("//td[@class='act'] | //section[@class='now']//form")[0]
        assert [each.text for each in pressed.xpath(".//a | .//button")] == ["更正内容", "重试", "其他操作", "打开流程"]
        assert pressed.xpath(".//*[contains(@class, 'primary')]")[0].text == "更正内容"
    (incident,) = kit.rows(database, models.Incident)
    assert "仍然停住" in signed_in("owner").post(f"/cases/{case}/incidents/{incident.key}/retry").words(".flash")
    (incident,) = kit.rows(database, models.Incident, state="open")
    number = kit.instance(database, case).number
    assert f"{number} 已重试，仍然停住" in signed_in("owner").post(f"/status/incidents/{incident.key}/retry").words(".flash")
    today = signed_in("owner").get("/status/today")
    assert f"/cases/{case}" in today.links() and "停在“金额多少？”处" in today.words("section")
    mine = signed_in("clerk").get(f"/cases/{case}").words(".now")
    assert "已通知流程管理人员，无需您处理" in mine and "重试" not in mine and "其他情况" not in mine


def test_a_rule_that_gives_nothing_is_no_riddle_for_the_initiator(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    kit.deploy(database, cast.owner, WORDLESS, AMOUNT)
    case = kit.begin(database, cast.clerk, "spending", {"amount": None})
    owners, mine = (signed_in(each).get(f"/cases/{case}").words(".now") for each in ("owner", "clerk"))
    assert "“amount < 5”的结果是：无" in owners and "null" not in owners and "先“更正内容”再“重试”" in owners
    assert "停在“金额多少？”处。" in mine and "amount" not in mine


def test_an_incident_of_an_earlier_version_reads_as_one_of_today(
    database: databases.Database, cast: Cast, signed_in: SignIn
) -> None:
    kit.deploy(database, cast.owner, WORDLESS, AMOUNT)
    kit.begin(database, cast.clerk, "spending", {"amount": 5})
    with database.transaction() as session:
        session.execute(
            update(models.Incident).values(message="No condition of the gateway holds, and it has no default flow.")
        )
    assert "单据的情况不符合后面任何一条路的条件" in signed_in("owner").get("/status/incidents").words("table")
