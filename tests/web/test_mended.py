"""Who gets a step again after the case was sent back reads what was asked and what was changed since; the case keeps what was there before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from engine.people import organisation
from engine.storage import database as databases
from engine.storage import models
from tests.cast import Cast
from tests.engine import kit
from tests.web.pages import Browser

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
START = "started"


@pytest.fixture
def case(database: databases.Database, cast: Cast) -> int:
    """A request for 2 days that its approver has sent back."""
    fields = ({**kit.text_field("days"), "label": "天数"}, {**kit.text_field("why"), "label": "事由"})
    return _begun(database, cast, {"days": "2", "why": "探亲"}, *fields)


def _begun(database: databases.Database, cast: Cast, given: dict[str, object], *fields: dict[str, object]) -> int:
    """A request with such a form, to be approved by one of two."""
    approve = kit.task("approve", users="head,clerk2", kind="approve", **{"return": "initiator"})
    drawn = kit.diagram("request", kit.start(form="request"), approve, kit.end(), kit.chain("started", "approve", "done"))
    kit.deploy(database, cast.owner, kit.form("request", *fields), drawn)
    return kit.begin(database, cast.clerk, "request", given)


def _send_back(browser: Browser, task: int) -> None:
    browser.post(f"/tasks/{task}/return", target=f"{START}|step_by_step", reason="天数不对，应为 5 天")


def test_the_approver_reads_what_he_asked_and_what_was_changed(
    database: databases.Database, cast: Cast, signed_in: Callable[..., Browser], case: int
) -> None:
    head = signed_in("head")
    _send_back(head, kit.open_task(database, case, "approve"))
    kit.complete(database, cast.clerk, case, START, {"days": "5", "why": "探亲"})
    strip = head.get(f"/tasks/{kit.open_task(database, case, 'approve')}").words(".strip")
    assert strip.startswith("您在“approve”退回") and "天数不对，应为 5 天" in strip, strip
    assert "此后已改：天数 2 → 5" in strip and "事由" not in strip, strip


ROWS = {"type": "dynamiclist", "path": "items", "label": "资料"}
COLUMNS = [
    {**kit.text_field(key), "label": label} for key, label in (("customer", "客户"), ("period", "期间"), ("copies", "份数"))
]
BEFORE = [("青禾", "2015—2018 年", "2"), ("汇众", "2015—2018 年", "2"), ("天成", "2015—2018 年", "2"), ("恒晟", "2015 年", "2")]


def _listed(rows: list[tuple[str, str, str]]) -> dict[str, object]:
    return {"items": [dict(zip(("customer", "period", "copies"), row, strict=True)) for row in rows]}


def _changed(
    database: databases.Database,
    cast: Cast,
    head: Browser,
    before: list[tuple[str, str, str]],
    after: list[tuple[str, str, str]],
) -> str:
    """What the approver of a list reads that he sent back and that was changed since."""
    case = _begun(database, cast, _listed(before), {**ROWS, "components": COLUMNS})
    _send_back(head, kit.open_task(database, case, "approve"))
    kit.complete(database, cast.clerk, case, START, _listed(after))
    return head.get(f"/tasks/{kit.open_task(database, case, 'approve')}").words(".strip")


@pytest.mark.parametrize(
    ("after", "wanted", "unwanted"),
    [
        (
            [*BEFORE[:2], ("天成", "2010—2016 年", "2"), BEFORE[3]],
            ["第 3 项 期间 2015—2018 年 → 2010—2016 年"],
            ["第 1 项", "份数"],
        ),
        ([*BEFORE, ("新城", "2012 年", "1")], ["新增第 5 项（新城）"], ["第 4 项 ", "删去"]),
        (BEFORE[1:], ["删去原第 1 项（青禾）"], ["新增", "第 2 项 ", "→"]),
        (
            [BEFORE[1], ("天成", "2010—2016 年", "3"), ("新城", "2012 年", "1"), BEFORE[3]],
            ["第 2 项 期间 2015—2018 年 → 2010—2016 年、份数 2 → 3", "新增第 3 项（新城）", "删去原第 1 项（青禾）"],
            ["第 4 项"],
        ),
    ],
)
def test_of_a_list_the_rows_that_were_changed_are_told(
    database: databases.Database,
    cast: Cast,
    signed_in: Callable[..., Browser],
    after: list[tuple[str, str, str]],
    wanted: list[str],
    unwanted: list[str],
) -> None:
    strip = _changed(database, cast, signed_in("head"), BEFORE, after)
    assert "此后已改：资料" in strip and all(each in strip for each in wanted), strip
    assert not any(each in strip for each in unwanted), strip


def test_of_many_changed_rows_the_first_are_told_and_how_many_more(
    database: databases.Database, cast: Cast, signed_in: Callable[..., Browser]
) -> None:
    before, after = ([(f"客户{number}", "2015 年", copies) for number in range(20)] for copies in ("1", "2"))
    strip = _changed(database, cast, signed_in("head"), before, after)
    assert "第 1 项 份数 1 → 2" in strip and "第 20 项" not in strip and "另有 14 项有改动" in strip, strip


def test_of_two_people_of_one_name_only_who_sent_it_back_is_addressed(
    database: databases.Database, cast: Cast, signed_in: Callable[..., Browser], case: int
) -> None:
    _send_back(signed_in("head"), kit.open_task(database, case, "approve"))
    kit.complete(database, cast.clerk, case, START, {"days": "5", "why": "探亲"})
    with database.transaction("acme") as session:
        session.execute(update(models.Person).where(models.Person.username == "clerk2").values(name=cast.head.name))
        organisation.changed(session, "acme")
    address = f"/tasks/{kit.open_task(database, case, 'approve')}"
    assert signed_in("clerk2").get(address).words(".strip").startswith("何负责（head）在“approve”退回")
    assert signed_in("head").get(address).words(".strip").startswith("您在“approve”退回")


def test_what_was_sent_again_as_it_was_says_so(
    database: databases.Database, cast: Cast, signed_in: Callable[..., Browser], case: int
) -> None:
    head = signed_in("head")
    _send_back(head, kit.open_task(database, case, "approve"))
    kit.complete(database, cast.clerk, case, START, {"days": "2", "why": "探亲"})
    assert "此后填写内容没有改动。" in head.get(f"/tasks/{kit.open_task(database, case, 'approve')}").words(".strip")


def test_the_case_keeps_what_the_first_round_wrote(
    database: databases.Database, cast: Cast, signed_in: Callable[..., Browser], case: int
) -> None:
    _send_back(signed_in("head"), kit.open_task(database, case, "approve"))
    kit.complete(database, cast.clerk, case, START, {"days": "5", "why": "探亲"})
    page = signed_in("clerk").get(f"/cases/{case}")
    told, held = page.words("details"), page.words(".known")
    assert "第 1 轮" in told and "天数 2" in told, told
    assert "天数 5" in held and "修改" not in held, "he filled it in anew: nobody changed what he wrote"
