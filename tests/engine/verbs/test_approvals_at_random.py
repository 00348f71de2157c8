"""Random operations by random people at random processes; after each one everything still holds, and all can be finished."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.storage import database as databases
from engine.storage import models
from tests import cast as casting
from tests.cast import Cast
from tests.engine import approval_processes, approvals_world, kit
from tests.engine.approvals_world import OPERATIONS, PEOPLE, World

# Begun and completed more often than the rest, or nothing would get far.
NAMES = [*OPERATIONS, *["complete"] * 4, "begin"]
acts = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(PEOPLE), st.lists(st.integers(0, 30), min_size=7, max_size=7)),
    min_size=8,
    max_size=30,
)
EXAMPLES = int(os.environ.get("BANJIE_RANDOM_EXAMPLES", "15"))  # CONTRIBUTING.md says when to ask for more
QUICK: Any = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


class Chosen:
    """Picks from lists by the numbers of an example."""

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = list(numbers)

    def __call__(self, found: Any) -> Any:
        number = self.numbers.pop(0) if self.numbers else 0
        return found[number % len(found)] if found else None


def play(database: databases.Database, acts: list[tuple[str, str, list[int]]]) -> None:
    world = World(database, _cast(database))
    kit.deploy(database, world.cast.owner, *approval_processes.processes())
    world.do("begin", world.cast.outsider, Chosen([acts[0][2][0]]))
    for name, role, numbers in acts:
        world.do(name, world.actor(role), Chosen(numbers))
        approvals_world.check(world)
    approvals_world.check_inboxes(world)
    approvals_world.finish(world)
    approvals_world.check(world)


@pytest.mark.slow
@given(acts)
@settings(max_examples=EXAMPLES, **QUICK)
def test_whatever_people_do_every_case_can_be_finished(
    sqlite_database: databases.Database, acts: list[tuple[str, str, list[int]]]
) -> None:
    _empty(sqlite_database)
    play(sqlite_database, acts)


@given(acts)
@settings(max_examples=max(3, EXAMPLES // 5), **QUICK)
def test_whatever_people_do_on_postgresql(
    postgres_database: databases.Database, acts: list[tuple[str, str, list[int]]]
) -> None:
    _empty(postgres_database)
    play(postgres_database, acts)


def _empty(database: databases.Database) -> None:
    """No case of the example before."""
    with database.engine.begin() as connection:
        for table in reversed(models.metadata.sorted_tables):
            if "instance_key" in table.c or table.name == "process_instance":
                connection.execute(table.delete())


def _cast(database: databases.Database) -> Cast:
    if not kit.rows(database, models.Person):
        return casting.assemble(database)
    with database.reading() as session:
        loaded = {name: casting.actors.load(session, casting.COMPANY, name) for name in casting.PEOPLE}
        stranger = casting.actors.load(session, casting.OTHER, "stranger")
    return Cast(stranger=stranger, **loaded)  # type: ignore[arg-type]
