"""Several working calendars of a company: a step counts by its own, its process's, the company's; changes move only those."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engine import errors
from engine.background.worker import Worker
from engine.calendar.working import Calendar
from engine.deadlines import calendar_changes, calendar_uses, named_calendars, suspending
from engine.deadlines.named_calendars import CalendarValues
from engine.deploying.deployment import DeploymentRefused
from engine.people import organisation
from engine.people.actors import Actor
from engine.people.working.named import STANDARD
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.organisation import departments, persons
from tests.cast import Cast
from tests.engine import kit
from tests.engine.kit import NOW

ALL_DAY = CalendarValues("客服 7×24", "none", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "", ("00:00-24:00",))
PLANT = CalendarValues("工厂", "cn", ("mon", "tue", "wed", "thu", "fri"), "2026-03-07", ("08:00-12:00", "13:00-17:00"))
FRIDAY = datetime(2026, 3, 6, 10, tzinfo=UTC)  # 18:00 in Shanghai; NOW is Monday, 2 March


def now_of(database: databases.Database, by: Actor) -> Actor:
    """The person as the next request finds him."""
    with database.reading(by.company_id) as session:
        return replace(by, organisation_version=organisation.current(session, by.company_id).organisation_version)


def make(database: databases.Database, cast: Cast, *calendars: CalendarValues) -> None:
    for values in calendars:
        with database.transaction() as session:
            named_calendars.add(session, cast.owner, values, now=NOW)


def begin(database: databases.Database, cast: Cast, *, process: str = "", step: str = "", due: str = "4wd") -> int:
    steps = kit.task("a", groups="客服专员", due=due, **({"calendar": step} if step else {}))
    more = {"calendar": process} if process else {}
    content = (kit.start(), steps, kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, now_of(database, cast.owner), kit.diagram("asked", *content, due=due, **more))
    return kit.begin(database, now_of(database, cast.clerk), "asked")


def due_of(database: databases.Database, case: int) -> tuple[datetime | None, datetime | None]:
    (task,) = kit.rows(database, models.UserTask, instance_key=case)
    return task.due_at, kit.instance(database, case).due_at


def set_day(database: databases.Database, cast: Cast, name: str, day: date, is_workday: bool | None = False) -> int:
    with database.transaction() as session:
        return calendar_changes.set_days(session, cast.owner, name, {day: is_workday}, "检修", now=NOW).moved


def test_a_step_counts_by_its_own_calendar_its_case_by_that_of_the_process(database, cast) -> None:
    make(database, cast, ALL_DAY, PLANT)
    case = begin(database, cast, process="工厂", step="客服 7×24", due="6wd")
    step, whole = due_of(database, case)
    assert step == datetime(2026, 3, 8, 15, 59, tzinfo=UTC)  # the end of Sunday
    assert whole == datetime(2026, 3, 9, 9, tzinfo=UTC)  # Saturday is worked in a big week: 3 to 7 March, then Monday


def test_without_a_name_the_default_counts_and_the_standard_calendar_can_be_named(database, cast) -> None:
    make(database, cast, ALL_DAY)
    with database.transaction() as session:
        named_calendars.choose_default(session, cast.owner, "客服 7×24", now=NOW)
    step, whole = due_of(database, begin(database, cast, step=STANDARD))
    assert (step, whole) == (FRIDAY, datetime(2026, 3, 6, 15, 59, tzinfo=UTC))


def test_another_default_moves_what_names_none_and_nothing_else(database, cast) -> None:
    make(database, cast, ALL_DAY)
    case = begin(database, cast, step=STANDARD, due="5wd")
    with database.transaction() as session:
        tried = named_calendars.choose_default(session, cast.owner, "客服 7×24", now=NOW, is_rehearsal=True)
        assert (len(tried.changes), tried.moved) == (1, 0)
    assert due_of(database, case)[1] == datetime(2026, 3, 9, 10, tzinfo=UTC)
    with database.transaction() as session:
        assert named_calendars.choose_default(session, cast.owner, "客服 7×24", now=NOW).moved == 1
    assert due_of(database, case) == (datetime(2026, 3, 9, 10, tzinfo=UTC), datetime(2026, 3, 7, 15, 59, tzinfo=UTC))


def test_a_day_of_one_calendar_moves_only_what_counts_by_it(database, cast) -> None:
    make(database, cast, PLANT)
    case = begin(database, cast, process="工厂", step=STANDARD)
    assert set_day(database, cast, "工厂", date(2026, 3, 5)) == 1
    assert due_of(database, case) == (FRIDAY, datetime(2026, 3, 7, 9, tzinfo=UTC))
    assert set_day(database, cast, STANDARD, date(2026, 3, 4)) == 1
    assert due_of(database, case) == (datetime(2026, 3, 9, 10, tzinfo=UTC), datetime(2026, 3, 7, 9, tzinfo=UTC))
    assert set_day(database, cast, "工厂", date(2026, 3, 5), None) == 1
    assert due_of(database, case)[1] == datetime(2026, 3, 6, 9, tzinfo=UTC)


def test_of_a_rehearsal_nothing_stays(database, cast) -> None:
    make(database, cast, PLANT)
    case = begin(database, cast, process="工厂")
    before, days = due_of(database, case), {date(2026, 3, 5): False}
    with database.transaction() as session:
        tried = calendar_changes.set_days(session, cast.owner, "工厂", days, "", now=NOW, is_rehearsal=True)
        assert {each.after.due_at for each in tried.changes} == {datetime(2026, 3, 7, 9, tzinfo=UTC)}
    assert due_of(database, case) == before
    assert kit.rows(database, models.CalendarDay) == [] == kit.rows(database, models.HistoryEvent, kind="rescheduled")
    assert [row.kind for row in kit.rows(database, models.OrganisationEvent)] == ["calendar_added"]


def test_other_hours_move_deadlines_and_a_renamed_calendar_is_still_meant(database, cast) -> None:
    make(database, cast, PLANT)
    case = begin(database, cast, process="工厂")
    later = CalendarValues("一厂", "cn", PLANT.weekdays, PLANT.every_second, ("08:00-12:00", "13:00-18:00"))
    with database.transaction() as session:
        assert named_calendars.alter(session, cast.owner, "工厂", later, now=NOW).moved == 2
    assert due_of(database, case) == (FRIDAY, FRIDAY)
    assert due_of(database, begin(database, cast, process="工厂"))[0] == FRIDAY


def test_a_calendar_by_which_anything_counts_is_not_taken_away_and_it_is_said_by_what(database, cast) -> None:
    make(database, cast, PLANT, ALL_DAY)
    case = begin(database, cast, process="工厂")
    with database.transaction() as session:
        unit = departments.DepartmentValues("客服部", "", "", "工厂")
        departments.open(session, cast.owner, unit, id="shop", now=NOW)
    with pytest.raises(errors.Conflict, match="asked"), database.transaction() as session:
        named_calendars.remove(session, cast.owner, "工厂", now=NOW)
    begin(database, cast)  # a version without it; the case of before still runs
    with database.reading("acme") as session:
        company = organisation.current(session, "acme")
        used = calendar_uses.uses(session, company, company.calendars["工厂"])
    assert [(each.kind, each.name) for each in used] == [("process", "流程 asked"), ("department", "客服部")]
    kit.complete(database, cast.clerk, case, "a")
    with pytest.raises(errors.Conflict, match="客服部"), database.transaction() as session:
        named_calendars.remove(session, cast.owner, "工厂", now=NOW)
    with database.transaction() as session:
        named_calendars.remove(session, cast.owner, "客服 7×24", now=NOW)
    assert [row.name for row in kit.rows(database, models.WorkingCalendar)] == ["工厂"]


@pytest.mark.parametrize("where", ["process", "step"])
def test_an_unknown_calendar_is_refused_with_the_nearest(database, cast, where) -> None:
    make(database, cast, PLANT)
    with pytest.raises(DeploymentRefused) as refused:
        begin(database, cast, **{where: "工厂区"})
    assert [str(each) for each in refused.value.problems] == ["There is no working calendar “工厂区”. Did you mean “工厂”?"]


@pytest.mark.parametrize(
    "values, field",
    [
        (CalendarValues(""), "name"),
        (CalendarValues(STANDARD), "name"),
        (CalendarValues("x", "xx"), "holidays"),
        (CalendarValues("x", weekdays=()), "weekdays"),
        (CalendarValues("x", every_second="2026-02-30"), "every_second"),
        (CalendarValues("x", hours=("22:00-06:00",)), "hours"),
        (CalendarValues("x", hours=("00:00-24:00", "08:00-09:00")), "hours"),
        (CalendarValues("x", hours=()), "hours"),
    ],
)
def test_what_no_calendar_can_be_is_refused_at_its_field(database, cast, values, field) -> None:
    with pytest.raises(errors.Invalid) as refused, database.transaction() as session:
        named_calendars.add(session, cast.owner, values, now=NOW)
    assert list(refused.value.fields or {}) == [field]


def test_only_administrators_change_calendars_and_only_their_own(database, cast) -> None:
    make(database, cast, PLANT)
    for change in (
        lambda session, by: named_calendars.add(session, by, ALL_DAY, now=NOW),
        lambda session, by: named_calendars.alter(session, by, "工厂", ALL_DAY, now=NOW),
        lambda session, by: named_calendars.choose_default(session, by, "工厂", now=NOW),
        lambda session, by: named_calendars.remove(session, by, "工厂", now=NOW),
    ):
        with pytest.raises(errors.Forbidden), database.transaction() as session:
            change(session, cast.clerk)
    assert [row.name for row in kit.rows(database, models.WorkingCalendar)] == ["工厂"]


def test_a_timer_on_a_step_counts_by_the_calendar_of_the_step(database, cast) -> None:
    make(database, cast, ALL_DAY)
    wait = kit.boundary("wait", "a", kit.timer("timeDuration", "5wd"), interrupting=False)
    content = (kit.start(), kit.task("a", groups="客服专员", calendar="客服 7×24"), wait, kit.end(), kit.end("told"))
    drawn = (*content, kit.chain("started", "a", "done"), kit.flow("wait", "told"))
    kit.deploy(database, now_of(database, cast.owner), kit.diagram("asked", *drawn))
    kit.begin(database, now_of(database, cast.clerk), "asked")
    (timer,) = kit.rows(database, models.Timer)
    assert timer.due_at == datetime(2026, 3, 7, 15, 59, tzinfo=UTC)
    assert set_day(database, cast, "客服 7×24", date(2026, 3, 5)) == 1
    assert kit.rows(database, models.Timer)[0].due_at == datetime(2026, 3, 8, 15, 59, tzinfo=UTC)


def test_what_was_left_when_a_case_was_held_up_is_left_by_the_same_calendar(database, cast) -> None:
    make(database, cast, ALL_DAY)
    case = begin(database, cast, step="客服 7×24", due="5wd")
    with database.transaction() as session:
        suspending.suspend(session, now_of(database, cast.owner), case, "停一停", now=NOW)
    with database.transaction() as session:
        suspending.resume(session, now_of(database, cast.owner), case, now=NOW + timedelta(days=5))  # on Saturday
    assert due_of(database, case) == (datetime(2026, 3, 12, 15, 59, tzinfo=UTC), FRIDAY + timedelta(days=7))


def test_working_days_in_expressions_are_those_of_the_process(database, cast) -> None:
    make(database, cast, PLANT)
    case = begin(database, cast, process="工厂", due="=working days after(today(), 5)")
    assert due_of(database, case)[0] == datetime(2026, 3, 7, 9, tzinfo=UTC)


def test_a_person_has_the_calendar_of_his_department_or_one_of_his_own(database, cast) -> None:
    make(database, cast, PLANT, ALL_DAY)
    with database.reading("acme") as session:
        company = organisation.current(session, "acme")
        unit, clerk = company.departments["service"], persons.values_now(company.people["clerk2"])
    with database.transaction() as session:
        told = departments.DepartmentValues(unit.name, unit.parent or "", unit.head or "", "工厂")
        departments.alter(session, cast.owner, "service", told, now=NOW)
        values = persons.PersonValues(clerk.name, clerk.department, calendar="客服 7×24")
        persons.alter(session, cast.owner, "clerk2", values, now=NOW)
    with database.reading("acme") as session:
        company = organisation.current(session, "acme")
        assert [company.calendar_of(name) for name in ("clerk", "clerk2", "owner")] == ["工厂", "客服 7×24", ""]
        saturday = date(2026, 3, 7)
        assert Calendar.of(session, company, company.calendar_of("clerk")).is_working_day(saturday)


def test_a_reminder_in_working_days_comes_when_work_begins_for_who_holds_it(database, cast) -> None:
    make(database, cast, PLANT)
    with database.reading("acme") as session:
        clerk = persons.values_now(organisation.current(session, "acme").people["clerk"])
    with database.transaction() as session:
        told = persons.PersonValues(clerk.name, clerk.department, calendar="工厂")
        persons.alter(session, cast.owner, "clerk", told, now=NOW)
    steps = kit.task("a", assignee="clerk", due="1wd", remind="1wd")
    kit.deploy(
        database,
        now_of(database, cast.owner),
        kit.diagram("asked", kit.start(), steps, kit.end(), kit.chain("started", "a", "done")),
    )
    kit.begin(database, now_of(database, cast.clerk), "asked")
    Worker(database, lambda: FRIDAY).run_once()
    asked = [job.run_at for job in kit.rows(database, models.Job, type="user_tasks.remind")]
    assert asked == [datetime(2026, 3, 7, 0, tzinfo=UTC)]  # Saturday, eight o'clock
