"""A company's people, departments and groups as one snapshot that answers without SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.sayings import INSTEAD_OF, LANGUAGES, READER, TEXTS, Said
from engine.people import members, memberships, posts
from engine.people.members import Member, Unit
from engine.people.working import named
from engine.people.working.named import STANDARD, WorkCalendar
from engine.storage import keys
from engine.storage.copies.snapshots import Snapshots
from engine.storage.models import Company

SECRECY = ("公开", "内部", "秘密", "机密", "绝密")
MAX_LEVELS = 20  # a chain of departments deeper than this is a circle somebody typed in


@dataclass(frozen=True, eq=False)
class Organisation:
    """One version of a company. Lists of people are ordered and hold nobody whose account is disabled.

    `calendars` are the named ones beside the standard one; `default_calendar` names the one that counts where nothing else
    is said, "" for the standard one.
    """

    id: str
    name: str
    time_zone: str
    calendar: str
    working_hours: list[Any]
    settings: Mapping[str, Any]
    policy: Mapping[str, Any]
    organisation_version: int
    people: Mapping[str, Member]
    departments: Mapping[str, Unit]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    posts: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)
    machines: Mapping[str, str] = field(default_factory=dict)
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    default_calendar: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    language: str = LANGUAGES[0]

    def read_in(self, language: str | None) -> Organisation:
        """The company as it speaks to who reads that language; None: to a program, as it is stored."""
        if language in (None, self.language):
            return self
        reading: Organisation = self._read.get(language) or self._read.setdefault(language, replace(self, language=language))
        return reading

    @cached_property
    def _read(self) -> dict[str | None, Organisation]:
        return {}

    @property
    def words(self) -> Mapping[str, str]:
        """The company's own texts in the words of whoever reads."""
        own: Mapping[str, str] = (self.settings.get(TEXTS) or {}).get(self.language, {})
        return own

    def said(self, text: str) -> str:
        """A text of the company's own in the words of whoever reads."""
        return self.words.get(text, text)

    def is_active(self, username: str | None) -> bool:
        """Whether the person exists and may act: an auditor may not."""
        person = self.people.get(username or "")
        return person is not None and not person.is_disabled and not person.is_auditor

    def present_name(self, group: str) -> str:
        """What a group is called today, by any name it has or had."""
        return self.former.get(group, group)

    def called(self, group: str) -> str:
        """What whoever reads is told a group's name as."""
        return self.said(self.present_name(group))

    def active(self, usernames: Iterable[str | None]) -> tuple[str, ...]:
        """Those of `usernames` who may act: each once, in order."""
        return tuple(dict.fromkeys(name for name in usernames if name and self.is_active(name)))

    def name_of(self, username: str | None) -> str:
        """The person's name, a machine account's, or the username itself for somebody who is not there any more.

        Of several people of one name each with what tells him apart: his department, or else his username.
        """
        person = self.people.get(username or "")
        if person is None:
            return self.machines.get(username or "", username or "")
        return person.name if person.name not in self._shared else self._beside(person.name, self._apart(person))

    def named(self, who: str) -> str:
        """Somebody's name, or that of a group as whoever reads is told it."""
        return self.name_of(who) if who in self.people or who in self.machines else self.called(who)

    @cached_property
    def _shared(self) -> Mapping[str, Counter[str | None]]:
        """The names that several people bear, with how many of them are in each department."""
        bearing: dict[str, Counter[str | None]] = {}
        for person in self.people.values():
            bearing.setdefault(person.name, Counter())[person.department] += 1
        return {name: units for name, units in bearing.items() if units.total() > 1}

    def _beside(self, name: str, more: str) -> str:
        return f"{name} ({more})" if self.language == "en" else f"{name}（{more}）"

    def _apart(self, person: Member) -> str:
        is_alone = person.department is not None and self._shared[person.name][person.department] == 1
        return self.unit_called(person.department) if is_alone else person.username

    def language_of(self, username: str | None) -> str:
        """In which language the person is told: his own, else that of the company's notices."""
        person = self.people.get(username or "")
        if person is not None and person.language in LANGUAGES:
            return person.language
        notices = self.settings.get("notices")
        said = notices.get("language") if isinstance(notices, Mapping) else None
        return said if said in LANGUAGES else LANGUAGES[0]

    def acting(self, username: str | None, instead_of: str | None) -> str | Said:
        """Who acted, of a deputy both names: 「陈静 代 刘洋」."""
        who = self.name_of(username)
        return INSTEAD_OF.of(who=who, whom=self.name_of(instead_of)) if instead_of else who

    def signed(self, username: str | None, instead_of: str | None) -> str:
        """The same as it stands on record."""
        return str(sayings.read(self.acting(username, instead_of), LANGUAGES[0]))

    def has_calendar(self, name: str) -> bool:
        """Whether a working calendar is called so, or was."""
        return name == STANDARD or name in self.calendars

    def calendar_of(self, username: str | None) -> str:
        """The name of the calendar that is the person's: his own, his department's or that of one above; "" the default."""
        person = self.people.get(username or "")
        units = reversed(self.path_of(person.department)) if person else ()
        own = person.calendar if person else None
        return own or next((unit.calendar for unit in units if unit.calendar), "")

    def members_of(self, group: str) -> tuple[str, ...]:
        """Who is in the candidate group."""
        return self.active(self.groups.get(group, ()))

    @property
    def administrators(self) -> tuple[str, ...]:
        """Who administers the company."""
        return self.active(each.username for each in self.people.values() if each.is_administrator)

    def department(self, name: str | None) -> Unit | None:
        """The department of that id, or of that name; an open one before one that was closed."""
        unit = self.departments.get(name or "")
        named = [each for each in self.departments.values() if each.name == name] if unit is None else []
        return unit or min(named, key=lambda each: each.is_closed, default=None)

    def department_name(self, id: str | None) -> str:
        """The department's name, or nothing for one that is not there."""
        unit = self.departments.get(id or "")
        return unit.name if unit else ""

    def unit_called(self, id: str | None) -> str:
        """What whoever reads is told the department's name as."""
        return self.said(self.department_name(id))

    def department_of(self, username: str | None) -> Unit | None:
        """The department the person belongs to."""
        person = self.people.get(username or "")
        return self.departments.get(person.department or "") if person else None

    def head_of(self, department: str | None) -> str | None:
        """Who heads the department (id or name); None where nobody does."""
        unit = self.department(department)
        return unit.head if unit and self.is_active(unit.head) else None

    def head_above(self, username: str) -> str | None:
        """The nearest head of a person's department or of one above it, other than himself; None at the top."""
        units = reversed(self.path_of(getattr(self.department_of(username), "id", None)))
        return next((str(unit.head) for unit in units if unit.head != username and self.is_active(unit.head)), None)

    def heads_from(self, department: str) -> tuple[str, ...]:
        """The heads of a department and of those above it, nearest first; a missing one is skipped, each counts once."""
        heads = (unit.head for unit in reversed(self.path_of(department)) if self.is_active(unit.head))
        return tuple(dict.fromkeys(map(str, heads)))

    def managers_of(self, username: str, up_to: int = MAX_LEVELS) -> tuple[str, ...]:
        """Who leads a person, nearest first, at most `up_to`: superiors where they are named, then the heads above.

        A missing head is skipped, a person who heads several levels counts once, and nobody is
        their own manager: a head's manager is the head of the department above.
        """
        managers: dict[str, None] = {}
        at = username
        while (superior := self._superior(at)) not in (None, username, *managers) and len(managers) < up_to:
            at = str(superior)
            managers.setdefault(at)
        unit = self.department_of(at)
        for _level in range(MAX_LEVELS):
            if unit is None or len(managers) >= up_to:
                break
            if unit.head not in (username, at) and self.is_active(unit.head):
                managers.setdefault(str(unit.head))
            unit = self.departments.get(unit.parent or "")
        return tuple(managers)

    def _superior(self, username: str) -> str | None:
        person = self.people.get(username)
        return person.superior if person and self.is_active(person.superior) else None

    def manager_of(self, username: str, level: int = 1) -> str | None:
        """The head `level` steps above the person; at the top, the topmost."""
        managers = self.managers_of(username, max(1, level))
        return managers[-1] if managers else None

    def department_members(self, department: str) -> tuple[str, ...]:
        """Who belongs to the department itself (not to those below it)."""
        unit = self.department(department)
        return self.active(each.username for each in self.people.values() if unit and each.department == unit.id)

    def below(self, department: str) -> set[str]:
        """The ids of the department and of all below it."""
        return memberships.below(department, ((each.id, each.parent) for each in self.departments.values()))

    def path_of(self, department: str | None) -> list[Unit]:
        """The department with those above it, from the top."""
        units: list[Unit] = []
        unit = self.departments.get(department or "")
        while unit is not None and unit not in units:
            units.insert(0, unit)
            unit = self.departments.get(unit.parent or "")
        return units


