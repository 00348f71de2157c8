"""Deadlines, timers, cycles and cron expressions mean what their texts say."""

import contextlib
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import errors
from engine.calendar import cron, due, working
from engine.calendar.working import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = Calendar("CN", SHANGHAI, working.spans(["09:00-12:00", "13:30-18:00"]), {}, frozenset(), frozenset())
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday 09:00 in Shanghai


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("5wd", "2026-03-09T18:00"),
        ("4wh", "2026-03-02T14:30"),
        ("2d", "2026-03-04T09:00"),
        ("1w", "2026-03-09T09:00"),
        ("3h", "2026-03-02T12:00"),
        ("30min", "2026-03-02T09:30"),
        ("PT30M", "2026-03-02T09:30"),
        ("P3D", "2026-03-05T09:00"),
        ("P1M", "2026-04-02T09:00"),
        ("P1Y2M3DT4H5M6S", "2027-05-05T13:05:06"),
        ("PT0.5S", "2026-03-02T09:00:00.500000"),
        ("P2W", "2026-03-16T09:00"),
        ("-P1D", "2026-03-01T09:00"),
        ("2026-03-20", "2026-03-20T18:00"),
        ("2026-03-20T10:00:00", "2026-03-20T10:00"),
        ("2026-03-20T10:00:00Z", "2026-03-20T18:00"),
        ("2026-03-20T10:00:00+09:00", "2026-03-20T09:00"),
        ("2026-03-20T10:00:00@Asia/Tokyo", "2026-03-20T09:00"),
        ("2026-03-20T10:00:00+09:00[Asia/Tokyo]", "2026-03-20T09:00"),
        ("R3/PT1H", "2026-03-02T10:00"),
        ("R/2026-03-20T10:00:00Z/PT1H", "2026-03-20T18:00"),
        ("R/5wd", "2026-03-09T18:00"),
        ("0 10 * * MON", "2026-03-02T10:00"),
    ],
)
def test_a_text_names_its_moment(text: str, moment: str) -> None:
    assert due.compute(text, START, OFFICE) == local(moment)


def test_values_of_python_are_moments_too() -> None:
    assert due.compute(timedelta(hours=2), START, OFFICE) == local("2026-03-02T11:00")
    assert due.compute(date(2026, 3, 20), START, OFFICE) == local("2026-03-20T18:00")
    assert due.compute(datetime(2026, 3, 20, 8), START, OFFICE) == local("2026-03-20T08:00")
    assert due.compute(datetime(2026, 3, 20, 8, tzinfo=UTC), START, OFFICE) == local("2026-03-20T16:00")


def test_a_timer_on_a_date_fires_when_the_day_begins() -> None:
    assert due.compute("2026-03-20", START, OFFICE, day_ends=False) == local("2026-03-20T00:00")


def test_the_last_of_january_plus_a_month_is_the_last_of_february() -> None:
    assert due.compute("P1M", local("2026-01-31T09:00"), OFFICE) == local("2026-02-28T09:00")


