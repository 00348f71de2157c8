"""What a field for an expression asks while one types: which names there are, and what is wrong with the text."""

from __future__ import annotations

import dataclasses
from typing import Any

import flask
from flask_babel import gettext as _

from engine import feel
from engine.queries.designer import expression_names
from web.account import auth
from web.designer.wording import functions
from web.frame import storage

blueprint = flask.Blueprint("expressions", __name__)


@blueprint.get("/designer/<int:key>/expressions")
def names(key: int) -> Any:
    """What an expression of the draft may name: `[{name, call, says, kind}]`, variables first."""
    with storage.reading() as session:
        variables = expression_names.names(session, auth.current_actor(), key)
    names_offered = [{"name": name, "call": name, "says": says, "kind": "variable"} for name, says in variables.items()]
    called = [{**dataclasses.asdict(each), "kind": "function"} for each in functions.functions()]
    return flask.jsonify([*names_offered, *called])


@blueprint.post("/designer/<int:key>/expressions")
def check(key: int) -> Any:
    """What is wrong with an expression, `{problems: [text]}` in the reader's language."""
    text = flask.request.form.get("text", "")
    with storage.reading() as session:
        problems = expression_names.problems(session, auth.current_actor(), key, text)
    return flask.jsonify(problems=[feel.worded(each.message, each.values, _) for each in problems])
