"""Where other systems file something by web hook; the signature takes the place of a session."""

from __future__ import annotations

import os
from typing import Any

import flask

from engine.intake import hooks
from web.frame import storage
from web.frame.http import security
from web.public import public

blueprint = flask.Blueprint("hooks", __name__)
security.protection.exempt(blueprint)  # no browser sends this, and the body is signed


@blueprint.post("/hooks/<company_id>/<name>")
def receive(company_id: str, name: str) -> Any:
    """Takes one delivery; a repeated one gets the same number."""
    headers = flask.request.headers
    delivery = hooks.Delivery(
        headers.get("webhook-id", ""),
        headers.get("webhook-timestamp", ""),
        headers.get("webhook-signature", ""),
        flask.request.get_data(cache=False),
    )
    with public.transaction(company_id) as session:
        received = hooks.receive(session, company_id, name, delivery, os.environ, now=storage.now())
    return {"number": received.number, "repeated": received.is_repeated}, 200 if received.is_repeated else 202
