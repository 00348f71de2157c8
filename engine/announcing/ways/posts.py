"""Posting JSON to an address outside: no redirects, an answer within a time and of a size, nothing of the address in errors."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SECONDS = 10.0
MOST_ANSWER = 64 * 1024
MOST_DETAIL = 200


class NotTaken(Exception):
    """The other side did not take it; the text says why, without address or secret."""


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
        raise NotTaken(f"HTTP {error.code}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise NotTaken(
            f"{type(reason).__name__}: {getattr(reason, 'strerror', None) or ''}".rstrip(": ")[:MOST_DETAIL]
        ) from None


def packed(content: Mapping[str, Any]) -> bytes:
    """A JSON body."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
