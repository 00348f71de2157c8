"""A case that saved a customer record shows what was filled into it to nobody more than the record itself would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import update

from engine.people import actors
from engine.queries.api import api_variables
from engine.storage import database as databases
from engine.storage import models
from engine.storage.vault import Vault
from engine.verbs.running import restarting
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
SAVE = (
    '<zeebe:ioMapping><zeebe:input source="={name: customer, secrecy: &quot;绝密&quot;, content: {plan: plan, known_to: '
    '[&quot;部门负责人&quot;]}}" target="record"/></zeebe:ioMapping>'
)
SECRET = "明年并购对手"
RIGHTS = {"readers": ["主管领导"], "keepers": ["部门负责人", "客服专员"], "saved_by": ["filing"], "circle": "known_to"}


@pytest.fixture
def case(app: object, database: databases.Database, cast: Cast, now: datetime) -> int:
    """A case whose secret file is saved, 绝密 and known to 部门负责人 alone; a task of clerk2's is still open."""
    database.surroundings["vault"] = Vault("a secret of tests")
    company = models.Company
    with database.transaction() as session:
        version = company.organisation_version + 1
        values = {"settings": {"records": RIGHTS}, "organisation_version": version}
        session.execute(update(company).where(company.id == COMPANY).values(**values))
        for name in ("head", "manager"):
            session.execute(update(models.Person).where(models.Person.username == name).values(clearance="绝密"))
    form = kit.form("file", kit.text_field("customer"), kit.text_field("plan"))
    save, check = kit.service("save", "records.save", inputs=SAVE), kit.task("check", users="clerk2")
    steps = (kit.start(form="file"), save, check, kit.end(), kit.chain("started", "save", "check", "done"))
    seen_by = {"managers": ["主管领导", "部门负责人"], "visible_to": ["客服专员"]}
    kit.deploy(database, cast.owner, form, kit.diagram("filing", *steps, **seen_by))
    return kit.begin(database, cast.clerk, "filing", {"customer": "青禾置业", "plan": SECRET}, now=now)


@pytest.mark.parametrize("name", ["manager", "clerk", "owner"])
def test_who_may_not_read_the_record_reads_it_in_no_case_either(
    signed_in: SignedIn, case: int, database: databases.Database, now: datetime, name: str
) -> None:
    someone = signed_in(name)
    page = someone.get(f"/cases/{case}")
    assert SECRET not in page.text and "只向可查阅该档案的人显示" in page.words("main")
    assert SECRET not in someone.get(f"/cases/{case}/story").text
    for path in (f"/cases/{case}/value?name=plan", f"/status/operations/cases/{case}/set_variable?name=plan"):
        assert SECRET not in someone.client.get(path).text
    with database.reading(COMPANY) as session:
        by, instance = actors.load(session, COMPANY, name), session.get_one(models.ProcessInstance, case)
        assert api_variables.variables_of(session, by, instance, now=now) == []


@pytest.mark.parametrize("name", ["head", "clerk2"])
def test_the_circle_and_who_has_the_task_read_the_case(
    signed_in: SignedIn, case: int, database: databases.Database, now: datetime, name: str
) -> None:
    assert SECRET in signed_in(name).get(f"/cases/{case}").text
    with database.reading(COMPANY) as session:
        by, instance = actors.load(session, COMPANY, name), session.get_one(models.ProcessInstance, case)
        assert SECRET in str(api_variables.variables_of(session, by, instance, now=now))


def test_what_no_record_holds_yet_stays_as_it_is(
    signed_in: SignedIn, case: int, database: databases.Database, cast: Cast
) -> None:
    with database.transaction() as session:
        session.execute(update(models.RecordVersion).values(instance_key=None))
    assert SECRET in signed_in("clerk").get(f"/cases/{case}").text


def test_a_case_opened_again_from_a_closed_one_is_closed_too(
    signed_in: SignedIn, case: int, database: databases.Database, cast: Cast, now: datetime
) -> None:
    kit.complete(database, cast.clerk2, case, "check")
    with database.transaction(COMPANY) as session:
        again = restarting.reopen(session, actors.load(session, COMPANY, "head"), case, "再核一次", now=now).key
    assert SECRET not in signed_in("clerk").get(f"/cases/{again}").text
    assert SECRET in signed_in("head").get(f"/cases/{again}").text
