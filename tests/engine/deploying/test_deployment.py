"""Deploying: versions only for what changed, all or nothing, problems named by file and element."""

from __future__ import annotations

import pytest

from engine import decisions, errors, runtime
from engine.definitions import definitions
from engine.deploying import deployment, folders
from engine.deploying.deployment import Resource
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.engine.decisions import dmn

RULES = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n"><decision id="big" '
    'name="big"><variable name="big"/><literalExpression><text>amount &gt; 5</text></literalExpression></decision></definitions>'
)


def refused(database: databases.Database, cast: Cast, *resources: Resource) -> list[tuple[str, str, str]]:
    with pytest.raises(deployment.DeploymentRefused) as refusal:
        kit.deploy(database, cast.owner, *resources)
    for model in (models.Deployment, models.ProcessDefinition, models.FormDefinition, models.DecisionDefinition):
        assert kit.rows(database, model) == []
    return [(each.resource, each.element_id, str(each)) for each in refusal.value.problems if each.severity == "error"]


def test_deploying_the_same_again_changes_nothing(database: databases.Database, cast: Cast) -> None:
    first = kit.deploy(database, cast.owner, *kit.two_steps())
    again = kit.deploy(database, cast.owner, *kit.two_steps())
    assert again.deployment.key == first.deployment.key
    assert [row.version for row in kit.rows(database, models.ProcessDefinition)] == [1]


@pytest.mark.parametrize("place", ["title", "diagram"])
def test_a_name_that_no_list_has_room_for_is_refused_by_its_place(database: databases.Database, cast: Cast, place: str) -> None:
    request, answer, process = kit.two_steps(title="长" * 5000 if place == "title" else "")
    if place == "diagram":
        process = Resource(
            process.name, process.content.replace(b'name="b"', f'name="{"长" * 5000}"'.encode()), process.settings
        )
    [(resource, element, told)] = refused(database, cast, request, answer, process)
    assert (resource, element) == ("two_steps.bpmn", "two_steps" if place == "title" else "b")
    assert "5000 characters" in told and len(told) < 200


@pytest.mark.parametrize("change", ["form", "settings", "diagram"])
def test_line_4_whatever_changes_makes_a_new_version_and_running_cases_keep_theirs(
    database: databases.Database, cast: Cast, change: str
) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    running = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    request, answer, process = kit.two_steps(title="新" if change == "settings" else "")
    if change == "form":
        answer = kit.form("answer", kit.text_field("answer", required=True), kit.text_field("reason", required=True))
    if change == "diagram":
        process = Resource(process.name, process.content.replace(b'name="b"', 'name="终审"'.encode()), process.settings)
    kit.deploy(database, cast.owner, request, answer, process)
    assert [row.version for row in kit.rows(database, models.ProcessDefinition)] == [1, 2]
    kit.complete(database, cast.clerk, running, "a", {"answer": "y"})  # by the form it was started with
    assert kit.open_elements(database, running) == ["b"]
    assert kit.rows(database, models.UserTask, instance_key=running)[-1].name == "b"
    fresh = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    assert kit.instance(database, fresh).version == 2


def test_an_uploaded_diagram_keeps_the_settings_it_had(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps(number="QQ-{seq}", may_start=["客服专员"]))
    *_, process = kit.two_steps()
    kit.deploy(database, cast.owner, Resource(process.name, process.content.replace(b'name="b"', b'name="c"')))
    newest = kit.rows(database, models.ProcessDefinition)[-1]
    assert (newest.version, newest.settings["number"], newest.settings["may_start"]) == (2, "QQ-{seq}", ["客服专员"])


def test_only_administrators_deploy(database: databases.Database, cast: Cast) -> None:
    for actor in (cast.clerk, cast.stranger):
        with pytest.raises(errors.Forbidden):
            kit.deploy(database, actor, *kit.two_steps())


def test_nothing_is_stored_when_one_file_is_wrong_and_every_problem_is_named(database: databases.Database, cast: Cast) -> None:
    request, _, process = kit.two_steps()
    assert refused(database, cast, request, process) == [("two_steps.bpmn", "a", "There is no form “answer”.")]
    broken = kit.diagram(
        "broken",
        kit.start(),
        kit.task("a", kind="guess", due="=1+", outcomes="yes"),
        kit.end(),
        kit.chain("started", "a", "done"),
        numbr="x",
        number="QQ",
        may_start="all",
    )
    found = refused(database, cast, request, broken)
    assert {resource for resource, *_ in found} == {"broken.bpmn"}
    text = "\n".join(f"{element} {message}" for _, element, message in found)
    for part in ("a ", "numbr", "number", "may_start"):
        assert part in text


