"""What a company says of its notices: [settings.notices] of company.toml, or the page of its administrators."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from engine import errors
from engine.announcing.kinds import HOW, KINDS, PLACES, NoticeWords
from engine.basics.nearest import nearest
from engine.basics.sayings import LANGUAGES
from engine.definitions import company_settings, declarations
from engine.people.organisation import SECRECY

FAULT = "[settings.notices] is wrong: %(detail)s"
MOST_SUBJECT, MOST_BODY = 200, 4000
_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9._\-]+(?::\d{1,5})?(?:/[\w./~\-]*)?|https?://\[[0-9A-Fa-f:.]+\](?::\d{1,5})?(?:/[\w./~\-]*)?", re.ASCII
)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True)
class NoticeSettings:
    """A company's notices. `how` says for each kind how it reaches people who chose nothing; those in `obligatory` cannot
    be switched off. `templates` are the company's own words by language and kind; `language` is that of chat robots, and of
    people who chose none.
    """

    address: str
    digest_at: time
    titles_up_to: str
    how: Mapping[str, str]
    obligatory: frozenset[str]
    templates: Mapping[str, Mapping[str, NoticeWords]]
    language: str = LANGUAGES[0]

    def words(self, kind: str, language: str) -> NoticeWords:
        """The words of a kind of notice: the company's own, else ours."""
        return self.templates.get(language, {}).get(kind) or KINDS[kind].words[language]

    def link(self, path: str) -> str:
        """The address of a page; nothing where the company has not said where Banjie is."""
        return f"{self.address.rstrip('/')}{path}" if self.address else ""


def read(company: Mapping[str, Any]) -> NoticeSettings:
    """The notices of a company's settings. Raises Invalid for wrong ones."""
    raw = table(company)
    for problem in _problems(raw):
        raise errors.Invalid(FAULT, detail=problem)
    said = {name: raw.get(name, each.default) for name, each in declarations.settings_of(company_settings.NoticesTable).items()}
    how = {name: kind.how for name, kind in KINDS.items()} | (said["how"] or {})
    own = {
        language: {kind: NoticeWords(**words) for kind, words in kinds.items()}
        for language, kinds in (said["templates"] or {}).items()
    }
    digest_at = moment(said["digest_at"])
    obligatory = frozenset(said["obligatory"])
    return NoticeSettings(said["address"], digest_at, said["titles_up_to"], how, obligatory, own, said["language"])


def check(company: Mapping[str, Any]) -> None:
    """Raises Invalid when anything of it is wrong."""
    read(company)


def table(company: Mapping[str, Any]) -> dict[str, Any]:
    """The table itself, empty where there is none. Raises Invalid for what is no table."""
    raw = company.get("notices") or {}
    if not isinstance(raw, Mapping):
        raise errors.Invalid(FAULT, detail="it is a table")
    return dict(raw)


def moment(text: str) -> time:
    """A time of day written HH:MM. Raises ValueError."""
    written = _TIME.fullmatch(text)
    if written is None:
        raise ValueError(text)
    return time(int(written[1]), int(written[2]))


def is_moment(text: str) -> bool:
    """Whether a text is a time of day."""
    return _TIME.fullmatch(text) is not None


def template_fault(text: str) -> str | None:
    """What a template cannot hold between braces, as it stands there, or the text where braces do not fit; None for a good one."""
    try:
        parts = [each for each in string.Formatter().parse(text) if each[1] is not None]
    except ValueError:
        return text
    wrong = ((name, spec, way) for _text, name, spec, way in parts if name not in PLACES or spec or way)
    return next((f"{name}{'!' + way if way else ''}{':' + spec if spec else ''}" for name, spec, way in wrong), None)


def _problems(raw: Mapping[str, Any]) -> Iterator[str]:
    known = declarations.settings_of(company_settings.NoticesTable)
    for name, value in raw.items():
        if name not in known:
            yield _unknown(name, known)
        elif declarations.fault(known[name], value):
            yield f"{name} is {known[name].type}"
    yield from _of_values(raw)


def is_address(text: str) -> bool:
    """Whether links of letters can begin with it: scheme, host, perhaps a port and a path; empty for none."""
    return not text or _ADDRESS.fullmatch(text) is not None


def _of_values(raw: Mapping[str, Any]) -> Iterator[str]:
    if not is_address(raw.get("address", "")):
        yield "address is like https://banjie.example.com, without user, query or blanks"
    if not is_moment(raw.get("digest_at", "08:30")):
        yield "digest_at is a time such as 08:30"
    if raw.get("titles_up_to", SECRECY[1]) not in SECRECY:
        yield f"titles_up_to is one of {', '.join(SECRECY)}"
    for kind in [*raw.get("obligatory", ()), *(raw.get("how") or {})]:
        if kind not in KINDS:
            yield _unknown(kind, KINDS)
    if any(how not in HOW for how in (raw.get("how") or {}).values()):
        yield f"how is one of {', '.join(HOW)}"
    yield from _of_templates(raw.get("templates") or {})


def _of_templates(templates: Mapping[str, Any]) -> Iterator[str]:
    for language, kinds in templates.items():
        if language not in LANGUAGES or not isinstance(kinds, Mapping):
            yield _unknown(language, LANGUAGES)
            continue
        for kind, words in kinds.items():
            if kind not in KINDS:
                yield _unknown(kind, KINDS)
            else:
                yield from _of_words(f"templates.{language}.{kind}", words)


def _of_words(where: str, words: Any) -> Iterator[str]:
    if (
        not isinstance(words, Mapping)
        or set(words) != {"subject", "body"}
        or not all(isinstance(each, str) for each in words.values())
    ):
        yield f"{where} has subject and body, two texts"
        return
    for text, most in ((words["subject"], MOST_SUBJECT), (words["body"], MOST_BODY)):
        if not text.strip() or len(text) > most:
            yield f"{where}: a text of at most {most} characters"
        if (name := template_fault(text)) is not None:
            yield f"{where}: {{{name}}} is none of {', '.join(PLACES)}"
    if "\n" in words["subject"]:
        yield f"{where}: the subject is one line"


def _unknown(name: str, known: Any) -> str:
    similar = nearest(name, known)
    return f"unknown name {name}" + (f", did you mean {similar}?" if similar else "")
