"""Two processes never make keys with the same node's number, however many were started before them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from engine import errors
from engine.storage import database as databases
from engine.storage import keys, models, nodes

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _none_lent(database: databases.Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """No number is lent; keys of this process stay those of the node it has."""
    monkeypatch.setattr(keys, "_maker", keys._maker)
    with database.engine.begin() as connection:
        connection.execute(delete(models.Node))


def lent(database: databases.Database) -> dict[int, str]:
    with database.reading() as session:
        return {row.number: row.holder for row in session.execute(select(models.Node)).scalars()}


def fill(database: databases.Database, until: datetime) -> None:
    with database.transaction() as session:
        for number in range(nodes.NUMBERS):
            session.add(models.Node(number=number, holder="other", lent_until=until))


def test_numbers_that_are_lent_are_not_given_to_others(database: databases.Database) -> None:
    with database.transaction() as session:
        assert [nodes.take(session, f"p{each}", now=NOW) for each in range(3)] == [0, 1, 2]


def test_a_number_that_was_not_renewed_is_given_to_another_even_when_all_were_given_out(database: databases.Database) -> None:
    fill(database, NOW + nodes.LENT)
    with database.transaction() as session:
        session.execute(update(models.Node).where(models.Node.number == 77).values(lent_until=NOW - timedelta(seconds=1)))
        assert nodes.take(session, "new", now=NOW) == 77


def test_when_every_number_is_in_use_a_further_process_is_refused_in_words(database: databases.Database) -> None:
    fill(database, datetime(9999, 1, 1, tzinfo=UTC))
    with pytest.raises(errors.Conflict, match="1,024"):
        database.take_node()


def test_a_process_keeps_its_number_and_takes_another_once_it_was_given_away(
    database: databases.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.take_node()
    [(number, holder)] = lent(database).items()
    monkeypatch.setattr(nodes, "RENEWED", timedelta(0))
    with database.transaction():
        pass
    assert lent(database) == {number: holder}
    with database.engine.begin() as connection:
        connection.execute(update(models.Node).values(holder="other"))
    with database.transaction():
        pass
    assert lent(database) == {0: "other", 1: holder}


def test_a_number_that_does_not_fit_into_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="1024"):
        keys.KeyMaker(nodes.NUMBERS)
