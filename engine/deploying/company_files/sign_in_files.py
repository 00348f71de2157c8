"""The table [sign_in] of a company.toml: ways to sign in without their secrets, and of whom a second factor is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.basics.nearest import nearest
from engine.deploying.company_files.origin import Folder
from engine.people.actors import SYSTEM_USERNAME
from engine.signing_in import declared, events, policy, providers
from engine.storage import keys
from engine.storage.models import SignInPolicy, SignInProvider

WAY, FACTOR = "sign_in", "second_factor"  # kinds of what a folder said last
OWN = ("kind", "name", "active")  # of a way, beside the settings of its kind
ANOTHER_KIND = "The way to sign in %(id)s is of the kind %(kind)s in the database; give the other one another id."


@dataclass(frozen=True)
class SignIn:
    """What the file says: codes of roles or `everybody`, in the order of `policy.WHOM`, and ways by id, fields as one table."""

    second_factor: list[str]
    ways: dict[str, dict[str, Any]]


def faults(raw: Mapping[str, Any], groups: Collection[str]) -> Iterator[str]:
    """What is wrong in the table; `groups` are those of the file."""
    for code in raw.get("second_factor", ()):
        if code not in policy.WHOM:
            yield f"sign_in: there is no role {code}{_hint(code, policy.WHOM)}"
    ids = [str(way.get("id") or "") for way in raw.get("way", ())]
    yield from (f"sign_in.way: {id} stands twice" for id in sorted(set(ids)) if ids.count(id) > 1)
    for way in raw.get("way", ()):
        where = f"sign_in.way {way.get('id') or way.get('name') or ''}"
        yield from (f"{where}: {fault}" for fault in _faults_of_way(way, groups))


def _faults_of_way(way: Mapping[str, Any], groups: Collection[str]) -> Iterator[str]:
    id, kind, name = (str(way.get(each) or "") for each in ("id", "kind", "name"))
    if "secret" in way or "secret" in way.get("settings", {}):
        yield "a secret stands in no file; enter it in the pages"
    if not declared.ID.fullmatch(id):
        yield f"the id {id} is not small letters, digits and hyphens"
    if not 0 < len(" ".join(name.split())) <= providers.LONGEST_NAME:
        yield f"the name has 1 to {providers.LONGEST_NAME} characters"
    if kind not in declared.KINDS:
        yield f"there is no kind {kind}{_hint(kind, declared.KINDS)}"
        return
    try:
        declared.checked(kind, way.get("settings", {}), groups)
    except errors.Invalid as refusal:
        yield from (f"{field}: {each}" for field, refusals in sorted(refusal.fields.items()) for each in refusals)


def read(raw: Mapping[str, Any], groups: Collection[str]) -> SignIn:
    """The table, once it has no faults."""
    asked = set(raw.get("second_factor", ()))
    ways = {
        way["id"]: _fields(way, declared.checked(way["kind"], way.get("settings", {}), groups)) for way in raw.get("way", ())
    }
    return SignIn([code for code in policy.WHOM if code in asked], ways)


def _fields(way: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": way["kind"], "name": " ".join(way["name"].split()), "active": way.get("active", True), **settings}


def apply(session: Session, folder: Folder, said: SignIn | None, *, now: datetime) -> list[str]:
    """Stores what the file says and pages did not change since: names of ways that are not offered, as a secret is missing.

    A file without the table says nothing of it, unless it had one before. Raises Invalid for a way that became of another kind.
    """
    if said is None and not folder.knows((WAY, FACTOR)):
        return []
    wanted = said or SignIn([], {})
    _second_factor(session, folder, wanted.second_factor, now)
    rows = _rows(session, folder.company_id)
    for id, values in wanted.ways.items():
        _way(session, folder, id, values, rows.get(id), now)
    for id in folder.dropped(WAY, wanted.ways):
        row = rows.get(id)
        if row is not None and folder.note_dropped(WAY, id, _stored(row), note=row.name):
            session.delete(row)
            _note(session, folder, events.REMOVED, row.name, now)
    session.flush()
    return [row.name for row in _rows(session, folder.company_id).values() if row.is_active and not providers.is_ready(row)]


def _second_factor(session: Session, folder: Folder, said: list[str], now: datetime) -> None:
    stored = session.get(SignInPolicy, folder.company_id)
    there = {FACTOR: list(stored.second_factor)} if stored is not None else None
    fresh = folder.take(FACTOR, folder.company_id, {FACTOR: said}, there)
    if fresh and (said or stored is not None):
        policy.put(session, folder.company_id, fresh[FACTOR])
        _note(session, folder, events.POLICY, "", now)


def _way(session: Session, folder: Folder, id: str, said: Mapping[str, Any], row: SignInProvider | None, now: datetime) -> None:
    if row is not None and row.kind != said["kind"]:
        raise errors.Invalid(ANOTHER_KIND, id=id, kind=row.kind)
    stored = _stored(row) if row is not None else None
    fresh = folder.take(WAY, id, said, stored)
    if not fresh:
        return
    if row is None:
        row = SignInProvider(key=keys.new(), company_id=folder.company_id, id=id, kind=said["kind"])
        session.add(row)
    values = {**(stored or {}), **fresh}
    row.name, row.is_active = values["name"], values["active"]
    row.settings = {name: value for name, value in values.items() if name not in OWN}
    session.flush()
    _note(session, folder, events.CHANGED, row.name, now)


def of_company(session: Session, company_id: str) -> dict[str, Any]:
    """The table as the file has it: what is not the default, in the same order at every time. Secrets are left out."""
    row = session.get(SignInPolicy, company_id)
    asked = set(row.second_factor) if row is not None else set()
    ways = [_as_written(each) for _id, each in sorted(_rows(session, company_id).items())]
    settings: dict[str, Any] = {FACTOR: [code for code in policy.WHOM if code in asked], "way": ways}
    return {name: value for name, value in settings.items() if value}


def _as_written(row: SignInProvider) -> dict[str, Any]:
    defaults, stored = declared.defaults(row.kind), _stored(row)
    settings = {name: stored[name] for name in defaults if stored[name] != _plain(defaults[name])}
    off = {} if row.is_active else {"active": False}
    return {"id": row.id, "kind": row.kind, "name": row.name, **off, **({"settings": settings} if settings else {})}


def _stored(row: SignInProvider) -> dict[str, Any]:
    settings = {name: _plain(row.settings.get(name, default)) for name, default in declared.defaults(row.kind).items()}
    return {"kind": row.kind, "name": row.name, "active": row.is_active, **settings}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _rows(session: Session, company_id: str) -> dict[str, SignInProvider]:
    mine = select(SignInProvider).where(SignInProvider.company_id == company_id)
    return {row.id: row for row in session.execute(mine).scalars()}


def _note(session: Session, folder: Folder, kind: str, provider: str, now: datetime) -> None:
    events.note(session, folder.company_id, kind, provider=provider, by=SYSTEM_USERNAME, now=now)


def _hint(name: str, known: Collection[str]) -> str:
    similar = nearest(name, known)
    return f", did you mean {similar}?" if similar else ""
