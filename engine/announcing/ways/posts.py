"""Posting JSON to an address outside: no redirects, an answer within a time and of a size, nothing of the address in errors."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import errors
from engine.basics import hosts
from engine.intake import unreachable

SECONDS = 10.0
MOST_ANSWER = 64 * 1024
GATEWAYS = (502, 504)  # somebody between us and the other side had no answer either


ANSWERED = "%(name)s answered with HTTP %(code)s."
INNER = "%(name)s: the address leads to this machine itself or to its link-local network."


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


class Unanswered(NotTaken):
    """It was sent, but no answer says whether the other side took it."""


@dataclass(frozen=True)
class PostAnswer:
    """What came back; `content` is the JSON object of the body, empty for anything else."""

    status: int
    content: Mapping[str, Any]


class _Outward(http.client.HTTPSConnection):
    """Says nothing to this machine or its own piece of network under a name that leads there, whatever its DNS said before."""

    def connect(self) -> None:
        # A proxy's to decide; an address of this machine was allowed when it was entered, but in no odd spelling.
        if getattr(self, "_tunnel_host", None) or (hosts.is_local(self.host) and hosts.is_plain(self.host)):
            super().connect()
            return
        addresses = [each[4][0] for each in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)]
        self._refuse(addresses)
        super().connect()
        self._refuse([self.sock.getpeername()[0]])

    def _refuse(self, addresses: Iterable[object]) -> None:
        if any(hosts.is_inner(str(each)) for each in addresses):
            self.close()
            raise NotTaken(INNER)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Outward, req, context=ssl.create_default_context())


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> PostAnswer:
    """Sends it and gives the answer. Raises NotTaken when there is none within `seconds`, or not a 2xx.

    Raises Unanswered where the other side may have taken it all the same.
    """
    request = urllib.request.Request(url, body, {"Content-Type": "application/json; charset=utf-8", **headers}, method="POST")
    opener = urllib.request.build_opener(_NoRedirects(), _Https())
    try:
        with opener.open(request, timeout=seconds) as answer:
            return PostAnswer(answer.status, _read(answer.read(MOST_ANSWER)))
    except urllib.error.HTTPError as error:
        error.close()
        raise (Unanswered if error.code in GATEWAYS else NotTaken)(ANSWERED, code=str(error.code)) from None
    except urllib.error.URLError as error:  # raised for what fails before the request is out
        raise NotTaken(cause=error.reason if isinstance(error.reason, BaseException) else error) from None
    except ValueError as error:
        raise NotTaken(cause=error) from None
    except (OSError, http.client.HTTPException) as error:
        raise Unanswered(cause=error) from None


def packed(content: Mapping[str, Any]) -> bytes:
    """A JSON body."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
