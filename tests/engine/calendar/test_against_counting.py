"""Working hours, cron and resolution against slow and simple counting."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import errors
from engine.calendar import calendars, cron, due, working
from engine.calendar.working import Calendar
from engine.people import resolve
from engine.people.organisation import Member, Organisation
from engine.storage.models import loads

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = Calendar("CN", SHANGHAI, working.spans(["09:00-12:00", "13:30-18:00"]), {}, frozenset(), frozenset())
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def is_at_work(moment: datetime) -> bool:
    """Whether people are at work in the minute that begins at `moment`."""
    local = moment.astimezone(SHANGHAI)
    return OFFICE.is_working_day(local.date()) and any(opens <= local.time() < closes for opens, closes in OFFICE.hours)


@settings(max_examples=25, deadline=None)
@given(MOMENTS, st.integers(1, 60))
def test_working_hours_are_the_minutes_at_work(start: datetime, quarters: int) -> None:
    moment, left = start, quarters * 15
    while left:
        left -= is_at_work(moment)
        moment += timedelta(minutes=1)
    assert OFFICE.add_hours(start, Decimal(quarters) / 4) == moment


@settings(max_examples=40, deadline=None)
@given(MOMENTS, st.integers(1, 40))
def test_working_days_are_counted_one_by_one(start: datetime, count: int) -> None:
    day, left = start.astimezone(SHANGHAI).date(), count
    while left:
        day += timedelta(days=1)
        left -= OFFICE.is_working_day(day)
    assert OFFICE.add(f"{count}wd", start) == OFFICE.end_of(day)
    assert due.compute(f"{count}wd", start, OFFICE) == OFFICE.end_of(day)


@settings(max_examples=40, deadline=None)
@given(
    MOMENTS,
    st.sets(st.integers(0, 59), min_size=1, max_size=3),
    st.sets(st.integers(0, 23), min_size=1, max_size=3),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1, max_size=3),
)
def test_a_cron_fires_in_the_first_minute_that_fits(
    start: datetime, minutes: set[int], hours: set[int], days: set[str]
) -> None:
    text = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} * * {','.join(sorted(days))}"
    moment = start + timedelta(minutes=1)
    while True:
        local = moment.astimezone(SHANGHAI)
        if local.minute in minutes and local.hour in hours and WEEKDAYS[local.weekday()] in days:
            break
        moment += timedelta(minutes=1)
    assert cron.parse(text).after(start, SHANGHAI) == moment


@settings(max_examples=60, deadline=None)
@given(MOMENTS, st.sampled_from(WEEKDAYS), st.integers(1, 5))
def test_the_nth_weekday_is_the_nth_of_its_month(start: datetime, weekday: str, nth: int) -> None:
    found = cron.parse(f"0 9 * * {weekday}#{nth}").after(start, SHANGHAI)
    assert found is not None and found > start
    day = found.astimezone(SHANGHAI).date()
    same = [day.replace(day=n) for n in range(1, day.day + 1) if day.replace(day=n).weekday() == WEEKDAYS.index(weekday)]
    assert len(same) == nth and same[-1] == day


@settings(max_examples=60, deadline=None)
@given(MOMENTS, st.sampled_from(["0 9 * * MON#1", "0 15 * * FRI", "30 8 1 * *", "0 9 L * *"]))
def test_a_shifted_occurrence_is_a_working_day_and_none_is_lost_or_doubled(start: datetime, text: str) -> None:
    plain, shifted, seen = start, start, []
    for _each in range(4):
        shifted = due.next(text, shifted, OFFICE, shift=True) or start
        seen.append(shifted)
        assert OFFICE.is_working_day(shifted.astimezone(SHANGHAI).date())
    assert seen == sorted(set(seen))
    for _each in range(3):
        plain = due.next(text, plain, OFFICE) or start
        local = plain.astimezone(SHANGHAI)
        assert OFFICE.local(OFFICE.next_working_day(local.date()), local.time()) in seen


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=400)
    | st.text(max_size=200).map(lambda text: ("date,is_workday\n" + text).encode())
    | st.text(max_size=200).map(lambda text: ('{"days": [' + text + "]}").encode())
)
def test_no_file_breaks_the_import_of_a_notice(content: bytes) -> None:
    try:
        years = calendars.read_notice(content)
    except errors.Invalid:
        return
    assert years and all(isinstance(each.day, date) for year in years for each in year.days)


NAMES = st.sampled_from(["ann", "bob", "cat", "dis", "adm", "ghost"])
GROUPS = st.sampled_from(["one", "two", "empty", "disabled", "unknown"])


def office() -> Organisation:
    people = {
        name: Member(name, name, None, None, "内部", name == "adm", name == "dis", None)
        for name in ("ann", "bob", "cat", "dis", "adm")
    }
    groups = {"one": ("ann", "bob"), "two": ("cat",), "empty": (), "disabled": ("dis",)}
    return Organisation("acme", "x", "Asia/Shanghai", "cn", [], {}, {}, 1, people, {}, groups)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(NAMES, max_size=3),
    st.lists(NAMES, max_size=3),
    st.lists(GROUPS, max_size=3),
    GROUPS | st.none(),
    st.sets(NAMES, max_size=4),
    st.lists(NAMES | GROUPS, max_size=2),
)
def test_nobody_who_may_not_act_is_ever_asked_and_somebody_is_whenever_possible(
    assignee, users, groups, lane, excluded, empty
) -> None:
    company = office()
    found = resolve.resolve(company, assignee=assignee, users=users, groups=groups, lane=lane, excluded=excluded, empty=empty)
    may_act = {name for name in ("ann", "bob", "cat", "adm") if name not in excluded}
    assert set(found.usernames) <= may_act
    assert all(set(company.members_of(group)) & may_act for group in found.groups)
    assert not found.is_empty or "adm" in excluded
    assert loads(found.reason)["code"] in resolve.REASONS
    text, values = resolve.words(found.reason, company)
    assert text % values
