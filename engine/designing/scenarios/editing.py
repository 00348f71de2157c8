"""Scenarios of a draft changed in pages: begun, changed step by step or as text, taken away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import errors
from engine.designing import drafts, packages
from engine.designing.packages import SCENARIO
from engine.designing.scenarios import scripts
from engine.designing.scenarios.scripts import Script
from engine.people.actors import Actor
from engine.storage.models import ProcessDraft

END = -1  # the place of what is expected at the end; 0 is the start
_NO_NAME = re.compile(r"[^\w\-()（）]+")
MAX_NAME = 60


def begin(session: Session, by: Actor, key: int, process_id: str, script: Mapping[str, Any], *, now: datetime) -> str:
    """Adds a scenario to a draft and gives its name, which is made from its title.

    Raises NotFound, Invalid for what would not be read again, TooLarge.
    """
    draft = drafts.take_up(session, by, key, locked=True)
    name = _free(draft, process_id, str(script.get("title", "")))
    drafts.keep(session, by, draft, draft.revision, {_file(process_id, name): scripts.written(script)}, now=now)
    return name


def keep(
    session: Session, by: Actor, key: int, revision: int, place: tuple[str, str], text: str, *, now: datetime
) -> ProcessDraft:
    """Keeps a scenario (process id and name) as a text says it. Raises NotFound, Stale, Invalid, TooLarge."""
    process_id, name = place
    draft = _of(session, by, key, place)
    scripts.read(text, f"{name}.toml")
    return drafts.keep(session, by, draft, revision, {_file(process_id, name): text}, now=now)


def take_away(session: Session, by: Actor, key: int, revision: int, place: tuple[str, str], *, now: datetime) -> None:
    """Takes a scenario out of a draft. Raises NotFound, Stale."""
    draft = _of(session, by, key, place)
    drafts.keep(session, by, draft, revision, {_file(*place): None}, now=now)


def _of(session: Session, by: Actor, key: int, place: tuple[str, str]) -> ProcessDraft:
    """The draft that has the scenario, taken up for a change. Raises NotFound."""
    draft = drafts.take_up(session, by, key, locked=True)
    if _file(*place) not in draft.files:
        raise errors.NotFound("There is no such scenario.")
    return draft


def with_step(script: Script, at: int, step: Mapping[str, Any], *, is_new: bool) -> Script:
    """The scenario with the step at that place (from 1) changed or, `is_new`, put there; 0 is the start, `END` the end.

    Raises Conflict for a place that is not there.
    """
    if at == 0:
        return {**script, "start": dict(step)}
    if at == END:
        return {**script, "expect": dict(step)}
    steps = list(script.get("step", []))
    if not 0 < at <= len(steps) + is_new:
        raise errors.Conflict("This step is not there any more.")
    steps[at - 1 : at - 1 + (not is_new)] = [dict(step)]
    return {**script, "step": steps}


def moved(script: Script, at: int, by: int) -> Script:
    """The scenario with a step some places further on, or back; at the first and last place it stays there."""
    steps = list(script.get("step", []))
    if not 0 < at <= len(steps):
        raise errors.Conflict("This step is not there any more.")
    step = steps.pop(at - 1)
    steps.insert(max(0, at - 1 + by), step)
    return {**script, "step": steps}


def without(script: Script, at: int) -> Script:
    """The scenario without a step. Raises Conflict for one that is not there."""
    steps = list(script.get("step", []))
    if not 0 < at <= len(steps):
        raise errors.Conflict("This step is not there any more.")
    del steps[at - 1]
    return {**script, "step": steps}


def _free(draft: ProcessDraft, process_id: str, title: str) -> str:
    stem = _NO_NAME.sub("_", title).strip("_.")[:MAX_NAME] or "scenario"
    names = (stem, *(f"{stem}_{number}" for number in range(2, packages.MAX_FILES + 2)))
    return next(name for name in names if _file(process_id, name) not in draft.files)


def _file(process_id: str, name: str) -> str:
    file = packages.scenario_file(process_id, name)
    if not SCENARIO.fullmatch(file):
        raise errors.NotFound("There is no such scenario.")
    return file
