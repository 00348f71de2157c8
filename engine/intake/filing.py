"""Taking in what customers file on the public page, by e-mail or web hook: each thing once, as one case."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import errors, forms
from engine.cases.cases import Surroundings
from engine.definitions import definitions, process_life
from engine.definitions.definitions import Definition
from engine.definitions.terms import Public
from engine.files import archives, attachments, file_types
from engine.intake import secrets
from engine.people.actors import SYSTEM, Actor
from engine.storage import database, keys, marks, models
from engine.storage.models import Attachment, Filing, ProcessInstance
from engine.verbs.running import messages

NOT_HERE = "There is nothing here under this address, or you may not view it."
REPEATED_WITHIN = timedelta(minutes=10)
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_FILES = 10
CALENDAR_FUNCTIONS = ("working days after", "working hours after", "is working day", "working days between")


FILED_OTHERWISE = (
    "%(number)s was filed with this form already, with other content; nothing has been sent now. To file what stands here as well, "
    "send it once more; files that went with the first have to be added again."
)


class FiledOtherwise(errors.Conflict):
    """A form that was filed before comes again with something else; `number` is that of the case that it started."""


@dataclass(frozen=True)
class Filed:
    """What became of a filing. Without `knows_secret` the same content was filed before by another form."""

    instance_key: int
    number: str
    is_repeated: bool
    knows_secret: bool


def offers(session: Session, company_id: str) -> list[Definition]:
    """The company's processes that have a public page, in their order."""
    newest = definitions.all_latest(session, company_id, in_use=True)
    offered = [each for each in newest if each.settings.public is not None]
    return sorted(offered, key=lambda each: (each.settings.order, each.process_id))


def page(session: Session, company_id: str, process_id: str) -> tuple[Definition, Public, forms.Form]:
    """As `wording`, for filing something new: NotFound for a process that is retired too."""
    worded = wording(session, company_id, process_id)
    if process_life.retired(session, company_id, process_id) is not None:
        raise errors.NotFound(NOT_HERE)
    return worded


def wording(session: Session, company_id: str, process_id: str) -> tuple[Definition, Public, forms.Form]:
    """The process of a public page, its wording and its form. Raises NotFound for any that has none."""
    if session.get(models.Company, company_id) is None:
        raise errors.NotFound(NOT_HERE)
    definition = definitions.latest(session, company_id, process_id)
    public = definition.settings.public
    if public is None or public.form not in definition.forms:
        raise errors.NotFound(NOT_HERE)
    return definition, public, definition.forms[public.form].parsed


def scope(
    session: Session, company_id: str, receipt: str, variables: Mapping[str, Any], *, now: datetime, calendar: str = ""
) -> forms.FormScope:
    """What a form's expressions may ask on a public page: the calendar of its process, and the files of this very form.

    People, departments and records are not to be looked up by strangers.
    """
    around = Surroundings(session, SYSTEM(company_id), now, starting=calendar)
    look_ups = around.functions(None)
    known = {name: look_ups[name] for name in CALENDAR_FUNCTIONS}
    files = attachments.usable(session, visitor(company_id, receipt), None)
    return forms.FormScope(variables, known, around.local_now, files)


def visitor(company_id: str, receipt: str) -> Actor:
    """Whoever holds a form's receipt: it owns the files handed in with that form and nothing else."""
    return Actor(company_id, "public:" + hashlib.sha256(receipt.encode()).hexdigest()[:32], "")


