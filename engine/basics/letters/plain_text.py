"""What people type or paste, without characters that nobody sees and that change how what stands beside them is read."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# Controls but tab and line ends; marks that turn the direction of what follows (Unicode UAX 9, table 3).
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


# Letters that are drawn as nothing, beside those that Unicode calls formats (zero width) and spaces (also full-width ones).
_DRAWN_AS_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0")

# Bullets of word processors, pasted: letters of Symbol and Wingdings, which Unicode keeps for private use.
_PASTED = str.maketrans(
    {
        "\uf0b7": "•",
        "\uf06c": "●",
        "\uf06e": "■",
        "\uf06f": "□",
        "\uf075": "◆",
        "\uf076": "❖",
        "\uf09f": "•",
        "\uf0a7": "▪",
        "\uf0a8": "□",
        "\uf0d8": "➢",
        "\uf0e0": "→",
        "\uf0e8": "➔",
        "\uf0fb": "✗",
        "\uf0fc": "✓",
        "\uf0fe": "☑",
    }
)


def drawn(text: str) -> str:
    """The text with the bullets that were pasted into it as signs that every font has."""
    return text.translate(_PASTED)


def plain(text: str) -> str:
    """The text without control characters and without marks that turn its direction, its bullets as signs of their own; "" for one
    of which nothing is seen.

    So whoever asks for words (a reason, an opinion, why a customer says no) need not ask again whether there are any.
    """
    kept = drawn(_UNSEEN.sub("", text))
    return "" if is_blank(kept) else kept


def is_blank(text: str) -> bool:
    """Whether nothing of a text is seen: spaces, also full-width ones, letters of no width and those drawn as nothing."""
    return all(each.isspace() or each in _DRAWN_AS_NOTHING or unicodedata.category(each) == "Cf" for each in text)


def as_read(text: str) -> str:
    """A name without what two spellings of it may differ in: spaces, case, full and half width."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def plain_throughout(value: Any) -> Any:
    """The same of every text in a value as JSON has it; names of members stay as they are."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [plain_throughout(each) for each in value]
    if isinstance(value, dict):
        return {name: plain_throughout(each) for name, each in value.items()}
    return value
