"""Where a package speaks to people: each such text is handed to a `Say`, which gives what stands there instead.

Whoever lists the texts of a package and whoever shows them in another language go through here, so that they agree.
Values, variables and names of groups and people are data and are not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from engine import decisions, feel, runtime
from engine.definitions import task_settings, terms
from engine.definitions.languages import questions, titles
from engine.definitions.settings import Column, Settings
from engine.definitions.task_settings import STANDARD_OUTCOMES, Outcome, TaskSettings
from engine.forms import schema as schemas

PROCESS, STEP, LANE, FLOW, BUTTON, FORM, COLUMN, PAPER, PUBLIC, NOTICE, TABLE, PICTURE, TITLE = (
    "process",
    "step",
    "lane",
    "flow",
    "button",
    "form",
    "column",
    "paper",
    "public",
    "notice",
    "table",
    "picture",
    "title",
)
_QUOTED = re.compile(r'"([^"\\]*[\u3400-\u9fff][^"\\]*)"')  # a sentence that an expression gives
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
_YIELDED = re.compile(r'\b(?:then|else)\s+"([^"\\]+)"')  # a word that a column shows where its condition holds
_KEY = re.compile(r'"([^"\\]+)"\s*:')  # of a value in a context that an expression writes
_TOLD = {"notices.send": ("subject", "body")}  # inputs of operations that people read, by the operation
_SHOWN = ("description", "text", "content", "alt", "title", "patternErrorMessage")
_ADORNERS = ("prefixAdorner", "suffixAdorner")


class Say(Protocol):
    """What stands in the place of a text: of the kind of place and what is spoken of (an element's or form's id)."""

    def __call__(self, text: str, kind: str, at: str, /) -> str: ...


def program(drawn: runtime.Program, say: Say) -> runtime.Program:
    """A process as it is drawn, with its names in other words; of lanes, which name groups, and of captions only pictures speak."""
    for lane in drawn.lanes:
        _said(say, lane, LANE, "")
    for caption in drawn.captions:
        _said(say, caption, PICTURE, "")
    return replace(
        drawn,
        name=_said(say, drawn.name, PROCESS, ""),
        elements={each.id: _element(each, say) for each in drawn.elements.values()},
        flows={each.id: replace(each, name=_said(say, each.name, FLOW, each.id)) for each in drawn.flows.values()},
    )


def task(settings: TaskSettings, element_id: str, say: Say) -> TaskSettings:
    """What is set of a user task, with its buttons and instructions in other words."""
    return replace(
        settings,
        instructions=_said(say, settings.instructions, STEP, element_id),
        outcomes=tuple(_outcome(each, element_id, say) for each in settings.outcomes),
        buttons=tuple(
            (name, label if label == task_settings.OFF else _said(say, label, BUTTON, element_id))
            for name, label in settings.buttons
        ),
    )


def settings(given: Settings, say: Say) -> Settings:
    """What a workflow.toml says, in other words; titles of cases are said where they are read (`titles`)."""
    for text in titles.texts(given.title_of_case) if given.title_of_case else ():
        _said(say, text, TITLE, "")
    return replace(
        given,
        title=_said(say, given.title, PROCESS, ""),
        category=_said(say, given.category, PROCESS, ""),
        description=_said(say, given.description, PROCESS, ""),
        start_instructions=_said(say, given.start_instructions, PROCESS, ""),
        summary=_columns(given.summary, say),
        register=_columns(given.register, say),
        paper=tuple(replace(each, title=_said(say, each.title, PAPER, each.template)) for each in given.paper),
        public=_public(given.public, say) if given.public else None,
    )


def schema(raw: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """A form-js schema in other words: the same fields, keys and values."""
    form_id = str(raw.get("id", ""))
    return {**raw, "components": [_component(each, form_id, say) for each in raw.get("components") or []]}


def decision(drawn: decisions.Decision, say: Say) -> None:
    """What is told of a decision when somebody asks why a case went its way: its name, and of a table columns, notes, answers.

    A history keeps these texts, so that they are said where it is read.
    """
    for text in (drawn.title or drawn.name, *decisions.told(drawn)):
        _said(say, text, TABLE, drawn.id)


def _said(say: Say, text: str, kind: str, at: str) -> str:
    return say(text, kind, at) if text.strip() else text


def _element(element: runtime.Element, say: Say) -> runtime.Element:
    """An element's name; what stands in the documentation of a step with a form is shown above it, or is its basis beside other instructions.

    A start event is such a step: a case that is sent back to whoever began it comes to rest there.
    """
    for text in questions.texts(element):
        say(text, PUBLIC, element.id)
    for text in _registered(element):
        say(text, COLUMN, element.id)
    has_form = element.type == "userTask" or (element.type == "startEvent" and bool(element.form_id))
    return replace(
        element,
        name=_said(say, element.name, STEP, element.id),
        inputs=_told(element, say),
        documentation=_said(say, element.documentation, STEP, element.id) if has_form else element.documentation,
        properties=_end(element, say) if element.type == "endEvent" else element.properties,
    )


def _registered(element: runtime.Element) -> Iterator[str]:
    """What a step that enters a line calls its register and the columns: a register keeps these names, and they are said where it is read."""
    if element.task_definition and element.task_definition.type == "registers.enter":
        yield from filter(None, [element.headers.get("register")])
        yield from (key for each in element.inputs if each.target == "entry" for key in _KEY.findall(each.source))


def _told(element: runtime.Element, say: Say) -> tuple[runtime.IoMapping, ...]:
    """The inputs of a step; what it has people told is said as a whole, an expression as an expression."""
    told = _TOLD.get(element.task_definition.type, ()) if element.task_definition else ()
    return tuple(
        replace(each, source=_said(say, each.source, NOTICE, element.id))
        if each.target in told and any(map(str.strip, literals(each.source)))
        else each
        for each in element.inputs
    )


def literals(text: str) -> tuple[str, ...]:
    """The words that a text holds whatever a case brings: those between quotes of an expression, else the text itself."""
    return tuple(_LITERAL.findall(text)) if feel.is_expression(text) else (text,)


def _end(element: runtime.Element, say: Say) -> Mapping[str, str]:
    """How a case ended, in words of the diagram's own after a colon."""
    said = element.properties.get(task_settings.END_OUTCOME, "")
    outcome, colon, words = said.partition(":")
    if not colon:
        return element.properties
    return {**element.properties, task_settings.END_OUTCOME: f"{outcome}:{_said(say, words.strip(), STEP, element.id)}"}


