"""Who complains by e-mail gets a letter with number and secret; what he writes in answer goes to the same case."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest

from engine.intake import answers
from engine.people import organisation
from engine.queries.cases import timeline
from engine.storage import models
from tests import imap_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.intake.conftest import Intake


def written(subject: str = "门岗无人", text: str = "昨晚无人值守。", **headers: str) -> bytes:
    message = EmailMessage()
    given = {"From": "王小明 <wang@example.com>", "Subject": subject, "Message_ID": "<1@example.com>", **headers}
    for name, value in given.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def sent(intake: Intake) -> EmailMessage:
    (letter,) = intake.post.letters
    return letter


def secret_in(letter: EmailMessage) -> str:
    found = re.search(r"查询码：(\S+)", letter.get_content())
    assert found
    return found[1]


def test_the_letter_of_receipt_opens_the_case_on_the_public_page(intake: Intake) -> None:
    intake.mailbox.put(written())
    intake.poll()
    (case,) = intake.cases()
    letter = sent(intake)
    assert case.number in str(letter["Subject"]) and letter["To"] == "wang@example.com"
    assert letter["From"] == f"样例公司 <{imap_server.USER}>"
    assert "https://banjie.acme.example/p/acme/follow" in letter.get_content()
    assert letter["Auto-Submitted"] == "auto-replied" and letter["In-Reply-To"] == "<1@example.com>"
    with intake.database.reading("acme") as session:
        found = answers.find(session, "acme", case.number, secret_in(letter))
        assert found is not None and found.instance_key == case.key
        assert answers.find(session, "acme", case.number, "AAAA-AAAA-AAAA") is None


def test_a_sender_whom_no_letter_can_be_written_to_keeps_nobody_else_from_his(intake: Intake) -> None:
    odd = b'From: ,?"@ \r\nMessage-ID: <0@x.example>\r\nSubject: x\r\n\r\ntext'
    intake.mailbox.put(odd)
    intake.mailbox.put(written())
    assert intake.poll().refusal is None
    assert len(intake.cases()) == 2 and sent(intake)["To"] == "wang@example.com"


def test_it_is_sent_once_and_its_secret_is_not_kept(intake: Intake) -> None:
    intake.mailbox.put(written())
    for _ in range(3):
        intake.poll()
    secret = secret_in(sent(intake))
    for table in (models.Filing, models.Job, models.Notice, models.HistoryEvent, models.ProcessInstance):
        assert not [row for row in kit.rows(intake.database, table) if secret in repr(vars(row))]


def test_while_the_server_cannot_be_reached_the_letter_waits_and_the_trouble_is_told(intake: Intake) -> None:
    intake.mailbox.put(written())
    settings = {"host": "127.0.0.1", "user": imap_server.USER, "port": intake.mailbox.port, "tls": False}
    reply = {"host": "127.0.0.1", "security": "none", "sender": imap_server.USER, "address": "https://a.example"}
    intake.settle(**settings, reply={**reply, "port": 1})
    for _ in range(8):
        assert intake.poll().refusal is not None
    (incident,) = intake.incidents()
    assert incident.kind == "mailbox" and len(intake.cases()) == 1 and not intake.post.letters
    intake.settle(**settings, reply={**reply, "port": intake.post.port})
    assert intake.poll().refusal is None
    assert sent(intake)["To"] == "wang@example.com" and intake.incidents()[0].state == "resolved"


@pytest.mark.parametrize(("answer", "tries"), [("550 no such user", 1), ("450 try later", 2)])
def test_a_letter_that_cannot_be_delivered_keeps_no_other_from_it(intake: Intake, answer: str, tries: int) -> None:
    intake.post.answers["gone@example.com"] = answer
    intake.mailbox.put(written(From="gone@example.com"))
    intake.mailbox.put(written(Message_ID="<2@example.com>"))
    intake.poll()
    assert sent(intake)["To"] == "wang@example.com"
    intake.post.answers.clear()
    intake.poll()
    assert len(intake.post.letters) == tries  # for good, or until the next time


def test_two_programs_that_answer_each_other_come_to_an_end(intake: Intake) -> None:
    for number in range(12):
        intake.mailbox.put(written(Message_ID=f"<{number}@example.com>"))
        intake.poll()
    assert len(intake.post.letters) == 5 and len(intake.cases()) == 12


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-replied"}, {"Return_Path": "<>"}], ids=["absence notice", "bounce"]
)
def test_what_a_program_answers_starts_nothing_and_gets_no_answer(intake: Intake, headers: dict[str, str]) -> None:
    intake.mailbox.put(written(**headers))
    intake.poll()
    assert not intake.cases() and not intake.post.letters and not intake.incidents()


def test_a_subject_with_line_breaks_adds_no_header(intake: Intake) -> None:
    raw = written().replace(b"Subject: ", b"Subject: =?utf-8?q?hello=0D=0ABcc:_x=40evil.example?=\r\nX-Rest: ", 1)
    intake.mailbox.put(raw)
    intake.poll()
    assert sent(intake)["Bcc"] is None and sent(intake)["To"] == "wang@example.com"


def test_an_answer_to_the_letter_goes_to_the_same_case_and_to_who_deals_with_it(intake: Intake, cast: Cast) -> None:
    intake.mailbox.put(written())
    intake.poll()
    (case,) = intake.cases()
    ours = str(sent(intake)["Message-ID"])
    intake.mailbox.put(written("Re: 已受理", "补充一张照片", Message_ID="<2@example.com>", In_Reply_To=ours))
    intake.mailbox.put(written("又及", "还有一事", Message_ID="<3@example.com>", References="<0@x> <1@example.com>"))
    intake.poll()
    assert len(intake.cases()) == 1 and len(intake.post.letters) == 1
    names = [each.name for each in kit.rows(intake.database, models.Attachment, instance_key=case.key)]
    assert len([name for name in names if name.startswith("letter-")]) == 2
    told = {each.username for each in kit.notices(intake.database) if case.number in each.subject}
    assert told == {"clerk", "clerk2"}
    with intake.database.reading("acme") as session:
        company = organisation.current(session, "acme")
        assert [entry.kind for entry in timeline.timeline(session, company, case.key)].count("letter") == 2


def test_a_letter_about_a_case_that_is_over_is_a_case_of_its_own(intake: Intake, cast: Cast) -> None:
    intake.mailbox.put(written())
    intake.poll()
    (case,) = intake.cases()
    for element in ("investigate", "ask_customer"):
        kit.complete(
            intake.database, cast.clerk, case.key, element, {"solution": "加派夜班"} if element == "investigate" else {}
        )
    assert kit.instance(intake.database, case.key).state == "completed"
    intake.mailbox.put(written("还是没人", Message_ID="<2@example.com>", In_Reply_To="<1@example.com>"))
    intake.poll()
    assert len(intake.cases()) == 2


def test_an_answer_names_no_case_of_another_company(intake: Intake) -> None:
    intake.mailbox.put(written())
    intake.poll()
    (filing,) = kit.rows(intake.database, models.Filing)
    with intake.database.transaction() as session:
        session.get_one(models.Filing, filing.key).company_id = "elsewhere"
    intake.mailbox.put(written("Re", Message_ID="<2@example.com>", In_Reply_To=f"<filing-{filing.key}@acme.example>"))
    intake.poll()
    assert len(intake.cases()) == 2


def test_what_is_wrong_with_the_settings_is_told(intake: Intake) -> None:
    intake.settle(host="127.0.0.1", user="u", reply={"host": "h", "sender": "nobody", "address": "x"})
    refusal = intake.poll().refusal
    assert refusal is not None and "mail.reply" in str(refusal)
