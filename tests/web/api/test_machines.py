"""Machine accounts: made in a page, recognised by their secret or a token, held to their scopes, revoked at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import flask
import pytest
from sqlalchemy import delete, event, select, update

from engine.people.machines import scopes
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.organisation.machines import accounts as machines
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import REQUEST, Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser
from web.api.access import scopes as operations

SignedIn = Callable[..., Browser]
Make = Callable[..., tuple[int, str]]
BODY = {"processDefinitionId": "purchase", "variables": REQUEST}


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    """One is enough: nothing here depends on which; the SDK's tests run on both."""
    return sqlite_database


@pytest.fixture
def make(database: databases.Database, cast: Cast, purchase: None, now: Any) -> Make:
    def making(*given: str, processes: tuple[str, ...] | None = None, by: str = "owner", name: str = "ERP") -> tuple[int, str]:
        with database.transaction(COMPANY) as session:
            values = machines.AccountValues(name, given, processes, now.date() + timedelta(days=30))
            return machines.make(session, getattr(cast, by), values, now=now)

    return making


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_one_is_made_used_and_revoked_by_page(
    app: flask.Flask, signed_in: SignedIn, purchases: Purchases, database: databases.Database
) -> None:
    owner = signed_in("owner")
    fields = {"name": "ERP 对接", "last_day": "2027-01-01", "processes": "purchase", "scopes": ["cases:start", "cases:read"]}
    refused = owner.post("/organisation/machines", 422, name="ERP", last_day="2040-01-01", processes="*", scopes="cases:read")
    assert "最长两年" in refused.words("form")
    assert owner.get("/organisation/machines/new").tree.xpath("//fieldset//input[@checked]") == [], "nothing is chosen for him"
    refused = owner.post("/organisation/machines", 422, **{**fields, "processes": []})
    assert "请至少选择一个流程" in refused.words("form")
    refused = owner.post("/organisation/machines", 422, **{**fields, "scopes": "cases:reed"})
    assert "是否指“cases:read”" in refused.words("form")
    refused = owner.post("/organisation/machines", 422, **{**fields, "processes": "purchases"})
    assert "是否指“purchase”" in refused.words("form")
    secret = owner.post("/organisation/machines", **fields).words("code").split()[0]
    listed = owner.get("/organisation/machines").words("tbody")
    assert "从未使用" in listed and "2027年1月1日" in listed, "the last day that was typed"
    assert secret not in owner.get("/organisation/machines").text
    client = app.test_client()
    started = client.post("/v2/process-instances", json=BODY, headers=bearer(secret))
    assert started.status_code == 200, started.text
    page = owner.get(f"/cases/{started.json['processInstanceKey']}")
    assert "ERP 对接 (API)" in page.words("main") and "machine~" not in page.words("main")
    assert "从未使用" not in owner.get("/organisation/machines").words("tbody")
    told = owner.get("/organisation/log").words(".timeline")
    assert "创建了对接账号 ERP 对接" in told and "有效期至 2027年1月1日" in told
    assert "发起流程" in told and "cases:" not in told, "the words that were chosen, not what programs call them"
    (key,) = [row.key for row in kit.rows(database, models.MachineAccount)]
    other = owner.post(f"/organisation/machines/{key}/renew").words("code").split()[0]
    assert client.get("/v2/topology", headers=bearer(secret)).status_code == 401
    assert client.get("/v2/topology", headers=bearer(other)).status_code == 200
    owner.post(f"/organisation/machines/{key}/revoke")
    assert client.get("/v2/topology", headers=bearer(other)).status_code == 401
    assert "由 欧流程 停用" in owner.get("/organisation/machines").words("tbody")
    owner.post(f"/organisation/machines/{key}/renew", 409)


def test_a_scope_that_is_missing_is_named(app: flask.Flask, make: Make, purchases: Purchases) -> None:
    case = purchases.start()
    _key, secret = make("cases:read")
    client = app.test_client()
    assert client.get(f"/v2/process-instances/{case}", headers=bearer(secret)).status_code == 200
    for method, path, scope in (
        ("POST", "/v2/process-instances", "cases:start"),
        ("POST", f"/v2/process-instances/{case}/cancellation", "cases:steer"),
        ("POST", "/v2/jobs/activation", "jobs:work"),
        ("POST", "/v2/messages/publication", "messages:send"),
    ):
        refused = client.open(path, method=method, json={}, headers=bearer(secret))
        assert refused.status_code == 403 and f"“{scope}”" in refused.json["detail"], (path, refused.text)
    refused = client.post(f"/v2/user-tasks/{purchases.task(case)}/completion", json={}, headers=bearer(secret))
    assert refused.status_code == 403 and "不持有待办" in refused.json["detail"]


