"""Posts: how many hold each; added, renamed, taken away."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import gettext as _

from engine import errors
from engine.basics.letters import pinyin
from engine.queries.organisation import reading
from engine.verbs.organisation import posts
from web.account import auth
from web.frame import flashes, storage
from web.organisation import fields

blueprint = flask.Blueprint("posts", __name__, url_prefix="/organisation/posts")


@blueprint.get("")
def index() -> str:
    """All posts."""
    return _page({})


@blueprint.post("")
def add() -> Any:
    """Adds a post."""
    return _done(
        lambda session, by, now: posts.add(session, by, flask.request.form.get("name", ""), now=now), _("The post is added.")
    )


@blueprint.post("/<int:key>")
def rename(key: int) -> Any:
    """Renames a post."""
    name = flask.request.form.get("name", "")
    return _done(lambda session, by, now: posts.rename(session, by, key, name, now=now), _("The post is renamed."), key)


@blueprint.post("/<int:key>/remove")
def remove(key: int) -> Any:
    """Takes a post away."""
    return _done(lambda session, by, now: posts.remove(session, by, key, now=now), _("The post is taken away."), key)


def _done(verb: Any, told: str, key: int | None = None) -> Any:
    try:
        with storage.transaction() as session:
            verb(session, auth.current_actor(), storage.now())
    except (errors.Invalid, errors.Conflict) as refusal:
        return _page({str(key or ""): fields.faults(refusal).get("name", [refusal])}), 422
    flashes.say(told)
    return flask.redirect(flask.url_for("posts.index"))


def _page(faults: fields.Faults) -> str:
    text = flask.request.args.get("q", "").strip()[:100]
    with storage.reading() as session:
        by = auth.current_actor()
        company = reading.company(session, by)
    counted: dict[str, list[str]] = {key: [] for key in company.posts}
    for member in company.people.values():
        for post in member.posts if not member.is_disabled else ():
            counted.setdefault(post, []).append(member.name)
    lines = [(key, name, counted[key]) for key, name in company.posts.items() if pinyin.matches(name, text)]
    lines.sort(key=lambda line: pinyin.spelled(line[1]))
    values = {"lines": lines, "text": text, "faults": faults, "sent": flask.request.form, "may_change": by.runs_organisation}
    return flask.render_template("organisation/posts.html", title=_("Posts"), **values)
