"""What is served here, and who calls: topology, licence, authentication."""

from __future__ import annotations

from typing import Any

from web.account import auth
from web.api.access.blueprint import blueprint

GATEWAY = "8.8.0"


@blueprint.get("/topology")
def get_topology() -> dict[str, Any]:
    """The cluster as clients expect it: one broker, one partition."""
    partition = {"partitionId": 1, "role": "leader", "health": "healthy", "state": "active"}
    broker = {"nodeId": 0, "brokerId": "0", "host": "localhost", "port": 0, "partitions": [partition], "version": GATEWAY}
    sizes = {"clusterSize": 1, "partitionsCount": 1, "replicationFactor": 1}
    return {"brokers": [broker], "clusterId": "banjie", **sizes, "gatewayVersion": GATEWAY, "lastCompletedChangeId": "0"}


@blueprint.get("/authentication/me")
def get_authentication() -> dict[str, Any]:
    """The caller."""
    actor = auth.current_actor()
    tenant = {"tenantId": actor.company_id, "name": actor.company_id, "description": None}
    return {
        "username": actor.username,
        "displayName": actor.name,
        "email": None,
        "authorizedComponents": ["*"] if actor.is_administrator else [],
        "tenants": [tenant],
        "groups": sorted(actor.groups),
        "roles": ["admin"] if actor.is_administrator else [],
        "salesPlanType": None,
        "c8Links": {},
        "canLogout": True,
    }