def test_processes_that_it_is_not_for_are_not_there(app: flask.Flask, make: Make, purchases: Purchases, cast: Cast) -> None:
    case = purchases.start()
    straight = kit.diagram(
        "other", kit.start(), kit.service("ship", "ship-it"), kit.end(), kit.chain("started", "ship", "done")
    )
    kit.deploy(purchases.database, cast.owner, straight, now=purchases.now)
    _key, secret = make(*(name for name, scope in scopes.SCOPES.items() if scope.of_processes), processes=("other",))
    client, headers = app.test_client(), bearer(secret)
    assert client.get(f"/v2/process-instances/{case}", headers=headers).status_code == 404
    assert client.post("/v2/process-instances/search", json={}, headers=headers).json["items"] == []
    assert client.post("/v2/user-tasks/search", json={}, headers=headers).json["items"] == []
    assert client.post("/v2/process-instances", json=BODY, headers=headers).status_code == 403
    assert client.post(f"/v2/process-instances/{case}/cancellation", json={}, headers=headers).status_code == 404
    started = client.post("/v2/process-instances", json={"processDefinitionId": "other"}, headers=headers)
    activation = {"type": "ship-it", "timeout": 1000, "maxJobsToActivate": 5, "requestTimeout": -1}
    _other, elsewhere = make("jobs:work", processes=("purchase",), name="仓库")
    assert client.post("/v2/jobs/activation", json=activation, headers=bearer(elsewhere)).json["jobs"] == []
    [job] = client.post("/v2/jobs/activation", json=activation, headers=headers).json["jobs"]
    assert job["processInstanceKey"] == started.json["processInstanceKey"]
    done = f"/v2/jobs/{job['jobKey']}/completion"
    assert client.post(done, json={}, headers=bearer(elsewhere)).status_code == 404
    assert client.post(done, json={}, headers=headers).status_code == 204


