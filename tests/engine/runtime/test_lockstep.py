"""The shipped processes go the same way on SpiffWorkflow's own engine, with the overrides that `lockstep/overrides.py` names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.scenarios.run import _read
from engine.scenarios.stage import Stage
from tests.engine.runtime.lockstep import following
from tests.engine.runtime.lockstep.specs import Company

ROOT = Path(__file__).parents[3]
# A border event that does not interrupt comes twice here (BPMN 10.5.4 lets it); SpiffWorkflow's own waits for it once.
TWICE_AT_A_BORDER = {"dissatisfied_customer_is_visited_until_content.toml"}
COMPANIES = sorted(path.parent.name for path in (ROOT / "workflows").glob("*/company.toml"))


def chosen(company: str) -> Iterator[Path]:
    """One scenario of each process, the one with the most to read in it; with BANJIE_LOCKSTEP=all every one.

    Nobody sends a case back in it: 退回 moves tokens against the flows, which SpiffWorkflow has no word for.
    """
    for process in sorted((ROOT / "workflows" / company).glob("*/scenarios")):
        onwards = [path for path in process.glob("*.toml") if "\nreturn = " not in path.read_text()]
        onwards = [path for path in onwards if path.name not in TWICE_AT_A_BORDER]
        if os.environ.get("BANJIE_LOCKSTEP") == "all":
            yield from sorted(onwards)
        else:
            yield max(onwards, key=lambda path: path.stat().st_size)


@pytest.mark.slow
@pytest.mark.parametrize("company", COMPANIES)
def test_a_scenario_of_each_process_goes_the_same_way_on_spiffworkflows_own_engine(
    company: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {path.name: path.read_bytes() for path in sorted((ROOT / "bpmn" / company).glob("*.bpmn"))}
    stage = Stage(ROOT / "bpmn", ROOT / "workflows", company)
    try:
        for path in chosen(company):
            with following.following(monkeypatch, Company(sources)) as follower:
                following.walk(stage, path, path.parent.parent.name, _read(path), follower)
            assert follower.compared, path
            assert follower.cases, path
    finally:
        stage.close()
