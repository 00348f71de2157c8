"""Texts in other languages: each translates a text of the package, keeps what is reckoned in it, and none is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from engine import decisions, errors, feel, runtime
from engine.basics.nearest import nearest
from engine.cases.look_ups import NAMES
from engine.definitions import declarations
from engine.definitions.languages import extraction, files, titles, wording
from engine.forms import placeholders
from engine.people.organisation import Organisation
from engine.problems import Problem

SHOWN = 80  # letters of a text that a finding quotes
NO_TEXT = "%(file)s: the process says nowhere “%(text)s”, so its translation is not used."
NEAR_TEXT = "%(file)s: the process says nowhere “%(text)s”, so its translation is not used; did you mean “%(similar)s”?"
FORMULA = "%(file)s: “%(text)s” is an expression, so its translation must be one."
NO_FORMULA = "%(file)s: “%(text)s” is no expression, so its translation must not begin with “=”."
UNREADABLE = "%(file)s: the translation of “%(text)s” cannot be read: %(reason)s"
NO_NAME = "%(file)s: the translation of “%(text)s” asks for %(name)s, which the text does not; it asks for %(known)s."
NEAR_NAME = "%(file)s: the translation of “%(text)s” asks for %(name)s; did you mean %(similar)s?"
TITLE_FORM = "%(file)s: the translation of “%(text)s”, a title of cases, must ask under the same conditions for the same."
PLACEHOLDERS = "%(file)s: the translation of “%(text)s” must hold the same {{…}}; %(lacking)s is not in both."
ONE_MISSING = "%(file)s: one text has no translation: “%(text)s”."
MISSING = "%(file)s: %(count)s texts have no translation, as “%(text)s”."
_WORDS = re.compile(r'"[^"\\]*[\u3400-\u9fff][^"\\]*"')  # written out in an expression, and translated with it


def problems(
    program: runtime.Program,
    given: Mapping[str, Any],
    schemas: Iterable[Mapping[str, Any]],
    decision: Callable[[str], decisions.Decision | None],
    company: Organisation | None,
) -> Iterator[Problem]:
    """Of the texts among the settings of a process; `schemas` are the forms it shows, `company` has texts for all its processes.

    `decision` gives those that its steps ask for, by id. A translation of what is not said is a hint: it does no harm, and every
    change of a text would leave one behind.
    """
    said = given.get(files.TEXTS)
    if not said or any(files.faults(said)):
        return  # told by the checks of the settings
    shared = (company.settings.get(files.TEXTS) or {}) if company is not None else {}
    texts = extraction.texts_of([program], [given], schemas, decision)
    for language, translations in said.items():
        file = files.name(language)
        known = {each.text: each for each in texts}
        for text, translation in translations.items():
            message, values = _fault(text, translation, known) if text in known else _unsaid(text, known)
            if message:
                severity = "error" if text in known else "warning"
                yield Problem("", "", message, {"file": file, "text": text[:SHOWN], **values}, severity)
        all_said = {**shared.get(language, {}), **translations}
        if missing := extraction.missing(texts, all_said, language):
            values = {"file": file, "count": len(missing), "text": missing[0].text[:SHOWN]}
            yield Problem("", "", MISSING if len(missing) > 1 else ONE_MISSING, values, "warning")


def _unsaid(text: str, known: Iterable[str]) -> tuple[str, dict[str, object]]:
    similar = nearest(text, known, cutoff=0.5)  # texts of two letters are told from each other
    return (NEAR_TEXT, {"similar": similar[:SHOWN]}) if similar else (NO_TEXT, {})


def _fault(text: str, translation: str, known: Mapping[str, extraction.Text]) -> tuple[str, dict[str, object]]:
    if feel.is_expression(text) != feel.is_expression(translation):
        return (FORMULA if feel.is_expression(text) else NO_FORMULA), {}
    if reason := declarations.unreadable(translation, NAMES):
        return UNREADABLE, {"reason": reason}
    is_title = feel.is_expression(text) and any(place.kind == wording.TITLE for place in known[text].places)
    if is_title and titles.lacking(text, translation):
        return TITLE_FORM, {}
    if feel.is_expression(text) and (named := _strange_name(text, translation)):
        return named
    own, theirs = (Counter(map(_bare, placeholders.found(each))) for each in (text, translation))
    if own != theirs:
        return PLACEHOLDERS, {"lacking": "、".join(f"{{{{{each}}}}}" for each in ((own - theirs) + (theirs - own)))}
    return _in_placeholders(translation)


def _strange_name(text: str, translation: str) -> tuple[str, dict[str, object]] | None:
    """What is wrong with an expression that asks for a variable which the one it translates does not ask for."""
    own, theirs = (feel.compile(feel.body(each)).names for each in (text, translation))
    strange = next(iter(sorted(set(theirs) - set(own) - set(NAMES))), None)
    if strange is None:
        return None
    similar = nearest(strange, own)
    return (
        (NEAR_NAME, {"name": strange, "similar": similar})
        if similar
        else (
            NO_NAME,
            {"name": strange, "known": ", ".join(sorted(own)) or "—"},
        )
    )


def _in_placeholders(translation: str) -> tuple[str, dict[str, object]]:
    read = (declarations.unreadable(f"={each}", NAMES) for each in placeholders.found(translation))
    reason: errors.Refusal | None = next((each for each in read if each), None)
    return (UNREADABLE, {"reason": reason}) if reason else ("", {})


def _bare(expression: str) -> str:
    """An expression without the words written out in it."""
    return _WORDS.sub('""', expression)
