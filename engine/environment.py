"""The settings of server and worker, read from the environment; secrets come from nowhere else."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.basics import private_files
from engine.basics.nearest import nearest

SECRET_FILE = "secret-key"
SECRET_BYTES = 48


# How the sign-in page learns the company: from a list that anybody may read, from the host's name, or typed.
LISTED, BY_HOST, TYPED = "listed", "host", "typed"
CASE_MEGABYTES = (1, 64)  # less holds no ordinary case; more makes its every step and page slow
MAX_NUMBER, DIGITS = 999_999, 6
OURS = "BANJIE_"
# The names of passwords and secrets of mailboxes and hooks are said by company.toml; the others are for our own children, and tests.
ASKED_ELSEWHERE = (
    "BANJIE_MAIL_PASSWORD_",
    "BANJIE_SMTP_PASSWORD_",
    "BANJIE_HOOK_SECRET_",
    "BANJIE_LIFELINE",
    "BANJIE_TEST_",
    "BANJIE_BROWSER",
)


class SettingsError(Exception):
    """A setting of the environment cannot be used; the text names it."""


@dataclass(frozen=True)
class Settings:
    """Where the server listens, where its data lies (absolute), what it signs with, how many proxies stand before it.

    `secret_key` is empty where none was set and none was made yet. `mail_every`: seconds from one look into the
    companies' mailboxes to the next; 0 is never. `case_megabytes`: how much a case may hold. `anchors` is the file of signed anchors (None: in the data folder),
    `anchor_key` what signs them, base64 of 32 bytes ("": made in the data folder).
    """

    host: str
    port: int
    database_url: str
    data: Path
    secret_key: str
    workers: int
    secure_cookies: bool = False
    proxies: int = 0
    public_limits: bool = True
    mail_every: int = 60
    anchors: Path | None = None
    anchor_key: str = ""
    sign_in: str = LISTED
    case_megabytes: int = 4


class _Asked:
    """The environment, remembering which names were asked for, so that a misspelt one is found."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.names: set[str] = set()

    def get(self, name: str, default: str = "") -> str:
        """What is set under the name."""
        self.names.add(name)
        return self.environ.get(name, default)

    def refuse_others(self) -> None:
        """Refuses a name of ours that nothing asks for: `BANJIE_SECURE_COOKIE=1` would leave cookies unguarded in silence."""
        for name in sorted(self.environ):
            if name.startswith(OURS) and name not in self.names and not name.startswith(ASKED_ELSEWHERE):
                meant = nearest(name, self.names)
                raise SettingsError(f"{name} is no setting." + (f" Did you mean {meant}?" if meant else ""))


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings of `BANJIE_*`; what is not set gets a value that suits one machine.

    Raises `SettingsError` for a number that is none or out of its range, for a word and for a name that is not known.
    """
    asked = _Asked(environ)
    chosen = _chosen(asked)
    asked.refuse_others()
    return chosen


def _chosen(environ: _Asked) -> Settings:
    data = Path(environ.get("BANJIE_DATA", "var")).absolute()
    is_secure = _switch(environ, "BANJIE_SECURE_COOKIES", False)  # behind HTTPS: in real use, where strangers come by
    anchors = environ.get("BANJIE_ANCHORS")
    return Settings(
        host=environ.get("BANJIE_HOST", "127.0.0.1"),
        port=_number(environ, "BANJIE_PORT", 8000),
        database_url=environ.get("BANJIE_DATABASE_URL") or f"sqlite:///{data / 'banjie.sqlite'}",
        data=data,
        secret_key=environ.get("BANJIE_SECRET_KEY") or kept_secret(data),
        workers=_number(environ, "BANJIE_WORKERS", 2),
        secure_cookies=is_secure,
        proxies=_number(environ, "BANJIE_PROXIES", 0),
        public_limits=_switch(environ, "BANJIE_PUBLIC_LIMITS", True),
        mail_every=_number(environ, "BANJIE_MAIL_EVERY", 60),
        anchors=Path(anchors).absolute() if anchors else None,
        anchor_key=environ.get("BANJIE_ANCHOR_KEY", ""),
        sign_in=_one_of(environ, "BANJIE_SIGN_IN", (LISTED, BY_HOST, TYPED), TYPED if is_secure else LISTED),
        case_megabytes=_number(environ, "BANJIE_CASE_MEGABYTES", 4, *CASE_MEGABYTES),
    )


def kept_secret(data: Path) -> str:
    """The secret in this data folder; empty without one."""
    try:
        return (data / SECRET_FILE).read_text().strip()
    except FileNotFoundError:
        return ""


def make_secret(data: Path) -> None:
    """Makes a secret of this data folder unless it has one, readable only by its owner, so that `make run` needs no set-up."""
    path = private_files.folder(data) / SECRET_FILE
    with (
        contextlib.suppress(FileExistsError),
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, private_files.FILE), "w") as file,
    ):
        file.write(secrets.token_urlsafe(SECRET_BYTES))


def _number(environ: _Asked, name: str, default: int, least: int = 0, most: int = MAX_NUMBER) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise SettingsError(f"{name} must be a whole number, not {text!r}.")
    if len(text) > DIGITS or not least <= int(text) <= most:
        raise SettingsError(f"{name} must be between {least} and {most}, not {text}.")
    return int(text)


def _switch(environ: _Asked, name: str, default: bool) -> bool:
    return _one_of(environ, name, ("0", "1"), "1" if default else "0") == "1"


def _one_of(environ: _Asked, name: str, known: tuple[str, ...], default: str) -> str:
    text = environ.get(name) or default
    if text not in known:
        raise SettingsError(
            f"{name} is one of {', '.join(known)}, not {text!r}; did you mean {nearest(text, known) or default}?"
        )
    return text
