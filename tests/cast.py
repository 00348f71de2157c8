"""The fixed cast: people of the company `acme` named by their role, and a stranger of another company."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from engine.people import actors
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import keys, models

COMPANY = "acme"
OTHER = "elsewhere"
PEOPLE = {
    # username: (name, department, groups, administrator)
    "clerk": ("陈办事", "service", ["客服专员"], False),
    "clerk2": ("程办事", "service", ["客服专员"], False),
    "head": ("何负责", "service", ["部门负责人"], False),
    "manager": ("毛经理", "office", ["主管领导"], False),
    "owner": ("欧流程", "office", ["流程管理员"], True),
    "outsider": ("魏旁人", "works", [], False),
}
DEPARTMENTS = {
    "office": ("总经办", None, "manager"),
    "service": ("客服部", "office", "head"),
    "works": ("工程部", "office", None),
}

_loaded: dict[str, Actor] = {}  # as the first database of this process gave them: but for the version they are the same in each


@dataclass(frozen=True)
class Cast:
    """Actors by role; `stranger` belongs to another company."""

    clerk: Actor
    clerk2: Actor
    head: Actor
    manager: Actor
    owner: Actor
    outsider: Actor
    stranger: Actor


def assemble(database: databases.Database) -> Cast:
    """Stores the cast, the company with a version of its own, and gives it as actors."""
    version = keys.new()
    with database.transaction() as session:
        for model, rows in _rows(version).items():
            session.execute(insert(model.__table__), rows)
        for name, company in {**dict.fromkeys(PEOPLE, COMPANY), "stranger": OTHER}.items():
            if name not in _loaded:
                _loaded[name] = _load(session, company, name)
    return Cast(**{name: replace(actor, organisation_version=version) for name, actor in _loaded.items()})


def _load(session: Session, company: str, username: str) -> Actor:
    loaded = actors.load(session, company, username)
    assert loaded is not None
    return loaded


def _rows(version: int) -> dict[type[models.Base], list[dict[str, Any]]]:
    """What is stored, by table."""
    of_acme = {"company_id": COMPANY}
    names = {COMPANY: "样例公司", OTHER: "别家公司"}
    person: dict[str, Any] = {"department": None, "is_administrator": False}
    return {
        models.Company: [{"id": id, "name": name, "organisation_version": version} for id, name in names.items()],
        models.Department: [
            {**of_acme, "id": id, "name": name, "parent": parent, "head": head}
            for id, (name, parent, head) in DEPARTMENTS.items()
        ],
        models.Person: [
            {**person, "company_id": OTHER, "username": "stranger", "name": "外人"},
            *(
                {**of_acme, "username": username, "name": name, "department": department, "is_administrator": administrator}
                for username, (name, department, _groups, administrator) in PEOPLE.items()
            ),
        ],
        models.Membership: [
            {**of_acme, "group_name": group, "username": username}
            for username, (_name, _department, groups, _administrator) in PEOPLE.items()
            for group in groups
        ],
    }
