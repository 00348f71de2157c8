"""Files of a case: handed in by people, made by the engine, opened by whoever may see the case."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import cases
from engine.cases.personal import personal_data, secret_data
from engine.cases.rights import access
from engine.files import archives, file_types, files
from engine.people.actors import Actor
from engine.storage import jobs, keys
from engine.storage.models import Attachment, ProcessInstance

NO_FILE = "There is no such file, or you may not view it."
LOOSE = timedelta(days=7)
KEPT = "kept"  # as `uploaded_by` of a file that belongs to no case and must not be swept: an e-mail nobody could read
MAX_LOOSE_FILES = 200
MAX_SHOWN = 100  # characters of a name in a refusal
ERASE = "attachments.erase"


@dataclass(frozen=True)
class Opened:
    """A file to be sent: where its content lies, and what it is called."""

    path: Path
    name: str
    media_type: str
    size: int


def store(
    session: Session, by: Actor, instance_key: int | None, field: str, name: str, stream: IO[bytes], *, now: datetime
) -> Attachment:
    """Takes a file, into a case that the person may see or, without one, for a form that is being filled in.

    Raises Invalid (empty, too large, a program, one that is packed, not what its name says), NotFound for a case one may not know
    of, Conflict for one that is over.
    """
    instance = access.require_case(session, by, instance_key) if instance_key else None
    if instance is not None and instance.state != "active":
        raise errors.Conflict("The case %(number)s is over already.", number=instance.number)
    if instance is None and len(_loose(session, by)) >= MAX_LOOSE_FILES:
        raise errors.Conflict("You have handed in too many files that belong to no case yet.")
    archives.look_inside(name[:MAX_SHOWN], stream)
    return _keep(session, by.company_id, instance, field, name, stream, by=by.username, now=now)


def require_new(session: Session, by: Actor, stored: Attachment, beside: Iterable[str]) -> None:
    """Raises Invalid for a file whose content one of those chosen before it, by key, has already, whatever each is called."""
    wanted = [int(key) for key in beside if key.isascii() and key.isdecimal() and len(key) < 19]
    same = (Attachment.key.in_(wanted), Attachment.sha256 == stored.sha256, Attachment.company_id == by.company_id)
    named = [each.name for each in session.execute(select(Attachment).where(*same)).scalars() if _may_open(session, by, each)]
    if named:
        raise errors.Invalid("It is “%(name)s” once more, which stands in the list already.", name=named[0])


def take(session: Session, by: Actor, instance: ProcessInstance, field: str, given: Sequence[str]) -> list[Attachment]:
    """Takes files that the person has just handed in into a case that is not over, by key. Raises Conflict, Invalid by `files`."""
    find = usable(session, by, None)
    if given and instance.state != "active":
        raise errors.Conflict("The case %(number)s is over already.", number=instance.number)
    if any(find(key) is None for key in given):
        raise errors.Invalid(NO_FILE, fields={"files": [errors.Refusal(NO_FILE)]})
    rows = [session.get_one(Attachment, int(key)) for key in dict.fromkeys(given)]
    for row in rows:
        row.instance_key, row.field = instance.key, field
    return rows


def make(session: Session, instance: ProcessInstance, field: str, name: str, content: bytes, *, now: datetime) -> Attachment:
    """A file that the engine itself adds to a case."""
    return _keep(session, instance.company_id, instance, field, name, io.BytesIO(content), by=None, now=now)


def open(session: Session, by: Actor, key: int) -> Opened:
    """A file of a case that the person may see, or one that he has just handed in. Raises NotFound."""
    row = session.get(Attachment, key)
    if row is None or not _may_open(session, by, row):
        raise errors.NotFound(NO_FILE)
    if not row.sha256:
        raise errors.NotFound("The content of this file was destroyed.")
    return Opened(files.folder_of(session).open(row.sha256), row.name, row.media_type, row.size)


def download(session: Session, by: Actor, key: int, *, now: datetime) -> Opened:
    """A file as `open` gives it, noted in the history of its case where personal data are masked for this person.

    Who has an open task in the case's tree reads everything there without a note, as on the task's page.
    """
    opened = open(session, by, key)
    row = session.get_one(Attachment, key)
    if row.instance_key is None:
        return opened
    instance = cases.lock(session, row.instance_key)
    if row.uploaded_by != by.username:
        secret_data.require(session, by, instance, now=now)
    if personal_data.deals_with(session, by, root_key=instance.root_key):
        return opened
    if personal_data.is_masked(session, instance, now=now):
        personal_data.note(session, by, instance, now=now, how="file", file=str(row.key))
    return opened


def usable(session: Session, by: Actor, instance: ProcessInstance | None) -> Callable[[str], Mapping[str, Any] | None]:
    """What answers a form's file key with {key, name, size, type}; None for one that is not this person's to use."""

    def find(key: str) -> Mapping[str, Any] | None:
        is_key = key.isascii() and key.isdecimal() and len(key) < 20
        row = session.get(Attachment, int(key)) if is_key and int(key) < 1 << 63 else None
        if row is None or row.company_id != by.company_id or not _is_usable(row, by, instance):
            return None
        return as_value(row)

    return find


def copied(
    session: Session, by: Actor, instance: ProcessInstance, key: str, *, is_taken: bool = False, now: datetime
) -> dict[str, Any] | None:
    """A file of a case once more, as if this person had just handed it in for a form; None where he could not.

    The content is not stored twice. What holds personal data that are masked for him is left out, as what was destroyed is.
    With `is_taken` it goes into a case at once, and is none of those that somebody may have handed in and not sent.
    """
    row = session.get(Attachment, int(key)) if key.isascii() and key.isdecimal() and len(key) < 19 else None
    if row is None or row.instance_key != instance.key or not row.sha256:
        return None
    if not is_taken and len(_loose(session, by)) >= MAX_LOOSE_FILES:
        return None
    is_hidden = secret_data.why_not(session, by, instance, now=now) is not None
    is_hidden = is_hidden or personal_data.is_masked(session, instance, now=now)
    if is_hidden and not personal_data.deals_with(session, by, root_key=instance.root_key):
        return None
    same = {name: getattr(row, name) for name in ("company_id", "field", "name", "media_type", "size", "sha256")}
    again = Attachment(key=keys.new(), instance_key=None, uploaded_by=by.username, uploaded_at=now, **same)
    session.add(again)
    session.flush()
    return as_value(again)


def as_value(row: Attachment) -> dict[str, Any]:
    """A file as the value of a form's field."""
    return {"key": str(row.key), "name": row.name, "size": row.size, "type": row.media_type}


