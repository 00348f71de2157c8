"""A small company whose processes rest in every way there is: what the shipped companies' processes do not do, or do not leave.

Written as files, so that it is deployed and played like the others; and what people leave in their tasks: drafts, claims.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.people import actors
from engine.scenarios.stage import Stage
from tests.engine import kit
from tests.engine.kit import chain, end, flow, node, start, task

COMPANY = "sample"
BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ORGANISATION = """
id = "sample"
name = "样例公司"
administrators = ["owner"]
[[group]]
name = "客服专员"
members = ["clerk", "clerk2"]
[[group]]
name = "部门负责人"
members = ["head"]
[[person]]
username = "clerk"
name = "陈办事"
[[person]]
username = "clerk2"
name = "程办事"
[[person]]
username = "head"
name = "何负责"
[[person]]
username = "owner"
name = "欧流程"
"""
_drafted, _begun = itertools.count(), itertools.count()


def write(folder: Path) -> None:
    """Writes the company's files under `folder`, as bpmn/ and workflows/ hold them."""
    diagrams, workflows = folder / "bpmn" / COMPANY, folder / "workflows" / COMPANY
    for each in (diagrams, workflows / "sample"):
        each.mkdir(parents=True)
    (workflows / "company.toml").write_text(ORGANISATION, encoding="utf-8")
    for resource in _resources():
        if resource.name.endswith(".form"):
            (workflows / "sample" / resource.name).write_bytes(resource.content)
        else:
            (diagrams / resource.name).write_bytes(resource.content)
            own = workflows / resource.name.removesuffix(".bpmn")
            own.mkdir()
            (own / "workflow.toml").write_text('may_start = ["*"]\n', encoding="utf-8")


def scenarios() -> Iterator[tuple[str, dict[str, Any]]]:
    """The walks: each is stopped at each of its resting places."""
    done = {"task": "a", "by": "clerk", "form": {"answer": "好"}}
    yield "two_steps", _walk(done)
    yield "waits", _walk(done, {"message": "paid", "correlation": "K1", "variables": {"amount": 5}}, {"signal": "bell"})
    yield "waits", _walk({"job": "sample.measure", "fail": "秤坏了"})
    yield "waits", _walk({"advance": "3d"})
    yield "choices", _walk({"advance": "1d"})
    yield "buffered", _walk({"message": "later", "correlation": "K1", "variables": {"note": "早到"}})
    yield "calls", _walk({"task": "a", "in": "called", "by": "clerk", "form": {"answer": "好"}})
    yield (
        "several",
        _walk(
            {"task": "each", "by": "clerk"},
            {"task": "each", "by": "clerk"},
            {"task": "each", "by": "clerk"},
            {"task": "turn", "by": "clerk"},
        ),
    )
    yield "undone", _walk({"task": "a", "by": "clerk", "form": {"answer": "好"}})
    for process_id in ("calls_nobody", "decides_nothing", "no_way", "thrown"):
        yield process_id, _walk({"task": "a", "by": "clerk", "form": {"answer": "好"}})


def leave(staged: Stage) -> None:
    """What people leave behind: every other open task is claimed and has a draft, and a start form is begun."""
    for each in staged.rows(kit.models.UserTask, state="open"):
        if next(_drafted) % 2:
            _draft(staged, each)
    with staged.database.transaction(staged.company) as session:
        begun = {"process_id": "two_steps", "data": {"subject": "起草中"}, "saved_at": staged.now}
        if staged.company == COMPANY and not next(_begun):
            session.add(kit.models.StartDraft(company_id=COMPANY, username="clerk", **begun))


def _draft(staged: Stage, each: Any) -> None:
    items = staged.rows(kit.models.WorkItem, user_task_key=each.key, state="open")
    with staged.database.reading(staged.company) as session:
        people = [
            actors.load(session, staged.company, row.username)
            for row in staged.rows(kit.models.Person, company_id=staged.company)
        ]
    held = [by for by in people if by and any(item.username == by.username or item.group_name in by.groups for item in items)]
    by = next((by for by in held if by.username not in each.excluded), None)
    if by is None:
        return
    with staged.database.transaction(staged.company) as session:
        kit.user_tasks.claim(session, by, each.key, now=staged.now)
        kit.user_tasks.save_draft(session, by, each.key, {"answer": "写到一半", "amount": "12.50"}, now=staged.now)


def _walk(*steps: dict[str, Any]) -> dict[str, Any]:
    begun = {"by": "clerk", "form": {"subject": "样例", "key": "K1", "target": "not_there_yet"}}
    return {"now": BEGIN, "start": begun, "step": list(steps)}


def _resources() -> Iterator[Any]:
    fields = [kit.text_field("subject", required=True), kit.text_field("key"), kit.text_field("target")]
    yield kit.form("request", *fields)
    yield kit.form("answer", kit.text_field("answer", required=True))
    first = task("a", groups="客服专员", form="answer")
    begun = start(form="request")
    yield kit.diagram("two_steps", begun, first, task("b", groups="部门负责人"), end(), chain("started", "a", "b", "done"))
    yield kit.diagram("called", start(), first, end(), chain("started", "a", "done"))
    yield _waits(begun, first)
    yield _choices(begun)
    yield _buffered(begun, first)
    yield _calls(begun)
    yield _several(begun)
    yield _undone(begun, first)
    yield from _broken(begun, first)


