"""Signatures bound to what was signed: made of digests of every part of it, and checked against what is stored now.

A drawn name alone proves little; what counts is that it was given by whoever was signed in, at that time, under this very
content, and that a later change of either shows (电子签名法 Art. 5, 13, 14).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import simplejson

from engine.storage.models import Attachment, ProcessInstance, Signature, UserTask, WorkItem, loads

SIGNED_IN, CALLED = "pages", "api"  # how the signer was recognised


@dataclass(frozen=True)
class Checked:
    """What a check of a signature finds.

    `altered` are the parts of what was signed that are not as they were: of `PARTS`, or record (the digest itself).
    `changed` are variables of the case that later steps have set anew, which takes nothing from the signature.
    `is_erased`: the content was destroyed by order, so that only the record of the signature can be checked.
    """

    altered: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    is_erased: bool = False

    @property
    def is_valid(self) -> bool:
        """Whether everything is as it was signed."""
        return not self.altered


PARTS = ("case", "step", "signer", "sign_in", "outcome", "opinion", "values", "files", "signature")


def fill(
    row: Signature,
    instance: ProcessInstance,
    task: UserTask,
    item: WorkItem,
    files: Iterable[Attachment],
    seen: Mapping[str, Any],
) -> None:
    """Binds a new signature to what its signer said in `item`, to these files of his, and to the case as he saw it."""
    row.salt = secrets.token_hex(16)
    row.content = {
        "parts": _digests(row.salt, _parts(row, instance, task, item, files)),
        "seen": _digests(row.salt, seen),
        "files": [each.key for each in files],
    }
    row.digest = _whole(row)


def check(
    row: Signature,
    instance: ProcessInstance,
    task: UserTask,
    item: WorkItem,
    files: Iterable[Attachment],
    known: Mapping[str, Any],
    recorded: str | None,
) -> Checked:
    """Holds a stored signature against what is stored of its content, and against the digest `recorded` in the history.

    `files` are the attachments that it names and that are there still, `known` the variables of the case now.
    """
    record = () if recorded == row.digest == _whole(row) else ("record",)
    if row.salt is None:
        return Checked(record, is_erased=True)
    now = _digests(row.salt, _parts(row, instance, task, item, files))
    signed = row.content["parts"]
    altered = tuple(name for name in PARTS if now[name] != signed.get(name))
    later = {name: value for name, value in known.items() if name in row.content["seen"]}
    changed = tuple(name for name, digest in _digests(row.salt, later).items() if digest != row.content["seen"][name])
    return Checked((*altered, *record), changed)


def _parts(
    row: Signature, instance: ProcessInstance, task: UserTask, item: WorkItem, files: Iterable[Attachment]
) -> dict[str, Any]:
    return {
        "case": [instance.company_id, instance.number, instance.process_id, instance.version],
        "step": [task.key, task.element_id, task.name, task.round],
        "signer": [row.username, row.instead_of, row.signed_at.astimezone(UTC).isoformat(), item.done_by],
        "sign_in": row.sign_in,
        "outcome": item.outcome,
        "opinion": item.opinion or "",
        "values": item.given or {},
        "files": sorted([each.key, each.name, each.sha256] for each in files),
        "signature": row.strokes,
    }


def _whole(row: Signature) -> str:
    return hashlib.sha256(_text([row.content["parts"], row.content["seen"], row.content["files"]]).encode()).hexdigest()


def _digests(salt: str, parts: Mapping[str, Any]) -> dict[str, str]:
    return {name: hashlib.sha256(_text([salt, name, value]).encode()).hexdigest() for name, value in parts.items()}


def _text(value: Any) -> str:
    """The one text of a value, whether it was stored meanwhile or not."""
    text = simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_plain)
    return simplejson.dumps(loads(text), use_decimal=True, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
