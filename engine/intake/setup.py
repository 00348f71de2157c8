"""What a company.toml says of intake: its mailbox, how it answers letters, its web hooks ([settings.intake])."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import errors, feel

FAULT = "[settings.intake] is wrong: %(detail)s"
KNOWN = ("payload",)  # what the expressions of a web hook see
SECURITY = ("tls", "starttls", "none")


@dataclass(frozen=True)
class Post:
    """How a company sends letters: [settings.intake.mail.reply].

    `sender` is the address they come from, `address` where the public pages are (https://…), `security` one of
    tls (port 465), starttls, none (a relay on this machine). Without `user` nobody signs in.
    """

    host: str
    sender: str
    address: str
    port: int = 465
    security: str = "tls"
    user: str = ""

    def __post_init__(self) -> None:
        if self.security not in SECURITY or not self.address.startswith(("http://", "https://")) or "@" not in self.sender:
            raise ValueError("mail.reply needs host, sender, address (https://…), and security tls, starttls or none")


@dataclass(frozen=True)
class Mailbox:
    """Where the e-mail lies and which process it starts: [settings.intake.mail]."""

    host: str
    user: str
    process: str
    message: str
    port: int = 993
    folder: str = "INBOX"
    channel: str = "电子邮件"
    tls: bool = True
    reply: Post | None = None


@dataclass(frozen=True)
class Hook:
    """A web hook: [settings.intake.hooks.<name>]; `variables` are expressions over the `payload`, or texts."""

    process: str
    message: str
    channel: str = "接口"
    variables: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.variables, Mapping) or not all(isinstance(each, str) for each in self.variables.values()):
            raise ValueError("variables is a table of texts")

    def problems(self) -> Iterator[str]:
        """What is wrong with the expressions; a name that is not there would always be null."""
        for name, text in self.variables.items():
            if feel.is_meant(text):
                yield from (f"{name}: {problem}" for problem in feel.problems(feel.body(text), KNOWN))


def mailbox(settings: Mapping[str, Any]) -> Mailbox | None:
    """The mailbox of a company's settings, None where there is none. Raises Invalid for a wrong one."""
    raw = _table(settings).get("mail")
    if raw is None:
        return None
    try:
        reply = Post(**raw["reply"]) if "reply" in raw else None
        return Mailbox(**{**raw, "reply": reply})
    except (TypeError, ValueError) as error:
        raise errors.Invalid(FAULT, detail=f"mail: {error}") from error


def hooks(settings: Mapping[str, Any]) -> dict[str, Hook]:
    """The web hooks of a company's settings by their names. Raises Invalid for a wrong one."""
    raw = _table(settings).get("hooks") or {}
    try:
        return {name: Hook(**each) for name, each in raw.items()}
    except (TypeError, ValueError, AttributeError) as error:
        raise errors.Invalid(FAULT, detail=f"hooks: {error}") from error


def check(settings: Mapping[str, Any]) -> None:
    """Raises Invalid when anything of it is wrong."""
    mailbox(settings)
    for name, hook in hooks(settings).items():
        for problem in hook.problems():
            raise errors.Invalid(FAULT, detail=f"hooks.{name}: {problem}")


def _table(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    raw = settings.get("intake") or {}
    if not isinstance(raw, Mapping) or raw.keys() - {"mail", "hooks"}:
        raise errors.Invalid(FAULT, detail="it knows mail and hooks")
    return raw