def _outcome(outcome: Outcome, element_id: str, say: Say) -> Outcome:
    """A button; the standard ones have words in every language."""
    is_standard = STANDARD_OUTCOMES.get(outcome.id) == outcome.label
    return outcome if is_standard else replace(outcome, label=_said(say, outcome.label, BUTTON, element_id))


def _columns(columns: Sequence[Column], say: Say) -> tuple[Column, ...]:
    for text in (text for each in columns for text in _YIELDED.findall(each.value)):
        say(text, COLUMN, "")
    return tuple(replace(each, label=_said(say, each.label, COLUMN, ""), drawn_label=each.name) for each in columns)


def _public(public: terms.Public, say: Say) -> terms.Public:
    def table(words: Mapping[str, str]) -> dict[str, str]:
        return {name: _said(say, text, PUBLIC, name) for name, text in words.items()}

    for text in _QUOTED.findall(public.promise) if public.promise.startswith("=") else ():
        _said(say, text, PUBLIC, "")
    return replace(
        public,
        **{name: _said(say, getattr(public, name), PUBLIC, "") for name in ("title", "intro", "thanks", "channel", "promised")},
        steps=table(public.steps or {}),
        ends=table(public.ends or {}),
        shows=tuple(replace(each, label=_said(say, each.label, PUBLIC, "")) for each in public.shows),
        questions={
            name: replace(each, text=_said(say, each.text, PUBLIC, name), silence=_said(say, each.silence, PUBLIC, name))
            for name, each in (public.questions or {}).items()
        },
    )


def _component(raw: Any, form_id: str, say: Say) -> Any:
    if not isinstance(raw, Mapping):
        return raw
    said = {**raw}
    if name := schemas.label_name(raw):
        said[name] = _said(say, str(raw[name]), FORM, form_id)
    said |= {name: _said(say, raw[name], FORM, form_id) for name in _SHOWN if isinstance(raw.get(name), str)}
    if isinstance(appearance := raw.get("appearance"), Mapping):
        said["appearance"] = {
            name: _said(say, value, FORM, form_id) if name in _ADORNERS and isinstance(value, str) else value
            for name, value in appearance.items()
        }
    for name, entry in (("values", _option), ("columns", _head)):
        if isinstance(raw.get(name), list):
            said[name] = [entry(each, form_id, say) for each in raw[name]]
    if isinstance(raw.get("components"), list):
        said["components"] = [_component(each, form_id, say) for each in raw["components"]]
    return said


def _option(entry: Any, form_id: str, say: Say) -> Any:
    """A choice: the value is data and stays; what is shown of it, the value itself where nothing else is, is said."""
    value = entry.get("value") if isinstance(entry, Mapping) else entry
    label = entry.get("label") if isinstance(entry, Mapping) else None
    if value is None or not isinstance(label or value, str):
        return entry
    return {"value": value, "label": _said(say, label or value, FORM, form_id)}


def _head(column: Any, form_id: str, say: Say) -> Any:
    if not isinstance(column, Mapping) or not isinstance(column.get("label"), str):
        return column
    return {**column, "label": _said(say, column["label"], FORM, form_id)}
