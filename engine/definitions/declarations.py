"""How a setting is declared: once, as a field of a dataclass, with its type, default, words, and what refuses a value.

`of` lists the declarations of such a class; the check, the documentation and whoever draws a panel read them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from engine import errors, feel
from engine.basics.nearest import nearest
from engine.calendar import due, durations, periods
from engine.definitions.rules import joint_rules
from engine.storage import numbers

CHOICE = "one of its words"
TEXT = "a text"
FORMULA = "a text, or =FEEL"
FORMULAS = "a list of =FEEL"
CALENDAR = "the name of a working calendar of the company"
DEADLINE = "5wd, 4wh, 2d, ISO 8601, or =FEEL"
STEP = "1wd, 4wh, 2d, ISO 8601"
PEOPLE = "groups or people, or =FEEL giving people"
STAND_IN = "groups or people, or =FEEL giving people, or administrators or incident"
PEOPLE_OR_ANYONE = "groups, departments or people, or =FEEL giving people, or anyone"
GROUPS = "a list of group names"
PROCESSES = "a list of process ids"
USERNAMES = "a list of usernames"
NAMES = "a list of names"
RULES = "a list of rules"
ROLES = "a list of roles"
TASKS = "ids of user tasks with commas between, or initiator"
OUTCOMES = "outcomes with commas between, each an id or id:label"
OUTCOME_IDS = "ids of outcomes with commas between"
VARIABLE = "the name of a variable"
RULE = f"one of: {joint_rules.WRITTEN}"
WEIGHTS = "name:weight with commas between, or =FEEL giving a context of them"
BUTTONS = "operations with commas between, each operation:off or operation:label"
SWITCH = "true or false"
NUMBER = "a whole number"
PATTERN = "a number pattern with one {seq}"
PERIOD = "10y, 18m or 400d"
TABLE = "a table"
TABLES = "a list of tables"
HOURS = "a list of hours such as 09:00-12:00"

UNREADABLE = "The property %(name)s holds an expression that cannot be read: %(text)s (%(reason)s)"
NOT_ALLOWED = "The property %(name)s cannot be “%(value)s”."
NO_RULE = "The property %(name)s cannot be “%(value)s”; it is one of: %(written)s."
NO_SWITCH = "The property %(name)s is true or false, not “%(value)s”."
NO_DEADLINE = "%(name)s: %(reason)s"
NO_STEP = "%(name)s is a length of time of a second or more, such as 1wd, 4wh or P1D, not “%(value)s”."
ONE_SEQ = "The setting %(name)s needs exactly one {seq}; else only {date}, {year} and {month}."
NO_PERIOD = "The setting %(name)s is a time from 30 days to 100 years, such as 10y, 18m or 400d."
WRONG_LIST = "The setting %(name)s must be a list of names."
WRONG_FORMULAS = "The setting %(name)s must be a list of at most ten texts that each begin with =."
WRONG_TYPE = "The setting %(name)s has the wrong type."
Told = tuple[str, dict[str, object]]
BESIDE: Mapping[str, tuple[str, ...]] = {  # of settings that name groups or people: words that may stand there instead
    PEOPLE: (),
    STAND_IN: ("administrators", "incident"),
    PEOPLE_OR_ANYONE: ("anyone",),
}
_SETTING = "setting"
MOST_FORMULAS = 10


@dataclass(frozen=True)
class Setting:
    """One declaration: `meaning` is an English message id, `choices` the words a CHOICE may be."""

    name: str
    type: str
    default: Any
    meaning: str
    choices: tuple[str, ...] = ()


def declared(type: str, default: Any, meaning: str, *, choices: tuple[str, ...] = (), name: str = "") -> Any:
    """A field of a dataclass that people set; `name` is what they write where it differs from the field's."""
    return field(default=default, metadata={_SETTING: (name, type, meaning, choices)})


@functools.cache
def settings_of(place: type) -> Mapping[str, Setting]:
    """The declarations of a class, by the names that people write."""
    settings = [_setting(each) for each in fields(place) if _SETTING in each.metadata]
    return {setting.name: setting for setting in settings}


