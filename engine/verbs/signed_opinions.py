"""What goes with an opinion beside its words: files, and a signature bound to all that is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.letters import strokes
from engine.cases import cases, signing
from engine.definitions import task_settings
from engine.files import attachments
from engine.people.actors import Actor
from engine.storage import keys
from engine.storage.models import Attachment, KeptSignature, Signature, SignIn, WorkItem
from engine.verbs.approvals import voting
from engine.verbs.approvals.held_tasks import Held

FIELD = "opinion"
MOST_FILES = 20
Faults = dict[str, list[errors.Refusal]]


@dataclass(frozen=True)
class SentBeside:
    """What somebody sends beside his opinion: `strokes` as drawn now, or `is_kept` for the signature he keeps; files by key."""

    strokes: Any = None
    is_kept: bool = False
    files: tuple[str, ...] = ()

    @property
    def is_signed(self) -> bool:
        """Whether a signature is given."""
        return self.is_kept or self.strokes is not None


def keep_own(session: Session, by: Actor, drawn: Any, *, now: datetime) -> None:
    """Keeps a signature of one's own, to be given with decisions, in place of one kept before. Raises Invalid by field."""
    fault = strokes.fault(drawn)
    if fault is not None:
        raise errors.Invalid("Please sign once more.", fields={"signature": [errors.Refusal(fault)]})
    row = kept(session, by)
    if row is None:
        row = KeptSignature(company_id=by.company_id, username=by.username)
        session.add(row)
    row.strokes, row.drawn_at = drawn, now
    session.flush()


def forget_own(session: Session, by: Actor) -> None:
    """Removes the signature that one keeps; what was signed with it stays as it is."""
    row = kept(session, by)
    if row is not None:
        session.delete(row)
        session.flush()


def kept(session: Session, by: Actor) -> KeptSignature | None:
    """The signature that somebody keeps."""
    row = KeptSignature
    return session.execute(select(row).where(row.company_id == by.company_id, row.username == by.username)).scalar_one_or_none()


def faults(held: Held, mine: WorkItem, beside: SentBeside) -> Faults:
    """What is wrong with signature and files of whoever holds the part, by field."""
    return {**_signature_faults(held, mine, beside), **_file_faults(held, beside)}


def asks_for_signature(setting: str, position: str) -> str:
    """What a part in a step asks: whoever is only asked to do it for somebody decides nothing, and signs if he likes."""
    return task_settings.OPTIONAL if setting == task_settings.REQUIRED and position == voting.DELEGATED else setting


def keep(held: Held, mine: WorkItem, case: cases.Case, beside: SentBeside, instead_of: str | None) -> dict[str, Any]:
    """Keeps files and signature of a part that has just been cast, perhaps in the name of `instead_of`; gives what the history says."""
    files = _take(held, beside)
    told: dict[str, Any] = {"files": [each.key for each in files]} if files else {}
    if beside.is_signed:
        seen = dict(case.run.variables()) | dict(mine.given or {})
        row = _sign(held, mine, beside, files, seen, instead_of)
        told["signature"] = {"key": row.key, "digest": row.digest}
    return told


def _sign(
    held: Held, mine: WorkItem, beside: SentBeside, files: list[Attachment], seen: Mapping[str, Any], instead_of: str | None
) -> Signature:
    own = kept(held.session, held.by) if beside.is_kept else None
    row = Signature(
        key=keys.new(),
        company_id=held.by.company_id,
        instance_key=held.instance.key,
        user_task_key=held.task.key,
        work_item_key=mine.key,
        username=held.by.username,
        instead_of=instead_of,
        signed_at=held.now,
        sign_in=_sign_in(held.session, held.by),
        strokes=own.strokes if own else beside.strokes,
        is_kept=beside.is_kept,
    )
    signing.fill(row, held.instance, held.task, mine, files, {name: seen[name] for name in seen if name not in cases.RESERVED})
    held.session.add(row)
    return row


def _sign_in(session: Session, by: Actor) -> dict[str, Any]:
    """How the signer was recognised: by the session of the pages since when, or by the credentials of a call."""
    begun = session.get(SignIn, by.sign_in) if by.sign_in is not None else None
    if begun is None:
        return {"how": signing.CALLED}
    return {"how": signing.SIGNED_IN, "session": begun.key, "since": begun.begun_at.isoformat()}


def _signature_faults(held: Held, mine: WorkItem, beside: SentBeside) -> Faults:
    asked = asks_for_signature(held.settings.signature, mine.position)
    told = None
    if asked == task_settings.NO_SIGNATURE:
        told = "This step takes no signature." if beside.is_signed else None
    elif beside.is_kept:
        told = None if kept(held.session, held.by) else "You keep no signature yet; please draw one."
    elif beside.strokes is not None:
        told = strokes.fault(beside.strokes)
    elif asked == task_settings.REQUIRED:
        told = "This step has to be signed: draw your signature, or give the one you keep."
    return {"signature": [errors.Refusal(told)]} if told else {}


def _file_faults(held: Held, beside: SentBeside) -> Faults:
    if not beside.files:
        return {}
    if held.settings.opinion == "none":
        return {"opinion_files": [errors.Refusal("This step takes no opinion, so no files with it.")]}
    if len(beside.files) > MOST_FILES:
        return {"opinion_files": [errors.Refusal("At most %(most)s files go with an opinion.", most=MOST_FILES)]}
    usable = attachments.usable(held.session, held.by, held.instance)
    missing = any(usable(key) is None for key in beside.files)
    return {"opinion_files": [errors.Refusal(attachments.NO_FILE)]} if missing else {}


def _take(held: Held, beside: SentBeside) -> list[Attachment]:
    """The files as part of the case and of the task."""
    files = _rows(held.session, dict.fromkeys(map(int, beside.files)))
    for row in files:
        row.instance_key, row.user_task_key, row.field = held.instance.key, held.task.key, FIELD
    return files


def _rows(session: Session, wanted: Iterable[int]) -> list[Attachment]:
    rows = list(wanted)
    if not rows:
        return []
    return list(session.execute(select(Attachment).where(Attachment.key.in_(rows)).order_by(Attachment.key)).scalars())
