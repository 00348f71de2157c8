"""What the values are called that conditions compare with: choices of fields, ticks, buttons of steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

from engine.designing.editing import field_uses
from engine.designing.simple.asking.answers import VariableAnswers, Words
from web.frame import words


def of_fields(files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The choices of the fields of a draft's forms, by key and by value as conditions write it."""
    ticks = {"true": _("yes"), "false": _("no")}
    return {
        key: {value: label or ticks.get(value, value) for value, label in choices.items()}
        for key, choices in field_uses.choices(files).items()
    }


def of_all(files: Mapping[str, str], outcomes: Iterable[VariableAnswers]) -> Words:
    """The same with what the buttons of the steps say."""
    said = of_fields(files)
    for each in outcomes:
        labels = {value: words.outcome_label(label, value) for value, label in each.values.items()}
        said[each.variable] = {**said.get(each.variable, {}), **labels}
    return said
