"""What cannot run is named before it is deployed; what can run has no errors."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import runtime
from engine.runtime.checking import checks
from tests.engine import kit
from tests.engine.runtime.walking import DIAGRAMS, xml

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">'
    '<bpmn:message id="m" name="m"><bpmn:extensionElements><zeebe:subscription correlationKey="=k"/></bpmn:extensionElements>'
    '</bpmn:message><bpmn:process id="p" isExecutable="true">'
)
TAIL = "</bpmn:process></bpmn:definitions>"
FRAME = (
    '<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="x"/>{}'
    '<bpmn:sequenceFlow id="f2" sourceRef="x" targetRef="e"/><bpmn:endEvent id="e"/>'
)

BOUNDARY = '<bpmn:boundaryEvent id="{}" attachedToRef="x" cancelActivity="{}">{}</bpmn:boundaryEvent>'
EVENT_SUBPROCESS = (
    '<bpmn:subProcess id="{0}" triggeredByEvent="true"><bpmn:startEvent id="{0}1"><bpmn:errorEventDefinition/>'
    '</bpmn:startEvent><bpmn:endEvent id="{0}2"/><bpmn:sequenceFlow id="{0}3" sourceRef="{0}1" targetRef="{0}2"/>'
    "</bpmn:subProcess>"
)

BROKEN = {
    "service task without a type": ('<bpmn:serviceTask id="x"/>', "x"),
    "a step of people that nothing leads to": ('<bpmn:task id="x"/><bpmn:userTask id="alone"/>', "alone"),
    "an id that no browser can draw": ('<bpmn:task id="x"/><bpmn:textAnnotation id="__proto__"/>', "__proto__"),
    "send task without anything": ('<bpmn:sendTask id="x"/>', "x"),
    "receive task without a message": ('<bpmn:receiveTask id="x"/>', "x"),
    "call activity without a process": ('<bpmn:callActivity id="x"/>', "x"),
    "business rule task without a decision": ('<bpmn:businessRuleTask id="x"/>', "x"),
    "script task without a script": ('<bpmn:scriptTask id="x"/>', "x"),
    "complex gateway": ('<bpmn:complexGateway id="x"/>', "x"),
    "timer without a time": (
        '<bpmn:intermediateCatchEvent id="x"><bpmn:timerEventDefinition/></bpmn:intermediateCatchEvent>',
        "x",
    ),
    "catching nothing": ('<bpmn:intermediateCatchEvent id="x"/>', "x"),
    "message without a name": (
        '<bpmn:intermediateCatchEvent id="x"><bpmn:messageEventDefinition/></bpmn:intermediateCatchEvent>',
        "x",
    ),
    "two definitions": (
        '<bpmn:intermediateCatchEvent id="x"><bpmn:timerEventDefinition/><bpmn:signalEventDefinition/>'
        "</bpmn:intermediateCatchEvent>",
        "x",
    ),
    "terminating in the middle": (
        '<bpmn:intermediateThrowEvent id="x"><bpmn:terminateEventDefinition/></bpmn:intermediateThrowEvent>',
        "x",
    ),
    "link into nowhere": (
        '<bpmn:intermediateThrowEvent id="x"><bpmn:linkEventDefinition name="a"/></bpmn:intermediateThrowEvent>',
        "x",
    ),
    "boundary event at nothing": (
        '<bpmn:task id="x"/><bpmn:boundaryEvent id="b" attachedToRef="y"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>',
        "b",
    ),
    "empty subprocess": ('<bpmn:subProcess id="x"/>', "x"),
    "subprocess without a start": ('<bpmn:subProcess id="x"><bpmn:task id="y"/></bpmn:subProcess>', "x"),
    "loop without end": ('<bpmn:task id="x"><bpmn:standardLoopCharacteristics/></bpmn:task>', "x"),
    "multi-instance over nothing": ('<bpmn:task id="x"><bpmn:multiInstanceLoopCharacteristics/></bpmn:task>', "x"),
    "default that does not leave": ('<bpmn:exclusiveGateway id="x" default="f1"/>', "x"),
    "flow without a condition": (
        '<bpmn:exclusiveGateway id="x"/><bpmn:sequenceFlow id="f3" sourceRef="x" targetRef="e"/>',
        "f2",
    ),
    "flow into nowhere": ('<bpmn:task id="x"/><bpmn:sequenceFlow id="f3" sourceRef="x" targetRef="gone"/>', "f3"),
    "id used twice": ('<bpmn:task id="x"/><bpmn:task id="e"/>', "e"),
    "subprocess that holds its own id": ('<bpmn:subProcess id="x"><bpmn:task id="x"/></bpmn:subProcess>', "x"),
    "subprocess and task without an id": ('<bpmn:task id="x"/><bpmn:subProcess><bpmn:task/></bpmn:subProcess>', ""),
    "cancel outside a transaction": (
        '<bpmn:task id="x"/><bpmn:endEvent id="c"><bpmn:cancelEventDefinition/>'
        '</bpmn:endEvent><bpmn:sequenceFlow id="f3" sourceRef="x" targetRef="c"/>',
        "c",
    ),
    "choreography": ('<bpmn:task id="x"/><bpmn:choreographyTask id="y"/>', "y"),
    "job type that is no FEEL": (
        '<bpmn:serviceTask id="x"><bpmn:extensionElements><zeebe:taskDefinition type="=1 +"/>'
        "</bpmn:extensionElements></bpmn:serviceTask>",
        "x",
    ),
    "error end without a code": (
        '<bpmn:task id="x"/><bpmn:endEvent id="c"><bpmn:errorEventDefinition/></bpmn:endEvent>'
        '<bpmn:sequenceFlow id="f3" sourceRef="x" targetRef="c"/>',
        "c",
    ),
    "events behind a gateway that are none": ('<bpmn:eventBasedGateway id="x"/>', "e"),
    "flow across a border": (
        '<bpmn:subProcess id="x"><bpmn:startEvent id="y"/></bpmn:subProcess>'
        '<bpmn:sequenceFlow id="f3" sourceRef="y" targetRef="e"/>',
        "f3",
    ),
    "two starts without an event": ('<bpmn:task id="x"/><bpmn:startEvent id="y"/>', "p"),
    "subprocess that starts twice": (
        '<bpmn:subProcess id="x"><bpmn:startEvent id="y"/><bpmn:startEvent id="z"/></bpmn:subProcess>',
        "x",
    ),
    "event subprocess without an event": (
        '<bpmn:task id="x"/><bpmn:subProcess id="y" triggeredByEvent="true"><bpmn:startEvent id="z"/></bpmn:subProcess>',
        "y",
    ),
    "event subprocess with a flow": (
        '<bpmn:subProcess id="x" triggeredByEvent="true"><bpmn:startEvent id="z"/></bpmn:subProcess>',
        "x",
    ),
    "flow into a start": ('<bpmn:task id="x"/><bpmn:sequenceFlow id="f3" sourceRef="x" targetRef="s"/>', "s"),
    "flow out of an end": ('<bpmn:task id="x"/><bpmn:sequenceFlow id="f3" sourceRef="e" targetRef="x"/>', "e"),
    "job type that is empty": (
        '<bpmn:serviceTask id="x"><bpmn:extensionElements><zeebe:taskDefinition type=""/></bpmn:extensionElements>'
        "</bpmn:serviceTask>",
        "x",
    ),
    "decision without a variable": (
        '<bpmn:businessRuleTask id="x"><bpmn:extensionElements><zeebe:calledDecision decisionId="d"/>'
        "</bpmn:extensionElements></bpmn:businessRuleTask>",
        "x",
    ),
    "output collection without an element": (
        '<bpmn:task id="x"><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics '
        'inputCollection="=[]" outputCollection="o"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
        "</bpmn:task>",
        "x",
    ),
    "signal without a name": (
        '<bpmn:intermediateThrowEvent id="x"><bpmn:signalEventDefinition/></bpmn:intermediateThrowEvent>',
        "x",
    ),
    "condition that is empty": (
        '<bpmn:intermediateCatchEvent id="x"><bpmn:conditionalEventDefinition/></bpmn:intermediateCatchEvent>',
        "x",
    ),
    "conditional start of a process": (
        '<bpmn:task id="x"/><bpmn:startEvent id="y"><bpmn:conditionalEventDefinition><bpmn:condition>=a</bpmn:condition>'
        "</bpmn:conditionalEventDefinition></bpmn:startEvent>",
        "y",
    ),
    "transaction that cannot be left by its cancel": (
        '<bpmn:transaction id="x"><bpmn:startEvent id="y"/><bpmn:endEvent id="c"><bpmn:cancelEventDefinition/>'
        "</bpmn:endEvent></bpmn:transaction>",
        "c",
    ),
    "compensating what is not there": (
        '<bpmn:intermediateThrowEvent id="x"><bpmn:compensateEventDefinition activityRef="gone"/>'
        "</bpmn:intermediateThrowEvent>",
        "x",
    ),
    "two compensation handlers": (
        '<bpmn:task id="x"/><bpmn:boundaryEvent id="b" attachedToRef="x"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>'
        '<bpmn:boundaryEvent id="c" attachedToRef="x"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>'
        '<bpmn:task id="h" isForCompensation="true"/><bpmn:task id="i" isForCompensation="true"/>'
        '<bpmn:association id="k" sourceRef="b" targetRef="h"/><bpmn:association id="l" sourceRef="c" targetRef="i"/>',
        "x",
    ),
    "one compensation event with two handlers": (
        '<bpmn:task id="x"/><bpmn:boundaryEvent id="b" attachedToRef="x"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>'
        '<bpmn:task id="h" isForCompensation="true"/><bpmn:task id="i" isForCompensation="true"/>'
        '<bpmn:association id="k" sourceRef="b" targetRef="h"/><bpmn:association id="l" sourceRef="b" targetRef="i"/>',
        "x",
    ),
    "compensation event twice, one handler": (
        '<bpmn:task id="x"/>'
        + BOUNDARY.format("b", "true", "<bpmn:compensateEventDefinition/>")
        + BOUNDARY.format("c", "true", "<bpmn:compensateEventDefinition/>")
        + '<bpmn:task id="h" isForCompensation="true"/><bpmn:association id="k" sourceRef="b" targetRef="h"/>',
        "x",
    ),
    "compensation handler elsewhere": (
        '<bpmn:task id="x"/>'
        + BOUNDARY.format("b", "true", "<bpmn:compensateEventDefinition/>")
        + '<bpmn:subProcess id="y"><bpmn:startEvent id="z"/><bpmn:task id="h" isForCompensation="true"/></bpmn:subProcess>'
        '<bpmn:association id="k" sourceRef="b" targetRef="h"/>',
        "x",
    ),
    "compensation by people that no event leads to": (
        '<bpmn:task id="x"/><bpmn:userTask id="h" isForCompensation="true"/>',
        "h",
    ),
    "event gateway that waits twice for the same": (
        '<bpmn:eventBasedGateway id="x"/><bpmn:receiveTask id="y" messageRef="m"/><bpmn:receiveTask id="z" messageRef="m"/>'
        '<bpmn:sequenceFlow id="f3" sourceRef="x" targetRef="y"/><bpmn:sequenceFlow id="f4" sourceRef="x" targetRef="z"/>',
        "x",
    ),
    "a timer of two times": (
        '<bpmn:intermediateCatchEvent id="x"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration>'
        "<bpmn:timeCycle>R/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
        "x",
    ),
    "compensating what has no handler": (
        '<bpmn:intermediateThrowEvent id="x"><bpmn:compensateEventDefinition activityRef="y"/>'
        '</bpmn:intermediateThrowEvent><bpmn:task id="y"/>',
        "x",
    ),
    "compensation handler with a flow": (
        '<bpmn:task id="x" isForCompensation="true"/>',
        "x",
    ),
    "error event that does not interrupt": (
        '<bpmn:task id="x"/>' + BOUNDARY.format("b", "false", "<bpmn:errorEventDefinition/>"),
        "b",
    ),
    "two events for the same error": (
        '<bpmn:task id="x"/>'
        + BOUNDARY.format("b", "true", "<bpmn:errorEventDefinition/>")
        + BOUNDARY.format("c", "true", "<bpmn:errorEventDefinition/>"),
        "x",
    ),
    "two event subprocesses for every error": (
        '<bpmn:task id="x"/>' + "".join(EVENT_SUBPROCESS.format(each) for each in "yz"),
        "p",
    ),
    "event subprocess with a boundary event": (
        '<bpmn:task id="x"/>'
        + EVENT_SUBPROCESS.format("y")
        + BOUNDARY.replace('"x"', '"y"').format("b", "true", "<bpmn:errorEventDefinition/>"),
        "b",
    ),
    "loop and multi-instance at once": (
        '<bpmn:task id="x"><bpmn:standardLoopCharacteristics loopMaximum="2"/><bpmn:multiInstanceLoopCharacteristics>'
        "<bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:task>",
        "x",
    ),
    "event gateway that starts the process": ('<bpmn:eventBasedGateway id="x" instantiate="true"/>', "x"),
    "event gateway that waits for all": ('<bpmn:eventBasedGateway id="x" eventGatewayType="Parallel"/>', "x"),
    "two links with one name": (
        '<bpmn:task id="x"/>'
        + "".join(
            f'<bpmn:intermediateCatchEvent id="{each}"><bpmn:linkEventDefinition name="a"/></bpmn:intermediateCatchEvent>'
            for each in "yz"
        ),
        "z",
    ),
    "completion condition of another engine": (
        '<bpmn:task id="x"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>'
        "<bpmn:completionCondition>${nrOfCompletedInstances > 1}</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics></bpmn:task>",
        "x",
    ),
    "completion condition that cannot be read": (
        '<bpmn:task id="x"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>'
        "<bpmn:completionCondition>1 +</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics></bpmn:task>",
        "x",
    ),
    "assignee of another engine": (
        '<bpmn:userTask id="x"><bpmn:extensionElements><zeebe:assignmentDefinition assignee="#{boss}"/>'
        "</bpmn:extensionElements></bpmn:userTask>",
        "x",
    ),
    "cardinality that is no number": (
        '<bpmn:task id="x"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>many</bpmn:loopCardinality>'
        "</bpmn:multiInstanceLoopCharacteristics></bpmn:task>",
        "x",
    ),
    "collection that is a word": (
        '<bpmn:task id="x"><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics '
        'inputCollection="items"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:task>',
        "x",
    ),
    "retries that are no number": (
        '<bpmn:serviceTask id="x"><bpmn:extensionElements><zeebe:taskDefinition type="a" retries="often"/>'
        "</bpmn:extensionElements></bpmn:serviceTask>",
        "x",
    ),
    "compensation without a handler": (
        '<bpmn:task id="x"/><bpmn:boundaryEvent id="b" attachedToRef="x">'
        "<bpmn:compensateEventDefinition/></bpmn:boundaryEvent>",
        "b",
    ),
}


def framed(inner: str) -> bytes:
    return (HEAD + FRAME.format(inner) + TAIL).encode()


@pytest.mark.parametrize("name", sorted(path.stem for path in DIAGRAMS.glob("*.bpmn")))
def test_every_element_with_a_fixture_diagram_can_run(name: str) -> None:
    told = [(problem.severity, problem.element_id) for problem in runtime.check(xml(name))]
    assert told == ([("warning", "join")] if name == "stuck_join" else [])


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_run_is_refused_with_the_id_of_its_element(case: str) -> None:
    inner, element_id = BROKEN[case]
    found = [problem for problem in runtime.check(framed(inner)) if problem.severity == "error"]
    assert element_id in [problem.element_id for problem in found]
    assert all(problem.message % problem.values for problem in found)


def test_a_name_is_given_beside_the_id() -> None:
    (problem,) = runtime.check(framed('<bpmn:serviceTask id="x" name="通知客户"/>'))
    assert problem.element_name == "通知客户"


def test_an_element_that_nothing_leads_to_is_only_a_warning() -> None:
    (problem,) = runtime.check(framed('<bpmn:task id="x"/><bpmn:task id="lonely"/>'))
    assert (problem.element_id, problem.severity) == ("lonely", "warning")


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\xff\xfe",
        b"<a/>",
        HEAD.encode(),
        (HEAD + TAIL).encode(),
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"PK\x03\x04",
    ],
)
def test_a_file_that_is_no_process_is_a_problem_and_no_crash(source: bytes) -> None:
    assert [problem.severity for problem in runtime.check(source)] == ["error"]


def test_deeply_nested_subprocesses_are_refused_and_not_run_into_the_ground() -> None:
    inner = '<bpmn:task id="t"/>'
    for level in range(60):
        inner = f'<bpmn:subProcess id="n{level}">{inner}</bpmn:subProcess>'
    problems = runtime.check(framed('<bpmn:task id="x"/>' + inner))
    assert any("deeper" in problem.message for problem in problems)


def test_a_huge_diagram_is_refused_by_counting_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(root: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(checks.reader, "programs", read)
    (problem,) = runtime.check(framed("".join(f'<bpmn:task id="t{n}"/>' for n in range(60_000))))
    assert (problem.element_id, problem.message) == ("p", "The process has more than %(limit)s elements.")
    each = "".join(f'<bpmn:task id="{{0}}{n}"/>' for n in range(900))
    inner = '</bpmn:process><bpmn:process id="{0}" isExecutable="true">' + each
    (together,) = runtime.check((HEAD + "".join(inner.replace("{0}", name) for name in "abcd") + TAIL).encode())
    assert "together" in together.message


def test_a_huge_diagram_is_refused() -> None:
    chain = "".join(
        f'<bpmn:task id="t{n}"/><bpmn:sequenceFlow id="g{n}" sourceRef="t{n}" targetRef="t{n + 1}"/>' for n in range(20_000)
    )
    (problem,) = runtime.check(framed(f'<bpmn:task id="x"/>{chain}<bpmn:task id="t20000"/>'))
    assert "more than" in problem.message


ATTRIBUTE = st.sampled_from(["sourceRef", "targetRef", "attachedToRef", "default", "id", "messageRef", "expression"])


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(path.stem for path in DIAGRAMS.glob("*.bpmn"))),
    attribute=ATTRIBUTE,
    value=st.text(alphabet="abc=( 部", max_size=5),
    nth=st.integers(0, 6),
)
@example("inclusive_gateway", "default", "", 0)
def test_a_diagram_broken_at_random_is_checked_without_a_crash(name: str, attribute: str, value: str, nth: int) -> None:
    parts = xml(name).decode().split(f' {attribute}="')
    place = 1 + nth % max(1, len(parts) - 1)
    if place < len(parts):
        parts[place] = value + parts[place][parts[place].index('"') :]
    source = f' {attribute}="'.join(parts).encode()
    for problem in runtime.check(source):
        assert problem.message % problem.values


@pytest.mark.parametrize("process_id", ["a/../../../ESCAPED", "a b?x#y", "1st", "流程/../etc"])
def test_the_id_of_a_process_fits_into_addresses_and_folders(process_id: str) -> None:
    drawn = kit.diagram("p", kit.start(), kit.end(), kit.chain("started", "done")).content
    told = runtime.check(drawn.replace(b'id="p"', f'id="{process_id}"'.encode()))
    assert [(each.severity, each.element_id) for each in told] == [("error", process_id)]


def test_what_has_no_id_hides_nothing_else_that_is_wrong() -> None:
    body = (
        '<bpmn:startEvent id="s"/><bpmn:task/><bpmn:exclusiveGateway id="x"/><bpmn:endEvent id="e"/><bpmn:endEvent id="e"/>'
        '<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="x"/><bpmn:sequenceFlow id="f2" sourceRef="x" targetRef="e"/>'
        '<bpmn:sequenceFlow id="f3" sourceRef="x" targetRef="e"/>'
    )
    xml = (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">'
        f'<bpmn:process id="p" isExecutable="true">{body}</bpmn:process></bpmn:definitions>'
    )
    found = runtime.check(xml.encode())
    assert [str(each.message) for each in found][:2] == ["The element has no id.", "The id %(id)s is used twice."]
    assert {"f2", "f3"} <= {each.element_id for each in found}
    assert not any("unnamed_" in f"{each.element_id}{each.values}{each.trace}" for each in found)
