"""File fields of a trial: nothing is uploaded, a name stands for the file, as in scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import flask
from flask_babel import gettext as _

from engine import forms

Lines = tuple[tuple[forms.ViewNode, ...], ...]


def without_uploads(view: forms.FormView) -> forms.FormView:
    """The form with a line for a name wherever a file would be chosen."""
    return replace(view, lines=_lines(view.lines))


def named(form: forms.Form, sent: dict[str, Any]) -> dict[str, Any]:
    """What was sent with the typed names as scenarios write files."""
    files = {component.path[-1] for component in form.walk() if component.type == "filepicker"}
    values: dict[str, Any] = _named(files, sent)
    return values


def _named(files: set[str], value: Any) -> Any:
    if isinstance(value, list):
        return [_named(files, each) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {name: _names(inner) if name in files else _named(files, inner) for name, inner in value.items()}


def _names(value: Any) -> list[str]:
    given = value if isinstance(value, list) else [value]
    return [str(each)[:200] for each in given if each and not isinstance(each, Mapping)]


def _lines(lines: Lines) -> Lines:
    return tuple(tuple(_node(node) for node in line) for line in lines)


def _node(node: forms.ViewNode) -> forms.ViewNode:
    if node.type == "filepicker" and not node.is_readonly:
        typed = flask.request.form.get(node.name, "")
        return replace(
            node,
            type="textfield",
            value=typed,
            raw={},
            description=node.description or _("Nothing is uploaded in a trial: a name stands for the file."),
        )
    return replace(node, children=_lines(node.children), rows=tuple(_lines(row) for row in node.rows))