@pytest.mark.parametrize(
    "resource",
    [
        Resource("x.bpmn", b"<nothing"),
        Resource("x.bpmn", b""),
        Resource("x.form", b"{"),
        Resource("x.form", b"[]"),
        Resource("x.dmn", b"<a/>"),
        Resource("x.exe", b"MZ"),
        Resource("x.bpmn", b"x" * (5 * 1024 * 1024)),
        Resource("x.bpmn", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    ],
)
def test_broken_files_are_refused_and_never_an_error(database: databases.Database, cast: Cast, resource: Resource) -> None:
    assert refused(database, cast, resource)[0][0] == resource.name


def test_task_properties_are_checked(database: databases.Database, cast: Cast) -> None:
    wrong = {"kind": "guess", "rule": "most", "opinion": "maybe", "outcomes": "yes", "due": "=1+", "summary": "=)"}
    for name, value in wrong.items():
        task = kit.task("a", **{name: value})
        found = refused(database, cast, kit.diagram("p", kit.start(), task, kit.end(), kit.chain("started", "a", "done")))
        assert any(element == "a" for _, element, _ in found), name


def test_folders_are_read_with_settings_and_forms(tmp_path: folders.Path) -> None:
    bpmn, workflows = tmp_path / "bpmn", tmp_path / "workflows"
    for path, content in {
        bpmn / "acme" / "leave.bpmn": b"<a/>",
        bpmn / "acme" / "rules.dmn": b"<b/>",
        bpmn / "shared" / "common.bpmn": b"<c/>",
        workflows / "acme" / "leave" / "workflow.toml": b'title = "x"',
        workflows / "acme" / "leave" / "ask.form": b"{}",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    found = {resource.name: resource.settings for resource in folders.read(bpmn, workflows, "acme")}
    assert found == {
        "acme/leave.bpmn": {"title": "x"},
        "acme/rules.dmn": None,
        "shared/common.bpmn": None,
        "leave/ask.form": None,
    }
    assert folders.companies(bpmn) == ["acme"]
    (workflows / "acme" / "leave" / "workflow.toml").write_bytes(b"title = ")
    with pytest.raises(errors.Invalid, match=r"leave/workflow\.toml"):
        folders.read(bpmn, workflows, "acme")


def test_processes_of_one_file_have_settings_of_their_own(
    database: databases.Database, cast: Cast, tmp_path: folders.Path
) -> None:
    one = kit.diagram("first", kit.start(), kit.task("a"), kit.end(), kit.chain("started", "a", "done")).content.decode()
    two = one.replace('id="first"', 'id="second"').replace("started", "begun").replace('"a"', '"b"').replace('"done"', '"over"')
    second = two[two.index("<bpmn:process") : two.index("</bpmn:definitions>")]
    for name in ("a_done", "begun_a"):
        second = second.replace(f'id="{name}"', f'id="{name}_2"')
    both = one.replace("</bpmn:definitions>", second + "</bpmn:definitions>")
    (tmp_path / "bpmn/acme").mkdir(parents=True)
    (tmp_path / "bpmn/acme/first.bpmn").write_text(both, encoding="utf-8")
    for name, title in (("first", "甲"), ("second", "乙")):
        (tmp_path / "workflows/acme" / name).mkdir(parents=True)
        (tmp_path / "workflows/acme" / name / "workflow.toml").write_text(f'title = "{title}"', encoding="utf-8")
    kit.deploy(database, cast.owner, *folders.read(tmp_path / "bpmn", tmp_path / "workflows", "acme"))
    found = {row.process_id: row.settings["title"] for row in kit.rows(database, models.ProcessDefinition)}
    assert found == {"first": "甲", "second": "乙"}


def test_what_is_kept_in_memory_is_shown_to_its_own_company_only(database: databases.Database, cast: Cast) -> None:
    deployed = kit.deploy(database, cast.owner, *kit.two_steps())
    definition, form = deployed.definitions[0].key, deployed.forms[0].key
    with database.reading("acme") as session:
        assert definitions.by_key(session, definition).start_form is definitions.form(session, form)
    with database.reading("elsewhere") as session:
        for read, key in ((definitions.by_key, definition), (definitions.form, form)):
            with pytest.raises(errors.NotFound):
                read(session, key)


def _rules(word: str) -> Resource:
    """A decision with a cell that says this word, without quotation marks."""
    table = dmn.table(["level"], ["y"], [[word, "1"], ['"VIP"', "2"]], "FIRST")
    return Resource("rules.dmn", dmn.model(dmn.decision("rules", table)))


def _asking() -> list[Resource]:
    ask = '<bpmn:businessRuleTask id="ask" name="ask"><bpmn:extensionElements>'
    ask += '<zeebe:calledDecision decisionId="rules" resultVariable="found"/></bpmn:extensionElements></bpmn:businessRuleTask>'
    flow = (kit.start(form="request"), ask, kit.end(), kit.chain("started", "ask", "done"))
    return [kit.form("request", kit.text_field("usual")), kit.diagram("asking", *flow)]


def test_a_word_of_a_decision_may_be_a_variable_of_the_process_that_asks(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *_asking(), _rules("usual"))
    kit.deploy(database, cast.owner, _rules("found"))  # alone: the process was deployed before
    assert [str(each) for each in deployment.check([*_asking(), _rules("> usual")]) if "usual" in str(each)] == []
    assert any("usual" in str(each) for each in deployment.check([_rules("> usual")]))


def test_an_unquoted_word_of_a_decision_is_refused_with_the_nearest_text(database: databases.Database, cast: Cast) -> None:
    [(name, _, text)] = refused(database, cast, _rules("VIP"))
    assert (name, text) == ("rules.dmn", 'There is no “VIP”. A text stands in quotation marks: write "VIP".')


def test_a_form_nested_without_end_is_refused_not_a_failure(database: databases.Database, cast: Cast) -> None:
    deep = b'{"id": "f", "components": ' + b'[{"components": ' * 100_000
    [(_, _, text)] = refused(database, cast, Resource("deep.form", deep + b"[]" + b"}]" * 100_000 + b"}"))
    assert "nested deeper" in text


def test_what_was_examined_before_is_not_read_again_while_the_store_is_locked(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = [*kit.two_steps(), Resource("rules.dmn", RULES.encode())]
    examined = deployment.examine(cast.owner, resources)

    def read(*_arguments: object, **_options: object) -> None:
        raise AssertionError("it was read again")

    for module, name in ((runtime, "parse"), (runtime, "examine"), (decisions, "parse")):
        monkeypatch.setattr(module, name, read)
    with database.transaction("acme") as session:
        deployed = deployment.deploy(session, cast.owner, examined, now=kit.NOW)
    assert len(deployed.definitions) == 1 and len(deployed.decisions) == 1
    monkeypatch.undo()
    assert kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})


def test_only_administrators_have_files_examined(cast: Cast) -> None:
    with pytest.raises(errors.Forbidden):
        deployment.examine(cast.clerk, [])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "listener",
    [
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="notify"/></zeebe:executionListeners>',
        '<zeebe:taskListeners><zeebe:taskListener eventType="completing" type="notify"/></zeebe:taskListeners>',
        '<camunda:executionListener xmlns:camunda="http://camunda.org/schema/1.0/bpmn" event="start" class="a.B"/>',
        '<camunda:taskListener xmlns:camunda="http://camunda.org/schema/1.0/bpmn" event="complete" class="a.B"/>',
    ],
    ids=["execution of Camunda 8", "task of Camunda 8", "execution of Camunda 7", "task of Camunda 7"],
)
def test_a_listener_never_runs_and_so_never_fails_it_is_refused_and_what_was_deployed_goes_on(
    database: databases.Database, cast: Cast, listener: str
) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps())
    running = kit.begin(database, cast.clerk, "two_steps", {"subject": "x"})
    *forms, process = kit.two_steps()
    assert process.content.count(b"<zeebe:userTask/>") == 2
    changed = process.content.replace(b"<zeebe:userTask/>", b"<zeebe:userTask/>" + listener.encode(), 1)
    with pytest.raises(deployment.DeploymentRefused) as refusal:
        kit.deploy(database, cast.owner, *forms, Resource(process.name, changed, process.settings))
    assert [each.element_id for each in refusal.value.problems if each.severity == "error"] == ["a"]
    assert [row.version for row in kit.rows(database, models.ProcessDefinition)] == [1]
    kit.complete(database, cast.clerk, running, "a", {"answer": "y"})
    kit.complete(database, cast.head, running, "b")
    assert kit.instance(database, running).state == "completed"
