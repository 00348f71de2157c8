"""The small processes in which `approvals_world` lets people act at random."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.engine import kit

APPROVAL = {"kind": "approve", "resume": "choose", "withdraw": "handled"}
STARTED = ("serial", "parallel", "nested", "calling", "several", "passing", "unmanned")
PICKED = {"picked_sign": ["manager", "clerk2"]}  # where it is asked; elsewhere it is not looked at


def processes() -> Iterator[Any]:
    """Serial, parallel, nested, joint, called, several instances, one with a step that cannot be taken back, one that lacks people."""
    first = kit.task("fill", groups="客服专员,部门负责人")
    yield kit.diagram(
        "serial",
        kit.start(),
        first,
        kit.task("check", users="head,clerk", separate_from="fill", **APPROVAL),
        kit.task("judge", users="manager,clerk2", outcomes="approve", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "check", "judge", "done"),
    )
    yield kit.diagram(
        "parallel",
        kit.start(),
        first,
        kit.node("parallelGateway", "split"),
        kit.task("left", users="head", **APPROVAL),
        kit.task("left_check", users="clerk,clerk2", **APPROVAL),
        kit.boundary("late", "left", kit.timer("timeDuration", "PT1H"), interrupting=False),
        kit.task("reminded", users="owner", **APPROVAL),
        kit.end("told"),
        kit.task("right", users="manager,outsider", rule="all", outcomes="approve", **APPROVAL),
        kit.node("parallelGateway", "join"),
        kit.task("judge", users="manager", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "split", "left", "left_check", "join", "judge", "done"),
        kit.chain("split", "right", "join"),
        kit.chain("late", "reminded", "told"),
    )
    inner = (
        kit.start("inside"),
        kit.task("one", users="clerk,head", **APPROVAL),
        kit.task("two", users="clerk2,head,manager", rule="ratio:>1/2", **APPROVAL),
        kit.end("out"),
        kit.chain("inside", "one", "two", "out"),
    )
    yield kit.diagram(
        "nested",
        kit.start(),
        first,
        kit.node("subProcess", "sub", inner="".join(inner)),
        kit.task("judge", users="manager,head,clerk", rule="sequential", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "sub", "judge", "done"),
    )
    yield kit.diagram(
        "calling",
        kit.start(),
        first,
        kit.call("called", "serial"),
        kit.task("judge", users="manager,head,outsider", rule="veto:1/2", veto="manager", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "called", "judge", "done"),
    )
    each = '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[&#34;clerk&#34;,&#34;head&#34;]" inputElement="one"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
    several = kit.task("each", assignee="=one", **APPROVAL).replace("</bpmn:userTask>", each + "</bpmn:userTask>")
    yield kit.diagram(
        "several",
        kit.start(),
        first,
        several,
        kit.task("judge", users="manager,clerk2", **APPROVAL),
        kit.task("bind", users="owner,outsider", irreversible="true"),
        kit.task("last", users="manager,clerk2", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "each", "judge", "bind", "last", "done"),
    )

    yield kit.diagram(
        "passing",
        kit.start(),
        kit.task("fill", groups="客服专员,部门负责人", same_as_initiator="superior", **APPROVAL),
        kit.task("check", users="head", same_as_initiator="skip", repeat="last", **APPROVAL),
        kit.task("judge", groups="部门负责人", repeat="adjacent", **APPROVAL),
        kit.task("sign", picked_by="previous", picks="several", rule="all", **APPROVAL),
        kit.task("last", users="head", repeat="first", empty="incident", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "check", "judge", "sign", "last", "done"),
    )
    yield kit.diagram(
        "unmanned",
        kit.start(),
        first,
        kit.task("decide", users='=[string join(["no", "body"])]', rule="ratio:>1/2", **APPROVAL),
        kit.task("last", users="manager,clerk2", **APPROVAL),
        kit.end(),
        kit.chain("started", "fill", "decide", "last", "done"),
    )
