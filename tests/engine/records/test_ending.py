"""The end of a record's term of secrecy [保密期限] is work for its keeper: told once beforehand and once on the day, and listed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.background import secrecy_ends
from engine.background.worker import Worker
from engine.cases import look_ups
from engine.people import actors, organisation
from engine.queries import paging
from engine.queries.inbox import notices
from engine.records import catalogue, records
from engine.records.knowing import ending
from engine.storage import keys, models
from tests.conftest import NOW

RIGHTS = {
    "readers": ["客服专员"],
    "keepers": ["部门负责人", "主管领导"],
    "saved_by": ["sample"],
    "circle": "known_to",
    "circle_until": "until",
    "circle_warning": "warnDays",
}
LAST = date(2026, 3, 10)


@pytest.fixture
def company(rights: Any, people: Any) -> Any:
    """Records are known to 部门负责人 and 客服专员 until a day; their keeper is told five days before."""
    with rights.transaction() as session:
        row = models.Company
        session.execute(update(row).where(row.id == "acme").values(settings={"records": RIGHTS, "warnDays": 5}))
        session.execute(update(models.Person).where(models.Person.username == "manager").values(clearance="绝密"))
        organisation.changed(session, "acme")
    return rights


def enter(database: Any, name: str = "青禾置业", keeper: str | None = "clerk", until: date | None = LAST) -> int:
    content = {"owner": "方正平", "known_to": ["部门负责人", "客服专员"], "until": until and until.isoformat()}
    with database.transaction("acme") as session:
        company, by = organisation.current(session, "acme"), actors.SYSTEM("acme")
        return records.enter(session, company, by, records.NewRecord(name, "秘密", content, keeper=keeper), now=NOW).key


def at(day: date, hour: int = 1) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=NOW.tzinfo)


def look(database: Any, day: date) -> None:
    with database.transaction() as session:
        secrecy_ends.tell(session, {"company": "acme"}, now=at(day))


def told(database: Any) -> list[tuple[str, str]]:
    with database.reading("acme") as session:
        return [(row.username, row.subject) for row in session.scalars(select(models.Notice).order_by(models.Notice.key))]


def listed(database: Any, who: str, which: str, day: date) -> list[str]:
    with database.reading("acme") as session:
        by = actors.load(session, "acme", who)
        assert by is not None
        company = organisation.current(session, "acme")
        within = ending.within(company, by, which, day)
        return [line.name for line in catalogue.search(session, by, within=within)]


def test_its_keeper_is_told_once_before_and_once_on_the_last_day_however_often_it_is_looked(company: Any) -> None:
    enter(company)
    for days in range(-8, 4):
        look(company, LAST + timedelta(days=days))
        look(company, LAST + timedelta(days=days))
    assert told(company) == [
        ("clerk", "档案保密期限将满：KH-2026-0001（2026年3月10日）"),
        ("clerk", "档案保密期限届满：KH-2026-0001（2026年3月10日）"),
    ]


def test_lists_say_on_each_day_what_the_notice_of_that_day_says(company: Any) -> None:
    enter(company)
    with company.reading("acme") as session:
        acme = organisation.current(session, "acme")
    for days, stages in ((-2, [ending.SOON]), (0, [ending.SOON, ending.REACHED])):
        day = LAST + timedelta(days=days)
        look(company, day)
        words = {ending.SOON: "将满", ending.REACHED: "届满"}
        assert [subject[len("档案保密期限") :][:2] for _who, subject in told(company)] == [words[each] for each in stages]
        assert ending.said_of(acme, LAST, day) == stages[-1]


def test_the_notice_leads_to_the_record_and_one_of_several_to_the_list_of_them(company: Any) -> None:
    record = enter(company)
    look(company, LAST)
    enter(company, "汇众汽车")
    enter(company, "天成连锁")
    look(company, LAST)
    with company.reading("acme") as session:
        by = actors.load(session, "acme", "clerk")
        assert by is not None
        page = notices.mine(session, by, paging.WantedPage(), now=at(LAST))
        assert sorted(line.leads_to for line in page.rows) == [f"/records/{record}", "/records?ending=mine"]


def test_a_day_that_was_missed_is_told_late_and_a_new_term_is_told_anew(company: Any, people: Any) -> None:
    record = enter(company)
    look(company, LAST + timedelta(days=3))
    with company.transaction("acme") as session:
        content = {"known_to": ["客服专员"], "until": "2026-06-01"}
        by = actors.load(session, "acme", "head")
        assert by is not None
        records.save(session, by, record, content, expected_version=1, now=at(LAST + timedelta(days=3)))
    look(company, date(2026, 5, 20))
    assert len(told(company)) == 1
    look(company, date(2026, 5, 28))
    assert told(company)[1] == ("clerk", "档案保密期限将满：KH-2026-0001（2026年6月1日）")


def test_who_stands_in_for_the_keeper_is_told_too_and_for_one_who_left_those_who_keep_records_and_may_know_it(
    company: Any,
) -> None:
    enter(company)
    enter(company, "汇众汽车", keeper="clerk2")  # whose clearance does not reach it
    enter(company, "无人保管", keeper=None)
    with company.transaction() as session:
        span = {"begins_at": NOW, "ends_at": NOW + timedelta(days=90)}
        for deputy in ("head", "outsider"):
            row = {"principal": "clerk", "deputy": deputy, "reason": "", "created_at": NOW, "created_by": "clerk"}
            session.add(models.Deputy(key=keys.new(), company_id="acme", covers_existing=True, **row, **span))
    look(company, LAST)
    heads = [subject for who, subject in told(company) if who == "head"]
    assert heads == [
        "档案保密期限届满：KH-2026-0001（2026年3月10日）、KH-2026-0002（2026年3月10日）、KH-2026-0003（2026年3月10日）"
    ]
    assert {who for who, _subject in told(company)} == {
        "clerk",
        "head",
    }  # neither who may not know it nor the circle's outsiders


def test_lists_show_what_runs_out_what_is_over_and_what_of_both_is_ones_own(company: Any) -> None:
    enter(company)
    enter(company, "已满公司", keeper="head", until=date(2026, 3, 1))
    enter(company, "还早公司", until=date(2027, 1, 1))
    enter(company, "无期公司", until=None)
    day = date(2026, 3, 6)
    assert (listed(company, "clerk", ending.SOON, day), listed(company, "clerk", ending.OVER, day)) == (
        ["青禾置业"],
        ["已满公司"],
    )
    assert listed(company, "clerk", ending.MINE, day) == ["青禾置业"] and listed(company, "head", ending.MINE, day) == [
        "已满公司"
    ]
    assert listed(company, "clerk2", ending.SOON, day) == []  # above his clearance: no list says that it is there
    with company.reading("acme") as session:
        by, acme = actors.load(session, "acme", "clerk"), organisation.current(session, "acme")
        assert by is not None and ending.count(session, acme, by, day) == 1


def test_records_of_before_are_found_without_being_written_anew(company: Any) -> None:
    enter(company)
    with company.transaction() as session:
        session.execute(update(models.CustomerRecord).values(known_until=None, known_until_of=""))
    look(company, LAST)
    assert [who for who, _subject in told(company)] == ["clerk"]


def test_the_worker_tells_on_the_last_day_when_the_days_notices_leave(company: Any) -> None:
    enter(company)
    clock = [at(LAST - timedelta(days=2), 0)]  # 08:00 in Shanghai
    worker = Worker(company, lambda: clock[0], "one")
    before = [(clock[0], 0), (at(LAST - timedelta(days=2)), 1), (at(LAST - timedelta(days=1)), 1)]
    for moment, number in (*before, (at(LAST, 0), 1), (at(LAST), 2)):
        clock[0] = moment
        worker = Worker(company, lambda: clock[0], "another") if number == 2 else worker  # also over a restart
        for _round in range(8):
            worker.run_once()
        assert len(told(company)) == number


def test_expired_records_are_filled_into_a_form_by_their_keys(company: Any, people: Any) -> None:
    gone = enter(company, until=date(2026, 3, 1))
    enter(company, "还在期内")
    with company.reading("acme") as session:
        acme, by = organisation.current(session, "acme"), actors.load(session, "acme", "clerk")
        asked = look_ups.seen_from(session, acme, None, now=NOW, by=by)["expired records"]
        outsider = look_ups.seen_from(session, acme, None, now=NOW, by=people["outsider"])["expired records"]
        assert (asked(), outsider()) == ([str(gone)], [])
