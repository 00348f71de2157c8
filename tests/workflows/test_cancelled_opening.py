"""A business opening whose contract was cancelled is over without what was asked for."""

from __future__ import annotations

from engine import runtime
from engine.definitions.task_settings import END_OUTCOME
from tests.workflows.standing import ROOT


def test_an_opening_whose_contract_was_cancelled_does_not_end_as_done() -> None:
    [opening] = [
        each
        for each in runtime.parse((ROOT / "bpmn/telecom/business_opening.bpmn").read_bytes())
        if each.process_id == "business_opening"
    ]
    ends = {id: each.properties.get(END_OUTCOME, "") for id, each in opening.elements.items() if each.type == "endEvent"}
    assert ends["opening_cancelled"].startswith("closed:") and ends["business_opened"] == ""
