"""What is wrong with a draft, and making it the newest version of its process."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.definitions import definitions, process_life, settings
from engine.definitions.definitions import Definition
from engine.deploying import deployment, joining, rights
from engine.deploying.checking import checks
from engine.deploying.checking.checks import Examined
from engine.deploying.deployment import Deployed
from engine.designing import comparing, drafts, packages
from engine.designing.packages import Package
from engine.designing.scenarios import proving
from engine.designing.scenarios.results import ScenarioStanding
from engine.people import organisation
from engine.people.actors import Actor
from engine.problems import Problem
from engine.storage.models import Deployment, ProcessDefinition, ProcessDraft

MEANWHILE = "Version %(version)s was published since this draft was begun. Please look at it first."
ELSEWHERE = "“%(process)s” has a form or decision that changes, and would not run with it. %(place)s: %(reason)s"

BEGINS = {
    "timer": "From the moment this is published, cases begin here by themselves at the times that are set.",
    "signal": "From the moment this is published, each signal “%(signal)s” begins a case here too.",
}


@dataclass(frozen=True)
class Behind:
    """What was published since a draft was begun: by whom ("" for the company's folder), when, what that changed, and `both`, that of it
    which the draft changes too, so that it has to be taken over by hand."""

    by: str
    at: datetime
    changes: list[comparing.Change]
    both: list[comparing.Change]


@dataclass(frozen=True)
class Release:
    """A draft as whoever releases it sees it. `version` is the newest published one (None: none yet), `behind` what makes the draft
    older than that (None: nothing); `refusal` says why this person may not release it, `asked_by` names who asked for it as it is. `standing` is how its
    scenarios go, `is_proof_demanded` whether it is only published where they prove it; `others` are the titles of processes
    that get a new version too, as they share a form or decision that changes."""

    draft: ProcessDraft
    version: int | None
    behind: Behind | None
    changes: list[comparing.Change]
    problems: list[Problem]
    needs_second: bool
    refusal: errors.Refusal | None
    asked_by: str
    standing: ScenarioStanding
    is_proof_demanded: bool
    others: list[str]


def problems(session: Session, by: Actor, package: Package, *, now: datetime | None = None) -> list[Problem]:
    """Everything that deploying the package would refuse or tell, and how it is drawn; errors first, by file and element.

    Without `now` moments are not held against the clock.
    """
    packages.require_sound(package)
    joined = joining.joined(session, by, checks.examine(package.resources()))
    return _problems(session, by, package, joined, now)


def _problems(session: Session, by: Actor, package: Package, joined: Examined, now: datetime | None) -> list[Problem]:
    """The package's own problems, and what keeps a process that shares a file with it from being published with it."""
    told = joined.check(deployment.known(session, by, now=now))
    mine = {each.name for each in package.resources()}
    told_here = [*(each for each in told if each.resource in mine), *checks.drawings(package.resources())]
    told_here += [_elsewhere(joined, each) for each in told if each.resource not in mine and each.severity == "error"]
    told_here += [deployment.UNSAID for settings in package.settings.values() if "may_start" not in settings]
    told_here += _beginning(session, by, package, joined)
    return sorted(told_here, key=lambda each: each.severity != "error")


def _beginning(session: Session, by: Actor, package: Package, joined: Examined) -> Iterator[Problem]:
    """Where a process that was never published will begin cases of itself: a copy of one that does would do it twice."""
    for program in joined.programs.get(package.diagram, ()):
        is_new = packages.newest(session, by.company_id, program.process_id) is None
        for event in program.start_events if is_new else ():
            if event.kind in BEGINS:
                name = program.elements[event.element_id].name
                told = {"signal": event.signal_name}
                yield Problem(event.element_id, name, BEGINS[event.kind], told, "warning", package.diagram)


def _elsewhere(joined: Examined, problem: Problem) -> Problem:
    """What is wrong in a process that shares a file of the draft, told with the draft."""
    name = next((each.name for each in joined.programs.get(problem.resource, ())), problem.resource)
    return Problem("", "", ELSEWHERE, {"process": name, "place": problem.element_name or name, "reason": problem.refusal})


def release(session: Session, by: Actor, key: int, *, now: datetime | None = None) -> Release:
    """What publishing a draft would change, all of it, and who may. Raises NotFound."""
    draft = drafts.take_up(session, by, key)
    package = Package(draft.files, draft.settings)
    newest = packages.newest(session, by.company_id, draft.process_id)
    before = packages.of_version(session, newest) if newest is not None else None
    packages.require_sound(package)
    examined = checks.examine(package.resources())
    joined, programs = joining.joined(session, by, examined), examined.every_program
    problems_of_package, others = _problems(session, by, package, joined, now), _others(session, by, joined, programs)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    return Release(
        draft,
        newest.version if newest is not None else None,
        _behind(session, by, draft, newest, before),
        comparing.changes(before, package) if before is not None else [],
        problems_of_package,
        _needs_second(newest, draft),
        None
        if any(each.severity == "error" for each in problems_of_package)
        else _refusal(session, by, draft, newest, joined, others),
        drafts.name_of(session, by, draft.asked_by) if draft.asked_by and draft.asked_revision == draft.revision else "",
        proving.standing(session, by, draft, programs),
        proving.demands((draft.settings.get(each.process_id, {}) for each in programs), company),
        [each.title for each in others],
    )


def _behind(
    session: Session, by: Actor, draft: ProcessDraft, newest: ProcessDefinition | None, holding: Package | None
) -> Behind | None:
    if newest is None or holding is None or newest.key == draft.base_key:
        return None
    begun = drafts.beginning(session, draft)
    _merged, both = packages.merged(begun, Package(draft.files, draft.settings), holding)
    made = comparing.changes(begun, holding) if begun.files else []
    deployed = session.get_one(Deployment, newest.deployment_key)
    return Behind(
        drafts.name_of(session, by, deployed.deployed_by) if deployed.deployed_by else "",
        newest.deployed_at,
        made,
        [each for each in made if (each.file, each.element_id if not each.file else "") in both],
    )


def _others(session: Session, by: Actor, joined: Examined, own: Collection[runtime.Program]) -> list[Definition]:
    """The processes that get a new version with the draft, as they hold now: they use a form or decision that it changes."""
    mine = {each.process_id for each in own}
    ids = (each.process_id for each in joined.every_program if each.process_id not in mine)
    return [definitions.latest(session, by.company_id, id) for id in ids]


def ask(session: Session, by: Actor, key: int, revision: int, *, now: datetime) -> ProcessDraft:
    """Asks for the release of a draft as it is; a later save takes that back. Raises NotFound, Stale."""
    draft = drafts.take_up(session, by, key, locked=True)
    if draft.revision != revision:
        raise drafts.Stale(draft, drafts.name_of(session, by, draft.saved_by))
    draft.asked_revision, draft.asked_by, draft.asked_at = draft.revision, by.username, now
    process_life.note(session, by, draft.process_id, "asked", now=now, revision=draft.revision)
    return draft


def _needs_second(newest: ProcessDefinition | None, draft: ProcessDraft) -> bool:
    """Whether a second person releases it: as the version that holds says, or the draft of a process that has none."""
    stored = newest.settings if newest is not None else draft.settings.get(draft.process_id, {})
    return settings.read(settings.own(stored)).second_release


def _refusal(
    session: Session,
    by: Actor,
    draft: ProcessDraft,
    newest: ProcessDefinition | None,
    joined: Examined,
    others: Collection[Definition],
) -> errors.Refusal | None:
    """Why this person may not release it; None where he may."""
    try:
        _require_second(by, draft, newest)
        rights.require(session, by, joined)
        for each in others:
            if each.settings.second_release:
                raise errors.Forbidden(rights.SECOND, process=each.title)
    except errors.Refusal as refusal:
        return refusal
    return None


def _require_second(by: Actor, draft: ProcessDraft, newest: ProcessDefinition | None) -> None:
    """Refuses (Forbidden) to release where a second person has to, and this one is not it."""
    if not _needs_second(newest, draft):
        return
    if draft.asked_revision != draft.revision:
        raise errors.Forbidden("A second person releases this process: please ask for the release first.")
    if by.username in (draft.asked_by, draft.saved_by):
        raise errors.Forbidden("A second person releases this process: not who asked for it, nor who saved it last.")


def publish(
    session: Session,
    by: Actor,
    key: int,
    revision: int,
    *,
    over: int | None = None,
    now: datetime,
) -> tuple[ProcessDraft, Deployed]:
    """Makes the draft a version; running cases stay on theirs, and an unchanged draft makes none.

    `revision` is that of the draft that the person looked at; `over` the version published meanwhile that he means to
    replace. Raises NotFound, Stale, Conflict (published meanwhile),
    Forbidden (a change that needs an administrator), Unproven, DeploymentRefused with every problem.
    """
    draft = drafts.take_up(session, by, key, locked=True)
    if draft.revision != revision:
        raise drafts.Stale(draft, drafts.name_of(session, by, draft.saved_by))
    newest = packages.newest(session, by.company_id, draft.process_id)
    if newest is not None and newest.key != draft.base_key and newest.version != over:
        raise errors.Conflict(MEANWHILE, version=newest.version)
    _require_second(by, draft, newest)
    examined = checks.examine(Package(draft.files, draft.settings).resources())
    proving.require(session, by, draft, examined.every_program)
    own = {each.process_id for each in examined.every_program}
    deployed = deployment.deploy(session, by, examined, now=now, released=own)
    asked = draft.asked_by if draft.asked_revision == draft.revision else None
    draft.state, draft.saved_at, draft.saved_by = "published", now, by.username
    made = next((each.version for each in deployed.definitions if each.process_id == draft.process_id), None)
    process_life.note(session, by, draft.process_id, "published", now=now, version=made, asked=asked, over=over)
    return draft, deployed
