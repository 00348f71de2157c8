"""One person's browser window: it signs in, goes where it is told, and watches every page for faults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Locator, Page, Request, Response, expect

from tests import patience
from tests.browser import looks
from tests.browser.office import PASSWORD, Place

DESKTOP = {"width": 1366, "height": 820}
PATIENCE_MS = patience.SECONDS * 1000  # until the worker has brought something about
TIMEOUT_MS = 120_000  # until a page has answered: a busy machine is no fault of it, and one that is wrong is told soon
expect.set_options(timeout=TIMEOUT_MS)
LOADED_AGAIN = """async ([selector, text, patience]) => {
    for (const end = Date.now() + patience; Date.now() < end; await new Promise(next => setTimeout(next, 400))) {
        const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
        if ([...page.querySelectorAll(selector)].some(found => found.textContent.includes(text))) return true;
    }
    return false;
}"""
# What a console says of requests is told by the requests themselves, and nothing is wrong with those of a page that was left.
ABOUT_REQUESTS = ("Failed to load resource", "htmx: htmx:error: Failed to fetch")
LEFT = "net::ERR_ABORTED"
PHONE = {"width": 390, "height": 844}


class Window:
    """A window of one person. Every page it comes to is looked at: errors, policy, accessibility, loose ends."""

    def __init__(self, context: BrowserContext, office: Place, album: looks.Album) -> None:
        self.context = context
        self.office = office
        self.page: Page = context.new_page()
        self.album = album
        self.faults: list[str] = []
        self.expected: set[int] = set()
        self.page.on("console", self._heard)
        self.page.on("pageerror", self._broke)
        self.page.on("response", self._answered)
        self.page.on("requestfailed", self._failed)

    def sign_in(self, company: str, username: str) -> Window:
        """Signs in through the page and ends in the inbox."""
        self.go("/sign-in")
        self.page.locator("#company").select_option(company)
        self.page.locator("#username").fill(username)
        self.page.locator("#password").fill(PASSWORD)
        self.follow(self.page.locator("button.primary"))
        expect(self.page).to_have_url(re.compile(r"/inbox$"))
        return self

    def go(self, path: str) -> Window:
        """Opens an address of the site."""
        self.page.goto(f"{self.office.address}{path}")
        self.look()
        return self

    def follow(self, link: Locator) -> Window:
        """Clicks what leads to another page, and looks at that page."""
        with self.page.expect_navigation():
            link.click()
        self.look()
        return self

    def press(self, name: str) -> Window:
        """Presses the button of that name, which sends a form."""
        return self.follow(self.page.get_by_role("button", name=name, exact=True).first)

    def look(self) -> None:
        """Fails if this page has a fault that a user or an auditor would find."""
        self.page.wait_for_load_state("load")
        self.faults += self.album.faults(self.page)
        assert not self.faults, "\n".join(self.faults)

    def until(self, selector: str, text: str) -> Window:
        """Waits until this page, loaded again, has such an element with that text: the worker brings it about."""
        assert self.page.evaluate(LOADED_AGAIN, [selector, text, PATIENCE_MS]), f"{text} does not come to {self.page.url}"
        return self.go(self.page.url.removeprefix(self.office.address))

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Within it, answers of these statuses are what is being tried."""
        self.expected |= set(statuses)
        yield
        self.expected -= set(statuses)

    def close(self) -> None:
        self.context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(ABOUT_REQUESTS):
            self.faults.append(f"{self.page.url}: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.request.method} {response.url} answered {response.status}")

    def _broke(self, error: Error) -> None:
        if "Failed to fetch" not in str(error):
            self.faults.append(f"{self.page.url}: {error}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT:
            self.faults.append(f"{request.method} {request.url} failed: {request.failure}")


def context_of(browser: Browser, **options: Any) -> BrowserContext:
    """A fresh browser profile as an office in China has it."""
    chosen = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": DESKTOP, "reduced_motion": "reduce", **options}
    context = browser.new_context(**chosen)
    context.set_default_timeout(TIMEOUT_MS)
    return context


def downloaded(window: Window, link: Locator, folder: Path) -> Path:
    """Clicks a link to a file and returns where it was saved."""
    with window.page.expect_download() as waiting:
        link.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path
