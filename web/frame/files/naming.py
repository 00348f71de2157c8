"""What a file is called that a browser saves."""

from __future__ import annotations

import re
from urllib.parse import quote

import flask

NOT_IN_FILE_NAMES = re.compile(r'[\x00-\x1f\x7f"*/:<>?\\|]')  # of Windows, which forbids most
_NOT_PLAIN = re.compile(r"[^\w.+-]+", re.ASCII)
NAMELESS = "file"


def file_name(name: str) -> str:
    """A name that people gave as one that every system can store a file under."""
    return NOT_IN_FILE_NAMES.sub("_", name)


def disposition(name: str) -> str:
    """The header by which an answer is saved under that name (RFC 6266, appendix D): as it is, before it in plain letters.

    Programs that know no other letters get the number in it or, where there is none, a word before its ending.
    """
    called = file_name(name)
    stem, dot, ending = called.rpartition(".") if "." in called else (called, "", "")
    plain = _NOT_PLAIN.sub("_", stem).strip("_.-+") or NAMELESS
    return f"attachment; filename=\"{plain}{dot}{_NOT_PLAIN.sub('', ending)}\"; filename*=UTF-8''{quote(called, safe='')}"


def attached(response: flask.Response, name: str) -> flask.Response:
    """The answer, to be saved under that name."""
    response.headers["Content-Disposition"] = disposition(name)
    return response