def _waits(begun: str, first: str) -> Any:
    """Six branches, each at rest in a way of its own."""
    catching = {
        "message": '<bpmn:messageEventDefinition messageRef="paid"/>',
        "signal": '<bpmn:signalEventDefinition signalRef="bell"/>',
        "time": kit.timer("timeDuration", "P2D"),
    }
    caught = [node("intermediateCatchEvent", id, inner=inner) for id, inner in catching.items()]
    reminded = kit.boundary("reminded", "a", kit.timer("timeCycle", "R2/P1D"), interrupting=False)
    branches = ["a", *catching, "measured"]
    beside = kit.message("paid", "paid", "=key") + '<bpmn:signal id="bell" name="bell"/>'
    flows = "".join(flow("split", each) + flow(each, "join") for each in branches)
    return kit.diagram(
        "waits",
        begun,
        node("parallelGateway", "split"),
        node("parallelGateway", "join"),
        first,
        reminded,
        *caught,
        kit.service("measured", "sample.measure"),
        end(),
        end("told"),
        flows,
        chain("started", "split"),
        chain("join", "done"),
        chain("reminded", "told"),
        beside=beside,
    )


def _choices(begun: str) -> Any:
    """An event-based gateway, with an event subprocess that waits beside it."""
    message = node("intermediateCatchEvent", "answered", inner='<bpmn:messageEventDefinition messageRef="answer_came"/>')
    late = node("intermediateCatchEvent", "late", inner=kit.timer("timeDuration", "P5D"))
    stopped = node("startEvent", "stopped", inner='<bpmn:messageEventDefinition messageRef="stop"/>')
    beside_it = node(
        "subProcess",
        "stopping",
        inner=stopped + end("halted") + flow("stopped", "halted"),
        attributes=' triggeredByEvent="true"',
    )
    return kit.diagram(
        "choices",
        begun,
        node("eventBasedGateway", "either"),
        message,
        late,
        beside_it,
        end(),
        chain("started", "either", "answered", "done"),
        chain("either", "late", "done"),
        beside=kit.message("answer_came", "answer_came", "=key") + kit.message("stop", "stop", "=key"),
    )


def _buffered(begun: str, first: str) -> Any:
    """A message that comes while nobody waits for it yet."""
    received = node("receiveTask", "received", attributes=' messageRef="later"')
    flows = chain("started", "a", "received", "done")
    return kit.diagram("buffered", begun, first, received, end(), flows, beside=kit.message("later", "later", "=key"))


def _calls(begun: str) -> Any:
    """A called case under a boundary timer, within a subprocess."""
    inner = start("in") + kit.call("calling", "called", propagate=True) + end("out") + chain("in", "calling", "out")
    late = kit.boundary("late", "within", kit.timer("timeDuration", "P9D"))
    return kit.diagram(
        "calls",
        begun,
        node("subProcess", "within", inner=inner),
        late,
        end(),
        end("missed"),
        chain("started", "within", "done"),
        chain("late", "missed"),
    )


def _several(begun: str) -> Any:
    """One task for each of three, first at once, then one after the other."""
    looped = '<bpmn:multiInstanceLoopCharacteristics isSequential="{}"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2, 3]" inputElement="one" outputCollection="all" outputElement="=one"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
    extension = '<zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="客服专员"/>'
    each = node("userTask", "each", extension=extension, inner=looped.format("false"))
    turn = node("userTask", "turn", extension=extension, inner=looped.format("true"))
    return kit.diagram("several", begun, each, turn, end(), chain("started", "each", "turn", "done"))


def _undone(begun: str, first: str) -> Any:
    """What was done before is undone later, by compensation."""
    caught = node("boundaryEvent", "undo", inner="<bpmn:compensateEventDefinition/>", attributes=' attachedToRef="a"')
    undoing = node(
        "userTask",
        "undoing",
        extension='<zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="客服专员"/>',
        attributes=' isForCompensation="true"',
    )
    thrown = node("intermediateThrowEvent", "take_back", inner="<bpmn:compensateEventDefinition/>")
    linked = '<bpmn:association id="linked" associationDirection="One" sourceRef="undo" targetRef="undoing"/>'
    return kit.diagram(
        "undone",
        begun,
        first,
        caught,
        undoing,
        task("b", groups="部门负责人"),
        thrown,
        end(),
        linked,
        chain("started", "a", "b", "take_back", "done"),
    )


def _broken(begun: str, first: str) -> Iterator[Any]:
    """Cases that stop as incidents, of every kind."""
    yield kit.diagram(
        "calls_nobody", begun, first, kit.call("calling", "=target"), end(), chain("started", "a", "calling", "done")
    )
    decided = '<zeebe:calledDecision decisionId="=target" resultVariable="decided"/>'
    decides = node("businessRuleTask", "deciding", extension=decided)
    yield kit.diagram("decides_nothing", begun, first, decides, end(), chain("started", "a", "deciding", "done"))
    ways = flow("either", "done", '=answer = "是"') + flow("either", "other", '=answer = "否"')
    yield kit.diagram(
        "no_way", begun, first, node("exclusiveGateway", "either"), end(), end("other"), chain("started", "a", "either"), ways
    )
    failed = end(definition='<bpmn:errorEventDefinition errorRef="failed"/>')
    yield kit.diagram(
        "thrown",
        begun,
        first,
        failed,
        chain("started", "a", "done"),
        beside='<bpmn:error id="failed" name="failed" errorCode="FAILED"/>',
    )
