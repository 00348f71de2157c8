"""Trap 3, form by form: whatever is sent with a form of the telecom company, a stored version neither goes nor changes."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.definitions import definitions
from engine.scenarios import Failure, Stage, play
from engine.storage import models
from tests.workflows.standing import ROOT

WORKFLOWS = ROOT / "workflows/telecom"
PUBLIC = {"public_complaint"}  # sent by strangers, in the walk over every route
PLAYING = sys.modules["engine.scenarios.play"]  # the module; the package's `play` is the function in it


@pytest.fixture
def stage() -> Iterator[Stage]:
    opened = Stage(ROOT / "bpmn", ROOT / "workflows", "telecom")
    yield opened
    opened.close()


@pytest.mark.slow
def test_trap_03_every_form_sent_empty_emptied_or_with_other_records_keeps_every_version(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: set[str] = set()
    monkeypatch.setattr(PLAYING, "Player", hostile_player(tried))
    for path in enough(stage):
        scenario = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        scenario["record"] = [
            *scenario.get("record", []),
            {"ref": "another", "name": "别家公司", "content": {"basic": {"customer_name": "别家公司"}}},
        ]
        play(stage, path.parent.parent.name, scenario)
    assert {path.stem for path in WORKFLOWS.glob("*/*.form")} - PUBLIC == tried - {""}


def hostile_player(tried: set[str]) -> type:
    """A player that sends each form in every wrong way first, looks what became of the versions, and takes it all back."""

    class Hostile(PLAYING.Player):  # type: ignore[misc, name-defined]
        def _start(self, step: Mapping[str, Any]) -> None:
            given, case = step["start"], self.instance_key
            if "message" not in given:
                for sent in wrong(given.get("form", {})):
                    self._tries(super()._start, {"start": {**given, "form": sent}})
                    self.instance_key = case
                tried.add(start_form(self.stage, given.get("process", self.process_id)))
            super()._start(step)

        def _task(self, step: Mapping[str, Any]) -> None:
            if not step.get("refused"):
                for sent in wrong(step.get("form", {})):
                    self._tries(super()._task, {**step, "form": sent})
            super()._task(step)

        def _find_task(self, session: Session, step: Mapping[str, Any]) -> models.UserTask:
            found = super()._find_task(session, step)
            tried.add(found.form_id or "")
            return found

        def _tries(self, act: Any, step: Mapping[str, Any]) -> None:
            before, beginning = versions(self.stage), saved(self.stage)
            try:
                act(step)
                self.stage.work()
            except (errors.Refusal, Failure):
                return  # nothing of it was stored
            after = versions(self.stage)
            assert before.items() <= after.items(), (self.process_id, step)
            put_back(self.stage, beginning)

    return Hostile


def start_form(stage: Stage, process_id: str) -> str:
    with stage.database.reading(stage.company) as session:
        form = definitions.latest(session, stage.company, process_id).start_form
    return form.form_id if form else ""


def enough(stage: Stage) -> Iterator[Path]:
    """As few of the company's scenarios as fill in every form that any of them fills in."""
    steps = {path: frozenset(filled_in(path)) for path in sorted(WORKFLOWS.glob("*/scenarios/*.toml"))}
    missing = frozenset().union(*steps.values())
    while missing:
        best = max(steps, key=lambda path: len(steps[path] & missing))
        missing -= steps[best]
        yield best


def filled_in(path: Path) -> Iterator[str]:
    scenario = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    process_id = path.parent.parent.name
    for step in (scenario, *scenario.get("step", [])):
        if "start" in step and "message" not in step["start"]:
            yield "start of " + step["start"].get("process", process_id)
        if "task" in step and not step.get("refused"):
            yield step["task"]


def wrong(form: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Nothing; everything emptied; other records; the same and more than is asked for."""
    smuggled = {"customer": {}, "record": "ref:another", "customer_record": "ref:another", "state": "destroyed", "version": 0}
    yield {}
    for sent in (
        {name: emptied(value) for name, value in form.items()},
        {name: elsewhere(value) for name, value in form.items()},
    ):
        if sent not in ({}, form):
            yield sent
    yield {**smuggled, **form, "records": ["ref:another"]}


def emptied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: emptied(inner) for name, inner in value.items()}
    return [] if isinstance(value, list) else "" if isinstance(value, str) else None


def elsewhere(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: elsewhere(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [elsewhere(inner) for inner in value]
    return "ref:another" if isinstance(value, str) and value.startswith("ref:") else value


def versions(stage: Stage) -> dict[tuple[int, int], tuple[bytes | None, str]]:
    row = models.RecordVersion
    with stage.database.reading() as session:
        found = session.execute(select(row.record_key, row.version, row.sealed, row.digest))
        return {(record, version): (sealed, digest) for record, version, sealed, digest in found}


def saved(stage: Stage) -> bytes:
    with stage._raw() as raw:
        return raw.serialize()


def put_back(stage: Stage, beginning: bytes) -> None:
    with stage._raw() as raw:
        raw.deserialize(beginning)
