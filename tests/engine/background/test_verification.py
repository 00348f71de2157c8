"""Whoever changes the database behind the engine's back is found by `banjie verify`, which names the place."""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from engine import environment, errors
from engine.background import anchoring, anchors, housekeeping, verification
from engine.background.worker import Worker
from engine.cases import history
from engine.commands.upkeep import verifying
from engine.environment import Settings
from engine.storage import database as databases
from engine.storage import keys, models
from engine.verbs.running import ending, process_instances
from tests.cast import Cast
from tests.engine import kit

LATER = datetime(2090, 1, 1, 1, tzinfo=UTC)  # after all keys that this test can make
SECRET = "only for tests, and long enough to be one"


@pytest.fixture
def signed(database: databases.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> anchors.Anchors:
    """The database with a file of anchors and a key of its own."""
    made = anchors.opened(tmp_path / "keys", path=tmp_path / "other disk" / "anchors.jsonl")
    monkeypatch.setitem(database.surroundings, "anchors", made)
    return made


@pytest.fixture
def case(database: databases.Database, cast: Cast, signed: anchors.Anchors) -> int:
    """A finished case with an approval, a register line and a reading of a record."""
    answer = kit.form("answer", kit.text_field("answer"))
    judge = kit.task("judge", groups="部门负责人", kind="approve", form="answer")
    flow = kit.chain("started", "ask", "judge", "done")
    kit.deploy(
        database, cast.owner, answer, kit.diagram("p", kit.start(), kit.task("ask", groups="客服专员"), judge, kit.end(), flow)
    )
    key = kit.begin(database, cast.clerk, "p")
    kit.complete(database, cast.clerk2, key, "ask")
    kit.complete(database, cast.head, key, "judge", {"answer": "x"}, outcome="approve", opinion=" 同意 ")
    with database.transaction("acme") as session:
        log(session)
    return key


def log(session: Session) -> None:
    """One more row in each log."""
    new = {"company_id": "acme"}
    record = models.CustomerRecord(
        **new, key=keys.new(), number=str(keys.new()), name="青禾", secrecy="公开", created_at=kit.NOW
    )
    session.add(record)
    session.flush()
    session.add(models.RecordReading(**new, record_key=record.key, username="clerk", at=kit.NOW, granted=True))
    session.add(models.RecordVersion(secrecy="内部", **new, record_key=record.key, version=1, digest="0", written_at=kit.NOW))
    line = {"number": str(record.key), "data": {"件数": 1}, "entered_at": kit.NOW}
    session.add(models.RegisterEntry(**new, register="登记簿", **line))


def anchor(database: databases.Database, *, day: int = 0) -> None:
    """The worker's day."""
    with database.transaction() as session:
        housekeeping.anchoring.order(session, now=LATER + timedelta(days=day))
    worker = Worker(database, lambda: LATER + timedelta(days=day))
    worker._cleaned_on = (LATER + timedelta(days=day)).date()
    while worker.run_once():
        pass


def faults(database: databases.Database, signed: anchors.Anchors) -> list[str]:
    with database.reading() as session:
        told = [f"{number}: {fault}" for _key, number, fault in verification.cases(session) if fault]
        return told + list(verification.anchored(session, signed))


def tamper(database: databases.Database, statement: Any) -> None:
    with database.transaction() as session:
        session.execute(statement)


def test_what_nobody_touched_is_sound(database: databases.Database, cast: Cast, signed: anchors.Anchors, case: int) -> None:
    assert faults(database, signed) == []
    anchor(database)
    running = kit.begin(database, cast.clerk, "p")
    with database.transaction("acme") as session:
        log(session)
    anchor(database, day=1)
    kit.complete(database, cast.clerk2, running, "ask")
    with database.transaction() as session:
        history.erase_values(session, [case])
    assert faults(database, signed) == []
    assert [line["n"] for line in signed.lines()] == [1, 2]
    assert str(running) in list(signed.lines())[1]["cases"] and str(case) not in list(signed.lines())[1]["cases"]


TASK = models.UserTask
CHANGES: dict[str, tuple[str, Callable[[int], Any]]] = {
    "the opinion": ("judge", lambda case: _judged(case, opinion="不同意")),
    "the person": ("judge", lambda case: _judged(case, completed_by="manager")),
    "the outcome": ("judge", lambda case: _judged(case, outcome="reject")),
    "the moment": ("judge", lambda case: _judged(case, completed_at=kit.NOW + timedelta(days=1))),
    "the user task": ("judge", lambda case: _judged(case, state="cancelled")),
    "for whom it was done": (
        "judge",
        lambda case: update(models.WorkItem).where(models.WorkItem.done_by == "head").values(username="manager"),
    ),
    "the initiator": ("clerk", lambda case: update(models.ProcessInstance).values(initiator="head")),
    "the state": ("active", lambda case: update(models.ProcessInstance).values(state="active")),
    "the moment of its end": ("2090", lambda case: update(models.ProcessInstance).values(ended_at=LATER)),
    "how it ended": ("reject", lambda case: update(models.ProcessInstance).values(ended_as="reject")),
}


def _judged(case: int, **values: Any) -> Any:
    return update(TASK).where(TASK.instance_key == case, TASK.element_id == "judge").values(**values)


@pytest.mark.both_databases
@pytest.mark.parametrize("what", CHANGES)
def test_a_table_that_says_something_else_than_the_history_is_named(
    database: databases.Database, signed: anchors.Anchors, case: int, what: str
) -> None:
    place, statement = CHANGES[what]
    tamper(database, statement(case))
    [told] = faults(database, signed)
    assert told.startswith(kit.instance(database, case).number) and what in told and place in told


@pytest.mark.parametrize("end", [process_instances.cancel, ending.terminate, ending.void])
def test_a_case_broken_off_is_sound_until_somebody_says_that_it_was_not(
    database: databases.Database, cast: Cast, signed: anchors.Anchors, case: int, end: Callable[..., Any]
) -> None:
    running = kit.begin(database, cast.clerk, "p")
    with database.transaction("acme") as session:
        end(session, cast.owner, running, "重复", now=kit.NOW)
    assert faults(database, signed) == []
    mine = update(models.ProcessInstance).where(models.ProcessInstance.key == running)
    for values, told in (
        ({"state": "active"}, "the state was changed to active"),
        ({"ended_reason": "客户要求"}, "the reason of its end was changed to 客户要求"),
        ({"ended_as": "withdrawn"}, "how it ended was changed to withdrawn"),
    ):
        before = kit.instance(database, running)
        tamper(database, mine.values(**values))
        assert [each.partition(": ")[2] for each in faults(database, signed)] == [told]
        tamper(database, mine.values({name: getattr(before, name) for name in values}))


def test_a_step_that_passed_by_itself_is_sound_until_its_person_is_changed(
    database: databases.Database, cast: Cast, signed: anchors.Anchors
) -> None:
    judge = kit.task("judge", assignee="head", kind="approve", same_as_initiator="skip")
    flow = kit.chain("started", "judge", "again", "done")
    kit.deploy(
        database, cast.owner, kit.diagram("q", kit.start(), judge, kit.task("again", groups="客服专员"), kit.end(), flow)
    )
    case = kit.begin(database, cast.head, "q")
    assert kit.open_elements(database, case) == ["again"] and faults(database, signed) == []
    tamper(database, _judged(case, completed_by="manager"))
    [told] = faults(database, signed)
    assert "the person of the user task “judge”" in told


def test_a_user_task_taken_away_is_named(database: databases.Database, signed: anchors.Anchors, case: int) -> None:
    [task] = kit.rows(database, TASK, instance_key=case, element_id="judge")
    tamper(database, delete(models.WorkItem).where(models.WorkItem.user_task_key == task.key))
    tamper(database, delete(TASK).where(TASK.key == task.key))
    assert [f"the user task {task.key} is gone" in told for told in faults(database, signed)] == [True]


def _without_its_end(session: Session, case: int) -> None:
    event, instance = models.HistoryEvent, models.ProcessInstance
    end = select(func.max(event.sequence)).where(event.instance_key == case, event.kind == "ended").scalar_subquery()
    session.execute(delete(event).where(event.instance_key == case, event.sequence >= end))
    row = session.execute(select(event).where(event.instance_key == case).order_by(event.sequence.desc())).scalars().first()
    assert row is not None
    values = {"history_length": row.sequence, "history_digest": row.digest}
    session.execute(update(instance).where(instance.key == case).values(**values, state="active", ended_at=None))


def _rewritten(session: Session, case: int) -> None:
    """The whole chain computed anew over a changed event, and the tables to fit."""
    event, before = models.HistoryEvent, ""
    rows = session.execute(select(event).where(event.instance_key == case).order_by(event.sequence)).scalars().all()
    for row in rows:
        if row.kind == "completed":
            row.data = row.data | {"opinion": "另有意见"}
        row.digest = before = history.digest(vars(row), before)
    session.execute(update(models.ProcessInstance).where(models.ProcessInstance.key == case).values(history_digest=before))
    session.execute(update(TASK).where(TASK.instance_key == case).values(opinion="另有意见"))
    session.flush()


def _without_case(session: Session, case: int) -> None:
    for model in (models.HistoryEvent, models.Notice, models.WorkItem, TASK, models.CasePath):
        session.execute(delete(model).where(model.instance_key == case))
    session.execute(delete(models.ProcessInstance).where(models.ProcessInstance.key == case))


@pytest.mark.both_databases
@pytest.mark.parametrize("attack", [_without_its_end, _rewritten, _without_case])
def test_what_fits_in_itself_again_is_found_by_the_anchor(
    database: databases.Database, signed: anchors.Anchors, case: int, attack: Callable[[Session, int], None]
) -> None:
    anchor(database)
    number = kit.instance(database, case).number
    with database.transaction() as session:
        attack(session, case)
    [told] = faults(database, signed)
    assert told.startswith(number) and "2090-01-01" in told


LOGS = {
    "record_reading": (models.RecordReading, {"username": "nobody"}),
    "register_entry": (models.RegisterEntry, {"data": {"件数": 2}}),
    "record_version": (models.RecordVersion, {"digest": "1"}),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("how", ["changed", "removed", "inserted"])
@pytest.mark.parametrize("table", LOGS)
def test_a_log_that_was_rewritten_is_named_with_the_days_between_which_it_was(
    database: databases.Database, signed: anchors.Anchors, case: int, table: str, how: str
) -> None:
    anchor(database)
    with database.transaction("acme") as session:
        log(session)
    anchor(database, day=1)
    model, values = LOGS[table]
    second = select(func.max(model.key)).scalar_subquery()
    if how == "changed":
        tamper(database, update(model).where(model.key == second).values(**values))
    elif how == "removed":
        tamper(database, delete(model).where(model.key == second))
    else:
        columns = ", ".join(column.name for column in model.__table__.c if column.name not in ("key", "number", "version"))
        extra = {"register_entry": ("number", "'x'"), "record_version": ("version", "2")}.get(table)
        names, taken = (f", {extra[0]}", f", {extra[1]}") if extra else ("", "")
        copied = f"INSERT INTO {table} (key, {columns}{names}) SELECT key - 1, {columns}{taken} FROM {table} ORDER BY key DESC LIMIT 1"
        tamper(database, text(copied))
    assert [told[: len(table) + 60] for told in faults(database, signed)] == [
        f"{table}: what was written between 2090-01-01 and 2090-01-02 was changed"[: len(table) + 60]
    ]


def test_a_line_of_the_file_changed_removed_or_signed_by_another_is_named(
    database: databases.Database, signed: anchors.Anchors, case: int, tmp_path: Path
) -> None:
    for day in range(3):
        anchor(database, day=day)
    whole = signed.path.read_text().splitlines()
    changed = json.loads(whole[1])
    changed["at"] = "2089-01-01T00:00:00+00:00"
    stranger = anchors.opened(tmp_path / "stranger")
    foreign = {name: value for name, value in json.loads(whole[1]).items() if name not in ("n", "before", "key", "signature")}
    for lines, told in (
        ([whole[0], json.dumps(changed), whole[2]], "line 2 of 2089-01-01 is not signed"),
        ([whole[0], whole[2]], "line 3 of 2090-01-03 does not follow"),
        (whole[:2], "line 3 was written, but the file"),
        ([], "line 3 was written, but the file"),
        ([whole[0], json.dumps(stranger.append(foreign, before=json.loads(whole[0]))), whole[2]], "line 2 of"),
    ):
        signed.path.write_text("".join(line + "\n" for line in lines))
        assert any(told in fault for fault in faults(database, signed)), told
    signed.path.write_text("".join(line + "\n" for line in whole))
    assert faults(database, signed) == []


def test_a_shortened_file_is_not_gone_on_with(database: databases.Database, signed: anchors.Anchors, case: int) -> None:
    for day in range(2):
        anchor(database, day=day)
    signed.path.write_text(signed.path.read_text().splitlines()[0] + "\n")
    with pytest.raises(errors.Conflict), database.transaction() as session:
        anchoring.write(session, {}, now=LATER + timedelta(days=3))


def test_a_line_torn_by_a_crash_is_written_again(database: databases.Database, signed: anchors.Anchors, case: int) -> None:
    anchor(database)
    with signed.path.open("a") as file:
        file.write('{"n": 2, "before": "abc')
    anchor(database, day=1)
    assert [line["n"] for line in signed.lines()] == [1, 2] and faults(database, signed) == []


def test_the_day_is_anchored_in_pieces(
    database: databases.Database, cast: Cast, signed: anchors.Anchors, case: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchoring, "EVENTS", 5)
    events = len(kit.rows(database, models.HistoryEvent))
    anchor(database)
    assert len(list(signed.lines())) == events // 5 + 1 and faults(database, signed) == []
    anchor(database, day=1)
    assert list(signed.lines())[-1]["cases"] == {}


def test_what_is_younger_than_any_transaction_waits_for_the_next_day(
    database: databases.Database, signed: anchors.Anchors, case: int
) -> None:
    with database.transaction() as session:
        anchoring.write(session, {}, now=kit.NOW)  # before all of it
    [line] = signed.lines()
    assert line["cases"] == {} and line["logs"]["record_reading"] == [0, 0, ""]


@pytest.fixture
def installation(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of one installation whose secret and place of the anchors may be other ones."""

    def settings(secret: str = SECRET, **beside: Any) -> Settings:
        return Settings("localhost", 0, f"sqlite:///{tmp_path}/banjie.sqlite", tmp_path, secret, 1, **beside)

    return settings


def test_the_command_survives_another_secret_and_tells_where_the_anchors_are(
    database: databases.Database,
    case: int,
    installation: Callable[..., Settings],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = (anchors.opened(installation(secret).data) for secret in (SECRET, "another secret, as long as that one"))
    assert first.public_key == second.public_key
    monkeypatch.setitem(database.surroundings, "anchors", first)
    anchor(database)
    monkeypatch.setattr(verifying.opening, "opened", lambda _settings: database)
    assert verifying.verify(argparse.Namespace(files=False), installation("another secret, as long as that one")) == 0
    told = capsys.readouterr().out
    assert str(first.path) in told and "line 1 of 2090-01-01" in told and "1 cases checked, 0 faults" in told
    tamper(database, _judged(case, opinion="x"))
    assert verifying.verify(argparse.Namespace(files=False), installation()) == 1
    assert "the opinion" in capsys.readouterr().out


def test_file_and_key_of_the_anchors_are_settings(tmp_path: Path) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    given = {"BANJIE_DATA": str(tmp_path), "BANJIE_ANCHORS": str(tmp_path / "worm" / "a.jsonl"), "BANJIE_ANCHOR_KEY": key}
    settings = environment.from_environment(given)
    made = anchors.opened(settings.data, path=settings.anchors, key=settings.anchor_key)
    assert made.path == tmp_path / "worm" / "a.jsonl" and not (tmp_path / anchors.KEY_FILE).exists()
    assert made.is_signed(made.append({"at": ""}, before=None))
    assert [each.stat().st_mode & 0o077 for each in (made.path, made.path.parent)] == [0, 0]  # it names cases


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    for key in ("short", "!" * 44):
        with pytest.raises(errors.Invalid):
            anchors.opened(tmp_path, key=key)
    assert (anchors.opened(tmp_path), (tmp_path / anchors.KEY_FILE).stat().st_mode & 0o777)[1] == 0o600
