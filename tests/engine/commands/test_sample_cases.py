"""Sample cases of the demo: lived in the weeks before, some still under way, with histories and files that hold."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.commands import opening
from engine.deploying import folders
from engine.scenarios.samples import lived, stand_ins
from engine.storage import models
from tests.engine.commands.office import Place

COMPANY = "miniapp"


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that brings one company alone; its packages."""
    for kind in ("bpmn", "workflows"):
        (tmp_path / kind).mkdir()
        for each in (COMPANY, folders.SHARED):
            source = folders_of(kind) / each
            if source.exists():
                (tmp_path / kind / each).symlink_to(source)
    monkeypatch.setattr(opening, "BPMN", tmp_path / "bpmn")
    monkeypatch.setattr(opening, "WORKFLOWS", tmp_path / "workflows")
    return tmp_path / "workflows" / COMPANY


def folders_of(kind: str) -> Path:
    return Path(__file__).resolve().parents[3] / kind


def test_a_demo_has_lived_before_it_is_looked_at(place: Place, company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place.make()
    assert place.run("demo", "--cases", "8") == 0
    now = opening.clock()
    with contextlib.closing(place.database()) as database, database.reading(COMPANY) as session:
        cases = list(session.execute(select(models.ProcessInstance)).scalars())
        tasks = list(session.execute(select(models.UserTask)).scalars())
        assert all(session.scalars(select(models.Heartbeat.ended_at))), "nobody is missed as a worker that fell silent"
    assert {case.state for case in cases} >= {"active", "completed"}
    assert all(now - timedelta(days=lived.OLDEST + 8) < case.started_at <= now for case in cases)
    assert all(task.created_at <= now and (task.completed_at or now) <= now for task in tasks)
    assert any(task.state == "open" for task in tasks)
    capsys.readouterr()
    assert place.run("verify", "--files") == 0, capsys.readouterr().out

    assert place.run("demo", "--cases", "8") == 0  # a company that has cases gets no more
    with contextlib.closing(place.database()) as database, database.reading(COMPANY) as session:
        assert session.execute(select(func.count(models.ProcessInstance.key))).scalar_one() == len(cases)


@pytest.mark.parametrize("wrong", ["-1", "many", "501"])
def test_a_number_that_is_none_is_refused(place: Place, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        place.run("demo", "--cases", wrong)
    assert wrong in capsys.readouterr().err


def test_each_sample_case_is_of_a_customer_and_a_contract_of_its_own() -> None:
    """Scenarios tell of the same few; a demo of them would give one customer a dozen files."""
    paths = sorted((folders_of("workflows") / "telecom/business_opening/scenarios").glob("*.toml"))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    beginnings = iter(stand_ins.BEGINNINGS)
    told = [stand_ins.others(text, index, "", beginnings) for index, text in enumerate(texts)]
    for found in (stand_ins.NAMED.findall, lambda text: ["".join(parts) for parts in stand_ins.NUMBERED.findall(text)]):
        seen = [set(found(text)) for text in told]
        assert sum(map(len, seen)) == len(set().union(*seen)) > len(texts) / 2
        assert [len(each) for each in seen] == [len(set(found(text))) for text in texts], "what was one is one"
