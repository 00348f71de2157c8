"""A company moves to its own sign-in: an administrator enters the provider, people come by it, and a second factor is set up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from tests import oidc_provider
from tests.browser import looks, window
from tests.browser.conftest import moved_in, opened
from tests.browser.office import Place
from tests.browser.people import People
from tests.browser.window import Window
from tests.oidc_provider import CLIENT, SECRET, Provider
from web import system_clock

pytestmark = pytest.mark.browser
ADMINISTRATOR = ("miniapp", "xiao_ran")


@pytest.fixture
def office(browser: Browser, furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An office of its own: its sign-in page gets another button."""
    yield from opened(moved_in("signing in", furnished, tmp_path_factory))


@pytest.fixture
def provider() -> Iterator[Provider]:
    with oidc_provider.running(system_clock) as running:
        yield running


def test_people_come_by_the_company_s_own_sign_in_in_both_languages(
    office: Place, browser: Browser, album: looks.Album, people: People, provider: Provider
) -> None:
    here = people(office, *ADMINISTRATOR)
    enter(here, provider)
    provider.claims = {"preferred_username": "liu_yang"}
    chinese = Window(window.context_of(browser), office, album)
    chinese.go("/sign-in?next=/inbox/done").follow(chinese.page.get_by_role("link", name="公司统一登录"))
    expect(chinese.page).to_have_url(re.compile(r"/inbox/done$"))
    expect(chinese.page.locator(".who")).to_contain_text("刘洋")
    provider.claims = {"sub": "another", "preferred_username": "new_here", "name": "新来"}
    english = Window(window.context_of(browser, locale="en-GB"), office, album)
    with english.expecting(422):
        english.go("/sign-in").follow(english.page.get_by_role("link", name="公司统一登录"))
    expect(english.page.locator("[role=alert]")).to_contain_text("nobody here is called so")
    log(here)
    second_factor(chinese)
    chinese.close()
    english.close()


def enter(here: Window, provider: Provider) -> None:
    """A slip is told at its field; what is right is tried and stands in the list."""
    here.go("/organisation").follow(here.page.get_by_role("link", name="登录方式"))
    here.follow(here.page.get_by_role("link", name="添加 OpenID Connect"))
    for label, value in (
        ("按钮文字", "公司统一登录"),
        ("签发者地址", "login.example"),
        ("客户端 ID", CLIENT),
        ("密钥", SECRET),
    ):
        here.page.get_by_label(label).fill(value)
    with here.expecting(422):
        here.press("保存")
    expect(here.page.locator(".field-error")).to_contain_text("https://")
    here.page.get_by_label("签发者地址").fill(provider.address)
    here.page.get_by_label("密钥").fill(SECRET)
    here.press("保存")
    here.press("测试")
    expect(here.page.locator(".tried")).to_contain_text("自称与此处所填一致")


def log(here: Window) -> None:
    """Who came and who was refused stands in the log."""
    here.go("/organisation/sign-in").follow(here.page.get_by_role("link", name="登录记录"))
    expect(here.page.locator("table")).to_contain_text("刘洋")
    expect(here.page.locator("table")).to_contain_text("没有对应的人员")


def second_factor(here: Window) -> None:
    """Set up with a code of an authenticator; the next sign-in asks for one, or a recovery code."""
    here.go("/second-factor").press("设置双重验证")
    expect(here.page.locator("img.qr")).to_have_js_property("complete", True)
    assert here.page.locator("img.qr").evaluate("each => each.naturalWidth") > 100
    totp = pyotp.TOTP(here.page.locator("code").inner_text().replace(" ", ""))
    here.page.get_by_label("输入验证器当前显示的验证码").fill(totp.now())
    here.press("完成设置")
    recovery = here.page.locator(".recovery code").first.inner_text()
    here.follow(here.page.get_by_role("link", name="已妥善保存"))
    here.page.context.clear_cookies(name="banjie")
    here.go("/sign-in")
    here.page.locator("#company").select_option("miniapp")
    here.page.locator("#username").fill("liu_yang")
    here.page.locator("#password").fill(window.PASSWORD)
    here.press("登录")
    expect(here.page.get_by_label("验证码")).to_be_focused()
    here.page.get_by_label("验证码").fill(recovery)
    here.press("登录")
    expect(here.page).to_have_url(re.compile(r"/inbox$"))
