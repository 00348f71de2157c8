"""Working calendars in a company's folder: taken in, obeyed, left when a page changed them, exported and brought back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine import errors
from engine.calendar.working import Calendar
from engine.commands import deploying
from engine.deadlines import calendar_changes, named_calendars
from engine.deploying import exporting
from engine.deploying.company_files import companies
from engine.people import actors, organisation
from engine.people.working.named import STANDARD
from engine.storage import database as databases
from engine.storage import models
from tests.engine import kit

TOML = """
id = "works"
name = "大河机械"
default_calendar = "工厂"
administrators = ["owner"]
[[working_calendar]]
name = "工厂"
every_second = "2026-03-07"
hours = ["08:00-12:00", "13:00-17:00"]
[[working_calendar]]
name = "客服 7×24"
holidays = "none"
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
hours = ["00:00-24:00"]
[[department]]
id = "service"
name = "客服部"
calendar = "客服 7×24"
[[person]]
username = "owner"
name = "欧流程"
[[person]]
username = "clerk"
name = "陈办事"
department = "service"
"""
SATURDAY, SUNDAY, MONDAY = date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9)


def placed(folder: Path, text: str = TOML, marks: str = "") -> deploying.Source:
    home = folder / "workflows" / "works"
    (home / "calendar").mkdir(parents=True, exist_ok=True)
    (folder / "bpmn" / "works").mkdir(parents=True, exist_ok=True)
    (home / "company.toml").write_text(text, encoding="utf-8")
    if marks:
        (home / "calendar" / "by_hand.csv").write_text(f"calendar,date,is_workday,note\n{marks}\n", encoding="utf-8")
    [found] = deploying.sources_of(str(folder))
    return found


def works(database: databases.Database, name: str, day: date) -> bool:
    with database.reading() as session:
        return Calendar.of(session, organisation.current(session, "works"), name).is_working_day(day)


def test_calendars_default_and_who_has_one_are_taken_in_and_come_back_as_the_same_bytes(
    database: databases.Database, tmp_path: Path
) -> None:
    assert deploying.deploy_source(database, placed(tmp_path, marks="工厂,2026-03-09,0,检修\n标准日历,2026-03-10,0,台风")) == 0
    assert [works(database, "", day) for day in (SATURDAY, SUNDAY, MONDAY)] == [True, False, False]
    assert [works(database, STANDARD, day) for day in (SATURDAY, MONDAY, date(2026, 3, 10))] == [False, True, False]
    with database.reading() as session:
        company, first = organisation.current(session, "works"), exporting.export(session, "works").files
    assert company.calendar_of("clerk") == "客服 7×24" and works(database, "客服 7×24", SUNDAY)
    exporting.write(exporting.Export(first), tmp_path / "out")
    other = databases.connect(f"sqlite:///{tmp_path / 'other.sqlite'}")
    databases.create_all(other)
    [again] = deploying.sources_of(str(tmp_path / "out"))
    assert deploying.deploy_source(other, again) == 0
    with other.reading() as session:
        assert exporting.export(session, "works").files == first
    other.close()


def test_what_a_page_changed_is_left_and_with_replace_the_folder_is_obeyed(
    database: databases.Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = placed(tmp_path, marks="工厂,2026-03-09,0,检修")
    deploying.deploy_source(database, given)
    with database.transaction("works") as session:
        owner = actors.load(session, "works", "owner")
        assert owner is not None
        named_calendars.alter(session, owner, "工厂", named_calendars.CalendarValues("工厂", "cn"), now=kit.NOW)
        calendar_changes.set_days(session, owner, "工厂", {MONDAY: None}, "", now=kit.NOW)
    capsys.readouterr()
    deploying.deploy_source(database, given)
    told = capsys.readouterr().out
    assert "working calendar 工厂: hours, every_second differ" in told and "days by hand 工厂: days differ" in told
    assert [works(database, "工厂", day) for day in (SATURDAY, MONDAY)] == [False, True]
    deploying.deploy_source(database, given, replace=True)
    assert [works(database, "工厂", day) for day in (SATURDAY, MONDAY)] == [True, False]


def test_a_calendar_that_the_folder_no_longer_names_goes_with_replace_unless_something_counts_by_it(
    database: databases.Database, tmp_path: Path
) -> None:
    deploying.deploy_source(database, placed(tmp_path))
    with database.transaction("works") as session:
        owner = actors.load(session, "works", "owner")
        assert owner is not None
        named_calendars.choose_default(session, owner, "工厂", now=kit.NOW)
    head, _plant, rest = TOML.partition('[[working_calendar]]\nname = "工厂"')
    less = head.replace('default_calendar = "工厂"\n', "") + rest[rest.index("[[working_calendar]]") :]
    deploying.deploy_source(database, placed(tmp_path, less))
    assert {row.name for row in kit.rows(database, models.WorkingCalendar)} == {"工厂", "客服 7×24"}
    deploying.deploy_source(database, placed(tmp_path, less), replace=True)
    assert {row.name for row in kit.rows(database, models.WorkingCalendar)} == {"客服 7×24"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('calendar = "客服 7×24"', 'calendar = "客服7×24"', "there is no working calendar 客服7×24, did you mean 客服 7×24?"),
        ('default_calendar = "工厂"', 'default_calendar = "工厂部"', "there is no working calendar 工厂部"),
        ("every_second", "every_secnd", "unknown setting every_secnd in working_calendar of 工厂, did you mean every_second?"),
        ('"2026-03-07"', '"7 March"', "working_calendar 工厂: every_second"),
        ('"sun"]', '"sunday"]', "sunday is no weekday"),
        ('"13:00-17:00"', '"22:00-06:00"', "pass midnight"),
        ('name = "工厂"', 'name = "标准日历"', "give another name"),
    ],
)
def test_what_is_wrong_is_told_with_the_nearest_name(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        companies.load(placed_file(tmp_path, TOML.replace(old, new, 1)))
    assert told in str(refused.value)


def placed_file(folder: Path, text: str) -> Path:
    path = folder / "company.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_line_of_days_that_cannot_be_read_is_named(database: databases.Database, tmp_path: Path) -> None:
    with pytest.raises(errors.Invalid, match="line 2"):
        deploying.deploy_source(database, placed(tmp_path, marks="工厂,2026-02-30,0,检修"))
    with pytest.raises(errors.Invalid, match="工场"):
        deploying.deploy_source(database, placed(tmp_path, marks="工场,2026-03-09,0,检修"))
