"""Reads an e-mail: who wrote what, and the files that came with it; knows no database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from email import message_from_bytes, policy, utils
from email.message import EmailMessage

import lxml.html
from lxml import etree

from engine.basics.letters import plain_text

MAX_BYTES = 30 * 1024 * 1024
MAX_TEXT = 20_000
MAX_HEADER = 300
MAX_NAME = 150
MAX_EARLIER = 20


class Unreadable(Exception):
    """The message cannot be turned into a case; `text` is a message id that says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


NOBODY = "It names no sender, or says nothing."
TOO_LARGE = "It is larger than 30 MB."
OWN = "X-Banjie"  # a header of the letters that tell people something
UNKNOWN_LETTERS = "Its text is in a character set that is not known, or damaged."


def read(raw: bytes) -> EmailMessage:
    """The message. Raises Unreadable for one that is too large."""
    if len(raw) > MAX_BYTES:
        raise Unreadable(TOO_LARGE)
    return message_from_bytes(raw, policy=policy.default)


def id_of(raw: bytes) -> str:
    """The Message-ID; a message without one is known by its content."""
    header = re.search(rb"(?im)^message-id:\s*(<[^<>\r\n]{1,250}>)", raw[:65536].replace(b"\r\n", b"\n").partition(b"\n\n")[0])
    return header[1].decode("ascii", "replace") if header else "sha256:" + hashlib.sha256(raw).hexdigest()


def is_automatic(mail: EmailMessage) -> bool:
    """Whether it is one of our own letters, or a program's answer to one (RFC 3834, 3464): an absence notice, a bounce.

    A notice may come back where a colleague has the mailbox as his address: a case for it would make another notice, without
    end. What a program writes of itself (a form on a web site) is a complaint like any other.
    """
    is_reply = str(mail.get("Auto-Submitted", "no")).strip().lower().startswith("auto-replied")
    is_bounce = str(mail.get("Return-Path", "")).strip() == "<>" or mail.get_content_type() == "multipart/report"
    return is_reply or is_bounce or mail.get(OWN) is not None


def earlier(mail: EmailMessage) -> list[str]:
    """The Message-IDs of what this letter answers (RFC 5322, 3.6.4), at most the nearest `MAX_EARLIER`."""
    named = " ".join(str(mail.get(name, "")) for name in ("References", "In-Reply-To"))
    return re.findall(r"<[^<>\s]{1,250}>", named[:20_000])[-MAX_EARLIER:]


def sender(mail: EmailMessage) -> tuple[str, str]:
    """Name and address of who wrote it, empty where there is none."""
    name, address = utils.parseaddr(str(mail.get("From", "")))
    return clean(name)[:MAX_HEADER], clean(address)[:MAX_HEADER]


def subject(mail: EmailMessage) -> str:
    """The subject, in one line."""
    return " ".join(clean(str(mail.get("Subject", ""))).split())[:MAX_HEADER]


def variables(mail: EmailMessage) -> dict[str, str]:
    """What a case is started with. Raises Unreadable for a message without a sender or without any words."""
    (name, address), about, text = sender(mail), subject(mail), _text(mail)
    if not address or not (about or text):
        raise Unreadable(NOBODY)
    content = "\n".join(each for each in (about, text) if each)
    return {"complainant": name or address, "contact": address, "subject": about, "content": content}


def files(mail: EmailMessage) -> Iterator[tuple[str, bytes | None]]:
    """The attachments: name ("" where it has none) and content, None for one that is no file."""
    for part in mail.iter_attachments():
        content = part.get_payload(decode=True)
        yield clean(part.get_filename() or "")[:MAX_NAME], content if isinstance(content, bytes) else None


def clean(text: str) -> str:
    """Without what no database takes (NUL, lone surrogates) and without blanks around, its bullets as signs that can be read."""
    return plain_text.drawn(text).replace("\0", "").encode("utf-8", "replace").decode().strip()


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, ValueError) as error:
        raise Unreadable(UNKNOWN_LETTERS) from error
    return clean(_plain(text) if part.get_content_subtype() == "html" else text)[:MAX_TEXT]


def _plain(html: str) -> str:
    """The words of an HTML message, without markup, scripts and styles."""
    if not html.strip():
        return ""
    tree = lxml.html.document_fromstring(html)
    etree.strip_elements(tree, "script", "style", "head", with_tail=False)
    return "\n".join(each.strip() for each in map(str, tree.itertext()) if each.strip())