def test_tokens_are_given_for_client_credentials(app: flask.Flask, make: Make, clock: Clock, signed_in: SignedIn) -> None:
    key, secret = make("cases:read", "cases:start")
    client = app.test_client()
    asked = {"grant_type": "client_credentials", "client_id": str(key), "client_secret": secret, "audience": "x"}
    given = client.post("/oauth/token", data={**asked, "scope": "cases:read"})
    assert given.json["scope"] == "cases:read" and given.headers["Cache-Control"] == "no-store"
    token = given.json["access_token"]
    assert client.post("/v2/process-instances/search", json={}, headers=bearer(token)).status_code == 200
    assert client.post("/v2/process-instances", json={}, headers=bearer(token)).status_code == 403
    for wrong, error in (
        ({"scope": "cases:reed"}, "invalid_scope"),
        ({"scope": "jobs:work"}, "invalid_scope"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": "1"}, "invalid_client"),
        ({"sope": "x"}, "invalid_request"),
    ):
        assert client.post("/oauth/token", data={**asked, **wrong}).json["error"] == error, wrong
    by_header = {key_: asked[key_] for key_ in ("grant_type",)}
    assert client.post("/oauth/token", data=by_header, auth=(str(key), secret)).status_code == 200
    clock.moment += timedelta(minutes=61)
    assert client.post("/v2/process-instances/search", json={}, headers=bearer(token)).status_code == 401
    fresh = client.post("/oauth/token", data=asked).json["access_token"]
    signed_in("owner").post(f"/organisation/machines/{key}/revoke")
    assert client.post("/v2/process-instances/search", json={}, headers=bearer(fresh)).status_code == 401
    assert client.post("/oauth/token", data=asked).json["error"] == "invalid_client"


def test_wrong_secrets_are_slowed_down_and_right_ones_cost_no_write(
    app: flask.Flask, make: Make, database: databases.Database, clock: Clock
) -> None:
    key, secret = make("cases:read")
    client = app.test_client()
    wrong = [client.get("/v2/topology", headers=bearer(f"banjie_{key}_guess{n}")).status_code for n in range(7)]
    assert wrong == [401] * 5 + [429] * 2
    assert client.get("/v2/topology", headers=bearer(secret)).status_code == 200, "guessing locks nobody out"
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    client.get("/v2/topology", headers=bearer(secret))
    assert not [each for each in seen if each.startswith(("INSERT", "UPDATE", "DELETE"))]
    clock.moment += timedelta(days=31)
    assert client.get("/v2/topology", headers=bearer(secret)).status_code == 401, "run out"


def test_it_never_gets_to_pages_and_holds_no_tasks(app: flask.Flask, make: Make, purchases: Purchases) -> None:
    key, secret = make(*(name for name in scopes.SCOPES))
    client, case = app.test_client(), purchases.start()
    for path in ("/inbox", "/organisation", f"/cases/{case}"):
        assert "/sign-in" in client.get(path, headers=bearer(secret)).headers["Location"]
    given = {"assignee": scopes.username(key)}
    refused = client.post(f"/v2/user-tasks/{purchases.task(case)}/assignment", json=given, headers=bearer(secret))
    assert refused.status_code == 400 and purchases.row(purchases.task(case)).assignee is None
    started = client.post("/v2/process-instances", json=BODY, headers=bearer(secret)).json
    with purchases.database.reading() as session:
        assert not session.execute(select(models.WorkItem).where(models.WorkItem.username == scopes.username(key))).all()
    assert started["processInstanceKey"]


def test_nobody_gets_by_an_account_what_he_has_not(signed_in: SignedIn, make: Make, purchases: Purchases) -> None:
    owner = signed_in("owner")
    owner.post("/organisation/roles/organisation", person="outsider")
    someone = signed_in("outsider")
    fields = {"name": "x", "last_day": "2026-12-01", "processes": "*"}
    someone.post("/organisation/machines", 403, scopes="cases:read", **fields)
    page = someone.post("/organisation/machines", scopes="people:read", **fields)
    assert page.words("code")
    key, _secret = make("cases:read")
    someone.post(f"/organisation/machines/{key}/renew", 403)
    someone.post(f"/organisation/machines/{key}/revoke")
    signed_in("clerk").get("/organisation/machines", 403)


def test_it_may_do_no_more_than_who_answers_for_it_may_give_now(
    app: flask.Flask, signed_in: SignedIn, make: Make, database: databases.Database, now: Any
) -> None:
    owner = signed_in("owner")
    owner.post("/organisation/roles/organisation", person="outsider")
    fields = {"name": "人事同步", "last_day": "2026-12-01", "scopes": ["people:read", "people:write"]}
    secret = signed_in("outsider").post("/organisation/machines", **fields).words("code").split()[0]
    client, listed = app.test_client(), "/scim/v2/Users?count=1"
    assert client.get(listed, headers=bearer(secret)).status_code == 200
    (key,) = [row.key for row in kit.rows(database, models.MachineAccount)]
    asked = {"grant_type": "client_credentials", "client_id": str(key), "client_secret": secret}
    token = client.post("/oauth/token", data=asked).json["access_token"]
    assert "人事同步" in owner.get("/organisation/people/outsider/leaving").words("form")
    with database.transaction() as session:
        session.execute(delete(models.RoleGrant).where(models.RoleGrant.username == "outsider"))
    for given in (secret, token):
        refused = client.get(listed, headers=bearer(given))
        assert refused.status_code == 403 and "不再有权授予" in refused.json["detail"], refused.text
    assert "权限已失效" in owner.get("/organisation/machines").words("tbody")
    signed_in("clerk").post(f"/organisation/machines/{key}/take-over", 403)
    owner.post(f"/organisation/machines/{key}/take-over")
    assert "权限已失效" not in owner.get("/organisation/machines").words("tbody")
    assert client.get(listed, headers=bearer(secret)).status_code == 200, "with the secret of before"
    assert "对接账号 人事同步" in owner.get("/organisation/log").words(".timeline")


def test_it_stops_with_who_answers_for_it_and_goes_on_when_he_comes_back(
    app: flask.Flask, make: Make, database: databases.Database
) -> None:
    _key, secret = make("cases:read")
    client = app.test_client()
    for is_disabled, status in ((True, 403), (False, 200)):
        with database.transaction() as session:
            session.execute(update(models.Person).where(models.Person.username == "owner").values(is_disabled=is_disabled))
        assert client.post("/v2/process-instances/search", json={}, headers=bearer(secret)).status_code == status


def test_every_operation_has_a_scope(app: flask.Flask) -> None:
    served = {name.partition(".")[2] for name in app.view_functions if name.startswith("api.")}
    assert served == operations.OPERATIONS.keys()
    assert set(operations.OPERATIONS.values()) - {operations.ANY, operations.PERSON} <= scopes.SCOPES.keys()


def test_who_administers_the_organisation_makes_accounts_for_people_alone_and_is_told_so(
    signed_in: SignedIn, make: Make, purchases: Purchases
) -> None:
    signed_in("owner").post("/organisation/roles/organisation", person="head")
    someone = signed_in("head")
    page = someone.get("/organisation/machines/new")
    assert "其他权限由系统管理员授予" in page.words("main") and "cases:read" not in page.text
    fields = page.form("/organisation/machines") | {"name": "人事系统", "scopes": "people:write"}
    assert "banjie_" in someone.send("/organisation/machines", fields).words("code")
