"""Why a server outside could not be reached or did not take something: in a sentence for whoever set it up."""

from __future__ import annotations

import errno
import imaplib
import smtplib
import socket
import ssl

from engine import errors

NO_ANSWER = "%(name)s does not answer. Please check the address, and whether this machine reaches it."
NO_HOST = "%(name)s: there is no such host. Please check the address."
NOBODY_THERE = "%(name)s: nothing accepts connections there. Please check address and port."
UNTRUSTED = "%(name)s: its certificate is not trusted, or is for another name."
NO_ENCRYPTION = "%(name)s does not encrypt in the way that is set. Please check the port, TLS and STARTTLS."
NOT_LET_IN = "%(name)s does not accept user and password."
SENDER_REFUSED = "%(name)s takes no letters from the sender's address."
SAYS = "%(name)s answered: %(detail)s"
BROKEN_OFF = "%(name)s broke off the connection, or answers in another protocol."
MOST_DETAIL = 200
_GONE = (errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTUNREACH, errno.ENETUNREACH)


def worded(error: BaseException, name: str) -> errors.Refusal:
    """The sentence about the server of that name; nothing of addresses or secrets stands in it."""
    text, detail = _sentence(error)
    return errors.Refusal(text, fields=None, name=name, **({"detail": detail} if detail else {}))


def _sentence(error: BaseException) -> tuple[str, str]:
    if isinstance(error, smtplib.SMTPException):
        return _of_smtp(error)
    if isinstance(error, imaplib.IMAP4.error):
        return SAYS, _plain(error.args[0] if error.args else "?")
    if isinstance(error, ssl.SSLCertVerificationError):
        return UNTRUSTED, ""
    if isinstance(error, ssl.SSLError):
        return NO_ENCRYPTION, ""
    if isinstance(error, socket.gaierror):
        return NO_HOST, ""
    if isinstance(error, OSError) and error.errno in _GONE:
        return NOBODY_THERE, ""
    return (NO_ANSWER, "") if isinstance(error, OSError) else (BROKEN_OFF, "")


def _of_smtp(error: smtplib.SMTPException) -> tuple[str, str]:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return NOT_LET_IN, ""
    if isinstance(error, smtplib.SMTPSenderRefused):
        return SENDER_REFUSED, ""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NO_ENCRYPTION, ""
    if isinstance(error, smtplib.SMTPResponseException):
        return SAYS, _plain(error.smtp_error)
    return BROKEN_OFF, ""


def _plain(words: object) -> str:
    """What a server said, short and in letters that can be seen."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return "".join(each for each in " ".join(text.split()) if each.isprintable())[:MOST_DETAIL] or "?"
