"""The organisation, attacked: by whoever only administers it, and by who has left."""

from __future__ import annotations

import base64
import csv
import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import flask
import pytest

from engine.background.worker import Worker
from engine.deploying import exporting
from engine.deploying.company_files import companies
from engine.people import organisation
from engine.people.organisation import Organisation
from engine.storage import database as databases
from tests.cast import COMPANY, Cast
from tests.web import outside
from tests.web.cases import Purchases
from tests.web.conftest import Clock
from tests.web.pages import PASSWORD, Browser, Page

SignedIn = Callable[..., Browser]
DOORS = (  # where one may come by typing an address
    *("/organisation", "/password/codes", "/organisation/company", "/organisation/machines/new", "/calendar", "/calendar/new"),
    *("/calendar/settings", "/organisation/sign-in/new/oidc", "/organisation/sign-in/new/ldap"),
    *("/organisation/notices/channels/new/mail", "/organisation/notices/channels/new/hook"),
)
AREAS = ("/organisation", "/password/codes", "/calendar", "/deputies", "/second-factor")


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


def test_that_roles_are_not_his_to_give_is_said_before_what_is_wrong_with_the_form(attacker: Browser) -> None:
    assert "系统管理员" in attacker.post("/organisation/roles/operator", 403, person="").words("main")


def test_he_is_offered_nothing_that_he_is_refused(
    attacker: Browser, signed_in: SignedIn, database: databases.Database, cast: Cast, now: datetime
) -> None:
    """Every page of the organisation that a link leads him to answers, and every form in it is taken or says what is missing."""
    settings = {"issuer": "https://id.example", "client_id": "x", "matches": "email"}
    outside.set_up(database, cast, "oidc", settings, now, secret="secret")
    signed_in("owner").post(  # a channel and a machine account, too
        "/organisation/notices/channels/new/wecom", name="群", is_on="on", url="https://chat.example/?key=k", kinds="new_work"
    )
    ahead, seen, forms = [*DOORS], set[str](), dict[str, dict[str, str]]()
    while ahead:
        address = ahead.pop()
        answer = attacker.client.get(address, follow_redirects=True)
        seen.add(address)
        if answer.status_code == 403 and address in DOORS:
            continue  # told before he has typed anything; no link leads there
        assert answer.status_code == 200, address
        page = Page(answer)
        for form in page.tree.forms:
            typed = form.xpath(".//input[not(@type='hidden') and not(@readonly)] | .//select | .//textarea")
            typed = [each for each in typed if each.get("disabled") is None and not each.xpath("ancestor::fieldset[@disabled]")]
            sends = [each for each in form.xpath(".//button") if each.get("type") != "button"]
            assert sends or not typed or form.method == "GET", f"{address}: fields that nobody may send"
            if sends and form.method == "POST" and (form.action or "").startswith(AREAS):
                pressed = form.xpath(".//button[@name]")
                more = {each.get("name"): each.get("value") or "" for each in pressed[:1]}
                forms.setdefault(form.action, {name: value or "" for name, value in form.form_values()} | more)
        ahead += [
            each for each in page.links() if each.startswith(AREAS) and each not in {*seen, *ahead} and "export" not in each
        ]
    assert len(seen) > 25 and len(forms) > 20
    refused = {action for action, fields in forms.items() if attacker.client.post(action, data=fields).status_code == 403}
    assert refused == set()


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


class Ways:
    """Every way by which somebody is made to leave, each up to its end."""

    def __init__(self, app: flask.Flask, database: databases.Database, owner: Browser, clock: Clock, folder: Path) -> None:
        self.app, self.database, self.owner, self.clock, self.folder = app, database, owner, clock, folder

    def page(self) -> None:
        fields = {"when": "now", "none-group-客服专员": "1"}
        self.owner.send("/organisation/people/clerk2/leaving", fields)

    def file(self) -> None:
        table = "用户名,姓名,状态\nclerk2,程办事,离职\n".encode()
        look = self.owner.post("/organisation/files", file=(io.BytesIO(table), "people.csv"))
        self.owner.post(look.address)

    def program(self) -> None:
        fields = {"name": "x", "last_day": "2026-12-01", "processes": "*", "scopes": ["people:read", "people:write"]}
        secret = self.owner.post("/organisation/machines", **fields).words("code").split()[0]
        gone = self.app.test_client().delete("/scim/v2/Users/clerk2", headers={"Authorization": f"Bearer {secret}"})
        assert gone.status_code == 204

    def folder_of_files(self) -> None:
        with self.database.reading(COMPANY) as session:
            exporting.write(exporting.export(session, COMPANY), self.folder)
        path = self.folder / "workflows" / COMPANY / "company.toml"
        told = path.read_text(encoding="utf-8")
        first, *people = told.split("[[person]]")
        kept = [each for each in people if 'username = "clerk2"' not in each]
        path.write_text("[[person]]".join([first, *kept]).replace(', "clerk2"', ""), encoding="utf-8")
        definition = companies.load(path)
        with self.database.transaction(COMPANY) as session:
            companies.apply(session, definition, now=self.clock(), replace=True)

    def later_day(self) -> None:
        fields = {"when": "day", "day": "2026-03-03"}
        self.owner.send("/organisation/people/clerk2/leaving", fields)
        self.clock.moment += timedelta(days=1)
        while Worker(self.database, self.clock).run_once():
            pass


@pytest.mark.parametrize("way", ["page", "file", "program", "folder_of_files", "later_day"])
def test_by_whatever_way_somebody_leaves_the_sessions_end_and_stay_ended_when_he_comes_back(
    app: flask.Flask, signed_in: SignedIn, database: databases.Database, clock: Clock, purchase: None, tmp_path: Path, way: str
) -> None:
    theirs, owner = signed_in("clerk2"), signed_in("owner")
    cookie = theirs.client.get_cookie("banjie").value
    headers = {"Authorization": "Basic " + base64.b64encode(f"{COMPANY}/clerk2:{PASSWORD}".encode()).decode()}
    asked = app.test_client()
    assert asked.get("/v2/topology", headers=headers).status_code == 200
    getattr(Ways(app, database, owner, clock, tmp_path), way)()
    assert theirs.client.get("/inbox").location.startswith("/sign-in")
    assert asked.get("/v2/topology", headers=headers).status_code == 401
    owner.post("/organisation/people/clerk2/back")
    old = app.test_client()
    old.set_cookie("banjie", cookie)
    assert old.get("/inbox").location.startswith("/sign-in")


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)"])
def test_a_name_that_is_a_formula_leaves_as_a_text(
    signed_in: SignedIn, database: databases.Database, purchase: None, name: str
) -> None:
    owner = signed_in("owner")
    fields = {"department": "works", "superior": "", "post": "", "mobile": "", "email": "", "clearance": "内部"}
    owner.post("/organisation/people", username="odd", name=name, **fields)
    exported = owner.client.get("/organisation/files/export?as=csv").data.decode("utf-8-sig")
    (line,) = [each for each in csv.reader(io.StringIO(exported)) if "odd" in each]
    assert f"'{name}" in line and name not in line
    book = owner.client.get("/organisation/files/export?as=xlsx").data
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
