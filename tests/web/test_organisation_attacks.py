"""Whoever only administers the organisation, tried as a way to cases, records and other people's accounts."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from engine.background.worker import Worker
from engine.people import organisation
from engine.people.organisation import Organisation
from engine.storage import database as databases
from tests.cast import COMPANY, Cast
from tests.web import outside
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    """One is enough: rules, not statements."""
    return sqlite_database


@pytest.fixture
def attacker(signed_in: SignedIn, purchases: Purchases) -> Browser:
    """The outsider, who administers the organisation and nothing else."""
    signed_in("owner").post("/organisation/roles/organisation", person="outsider")
    return signed_in("outsider")


def filled(someone: Browser, page: str, action: str, status: int, **changed: str) -> str:
    """Sends the form of a page with some fields changed."""
    return someone.send(action, {**someone.get(page).form(action), **changed}, status).text


def company(database: databases.Database) -> Organisation:
    with database.reading(COMPANY) as session:
        return organisation.current(session, COMPANY)


def test_he_becomes_no_head_and_nobody_s_superior_by_his_own_hand(attacker: Browser, database: databases.Database) -> None:
    before = company(database)
    department = "/organisation/departments/service"
    filled(attacker, department, department, 403, head="魏旁人 (outsider)")
    attacker.post("/organisation/departments", 403, name="新部", parent="service", head="outsider")
    filled(attacker, "/organisation/people/clerk/edit", "/organisation/people/clerk", 403, superior="魏旁人 (outsider)")
    attacker.send("/organisation/people/head/leaving", {"successor": "魏旁人 (outsider)", "when": "now"}, 403)
    after = company(database)
    assert (after.departments, after.people) == (before.departments, before.people)


def test_no_task_of_a_leaver_comes_to_him(attacker: Browser, signed_in: SignedIn, purchases: Purchases) -> None:
    task = purchases.task(purchases.start())
    signed_in("clerk").post(f"/tasks/{task}/claim")
    attacker.send("/organisation/people/clerk/leaving", {f"task-{task}": "outsider", "none-group-客服专员": "1"}, 403)
    assert purchases.row(task).assignee == "clerk"
    attacker.get(f"/tasks/{task}", 404)


@pytest.mark.parametrize("field", ["email", "mobile", "employee_number"])
def test_whoever_has_rights_is_not_found_by_another_s_account(
    attacker: Browser, signed_in: SignedIn, database: databases.Database, cast: Cast, now: datetime, field: str
) -> None:
    """By that field people are found when they sign in: entered with an administrator, it would open his account."""
    settings = {"issuer": "https://id.example", "client_id": "x", "matches": field, "from_employee_number": "emp"}
    outside.set_up(database, cast, "oidc", settings, now, secret="secret")
    mine = {"email": "me@acme.example", "mobile": "13800009999", "employee_number": "9999"}[field]
    assert "欧流程" in filled(attacker, "/organisation/people/owner/edit", "/organisation/people/owner", 403, **{field: mine})
    csv = f"用户名,姓名,{ {'email': '邮箱', 'mobile': '手机', 'employee_number': '工号'}[field] }\nowner,欧流程,{mine}\n"
    look = attacker.post("/organisation/files", file=(io.BytesIO(csv.encode()), "people.csv"))
    attacker.post(look.address, 403)
    assert getattr(company(database).people["owner"], field) is None
    filled(
        attacker, "/organisation/people/clerk/edit", "/organisation/people/clerk", 200, **{field: mine}
    )  # of others it is his work
    assert getattr(company(database).people["clerk"], field) == mine
    owner = signed_in("owner")
    filled(owner, "/organisation/people/owner/edit", "/organisation/people/owner", 200, **{field: mine.replace("9", "8")})
    assert getattr(company(database).people["owner"], field) == mine.replace("9", "8")


def test_what_he_enters_for_a_later_day_gives_him_no_more(
    attacker: Browser, signed_in: SignedIn, database: databases.Database, clock: Clock
) -> None:
    """On its day it is done by nobody in person; whoever entered it is still the one who gains."""
    people, later = "/organisation/people", "2026-03-10"
    attacker.post(f"{people}/head/leaving", 403, successor="outsider", when="day", day=later)
    attacker.post(f"{people}/clerk/move", 403, day=later, department="service", post="", superior="outsider")
    owner = signed_in("owner")
    owner.post("/organisation/groups/主管领导/rules", rule="department:service")
    attacker.post(f"{people}/outsider/move", day=later, department="service", post="", superior="")
    before = company(database)
    clock.moment += timedelta(days=9)
    while Worker(database, clock).run_once():
        pass
    after = company(database)
    assert after.members_of("主管领导") == before.members_of("主管领导")
    assert after.people["outsider"].department == "works" and not after.people["head"].is_disabled
    assert "其他管理员" in attacker.get(f"{people}/outsider").words("main")
