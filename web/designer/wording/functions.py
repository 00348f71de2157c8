"""The functions that an expression may call: how each is written, and a sentence on what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine import feel

LOOK_UPS = {  # name of a look-up of the engine: its parameters, what it gives
    "head of": ("department, level?", lazy_gettext("Who leads a department, or the one so many levels above.")),
    "manager of": ("person, level?", lazy_gettext("Somebody's superior, or the one so many levels above.")),
    "managers of": ("person, up to?", lazy_gettext("Somebody's superiors from the nearest up, so many levels at most.")),
    "members of": ("group", lazy_gettext("The people of a group or department.")),
    "department of": ("person", lazy_gettext("The department somebody works in.")),
    "handler of": ('"task id"', lazy_gettext("Who did that step of this case last.")),
    "having acted": (
        "people",
        lazy_gettext("The people, who are kept from a step for what they did, not as it is about them."),
    ),
    "except": ("people, people", lazy_gettext("The first people without the second.")),
    "both": ("people, people", lazy_gettext("Who stands in both lists of people.")),
    "people cleared": (
        "people, level",
        lazy_gettext("Those of the people who may read customer records of a level of secrecy."),
    ),
    "name of": ("person", lazy_gettext("Somebody's name as it is read.")),
    "department name of": ("department", lazy_gettext("A department's name as it is read.")),
    "person options": ("people?", lazy_gettext("People as the choices of a form's field.")),
    "department options": ("", lazy_gettext("All departments as the choices of a form's field.")),
    "record options": ("text", lazy_gettext("Customer records that match a text, as the choices of a field.")),
    "expired records": ("", lazy_gettext("Customer records whose term of secrecy is over, by their keys.")),
    "record holds": ("key", lazy_gettext("Why a customer record may not be destroyed just now; null where it may.")),
    "record": ("key", lazy_gettext("A customer record by its key.")),
    "working days after": ("date, n", lazy_gettext("The date so many working days later.")),
    "working hours after": ("date and time, n", lazy_gettext("The moment so many working hours later.")),
    "is working day": ("date", lazy_gettext("Whether people work on a date.")),
    "working days between": ("a, b", lazy_gettext("How many working days lie between two dates.")),
    "earlier cases": (
        '"process id", "column", value, days',
        lazy_gettext("How many other cases of the last days show this value in their register."),
    ),
    "earlier handler": (
        '"process id", "column", value, days, "task id"',
        lazy_gettext("Who did a step in the newest of these earlier cases."),
    ),
    "running case": (
        '"process id", "column", value, "column wanted"',
        lazy_gettext("What a column says of a running case that shows this value and that whoever fills in the form may see."),
    ),
    "current person": ("", lazy_gettext("Who has the form in front of him; elsewhere nobody.")),
    "setting": ("name", lazy_gettext("A value of the company's own settings.")),
}


@dataclass(frozen=True)
class Written:
    """One function: its name, how it is called with its parameters, what it gives."""

    name: str
    call: str
    says: str


def functions() -> list[Written]:
    """All functions in the reader's language, the engine's look-ups first."""
    return [*_look_ups(), *_builtins()]


def _look_ups() -> Iterator[Written]:
    for name, (parameters, says) in LOOK_UPS.items():
        yield Written(name, f"{name}({parameters})", str(says))


def _builtins() -> Iterator[Written]:
    for name, builtin in feel.BUILTINS.items():
        signature = builtin.signatures[0]
        parameters = ", ".join(each.name + ("?" if each.optional else "") for each in signature.parameters)
        yield Written(name, f"{name}({parameters}{', …' if signature.variadic else ''})", _(builtin.doc))
