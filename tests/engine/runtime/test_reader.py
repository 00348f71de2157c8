"""A diagram becomes a program with everything the verbs look up."""

from __future__ import annotations

import re

import pytest

from engine import errors, runtime
from tests.engine.runtime.walking import program, xml


def test_a_process_has_its_name_version_and_lanes() -> None:
    found = program("lanes")
    assert (found.process_id, found.name, found.version_tag) == ("lanes", "带泳道", "v1")
    assert found.is_executable
    assert found.lanes == ("窗口", "科长")


def test_an_element_takes_the_nearest_lane_also_inside_a_subprocess() -> None:
    elements = program("lanes").elements
    assert elements["accept"].lane == "窗口"
    assert elements["file_it"].lane == "窗口"
    assert elements["approve"].lane == "科长"
    assert program("subprocess").elements["a"].lane is None


def test_a_user_task_carries_all_of_camundas_settings_as_they_were_written() -> None:
    task = program("lanes").elements["accept"]
    assert (task.assignee, task.candidate_users, task.candidate_groups) == ("=initiator", "a, b", "desk")
    assert (task.due_date, task.priority) == ("=due", "70")
    assert (task.form_id, task.headers, task.documentation) == ("accept_form", {"k": "v"}, "第十条 受理")
    assert task.properties == {"rule": "all", "due": "5wd"}
    assert (task.type, task.name, task.parent) == ("userTask", "受理", None)


def test_sequence_flows_keep_their_ends_and_conditions() -> None:
    found = program("exclusive_gateway")
    assert found.flows["is_approved_to_approved"].condition == '=decision = "approve"'
    assert found.elements["is_approved"].incoming == ("review_to_is_approved",)
    assert found.elements["is_approved"].outgoing == (
        "is_approved_to_approved",
        "is_approved_to_rejected",
        "is_approved_to_review",
    )


def test_outgoing_flows_follow_the_file_and_in_versions_of_before_the_gateway() -> None:
    listed = "<bpmn:outgoing>is_approved_to_review</bpmn:outgoing><bpmn:outgoing>is_approved_to_rejected</bpmn:outgoing>"
    gateway = b'<bpmn:exclusiveGateway id="is_approved" default="is_approved_to_review"'
    source = xml("exclusive_gateway").replace(gateway + b"/>", gateway + f">{listed}</bpmn:exclusiveGateway>".encode())
    in_file = ("is_approved_to_approved", "is_approved_to_rejected", "is_approved_to_review")
    assert [runtime.parse(source, edition=edition)[0].elements["is_approved"].outgoing for edition in (2, 1)] == [
        in_file,
        ("is_approved_to_review", "is_approved_to_rejected", "is_approved_to_approved"),
    ]


def test_sequence_flows_without_an_id_get_one() -> None:
    source = xml("exclusive_gateway").replace(b' id="is_approved_to_rejected"', b"").replace(b' id="start_to_review"', b"")
    (found,) = runtime.parse(source)
    assert len(found.flows) == len(program("exclusive_gateway").flows) and all(found.flows)
    assert [found.flows[flow].target for flow in found.elements["is_approved"].outgoing] == ["approved", "rejected", "review"]


def test_the_called_element_of_bpmn_itself_is_read() -> None:
    source = xml("call_activity").replace(
        b'<bpmn:callActivity id="call_all"', b'<bpmn:callActivity id="call_all" calledElement="p:x"'
    )
    (found,) = runtime.parse(re.sub(rb"<zeebe:calledElement[^>]*/>", b"", source))
    assert found.elements["call_all"].called_process_id == "x"


def test_parents_messages_and_decisions_are_read() -> None:
    assert program("subprocess").elements["a"].parent == "inner"
    assert program("message_events").elements["receipt"].message == runtime.Message("answer", "=order")
    assert program("message_events").elements["confirm"].message is None
    assert program("variables").elements["decide"].decision_id == "discount"
    assert program("variables").elements["notify"].task_definition == runtime.TaskDefinition('="mail." + channel')
    assert program("call_activity").elements["call_all"].called_process_id == "child"


@pytest.mark.parametrize("source", [b"", b"<a/>", b"<!DOCTYPE a><a/>", b"{}"])
def test_what_is_not_bpmn_is_refused(source: bytes) -> None:
    with pytest.raises(errors.Invalid):
        runtime.parse(source)


def test_elements_that_cannot_be_told_apart_are_refused() -> None:
    for before, after in ((b'id="b"', b'id="a"'), (b' id="b"', b"")):
        with pytest.raises(errors.Invalid):
            runtime.parse(xml("link_events").replace(before, after))


def test_several_processes_of_one_file_are_several_programs() -> None:
    source = xml("link_events").replace(
        b"</bpmn:definitions>", b'<bpmn:process id="black_box" isExecutable="false"/></bpmn:definitions>'
    )
    assert [(p.process_id, p.is_executable) for p in runtime.parse(source)] == [("link_events", True), ("black_box", False)]
