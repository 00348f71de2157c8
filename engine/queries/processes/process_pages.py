"""Deployed processes for their owners: the newest of each, one with its versions, its diagram and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases.rights import access
from engine.definitions import definitions, process_life
from engine.definitions.languages import telling
from engine.definitions.settings import Settings
from engine.definitions.values import company_values
from engine.diagrams import lanes
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage.models import Deployment, FormDefinition, ProcessDefinition, ProcessInstance


@dataclass(frozen=True)
class Listed:
    """The newest version of a process."""

    key: int
    process_id: str
    name: str
    category: str
    description: str
    version: int
    deployed_at: datetime
    running: int
    is_owned: bool
    is_retired: bool


@dataclass(frozen=True)
class Version:
    """A version of a process: who deployed it when, and how many of its cases run."""

    key: int
    version: int
    deployed_at: datetime
    deployed_by: str
    running: int


@dataclass(frozen=True)
class UsedForm:
    """A form that the newest version draws, with the names of the steps that show it; none of that of a public page."""

    key: int
    form_id: str
    version: int
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Retired:
    """That a process is retired: since when, by whom, why."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True)
class Happened:
    """A line of the process's log; `kind` and `data` as process_life.note has them."""

    at: datetime
    by: str
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class ProcessPage:
    """One process with its settings and versions; `shown` is the version whose diagram is drawn.

    `due` is the deadline of the whole case, "" where each case works it out.
    """

    process_id: str
    name: str
    settings: Settings
    due: str
    shown: Version
    resource_name: str
    versions: list[Version]
    forms: list[UsedForm]
    is_owned: bool
    retired: Retired | None
    events: list[Happened]


def listed(session: Session, by: Actor) -> list[Listed]:
    """The company's processes by category and order; two statements and one for each new definition."""
    running = _running(session, by)
    rows = {
        row.key: row for row in session.scalars(select(ProcessDefinition).where(ProcessDefinition.company_id == by.company_id))
    }
    lines = []
    retired = process_life.retired_ids(session, by.company_id)
    for definition in definitions.all_latest(session, by.company_id):
        cases = sum(number for key, number in running.items() if key in rows and rows[key].process_id == definition.process_id)
        chosen = definition.settings
        lines.append(
            (
                chosen.category,
                chosen.order,
                Listed(
                    definition.key,
                    definition.process_id,
                    definition.title,
                    chosen.category,
                    chosen.description,
                    definition.version,
                    rows[definition.key].deployed_at,
                    cases,
                    access.owns(by, definition),
                    definition.process_id in retired,
                ),
            )
        )
    return [line for _category, _order, line in sorted(lines, key=lambda each: (each[0], each[1], each[2].name))]


def one(session: Session, by: Actor, process_id: str, version: int | None = None) -> ProcessPage:
    """One process; `version` is the newest unless given. Raises NotFound."""
    row, deployment = ProcessDefinition, Deployment
    statement = (
        select(row.key, row.version, row.deployed_at, deployment.deployed_by, row.resource_name)
        .join(deployment, deployment.key == row.deployment_key)
        .where(row.company_id == by.company_id, row.process_id == process_id)
        .order_by(row.version.desc())
    )
    rows = session.execute(statement).all()
    chosen = next((each for each in rows if version in (None, each.version)), None)
    if chosen is None:
        raise errors.NotFound(definitions.NO_PROCESS)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    running = _running(session, by)
    versions = [Version(*each[:3], company.name_of(each.deployed_by), running.get(each.key, 0)) for each in rows]
    definition = definitions.by_key(session, chosen.key)
    forms = [
        UsedForm(form.key, form.form_id, form.version, _steps(definition, form_id))
        for form_id, form in definition.forms.items()
    ]
    shown = next(each for each in versions if each.key == chosen.key)
    is_owned = access.owns(by, definitions.latest(session, by.company_id, process_id))
    life = (_retired(session, by, company, process_id), _events(session, by, company, process_id) if is_owned else [])
    return ProcessPage(
        process_id,
        definition.title,
        _as_called_now(definition.settings, company),
        company_values.worked_out(definition.settings.due, company.settings),
        shown,
        chosen.resource_name,
        versions,
        forms,
        is_owned,
        *life,
    )


def _steps(definition: definitions.Definition, form_id: str) -> tuple[str, ...]:
    shown = (each.name.strip() for each in definition.program.elements.values() if each.form_id == form_id)
    return tuple(dict.fromkeys(name for name in shown if name))


def _as_called_now(chosen: Settings, company: organisation.Organisation) -> Settings:
    """The settings with the names that groups have today, as whoever reads is told them: a version keeps those of its day."""

    def today(groups: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(company.called, groups))

    may_start = None if chosen.may_start is None else today(chosen.may_start)
    return replace(chosen, may_start=may_start, managers=today(chosen.managers))


def _retired(session: Session, by: Actor, company: organisation.Organisation, process_id: str) -> Retired | None:
    row = process_life.retired(session, by.company_id, process_id)
    return None if row is None else Retired(row.at, company.name_of(row.by), row.reason)


def _events(session: Session, by: Actor, company: organisation.Organisation, process_id: str) -> list[Happened]:
    rows = process_life.events(session, by.company_id, process_id)
    return [Happened(each.at, company.name_of(each.actor), each.kind, each.data) for each in rows]


def diagram(session: Session, by: Actor, key: int) -> tuple[str, bytes]:
    """The file name and diagram of a version. Raises NotFound."""
    row = ProcessDefinition
    stored = session.execute(
        select(row.resource_name, row.xml).where(row.key == key, row.company_id == by.company_id)
    ).one_or_none()
    if stored is None:
        raise errors.NotFound(definitions.NO_PROCESS)
    return stored.resource_name.rpartition("/")[2], stored.xml


def drawn(session: Session, by: Actor, key: int) -> tuple[str, bytes]:
    """The same to be looked at: its lanes by the names that groups have today. Raises NotFound."""
    name, xml = diagram(session, by, key)
    words = {**telling.of_all(session, by.company_id), **definitions.by_key(session, key).words}
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return name, lanes.shown(xml, company.former, words)


def form(session: Session, by: Actor, key: int) -> FormDefinition:
    """A form's definition. Raises NotFound."""
    row = session.get(FormDefinition, key)
    if row is None or row.company_id != by.company_id:
        raise errors.NotFound(definitions.NO_FORM)
    return row


def _running(session: Session, by: Actor) -> dict[int, int]:
    row = ProcessInstance
    statement = select(row.definition_key, func.count()).where(row.company_id == by.company_id, row.state == "active")
    return {line.definition_key: line[1] for line in session.execute(statement.group_by(row.definition_key))}
