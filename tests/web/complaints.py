"""A small complaint process with a public page, and a browser of somebody who is not signed in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import flask

from engine.deploying.deployment import Resource
from tests.engine import kit
from tests.web.pages import Browser, Page

PUBLIC = {
    "title": "投诉与建议",
    "intro": "五个工作日内答复。",
    "form": "public_complaint",
    "message": "complaint_filed",
    "promise": "=promisedBy",
    "thanks": "感谢监督。",
    "withdrawal": "complaint_withdrawn",
    "steps": {"investigate": "正在调查", "ask_customer": "等待您的答复"},
    "ends": {"withdrawal_noted": "您已撤回，不再办理。", "told": "您已答复，本件办结。"},
    "shows": [{"label": "解决方案", "value": "=solution"}],
    "questions": {"customer_answer": {"text": "您是否接受方案？"}},
}
REGISTER = [
    {"label": "投诉人", "value": "=complainant"},
    {"label": "电话", "value": "=contact"},
    {"label": "内容", "value": "=content"},
    {"label": "损失", "value": "=loss", "type": "number"},
    {"label": "评分", "value": "=customer_rating", "type": "number"},
    {"label": "受理", "value": "=started_at", "type": "datetime"},
]
FILED = {"content": "夜间无人值守", "complainant": "王小明", "contact": "13812341234"}


def resources(public: Mapping[str, Any] | None = None) -> Iterable[Resource]:
    """Filed by message → investigate (form with solution) → ask the customer: by telephone or by his answer → end.

    `public` is set of the public page beside `PUBLIC`.
    """
    personal = {"properties": {"personal": True}}
    picker = {"type": "filepicker", "key": "attachments", "label": "材料", "multiple": True}
    yield kit.form(
        "public_complaint",
        kit.text_field("content", required=True),
        kit.text_field("complainant") | personal,
        kit.text_field("contact") | personal | {"validate": {"validationType": "phone"}},
        picker,
    )
    yield kit.form("finding", kit.text_field("solution", required=True), {"type": "number", "key": "loss", "label": "损失"})
    definition = '<bpmn:messageEventDefinition messageRef="filed"/>'
    answered = kit.boundary("answered", "ask_customer", '<bpmn:messageEventDefinition messageRef="answer"/>')
    promise = kit.node(
        "scriptTask",
        "promise",
        extension='<zeebe:script expression="=working days after(today(), 5)" resultVariable="promisedBy"/>',
    )
    inside = kit.start("withdrawn", definition='<bpmn:messageEventDefinition messageRef="withdrawal"/>')
    inside += kit.end("withdrawal_noted") + kit.flow("withdrawn", "withdrawal_noted")
    withdrawal = kit.node("subProcess", "withdraw", inner=inside, attributes=' triggeredByEvent="true"')
    yield kit.diagram(
        "complaint",
        kit.start(definition=definition),
        promise,
        kit.task("investigate", groups="客服专员", form="finding"),
        kit.task("ask_customer", groups="客服专员"),
        answered,
        kit.end(),
        kit.end("told"),
        kit.chain("started", "promise", "investigate", "ask_customer", "done"),
        kit.flow("answered", "told"),
        withdrawal,
        beside=kit.message("filed", "complaint_filed")
        + kit.message("answer", "customer_answer", "=instance_number")
        + kit.message("withdrawal", "complaint_withdrawn", "=instance_number"),
        title="客户投诉",
        managers=["主管领导"],
        public={**PUBLIC, **(public or {})},
        register=REGISTER,
        title_of_case='="投诉:" + complainant',
        number="TS-{date}-{seq:04}",
    )


class Customer(Browser):
    """Somebody who is not signed in."""

    def __init__(self, app: flask.Flask, company: str = "acme") -> None:
        super().__init__(app)
        self.company = company

    def receipt(self) -> str:
        """The receipt of a freshly opened form."""
        return self.get(f"/p/{self.company}/complaint").form(f"/p/{self.company}/complaint")["receipt"]

    def file(self, status: int = 200, *, receipt: str | None = None, **fields: Any) -> Page:
        """Fills the form in and sends it."""
        return self.send(f"/p/{self.company}/complaint", {"receipt": receipt or self.receipt(), **FILED, **fields}, status)

    def follow(self, number: str, secret: str, status: int = 200) -> Page:
        """Enters number and secret."""
        return self.post(f"/p/{self.company}/follow", status, number=number, secret=secret)


def number_and_secret(page: Page) -> tuple[str, str]:
    """What the confirmation shows."""
    shown = page.words(".public-receipt")
    number = re.search(r"TS-\d{8}-\d{4}", shown)
    secret = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", shown)
    return number[0] if number else "", secret[0] if secret else ""
