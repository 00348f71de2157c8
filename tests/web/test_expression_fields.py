"""What a field for an expression is told while one types: names with a sentence each, faults in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from engine import feel
from engine.cases.look_ups import NAMES
from engine.storage import database as databases
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser

STEPS = (kit.start(form="request"), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))


def test_names_are_completed_and_faults_told_in_chinese_to_owners_alone(
    signed_in: Callable[..., Browser], database: databases.Database, cast: Cast
) -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.form("request", {**kit.text_field("reason"), "label": "事由"}),
        kit.diagram("leave", *STEPS, owners=["部门负责人"], may_start=["*"]),
    )
    head = signed_in("head")
    address = f"{head.post('/designer/processes/leave').address}/expressions"
    offered = head.client.get(address).json
    says = {each["name"]: each["says"] for each in offered}
    assert says["reason"] == "事由" and "initiator" in says
    assert {*feel.BUILTINS, *NAMES} <= says.keys()
    told = [each["says"] for each in offered if each["kind"] == "function"]
    assert all(any("一" <= sign <= "鿿" for sign in text) for text in told)

    def problems(text: str) -> list[str]:
        answer = head.client.post(address, data={"csrf_token": head.token(), "text": text})
        found: list[str] = answer.json["problems"]
        return found

    assert problems('=reason = "x" and working days after(today(), 3) > today()') == []
    assert problems("somebody_elses > 3") == []  # may come with a message
    assert "reason" in problems("=reasn > 3")[0]
    (fault,) = problems("=reason >")
    assert "运算符" in fault or "表达式" in fault or "值" in fault
    assert not any(word in fault for word in ("expected", "operator", "Input", "end"))
    head.post(address, text="1" * 20_000, status=422)
    signed_in("clerk").get(address, status=404)
    signed_in("clerk").post(address, text="1", status=404)
