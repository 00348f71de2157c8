"""What a rehearsal foretells of a skip: the end that each outcome leads to, an incident, what nobody can know; and how it is told."""

from __future__ import annotations

from typing import Any

import pytest

from engine import errors
from engine.operations import registry
from engine.people import organisation
from engine.queries.cases import timeline
from engine.queries.cases.words import story
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.operating import single
from tests.cast import Cast
from tests.engine import kit


def foreseen(database: databases.Database, cast: Cast, key: int, name: str, **given: str) -> tuple[str, dict[str, Any]]:
    with database.transaction("acme") as session:
        return single.foresee(session, cast.owner, key, name, given, "试", now=kit.NOW)


@pytest.fixture
def case(database: databases.Database, cast: Cast) -> int:
    """check (an outcome, a number) → ways part by both → one end, or a step for each of a list that nobody has given."""
    each = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=parts"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    content = (
        kit.start(),
        kit.task("check", groups="客服专员", form="finding", outcomes="good:合格,bad:不合格", result="found"),
        kit.node("exclusiveGateway", "ask", attributes=' default="ask_refused"'),
        kit.task("half", groups="客服专员").replace("</bpmn:userTask>", each + "</bpmn:userTask>"),
        kit.end("accepted"),
        kit.end("refused"),
        kit.flow("started", "check"),
        kit.flow("check", "ask"),
        kit.flow("ask", "half", '=found = "good" and amount > 1'),
        kit.flow("half", "accepted"),
        kit.flow("ask", "refused"),
    )
    amount = {"type": "number", "key": "amount", "label": "数量", "validate": {"required": True}}
    kit.deploy(database, cast.owner, kit.form("finding", amount), kit.diagram("checking", *content))
    return kit.begin(database, cast.clerk, "checking")


def test_each_outcome_names_its_end_and_what_the_form_requires_is_asked(
    database: databases.Database, cast: Cast, case: int
) -> None:
    state, told = foreseen(database, cast, case, "skip", place="check", outcome="good")
    assert state == "refused" and told["values"]["labels"] == "数量"
    state, told = foreseen(database, cast, case, "skip", place="check", outcome="good", value='{"amuont": 3}')
    assert state == "refused" and told["values"]["nearest"] == "amount"
    state, told = foreseen(database, cast, case, "skip", place="check", outcome="bad", value='{"amount": 3}')
    assert state == "done" and told == {"ended": "completed", "end": "refused"}
    state, told = foreseen(database, cast, case, "skip", place="check", outcome="good", value='{"amount": 3}')
    assert state == "done" and told["stops"]["step"] == "half", told
    assert kit.open_elements(database, case) == ["check"] and kit.rows(database, models.Incident) == []


def test_what_was_skipped_is_told_with_outcome_and_values(database: databases.Database, cast: Cast, case: int) -> None:
    with database.transaction("acme") as session:
        given = {"place": "check", "outcome": "bad", "value": '{"amount": 3}'}
        single.do(session, cast.owner, case, "skip", given, "停机", now=kit.NOW)
    with database.reading("acme") as session:
        told = timeline.timeline(session, organisation.current(session, "acme"), case)
        [entry] = [each for each in told if each.kind == "skipped"]
        assert (entry.label, [(each.label, each.after) for each in entry.effects]) == ("不合格", [("数量", 3)])
        [branch] = story.story(session, cast.owner, case, now=kit.NOW).branches
    assert {fact.kind for fact in branch.facts} == {"skipped", "field"}


def test_an_operation_is_tried_and_a_workers_job_is_not_foreseen(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_context: Any) -> dict[str, Any]:
        raise errors.Forbidden("The gate is shut.")

    operation = registry.RegisteredOperation("test.gate", refuse, False, frozenset(), frozenset())
    monkeypatch.setitem(registry._registered, "test.gate", operation)
    for process, type in (("ours", "test.gate"), ("theirs", "outside.gate")):
        content = (kit.start(), kit.service("gate", type), kit.end(), kit.chain("started", "gate", "done"))
        kit.deploy(database, cast.owner, kit.diagram(process, *content))
    ours, theirs = (kit.begin(database, cast.clerk, each) for each in ("ours", "theirs"))
    assert foreseen(database, cast, ours, "run_now", place="gate")[1]["stops"]["text"] == "The gate is shut."
    assert foreseen(database, cast, theirs, "run_now", place="gate")[1]["unforeseen"] == ["gate"]
    assert {job.state for job in kit.rows(database, models.Job, element_id="gate")} == {"open"}
