"""The fixed cast: people of the company `acme` named by their role, and a stranger of another company."""

from __future__ import annotations

from dataclasses import dataclass

from engine.people import actors
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models

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
    """Stores the cast and loads it as actors."""
    with database.transaction() as session:
        session.add_all([models.Company(id=COMPANY, name="样例公司"), models.Company(id=OTHER, name="别家公司")])
        session.flush()
        session.add_all(_rows())
    with database.reading() as session:
        loaded = {name: actors.load(session, COMPANY, name) for name in PEOPLE}
        stranger = actors.load(session, OTHER, "stranger")
    assert stranger is not None and all(loaded.values())
    return Cast(stranger=stranger, **{name: actor for name, actor in loaded.items() if actor is not None})


def _rows() -> list[models.Base]:
    rows: list[models.Base] = [models.Person(company_id=OTHER, username="stranger", name="外人")]
    for username, (name, department, groups, administrator) in PEOPLE.items():
        rows.append(
            models.Person(
                company_id=COMPANY, username=username, name=name, department=department, is_administrator=administrator
            )
        )
        rows += [models.Membership(company_id=COMPANY, group_name=group, username=username) for group in groups]
    rows += [
        models.Department(company_id=COMPANY, id=id, name=name, parent=parent, head=head)
        for id, (name, parent, head) in DEPARTMENTS.items()
    ]
    return rows
