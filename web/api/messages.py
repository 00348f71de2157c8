"""Messages: publish, correlate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.storage import keys
from engine.verbs.running import messages
from web.account import auth
from web.api.access.blueprint import blueprint
from web.api.shapes import bodies, results, schemas
from web.frame import storage


@blueprint.post("/messages/publication")
@blueprint.input(schemas.Publication, arg_name="body")
def publish_message(body: schemas.Publication) -> dict[str, Any]:
    """Publish a message; it waits for its subscription as long as it lives."""
    actor = auth.current_actor()
    bodies.require_tenant(body.tenantId, actor.company_id)
    with storage.transaction() as session:
        published = messages.publish(
            session,
            actor,
            body.name,
            body.correlationKey,
            body.variables or {},
            time_to_live=timedelta(milliseconds=body.timeToLive),
            message_id=body.messageId,
            now=storage.now(),
        )
        return {"tenantId": actor.company_id, "messageKey": results.key(published.key)}


@blueprint.post("/messages/correlation")
@blueprint.input(schemas.Correlation, arg_name="body")
def correlate_message(body: schemas.Correlation) -> dict[str, Any]:
    """Deliver a message to the subscription that waits for it, or refuse."""
    actor = auth.current_actor()
    bodies.require_tenant(body.tenantId, actor.company_id)
    with storage.transaction() as session:
        instance_key = messages.correlate(
            session, actor, body.name, body.correlationKey, body.variables or {}, now=storage.now()
        )
        return {
            "tenantId": actor.company_id,
            "messageKey": results.key(keys.new()),
            "processInstanceKey": results.key(instance_key),
        }
