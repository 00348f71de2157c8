"""Finished cases go when their time is over, and only then; what must stay stays, and `banjie verify` finds all in order."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.background import anchors, retention, verification
from engine.background.worker import Worker
from engine.calendar import periods
from engine.cases import incident_rows
from engine.commands import opening
from engine.commands.upkeep import retaining
from engine.deploying import deployment
from engine.environment import Settings
from engine.files import attachments, files
from engine.people import organisation
from engine.storage import database as databases
from engine.storage import keys, models
from tests.cast import Cast
from tests.engine import kit
from tests.engine.background.test_verification import LATER, anchor, faults, signed, tamper

__all__ = ["signed"]
ALLOWED = {"retention": True}


def allow(database: databases.Database, policy: dict[str, Any]) -> None:
    with database.transaction() as session:
        session.get_one(models.Company, "acme").policy = policy
        organisation.changed(session, "acme")


@pytest.fixture
def office(
    database: databases.Database, cast: Cast, signed: anchors.Anchors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> databases.Database:
    """A process that keeps its cases for two years and calls another, and one that keeps them for ever."""
    monkeypatch.setitem(database.surroundings, "data", tmp_path / "data")
    allow(database, ALLOWED)
    inner = kit.diagram(
        "inner", kit.start(), kit.task("ask", groups="客服专员"), kit.end(), kit.chain("started", "ask", "done")
    )
    flow = kit.chain("started", "call", "judge", "done")
    judge = kit.task("judge", groups="客服专员")
    outer = kit.diagram("outer", kit.start(), kit.call("call", "inner"), judge, kit.end(), flow, retention="2y")
    other = kit.diagram(
        "other", kit.start(), kit.task("ask", groups="客服专员"), kit.end(), kit.chain("started", "ask", "done")
    )
    kit.deploy(database, cast.owner, inner, outer, other)
    return database


def finished(database: databases.Database, cast: Cast, *, is_ended: bool = True) -> int:
    """A case with a called one, a file and a copy; ended unless told otherwise."""
    key = kit.begin(database, cast.clerk, "outer")
    with database.transaction("acme") as session:
        attachments.store(session, cast.clerk, key, "f", "a.txt", io.BytesIO(f"content of {key}".encode()), now=kit.NOW)
        session.add(models.CarbonCopy(company_id="acme", instance_key=key, username="clerk2", sent_at=kit.NOW))
    [child] = kit.rows(database, models.ProcessInstance, parent_key=key)
    kit.complete(database, cast.clerk, child.key, "ask")
    if is_ended:
        kit.complete(database, cast.clerk2, key, "judge")
    return key


def housekeep(database: databases.Database, *, now: datetime = LATER) -> None:
    """The worker's day: anchors first, then what is due."""
    anchor(database, day=(now - LATER).days)
    with database.transaction() as session:
        retention.order(session, now=now)
    while Worker(database, lambda: now)._round(now):
        pass


def numbers(database: databases.Database) -> list[str]:
    return [each.number for each in kit.rows(database, models.RemovedCase)]


def test_a_finished_case_goes_with_all_that_is_its_own_and_leaves_a_number_and_a_digest(
    office: databases.Database, cast: Cast, signed: anchors.Anchors
) -> None:
    key, running = finished(office, cast), finished(office, cast, is_ended=False)
    kept = kit.begin(office, cast.clerk, "other")
    kit.complete(office, cast.clerk, kept, "ask")
    tree = kit.rows(office, models.ProcessInstance, root_key=key)
    [file] = kit.rows(office, models.Attachment, instance_key=key)
    housekeep(office)
    stones = {each.instance_key: each for each in kit.rows(office, models.RemovedCase)}
    assert {(each.key, each.number, each.history_digest) for each in tree} == {
        (each.instance_key, each.number, each.history_digest) for each in stones.values()
    }
    assert stones[key].retention == "2y" and len(tree) == 2
    for table in retention.own_tables():
        with office.reading() as session:
            columns = [each for each in table.c if each.name in ("instance_key", "other_key")]
            left = {row for column in columns for row in session.execute(select(column)).scalars()}
        assert not left & stones.keys(), table.name
    with office.reading() as session:
        assert not files.folder_of(session).holds(file.sha256)
    alive = {each.root_key for each in kit.rows(office, models.ProcessInstance)}
    assert alive == {running, kept} and kit.open_elements(office, running) == ["judge"]
    assert faults(office, signed) == []
    housekeep(office, now=LATER + timedelta(days=1))
    assert faults(office, signed) == [] and len(numbers(office)) == 2


