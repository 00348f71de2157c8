"""The kinds of providers that people can sign in with, and what each is told by: declared once, for pages and checks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from engine import errors
from engine.basics import hosts
from engine.basics.nearest import nearest

OIDC, LDAP, WECOM, DINGTALK, FEISHU = "oidc", "ldap", "wecom", "dingtalk", "feishu"
TEXT, ADDRESS, LINES, SWITCH, CHOICE, LONG = "text", "address", "lines", "switch", "choice", "long"
USERNAME, EMAIL, EMPLOYEE_NUMBER, MOBILE = "username", "email", "employee_number", "mobile"
MATCHES = (USERNAME, EMPLOYEE_NUMBER, EMAIL, MOBILE)  # what finds a person
TOLD = ("username", "name", "email", "mobile", "employee_number", "department")  # what a provider tells of a person
LONGEST, LONGEST_LONG = 500, 20_000
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class ProviderField:
    """One setting: how it is written, what it is without being set, whether it must be there."""

    name: str
    kind: str = TEXT
    default: Any = ""
    is_required: bool = False
    choices: tuple[str, ...] = ()


def _told(**claims: str) -> tuple[ProviderField, ...]:
    """Under which name a provider tells each value of a person; "" where it does not."""
    return tuple(ProviderField(f"from_{name}", default=claims.get(name, "")) for name in TOLD)


_PEOPLE = (
    ProviderField("matches", CHOICE, USERNAME, True, MATCHES),
    ProviderField("creates", SWITCH, False),
    ProviderField("groups", LINES, ()),
)
_FACTOR = ProviderField("has_second_factor", SWITCH, False)
_APP = (ProviderField("client_id", is_required=True),)
FIELDS: dict[str, tuple[ProviderField, ...]] = {
    OIDC: (
        ProviderField("issuer", ADDRESS, is_required=True),
        *_APP,
        ProviderField("scopes", default="openid profile email", is_required=True),
        *_told(username="preferred_username", name="name", email="email", mobile="phone_number"),
        *_PEOPLE,
        _FACTOR,
    ),
    LDAP: (
        ProviderField("server", ADDRESS, is_required=True),
        ProviderField("starts_tls", SWITCH, False),
        ProviderField("certificates", LONG),
        ProviderField("bind_dn"),
        ProviderField("base", is_required=True),
        ProviderField("filter", default="(uid={username})", is_required=True),
        ProviderField("list_filter", default="(objectClass=inetOrgPerson)", is_required=True),
        *_told(username="uid", name="cn", email="mail", mobile="mobile", employee_number="employeeNumber"),
        ProviderField("from_groups", default="memberOf"),
        ProviderField("group_names", LINES, ()),
        *_PEOPLE,
    ),
    WECOM: (
        *_APP,
        ProviderField("agent_id", is_required=True),
        ProviderField("pages", ADDRESS, "https://login.work.weixin.qq.com", True),
        ProviderField("api", ADDRESS, "https://qyapi.weixin.qq.com", True),
        *_told(username="userid", name="name", email="biz_mail", mobile="mobile"),
        *_PEOPLE,
        _FACTOR,
    ),
    DINGTALK: (
        *_APP,
        ProviderField("pages", ADDRESS, "https://login.dingtalk.com", True),
        ProviderField("api", ADDRESS, "https://api.dingtalk.com", True),
        ProviderField("old_api", ADDRESS, "https://oapi.dingtalk.com", True),
        *_told(username="userid", name="nick", email="email", mobile="mobile"),
        *_PEOPLE,
        _FACTOR,
    ),
    FEISHU: (
        *_APP,
        ProviderField("pages", ADDRESS, "https://accounts.feishu.cn", True),
        ProviderField("api", ADDRESS, "https://open.feishu.cn", True),
        *_told(username="user_id", name="name", email="enterprise_email", mobile="mobile", employee_number="employee_no"),
        *_PEOPLE,
        _FACTOR,
    ),
}
KINDS = tuple(FIELDS)
BY_BROWSER = (OIDC, WECOM, DINGTALK, FEISHU)  # these get a button; a directory is asked with what was typed
Faults = dict[str, list[errors.Refusal]]


def checked(kind: str, given: Mapping[str, Any], groups: Iterable[str]) -> dict[str, Any]:
    """The settings as they are stored; `groups` are the company's candidate groups.

    Raises Invalid with all faults in `fields`: an unknown name is told with the nearest known one.
    """
    if kind not in FIELDS:
        raise errors.Invalid("There is no such way to sign in: %(name)s.", name=kind)
    known = {field.name: field for field in FIELDS[kind]}
    faults: Faults = {name: [_unknown(name, known)] for name in given if name not in known}
    values: dict[str, Any] = {}
    for name, field in known.items():
        values[name], refusal = _read(field, given.get(name, field.default))
        if refusal is not None:
            faults.setdefault(name, []).append(refusal)
    for name, refusal in _faults_together(kind, values, set(groups)):
        faults.setdefault(name, []).append(refusal)
    if faults:
        raise errors.Invalid(errors.ANOTHER_LOOK, fields=faults)
    return values


def defaults(kind: str) -> dict[str, Any]:
    """What each setting is where nothing was set."""
    return {field.name: field.default for field in FIELDS[kind]}


def address_fault(
    text: str, schemes: tuple[str, str] = ("https", "http"), *, is_guarded_later: bool = False
) -> errors.Refusal | None:
    """Why this address may not be asked: `schemes` are the guarded one and the plain one, which is for this machine alone.

    `is_guarded_later`: a plain one becomes guarded before anything is said (StartTLS).
    """
    guarded, plain = schemes
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.username or parts.scheme not in schemes or any(each.isspace() for each in text):
        return errors.Refusal("This is no address; it begins with %(scheme)s://", scheme=guarded)
    if parts.scheme == plain and not is_guarded_later and not hosts.is_local(host):
        return errors.Refusal(
            "Please use %(scheme)s: passwords and codes would cross the network for everybody to read.", scheme=guarded
        )
    return None


def group_of_dn(line: str) -> tuple[str, str]:
    """The two sides of `CN=…,DC=… => group`: a directory's group, and ours."""
    dn, _arrow, name = line.rpartition("=>")
    return dn.strip(), name.strip()


