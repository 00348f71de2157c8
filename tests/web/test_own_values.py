"""The page of the company's own values: what is entered counts, what cannot stand is told at its field, auditors only look."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.storage import database as databases
from engine.storage import models
from engine.verbs.organisation import roles
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.engine.verbs.organisation.test_own_values import VALUES, asks, give
from tests.web.pages import Browser, Page

SignedIn = Callable[..., Browser]
PLACE = "/organisation/values"
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def company(database: databases.Database, cast: Cast) -> databases.Database:
    give(database)
    kit.deploy(database, cast.owner, asks())
    return database


def values(database: databases.Database) -> dict[str, Any]:
    with database.reading(COMPANY) as session:
        return dict(session.execute(select(models.Company.settings).where(models.Company.id == COMPANY)).scalar_one())


def sent(page: Page, **changes: Any) -> dict[str, Any]:
    """What the page's form would send, with these fields filled in otherwise."""
    fields: dict[str, Any] = {}
    for name, value in page.tree.xpath("//form[contains(@class, 'own-values')]")[0].form_values():
        fields.setdefault(name, []).append(value or "")
    return {**fields, **{name.replace("__", ":"): value for name, value in changes.items()}}


def at(page: Page, id: str) -> str:
    """What is to be read in the element of that id."""
    return page.words(f"@id='{id}'")


def test_every_kind_is_entered_as_people_write_it(company: databases.Database, signed_in: SignedIn) -> None:
    someone = signed_in("owner")
    page = someone.get(PLACE)
    assert "“ask”的办理期限" in page.words()
    assert "没有改动" in someone.send(PLACE, sent(page)).words(".flash")
    assert values(company) == VALUES
    someone.send(
        PLACE,
        sent(
            page,
            v__askDue="4",
            u__askDue="h",
            v__answerDays="4",
            v__unread="1,000",
            v__share="75.5",
            v__takesNote="no",
            v__copies=["客服专员"],
            add__copies="何负责、部门负责人",
            v__checkDays="7、14，30",
            v__customers="长河物流\n滨江商务中心\n",
            v__address="",
        ),
    )
    assert values(company) == {
        **VALUES,
        "askDue": "PT4H",
        "answerDays": 4,
        "unread": 1000,
        "share": Decimal("0.755"),
        "takesNote": False,
        "copies": ["客服专员", "head", "部门负责人"],
        "checkDays": [7, 14, 30],
        "customers": ["长河物流", "滨江商务中心"],
        "address": "",
    }
    told = someone.get("/organisation/log").words()
    assert "修改了单位参数 回复后几个工作日付款（第3条）" in told and "3 → 4" in told and "2 个工作日 → 4 小时" in told


def test_what_cannot_stand_is_told_at_its_field_and_nothing_typed_is_lost(
    company: databases.Database, signed_in: SignedIn
) -> None:
    someone = signed_in("owner")
    wrong = {"v__answerDays": "三天", "add__copies": "客服专圆", "v__address": "人民路1号", "v__share": "101", "v__askDue": "x"}
    page = someone.send(PLACE, sent(someone.get(PLACE), **wrong), 422)
    assert values(company)["address"] == VALUES["address"]
    assert "客服专员" in at(page, "value-copies-fault")
    assert at(page, "value-answerDays-fault") and at(page, "value-share-fault") and at(page, "value-askDue-fault")
    for unit in ("{", "{0.__class__}", "fortnights", ""):
        someone.send(PLACE, {**sent(someone.get(PLACE)), "u:askDue": unit}, 422)
    for junk in ("{", "[" * 5000, '"\\ud800"', "1e999999999", "NaN"):
        someone.send(PLACE, {**sent(someone.get(PLACE)), "was:answerDays": junk, "v:answerDays": "4"}, 409)
    kept = sent(page)
    assert kept["v:answerDays"] == ["三天"] and kept["v:address"] == ["人民路1号"] and kept["add:copies"] == ["客服专圆"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("１２", "12wd"),
        ("1.5", "1.5wd"),
        ("2 个工作日", "2wd"),
        ("3 天", "3d"),
        ("4小时", "PT4H"),
        ("2 working days", "2wd"),
        ("1 week", "1w"),
        ("９９９", "999wd"),
    ],
)
def test_a_limit_is_taken_as_people_write_it_and_stays_a_number_and_a_unit(
    company: databases.Database, signed_in: SignedIn, typed: str, kept: str
) -> None:
    someone = signed_in("owner")
    someone.send(PLACE, sent(someone.get(PLACE), v__askDue=typed))
    assert values(company)["askDue"] == kept
    page = someone.get(PLACE)
    assert page.tree.xpath("//select[@name='u:askDue']"), "its unit is still chosen from a list"
    someone.send(PLACE, sent(page, v__askDue="7", u__askDue="wd"))
    assert values(company)["askDue"] == "7wd"


