"""Where the problems of a draft stand, in words, with the way there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import flask
from flask_babel import gettext as _

from engine.designing.editing import decision_tables
from engine.problems import Problem


@dataclass(frozen=True)
class Placed:
    """A problem, what the place is called, and the editor where it stands; `address` is empty in that editor itself."""

    problem: Problem
    label: str
    address: str


def placed(key: int, files: Mapping[str, str], found: Iterable[Problem], here: str) -> list[Placed]:
    """The problems of a draft as they are listed in the editor of the file `here`."""
    decisions = {name: decision_tables.places(text) for name, text in files.items() if name.endswith(".dmn")}
    return [
        Placed(each, _label(each, decisions.get(each.resource, {})), "" if each.resource in ("", here) else editor(key, each))
        for each in found
    ]


def editor(key: int, problem: Problem) -> str:
    """The address of the editor of the file in which a problem stands, at its element."""
    kind = problem.resource.rpartition(".")[2]
    if kind == "bpmn":
        return flask.url_for("designer.edit", key=key, element=problem.element_id)
    return flask.url_for(EDITORS[kind], key=key, name=problem.resource, element=problem.element_id)


EDITORS = {"dmn": "decisions.edit", "form": "forms.edit"}


def _label(problem: Problem, places: Mapping[str, decision_tables.Place]) -> str:
    place = places.get(problem.element_id)
    if place is None or not (place.rule or place.column):
        return problem.element_name or problem.resource or _("Process")
    if not place.rule:
        return _("%(table)s · column %(column)s", table=place.decision, column=place.column)
    if not place.column:
        return _("%(table)s · rule %(n)s", table=place.decision, n=place.rule)
    return _("%(table)s · rule %(n)s · %(column)s", table=place.decision, n=place.rule, column=place.column)
