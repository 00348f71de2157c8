"""Who reaches which page and act of managers and operators: staff, manager of a department, manager of the process, auditor.

Each line is what the four are answered; a route that is added must be written down here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import pytest

from engine.reporting import question, reports
from engine.reporting.reports import Draft
from engine.storage import database as databases
from engine.storage.models import ProcessInstance
from engine.verbs.operating import bulk
from engine.verbs.operating.choosing import Chosen
from engine.verbs.organisation import roles
from tests.cast import COMPANY, Cast
from tests.web.cases import Purchases
from tests.web.pages import Browser
from tests.web.test_security import rules

SignedIn = Callable[..., Browser]
UNDER = ("/status", "/v2/extensions/operations", "/v2/extensions/rebalances", "/v2/extensions/workers")
ON_CASES = "/v2/extensions/process-instances/<key>/operation"
NONE = 999  # a key that nothing has
ANSWERED: dict[str, tuple[int, int, int, int]] = {}


@pytest.fixture
def things(database: databases.Database, cast: Cast, purchases: Purchases, now: Any) -> dict[str, int]:
    """A case begun in 客服部, an operation on it and a report over its process, both of the owner; who is given which role."""
    case = purchases.start()
    with database.transaction(COMPANY) as session:
        for name, role, scope in (("head", "manager", "service"), ("outsider", "auditor", "")):
            roles.grant(session, cast.owner, name, role, scope, now=now)
        roles.grant(session, cast.owner, "manager", "process_owner", "purchase", now=now)
        number = session.get_one(ProcessInstance, case).number
        ordered = bulk.order(session, cast.owner, "suspend", Chosen(numbers=(number,)), {}, "核对", now=now)
        asked = question.read({"processes": ["purchase"], "period": "all"})
        kept = reports.save(session, cast.owner, Draft("采购", asked, reports.Sharing((), False)), now=now)
        return {"case": case, "operation": ordered.key, "report": kept.key}


def address(app: flask.Flask, rule: Any, things: dict[str, int]) -> str:
    kind = next((name for name in ("report", "incident") if f"/{name}s/" in rule.rule), "operation")
    kind = "case" if "/cases/" in rule.rule or "process-instances" in rule.rule else kind
    values = {each: str(things.get(kind, NONE)) for each in rule.arguments}
    values |= {"process_id": "purchase"} if "process_id" in rule.arguments else {}
    values |= {"name": "set_variable"} if "name" in rule.arguments else {}
    with app.test_request_context():
        return flask.url_for(rule.endpoint, **values)


def test_each_reader_reaches_what_is_his(app: flask.Flask, signed_in: SignedIn, things: dict[str, int]) -> None:
    readers = [signed_in(name) for name in ("clerk2", "head", "manager", "outsider")]
    found = {}
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            if rule.rule.startswith(UNDER) or rule.rule.startswith(ON_CASES):
                where, told = address(app, rule, things), []
                for reader in readers:
                    data: dict[str, Any] = {"json": {}} if rule.rule.startswith("/v2") and method == "POST" else {}
                    answer = reader.client.open(where, method=method, headers={"X-CSRFToken": reader.token()}, **data)
                    told.append(answer.status_code)
                found[f"{method} {rule.rule}"] = tuple(told)
    assert found == ANSWERED
