"""Whom and what a diagram names is held against the company and its processes when it is deployed."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from engine import feel
from engine.deploying import deployment
from engine.deploying.deployment import Resource
from engine.people import organisation
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit

SENT = '<zeebe:ioMapping><zeebe:input source="=initiator" target="to"/><zeebe:input source="x" target="subject"/></zeebe:ioMapping>'


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    """What is looked at lies in files: one database is enough."""
    return sqlite_database


def told(database: databases.Database, cast: Cast, *elements: str, settings: dict[str, object] | None = None) -> list[str]:
    """What is said of a process of one element, each as severity and sentence."""
    return [f"{each.severity}: {each}" for each in problems(database, cast, one(*elements, settings=settings))]


def one(element: str, *others: str, settings: dict[str, object] | None = None) -> Resource:
    """start → step → end."""
    given = {"may_start": ["*"], **(settings or {})}
    return kit.diagram("p", kit.start(), element, *others, kit.end(), kit.chain("started", "step", "done"), **given)


def problems(database: databases.Database, cast: Cast, *resources: Resource) -> list[deployment.Problem]:
    try:
        return kit.deploy(database, cast.owner, *resources).problems
    except deployment.DeploymentRefused as refused:
        return refused.problems


def test_what_one_element_lacks_hides_nothing_of_the_others(database: databases.Database, cast: Cast) -> None:
    elements = (kit.task("step", groups="客服专圆"), '<bpmn:serviceTask id="lacking"/>', kit.task("alone", users="clark"))
    found = {(each.element_id, each.severity) for each in problems(database, cast, one(*elements))}
    assert {("step", "error"), ("lacking", "error"), ("alone", "error")} <= found


@pytest.mark.parametrize(
    ("element", "sentence"),
    [
        (kit.task("step", groups="客服专圆"), "error: Nobody is in a group “客服专圆”. Did you mean “客服专员”?"),
        (kit.task("step", groups='=["客服专圆"]'), "error: Nobody is in a group “客服专圆”. Did you mean “客服专员”?"),
        (kit.task("step", users="clerk,clark"), "error: There is no person “clark”. Did you mean “clerk”?"),
        (kit.task("step", assignee="manger"), "error: There is no person “manger”. Did you mean “manager”?"),
        (kit.task("step", assignee="xyzzy"), "error: There is no person “xyzzy”."),
        (
            kit.task("step", assignee='=members of("客服专圆")[1]'),
            "error: Nobody is in a group “客服专圆”. Did you mean “客服专员”?",
        ),
        (
            kit.task("step", groups="客服专员", empty="group:主管领倒"),
            "error: Nobody is in a group “主管领倒”. Did you mean “主管领导”?",
        ),
        (
            kit.task("step", groups="客服专员", escalate="主管领倒"),
            "error: There is no group and no person “主管领倒”. Did you mean “主管领导”?",
        ),
        (
            kit.task("step", groups="客服专员", separate_from="initiater"),
            "error: separate_from names “initiater”, which is no user task. Did you mean “initiator”?",
        ),
        (
            kit.task("step", assignee='=handler of("stepp")'),
            "error: There is no user task “stepp” whose handler could be asked for. Did you mean “step”?",
        ),
        (
            kit.task("step", assignee='=head of("servise")'),
            "error: There is no department “servise”. Did you mean “service”?",
        ),
        (
            kit.task("step", groups="客服专员", due='=get or else(setting("xyzzy"), "5wd")'),
            "warning: company.toml has no setting “xyzzy”.",
        ),
        (
            kit.service("step", "registers.entre"),
            "error: There is no operation “registers.entre”. Did you mean “registers.enter”?",
        ),
        (kit.service("step", "records.xyzzy"), "error: There is no operation “records.xyzzy”"),
        (
            kit.service("step", "erp.post"),
            "warning: “erp.post” is none of our operations: the task waits for an external worker.",
        ),
        (kit.call("step", "q"), "warning: There is no process “q” yet; until it is deployed, a case stops here."),
        (
            kit.task("step"),
            "warning: The task stands in no lane and names nobody: it falls to the administrators.",
        ),
    ],
)
def test_a_name_that_is_not_there_is_told(database: databases.Database, cast: Cast, element: str, sentence: str) -> None:
    [found] = told(database, cast, element)
    assert found.startswith(sentence)


@pytest.mark.parametrize(
    "element",
    [
        kit.task("step", groups="=some_group"),
        kit.task("step", groups="客服专员、部门负责人", users="clerk", empty="group:主管领导", separate_from="initiator,step"),
        kit.task("step", assignee="=initiator", escalate="manager、group:主管领导，head"),
        kit.task("step", empty="主管领导"),
        kit.service("step", "notices.send", inputs=SENT),
        kit.service("step", "=job_type"),
        kit.call("step", "p"),
        kit.call("step", "=which"),
    ],
)
def test_names_that_are_there_and_those_that_only_a_case_knows_are_fine(
    database: databases.Database, cast: Cast, element: str
) -> None:
    assert told(database, cast, element) == []


def test_groups_of_workflow_toml_are_the_companys(database: databases.Database, cast: Cast) -> None:
    step = kit.task("step", groups="客服专员")
    given: dict[str, object] = {"may_start": ["*", "客服专员"], "managers": ["主管领倒"], "visible_to": ["部门负责人"]}
    found = told(database, cast, step, settings=given)
    assert found == ["error: Nobody is in a group “主管领倒”. Did you mean “主管领导”?"]


def test_groups_in_a_value_of_the_company_that_a_step_reads_are_the_companys(database: databases.Database, cast: Cast) -> None:
    with database.transaction("acme") as session:
        session.execute(update(models.Company).values(settings={"copies": ["主管领倒", "clerk"], "days": 3}))
        organisation.changed(session, "acme")
    found = told(
        database, cast, kit.task("step", groups="客服专员", cc='=setting("copies")', due='=string(setting("days")) + "d"')
    )
    assert found == ["error: There is no group and no person “主管领倒”. Did you mean “主管领导”?"]


def test_a_step_of_another_process_of_the_company_may_be_named(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    assert told(database, cast, kit.task("step", groups="客服专员", separate_from="b")) == []


GATE = kit.node("exclusiveGateway", "gate", attributes=' default="gate_done"')


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ('=verdict = "approved"', "error: No task gives “verdict” the outcome “approved”. Did you mean “approve”?"),
        ('="approved" = verdict', "error: No task gives “verdict” the outcome “approved”. Did you mean “approve”?"),
        ('=verdict in ("approve", "rejct")', "error: No task gives “verdict” the outcome “rejct”. Did you mean “reject”?"),
        ('=verdict = "同意"', "error: No task gives “verdict” the outcome “同意”. Did you mean “approve”?"),
        ('=verdict = "x"', "warning: No task gives “verdict” the outcome “x”; there is: approve, reject."),
        ('=verdict = "approve"', ""),
        ('=other = "approved"', ""),
        ('=some verdict in words satisfies verdict = "approved"', ""),
    ],
)
def test_a_condition_that_waits_for_an_outcome_nobody_offers_is_told_at_the_flow(
    database: databases.Database, cast: Cast, condition: str, sentence: str
) -> None:
    step = kit.task("step", groups="客服专员", kind="approve", result="verdict")
    flows = kit.chain("started", "step", "gate") + kit.flow("gate", "no", condition) + kit.flow("gate", "done")
    diagram = kit.diagram("p", kit.start(), step, GATE, kit.end("no"), kit.end(), flows, may_start=["*"])
    found = problems(database, cast, diagram)
    assert [f"{each.severity}: {each}" for each in found] == ([sentence] if sentence else [])
    assert {each.element_id for each in found} <= {"gate_no"}


def test_what_a_form_writes_too_may_hold_other_words(database: databases.Database, cast: Cast) -> None:
    step = kit.task("step", groups="客服专员", kind="approve", result="verdict", form="answer")
    flows = kit.chain("started", "step", "gate") + kit.flow("gate", "no", '=verdict = "approved"') + kit.flow("gate", "done")
    diagram = kit.diagram("p", kit.start(), step, GATE, kit.end("no"), kit.end(), flows, may_start=["*"])
    [found] = problems(database, cast, kit.form("answer", kit.text_field("verdict")), diagram)
    assert found.severity == "warning"


def test_texts_that_are_written_out_in_an_expression_are_found() -> None:
    assert list(feel.compared_texts('a = "x" and not(b != "y") or c in ("z", 5)')) == [("a", "x"), ("b", "y"), ("c", "z")]
    assert list(feel.called_texts('=except(members of("g"), [setting("s")])')) == [("members of", "g"), ("setting", "s")]
    assert list(feel.compared_texts('=a = "')) == []


@pytest.mark.parametrize(
    "element",
    [
        kit.task("step", groups="客服专员"),
        kit.call("step", "p"),
        kit.node("intermediateCatchEvent", "step", inner=kit.timer("timeDuration", "P1D")),
    ],
)
def test_what_people_are_told_of_must_have_a_name(database: databases.Database, cast: Cast, element: str) -> None:
    assert not [each for each in told(database, cast, element) if "Give it a name" in each]
    refused = told(database, cast, element.replace('name="step"', 'name=""', 1))
    assert [each for each in refused if each.startswith("error") and "Give it a name" in each]


def test_words_for_the_customer_name_steps_and_ends_that_the_process_has(database: databases.Database, cast: Cast) -> None:
    public = {
        "title": "t",
        "form": "f",
        "message": "m",
        "steps": {"stepp": "x", "step": "y", "inner": "z"},
        "ends": {"step": "x"},
        "settled": "step, inner",
    }
    call = kit.call("call", "called")
    called = kit.diagram(
        "called", kit.start(), kit.task("inner", groups="客服专员"), kit.end(), kit.chain("started", "inner", "done")
    )
    outer = one(kit.task("step", groups="客服专员"), call, kit.flow("call", "done"), settings={"public": public})
    said = [str(each) for each in problems(database, cast, called, outer, kit.form("f", kit.text_field("x")))]
    assert "The setting public.steps names “stepp”, which the process does not hold. Did you mean “step”?" in said
    assert "The setting public.ends names “step”, which the process does not hold." in said
    assert "The setting public.settled names “inner”, which the process does not hold." in said
    assert not [each for each in said if "public.settled names “step”" in each or ("inner" in each and "public.steps" in each)]
