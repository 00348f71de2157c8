"""The texts of a draft and their translations: what there is to translate, what is said of it, and keeping it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import decisions, errors, runtime
from engine.basics import json_texts, sayings
from engine.definitions import terms
from engine.definitions.languages import extraction, files
from engine.definitions.languages.extraction import Text
from engine.deploying.checking.meaning import translations
from engine.designing import drafts
from engine.designing.packages import Package
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.problems import Problem
from engine.storage.models import ProcessDraft


@dataclass(frozen=True)
class TextLine:
    """A text with its translation in the draft, and the one that the company has for all its processes."""

    text: Text
    said: str
    shared: str = ""
    is_wanted: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether nobody has translated it, though it is in another language."""
        return self.is_wanted and not (self.said or self.shared)


@dataclass(frozen=True)
class Texts:
    """All lines of a package, those without a translation first; `stale` are translations of what it says no more."""

    lines: list[TextLine]
    stale: list[str]

    @property
    def missing(self) -> int:
        """How many nobody has translated."""
        return sum(each.is_missing for each in self.lines)


def of_draft(package: Package, process_id: str, language: str, company: Organisation) -> Texts:
    """What a draft says with all processes of its diagram, and how in that language; `process_id` is the one it is named after."""
    shared = _said(company.settings).get(language, {})
    lines: dict[str, TextLine] = {}
    stale: list[str] = []
    for each in _processes(package, process_id):
        texts = extraction.texts_of(*_parts(package, each))
        said = _said(package.settings.get(each, {})).get(language, {})
        for text in texts:
            line = TextLine(text, said.get(text.text, ""), shared.get(text.text, ""), text.wants(language))
            lines[text.text] = _joined(lines[text.text], line) if text.text in lines else line
        stale += set(said) - {text.text for text in texts}
    return Texts(sorted(lines.values(), key=_place), list(dict.fromkeys(stale)))


class NotKept(errors.Conflict):
    """Nothing was kept: `faults` are in `package`, which is what would have been; `clashes` are texts for which a colleague
    (`name`) has another translation since, with his."""

    def __init__(self, package: Package, faults: list[Problem], clashes: Mapping[str, str], name: sayings.Said) -> None:
        super().__init__("%(name)s has changed the same meanwhile. Nothing was kept yet.", name=name)
        self.package, self.faults, self.clashes, self.name = package, faults, clashes, name


def keep(
    session: Session, by: Actor, key: int, revision: int, language: str, said: Mapping[str, str], *, now: datetime
) -> ProcessDraft:
    """Keeps what somebody changed of the translations of a draft, an empty one takes it away; `revision` is that of the save he saw.

    Raises NotFound, Stale for a save to come, NotKept, TooLarge.
    """
    draft, save = drafts.take_up_as_seen(session, by, key, revision)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    package = Package(draft.files, draft.settings)
    seen, there = (_spoken(Package(draft.files, each.settings), draft.process_id, language) for each in (save, draft))
    changed = {text: words.strip() for text, words in said.items() if words.strip() != seen.get(text, "")}
    clashes = {text: there.get(text, "") for text in changed if there.get(text, "") not in (seen.get(text, ""), changed[text])}
    settings = kept(package, draft.process_id, language, changed)
    faults = problems(Package(draft.files, settings), draft.process_id, company)
    if faults or clashes:
        raise NotKept(Package(draft.files, settings), faults, clashes, drafts.savers_since(session, by, draft, save))
    return drafts.keep(session, by, draft, draft.revision, {}, settings, now=now)


def _spoken(package: Package, process_id: str, language: str) -> dict[str, str]:
    """All translations that a package has of a language, by text."""
    processes = reversed(_processes(package, process_id))
    return {text: said for each in processes for text, said in _said(package.settings.get(each, {})).get(language, {}).items()}


def kept(package: Package, process_id: str, language: str, said: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The settings of all processes of a draft with these translations too, each with what it says; an empty one takes it away."""
    settings = {each: dict(values) for each, values in package.settings.items()}
    for each in _processes(package, process_id):
        others = _said(settings.get(each, {}))
        spoken = {text.text for text in extraction.texts_of(*_parts(package, each))}
        chosen = {text: words for text, words in {**others.get(language, {}), **said}.items() if words and text in spoken}
        merged = {name: texts for name, texts in {**others, language: chosen}.items() if texts}
        if merged != others:
            settings = Package(package.files, settings).with_settings(each, {files.TEXTS: merged or None})
    return settings


def problems(package: Package, process_id: str, company: Organisation) -> list[Problem]:
    """What is wrong with the translations of a draft, as publishing would say it; errors only."""
    problems_of_texts: list[Problem] = []
    for each in _processes(package, process_id):
        programs, settings, schemas, decided = _parts(package, each)
        for program in programs:
            problems_of_texts += translations.problems(program, settings[0], schemas, decided, company)
    return [each for each in problems_of_texts if each.severity == "error"]


def _processes(package: Package, process_id: str) -> list[str]:
    """The process that a draft is named after, then those that stand beside it in its diagram."""
    drawn = (each.process_id for each in runtime.examine(package.files[package.diagram].encode())[1])
    return list(dict.fromkeys((process_id, *drawn)))


def _joined(one: TextLine, other: TextLine) -> TextLine:
    """What two processes of a diagram both say."""
    text = Text(one.text.text, tuple(dict.fromkeys((*one.text.places, *other.text.places))))
    return TextLine(text, one.said or other.said, one.shared, one.is_wanted or other.is_wanted)


def _place(line: TextLine) -> tuple[bool, bool]:
    return not line.is_missing, not line.is_wanted


def _said(settings: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:
    said = settings.get(files.TEXTS) or {}
    return {} if any(files.faults(said)) else said


def _parts(
    package: Package, process_id: str
) -> tuple[
    list[runtime.Program],
    list[Mapping[str, Any]],
    list[Mapping[str, Any]],
    Callable[[str], decisions.Decision | None],
]:
    """What has texts: programs, settings, forms, and what gives decisions by id."""
    content = package.files[package.diagram].encode()
    programs = [each for each in runtime.examine(content)[1] if each.process_id == process_id]
    settings = package.settings.get(process_id, {})
    named = {each.form_id for program in programs for each in program.elements.values() if each.form_id}
    named |= terms.form_ids(settings)
    return programs, [settings], [each for each in _schemas(package) if each.get("id") in named], _decided(package)


def _decided(package: Package) -> Callable[[str], decisions.Decision | None]:
    """The decisions that can be read; what is wrong with others is told where they are drawn."""
    drawn = {name: text.encode() for name, text in package.files.items() if name.endswith(".dmn")}
    models = list[decisions.Model]()
    for name, content in drawn.items():
        with contextlib.suppress(errors.Refusal):
            models.append(decisions.parse(content, imports={other: text for other, text in drawn.items() if other != name}))
    return extraction.of_models(models)


def _schemas(package: Package) -> Iterator[Mapping[str, Any]]:
    """The forms that can be read; what is wrong with others is told where they are drawn."""
    for name, text in sorted(package.files.items()):
        if name.endswith(".form"):
            try:
                schema = json_texts.read(text)
            except errors.Refusal:
                continue
            if isinstance(schema, Mapping) and isinstance(schema.get("components"), list):
                yield schema