def store(
    session: Session, company_id: str, receipt: str, field: str, name: str, stream: IO[bytes], *, now: datetime
) -> Attachment:
    """Takes a file for a form that is being filled in; only known types of documents and pictures, at most 10 MB.

    Raises Invalid for a file that is too large, of another type, or not what its name says.
    """
    if stream.seek(0, 2) > MAX_FILE_BYTES:
        raise errors.Invalid("The file is larger than %(most)s MB.", most=MAX_FILE_BYTES // (1024 * 1024))
    stream.seek(0)
    if not file_types.is_known(name):
        raise errors.Invalid("Files of this type are not taken: %(name)s.", name=name[:100])
    archives.look_inside(name[:100], stream, is_stranger=True)
    mine = (Attachment.company_id == company_id, Attachment.uploaded_by == visitor(company_id, receipt).username)
    if len(session.execute(select(Attachment.key).where(*mine).limit(MAX_FILES)).all()) >= MAX_FILES:
        raise errors.Invalid("At most %(most)s files can be handed in.", most=MAX_FILES)
    return attachments.store(session, visitor(company_id, receipt), None, field, name, stream, now=now)


def file(
    session: Session,
    company_id: str,
    process_id: str,
    submission: Mapping[str, Any],
    *,
    receipt: str,
    secret: str,
    now: datetime,
) -> Filed:
    """Starts a case with what a customer filled in; the same form or the same content again gives the same number.

    Raises Invalid with `fields`, NotFound where there is no such page, FiledOtherwise for a form that was sent before with
    something else: it would be lost.
    """
    definition, public, form = page(session, company_id, process_id)
    around = scope(session, company_id, receipt, {}, now=now, calendar=definition.settings.calendar)
    sent = marks.of_content(receipt, process_id, submission)
    before = _by_outside_id(session, company_id, "page", receipt)
    if before is not None and marks.is_known(session, company_id, sent):
        return _repeated(session, before, receipt)
    try:
        values = forms.validate(
            form, submission, {}, functions=around.functions, now=around.now, attachments=around.attachments
        )
    except errors.Invalid as refusal:  # its files may have gone with what was sent before
        raise refusal if before is None else _otherwise(session, before) from refusal
    content = _digest(session, process_id, values)
    repeated = before or _by_content(session, company_id, content, now)
    if repeated is not None:
        return _same(session, repeated, receipt, content)
    filing = claim(session, company_id, "page", receipt, process_id, now=now)
    if filing is None:  # the same form was sent twice at the same moment
        return _same(session, _by_outside_id(session, company_id, "page", receipt), receipt, content)
    instance = begin(session, definition, public.message, receipt, {"channel": public.channel, **values}, now=now)
    take_files(session, instance, [int(each["key"]) for each in _files(values)])
    filing.instance_key, filing.content_digest = instance.key, content
    filing.secret_digest = secrets.digest(instance.key, secret)
    marks.take(session, company_id, sent)
    marks.keep(session, company_id, sent, instance.key)
    session.flush()
    return Filed(instance.key, instance.number, False, True)


def claim(session: Session, company_id: str, source: str, outside_id: str, process_id: str, *, now: datetime) -> Filing | None:
    """The row of a new filing, or None when this id came before; two at once wait for each other here."""
    insert = sqlite.insert if database.is_sqlite(session) else postgresql.insert
    values = {
        "key": keys.new(),
        "company_id": company_id,
        "source": source,
        "outside_id": outside_id,
        "process_id": process_id,
        "filed_at": now,
        "secret_digest": "",
        "content_digest": "",
    }
    unique = ["company_id", "source", "outside_id"]
    made = session.execute(insert(Filing).values(**values).on_conflict_do_nothing(index_elements=unique).returning(Filing.key))
    key = made.scalar()
    return session.get_one(Filing, key) if key is not None else None


def begin(
    session: Session, definition: Definition, message: str, correlation_key: str, variables: Mapping[str, Any], *, now: datetime
) -> ProcessInstance:
    """Starts the process by its message. Raises Unavailable when the process has no start event for it."""
    by = SYSTEM(definition.company_id)
    started = messages.publish(session, by, message, correlation_key, variables, now=now).instance_keys
    for key in started:
        instance = session.get_one(ProcessInstance, key)
        if instance.process_id == definition.process_id:
            return instance
    raise errors.Unavailable("This cannot be filed here just now. Please call us instead.")


def take_files(session: Session, instance: ProcessInstance, file_keys: Iterable[int]) -> None:
    """Makes files that were handed in part of the case."""
    loose = (Attachment.key.in_(list(file_keys)), Attachment.instance_key.is_(None))
    session.execute(update(Attachment).where(*loose).values(instance_key=instance.key, uploaded_by=None))


def take_along(session: Session, company_id: str, receipt: str, other: str) -> None:
    """Files that were handed in for a form and have not gone with it belong to another form from now on."""
    own = (Attachment.company_id == company_id, Attachment.uploaded_by == visitor(company_id, receipt).username)
    session.execute(update(Attachment).where(*own).values(uploaded_by=visitor(company_id, other).username))


def _same(session: Session, filing: Filing | None, receipt: str, content: str) -> Filed:
    """What was filed before, if this is the same."""
    filed = _repeated(session, filing, receipt)
    if filing is not None and filing.content_digest != content:
        raise _otherwise(session, filing)
    return filed


def _otherwise(session: Session, filing: Filing) -> FiledOtherwise:
    return FiledOtherwise(FILED_OTHERWISE, number=_repeated(session, filing, filing.outside_id).number)


def _repeated(session: Session, filing: Filing | None, receipt: str) -> Filed:
    if filing is None or filing.instance_key is None:
        raise errors.Conflict("This is being taken in just now. Please look again in a moment.")
    number = session.execute(select(ProcessInstance.number).where(ProcessInstance.key == filing.instance_key)).scalar_one()
    return Filed(filing.instance_key, number, True, filing.outside_id == receipt)


def _by_outside_id(session: Session, company_id: str, source: str, outside_id: str) -> Filing | None:
    mine = (Filing.company_id == company_id, Filing.source == source, Filing.outside_id == outside_id)
    return session.execute(select(Filing).where(*mine)).scalar()


def _by_content(session: Session, company_id: str, content: str, now: datetime) -> Filing | None:
    same = (Filing.company_id == company_id, Filing.content_digest == content, Filing.filed_at > now - REPEATED_WITHIN)
    return session.execute(select(Filing).where(*same).order_by(Filing.key).limit(1)).scalar()


def _digest(session: Session, process_id: str, values: Mapping[str, Any]) -> str:
    """The SHA-256 of what was filed; files count by their content, as each upload gets a key of its own."""
    file_keys = [int(each["key"]) for each in _files(values)]
    contents = sorted(session.execute(select(Attachment.sha256).where(Attachment.key.in_(file_keys))).scalars())
    bare = _without_files(values)
    return hashlib.sha256(models.dumps([process_id, bare, contents]).encode()).hexdigest()


def _files(value: Any) -> Iterable[Mapping[str, Any]]:
    """All file values within what was filed."""
    if isinstance(value, Mapping):
        if _is_file(value):
            yield value
        else:
            for each in value.values():
                yield from _files(each)
    elif isinstance(value, list):
        for each in value:
            yield from _files(each)


def _without_files(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_files(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_without_files(each) for each in value if not _is_file(each)]
    return value


def _is_file(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"key", "name", "size", "type"}
