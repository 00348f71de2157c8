"""What somebody types into a list finds a case: number, title, summary, declared values, step, people, and pinyin initials."""

from __future__ import annotations

import pytest

from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.inbox import inbox, my_cases
from engine.storage import database as databases
from tests import cast as casting
from tests.cast import COMPANY, Cast
from tests.engine import kit

NOW = kit.NOW


def deploy(database: databases.Database, cast: Cast, number: str | None = None, **supplier: object) -> None:
    """A purchase of one step; `supplier` are more attributes of that field of the start form."""
    settings: dict[str, object] = {
        **({"number": number} if number else {}),
        "title_of_case": '="采购：" + goods',
        "summary": [{"label": "用途", "value": "=use"}],
        "searched": ["=supplier"],
    }
    fields = kit.text_field("goods"), kit.text_field("use"), kit.text_field("supplier") | supplier
    task = kit.task("审核报价", groups="客服专员")
    content = kit.start(form="f"), task, kit.end(), kit.chain("started", "审核报价", "done")
    kit.deploy(database, cast.owner, kit.diagram("p", *content, may_start=["*"], **settings), kit.form("f", *fields))


def begin(database: databases.Database, by: Actor, goods: str, use: str, supplier: str) -> int:
    return kit.begin(database, by, "p", {"goods": goods, "use": use, "supplier": supplier})


def found(database: databases.Database, by: Actor, search: str, *, size: int = paging.SIZE, sort: str = "") -> list[int]:
    with database.reading(COMPANY) as session:
        asked = inbox.InboxFilters(search=search, sort=sort)
        rows = inbox.open_tasks(session, by, asked, paging.WantedPage(size=size), now=NOW).rows
    return [line.instance_key for line in rows]


@pytest.mark.both_databases
@pytest.mark.parametrize("looked_through", [500, 1])
def test_every_kind_of_word_finds_the_task(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch, looked_through: int
) -> None:
    """Whether it stands among the first, or only the index of letters knows it."""
    monkeypatch.setattr(inbox, "LOOKED_THROUGH", looked_through)
    deploy(database, cast)
    begin(database, cast.manager, "桌椅", "会议室", "北方木业")
    wanted = begin(database, cast.clerk2, "电脑 X1_a", "市场部", "长河物流")
    begin(database, cast.manager, "纸张", "文印室", "东方纸业")
    number = kit.instance(database, wanted).number
    for search in ("电脑", "x1_A", "cgdn", "市场", "scb", "长河", "chwl", number, "程办事", "cbs", "长河 电脑 审核", "脑"):
        assert found(database, cast.clerk, search) == [wanted], search
    for search in ("电视", "长河 桌椅", "x1%a", "1_b", "chwx"):
        assert found(database, cast.clerk, search) == [], search
    assert len(found(database, cast.clerk, "审核报价")) == 3
    with database.reading(COMPANY) as session:
        mine = my_cases.started(session, cast.clerk2, my_cases.MyCasesFilters(search="chwl"), paging.WantedPage(), now=NOW).rows
    assert [line.key for line in mine] == [wanted]


def test_what_somebody_did_is_found_by_who_began_the_case(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast)
    wanted, other = (
        begin(database, cast.clerk2, "电脑", "市场部", "长河"),
        begin(database, cast.manager, "纸张", "文印室", "东方"),
    )
    for key in (wanted, other):
        kit.complete(database, cast.clerk, key, "审核报价")
    with database.reading(COMPANY) as session:
        for search, cases in (("程办事", [wanted]), ("cbs", [wanted]), ("程办事 纸张", []), ("纸张", [other])):
            filters = my_cases.MyCasesFilters(search=search)
            done = my_cases.done(session, cast.clerk, filters, paging.WantedPage(), now=NOW).rows
            assert [line.instance_key for line in done] == cases, search


