"""What somebody wrote into a case finds it among his own, and nobody finds a case by what others wrote."""

from __future__ import annotations

from typing import Any

import pytest

from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.inbox import my_cases
from engine.storage import database as databases
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.engine.queries.test_inbox_query import counted

NOW = kit.NOW
KINDS = {
    "key": "kind",
    "id": "kind",
    "type": "select",
    "label": "类别",
    "values": [{"value": "annual", "label": "年休假"}, {"value": "sick", "label": "病假"}],
}


def deploy(database: databases.Database, cast: Cast) -> None:
    private = kit.text_field("phone") | {"properties": {"personal": "true"}}
    fields = kit.text_field("reason"), KINDS, private
    task = kit.task("approve", groups="客服专员", form="answer")
    content = kit.start(form="request"), task, kit.end(), kit.chain("started", "approve", "done")
    forms = kit.form("request", *fields), kit.form("answer", kit.text_field("advice"))
    kit.deploy(database, cast.owner, kit.diagram("leave", *content, may_start=["*"]), *forms)


def begun(database: databases.Database, by: Actor, search: str) -> list[int]:
    with database.reading(COMPANY) as session:
        filters = my_cases.MyCasesFilters(search=search)
        return [each.key for each in my_cases.started(session, by, filters, paging.WantedPage(), now=NOW).rows]


def handled(database: databases.Database, by: Actor, search: str) -> list[int]:
    with database.reading(COMPANY) as session:
        filters = my_cases.MyCasesFilters(search=search)
        return [each.instance_key for each in my_cases.done(session, by, filters, paging.WantedPage(), now=NOW).rows]


@pytest.mark.both_databases
def test_one_finds_ones_own_cases_by_what_one_wrote_and_no_others(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast)
    given: dict[str, Any] = {"reason": "回家看病", "kind": "annual", "phone": "13812345678"}
    wanted = kit.begin(database, cast.clerk2, "leave", given)
    other = kit.begin(database, cast.clerk2, "leave", {"reason": "搬家", "kind": "sick"})
    kit.complete(database, cast.clerk, wanted, "approve", {"advice": "注意休息"})
    kit.complete(database, cast.clerk, other, "approve", {"advice": "已安排"})
    number = kit.instance(database, wanted).number
    for search in ("看病", "回家 年休假", "年休", f"看病 {number}"):
        assert begun(database, cast.clerk2, search) == [wanted], search
    assert begun(database, cast.clerk2, "家") == [other, wanted]
    assert begun(database, cast.clerk2, "家 病假") == [other]
    assert handled(database, cast.clerk, "休息") == [wanted] and handled(database, cast.clerk, "安排") == [other]
    for search in ("休息", "13812345678", "reason", "annual"):  # another's words, masked ones, what only the program says
        assert begun(database, cast.clerk2, search) == [], search
    assert handled(database, cast.clerk, "看病") == [] and begun(database, cast.clerk, "看病") == []


@pytest.mark.both_databases
def test_a_search_among_ones_own_cases_takes_one_statement_more_however_many_there_are(
    database: databases.Database, cast: Cast
) -> None:
    deploy(database, cast)
    for count in (1, 12):
        for n in range(count):
            kit.complete(database, cast.clerk, kit.begin(database, cast.clerk, "leave", {"reason": f"看病{n}"}), "approve", {})
        with database.reading(COMPANY) as session:
            for read, most in ((my_cases.started, 3), (my_cases.done, 4)):
                for search, more in (("", 0), ("看病", 1)):
                    filters = my_cases.MyCasesFilters(search=search)
                    read(session, cast.clerk, filters, paging.WantedPage(), now=NOW)  # type: ignore[operator]
                    with counted(database) as statements:
                        read(session, cast.clerk, filters, paging.WantedPage(), now=NOW)  # type: ignore[operator]
                    assert len(statements) <= most + more, statements
