"""Documents as PDF: Typst templates filled with data, the same file on every machine."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import manimgx_fonts_cjk
import pylopdf_fonts_zh_cn

from engine import errors
from engine.basics.letters import plain_text
from engine.storage.models import dumps

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
RARE_FONTS = Path(manimgx_fonts_cjk.__file__).parent  # letters of Hong Kong, Taiwan, Japan, Korea
MAX_DATA = 2_000_000
MAX_SECONDS = 60
CANNOT = "The document %(name)s cannot be made: %(reason)s"
OWN = frozenset({"approval_sheet", "report"})  # filled by the engine itself, with data that no process has to give
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}", re.ASCII)


@dataclass(frozen=True)
class DocumentOrder:
    """A document to be set: a template, the data as JSON text, and the moment that is the file's date.

    Setting takes seconds: `make` is called where no transaction is open. Equal orders make the same file.
    """

    template: str
    text: str
    at: datetime

    @property
    def digest(self) -> str:
        """The SHA-256 of the data, printed on the document: whoever has the data can tell that nothing was changed."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def make(self) -> bytes:
        """The PDF (PDF/A-2b); a sign that no font has is printed by its number, with a line that says so. Raises Invalid when the template cannot be filled with these data within a minute."""
        told = {
            "template": str(TEMPLATES / f"{self.template}.typ"),
            "root": str(TEMPLATES),
            "fonts": [str(FONTS)],
            "rare_fonts": [str(RARE_FONTS)],
            "inputs": {"data": plain_text.drawn(self.text), "digest": self.digest},
            "timestamp": self.at.isoformat(timespec="seconds"),
        }
        return _set(self.template, json.dumps(told).encode())


def order(template: str, data: Mapping[str, Any], *, now: datetime) -> DocumentOrder:
    """The order for a template with `data`, which the template reads as JSON and never as markup.

    Raises Invalid for a template that there is not, and for data that are too large.
    """
    if template not in OWN and template not in templates():
        raise errors.Invalid("There is no document template %(name)s.", name=template)
    text = dumps(dict(data))
    if len(text) > MAX_DATA:
        raise errors.Invalid("The data of the document are too large.")
    return DocumentOrder(template, text, now)


def templates() -> list[str]:
    """The names of all templates that a process may have filled."""
    return sorted(path.stem for path in TEMPLATES.glob("*.typ") if _NAME.fullmatch(path.stem) and path.stem not in OWN)


def mentions(template: str, name: str) -> bool:
    """Whether a template has a place for a value of this name; `template` is one of `templates()`."""
    return f'"{name}"' in (TEMPLATES / f"{template}.typ").read_text(encoding="utf-8")


def _set(template: str, order: bytes) -> bytes:
    command = [sys.executable, "-I", str(Path(__file__).parent / "typesetting.py")]
    try:
        done = subprocess.run(command, input=order, capture_output=True, timeout=MAX_SECONDS, env={}, check=False)
    except subprocess.TimeoutExpired as error:
        raise errors.Invalid(CANNOT, name=template, reason=f"> {MAX_SECONDS} s") from error
    if done.returncode:
        raise errors.Invalid(CANNOT, name=template, reason=done.stderr.decode(errors="replace").strip()[-300:])
    return done.stdout
