"""Remarks beside a case [备注]: by whoever sees it, at any time; they decide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import IO

from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.cases import history, notices
from engine.cases.cases import Instance, Surroundings
from engine.execution import copied
from engine.files import attachments
from engine.people.actors import Actor
from engine.verbs import grounds

MAX_MENTIONED = 20
FIELD = "#comment"  # of the files that came with a remark; no field of a form can be called so
SUBJECT = Said("{who}在单据中提到您：{title}（{number}）", "{who} mentioned you: {title} ({number})")
File = tuple[str, IO[bytes]]


def add(
    session: Session,
    by: Actor,
    key: int,
    text: str,
    *,
    mentioned: Iterable[str] = (),
    files: Sequence[File] = (),
    kept: Sequence[str] = (),
    now: datetime,
) -> None:
    """Adds a remark with files, sent with it or handed in before (`kept`, their keys); whoever is mentioned hears of it, and may read the case from then on.

    Raises NotFound, Forbidden for an auditor, Invalid by field: no text, unknown or too many people, whom the case keeps away; files as
    `attachments.store` does.
    """
    instance = grounds.seen(session, by, key)
    if by.is_auditor:
        raise errors.Forbidden("You read everything here and change nothing.")
    said = grounds.text(text, "text", "Please write something.")
    around = Surroundings(session, by, now)
    readers = _mentioned(around, instance, mentioned)
    names = [each.name for each in attachments.take(session, by, instance, FIELD, kept)]
    names += [attachments.store(session, by, instance.key, FIELD, name, stream, now=now).name for name, stream in files]
    values = {"comment": said, **({"mentions": readers} if readers else {}), **({"files": names} if names else {})}
    history.append(session, instance, "commented", at=now, actor=by.username, data={"values": values})
    if readers:
        copied.let_read(around, instance, readers)
        subject = SUBJECT.of(who=by.name, title=instance.title, number=instance.number)
        facts = {"who": by.username, "said": said}
        to = around.organisation
        notices.send(session, to, readers, subject, said, now=now, instance=instance, kind="mentioned", facts=facts)
    session.flush()
    history.flush(session)


def _mentioned(around: Surroundings, instance: Instance, mentioned: Iterable[str]) -> list[str]:
    named = [each for each in mentioned if each.strip()]
    if not named:
        return []
    readers = grounds.people(around.organisation, named, field="mentioned")
    if len(readers) > MAX_MENTIONED:
        refusal = errors.Refusal("At most %(limit)s people are mentioned in one remark.", limit=MAX_MENTIONED)
        raise errors.Invalid(refusal.text, fields={"mentioned": [refusal]}, limit=MAX_MENTIONED)
    grounds.require_not_about(around, instance, readers, field="mentioned")
    return readers
