"""Trap 3: no path, form or API of the telecom company deletes customer data; corrections are versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import flask
import pytest
from werkzeug.routing import Rule

from engine.deploying.company_files import companies
from engine.records import demo
from engine.storage import models
from tests.engine import kit
from tests.web.pages import Browser
from tests.workflows.kept import losses, picture
from tests.workflows.standing import ROOT, Standing

PEOPLE = ("tang_rui", "lin_xiaoyan", "liu_wei")  # a clerk, a keeper of records, the administrator
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"
FILED = {
    "complaint_kind": "故障",
    "content": "专线每晚中断一小时",
    "complainant": "王小明",
    "contact": "13812341234",
    "customer_name": "长河物流集团有限公司",
}


@dataclass(frozen=True)
class Stock:
    """What lies in the company before anybody tries to delete it: keys by what they are of."""

    keys: dict[str, list[int]]


@pytest.fixture
def dossiers(telecom: Standing) -> list[int]:
    """The keys of customer records, one of them with two versions."""
    with telecom.database.transaction("telecom") as session:
        demo.store(session, "telecom", companies.load_records(ROOT / "workflows/telecom/records.toml"), now=telecom.now)
    telecom.walk("customer_info_reporting", "trap_03_correction_makes_a_new_version")
    return [row.key for row in telecom.rows(models.CustomerRecord)]


@pytest.fixture
def stock(telecom: Standing, dossiers: list[int], app: flask.Flask) -> Stock:
    """Records with versions, finished and running cases with files, register entries, a filing from outside."""
    telecom.walk("complaint", "trap_03_complaint_becomes_a_new_version_of_the_dossier")
    telecom.walk("business_opening", "trap_03_cancelled_contract_keeps_every_version")
    photo = telecom.file("tang_rui", "告警记录.pdf", PDF)
    telecom.walk("complaint", "trap_06_group_solves_replies_and_archives", steps=1, attachments=[photo])
    photo = telecom.file("tang_rui", "九月话单.pdf", PDF + b"2")
    telecom.walk("complaint", "trap_08_1999_99_is_ordinary", steps=0, attachments=[photo])
    telecom.walk("contract_cancellation", "confirmed", steps=0)
    customer = Browser(app)
    receipt = customer.get("/p/telecom/complaint").form("/p/telecom/complaint")["receipt"]
    customer.send("/p/telecom/complaint", {"receipt": receipt, **FILED})
    tables = (
        models.CustomerRecord,
        models.RecordVersion,
        models.ProcessInstance,
        models.UserTask,
        models.Attachment,
        models.Filing,
    )
    return Stock({table.__tablename__: [row.key for row in telecom.rows(table)] for table in tables})


@pytest.mark.slow
def test_trap_03_no_page_and_no_api_deletes_or_changes_what_was_stored(
    app: flask.Flask, telecom: Standing, stock: Stock, folder: Path
) -> None:
    before = picture(telecom.database, folder, telecom.now)
    for username in PEOPLE:
        someone = Someone(app, username)
        for rule in sorted(app.url_map.iter_rules(), key=str):
            for method in sorted({*(rule.methods or ())} - {"HEAD", "OPTIONS"}):
                found = list(addresses(app, rule, stock))
                for address in found[:1] if method == "GET" else found:
                    someone.tries(method, address, stock)
    for address in {built(app, rule, stock.keys["customer_record"][0]) for rule in app.url_map.iter_rules()}:
        for method in ("PUT", "PATCH", "DELETE"):  # served nowhere, or by another rule of the same address
            someone.asks(method, address)
    assert list(losses(before, picture(telecom.database, folder, telecom.now))) == []


class Someone:
    """A person who sends to every address what might delete something."""

    def __init__(self, app: flask.Flask, username: str) -> None:
        self.browser, self.username = Browser(app), username
        self.enter()

    def enter(self) -> None:
        self.browser.let_in(self.username, "telecom")
        self.token = self.browser.token()

    def tries(self, method: str, address: str, stock: Stock) -> None:
        for body in [{}] if method == "GET" else bodies(stock, address):
            self.asks(method, address, **body)
            if address.startswith("/sign-out"):
                self.enter()

    def asks(self, method: str, address: str, **body: Any) -> None:
        headers = {"X-CSRFToken": self.token, "X-HTTP-Method-Override": "DELETE"}
        answer = self.browser.client.open(address, method=method, headers=headers, **body)
        assert answer.status_code < 500, (method, address, answer.status_code, answer.text[:500])


def addresses(app: flask.Flask, rule: Rule, stock: Stock) -> Iterator[str]:
    """The rule's addresses for the first and the last of everything that its key may be of."""
    if not rule.arguments:
        yield f"{rule.rule}?_method=DELETE&delete=1&state=destroyed"
        return
    for table in tables_of(rule.rule):
        for key in {stock.keys[table][0], stock.keys[table][-1]}:
            yield built(app, rule, key)


