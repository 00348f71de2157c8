"""What came of the scenarios of a package, kept with its draft: each result holds as long as nothing that decides it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors, runtime
from engine.designing.packages import SCENARIO, Package
from engine.designing.scenarios import scripts
from engine.people.actors import Actor
from engine.storage import models
from engine.storage.models import DecisionDefinition, FormDefinition, ProcessDefinition

FAILED = "The scenario “%(name)s” fails."
NOT_WALKED = "The scenario “%(name)s” was not run since the last change."
UNTAKEN = "No scenario takes %(count)s of the sequence flows."
NONE = "There is no scenario of this process."
Flow = tuple[str, str]  # process id and sequence flow


@dataclass(frozen=True)
class Result:
    """What came of one walk. `step` is where it went otherwise (0 the start, -1 the end; None: as written), `faults` how."""

    at: datetime
    step: int | None
    faults: tuple[errors.Refusal, ...]
    taken: frozenset[Flow]

    @property
    def is_fine(self) -> bool:
        """Whether it went as written."""
        return self.step is None


@dataclass(frozen=True)
class ScenarioLine:
    """One scenario of a package. `result` is None where it was never run, `is_current` whether that is how it would go now;
    `fault` says why its text cannot be read."""

    file: str
    process_id: str
    name: str
    title: str
    steps: int
    result: Result | None
    is_current: bool
    fault: errors.Refusal | None = None

    @property
    def proves(self) -> bool:
        """Whether it goes as written."""
        return self.result is not None and self.is_current and self.result.is_fine


@dataclass(frozen=True)
class ScenarioStanding:
    """All scenarios of a package, and which sequence flows of its processes the current ones take, of all there are."""

    lines: list[ScenarioLine] = field(default_factory=list)
    flows: frozenset[Flow] = frozenset()
    taken: frozenset[Flow] = frozenset()

    @property
    def untaken(self) -> list[Flow]:
        """The sequence flows that no scenario takes."""
        return sorted(self.flows - self.taken)

    @property
    def share(self) -> int:
        """Percent of the sequence flows that are taken."""
        return 100 if not self.flows else 100 * len(self.flows & self.taken) // len(self.flows)

    @property
    def stale(self) -> list[str]:
        """The files of the scenarios that have to be run to know how they go."""
        return [each.file for each in self.lines if each.fault is None and not each.is_current]

    def doubts(self) -> list[errors.Refusal]:
        """Why the scenarios do not prove the package, a sentence each; empty where they do."""
        doubts = [errors.Refusal(NONE)] if not self.lines else []
        for each in self.lines:
            is_failed = each.fault is not None or (each.is_current and not each.proves)
            if is_failed or not each.is_current:
                doubts.append(errors.Refusal(FAILED if is_failed else NOT_WALKED, name=each.title))
        return doubts + ([errors.Refusal(UNTAKEN, count=len(self.untaken))] if self.untaken else [])


def digests(session: Session, by: Actor, package: Package) -> dict[str, str]:
    """By file of a scenario, a digest of all that decides how it goes: the package, what is published, the organisation."""
    newest = [
        session.execute(select(func.max(row.key)).where(row.company_id == by.company_id)).scalar()
        for row in (ProcessDefinition, FormDefinition, DecisionDefinition)
    ]
    drawn = {name: text for name, text in package.files.items() if not SCENARIO.fullmatch(name)}
    common = models.dumps([runtime.EDITION, sorted(drawn.items()), package.settings, newest, by.organisation_version])
    texts = {name: text for name, text in package.files.items() if SCENARIO.fullmatch(name)}
    return {name: hashlib.sha256(f"{common}\0{text}".encode()).hexdigest() for name, text in texts.items()}


def standing(
    package: Package, walked: Mapping[str, Any], current: Mapping[str, str], programs: Iterable[runtime.Program]
) -> ScenarioStanding:
    """How the scenarios of a package stand; `walked` is what a draft keeps, `current` the digests of now."""
    lines = [_line(file, package.files[file], walked.get(file), digest) for file, digest in sorted(current.items())]
    flows = frozenset((each.process_id, flow) for each in programs for flow in each.flows)
    taken = frozenset(flow for each in lines if each.result and each.is_current for flow in each.result.taken)
    return ScenarioStanding(lines, flows, taken)


def kept(walked: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]], files: Iterable[str]) -> dict[str, Any]:
    """What a draft keeps after a walk: the new results beside the old ones, of scenarios that there are."""
    there = set(files)
    return {file: result for file, result in {**walked, **results}.items() if file in there}


def packed(
    digest: str, at: datetime, step: int | None, faults: Iterable[errors.Refusal], taken: Iterable[Flow]
) -> dict[str, Any]:
    """A result as a draft keeps it."""
    told = [_packed(each) for each in faults]
    return {"digest": digest, "at": at.isoformat(), "step": step, "faults": told, "taken": sorted(map(list, taken))}


def _line(file: str, text: str, result: Mapping[str, Any] | None, digest: str) -> ScenarioLine:
    place = SCENARIO.fullmatch(file)
    process_id, name = (place[1], place[2]) if place else ("", file)
    result_kept = _unpacked(result) if result else None
    is_current = result is not None and result["digest"] == digest
    try:
        script = scripts.read(text, f"{name}.toml")
    except errors.Invalid as refusal:
        return ScenarioLine(file, process_id, name, name, 0, result_kept, is_current, refusal)
    return ScenarioLine(
        file, process_id, name, str(script.get("title") or name), len(script.get("step", [])), result_kept, is_current
    )


def _unpacked(result: Mapping[str, Any]) -> Result:
    faults = tuple(_refusal(each) for each in result["faults"])
    taken = frozenset((process, flow) for process, flow in result["taken"])
    return Result(datetime.fromisoformat(result["at"]), result["step"], faults, taken)


def _packed(value: Any) -> Any:
    if isinstance(value, errors.Refusal):
        return {"text": value.text, "values": {name: _packed(each) for name, each in value.values.items()}}
    return value if isinstance(value, str | int | list) else str(value)


def _refusal(told: Mapping[str, Any]) -> errors.Refusal:
    values = {name: _refusal(each) if isinstance(each, Mapping) else each for name, each in told["values"].items()}
    return errors.Refusal(told["text"], fields=None, **values)
