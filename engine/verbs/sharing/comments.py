"""Remarks beside a case [备注]: by whoever sees it, at any time; they decide nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO

from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import history, notices
from engine.cases.cases import Instance, Surroundings
from engine.cases.rights import waiting
from engine.execution import copied
from engine.files import attachments
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.verbs import grounds

MAX_MENTIONED = 20
FIELD = "#comment"  # of the files that came with a remark; no field of a form can be called so
SUBJECT = Said("{who}在单据中提到您：{title}（{number}）", "{who} mentioned you: {title} ({number})")
UNKNOWN = "“@%(name)s” names nobody here, so nobody would hear of it. Please choose whom you mention, or leave out the @."
AMBIGUOUS = "Several people are called “%(name)s”. Please write one of: %(names)s."
MOST_OF_NAME = 20
_AT = re.compile(r"(?<![A-Za-z0-9._+-])[@\uff20]")
_WORD = re.compile(r"[^\W\d_]\w*")
_LATIN = re.compile(r"[A-Za-z0-9_-]")
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

    Whom the text itself names behind an @, by his name, username or group, is mentioned too; a name of nobody or of several
    is refused rather than passed over. Raises NotFound, Forbidden for an auditor and for whom the case is about if he mentions
    anybody, Invalid by field: no text, unknown or too many people, whom the case keeps away; files as
    `attachments.store` does.
    """
    instance = grounds.seen(session, by, key)
    if by.is_auditor:
        raise errors.Forbidden("You read everything here and change nothing.")
    said = grounds.text(text, "text", "Please write something.")
    around = Surroundings(session, by, now)
    typed = [each for each in _typed(around.organisation, said) if each != by.username]
    readers = _mentioned(around, instance, [*mentioned, *typed])
    if readers:
        grounds.require_impartial(session, by, instance, grounds.ABOUT_YOU, now, of_steps=False)
    names = [each.name for each in attachments.take(session, by, instance, FIELD, kept)]
    names += [attachments.store(session, by, instance.key, FIELD, name, stream, now=now).name for name, stream in files]
    values = {"comment": said, **({"mentions": readers} if readers else {}), **({"files": names} if names else {})}
    history.append(session, instance, "commented", at=now, actor=by.username, data={"values": values})
    if readers:
        copied.let_read(around, instance, readers)
        subject = SUBJECT.of(who=by.name, title=instance.title, number=instance.number)
        having = waiting.holders(session, around.organisation, instance, now)
        own = {name: waiting.facts(task) for name, task in having.items()}
        facts, company = {"who": by.username, "said": said}, around.organisation
        notices.send(
            session, company, readers, subject, said, now=now, instance=instance, kind="mentioned", facts=facts, own=own
        )
    session.flush()
    history.flush(session)


def _typed(company: Organisation, text: str) -> Iterator[str]:
    """Usernames and groups that a text names behind an @, the longest name that fits; no addresses of mail."""
    called: dict[str, list[str]] = {name: [name] for name in company.groups}
    for username, person in company.people.items():
        if company.is_active(username):
            called.setdefault(person.name, []).append(username)
    called |= {username: [username] for username in company.people if company.is_active(username)}
    most = max(map(len, called), default=0)
    for mention in _AT.finditer(text):
        rest = text[mention.end() :][:most]
        name = next((rest[:size] for size in range(len(rest), 0, -1) if _ends(rest, size) and rest[:size] in called), None)
        who = called.get(name or "", [])
        if len(who) == 1:
            yield who[0]
        elif who:
            raise _fault(AMBIGUOUS, name=name, names=sayings.joined(f"@{each}" for each in sorted(who)))
        elif word := _WORD.match(rest):
            raise _fault(UNKNOWN, name=word[0][:MOST_OF_NAME])


def _ends(rest: str, size: int) -> bool:
    """Whether a name may end there: not within a word of Latin letters and digits."""
    return not (_LATIN.match(rest[size - 1]) and size < len(rest) and _LATIN.match(rest[size]))


def _fault(text: str, **values: object) -> errors.Invalid:
    return errors.Invalid(text, fields={"text": [errors.Refusal(text, fields=None, **values)]}, **values)


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
