"""What is served here, told to programs that ask first (RFC 7644, clause 4)."""

from __future__ import annotations

from typing import Any

import flask

from engine import errors
from web.api.scim import shapes
from web.api.scim.blueprint import answer, blueprint
from web.api.scim.listing import MOST

CONFIGURATION = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
REQUIRED = ("userName", "displayName")


@blueprint.get("/ServiceProviderConfig")
def get_configuration() -> flask.Response:
    """PATCH, filters and versions; no bulk, no sorting, no passwords."""
    no = {"supported": False}
    bearer = {
        "type": "oauthbearertoken",
        "name": "Bearer",
        "description": "The secret of a machine account, or a token made with it at /oauth/token.",
        "primary": True,
    }
    told = {
        "patch": {"supported": True},
        "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST},
        "changePassword": no,
        "sort": no,
        "etag": {"supported": True},
        "authenticationSchemes": [bearer],
    }
    where = flask.url_for("scim.get_configuration", _external=True)
    meta = {"resourceType": "ServiceProviderConfig", "location": where}
    return answer({"schemas": [CONFIGURATION], **told, "meta": meta})


@blueprint.get("/ResourceTypes")
def list_resource_types() -> flask.Response:
    """Users and groups."""
    return answer(_list([_type("User"), _type("Group")]))


@blueprint.get("/ResourceTypes/<id>")
def get_resource_type(id: str) -> flask.Response:
    """One of them."""
    if id not in ("User", "Group"):
        raise errors.NotFound("There is nothing here under this address, or you may not view it.")
    return answer(_type(id))


@blueprint.get("/Schemas")
def list_schemas() -> flask.Response:
    """The attributes that are kept here."""
    return answer(_list([_schema(id) for id in _SCHEMAS]))


@blueprint.get("/Schemas/<id>")
def get_schema(id: str) -> flask.Response:
    """One schema."""
    if id not in _SCHEMAS:
        raise errors.NotFound("There is nothing here under this address, or you may not view it.")
    return answer(_schema(id))


_SCHEMAS = {
    shapes.USER: ("User", shapes.USER_MEMBERS),
    shapes.ENTERPRISE: ("EnterpriseUser", shapes.ENTERPRISE_MEMBERS),
    shapes.GROUP: ("Group", shapes.GROUP_MEMBERS),
}


def _list(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {"schemas": [shapes.LIST], "totalResults": len(resources), "Resources": resources}


def _type(id: str) -> dict[str, Any]:
    schema = shapes.USER if id == "User" else shapes.GROUP
    more = {"schemaExtensions": [{"schema": shapes.ENTERPRISE, "required": False}]} if id == "User" else {}
    where = flask.url_for("scim.get_resource_type", id=id, _external=True)
    meta = {"resourceType": "ResourceType", "location": where}
    return {"schemas": [RESOURCE_TYPE], "id": id, "name": id, "endpoint": f"/{id}s", "schema": schema, **more, "meta": meta}


def _schema(id: str) -> dict[str, Any]:
    name, members = _SCHEMAS[id]
    where = flask.url_for("scim.get_schema", id=id, _external=True)
    attributes = [_attribute(each) for each in members if each != "externalId"]  # a common attribute, not of a schema
    meta = {"resourceType": "Schema", "location": where}
    return {"schemas": [SCHEMA], "id": id, "name": name, "attributes": attributes, "meta": meta}


def _attribute(name: str) -> dict[str, Any]:
    subs = [_plain(each, "string") for each in shapes.SUBS.get(name, ()) if each != "primary"]
    if name in ("emails", "phoneNumbers"):
        subs.append(_plain("primary", "boolean"))
    kind = "complex" if subs else "boolean" if name == "active" else "string"
    return {**_plain(name, kind), **({"subAttributes": subs} if subs else {})}


def _plain(name: str, kind: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "multiValued": name in shapes.LISTS,
        "required": name in REQUIRED,
        "caseExact": False,
        "mutability": "immutable" if name == "userName" else "readWrite",
        "returned": "default",
        "uniqueness": "server" if name == "userName" else "none",
    }
