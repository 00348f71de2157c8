"""The ways by which notices leave a company: what is known of each, with its secrets unlocked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.announcing.kinds import KINDS
from engine.basics import hosts
from engine.people.organisation import Organisation
from engine.records.secret import secret_proof
from engine.storage import keys, sealing
from engine.storage.models import NoticeChannel

MAIL, WECOM, DINGTALK, FEISHU, HOOK = "mail", "wecom", "dingtalk", "feishu", "hook"
ROBOTS = (WECOM, DINGTALK, FEISHU)
CHANNELS = (MAIL, *ROBOTS, HOOK)
SECURITY = ("tls", "starttls", "none")
INNER = "Nothing is sent to this machine itself or to its link-local network."
PORTS = range(1, 65_536)


@dataclass(frozen=True)
class Channel:
    """A channel as it is used. `secrets` holds `password` of mail, `url` and `secret` of the others.

    `allows_local`: the installation lets notices be posted to its own machine, for trying a receiver out.
    """

    key: int
    company_id: str
    kind: str
    name: str
    kinds: frozenset[str]
    config: Mapping[str, Any]
    secrets: Mapping[str, str]
    attempts: int = 0
    failing_since: datetime | None = None
    allows_local: bool = False

    @property
    def host(self) -> str:
        """The server that it sends to."""
        return str(self.config.get("host", "")) or (urlsplit(self.secrets.get("url", "")).hostname or "")

    @property
    def port(self) -> int:
        return int(self.config["port"])

    @property
    def security(self) -> str:
        return str(self.config["security"])

    @property
    def user(self) -> str:
        return str(self.config["user"])

    def reaches(self, company: Organisation, username: str) -> bool:
        """Whether it tells this person: by mail who has an address, in a group's chat its members."""
        if self.kind == MAIL:
            person = company.people.get(username)
            return bool(person and person.email)
        group = self.config.get("group")
        return not group or username in company.members_of(group)


@dataclass(frozen=True)
class Entered:
    """What somebody enters for a channel; an empty secret leaves the one that is kept."""

    kind: str
    name: str
    is_on: bool
    kinds: tuple[str, ...]
    config: Mapping[str, Any]
    secrets: Mapping[str, str]


def opened(session: Session, row: NoticeChannel) -> Channel:
    """The channel with its secrets. Raises Unavailable when they were locked with another secret."""
    return replace(closed(row), secrets=json.loads(sealing.opened(session, row)), allows_local=allows_local(session))


def allows_local(session: Session) -> bool:
    """Whether notices may be posted to this machine: the setting of this process."""
    return bool(session.info.get("local_hooks"))


def closed(row: NoticeChannel) -> Channel:
    """The channel without its secrets, for who sends nothing."""
    return Channel(
        row.key, row.company_id, row.kind, row.name, frozenset(row.kinds), row.config, {}, row.attempts, row.failing_since
    )


def seal(session: Session, row: NoticeChannel, secrets: Mapping[str, str]) -> None:
    """Locks the secrets into the row, with a key of its own."""
    secret_proof.require_unchanged(session)
    sealing.put(session, row, json.dumps(dict(secrets)))


def rows(session: Session, company_id: str) -> list[NoticeChannel]:
    """The company's channels, in the order in which they were made."""
    row = NoticeChannel
    return list(session.execute(select(row).where(row.company_id == company_id).order_by(row.key)).scalars())


def checked(entered: Entered, company: Organisation, kept: Mapping[str, str], *, allows_local: bool) -> dict[str, str]:
    """The secrets of what was entered, with those that are kept. Raises Invalid by field for anything that cannot be used."""
    faults: dict[str, list[errors.Refusal]] = {}
    secrets = {name: entered.secrets.get(name) or kept.get(name, "") for name in secret_names(entered.kind)}
    if entered.kind not in CHANNELS:
        faults["kind"] = [errors.Refusal("There is no such channel.")]
    if not entered.name.strip() or len(entered.name) > 60:
        faults["name"] = [errors.Refusal("Please give a name of at most %(limit)s characters.", limit=60)]
    if unknown := [kind for kind in entered.kinds if kind not in KINDS]:
        faults["kinds"] = [errors.Refusal("There is no kind of notice “%(name)s”.", name=unknown[0])]
    faults |= _of_mail(entered.config) if entered.kind == MAIL else _of_post(entered, company, secrets, allows_local)
    if faults:
        raise errors.Invalid("Please check the marked fields.", fields=faults)
    return secrets


def secret_names(kind: str) -> tuple[str, ...]:
    """What a channel of that kind keeps locked."""
    return ("password",) if kind == MAIL else ("url", "secret")


def address_fault(url: str, *, allows_local: bool) -> errors.Refusal | None:
    """Why nothing is sent to an address: only https; to this machine alone, and by http, where that is allowed."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return errors.Refusal("This is no address.")
    if not host or parts.username or any(each.isspace() for each in url):
        return errors.Refusal("This is no address.")
    if parts.scheme == "https":
        is_allowed = not hosts.is_inner(host) or (allows_local and hosts.is_local(host))
        return None if is_allowed else errors.Refusal(INNER)
    if parts.scheme == "http" and allows_local and hosts.is_local(host):
        return None
    return errors.Refusal("The address must begin with https://.")


def new_row(company_id: str, kind: str) -> NoticeChannel:
    """An empty channel."""
    return NoticeChannel(key=keys.new(), company_id=company_id, kind=kind, name="", attempts=0)


def _of_mail(config: Mapping[str, Any]) -> dict[str, list[errors.Refusal]]:
    faults: dict[str, list[errors.Refusal]] = {}
    if not str(config.get("host", "")).strip():
        faults["host"] = [errors.Refusal("Please name the mail server.")]
    if config.get("port") not in PORTS:
        faults["port"] = [errors.Refusal("The port is a number from 1 to 65535.")]
    if config.get("security") not in SECURITY:
        faults["security"] = [errors.Refusal("Please choose how the connection is secured.")]
    sender = str(config.get("sender", ""))
    if sender.count("@") != 1 or any(each.isspace() for each in sender) or not sender.isascii():
        faults["sender"] = [errors.Refusal("Please give the address that letters come from.")]
    return faults


def _of_post(
    entered: Entered, company: Organisation, secrets: Mapping[str, str], allows_local: bool
) -> dict[str, list[errors.Refusal]]:
    faults: dict[str, list[errors.Refusal]] = {}
    if (fault := address_fault(secrets["url"], allows_local=allows_local)) is not None:
        faults["url"] = [fault]
    if entered.kind == HOOK and len(secrets["secret"]) < 16:
        faults["secret"] = [errors.Refusal("The secret has at least %(limit)s characters.", limit=16)]
    group = entered.config.get("group")
    if group and group not in company.groups:
        faults["group"] = [errors.Refusal("There is no group “%(name)s”.", name=group)]
    return faults


def kinds_in_order(names: Iterable[str]) -> list[str]:
    """Kinds of notices, each once, as they stand in lists."""
    wanted = set(names)
    return [name for name in KINDS if name in wanted]
