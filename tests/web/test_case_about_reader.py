"""A case that another called, and that is about somebody with a part in its caller (回避): to him it is a name and nothing else."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import flask
import pypdf
import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from engine.storage import database as databases
from engine.storage import keys, models
from engine.verbs.organisation import roles
from engine.verbs.sharing import comments
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.pages import Browser
from tests.web.test_security import rules

SignedIn = Callable[..., Browser]
GIVEN = '<zeebe:ioMapping><zeebe:input source="=responsible" target="subjects"/></zeebe:ioMapping>'
UNDER = (
    "/cases/<int:key>",
    "/v2/process-instances/<key>",
    "/v2/extensions/process-instances/<key>",
    "/status/operations/cases/",
)
ABOUT = "与您有关，您须回避"
LISTS = [
    "/inbox",
    "/inbox/done",
    "/inbox/started",
    "/inbox/told",
    "/inbox/followed",
    "/notices",
    "/status",
    "/status/cases",
    "/status/cases/export",
    "/status/today",
    "/status/tasks",
    "/status/tasks/export",
    "/status/workload",
    "/status/processes/approval",
    "/status/processes/complaint",
    "/status/cases?state=completed",
    "/status/incidents",
    "/status/operations",
    "/start",
]


@dataclass
class Complaint:
    """A complaint whose investigation named somebody, and the approval that it called about him; he has an open task in it."""

    key: int
    called: int
    secrets: tuple[str, ...]

    def told_in(self, text: str) -> list[str]:
        """What of the called case stands in a text."""
        return [each for each in self.secrets if each in text]


def deploy(database: databases.Database, cast: Cast) -> None:
    """Clerks manage both processes; who is responsible is found out in the complaint, and the approval keeps him out."""
    steps = (
        kit.start(),
        kit.task("拟定处分", users="head", form="penalty", recused="=subjects"),
        kit.task("签发处分", groups="主管领导", recused="=subjects"),
        kit.end(),
        kit.chain("started", "拟定处分", "签发处分", "done"),
    )
    approval = kit.diagram("approval", *steps, managers=["客服专员"])
    fork = kit.node("parallelGateway", "fork")
    ways = kit.chain("started", "指定调查人", "fork", "调查", "奖罚呈批", "告知", "done") + kit.chain("fork", "留存", "stored")
    parent = (
        kit.start(),
        kit.task("指定调查人", users='=["clerk"]', recused="=[]"),
        fork,
        kit.task("留存", users="clerk"),
        kit.end("stored"),
        kit.task("调查", users="clerk2", form="finding"),
        kit.call("奖罚呈批", "approval", io=GIVEN),
        kit.task("告知", users="clerk2"),
        kit.end(),
        ways,
    )
    forms = kit.form("finding", kit.text_field("responsible")), kit.form("penalty", kit.text_field("penalty"))
    kit.deploy(database, cast.owner, *forms, approval, kit.diagram("complaint", *parent, managers=["客服专员"]))


def begun(database: databases.Database, cast: Cast, about: str = "clerk") -> Complaint:
    """As far as the penalty is drafted and waits for its signature."""
    key = kit.begin(database, cast.outsider, "complaint")
    kit.complete(database, cast.clerk, key, "指定调查人")
    kit.complete(database, cast.clerk2, key, "调查", {"responsible": about})
    [called] = [each.key for each in kit.rows(database, models.ProcessInstance, parent_key=key)]
    kit.complete(database, cast.head, called, "拟定处分", {"penalty": "扣发奖金三个月"}, opinion="情节严重")
    with database.transaction(COMPANY) as session:
        comments.add(session, cast.owner, called, "请从严处理", now=kit.NOW)
    number = kit.instance(database, called).number
    return Complaint(
        key, called, (number, str(called), "拟定处分", "签发处分", "扣发奖金", "情节严重", "从严", "毛经理", "主管领导")
    )


@pytest.fixture
def complaint(database: databases.Database, cast: Cast) -> Complaint:
    deploy(database, cast)
    return begun(database, cast)


@pytest.mark.parametrize("accused", ["clerk", "outsider"])
def test_no_address_of_it_answers_him(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, cast: Cast, accused: str
) -> None:
    """Neither who did a step of the complaint and manages the processes, nor who began it."""
    deploy(database, cast)
    complaint, him = begun(database, cast, accused), signed_in(accused)
    asked = 0
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            if rule.rule.startswith(UNDER):
                values = dict.fromkeys(rule.arguments, "none") | {"key": str(complaint.called)}
                values |= {name: 1 for name in ("other", "incident") if name in rule.arguments}
                with app.test_request_context():
                    where = flask.url_for(rule.endpoint, **values)
                kind = {"json": {}} if "/v2" in where and method == "POST" else {}
                answer = him.client.open(where, method=method, headers={"X-CSRFToken": him.token()}, **kind)
                assert answer.status_code in (400, 403, 404, 422), (method, where, answer.status_code)
                assert complaint.told_in(answer.text.replace(str(complaint.called), "")) == [], where
                asked += answer.status_code == 404
    assert asked > 30
    for task in kit.rows(database, models.UserTask, instance_key=complaint.called):
        assert him.client.get(f"/tasks/{task.key}").status_code == 404
        assert him.client.get(f"/v2/user-tasks/{task.key}").status_code == 404
    assert signed_in("clerk2").get(f"/cases/{complaint.called}").status == 200


SENT = {"assignee": "clerk2", "to": "clerk2", "reason": "理由", "until": "2030-01-01", "text": "问", "target": "拟定处分"}
SENT |= {"person": "clerk2", "people": "clerk2", "outcome": "submit", "opinion": "同意", "note": "已处理", "name": "penalty"}
IN_JSON = SENT | {"people": ["clerk2"], "granted": True, "operation": "retry", "task": "1", "number": "1"}


def answered(app: flask.Flask, him: Browser, rule: Rule, method: str, key: int) -> int:
    """The status of what comes for this thing; of a program's address for the fields that it asks for."""
    values = {"other": 1, "incident": 1, "name": "set_variable", "template": "sheet"}
    with app.test_request_context():
        where = flask.url_for(rule.endpoint, **{each: values.get(each, str(key)) for each in rule.arguments})
    headers = {"X-CSRFToken": him.token()}
    if not where.startswith("/v2/") or method in ("GET", "DELETE"):
        return him.client.open(where, method=method, data=SENT if method == "POST" else None, headers=headers).status_code
    body: dict[str, object] = {}
    for _more in range(3):
        answer = him.client.open(where, method=method, json=body, headers=headers)
        asked = str((answer.json or {}).get("errors"))
        body |= {name: value for name, value in IN_JSON.items() if name in asked}
    return answer.status_code


