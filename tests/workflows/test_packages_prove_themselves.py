"""A shipped process can be published by itself: its own scenarios take every flow, with what they call and what they start."""

from __future__ import annotations

import contextlib

import pytest

from engine.definitions import definitions
from engine.designing import packages
from engine.designing.scenarios import results
from engine.people import actors
from engine.scenarios import Stage, walking
from tests.workflows.standing import ROOT


@pytest.mark.parametrize(
    ("company", "process_id"),
    [
        ("miniapp", "service_quality_tracking"),  # its end event throws the message that begins a complaint
        ("telecom", "resource_release"),  # is only ever called, beside what the same message begins
    ],
)
def test_a_shipped_package_proves_itself(company: str, process_id: str) -> None:
    by = actors.SYSTEM(company)
    with contextlib.closing(Stage(ROOT / "bpmn", ROOT / "workflows", company)) as stage:
        with stage.database.reading(company) as session:
            row = packages.newest(session, company, process_id)
            assert row is not None
            package, programs = packages.of_version(session, row), [definitions.by_key(session, row.key).program]
            digests = results.digests(session, by, package)
            wanted = walking.wanted(session, by, process_id, package, digests)
        walked = walking.walk(wanted, now=stage.now)
    standing = results.standing(package, walked, digests, programs)
    assert [(str(doubt), standing.untaken) for doubt in standing.doubts()] == []