def test_nothing_goes_before_its_time_or_where_the_company_does_not_say_so(office: databases.Database, cast: Cast) -> None:
    finished(office, cast)
    with office.reading() as session:
        almost = kit.NOW.replace(year=2028)
        assert list(retention.due(session, "acme", now=almost)) == []
        assert [each.stays for each in retention.due(session, "acme", now=almost + timedelta(days=1))] != []
    for policy in ({}, {"retention": False}, {"destruction": True}):
        allow(office, policy)
        housekeep(office)
        with office.transaction() as session:
            retention.work(session, {"company": "acme"}, now=LATER)
    assert numbers(office) == []


def _record(session: Session) -> int:
    new = {"company_id": "acme", "name": "青禾", "secrecy": "公开", "created_at": kit.NOW}
    record = models.CustomerRecord(**new, key=keys.new(), number=str(keys.new()))
    session.add(record)
    session.flush()
    return record.key


def _reading(session: Session, case: int, _other: int) -> None:
    reading = {"record_key": _record(session), "username": "", "at": kit.NOW, "granted": True}
    session.add(models.RecordReading(company_id="acme", instance_key=case, **reading))


def _destroyed(session: Session, case: int, _other: int) -> None:
    session.execute(
        update(models.CustomerRecord).where(models.CustomerRecord.key == _record(session)).values(destroyed_in=case)
    )


def _entered(session: Session, case: int, _other: int) -> None:
    line = {"register": "登记簿", "number": str(case), "data": {}, "entered_at": kit.NOW}
    session.add(models.RegisterEntry(company_id="acme", instance_key=case, **line))


def _named(session: Session, case: int, other: int) -> None:
    number = session.get_one(models.ProcessInstance, case).number
    row = session.get_one(models.ProcessInstance, other)
    row.tokens = {**row.tokens, "note": f"针对{number}的投诉"}


def _linked(session: Session, case: int, other: int) -> None:
    session.add(models.CaseLink(company_id="acme", instance_key=other, other_key=case, made_at=kit.NOW))


def _incident(session: Session, case: int, _other: int) -> None:
    incident_rows.add(session, "acme", "job", errors.Refusal("x"), now=kit.NOW)
    session.flush()
    session.execute(update(models.Incident).where(models.Incident.instance_key.is_(None)).values(instance_key=case))


def _irreversible(session: Session, case: int, _other: int) -> None:
    mark = {"element": "a", "step": "a", "at": kit.NOW.isoformat(), "by": None}
    session.get_one(models.ProcessInstance, case).irreversible = mark


def _child_later(session: Session, case: int, _other: int) -> None:
    child = update(models.ProcessInstance).where(models.ProcessInstance.parent_key == case)
    session.execute(child.values(ended_at=LATER))


STAYING: dict[str, tuple[Callable[[Session, int, int], None], str]] = {
    "read a record": (_reading, "records"),
    "destroyed one": (_destroyed, "records"),
    "entered a register": (_entered, "records"),
    "named by a running case": (_named, "named"),
    "linked to a running case": (_linked, "linked"),
    "an open incident": (_incident, "incident"),
    "an irreversible step": (_irreversible, "irreversible"),
    "a case of its tree ended later": (_child_later, "young"),
}


def test_what_must_stay_stays_and_the_list_says_why(office: databases.Database, cast: Cast) -> None:
    running, gone = finished(office, cast, is_ended=False), finished(office, cast)
    expected = {gone: ""}
    for make, reason in STAYING.values():
        key = finished(office, cast)
        expected[key] = retention.REASONS[reason]
        with office.transaction() as session:
            make(session, key, running)
    anchor(office)
    with office.reading() as session:
        told = {each.key: each.stays for each in retention.due(session, "acme", now=LATER)}
    assert told == expected
    before = len(kit.rows(office, models.HistoryEvent))
    own = len(kit.rows(office, models.ProcessInstance, root_key=gone))
    with office.transaction() as session:
        removed, _last = retention.remove(session, "acme", now=LATER)
    assert [each.key for each in removed] == [gone]
    assert {each.root_key for each in kit.rows(office, models.RemovedCase)} == {gone} and own == 2
    assert {each.root_key for each in kit.rows(office, models.ProcessInstance)} == {running, *expected} - {gone}
    assert len(kit.rows(office, models.HistoryEvent)) < before


def test_a_case_whose_end_is_not_signed_yet_waits_for_that(office: databases.Database, cast: Cast) -> None:
    finished(office, cast)
    with office.transaction() as session:
        [candidate] = retention.due(session, "acme", now=LATER)
        assert candidate.stays == retention.REASONS["unsigned"]


