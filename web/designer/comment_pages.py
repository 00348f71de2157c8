"""What those who draw on one draft see of each other: comments on its elements, and who has it before him."""

from __future__ import annotations

import flask

from engine.designing import comments, presence
from web.account import auth
from web.designer import requests
from web.frame import storage

blueprint = flask.Blueprint("draft_comments", __name__)


@blueprint.get("/designer/<int:key>/comments")
def index(key: int) -> str:
    """All comments, for the panel and the counts on the elements."""
    with storage.reading() as session:
        drawn_comments = comments.of_draft(session, auth.current_actor(), key)
    return flask.render_template("designer/_comments.html", comments=drawn_comments, key=key)


@blueprint.post("/designer/<int:key>/comments")
def say(key: int) -> str:
    """Says something of an element."""
    element, text = flask.request.form.get("element", ""), flask.request.form.get("text", "")
    with storage.transaction() as session:
        comments.say(session, auth.current_actor(), key, element, text, now=storage.now())
    return index(key)


@blueprint.post("/designer/<int:key>/comments/resolved")
def resolve(key: int) -> str:
    """Marks a comment as done."""
    with storage.transaction() as session:
        comments.resolve(session, auth.current_actor(), key, requests.number("comment"), now=storage.now())
    return index(key)


@blueprint.post("/designer/<int:key>/here")
def here(key: int) -> str:
    """Says that this person has the draft before him; answers with who else has."""
    with storage.transaction() as session:
        others = presence.seen(session, auth.current_actor(), key, now=storage.now())
    return flask.render_template("designer/_here.html", others=others)
