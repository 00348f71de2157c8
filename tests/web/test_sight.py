"""Whoever only administers the organisation gives nobody sight of cases or records, by whatever way he may try."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.announcing import channels
from engine.background.worker import Worker
from engine.definitions import company_settings, declarations, settings
from engine.people import organisation
from engine.people.rights import sight
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.organisation import groups, posts, roles
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.conftest import Clock
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
PEOPLE = "/organisation/people"
TABLES = (
    "person",
    "role_grant",
    "membership",
    "group_rule",
    "department",
    "candidate_group",
    "password_code",
    "machine_account",
)


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    """One is enough: rules, not statements."""
    return sqlite_database


@pytest.fixture
def world(database: databases.Database, cast: Cast, now: Any) -> dict[str, str]:
    """主管领导 read all cases of a process, 督导 too, who are not there yet; a post, a department and heads lead to the first.

    The outsider administers the organisation; the key of the post is told.
    """
    with database.transaction(COMPANY) as session:
        roles.grant(session, cast.owner, "outsider", "organisation", now=now)
        roles.grant(session, cast.owner, "clerk2", "manager", "works", now=now)
        groups.add(session, cast.owner, "督导", now=now)
        post = posts.add(session, cast.owner, "总监", now=now)
        for rule in (("post", str(post)), ("department", "office"), ("heads", "")):
            groups.add_rule(session, cast.owner, "主管领导", rule, now=now)
        groups.put_in(session, cast.owner, "督导", "manager", now=now)
    shown: dict[str, Any] = {"visible_to": ["主管领导", "督导"]}
    step = kit.task("a", groups="客服专员")
    kit.deploy(
        database, cast.owner, kit.diagram("secret", kit.start(), step, kit.end(), kit.chain("started", "a", "done"), **shown)
    )
    return {"post": str(post)}


def stored(database: databases.Database) -> dict[str, list[Any]]:
    with database.reading() as session:
        tables = ((name, models.metadata.tables[name]) for name in TABLES)
        return {name: sorted(map(repr, session.execute(select(table)).all())) for name, table in tables}


def edited(someone: Browser, username: str, **changed: str) -> None:
    page = f"{PEOPLE}/{username}"
    someone.send(page, {**someone.get(f"{page}/edit").form(page), **changed}, 403)


def by_file(someone: Browser, text: str) -> None:
    look = someone.post("/organisation/files", file=(io.BytesIO(text.encode()), "people.csv"))
    assert "由系统管理员" in someone.post(look.address, 403).words("@role='alert'")


ROLES = ("administrator", "organisation", "process_owner", "manager", "operator", "auditor")
Way = Callable[[Browser, dict[str, str]], Any]


def given(role: str) -> Way:
    return lambda someone, _world: someone.post(f"/organisation/roles/{role}", 403, person="clerk", scope="*")


WAYS: dict[str, Way] = {
    **{f"the role {role}": given(role) for role in ROLES},
    "keeper": lambda someone, _world: someone.post("/organisation/roles/records_keeper", 403, person="clerk", scope="秘密"),
    "a role is taken": lambda someone, _world: someone.post(
        "/organisation/roles/manager/take", 403, username="clerk2", scope="works"
    ),
    "into the group": lambda someone, _world: someone.post("/organisation/groups/主管领导/members", 403, person="clerk"),
    "a rule of the group": lambda someone, _world: someone.post(
        "/organisation/groups/主管领导/rules", 403, rule="department:service"
    ),
    "people of a department and below": lambda someone, _world: someone.post(
        "/organisation/groups/督导/rules", 403, rule="below:service"
    ),
    "the post": lambda someone, world: edited(someone, "clerk", post=world["post"]),
    "the department": lambda someone, _world: edited(someone, "clerk", department="office"),
    "a new person": lambda someone, _world: someone.post(
        PEOPLE, 403, username="fresh", name="新人", department="office", superior="", post="", clearance="内部"
    ),
    "clearance": lambda someone, _world: edited(someone, "clerk", clearance="机密"),
    "head": lambda someone, _world: someone.send(
        "/organisation/departments/works", {"name": "工程部", "parent": "office", "head": "clerk"}, 403
    ),
    "a leaver's place": lambda someone, _world: someone.send(
        f"{PEOPLE}/manager/leaving", {"successor": "clerk", "when": "now"}, 403
    ),
    "an administrator leaves": lambda someone, _world: someone.send(
        f"{PEOPLE}/owner/leaving", {"successor": "clerk", "when": "now"}, 403
    ),
    "a group in a file": lambda someone, _world: by_file(someone, "用户名,姓名,候选组\nclerk,陈办事,客服专员、主管领导\n"),
    "a post in a file": lambda someone, _world: by_file(someone, "姓名,岗位\n新人,总监\n"),
    "clearance in a file": lambda someone, _world: by_file(someone, "用户名,姓名,密级\nclerk,陈办事,绝密\n"),
    "a code of whoever has a role": lambda someone, _world: someone.post("/password/codes", 403, username="clerk2"),
    "a code of whoever is in the group": lambda someone, _world: someone.post("/password/codes", 403, username="manager"),
    "the second factor": lambda someone, _world: someone.post("/organisation/sign-in/people/manager/reset", 404),
    "where his code goes": lambda someone, _world: edited(someone, "manager", email="me@elsewhere.example"),
    "signing in": lambda someone, _world: someone.post("/organisation/sign-in/new/oidc", 403, label="x"),
    "a machine that reads cases": lambda someone, _world: someone.post(
        "/organisation/machines", 403, name="x", last_day="2026-12-01", processes="*", scopes="cases:read"
    ),
    "a deputy of another": lambda someone, _world: someone.post(
        "/deputies", 403, principal="manager", deputy="clerk", begins_at="2026-03-02", ends_at="2026-03-05"
    ),
    "a channel for notices": lambda someone, _world: someone.get(f"/organisation/notices/channels/new/{channels.HOOK}", 403),
}


def test_no_way_of_the_pages_gives_sight(signed_in: SignedIn, world: dict[str, str], database: databases.Database) -> None:
    someone, before = signed_in("outsider"), stored(database)
    for name, way in WAYS.items():
        way(someone, world)
        assert stored(database) == before, name


def test_no_program_of_his_does(app: Any, signed_in: SignedIn, world: dict[str, str], database: databases.Database) -> None:
    fields: dict[str, Any] = {
        "name": "x",
        "last_day": "2026-12-01",
        "processes": "*",
        "scopes": ["people:read", "people:write"],
    }
    secret = signed_in("outsider").post("/organisation/machines", **fields).words("code").split()[0]
    before, client, bearer = stored(database), app.test_client(), {"Authorization": f"Bearer {secret}"}
    add = {"Operations": [{"op": "add", "path": "members", "value": [{"value": "clerk"}]}]}
    found = client.get('/scim/v2/Groups?filter=displayName eq "客服专员"', headers=bearer).json["Resources"]
    assert client.patch(f"/scim/v2/Groups/{found[0]['id']}", json=add, headers=bearer).status_code == 200
    entered = {"userName": "fresh", "displayName": "新人", "title": "总监"}
    assert client.post("/scim/v2/Users", json=entered, headers=bearer).status_code == 403
    (seeing,) = client.get('/scim/v2/Groups?filter=displayName eq "督导"', headers=bearer).json["Resources"]
    assert client.patch(f"/scim/v2/Groups/{seeing['id']}", json=add, headers=bearer).status_code == 403
    assert client.delete("/scim/v2/Users/owner", headers=bearer).status_code in (403, 409)
    after = stored(database)
    assert {name: after[name] for name in TABLES if name not in ("machine_account",)} == {
        name: before[name] for name in TABLES if name not in ("machine_account",)
    }


def test_what_he_enters_for_a_later_day_gives_none_and_a_leaver_is_out_all_the_same(
    signed_in: SignedIn, world: dict[str, str], database: databases.Database, clock: Clock
) -> None:
    someone, later = signed_in("outsider"), "2026-03-10"
    someone.post(f"{PEOPLE}/clerk/move", day=later, department="office", post="", superior="")
    someone.post(f"{PEOPLE}/manager/leaving", successor="clerk", when="day", day=later)
    someone.post(f"{PEOPLE}/owner/leaving", 403, successor="clerk", when="day", day=later)
    clock.moment += timedelta(days=9)
    while Worker(database, clock).run_once():
        pass
    with database.reading(COMPANY) as session:
        company = organisation.current(session, COMPANY)
        assert not sight.has(session, COMPANY, "clerk")
    assert company.people["clerk"].department == "service" and company.people["manager"].is_disabled
    assert "由系统管理员" in someone.get(f"{PEOPLE}/clerk").words("main")


def test_what_an_administrator_gives_makes_codes_of_before_worthless(
    signed_in: SignedIn, world: dict[str, str], database: databases.Database
) -> None:
    """Role first and code after is refused; the other order gains nothing either."""
    someone, owner = signed_in("outsider"), signed_in("owner")
    code = someone.post("/password/codes", username="clerk").words("code").split()[0]
    owner.post("/organisation/groups/主管领导/members", person="clerk")
    with database.reading(COMPANY) as session:
        (row,) = session.execute(select(models.PasswordCode)).scalars()
        assert row.expires_at == row.made_at
    stranger = signed_in("head")
    stranger.post("/password/code", 422, code=code, new="a new password here", repeated="a new password here")
    owner.post("/password/codes", username="clerk")


def test_every_setting_that_gives_groups_sight_is_known_to_the_rule() -> None:
    """`may_start` lets people begin cases and see their own."""

    def named(table: Any) -> set[str]:
        return {name for name, each in declarations.settings_of(table).items() if each.type == declarations.GROUPS}

    assert named(settings.Settings) - {"may_start"} == set(sight.OF_PROCESS)
    assert named(company_settings.RecordsTable) == set(sight.OF_RECORDS)


def test_superiors_lead_nobody_in_a_circle_by_whatever_way(
    app: Any, signed_in: SignedIn, database: databases.Database, cast: Cast
) -> None:
    owner, before = signed_in("owner"), stored(database)
    page = f"{PEOPLE}/clerk"
    owner.send(page, {**owner.get(f"{page}/edit").form(page), "superior": "clerk2"})
    before = stored(database)
    page = f"{PEOPLE}/clerk2"
    told = owner.send(page, {**owner.get(f"{page}/edit").form(page), "superior": "clerk"}, 422)
    assert "互为上级" in told.words("main") and "程办事" in told.words("main")
    text = "用户名,姓名,直属上级\nclerk2,程办事,陈办事\nmanager,毛经理,程办事\n"
    look = owner.post("/organisation/files", file=(io.BytesIO(text.encode()), "people.csv"))
    assert look.words("tbody").count("互为上级") == 1
    owner.post(look.address, 422)
    owner.post(f"{PEOPLE}/clerk2/move", 422, day="2026-12-10", department="service", post="", superior="clerk")
    fields: dict[str, Any] = {
        "name": "x",
        "last_day": "2026-12-01",
        "processes": "*",
        "scopes": ["people:read", "people:write"],
    }
    secret = owner.post("/organisation/machines", **fields).words("code").split()[0]
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    change = {"Operations": [{"op": "replace", "path": f"{enterprise}:manager", "value": {"value": "clerk"}}]}
    answer = app.test_client().patch("/scim/v2/Users/clerk2", json=change, headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 400, answer.text
    after = stored(database)
    assert after["person"] == before["person"]


@pytest.mark.parametrize(
    ("language", "told", "level"), [("zh_Hans", "程办事（秘密）", "秘密"), ("en", "程办事 (Confidential)", "Confidential")]
)
def test_levels_of_secrecy_are_told_in_the_reader_s_language(
    signed_in: SignedIn, world: dict[str, str], language: str, told: str, level: str
) -> None:
    someone, owner = signed_in("outsider"), signed_in("owner")
    for each in (someone, owner):
        each.post("/preferences", language=language, back="/inbox")
    fields = someone.get(f"{PEOPLE}/clerk2/edit").form(PEOPLE + "/clerk2")
    assert told in someone.post(f"{PEOPLE}/clerk2", 403, **{**fields, "clearance": "秘密"}).words()
    owner.post(f"{PEOPLE}/clerk2", **{**fields, "clearance": "秘密", "csrf_token": owner.token()})
    owner.post("/organisation/roles/records_keeper", person="clerk2", scope="秘密")
    for page in (
        f"{PEOPLE}/clerk2",
        f"{PEOPLE}/clerk2/edit",
        "/organisation/roles",
        "/organisation/notices",
        "/organisation/log",
    ):
        words = owner.get(page).words("main")
        assert level in words and (language == "zh_Hans" or "秘密" not in words), page
