"""Messages to people inside the product."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from engine.basics import sayings
from engine.basics.sayings import Said
from engine.cases import history
from engine.cases.personal import personal_text
from engine.cases.rights import barring
from engine.definitions import definitions
from engine.definitions.definitions import Definition
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage import keys, models
from engine.storage.models import HistoryEvent, Notice, Outgoing, ProcessInstance
from engine.storage.models.announcements import UNROUTED

AsideNotice = tuple[str, dict[str, str]]  # a username, and the subject by language
_ASIDE = "notices.aside"
MAX_SUBJECT = 200
MAX_BODY = 10_000
TOLD = "told"
# Among the facts: the groups that a process tells, the key of the task, the path of another page, whose absence the task waits
# for, and that a task of the reader's is undone, so that it says nothing of one that came to him since.
TO_GROUPS, TASK, PAGE, AWAY, UNDONE = "to_groups", "task", "page", "away", "undone"
KEPT = (TO_GROUPS, TASK, PAGE)
OF_PROCESSES = ("name", "step", "title", "label", "process", "how")  # of what sentences give, names that a process gave


def send(
    session: Session,
    company: Organisation,
    to: Iterable[str],
    subject: str | Said,
    body: str | Said = "",
    *,
    now: datetime,
    instance: ProcessInstance | None = None,
    kind: str | None = TOLD,
    facts: Mapping[str, Any] | None = None,
    own: Mapping[str, Mapping[str, Any]] | None = None,
    of_act: bool = False,
) -> list[str]:
    """A notice to each person and to everybody in each group of `to`, once each; gives the usernames that got one.

    A sentence of ours reaches each reader in his language, with the names of steps that it gives as his version says them;
    what a person worded stays as it is.
    `kind` is that under which it leaves by mail and robots too (`engine.announcing.kinds`), None for one that stays in the
    page because something else tells it there; `facts` are what those words are made from: who (a username), instead_of
    (whom he stood in for), step, due (a moment), said, task (a key), page (the path of another page to lead to), words (the
    kind in whose words it is said, where that is another); `own` are those of single readers, as JSON holds them. Names that
    are neither a person nor a group, and disabled accounts, get none. Numbers of people that somebody wrote into his words
    are masked, as in every list.
    `of_act`: it says what an act did to the case; where that is part of an act on many it is kept aside (`kept_aside`).
    """
    readers = people(company, to)
    if readers and not (of_act and _keep_aside(session, readers, subject, instance)):
        _put(session, company, readers, _worded(session, instance, kind, subject, body, facts or {}), now, instance, own or {})
    return list(readers)


def later(
    session: Session,
    company: Organisation,
    to: Iterable[str],
    subject: str | Said,
    body: str | Said = "",
    *,
    now: datetime,
    instance: ProcessInstance,
    kind: str | None = TOLD,
    facts: Mapping[str, Any] | None = None,
    of_act: bool = False,
) -> list[str]:
    """`send`, noted in the history of the case, which is locked and whose history the caller stores; the worker makes the
    notices from it after the commit (`from_event`), so that whoever goes on with a case waits for none of them.
    """
    readers = list(people(company, to))
    if readers and not (of_act and _keep_aside(session, readers, subject, instance)):
        told = _worded(session, instance, kind, subject, body, facts or {})
        history.append(session, instance, history.TOLD, at=now, data={"to": readers, "values": told})
    return readers


@contextlib.contextmanager
def kept_aside(session: Session) -> Iterator[list[AsideNotice]]:
    """What acts say meanwhile to people is not sent but kept in the list: whoever acts on many cases tells each person once."""
    aside: list[AsideNotice] = []
    session.info[_ASIDE] = aside
    try:
        yield aside
    finally:
        del session.info[_ASIDE]


def _keep_aside(session: Session, readers: Iterable[str], subject: str | Said, instance: ProcessInstance | None) -> bool:
    aside: list[AsideNotice] | None = session.info.get(_ASIDE)
    if aside is None:
        return False
    drawn = definitions.as_drawn(session, instance.definition_key) if instance else None
    texts = {language: written(subject, "", language, drawn)["subject"] for language in sayings.LANGUAGES}
    aside += [(reader, texts) for reader in readers]
    return True


def from_event(session: Session, company: Organisation, instance: ProcessInstance, event: HistoryEvent) -> None:
    """Makes the notices that an event of `later` says; none of one whose words were erased, nor for who has left since."""
    told = event.data["values"]
    if "texts" in told and (readers := people(company, event.data["to"])):
        _put(session, company, readers, told, event.at, instance, {})


def people(company: Organisation, to: Iterable[str]) -> tuple[str, ...]:
    """The people of these people and groups whose accounts are not disabled, each once."""
    return company.active(name for each in to for name in ((each,) if each in company.people else company.members_of(each)))


def _worded(
    session: Session,
    instance: ProcessInstance | None,
    kind: str | None,
    subject: str | Said,
    body: str | Said,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """A notice before it is known who reads it: its texts by language, its kind and its facts, as JSON holds them."""
    drawn = definitions.as_drawn(session, instance.definition_key) if instance else None
    texts = {language: written(subject, body, language, drawn) for language in sayings.LANGUAGES}
    told: dict[str, Any] = models.loads(models.dumps({"facts": _kept(kind, subject, body, facts, drawn)}))
    return {"kind": kind, "texts": texts, **told}


def _put(
    session: Session,
    company: Organisation,
    readers: Iterable[str],
    told: Mapping[str, Any],
    now: datetime,
    instance: ProcessInstance | None,
    own: Mapping[str, Mapping[str, Any]],
) -> None:
    """Whom the case keeps away, as the person whom a complaint is about, hears nothing of it, though his group does."""
    readers = tuple(readers)
    away = unheard(session, company, instance, readers) if instance else set()
    rows = [
        {
            "key": keys.new(),
            "company_id": company.id,
            "username": reader,
            **columns(told["texts"], company.language_of(reader)),
            "instance_key": instance.key if instance else None,
            "created_at": now,
            "read_at": None,
            "kind": told["kind"],
            "facts": {**told["facts"], **own.get(reader, {})},
            "is_announced": told["kind"] is None,
        }
        for reader in readers
        if reader not in away
    ]
    if rows:
        session.execute(insert(Notice), rows)


def unheard(session: Session, company: Organisation, instance: ProcessInstance, readers: Collection[str]) -> set[str]:
    """Those of some people who are told nothing of a case, as it is kept from them; administrators are told all the same."""
    return barring.kept_from(session, instance, readers) - set(company.administrators)


def columns(texts: Mapping[str, Mapping[str, str]], language: str) -> dict[str, Any]:
    """What the row of a notice holds of its texts (subject and body by language) for who reads that language now."""
    others = {each: dict(words) for each, words in texts.items() if words != texts[language]}
    return {**texts[language], "texts": others or None}


def of_installation(
    session: Session,
    company: Organisation,
    to: Iterable[str],
    subject: Said,
    body: Said,
    *,
    now: datetime,
    is_over: bool = False,
) -> None:
    """Tells that something beside the cases failed, by every way in these words; `is_over`: that it works again."""
    facts = {"subject": subject, "said": body, **({"words": TOLD} if is_over else {})}
    send(session, company, to, subject, body, now=now, kind="incident", facts=facts)


def written(subject: str | Said, body: str | Said, language: str, own: Definition | None = None) -> dict[str, str]:
    """Subject and body of a notice as its row holds them, numbers of people masked; `own` is the process that it is about."""
    return {
        "subject": personal_text.cover(sayings.read(_in_words(subject, own, language), language))[:MAX_SUBJECT],
        "body": personal_text.cover(sayings.read(_in_words(body, own, language), language))[:MAX_BODY],
    }


def _in_words(said: str | Said, own: Definition | None, language: str) -> str | Said:
    """A sentence with what it names of a process in that process's own translation; a whole text of the process likewise."""
    if own is None or not own.texts.get(language):
        return said
    if not isinstance(said, Said):
        return own.said_in(language, said)
    inner = {name: _in_words(each, own, language) for name, each in said.given.items() if isinstance(each, Said)}
    named = {name: each for name, each in said.given.items() if name in OF_PROCESSES and isinstance(each, str)}
    told = {
        name: own.titled(each, language) if name == "title" else own.said_in(language, each) for name, each in named.items()
    }
    return said.of(**inner, **told)


