"""Looking for people while somebody chooses them."""

from __future__ import annotations

import flask

from web.account import auth
from web.frame import storage
from web.frame.operations import choosing

blueprint = flask.Blueprint("choosing", __name__)
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
        found = choosing.found_for(session, auth.current_actor(), field, **wanted)
    return flask.render_template("frame/found_people.html", name=field, found=found, is_one="single" in args)
