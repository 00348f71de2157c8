"""Trap 14: five companies in one system see and do nothing of each other; secrecy levels and the log of readings hold."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask
import pytest
from werkzeug.routing import Rule

from engine.people import organisation
from engine.records import records
from engine.storage import database as databases
from engine.storage import models
from tests.web.pages import Browser
from tests.workflows.kept import losses, picture
from tests.workflows.standing import Standing, pages, prepared

ADMINISTRATORS = {
    "advertising": "mo_fan",
    "event": "qiao_an",
    "miniapp": "xiao_ran",
    "steel": "zou_kai",
    "telecom": "liu_wei",
}
WALKS = {
    "advertising": ("record_creation", "institutional_customer_is_filed_twice", {}),
    "event": ("complaint", "complaint_is_solved_and_analysed", {"content": "青鸾甲厅的音响两次无声"}),
    "miniapp": ("complaint_handling", "unsubstantiated_complaint_is_explained", {"content": "白泽大厦东门夜间无人值守"}),
    "steel": ("complaint", "quality_complaint_is_solved", {"content": "玄武二号炉钢管端口椭圆"}),
    "telecom": ("complaint", "trap_06_group_solves_replies_and_archives", {"content": "朱雀路专线上午多次中断"}),
}
SECRETS = {"advertising": "云岭茶业", "event": "青鸾", "miniapp": "白泽", "steel": "玄武", "telecom": "朱雀"}
# Processes that no other company has; event's only one is called like those of others.
PROCESSES = {
    "advertising": "record_creation",
    "event": "-",
    "miniapp": "complaint_handling",
    "steel": "return_exchange",
    "telecom": "hq_complaint",
}
OPEN_TO_ALL = ("/p/", "/hooks/", "/assets/", "/sign-", "/health", "/static")
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"
KEYS_IN = {  # what the keys in an address are of, by a word of it
    "records": "customer_record",
    "task": "user_task",
    "attachments": "attachment",
    "definitions": "process_definition",
    "diagrams": "process_definition",
    "forms": "form_definition",
}


@dataclass(frozen=True)
class Five:
    """The companies in one database, each with a finished and a running case, and the pages over them."""

    database: databases.Database
    standing: dict[str, Standing]
    app: flask.Flask

    def keys(self, company: str, table: str) -> list[int]:
        model = next(each for each in models.Base.__subclasses__() if each.__tablename__ == table)
        return [row.key for row in self.standing[company].rows(model, company_id=company)]

    def administrator(self, company: str) -> Browser:
        return Browser(self.app).let_in(ADMINISTRATORS[company], company)


@pytest.fixture
def five(database: databases.Database, folder: Path) -> Five:
    prepared(database, folder)
    standing = {company: Standing(database, company) for company in WALKS}
    for company, (process_id, name, told) in WALKS.items():
        here = standing[company]
        here.walk(process_id, name, **told)
        here.walk(process_id, name, steps=0, **told)
        here.file(ADMINISTRATORS[company], f"{SECRETS[company]}.pdf", PDF)
    latest = max(here.now for here in standing.values())
    return Five(database, standing, pages(database, folder, lambda: latest))


@pytest.mark.slow
def test_trap_14_nobody_sees_or_does_anything_of_another_company(five: Five, folder: Path) -> None:
    """The administrators, who may do most in their own company, try every page and every call with the others' keys."""
    now = max(here.now for here in five.standing.values())
    before = picture(five.database, folder, now)
    told_to: set[str] = set()
    for company in WALKS:
        someone = five.administrator(company)
        token = someone.token()
        others = itertools.cycle(other for other in WALKS if other != company)
        for rule in guarded(five.app):
            for method in sorted({"GET", "POST", "DELETE"} & (rule.methods or set())):
                asked = address(five, rule, next(others))
                if looks(someone, token, method, asked, company, is_anothers=bool(rule.arguments)):
                    told_to.add(company)
    assert told_to >= {"event", "miniapp", "steel", "telecom"}  # their own they are shown: the walls are not shut for all
    after = picture(five.database, folder, now)
    assert list(losses(before, after)) == []
    assert [key for name, rows in before.rows.items() for key, row in rows.items() if after.rows[name][key] != row] == []


