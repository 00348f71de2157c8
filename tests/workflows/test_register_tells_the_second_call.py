"""The register of complaints says how the second call of a dissatisfied customer ended, beside what he said first."""

import tomllib
from decimal import Decimal

from engine.queries import paging
from engine.queries.records import register_list
from engine.scenarios import Stage, play
from tests.workflows.standing import ROOT

SCENARIO = ROOT / "workflows/miniapp/complaint_handling/scenarios/dissatisfied_customer_is_visited_until_content.toml"


def test_a_customer_who_agreed_on_the_second_call_does_not_stand_there_as_dissatisfied_alone() -> None:
    stage = Stage(ROOT / "bpmn", ROOT / "workflows", "miniapp")
    play(stage, "complaint_handling", tomllib.loads(SCENARIO.read_text(encoding="utf-8"), parse_float=Decimal))
    with stage.database.reading(stage.company) as session:
        by = stage.actor(session, "sun_limin")
        shown = register_list.register(
            session, by, "complaint_handling", register_list.RegisterFilters(), paging.WantedPage(), now=stage.now
        )
    stage.close()
    told = dict(zip((column.name for column in shown.columns), shown.page.rows[0].values, strict=True))
    assert (told["客户评价"], told["再次回访结果"]) == ("不满意", "客户认可")
