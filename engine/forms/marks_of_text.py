"""Keeps values out of a form text's markup and foreign addresses out of its pictures: what people type stays words."""

from __future__ import annotations

import re
from typing import Any

PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
LINKS = re.compile(r"([\\\[\]<])")
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]", re.IGNORECASE)


def literal(text: str) -> str:
    """A value as Markdown that shows exactly its words (CommonMark 2.4: any ASCII punctuation can be escaped)."""
    lines = (PUNCTUATION.sub(r"\\\1", line.strip()) for line in text.splitlines())
    return "  \n".join(line for line in lines if line)


def without_links(text: str) -> str:
    """What a whole expression gave, in which the form's words and people's cannot be told apart: Markdown without links."""
    return LINKS.sub(r"\\\1", text)


def own_picture(source: Any) -> str | None:
    """The address of a picture if it is one of this site, or holds the picture itself; else None."""
    if not isinstance(source, str):
        return None
    is_of_this_site = source.startswith("/") and not source.startswith(("//", "/\\"))
    return source if is_of_this_site or PICTURE.match(source) else None


def files(value: Any) -> list[Any]:
    """Of a value the files that can be linked to: those with a key as attachments have it."""
    return [each for each in value if _is_file(each)] if isinstance(value, list) else []


def _is_file(value: Any) -> bool:
    key = value.get("key") if isinstance(value, dict) else None
    return isinstance(key, str) and key.isascii() and key.isdecimal() and {"name", "size"} <= value.keys()
