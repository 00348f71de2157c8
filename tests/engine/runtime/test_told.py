"""What a diagram says and nobody would obey: told by element, refused where it decides who acts or what runs."""

from __future__ import annotations

import pytest

from engine import runtime

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:flowable="http://flowable.org/bpmn" xmlns:activiti="http://activiti.org/bpmn" '
    'xmlns:spiff="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:odd="http://odd.example">{beside}'
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
FOLLOWED = '<zeebe:taskSchedule followUpDate="2030-01-01T00:00:00Z"/>'
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
    "listener of the whole engine": f'<bpmn:task id="x">{extended("<flowable:eventListener/>")}</bpmn:task>',
    "what is called by its version": '<bpmn:callActivity id="x" calledElement="q" camunda:calledElementVersion="3"/>',
    "mapping by a class": '<bpmn:callActivity id="x" calledElement="q" camunda:variableMappingClass="a.B"/>',
    "a cycle that ends": (
        '<bpmn:intermediateCatchEvent id="x"><bpmn:timerEventDefinition><bpmn:timeCycle flowable:endDate="2030-01-01">R/PT1H'
        "</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    ),
    "script before": f'<bpmn:userTask id="x">{ASSIGNED[: -len("</bpmn:extensionElements>")]}<spiff:preScript>a = 1</spiff:preScript>'
    "</bpmn:extensionElements></bpmn:userTask>",
    "listeners of Camunda 8": f'<bpmn:userTask id="x">{extended("<zeebe:taskListeners/>")}</bpmn:userTask>',
    "collection": (
        '<bpmn:userTask id="x"><bpmn:multiInstanceLoopCharacteristics camunda:collection="all">'
        "<bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
    ),
}
ELSEWHERE = '<zeebe:assignmentDefinition assignee="a"/><zeebe:formDefinition externalReference="https://forms.example/f"/>'
HARMLESS = {
    "who acts, said again": f'<bpmn:userTask id="x" camunda:assignee="a">{ASSIGNED}</bpmn:userTask>',
    "work, said again": f'<bpmn:serviceTask id="x" camunda:type="external" camunda:topic="t">{extended(TYPED)}</bpmn:serviceTask>',
    "form": '<bpmn:userTask id="x" camunda:formKey="f"/>',
    "form fields": f'<bpmn:userTask id="x">{extended("<camunda:formData/>")}</bpmn:userTask>',
    "asynchronous": '<bpmn:userTask id="x" camunda:asyncBefore="true"/>',
    "performer, said again": f'<bpmn:userTask id="x">{ASSIGNED}<bpmn:potentialOwner/></bpmn:userTask>',
    "unread extension": f'<bpmn:userTask id="x">{extended("<zeebe:linkedResources/>")}</bpmn:userTask>',
    "unread attribute": f'<bpmn:callActivity id="x">{CALLED}</bpmn:callActivity>',
    "form of another program": f'<bpmn:userTask id="x">{extended(ELSEWHERE)}</bpmn:userTask>',
    "follow-up date": f'<bpmn:userTask id="x">{extended(FOLLOWED)}</bpmn:userTask>',
    "input specification": '<bpmn:userTask id="x"><bpmn:ioSpecification id="io"/></bpmn:userTask>',
    "association": '<bpmn:userTask id="x"><bpmn:dataInputAssociation id="a"/></bpmn:userTask>',
    "settings of an engine that nobody knows": f'<bpmn:task id="x" odd:colour="red">{extended("<odd:thing/>")}</bpmn:task>',
    "order of an ad-hoc subprocess": (
        '<bpmn:adHocSubProcess id="x" ordering="Sequential"><bpmn:task id="y"/></bpmn:adHocSubProcess>'
    ),
    "script beside FEEL": (
        '<bpmn:scriptTask id="x" scriptFormat="groovy"><bpmn:extensionElements><zeebe:script expression="=1" resultVariable="r"/>'
        "</bpmn:extensionElements><bpmn:script>println 1</bpmn:script></bpmn:scriptTask>"
    ),
    "web service": '<bpmn:task id="x" operationRef="o"/>',
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


REFERRING = {
    "receives": ('<bpmn:receiveTask id="x" messageRef="gone"/>', "message"),
    "sends": ('<bpmn:sendTask id="x" messageRef="gone"/>', "message"),
    "catches an error": ('<bpmn:boundaryEvent id="b" attachedToRef="x">{}</bpmn:boundaryEvent>', "error"),
    "catches an escalation": ('<bpmn:boundaryEvent id="b" attachedToRef="x">{}</bpmn:boundaryEvent>', "escalation"),
    "throws a signal": ('<bpmn:intermediateThrowEvent id="x">{}</bpmn:intermediateThrowEvent>', "signal"),
}


@pytest.mark.parametrize("case", REFERRING)
def test_what_refers_to_nothing_is_refused_and_neither_passed_over_nor_caught_for_everything(case: str) -> None:
    content, kind = REFERRING[case]
    content = content.format(f'<bpmn:{kind}EventDefinition {kind}Ref="gone"/>')
    host = "" if 'id="x"' in content else '<bpmn:subProcess id="x"><bpmn:startEvent id="i"/></bpmn:subProcess>'
    found = told(host + content)
    assert f"The {kind} “gone” is not in this file." in {text for severity, _, text in found if severity == "error"}


@pytest.mark.parametrize("beside", ['<bpmn:message id="m"/>', '<bpmn:message id="m" name="paid"/>'], ids=["name", "key"])
def test_a_task_that_waits_for_a_message_without_name_or_key_would_wait_for_ever(beside: str) -> None:
    assert [each[:2] for each in told('<bpmn:receiveTask id="x" messageRef="m"/>', beside=beside)] == [("error", "x")]


def test_an_expression_of_another_engine_is_told_also_within_a_name() -> None:
    beside = '<bpmn:message id="m" name="paid-${order}"/>'
    [(severity, element, text)] = told('<bpmn:sendTask id="x" messageRef="m"/>', beside=beside)
    assert (severity, element) == ("error", "x") and "another engine" in text


@pytest.mark.parametrize(
    "content",
    [
        '<bpmn:userTask id="x"/><bpmn:boundaryEvent id="b" attachedToRef="x"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>'
        '<bpmn:endEvent id="z"/><bpmn:sequenceFlow id="f3" sourceRef="b" targetRef="z"/>',
        '<bpmn:task id="x"/><bpmn:intermediateThrowEvent id="b"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>'
        '<bpmn:sequenceFlow id="f3" sourceRef="b" targetRef="e"/><bpmn:startEvent id="t"><bpmn:timerEventDefinition>'
        "<bpmn:timeDate>2030-01-01</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:startEvent>"
        '<bpmn:sequenceFlow id="f4" sourceRef="t" targetRef="b"/>',
        '<bpmn:task id="x"/><bpmn:task id="b" isForCompensation="true"/>',
    ],
    ids=["no error", "nothing to compensate", "no event"],
)
def test_an_event_that_cannot_happen_and_work_that_nothing_begins_are_told(content: str) -> None:
    assert [each[:2] for each in told(content)] == [("warning", "b")]


@pytest.mark.parametrize(
    ("attributes", "within"),
    [
        ('camunda:candidateStarterGroups="hr"', ""),
        ('flowable:candidateStarterUsers="a" camunda:historyTimeToLive="P1D"', ""),
        ('camunda:isStartableInTasklist="false"', ""),
        ("", extended("<activiti:potentialStarter/>")),
    ],
    ids=["groups", "users", "hidden", "element"],
)
def test_who_may_start_in_another_engine_is_refused_with_the_place_where_it_is_said(attributes: str, within: str) -> None:
    xml = HEAD.format(beside="", attributes=f" {attributes}") + within + FLOWS + '<bpmn:task id="x"/>' + TAIL
    refused = [(each.element_id, each.message) for each in runtime.check(xml.encode()) if each.severity == "error"]
    assert [id for id, _message in refused] == ["p"] and "“Who may start”" in refused[0][1]


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
    xml = (HEAD + FLOWS + '<bpmn:serviceTask id="x" camunda:class="a.B"/>' + TAIL).format(beside="", attributes="")
    bare = xml.replace(' isExecutable="true"', "").encode()
    for source in (bare, xml.replace('isExecutable="true"', 'isExecutable="false"').encode()):
        found = [(each.severity, each.element_id) for each in runtime.check(source)]
        assert found == [("error", "p"), ("error", "x"), ("error", "x")]
    assert [str(each.mend.refusal) for each in runtime.check(bare) if each.mend] == ["Proposed: make it executable."]
    both = xml.replace("<bpmn:serviceTask", "<bpmn:task").replace("</bpmn:definitions>", "")
    both = both.replace(' camunda:class="a.B"', "") + (
        '<bpmn:process id="q"><bpmn:task id="y" camunda:class="a.B"/></bpmn:process></bpmn:definitions>'
    )
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
