"""Somebody who left: out at once by page and API, offered nothing, and managers see what he still holds."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from datetime import timedelta

import flask
import pytest
from sqlalchemy import select, update

from engine.cases import notices
from engine.people import actors, organisation
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.organisation import leaving
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.cases import Purchases
from tests.web.pages import PASSWORD, Browser

SignedIn = Callable[..., Browser]


@pytest.fixture
def leaves(database: databases.Database) -> Callable[[str], None]:
    """Disables a person's account, as a deployed company.toml does."""

    def disable(username: str) -> None:
        with database.transaction() as session:
            session.execute(update(models.Person).where(models.Person.username == username).values(is_disabled=True))
            organisation.changed(session, COMPANY)

    return disable


def test_a_leaver_s_open_pages_claim_and_complete_nothing_any_more(
    signed_in: SignedIn, purchases: Purchases, leaves: Callable[[str], None]
) -> None:
    task = purchases.task(purchases.start())
    someone = signed_in("clerk2")
    someone.get(f"/tasks/{task}")
    token = someone.token()
    leaves("clerk2")
    for address in (f"/tasks/{task}/claim", f"/tasks/{task}/complete"):
        answer = someone.client.post(address, data={"csrf_token": token, "in_stock": "0"})
        assert answer.status_code == 302 and "/sign-in" in answer.location
    assert purchases.row(task).state == "open" and purchases.row(task).assignee is None
    assert Browser(someone.app).post("/sign-in", 422, company=COMPANY, username="clerk2", password=PASSWORD)


def test_a_leaver_s_remembered_api_credentials_are_worth_nothing(
    app: flask.Flask, purchases: Purchases, leaves: Callable[[str], None]
) -> None:
    task = purchases.task(purchases.start())
    credentials = base64.b64encode(f"{COMPANY}/clerk2:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}"}
    client = app.test_client()
    assert client.get(f"/v2/user-tasks/{task}", headers=headers).status_code == 200
    leaves("clerk2")
    claimed = client.post(f"/v2/user-tasks/{task}/assignment", headers=headers, json={"assignee": "clerk2"})
    assert claimed.status_code == 401 and purchases.row(task).assignee is None


def test_new_tasks_of_a_leaver_fall_to_whom_the_rule_for_empty_names(
    database: databases.Database, cast: Cast, leaves: Callable[[str], None]
) -> None:
    task = kit.task("a", assignee='=head of("service")', empty="group:主管领导")
    kit.deploy(
        database, cast.owner, kit.diagram("p", kit.start(), task, kit.end(), kit.chain("started", "a", "done"), may_start=["*"])
    )
    leaves("head")
    with database.reading(COMPANY) as session:
        clerk = actors.load(session, COMPANY, "clerk")
    assert clerk is not None
    kit.begin(database, clerk, "p")
    assert [(item.username, item.group_name) for item in kit.rows(database, models.WorkItem)] == [(None, "主管领导")]


def test_managers_see_that_the_holder_of_a_task_has_left(
    signed_in: SignedIn, purchases: Purchases, cast: Cast, leaves: Callable[[str], None]
) -> None:
    case = purchases.start()
    purchases.claim(case, cast.clerk2)
    assert "账号已停用" not in signed_in("owner").get(f"/cases/{case}").words("main")
    leaving = signed_in("owner").get("/organisation/people/clerk2/leaving")
    assert "剩" in leaving.words(".limit"), "until when each of what is handed over is to be done"
    leaves("clerk2")
    page = signed_in("owner").get(f"/cases/{case}")
    assert "程办事 正在办理“核对库存” 账号已停用" in page.words(".place") and "请把这项任务转交他人" in page.words(".place")
    assert "请把这项任务转交他人" not in signed_in("clerk").get(f"/cases/{case}").words(".place")


def test_nothing_is_changed_as_long_as_a_place_has_no_taker(signed_in: SignedIn, database: databases.Database) -> None:
    owner = signed_in("owner")
    page = owner.get("/organisation/people/head/leaving")
    form = {name: "" for name in page.form("/organisation/people/head/leaving") if name.startswith(("head-", "group-"))}
    assert form
    refused = owner.post("/organisation/people/head/leaving", status=422, when="now", successor="", **form)
    assert "请说明由谁接替" in refused.text
    with database.reading() as session:
        assert not session.execute(select(models.Person.is_disabled).where(models.Person.username == "head")).scalar_one()


def test_a_file_shows_before_what_its_leavers_hold_and_after_what_is_open_still(
    database: databases.Database, signed_in: SignedIn, purchase: None, cast: Cast
) -> None:
    step = kit.task("a", assignee="clerk")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), step, kit.end(), kit.chain("started", "a", "done")))
    kit.begin(database, cast.owner, "p")
    owner = signed_in("owner")
    table = "用户名,姓名,状态\nclerk,陈办事,离职\n".encode()
    look = owner.post("/organisation/files", file=(io.BytesIO(table), "people.csv"))
    assert "名下有 待办 1 项 · 办理组 客服专员" in look.words("tbody")
    assert "尚有 1 项待办未移交" in owner.post(look.address).words("main")


def test_who_takes_over_reads_at_once_of_whom_it_comes(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database, cast: Cast
) -> None:
    task = purchases.claim(purchases.start(), cast.clerk2)
    with database.transaction(COMPANY) as session:
        leaving.leave(session, cast.owner, "clerk2", leaving.Plan("clerk"), now=purchases.now)
    assert "程办事离职，移交给您" in signed_in("clerk").get("/notices").words(".news")
    page = signed_in("clerk").get(f"/tasks/{task}")
    assert "程办事离职，移交给您" in page.text and "改由您办理" not in page.text
    kit.notices(database)
    [letter] = kit.rows(database, models.Outgoing, username="clerk", kind="new_work") or [None]
    assert letter is None or "程办事离职，移交给您" in str(letter.facts)


def test_what_was_told_before_a_task_came_does_not_stand_as_if_of_it(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database, cast: Cast
) -> None:
    case = purchases.start()
    task = purchases.claim(case, cast.clerk2)
    with database.transaction(COMPANY) as session:
        company = organisation.current(session, COMPANY)
        told = {"now": purchases.now - timedelta(minutes=1), "instance": session.get(models.ProcessInstance, case)}
        notices.send(session, company, ["clerk"], "已被取回：采购", "这项待办不需要办理了。", **told)
    with database.transaction(COMPANY) as session:
        leaving.leave(session, cast.owner, "clerk2", leaving.Plan("clerk"), now=purchases.now)
    page = signed_in("clerk").get("/notices")
    assert "核对库存" in page.words(".step") and f"/tasks/{task}" in page.text
    assert "这项待办不需要办理了" in page.words(".earlier"), "it is folded under what is to be done"
