"""`/Users`: people found, entered, replaced, changed; whoever is not active any more leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import flask
from sqlalchemy.orm import Session

from engine import errors
from engine.people.organisation import Member, Organisation
from engine.queries.api import provisioned
from engine.verbs.organisation.machines import people
from web.api.scim import listing, paths, shapes
from web.api.scim.blueprint import Wrong, actor, answer, blueprint, body, now, require_unchanged
from web.frame import storage

FILTERED = ("userName", "id", "externalId", "active", "displayName", "emails.value", "emails")
NO_USER = "There is no such person."


@blueprint.get("/Users")
def list_users() -> flask.Response:
    """People, in the order in which they were entered."""
    listing.require_known()
    asked = paths.condition(flask.request.args.get("filter", ""), FILTERED)
    with storage.reading() as session:
        company, external = provisioned.company(session, actor()), provisioned.external_ids(session, actor())
        listed = _found(company, external, asked)
        return answer(listing.page(listed, lambda each: shapes.user(company, each, external.get(each.username, ""))))


def _found(company: Organisation, external: Mapping[str, str], asked: list[tuple[str, Any]]) -> list[Member]:
    named = next((value for name, value in asked if name in ("userName", "id")), None)
    of = list(company.people.values())
    if isinstance(named, str):  # asked before every change of a person: five thousand need not be gone through
        one = company.people.get(named) or next((each for each in of if each.username.casefold() == named.casefold()), None)
        of = [one] if one else []
    return [each for each in of if all(_has(each, external, name, value) for name, value in asked)]


def _has(member: Member, external: Mapping[str, str], name: str, value: Any) -> bool:
    if name == "active":
        return (not member.is_disabled) is value
    if name == "externalId":
        return external.get(member.username) == value
    has = {"userName": member.username, "id": member.username, "displayName": member.name}.get(name, member.email)
    return (has or "").casefold() == str(value).casefold()


@blueprint.get("/Users/<id>")
def get_user(id: str) -> flask.Response:
    """One person."""
    listing.require_known()
    with storage.reading() as session:
        return answer(listing.selected(_user(session, id)))


@blueprint.post("/Users")
def create_user() -> flask.Response:
    """Somebody new, who gets a code for a password as everybody does."""
    sent = body()
    with storage.transaction() as session:
        name = shapes.username(sent)
        wanted = shapes.wanted(provisioned.company(session, actor()), sent, None)
        people.enter(session, actor(), name, wanted, now=now())
        made = _user(session, name)
        return answer(made, 201, Location=made["meta"]["location"])


@blueprint.put("/Users/<id>")
def replace_user(id: str) -> flask.Response:
    """A person as a whole; what is not sent is emptied."""
    sent = body()
    with storage.transaction() as session:
        return _store(session, id, sent)


@blueprint.patch("/Users/<id>")
def change_user(id: str) -> flask.Response:
    """Some of a person's attributes."""
    sent = body()
    operations = sent.get(paths.member(sent, "Operations"))
    with storage.transaction() as session:
        before = _user(session, id)
        names = before.pop("name", {}), before.get("displayName")
        changed = paths.changed({**before, "name": {}}, operations, shapes.is_list)
        if changed["name"] and changed.get("displayName") == names[1]:
            shapes.require_whole_name(changed["name"], str(names[1] or ""))
            if shapes.is_whole_name(changed["name"]):
                changed.pop("displayName", None)  # the parts of the name that came are the newer ones
        return _store(session, id, changed)


@blueprint.delete("/Users/<id>")
def delete_user(id: str) -> tuple[str, int]:
    """People are never removed, for the history of what they did: whoever is deleted leaves."""
    with storage.transaction() as session:
        company = provisioned.company(session, actor())
        member = _member(company, id)
        whole = _user(session, id)
        require_unchanged(whole["meta"]["version"])
        wanted = shapes.wanted(company, whole, member)
        people.alter(session, actor(), member.username, replace(wanted, is_active=False), now=now())
    return "", 204


def _store(session: Session, id: str, sent: Mapping[str, Any]) -> flask.Response:
    company = provisioned.company(session, actor())
    member = _member(company, id)
    require_unchanged(_user(session, id)["meta"]["version"])
    if shapes.username(sent).casefold() != member.username.casefold():
        raise Wrong("mutability", "A username stays; it stands in the history of what was done.")
    people.alter(session, actor(), member.username, shapes.wanted(company, sent, member), now=now())
    return answer(_user(session, id))


def _user(session: Session, id: str) -> dict[str, Any]:
    company = provisioned.company(session, actor())
    member = _member(company, id)
    external = provisioned.external_ids(session, actor(), [member.username])
    return shapes.user(company, member, external.get(member.username, ""))


def _member(company: Organisation, id: str) -> Member:
    member = company.people.get(id)
    if member is None:
        raise errors.NotFound(NO_USER)
    return member
