"""What a process says that can be obeyed and is hardly meant is told at its element: timers, unseen fields, empty groups, languages."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.deploying import deployment
from engine.deploying.checking import checks
from engine.deploying.deployment import Resource
from engine.problems import Problem
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit

DAY = timedelta(days=1)
KINDS = (("number", "amount"), ("checkbox", "urgent"))


def told(*resources: Resource, known: checks.Known | None = None) -> dict[str, str]:
    """The warnings by element."""
    found = checks.check(resources, known or checks.Known(now=kit.NOW))
    assert not [each for each in found if each.severity == "error"], list(map(str, found))
    return {each.element_id: str(each) for each in found}


def waiting(kind: str, text: str, at: str = "wait") -> Resource:
    """A process with one timer: in its middle, or at its start."""
    catch = kit.node("intermediateCatchEvent", "wait", inner=kit.timer(kind, text))
    begin = kit.node("startEvent", "started", inner=kit.timer(kind, text)) if at == "started" else kit.start()
    middle = catch if at == "wait" else kit.task("wait", groups="客服专员")
    return kit.diagram("p", begin, middle, kit.end(), kit.chain("started", "wait", "done"))


@pytest.mark.parametrize(
    ("kind", "text", "at", "words"),
    [
        ("timeDuration", "PT0S", "wait", "lasts nothing"),
        ("timeDate", "2020-01-01T00:00:00Z", "wait", "is over already: it comes due at once"),
        ("timeDate", "2020-01-01T00:00:00Z", "started", "no case is ever started"),
        ("timeCycle", "R3/2020-01-01T00:00:00Z/PT1H", "started", "never comes due"),
        ("timeCycle", "R3/PT1H", "wait", "comes due once here"),
        ("timeDuration", "PT1S", "wait", ""),
        ("timeDate", (kit.NOW + DAY).isoformat(), "wait", ""),
        ("timeCycle", "R/2020-01-01T00:00:00Z/PT1H", "started", ""),
        ("timeCycle", f"R30/{(kit.NOW - DAY).isoformat()}/P1D", "started", ""),
        ("timeCycle", "0 0 9 * * 1", "started", ""),
        ("timeCycle", "0 0 9 * * 1", "wait", ""),  # the next Monday
        ("timeCycle", "R1/PT1H", "wait", ""),
    ],
)
def test_timers_that_never_fire_or_fire_at_once(kind: str, text: str, at: str, words: str) -> None:
    found = told(waiting(kind, text, at)).get(at, "")
    assert words in found if words else "comes due" not in found and "started" not in found
    if "over" in words:
        assert "over" not in told(waiting(kind, text, at), known=checks.Known()).get(at, ""), (
            "without a clock nothing is judged"
        )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('="R/PT0S"', "never advances"),
        ("=now()", "is no cycle"),
        ('=duration("PT1H")', "is no cycle"),
        ("=null", "gives nothing"),
        ("=amount", "gives nothing"),
    ],
)
def test_what_starts_a_process_by_an_expression_is_worked_out_by_the_check(text: str, words: str) -> None:
    [found] = [each for each in checks.check([waiting("timeCycle", text, "started")]) if each.severity == "error"]
    assert found.element_id == "started" and words in str(found)


def test_a_deadline_that_lasts_nothing_is_told_at_its_step() -> None:
    steps = (kit.start(), kit.task("a", groups="客服专员", due="0wd"), kit.end(), kit.chain("started", "a", "done"))
    assert "lasts nothing" in told(kit.diagram("p", *steps))["a"]


def test_what_a_form_demands_of_nobody() -> None:
    fields = [
        {**kit.text_field("gone", required=True), "id": "gone", "conditional": {"hide": "=true"}},
        {**kit.text_field("shown", required=True), "id": "shown", "readonly": True},
        {**kit.text_field("given", required=True), "id": "given", "readonly": True},
        kit.text_field("asked", required=True),
    ]
    forms = (
        kit.form("request", kit.text_field("given")),
        kit.form("look", *fields),
        kit.form("unused", kit.text_field("x", required=True)),
    )
    steps = (
        kit.start(form="request"),
        kit.task("a", groups="客服专员", form="look"),
        kit.end(),
        kit.chain("started", "a", "done"),
    )
    found = checks.check((*forms, kit.diagram("p", *steps)))
    said = {(each.resource.rpartition("/")[2], each.element_id): each.values for each in found if "demand" in each.message}
    assert set(said) == {("look.form", "gone"), ("p.bpmn", "a"), ("unused.form", "")}
    assert said["p.bpmn", "a"]["field"] == "shown"
    assert ["(x)" in str(each.refusal) for each in found if "No step" in each.message] == [True], "with the fields by name"
    assert [each for each in checks.check(forms) if "No step" in each.message] == [], "forms that come without a process"


def test_groups_in_which_nobody_is(database: databases.Database, cast: Cast) -> None:
    with database.transaction("acme") as session:
        session.add(models.CandidateGroup(key=1, company_id="acme", name="空组"))
        session.get_one(models.Company, "acme").organisation_version += 1
    steps = (
        kit.start(),
        kit.task("a", groups="空组"),
        kit.task("b", groups="空组,客服专员"),
        kit.end(),
        kit.chain("started", "a", "b", "done"),
    )
    with database.reading("acme") as session:
        by = replace(cast.owner, organisation_version=cast.owner.organisation_version + 1)
        known = deployment.known(session, by, now=kit.NOW)
        found = told(kit.diagram("p", *steps, may_start=["空组"]), known=known)
    assert "reaches nobody" in found["a"] and "b" not in found and "ever started by hand" in found["p"]


def test_texts_that_a_tool_left_in_another_language() -> None:
    def named(resource: Resource, **names: str) -> Resource:
        text = resource.content.decode()
        for id, name in names.items():
            text = text.replace(f'id="{id}" name="{id}"', f'id="{id}" name="{name}"')
        return replace(resource, content=text.encode())

    steps = (
        kit.start(),
        kit.task("a", groups="客服专员", outcomes="yes:可以,maybe:maybe later,vip:VIP"),
        kit.task("b", groups="客服专员"),
        kit.end(),
        kit.chain("started", "a", "b", "done"),
    )
    drawn = kit.diagram("p", *steps)
    found = [
        each
        for each in checks.check([named(drawn, started="开始", a="审批", b="Check IP", done="结束")])
        if "Chinese" in each.message
    ]
    assert sorted((each.element_id, each.values["text"]) for each in found) == [("a", "maybe later"), ("b", "Check IP")]
    assert not [each for each in checks.check([drawn]) if "Chinese" in each.message], "a process in English"
    labelled = [
        {"type": "textfield", "id": id, "key": id, "label": label}
        for id, label in (("x", "事由"), ("y", "备注"), ("z", "Text field"))
    ]
    form = Resource("f.form", json.dumps({"schemaVersion": 18, "type": "default", "id": "f", "components": labelled}).encode())
    other: list[Problem] = [each for each in checks.check([form]) if "Chinese" in each.message]
    assert [each.element_id for each in other] == ["z"]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ('=amount > "10,000"', "compares a number with a string"),
        ("=reason > 5", "compares a string with a number"),
        ('="是"', "gives a string"),
        ("=amount", "gives a number"),
        ('=if urgent then "a" else "b"', "gives a string"),
        ('=if urgent then "a" else false', ""),
        ("=amount > 5 and urgent", ""),
        ("=urgent", ""),
    ],
)
def test_a_condition_that_can_only_stop_a_case(condition: str, words: str) -> None:
    fields = (kit.text_field("reason"), *({"type": type, "key": key, "label": key} for type, key in KINDS))
    ways = kit.flow("g", "a", condition) + kit.chain("started", "g", "done") + kit.chain("a", "end_a")
    diagram = kit.diagram(
        "p",
        kit.start(form="f"),
        kit.node("exclusiveGateway", "g", attributes=' default="g_done"'),
        kit.task("a", groups="客服专员"),
        kit.end(),
        kit.end("end_a"),
        ways,
    )
    found = told(diagram, kit.form("f", *fields)).get("g_a", "")
    assert words in found if words else not found


def test_an_operation_that_would_stop_every_case_is_told() -> None:
    header = '<zeebe:taskHeaders><zeebe:header key="register" value="采购"/></zeebe:taskHeaders>'
    mapped = '<zeebe:ioMapping><zeebe:input source="={a: 1}" target="entry"/></zeebe:ioMapping>'

    def found(*, headers: str = "", inputs: str = "", field: str = "why") -> list[tuple[str, str]]:
        enter = kit.service("enter", "registers.enter", inputs=inputs, headers=headers)
        steps = (kit.start(form="f"), enter, kit.end(), kit.chain("started", "enter", "done"))
        resources = (kit.form("f", kit.text_field(field)), kit.diagram("p", *steps))
        return [(each.severity, str(each)) for each in checks.check(resources) if each.element_id == "enter"]

    unsaid = ("error", "registers.enter needs the header “register”.")
    ungiven = "“registers.enter” needs the input “entry”, and nothing gives it: a case would stop here."
    assert found(inputs=mapped) == [unsaid]
    ((severity, words),) = found(headers=header)
    assert severity == "warning" and words.startswith(ungiven)
    assert found(headers=header, inputs=mapped) == found(headers=header, field="entry") == []
