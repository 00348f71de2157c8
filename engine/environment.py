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

DATA = Path(__file__).resolve().parent.parent / "var"  # beside the program, wherever a command is started
SECRET_FILE = "secret-key"
NEXT_SECRET_FILE = "secret-key.next"  # while the secret is being changed
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
    "BANJIE_NEW_SECRET_KEY",
)


class SettingsError(Exception):
    """A setting of the environment cannot be used; the text names it."""


@dataclass(frozen=True)
class Settings:
    """Where the server listens, where its data lies (absolute), what it signs with, how many proxies stand before it.

    `secret_key` is empty where none was set and none was made yet. `mail_every`: seconds from one look into the
    companies' mailboxes to the next; 0 is never. `case_megabytes`: how much a case may hold. `anchors` is the file of
    signed anchors (None: in the data folder), `anchor_key` what signs them, base64 of 32 bytes ("": made in the data folder).
    With `local_hooks` notices may be posted to http:// of this machine, for trying things out.
    `sign_in` is empty where nothing was chosen: a demo lists its companies then, everything else does not.
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
    local_hooks: bool = False


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

    Raises `SettingsError` for a number that is none or out of its range, a word or a name that is not known, or a path that
    follows the folder in which a command is started.
    """
    asked = _Asked(environ)
    chosen = _chosen(asked)
    asked.refuse_others()
    return chosen


def _chosen(environ: _Asked) -> Settings:
    data = _path(environ, "BANJIE_DATA") or DATA
    is_secure = _switch(environ, "BANJIE_SECURE_COOKIES", False)  # behind HTTPS: in real use, where strangers come by
    return Settings(
        host=environ.get("BANJIE_HOST", "127.0.0.1"),
        port=_number(environ, "BANJIE_PORT", 8000),
        database_url=_database_url(environ) or f"sqlite:///{data / 'banjie.sqlite'}",
        data=data,
        secret_key=environ.get("BANJIE_SECRET_KEY") or kept_secret(data),
        workers=_number(environ, "BANJIE_WORKERS", 2),
        secure_cookies=is_secure,
        proxies=_number(environ, "BANJIE_PROXIES", 0),
        public_limits=_switch(environ, "BANJIE_PUBLIC_LIMITS", True),
        mail_every=_number(environ, "BANJIE_MAIL_EVERY", 60),
        anchors=_path(environ, "BANJIE_ANCHORS"),
        anchor_key=environ.get("BANJIE_ANCHOR_KEY", ""),
        sign_in=_one_of(environ, "BANJIE_SIGN_IN", (LISTED, BY_HOST, TYPED), TYPED if is_secure else ""),
        local_hooks=_switch(environ, "BANJIE_LOCAL_HOOKS", False),
        case_megabytes=_number(environ, "BANJIE_CASE_MEGABYTES", 4, *CASE_MEGABYTES),
    )


def kept_secret(data: Path, name: str = SECRET_FILE) -> str:
    """The secret in this data folder; empty without one."""
    try:
        return (data / name).read_text().strip()
    except FileNotFoundError:
        return ""


def make_secret(data: Path) -> None:
    """Makes a secret of this data folder unless it has one, readable only by its owner, so that `make run` needs no set-up."""
    if not (data / SECRET_FILE).exists():
        with contextlib.suppress(FileExistsError):
            private_files.write(data / SECRET_FILE, secrets.token_urlsafe(SECRET_BYTES), is_new=True)


def write_secret(data: Path, secret: str, name: str = SECRET_FILE) -> None:
    """Writes a secret into a file of the data folder, whole or not at all."""
    private_files.write(data / name, secret)


def take_next_secret(data: Path) -> None:
    """The secret that was written beside the old one takes its place."""
    os.replace(data / NEXT_SECRET_FILE, data / SECRET_FILE)


def _path(environ: _Asked, name: str) -> Path | None:
    text = environ.get(name)
    if not text:
        return None
    if not Path(text).is_absolute():
        raise SettingsError(
            f"{name} must be an absolute path, not {text!r}: that would be another one in every folder a command is started in."
        )
    return Path(text)


def _database_url(environ: _Asked) -> str:
    text = environ.get("BANJIE_DATABASE_URL", "")
    path = text.removeprefix("sqlite:///")
    if path != text and path not in ("", ":memory:") and not Path(path).is_absolute() and not path.startswith("file:"):
        raise SettingsError(
            f"BANJIE_DATABASE_URL must name an absolute path, as in sqlite:////srv/banjie/banjie.sqlite, not {text!r}."
        )
    return text


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
    if text and text not in known:
        similar = nearest(text, known)
        raise SettingsError(
            f"{name} is one of {', '.join(known)}, not {text!r}{f'; did you mean {similar}?' if similar else '.'}"
        )
    return text
