"""One change of a company's organisation: who may make it, one at a time, noted in the log, never without an administrator."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.letters import odd_letters
from engine.basics.sayings import Said
from engine.cases import notices
from engine.people import organisation, roles
from engine.people.actors import SYSTEM_USERNAME, Actor
from engine.people.credentials import password_codes
from engine.people.organisation import Organisation
from engine.people.rights import sight
from engine.people.rights.sight import Sight
from engine.storage import database, keys
from engine.storage.models import OrganisationEvent, Person, RoleGrant
from engine.verbs.organisation import lists

NOT_FOR_ONESELF = "Your own groups, roles, clearance and whom you lead are changed by another administrator."
NOT_YOURS = "Only an administrator of the organisation may do this."
ONLY_ADMINISTRATORS = "What lets somebody see cases or records beyond his own work is given by an administrator: %(what)s."
CIRCLE = "They would be each other's superiors: %(names)s."
HEADS = Said("您现在是部门负责人：{names}", "You head {names} now")
GAINED = Said("{who}（{what}）", "{who} ({what})")
AUDITS = "%(name)s is an auditor: an auditor belongs to no group and heads no department."
LAST = "Nobody could administer this company any more. Make somebody else an administrator first."
UNSEEN = "There is a letter in it that cannot be seen (%(letter)s). Please type it anew."
MOST_LETTERS, MOST_OF_KEY, MOST_TOLD = 100, 200, 10


@dataclass
class OrganisationChange:
    """A change under way; `company` is the organisation as it was before it, `rows` are people who were read already.

    `behind` is who entered before what is done now; `told` have heard of their new places already.
    """

    session: Session
    by: Actor
    now: datetime
    company: Organisation
    rows: dict[str, Person] = field(default_factory=dict)
    behind: str | None = None
    told: set[str] = field(default_factory=set)

    @property
    def company_id(self) -> str:
        """The company that is changed."""
        return self.by.company_id

    def note(self, kind: str, subject: str, **data: Any) -> None:
        """Writes a line of the log; what did not change of before and after is left out."""
        row = OrganisationEvent(
            key=keys.new(),
            company_id=self.company_id,
            at=self.now,
            actor=self.by.username,
            kind=kind,
            subject=subject,
            data=data,
        )
        self.session.add(row)

    def person(self, username: str) -> Person:
        """The person's row. Raises NotFound."""
        if username in self.rows:
            return self.rows[username]
        mine = (Person.company_id == self.company_id, Person.username == username)
        row = self.session.execute(select(Person).where(*mine)).scalar_one_or_none()
        if row is None:
            raise errors.NotFound("There is no such person.")
        return row

    def refuse_own(self, username: str) -> None:
        """Who only administers the organisation gives himself nothing that opens records or cases. Raises Forbidden."""
        if username == self.oneself:
            raise errors.Forbidden(NOT_FOR_ONESELF)

    @property
    def oneself(self) -> str | None:
        """Whom this change must give nothing: who makes it, entered it before or made the machine account that does; None
        where that is an administrator.
        """
        if self.behind is None and self.by.machine is None:
            return None if self.by.is_administrator else self.by.username
        name = self.behind or (self.by.machine.made_by if self.by.machine is not None else "")
        maker = self.company.people.get(name)
        return None if maker is not None and maker.is_administrator else name


@contextlib.contextmanager
def change(session: Session, by: Actor, *, now: datetime, behind: str | None = None) -> Iterator[OrganisationChange]:
    """Begins a change, when no other of the company is under way; at its end places in groups are written out anew.

    `behind`: who entered it, of what is done on its day.

    Raises Forbidden for who may not, Conflict when nobody could administer the company afterwards.
    """
    require(by)
    database.hold(session, f"organisation/{by.company_id}")
    begun = OrganisationChange(session, by, now, organisation.current(session, by.company_id), behind=behind)
    giving = sight.of_processes(session, by.company_id)
    seen = sight.held(session, begun.company, giving)
    yield begun
    after = organisation.renewed(session, by.company_id, begun.company)
    if begun.company.administrators and not after.administrators:
        raise errors.Conflict(LAST)
    _refuse_circle(begun.company, after)
    _refuse_auditors(begun.company, after)
    _refuse_gain(begun, after)
    _judge_sight(begun, after, sight.held(session, after, giving) - seen)
    _tell_heads(begun, after)
    if _standing(after) != _standing(begun.company):
        lists.order(session, by.company_id, now=now)


def _tell_heads(done: OrganisationChange, after: Organisation) -> None:
    """Tells whoever heads a department from now on, by whatever way he came to it: what its people ask for comes to him."""
    came: dict[str, list[str]] = {}
    for unit in after.departments.values():
        before = done.company.departments.get(unit.id)
        if unit.head and unit.head not in (done.by.username, *done.told) and (before is None or before.head != unit.head):
            came.setdefault(unit.head, []).append(unit.name)
    for username, names in came.items():
        subject = HEADS.of(names=sayings.joined(names))
        notices.send(done.session, after, [username], subject, now=done.now)


def _standing(company: Organisation) -> tuple[Mapping[str, Any], ...]:
    """What lists of people ask."""
    return company.people, company.departments, company.groups


