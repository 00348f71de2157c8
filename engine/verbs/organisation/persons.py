"""People: entered, changed, brought back."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics import sayings
from engine.basics.sayings import LANGUAGES, Said
from engine.cases.personal import personal_text
from engine.people import posts
from engine.people.actors import SYSTEM_USERNAME, Actor
from engine.people.credentials import account_news
from engine.people.members import Member
from engine.people.organisation import SECRECY, Organisation, level_of
from engine.people.rights import sight
from engine.storage import keys
from engine.storage.models import Person, PostHolder, SignInProvider
from engine.verbs.organisation import changing
from engine.verbs.organisation.changing import OrganisationChange

USERNAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,59}")
MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
MOBILE = re.compile(r"\+?[0-9][0-9 -]{4,24}")
STORED = ("name", "department", "mobile", "email", "employee_number", "superior", "clearance", "language", "calendar")
CLEARANCE = "内部"
NO_ADDRESS = "This is not a valid e-mail address."
ADDRESS = Said("您的邮箱已改为 {after}", "Your mail address is {after} now")
NO_ADDRESS_LEFT = Said("您的邮箱已删除", "Your mail address was taken away")
BY_ITSELF = Said("系统", "Banjie")
CHANGED_BY = Said("由{who}修改，原邮箱为 {before}。", "{who} changed it; before it was {before}.")
KNOWN_BY = ("email", "mobile", "employee_number")  # of a person's values, those by which a way to sign in may find him
KNOWN = "%(name)s may see more than work of his own, and is known by this when signing in or setting a password: only an administrator changes it."


@dataclass(frozen=True)
class PersonValues:
    """What a person is told by; `department` is an id, `superior` a username, `posts` keys, the main one first."""

    name: str
    department: str = ""
    mobile: str = ""
    email: str = ""
    employee_number: str = ""
    superior: str = ""
    clearance: str = CLEARANCE
    language: str = ""
    calendar: str = ""
    posts: tuple[str, ...] = ()

    def with_posts(self, posts: tuple[str, ...]) -> PersonValues:
        """The same with these posts."""
        return replace(self, posts=posts)


def enter(
    session: Session,
    by: Actor,
    username: str,
    values: PersonValues,
    *,
    now: datetime,
    is_expected: bool = False,
    by_way_of: str = "",
) -> None:
    """A new person, who cannot sign in before a password is set; one who `is_expected` is not there yet.

    `by_way_of` is who brought the person at the first sign-in, for the log.

    Raises Forbidden, Invalid with `fields`.
    """
    with changing.change(session, by, now=now) as change:
        username = username.strip()
        refusal = username_fault(change.company, username)
        if refusal is not None:
            raise errors.Invalid(refusal.text, fields={"username": [refusal]}, **refusal.values)
        add(change, username, check(change.company, values, None), is_expected=is_expected, by_way_of=by_way_of)


def add(
    change: OrganisationChange, username: str, values: PersonValues, *, is_expected: bool = False, by_way_of: str = ""
) -> None:
    """Stores a person who was checked."""
    stored = {name: getattr(values, name) or None for name in STORED}
    row = Person(key=keys.new(), company_id=change.company_id, username=username, is_disabled=is_expected, **stored)
    change.session.add(row)
    for place, post in enumerate(values.posts):
        of = {"company_id": change.company_id, "username": username}
        change.session.add(PostHolder(key=keys.new(), post=post, is_main=place == 0, **of))
    brought = {"by_way_of": by_way_of} if by_way_of else {}
    change.note("person_added", f"person:{username}", name=values.name, department=values.department or None, **brought)


def alter(session: Session, by: Actor, username: str, values: PersonValues, *, now: datetime) -> None:
    """Changes what a person is told by; the username stays. Raises NotFound, Forbidden, Invalid with `fields`."""
    with changing.change(session, by, now=now) as change:
        if username not in change.company.people:
            raise errors.NotFound("There is no such person.")
        change_person(change, username, check(change.company, values, username))


def change_person(change: OrganisationChange, username: str, values: PersonValues) -> bool:
    """Stores what changed of a person who was checked, and notes it; whether anything did."""
    row, after = change.person(username), {name: getattr(values, name) or None for name in STORED}
    changed = changing.difference({name: getattr(row, name) for name in STORED}, after)
    _refuse_known_by(change, username, changed)
    if "clearance" in changed and level_of(str(after["clearance"])) > level_of(row.clearance):
        change.refuse_own(username)
    for name, value in after.items():
        setattr(row, name, value)
    before = change.company.people[username].posts
    if before != values.posts and posts.give(change.session, change.company_id, username, values.posts):
        called = change.company.posts
        changed["posts"] = [[called.get(each, each) for each in some] for some in (before, values.posts)]
    if changed:
        change.note("person_changed", f"person:{username}", name=values.name, changed=changed)
    address, new = changed.get("email", [None, None])
    if address and address.casefold() != (new or "").casefold():
        _tell_address(change, username, address, new)
    return bool(changed)


def _tell_address(change: OrganisationChange, username: str, before: str, after: str | None) -> None:
    """Tells whose mail address is another now, where he reads it whoever has the new one: codes for passwords go there."""
    subject = ADDRESS.of(after=personal_text.mask(after)) if after else NO_ADDRESS_LEFT
    behind = change.company.name_of(change.behind) if change.behind else ""
    who = behind or (BY_ITSELF if change.by.is_system else change.by.name)
    body = sayings.lines(CHANGED_BY.of(who=who, before=personal_text.mask(before)), account_news.WARNING)
    account_news.tell(change.session, change.company, username, subject, body, addresses=[before, after], now=change.now)


def _refuse_known_by(change: OrganisationChange, username: str, changed: Container[str]) -> None:
    """By what people are found at a sign-in, and where codes for passwords go, it is an administrator's to change of whoever
    has sight: else somebody else's account there, or letter, would open his. Raises Forbidden.
    """
    if change.oneself is None:
        return
    row = SignInProvider
    ways = change.session.execute(select(row.settings).where(row.company_id == change.company_id)).scalars()
    named = {"email", *(str(each.get("matches")) for each in ways)} & set(KNOWN_BY)
    if any(name in changed for name in named) and sight.has(change.session, change.company_id, username):
        raise errors.Forbidden(KNOWN, name=change.company.name_of(username))


def come_back(session: Session, by: Actor, username: str, *, now: datetime) -> None:
    """Somebody who left may sign in again, in the department of before. Raises NotFound, Forbidden, Conflict."""
    with changing.change(session, by, now=now) as change:
        bring_back(change, username)


def bring_back(change: OrganisationChange, username: str) -> None:
    """The same within a change that is under way."""
    row = change.person(username)
    if not row.is_disabled:
        raise errors.Conflict("%(name)s is not disabled.", name=row.name)
    row.is_disabled, row.password_hash = False, None  # whoever knew the one of before must not get in
    unit = change.company.departments.get(row.department or "")
    if unit is None or unit.is_closed:
        row.department = None
    change.note("person_back", f"person:{username}", name=row.name)


def values_now(member: Member) -> PersonValues:
    """What a person is told by now."""
    values: dict[str, Any] = {name: getattr(member, name) or "" for name in STORED}
    return PersonValues(**values, posts=member.posts)


def username_fault(company: Organisation, username: str) -> errors.Refusal | None:
    """Why nobody new can have the username."""
    return fault_of_username(username, {each.casefold() for each in company.people})


def fault_of_username(username: str, taken: Container[str]) -> errors.Refusal | None:
    """The same; `taken` are those that there are, in small letters."""
    if not USERNAME.fullmatch(username) or username == SYSTEM_USERNAME:
        return errors.Refusal("A username holds only plain letters, digits, dots, hyphens, @ and _.")
    if username.casefold() in taken:
        return errors.Refusal("The username %(name)s is taken.", name=username)
    return None


def check(company: Organisation, values: PersonValues, username: str | None) -> PersonValues:
    """The values as they are stored. Raises Invalid with all faults in `fields`."""
    clean = {name: " ".join(str(value).split()) for name, value in asdict(values).items() if name != "posts"}
    wanted = tuple(dict.fromkeys(post for post in values.posts if post))
    checked = PersonValues(**clean, posts=wanted)
    faults: dict[str, list[errors.Refusal]] = {}
    for name, refusal in faults_of(company, checked, username):
        faults.setdefault(name, []).append(refusal)
    if faults:
        raise errors.Invalid(errors.ANOTHER_LOOK, fields=faults)
    return checked


def faults_of(company: Organisation, values: PersonValues, username: str | None) -> list[tuple[str, errors.Refusal]]:
    """What is wrong with a person's values, by field; names of departments, people and posts are held against the company."""
    faults: list[tuple[str, errors.Refusal]] = []
    unit, superior = company.departments.get(values.department), company.people.get(values.superior)
    try:
        changing.plain(values.name)
    except errors.Invalid as refusal:
        faults.append(("name", refusal.fields["name"][0]))
    if values.department and (unit is None or (unit.is_closed and company.people[username or ""].department != unit.id)):
        faults.append(("department", errors.Refusal("There is no such department.")))
    if values.superior and superior is None:
        faults.append(("superior", errors.Refusal("There is no person “%(name)s” who could act.", name=values.superior[:60])))
    elif values.superior and values.superior == username:
        faults.append(("superior", errors.Refusal("Nobody is his own superior.")))
    if values.calendar and not company.has_calendar(values.calendar):
        faults.append(("calendar", errors.Refusal("There is no such calendar.")))
    if any(post not in company.posts for post in values.posts):
        faults.append(("posts", errors.Refusal("There is no such post.")))
    number = values.employee_number
    others = (each for each in company.people.values() if number and each.employee_number == number)
    if any(each.username != username for each in others):
        faults.append(("employee_number", errors.Refusal("Somebody else has this employee number.")))
    return [*faults, *faults_of_texts(values)]


def is_mail_address(text: str) -> bool:
    """Whether letters can be written to it."""
    try:
        return bool(MAIL.fullmatch(text)) and text.isascii() and Address(addr_spec=text).addr_spec == text
    except (ValueError, MessageError):
        return False


def faults_of_texts(values: PersonValues) -> list[tuple[str, errors.Refusal]]:
    """What is wrong with what needs no other name to be known."""
    told = (("email", values.email), ("employee_number", values.employee_number), ("mobile", values.mobile))
    faults = [(name, refusal) for name, text in told if (refusal := changing.text_fault(text)) is not None]
    if values.email and not is_mail_address(values.email):
        faults.append(("email", errors.Refusal(NO_ADDRESS)))
    if values.mobile and not MOBILE.fullmatch(values.mobile):
        faults.append(("mobile", errors.Refusal("This is not a valid mobile number.")))
    if values.clearance not in SECRECY:
        faults.append(("clearance", errors.Refusal("There is no such level of secrecy.")))
    if values.language and values.language not in LANGUAGES:
        faults.append(("language", errors.Refusal("There is no such language.")))
    return faults