def _kept(
    kind: str | None, subject: str | Said, body: str | Said, facts: Mapping[str, Any], own: Definition | None
) -> dict[str, Any]:
    """What the words of other ways are made from; a chat may speak another language than the reader's page."""
    of_itself = {"subject": subject, "said": body} if kind == TOLD and isinstance(subject, Said) else {}
    return {name: by_language(value, own) for name, value in {**of_itself, **facts}.items()}


def by_language(value: Any, own: Definition | None) -> Any:
    """A sentence as `sayings.both` keeps it, in the process's own translations."""
    if not isinstance(value, Said):
        return value
    return {each: sayings.read(_in_words(value, own, each), each) for each in sayings.LANGUAGES}


def announce(
    session: Session,
    company: Organisation,
    to: Iterable[str],
    kind: str,
    source: str,
    *,
    now: datetime,
    instance: ProcessInstance,
    facts: Mapping[str, Any],
) -> None:
    """Tells people and groups outside the page alone, of what the page shows them anyway; of the same `source` each once."""
    readers = people(company, to)
    away = unheard(session, company, instance, readers)
    rows = [
        {
            "key": keys.new(),
            "company_id": company.id,
            "channel_key": UNROUTED,
            "username": reader,
            "kind": kind,
            "source": source,
            "instance_key": instance.key,
            "task_key": facts.get("task"),
            "facts": dict(facts),
            "made_at": now,
            "due_at": now,
            "state": "waiting",
        }
        for reader in readers
        if reader not in away
    ]
    if rows:
        session.execute(insert(Outgoing), rows)


def mark_read(
    session: Session,
    by: Actor,
    notice_keys: Iterable[int] | None = None,
    *,
    instance_key: int | None = None,
    now: datetime,
) -> None:
    """Marks one's own notices as read: those named, those about a case and its tree, or all."""
    mine = [Notice.company_id == by.company_id, Notice.username == by.username, Notice.read_at.is_(None)]
    if notice_keys is not None:
        mine.append(Notice.key.in_(list(notice_keys)))
    if instance_key is not None:
        mine.append(about(instance_key))
    session.execute(update(Notice).where(*mine).values(read_at=now))


def about(instance_key: int) -> ColumnElement[bool]:
    """That a notice is about the tree of a case: a case is urged on at its root, and its work is opened in a called case."""
    case = ProcessInstance
    root = select(case.root_key).where(case.key == instance_key).scalar_subquery()
    return Notice.instance_key.in_(select(case.key).where(case.root_key == root))
