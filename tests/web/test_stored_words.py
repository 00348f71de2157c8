"""What the engine itself wrote into a history is read in the language of who looks at it."""

from __future__ import annotations

import flask
import pytest
from flask_babel import force_locale

from engine.basics import sayings
from web.frame import filters, i18n


@pytest.mark.parametrize(
    ("text", "english"),
    [
        (sayings.OVERDUE.zh_Hans, sayings.OVERDUE.en),
        (sayings.SPREAD_BACK.zh_Hans, sayings.SPREAD_BACK.en),
        ("金额不对", "金额不对"),
    ],
)
def test_reasons_of_the_engine_speak_the_readers_language_and_those_of_people_stay(
    app: flask.Flask, monkeypatch: pytest.MonkeyPatch, text: str, english: str
) -> None:
    with app.test_request_context("/"), force_locale("en"):
        for language, shown in (("zh_Hans", text), ("en", english)):
            monkeypatch.setattr(i18n, "language", lambda language=language: language)
            assert filters.own_words(text) == shown
            assert filters.because({"kind": "drawn", "reason": text}) == shown