def test_a_day_is_a_day_by_the_clock_where_summer_time_begins() -> None:
    berlin = Calendar("DE", ZoneInfo("Europe/Berlin"), OFFICE.hours, {}, frozenset(), frozenset())
    start = datetime(2026, 3, 28, 11, 0, tzinfo=UTC)  # noon; the clock jumps in the night
    assert due.compute("P1D", start, berlin) == datetime(2026, 3, 29, 10, 0, tzinfo=UTC)
    assert due.compute("PT24H", start, berlin) == datetime(2026, 3, 29, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("warn", "moment"),
    [
        ("1wd", "2026-03-06T18:00"),
        ("4wh", "2026-03-09T14:00"),
        ("PT2H", "2026-03-09T16:00"),
        ("P1D", "2026-03-08T18:00"),
        ("2026-03-04T10:00:00", "2026-03-04T10:00"),
    ],
)
def test_a_warning_comes_before_the_end(warn: str, moment: str) -> None:
    assert due.before(warn, local("2026-03-09T18:00"), OFFICE) == local(moment)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "5",
        "soon",
        "五天",
        "2026-02-30",
        "2026-03-20T25:00",
        "R3/",
        "R3/soon",
        "P9999Y",
        "P99999M",
        "999999d",
        "* * * *",
        "61 * * * *",
        "0 9 * * MON#6",
        "0 9 * * FOO",
        "0 9 31-1 * *",
        "0 0 9 ? * 0#1",
        "* * * * */99",
        "1,2,,3 * * * *",
        "@never",
        "0 0 31 2 *",
        "x" * 5000,
        "2026-03-20T10:00:00@Mars/Base",
        "2026-03-20T10:00:00@../../etc/passwd",
        "PT99999999999H",
        "-999999wd",
    ],
)
def test_a_text_that_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(errors.Invalid):
        due.compute(text, START, OFFICE)
    with pytest.raises(errors.Invalid):
        due.check(text)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=30), st.from_regex(r"R?\d?/?P?T?[0-9*#LW/?,A-Z :-]{0,20}", fullmatch=True)))
def test_hostile_texts_get_a_moment_or_a_refusal(text: str) -> None:
    with contextlib.suppress(errors.Invalid):
        assert due.compute(text, START, OFFICE).tzinfo is not None


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("0 9 * * MON#1", "2026-04-06T09:00"),
        ("0 0 9 * * MON#1", "2026-04-06T09:00"),
        ("0 0 9 ? * 2#1", "2026-04-06T09:00"),
        ("0 0 9 ? * MON#1", "2026-04-06T09:00"),
        ("0 0 9 ? * 2#1 2027", "2027-01-04T09:00"),
        ("0 0 9 * * 1#1", "2026-04-06T09:00"),
        ("0 15 * * FRI", "2026-03-06T15:00"),
        ("0 15 * * 5", "2026-03-06T15:00"),
        ("0 0 15 ? * 6", "2026-03-06T15:00"),
        ("0 9 * * 0", "2026-03-08T09:00"),
        ("0 9 * * 7", "2026-03-08T09:00"),
        ("0 0 9 ? * 1", "2026-03-08T09:00"),
        ("0 9 L * *", "2026-03-31T09:00"),
        ("0 9 L-1 * *", "2026-03-30T09:00"),
        ("0 9 LW * *", "2026-03-31T09:00"),
        ("0 9 15W * *", "2026-03-16T09:00"),
        ("0 9 * * FRIL", "2026-03-27T09:00"),
        ("0 0 9 ? * 6L", "2026-03-27T09:00"),
        ("*/20 10-11 * * *", "2026-03-02T10:00"),
        ("30 0 9 * * *", "2026-03-02T09:00:30"),
        ("0 9 1 1,4,7,10 *", "2026-04-01T09:00"),
        ("0 9 * * SAT-MON", "2026-03-07T09:00"),
        ("@monthly", "2026-04-01T00:00"),
        ("@daily", "2026-03-03T00:00"),
        ("0 9 29 2 *", "2028-02-29T09:00"),
        ("0 9 * JUN MON", "2026-06-01T09:00"),
        ("0 9 13 * FRI", "2026-03-13T09:00"),
    ],
)
def test_cron_fires_in_the_companys_zone(text: str, first: str) -> None:
    assert due.next(text, START, OFFICE) == local(first)


def test_the_same_occurrence_does_not_fire_twice() -> None:
    assert due.next("0 9 * * MON", START, OFFICE) == local("2026-03-09T09:00")


def test_a_cron_that_never_comes_ends() -> None:
    assert due.next("0 0 9 ? * MON 2020", START, OFFICE) is None
    assert due.next("0 9 30 2 *", START, OFFICE) is None


def test_a_cycle_goes_on_from_its_last_firing_and_counts() -> None:
    assert due.next("R3/PT1H", START, OFFICE) == local("2026-03-02T10:00")
    assert due.next("R/1wd", START, OFFICE) == local("2026-03-03T18:00")
    assert (due.repetitions("R3/PT1H"), due.repetitions("R/PT1H"), due.repetitions("PT1H")) == (3, None, 1)
    assert due.repetitions("0 9 * * MON") is None and due.next("PT1H", START, OFFICE) is None