def _unknown(name: str, known: Iterable[str]) -> errors.Refusal:
    similar = nearest(name, known)
    if similar:
        return errors.Refusal("There is no setting %(name)s. Did you mean %(similar)s?", name=name, similar=similar)
    return errors.Refusal("There is no setting %(name)s.", name=name)


def _read(field: ProviderField, value: Any) -> tuple[Any, errors.Refusal | None]:
    if field.kind == SWITCH:
        return (value, None) if isinstance(value, bool) else (False, errors.Refusal("This is yes or no."))
    if field.kind == LINES:
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            return [], errors.Refusal("This is a list of texts.")
        return [" ".join(each.split()) for each in value if each.strip()], None
    if not isinstance(value, str):
        return field.default, errors.Refusal("This is a text.")
    text = value.strip()
    return text, _fault_of_text(field, text)


def _fault_of_text(field: ProviderField, text: str) -> errors.Refusal | None:
    if not text:
        return errors.Refusal("Please fill this in.") if field.is_required else None
    limit = LONGEST_LONG if field.kind == LONG else LONGEST
    if len(text) > limit:
        return errors.Refusal("This is longer than %(limit)s characters.", limit=limit)
    if field.kind == CHOICE and text not in field.choices:
        return errors.Refusal("This is one of: %(names)s.", names=", ".join(field.choices))
    if field.kind == ADDRESS and field.name != "server":
        return address_fault(text)
    return None


def _faults_together(kind: str, values: Mapping[str, Any], groups: set[str]) -> list[tuple[str, errors.Refusal]]:
    matches = values["matches"]
    wrong: list[tuple[str, errors.Refusal]] = []
    if matches in MATCHES and not values[f"from_{matches}"]:
        wrong.append((f"from_{matches}", errors.Refusal("People are found by this, so it must be told.")))
    if values["creates"]:
        untold = [name for name in ("from_username", "from_name") if not values[name]]
        wrong += [(name, errors.Refusal("New people need this.")) for name in untold]
    for name in values["groups"]:
        if name not in groups:
            wrong.append(("groups", errors.Refusal("There is no group “%(name)s”.", name=name)))
    if kind == OIDC and "openid" not in values["scopes"].split():
        wrong.append(("scopes", errors.Refusal("The scope openid must be among them.")))
    return [*wrong, *_faults_of_directory(values, groups)] if kind == LDAP else wrong


def _faults_of_directory(values: Mapping[str, Any], groups: set[str]) -> list[tuple[str, errors.Refusal]]:
    wrong: list[tuple[str, errors.Refusal]] = []
    refusal = (
        address_fault(values["server"], ("ldaps", "ldap"), is_guarded_later=values["starts_tls"]) if values["server"] else None
    )
    if refusal is not None:
        wrong.append(("server", refusal))
    if "{username}" not in values["filter"]:
        wrong.append(("filter", errors.Refusal("The filter must hold {username}, where the name that was typed goes.")))
    for name in ("filter", "list_filter"):
        if not _is_filter(values[name]):
            refusal = errors.Refusal("This is no LDAP filter: it stands in parentheses, as (uid={username}).")
            wrong.append((name, refusal))
    if values["starts_tls"] and values["server"].startswith("ldaps:"):
        wrong.append(("starts_tls", errors.Refusal("An ldaps address is encrypted already.")))
    if values["certificates"] and "-----BEGIN CERTIFICATE-----" not in values["certificates"]:
        refusal = errors.Refusal("These are no certificates in PEM: they begin with -----BEGIN CERTIFICATE-----")
        wrong.append(("certificates", refusal))
    return [*wrong, *_faults_of_groups(values["group_names"], groups)]


def _is_filter(text: str) -> bool:
    """Whether a text is one LDAP filter as far as its parentheses go (RFC 4515)."""
    depth = 0
    for place, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 1 and place < len(text) - 1:
            return False
    return depth == 0 and bool(text)


def _faults_of_groups(lines: Iterable[str], groups: set[str]) -> list[tuple[str, errors.Refusal]]:
    text = "“%(line)s” must be written as CN=…,DC=… => the name of a group here."
    wrong = [line for line in lines if "=" not in group_of_dn(line)[0] or group_of_dn(line)[1] not in groups]
    return [("group_names", errors.Refusal(text, line=line)) for line in wrong]
