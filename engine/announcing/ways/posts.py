"""Posting JSON to an address outside: no redirects, an answer within a time and of a size, nothing of the address in errors."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import errors
from engine.intake import unreachable

SECONDS = 10.0
MOST_ANSWER = 64 * 1024


ANSWERED = "%(name)s answered with HTTP %(code)s."


class NotTaken(Exception):
    """The other side did not take it; `words` says of the channel of a name why, without address or secret."""

    def __init__(self, text: str = "", cause: BaseException | None = None, **values: object) -> None:
        super().__init__(text or type(cause).__name__)
        self.text, self.cause, self.values = text, cause, values

    def words(self, name: str) -> errors.Refusal:
        """The sentence."""
        if self.cause is not None:
            return unreachable.worded(self.cause, name)
        return errors.Refusal(self.text, fields=None, name=name, **self.values)


@dataclass(frozen=True)
class Answer:
    """What came back; `content` is the JSON object of the body, empty for anything else."""

    status: int
    content: Mapping[str, Any]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> Answer:
    """Sends it and gives the answer. Raises NotTaken when there is none within `seconds`, or not a 2xx."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json; charset=utf-8", **headers}, method="POST")
    opener = urllib.request.build_opener(_NoRedirects())
    try:
        with opener.open(request, timeout=seconds) as answer:
            return Answer(answer.status, _read(answer.read(MOST_ANSWER)))
    except urllib.error.HTTPError as error:
        error.close()
        raise NotTaken(ANSWERED, code=str(error.code)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise NotTaken(cause=reason if isinstance(reason, BaseException) else error) from None


def packed(content: Mapping[str, Any]) -> bytes:
    """A JSON body."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
