"""The company's own values among [settings]: of what kind each is, what may stand there, where processes read it."""

from __future__ import annotations

import dataclasses
import html
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine import errors, feel, runtime
from engine.basics import sayings
from engine.basics.nearest import nearest
from engine.calendar import durations
from engine.definitions import declarations
from engine.definitions.company_settings import OWN_TABLES
from engine.definitions.task_settings import EndSettings, TaskSettings
from engine.definitions.values import bounds, lengths
from engine.people.organisation import Organisation
from engine.people.resolve import GROUP_PREFIX

YES_NO, WHOLE, SHARE, NUMBER, LIMIT, TEXT = "yes_no", "whole", "share", "number", "limit", "text"
LENGTH, COUNT = "length", "count"
PEOPLE, NUMBERS, TEXTS, NAME, TABLE = "people", "numbers", "texts", "name", "table"
MOST, MOST_LISTED, MOST_LETTERS = 1_000_000_000, 200, 500
NO_PEOPLE = (
    "There is no group and no person “%(name)s”.",
    "There is no group and no person “%(name)s”. Did you mean “%(similar)s”?",
)
LEFT = "%(name)s has left. Please choose somebody else."
WRONG = {
    YES_NO: "Please choose yes or no.",
    WHOLE: "Please give a whole number from 0 to 1,000,000,000.",
    SHARE: "Please give a share from 0 to 100 per cent.",
    NUMBER: "Please give a number from 0 to 1,000,000,000.",
    LIMIT: lengths.NO_LENGTH,
    TEXT: "Please give a text of at most 500 letters.",
    NAME: "Please give one group or person.",
    PEOPLE: "Please give groups or people, at most 200, each once.",
    NUMBERS: "Please give whole numbers from 0 to 1,000,000,000, at least one and at most 200.",
    TEXTS: "Please give texts of at most 500 letters, at most 200, each once.",
    TABLE: "This value is a table: it is changed in company.toml alone.",
}
NOT_WHOLE = "Please give a whole number: half a working day is not counted."
COUNTED = {"working days after": "wd", "working hours after": "wh"}  # what these functions count, by their second argument
MADE_WRONG = "With this value a deadline would be %(length)s. %(reason)s"
_ASKS = re.compile(r"\bsetting\s*\(")
_CELL = re.compile(r">([^<]*\bsetting\s*\([^<]*)<")
_QUOTED = re.compile(r'"([^"\\]*)"')
_PLACES = (TaskSettings, EndSettings)
_OF_ALL = [each for place in _PLACES for each in declarations.settings_of(place).values()]
_LIMITS = {each.name for each in _OF_ALL if each.type == declarations.DEADLINE}
_PEOPLE = {each.name for each in _OF_ALL if each.type in declarations.BESIDE}


@dataclass(frozen=True)
class ValueUse:
    """Where a process reads a value: at an element, "" for the process itself; `place` is what it is called.

    `role`: LIMIT where the value itself is a length of time there, LENGTH where the expression `text` makes one with it,
    COUNT where so many of the unit `text` are counted from a day, PEOPLE where it says who; `field` names the deadline of a step or process (due, warn), "" elsewhere.
    """

    name: str
    process_id: str
    process: str
    element_id: str = ""
    place: str = ""
    role: str = ""
    field: str = ""
    text: str = ""


