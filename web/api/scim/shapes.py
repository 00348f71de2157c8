"""People and groups as SCIM resources, and back: which attributes are kept here, and as what."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import flask

from engine.basics.nearest import nearest
from engine.people import departments
from engine.people.organisation import Member, Organisation
from engine.queries.api.provisioned import ProvisionedGroup
from engine.storage import models
from engine.verbs.organisation import persons
from engine.verbs.organisation.machines import people
from web.api.scim import paths
from web.api.scim.blueprint import Wrong

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
USER_MEMBERS = (
    "userName",
    "externalId",
    "displayName",
    "name",
    "active",
    "title",
    "emails",
    "phoneNumbers",
    "preferredLanguage",
)
ENTERPRISE_MEMBERS = ("employeeNumber", "department", "manager")
GROUP_MEMBERS = ("displayName", "externalId", "members")
READ_ONLY = ("id", "meta", "schemas", "groups")  # sent back as they were read (RFC 7643, clause 7: they are passed over)
LISTS = ("emails", "phoneNumbers", "members")
SUBS = {
    "name": ("formatted", "familyName", "givenName"),
    "emails": ("value", "type", "primary", "display"),
    "phoneNumbers": ("value", "type", "primary", "display"),
    "members": ("value", "type", "display", "$ref"),
    "manager": ("value", "displayName", "$ref"),
}
LANGUAGES = {"zh": "zh_Hans", "en": "en"}
WRITTEN = {"zh_Hans": "zh-CN", "en": "en-US"}


def user(company: Organisation, member: Member, external: str) -> dict[str, Any]:
    """A person as a resource."""
    of: dict[str, Any] = {
        "schemas": [USER, ENTERPRISE],
        "id": member.username,
        "externalId": external,
        "userName": member.username,
        "displayName": member.name,
        "name": {"formatted": member.name},
        "active": not member.is_disabled,
        "title": company.posts.get(member.posts[0], "") if member.posts else "",
        "emails": [{"value": member.email, "type": "work", "primary": True}] if member.email else [],
        "phoneNumbers": [{"value": member.mobile, "type": "mobile", "primary": True}] if member.mobile else [],
        "preferredLanguage": WRITTEN.get(member.language or "", ""),
        ENTERPRISE: _enterprise(company, member),
        "groups": [{"value": name, "display": name} for name in _groups_of(company, member.username)],
    }
    return _whole(of, "User", "scim.get_user", member.username)


def _enterprise(company: Organisation, member: Member) -> dict[str, Any]:
    superior = company.people.get(member.superior or "")
    manager = {"value": superior.username, "displayName": superior.name} if superior else None
    path = "/".join(unit.name for unit in company.path_of(member.department))
    values = {"employeeNumber": member.employee_number, "department": path, "manager": manager}
    return {name: value for name, value in values.items() if value}


def _groups_of(company: Organisation, username: str) -> list[str]:
    return [name for name, members in company.groups.items() if username in members and name not in company.former]


def group(company: Organisation, member_group: ProvisionedGroup) -> dict[str, Any]:
    """A group as a resource."""
    of: dict[str, Any] = {
        "schemas": [GROUP],
        "id": member_group.id,
        "externalId": member_group.external_id,
        "displayName": member_group.name,
        "members": [{"value": each, "display": company.name_of(each), "type": "User"} for each in member_group.members],
    }
    return _whole(of, "Group", "scim.get_group", member_group.id)


def _whole(of: dict[str, Any], kind: str, endpoint: str, id: str) -> dict[str, Any]:
    """Without what is empty, with its address and a version that is another one after every change."""
    of = {name: value for name, value in of.items() if value not in ("", None)}
    digest = hashlib.sha256(models.dumps(of).encode()).hexdigest()[:16]
    of["meta"] = {
        "resourceType": kind,
        "location": flask.url_for(endpoint, id=id, _external=True),
        "version": f'W/"{digest}"',
    }
    return of


def is_list(name: str) -> bool:
    """Whether an attribute holds several values."""
    return name.casefold() in {each.casefold() for each in LISTS}


def cleaned(sent: Mapping[str, Any], known: Iterable[str], place: str = "") -> dict[str, Any]:
    """What was sent by the names that are kept here. Raises Wrong for others that hold anything; read-only ones are passed over."""
    if not isinstance(sent, Mapping):
        raise paths.Wrong("invalidValue", "The attribute “%(name)s” is no object.", name=place.rstrip(".:") or "value")
    by_spelling = {name.casefold(): name for name in known}
    values: dict[str, Any] = {}
    for sent_name, value in sent.items():
        if not place and sent_name.casefold() in {each.casefold() for each in READ_ONLY}:
            continue
        name = by_spelling.get(sent_name.casefold())
        if name is None:
            if value in (None, "", [], {}):
                continue
            raise paths.unknown("invalidValue", f"{place}{sent_name}", (f"{place}{each}" for each in by_spelling.values()))
        if is_list(name) and not isinstance(value, list | Mapping | None):
            raise paths.Wrong("invalidValue", "The attribute “%(name)s” is no list.", name=name)
        values[name] = value
    for name, subs in SUBS.items():
        for each in _elements(values.get(name)):
            cleaned(each, subs, f"{name}.")
    return values


def _elements(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Mapping)]


def wanted(company: Organisation, sent: Mapping[str, Any], before: Member | None) -> people.WantedPerson:
    """How a person is to be, from a whole resource. Raises Wrong. What SCIM does not tell (clearance, calendar) stays."""
    cleaned_values = cleaned(sent, (*USER_MEMBERS, ENTERPRISE))
    more = cleaned(cleaned_values.get(ENTERPRISE) or {}, ENTERPRISE_MEMBERS, f"{ENTERPRISE}:")
    values = persons.PersonValues(
        name=_name(cleaned_values),
        department=_department(company, _text(more, "department")),
        mobile=_first(cleaned_values, "phoneNumbers", "mobile"),
        email=_first(cleaned_values, "emails", "work"),
        employee_number=_text(more, "employeeNumber"),
        superior=_manager(more.get("manager")),
        clearance=before.clearance if before else persons.CLEARANCE,
        language=_language(_text(cleaned_values, "preferredLanguage")),
        calendar=(before.calendar if before else None) or "",
    )
    return people.WantedPerson(
        values, _active(cleaned_values.get("active", True)), _text(cleaned_values, "title"), _text(cleaned_values, "externalId")
    )


def username(sent: Mapping[str, Any]) -> str:
    """The userName of a resource. Raises Wrong when there is none."""
    name = _text(sent, paths.member(sent, "userName"))
    if not name:
        raise Wrong("invalidValue", "A user needs a userName.")
    return name


def _name(sent: Mapping[str, Any]) -> str:
    """What a person is called: as it is displayed, else as it is put together; Chinese names the family first, without a space."""
    parts = sent.get("name") if isinstance(sent.get("name"), Mapping) else {}
    family, given = _text(parts or {}, "familyName"), _text(parts or {}, "givenName")
    together = f"{given} {family}" if (given + family).isascii() else f"{family}{given}"
    return _text(sent, "displayName") or _text(parts or {}, "formatted") or together.strip()


def is_whole_name(parts: Any) -> bool:
    """Whether these parts of a name are all of it."""
    return isinstance(parts, Mapping) and bool(parts.get("formatted") or (parts.get("familyName") and parts.get("givenName")))


def require_whole_name(parts: Any, before: str) -> None:
    """Raises Wrong for a lone part of a name that is not in it: kept is the name alone, not where its parts begin."""
    if is_whole_name(parts) or not isinstance(parts, Mapping):
        return
    lone = _text(parts, "familyName") or _text(parts, "givenName")
    if lone and lone not in before:
        raise Wrong("invalidValue", "A name is changed as a whole: by displayName, name.formatted, or both parts of it.")


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    if value is not None and not isinstance(value, str):
        raise Wrong("invalidValue", "“%(name)s” is to be a text.", name=name)
    return (value or "").strip()


def _active(value: Any) -> bool:
    """Azure writes the texts "True" and "False"."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    raise Wrong("invalidValue", "“%(name)s” is to be true or false.", name="active")


