"""Notices by pages alone: an administrator enters the mail server, tries it, words a notice, mails a code; somebody chooses quiet."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from engine.cases import notices
from engine.people import organisation
from tests import smtp_server
from tests.browser import looks, window
from tests.browser.conftest import moved_in_on_postgres, opened
from tests.browser.office import Office, Place
from tests.browser.people import People
from tests.browser.window import Window
from tests.engine import kit

pytestmark = pytest.mark.browser
ADMINISTRATOR = ("miniapp", "xiao_ran")


@pytest.fixture
def office(request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An office of its own: it sends letters; on PostgreSQL, as the tests of these pages run on SQLite."""
    yield from opened(moved_in_on_postgres("notices", request.getfixturevalue("furnished_on_postgres"), tmp_path_factory))


def test_notices_are_set_up_tried_worded_and_chosen(
    office: Office, browser: Browser, album: looks.Album, people: People
) -> None:
    here = people(office, *ADMINISTRATOR)
    with smtp_server.running() as post:
        give_address(here)
        enter_mail(here, post.port)
        enter_robot(here)
        here.follow(here.page.get_by_role("button", name="用“邮件”发给我试试"))
        expect(here.page.locator(".flash")).to_contain_text("已由“邮件”接收")
        assert ["xiao_ran" in letter["To"] for letter in post.letters] == [True]
        word(here)
        code_by_mail(here)
        here.go("/organisation/notices").until("tbody tr:first-child td:nth-child(4)", "无")
        found = re.search(r"/password/code\?code=[0-9A-Z-]+", post.letters[-1].get_content())
    assert found is not None
    newcomer = Window(window.context_of(browser), office, album).go(found[0])
    expect(newcomer.page.locator("#code")).not_to_have_value("")
    choose(here)
    count(here, office)


def give_address(here: Window) -> None:
    here.go("/organisation/people/xiao_ran/edit")
    here.page.get_by_label("邮箱").fill("xiao_ran@miniapp.example")
    here.press("保存")


def enter_mail(here: Window, port: int) -> None:
    here.go("/organisation/notices").follow(here.page.get_by_role("link", name="邮件", exact=True))
    here.page.get_by_label("邮件服务器").fill("127.0.0.1")
    here.page.get_by_label("端口").fill(str(port))
    here.page.get_by_label("加密方式").select_option("none")
    here.page.get_by_label("发件地址").fill("banjie@miniapp.example")
    here.press("保存")
    here.page.get_by_label("本系统的网址").fill(here.office.address)
    here.press("保存")


def enter_robot(here: Window) -> None:
    here.follow(here.page.get_by_role("link", name="钉钉群机器人"))
    here.page.get_by_label("地址").fill("http://chat.example/")
    with here.expecting(422):
        here.press("保存")
    expect(here.page.locator(".field-error")).to_contain_text("https://")
    here.page.get_by_label("地址").fill("https://chat.example/robot/send?access_token=1")
    here.page.get_by_label("签名密钥").fill("SEC 0123456789")
    here.press("保存")


def word(here: Window) -> None:
    here.go("/organisation/notices/words/new_work")
    here.page.get_by_label("主题").fill("请办理：{title}")
    here.press("预览")
    expect(here.page.locator(".letter .subject")).to_have_text("请办理：采购申请：笔记本电脑两台")
    here.press("保存")


def code_by_mail(here: Window) -> None:
    here.go("/password/codes?q=chen_jing")  # whose address is the old one: to another, a day must pass
    here.follow(here.page.get_by_role("button", name="邮件发送给"))


def choose(here: Window) -> None:
    here.go("/notices/settings")
    here.page.get_by_label("抄送").select_option("never")
    here.page.get_by_label("免打扰开始").fill("22:00")
    here.page.get_by_label("免打扰结束").fill("07:00")
    here.press("保存")
    expect(here.page.get_by_label("抄送")).to_have_value("never")


def count(here: Window, office: Office) -> None:
    """The number on the rail renews itself: whoever only looks at a page sees that something came."""
    here.page.clock.install()
    here.go("/organisation")
    number = here.page.locator(".count[hx-get='/notices/count']").first
    before = int(here.page.context.request.get(f"{office.address}/notices/count").text() or 0)
    with office.database() as database, database.transaction("miniapp") as session:
        company = organisation.current(session, "miniapp")
        notices.send(session, company, ["xiao_ran"], "明天盘点", now=kit.NOW, kind=None)
    here.page.clock.run_for(61_000)
    expect(number).to_have_text(str(before + 1))
