"""The file texts.LANGUAGE.toml of a package or company: what it says in Chinese or whatever it was drawn in = what others read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from engine import errors
from engine.basics import sayings, toml_texts
from engine.basics.nearest import nearest
from engine.definitions.languages.extraction import Text

TEXTS = "texts"  # among the settings of a process
FILE = re.compile(r"texts\.([\w-]+)\.toml", re.ASCII)
UNKNOWN = "There is no language “%(language)s” here: a file of texts is called %(known)s."
NOT_TEXTS = '%(file)s: every line must be "text" = "translation", without tables; “%(text)s” is none.'


def name(language: str) -> str:
    """What the file of a language is called."""
    return f"texts.{language}.toml"


def language_of(file: str) -> str | None:
    """The language of a file by its name; None where it is no file of texts. Raises Invalid for a language there is not."""
    found = FILE.fullmatch(file)
    if found is None:
        return None
    if found[1] not in sayings.LANGUAGES:
        known = ", ".join(map(name, sayings.LANGUAGES))
        meant = nearest(found[1], sayings.LANGUAGES, cutoff=0.4)
        raise errors.Invalid(UNKNOWN, fields=None, language=found[1], known=name(meant) if meant else known)
    return found[1]


def read(text: str, file: str) -> dict[str, str]:
    """The texts of a file. Raises Invalid naming the file where it is no flat TOML of texts."""
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise errors.Invalid("%(file)s cannot be read: %(detail)s", fields=None, file=file, detail=str(error)) from error
    wrong = next((each for each, value in found.items() if not isinstance(value, str)), None)
    if wrong is not None:
        raise errors.Invalid(NOT_TEXTS, fields=None, file=file, text=wrong[:80])
    return found


def written(texts: Mapping[str, str]) -> str:
    """The file's text, the same for the same texts in the same order."""
    return toml_texts.dumps(texts)


def joined(settings: Mapping[str, Any], said: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The settings of a process with its texts by language: with them they are versioned, compared and released."""
    return {**settings, TEXTS: {language: dict(each) for language, each in said.items()}} if said else dict(settings)


def parted(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The other way: what goes into workflow.toml, and the texts by language."""
    own = {name: value for name, value in settings.items() if name != TEXTS}
    return own, dict(settings.get(TEXTS) or {})


def missing(texts: Iterable[Text], said: Mapping[str, str], language: str) -> list[Text]:
    """The texts that have no translation and want one."""
    return [each for each in texts if each.text not in said and each.wants(language)]
