"""Working days and hours are counted as a Chinese office counts them."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from engine import errors
from engine.calendar import calendars, working
from engine.calendar.working import Calendar
from engine.people import actors, organisation
from engine.storage import models

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = Calendar("CN", SHANGHAI, working.spans(["09:00-12:00", "13:30-18:00"]), {}, frozenset(), frozenset())
NOTICE = """{"year": 2027, "days": [
 {"name": "春节", "date": "2027-02-05", "isOffDay": true},
 {"name": "春节", "date": "2027-02-20", "isOffDay": false}]}""".encode()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize("day", ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"])
def test_line_19_the_six_make_up_days_of_2026_are_workdays(day: str) -> None:
    assert OFFICE.is_working_day(date.fromisoformat(f"2026-{day}"))


@pytest.mark.parametrize("day", ["01-01", "01-02", "02-16", "02-23", "04-06", "05-05", "06-19", "09-25", "10-07", "03-01"])
def test_line_19_holidays_and_sundays_are_no_workdays(day: str) -> None:
    assert not OFFICE.is_working_day(date.fromisoformat(f"2026-{day}"))


def test_2026_has_248_workdays() -> None:
    assert OFFICE.working_days_between(date(2025, 12, 31), date(2026, 12, 31)) == 248


def test_five_working_days_run_over_the_spring_festival_and_count_the_make_up_saturday() -> None:
    accepted = local("2026-02-12T10:00")  # Thursday; 13 Fri, 14 make-up Sat, then 24, 25, 26 after the festival
    assert OFFICE.add("5wd", accepted) == local("2026-02-26T18:00")


def test_day_one_is_the_next_working_day_and_the_due_time_is_the_end_of_work() -> None:
    assert OFFICE.add("1wd", local("2026-03-02T08:00")) == local("2026-03-03T18:00")
    assert OFFICE.add("1wd", local("2026-03-06T17:59")) == local("2026-03-09T18:00")
    assert OFFICE.add("0wd", local("2026-03-07T10:00")) == local("2026-03-09T18:00")


def test_the_day_is_the_companys_not_utc_s() -> None:
    assert OFFICE.add("1wd", datetime(2026, 3, 2, 23, 0, tzinfo=UTC)) == local("2026-03-04T18:00")


def test_working_hours_pause_over_lunch_night_and_weekend() -> None:
    assert OFFICE.add("4wh", local("2026-03-06T10:00")) == local("2026-03-06T15:30")
    assert OFFICE.add("4wh", local("2026-03-06T16:00")) == local("2026-03-09T11:00")
    assert OFFICE.add("2wh", local("2026-03-06T12:30")) == local("2026-03-06T15:30")
    assert OFFICE.add("0.5wh", local("2026-03-07T03:00")) == local("2026-03-09T09:30")


def test_a_warning_one_working_day_ahead_leaves_one_working_day() -> None:
    assert OFFICE.add("-1wd", local("2026-03-09T18:00")) == local("2026-03-06T18:00")
    assert OFFICE.add("-4wh", local("2026-03-09T10:00")) == local("2026-03-06T15:00")


def test_half_a_working_day_is_half_its_hours() -> None:
    assert OFFICE.add("0.4wd", local("2026-03-06T09:00")) == local("2026-03-06T12:00")


@pytest.mark.parametrize("amount", ["5", "wd", "5 days", "9999999wd", "5001wd", "999999wh", "٥wd", ""])
def test_an_amount_that_is_none_is_refused(amount: str) -> None:
    with pytest.raises(errors.Invalid):
        OFFICE.add(amount, local("2026-03-06T09:00"))


@pytest.mark.parametrize("hours", [[], ["9-18"], ["18:00-09:00"], ["09:00-12:00", "11:00-18:00"], ["25:00-26:00"], [3]])
def test_working_hours_that_are_none_are_refused(hours: list[object]) -> None:
    with pytest.raises(errors.Invalid):
        working.spans(hours)


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 30), timezones=st.just(UTC)), st.integers(1, 300))
def test_working_time_back_and_forth_meets_at_the_same_working_moment(start: datetime, quarters: int) -> None:
    hours = Decimal(quarters) / 4
    later = OFFICE.add_hours(start, hours)
    assert later > start
    assert OFFICE.add_hours(OFFICE.add_hours(later, -hours), hours) == later
    assert OFFICE.is_working_day(later.astimezone(SHANGHAI).date())


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(1, 60))
def test_the_nth_working_day_has_n_working_days_before_it(day: date, count: int) -> None:
    start = datetime.combine(day, time(10), SHANGHAI)
    due = OFFICE.add_days(start, count).astimezone(SHANGHAI).date()
    assert OFFICE.working_days_between(day, due) == count and OFFICE.is_working_day(due)


def test_line_19_a_year_without_the_official_arrangement_is_marked() -> None:
    assert OFFICE.is_official(2026) and not OFFICE.is_official(2027)
    assert OFFICE.estimated_years(local("2026-12-30T10:00"), local("2027-01-06T18:00")) == [2027]
    assert "%(years)s" in working.ESTIMATED


def test_a_country_without_make_up_days_is_official_from_the_law() -> None:
    assert calendars.computed("HK", 2027).is_official
    with pytest.raises(errors.Invalid):
        calendars.computed("XX", 2027)


def test_seeded_years_are_read_from_the_database(database, cast, now) -> None:
    with database.transaction() as session:
        calendars.seed(session, "cn", [2026, 2027])
        calendars.seed(session, "cn", [2026, 2027])
        organisation.changed(session, "acme")
    with database.reading("acme") as session:
        calendar = Calendar.of(session, organisation.current(session, "acme"))
        assert calendar.known == {2026, 2027} and calendar.official == {2026}
        assert calendar.is_working_day(date(2026, 10, 10)) and not calendar.is_working_day(date(2026, 10, 7))
        assert calendar.add("5wd", local("2026-02-12T10:00")) == local("2026-02-26T18:00")


def test_the_operator_imports_a_years_notice_and_the_year_becomes_official(database, cast, now) -> None:
    with database.transaction() as session:
        calendars.seed(session, "cn", [2027])
        assert calendars.import_notice(session, actors.SYSTEM(""), "cn", NOTICE, now=now) == [2027]
        calendars.seed(session, "cn", [2027])
    with database.reading("acme") as session:
        calendar = Calendar.of(session, organisation.current(session, "acme"))
        assert calendar.is_official(2027)
        assert calendar.is_working_day(date(2027, 2, 20)) and not calendar.is_working_day(date(2027, 2, 5))


def test_an_administrator_settles_days_of_his_own_company_only(database, cast, now) -> None:
    content = "date,is_workday,note\n2026-03-05,休,台风\n2026-03-07,班,\n".encode()
    with database.transaction("acme") as session:
        calendars.import_notice(session, cast.owner, "cn", content, now=now)
    with database.reading() as session:
        mine = Calendar.of(session, organisation.current(session, "acme"))
        other = Calendar.of(session, organisation.current(session, "elsewhere"))
    assert not mine.is_working_day(date(2026, 3, 5)) and mine.is_working_day(date(2026, 3, 7))
    assert other.is_working_day(date(2026, 3, 5)) and not other.is_working_day(date(2026, 3, 7))
    assert not mine.is_working_day(date(2026, 10, 7)) and mine.is_official(2026)


def test_only_an_administrator_changes_the_calendar(database, cast, now) -> None:
    with database.transaction("acme") as session, pytest.raises(errors.Forbidden):
        calendars.import_notice(session, cast.clerk, "cn", NOTICE, now=now)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"days": [{"date": "x"}]}',
        b"[1]",
        b"\xff\xfe",
        b"date,is_workday\n2026-13-01,1\n",
        b"date,is_workday\n2026-01-01,perhaps\n",
        b"[" * 100_000,
        b" " * 1_000_001,
    ],
)
def test_a_file_that_is_no_notice_is_refused(content: bytes) -> None:
    with pytest.raises(errors.Invalid):
        calendars.read_notice(content)


def test_the_snapshot_of_a_calendar_costs_no_statement_the_second_time(database, cast, now, monkeypatch) -> None:
    with database.reading("acme") as session:
        company = organisation.current(session, "acme")
        first = Calendar.of(session, company)
        monkeypatch.setattr(session, "execute", None)
        assert Calendar.of(session, company) is first


def test_working_hours_come_from_the_company(database, cast, now) -> None:
    with database.transaction() as session:
        session.execute(update(models.Company).values(working_hours=["08:00-17:00"], time_zone="Asia/Tokyo"))
        organisation.changed(session, "acme")
    with database.reading() as session:
        assert Calendar.of(session, organisation.current(session, "acme")).end_of(date(2026, 3, 2)) == datetime(
            2026, 3, 2, 8, tzinfo=UTC
        )
