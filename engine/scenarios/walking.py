"""Walks the scenarios of a package in memory, on the company as it is now; bounded, and nothing leads back from it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.designing.packages import SCENARIO, Package
from engine.designing.scenarios import results, scripts
from engine.people.actors import Actor
from engine.scenarios.coverage import taken
from engine.scenarios.play import Failure, play
from engine.scenarios.trials.draft_stage import DraftStage, Furniture, furniture
from engine.storage.models import ProcessDraft

AT_ONCE = 150  # steps of all scenarios that are run together, so that a page answers; the rest follow


@dataclass(frozen=True)
class WantedWalks:
    """Scenarios to walk: the stage's furniture (None: nothing to do), their texts and digests by file."""

    given: Furniture | None
    texts: Mapping[str, str]
    digests: Mapping[str, str]


def of_draft(session: Session, by: Actor, draft: ProcessDraft, files: Collection[str] | None = None) -> WantedWalks:
    """What is to be walked of a draft now: these files, or the next of those whose result does not hold any more.

    Raises Invalid, TooLarge for a package that is none.
    """
    package = Package(draft.files, draft.settings)
    current = results.digests(session, by, package)
    if files is None:
        stale = [file for file, digest in sorted(current.items()) if draft.walked.get(file, {}).get("digest") != digest]
        files = _at_once(package, stale)
    return wanted(session, by, draft.process_id, package, {file: current[file] for file in files if file in current})


def wanted(session: Session, by: Actor, process_id: str, package: Package, digests: Mapping[str, str]) -> WantedWalks:
    """The scenarios with these digests of a package. Raises Invalid, TooLarge."""
    texts = {file: package.files[file] for file in sorted(digests)}
    read = _read(texts)
    beside = {name for script in read.values() for name in _processes(script)}
    sent = {name for script in read.values() for name in _sent(script)}
    given = furniture(session, by, process_id, package, beside, sent) if texts else None
    return WantedWalks(given, texts, digests)


def walk(asked: WantedWalks, *, now: datetime) -> dict[str, dict[str, Any]]:
    """What came of each scenario, by file, as a draft keeps it. Raises DeploymentRefused where the package cannot run."""
    if asked.given is None:
        return {}
    with contextlib.closing(DraftStage(asked.given, now)) as stage:
        return {file: _walked(stage, file, text, asked.digests[file], now) for file, text in asked.texts.items()}


def _at_once(package: Package, files: Sequence[str]) -> list[str]:
    """The first of these scenarios, one at least, that are not too many steps together."""
    steps = itertools.accumulate(5 + package.files[file].count("[[step") for file in files)
    return [file for file, sum_before in zip(files, (0, *steps), strict=False) if sum_before < AT_ONCE]


def _walked(stage: DraftStage, file: str, text: str, digest: str, now: datetime) -> dict[str, Any]:
    place = SCENARIO.fullmatch(file)
    step, faults = None, []
    try:
        play(stage, place[1] if place else "", scripts.read(text, file.rpartition("/")[2]))
    except Failure as failure:
        step, faults = failure.step, list(failure.faults)
    except errors.Refusal as refusal:
        step, faults = 0, [refusal]
    except (TypeError, ValueError, KeyError, AttributeError) as error:  # what a text says in another shape than is meant
        step, faults = (
            0,
            [errors.Refusal("It cannot be run as it is written: %(detail)s", detail=f"{type(error).__name__}: {error}")],
        )
    return results.packed(digest, now, step, faults, taken(stage))


def _read(texts: Mapping[str, str]) -> dict[str, scripts.Script]:
    scripts_read = {}
    for file, text in texts.items():
        with contextlib.suppress(errors.Invalid):  # told as its result
            scripts_read[file] = scripts.read(text, file)
    return scripts_read


def _processes(script: scripts.Script) -> set[str]:
    """Other processes that a scenario names."""
    steps = [script.get("start", {}), *(each.get("start", {}) for each in script.get("step", []))]
    named = [each.get("process") for each in steps] + [each.get("in") for each in script.get("step", [])]
    return {each for each in (*named, *script.get("scheduled", [])) if isinstance(each, str)}


def _sent(script: scripts.Script) -> set[str]:
    """The messages and signals that a scenario sends: they may start other processes too."""
    steps = [script.get("start", {}), *script.get("step", []), *(each.get("start", {}) for each in script.get("step", []))]
    named = [each.get(kind) for each in steps for kind in ("message", "signal")]
    return {each for each in named if isinstance(each, str)}
