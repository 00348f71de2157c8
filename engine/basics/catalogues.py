"""The texts of pages and refusals in other languages: the catalogues of all areas as one, for pages and for what is sent."""

from __future__ import annotations

import io
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from babel import support
from babel.messages import mofile, pofile

FOLDER = Path(__file__).resolve().parent.parent.parent / "translations"


@lru_cache
def catalogue(locale: str) -> support.Translations:
    """All areas' messages of one language; English needs none, its texts are the ids.

    The .po files are read directly, so that no compiled copy can be stale.
    """
    merged = support.Translations()
    for path in sorted(FOLDER.glob(f"*/{locale}/LC_MESSAGES/messages.po")):
        merged.merge(_read(path))
        merged.plural = _one_form  # merging takes over the texts alone
    return merged


def said(text: str, locale: str) -> str:
    """One text in a language."""
    return str(catalogue(locale).ugettext(text))


def _one_form(_number: float | Decimal) -> int:
    """Chinese has one form for any number."""
    return 0


def _read(path: Path) -> support.Translations:
    compiled = io.BytesIO()
    with path.open("rb") as file:
        mofile.write_mo(compiled, pofile.read_po(file))
    compiled.seek(0)
    return support.Translations(compiled)