@pytest.mark.parametrize("typed", ["99999", "-1", "1e3", "", "0", "1000"])
def test_a_limit_that_is_refused_says_what_is_possible(company: databases.Database, signed_in: SignedIn, typed: str) -> None:
    someone = signed_in("owner")
    page = someone.send(PLACE, sent(someone.get(PLACE), v__askDue=typed, u__askDue="wd"), 422)
    assert ("大于 0" if typed == "0" else "999 个工作日") in at(page, "value-askDue-fault")


def test_a_number_of_days_is_refused_at_its_field_with_its_bounds(company: databases.Database, signed_in: SignedIn) -> None:
    someone = signed_in("owner")
    for typed, told in (("0", "时限不能为 0"), ("99999", "最多填 999 个工作日")):
        page = someone.send(PLACE, sent(someone.get(PLACE), v__answerDays=typed), 422)
        assert f"按此值，时限为 {typed} 个工作日。" in at(page, "value-answerDays-fault")
        assert told in at(page, "value-answerDays-fault")
    someone.send(PLACE, sent(someone.get(PLACE), v__answerDays="１２"))
    assert values(company)["answerDays"] == 12


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("unread", "0", "请填 1 到 5 的整数。"),
        ("unread", "6", "请填 1 到 5 的整数。"),
        ("unread", "abc", "请填 1 到 5 的整数。"),
        ("checkDays", "7、0", "请填 1 到 999 的整数，一个比一个大。"),
        ("checkDays", "30、7", "请填 1 到 999 的整数，一个比一个大。"),
        ("checkDays", "7、7", "请填 1 到 999 的整数，一个比一个大。"),
        ("checkDays", "", "请填 1 到 999 的整数，一个比一个大。"),
        ("answerDays", "1.5", "请填 1 到 999 的整数。"),
        ("answerDays", "", "请填 1 到 999 的整数。"),
    ],
)
def test_what_stands_outside_its_bounds_is_refused_with_them(
    company: databases.Database, signed_in: SignedIn, name: str, typed: str, told: str
) -> None:
    bounds = {"unread": {"least": 1, "most": 5}, "checkDays": {"least": 1, "most": 999, "rising": True}}
    with company.transaction(COMPANY) as session:
        settings = {**values(company), "bounds": bounds}
        session.execute(
            update(models.Company).values(settings=settings, organisation_version=models.Company.organisation_version + 1)
        )
    before, someone = values(company), signed_in("owner")
    page = someone.send(PLACE, sent(someone.get(PLACE), **{f"v__{name}": typed}), 422)
    assert at(page, f"value-{name}-fault") == told and values(company) == before
    assert typed in page.text
    someone.send(PLACE, sent(someone.get(PLACE), v__unread="4", v__checkDays="7、30"))
    assert values(company) == {**before, "unread": 4, "checkDays": [7, 30]}


