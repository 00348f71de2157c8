"""The one sentence that the next page tells about what was just done."""

from __future__ import annotations

import flask


def say(sentence: str, kind: str = "success") -> None:
    """Keeps the sentence for the next page in place of one that no page has shown.

    A browser that sends one form after the other would else gather them all in its cookie.
    """
    flask.session.pop("_flashes", None)
    flask.flash(sentence, kind)
