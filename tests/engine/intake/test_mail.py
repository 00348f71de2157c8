"""Complaints by e-mail, taken from a mailbox on an IMAP server."""

from __future__ import annotations

import imaplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from engine import errors
from engine.files import attachments
from engine.intake import setup
from engine.intake.by_mail import mail
from engine.storage import database as databases
from engine.storage import models
from tests import imap_server
from tests.cast import Cast
from tests.engine import kit
from tests.imap_server import Mailstore
from tests.web import complaints


@pytest.fixture
def company(database: databases.Database, cast: Cast, tmp_path: Path) -> databases.Database:
    database.surroundings["data"] = tmp_path
    kit.deploy(database, cast.owner, *complaints.resources())
    return database


def poll(database: databases.Database, mailbox: Mailstore, password: str = imap_server.PASSWORD) -> int:
    box = setup.Mailbox("127.0.0.1", imap_server.USER, "complaint", "complaint_filed", port=mailbox.port, tls=False)
    return mail.poll(database, "acme", box, password, now=kit.NOW)


def written(subject: str = "门岗无人", text: str = "昨晚无人值守。", **headers: str) -> EmailMessage:
    message = EmailMessage()
    given = {"From": "王小明 <wang@example.com>", "To": imap_server.USER, "Subject": subject, "Message-ID": "<1@example.com>"}
    for name, value in {**given, **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def values(database: databases.Database, key: int) -> dict[str, object]:
    (started,) = [each for each in kit.rows(database, models.HistoryEvent, instance_key=key) if each.kind == "started"]
    found: dict[str, object] = started.data["values"]
    return found


def test_a_message_becomes_a_case_with_its_files_and_the_original(company: databases.Database, mailbox: Mailstore) -> None:
    message = written()
    message.add_attachment(b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="合同.pdf")
    message.add_attachment(b"MZ x", maintype="application", subtype="octet-stream", filename="看看.exe")
    mailbox.put(message.as_bytes())
    assert poll(company, mailbox) == 1
    (case,) = kit.rows(company, models.ProcessInstance)
    given = values(company, case.key)
    assert given["contact"] == "wang@example.com" and given["complainant"] == "王小明" and given["channel"] == "电子邮件"
    assert str(given["content"]).startswith("门岗无人\n昨晚无人值守。") and "看看.exe" in str(given["content"])
    names = {each.name for each in kit.rows(company, models.Attachment, instance_key=case.key)}
    assert names == {"合同.pdf", "original.eml"}


def test_the_same_message_is_taken_once_even_if_it_was_not_marked(company: databases.Database, mailbox: Mailstore) -> None:
    mailbox.put(written().as_bytes())
    assert poll(company, mailbox) == 1 and poll(company, mailbox) == 0
    mailbox.seen.clear()
    mailbox.put(written().as_bytes())
    poll(company, mailbox)
    assert len(kit.rows(company, models.ProcessInstance)) == 1


def test_html_mail_is_read_without_its_markup_and_scripts(company: databases.Database, mailbox: Mailstore) -> None:
    message = written()
    message.set_content(
        "<html><head><style>p{}</style></head><body><p>漏水<script>alert(1)</script></p><p>三天</p></body></html>",
        subtype="html",
    )
    mailbox.put(message.as_bytes())
    poll(company, mailbox)
    (case,) = kit.rows(company, models.ProcessInstance)
    assert values(company, case.key)["content"] == "门岗无人\n漏水\n三天"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\xff\xfe not a message",
        b"From: a@b.example\r\n\r\n",
        b"Subject: no sender\r\n\r\ntext",
        b"MZ: x\r\n\r\n",
        b"From: a@b.example\r\nSubject: x\r\nContent-Type: text/plain; charset=no-such\r\n\r\n\xc4\xe3",
    ],
)
def test_an_unreadable_message_becomes_an_incident_with_the_original_kept(
    raw: bytes, company: databases.Database, mailbox: Mailstore, cast: Cast
) -> None:
    mailbox.put(raw)
    mailbox.put(written().as_bytes())
    assert poll(company, mailbox) == 2
    (incident,) = kit.rows(company, models.Incident)
    assert incident.kind == "mail" and incident.instance_key is None
    (told,) = kit.rows(company, models.Notice)
    assert told.username == "owner" and told.facts["said"]["zh_Hans"] == told.body, "letters say what the page says"
    key = int(incident.values["file"])
    with company.reading("acme") as session:
        assert attachments.open(session, cast.owner, key).path.read_bytes() == mail.MBOX + raw
        with pytest.raises(errors.NotFound):
            attachments.open(session, cast.clerk, key)
    assert len(kit.rows(company, models.ProcessInstance)) == 1
    mailbox.seen.clear()
    poll(company, mailbox)
    assert len(kit.rows(company, models.Incident)) == 1


def test_the_kept_original_outlives_the_sweeping(company: databases.Database, mailbox: Mailstore) -> None:
    mailbox.put(b"Subject: no sender\r\n\r\ntext")
    poll(company, mailbox)
    with company.transaction() as session:
        attachments.sweep(session, now=kit.NOW.replace(year=2028))
    assert len(kit.rows(company, models.Attachment)) == 1


def test_an_automatic_reply_starts_nothing(company: databases.Database, mailbox: Mailstore) -> None:
    mailbox.put(written(Auto_Submitted="auto-replied").as_bytes())
    assert poll(company, mailbox) == 1
    assert not kit.rows(company, models.ProcessInstance) and not kit.rows(company, models.Incident)


def test_a_wrong_password_is_told_and_nothing_is_marked(company: databases.Database, mailbox: Mailstore) -> None:
    mailbox.put(written().as_bytes())
    with pytest.raises(imaplib.IMAP4.error):
        poll(company, mailbox, "guess")
    assert not mailbox.seen


@pytest.mark.parametrize(
    ("folder", "written"),
    [("INBOX", '"INBOX"'), ("投诉", '"&YpWLyQ-"'), ('A&B "客服"', '"A&-B \\"&W6JnDQ-\\""'), ("a\\b", '"a\\\\b"')],
)
def test_a_folder_may_have_any_name(folder: str, written: str, company: databases.Database, mailbox: Mailstore) -> None:
    mailbox.folder = written
    mailbox.put(b"From: a@b.example\r\nSubject: x\r\n\r\ntext")
    box = setup.Mailbox("127.0.0.1", imap_server.USER, "complaint", "complaint_filed", mailbox.port, folder, tls=False)
    assert mail.poll(company, "acme", box, imap_server.PASSWORD, now=kit.NOW) == 1


def test_a_server_that_wants_to_know_who_asks_is_told(company: databases.Database, mailbox: Mailstore) -> None:
    mailbox.asks_for_id = True
    mailbox.put(b"From: a@b.example\r\nSubject: x\r\n\r\ntext")
    assert poll(company, mailbox) == 1