@pytest.mark.parametrize(("accused", "role"), [("clerk", ""), ("clerk", "manager"), ("outsider", "operator")])
def test_whatever_he_sends_there_it_is_as_if_it_were_not_there(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, cast: Cast, accused: str, role: str
) -> None:
    """The case, its tasks and what stopped it: whatever office he has, each address answers as one of nothing."""
    deploy(database, cast)
    complaint, him, stopped = begun(database, cast, accused), signed_in(accused), keys.new()
    with database.transaction(COMPANY) as session:
        if role:
            roles.grant(session, cast.owner, accused, role, "", now=kit.NOW)
        session.get_one(models.ProcessInstance, complaint.called).incidents = 1
        told = {"kind": "expression", "element_id": "签发处分", "message": "x", "values": {}, "created_at": kit.NOW}
        session.add(models.Incident(key=stopped, company_id=COMPANY, instance_key=complaint.called, state="open", **told))
    subjects = {("/v2/incidents/<key>", "/status/incidents/<int:key>"): [stopped], UNDER: [complaint.called]}
    tasks = kit.rows(database, models.UserTask, instance_key=complaint.called)
    subjects[("/tasks/<int:key>", "/v2/user-tasks/<key>", "/v2/extensions/user-tasks/<key>")] = [each.key for each in tasks]
    asked = [
        (method, rule, key)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        for rule in rules(app, method)
        for addresses, of_it in subjects.items()
        for key in of_it
        if rule.rule.startswith(addresses)
    ]
    assert len(asked) > 100
    for method, rule, key in asked:
        of_it, of_nothing = (answered(app, him, rule, method, each) for each in (key, keys.new()))
        assert of_it == of_nothing, (method, rule.rule, of_it, of_nothing)


