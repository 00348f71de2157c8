"""One dossier per customer is amended by all who know something: nobody's change takes back what another has filed."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from engine.records import versions
from engine.scenarios import Stage, play
from engine.storage import models
from tests.workflows.standing import ROOT

OPENING = ROOT / "workflows/telecom/business_opening/scenarios/trap_07_works_wait_for_all_three.toml"


@pytest.fixture
def stage() -> Iterator[Stage]:
    opened = Stage(ROOT / "bpmn", ROOT / "workflows", "telecom")
    yield opened
    opened.close()


def newest(stage: Stage) -> dict[str, Any]:
    with stage.database.reading(stage.company) as session:
        row = session.get_one(models.CustomerRecord, int(stage.references["contract"]))
        return versions.open(session, row, row.current_version)[1]


@pytest.mark.parametrize("is_uploaded_first", [True, False])
def test_what_was_reported_while_a_business_is_opened_stays_when_it_is_opened(stage: Stage, is_uploaded_first: bool) -> None:
    scenario = tomllib.loads(OPENING.read_text(encoding="utf-8"), parse_float=Decimal)
    upload, *rest = ({name: part for name, part in step.items() if name != "expect"} for step in scenario["step"])
    told = upload["form"]["customer"]
    basic = {**told["basic"], "contact": "钱立"}
    del basic["preferred_channel"]  # known to the group alone, which files it while the sales department writes its list
    told = {
        **told,
        "basic": basic,
        "contract": {**told["contract"], "signed_on": "2026-02-05", "period_months": 36, "amount": 216000},
    }
    listed = {"task": "supplement_list", "by": "sun_hao", "form": {"customer": told, "business_status": "新增一户"}}
    filed = {"task": "file_customer", "by": "lin_xiaoyan", "outcome": "file", "form": {"customer": told}}
    first = [upload, listed, filed] if is_uploaded_first else [listed, filed, upload]
    play(stage, "business_opening", {**scenario, "step": [*first, *rest], "expect": {}})
    dossier = newest(stage)
    assert (dossier["basic"]["contact"], dossier["basic"]["preferred_channel"]) == ("钱立", "电话")
    assert dossier["contract"]["status"] == "已开通" and dossier["business"]["ip_block"] == "203.0.113.8/29"
    [contract] = dossier["contracts"]
    assert contract["business"]["bandwidth"] == "100M" and contract["registered_by"] == "林晓燕"
