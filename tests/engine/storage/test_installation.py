"""What the installation notes of itself: the day on which something was last done."""

from datetime import date

from engine.storage import database as databases
from engine.storage import installation


def test_a_day_is_taken_once(database: databases.Database) -> None:
    days = [date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 1)]
    taken = []
    for day in days:
        with database.transaction() as session:
            taken.append(installation.take_day(session, installation.HOUSEKEEPING, day))
    assert taken == [True, False, True, False]