def test_the_page_of_a_process_tells_its_deadline_and_no_formula(
    company: databases.Database, cast: Cast, signed_in: SignedIn
) -> None:
    for name, due in (("given", '=string(setting("answerDays")) + "wd"'), ("each", '=if kind = 1 then "1wd" else "2wd"')):
        steps = (kit.start(), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
        kit.deploy(company, cast.owner, kit.diagram(name, *steps, due=due))
    someone = signed_in("owner")
    assert "3 个工作日" in someone.get("/processes/given").words("dl")
    assert "由每张单据算出" in someone.get("/processes/each").words("dl") and "=" not in someone.get("/processes/each").words(
        "dl"
    )


def test_of_two_at_once_the_second_is_told_and_sees_what_is_there(company: databases.Database, signed_in: SignedIn) -> None:
    someone = signed_in("owner")
    first = sent(someone.get(PLACE))
    someone.send(PLACE, {**first, "v:answerDays": "4"})
    page = someone.send(PLACE, {**first, "v:answerDays": "6"}, 409)
    assert "欧流程 已将此项由 3 改为 4" in at(page, "value-answerDays-fault")
    assert values(company)["answerDays"] == 4
    someone.send(PLACE, sent(page))
    assert values(company)["answerDays"] == 6, "now he has seen it"
    assert "没有保存" in someone.send(PLACE, {**sent(page), "was:gone": "1", "v:gone": "2"}, 409).words("@role='alert'")


def test_a_yes_or_no_is_asked_again_while_cases_run(company: databases.Database, cast: Cast, signed_in: SignedIn) -> None:
    kit.begin(company, cast.clerk, "asks")
    someone = signed_in("owner")
    page = someone.get(PLACE)
    assert "现有 1 张单据在办" in page.words(".keep-bar")
    page = someone.send(PLACE, sent(page, v__takesNote="no"), 409)
    assert "1 张单据在办" in page.words("@role='alert'") and values(company)["takesNote"] is True
    someone.send(PLACE, {**sent(page), "sure": "yes"})
    assert values(company)["takesNote"] is False


def test_what_the_file_says_otherwise_stands_beside_and_the_page_is_narrowed_by_typing(
    company: databases.Database, signed_in: SignedIn
) -> None:
    with company.transaction() as session:
        said = {"settings": {**VALUES, "answerDays": 9}}
        session.add(models.FolderEntry(key=1, company_id=COMPANY, kind="company", name=COMPANY, said=said))
    someone = signed_in("owner")
    assert "单位文件中为：9" in at(someone.get(PLACE), "line-answerDays")
    assert "付款" in someone.get(f"{PLACE}?q=付款").words(".own-values") and "ask" not in sent(someone.get(f"{PLACE}?q=付款"))
    assert "没有这样的参数" in someone.get(f"{PLACE}?q=无此参数").words()
    page = someone.get(f"{PLACE}?q=answerDays")
    assert [name for name in sent(page) if name.startswith("v:")] == ["v:answerDays"]
    someone.send(f"{PLACE}?q=answerDays", sent(page, v__answerDays="5"))
    assert values(company)["answerDays"] == 5 and values(company)["address"] == VALUES["address"]


def test_auditors_look_and_others_are_refused(company: databases.Database, signed_in: SignedIn, cast: Cast) -> None:
    with company.transaction(COMPANY) as session:
        roles.grant(session, cast.owner, "outsider", "auditor", "", now=kit.NOW)
    auditor = signed_in("outsider")
    page = auditor.get(PLACE)
    assert "2 个工作日" in at(page, "line-askDue") and "80%" in at(page, "line-share") and "是" in at(page, "line-takesNote")
    assert not page.tree.xpath(
        "//form[contains(@class, 'own-values')]//*[@name != 'csrf_token'] | //main//button[@type='submit' and not(ancestor::form[@role='search'])]"
    )
    auditor.send(PLACE, {"was:answerDays": "3", "v:answerDays": "4"}, 403)
    clerk = signed_in("clerk")
    clerk.get(PLACE, 403)
    clerk.get(f"{PLACE}/find?add=x", 403)
    clerk.send(PLACE, {}, 403)
    assert values(company)["answerDays"] == 3


def test_what_is_no_length_of_time_is_told_without_the_notation_of_files(
    company: databases.Database, signed_in: SignedIn
) -> None:
    someone = signed_in("owner")
    for typed, told in (("abc", "2 个工作日"), ("0", "时限不能为 0")):
        answer = someone.send(PLACE, sent(someone.get(PLACE), v__askDue=typed, u__askDue="wd"), status=422)
        assert told in at(answer, "value-askDue-fault") and "wd" not in at(answer, "value-askDue-fault")
        assert values(company) == VALUES