def test_batches_are_transactions_and_what_breaks_off_goes_on_later(
    office: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch, signed: anchors.Anchors
) -> None:
    all_keys = [finished(office, cast) for _ in range(3)]
    anchor(office)
    monkeypatch.setattr(retention, "BATCH", 1)
    real, calls = attachments.erase, []

    def dying(*given: Any, **more: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt  # killed in the middle of the second batch, after its lines were written
        real(*given, **more)

    monkeypatch.setattr(attachments, "erase", dying)
    with pytest.raises(KeyboardInterrupt):
        housekeep(office)
    left = {each.root_key for each in kit.rows(office, models.ProcessInstance)}
    assert left == set(all_keys[1:]) and len(kit.rows(office, models.RemovedCase)) == 2
    assert faults(office, signed) == []
    housekeep(office, now=LATER + timedelta(days=1))
    assert kit.rows(office, models.ProcessInstance) == [] and len(kit.rows(office, models.RemovedCase)) == 6
    assert faults(office, signed) == []


def test_a_case_that_is_simply_gone_and_a_line_that_was_changed_are_found(
    office: databases.Database, cast: Cast, signed: anchors.Anchors
) -> None:
    key = finished(office, cast)
    housekeep(office)
    anchor(office, day=1)
    assert faults(office, signed) == []
    row = models.RemovedCase
    tamper(office, update(row).where(row.instance_key == key).values(history_digest="0" * 64))
    assert any("another history" in told for told in faults(office, signed))
    assert any("removed_case" in told for told in faults(office, signed))
    tamper(office, delete(row).where(row.instance_key == key))
    assert any("is gone" in told for told in faults(office, signed))


def test_a_line_beside_a_case_that_is_still_there_hides_nothing(
    office: databases.Database, cast: Cast, signed: anchors.Anchors
) -> None:
    key = finished(office, cast)
    anchor(office)
    case, event = kit.instance(office, key), models.HistoryEvent
    line = {name: getattr(case, name) for name in ("number", "process_id", "state", "started_at", "ended_at", "root_key")}
    new = {"company_id": "acme", "instance_key": key, "removed_at": LATER, "retention": "2y", "history_digest": ""}
    with office.transaction() as session:
        session.add(models.RemovedCase(**line, **new, history_length=case.history_length))
    tamper(office, delete(event).where(event.instance_key == key, event.sequence == case.history_length))
    assert len(faults(office, signed)) >= 2


def test_every_table_that_names_a_case_goes_with_it_or_keeps_it() -> None:
    """A new table that names cases in another way must be thought of here."""
    named = {
        table.name
        for table in models.metadata.sorted_tables
        if any(each.name in ("instance_key", "user_task_key") or each.name.endswith("destroyed_in") for each in table.c)
    }
    kept = {each.__tablename__ for each in retention.KEPT}
    assert named - {table.name for table in retention.own_tables()} - {"removed_case"} == kept


def test_the_command_lists_without_removing_and_removes_only_where_it_may(
    office: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    key = finished(office, cast)
    number = kit.instance(office, key).number
    anchor(office)
    monkeypatch.setattr(opening, "opened", lambda _settings: office)
    monkeypatch.setattr(opening, "clock", lambda: LATER)
    settings = Settings("", 0, "", tmp_path, "", 1)

    def run(*, dry_run: bool) -> str:
        assert retaining.retain(argparse.Namespace(dry_run=dry_run), settings) == 0
        return capsys.readouterr().out

    assert f"{number} (outer, ended 2026-03-02, 2y): goes" in run(dry_run=True)
    allow(office, {})
    assert "as long as company.toml does not say" in run(dry_run=True) and "nothing is removed" in run(dry_run=False)
    assert numbers(office) == []
    allow(office, ALLOWED)
    assert "acme: 1 removed." in run(dry_run=False) and number in numbers(office)


@pytest.mark.parametrize(
    ("period", "now", "then"),
    [
        ("1y", datetime(2028, 2, 29, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC)),
        ("3m", datetime(2026, 5, 31, tzinfo=UTC), datetime(2026, 2, 28, tzinfo=UTC)),
        ("14m", datetime(2026, 1, 15, tzinfo=UTC), datetime(2024, 11, 15, tzinfo=UTC)),
        ("400d", datetime(2026, 5, 31, tzinfo=UTC), datetime(2025, 4, 26, tzinfo=UTC)),
    ],
)
def test_a_period_is_counted_by_the_calendar(period: str, now: datetime, then: datetime) -> None:
    assert periods.ago(period, now) == then


def test_a_retention_that_the_company_does_not_obey_is_told_at_deployment(office: databases.Database, cast: Cast) -> None:
    diagram = kit.diagram("more", kit.start(), kit.end(), kit.chain("started", "done"), retention="10y")

    def told() -> list[deployment.Problem]:
        return [each for each in kit.deploy(office, cast.owner, diagram).problems if "retention" in str(each)]

    assert told() == []
    allow(office, {})
    [problem] = told()
    assert problem.severity == "warning"


def test_verify_reads_the_lines_of_removed_cases_only(office: databases.Database) -> None:
    with office.reading() as session:
        assert verification.removed(session, [1, 2, 3]) == {}
