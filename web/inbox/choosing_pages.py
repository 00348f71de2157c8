"""Looking for people while somebody chooses them."""

from __future__ import annotations

from typing import Any

import flask

from engine.queries.cases import people_found
from web.account import auth
from web.frame import addresses, storage
from web.frame.operations import choosing

blueprint = flask.Blueprint("choosing", __name__)
FEW = 8  # beneath a text that is being typed
FIELDS = ("people", "person", "deputy", "principal")


@blueprint.get("/choose/people")
def people() -> str:
    """Those that the text of the field fits, and those who are chosen in it."""
    args = flask.request.args
    field = args.get("field", FIELDS[0])
    if field not in FIELDS:
        flask.abort(404)
    with storage.reading() as session:
        wanted: dict[str, Any] = {
            "with_groups": "groups" in args,
            "without_me": "others" in args,
            "reading": addresses.key("case"),
            "getting": addresses.key_before_colon("task"),
        }
        matches = choosing.found_for(session, auth.current_actor(), field, **wanted)
    return flask.render_template("frame/found_people.html", name=field, found=matches, is_one="single" in args)


@blueprint.get("/choose/mentioned")
def mentioned() -> str:
    """People and groups that what stands behind an @ fits, each with what names it alone there; whom the case keeps away with the reason."""
    with storage.reading() as session:
        mentions = people_found.find(
            session,
            auth.current_actor(),
            flask.request.args.get("text", ""),
            with_groups=True,
            reading=addresses.key("case"),
            whole_groups=True,
            most=FEW,
            now=storage.now(),
        )
    return flask.render_template("frame/mentioned.html", found=mentions)
