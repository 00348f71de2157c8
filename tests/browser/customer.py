"""Somebody without an account, at two devices: what was filed at one is followed at the other by number and secret."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser import filling, looks, window
from tests.browser.office import Place
from tests.browser.window import Window

QUESTION = ".public-question"


class Customer:
    """A customer of one company. `first` is the size of the device on which he files, `second` of the other."""

    def __init__(
        self,
        browser: Browser,
        office: Place,
        album: looks.Album,
        company: str,
        first: Mapping[str, int],
        second: Mapping[str, int],
    ) -> None:
        self.company = company
        self.first, self.second = (Window(window.context_of(browser, viewport=size), office, album) for size in (first, second))
        self.number = self.secret = ""

    def file(self, process_id: str, values: Mapping[str, Any]) -> str:
        """Fills in the form of a process and sends it; keeps number and secret, returns the number."""
        here = self.first.go(f"/p/{self.company}")
        here.follow(here.page.locator(f'a[href="/p/{self.company}/{process_id}"]'))
        filling.fill(here.page.locator("#form-fields"), values, timedelta(0))
        here.press("提交")
        shown = here.page.locator(".public-receipt dd")
        self.number, self.secret = shown.nth(0).inner_text(), shown.nth(1).inner_text()
        return self.number

    def follow(self, here: Window) -> Window:
        """Asks at a device where the case stands; number and secret are asked for the first time."""
        here.go(f"/p/{self.company}/follow")
        if here.page.locator("#secret").count():
            here.page.locator("#number").fill(self.number)
            here.page.locator("#secret").fill(self.secret)
            here.press("查询")
        expect(here.page.locator(".public-number")).to_contain_text(self.number)
        return here

    def answer(self, values: Mapping[str, str]) -> None:
        """Answers at the second device what the case asks."""
        here = self.follow(self.second)
        for name, value in values.items():
            filling.enter(here.page.locator(QUESTION), name, value)
        here.follow(here.page.locator(QUESTION).locator("button.primary").first)
        expect(here.page.locator(".flash.success")).to_be_visible()

    def rate(self, stars: str, comment: str) -> None:
        """Rates the end at the first device."""
        here = self.follow(self.first)
        here.page.locator(f'input[name="stars"][value="{stars}"]').check()
        here.page.locator("#comment").fill(comment)
        here.press("提交评价")

    def sees_the_end(self, stars: str) -> None:
        """Both devices show that it is over and how it was rated; the second one in English, too."""
        for here in (self.first, self.second):
            self.follow(here)
            expect(here.page.locator(".public-promise.is-done")).to_be_visible()
            expect(here.page.locator("main")).to_contain_text(f"{stars} 分")
        self.second.press("English")
        expect(self.second.page.locator("main")).to_contain_text(f"{stars} of 5 stars")

    def close(self) -> None:
        self.first.close()
        self.second.close()
