"""One dossier per customer is amended by all who know something: nobody's change takes back what another has filed."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from engine.cases import cases
from engine.records import versions
from engine.scenarios import Stage, play
from engine.storage import models
from tests.workflows.standing import ROOT

OPENING = ROOT / "workflows/telecom/business_opening/scenarios/trap_07_works_wait_for_all_three.toml"
SECOND_CONTRACT = (
    ROOT / "workflows/telecom/presales_and_contract/scenarios/known_customer_gets_the_contract_into_his_dossier.toml"
)


@pytest.fixture
def stage() -> Iterator[Stage]:
    opened = Stage(ROOT / "bpmn", ROOT / "workflows", "telecom")
    yield opened
    opened.close()


def newest(stage: Stage, name: str = "contract") -> dict[str, Any]:
    with stage.database.reading(stage.company) as session:
        row = session.get_one(models.CustomerRecord, int(stage.references[name]))
        return versions.open(session, row, row.current_version)[1]


def customers(stage: Stage) -> Iterator[dict[str, Any]]:
    """What the cases that were begun with a contract were told of it and its customer."""
    for row in stage.rows(models.ProcessInstance):
        with stage.database.reading(stage.company) as session:
            instance = session.get_one(models.ProcessInstance, row.key)
            customer = cases.variables(session, instance, now=stage.now).get("customer")
        if customer is not None:
            yield customer


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


def test_a_new_contract_leaves_what_an_older_one_of_the_customer_is_about(stage: Stage) -> None:
    """Files kept before contracts had their business beside them (imported, of the demo) hold one business, that of their contract."""
    scenario = tomllib.loads(SECOND_CONTRACT.read_text(encoding="utf-8"), parse_float=Decimal)
    business = {
        "business_type": "IP网关",
        "bandwidth": "30B+D",
        "planned_access": "自有网络",
        "installation_address": "健康路5号",
    }
    older = {"contract_no": "HT-2025-0009", "status": "已备案", "registered_at": "2026-02-01T09:00:00+08:00"}
    [record] = scenario["record"]
    content = {"basic": record["content"]["basic"], "contract": older, "business": business}
    scenario["record"] = [{**record, "name": "鸿江证券有限公司 HT-2025-0009", "content": content}]
    chosen = {"by": "sun_hao", "form": {"contract_record": "ref:dossier", "contract_no": "HT-2025-0009"}}
    filed_again = {"process": "customer_info_reporting", **chosen}
    opened = {"process": "business_opening", **chosen}
    play(stage, "presales_and_contract", {**scenario, "step": [*scenario["step"], {"start": filed_again}, {"start": opened}]})
    told = [customer["business"] for customer in customers(stage) if customer["contract"]["contract_no"] == "HT-2025-0009"]
    assert told == [business, business]
    kept = {each["contract_no"]: each["business"]["bandwidth"] for each in newest(stage, "dossier")["contracts"]}
    assert kept == {"HT-2025-0009": "30B+D", "HT-2026-0001": "100M"}
