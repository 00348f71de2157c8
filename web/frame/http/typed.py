"""What forms send, without characters that nobody sees, lines ended as they were typed: in one place, before anybody reads it."""

from __future__ import annotations

import flask
from werkzeug.datastructures import ImmutableMultiDict

from engine.basics.letters.plain_text import plain

EXACT = ("password",)  # in the names of fields that are compared to the letter


class Request(flask.Request):
    """A request whose form holds plain text."""

    def _load_form_data(self) -> None:
        is_loaded = "form" in self.__dict__
        super()._load_form_data()
        if not is_loaded:
            pairs = self.__dict__["form"].items(multi=True)
            self.__dict__["form"] = ImmutableMultiDict([(name, _plain(name, text)) for name, text in pairs])


def _plain(name: str, text: str) -> str:
    return text if any(each in name for each in EXACT) else plain(text.replace("\r\n", "\n"))
