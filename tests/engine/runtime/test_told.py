"""What a diagram says and nobody would obey: told by element, refused where it decides who acts or what runs."""

from __future__ import annotations

import pytest

from engine import runtime

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:flowable="http://flowable.org/bpmn" xmlns:activiti="http://activiti.org/bpmn">{beside}'
    '<bpmn:process id="p" isExecutable="true"{attributes}>'
)
FLOWS = '<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="x"/><bpmn:sequenceFlow id="f2" sourceRef="x" targetRef="e"/>'
TAIL = '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/></bpmn:process></bpmn:definitions>'


def told(content: str, *, beside: str = "", attributes: str = "", flows: str = FLOWS) -> list[tuple[str, str, str]]:
    """What the check says: severity, element, sentence."""
    xml = HEAD.format(beside=beside, attributes=attributes) + flows + content + TAIL
    return [(each.severity, each.element_id, each.message % each.values) for each in runtime.check(xml.encode())]


def extended(content: str) -> str:
    return f"<bpmn:extensionElements>{content}</bpmn:extensionElements>"


ASSIGNED = extended('<zeebe:assignmentDefinition assignee="=initiator"/>')
CALLED = extended('<zeebe:calledElement processId="q" bindingType="deployment"/>')
TYPED = '<zeebe:taskDefinition type="pay"/>'
DECISIVE = {
    "who acts": '<bpmn:userTask id="x" camunda:assignee="a" flowable:candidateGroups="g"/>',
    "delegate": '<bpmn:serviceTask id="x" activiti:class="a.B"/>',
    "listener": f'<bpmn:task id="x">{extended("<camunda:executionListener/>")}</bpmn:task>',
    "task listener beside an assignment": (
        '<bpmn:userTask id="x"><bpmn:extensionElements><zeebe:assignmentDefinition assignee="a"/><camunda:taskListener/>'
        "</bpmn:extensionElements></bpmn:userTask>"
    ),
    "mapping": f'<bpmn:userTask id="x">{extended("<camunda:inputOutput/>")}</bpmn:userTask>',
    "performer": '<bpmn:userTask id="x"><bpmn:potentialOwner id="o"/></bpmn:userTask>',
    "listeners of Camunda 8": f'<bpmn:userTask id="x">{extended("<zeebe:taskListeners/>")}</bpmn:userTask>',
    "collection": (
        '<bpmn:userTask id="x"><bpmn:multiInstanceLoopCharacteristics camunda:collection="all">'
        "<bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
    ),
}
HARMLESS = {
    "who acts, said again": f'<bpmn:userTask id="x" camunda:assignee="a">{ASSIGNED}</bpmn:userTask>',
    "work, said again": f'<bpmn:serviceTask id="x" camunda:type="external" camunda:topic="t">{extended(TYPED)}</bpmn:serviceTask>',
    "form": '<bpmn:userTask id="x" camunda:formKey="f"/>',
    "form fields": f'<bpmn:userTask id="x">{extended("<camunda:formData/>")}</bpmn:userTask>',
    "asynchronous": '<bpmn:userTask id="x" camunda:asyncBefore="true"/>',
    "performer, said again": f'<bpmn:userTask id="x">{ASSIGNED}<bpmn:potentialOwner/></bpmn:userTask>',
    "unread extension": f'<bpmn:userTask id="x">{extended("<zeebe:linkedResources/>")}</bpmn:userTask>',
    "unread attribute": f'<bpmn:callActivity id="x">{CALLED}</bpmn:callActivity>',
    "input specification": '<bpmn:userTask id="x"><bpmn:ioSpecification id="io"/></bpmn:userTask>',
    "association": '<bpmn:userTask id="x"><bpmn:dataInputAssociation id="a"/></bpmn:userTask>',
    "start quantity": '<bpmn:userTask id="x" startQuantity="2"/>',
    "cardinality beside a collection": (
        '<bpmn:userTask id="x"><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="=all"/></bpmn:extensionElements><bpmn:loopCardinality>3'
        "</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
    ),
}