def built(app: flask.Flask, rule: Rule, key: int) -> str:
    texts: dict[str, Any] = {"company_id": "telecom", "process_id": "complaint", "name": "web", "template": "complaint_record"}
    with app.test_request_context():
        return flask.url_for(rule.endpoint, **{name: texts.get(name, key) for name in rule.arguments})


def tables_of(rule: str) -> tuple[str, ...]:
    """What the keys in an address are of; a record's key is tried wherever none is expected."""
    kinds = {
        "task": "user_task",
        "case": "process_instance",
        "process-instances": "process_instance",
        "attachment": "attachment",
    }
    found = tuple(dict.fromkeys(table for word, table in kinds.items() if word in rule))
    return (*found, "customer_record") if "record" not in rule else ("customer_record",)


def bodies(stock: Stock, address: str) -> list[dict[str, Any]]:
    """Nothing at all, and everything by which one might hope to delete, as a form and as JSON."""
    record, case = stock.keys["customer_record"][0], stock.keys["process_instance"][0]
    fields: dict[str, Any] = {
        "_method": "DELETE",
        "delete": "1",
        "action": "destroy",
        "state": "destroyed",
        "reason": "清理",
        "kind": "frozen",
        "key": str(record),
        "record": str(record),
        "records": [str(record)],
        "customer_record": str(record),
        "contract_record": str(record),
        "version": "1",
        "sealed": "",
        "content": {},
        "customer": {},
        "keeper": "lin_xiaoyan",
        "witness": "he_jing",
        "method": "碎纸",
        "opinion": "同意",
        "instance": str(case),
        "approved_list": [],
    }
    asked = {
        "name": "contract_cancelled",
        "correlationKey": "HT-2026-0001",
        "assignee": "tang_rui",
        "type": "records.destroy",
        "processDefinitionId": "contract_cancellation",
        "worker": "w",
        "timeout": 60_000,
        "maxJobsToActivate": 10,
        "errorCode": "destroy",
        "retries": 0,
        "variables": fields,
    }
    if address.startswith(("/v2", "/hooks")):
        return [{"json": {}}, {"json": fields | asked}]
    flat = {name: value if isinstance(value, str | list) else "" for name, value in fields.items()}
    return [{"data": {}}, {"data": flat}]


def test_trap_03_a_cancelled_case_keeps_variables_files_history_and_records(
    telecom: Standing, stock: Stock, signed_in: Callable[[str], Browser], folder: Path
) -> None:
    running = [row.key for row in telecom.rows(models.ProcessInstance, state="active", parent_key=None)]
    before = picture(telecom.database, folder, telecom.now)
    someone = signed_in("liu_wei")
    headers = {"X-CSRFToken": someone.token()}
    for key in running:
        someone.client.post(f"/v2/process-instances/{key}/cancellation", json={"reason": "客户撤回"}, headers=headers)
    after = picture(telecom.database, folder, telecom.now)
    cancelled = [row.key for row in telecom.rows(models.ProcessInstance, state="cancelled")]
    assert len(running) >= 4 and set(running) & set(cancelled)
    assert list(losses(before, after)) == []
    assert {key: after.variables[key] for key in before.variables} == before.variables
    [photo] = [row for row in telecom.rows(models.Attachment) if row.name == "告警记录.pdf"]
    assert someone.client.get(f"/attachments/{photo.key}").data == PDF


