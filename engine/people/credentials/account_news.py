"""What was done to somebody's account, told to him: in the page, and by letters to his mail address and to those of before.

Whoever gets hold of an account first has its letters go elsewhere, or sets its password; so letters go to the addresses that
the person had within the last days too, and nobody switches them off.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.basics import sayings
from engine.basics.sayings import Said
from engine.people.organisation import Organisation
from engine.storage import keys
from engine.storage.models import Notice, OrganisationEvent, Outgoing
from engine.storage.models.announcements import UNROUTED, WORDED

FORMER = timedelta(days=7)  # for so long an address of before is written to
WARNING = Said("如非您本人要求，请立即告知系统管理员。", "If you have not asked for it, please tell an administrator at once.")
LETTER = Said(
    "{name}，您好：\n\n{subject}（账号 {username}）。\n{body}\n\n{company}",
    "Dear {name},\n\n{subject} (account {username}).\n{body}\n\n{company}",
)


def tell(
    session: Session,
    company: Organisation,
    username: str,
    subject: Said,
    body: Said = WARNING,
    *,
    addresses: Iterable[str | None],
    now: datetime,
) -> None:
    """Tells the person in the page, and by a letter to each of these addresses that is one; the caller flushes."""
    language, own = company.language_of(username), {"company_id": company.id, "username": username}
    texts = {each: {"subject": subject.read(each), "body": body.read(each)} for each in sayings.LANGUAGES}
    others = {each: words for each, words in texts.items() if each != language}
    session.add(Notice(key=keys.new(), **own, **texts[language], texts=others, created_at=now))
    words = LETTER.of(name=company.name_of(username), username=username, company=company.name, subject=subject, body=body)
    for address in dict.fromkeys(filter(None, addresses)):
        key = keys.new()
        facts = {"subject": texts[language]["subject"], "body": words.read(language), "address": address}
        way = {"channel_key": UNROUTED, "kind": WORDED, "source": f"account:{key}", "made_at": now, "due_at": now}
        session.add(Outgoing(key=key, **own, **way, facts=facts, state="waiting"))


def addresses(session: Session, company: Organisation, username: str, *, now: datetime) -> list[str]:
    """The mail address of somebody, and those he had within the last days."""
    person = company.people.get(username)
    return list(
        dict.fromkeys(filter(None, [person.email if person else None, *_former(session, company.id, username, now - FORMER)]))
    )


def changed_since(session: Session, company_id: str, username: str, since: datetime) -> bool:
    """Whether another mail address took the place of one of his since then."""
    return bool(_former(session, company_id, username, since))


def _former(session: Session, company_id: str, username: str, since: datetime) -> list[str]:
    row = OrganisationEvent
    mine = (row.company_id == company_id, row.subject == f"person:{username}", row.at > since)
    told = session.execute(select(row.data).where(*mine, row.kind == "person_changed").order_by(row.key.desc())).scalars()
    replaced = [(each.get("changed") or {}).get("email") or [None] for each in told]
    return [before for before, *_after in replaced if before]
