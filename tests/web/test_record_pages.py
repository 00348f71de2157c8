"""Customer records on pages: by right and level of secrecy, every reading logged, holds, registers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select, update

from engine.cases.lines import registers
from engine.people import actors, organisation
from engine.records import readings as record_readings
from engine.records import records
from engine.storage import database as databases
from engine.storage import models
from engine.storage.models import ProcessInstance
from engine.storage.vault import Vault
from tests import sample_case
from tests.cast import COMPANY, Cast
from tests.web.cases import Purchases
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]


@pytest.fixture
def keys(app: object, database: databases.Database, cast: Cast, now: object) -> dict[str, int]:
    """Two records; 主管领导 reads up to 机密, 客服专员 keep up to 内部, nobody else may see any."""
    database.surroundings["vault"] = Vault("a secret of tests")
    rights = {"records": {"readers": ["主管领导"], "keepers": ["客服专员"]}}
    with database.transaction() as session:
        company = models.Company
        raised = company.organisation_version + 1
        session.execute(update(company).where(company.id == COMPANY).values(settings=rights, organisation_version=raised))
        session.execute(update(models.Person).where(models.Person.username == "manager").values(clearance="机密"))
    with database.transaction(COMPANY) as session:
        by, people = actors.SYSTEM(COMPANY), organisation.current(session, COMPANY)
        open_one = records.enter(session, people, by, records.NewRecord("青禾置业", "内部", {"owner": "方正平"}), now=now)
        secret = records.enter(session, people, by, records.NewRecord("汇众汽车", "机密", {"owner": "吕大伟"}), now=now)
        registers.enter(session, people, by, "销毁登记簿", {"档号": "KH-1", "件数": 2}, now=now)
        return {"open": open_one.key, "secret": secret.key}


def readings(database: databases.Database) -> list[tuple[str, bool]]:
    row = models.RecordReading
    with database.reading(COMPANY) as session:
        return [(found.username, found.granted) for found in session.scalars(select(row).order_by(row.key))]


def test_the_catalogue_masks_what_is_above_the_clearance(signed_in: SignedIn, keys: dict[str, int]) -> None:
    page = signed_in("clerk").get("/records")
    clerk = page.words("tbody")
    assert page.words(".reason") == "您可查阅到内部级的档案；每次查阅都有记录。"
    assert "青禾置业" in clerk and "汇众汽车" not in clerk and "机密" in clerk
    assert "汇众汽车" in signed_in("manager").get("/records").words("tbody")
    assert not signed_in("clerk").get("/records?q=汇众").tree.xpath("//tbody/tr")


def test_reading_a_record_is_logged_and_so_is_a_refusal(
    signed_in: SignedIn, keys: dict[str, int], database: databases.Database
) -> None:
    page = signed_in("manager").get(f"/records/{keys['secret']}")
    assert "吕大伟" in page.words("main") and "您可查阅到机密级" in page.words(".reason")
    assert "您保管档案，可查阅到内部级" in signed_in("clerk").get(f"/records/{keys['open']}").words(".reason")
    refused = signed_in("clerk").get(f"/records/{keys['secret']}", status=403)
    assert "吕大伟" not in refused.text and "汇众" not in refused.text
    assert readings(database) == [("manager", True), ("clerk", True), ("clerk", False)]


def test_who_may_not_see_records_sees_none(signed_in: SignedIn, keys: dict[str, int]) -> None:
    outsider = signed_in("outsider")
    outsider.get("/records", status=403)
    outsider.get("/records/registers", status=403)
    assert "青禾" not in outsider.get(f"/records/{keys['open']}", status=403).text
    signed_in("stranger", company="elsewhere").get(f"/records/{keys['open']}", status=404)


def test_a_hold_is_placed_and_lifted_by_keepers(signed_in: SignedIn, keys: dict[str, int]) -> None:
    clerk = signed_in("clerk")
    page = clerk.post(f"/records/{keys['open']}/holds", kind="lent", reason="审计借阅")
    assert "审计借阅" in page.words(".problems")
    lift = next(form.action for form in page.tree.forms if "lift" in (form.action or ""))
    assert "审计借阅" not in clerk.post(lift).words(".problems")
    signed_in("manager").post(f"/records/{keys['open']}/holds", status=403, kind="lent", reason="x")
    clerk.post(f"/records/{keys['open']}/holds", status=422, kind="lent", reason=" ")


def test_there_is_no_way_to_delete_a_record(app: object, keys: dict[str, int]) -> None:
    rules = app.url_map.iter_rules()  # type: ignore[attr-defined]
    assert not [
        rule.rule for rule in rules if "record" in rule.rule and ("DELETE" in (rule.methods or ()) or "delete" in rule.rule)
    ]


def test_registers_are_listed_with_their_lines(signed_in: SignedIn, keys: dict[str, int]) -> None:
    page = signed_in("manager").get("/records/registers")
    assert "销毁登记簿" in page.words("main") and "KH-1" in page.words("tbody")


def test_a_register_is_read_by_whoever_reads_the_cases_that_entered_it_without_any_customer_records(
    signed_in: SignedIn, purchases: Purchases, database: databases.Database, now: datetime
) -> None:
    case = purchases.start()
    with database.transaction(COMPANY) as session:
        company, by = organisation.current(session, COMPANY), actors.SYSTEM(COMPANY)
        registers.enter(
            session, company, by, "采购台账", {"物品": "打印纸"}, now=now, instance=session.get(ProcessInstance, case)
        )
        registers.enter(session, company, by, "别家台账", {"物品": "机密"}, now=now)
    page = signed_in("owner").get("/records/registers?name=采购台账")
    assert page.words("@aria-current='page'").startswith("监控")  # the rail says where one is
    shown = page.words("main")
    assert "打印纸" in shown and "别家台账" not in shown and "销毁" not in shown
    signed_in("clerk").get("/records/registers", status=403)


def test_the_rail_offers_records_to_those_who_may_see_them(signed_in: SignedIn, keys: dict[str, int]) -> None:
    assert "/records" in signed_in("manager").get("/inbox").links()
    assert "/records" not in signed_in("outsider").get("/inbox").links()


def test_a_version_above_the_clearance_is_listed_with_its_level_and_refused_when_opened(
    signed_in: SignedIn, keys: dict[str, int], database: databases.Database, now: object
) -> None:
    with database.transaction(COMPANY) as session:
        by = actors.SYSTEM(COMPANY)
        records.save(session, by, keys["secret"], {"owner": "公开后"}, expected_version=1, reason="续签", now=now)
        row, version = models.CustomerRecord, models.RecordVersion
        session.execute(update(row).where(row.key == keys["secret"]).values(secrecy="内部"))
        latest = (version.record_key == keys["secret"], version.version == 2)
        session.execute(update(version).where(*latest).values(secrecy="内部"))
        session.execute(update(version).where(version.version == 1).values(reason="涉密事由"))
    clerk = signed_in("clerk")
    page = clerk.get(f"/records/{keys['secret']}")
    assert "公开后" in page.words("main") and "机密" in page.words(".timeline") and "涉密事由" not in page.text
    assert f"/records/{keys['secret']}?version=1" not in page.links()
    refused = clerk.get(f"/records/{keys['secret']}?version=1", status=403)
    assert "这一版本密级为“机密”" in refused.text and "吕大伟" not in refused.text
    assert f"/records/{keys['secret']}?version=1" in signed_in("manager").get(f"/records/{keys['secret']}").links()


def test_keepers_see_which_case_read_a_record(
    signed_in: SignedIn, keys: dict[str, int], database: databases.Database, now: datetime
) -> None:
    with database.transaction(COMPANY) as session:
        case = sample_case.make(session, now)
        record = session.get_one(models.CustomerRecord, keys["open"])
        record_readings.note(session, record, 1, case, purpose="FEEL", granted=True, now=now)
    assert case.number in signed_in("clerk").get(f"/records/{keys['open']}").words(".readings")
