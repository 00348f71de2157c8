"""The people of an office at their browsers: each signs in once, and keeps the session through all tests of a process."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from engine.storage import keys
from tests.browser import looks, window
from tests.browser.office import Place

Sessions = dict[tuple[str, ...], Any]


class People:
    """Windows of signed-in people, one per person and test: `people(office, "company", "username")`.

    `since` is smaller than every key of what the test itself brings about: an office keeps what other tests have left.
    """

    def __init__(self, browser: Browser, album: looks.Album, sessions: Sessions) -> None:
        self.since = keys.new()
        self._browser, self._album, self._sessions = browser, album, sessions
        self._windows: dict[tuple[str, ...], window.Window] = {}

    def __call__(self, office: Place, company: str, username: str, **options: Any) -> window.Window:
        person = (office.address, company, username, str(options.get("locale")))
        key = (*person, repr(options))
        if key not in self._windows:
            context = window.context_of(self._browser, storage_state=self._sessions.get(person), **options)
            self._windows[key] = window.Window(context, office, self._album)
            if person not in self._sessions:
                self._windows[key].sign_in(company, username)
                self._sessions[person] = context.storage_state()
        return self._windows[key]

    def alone(self, office: Place, company: str, username: str) -> window.Window:
        """A window with a session of its own, which the test may end."""
        opened = window.Window(window.context_of(self._browser), office, self._album)
        self._windows[("alone", str(len(self._windows)))] = opened
        return opened.sign_in(company, username)

    def close(self) -> None:
        """Closes all windows; sessions stay."""
        for opened in self._windows.values():
            opened.close()
