"""A document is set while nothing is locked; when the case has moved on meanwhile it is set anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import operations
from engine.background.worker import Worker
from engine.files import documents
from engine.operations import registry
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit

HEADERS = '<zeebe:taskHeaders><zeebe:header key="template" value="complaint_record"/></zeebe:taskHeaders>'
DATA = '<zeebe:ioMapping><zeebe:input source="={}" target="data"/></zeebe:ioMapping>'


@pytest.fixture
def case(database: databases.Database, cast: Cast, tmp_path: Path) -> int:
    """One branch of the case makes a document, somebody has work in the other."""
    database.surroundings["data"] = tmp_path
    process = kit.diagram(
        "papers",
        kit.start(),
        kit.node("parallelGateway", "fork"),
        kit.service("make", "documents.render", headers=HEADERS, inputs=DATA),
        kit.task("beside"),
        kit.end("made"),
        kit.end("done"),
        kit.chain("started", "fork", "make", "made"),
        kit.chain("fork", "beside", "done"),
    )
    kit.deploy(database, cast.owner, process)
    return kit.begin(database, cast.owner, "papers")


def setting(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> list[str]:
    """Lets `meanwhile` happen when a document is set; gives what the documents say."""
    said: list[str] = []

    def set_(template: str, order: bytes) -> bytes:
        meanwhile()
        said.append(order.decode("unicode_escape"))
        return b"%PDF-1.7"

    monkeypatch.setattr(documents, "_set", set_)
    return said


def test_somebody_else_can_act_in_the_case_while_its_document_is_set(
    database: databases.Database, cast: Cast, case: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lock_and_write() -> None:
        with database.transaction("acme") as session:
            mine = select(models.ProcessInstance).where(models.ProcessInstance.key == case)
            session.execute(mine.with_for_update(nowait=True)).scalar_one().priority = 60

    said = setting(monkeypatch, lock_and_write)
    assert Worker(database, lambda: kit.NOW).run_once() == 1
    assert len(said) == 1
    assert kit.open_elements(database, case) == ["beside"]
    assert kit.instance(database, case).priority == 60
    assert len(kit.rows(database, models.Attachment, instance_key=case)) == 1


def test_a_document_that_is_outdated_before_it_is_attached_is_set_anew(
    database: databases.Database, cast: Cast, case: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = iter(["beside"])

    def work_beside() -> None:
        for element in tasks:
            kit.complete(database, cast.owner, case, element, {})

    said = setting(monkeypatch, work_beside)
    worker = Worker(database, lambda: kit.NOW)
    assert worker.run_once() == 0
    assert kit.rows(database, models.Attachment, instance_key=case) == []
    assert worker.run_once() == 1
    assert ["beside" in each for each in said] == [False, True]
    assert len(kit.rows(database, models.Attachment, instance_key=case)) == 1
    assert kit.instance(database, case).state == "completed"
    assert kit.rows(database, models.Incident) == []


def test_a_document_that_cannot_be_set_is_tried_again_and_then_an_incident(
    database: databases.Database, cast: Cast, case: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError("no such font")

    setting(monkeypatch, fail)
    Worker(database, lambda: kit.NOW).run_once()
    [job] = kit.rows(database, models.Job, type="documents.render")
    assert (job.state, job.retries) == ("open", 2)
    assert "no such font" in job.error


def test_what_is_made_beforehand_cannot_run_in_the_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    with pytest.raises(ValueError, match=r"x\.y"):
        operations.operation("x.y", in_transaction=True, order=lambda context: None)(lambda context: {})  # type: ignore[arg-type,return-value]
