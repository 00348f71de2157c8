"""Processes and columns that look-ups of other cases name are held against the registers there are, in forms and diagrams."""

from __future__ import annotations

import pytest

from engine.deploying.checking import checks
from engine.deploying.deployment import Resource
from tests.engine import kit

NEAR = "There is no process “complant” whose earlier cases could be counted. Did you mean “complaint”?"
COLUMN = "The register of “complaint” has no column “客户单伟”. Did you mean “客户单位”?"


def process() -> Resource:
    columns = [{"label": "客户单位", "value": "=customer"}, {"label": "产品", "value": "=product"}]
    steps = (kit.start(), kit.task("step", groups="g"), kit.end(), kit.chain("started", "step", "done"))
    return kit.diagram("complaint", *steps, register=columns)


def form(expression: str) -> Resource:
    return kit.form("f", {"type": "expression", "key": "times", "id": "times", "expression": f"={expression}"})


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ('earlier cases("complaint", "客户单位", customer, 90) + 1', []),
        ('earlier cases(which, "客户单伟", customer, 90)', []),
        ('earlier cases("complant", "客户单位", customer, 90)', [NEAR]),
        ('earlier cases("complaint", "客户单伟", customer, 90)', [COLUMN]),
        ('earlier cases("complaint", "单号", number, 90)', []),
        ('earlier handler("complaint", "客户单伟", customer, 90, "step")', [COLUMN]),
        ('running case("complaint", "客户单位", customer, "产品")', []),
        ('running case("complaint", "产品", product, "客户单伟")', [COLUMN]),
        ('running case("complaint", "客户单伟", customer, "客户单伟")', [COLUMN]),
        ("running case()", []),
    ],
)
def test_unknown_names_are_told_with_the_nearest(expression: str, said: list[str]) -> None:
    found = checks.check([process(), form(expression)])
    assert [(str(each), each.element_id) for each in found] == [(each, "times") for each in said]
    assert [each.severity for each in found] == ["warning" if each == NEAR else "error" for each in said]


def test_names_in_a_diagram_and_what_was_deployed_before_count_too() -> None:
    step = kit.task("step", groups="g", due='=if earlier cases("complaint", "客户单伟", x, 90) > 1 then "1d" else "2d"')
    other = kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "step", "done"))
    known = checks.Known(processes=["complaint"], columns=lambda _process_id: ["客户单位"])
    assert [str(each) for each in checks.check([other], known)] == [COLUMN]
    unknown = checks.Known(processes=["complaint"])
    assert checks.check([other], unknown) == []
