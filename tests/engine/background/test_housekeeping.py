"""Once a day the tables are tidied, and doing it twice changes nothing."""

import dataclasses
from datetime import timedelta

from sqlalchemy import select

from engine.background import housekeeping
from engine.calendar import calendars
from engine.deadlines import calendar_changes
from engine.people import organisation
from engine.storage import models
from tests.benchmarks.company import Statements


def version(database) -> int:
    with database.reading() as session:
        return session.execute(select(models.Company.organisation_version).where(models.Company.id == "acme")).scalar_one()


def tidy(database, now) -> None:
    with database.transaction() as session:
        housekeeping.daily(session, now=now)


def test_old_failures_and_files_go_and_next_years_calendar_comes(database, cast, now, tmp_path) -> None:
    database.surroundings["data"] = tmp_path
    with database.transaction() as session:
        session.add(models.LoginFailure(account="acme/clerk", address="10.0.0.1", at=now - timedelta(days=3)))
        session.add(
            models.Attachment(
                company_id="acme", name="x", media_type="x", size=1, sha256="a" * 64, uploaded_at=now - timedelta(days=9)
            )
        )
    tidy(database, now)
    with database.reading() as session:
        assert session.execute(select(models.LoginFailure)).scalars().all() == []
        assert session.execute(select(models.Attachment)).scalars().all() == []
        assert set(session.execute(select(models.CalendarYear.year)).scalars()) == {2025, 2026, 2027}
    database.surroundings.pop("data")


def test_a_second_time_changes_nothing(database, cast, now) -> None:
    tidy(database, now)
    before = version(database)
    tidy(database, now)
    assert version(database) == before


def test_a_day_on_which_no_year_is_missing_looks_at_no_company_and_its_deadlines(database, cast, now) -> None:
    tidy(database, now)
    with Statements(database) as counted, database.transaction() as session:
        assert not calendar_changes.seed(session, "cn", range(now.year - 1, now.year + 2), now=now)
    assert [each for each in counted.texts if "company" in each or "deadline" in each or "timer" in each] == []
    assert len([each for each in counted.texts if each.startswith("SELECT")]) == 1


def test_a_year_that_has_become_official_replaces_its_estimate(database, cast, now, monkeypatch) -> None:
    tidy(database, now)
    before = version(database)
    known = calendars.computed
    monkeypatch.setattr(
        calendars, "computed", lambda country, year: dataclasses.replace(known(country, year), is_official=True)
    )
    tidy(database, now)
    assert version(database) > before
    with database.reading("acme") as session:
        company = organisation.current(session, "acme")
        assert company.calendar == "cn"
        assert all(session.execute(select(models.CalendarYear.is_official)).scalars())
