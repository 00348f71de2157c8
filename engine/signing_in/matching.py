"""From what a provider says to one of the company's people: found by the field that the company chose, or entered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.people import actors, departments, organisation
from engine.signing_in import declared, events, identities
from engine.signing_in.providers import Provider
from engine.storage.models import Company, Person
from engine.verbs.organisation import groups, persons

NOBODY = "%(provider)s knows you as %(value)s, but nobody here is called so. Please ask your administrator."
SEVERAL = "Several people here are called %(value)s. Please ask your administrator."
DISABLED = "This account is disabled. Please ask your administrator."
UNTOLD = "%(provider)s does not say who you are (%(claim)s). Please ask your administrator."
UNVERIFIED = "%(provider)s has not verified your mail address, so nobody can be found by it."
NOT_ENTERED = "You could not be entered here: %(why)s"
LONGEST = 200
CHINA = "+86"


def told(provider: Provider, claims: Mapping[str, Any]) -> dict[str, str]:
    """What the provider says of the person, by our own names; "" where it says nothing."""
    named = {name: str(provider.setting(f"from_{name}")) for name in declared.TOLD}
    values = {name: _text(claims.get(claim)) if claim else "" for name, claim in named.items()}
    return {**values, "mobile": number(values["mobile"])}


def username(session: Session, provider: Provider, claims: Mapping[str, Any], *, now: datetime, address: str) -> str:
    """Who it is, by username; somebody new is entered where the company wants that. Raises Forbidden.

    An account that came before is known by its own id, whatever names have changed since. Lock nothing before: entering
    somebody waits for other changes of the organisation.
    """
    subject = identities.subject(provider, claims)
    known = identities.bound(session, provider, subject)
    if known is not None:
        return known
    name = _found(session, provider, claims, now, address)
    identities.bind(session, provider, subject, name, told(provider, claims)[provider.setting("matches")], now=now)
    return name


def _found(session: Session, provider: Provider, claims: Mapping[str, Any], now: datetime, address: str) -> str:
    """Who it is by the field that the company chose."""
    field = provider.setting("matches")
    said = told(provider, claims)
    value = said[field]
    if not value:
        raise errors.Forbidden(UNTOLD, provider=provider.name, claim=provider.setting(f"from_{field}"))
    if field == declared.EMAIL and str(claims.get("email_verified")).lower() == "false":  # some say it as a text
        raise errors.Forbidden(UNVERIFIED, provider=provider.name)
    known = session.execute(
        select(Person.username, Person.is_disabled).where(Person.company_id == provider.company_id, _is(field, value)).limit(3)
    ).all()
    exact = [row for row in known if field == declared.USERNAME and row.username == value]
    rows = exact or known
    if len(rows) > 1:
        raise errors.Forbidden(SEVERAL, value=value)
    if not rows:
        return _entered(session, provider, said, value, now, address)
    if rows[0].is_disabled:
        raise errors.Forbidden(DISABLED)
    return str(rows[0].username)


def number(text: str) -> str:
    """A telephone number as it is compared: digits alone, without China's code."""
    return re.sub(r"[\s-]", "", text).removeprefix(CHINA)


def _is(field: str, value: str) -> ColumnElement[bool]:
    column = {
        declared.USERNAME: Person.username,
        declared.EMAIL: Person.email,
        declared.EMPLOYEE_NUMBER: Person.employee_number,
        declared.MOBILE: Person.mobile,
    }[field]
    if field == declared.MOBILE:
        bare: ColumnElement[str] = func.replace(func.replace(column, " ", ""), "-", "")
        return bare.in_((value, CHINA + value))
    return column == value if field == declared.EMPLOYEE_NUMBER else func.lower(column) == value.lower()


def _entered(session: Session, provider: Provider, said: Mapping[str, str], value: str, now: datetime, address: str) -> str:
    """The username of somebody new. Raises Forbidden where nobody is entered, or this one cannot be."""
    if not provider.setting("creates"):
        raise errors.Forbidden(NOBODY, provider=provider.name, value=value)
    company = provider.company_id
    version = session.execute(select(Company.organisation_version).where(Company.id == company)).scalar_one()
    by = actors.SYSTEM(company, version)
    texts: Any = {name: said[name] for name in ("email", "mobile", "employee_number")}
    values = persons.PersonValues(said["name"], department=_department(session, company, said["department"]), **texts)
    try:
        persons.enter(session, by, said["username"], values, now=now, by_way_of=provider.name)
        session.flush()
        former = organisation.current(session, company).former
        for group in provider.setting("groups"):
            groups.put_in(session, by, former.get(group, group), said["username"], now=now)
    except (errors.Invalid, errors.NotFound) as refusal:
        raise errors.Forbidden(NOT_ENTERED, why=_first(refusal)) from refusal
    events.note(session, company, events.CREATED, provider=provider.name, username=said["username"], address=address, now=now)
    return said["username"]


def _department(session: Session, company: str, text: str) -> str:
    """The id of the department that is meant; nobody is kept out for one that is not known here."""
    same = departments.called(organisation.current(session, company).departments, text)
    return same[0] if len(same) == 1 else ""


def _first(refusal: errors.Refusal) -> errors.Refusal:
    return next((faults[0] for faults in refusal.fields.values() if faults), refusal)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value).split())[:LONGEST]
