"""Who reaches which page and act of managers and operators: staff, manager of a department, manager of the process, auditor.

A route that is added must be written down here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import pytest

from engine.reporting import question, reports
from engine.reporting.reports import ReportDraft
from engine.storage import database as databases
from engine.storage.models import ProcessInstance
from engine.verbs.operating import bulk
from engine.verbs.operating.choosing import Chosen
from engine.verbs.organisation import roles
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.pages import Browser
from tests.web.test_security import rules

SignedIn = Callable[..., Browser]
UNDER = ("/status", "/v2/extensions/operations", "/v2/extensions/rebalances", "/v2/extensions/workers")
ON_CASES = "/v2/extensions/process-instances/<key>/operation"
NONE = 999  # a key that nothing has
# What is well-formed, so that the answer tells of rights and not of the form.
SENT: dict[str, dict[str, Any]] = {
    "/status/incidents/<int:key>/close": {"note": "已办"},
    "/status/operations/causes/retry": {"cause": "none", "note": "已办"},
    "/v2/extensions/rebalances": {"moves": [{"userTaskKey": "1", "person": "clerk"}], "reason": "核对"},
}
SET = {"operation": "set_variable", "name": "count", "value": 4, "reason": "核对"}
SENT |= dict.fromkeys(("/v2/extensions/operations", ON_CASES, f"{ON_CASES}/rehearsal"), SET)
# What clerk2, head, manager and outsider are answered: staff, the manager of 客服部, of the process, the auditor.
ANSWERED: dict[tuple[int, int, int, int], str] = {
    (200, 200, 200, 200): """
        GET /status
        GET /status/cases
        GET /status/cases/export
        GET /status/deadlines
        GET /status/incidents
        GET /status/operations
        GET /status/operations/causes
        GET /status/reports
        GET /status/reports/new
        GET /status/tasks
        GET /status/tasks/export
        GET /status/today
        GET /status/today/figures
        GET /status/workload
        GET /status/workload/done
        GET /status/workload/export
        GET /v2/extensions/operations
    """,
    (403, 403, 200, 403): """
        GET /status/operations/new
        GET /status/rebalance
        POST /status/rebalance/preview
        POST /v2/extensions/process-instances/<key>/operation/rehearsal
        POST /v2/extensions/rebalances/proposal
    """,
    (403, 403, 204, 403): """
        POST /v2/extensions/process-instances/<key>/operation
    """,
    (403, 403, 400, 403): """
        POST /v2/extensions/operations
    """,
    (403, 403, 403, 200): """
        GET /status/history
    """,
    (403, 403, 422, 403): """
        POST /status/operations/new
        POST /status/rebalance
    """,
    (404, 404, 200, 200): """
        GET /status/operations/cases/<int:key>
        GET /status/operations/given-up
        GET /status/processes/<process_id>
        GET /status/processes/<process_id>/done
        GET /status/processes/<process_id>/done/export
        GET /status/processes/<process_id>/heat
    """,
    (404, 404, 200, 403): """
        GET /status/operations/cases/<int:key>/<name>
    """,
    (404, 404, 404, 200): """
        GET /status/operations/<int:key>
        GET /status/operations/worker
        GET /v2/extensions/operations/<key>
        GET /v2/extensions/workers
    """,
    (404, 404, 404, 403): """
        POST /status/incidents/<int:key>/close
        POST /status/incidents/<int:key>/retry
        POST /status/incidents/<int:key>/say-again
        POST /status/incidents/<int:key>/take-again
        POST /status/operations/<int:key>/carry-out
        POST /status/operations/<int:key>/continue
        POST /status/operations/<int:key>/pause
        POST /status/operations/<int:key>/stop
        POST /status/operations/causes/retry
        POST /status/operations/causes/settle
        POST /status/reports/<int:key>
        POST /status/reports/<int:key>/copy
        POST /status/reports/<int:key>/mail
        POST /status/reports/<int:key>/remove
        POST /status/reports/<int:key>/work
        POST /v2/extensions/operations/<key>/carry-out
        POST /v2/extensions/operations/<key>/continue
        POST /v2/extensions/operations/<key>/pause
        POST /v2/extensions/operations/<key>/stop
        POST /v2/extensions/rebalances
    """,
    (404, 404, 404, 404): """
        GET /status/reports/<int:key>
        GET /status/reports/<int:key>/cases
        GET /status/reports/<int:key>/edit
        GET /status/reports/<int:key>/export
        GET /status/reports/<int:key>/paper
    """,
    (404, 404, 422, 403): """
        POST /status/operations/cases/<int:key>/<name>
    """,
    (422, 422, 422, 403): """
        POST /status/reports
    """,
    (422, 422, 422, 422): """
        GET /status/reports/new/cases
    """,
}


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
        kept = reports.save(session, cast.owner, ReportDraft("采购", asked, reports.Sharing((), False)), now=now)
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
                    kind = "json" if rule.rule.startswith("/v2") else "data"
                    data: dict[str, Any] = {kind: SENT.get(rule.rule, {})} if method == "POST" else {}
                    answer = reader.client.open(where, method=method, headers={"X-CSRFToken": reader.token()}, **data)
                    told.append(answer.status_code)
                    if answer.status_code == 404 and kind == "data":
                        assert "或者您无权查看" in answer.text, (where, "it may be there and not be his to see")
                found[f"{method} {rule.rule}"] = tuple(told)
    assert found == {line.strip(): told for told, lines in ANSWERED.items() for line in lines.split("\n") if line.strip()}


@pytest.mark.parametrize(("about", "offers"), [("owner", False), ("head", True)])
def test_a_row_of_a_list_offers_no_new_holder_to_a_manager_whom_the_case_is_about(
    signed_in: SignedIn, database: databases.Database, cast: Cast, about: str, offers: bool
) -> None:
    """Neither of the step that keeps him out nor of the one beside it, which does not."""
    steps = (kit.task("find", groups="客服专员", recused=f'="{about}"'), kit.task("beside", users="clerk"))
    ways = kit.chain("started", "fork", "find", "done") + kit.chain("fork", "beside", "done")
    drawn = kit.diagram("about", kit.start(), kit.node("parallelGateway", "fork"), *steps, kit.end(), ways)
    kit.deploy(database, cast.owner, drawn)
    key = kit.begin(database, cast.owner, "about")
    rows = signed_in("owner").get("/status/tasks").tree.xpath(f"//tr[.//a[contains(@href, '/cases/{key}')]]")
    assert len(rows) == 2 and all(("变更处理人" in each.text_content()) is offers for each in rows)