def sweep(session: Session, *, now: datetime) -> int:
    """Forgets files that were handed in for a form and never sent; contents that no file has go to the trash. Raises TooMany."""
    session.execute(
        delete(Attachment).where(
            Attachment.instance_key.is_(None),
            Attachment.uploaded_at < now - LOOSE,
            or_(Attachment.uploaded_by.is_(None), Attachment.uploaded_by != KEPT),
        )
    )
    return files.folder_of(session).sweep(session.execute(select(Attachment.sha256).distinct()).scalars(), now=now)


def erase(session: Session, company_id: str, instance_keys: Collection[int], *, now: datetime) -> None:
    """Takes the contents of these cases' files away for good, once this is committed; their names stay in the list."""
    of_cases = (Attachment.instance_key.in_(instance_keys), Attachment.sha256 != "")
    contents = sorted(set(session.execute(select(Attachment.sha256).where(*of_cases)).scalars()))
    if contents:
        session.execute(update(Attachment).where(*of_cases).values(sha256=""))
        jobs.enqueue(session, ERASE, {"contents": contents}, company_id=company_id, run_at=now)


@jobs.job(ERASE)
def _erase_contents(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Removes contents that no file has any more; a job, because a folder knows no rollback."""
    contents = set(payload["contents"])
    contents -= set(session.execute(select(Attachment.sha256).where(Attachment.sha256.in_(contents))).scalars())
    for sha256 in contents:
        files.folder_of(session).remove(sha256)


def _keep(
    session: Session,
    company_id: str,
    instance: ProcessInstance | None,
    field: str,
    name: str,
    stream: IO[bytes],
    *,
    by: str | None,
    now: datetime,
) -> Attachment:
    clean = file_types.clean_name(name)
    stored = files.folder_of(session).put(stream)
    row = Attachment(
        key=keys.new(),
        company_id=company_id,
        instance_key=instance.key if instance else None,
        field=field[:200],
        name=clean,
        media_type=file_types.media_type(clean, stored.head),
        size=stored.size,
        sha256=stored.sha256,
        uploaded_by=by,
        uploaded_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _loose(session: Session, by: Actor) -> list[int]:
    mine = (Attachment.company_id == by.company_id, Attachment.uploaded_by == by.username, Attachment.instance_key.is_(None))
    return list(session.execute(select(Attachment.key).where(*mine).limit(MAX_LOOSE_FILES)).scalars())


def _may_open(session: Session, by: Actor, row: Attachment) -> bool:
    if row.company_id != by.company_id:
        return False
    if row.instance_key is None:
        return row.uploaded_by == by.username or (row.uploaded_by == KEPT and by.is_administrator)
    instance = session.get(ProcessInstance, row.instance_key)
    return instance is not None and access.may_see(session, by, instance)


def _is_usable(row: Attachment, by: Actor, instance: ProcessInstance | None) -> bool:
    if row.instance_key is None:
        return row.uploaded_by == by.username
    return instance is not None and row.instance_key == instance.key
