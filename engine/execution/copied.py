"""Carbon copies [抄送] as a diagram sends them, and how all copies are written: many after the commit, in parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, null, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.sayings import Said
from engine.cases import history, notices
from engine.cases.cases import Case, Instance, Surroundings
from engine.cases.rights import recusal
from engine.definitions.task_settings import END_COPIES
from engine.people import organisation, resolve
from engine.storage import database, jobs, keys
from engine.storage.models import CarbonCopy

DELIVER = "copies.deliver"
AT_ONCE = 50  # more are written after the commit, in parts, so that nobody waits for the case meanwhile
AT_A_TIME = 500
NAMED = 50
_TABLE: Any = CarbonCopy.__table__
_DIALECTS: dict[bool, Any] = {True: sqlite, False: postgresql}


def _anew(dialect: Any) -> Any:
    """What somebody sends by hand reaches also who is a reader already: its words, and unread; not the same once more."""
    statement = dialect.insert(_TABLE)
    sent, there = statement.excluded, _TABLE.c
    note = func.coalesce(func.nullif(sent.note, ""), there.note)
    changed = {"sent_by": sent.sent_by, "sent_at": sent.sent_at, "step": sent.step, "note": note, "read_at": null()}
    is_same = and_(there.read_at.is_(None), there.sent_by == sent.sent_by, there.note == note)
    told = statement.on_conflict_do_update(
        index_elements=["instance_key", "username"], set_=changed, where=is_same.is_not(true())
    )
    return told.returning(there.username)


_INSERTS = {
    is_sqlite: each.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.username)
    for is_sqlite, each in _DIALECTS.items()
}
_SENT_AGAIN = {is_sqlite: _anew(each) for is_sqlite, each in _DIALECTS.items()}
SUBJECT = Said("抄送：{title}（{number}）", "A copy for you: {title} ({number})")
BODY = Said("{who}抄送给您。{note}", "A copy from {who}. {note}")
STEP = Said("环节“{step}”", "the step “{step}”")
END = "办结"  # what an end without a name is called


def by_ends(case: Case, ends: Iterable[str]) -> None:
    """The copies that the diagram sends where the case, or a part of it, has ended; whom a step keeps away gets none."""
    elements = case.definition.program.elements
    for element in (elements[end] for end in dict.fromkeys(ends) if elements[end].properties.get(END_COPIES)):
        context = case.context()
        named = _value(case, element.properties[END_COPIES], context)
        send(case.around, case.instance, readers(case, named, recusal.about(case)), step=element.name or END)


def readers(case: Case, named: Any, kept_away: Collection[str]) -> list[str]:
    """Who gets a copy where a setting came to these groups and people; nobody's names, and those kept away, get none."""
    company = case.around.organisation
    names = [name.removeprefix(resolve.GROUP_PREFIX) for name in resolve.names_in(named)]
    people = [name for each in names for name in ((each,) if each in company.people else company.members_of(each))]
    return [name for name in company.active(people) if name not in kept_away]


def send(around: Surroundings, instance: Instance, to: Sequence[str], note: str = "", *, step: str = "") -> None:
    """Sends copies of a locked case, noted in its history, which the caller stores; with a `step` it is the diagram's."""
    if not to:
        return
    told = {"to": list(to[:NAMED]), "count": len(to), **({"values": {"comment": note}} if note else {})}
    actor = None if step else around.actor
    history.append(around.session, instance, "copied", at=around.now, element_name=step or None, actor=actor, data=told)
    payload = _payload(around, instance, to, note=note, step=step)
    if len(to) <= AT_ONCE:
        _write(around.session, payload, to, around.now, tell=notices.later)
    else:
        jobs.enqueue(around.session, DELIVER, payload, company_id=instance.company_id, run_at=around.now)


def let_read(around: Surroundings, instance: Instance, to: Sequence[str]) -> None:
    """Makes people who are told of a case otherwise its readers; they have read nothing yet, and get no second notice."""
    insert(around.session, _payload(around, instance, to), to, around.now)


@jobs.job(DELIVER)
def deliver(session: Session, payload: Mapping[str, Any], *, now: datetime) -> None:
    """Writes the next part of many copies, and leaves the rest to the next job; the case is not locked."""
    to = payload["readers"]
    _write(session, payload, to[:AT_A_TIME], now, tell=notices.send)
    if rest := to[AT_A_TIME:]:
        jobs.enqueue(session, DELIVER, {**payload, "readers": rest}, company_id=payload["company_id"], run_at=now)


def _value(case: Case, text: str, context: Mapping[str, Any]) -> Any:
    """What cannot be worked out names nobody: a copy must never stop a case."""
    try:
        return case.evaluate(text, context)
    except errors.Refusal:
        return None


def _payload(around: Surroundings, instance: Instance, to: Sequence[str], *, note: str = "", step: str = "") -> dict[str, Any]:
    return {
        "company_id": instance.company_id,
        "root_key": instance.root_key,
        "readers": list(to),
        "sent_by": None if step else around.actor,
        "step": step,
        "note": note,
    }


def _write(
    session: Session, payload: Mapping[str, Any], to: Iterable[str], now: datetime, *, tell: Callable[..., list[str]]
) -> None:
    """`tell` is `notices.later` where the case is locked, else `notices.send`."""
    new = insert(session, payload, to, now, again=not payload["step"])
    instance = session.get_one(Instance, payload["root_key"])
    company = organisation.current(session, payload["company_id"])
    who = company.name_of(payload["sent_by"]) if payload["sent_by"] else STEP.of(step=payload["step"])
    subject = SUBJECT.of(title=instance.title, number=instance.number)
    body = BODY.of(who=who, note=payload["note"])
    facts = {"who": payload["sent_by"], "said": payload["note"], "step": payload["step"]}
    tell(session, company, new, subject, body, now=now, instance=instance, kind="copied", facts=facts)


def insert(session: Session, payload: Mapping[str, Any], to: Iterable[str], now: datetime, *, again: bool = False) -> list[str]:
    """Writes the copies past the ORM, which has nothing to add but time; who has one keeps it, unless it is sent `again`.

    Gives who has got one now.
    """
    of = {"company_id": payload["company_id"], "instance_key": payload["root_key"], "sent_at": now}
    of |= {name: payload[name] for name in ("sent_by", "step", "note")}
    rows = [{"key": keys.new(), "username": reader, **of} for reader in to]
    statement = (_SENT_AGAIN if again else _INSERTS)[database.is_sqlite(session)]
    return list(session.connection().execute(statement, rows).scalars()) if rows else []
