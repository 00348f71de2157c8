"""Looking for people while somebody chooses them."""

from __future__ import annotations

import flask

from engine.queries.cases import people_found
from web.account import auth
from web.frame import storage
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
        wanted = {"with_groups": "groups" in args, "without_me": "others" in args}
        people_offered = choosing.found_for(session, auth.current_actor(), field, **wanted)
    return flask.render_template("frame/found_people.html", name=field, found=people_offered, is_one="single" in args)


@blueprint.get("/choose/mentioned")
def mentioned() -> str:
    """People and groups that what stands behind an @ fits, each with what names it alone there."""
    with storage.reading() as session:
        text = flask.request.args.get("text", "")
        people_offered = people_found.find(session, auth.current_actor(), text, with_groups=True, most=FEW, now=storage.now())
    return flask.render_template("frame/mentioned.html", found=people_offered)
