"""A directory (LDAP v3, RFC 4511): who somebody is by a bind with what was typed, and all people as a table to take in.

The connection is encrypted and its certificate checked, from the first byte (ldaps) or by StartTLS; plain text is for this
machine alone (`declared.address_fault`).
"""

from __future__ import annotations

import contextlib
import math
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ldap3 import ANONYMOUS, BASE, NONE, SIMPLE, SUBTREE, Connection, Server, Tls
from ldap3.core import exceptions
from ldap3.utils.conv import escape_filter_chars

from engine import errors
from engine.people.organisation import Organisation
from engine.signing_in import declared
from engine.signing_in.providers import Provider
from engine.verbs.organisation.people_files import people_table

NO_ANSWER = "%(provider)s does not answer just now. Please try again in a moment."
NOT_TRUSTED = "The certificate of %(provider)s is not one that may be trusted. Please tell your administrator."
NOT_LET_IN = "%(provider)s does not let Banjie look people up. Please tell your administrator."
NOT_FOUND = "%(provider)s has nothing under %(base)s. Please tell your administrator."
BAD_FILTER = "%(provider)s does not understand the filter. Please tell your administrator."
PAGE = 500
MEMBERS = ("member", "uniqueMember")
COLUMNS = {**{name: people_table.COLUMNS[name][0] for name in declared.TOLD}, "groups": people_table.COLUMNS["groups"][0]}
Entry = Mapping[str, Any]


def who(provider: Provider, username: str, password: str, *, seconds: float) -> dict[str, Any] | None:
    """What the directory says of somebody, once it has let him in; None for a name or password that is wrong.

    An empty password is never sent: a directory takes it for an anonymous bind, and says yes (RFC 4513, 5.1.2).
    Raises Unavailable when the directory does not answer, or does not let Banjie look people up.
    """
    if not username.strip() or not password:
        return None
    wanted = _wanted(provider, username.strip())
    with _refusals(provider), _opened(provider, provider.setting("bind_dn"), provider.secret, seconds) as connection:
        entry = _found(connection, provider.setting("base"), wanted, _attributes(provider))
    if entry is None:
        return None
    try:
        with _refusals(provider, of_person=True), _opened(provider, entry["dn"], password, seconds):
            return dict(entry["attributes"])
    except _WrongPassword:
        return None


def rows(provider: Provider, company: Organisation, *, seconds: float) -> list[list[str]]:
    """All people of the directory as the cells of a table of people, its head first.

    Groups are written only where some are set against groups of the directory; in the others people stay. What the directory
    does not tell of somebody who is known stays as it is here: an attribute that the reading account may not see looks the same
    as an empty one. Raises Unavailable.
    """
    named = [name for name in declared.TOLD if provider.setting(f"from_{name}")]
    lines = map(declared.group_of_dn, provider.setting("group_names"))
    groups = {dn: company.former.get(name, name) for dn, name in lines}
    with _refusals(provider), _opened(provider, provider.setting("bind_dn"), provider.secret, seconds) as connection:
        entries = list(_all(connection, provider))
        members = _members(connection, provider, groups)
    head = [COLUMNS[name] for name in named] + ([COLUMNS["groups"]] if groups else [])
    return [head, *(_row(provider, company, named, groups, members, entry) for entry in entries)]


@dataclass(frozen=True)
class Looked:
    """What a look at the directory found: anybody at all, what the first one is known by here, and whether the filter for who
    signs in leads to that one alone.
    """

    has_people: bool
    known_by: str = ""
    is_found_again: bool = False


def attempt(provider: Provider, *, seconds: float) -> Looked:
    """Looks whether the directory lets Banjie look people up, and whom it finds. Raises Unavailable."""
    with _refusals(provider), _opened(provider, provider.setting("bind_dn"), provider.secret, seconds) as connection:
        first = next(_all(connection, provider), None)
        if first is None:
            return Looked(has_people=False)
        told = {name: _first(first["attributes"].get(provider.setting(f"from_{name}"))) for name in declared.TOLD}
        wanted = _wanted(provider, told["username"])
        again = _found(connection, provider.setting("base"), wanted, _attributes(provider)) if told["username"] else None
        return Looked(True, told[provider.setting("matches")], again is not None and again["dn"] == first["dn"])


class _WrongPassword(Exception):
    """The directory does not let somebody in by his own password."""