@pytest.mark.parametrize("case", DECISIVE)
def test_a_setting_of_another_engine_that_decides_who_acts_or_what_runs_is_refused(case: str) -> None:
    found = [each for each in told(DECISIVE[case]) if each[0] == "error"]
    assert found and {element for _severity, element, _text in found} == {"x"}


@pytest.mark.parametrize("case", HARMLESS)
def test_what_changes_nothing_or_is_said_again_is_told_by_element(case: str) -> None:
    [(severity, element, text)] = told(HARMLESS[case])
    assert (severity, element) == ("warning", "x") and "no effect here" in text


def test_settings_are_told_by_their_names() -> None:
    [(_, _, text)] = told(f'<bpmn:userTask id="x" camunda:formKey="f" flowable:dueDate="d">{ASSIGNED}</bpmn:userTask>')
    assert text == "camunda:formKey, flowable:dueDate has no effect here."


def test_things_that_stand_for_themselves_are_told_where_they_stand() -> None:
    beside = (
        '<bpmn:collaboration id="c"><bpmn:participant id="a" processRef="p"/><bpmn:messageFlow id="m" sourceRef="a" '
        'targetRef="x"/></bpmn:collaboration><bpmn:correlationProperty id="cp"/>'
    )
    content = '<bpmn:task id="x"/><bpmn:dataObject id="o"/><bpmn:dataStoreReference id="d"/>'
    assert [(severity, element) for severity, element, _ in told(content, beside=beside)] == [
        ("warning", each) for each in ("m", "cp", "o", "d")
    ]


def test_a_process_that_is_not_executable_is_told_with_all_else_that_is_wrong() -> None:
    xml = (HEAD + FLOWS + '<bpmn:serviceTask id="x"/>' + TAIL).format(beside="", attributes="")
    bare = xml.replace(' isExecutable="true"', "").encode()
    found = [(each.severity, each.element_id) for each in runtime.check(bare)]
    assert found == [("error", "p"), ("error", "x")]
    both = xml.replace("<bpmn:serviceTask", "<bpmn:task").replace("</bpmn:definitions>", "")
    both += '<bpmn:process id="q"><bpmn:task id="y"/></bpmn:process></bpmn:definitions>'
    assert [(each.severity, each.element_id) for each in runtime.check(both.encode())] == [("warning", "q")]


def gateway(listed: str, one: str, other: str) -> str:
    outgoing = "".join(f"<bpmn:outgoing>{each}</bpmn:outgoing>" for each in listed.split())
    conditions = "".join(
        f'<bpmn:sequenceFlow id="{id}" sourceRef="x" targetRef="e"><bpmn:conditionExpression>={condition}'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>"
        for id, condition in (("fa", one), ("fb", other))
    )
    rest = '<bpmn:sequenceFlow id="fc" sourceRef="x" targetRef="e"/>'
    return f'<bpmn:exclusiveGateway id="x" default="fc">{outgoing}</bpmn:exclusiveGateway>{conditions}{rest}'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a &gt; 10000", "a &gt; 1000"),
        ("a &gt;= 5", "a &lt;= 5"),
        ('a = "x"', 'b = "x"'),
        ("a != 1", "a != 2"),
        ('contains(a, "x")', 'contains(a, "y")'),
        ("a = 1", "a = 1.0"),
        ("a", "b"),
    ],
)
def test_two_orders_of_conditions_that_may_both_hold_are_refused(one: str, other: str) -> None:
    flow = '<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="x"/>'
    assert [each[:2] for each in told(gateway("fc fb fa", one, other), flows=flow)] == [("error", "x")]
    assert told(gateway("fa fb fc", one, other), flows=flow) == []
    assert told(gateway("fc fa fb", one, other), flows=flow) == []  # the default is tried last wherever it stands
    assert told(gateway("", one, other), flows=flow) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a &gt; 5", "a &lt;= 5"),
        ("a &gt;= 5", "a &lt; 5"),
        ('a = "x"', 'a = "y"'),
        ("a = 1", "a &gt; 1"),
        ("a = 1", "a != 1"),
        ("a", "not(a)"),
    ],
)
def test_two_orders_of_conditions_that_exclude_each_other_are_fine(one: str, other: str) -> None:
    flow = '<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="x"/>'
    assert told(gateway("fc fb fa", one, other), flows=flow) == []
