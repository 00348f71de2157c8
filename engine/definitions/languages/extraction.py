"""Every text of a package that people see, once each, with the places where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import decisions, runtime
from engine.basics import sayings
from engine.definitions import settings as process_settings
from engine.definitions import task_settings
from engine.definitions.languages import wording

_WORD = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True)
class TextPlace:
    """Where a text stands: its kind (of `wording`) and the id of the element, form or paper, "" for the process itself."""

    kind: str
    at: str


@dataclass(frozen=True)
class Text:
    """A text as the package says it, and all its places, the first one first."""

    text: str
    places: tuple[TextPlace, ...]

    @property
    def is_name(self) -> bool:
        """Whether it only names groups, as lanes do."""
        return all(each.kind == wording.LANE for each in self.places)

    def wants(self, language: str) -> bool:
        """Whether it has to be said otherwise for who reads that language; numbers, codes and lanes, which name groups, need not."""
        return not self.is_name and is_foreign(self.text, language)


def shared_by(texts: Iterable[Text], shared: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Of the texts that a company has for all its processes, by language, those that these texts are."""
    said = sorted({each.text for each in texts})
    translated = {language: {text: each[text] for text in said if text in each} for language, each in shared.items()}
    return {language: each for language, each in translated.items() if each}


def is_foreign(text: str, language: str) -> bool:
    """Whether a text is in another language than this one, by its script; of an expression the words that it holds count."""
    words = "".join(wording.literals(text))
    has_han = sayings.is_chinese(words)
    return has_han if language == "en" else not has_han and bool(_WORD.search(words))


def missing(texts: Iterable[Text], said: Mapping[str, str], language: str) -> list[Text]:
    """The texts that have no translation and want one."""
    return [each for each in texts if each.text not in said and each.wants(language)]


def of_models(models: Iterable[decisions.Model]) -> Callable[[str], decisions.Decision | None]:
    """What gives a decision of these models by its id."""
    return {id: each for model in models for id, each in model.decisions.items()}.get


def texts_of(
    programs: Iterable[runtime.Program],
    settings: Iterable[Mapping[str, Any]],
    schemas: Iterable[Mapping[str, Any]],
    decision: Callable[[str], decisions.Decision | None],
) -> list[Text]:
    """All texts of a package in the order in which people meet them: settings, diagram, forms, decisions.

    `settings` are the workflow.toml of its processes as read from the files, `schemas` its form-js schemas; `decision` gives
    the decision of an id that its steps ask for, None for one that is not known.
    """
    by_text: dict[str, list[TextPlace]] = {}

    def note(text: str, kind: str, at: str) -> str:
        by_text.setdefault(text, []).append(TextPlace(kind, at))
        return text

    for raw in settings:
        wording.settings(process_settings.read(raw), note)
    asked: dict[str, None] = {}
    for program in programs:
        asked |= dict.fromkeys(each.decision_id for each in program.elements.values() if each.decision_id)
        wording.program(program, note)
        for each in program.elements.values():
            if each.type == "userTask":
                wording.task(task_settings.read(each.properties), each.id, note)
    for schema in schemas:
        wording.schema(schema, note)
    for known in filter(None, map(decision, asked)):
        wording.decision(known, note)
    return [Text(text, tuple(dict.fromkeys(places))) for text, places in by_text.items()]