_snapshots: Snapshots[tuple[str, int], Organisation] = Snapshots(limit=256)


def at_version(session: Session, company_id: str, version: int) -> Organisation:
    """The snapshot of that version (eight statements the first time, none after); 0, as the engine acts by itself, the newest.

    In a session that reads for a page it speaks the reader's language.
    Raises NotFound for an unknown company.
    """
    if not version:
        return current(session, company_id)
    company = _snapshots.get(session, (company_id, version), lambda: _load(session, company_id))
    return company.read_in(session.info.get(READER))


def current(session: Session, company_id: str) -> Organisation:
    """The newest snapshot, for work without a signed-in person; one statement more than `of`."""
    version = session.execute(select(Company.organisation_version).where(Company.id == company_id)).scalar()
    if version is None:
        raise errors.NotFound("There is no company %(company)s.", company=company_id)
    return at_version(session, company_id, version)


def fresh(session: Session, company_id: str) -> Organisation:
    """The company as it stands in the midst of a change; nothing of it is kept. Raises NotFound."""
    return _load(session, company_id)


def changed(session: Session, company_id: str) -> None:
    """Marks a change of people, departments, groups or calendar; belongs into the same transaction.

    Whose place in a group follows from a rule is written out anew.
    The version is a key that is never given out twice, so that a change that was rolled back can
    not leave its snapshot behind under a number that another change uses later.
    """
    _renew(session, company_id)


