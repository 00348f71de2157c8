"""A page that fails leaves a trace in the log, and not what was typed into it."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from engine.queries.inbox import inbox
from tests.web.pages import Browser


def test_a_page_that_fails_does_not_quote_what_was_searched_for(
    signed_in: Callable[..., Browser], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object, **_named: object) -> None:
        raise RuntimeError(str(given))

    browser = signed_in("clerk")
    monkeypatch.setattr(inbox, "open_tasks", broken)
    with caplog.at_level(logging.DEBUG):
        browser.get("/inbox?q=13812341234", 500)
    assert "A request failed" in caplog.text and "RuntimeError" in caplog.text
    assert "13812341234" not in caplog.text
