"""Whether a package may be published as its scenarios prove it: told, or demanded (settings `scenarios`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.definitions import settings
from engine.designing import drafts
from engine.designing.packages import Package
from engine.designing.scenarios import results
from engine.designing.scenarios.results import ScenarioStanding
from engine.people import organisation
from engine.people.actors import Actor
from engine.storage.models import ProcessDraft

FORBID = "forbid"
UNPROVEN = "This process is published only when its scenarios go as written and take every sequence flow: %(why)s"


class Unproven(errors.Invalid):
    """A version that its scenarios do not prove, where that is demanded."""


def demands(given: Iterable[Mapping[str, Any]], company: organisation.Organisation) -> bool:
    """Whether one of these processes, by its settings or else the company's policy, is published only when it is proven."""
    said = [settings.read(each).scenarios or company.policy.get("scenarios", "") for each in given]
    return FORBID in said


def standing(session: Session, by: Actor, draft: ProcessDraft, programs: Iterable[runtime.Program]) -> ScenarioStanding:
    """How the scenarios of a draft stand."""
    package = Package(draft.files, draft.settings)
    return results.standing(package, draft.walked, results.digests(session, by, package), programs)


def require(session: Session, by: Actor, draft: ProcessDraft, programs: Iterable[runtime.Program]) -> None:
    """Refuses (Unproven) to publish a draft whose scenarios do not prove it, where that is demanded."""
    given = list(programs)
    company = organisation.at_version(session, by.company_id, by.organisation_version)
    if demands((draft.settings.get(each.process_id, {}) for each in given), company):
        refuse(standing(session, by, draft, given))


def refuse(proved: ScenarioStanding) -> None:
    """Raises Unproven with every doubt; nothing where there is none."""
    if doubts := proved.doubts():
        raise Unproven(UNPROVEN, why=_joined(doubts))


def keep(session: Session, by: Actor, key: int, fresh: Mapping[str, Mapping[str, Any]]) -> ProcessDraft:
    """Keeps what came of scenarios with their draft. Raises NotFound."""
    draft = drafts.take_up(session, by, key, locked=True)
    draft.walked = results.kept(draft.walked, fresh, draft.files)
    session.flush()
    return draft


def _joined(doubts: list[errors.Refusal]) -> errors.Refusal:
    """Several sentences as one, each worded where it is read."""
    told = {f"doubt{number}": each for number, each in enumerate(doubts)}
    return errors.Refusal(" ".join(f"%({name})s" for name in told), fields=None, **told)
