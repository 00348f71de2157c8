"""Sending letters by SMTP: the connection, and what became of one letter."""

from __future__ import annotations

import contextlib
import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator
from email import policy
from email.message import EmailMessage
from typing import Protocol

log = logging.getLogger(__name__)
SECONDS = 30.0
SENT, REFUSED = "sent", "refused"
PERMANENT = 500  # RFC 5321, 4.2.1: replies of 5yz say that it will not be better the next time


class Server(Protocol):
    """Where letters are handed in; `security` is tls, starttls or none. Without `user` nobody signs in."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def security(self) -> str: ...
    @property
    def user(self) -> str: ...


@contextlib.contextmanager
def connected(post: Server, password: str, *, seconds: float = SECONDS) -> Iterator[smtplib.SMTP]:
    """A connection that is signed in; each answer may take `seconds`. Raises OSError or smtplib.SMTPException."""
    context = None if post.security == "none" else ssl.create_default_context()
    if post.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(post.host, post.port, timeout=seconds, context=context)
    else:
        server = smtplib.SMTP(post.host, post.port, timeout=seconds)
    with server:
        if post.security == "starttls":
            server.starttls(context=context)
        if post.user:
            server.login(post.user, password)
        yield server


def made(write: Callable[[], EmailMessage]) -> EmailMessage | None:
    """The letter, if one can be written so: what odd addresses do to the library is no other letter's trouble."""
    try:
        message = write()
        message.as_bytes(policy=policy.SMTP)
    except Exception as error:
        log.warning("a letter could not be written: %s", type(error).__name__)
        return None
    return message


class Postponed(smtplib.SMTPResponseException):
    """The server wants the letter later; its reply is that of SMTP (4yz)."""


def delivered(server: smtplib.SMTP, message: EmailMessage) -> str:
    """What became of one letter: sent, or refused for good; that must not keep the others from it.

    Raises Postponed, and OSError or smtplib.SMTPServerDisconnected when the server is gone.
    """
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        return _refused(max(error.recipients.values(), key=lambda reply: reply[0] < PERMANENT))
    except smtplib.SMTPResponseException as error:
        return _refused((error.smtp_code, error.smtp_error))
    except (smtplib.SMTPNotSupportedError, ValueError):  # an address that this server, or no server, can write to
        return REFUSED
    return SENT


def _refused(reply: tuple[int, bytes | str]) -> str:
    if reply[0] < PERMANENT:
        raise Postponed(*reply)
    return REFUSED
