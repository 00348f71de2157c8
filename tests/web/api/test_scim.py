"""SCIM 2.0 as Azure, Okta and Authing send it: people and groups kept by the program of the personnel office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import flask
import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from engine.people import departments, members, organisation
from engine.people.organisation import Organisation
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.organisation import groups as group_verbs
from engine.verbs.organisation.machines import accounts
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
Call = Callable[..., TestResponse]
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ZHOU = {
    "schemas": [USER, ENTERPRISE],
    "userName": "zhou",
    "externalId": "00u1",
    "name": {"familyName": "周", "givenName": "建国"},
    "active": True,
    "emails": [{"value": "zhou@example.com", "type": "work", "primary": True}],
    "title": "质检员",
    "locale": "",
    ENTERPRISE: {"employeeNumber": "10086", "department": "总经办/工程部", "manager": {"value": "head"}},
}


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    """One is enough: the verbs are tested on both."""
    return sqlite_database


@pytest.fixture
def call(app: flask.Flask, database: databases.Database, cast: Cast, now: Any) -> Call:
    """Calls as the program of the personnel office."""
    with database.transaction(COMPANY) as session:
        values = accounts.AccountValues("人事系统", ("people:read", "people:write"), None, now.date() + timedelta(days=30))
        _key, secret = accounts.make(session, cast.owner, values, now=now)
    client = app.test_client()

    def calling(method: str, path: str, body: Any = None, status: int | None = None, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {secret}", "Content-Type": "application/scim+json", **headers}
        data = None if body is None else models.dumps(body)
        answer = client.open(f"/scim/v2{path}", method=method, data=data, headers=sent)
        assert status is None or answer.status_code == status, (answer.status_code, answer.text)
        return answer

    return calling


def operations(*given: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(given)}


def company(database: databases.Database) -> Organisation:
    with database.reading(COMPANY) as session:
        return organisation.current(session, COMPANY)


def test_somebody_is_entered_found_and_changed(call: Call, database: databases.Database, signed_in: SignedIn) -> None:
    made = call("POST", "/Users", ZHOU, 201)
    assert made.mimetype == "application/scim+json" and made.headers["Location"] == made.json["meta"]["location"]
    zhou = company(database).people["zhou"]
    assert (zhou.name, zhou.department, zhou.superior, zhou.employee_number) == ("周建国", "works", "head", "10086")
    assert [company(database).posts[each] for each in zhou.posts] == ["质检员"]
    for asked in ('userName eq "ZHOU"', 'externalId eq "00u1" and active eq true', 'emails.value eq "zhou@example.com"'):
        assert [each["id"] for each in call("GET", f"/Users?filter={asked}", status=200).json["Resources"]] == ["zhou"]
    azure = operations(
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "z@example.com"},
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "138 0000 0001"},
        {"op": "Replace", "path": f"{ENTERPRISE}:department", "value": "客服部"},
        {"op": "replace", "value": {f"{ENTERPRISE}:employeeNumber": "10087", "displayName": "周建邦"}},
    )
    changed = call("PATCH", "/Users/zhou", azure, 200).json
    zhou = company(database).people["zhou"]
    assert (zhou.email, zhou.mobile, zhou.department, zhou.name) == ("z@example.com", "138 0000 0001", "service", "周建邦")
    assert changed["externalId"] == "00u1" and zhou.employee_number == "10087"
    call("PUT", "/Users/zhou", {"userName": "zhou", "displayName": "周建国"}, 200)
    zhou = company(database).people["zhou"]
    assert (zhou.department, zhou.superior, zhou.posts, zhou.email) == (None, None, (), None)
    words = signed_in("owner").get("/organisation/log").words(".timeline")
    assert "人事系统 (API) 新增了 周建国" in words or "人事系统 (API) 录入了 周建国" in words, words


def test_a_lone_part_of_a_name_never_becomes_the_name(call: Call) -> None:
    """As Entra ID sends them: each attribute that changed in an operation of its own."""
    call("POST", "/Users", ZHOU)
    for part, value, told in (("familyName", "周", 200), ("givenName", "建国", 200), ("familyName", "吴", 400)):
        sent = {"schemas": [PATCH], "Operations": [{"op": "Replace", "path": f"name.{part}", "value": value}]}
        assert call("PATCH", "/Users/zhou", sent).status_code == told
        assert call("GET", "/Users/zhou").json["displayName"] == "周建国"
    both = [
        {"op": "Replace", "path": f"name.{part}", "value": value} for part, value in (("familyName", "吴"), ("givenName", "二"))
    ]
    assert call("PATCH", "/Users/zhou", {"schemas": [PATCH], "Operations": both}).json["displayName"] == "吴二"


def test_whoever_is_not_active_any_more_leaves_at_once(
    call: Call, database: databases.Database, signed_in: SignedIn, purchases: Purchases, cast: Cast
) -> None:
    clerk = signed_in("clerk")
    case = purchases.start()
    task = purchases.claim(case, cast.clerk2)
    purchases.hand_on(task, "clerk")
    call("PATCH", "/Users/clerk", operations({"op": "Replace", "path": "active", "value": "False"}), 200)
    assert clerk.client.get("/inbox").status_code == 302
    assert not company(database).is_active("clerk") and company(database).members_of("客服专员") == ("clerk2",)
    words = signed_in("owner").get("/notices").words("main")
    assert "陈办事已由人事系统 (API)停用" in words
    call("PATCH", "/Users/clerk", operations({"op": "replace", "value": {"active": True}}), 200)
    assert company(database).is_active("clerk")
    refused = call("PATCH", "/Users/owner", operations({"op": "replace", "value": {"active": False}}), 409)
    assert "系统管理员" in refused.json["detail"] and company(database).is_active("owner")
    call("DELETE", "/Users/clerk", status=204)
    assert call("GET", "/Users/clerk").json["active"] is False


def test_groups_are_filled_and_renamed_but_not_those_by_rule(
    call: Call, database: databases.Database, cast: Cast, now: Any
) -> None:
    made = call("POST", "/Groups", {"displayName": "采购组", "members": [{"value": "clerk"}]}, 201).json
    place = f"/Groups/{made['id']}"
    call("PATCH", place, operations({"op": "Add", "path": "members", "value": [{"value": "head"}]}), 200)
    call("PATCH", place, operations({"op": "Remove", "path": 'members[value eq "clerk"]'}), 200)
    assert company(database).members_of("采购组") == ("head",)
    okta = operations({"op": "replace", "value": {"id": made["id"], "displayName": "采购一组"}})
    assert call("PATCH", place, okta, 200).json["displayName"] == "采购一组"
    found = call("GET", '/Groups?filter=displayName eq "采购一组"&excludedAttributes=members').json["Resources"]
    former = call("GET", '/Groups?filter=displayName eq "采购组"').json["Resources"]
    assert [each["displayName"] for each in former] == ["采购一组"]
    assert [each["id"] for each in found] == [made["id"]] and "members" not in found[0]
    call("PATCH", place, operations({"op": "Remove", "path": "members", "value": [{"value": "head"}]}), 200)
    assert company(database).members_of("采购一组") == ()
    refused = call("POST", "/Groups", {"displayName": "采购一组"}, 409)
    assert refused.json["scimType"] == "uniqueness"
    with database.transaction(COMPANY) as session:
        group_verbs.add_rule(session, cast.owner, "采购一组", ("department", "works"), now=now)
    refused = call("PATCH", place, operations({"op": "Add", "path": "members", "value": [{"value": "clerk"}]}), 409)
    assert "按规则" in refused.json["detail"] and company(database).members_of("采购一组") == ("outsider",)
    call("DELETE", place, status=204)
    assert "采购一组" not in company(database).groups


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "/Users", {**ZHOU, "userName": "clerk"}, 409, "uniqueness"),
        ("POST", "/Users", {**ZHOU, "userName": "周"}, 400, "invalidValue"),
        ("POST", "/Users", {**ZHOU, "nickName": "小周"}, 400, "invalidValue"),
        ("POST", "/Users", {**ZHOU, ENTERPRISE: {"department": "客服布"}}, 400, "invalidValue"),
        ("POST", "/Users", {**ZHOU, ENTERPRISE: {"manager": {"value": "nobody"}}}, 400, "invalidValue"),
        ("POST", "/Users", {**ZHOU, "active": "perhaps"}, 400, "invalidValue"),
        ("POST", "/Users", [], 400, "invalidSyntax"),
        ("POST", "/Users", {**ZHOU, "schemas": 5}, 400, "invalidSyntax"),
        ("PATCH", "/Users/clerk", {"schemas": [5], "Operations": [{"op": "replace", "value": {}}]}, 400, "invalidSyntax"),
        ("POST", "/Users", {**ZHOU, "externalId": "x" * 100_000}, 400, "invalidValue"),
        ("POST", "/Users", {**ZHOU, "externalId": "a\u0000b"}, 400, "invalidValue"),
        ("POST", "/Users", {**ZHOU, "displayName": "周\u202e国建"}, 400, "invalidValue"),
        ("POST", "/Users", {**ZHOU, "displayName": "周\x07"}, 400, "invalidValue"),
        ("POST", "/Users", {**ZHOU, "title": "总\u202e监"}, 400, "invalidValue"),
        ("POST", "/Users", {**ZHOU, "emails": [{"value": f"{'x' * 100_000}@a.example"}]}, 400, "invalidValue"),
        ("POST", "/Users", {**ZHOU, ENTERPRISE: {"employeeNumber": "1" * 100_000}}, 400, "invalidValue"),
        ("POST", "/Users", {**ZHOU, ENTERPRISE: {"manager": {"value": "n" * 100_000}}}, 400, "invalidValue"),
        ("POST", "/Groups", {"displayName": "采购\u202e组"}, 400, "invalidValue"),
        ("POST", "/Groups", {"displayName": "采购组", "externalId": "x" * 100_000}, 400, "invalidValue"),
        ("PUT", "/Users/clerk", {**ZHOU, "userName": "other"}, 400, "mutability"),
        ("PATCH", "/Users/clerk", operations({"op": "move", "path": "active"}), 400, "invalidSyntax"),
        ("PATCH", "/Users/clerk", operations({"op": "remove"}), 400, "noTarget"),
        ("PATCH", "/Users/clerk", operations({"op": "replace", "path": "a b", "value": 1}), 400, "invalidPath"),
        ("GET", "/Users?filter=userName co %22a%22", None, 400, "invalidFilter"),
        ("GET", "/Users?filter=usrName eq %22a%22", None, 400, "invalidFilter"),
        ("GET", "/Users?sortBy=userName", None, 400, "invalidValue"),
        ("GET", "/Users/stranger", None, 404, None),
        ("POST", "/Groups", {"displayName": "甲、乙"}, 400, "invalidValue"),
        ("DELETE", "/Groups/客服专员", None, 409, None),
    ],
)
def test_what_is_wrong_is_told_in_the_shape_of_scim(
    call: Call, database: databases.Database, purchase: None, method: str, path: str, body: Any, status: int, kind: str | None
) -> None:
    before = kit.rows(database, models.OrganisationEvent)
    told = call(method, path, body, status).json
    assert told["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"] and told["status"] == str(status)
    assert told.get("scimType") == kind and 0 < len(told["detail"]) < 500, told
    assert len(kit.rows(database, models.OrganisationEvent)) == len(before)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("客服部", "top"),  # a whole way from the top, as it is written out
        ("分公司/客服部", "deep"),
        ("分公司＞客服部", "deep"),
        ("deep", "deep"),
        ("投诉组", None),  # two are called so
        ("总部/投诉组", "one"),
        ("旧部", None),  # closed
    ],
)
def test_a_department_is_the_same_to_programs_files_and_sign_ins(text: str, found: str | None) -> None:
    rows = [("top", "客服部", None), ("branch", "分公司", None), ("deep", "客服部", "branch"), ("hq", "总部", None)]
    rows += [("one", "投诉组", "hq"), ("two", "投诉组", "branch")]
    units = {id: members.Unit(id, name, above, None) for id, name, above in rows}
    units["old"] = members.Unit("old", "旧部", None, None, is_closed=True)
    same = departments.called(units, text)
    assert (same[0] if len(same) == 1 else None) == found


def test_pages_versions_and_what_is_served(call: Call) -> None:
    page = call("GET", "/Users?startIndex=2&count=2").json
    assert (page["totalResults"], page["itemsPerPage"], [each["id"] for each in page["Resources"]]) == (
        6,
        2,
        ["clerk2", "head"],
    )
    version = call("GET", "/Users/clerk").headers["ETag"]
    assert call("GET", "/Users/clerk", **{"If-None-Match": version}).status_code == 304
    body = operations({"op": "replace", "value": {"title": "专员"}})
    call("PATCH", "/Users/clerk", body, 200, **{"If-Match": version})
    call("PATCH", "/Users/clerk", body, 412, **{"If-Match": version})
    assert call("GET", "/ServiceProviderConfig").json["patch"] == {"supported": True}
    assert call("GET", "/ResourceTypes").json["totalResults"] == 2
    assert call("GET", f"/Schemas/{ENTERPRISE}").json["name"] == "EnterpriseUser"
    assert call("GET", "/Schemas").json["totalResults"] == 3


def test_nobody_else_gets_in(app: flask.Flask, signed_in: SignedIn) -> None:
    owner = signed_in("owner")
    for method in ("GET", "POST"):
        refused = owner.client.open("/scim/v2/Users", method=method, headers={"X-CSRFToken": owner.token()})
        assert refused.status_code == 401 and refused.json["status"] == "401"
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_account_gives_nothing_to_who_made_it(
    app: flask.Flask, database: databases.Database, signed_in: SignedIn, cast: Cast, now: Any
) -> None:
    signed_in("owner").post("/organisation/roles/organisation", person="outsider")
    fields = {"name": "x", "last_day": "2026-12-01", "processes": "*", "scopes": ["people:read", "people:write"]}
    secret = signed_in("outsider").post("/organisation/machines", **fields).words("code").split()[0]
    headers = {"Authorization": f"Bearer {secret}"}
    change = operations({"op": "add", "path": "members", "value": [{"value": "outsider"}]})
    refused = app.test_client().patch("/scim/v2/Groups/主管领导", json=change, headers=headers)
    assert refused.status_code == 403 and company(database).members_of("主管领导") == ("manager",)
    signed_in("owner").post("/organisation/groups/主管领导/rules", rule="department:office")
    move = operations({"op": "replace", "path": f"{ENTERPRISE}:department", "value": "总经办"})
    refused = app.test_client().patch("/scim/v2/Users/outsider", json=move, headers=headers)
    assert refused.status_code == 403 and company(database).people["outsider"].department == "works"


def test_the_program_of_another_company_finds_nobody_here(
    app: flask.Flask, database: databases.Database, cast: Cast, now: Any
) -> None:
    with database.transaction("elsewhere") as session:
        session.execute(update(models.Person).where(models.Person.username == "stranger").values(is_administrator=True))
        values = accounts.AccountValues("x", ("people:read", "people:write"), None, now.date() + timedelta(days=30))
        _key, secret = accounts.make(session, replace(cast.stranger, is_administrator=True), values, now=now)
    client, headers = app.test_client(), {"Authorization": f"Bearer {secret}"}
    assert [each["id"] for each in client.get("/scim/v2/Users", headers=headers).json["Resources"]] == ["stranger"]
    leave = operations({"op": "replace", "path": "active", "value": False})
    for method, path in (
        ("GET", "/Users/clerk"),
        ("PATCH", "/Users/clerk"),
        ("DELETE", "/Users/clerk"),
        ("GET", "/Groups/客服专员"),
    ):
        body = leave if method == "PATCH" else None
        assert client.open(f"/scim/v2{path}", method=method, json=body, headers=headers).status_code == 404
    assert company(database).is_active("clerk")


@pytest.mark.parametrize("nonsense", [{ENTERPRISE: "x"}, {ENTERPRISE: [1]}, {"emails": "x"}, {"phoneNumbers": 5}])
def test_what_is_no_object_or_no_list_is_a_refusal(call: Call, nonsense: dict[str, Any]) -> None:
    answer = call("POST", "/Users", {**ZHOU, **nonsense}, 400)
    assert (answer.mimetype, answer.json["scimType"]) == ("application/scim+json", "invalidValue")


def test_members_that_name_nobody_are_a_refusal(call: Call) -> None:
    made = call("POST", "/Groups", {"displayName": "质检组"}, 201).json
    change = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": {"a": 1}}]}]}
    assert call("PATCH", f"/Groups/{made['id']}", change).status_code == 400
