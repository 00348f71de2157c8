"""The file texts.LANGUAGE.toml of a package or company: what it says in Chinese or whatever it was drawn in = what others read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine import errors
from engine.basics import sayings, toml_texts
from engine.basics.nearest import nearest
from engine.definitions.declarations import Told

TEXTS = sayings.TEXTS
SHARED = "shared_texts"  # those of the company's own files that a version says, noted when it is deployed
FILE = re.compile(r"texts\.([\w-]+)\.toml", re.ASCII)
UNREADABLE = "%(file)s cannot be read: %(detail)s"
NO_TABLES = "The setting %(name)s must be a table of texts and their translations for each language."
EMPTY = "%(file)s: “%(text)s” has an empty translation; leave the line out instead."
UNKNOWN = "There is no language “%(language)s” here: a file of texts is called %(known)s."
NOT_TEXTS = '%(file)s: every line must be "text" = "translation", without tables; “%(text)s” is none.'


def name(language: str) -> str:
    """What the file of a language is called."""
    return f"texts.{language}.toml"


def language_of(file: str) -> str | None:
    """The language of a file by its name; None where it is no file of texts. Raises Invalid for a language there is not."""
    name_parts = FILE.fullmatch(file)
    if name_parts is None:
        return None
    if name_parts[1] not in sayings.LANGUAGES:
        message, values = _unknown_language(name_parts[1])
        raise errors.Invalid(message, fields=None, **values)
    return name_parts[1]


def read(text: str, file: str) -> dict[str, str]:
    """The texts of a file. Raises Invalid naming the file where it is no flat TOML of texts."""
    try:
        texts = toml_texts.read(text)
    except ValueError as error:
        raise errors.Invalid(UNREADABLE, fields=None, file=file, detail=str(error)) from error
    wrong = next((each for each, value in texts.items() if not isinstance(value, str)), None)
    if wrong is not None:
        raise errors.Invalid(NOT_TEXTS, fields=None, file=file, text=wrong[:80])
    return texts


def of_folder(folder: Path) -> dict[str, dict[str, str]]:
    """The files of texts in a folder, by language. Raises Invalid naming the file."""
    texts = ((path, language_of(path.name)) for path in sorted(folder.glob("texts.*.toml")))
    return {language: read(_utf8(path), path.name) for path, language in texts if language}


def _utf8(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise errors.Invalid(UNREADABLE, fields=None, file=path.name, detail=str(error)) from error


def written(texts: Mapping[str, str]) -> str:
    """The file's text, the same for the same texts in the same order."""
    return toml_texts.dumps(texts)


def joined(settings: Mapping[str, Any], said: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The settings of a process with its texts by language: with them they are versioned, compared and released."""
    return {**settings, TEXTS: {language: dict(each) for language, each in said.items()}} if said else dict(settings)


def parted(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The other way: what goes into workflow.toml, and the texts by language."""
    own = {name: value for name, value in settings.items() if name not in (TEXTS, SHARED)}
    return own, dict(settings.get(TEXTS) or {})


def merged(shared: Mapping[str, Mapping[str, str]], own: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Texts by language: the company's, and over them a package's own."""
    return {each: {**shared.get(each, {}), **own.get(each, {})} for each in (*shared, *own)}


def faults(said: Any) -> Iterator[Told]:
    """What is wrong with texts by language as they stand among settings, whatever the package says: message ids and values."""
    if not isinstance(said, Mapping):
        yield NO_TABLES, {"name": TEXTS}
        return
    for language, texts in said.items():
        if language not in sayings.LANGUAGES:
            yield _unknown_language(str(language))
        elif not isinstance(texts, Mapping) or not all(isinstance(each, str) for each in texts.values()):
            yield NO_TABLES, {"name": f"{TEXTS}.{language}"}
        else:
            empty = (text for text, translation in texts.items() if not translation.strip())
            yield from ((EMPTY, {"file": name(language), "text": text[:80]}) for text in empty)


def _unknown_language(language: str) -> Told:
    meant = nearest(language, sayings.LANGUAGES, cutoff=0.4)
    return UNKNOWN, {"language": language, "known": ", ".join(map(name, [meant] if meant else sayings.LANGUAGES))}
