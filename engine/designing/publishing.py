"""What is wrong with a draft, and making it the newest version of its process."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine import errors
from engine.deploying import deployment
from engine.deploying.checking import checks
from engine.deploying.deployment import Deployed
from engine.designing import drafts, packages
from engine.designing.packages import Package
from engine.people.actors import Actor
from engine.problems import Problem
from engine.storage.models import ProcessDraft


def problems(session: Session, by: Actor, package: Package) -> list[Problem]:
    """Everything that deploying the package would refuse or tell, and how it is drawn; errors first, by file and element."""
    packages.require_sound(package)
    resources = package.resources()
    found = [*checks.examine(resources).check(deployment.known(session, by)), *checks.drawings(resources)]
    found += [deployment.UNSAID for settings in package.settings.values() if "may_start" not in settings]
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
    deployed = deployment.deploy(session, by, Package(draft.files, draft.settings).resources(), now=now)
    draft.state, draft.saved_at, draft.saved_by = "published", now, by.username
    session.flush()
    return draft, deployed
