"""A record that was made and destroyed by the real processes leaves its catalogue line and nothing of its content."""

import tomllib
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.cases import history
from engine.operations import destroying
from engine.people import organisation
from engine.scenarios import Stage, play
from engine.storage import models
from tests import sample_case

ROOT = Path(__file__).resolve().parent.parent.parent
SCENARIO = ROOT / "workflows/advertising/record_creation/scenarios/institutional_customer_is_filed_twice.toml"
CONTENT = ("江小满", "市场部归口", "420000000", "1250000.5", "春茶季投放")


def everything(stage: Stage) -> dict[str, str]:
    """All rows of all tables as text, by table; but the scenarios of processes, one of which is played here."""
    with stage.database.reading() as session:
        return {
            name: " ".join(repr(value) for row in session.execute(select(*columns)) for value in row)
            for name, table in models.metadata.tables.items()
            if (columns := [column for column in table.columns if column.name != "scenarios"])
        }


def found(stage: Stage) -> set[tuple[str, str]]:
    return {(name, part) for name, text in everything(stage).items() for part in CONTENT if part in text}


@pytest.fixture
def stage():
    opened = Stage(ROOT / "bpmn", ROOT / "workflows", "advertising")
    yield opened
    opened.close()


def test_the_content_of_a_destroyed_record_is_in_no_table_any_more(stage: Stage) -> None:
    play(stage, "record_creation", tomllib.loads(SCENARIO.read_text(encoding="utf-8")))
    assert {part for _name, part in found(stage)} == set(CONTENT)  # before, it is somewhere
    with stage.database.transaction("advertising") as session:
        key = session.execute(select(models.CustomerRecord.key)).scalar_one()
        case = sample_case.make(session, stage.now, company="advertising", initiator="cao_lei")
        sample_case.done(session, case, "approve", "guo_wei", kind="approve", outcome="approve")
        sample_case.done(session, case, "execute", "pan_ting")
        sample_case.done(session, case, "watch", "bai_lu")
        company = organisation.current(session, "advertising")
        approved = [{"recordId": str(key)}]
        result = destroying.destroy(
            session,
            company,
            case,
            [key],
            method="碎纸",
            keeper="pan_ting",
            witness="bai_lu",
            approved_list=approved,
            now=stage.now,
        )
    assert result.destroyed == [str(key)]
    assert found(stage) == set()
    with stage.database.reading() as session:
        for instance in session.execute(select(models.ProcessInstance)).scalars():
            assert instance.key == case.key or history.verify(session, instance.key) == []  # erased, and the chain still holds
    line = stage.rows(models.CustomerRecord)[0]
    assert (line.name, line.secrecy, line.state) == ("云岭茶业股份有限公司", "秘密", "destroyed")
