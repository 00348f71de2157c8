"""Where the problems of a draft stand, in words, with the way there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine import errors
from engine.definitions import declarations
from engine.definitions.languages import files as language_files
from engine.deploying.deployment import Resource
from engine.designing import archives
from engine.designing.editing import decision_tables, field_uses
from engine.designing.packages import MAX_BYTES
from engine.diagrams import xml
from engine.problems import ElementName, ElementPath, Key, NameList, Problem, UnnamedElement, VariableName, Word
from web.designer.wording import panel, setting_words
from web.frame import filters, words


@dataclass(frozen=True)
class Placed:
    """A problem, what the place is called, and the editor where it stands; `address` is empty in that editor itself."""

    problem: Problem
    label: str
    address: str = ""


def placed(key: int, files: Mapping[str, str], problems: Iterable[Problem], here: str) -> list[Placed]:
    """The problems of a draft as they are listed in the editor of the file `here`."""
    as_told = list(problems)
    return [
        replace(shown, address=_address(key, each, here)) for each, shown in zip(as_told, told(files, as_told), strict=True)
    ]


def _address(key: int, problem: Problem, here: str) -> str:
    if language := _translated_into(problem):
        return flask.url_for("process_texts.show", key=key, language=language)
    return "" if problem.resource in ("", here) else editor(key, problem)


def _translated_into(problem: Problem) -> str:
    """The language of the translations of which a problem tells; "" for every other."""
    file = str(problem.values.get("file", ""))
    return language_files.language_of(file) or "" if language_files.FILE.fullmatch(file) else ""


def told(files: Mapping[str, str], problems: Iterable[Problem]) -> list[Placed]:
    """The problems of files in words, without a way to an editor."""
    kinds = {name: kinds_of(text) for name, text in files.items() if name.endswith(".bpmn")}
    decisions = {name: decision_tables.places(text) for name, text in files.items() if name.endswith(".dmn")}
    labels = field_uses.labels(files)
    return [
        Placed(_in_words(each, labels), _label(each, decisions.get(each.resource, {}), kinds.get(each.resource, {})))
        for each in problems
    ]


def of_uploads(uploads: Iterable[Resource], problems: Iterable[Problem]) -> list[Placed]:
    """The problems of uploaded files in words; a file that is no text has no places within it."""
    files = {}
    for each in uploads:
        with contextlib.suppress(UnicodeDecodeError, LookupError):
            files[each.name] = archives.decoded(each.content)
    return told(files, problems)


def _in_words(problem: Problem, labels: Mapping[str, str]) -> Problem:
    """A problem with what the pages call settings, their words and, by `labels`, the fields of forms."""
    said = {name: _said(value, labels) for name, value in problem.values.items()}
    mend = replace(problem.mend, element_name=str(_said(problem.mend.element_name, labels))) if problem.mend else None
    problem = replace(problem, values={**problem.values, **said}, mend=mend)
    if not problem.message.startswith(SAID_OF_SETTINGS):
        return problem
    known = setting_words.LABELS if problem.message.startswith("The setting") else {**setting_words.LABELS, **panel.LABELS}
    name = str(problem.values.get("name", ""))
    return replace(problem, values={**problem.values, "name": f"“{known[name]}”"}) if name in known else problem


def _said(value: object, labels: Mapping[str, str]) -> object:
    if isinstance(value, Key):
        return f"“{panel.LABELS.get(value) or setting_words.LABELS.get(value) or setting_words.WITHIN.get(value, value)}”"
    if isinstance(value, VariableName):
        return _("Outcome") if value == "outcome" else labels.get(value, value)
    if isinstance(value, ElementName):
        return unnamed_place(UnnamedElement(value.kind)) if value.kind else value
    if isinstance(value, ElementPath):
        return " → ".join(" + ".join(str(_said(each, labels)) for each in passed) for passed in value.shown)
    if isinstance(value, NameList):
        return filters.listed(str(_said(each, labels)) for each in value)
    if isinstance(value, str) and language_files.FILE.fullmatch(value):
        return _("Texts in other languages")
    if isinstance(value, Word):
        return words.outcome(value) if value.of == "outcomes" else panel.word(value.of, value)
    return value


def editor(key: int, problem: Problem) -> str:
    """The address of the editor of the file in which a problem stands, at its element."""
    return address(key, problem.resource, problem.element_id)


def address(key: int, file: str, element_id: str) -> str:
    """The address of the editor of a diagram, form or decision, at one of its elements (empty: none)."""
    kind, element = file.rpartition(".")[2], element_id or None
    if kind == "bpmn":
        return flask.url_for("designer.edit", key=key, element=element)
    return flask.url_for(EDITORS[kind], key=key, name=file, element=element)


SAID_OF_SETTINGS = ("The property %(name)s", "The setting %(name)s", declarations.NO_DEADLINE)
KINDS = {
    "userTask": lazy_gettext("User task"),
    "serviceTask": lazy_gettext("Service task"),
    "sendTask": lazy_gettext("Send task"),
    "receiveTask": lazy_gettext("Receive task"),
    "scriptTask": lazy_gettext("Script task"),
    "manualTask": lazy_gettext("Manual task"),
    "businessRuleTask": lazy_gettext("Decision"),
    "task": lazy_gettext("Task"),
    "callActivity": lazy_gettext("Called process"),
    "subProcess": lazy_gettext("Subprocess"),
    "adHocSubProcess": lazy_gettext("Ad-hoc subprocess"),
    "transaction": lazy_gettext("Transaction"),
    "startEvent": lazy_gettext("Start"),
    "endEvent": lazy_gettext("End"),
    "boundaryEvent": lazy_gettext("Boundary event"),
    "intermediateCatchEvent": lazy_gettext("Waiting event"),
    "intermediateThrowEvent": lazy_gettext("Event on the way"),
    "exclusiveGateway": lazy_gettext("Exclusive gateway"),
    "parallelGateway": lazy_gettext("Parallel gateway"),
    "inclusiveGateway": lazy_gettext("Inclusive gateway"),
    "eventBasedGateway": lazy_gettext("Gateway that waits for events"),
    "complexGateway": lazy_gettext("Complex gateway"),
    "dataObject": lazy_gettext("Data object"),
    "dataObjectReference": lazy_gettext("Data object"),
    "dataStoreReference": lazy_gettext("Data store"),
    "group": lazy_gettext("Frame in the drawing"),
    "sequenceFlow": lazy_gettext("Sequence flow"),
    "lane": lazy_gettext("Lane"),
    "participant": lazy_gettext("Pool"),
    "messageFlow": lazy_gettext("Message flow"),
    "textAnnotation": lazy_gettext("Note in the drawing"),
    "association": lazy_gettext("Line to a note"),
    "message": lazy_gettext("Message"),
    "signal": lazy_gettext("Signal"),
    "error": lazy_gettext("Error"),
}
EDITORS = {"dmn": "decisions.edit", "form": "forms.edit"}


def kinds_of(text: str) -> dict[str, str]:
    """What each element of a diagram is, by its id, as its tag names it; of one that cannot be read nothing."""
    try:
        root = xml.safe_parse(text.encode(), max_bytes=MAX_BYTES)
    except errors.Refusal:
        return {}
    return {str(each.get("id")): str(each.tag).rpartition("}")[2] for each in root.iter() if each.get("id")}


def _label(problem: Problem, places: Mapping[str, decision_tables.TablePlace], kinds: Mapping[str, str]) -> str:
    if _translated_into(problem):
        return _("Translations")
    place = places.get(problem.element_id)
    if place is None or not (place.rule or place.column):
        kind = kinds.get(problem.element_id, "")
        unnamed = unnamed_place(problem.beside or UnnamedElement(kind)) if kind in KINDS else ""
        whole = _("Process") if problem.resource.endswith(".bpmn") else problem.resource.rpartition(".")[0]
        return problem.element_name or unnamed or whole or _("Process")
    if not place.rule:
        return _("%(table)s · column %(column)s", table=place.decision, column=place.column)
    if not place.column:
        return _("%(table)s · rule %(n)s", table=place.decision, n=place.rule)
    return _("%(table)s · rule %(n)s · %(column)s", table=place.decision, n=place.rule, column=place.column)


def unnamed_place(beside: UnnamedElement) -> str:
    """An element without a name, told by its kind and what is near."""
    kind = KINDS.get(beside.kind) or _("Element")
    before, after = map(filters.listed, (beside.before, beside.after))
    if before and after:
        return _("%(kind)s without a name, between %(before)s and %(after)s", kind=kind, before=before, after=after)
    if before:
        return _("%(kind)s without a name, after %(before)s", kind=kind, before=before)
    if after:
        return _("%(kind)s without a name, before %(after)s", kind=kind, after=after)
    return _("%(kind)s without a name", kind=kind)


def in_words(place: str | UnnamedElement) -> str:
    """What people call a place: its name, or where it stands."""
    return unnamed_place(place) if isinstance(place, UnnamedElement) else place


def named_place(name: str, beside: UnnamedElement) -> str:
    """A flow with a name, told by what it connects."""
    before, after = (filters.listed(names) or _("an element without a name") for names in (beside.before, beside.after))
    return _("%(name)s, from %(before)s to %(after)s", name=name, before=before, after=after)
