"""The calendar page: the year's days, a loud word on years that are only estimated, and taking in a notice."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import flask
import pytest
from sqlalchemy import select

from engine.calendar.working import Calendar
from engine.people import organisation
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.conftest import Clock
from tests.web.pages import Browser, Page
from web.processes import calendar_words

SignedIn = Callable[..., Browser]
ESTIMATED = "节假日安排未公布"
NOTICE = """{"year": 2027, "days": [{"name": "春节", "date": "2027-02-05", "isOffDay": true},
 {"name": "春节", "date": "2027-02-20", "isOffDay": false}, {"name": "元旦", "date": "2026-12-31", "isOffDay": true}]}"""


def upload(someone: Browser, content: str | bytes, status: int = 200, name: str = "notice.json", year: int = 2026) -> Page:
    data = content.encode() if isinstance(content, str) else content
    return someone.send(f"/calendar?year={year}", {"file": (io.BytesIO(data), name)}, status)


def cell(page: Page, month: int, day: int) -> str:
    """The word that marks a day."""
    found = page.tree.xpath(
        f"//section[@aria-labelledby='month-{month}']//td/button[span[@class='date']='{day}']/span[@class='sign']"
    )
    return found[0].text_content() if found else ""


def test_holidays_and_make_up_workdays_are_marked_by_words(signed_in: SignedIn) -> None:
    page = signed_in("owner").get("/calendar")
    assert "2026" in page.words("h1/following-sibling::nav")
    assert (cell(page, 10, 1), cell(page, 10, 10), cell(page, 10, 12), cell(page, 10, 17)) == ("休", "班", "", "")
    assert "国庆节" in page.words(".special") and "7 天" in page.words(".special")
    assert "已录入国家放假安排" in page.words(".page-head")


def test_a_year_without_its_notice_is_loudly_only_estimated(signed_in: SignedIn) -> None:
    page = signed_in("owner").get("/calendar?year=2027")
    assert "2027 年放假调休安排尚未导入" in page.words("@role='alert'")
    assert "暂估" in page.words(".page-head")


@pytest.mark.parametrize("year", ["1066", "99999", "-5", "x", ""])
def test_a_year_far_away_shows_one_that_is_offered(signed_in: SignedIn, year: str) -> None:
    assert signed_in("owner").get(f"/calendar?year={year}").words("h1")


def test_taking_in_the_notice_settles_the_year_for_this_company(signed_in: SignedIn, database: databases.Database) -> None:
    page = upload(signed_in("owner"), NOTICE)
    assert "2027" in page.words(".flash") and "已录入国家放假安排" in page.words(".page-head")
    assert (cell(page, 2, 5), cell(page, 2, 20)) == ("休", "班")
    with database.reading() as session:
        mine, other = (Calendar.of(session, organisation.current(session, name)) for name in (COMPANY, "elsewhere"))
    assert mine.is_official(2027) and not other.is_official(2027)
    assert not mine.is_working_day(date(2026, 12, 31)) and not mine.is_working_day(date(2026, 10, 1))


def test_a_csv_from_a_spreadsheet_adds_days_of_our_own(signed_in: SignedIn) -> None:
    content = "date,is_workday,note\r\n2026-06-10,休,厂庆\r\n".encode("gb18030")
    page = upload(signed_in("owner"), content, name="own.csv")
    assert cell(page, 6, 10) == "休" and "厂庆" in page.words(".special") and "已录入国家放假安排" in page.words(".page-head")


def test_everything_wrong_with_a_file_is_listed_and_nothing_is_taken(signed_in: SignedIn, database: databases.Database) -> None:
    content = "date,is_workday,note\n2026-02-30,1,\n2026-03-05,perhaps,\n2026-03-06,0,\n2026-03-06,1,\n"
    page = upload(signed_in("owner"), content, 422, "wrong.csv")
    listed = page.tree.xpath("//*[@role='alert']//li")
    assert [("2026-02-30" in each.text_content(), "第" in each.text_content()) for each in listed] == [
        (True, True),
        (False, True),
        (False, True),
    ]
    with database.reading() as session:
        assert session.execute(select(models.CalendarDay)).first() is None


@pytest.mark.parametrize("content", ["", "{}", "[1]", "hello", "{" * 50_000, '{"days": 5}', '{"days": [{"date": 5}]}'])
def test_a_file_that_is_no_notice_is_refused_in_words(signed_in: SignedIn, content: str) -> None:
    assert upload(signed_in("owner"), content, 422).words("@role='alert'")


def test_no_file_is_refused_in_words(signed_in: SignedIn) -> None:
    assert signed_in("owner").post("/calendar", 422).words("@role='alert'")


def test_it_is_for_administrators_only(signed_in: SignedIn) -> None:
    assert "/calendar" in signed_in("owner").get("/inbox").links()
    clerk = signed_in("clerk")
    assert "/calendar" not in clerk.get("/inbox").links()
    clerk.get("/calendar", 403)
    upload(clerk, NOTICE, 403)


def begin(database: databases.Database, cast: Cast, clock: Clock, due: str) -> tuple[int, int]:
    task = kit.task("a", groups="客服专员", due=due)
    diagram = kit.diagram("asked", kit.start(), task, kit.end(), kit.chain("started", "a", "done"), due=due)
    kit.deploy(database, cast.owner, diagram)
    case = kit.begin(database, cast.clerk, "asked", now=clock.moment)
    return case, kit.open_task(database, case, "a")


def test_a_deadline_in_an_estimated_year_says_so_on_task_and_case(
    signed_in: SignedIn, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    clock.moment = datetime(2026, 12, 30, 2, tzinfo=UTC)
    case, task = begin(database, cast, clock, "5wd")
    clerk = signed_in("clerk")
    assert ESTIMATED in clerk.get(f"/tasks/{task}").words(".page-head")
    page = clerk.get(f"/cases/{case}")
    assert ESTIMATED in page.words(".page-head") and ESTIMATED in page.words(".place")
    upload(signed_in("owner"), NOTICE)
    assert ESTIMATED not in clerk.get(f"/tasks/{task}").text + clerk.get(f"/cases/{case}").text


@pytest.mark.parametrize("moment, due", [((2026, 12, 30), "9d"), ((2026, 3, 2), "5wd")])
def test_a_certain_deadline_says_nothing_of_estimates(
    signed_in: SignedIn, database: databases.Database, cast: Cast, clock: Clock, moment: tuple[int, int, int], due: str
) -> None:
    clock.moment = datetime(*moment, 2, tzinfo=UTC)
    case, task = begin(database, cast, clock, due)
    clerk = signed_in("clerk")
    assert ESTIMATED not in clerk.get(f"/tasks/{task}").text + clerk.get(f"/cases/{case}").text


def test_the_case_tells_that_its_deadline_moved_and_from_when_to_when(
    signed_in: SignedIn, database: databases.Database, cast: Cast, clock: Clock
) -> None:
    case, task = begin(database, cast, clock, "5wd")
    page = upload(signed_in("owner"), "date,is_workday,note\n2026-03-05,0,台风\n", name="own.csv")
    assert "2 项" in page.words(".flash")
    told = signed_in("clerk").get(f"/cases/{case}").words(".timeline")
    assert "3月9日 18:00 → 3月10日 18:00" in told
    clock.moment += timedelta(minutes=5)
    signed_in("clerk").post(f"/tasks/{task}/complete", outcome="submit")


def click(someone: Browser, day: str, kind: str, status: int = 200, note: str = "") -> Page:
    """A day clicked and kept; what it would move is looked at in between."""
    mark = f"{day},{kind}"
    someone.post("/calendar/days", status=403 if status == 403 else 200 if status != 404 else 404, day=mark)
    return someone.post("/calendar/days", status=status, mark=mark, note=note, step="save")


def test_a_day_is_turned_by_a_click_and_back_and_deadlines_follow(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.diagram("p", kit.start(), kit.task("a", assignee="clerk", due="2wd"), kit.end(), kit.chain("started", "a", "done")),
    )
    kit.begin(database, cast.clerk, "p")
    owner = signed_in("owner")
    page = click(owner, "2026-03-03", "off", note="台风停工")
    assert cell(page, 3, 3) == "休" and "台风停工" in page.words(".special") and "变动 1 项" in page.words(".flash")
    assert due_day(database) == date(2026, 3, 5)
    page = click(owner, "2026-03-03", "usual")
    assert cell(page, 3, 3) == "" and due_day(database) == date(2026, 3, 4)
    assert cell(click(owner, "2026-03-07", "work"), 3, 7) == "班"


def due_day(database: databases.Database) -> date:
    with database.reading(COMPANY) as session:
        return session.execute(select(models.UserTask.due_at)).scalar_one().date()


def test_only_administrators_turn_days_and_only_real_ones(signed_in: SignedIn) -> None:
    click(signed_in("clerk"), "2026-03-03", "off", 403)
    click(signed_in("owner"), "2026-02-30", "off", 404)
    click(signed_in("owner"), "2026-03-03", "maybe", 404)
    click(signed_in("owner"), "2026-03-03", "off", 422, note="长" * 61)


def test_a_second_calendar_is_made_named_by_a_process_marked_after_a_look_at_what_moves_and_kept_while_it_is_used(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    owner, of = signed_in("owner"), "/calendar/settings?of=工厂"
    page = owner.post("/calendar/new", status=422, name="工厂", hours="22:00-06:00", weekdays=["mon"], holidays="none")
    assert "22:00-24:00" in page.words(".field-error")
    week = {"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat"], "holidays": "none"}
    page = owner.post("/calendar/new", name="工厂", hours="08:00-12:00，13:00-17:00", **week)
    assert "尚未被采用" in page.words(".calendar-uses") and "标准日历（默认）" in page.words(".tabs")
    task = kit.task("a", assignee="clerk", due="5wd")
    with database.reading(COMPANY) as session:
        by = replace(cast.owner, organisation_version=organisation.current(session, COMPANY).organisation_version)
    content = (kit.start(), task, kit.end(), kit.chain("started", "a", "done"))
    kit.deploy(database, by, kit.diagram("p", *content, calendar="工厂"))
    kit.begin(database, replace(cast.clerk, organisation_version=by.organisation_version), "p")
    assert due_day(database) == date(2026, 3, 7)
    page = owner.post("/calendar/days?of=工厂", mark="2026-03-05,off", step="preview")
    assert "待办期限 1 项" in page.words(".marks-moves") and "3月9日" in page.words(".moves")
    assert due_day(database) == date(2026, 3, 7)
    owner.post("/calendar/days?of=工厂", mark="2026-03-05,off", step="save")
    assert due_day(database) == date(2026, 3, 9)
    settings = {"name": "一厂", "hours": "08:00-12:00", **week}
    page = owner.post(of, step="preview", **settings)
    assert "待办期限 1 项" in page.words(".marks-moves") and due_day(database) == date(2026, 3, 9)
    page = owner.post(of, step="save", **settings)
    assert "p" in page.words(".calendar-uses") and cell(page, 3, 5) == "休"
    owner.post("/calendar/settings?of=一厂", step="save", **{**settings, "weekdays": ["mon", "sat"], "holidays": "cn"})
    told = owner.get("/organisation/log").words("main")
    assert "周一、周二、周三、周四、周五、周六 → 周一、周六" in told and "不计法定节假日 → 法定节假日：中国" in told
    assert "正在采用此日历" in owner.post("/calendar/remove?of=一厂", status=409).words(".problems")
    signed_in("clerk").post("/calendar/remove?of=一厂", status=403)
    owner.get("/calendar?of=没有", 404)


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("农历除夕、春节", "Lunar New Year's Eve, Spring Festival"),
        ("劳动节（补假）", "Labour Day (day in lieu)"),
        ("休息日（由 2026-01-04 调休）", "day off, for work on 2026-01-04"),
        ("厂庆", "厂庆"),
    ],
)
def test_public_holidays_are_called_so_in_english_and_own_days_as_people_wrote(
    app: flask.Flask, stored: str, told: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert calendar_words.note(stored) == told
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert calendar_words.note(stored) == stored