def looks(someone: Browser, token: str, method: str, address: str, company: str, *, is_anothers: bool) -> bool:
    """Sends it; whether the answer tells what is the own company's."""
    body: dict[str, Any] = (
        {} if method == "GET" else {"json": {}} if address.startswith("/v2") else {"data": {"reason": "看看"}}
    )
    answer = someone.client.open(address, method=method, headers={"X-CSRFToken": token}, **body)
    text = answer.get_data().decode(errors="replace")  # some answers are files
    told = [word for other, word in SECRETS.items() if other != company and word in text]
    assert told == [], (company, method, address)
    assert answer.status_code < 500, (company, method, address)
    if is_anothers:
        assert answer.status_code >= 400, (company, method, address, answer.status_code)
    return SECRETS[company] in text


def guarded(app: flask.Flask) -> Iterator[Rule]:
    """The routes that need somebody to be signed in, and are about something."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if not rule.rule.startswith(OPEN_TO_ALL) and rule.endpoint != "static":
            yield rule


def address(five: Five, rule: Rule, target: str) -> str:
    """The rule's address for what is of the other company."""
    table = next((table for word, table in KEYS_IN.items() if word in rule.rule), "process_instance")
    key = (five.keys(target, table) or five.keys(target, "process_instance"))[-1]
    texts: dict[str, Any] = {"process_id": PROCESSES[target], "template": "complaint_record"}
    with five.app.test_request_context():
        return flask.url_for(rule.endpoint, **{name: texts.get(name, key) for name in rule.arguments})


def test_trap_14_a_customer_follows_his_complaint_at_the_company_that_he_filed_it_with_alone(
    database: databases.Database, telecom: Standing, app: flask.Flask
) -> None:
    for other in ("event", "miniapp", "steel"):
        Standing(database, other)
    customer = Browser(app)
    receipt = customer.get("/p/telecom/complaint").form("/p/telecom/complaint")["receipt"]
    told = {"complaint_kind": "故障", "content": "朱雀路专线每晚中断", "customer_name": "长河物流", "complainant": "王小明"}
    page = customer.send("/p/telecom/complaint", {"receipt": receipt, "contact": "13812341234", **told})
    shown = page.words(".public-receipt")
    number = re.search(r"[A-Z]{2}\w*-\d{8}-\d{4}", shown)
    secret = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", shown)
    assert number and secret
    sent = {"number": number[0], "secret": secret[0]}
    assert number[0] in customer.send("/p/telecom/follow", sent).text
    for other in ("event", "miniapp", "steel"):
        stranger = Browser(app)
        answer = stranger.client.post(f"/p/{other}/follow", data={"csrf_token": stranger.token(), **sent})
        assert answer.status_code >= 400 and "朱雀" not in answer.text


def test_trap_14_a_record_above_the_clearance_is_masked_refused_and_the_try_is_logged(
    telecom: Standing, app: flask.Flask
) -> None:
    names = {"内部": "甲级企业", "秘密": "乙级企业", "机密": "丙级企业"}
    with telecom.database.transaction("telecom") as session:
        company = organisation.current(session, "telecom")
        by = telecom.actor(session, "zhou_lihua")
        made = {
            level: records.enter(
                session, company, by, records.NewRecord(name, level, {"note": "内容" + name}), now=telecom.now
            ).key
            for level, name in names.items()
        }
    reader, cleared = Browser(app).let_in("lin_xiaoyan", "telecom"), Browser(app).let_in("chen_jianguo", "telecom")
    catalogue = reader.get("/records").text
    assert "甲级企业" in catalogue and "乙级企业" in catalogue and "丙级企业" not in catalogue
    assert "丙级企业" not in reader.get("/records?q=丙级").words("tbody")
    assert reader.client.get(f"/records/{made['秘密']}").status_code == 200
    refused = reader.client.get(f"/records/{made['机密']}")
    assert refused.status_code == 403 and "丙级企业" not in refused.text
    assert cleared.client.get(f"/records/{made['机密']}").status_code in (403, 404)  # the level alone opens nothing
    log = [(row.username, row.record_key, row.granted) for row in telecom.rows(models.RecordReading)]
    assert ("lin_xiaoyan", made["秘密"], True) in log and ("lin_xiaoyan", made["机密"], False) in log


def test_trap_14_nothing_can_change_the_log_of_readings() -> None:
    """No verb writes to it but the one that adds a line."""
    engine = Path(records.__file__).parent
    texts = {path: path.read_text(encoding="utf-8") for path in engine.rglob("*.py") if "migrations" not in path.parts}
    for path, text in texts.items():
        assert not re.search(r"(delete|update)\(\s*(models\.)?RecordReading", text), path
