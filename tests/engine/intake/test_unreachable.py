"""Whatever keeps a server from being reached is a sentence with its name, without words of the programming language."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl

import pytest

from engine.intake import unreachable

WHY: list[tuple[BaseException, str]] = [
    (ConnectionRefusedError(111, "Connection refused"), "nothing accepts connections"),
    (TimeoutError(), "does not answer"),
    (socket.gaierror(-2, "Name or service not known"), "no such host"),
    (ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED]"), "not trusted"),
    (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]"), "does not encrypt in the way"),
    (smtplib.SMTPAuthenticationError(535, b"5.7.8 no"), "user and password"),
    (smtplib.SMTPSenderRefused(550, b"no", "a@b.example"), "sender's address"),
    (smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server."), "does not encrypt in the way"),
    (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "broke off"),
    (smtplib.SMTPDataError(554, b"5.7.1 over\r\nquota\x07"), "answered: 5.7.1 over quota"),
    (imaplib.IMAP4.error(b"[AUTHENTICATIONFAILED] no"), "answered: [AUTHENTICATIONFAILED] no"),
    (RuntimeError("x"), "another protocol"),
]


@pytest.mark.parametrize(("error", "told"), WHY, ids=[type(error).__name__ for error, _told in WHY])
def test_the_reason_is_a_sentence(error: BaseException, told: str) -> None:
    found = str(unreachable.worded(error, "mail.acme.example"))
    assert found.startswith("mail.acme.example") and told in found and type(error).__name__ not in found
