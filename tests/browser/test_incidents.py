"""A letter that nobody could read: the administrator finds it, tries it again, and settles it with a note."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from engine.intake import setup
from engine.intake.by_mail import letters, mail
from tests.browser.office import Office
from tests.browser.people import People
from tests.browser.window import downloaded

pytestmark = pytest.mark.browser
BOX = setup.Mailbox("imap.example", "tousu@steel.example", "complaint", "complaint_filed")
LETTER = "From: 李经理 <li@customer.example>\r\nSubject: 钢管壁厚不足\r\n".encode()
LETTER += b"Content-Type: text/plain; charset=x-unknown\r\n\r\n\xc4\xe3"


def test_the_administrator_settles_a_letter_that_could_not_be_read(
    sqlite_office: Office, people: People, tmp_path: Path
) -> None:
    with sqlite_office.database() as database, database.transaction("steel") as session:
        mail.set_aside(session, "steel", BOX, LETTER, letters.Unreadable(letters.UNKNOWN_LETTERS), now=datetime.now(UTC))
    here = people(sqlite_office, "steel", "zou_kai").go("/notices")
    expect(here.page.locator("main")).to_contain_text("一封邮件未能自动受理")
    here.go("/status").follow(here.page.locator(".tabs a", has_text="异常"))
    line = here.page.locator("tbody tr", has_text="钢管壁厚不足")
    expect(line).to_contain_text("字符编码无法识别")
    expect(line).not_to_contain_text("li@customer.example")
    assert downloaded(here, line.get_by_role("link", name="原件"), tmp_path).read_bytes() == mail.MBOX + LETTER
    with here.expecting(422):
        here.follow(line.get_by_role("button", name="重新受理"))
    expect(here.page.locator("[role=alert]")).to_be_visible()
    here.go("/status/incidents")
    line.locator("summary").click()
    line.locator("textarea").fill("已电话联系客户并登记。")
    here.look()
    here.follow(line.get_by_role("button", name="登记处理结果"))
    here.go("/status/incidents?state=resolved")
    expect(line).to_contain_text("已电话联系客户并登记。")
