"""Digits without end, digits that are none, and what is nested without end: a refusal at every way in, never a failure."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from engine.deploying.deployment import DeploymentRefused
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
MANY = "9" * 5000
FORMS = {  # by the address: a field, and what it takes besides
    "/organisation/notices/channels/new/mail": ("port", {"name": "x", "host": "x", "sender": "a@b.cn", "security": "tls"}),
    "/start/purchase": ("quotes#remove", {}),
    "/start/purchase/live": ("quotes#add", {}),
    "/organisation/people/clerk2/leaving": ("when", {"when": "now", f"task-{MANY}": "head", "task-²": "head"}),
}
WORKFLOW = 'title = "请假"\n'


@pytest.mark.parametrize("address", FORMS)
def test_no_form_fails_at_digits_that_are_no_number(signed_in: SignedIn, purchase: None, address: str) -> None:
    owner = signed_in("owner")
    name, more = FORMS[address]
    for value in (MANY, "²", "-1"):
        answer = owner.client.post(address, data={"csrf_token": owner.token(), name: value, **more})
        assert answer.status_code < 500, (value, answer.text[:200])


@pytest.mark.parametrize(
    "question", ["[" * 90_000, '{"a":' * 3000, MANY, '{"processes": 1e999999999}'], ids=lambda each: each[:5]
)
def test_a_report_s_question_that_nobody_can_read_is_refused(signed_in: SignedIn, purchase: None, question: str) -> None:
    signed_in("owner").post("/status/reports", 422, question=question, name="x")


@pytest.mark.parametrize("file", ["workflow.toml", "texts.en.toml"])
@pytest.mark.parametrize("value", ["[" * 5000, MANY], ids=["deep", "digits"])
def test_a_package_with_settings_that_nobody_can_read_is_refused_by_file(signed_in: SignedIn, file: str, value: str) -> None:
    drawn = kit.diagram("leave", kit.start(), kit.task("a"), kit.end(), kit.chain("started", "a", "done"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in {"leave.bpmn": drawn.content, "workflow.toml": WORKFLOW, file: f"a = {value}"}.items():
            archive.writestr(name, content)
    owner = signed_in("owner")
    packed.seek(0)
    answer = owner.client.post("/designer/packages", data={"csrf_token": owner.token(), "file": (packed, "leave.zip")})
    assert answer.status_code == 422 and file in answer.text


@pytest.mark.parametrize("value", [MANY, "²", "many", "101"], ids=lambda each: each[:4])
def test_what_is_no_number_in_a_diagram_is_refused_with_its_element(
    database: databases.Database, cast: Cast, value: str
) -> None:
    priority = f'<zeebe:userTask/><zeebe:priorityDefinition priority="{value}"/>'
    loop = f'<bpmn:standardLoopCharacteristics loopMaximum="{value}"><bpmn:loopCondition>=x</bpmn:loopCondition></bpmn:standardLoopCharacteristics>'
    drawn = kit.diagram(
        "p",
        kit.start(),
        kit.task("a", groups="客服专员").replace("<zeebe:userTask/>", priority),
        kit.node("manualTask", "b", inner=loop),
        kit.service("c", "erp.post", retries=value),
        kit.end(),
        kit.chain("started", "a", "b", "c", "done"),
    )
    with pytest.raises(DeploymentRefused) as refused:
        kit.deploy(database, cast.owner, drawn)
    told = [each.element_id for each in refused.value.problems if each.severity == "error"]
    assert told == (["a"] if value == "101" else ["a", "b", "c"])


@pytest.mark.parametrize("value", [f'"{MANY}"', '"²"', "1e30"], ids=lambda each: each[:4])
def test_what_is_no_number_when_a_case_gets_there_fails_nothing(database: databases.Database, cast: Cast, value: str) -> None:
    said = value.replace('"', "&quot;")
    priority = f'<zeebe:userTask/><zeebe:priorityDefinition priority="={said}"/>'
    task, work = (
        kit.task("a", groups="客服专员").replace("<zeebe:userTask/>", priority),
        kit.service("c", "erp.post", retries=f"={said}"),
    )
    kit.deploy(
        database, cast.owner, kit.diagram("p", kit.start(), task, work, kit.end(), kit.chain("started", "a", "c", "done"))
    )
    case = kit.begin(database, cast.clerk, "p")
    assert [each.priority for each in kit.rows(database, models.UserTask, instance_key=case)] == [50]
    kit.complete(database, cast.clerk, case, "a")
    assert kit.instance(database, case).incidents == 1