def _refuse_circle(before: Organisation, after: Organisation) -> None:
    """Refuses (Invalid) superiors who would lead each other; a circle of before is none of this change's."""
    led: dict[str, str | None] = {}
    for name, each in after.people.items():
        known = before.people.get(name)
        if each.superior and (known is None or known.superior != each.superior):
            led = led or {username: member.superior for username, member in after.people.items()}
            refuse_circle(after, name, led)


def _refuse_auditors(before: Organisation, after: Organisation) -> None:
    """Refuses (Invalid) an auditor a group or a department to head, by whatever way; what he had before is none of this change's."""
    for name in (each.username for each in after.people.values() if each.is_auditor):
        gained = _places(after, name) - _places(before, name)
        if any(kind in ("group", "head") for kind, _what in gained):
            raise fault("role", AUDITS, name=after.name_of(name))


def in_a_circle(names: Iterable[str]) -> errors.Refusal:
    """That these people would lead each other."""
    return errors.Refusal(CIRCLE, names=sayings.joined(names))


def refuse_circle(company: Organisation, username: str, superiors: Mapping[str, str | None]) -> None:
    """Raises Invalid where this person would be led by somebody whom he leads himself; `superiors` by username."""
    circle = organisation.circle_of(username, superiors)
    if circle:
        raise fault("superior", CIRCLE, names=sayings.joined(map(company.name_of, circle)))


def _judge_sight(done: OrganisationChange, after: Organisation, gained: frozenset[Sight]) -> None:
    """Refuses (Forbidden) whoever only administers the organisation to give sight of cases or records, by whatever way.

    Codes for a password that such a one handed out before to whoever has sight now are worth nothing any more.
    """
    if gained and done.oneself is not None:
        what = [GAINED.of(who=after.name_of(each[0]), what=sight.called(each)) for each in sorted(gained)[:MOST_TOLD]]
        raise errors.Forbidden(ONLY_ADMINISTRATORS, what=sayings.joined(what))
    trusted = (*after.administrators, SYSTEM_USERNAME)
    for username in {username for username, _kind, _of in gained}:
        password_codes.withdraw(done.session, done.company_id, username, now=done.now, but_of=trusted)


def _refuse_gain(done: OrganisationChange, after: Organisation) -> None:
    """Refuses (Forbidden) what gives whoever only administers the organisation a place that work comes to: in a group, by
    whatever rule, at the head of a department, above a person; also people or departments below one of which he is a manager.
    """
    me = done.oneself
    if me is None:
        return
    if not _places(after, me) <= _places(done.company, me):
        raise errors.Forbidden(NOT_FOR_ONESELF)
    row = RoleGrant
    mine = (row.company_id == done.company_id, row.username == me, row.role == roles.MANAGER, row.scope != roles.EVERYTHING)
    tops = done.session.execute(select(row.scope).where(*mine)).scalars().all()
    there = done.company.departments.keys() | done.company.people.keys()
    if tops and not _led(after, tops) & there <= _led(done.company, tops):
        raise errors.Forbidden(NOT_FOR_ONESELF)


def _led(company: Organisation, tops: Iterable[str]) -> set[str]:
    """The departments below these, and their people."""
    units = {id for top in tops for id in company.below(top)}
    return units | {name for name, each in company.people.items() if each.department in units}


def _places(company: Organisation, username: str) -> set[tuple[str, str]]:
    """Where somebody stands: his groups, the departments that he heads, the people who are led by him by name."""
    groups = {("group", name) for name, members in company.groups.items() if username in members}
    heads = {("head", unit.id) for unit in company.departments.values() if unit.head == username}
    return groups | heads | {("leads", each.username) for each in company.people.values() if each.superior == username}


def require(by: Actor) -> None:
    """Raises Forbidden for who may not change the organisation."""
    if not by.runs_organisation:
        raise errors.Forbidden(NOT_YOURS)


def plain(name: str, field: str = "name") -> str:
    """A name as it is kept: without spaces around it. Raises Invalid for an empty or a too long one, or with unseen letters."""
    name = " ".join(name.split())
    refusal = errors.Refusal("Please give a name.") if not name else text_fault(name)
    if refusal is not None:
        raise fault(field, refusal.text, **refusal.values)
    return name


def text_fault(text: str, limit: int = MOST_LETTERS) -> errors.Refusal | None:
    """Why a short text is not kept: it is longer than `limit`, or holds letters that nobody sees."""
    if len(text) > limit:
        return errors.Refusal("This is longer than %(limit)s characters.", limit=limit)
    letter = odd_letters.first(text)
    return errors.Refusal(UNSEEN, letter=letter) if letter else None


def outside_key(text: str) -> str | None:
    """The key under which another program knows something, as it is kept. Raises Invalid."""
    refusal = text_fault(text, MOST_OF_KEY)
    if refusal is not None:
        raise fault("externalId", refusal.text, **refusal.values)
    return text or None


def fault(field: str, text: str, **values: Any) -> errors.Invalid:
    """A refusal that stands at a field, and above the form."""
    return errors.Invalid(text, fields={field: [errors.Refusal(text, **values)]}, **values)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What changed, as [before, after] by name."""
    return {name: [before[name], value] for name, value in after.items() if before[name] != value}
