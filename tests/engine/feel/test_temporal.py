"""Dates, times and durations: reading, writing, arithmetic, zones (DMN 1.5 clauses 10.3.2.3 and 10.3.4)."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel
from tests.engine.feel.feel_table import NOW, value, warning


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('date("2026-03-02")', "2026-03-02"),
        ('@"2026-03-02"', "2026-03-02"),
        ("date(2026, 3, 2)", "2026-03-02"),
        ('date("999999999-12-31")', "999999999-12-31"),
        ('date("-0044-03-15")', "-0044-03-15"),
        ('date("2026-02-29")', None),
        ('date("2024-02-29")', "2024-02-29"),
        ('date("1900-02-29")', None),
        ('date("2026-3-2")', None),
        ('date("02026-03-02")', None),
        ("date(2026, 13, 1)", None),
        ('date(date and time("2026-03-02T10:00:00"))', "2026-03-02"),
        ('time("09:30:00")', "09:30:00"),
        ('time("09:30:00.5")', "09:30:00.5"),
        ('time("09:30:00Z")', "09:30:00Z"),
        ('time("09:30:00+08:00")', "09:30:00+08:00"),
        ('time("09:30:00-00:00")', "09:30:00Z"),
        ('time("09:30:00@Asia/Shanghai")', "09:30:00@Asia/Shanghai"),
        ('time("09:30:00@Nowhere/Land")', None),
        ('time("09:30:00+19:00")', None),
        ('time("24:00:00")', "00:00:00"),
        ('time("24:00:01")', None),
        ('time("T09:30:00")', "09:30:00"),
        ('date and time("2026-03-02TT09:30:00")', None),
        ('time("9:30")', None),
        ('time(9, 30, 15.5, duration("PT8H"))', "09:30:15.5+08:00"),
        ('time(date("2026-03-02"))', "00:00:00Z"),
        ('date and time("2026-03-02T09:30:00@Asia/Shanghai")', "2026-03-02T09:30:00@Asia/Shanghai"),
        ('date and time("2026-03-02")', "2026-03-02T00:00:00"),
        ('date and time("2026-03-02T24:00:00")', "2026-03-03T00:00:00"),
        ('date and time(date("2026-03-02"), time("09:30:00"))', "2026-03-02T09:30:00"),
        ("date and time(2026, 3, 2, 9, 30, 0)", "2026-03-02T09:30:00"),
        ('date and time(2026, 3, 2, 9, 30, 0, duration("PT8H"))', "2026-03-02T09:30:00+08:00"),
        ('date and time(2026, 3, 2, 9, 30, 0, "Asia/Shanghai")', "2026-03-02T09:30:00@Asia/Shanghai"),
        ('date and time(@"2026-03-02T01:30:00Z", "Asia/Shanghai")', "2026-03-02T09:30:00@Asia/Shanghai"),
        ('duration("P1Y2M")', "P1Y2M"),
        ('duration("P14M")', "P1Y2M"),
        ('duration("-P1DT2H")', "-P1DT2H"),
        ('duration("PT36H")', "P1DT12H"),
        ('duration("PT0S")', "PT0S"),
        ('duration("P0M")', "P0M"),
        ('duration("P")', None),
        ('duration("P1Y1D")', None),
        ('duration("5d")', None),
        ('@"2026-01-31" + duration("P1M")', "2026-02-28"),
        ('@"2024-02-29" + duration("P1Y")', "2025-02-28"),
        ('@"2026-03-02" + duration("P5D")', "2026-03-07"),
        ('@"2026-03-02" + duration("PT25H")', "2026-03-03"),
        ('@"2026-03-02" - duration("PT1H")', "2026-03-01"),
        ('@"2026-03-02" - @"2026-02-27"', "P3D"),
        ('(@"2026-03-02" - @"2026-02-27").days', 3),
        ('@"09:30:00" + duration("PT20H")', "05:30:00"),
        ('@"09:30:00" - @"08:00:00"', "PT1H30M"),
        ('@"2026-03-02T09:30:00Z" - @"2026-03-02T09:30:00+08:00"', "PT8H"),
        ('@"2026-03-02T09:30:00" - @"2026-03-02T09:30:00+08:00"', None),
        ('@"2026-03-02T09:30:00@Asia/Shanghai" = @"2026-03-02T01:30:00Z"', True),
        ('@"2026-03-02T09:30:00" < @"2026-03-02T09:30:01"', True),
        ('@"2026-03-02" < @"2026-03-02T09:30:00"', None),
        ('duration("P1D") * 1.5', "P1DT12H"),
        ('2 * duration("P1M")', "P2M"),
        ('duration("P1D") / 2', "PT12H"),
        ('duration("P1D") / duration("PT6H")', 4),
        ('duration("P1D") / 0', None),
        ('duration("P1D") + duration("P1M")', None),
        ('duration("P1D") * duration("P1D")', None),
        ('-duration("P1D")', "-P1D"),
        ('abs(duration("-P1D"))', "P1D"),
        ('sum([@"P1D", @"PT12H"])', "P1DT12H"),
        ('@"2026-03-02".weekday', 1),
        ('@"2026-03-02T09:30:00+08:00".time offset', "PT8H"),
        ('@"2026-03-02T09:30:00@Asia/Shanghai".timezone', "Asia/Shanghai"),
        ('@"P1DT2H3M4S".minutes', 3),
        ('years and months duration(@"2024-12-31", @"2026-03-02")', "P1Y2M"),
        ('years and months duration(@"2026-03-02", @"2024-12-31")', "-P1Y2M"),
        ('day of week(@"2026-03-02")', "Monday"),
        ('day of year(@"2026-03-02")', 61),
        ('week of year(@"2026-01-01")', 1),
        ('week of year(@"2027-01-01")', 53),
        ('month of year(@"2026-03-02")', "March"),
        ('last day of month(@"2026-02-10")', "2026-02-28"),
        ('string(@"2026-03-02") + "起"', "2026-03-02起"),
        ('is(@"10:00:00", @"10:00:00Z")', False),
        ('is(@"10:00:00+00:00", @"10:00:00Z")', True),
        ('for d in @"2026-02-27"..@"2026-03-01" return d.day', [27, 28, 1]),
        ('@"2026-99-99"', None),
        ('@"foo"', None),
    ],
)
def test_time_is_reckoned_as_the_standard_says(expression: str, expected: object) -> None:
    assert value(expression) == expected


def test_now_and_today_come_from_the_engine_s_clock() -> None:
    assert value("today()") == "2026-03-02"
    assert value("now()") == "2026-03-02T09:30:00+08:00"
    assert value('now() > @"2026-03-02T01:29:59Z"') is True


def test_without_a_clock_now_is_null_and_says_why() -> None:
    warnings: list[feel.Warning] = []
    assert feel.evaluate("today()", {}, warnings=warnings) is None
    assert str(warnings[0]) == "There is no clock here."


def test_a_clock_with_a_zone_keeps_its_zone() -> None:
    shanghai = NOW.astimezone(zoneinfo.ZoneInfo("Asia/Shanghai"))
    found = feel.evaluate("now()", {}, now=shanghai)
    assert str(found) == "2026-03-02T09:30:00@Asia/Shanghai"
    assert feel.to_python(found) == shanghai


def test_a_wrong_date_says_what_is_wrong() -> None:
    assert warning('date("tomorrow")') == "“tomorrow” is no date."
    assert warning("date(2026, 2, 30)") == "There is no date 2026-2-30."


def test_an_hour_skipped_by_summer_time_moves_the_clock_not_the_moment() -> None:
    assert value('@"2026-03-29T01:30:00@Europe/Berlin" + duration("PT1H")') == "2026-03-29T03:30:00@Europe/Berlin"
    assert value('(@"2026-03-29T03:30:00@Europe/Berlin" - @"2026-03-29T01:30:00@Europe/Berlin")') == "PT1H"


def test_python_dates_come_in_and_go_out() -> None:
    day, moment = datetime.date(2026, 3, 2), datetime.datetime(2026, 3, 2, 9, 30, tzinfo=datetime.UTC)
    context = {"d": day, "m": moment, "t": datetime.time(9, 30), "s": datetime.timedelta(hours=30)}
    assert value('[d + @"P1D", m, t, s]', context) == ["2026-03-03", "2026-03-02T09:30:00Z", "09:30:00", "P1DT6H"]
    found = feel.evaluate("[d, m, t, s]", context)
    assert feel.to_python(found) == [day, moment, datetime.time(9, 30), datetime.timedelta(hours=30)]


def test_what_python_cannot_hold_stays_a_feel_value() -> None:
    assert str(feel.to_python(feel.evaluate('@"12026-03-02"', {}))) == "12026-03-02"


@given(st.dates(), st.integers(-200_000, 200_000))
def test_adding_days_agrees_with_python(day: datetime.date, days: int) -> None:
    number = day.toordinal() + days
    found = feel.evaluate("d + duration(p)", {"d": day, "p": f"{'-' if days < 0 else ''}P{abs(days)}D"})
    if 1 <= number <= datetime.date.max.toordinal():
        assert feel.to_python(found) == datetime.date.fromordinal(number)
    assert value("(d2 - d).days", {"d": day, "d2": found}) == days


@given(st.dates())
def test_calendar_functions_agree_with_python(day: datetime.date) -> None:
    found = value("[d.weekday, day of year(d), week of year(d)]", {"d": day})
    assert found == [day.isoweekday(), day.timetuple().tm_yday, day.isocalendar().week]


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.timezones()))
def test_moments_in_zones_are_ordered_as_python_orders_them(a: datetime.datetime, b: datetime.datetime) -> None:
    first, second = (moment.replace(microsecond=0, fold=0) for moment in (a, b))
    expected = first.astimezone(datetime.UTC) < second.astimezone(datetime.UTC)
    assert feel.evaluate("a < b", {"a": first, "b": second}) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('@"2026-03-02" < @"2026-03-02T00:00:01Z"', True),
        ('@"2026-03-02" = @"2026-03-02T08:00:00+08:00"', True),
        ('@"2026-03-02T00:00:00Z" >= @"2026-03-02"', True),
        ('@"2026-03-02" in [@"2026-03-01T00:00:00Z"..@"2026-03-03T00:00:00Z"]', True),
        ('@"2026-03-02" between @"2026-03-01T00:00:00Z" and @"2026-03-03"', True),
        ('before(@"2026-03-02", @"2026-03-02T10:00:00Z")', True),
        ('max(@"2026-03-02", @"2026-03-01T10:00:00Z")', "2026-03-02"),
        ('count(distinct values([@"2026-03-02", @"2026-03-02T00:00:00Z"]))', 1),
        ('@"2026-03-02" < @"2026-03-02T10:00:00"', None),  # a moment in no zone
        ('@"2026-03-02" < @"10:00:00"', None),
    ],
)
def test_a_date_beside_a_moment_is_its_midnight_in_utc(expression: str, expected: object) -> None:
    assert value(expression) == expected
