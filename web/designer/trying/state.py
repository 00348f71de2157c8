"""What a trial's page carries: the steps taken, signed for one person and one draft, so that the server keeps nothing."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import flask
from itsdangerous import BadData, URLSafeSerializer

from engine import errors
from engine.scenarios.trials import trying
from engine.storage import models
from web.account import auth
from web.frame import storage

State = tuple[datetime, list[Any]]
MAX_TEXT = 300_000  # the most that a trial can be, packed and written in letters
BROKEN = "This trial cannot be read any more. Please begin anew."


def written(key: int, begun: datetime, steps: Sequence[Any]) -> str:
    """The state as the page carries it."""
    text = models.dumps([begun.isoformat(), list(steps)])
    return str(_signer(key).dumps(zlib.compress(text.encode()).hex()))


def sent(key: int) -> State:
    """The state that this request carries; a new trial where it carries none. Raises Invalid for one of somebody else."""
    text = flask.request.form.get("state", "")
    if not text:
        return storage.now().replace(microsecond=0), []
    try:
        content = _unpacked(bytes.fromhex(_signer(key).loads(text[:MAX_TEXT])))
    except (BadData, ValueError, zlib.error) as error:
        raise errors.Invalid(BROKEN) from error
    begun, steps = models.loads(content)
    trying.require_short(steps)
    return datetime.fromisoformat(begun), steps


def _unpacked(packed: bytes) -> str:
    return zlib.decompressobj().decompress(packed, 2 * trying.MAX_BYTES).decode()


def _signer(key: int) -> URLSafeSerializer:
    by = auth.current_actor()
    return URLSafeSerializer(str(flask.current_app.secret_key), salt=f"trial {key} {by.company_id}/{by.username}")
