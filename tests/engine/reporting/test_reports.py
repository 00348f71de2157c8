"""Saved reports: kept by their owners, opened by who may, worked out in the background for who asked, with his rights."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine import errors
from engine.background.worker import Worker
from engine.people.actors import Actor
from engine.reporting import answering, question, reports, runs
from engine.reporting.answering import ReportAnswer
from engine.reporting.question import Question
from engine.reporting.reports import ReportDraft, Sharing
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit

ASKED = question.read(
    {"processes": ["matter"], "period": "this_month", "group": ["field:类别"], "measures": ["count", "share"]}
)


@pytest.fixture
def matter(database: databases.Database, cast: Cast) -> None:
    """A process that the manager follows, with three cases."""
    steps = (kit.start(form="request"), kit.end(), kit.chain("started", "done"))
    settings: dict[str, Any] = {"register": [{"label": "类别", "value": "=kind"}], "managers": ["主管领导"]}
    kit.deploy(database, cast.owner, kit.form("request", kit.text_field("kind")), kit.diagram("matter", *steps, **settings))
    for kind in ("质量", "质量", "物流"):
        kit.begin(database, cast.clerk, "matter", {"kind": kind})


def save(database: databases.Database, by: Actor, name: str = "月报", *shared: str, managers: bool = False) -> int:
    with database.transaction("acme") as session:
        return reports.save(session, by, ReportDraft(name, ASKED, Sharing(shared, managers)), now=kit.NOW).key


def opens(database: databases.Database, by: Actor, key: int) -> bool:
    with database.reading(by.company_id) as session:
        try:
            reports.opened(session, by, key)
        except errors.NotFound:
            return False
        return True


def test_a_report_opens_for_its_owner_who_it_is_shared_with_and_administrators(
    database: databases.Database, cast: Cast, matter: None
) -> None:
    own, shared = save(database, cast.manager), save(database, cast.manager, "共享", "客服专员", "outsider")
    everybody = (cast.manager, cast.owner, cast.clerk, cast.outsider, cast.head, cast.stranger)
    assert [opens(database, each, own) for each in everybody] == [True, True, False, False, False, False]
    assert [opens(database, each, shared) for each in everybody] == [True, True, True, True, False, False]
    for_managers = save(database, cast.owner, "部门", managers=True)
    assert opens(database, cast.manager, for_managers) and not opens(database, cast.clerk, for_managers)


def test_who_reads_everything_and_changes_nothing_keeps_no_report(
    database: databases.Database, cast: Cast, matter: None
) -> None:
    auditor = replace(cast.outsider, roles=frozenset({("auditor", "")}))
    with pytest.raises(errors.Forbidden):
        save(database, auditor)


def test_two_who_change_it_at_once_do_not_overwrite_each_other(database: databases.Database, cast: Cast, matter: None) -> None:
    key = save(database, cast.manager)
    with database.transaction("acme") as session:
        reports.change(session, cast.manager, key, ReportDraft("年报", ASKED), 1, now=kit.NOW)
    with pytest.raises(errors.Conflict), database.transaction("acme") as session:
        reports.change(session, cast.owner, key, ReportDraft("季报", ASKED), 1, now=kit.NOW)
    assert kit.rows(database, models.Report, key=key)[0].name == "年报"


def test_removing_one_takes_its_letters_and_answers_with_it(database: databases.Database, cast: Cast, matter: None) -> None:
    key = save(database, cast.manager)
    with database.transaction("acme") as session:
        reports.subscribe(session, cast.manager, key, reports.DAY, now=kit.NOW)
        runs.order(session, cast.manager, key, ASKED, now=kit.NOW)
    with database.transaction("acme") as session:
        reports.remove(session, cast.manager, key)
    assert not any(kit.rows(database, model) for model in (models.Report, models.ReportReader, models.ReportRun))
    work(database)


def order(database: databases.Database, by: Actor, key: int, asked: Question = ASKED) -> None:
    with database.transaction("acme") as session:
        runs.order(session, by, key, asked, now=kit.NOW)


def work(database: databases.Database) -> None:
    worker = Worker(database, lambda: kit.NOW + timedelta(seconds=1))
    while worker.run_once():
        pass


def worked(
    database: databases.Database, by: Actor, key: int, asked: Question = ASKED, *, now: datetime = kit.NOW
) -> models.ReportRun | None:
    with database.reading("acme") as session:
        return runs.latest(session, by, key, asked, now=now)


def answered(database: databases.Database, by: Actor) -> ReportAnswer:
    with database.reading("acme") as session:
        return answering.answer(answering.asking(session, by, ASKED, now=kit.NOW))


def test_what_the_worker_works_out_is_what_one_would_have_waited_for(
    database: databases.Database, cast: Cast, matter: None
) -> None:
    key = save(database, cast.manager)
    order(database, cast.manager, key)
    waiting = worked(database, cast.manager, key)
    assert waiting is not None and (waiting.state, waiting.rows) == (runs.WAITING, 3)
    work(database)
    done = worked(database, cast.manager, key)
    assert done is not None and done.state == runs.DONE and done.answer is not None
    found = runs.restored(ASKED, done.answer)
    assert found.lines == answered(database, cast.manager).lines
    assert found.lines[0].figures == (2, Decimal(2) / 3)
    assert worked(database, cast.manager, key, replace(ASKED, period="last_month")) is None
    assert worked(database, cast.owner, key) is None
    assert worked(database, cast.manager, key, now=kit.NOW + timedelta(days=2)) is None
    moved = replace(cast.manager, organisation_version=cast.manager.organisation_version + 1)
    assert worked(database, moved, key) is None


def test_who_lost_his_rights_meanwhile_hears_so_and_sees_no_figure(
    database: databases.Database, cast: Cast, matter: None
) -> None:
    key = save(database, cast.manager, "共享", "clerk")
    order(database, cast.manager, key)
    with database.transaction("acme") as session:
        row = session.get_one(models.ReportRun, kit.rows(database, models.ReportRun)[0].key)
        row.username = "clerk"
    work(database)
    refused = worked(database, cast.clerk, key)
    assert refused is not None and (refused.state, refused.answer) == (runs.REFUSED, None)
    assert refused.refusal == {"text": "There are no cases here that you may see.", "values": {}}


def test_what_would_read_too_much_even_so_is_refused(
    database: databases.Database, cast: Cast, matter: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = save(database, cast.manager)
    monkeypatch.setattr(answering, "MOST", 2)
    with pytest.raises(errors.Invalid):
        order(database, cast.manager, key)
    assert kit.rows(database, models.ReportRun) == []
