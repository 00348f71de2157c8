"""What is compared with a value that none of a field's choices has is told: the branch behind it would never be taken."""

from __future__ import annotations

import pytest

from engine.deploying.checking import checks
from engine.deploying.deployment import Resource
from tests.engine import kit

KINDS = {
    "type": "select",
    "key": "kind",
    "label": "类型",
    "values": [{"label": "加急", "value": "urgent"}, {"label": "普通", "value": "plain"}],
}
LABELLED = "“kind” is never “加急”: the choice that is called so is written “urgent”."


def told(condition: str, *more: str, field: dict[str, object] = KINDS) -> list[str]:
    """The warnings about what the field is compared with at a gateway that has a way for all other cases."""
    ways = (kit.flow("way", "first", condition), kit.flow("way", "other"))
    gateway = kit.node("exclusiveGateway", "way", attributes=' default="way_other"')
    steps = (kit.start(form="f"), kit.task("check", groups="g"), gateway, kit.end("first"), kit.end("other"))
    diagram = kit.diagram("p", *steps, *more, *ways, kit.chain("started", "check", "way"))
    return [str(each) for each in checks.check([kit.form("f", field), diagram]) if "is never" in str(each)]


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ('kind = "加急"', LABELLED),
        ('days > 3 and kind in ("plain", "加急")', LABELLED),
        ('kind = "urgant"', "“kind” is never “urgant”. Did you mean “urgent”?"),
        ('kind != "none of it"', "“kind” is never “none of it”; its choices are written: urgent, plain."),
        ('kind = "urgent"', ""),
        ('other = "加急"', ""),
    ],
)
def test_a_condition_that_waits_for_no_choice_is_told(condition: str, sentence: str) -> None:
    assert told(condition) == ([sentence] if sentence else [])


def test_what_may_come_from_elsewhere_is_not_told() -> None:
    written = kit.node("scriptTask", "script", extension='<zeebe:script expression="=1" resultVariable="kind"/>')
    assert told('kind = "加急"', written) == []
    assert told('kind = "加急"', field={**KINDS, "valuesKey": "kinds"}) == []
    assert told('kind = "加急"', field={"type": "textfield", "key": "kind"}) == []
    assert told('kind = "加急"', field={**KINDS, "readonly": True}) == [], "it shows what came from elsewhere"


TABLE = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="级别" namespace="n"><decision id="level"'
    ' name="级别"><variable name="level"/><decisionTable id="t" hitPolicy="FIRST"><input id="i"><inputExpression id="e">'
    '<text>kind</text></inputExpression></input><output id="o" name="result"/><rule id="r1"><inputEntry id="c1"><text>"urgent"'
    '</text></inputEntry><outputEntry id="a1"><text>1</text></outputEntry></rule><rule id="r2"><inputEntry id="c2"><text>"加急",'
    '"plain"</text></inputEntry><outputEntry id="a2"><text>2</text></outputEntry></rule></decisionTable></decision></definitions>'
)


def test_a_decision_that_waits_for_no_choice_is_told() -> None:
    step = kit.node("businessRuleTask", "decide", extension='<zeebe:calledDecision decisionId="level" resultVariable="level"/>')
    diagram = kit.diagram("p", kit.start(form="f"), step, kit.end(), kit.chain("started", "decide", "done"))
    found = checks.check([kit.form("f", KINDS), diagram, Resource("level.dmn", TABLE.encode())])
    assert [str(each) for each in found if each.element_id == "decide"] == [
        "Rule 2 of “级别” waits until “kind” is “加急”, which is none of its choices: urgent, plain."
    ]


def test_a_decision_or_form_that_is_there_and_wrong_is_not_told_as_missing() -> None:
    step = kit.node("businessRuleTask", "decide", extension='<zeebe:calledDecision decisionId="level" resultVariable="level"/>')
    diagram = kit.diagram("p", kit.start(form="f"), step, kit.end(), kit.chain("started", "decide", "done"))
    wrong = Resource("level.dmn", TABLE.replace("<text>kind</text>", "<text></text>").encode())
    found = checks.check([kit.form("f", {"type": "select"}), diagram, wrong])
    assert {each.resource for each in found if each.severity == "error"} == {"f.form", "level.dmn"}
