"""What is wrong with a draft, and making it the newest version of its process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.cases import access
from engine.definitions import definitions
from engine.deploying import checks, deployment
from engine.deploying.deployment import Deployed
from engine.designing import drafts, packages
from engine.designing.packages import Package
from engine.people.actors import Actor
from engine.problems import Problem
from engine.storage.models import ProcessDraft

# Who reads every case, what is listed of it, what customers may file: an owner alone does not widen these.
GUARDED = ("managers", "visible_to", "owners", "register", "public")


def problems(session: Session, by: Actor, package: Package) -> list[Problem]:
    """Everything that deploying the package would refuse or tell, errors first, each by file and element."""
    packages.require_sound(package)
    examined = checks.examine(package.resources())
    found = examined.check(deployment.known(session, by))
    return sorted(found, key=lambda each: each.severity != "error")


def publish(
    session: Session, by: Actor, key: int, revision: int, *, over: int | None = None, now: datetime
) -> tuple[ProcessDraft, Deployed]:
    """Makes the draft a version; running cases stay on theirs, and an unchanged draft makes none.

    `revision` is that of the draft that the person looked at; `over` the version published meanwhile that he means to
    replace. Raises NotFound, Stale, Conflict (published meanwhile), Forbidden (a change that needs an administrator),
    DeploymentRefused with every problem.
    """
    draft = drafts.take_up(session, by, key, locked=True)
    if draft.revision != revision:
        raise drafts.Stale(draft, drafts.name_of(session, by, draft.saved_by))
    newest = packages.newest(session, by.company_id, draft.process_id)
    if newest is not None and newest.key != draft.base_key and newest.version != over:
        raise errors.Conflict(
            "Version %(version)s was published since this draft was begun. Please look at it first.", version=newest.version
        )
    package = Package(draft.files, draft.settings)
    _require_right(session, by, draft, package)
    deployed = deployment.store(session, by, checks.examine(package.resources()), now=now)
    draft.state, draft.saved_at, draft.saved_by = "published", now, by.username
    session.flush()
    return draft, deployed


def guarded_changes(session: Session, by: Actor, draft: ProcessDraft, package: Package) -> list[str]:
    """The settings that the draft changes and only an administrator may publish, by name, in order."""
    found: set[str] = set()
    for process_id, given in package.settings.items():
        before = packages.newest(session, by.company_id, process_id)
        found.update(_changed(packages.own_settings(before.settings) if before else {}, given, GUARDED))
    return sorted(found)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    return [name for name in names if before.get(name) != after.get(name)]


def _require_right(session: Session, by: Actor, draft: ProcessDraft, package: Package) -> None:
    if by.is_administrator:
        return
    if draft.base_key is None:
        raise errors.Forbidden("A new process is published by an administrator.")
    drawn = packages.process_ids(package.files[package.diagram].encode())
    if strange := [each for each in sorted(drawn - {draft.process_id}) if not _owns(session, by, each)]:
        raise errors.Forbidden(
            "The diagram draws the process “%(process)s”, which is not yours to publish.", process=strange[0]
        )
    if changed := guarded_changes(session, by, draft, package):
        raise errors.Forbidden("The draft changes %(names)s; that is published by an administrator.", names=", ".join(changed))


def _owns(session: Session, by: Actor, process_id: str) -> bool:
    row = packages.newest(session, by.company_id, process_id)
    return row is not None and access.owns(by, definitions.by_key(session, row.key))