def ahead(text: str, anchor: str, *late: str) -> list[datetime | None]:
    """When a cycle is due after each of these moments, at which somebody looked."""
    return [due.next(text, local(moment), OFFICE, anchor=local(anchor)) for moment in late]


def test_a_cycle_keeps_its_grid_however_late_somebody_looks() -> None:
    late = ("2026-03-03T10:00:37", "2026-03-04T14:10", "2027-03-04T09:59:59")
    grid = [local("2026-03-04T10:00"), local("2026-03-05T10:00"), local("2027-03-04T10:00")]
    assert ahead("R/P1D", "2026-03-02T10:00", *late) == grid
    assert ahead("R/2026-03-01T10:00:00+08:00/P1D", "2026-03-02T10:37", *late) == grid
    assert ahead("R/2026-03-01T10:00/2026-03-02T10:00", "2026-03-02T10:37", *late) == grid
    assert ahead("R/PT1S", "2020-01-01T00:00", "2026-03-02T10:00:00.5") == [local("2026-03-02T10:00:01")]


def test_a_monthly_cycle_comes_back_to_the_day_it_began_on() -> None:
    ends = ["2026-02-28T09:00", "2026-03-31T09:00", "2026-04-30T09:00"]
    looked = ["2026-01-31T09:00", *ends[:-1]]
    for text in ("R/P1M", "R/2026-01-31T09:00/P1M"):
        assert ahead(text, "2026-01-31T09:00", *looked) == [local(each) for each in ends]


def test_a_cycle_with_a_start_begins_there() -> None:
    assert due.compute("R/2026-05-01/P1D", START, OFFICE) == local("2026-05-01T00:00")
    assert due.next("R/2026-05-01/P1D", START, OFFICE) == local("2026-05-01T00:00")


@pytest.mark.parametrize(
    "text",
    [
        "R/PT0S",
        "R/-PT1H",
        "R3/-1wd",
        "R/0wd",
        "R/PT0.5S",
        "R0/PT1H",
        "R/2026-03-01",
        "R/2026-03-02T10:00/2026-03-02T10:00",
        "R/2026-03-02T10:00/2026-03-01T10:00",
        "R/2026-03-02T10:00/PT0S",
        "R/PT1H/2026-03-02T10:00",
    ],
)
def test_a_cycle_that_never_advances_is_refused_and_never_answers(text: str) -> None:
    with pytest.raises(errors.Invalid):
        due.check(text, "cycle")
    with pytest.raises(errors.Invalid):
        due.next(text, START, OFFICE, anchor=START)


@pytest.mark.parametrize(
    ("kind", "text"), [("cycle", "PT1H"), ("cycle", "2026-03-01"), ("duration", "R/PT1H"), ("date", "R3/P1D")]
)
def test_a_timer_text_stands_where_it_belongs(kind: str, text: str) -> None:
    due.check(text)
    with pytest.raises(errors.Invalid):
        due.check(text, kind)


def test_a_first_monday_on_a_holiday_moves_to_the_next_working_day_and_comes_once() -> None:
    before = local("2026-10-01T08:00")  # Monday 5 October is in the holiday week; work begins on 8 October
    assert due.next("0 9 * * MON#1", before, OFFICE, shift=True) == local("2026-10-08T09:00")
    assert due.next("0 9 * * MON#1", local("2026-10-06T08:00"), OFFICE, shift=True) == local("2026-10-08T09:00")
    assert due.next("0 9 * * MON#1", local("2026-10-08T09:00"), OFFICE, shift=True) == local("2026-11-02T09:00")
    assert due.next("0 9 * * MON#1", before, OFFICE) == local("2026-10-05T09:00")


def test_an_expression_is_read_once() -> None:
    assert cron.parse("0 9 * * MON#1") is cron.parse("0 9 * * MON#1")