def renewed(session: Session, company_id: str, before: Organisation) -> Organisation:
    """The same at the very end of a change, with the company as it stands then: read once, and kept for all who ask next.

    Who did not change is the same object as `before`: versions of a large company differ by what changed alone.
    """
    company = _renew(session, company_id, before)
    return _snapshots.get(session, (company_id, company.organisation_version), lambda: company)


def _renew(session: Session, company_id: str, before: Organisation | None = None) -> Organisation:
    session.flush()
    seen_anew(session, company_id)
    return _load(session, company_id, lambda facts: memberships.recompute(session, company_id, facts), before)


def seen_anew(session: Session, company_id: str) -> None:
    """Marks a change of what a person set for himself, which moves nobody's place; as `changed` otherwise."""
    session.execute(update(Company).where(Company.id == company_id).values(organisation_version=keys.new()))


def higher(*levels: str) -> str:
    """The highest of some levels of secrecy."""
    return max(levels, key=level_of)


def circle_of(username: str, superiors: Mapping[str, str | None]) -> tuple[str, ...]:
    """Who leads whom, from this person by superiors up to himself again; empty where that leads elsewhere."""
    circle: list[str] = []
    at: str | None = username
    while at and at not in circle:
        circle.append(at)
        at = superiors.get(at)
    return tuple(circle) if at == username else ()


def level_of(secrecy: str) -> int:
    """How high a level of secrecy stands (公开 0 … 绝密 4); an unknown word counts as the highest."""
    return SECRECY.index(secrecy) if secrecy in SECRECY else len(SECRECY)


def _load(
    session: Session,
    company_id: str,
    pairs: Callable[[memberships.Facts], Iterable[memberships.Pair]] | None = None,
    before: Organisation | None = None,
) -> Organisation:
    """The company as it is stored; `pairs` says who is in which group where that is made anew, `before` holds what is shared."""
    company = session.execute(select(Company.__table__).where(Company.id == company_id)).one_or_none()
    if company is None:
        raise errors.NotFound("There is no company %(company)s.", company=company_id)
    (titles, held), (present, former) = posts.held(session, company_id), memberships.names(session, company_id)
    known = before.people if before else {}
    people, departments = members.people(session, company_id, held, known), members.departments(session, company_id)
    belonging = pairs(_facts(people, departments, former)) if pairs else memberships.stored(session, company_id)
    return Organisation(
        company.id,
        company.name,
        company.time_zone,
        company.calendar,
        company.working_hours,
        company.settings,
        company.policy,
        company.organisation_version,
        people,
        departments,
        memberships.grouped(present, belonging, before.groups if before else {}),
        titles,
        former,
        members.named_machines(session, company_id),
        named.of_company(session, company_id),
        company.default_calendar or "",
        company.about,
    )


def _facts(people: Mapping[str, Member], departments: Mapping[str, Unit], former: Mapping[str, str]) -> memberships.Facts:
    """What the rules of groups look at."""
    active = {name: each.department for name, each in people.items() if not each.is_disabled and not each.is_auditor}
    holders = [(post, name) for name, each in people.items() for post in each.posts]
    return memberships.Facts(active, [unit for unit in departments.values() if not unit.is_closed], holders, former)