@pytest.mark.parametrize("accused", ["clerk", "outsider"])
def test_the_page_of_its_caller_says_its_name_and_that_he_keeps_out(
    signed_in: SignedIn, database: databases.Database, cast: Cast, accused: str
) -> None:
    deploy(database, cast)
    complaint, him, other = begun(database, cast, accused), signed_in(accused), signed_in("clerk2")
    for page in ("", "/story"):
        told = him.get(f"/cases/{complaint.key}{page}")
        assert ABOUT in told.text and "流程 approval" in told.words() and complaint.told_in(told.text) == []
        theirs = other.get(f"/cases/{complaint.key}{page}").text
        assert ABOUT not in theirs and "签发处分" in theirs
    if accused == "clerk":
        task = him.get(f"/tasks/{kit.open_task(database, complaint.key, '留存')}")
        assert task.status == 200 and complaint.told_in(task.text) == []
    kit.complete(database, cast.manager, complaint.called, "签发处分", opinion="同意扣发")
    assert "同意扣发" in other.get(f"/cases/{complaint.key}").text
    told = him.get(f"/cases/{complaint.key}")
    assert ABOUT in told.text and "同意扣发" not in told.text and complaint.told_in(told.text) == []


def test_nothing_else_under_the_address_of_its_caller_tells_him(
    app: flask.Flask, signed_in: SignedIn, complaint: Complaint
) -> None:
    him, answered = signed_in("clerk"), 0
    for rule in rules(app, "GET"):
        if rule.rule.startswith(UNDER):
            values = dict.fromkeys(rule.arguments, "none") | {"key": str(complaint.key)}
            with app.test_request_context():
                where = flask.url_for(rule.endpoint, **values)
            answer = him.client.get(where)
            answered += answer.status_code == 200
            assert complaint.told_in(answer.text) == [], where
    assert answered > 8


def paper(someone: Browser, case: int) -> str:
    sent = someone.client.post(f"/cases/{case}/sheet", data={"history": "1"}, headers={"X-CSRFToken": someone.token()})
    assert sent.status_code == 200, sent.text
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(sent.data)).pages)


def test_papers_and_programs_tell_him_no_more(signed_in: SignedIn, complaint: Complaint) -> None:
    him, other = signed_in("clerk"), signed_in("clerk2")
    assert complaint.told_in(paper(him, complaint.key)) == []
    assert "情节严重" in paper(other, complaint.key)
    for what in ("history", "path-ahead"):
        address = f"/v2/extensions/process-instances/{complaint.key}/{what}"
        answers = [each.client.get(address) for each in (him, other)]
        assert [each.status_code for each in answers] == [200, 200]
        told = [complaint.told_in(str(each.json)) for each in answers]
        assert told[0] == [] and (told[1] or what == "path-ahead")
    for what in ("process-instances", "user-tasks", "variables", "incidents", "element-instances"):
        address, headers = f"/v2/{what}/search", {"X-CSRFToken": him.token()}
        assert complaint.told_in(str(him.client.post(address, json={}, headers=headers).json)) == [], what


def words(answer: TestResponse) -> str:
    """What stands in an answer, in a spreadsheet too."""
    if answer.data[:2] != b"PK":
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        return "".join(packed.read(name).decode() for name in packed.namelist())


