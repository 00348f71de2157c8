"""Every search and list of the API answers everybody, whatever he may see by his roles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import flask
import pytest
from sqlalchemy import delete

from engine.people import roles
from engine.people.machines import scopes
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.organisation.machines import accounts as machines
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.engine.verbs.operating import stuck
from tests.web.cases import Purchases
from tests.web.pages import PASSWORD
from web.api.access import scopes as operations

SCOPES = {roles.LEVEL: "内部", roles.DEPARTMENT: "service", roles.PROCESS: "purchase"}
NARROW = {
    "filter": {"businessId": {"$like": "*"}, "candidateGroup": "客服专员", "candidateUser": {"$neq": "clerk"}},
    "sort": [{"field": "businessId"}],
}


@pytest.fixture
def cases(database: databases.Database, cast: Cast, purchases: Purchases) -> None:
    """One that stopped, one that goes on."""
    stuck.deploy(database, cast)
    stuck.begin(database, cast, 1)
    purchases.start()


def calls(app: flask.Flask) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every search, and every list that needs no key."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/v2/") and not rule.arguments:
            if rule.rule.endswith("/search"):
                yield "POST", rule.rule, {"json": {}}
            elif "GET" in (rule.methods or ()):
                yield "GET", rule.rule, {}
    yield "POST", "/v2/user-tasks/search", {"json": NARROW}


def test_every_search_and_list_answers_every_role(
    app: flask.Flask, cases: None, database: databases.Database, cast: Cast, now: Any
) -> None:
    asked = list(calls(app))
    assert len(asked) > 10
    for role in (None, *roles.ROLES.values()):
        with database.transaction(COMPANY) as session:
            session.execute(delete(models.RoleGrant).where(models.RoleGrant.username == "outsider"))
            if role is not None:
                given = {"role": role.code, "scope": SCOPES.get(role.of, ""), "granted_by": "owner", "granted_at": kit.NOW}
                session.add(models.RoleGrant(company_id=COMPANY, username="outsider", **given))
        _ask(app, asked, role, auth=("acme/outsider", PASSWORD))
    with database.transaction(COMPANY) as session:
        everything = machines.AccountValues("ERP", tuple(scopes.SCOPES), None, now.date() + timedelta(days=30))
        _key, secret = machines.make(session, cast.owner, everything, now=now)
    _ask(app, asked, "machine", headers={"Authorization": f"Bearer {secret}"})


def test_what_is_wrong_with_a_request_itself_is_told_before_what_one_may(
    app: flask.Flask, database: databases.Database, cast: Cast, now: Any
) -> None:
    with database.transaction(COMPANY) as session:
        nothing = machines.AccountValues("ERP", ("cases:read",), None, now.date() + timedelta(days=30))
        _key, secret = machines.make(session, cast.owner, nothing, now=now)
    asked = list(with_bodies(app))
    assert len(asked) > 40
    for method, path, endpoint in asked:
        client = app.test_client()
        told = [
            client.open(path, method=method, json={"nonsense": 1}, auth=(f"acme/{name}", PASSWORD)).status_code
            for name in ("outsider", "owner")
        ]
        assert told == [400, 400], path
        without_right = client.open(path, method=method, json={"nonsense": 1}, headers={"Authorization": f"Bearer {secret}"})
        is_served = operations.OPERATIONS[endpoint] in ("cases:read", operations.ANY)
        assert without_right.status_code == (400 if is_served else 403), path


def with_bodies(app: flask.Flask) -> Iterator[tuple[str, str, str]]:
    """Every operation that takes a body."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/v2/") and "body" in getattr(app.view_functions[rule.endpoint], "_spec", {}):
            [method] = (rule.methods or set()) - {"OPTIONS", "HEAD"}
            path = rule.rule
            for name in rule.arguments:
                path = path.replace(f"<{name}>", "1")
            yield method, path, rule.endpoint.partition(".")[2]


def _ask(app: flask.Flask, asked: list[tuple[str, str, dict[str, Any]]], who: Any, **identity: Any) -> None:
    client = app.test_client()
    for method, path, sent in asked:
        answer = client.open(path, method=method, **identity, **sent)
        assert answer.status_code in (200, 204, 403, 404), (who, method, path, sent, answer.get_data(as_text=True)[:300])
