"""Reports by mail: on working days, each reader his own figures, nothing for who lost his rights, nothing twice."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from engine import errors
from engine.background import housekeeping
from engine.background.worker import Worker
from engine.files import sheets, spreadsheets
from engine.people import actors
from engine.people.actors import Actor
from engine.reporting import mailing, question, reports
from engine.reporting.reports import ReportDraft, Sharing
from engine.storage import database as databases
from engine.storage import models
from tests import smtp_server
from tests.cast import Cast
from tests.engine import kit
from tests.engine.announcing import world

FRIDAY = datetime(2026, 3, 6, 2, 0, tzinfo=UTC)
ASKED = {"processes": ["matter"], "period": "this_month", "group": ["field:类别"], "measures": ["count", "share"]}


@pytest.fixture
def report(database: databases.Database, cast: Cast) -> int:
    """A report of the manager's, of two cases, shared with the outsider; the company sends mail."""
    steps = (kit.start(form="request"), kit.end(), kit.chain("started", "done"))
    settings: dict[str, Any] = {"register": [{"label": "类别", "value": "=kind"}], "managers": ["主管领导"]}
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("kind")), kit.diagram("matter", *steps, **settings))
    for kind in ("质量", "物流"):
        kit.begin(database, cast.clerk, "matter", {"kind": kind})
    config = {"host": "localhost", "port": 25, "sender": "banjie@example.com", "security": "none"}
    with database.transaction("acme") as session:
        session.add(models.NoticeChannel(company_id="acme", kind="mail", name="邮件", is_on=True, kinds=[], config=config))
        session.execute(update(models.Person).values(email="somebody@example.com"))
        session.execute(update(models.Company).values(organisation_version=models.Company.organisation_version + 1))
        draft = ReportDraft("月报", question.read(ASKED), Sharing(("outsider",)))
        return reports.save(session, cast.manager, draft, now=kit.NOW).key


def send(database: databases.Database, day: date) -> None:
    with database.transaction() as session:
        mailing.send(session, {"company": "acme", "day": day.isoformat()}, now=FRIDAY)


def _fresh(session: Session) -> Actor:
    """The manager as somebody who signs in now."""
    found = actors.load(session, "acme", "manager")
    assert found is not None
    return found


def letters(database: databases.Database) -> list[models.Outgoing]:
    return kit.rows(database, models.Outgoing, kind="worded")


def choose(database: databases.Database, actor: Actor, report: int, every: str) -> None:
    with database.transaction("acme") as session:
        session.add(
            models.ReportReader(company_id="acme", report_key=report, username=actor.username, every=every, chosen_at=FRIDAY)
        )


def test_a_reader_gets_his_own_figures_once_and_who_sees_no_case_nothing(
    database: databases.Database, cast: Cast, report: int
) -> None:
    choose(database, cast.manager, report, reports.DAY)
    choose(database, cast.outsider, report, reports.DAY)
    send(database, date(2026, 3, 6))
    send(database, date(2026, 3, 6))
    assert [each.username for each in letters(database)] == ["manager"]
    body = letters(database)[0].facts["body"]
    assert "- 质量：单据数 1，占比 50.0%" in body and "全部：单据数 2，占比 100.0%" in body
    file = letters(database)[0].facts
    assert file["file_name"] == "月报.xlsx"
    head, *rows, total = sheets.read(base64.b64decode(file["file"]))
    assert (head, total) == (["类别", "单据数", "占比"], ["全部", "2", "1"])
    assert sorted(rows) == [["物流", "1", "0.5000"], ["质量", "1", "0.5000"]]


def test_a_letter_of_a_period_without_cases_says_so_as_the_page_does(
    database: databases.Database, cast: Cast, report: int
) -> None:
    with database.transaction() as session:
        row = session.get_one(models.Report, report)
        row.question = {**row.question, "period": "2020-01-01..2020-01-31"}
    choose(database, cast.manager, report, reports.DAY)
    send(database, date(2026, 3, 6))
    body = letters(database)[0].facts["body"]
    assert "这一期间没有单据" in body and "全部" not in body