def own(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The values that processes ask for by `setting(name)`, without the tables and texts that stand beside them."""
    return {name: value for name, value in settings.items() if name not in (*OWN_TABLES, sayings.TEXTS)}


def of_records(settings: Mapping[str, Any]) -> str:
    """The value by which the company's records go, not its processes: how early their keepers are told; "" for none."""
    return str(settings.get("records", {}).get("circle_warning", ""))


def asked(text: str, known: Collection[str]) -> Iterator[str]:
    """Those of the known values for which an expression or cell may ask: whatever of them is named where one is asked for."""
    if _ASKS.search(text):
        yield from dict.fromkeys(name for name in _QUOTED.findall(text) if name in known)


def strings(value: Any) -> list[str]:
    """All texts within a JSON value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return [text for each in inner for text in strings(each)]


def cells(content: bytes) -> Iterator[str]:
    """The texts in a decision's file that may ask for values."""
    yield from (html.unescape(each) for each in _CELL.findall(content.decode("utf-8", "replace")))


def limit_of(uses_found: Collection[ValueUse]) -> ValueUse | None:
    """The one deadline that a value is, and is nothing but that; its step or process says what it is."""
    places = {(each.process_id, each.element_id, each.field) for each in uses_found}
    only = next(iter(uses_found), None)
    return only if only is not None and len(places) == 1 and only.field == "due" and only.role == LIMIT else None


def uses(
    program: runtime.Program,
    given: Mapping[str, Any],
    title: str,
    schema: Callable[[str], Any],
    decided: Callable[[str], Iterable[str]],
    known: Collection[str],
) -> Iterator[ValueUse]:
    """Where a process reads one of the known values: its settings, its diagram, the forms it shows, the decisions it asks for.

    `schema` gives the form of an id, `decided` the cells of the decision of an id.
    """
    of = ValueUse("", program.process_id, title)
    for name, value in given.items():
        for text in strings(value) if name != sayings.TEXTS else ():
            role = _of_length(text, name) if name in _LIMITS else {}
            yield from _read(of, text, known, role)
    for element in program.elements.values():
        at = dataclasses.replace(of, element_id=element.id, place=_place(program, element))
        shown = strings(schema(element.form_id)) if element.form_id else []
        cells = decided(element.decision_id) if element.decision_id else ()
        for text in (*shown, *cells):
            yield from _read(at, text, known, {})
        for text in filter(None, runtime.written(program, element)):
            yield from _read(at, text, known, _role(element, text))


def _read(at: ValueUse, text: str, known: Collection[str], role: Mapping[str, str]) -> Iterator[ValueUse]:
    """The known values that a text reads at a place, each with what it makes of it."""
    units = dict(_counted(text))
    for name in asked(text, known):
        counted = {"role": COUNT, "text": units[name]} if name in units else role
        yield dataclasses.replace(at, name=name, **counted)


def _counted(text: str) -> Iterator[tuple[str, str]]:
    """The values of which an expression counts so many working days or hours, each with the unit."""
    if feel.is_expression(text) and _ASKS.search(text):
        for function, unit in COUNTED.items():
            yield from ((name, unit) for name in feel.answered_by(text, function, 1, "setting"))


def worked_out(text: str, settings: Mapping[str, Any]) -> str:
    """What a deadline is that asks for nothing but the company's values; "" for one that each case works out."""
    if not feel.is_expression(text):
        return text
    try:
        expression = feel.compile(feel.body(text))
        length = expression.evaluate({}, functions={"setting": settings.get}) if expression.names <= {"setting"} else None
    except feel.FeelError:
        return ""
    return length if isinstance(length, str) else ""


def limit_faults(
    program: runtime.Program, element: runtime.Element, settings: Mapping[str, Any]
) -> Iterator[tuple[str, errors.Refusal]]:
    """Values that make a deadline or timer of an element, or a day that it counts, one that cannot be, by name, and why."""
    counted = dict(each for text in filter(None, runtime.written(program, element)) for each in _counted(text))
    for name, unit in counted.items():
        if name in settings and (fault := _fault_of_count(settings[name], unit)):
            yield name, fault
    for text, _field in _limits(element):
        names = (
            [name for function, name in feel.called_texts(text) if function == "setting"] if feel.is_expression(text) else []
        )
        if names and feel.answers(text, "setting"):
            yield from ((name, fault) for name in names if name in settings and (fault := _fault_of_limit(settings[name])))
        elif names and (length := worked_out(text, settings)) and (fault := lengths.fault(length)):
            yield from ((name, fault) for name in names)


def _limits(element: runtime.Element) -> Iterator[tuple[str, str]]:
    yield from ((text, name) for name, text in element.properties.items() if name in _LIMITS)
    if element.due_date:
        yield element.due_date, "due"
    if element.event and element.event.timer and element.event.timer.type == "duration":
        yield element.event.timer.expression, ""


def _role(element: runtime.Element, text: str) -> dict[str, str]:
    """What a text of an element makes of the value that it reads."""
    for limit, field in _limits(element):
        if text == limit:
            return _of_length(text, field)
    people = [element.properties.get(name) for name in _PEOPLE]
    says_who = text in (*people, element.assignee, element.candidate_users, element.candidate_groups)
    return {"role": PEOPLE} if says_who else {}


def _of_length(text: str, field: str) -> dict[str, str]:
    """What a deadline or timer makes of the values that it reads: one as it stands, or a length of time with them."""
    if feel.answers(text, "setting"):
        return {"role": LIMIT, "field": field}
    return {"role": LENGTH, "field": field, "text": text}


def _place(program: runtime.Program, element: runtime.Element) -> str:
    """What people call an element: its name; of a gateway without one the names of the ways out of it."""
    ways = (program.flows[each].name.strip() for each in element.outgoing)
    return element.name.strip() or next(filter(None, ways), "")


def kind_of(value: Any, roles: Collection[str], company: Organisation) -> str:
    """What a value is, by itself and by what processes make of it."""
    if isinstance(value, bool):
        return YES_NO
    if isinstance(value, int):
        return WHOLE
    if isinstance(value, Decimal | float):
        return SHARE if _is_number(value, 1) else NUMBER
    if isinstance(value, str):
        is_limit = LIMIT in roles or durations.parse(value) is not None
        return NAME if PEOPLE in roles else LIMIT if is_limit else TEXT
    if isinstance(value, list):
        return _kind_of_list(value, roles, company)
    return TABLE


def _kind_of_list(value: list[Any], roles: Collection[str], company: Organisation) -> str:
    if value and all(_is_whole(each) for each in value):
        return NUMBERS
    if not all(isinstance(each, str) for each in value):
        return TABLE
    return PEOPLE if PEOPLE in roles or (value and all(_is_somebody(each, company) for each in value)) else TEXTS


def fault(kind: str, value: Any, company: Organisation) -> errors.Refusal | None:
    """Why a value of that kind cannot stand; None for a good one. Files and pages are held to it alike."""
    if kind == LIMIT:
        return _fault_of_limit(value)
    if not _FITS[kind](value):
        return errors.Refusal(WRONG[kind])
    names = value if kind == PEOPLE else [value] if kind == NAME else []
    return next((_nobody(each, company) for each in names if not _is_somebody(each, company)), None)


def _fault_of_limit(value: Any) -> errors.Refusal | None:
    return lengths.fault(value) if _FITS[LIMIT](value) else errors.Refusal(WRONG[LIMIT])


def bounds_of(name: str, uses_found: Iterable[ValueUse], settings: Mapping[str, Any]) -> bounds.Bounds | None:
    """Between what a number may stand: as the company says, else by what processes count with it; None for any."""
    units = (each.text if each.role == COUNT else _unit(name, each.text, settings) for each in uses_found)
    unit = next(filter(None, units), None)
    return bounds.declared(name, settings) or (None if unit is None else bounds.of_count(unit))


def _unit(name: str, text: str, settings: Mapping[str, Any]) -> str | None:
    """The unit of a length of time that is made with so many of it, as ="wd" after the value."""
    length = lengths.parts(worked_out(text, {**settings, name: 1}))
    return length[1] if length is not None and length[0] == "1" else None


def fault_in_use(uses_found: Iterable[ValueUse], settings: Mapping[str, Any]) -> errors.Refusal | None:
    """Why deadlines and timers cannot be made with a value that is good of its kind; None if they can.

    `settings` are the company's values with this one among them. What depends on a case besides is not worked out.
    """
    for each in uses_found:
        if each.role == COUNT:
            if reason := _fault_of_count(settings[each.name], each.text):
                return reason
            continue
        length = worked_out(each.text, settings)
        if length and (reason := lengths.fault(length)):
            return errors.Refusal(MADE_WRONG, length=lengths.said(length) or length, reason=reason)
    return None


def _fault_of_count(value: Any, unit: str) -> errors.Refusal | None:
    """Why nobody can count so many of the unit; None if one can, and for what is no number."""
    if not _is_number(value, MOST):
        return None
    if unit == "wd" and value != int(value):
        return errors.Refusal(NOT_WHOLE)
    length = f"{value}{unit}"
    reason = lengths.fault(length)
    return errors.Refusal(MADE_WRONG, length=lengths.said(length) or length, reason=reason) if reason else None


def _is_somebody(name: str, company: Organisation) -> bool:
    plain = name.removeprefix(GROUP_PREFIX)
    person = company.people.get(name)
    return plain in company.groups or plain in company.former or (person is not None and not person.is_disabled)


def _nobody(name: str, company: Organisation) -> errors.Refusal:
    if name in company.people:
        return errors.Refusal(LEFT, name=company.name_of(name))
    similar = nearest(name.removeprefix(GROUP_PREFIX), {*company.groups, *company.people})
    plain, with_nearest = NO_PEOPLE
    return errors.Refusal(with_nearest, name=name, similar=similar) if similar else errors.Refusal(plain, name=name)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


def _is_number(value: Any, most: int) -> bool:
    is_number = isinstance(value, int | Decimal | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 <= value <= most


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MOST_LETTERS


def _are_texts(value: Any) -> bool:
    is_list = isinstance(value, list) and len(value) <= MOST_LISTED and all(_is_text(each) and each.strip() for each in value)
    return is_list and len(set(value)) == len(value)


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST_LISTED and all(map(_is_whole, value))


_FITS: dict[str, Callable[[Any], bool]] = {
    YES_NO: lambda value: isinstance(value, bool),
    WHOLE: _is_whole,
    SHARE: lambda value: _is_number(value, 1),
    NUMBER: lambda value: _is_number(value, MOST),
    LIMIT: lambda value: _is_text(value) and bool(value.strip()),
    TEXT: _is_text,
    NAME: lambda value: _is_text(value) and bool(value.strip()),
    PEOPLE: _are_texts,
    NUMBERS: _are_numbers,
    TEXTS: _are_texts,
    TABLE: lambda _value: False,
}
