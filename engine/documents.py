"""Documents as PDF: Typst templates filled with data, the same file on every machine."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

from engine import errors
from engine.models import dumps

TEMPLATES = Path(__file__).parent / "service_tasks" / "templates"
MAX_DATA = 2_000_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}", re.ASCII)


def render(template: str, data: Mapping[str, Any], *, now: datetime) -> bytes:
    """The PDF (PDF/A-2b) of a template with `data`, which the template reads as JSON and never as markup.

    The file's date is `now`, so the same data give the same file. Raises Invalid for a template that there is
    not, or that cannot be filled with these data.
    """
    if not _NAME.fullmatch(template) or not (TEMPLATES / f"{template}.typ").is_file():
        raise errors.Invalid("There is no document template %(name)s.", name=template)
    text = dumps(dict(data))
    if len(text) > MAX_DATA:
        raise errors.Invalid("The data of the document are too large.")
    try:
        made: bytes = typst.compile(
            str(TEMPLATES / f"{template}.typ"), root=str(TEMPLATES), font_paths=_fonts(), ignore_system_fonts=True, format="pdf",
            sys_inputs={"data": text, "digest": digest(data)}, pdf_standards="a-2b", timestamp=now,
        )
    except typst.TypstError as error:
        raise errors.Invalid("The document %(name)s cannot be made: %(reason)s", name=template, reason=str(error)[:300]) from error
    return made


def digest(data: Mapping[str, Any]) -> str:
    """The SHA-256 of a document's data, printed on it: whoever has the data can tell that nothing was changed."""
    return hashlib.sha256(dumps(dict(data)).encode()).hexdigest()


@functools.cache
def _fonts() -> list[str]:
    return [str(Path(pylopdf_fonts_zh_cn.__file__).parent)]