@pytest.mark.both_databases
def test_pages_of_what_is_found_meet_without_gap_or_repeat(
    postgres_database: databases.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, cast = postgres_database, casting.assemble(postgres_database)
    monkeypatch.setattr(inbox, "LOOKED_THROUGH", 2)
    deploy(database, cast)
    keys = [begin(database, cast.clerk, f"货物{'甲乙'[n % 2]}", "库房", "商家") for n in range(12)]
    filters, after, seen = inbox.InboxFilters(search="货物甲", sort="arrival"), "", list[int]()
    while True:
        with database.reading(COMPANY) as session:
            page = inbox.open_tasks(session, cast.clerk, filters, paging.WantedPage(size=2, after=after), now=NOW)
        seen += [line.instance_key for line in page.rows]
        after = page.next
        if not after:
            break
    assert seen == keys[::2][::-1]


def test_a_step_that_stood_open_is_found_by_the_title_that_another_step_gave(database: databases.Database, cast: Cast) -> None:
    fork, join = kit.node("parallelGateway", "fork"), kit.node("parallelGateway", "join")
    tasks = kit.task("a", groups="客服专员", form="f"), kit.task("b", groups="客服专员"), kit.task("c", groups="客服专员")
    flows = kit.chain("started", "fork", "a", "c", "join", "done"), kit.chain("fork", "b", "join")
    settings = {"title_of_case": "=subject", "may_start": ["*"]}
    content = kit.start(form="f"), fork, *tasks, join, kit.end(), *flows
    kit.deploy(database, cast.owner, kit.diagram("p", *content, **settings), kit.form("f", kit.text_field("subject")))
    case = kit.begin(database, cast.clerk, "p", {"subject": "旧名称"})
    assert found(database, cast.clerk, "旧名称") == [case, case]
    kit.complete(database, cast.clerk, case, "a", {"subject": "新标题"})
    assert found(database, cast.clerk, "新标题") == [case, case] and found(database, cast.clerk, "旧名称") == []


def test_personal_data_is_found_as_lists_show_it_and_no_further(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, properties={"personal": "true"})
    case = begin(database, cast.clerk2, "电脑", "市场部", "13812345678")
    assert "13812345678" not in kit.instance(database, case).words
    assert found(database, cast.clerk, "13812345678") == [] and found(database, cast.clerk, "电脑") == [case]


def test_a_whole_number_finds_its_case_and_not_those_that_name_it(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast)
    wanted = begin(database, cast.clerk2, "电脑", "市场部", "长河物流")
    number = kit.instance(database, wanted).number
    other = begin(database, cast.clerk2, f"退货 {number}", "市场部", "长河物流")
    assert found(database, cast.clerk, number) == [wanted]
    assert found(database, cast.clerk, number[:-1]) == [wanted, other]


@pytest.mark.both_databases
@pytest.mark.parametrize("looked_through", [500, 1])
def test_a_number_is_found_in_full_width_letters_and_without_its_dashes(
    database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch, looked_through: int
) -> None:
    monkeypatch.setattr(inbox, "LOOKED_THROUGH", looked_through)
    deploy(database, cast, number="QJ-{year}-{seq:04}")
    begin(database, cast.manager, "纸张", "文印室", "东方纸业")
    wanted = begin(database, cast.clerk2, "电脑", "市场部", "长河物流")
    begin(database, cast.clerk2, "退货 QJ-2026-0002", "市场部", "北方木业")
    assert kit.instance(database, wanted).number == "QJ-2026-0002"
    for search in (
        "QJ20260002",
        "qj2026-0002",
        "ＱＪ－２０２６－０００２",
        "ＱＪ２０２６０００２",
        "QJ—2026—0002",
        "ＱＪ20260002 ｃｈｗｌ",
    ):
        assert found(database, cast.clerk, search) == [wanted], search
        with database.reading(COMPANY) as session:
            filters = my_cases.MyCasesFilters(search=search)
            mine = my_cases.started(session, cast.clerk2, filters, paging.WantedPage(), now=NOW).rows
        assert [line.key for line in mine] == [wanted], search
    assert found(database, cast.clerk, "QJ20260009") == []
