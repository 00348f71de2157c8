"""Columns by person: which, in which order, how wide; on the page and in the file, and for nobody else."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pytest

from engine import errors
from engine.storage import database as databases
from engine.verbs.sharing import list_layouts
from engine.verbs.sharing.list_layouts import LaidColumn
from tests.cast import COMPANY, Cast
from tests.web.cases import Purchases
from tests.web.pages import Browser

SignedIn = Callable[..., Browser]


def heads(someone: Browser, path: str) -> list[str]:
    return [" ".join(each.text_content().split()) for each in someone.get(path).tree.xpath("//table//thead//th")]


def exported(someone: Browser, path: str) -> list[str]:
    """The head of the list as a file."""
    with zipfile.ZipFile(io.BytesIO(someone.client.get(path).data)) as book:
        first = re.search(r"<row r=\"1\".*?</row>", book.read("xl/worksheets/sheet1.xml").decode())
    assert first
    return re.findall(r"<t[^>]*>(.*?)</t>", first[0])


def choose(someone: Browser, name: str, *shown: str, **more: str) -> None:
    someone.get(f"/inbox/columns/{name}")
    someone.send(f"/inbox/columns/{name}", {**{f"show.{each}": "on" for each in shown}, **more})


def test_a_list_shows_the_columns_that_i_chose_in_my_order_and_so_does_its_file(
    signed_in: SignedIn, purchases: Purchases
) -> None:
    purchases.check(purchases.start())
    mine, other = signed_in("clerk"), signed_in("clerk2")
    usual = heads(mine, "/inbox/started")
    assert usual == ["标题", "单号", "发起时间", "当前环节", "时限", "状态"]
    choose(mine, "started", "number", "process", "state", **{"width.state": "wide", "down": "number"})
    assert heads(mine, "/inbox/started") == ["标题", "流程", "单号", "状态"]
    assert exported(mine, "/inbox/started/export") == ["标题", "流程", "单号", "状态"]
    assert "wide-column" in mine.get("/inbox/started").tree.xpath("//th[.='状态']/@class")[0]
    assert heads(other, "/inbox/started") == [] and len(heads(other, "/inbox/done")) == 7
    choose(mine, "started", reset="1")
    assert heads(mine, "/inbox/started") == usual


def test_the_second_line_of_the_inbox_says_what_i_chose(signed_in: SignedIn, purchases: Purchases) -> None:
    purchases.start()
    someone = signed_in("clerk2")
    choose(someone, "open", "number", "initiator")
    line = someone.get("/inbox").words(".two")
    assert "采购 打印纸 · CG-20260302-0001 · 陈办事 客服部" in line and "数量" not in line
    assert exported(someone, "/inbox/export") == ["标题", "环节", "时限", "单号", "发起人"]


def test_what_is_no_column_is_refused_and_nothing_kept(database: databases.Database, cast: Cast) -> None:
    wrong = [
        ([LaidColumn("nummer", is_shown=True)], "did you mean “number”"),
        ([LaidColumn("number", is_shown=True, width="9px")], "narrow, normal or wide"),
        ([LaidColumn("number", is_shown=False)], "at least one column"),
    ]
    for columns, told in wrong:
        with pytest.raises(errors.Invalid, match=told), database.transaction(COMPANY) as session:
            list_layouts.save(session, cast.clerk, "started", columns)
    with pytest.raises(errors.NotFound), database.transaction(COMPANY) as session:
        list_layouts.save(session, cast.clerk, "others", [LaidColumn("number", is_shown=True)])
    with database.reading(COMPANY) as session:
        assert not list_layouts.layout_of(session, cast.clerk, "started").is_own


def test_lists_of_copies_questions_and_followed_cases_are_laid_out_too(signed_in: SignedIn, purchases: Purchases) -> None:
    case = purchases.start()
    signed_in("clerk").post(f"/cases/{case}/copy_to", people="outsider", text="请知悉")
    reader = signed_in("outsider")
    reader.post(f"/cases/{case}/follow")
    copies = reader.get("/inbox/copies")
    assert copies.words(".from") == "陈办事抄送给您：“请知悉”"
    assert copies.words(".two") == "CG-20260302-0001 · 采购申请 · 陈办事" and copies.words(".where").startswith("核对库存 ")
    choose(reader, "copies", "text", "number", "by", down="by")
    laid_out = reader.get("/inbox/copies")
    assert laid_out.words(".two") == "CG-20260302-0001 · “请知悉” · 来自陈办事" and laid_out.words(".from") == ""
    assert exported(reader, "/inbox/copies/export") == ["标题", "何时", "状态", "单号", "附言或问题", "来自"]
    followed = reader.get("/inbox/followed")
    assert followed.words(".two") == "CG-20260302-0001 · 采购申请 · 陈办事" and followed.words(".where").startswith("核对库存 ")
    assert reader.page.words(".reason") == "您关注的单据，只看进展，不用办。" and "剩" in reader.page.words(".limit")
    choose(reader, "followed", "initiator")
    assert reader.get("/inbox/followed").words(".two") == "陈办事"
    assert (
        "列设置" in reader.get("/inbox/asked").words(".filters") and "列宽" not in reader.get("/inbox/columns/consulted").text
    )
