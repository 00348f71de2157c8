"""A company's own texts in other languages: each is said by one of its processes, or names a report, group or department."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine import errors
from engine.basics.nearest import nearest
from engine.definitions.languages import extraction, files
from engine.deploying.checking.checks import Examined

NO_TEXT = "%(file)s of the company: no process, report, group or department says “%(text)s”."
NEAR_TEXT = "%(file)s of the company: no process, report, group or department says “%(text)s”; did you mean “%(similar)s”?"
SHOWN = 80


def require_said(examined: Examined, settings: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raises Invalid for a text of a company's folder that its files say nowhere.

    `settings` are those of its company.toml, `names` those of its reports, groups and departments.
    """
    shared = settings.get(files.TEXTS) or {}
    known = said_by(examined) | set(names) if shared else set()
    for language, texts in shared.items():
        for text in texts.keys() - known:
            similar = nearest(text, known, cutoff=0.5)
            told = {"file": files.name(language), "text": text[:SHOWN]} | ({"similar": similar[:SHOWN]} if similar else {})
            raise errors.Invalid(NEAR_TEXT if similar else NO_TEXT, fields=None, **told)


def said_by(examined: Examined) -> set[str]:
    """All that the processes, forms and decisions of a folder say."""
    given = [each.settings_of(program.process_id) or {} for each, program in _programs(examined)]
    programs = [program for _resource, program in _programs(examined)]
    decided = extraction.of_models(examined.models.values())
    return {each.text for each in extraction.texts_of(programs, given, examined.schemas.values(), decided)}


def _programs(examined: Examined) -> list[tuple[Any, Any]]:
    return [(each, program) for each in examined.resources for program in examined.programs.get(each.name, ())]
