"""Many people at once, in processes that are killed as by a power failure: no decision is lost, none is counted twice."""

from __future__ import annotations

from pathlib import Path

from engine.storage import database as databases
from engine.storage import models
from tests import cast as casting
from tests import patience
from tests.benchmarks import crowd
from tests.engine import kit

PEOPLE = 4  # in each of two processes
ACTS = 25
SOME = 20  # decisions after which one process is killed


def test_no_decision_is_lost_or_doubled_when_a_process_is_killed(postgres_database: databases.Database, tmp_path: Path) -> None:
    cast = casting.assemble(postgres_database)
    crowd.furnish(postgres_database, cast, 2 * PEOPLE, cases=12)
    url = postgres_database.engine.url.render_as_string(hide_password=False)
    told = [tmp_path / "kept", tmp_path / "killed"]
    kept = crowd.enter(url, 0, PEOPLE, ACTS, told[0])
    killed = crowd.enter(url, PEOPLE, PEOPLE, 0, told[1])
    crowd.wait_for(told[1], SOME, patience.SECONDS)
    crowd.kill(killed)
    assert kept.wait(patience.SECONDS) == 0
    assert len(crowd.lines(told[1:])) >= SOME
    assert crowd.faults(postgres_database, told) == []
    assert [line for line in crowd.lines(told) if line["act"] == "unavailable"] == []
    assert any(task.state == "completed" for task in kit.rows(postgres_database, models.UserTask))
