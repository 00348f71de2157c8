"""The words of the pages about signing in: kinds of providers, their settings, lines of the log."""

from __future__ import annotations

from flask_babel import gettext as _

from engine.people import roles
from engine.queries.organisation.sign_in_settings import SignInLogLine
from engine.signing_in import declared, events, policy
from web.organisation import words


def kind(code: str) -> str:
    """What a kind of provider is called."""
    return {
        declared.OIDC: _("OpenID Connect (OIDC)"),
        declared.LDAP: _("Directory (LDAP, Active Directory)"),
        declared.WECOM: _("WeCom"),
        declared.DINGTALK: _("DingTalk"),
        declared.FEISHU: _("Feishu"),
    }[code]


def whom(code: str) -> str:
    """For whom a second factor is asked."""
    return _("Everybody") if code == policy.EVERYBODY else words.role(code)


def parts(kind: str) -> list[tuple[str, list[declared.ProviderField]]]:
    """The settings of a kind as they stand in the form, by part."""
    of = declared.FIELDS[kind]
    found_by = [field for field in of if field.name == "matches"]
    told = [*found_by, *(field for field in of if field.name.startswith("from_") or field.name == "group_names")]
    new = [field for field in of if field.name in ("creates", "groups")]
    rest = [field for field in of if field not in told and field not in new]
    return [(_("Connection"), rest), (_("Who it is"), told), (_("Somebody new"), new)]


def label(kind: str, name: str) -> str:
    """What a setting is called."""
    apps = {declared.WECOM: _("Company id (CorpID)"), declared.DINGTALK: "AppKey (Client ID)", declared.FEISHU: "App ID"}
    return {
        "issuer": _("Address of the issuer"),
        "client_id": apps.get(kind, _("Client id")),
        "scopes": _("Scopes"),
        "agent_id": _("Application id (AgentID)"),
        "pages": _("Address of the sign-in page"),
        "api": _("Address of the interface"),
        "old_api": _("Address of the older interface"),
        "has_second_factor": _("It asks for a second factor by itself: none is asked here"),
        "server": _("Address of the server"),
        "starts_tls": _("Encrypt by StartTLS"),
        "certificates": _("Certificates to trust (PEM)"),
        "bind_dn": _("DN that looks people up"),
        "base": _("Where people are looked for (base DN)"),
        "filter": _("Filter for who signs in"),
        "list_filter": _("Filter for all people"),
        "from_groups": _("Groups of a person"),
        "group_names": _("Groups of the directory and here"),
        "matches": _("People are found by"),
        "creates": _("Enter somebody who is not here yet at the first sign-in"),
        "groups": _("New people belong to"),
        "from_name": _("Full name"),
        **{f"from_{name}": field(name) for name in declared.TOLD if name != "name"},
    }[name]


def hint(kind: str, name: str) -> str:
    """A word of help at a setting."""
    return {
        "issuer": _("As it calls itself, such as https://login.example.com/realms/company"),
        "server": _("ldaps://host:636, or ldap://host with StartTLS"),
        "certificates": _("Left empty, those of the operating system count."),
        "bind_dn": _("Left empty, the directory is asked without a name."),
        "filter": _("{username} is what was typed, made harmless. For Active Directory: (sAMAccountName={username})"),
        "list_filter": _("For Active Directory: (&(objectCategory=person)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))"),
        "from_groups": _("Left empty, the groups are asked for their members."),
        "group_names": _("One to a line: CN=…,DC=… => group. Only these groups are changed when people are taken in."),
        "groups": _("Groups, one to a line; only for people who are entered at their first sign-in."),
    }.get(name, "")


def field(name: str) -> str:
    """What a value of a person is called."""
    return _("Username") if name == declared.USERNAME else words.field(name)


def event(line: SignInLogLine) -> str:
    """What a line of the log tells."""
    return {
        events.SIGNED_IN: _("signed in"),
        events.REFUSED: _("was refused"),
        events.CREATED: _("was entered at the first sign-in"),
        events.CHANGED: _("way to sign in changed"),
        events.REMOVED: _("way to sign in taken away"),
        events.POLICY: _("changed for whom a second factor is asked"),
        events.LOOSENED: _("loosened from the account at the provider"),
        events.FACTOR_SET: _("set up the second factor"),
        events.FACTOR_REMOVED: _("took the second factor away"),
        events.FACTOR_RESET: _("second factor reset"),
        events.FACTOR_USED: _("second factor given"),
        events.RECOVERED: _("used a recovery code"),
    }.get(line.kind, line.kind)


def role_is_usual(code: str) -> bool:
    """Whether a second factor is recommended for the role."""
    return code in (roles.ADMINISTRATOR, roles.KEEPER)
