"""Taking over processes that come with the product: their groups and departments become the company's own, then they are deployed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.definitions.languages import files
from engine.deploying import deployment, renaming
from engine.deploying.renaming import Names
from engine.deploying.templates import RECORD_LISTS, Package
from engine.people import memberships
from engine.people.actors import Actor
from engine.people.organisation import Organisation
from engine.storage.models import Company
from engine.verbs.organisation import changing, departments, groups
from engine.verbs.organisation.changing import OrganisationChange

NO_NAME = "Please say which of your groups “%(name)s” is."
NOBODY = "Nobody is in the group “%(name)s”. Please choose who is."
NO_PERSON = "There is no person “%(name)s”."


@dataclass(frozen=True)
class Own:
    """What a company has for what a package names: groups by the package's names, who comes into them, departments by id.

    A department that is not in `departments` is made under its own id and name, headed by whom `heads` say. `stand_ins`
    come into a group only where nobody is in it and nobody was chosen.
    """

    groups: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Collection[str]] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)
    stand_ins: Mapping[str, str] = field(default_factory=dict)


def lonely(company: Organisation, own: Own) -> dict[str, str]:
    """The company's groups in which nobody is and into which nobody comes, with who is in them alone for the time being."""
    coming = _coming(own)
    lone: dict[str, str] = {}
    for name, username in own.stand_ins.items():
        mine = own.groups.get(name, "").strip()
        if mine and not coming.get(mine) and not company.members_of(company.present_name(mine)):
            lone[mine] = username
    return lone


def _coming(own: Own) -> dict[str, set[str]]:
    """Who was chosen for each of the company's groups: several of a package's may become one."""
    coming: dict[str, set[str]] = {}
    for name, mine in own.groups.items():
        coming.setdefault(mine.strip(), set()).update(own.members.get(name, ()))
    return coming


def take(session: Session, by: Actor, package: Package, own: Own, *, now: datetime) -> deployment.Deployed:
    """Gives the company the groups and departments that the package names, and deploys it under their names.

    Raises Forbidden for others than administrators, Invalid with `fields` (by `group:NAME`, `department:ID`) for what is
    not said or does not fit, DeploymentRefused when anything could not run.
    """
    if not by.is_administrator:
        raise errors.Forbidden("Only administrators may deploy.")
    with changing.change(session, by, now=now) as change:
        company = change.company
        _require_whole(package, own, company)
        alone = lonely(company, own)
        for name in package.groups:
            mine = own.groups[name].strip()
            _fill(change, mine, own.members.get(name, ()) or ([alone[mine]] if mine in alone else []))
        for id, name in package.departments.items():
            if id not in own.departments and id not in company.departments:
                departments.add(change, id, departments.DepartmentValues(name, "", own.heads.get(id) or ""))
        names = Names(dict(own.groups), _departments(package, own, company))
        _settle(session, company.id, package, names)
    resources = [renaming.resource(each, names) for each in package.resources]
    return deployment.deploy(session, by, resources, now=now)


def own_department(company: Organisation, id: str, name: str) -> str | None:
    """The company's own department that one of a package is without a doubt: of the same id, or the same name."""
    unit = company.department(id) or company.department(name)
    return unit.id if unit else None


def _require_whole(package: Package, own: Own, company: Organisation) -> None:
    """Raises Invalid with what is missing, by field."""
    fields: dict[str, list[errors.Refusal]] = {}
    coming = _coming(own)
    for mine, username in lonely(company, own).items():
        coming[mine].add(username)
    for name in package.groups:
        mine = own.groups.get(name, "").strip()
        if not mine:
            fields[f"group:{name}"] = [errors.Refusal(NO_NAME, name=name)]
        elif (odd := groups.name_fault(mine)) is not None and mine not in company.groups:
            fields[f"group:{name}"] = [odd]
        elif not company.active(coming[mine]) and not company.members_of(mine):
            fields[f"group:{name}"] = [errors.Refusal(NOBODY, name=mine)]
        fields |= {
            f"group:{name}": [errors.Refusal(NO_PERSON, name=each)] for each in coming[mine] if each not in company.people
        }
    for id in package.departments:
        unit = own.departments.get(id)
        if unit is not None and unit not in company.departments:
            fields[f"department:{id}"] = [errors.Refusal("There is no department “%(name)s”.", name=unit)]
        head = own.heads.get(id)
        if head and head not in company.people:
            fields[f"department:{id}"] = [errors.Refusal(NO_PERSON, name=head)]
    if fields:
        raise errors.Invalid("Some groups are not settled yet.", fields=fields)


def _fill(change: OrganisationChange, group: str, usernames: Collection[str]) -> None:
    """Adds people to those of a group, which is made where it is not there; the log tells it as that of a page."""
    session, company_id = change.session, change.company_id
    there = memberships.named(session, company_id).get(group, [])
    if group not in change.company.groups and group not in change.company.former:
        change.note("group_added", f"group:{group}", name=group)
    memberships.ensure_group(session, company_id, group)
    come, gone = memberships.name(session, company_id, group, [*there, *sorted(usernames)])
    if come or gone:
        change.note("group_filled", f"group:{group}", name=group, come=come, gone=gone)


def _departments(package: Package, own: Own, company: Organisation) -> dict[str, str]:
    """What stands for a department in the files, by id and by name."""
    departments_known: dict[str, str] = {}
    for id, mine in own.departments.items():
        if id in package.departments:
            departments_known |= {package.departments[id]: company.departments[mine].name, id: mine}
    return departments_known


def _settle(session: Session, company_id: str, package: Package, names: Names) -> None:
    """The company's values that the processes ask for, where it has none; who may work with customer records."""
    row = session.execute(select(Company).where(Company.id == company_id)).scalar_one()
    settings = {**_values(package.settings, names), **row.settings}
    if package.records:
        settings["records"] = _records(package.records, row.settings.get("records", {}), names)
    about = {**package.about, **row.about}
    said = {language: {text: of[text] for text in about.values() if text in of} for language, of in package.texts.items()}
    settings = files.joined(settings, files.merged(said, row.settings.get(files.TEXTS) or {}))
    policy = {**row.policy, "destruction": True} if package.destroys else row.policy
    session.execute(update(Company).where(Company.id == row.id).values(settings=settings, about=about, policy=policy))


def _values(given: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The company's values with its own groups, where a list names some: who gets copies, who is told."""
    return {
        name: [names.groups.get(each, each) if isinstance(each, str) else each for each in value]
        if isinstance(value, list | tuple)
        else value
        for name, value in given.items()
    }


def _records(given: Mapping[str, Any], mine: Mapping[str, Any], names: Names) -> dict[str, Any]:
    made = {**given, **mine}
    for name in RECORD_LISTS:
        made[name] = list(dict.fromkeys([*mine.get(name, []), *given.get(name, [])]))
    for name in ("readers", "keepers"):
        renamed = [names.groups.get(each, each) for each in given.get(name, [])]
        made[name] = list(dict.fromkeys([*mine.get(name, []), *renamed]))
    return made
