"""What a deployment of files owes its scenarios, as publishing in the designer does: told, or demanded (settings `scenarios`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.definitions import settings as texts
from engine.definitions import terms
from engine.deploying import joining
from engine.deploying.checking import checks
from engine.deploying.checking.checks import Examined, Resource
from engine.deploying.deployment import DeploymentRefused
from engine.designing import comparing, drafts, packages
from engine.designing.packages import Package
from engine.designing.scenarios import proving, results
from engine.people import organisation
from engine.people.actors import Actor
from engine.problems import Problem
from engine.scenarios import walking
from engine.scenarios.walking import WantedWalks
from engine.storage.models import Deployment, ProcessDefinition


@dataclass(frozen=True)
class GatedDiagram:
    """One diagram whose scenarios are to be walked before it is deployed; `is_demanded`: they must prove it."""

    resource: str
    package: Package
    programs: Sequence[runtime.Program]
    wanted: WantedWalks
    is_demanded: bool


def asked(
    session: Session,
    by: Actor,
    examined: Examined,
    *,
    is_folder: bool = False,
    replace: bool = False,
    without: Collection[str] = (),
) -> list[GatedDiagram]:
    """The diagrams of a deployment, but those of `without`, that differ from what is published and have scenarios, or have to
    have some; those that are deployed with a form or decision which they share too.

    Of a company's folder (`is_folder`) what was published in a page is left alone, as deploying it does without `replace`,
    and the first version of a process is walked only where its scenarios must prove it: `banjie check` walks the rest.
    """
    if any(problem.severity == "error" for problem in examined.problems):
        return []
    company = organisation.current(session, by.company_id)
    examined = examined if is_folder else joining.joined(session, by, examined)
    drawn = [each for each in examined.resources if each.kind == "bpmn" and each.name not in without]
    if is_folder and not replace:
        drawn = [each for each in drawn if not _is_of_page(session, by, examined, each)]
    diagrams = (_asked(session, by, company, examined, each, is_folder) for each in drawn)
    return [each for each in diagrams if each is not None]


def of_others(session: Session, by: Actor, key: int) -> list[GatedDiagram]:
    """The same of the processes that get a new version with a draft. Raises NotFound."""
    draft = drafts.take_up(session, by, key)
    resources = Package(draft.files, draft.settings).resources()
    return asked(session, by, checks.examine(resources), without={each.name for each in resources})


def prove(diagrams: Sequence[GatedDiagram], *, now: datetime) -> list[Problem]:
    """What the scenarios of these diagrams do not prove, as warnings. Raises DeploymentRefused where they have to."""
    told: list[Problem] = []
    for each in diagrams:
        standing = results.standing(each.package, walking.walk(each.wanted, now=now), each.wanted.digests, each.programs)
        severity = "error" if each.is_demanded else "warning"
        process = each.programs[0]
        doubts = (_problem(process, doubt, severity) for doubt in standing.doubts())
        told += [replace(problem, resource=each.resource) for problem in doubts]
    if any(problem.severity == "error" for problem in told):
        raise DeploymentRefused(told)
    return told


def _problem(process: runtime.Program, doubt: errors.Refusal, severity: str) -> Problem:
    return Problem(process.process_id, process.name, doubt.text, doubt.values, severity)


def _asked(
    session: Session, by: Actor, company: organisation.Organisation, examined: Examined, resource: Resource, is_folder: bool
) -> GatedDiagram | None:
    programs = examined.programs.get(resource.name, [])
    newest = {each.process_id: packages.newest(session, by.company_id, each.process_id) for each in programs}
    before = [row for row in newest.values() if row is not None]
    if not programs:
        return None
    package = _package(examined, resource, programs, newest)
    is_demanded = proving.demands(package.settings.values(), company)
    is_new = len(before) < len(programs)
    is_skipped = not is_demanded and (not package.scenarios or (is_folder and is_new))
    if is_skipped or not (is_new or _is_changed(session, package, before[0])):
        return None
    digests = results.digests(session, by, package)
    wanted = walking.wanted(session, by, programs[0].process_id, package, digests)
    return GatedDiagram(resource.name, package, programs, wanted, is_demanded)


def _is_of_page(session: Session, by: Actor, examined: Examined, resource: Resource) -> bool:
    """Whether a person published a process of the diagram."""
    ids = [each.process_id for each in examined.programs.get(resource.name, ())]
    rows = [row for id in ids if (row := packages.newest(session, by.company_id, id)) is not None]
    made = (session.get(Deployment, row.deployment_key) for row in rows)
    return any(each is not None and each.deployed_by is not None for each in made)


def _is_changed(session: Session, package: Package, row: ProcessDefinition) -> bool:
    return bool(comparing.changes(packages.of_version(session, row), package))


def _package(
    examined: Examined, resource: Resource, programs: Sequence[runtime.Program], newest: Mapping[str, ProcessDefinition | None]
) -> Package:
    """The diagram with the forms, decisions, settings and scenarios that it would be published with."""
    settings = {each.process_id: _settings(resource, each.process_id, newest[each.process_id]) for each in programs}
    files = {_base(resource.name): resource.content.decode()}
    files |= _beside(examined, programs, settings)
    for each in programs:
        files |= _scenarios(resource, each.process_id, newest[each.process_id])
    return Package(files, settings)


def _settings(resource: Resource, process_id: str, row: ProcessDefinition | None) -> dict[str, Any]:
    given = resource.settings_of(process_id)
    return dict(given) if given is not None else texts.own(row.settings) if row is not None else {}


def _scenarios(resource: Resource, process_id: str, row: ProcessDefinition | None) -> dict[str, str]:
    known = row.scenarios if row is not None else None
    given = resource.scenarios.get(process_id, {}) if resource.scenarios is not None else known
    return {packages.scenario_file(process_id, name): text for name, text in (given or {}).items()}


def _beside(
    examined: Examined, programs: Sequence[runtime.Program], settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """The forms and decisions of the deployment that these processes name."""
    elements = [element for program in programs for element in program.elements.values()]
    forms = {each.form_id for each in elements} | {id for given in settings.values() for id in terms.form_ids(given)}
    rules = {each.decision_id for each in elements}
    return {_base(each.name): each.content.decode() for each in examined.resources if _is_named(examined, each, forms, rules)}


def _is_named(examined: Examined, resource: Resource, forms: set[str | None], rules: set[str | None]) -> bool:
    if resource.kind == "form":
        return examined.schemas.get(resource.name, {}).get("id") in forms
    if resource.kind == "dmn" and resource.name in examined.models:
        return bool(rules & set(examined.models[resource.name].decisions))
    return False


def _base(name: str) -> str:
    return name.rpartition("/")[2]
