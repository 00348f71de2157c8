"""Refusals, worded for the user; what is refused and why, never an HTTP status."""

from __future__ import annotations

ANOTHER_LOOK = "Some fields need another look."


class Refusal(Exception):
    """A request that is turned down.

    `text` is an English message id with named placeholders (`%(name)s`); the edge translates it
    and fills in `values`. `fields` maps a form field's path to its own refusals.
    """

    def __init__(self, text: str, /, fields: dict[str, list[Refusal]] | None = None, **values: object) -> None:
        super().__init__(text)
        self.text = text
        self.values = values
        self.fields = fields or {}

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text


class NotFound(Refusal):
    """There is no such thing, or this person may not know that there is."""


class Forbidden(Refusal):
    """The thing is known to the person, but not theirs to act on."""


class Conflict(Refusal):
    """It cannot be done as things stand: the thing has changed, or was never so."""


class Overtaken(Conflict):
    """Somebody else has done it, taken it or changed it meanwhile."""


class Invalid(Refusal):
    """What was sent is wrong; the text or `fields` say where."""


class TooLarge(Invalid):
    """What was sent, or what it would make, is larger than is kept; the text names both sizes."""


class TooMany(Refusal):
    """Somebody asks more often than people do; `values` say how many seconds or minutes to wait."""

    @property
    def seconds(self) -> int:
        """How long to wait."""
        return int(str(self.values.get("seconds") or 0)) or 60 * int(str(self.values.get("minutes") or 0))


class Unavailable(Refusal):
    """Nothing is wrong with the request; the storage cannot take it just now."""
