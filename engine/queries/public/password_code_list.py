"""The list from which administrators hand out codes: everybody who may sign in, whether they can, whose code is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.announcing import invitations
from engine.basics.letters import pinyin
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.credentials import password_codes
from engine.people.credentials.password_codes import HandedOut
from engine.storage.models import Person

MOST = 200


@dataclass(frozen=True)
class CodeLine:
    """A person; `has_password` is not so for who never set one, `has_mail` where a code can go by mail.

    `may_open`: whether the reader may hand out a code; of who sees more than his own work it is an administrator's to do.
    """

    username: str
    name: str
    department: str
    has_password: bool
    code: HandedOut | None
    has_mail: bool = False
    may_open: bool = True


@dataclass(frozen=True)
class Waiting:
    """How many cannot sign in yet and have no open code, and how many of them a letter would reach."""

    people: int
    by_mail: int


def waiting(session: Session, by: Actor, *, now: datetime) -> Waiting:
    """For whom codes can be handed out in one go."""
    invited = password_codes.lacking(session, by, now=now)
    mails = invitations.may_mail(session, by.company_id)
    return Waiting(len(invited), sum(mails and bool(each.email) for each in invited))


def people(session: Session, by: Actor, text: str, *, now: datetime) -> list[CodeLine]:
    """At most `MOST` people whose name (its initials too) or username holds the text; those without a password first.

    Raises NotFound for others than administrators, be it of the organisation alone.
    """
    if not by.runs_organisation:
        raise errors.NotFound("There is nothing here under this address, or you may not view it.")
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    mails = invitations.may_mail(session, by.company_id)
    codes = password_codes.handed_out(session, by.company_id, now=now)
    without = select(Person.username).where(Person.company_id == by.company_id, Person.password_hash.is_(None))
    closed = password_codes.closed_to(session, by)
    lacking = set(session.execute(without).scalars())
    lines = [
        CodeLine(
            each.username,
            each.name,
            company.unit_called(each.department),
            each.username not in lacking,
            codes.get(each.username),
            mails and bool(each.email),
            each.username not in closed,
        )
        for each in company.people.values()
        if not each.is_disabled and (pinyin.matches(each.name, text) or text.casefold() in each.username)
    ]
    return sorted(lines, key=lambda line: (line.has_password, line.username))[:MOST]
