"""Documents as PDF: Typst templates filled with data, the same file on every machine."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn

from engine import errors
from engine.storage.models import dumps

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
MAX_DATA = 2_000_000
MAX_SECONDS = 60
CANNOT = "The document %(name)s cannot be made: %(reason)s"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}", re.ASCII)


def render(template: str, data: Mapping[str, Any], *, now: datetime) -> bytes:
    """The PDF (PDF/A-2b) of a template with `data`, which the template reads as JSON and never as markup.

    The file's date is `now`, so the same data give the same file. Raises Invalid for a template that there is
    not, or that cannot be filled with these data within a minute.
    """
    if template not in templates():
        raise errors.Invalid("There is no document template %(name)s.", name=template)
    text = dumps(dict(data))
    if len(text) > MAX_DATA:
        raise errors.Invalid("The data of the document are too large.")
    order = {
        "template": str(TEMPLATES / f"{template}.typ"),
        "root": str(TEMPLATES),
        "fonts": [str(FONTS)],
        "inputs": {"data": text, "digest": digest(data)},
        "timestamp": now.isoformat(timespec="seconds"),
    }
    return _set(template, json.dumps(order).encode())


def templates() -> list[str]:
    """The names of all templates that can be filled."""
    return sorted(path.stem for path in TEMPLATES.glob("*.typ") if _NAME.fullmatch(path.stem))


def digest(data: Mapping[str, Any]) -> str:
    """The SHA-256 of a document's data, printed on it: whoever has the data can tell that nothing was changed."""
    return hashlib.sha256(dumps(dict(data)).encode()).hexdigest()


def _set(template: str, order: bytes) -> bytes:
    command = [sys.executable, "-I", str(Path(__file__).parent / "typesetting.py")]
    try:
        done = subprocess.run(command, input=order, capture_output=True, timeout=MAX_SECONDS, env={}, check=False)
    except subprocess.TimeoutExpired as error:
        raise errors.Invalid(CANNOT, name=template, reason=f"> {MAX_SECONDS} s") from error
    if done.returncode:
        raise errors.Invalid(CANNOT, name=template, reason=done.stderr.decode(errors="replace").strip()[-300:])
    return done.stdout
