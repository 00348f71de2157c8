"""A database written by an earlier version is migrated, and every case that was open in it is finished, on both databases."""

from __future__ import annotations

import lzma
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url, select

from engine import cli
from engine.deploying.deployment import Resource
from engine.people import actors
from engine.records import versions
from engine.storage import database as databases
from engine.storage import migrations, models
from engine.storage.migrations import upgrading
from engine.storage.vault import Vault
from tests import postgres
from tests.conftest import POSTGRES
from tests.engine import kit
from tests.upgrades import finishing, sample

HERE = Path(__file__).parent
STORED = sorted(HERE.glob("*.xz"))
SECRET = "only for databases in memory"  # of the scenarios' stages, with which the records in there were sealed
AFTER = datetime(2026, 3, 6, tzinfo=UTC)  # later than everything in there
NEVER_GOES_ON = ("no_way", "thrown")  # of the sample: drawn so that nothing helps but to cancel
DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="later" name="later" namespace="http://banjie.example/dmn">
<decision id="not_there_yet" name="Later"><literalExpression><text>"decided"</text></literalExpression></decision></definitions>"""


@pytest.fixture(scope="module", params=STORED, ids=lambda path: path.name.removesuffix(".xz"))
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A stored database as that version left it, brought to the tables of today; to be copied, never written to."""
    content = lzma.decompress(request.param.read_bytes())
    if ".sqlite" in request.param.name:
        path = tmp_path_factory.mktemp("stored") / "stored.db"
        path.write_bytes(content)
        url = f"sqlite:///{path}"
    else:
        url = postgres.create_database(os.environ[POSTGRES])
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(content)
    old = databases.connect(url)
    upgrading.upgrade(old)
    assert migrations.is_current(old)
    old.close()
    return url


@pytest.fixture
def url(template: str, tmp_path: Path) -> str:
    """A copy of it."""
    if template.startswith("sqlite"):
        shutil.copy(make_url(template).database or "", tmp_path / "stored.db")
        return f"sqlite:///{tmp_path / 'stored.db'}"
    return postgres.create_database(os.environ[POSTGRES], template=make_url(template).database)


@pytest.fixture
def upgraded(url: str, tmp_path: Path) -> Iterator[databases.Database]:
    """The database at `url`, opened."""
    (tmp_path / "files").mkdir()
    opened = databases.open(url, vault=Vault(SECRET), data=tmp_path / "files")
    yield opened
    opened.close()


@pytest.mark.slow
def test_every_case_of_an_earlier_version_is_finished_by_this_one(
    upgraded: databases.Database, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    finisher = finishing.Finisher(upgraded, AFTER)
    open_before, known = finisher.active(), _incidents(upgraded)
    resting = {(company, process) for company, process, _ in open_before}
    deployed = {(row.company_id, row.process_id) for row in kit.rows(upgraded, models.ProcessDefinition)}
    assert (
        deployed - resting == {("miniapp", "complaint_withdrawal"), (sample.COMPANY, "not_there_yet")} & deployed
    )  # never rest
    _mend(upgraded, known)
    finisher.worker.run_once()
    finishing.set_starts_aside(upgraded)
    finisher.finish()
    assert {process for _, process, _ in finisher.active()} == set(NEVER_GOES_ON)
    finishing.cancel(upgraded, _instances(upgraded, NEVER_GOES_ON), finisher.now)
    assert finisher.active() == []
    raised = [each for each in _incidents(upgraded) if each.key not in {old.key for old in known}]
    unexpected = [each for each in raised if each.kind != "assignment" and each.element_id not in ("either", "done")]
    assert [(each.company_id, each.element_id, each.message, each.values) for each in unexpected] == []
    assert [each.message for each in _incidents(upgraded) if each.state == "open"] == []
    monkeypatch.setenv("BANJIE_DATABASE_URL", url)
    monkeypatch.setenv("BANJIE_SECRET_KEY", SECRET)
    monkeypatch.setenv("BANJIE_DATA", str(tmp_path / "files"))
    assert cli.main(["verify"]) == 0, capsys.readouterr()


def test_what_people_had_begun_is_there_again_after_the_upgrade(upgraded: databases.Database) -> None:
    begun = kit.rows(upgraded, models.StartDraft, company_id=sample.COMPANY, username="clerk")
    assert [each.data for each in begun] == [{"subject": "起草中"}]
    with upgraded.reading() as session:
        drafted = select(models.WorkItem.draft).where(models.WorkItem.draft.is_not(None), models.WorkItem.state == "open")
        drafts = session.execute(drafted).scalars().all()
    assert len(drafts) >= 60 and all(draft == {"answer": "写到一半", "amount": "12.50"} for draft in drafts)


def test_records_of_an_earlier_version_open_and_keep_their_versions(upgraded: databases.Database) -> None:
    with upgraded.reading() as session:
        kept = select(models.CustomerRecord).where(models.CustomerRecord.state == "active")
        numbered = [(row, each.version) for row in session.execute(kept).scalars() for each in versions.versions(session, row)]
        assert len(numbered) >= 25
        assert all(versions.open(session, row, version)[1] for row, version in numbered)


@pytest.mark.parametrize("template", [each for each in STORED if each.name.startswith("0002.")], indirect=True)
def test_only_processes_that_work_with_customer_records_already_may_go_on_to(upgraded: databases.Database) -> None:
    with upgraded.reading() as session:
        companies = session.execute(select(models.Company)).scalars().all()
        policies = {each.id: each.settings.get("records", {}) for each in companies}
    assert policies["advertising"]["saved_by"] == ["record_creation"]
    assert policies["advertising"]["read_by"] == ["record_destruction"]
    assert (
        "complaint" in policies["telecom"]["saved_by"]
        and "headquarters_customer_statistics" not in policies["telecom"]["saved_by"]
    )
    assert policies["sample"] == {} and all("lowered_by" not in each for each in policies.values())


def _mend(database: databases.Database, known: list[Any]) -> None:
    """What was missing is deployed, and what had stopped is tried again by those who look after it."""
    with database.reading() as session:
        owner = actors.load(session, sample.COMPANY, "owner")
    assert owner is not None
    process = kit.diagram("not_there_yet", kit.start(), kit.end(), kit.chain("started", "done"))
    kit.deploy(database, owner, process, Resource("later.dmn", DECISION.encode()), now=AFTER)
    for each in known:
        if each.kind in ("call", "decision", "job"):
            finishing.try_again(database, each.key, AFTER)


def _incidents(database: databases.Database) -> list[Any]:
    return kit.rows(database, models.Incident)


def _instances(database: databases.Database, processes: tuple[str, ...]) -> list[int]:
    rows = kit.rows(database, models.ProcessInstance, company_id=sample.COMPANY, state="active")
    return [row.key for row in rows if row.process_id in processes]