def test_trap_03_closing_an_account_through_the_api_keeps_every_version(
    telecom: Standing, dossiers: list[int], signed_in: Callable[[str], Browser], folder: Path
) -> None:
    record = next(row for row in telecom.rows(models.CustomerRecord) if row.number == "KH-2026-9003")
    evidence = telecom.file("lin_xiaoyan", "解除函.pdf", PDF)
    form = {
        "contract_record": str(record.key),
        "contract_no": "HT-2026-0103",
        "requested_by": "客户",
        "cancelled_on": "2026-02-12",
        "cancellation_reason": "客户迁址，不再需要专线",
        "cancellation_evidence": [evidence],
        "settlement": "按合同结算",
    }
    before = picture(telecom.database, folder, telecom.now)
    clerk, head = signed_in("lin_xiaoyan"), signed_in("zhou_lihua")
    asked = {"processDefinitionId": "contract_cancellation", "variables": form}
    case = call(clerk, "/v2/process-instances", asked)["processInstanceKey"]
    emptied = {"contract_no": "", "cancellation_reason": None}  # shown there, not asked for
    task = telecom.open_task("confirm_cancellation", int(case))
    with pytest.raises(AssertionError, match="400"):  # what is not even shown there is refused
        call(head, f"/v2/user-tasks/{task}/completion", {"action": "approve", "variables": {**emptied, "customer": {}}})
    call(head, f"/v2/user-tasks/{task}/completion", {"action": "approve", "variables": emptied})
    telecom.work()
    after = picture(telecom.database, folder, telecom.now)
    assert list(losses(before, after)) == []
    assert after.contents[record.key, 1] == before.contents[record.key, 1]
    closed = after.contents[record.key, 2]
    assert closed["contract"]["status"] == "已解除" and closed["basic"] == before.contents[record.key, 1]["basic"]


def call(someone: Browser, address: str, body: dict[str, Any]) -> Any:
    answer = someone.client.post(address, json=body, headers={"X-CSRFToken": someone.token()})
    assert answer.status_code < 300, (answer.status_code, answer.text)
    return answer.get_json(silent=True)


def test_trap_03_no_diagram_of_the_company_destroys() -> None:
    diagrams = sorted((ROOT / "bpmn/telecom").glob("*.bpmn"))
    assert len(diagrams) > 10
    assert [path.name for path in diagrams if "records.destroy" in path.read_text(encoding="utf-8")] == []


def test_trap_03_a_new_process_that_destroys_ends_in_an_incident_and_destroys_nothing(
    telecom: Standing, dossiers: list[int], signed_in: Callable[[str], Browser], folder: Path
) -> None:
    """Everything else that a destruction needs is there: two approvals, a keeper and a witness who acted; the policy stops it."""
    record = dossiers[0]
    inputs = "".join(
        f'<zeebe:input source="{source}" target="{target}"/>'
        for source, target in (
            (f"=[&quot;{record}&quot;]", "records"),
            ("碎纸", "method"),
            ("lin_xiaoyan", "keeper"),
            ("he_jing", "witness"),
        )
    )
    diagram = kit.diagram(
        "cleaning", kit.start(),
        kit.task("approve", groups="分公司负责人", kind="approve"), kit.task("keep", assignee="lin_xiaoyan"),
        kit.task("watch", assignee="he_jing"),
        kit.service("destroy", "records.destroy", inputs=f"<zeebe:ioMapping>{inputs}</zeebe:ioMapping>"),
        kit.end(), kit.chain("started", "approve", "keep", "watch", "destroy", "done"),
    )  # fmt: skip
    administrator = signed_in("liu_wei")
    sent = {"resources": (BytesIO(diagram.content), "cleaning.bpmn")}
    answer = administrator.client.post("/v2/deployments", data=sent, headers={"X-CSRFToken": administrator.token()})
    assert answer.status_code < 300, answer.text
    before = picture(telecom.database, folder, telecom.now)
    case = int(call(administrator, "/v2/process-instances", {"processDefinitionId": "cleaning"})["processInstanceKey"])
    for username, element in (("chen_jianguo", "approve"), ("lin_xiaoyan", "keep"), ("he_jing", "watch")):
        body = {"action": "approve"} if element == "approve" else {}
        call(signed_in(username), f"/v2/user-tasks/{telecom.open_task(element, case)}/completion", body)
    telecom.work()
    telecom.move_to(telecom.now + timedelta(hours=2))  # all attempts are used up
    assert list(losses(before, picture(telecom.database, folder, telecom.now))) == []
    [incident] = telecom.rows(models.Incident, instance_key=case, state="open")
    assert incident.element_id == "destroy"
    [instance] = telecom.rows(models.ProcessInstance, key=case)
    assert instance.state == "active"