def _first(sent: Mapping[str, Any], name: str, kind: str) -> str:
    """The one value that is kept of several: of the kind, else the primary, else the first."""
    there = [each for each in _elements(sent.get(name)) if each.get("value")]
    chosen = sorted(there, key=lambda each: (each.get("type") != kind, each.get("primary") is not True))
    return str(chosen[0]["value"]).strip() if chosen else ""


def _language(text: str) -> str:
    if not text:
        return ""
    language = LANGUAGES.get(text.replace("_", "-").partition("-")[0].casefold())
    if language is None:
        raise Wrong("invalidValue", "There is no such language.")
    return language


def _manager(value: Any) -> str:
    if value in (None, "", {}):
        return ""
    return _text(value, "value") if isinstance(value, Mapping) else str(value)


def _department(company: Organisation, text: str) -> str:
    """The id of the department that is meant. Raises Wrong for none, or several."""
    same = departments.called(company.departments, text) if text else [""]
    if len(same) == 1:
        return same[0]
    if same:
        raise Wrong("invalidValue", departments.SEVERAL, name=text[:60])
    near = nearest(text[:60], [unit.name for unit in company.departments.values() if not unit.is_closed])
    if near:
        raise Wrong(
            "invalidValue", "There is no department “%(name)s”; did you mean “%(nearest)s”?", name=text[:60], nearest=near
        )
    raise Wrong("invalidValue", "There is no department “%(name)s”.", name=text[:60])
