"""`/Groups`: candidate groups found, made, renamed, filled by name, taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask
from sqlalchemy.orm import Session

from engine import errors
from engine.queries.api import provisioned
from engine.verbs.organisation import groups as verbs
from engine.verbs.organisation.machines import groups
from web.api.scim import listing, paths, shapes
from web.api.scim.blueprint import Wrong, actor, answer, blueprint, body, now, require_unchanged
from web.frame import storage

FILTERED = ("displayName", "id", "externalId")
NO_GROUP = "There is no such group."


@blueprint.get("/Groups")
def list_groups() -> flask.Response:
    """Groups by name."""
    listing.require_known()
    asked = paths.condition(flask.request.args.get("filter", ""), FILTERED)
    with storage.reading() as session:
        company = provisioned.company(session, actor())
        asked = [(name, company.present_name(str(value)) if name == "displayName" else value) for name, value in asked]
        groups_asked = [each for each in provisioned.groups(session, actor()) if all(_has(each, *one) for one in asked)]
        return answer(listing.page(groups_asked, lambda each: shapes.group(company, each)))


def _has(group: provisioned.ProvisionedGroup, name: str, value: Any) -> bool:
    has = {"displayName": group.name, "id": group.id, "externalId": group.external_id}[name]
    return has == value


@blueprint.get("/Groups/<path:id>")
def get_group(id: str) -> flask.Response:
    """One group with its members."""
    listing.require_known()
    with storage.reading() as session:
        return answer(listing.selected(_resource(session, _group(session, id))))


@blueprint.post("/Groups")
def create_group() -> flask.Response:
    """A new group."""
    sent = body()
    with storage.transaction() as session:
        name = groups.enter(session, actor(), _wanted(sent), now=now())
        made = _resource(session, _named(session, name))
        return answer(made, 201, Location=made["meta"]["location"])


@blueprint.put("/Groups/<path:id>")
def replace_group(id: str) -> flask.Response:
    """A group as a whole."""
    sent = body()
    with storage.transaction() as session:
        return _store(session, id, {"members": [], **sent})


@blueprint.patch("/Groups/<path:id>")
def change_group(id: str) -> flask.Response:
    """Some of a group: its name, members that come or go."""
    sent = body()
    operations = sent.get(paths.member(sent, "Operations"))
    with storage.transaction() as session:
        before = _resource(session, _group(session, id))
        return _store(session, id, paths.changed(before, operations, shapes.is_list))


@blueprint.delete("/Groups/<path:id>")
def delete_group(id: str) -> tuple[str, int]:
    """Takes a group away, unless work waits for it or a process names it."""
    with storage.transaction() as session:
        group = _group(session, id)
        require_unchanged(_resource(session, group)["meta"]["version"])
        verbs.remove(session, actor(), group.name, now=now())
    return "", 204


def _store(session: Session, id: str, sent: Mapping[str, Any]) -> flask.Response:
    group = _group(session, id)
    require_unchanged(_resource(session, group)["meta"]["version"])
    name = groups.alter(session, actor(), group.name, _wanted(sent), now=now())
    return answer(_resource(session, _named(session, name)))


def _wanted(sent: Mapping[str, Any]) -> groups.WantedGroup:
    values = shapes.cleaned(sent, shapes.GROUP_MEMBERS)
    name, external = values.get("displayName"), values.get("externalId") or ""
    if not isinstance(name, str) or not isinstance(external, str):
        raise Wrong("invalidValue", "“%(name)s” is to be a text.", name="displayName")
    there = values.get("members")
    if there is not None and not isinstance(there, list):
        raise Wrong("invalidValue", "“%(name)s” is to be a list.", name="members")
    members = None if there is None else [str(each.get("value") if isinstance(each, Mapping) else each) for each in there]
    return groups.WantedGroup(name, members, external)


def _resource(session: Session, group: provisioned.ProvisionedGroup) -> dict[str, Any]:
    return shapes.group(provisioned.company(session, actor()), group)


def _named(session: Session, name: str) -> provisioned.ProvisionedGroup:
    return next(each for each in provisioned.groups(session, actor()) if each.name == name)


def _group(session: Session, id: str) -> provisioned.ProvisionedGroup:
    group = next((each for each in provisioned.groups(session, actor()) if id in (each.id, each.name)), None)
    if group is None:
        raise errors.NotFound(NO_GROUP)
    return group