def test_who_may_not_open_it_any_more_gets_nothing(database: databases.Database, cast: Cast, report: int) -> None:
    choose(database, cast.head, report, reports.DAY)
    send(database, date(2026, 3, 6))
    assert letters(database) == []


@pytest.mark.parametrize(
    ("day", "sent"),
    [
        (date(2026, 3, 6), [reports.DAY]),
        (date(2026, 3, 7), []),  # a Saturday
        (date(2026, 3, 9), [reports.DAY, reports.WEEK]),
        (date(2026, 3, 2), [reports.DAY, reports.WEEK, reports.MONTH, reports.FIRST_MONDAY]),
        (date(2026, 4, 1), [reports.DAY, reports.MONTH]),
        (date(2026, 4, 6), []),  # the first Monday is of the Qingming Festival
        (date(2026, 4, 7), [reports.DAY, reports.WEEK, reports.FIRST_MONDAY]),
        (date(2026, 2, 24), [reports.DAY, reports.WEEK]),  # the Monday before is of the Spring Festival
        (date(2026, 2, 28), [reports.DAY]),  # a Saturday on which people work
    ],
)
def test_weeks_and_months_begin_on_their_first_working_day(
    database: databases.Database, cast: Cast, report: int, day: date, sent: list[str]
) -> None:
    found = []
    for every in reports.EVERY:
        choose(database, cast.manager, report, every)
        send(database, day)
        found += [every for _letter in letters(database)]
        with database.transaction() as session:
            session.execute(delete(models.Outgoing))
            session.execute(delete(models.ReportReader))
    assert found == sent


def test_the_worker_makes_them_when_daily_letters_leave(database: databases.Database, cast: Cast, report: int) -> None:
    with database.transaction("acme") as session:
        mailing.subscribe(session, _fresh(session), report, reports.DAY, now=kit.NOW)
    with database.transaction() as session:
        housekeeping.daily(session, now=datetime(2026, 3, 6, 0, 0, tzinfo=UTC))
    moment = [datetime(2026, 3, 6, 0, 20, tzinfo=UTC)]
    worker = Worker(database, lambda: moment[0])
    while worker.run_once():
        pass
    assert letters(database) == []
    moment[0] += timedelta(minutes=15)
    while worker.run_once():
        pass
    assert [each.username for each in letters(database)] == ["manager"]


def test_the_letter_leaves_with_its_file(database: databases.Database, cast: Cast, report: int) -> None:
    with database.transaction() as session:
        session.execute(delete(models.NoticeChannel))
    world.prepare(database, cast, manager="en")
    choose(database, cast.manager, report, reports.DAY)
    with smtp_server.running() as room:
        world.mail(database, room.port)
        send(database, date(2026, 3, 6))
        world.go(database, now=FRIDAY)
    (letter,) = room.letters
    assert (letter["To"], letter["Subject"]) == ("毛经理 <manager@acme.example>", "Report: 月报")
    assert "- 质量: Number of cases 1, Share 50.0%" in letter.get_body().get_content()
    (file,) = letter.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("月报.xlsx", spreadsheets.XLSX)
    assert sheets.read(file.get_content())[0] == ["类别", "Number of cases", "Share"]
    assert all(row.facts == {} for row in letters(database)), "what has left is not kept"


def test_only_who_has_an_address_may_have_it_sent(database: databases.Database, cast: Cast, report: int) -> None:
    with database.transaction("acme") as session:
        session.execute(update(models.Person).values(email=None))
        session.execute(update(models.Company).values(organisation_version=models.Company.organisation_version + 1))
    with pytest.raises(errors.Invalid), database.transaction("acme") as session:
        mailing.subscribe(session, _fresh(session), report, reports.DAY, now=kit.NOW)
