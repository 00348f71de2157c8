"""Keepers change a customer record on its page: a new version with who and why, nothing lost, nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from engine.people import actors, organisation
from engine.records import records, versions
from engine.storage import database as databases
from engine.storage import models
from engine.storage.vault import Vault
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]
RIGHTS = {
    "readers": ["主管领导"],
    "keepers": ["客服专员"],
    "change_form": "change",
    "circle": "known_to",
    "circle_until": "known_until",
}


@pytest.fixture
def record(app: object, database: databases.Database, cast: Cast, now: object) -> int:
    """One record, kept by 客服专员, known to all; its owner can be changed in a form."""
    database.surroundings["vault"] = Vault("a secret of tests")
    with database.transaction() as session:
        session.execute(update(models.Company).where(models.Company.id == COMPANY).values(settings={"records": RIGHTS}))
        organisation.changed(session, COMPANY)
    owner = cast.owner
    kit.deploy(database, owner, kit.form("change", kit.text_field("owner", required=True)), now=now)
    with database.transaction(COMPANY) as session:
        new = records.NewRecord("青禾置业", "内部", {"owner": "方正平", "assets": 5})
        company = organisation.current(session, COMPANY)
        return records.enter(session, company, actors.SYSTEM(COMPANY), new, now=now).key


def contents(database: databases.Database, key: int) -> list[tuple[dict, str, str | None]]:
    with database.reading(COMPANY) as session:
        row = session.get_one(models.CustomerRecord, key)
        opened = (versions.open(session, row, number + 1) for number in range(row.current_version))
        return [(content, version.reason, version.written_by) for version, content in opened]


def test_a_keeper_changes_a_record_and_says_why(signed_in: SignedIn, record: int, database: databases.Database) -> None:
    clerk = signed_in("clerk")
    assert clerk.get(f"/records/{record}").tree.xpath(f'//a[@href="/records/{record}/change"]')
    form = clerk.get(f"/records/{record}/change")
    assert form.tree.xpath('//input[@name="owner"]/@value') == ["方正平"]
    told = {"owner": "方小平", "version": "1"}
    assert clerk.post(f"/records/{record}/change", status=422, reason="", **told).tree.xpath('//input[@value="方小平"]')
    assert clerk.post(f"/records/{record}/change", status=422, owner="", version="1", reason="x")
    clerk.post(f"/records/{record}/change", reason="法定代表人变更", **told)
    assert contents(database, record)[1] == ({"owner": "方小平", "assets": 5}, "法定代表人变更", "clerk")
    page = clerk.get(f"/records/{record}").words("main")
    assert "方小平" in page and "法定代表人变更" in page
    for version in ("1", "2"):  # a double click, and the same from the form as it is now
        again = clerk.post(f"/records/{record}/change", reason="法定代表人变更", owner="方小平", version=version)
        assert "第 2 版已是这些内容" in again.words("body") and len(contents(database, record)) == 2


@pytest.mark.both_databases
def test_of_two_keepers_at_once_each_changes_what_he_changed_and_chooses_where_both_did(
    signed_in: SignedIn, record: int, database: databases.Database, cast: Cast, now: object
) -> None:
    rows = {"type": "dynamiclist", "path": "managers", "label": "负责人", "components": [kit.text_field("name")]}
    fields = (kit.text_field("owner"), kit.text_field("analysis"), {"type": "number", "key": "assets", "label": "资产"}, rows)
    kit.deploy(database, cast.owner, kit.form("change", *fields), now=now)
    change, first, second = f"/records/{record}/change", signed_in("clerk"), signed_in("clerk2")
    mine, hers = first.get(change).form(change), second.get(change).form(change)
    first.send(change, {**mine, "analysis": "稳健", "owner": "方小平", "managers[0].name": "何", "reason": "走访"})
    late = second.send(change, {**hers, "owner": "方又平", "assets": "7", "reason": "晚了一步"}, status=409)
    told = late.words("@role='alert'")
    assert "陈办事" in told and "方小平" in told and "第 2 版" in told and len(contents(database, record)) == 2
    stands = late.form(change)
    assert (stands["owner"], stands["analysis"], stands["assets"]) == ("方又平", "稳健", "7")
    assert stands["managers[0].name"] == "何" and stands["reason"] == "晚了一步"
    taken = second.send(change, {**stands, "#taken": "owner"}).form(change)
    assert (taken["owner"], taken["assets"]) == ("方小平", "7")
    second.send(change, stands)  # her own, after all
    assert contents(database, record)[2][0] == {
        "owner": "方又平",
        "assets": 7,
        "analysis": "稳健",
        "managers": [{"name": "何"}],
    }
    aside = first.send(
        change,
        {
            **mine,
            "version": "2",
            "analysis": "稳健",
            "owner": "方小平",
            "assets": "9",
            "managers[0].name": "何",
            "reason": "再访",
        },
        status=409,
    )
    assert "资产" in aside.words("@role='alert'") and "方又平" not in aside.words("@role='alert'")


def test_what_another_wrote_elsewhere_in_the_record_stands_and_is_told(
    signed_in: SignedIn, record: int, database: databases.Database, cast: Cast, now: object
) -> None:
    kit.deploy(database, cast.owner, kit.form("change", kit.text_field("owner"), kit.text_field("analysis")), now=now)
    change, first, second = f"/records/{record}/change", signed_in("clerk"), signed_in("clerk2")
    mine, hers = first.get(change).form(change), second.get(change).form(change)
    first.send(change, {**mine, "analysis": "稳健", "reason": "走访"})
    page = second.send(change, {**hers, "owner": "方又平", "reason": "变更"})
    assert "陈办事" in page.words("main") or "陈办事" in page.words("body")
    assert contents(database, record)[2] == ({"owner": "方又平", "assets": 5, "analysis": "稳健"}, "变更", "clerk2")


def test_the_form_speaks_the_keeper_s_language(
    signed_in: SignedIn, record: int, database: databases.Database, cast: Cast, now: object
) -> None:
    steps = (kit.start(form="change"), kit.end(), kit.chain("started", "done"))
    asked = kit.form("change", kit.text_field("owner") | {"label": "法定代表人"})
    kit.deploy(
        database, cast.owner, asked, kit.diagram("p", *steps, texts={"en": {"法定代表人": "Legal representative"}}), now=now
    )
    clerk = signed_in("clerk")
    clerk.client.post("/preferences", data={"language": "en"}, headers={"X-CSRFToken": clerk.token()})
    assert "Legal representative" in clerk.get(f"/records/{record}/change").words(".sheet-form")


def test_nobody_but_keepers_within_the_circle_changes_a_record(
    signed_in: SignedIn, record: int, database: databases.Database, now: object
) -> None:
    change = f'//a[@href="/records/{record}/change"]'
    assert not signed_in("manager").get(f"/records/{record}").tree.xpath(change)
    for username in ("manager", "outsider"):
        someone = signed_in(username)
        someone.get(f"/records/{record}/change", status=403)
        someone.post(f"/records/{record}/change", status=403, owner="x", version="1", reason="x")
    with database.transaction(COMPANY) as session:
        known = {"owner": "方正平", "known_to": ["主管领导"], "known_until": "2999-12-31"}
        records.save(session, actors.SYSTEM(COMPANY), record, known, expected_version=1, now=now)
    clerk = signed_in("clerk")
    listed = clerk.get("/records")
    assert "青禾置业" in listed.words("main") and "您不在知悉范围内" in listed.words("main")
    assert not listed.tree.xpath(f'//a[@href="/records/{record}"]')
    assert signed_in("manager").get("/records").tree.xpath(f'//a[@href="/records/{record}"]')
    refused = clerk.get(f"/records/{record}/change", status=403).words("main")
    assert "主管领导" in refused and "2999年12月31日" in refused
    page = signed_in("manager").get(f"/records/{record}").words("main")
    assert "2999年12月31日" in page and "known_" not in page
    clerk.post(f"/records/{record}/change", status=403, owner="x", version="2", reason="x")
    assert len(contents(database, record)) == 2


def test_a_small_correction_of_a_sparse_record_asks_for_nothing_that_was_empty_before(
    signed_in: SignedIn, record: int, database: databases.Database, cast: Cast, now: object
) -> None:
    fields = (kit.text_field("owner", required=True), kit.text_field("analysis", required=True))
    group = {"type": "group", "label": "组", "components": [kit.text_field("area", required=True)]}
    kit.deploy(database, cast.owner, kit.form("change", *fields, group), now=now)
    change, clerk = f"/records/{record}/change", signed_in("clerk")
    form = clerk.get(change)
    assert [each.get("name") for each in form.tree.xpath("//input[@aria-required='true']")] == ["owner"]
    clerk.send(change, {**form.form(change), "owner": "方小平", "reason": "更正"})
    assert contents(database, record)[1][0]["owner"] == "方小平"
    late = clerk.get(change).form(change)
    clerk.send(change, {**late, "owner": "", "reason": "更正"}, status=422)