@contextlib.contextmanager
def _refusals(provider: Provider, *, of_person: bool = False) -> Iterator[None]:
    """Turns what a directory answers or does not into sentences."""
    told: Any = {"provider": provider.name}
    try:
        yield
    except exceptions.LDAPNoSuchObjectResult as error:
        raise errors.Unavailable(NOT_FOUND, **told, base=provider.setting("base")) from error
    except (exceptions.LDAPInvalidFilterError, exceptions.LDAPAttributeError, exceptions.LDAPObjectError) as error:
        raise errors.Unavailable(BAD_FILTER, **told) from error
    except exceptions.LDAPOperationResult as error:
        is_busy = isinstance(error, exceptions.LDAPBusyResult | exceptions.LDAPUnavailableResult)
        if of_person and not is_busy:
            raise _WrongPassword from error
        raise errors.Unavailable(NO_ANSWER if is_busy else NOT_LET_IN, **told) from error
    except (exceptions.LDAPException, OSError) as error:
        is_untrusted = "certificate" in str(error).lower()
        raise errors.Unavailable(NOT_TRUSTED if is_untrusted else NO_ANSWER, **told) from error


@contextlib.contextmanager
def _opened(provider: Provider, dn: str, password: str, seconds: float) -> Iterator[Connection]:
    """A connection that is bound as somebody; without a DN as nobody, which many directories allow for looking people up."""
    connection = Connection(
        _server(provider, seconds),
        user=dn or None,
        password=password or None,
        authentication=SIMPLE if dn else ANONYMOUS,
        receive_timeout=math.ceil(seconds),
        read_only=True,
        auto_referrals=False,
        raise_exceptions=True,
    )
    try:
        connection.open()
        if provider.setting("starts_tls"):
            connection.start_tls()
        connection.bind()
        yield connection
    finally:
        with contextlib.suppress(exceptions.LDAPException, OSError):
            connection.unbind()


def _server(provider: Provider, seconds: float) -> Server:
    parts = urlsplit(provider.setting("server"))
    is_guarded = parts.scheme == "ldaps"
    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_data=provider.setting("certificates") or None, sni=parts.hostname)
    port = parts.port or (636 if is_guarded else 389)
    return Server(parts.hostname, port, use_ssl=is_guarded, tls=tls, get_info=NONE, connect_timeout=seconds)


def _wanted(provider: Provider, username: str) -> str:
    """The filter for somebody who typed that name, which cannot change the filter."""
    return str(provider.setting("filter")).replace("{username}", escape_filter_chars(username))


def _found(connection: Connection, base: str, wanted: str, attributes: list[str]) -> Entry | None:
    """The one entry that the filter finds; None where there is none, or several."""
    try:
        connection.search(base, wanted, SUBTREE, attributes=attributes, size_limit=2)
    except exceptions.LDAPSizeLimitExceededResult:
        return None
    entries = [each for each in connection.response if each["type"] == "searchResEntry"]
    return entries[0] if len(entries) == 1 else None


def _all(connection: Connection, provider: Provider) -> Iterator[Entry]:
    """The people of the directory, in pages, as many as a table of people may hold and one more."""
    pages = connection.extend.standard.paged_search(
        provider.setting("base"),
        provider.setting("list_filter"),
        SUBTREE,
        attributes=_attributes(provider),
        paged_size=PAGE,
        generator=True,
    )
    for number, entry in enumerate(each for each in pages if each["type"] == "searchResEntry"):
        if number > people_table.MOST_PEOPLE:
            return
        yield entry


def _members(connection: Connection, provider: Provider, groups: Iterable[str]) -> dict[str, set[str]]:
    """Who is in each group, by DN in small letters; asked of the groups where people do not tell it themselves."""
    if provider.setting("from_groups"):
        return {}
    members: dict[str, set[str]] = {}
    for dn in groups:
        connection.search(dn, "(objectClass=*)", BASE, attributes=list(MEMBERS))
        told = [each["attributes"] for each in connection.response if each["type"] == "searchResEntry"]
        members[dn] = {member.lower() for each in told for name in MEMBERS for member in _values(each.get(name))}
    return members


def _row(
    provider: Provider,
    company: Organisation,
    named: list[str],
    groups: Mapping[str, str],
    members: Mapping[str, set[str]],
    entry: Entry,
) -> list[str]:
    told = {name: _first(entry["attributes"].get(provider.setting(f"from_{name}"))) for name in named}
    known = company.people.get(told.get("username", ""))
    cells = [told[name] or (getattr(known, name) if known else "") or "" for name in named]
    if not groups:
        return cells
    own = {each.lower() for each in _values(entry["attributes"].get(provider.setting("from_groups")))}
    here = {name for dn, name in groups.items() if dn.lower() in own or entry["dn"].lower() in members.get(dn, ())}
    kept = {
        name
        for name, people in company.groups.items()
        if told.get("username", "") in people and name not in company.former and name not in groups.values()
    }
    return [*cells, "、".join(sorted(here | kept))]


def _attributes(provider: Provider) -> list[str]:
    """The attributes to ask for: those that tell something of a person."""
    names = [str(provider.setting(f"from_{name}")) for name in declared.TOLD]
    return [each for each in (*names, str(provider.setting("from_groups"))) if each]


def _values(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []


def _first(value: Any) -> str:
    values = _values(value)
    return " ".join(values[0].split()) if values else ""