@pytest.mark.parametrize("role", ["", "manager", "operator"])
def test_no_list_tells_him_of_it_whatever_his_office(
    signed_in: SignedIn, database: databases.Database, cast: Cast, complaint: Complaint, role: str
) -> None:
    with database.transaction(COMPANY) as session:
        for name in ("clerk", "clerk2") if role else ():
            roles.grant(session, cast.owner, name, role, "", now=kit.NOW)
        session.get_one(models.ProcessInstance, complaint.called).incidents = 1
    him, other, number = signed_in("clerk"), signed_in("clerk2"), complaint.secrets[0]
    answered, told = 0, set[str]()
    for address in (*LISTS, f"/status/cases?search={number}", "/inbox?search=处分"):
        answer = him.client.get(address)
        answered += answer.status_code == 200
        said = words(answer).replace(f"search={number}", "").replace(f'value="{number}"', "")
        assert complaint.told_in(said) == [], address
        told.update(complaint.told_in(words(other.client.get(address))))
    assert answered > 12 and {"签发处分", number} <= told


def test_where_the_complaint_is_now_says_no_more_in_lists(signed_in: SignedIn, complaint: Complaint) -> None:
    for address in ("/status/cases?process=complaint", "/inbox/done"):
        told = signed_in("clerk").get(address)
        assert f"流程 approval · {ABOUT}" in told.words(), address
        assert ABOUT not in signed_in("clerk2").get(address).text


APART = {"began it": ("outsider", "initiator"), "did a step of its caller": ("clerk", "指定调查人")}


@pytest.mark.parametrize("how", APART)
def test_who_is_kept_from_a_step_for_what_he_did_reads_the_called_case_on(
    signed_in: SignedIn, database: databases.Database, cast: Cast, how: str
) -> None:
    """Four eyes are no suspicion: the case is not about him."""
    username, step = APART[how]
    approval = (
        kit.start(),
        kit.task("批准", groups="主管领导", separate_from=step),
        kit.end(),
        kit.chain("started", "批准", "done"),
    )
    parent = (kit.start(), kit.task("指定调查人", users="clerk"), kit.call("呈批", "approval"), kit.end())
    caller = kit.diagram("complaint", *parent, kit.chain("started", "指定调查人", "呈批", "done"))
    kit.deploy(database, cast.owner, kit.diagram("approval", *approval), caller)
    key = kit.begin(database, cast.outsider, "complaint")
    kit.complete(database, cast.clerk, key, "指定调查人")
    [called] = [each.key for each in kit.rows(database, models.ProcessInstance, parent_key=key)]
    assert "批准" in signed_in(username).get(f"/cases/{key}").text
    assert signed_in(username).get(f"/cases/{called}").status == 200


def test_nor_is_a_called_review_kept_from_who_handled_it_first(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    review = kit.task("复核", groups="主管领导", recused='=flatten([[], handler of("办理")])')
    called = kit.diagram("review", kit.start(), review, kit.end(), kit.chain("started", "复核", "done"))
    parent = (kit.start(), kit.task("办理", users="clerk"), kit.call("送审", "review"), kit.end())
    kit.deploy(database, cast.owner, called, kit.diagram("handled", *parent, kit.chain("started", "办理", "送审", "done")))
    key = kit.begin(database, cast.outsider, "handled")
    kit.complete(database, cast.clerk, key, "办理")
    [below] = [each.key for each in kit.rows(database, models.ProcessInstance, parent_key=key)]
    [task] = kit.rows(database, models.UserTask, instance_key=below)
    assert "clerk" in task.excluded
    assert signed_in("clerk").get(f"/cases/{below}").status == 200


def test_an_accused_administrator_reads_that_he_must_keep_out(
    signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    deploy(database, cast)
    complaint = begun(database, cast, "owner")
    page = signed_in("owner").get(f"/cases/{complaint.called}")
    assert "此单与您有关，您须回避，只能查看。" in page.text and "目前没有要您办的" not in page.text
    assert "须回避，只能查看" not in signed_in("owner").get(f"/cases/{complaint.key}").words(".page-head")
    assert "须回避，只能查看" not in signed_in("manager").get(f"/cases/{complaint.called}").text