def _setting(each: Field[Any]) -> Setting:
    name, kind, meaning, choices = each.metadata[_SETTING]
    return Setting(name or each.name, kind, None if each.default is MISSING else each.default, meaning, choices)


def property_problems(place: type, properties: Mapping[str, str]) -> Iterator[Told]:
    """What is wrong with the values of the zeebe:properties that are declared there, as message id and values."""
    for name, setting in settings_of(place).items():
        if name in properties:
            yield from _of_text(setting, properties[name].strip())


def fault(setting: Setting, value: Any) -> str | None:
    """What is wrong with a value of a TOML file, as a message id; None for a good one."""
    if setting.type == FORMULAS:
        return None if _are_formulas(value) else WRONG_FORMULAS
    if setting.type in _LISTS:
        return None if isinstance(value, list) and all(isinstance(each, str) for each in value) else WRONG_LIST
    if not isinstance(value, _PYTHON.get(setting.type, str)) or (setting.type == NUMBER and isinstance(value, bool)):
        return WRONG_TYPE
    if setting.type == CHOICE and value not in setting.choices:
        return WRONG_TYPE
    if setting.type == PERIOD and not periods.is_sensible(str(value)):
        return NO_PERIOD
    return ONE_SEQ if setting.type == PATTERN and not numbers.is_pattern(str(value)) else None


def _are_formulas(value: Any) -> bool:
    is_list = isinstance(value, list) and len(value) <= MOST_FORMULAS
    return is_list and all(isinstance(each, str) and feel.is_meant(each) for each in value)


def deadline(name: str, text: str) -> Iterator[Told]:
    """What is wrong with a deadline of that name that is no expression; an empty one is none."""
    try:
        if text:
            due.check(text)
    except errors.Invalid as refusal:
        yield NO_DEADLINE, {"name": name, "reason": refusal}


def is_step(text: str) -> bool:
    """Whether taking it again and again leads on."""
    length = durations.parse(text)
    return length is not None and length.advances


def unreadable(text: str, functions: Iterable[str] | None = None) -> errors.Refusal | None:
    """Why a text is an expression that cannot be read; None for any other.

    `functions`: the look-ups that it may call; None leaves calls unchecked.
    """
    if not feel.is_meant(text):
        return None
    problems = feel.problems(feel.body(text), functions=functions)
    grave = next((problem for problem in problems if problem.severity == "error"), None)
    return errors.Refusal(grave.message, fields=None, **grave.values) if grave else None


def unknown(name: str, known: Iterable[str]) -> Told:
    """What is said of a name that nothing obeys, with the nearest that something does."""
    similar = nearest(name, known)
    if similar is None:
        return "Unknown setting %(name)s.", {"name": name}
    return "Unknown setting %(name)s; did you mean %(similar)s?", {"name": name, "similar": similar}


def words(text: str) -> tuple[str, ...]:
    """The words between the commas of a property, Chinese commas too."""
    return tuple(word.strip() for word in re.split("[,，]", text) if word.strip())


_LISTS = (GROUPS, PROCESSES, USERNAMES, NAMES, RULES, ROLES, HOURS)
_PYTHON: dict[str, type] = {SWITCH: bool, NUMBER: int, TABLE: dict, TABLES: list}


def _of_text(setting: Setting, value: str) -> Iterator[Told]:
    told: dict[str, object] = {"name": setting.name, "value": value}
    if reason := unreadable(value):
        yield UNREADABLE, {"name": setting.name, "text": value, "reason": reason}
    elif setting.type == CHOICE and value not in setting.choices:
        yield NOT_ALLOWED, told
    elif setting.type == RULE and joint_rules.read(value) is None:
        yield NO_RULE, told | {"written": joint_rules.WRITTEN}
    elif setting.type == SWITCH and value not in ("true", "false"):
        yield NO_SWITCH, told
    elif setting.type == STEP and value and not is_step(value):
        yield NO_STEP, told
    elif setting.type == DEADLINE and not feel.is_expression(value):
        yield from deadline(setting.name, value)
