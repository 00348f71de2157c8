"""Register lines: right after every change of a case, over all of them, whatever is deployed, rated or destroyed later."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from engine import feel
from engine.background import housekeeping, worker
from engine.cases import look_ups
from engine.cases.lines import cells, register_lines
from engine.definitions.settings import Column
from engine.people import organisation
from engine.queries import paging
from engine.queries.records import register_list
from engine.queries.records.register_list import Condition, RegisterFilters, RegisterLine
from engine.storage import database as databases
from engine.storage import keys, models
from engine.verbs.running import process_instances
from tests.cast import Cast
from tests.engine import kit

SHANGHAI = ZoneInfo("Asia/Shanghai")
KIND, LOSS, ON = Column("类别", "=kind"), Column("损失", "=loss", "number"), Column("日期", "=on", "datetime")
REGISTER = [{"label": each.label, "value": each.value, "type": each.type} for each in (KIND, LOSS, ON)]
IDS = {each.label: cells.column_id(each) for each in (KIND, LOSS, ON)}

VALUE_OF: dict[str, Callable[[RegisterLine], Any]] = {
    "": lambda line: line.key,
    "number": lambda line: line.number,
    "started": lambda line: line.started_at,
    "ended": lambda line: line.ended_at,
    "类别": lambda line: line.values[0],
    "损失": lambda line: line.values[1],
}


def deploy(database: databases.Database, cast: Cast, *columns: dict[str, str]) -> None:
    fields = [kit.text_field("kind"), kit.text_field("on"), {"type": "number", "key": "loss", "label": "损失"}]
    answer = kit.form("answer", *fields)
    steps = (
        kit.start(form="request"),
        kit.task("a", groups="客服专员", form="answer"),
        kit.end(),
        kit.chain("started", "a", "done"),
    )
    diagram = kit.diagram("matter", *steps, register=list(columns or REGISTER), managers=["主管领导"], number="N-{seq:05}")
    kit.deploy(database, cast.owner, kit.form("request", *fields), answer, diagram)


def load(
    database: databases.Database, cast: Cast, wanted: paging.WantedPage | None = None, **filters: Any
) -> register_list.Register:
    with database.reading("acme") as session:
        return register_list.register(
            session, cast.manager, "matter", RegisterFilters(**filters), wanted or paging.WantedPage(), now=kit.NOW
        )


def shown(database: databases.Database, cast: Cast, **filters: Any) -> list[tuple[Any, ...]]:
    return [line.values for line in load(database, cast, **filters).page.rows]


def asked(label: str, comparison: Any, value: str = "1") -> dict[str, Any]:
    return {"conditions": (Condition(IDS[label], comparison, value),)}


def work(database: databases.Database, now: datetime) -> None:
    background = worker.Worker(database, lambda: now, "w")
    while background.run_once():
        pass


@pytest.fixture
def three(database: databases.Database, cast: Cast) -> list[int]:
    deploy(database, cast)
    given = [
        {"kind": "大客户", "loss": "0.1", "on": "2026-03-01T16:30:00Z"},
        {"kind": "非大客户", "loss": "0.2", "on": "2026-03-02"},
        {"kind": "100%", "loss": None, "on": "立即"},
    ]
    return [kit.begin(database, cast.clerk, "matter", each) for each in given]


def kinds(lines: list[tuple[Any, ...]]) -> list[str]:
    return [values[0] for values in lines]


def test_a_line_shows_what_the_case_knows_and_follows_its_changes(
    three: list[int], database: databases.Database, cast: Cast
) -> None:
    assert shown(database, cast) == [
        ("100%", None, "立即"),
        ("非大客户", Decimal("0.2"), "2026-03-02"),
        ("大客户", Decimal("0.1"), "2026-03-02T00:30"),
    ]
    kit.complete(database, cast.clerk, three[0], "a", {"kind": "其他", "loss": "12", "on": ""})
    assert shown(database, cast)[-1] == ("其他", Decimal(12), None)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("label", "comparison", "value", "found"),
    [
        ("类别", "is", "大客户", ["大客户"]),
        ("类别", "has", "大客户", ["非大客户", "大客户"]),
        ("类别", "has", "%", ["100%"]),
        ("损失", "from", "0.1", ["非大客户", "大客户"]),
        ("损失", "to", "0.15", ["大客户"]),
        ("损失", "empty", "1", ["100%"]),
        ("日期", "from", "2026-03-02", ["100%", "非大客户", "大客户"]),
        ("日期", "to", "2026-03-01", []),
        ("日期", "empty", "1", []),
    ],
)
def test_lines_are_found_by_the_values_of_their_columns(
    label: str, comparison: str, value: str, found: list[str], three: list[int], database: databases.Database, cast: Cast
) -> None:
    expected = [each for each in found if not (label == "日期" and each == "100%")]  # 立即 is no day
    assert kinds(shown(database, cast, **asked(label, comparison, value))) == expected


def test_the_search_finds_what_the_columns_show(three: list[int], database: databases.Database, cast: Cast) -> None:
    for text, expected in {"大客": ["非大客户", "大客户"], "立即": ["100%"], "0.2": ["非大客户"], "_": []}.items():
        assert kinds(shown(database, cast, search=text)) == expected


def test_what_occurs_in_a_column_is_offered_with_its_frequency(
    three: list[int], database: databases.Database, cast: Cast
) -> None:
    kit.begin(database, cast.clerk, "matter", {"kind": "大客户"})
    with database.reading("acme") as session:
        register = load(database, cast)
        found = register_list.values(session, cast.manager, register, IDS["类别"], now=kit.NOW)
        assert found[0] == ("大客户", 2) and len(found) == 3
        assert register_list.values(session, cast.manager, register, IDS["损失"], now=kit.NOW) == []


def test_earlier_cases_with_the_same_value_are_counted(database: databases.Database, cast: Cast, now: datetime) -> None:
    deploy(database, cast)
    first, *_ = [kit.begin(database, cast.clerk, "matter", {"kind": kind}, now=now) for kind in ("大客户", "大客户", "散户")]
    mistaken = kit.begin(database, cast.clerk, "matter", {"kind": "大客户"}, now=now)
    with database.transaction("acme") as session:
        process_instances.cancel(session, cast.manager, mistaken, "登记有误", now=now)

    def ask(
        value: Any, column: str = "类别", days: int = 90, later: timedelta = timedelta(days=30), own: int | None = None
    ) -> Any:
        with database.reading("acme") as session:
            company = organisation.current(session, "acme")
            case = session.get(models.ProcessInstance, own) if own else None
            functions = look_ups.seen_from(session, company, case, now=now + later)
            text = 'earlier cases("matter", column, value, days)'
            context = {"column": column, "value": value, "days": days}
            return feel.evaluate(text, context, functions=functions, now=now + later)

    assert ask("大客户") == 2 and ask("大客户", own=first) == 1 and ask("没有") == ask(None) == 0
    assert ask("大客户", days=90, later=timedelta(days=91)) == 0
    with pytest.raises(feel.FeelError, match="类别"):
        ask("大客户", column="类型别")


def test_the_number_of_a_case_and_who_handled_the_last_one_are_looked_up(
    database: databases.Database, cast: Cast, now: datetime
) -> None:
    deploy(database, cast)
    first, second = (kit.begin(database, cast.clerk, "matter", {"kind": "大客户"}, now=now) for _ in range(2))
    kit.complete(database, cast.clerk2, first, "a", {"kind": "大客户"}, now=now)

    def ask(text: str, own: int | None = None) -> Any:
        with database.reading("acme") as session:
            company = organisation.current(session, "acme")
            case = session.get(models.ProcessInstance, own) if own else None
            functions = look_ups.seen_from(session, company, case, now=now)
            return feel.evaluate(text, {"number": kit.instance(database, first).number}, functions=functions, now=now)

    assert ask('earlier cases("matter", "单号", number, 90)') == 1
    assert ask('earlier cases("matter", "单号", replace(number, "-", ""), 90)') == 1
    assert ask('earlier cases("matter", "单号", "N-99999", 90)') == 0
    last = 'earlier handler("matter", "类别", "大客户", 90, "a")'
    assert ask(last) == ask(last, own=second) == "clerk2"  # the newer one has not come so far
    assert ask(last, own=first) is None and ask('earlier handler("matter", "类别", "散户", 90, "a")') is None


def many(database: databases.Database, count: int) -> None:
    """Cases of the process beside those that were started, written straight into the table."""
    template = kit.rows(database, models.ProcessInstance)[0]
    common = {
        column.key: getattr(template, column.key) for column in models.ProcessInstance.__table__.c if column.key != "tokens"
    }
    rows = []
    for number in range(count):
        key = keys.new()
        cells = {IDS["类别"]: f"类{number % 7}", IDS["损失"]: f"{number % 10}.{number % 3}"}
        if number % 5 == 0:
            del cells[IDS["损失"]]
        line = {"of": template.register["of"], "cells": cells, "other": {}}
        ended = kit.NOW + timedelta(minutes=number % 11) if number % 2 else None
        own = {"key": key, "root_key": key, "number": f"M-{number:05}", "register": line, "tokens": {}, "ended_at": ended}
        rows.append({**common, **own})
    with database.transaction() as session:
        session.execute(insert(models.ProcessInstance), rows)


def test_totals_are_exact_and_of_all_filtered_cases_however_many(
    three: list[int], database: databases.Database, cast: Cast
) -> None:
    many(database, 2_500)
    expected = sum((Decimal(f"{n % 10}.{n % 3}") for n in range(2_500) if n % 5), Decimal("0.3"))
    register = load(database, cast)
    assert register.count == 2_503 and register.totals == (None, expected, None)
    third = load(database, cast, **asked("类别", "is", "类3"))
    assert third.totals[1] == sum((Decimal(f"{n % 10}.{n % 3}") for n in range(3, 2_500, 7) if n % 5), Decimal(0))


def test_a_number_column_is_averaged_or_left_alone_where_a_sum_says_nothing(
    three: list[int], database: databases.Database, cast: Cast
) -> None:
    loss = {"label": "损失", "value": "=loss", "type": "number"}
    deploy(database, cast, {**loss, "total": "average"}, {**loss, "value": "=loss + 1", "total": "none"})
    work(database, kit.NOW)
    assert load(database, cast).totals == (Decimal("0.15"), None)
    assert load(database, cast, search="nothing").totals == (None, None)


def walk(database: databases.Database, cast: Cast, sort: str, *, backwards: bool) -> Iterator[RegisterLine]:
    wanted = paging.WantedPage(last=True, size=40) if backwards else paging.WantedPage(size=40)
    while True:
        page = load(database, cast, wanted, sort=sort).page
        yield from reversed(page.rows) if backwards else page.rows
        cursor = page.previous if backwards else page.next
        if not cursor:
            return
        wanted = paging.WantedPage(before=cursor, size=40) if backwards else paging.WantedPage(after=cursor, size=40)


@pytest.mark.both_databases
@pytest.mark.parametrize("sort", ["", "number", "-number", "-started", "ended", "-ended", "类别", "-类别", "损失", "-损失"])
def test_every_order_pages_through_all_lines_once_and_back(
    sort: str, three: list[int], database: databases.Database, cast: Cast
) -> None:
    many(database, 150)
    name = f"-{IDS[sort[1:]]}" if sort[1:] in IDS else IDS.get(sort, sort)
    lines = list(walk(database, cast, name, backwards=False))
    assert len({line.key for line in lines}) == len(lines) == 153
    assert [line.key for line in walk(database, cast, name, backwards=True)] == [line.key for line in reversed(lines)]
    with database.reading("acme") as session:
        _head, streamed = register_list.stream(session, cast.manager, "matter", RegisterFilters(sort=name), now=kit.NOW)
        assert [line.key for line in streamed] == [line.key for line in lines]
    values = [VALUE_OF[sort.lstrip("-")](line) for line in lines]
    filled = list(itertools.takewhile(lambda value: value is not None, values))
    assert filled == sorted(filled, reverse=sort == "" or sort.startswith("-"))
    assert not any(value is not None for value in values[len(filled) :])


def test_a_damaged_address_is_refused_in_words(three: list[int], database: databases.Database, cast: Cast) -> None:
    for sort, position in (("", ["x", 1]), ("ended", ["no moment", 1]), (IDS["损失"], ["many", 1]), ("number", [1, 1])):
        with pytest.raises(register_list.errors.Invalid):
            load(database, cast, paging.WantedPage(after=paging.encode(position)), sort=sort)
    for label, value in (("损失", "viel"), ("日期", "gestern"), ("损失", "NaN"), ("损失", "1e999")):
        with pytest.raises(register_list.errors.Invalid):
            load(database, cast, **asked(label, "from", value))
    assert len(load(database, cast, sort="c0000", conditions=(Condition("c0000", "is", "x"),)).page.rows) == 3


def test_other_columns_after_a_deployment_reach_old_cases_and_stay_with_them(
    three: list[int], database: databases.Database, cast: Cast
) -> None:
    renamed = {"label": "客户类别", "value": "=kind"}
    deploy(database, cast, renamed, {"label": "翻倍", "value": "=loss * 2", "type": "number"})
    before = load(database, cast)
    assert before.waiting == 3 and before.page.rows[1].values == ("非大客户", None)
    work(database, kit.NOW)
    after = load(database, cast)
    assert after.waiting == 0 and after.totals == (None, Decimal("0.6"))
    kit.complete(database, cast.clerk, three[0], "a", {"kind": "其他", "loss": "12", "on": ""})
    assert load(database, cast).page.rows[-1].values == ("其他", Decimal(24))
    assert load(database, cast).waiting == 0


def test_a_deployment_with_the_same_columns_has_nothing_to_enter(
    three: list[int], database: databases.Database, cast: Cast
) -> None:
    deploy(database, cast, *({**each, "label": f"新{each['label']}"} for each in reversed(REGISTER)))
    assert kit.rows(database, models.Job) == [] and load(database, cast).waiting == 0
    assert load(database, cast).page.rows[1].values == ("2026-03-02", Decimal("0.2"), "非大客户")


def test_many_old_cases_are_entered_batch_by_batch(
    three: list[int], database: databases.Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.verbs.register_filling.BATCH", 2)
    with database.transaction() as session:
        session.execute(update(models.ProcessInstance).values(register=None))
    deploy(database, cast, *REGISTER, {"label": "常数", "value": "甲"})
    work(database, kit.NOW)
    register = load(database, cast)
    assert register.waiting == 0 and kinds([line.values for line in register.page.rows]) == ["100%", "非大客户", "大客户"]


def test_columns_that_depend_on_the_clock_are_worked_out_anew_every_night(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, {"label": "今天", "value": "=today()", "type": "date"})
    key = kit.begin(database, cast.clerk, "matter", {})
    assert shown(database, cast) == [("2026-03-02",)]
    kit.complete(database, cast.clerk, key, "a", {})
    tomorrow = kit.NOW + timedelta(days=1)
    with database.transaction() as session:
        housekeeping.daily(session, now=tomorrow)
    work(database, tomorrow)
    assert shown(database, cast) == [("2026-03-03",)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=today()", True),
        ("=department name of(unit)", True),
        ("=name of (receiver)", True),
        ("=kind", False),
        ("today()", False),
        ("=if loss > 1 then known else unknown", False),
    ],
)
def test_what_changes_by_itself_is_known(value: str, expected: bool) -> None:
    assert register_lines.changes_by_itself(Column("x", value)) is expected


@pytest.mark.parametrize(
    ("kind", "value", "fits", "other"),
    [
        ("number", Decimal("1E+3"), "1000", None),
        ("number", " 12.50 ", "12.50", None),
        ("number", True, None, "是"),
        ("number", "1E+999999", None, "1E+999999"),
        ("number", "NaN", None, "NaN"),
        ("datetime", "2026-03-02T09:00:00+08:00", "2026-03-02T09:00", None),
        ("datetime", "2026-03-02T09:00:00@Asia/Tokyo", "2026-03-02T08:00", None),
        ("date", "2026-02-30", None, "2026-02-30"),
        ("textfield", [True, None, "甲"], "是、甲", None),
        ("text", {"key": "7", "name": "照片.png", "size": 3}, "照片.png", None),
        ("text", "2026-03-02T01:00:00Z", "2026-03-02 09:00", None),
        ("text", "x" * 3000, "x" * 2000, None),
        ("text", "   ", None, None),
    ],
)
def test_values_are_kept_so_that_both_databases_compare_them_alike(
    kind: str, value: Any, fits: str | None, other: str | None
) -> None:
    column = Column("x", "=x", kind)
    line = register_lines.worked_out((column,), lambda _text: value, SHANGHAI, None)
    name = cells.column_id(column)
    assert (line["cells"].get(name), line["other"].get(name)) == (fits, other)


def test_a_value_that_cannot_be_worked_out_is_left_out_and_stops_nothing(database: databases.Database, cast: Cast) -> None:
    broken = [{"label": "甲", "value": "=kind.of.nothing + 1"}, {"label": "乙", "value": '=record("no key").name'}]
    deploy(database, cast, *broken, {"label": "丙", "value": "=kind"})
    kit.begin(database, cast.clerk, "matter", {"kind": "好"})
    assert shown(database, cast) == [(None, None, "好")]

    def refuse(_text: str) -> Any:
        raise register_list.errors.NotFound("There is no such case, or you may not view it.")

    assert register_lines.worked_out((KIND,), refuse, SHANGHAI, None)["cells"] == {}


def test_cases_of_before_the_lines_were_kept_are_entered_by_the_worker(
    three: list[int], database: databases.Database, cast: Cast
) -> None:
    with database.transaction() as session:
        session.execute(update(models.ProcessInstance).values(register=None))
        housekeeping.daily(session, now=kit.NOW)
    assert load(database, cast).waiting == 3
    work(database, kit.NOW)
    assert load(database, cast).waiting == 0 and len(shown(database, cast, **asked("类别", "has", "客户"))) == 2


def test_the_period_is_of_the_companys_days(three: list[int], database: databases.Database, cast: Cast) -> None:
    kit.begin(database, cast.clerk, "matter", {"kind": "夜里"}, now=datetime(2026, 3, 2, 16, 30, tzinfo=UTC))
    assert kinds(shown(database, cast, since=date(2026, 3, 3))) == ["夜里"]
    assert len(shown(database, cast, until=date(2026, 3, 2))) == 3


def test_a_line_whose_case_was_emptied_stays_empty(three: list[int], database: databases.Database, cast: Cast) -> None:
    with database.transaction() as session:
        emptied = select(models.ProcessInstance.key).order_by(models.ProcessInstance.key).limit(1).scalar_subquery()
        gone = {"tokens": {}, "summary": [], "register": {"of": register_lines.ERASED}}
        session.execute(update(models.ProcessInstance).where(models.ProcessInstance.key == emptied).values(gone))
    deploy(database, cast, {"label": "常数", "value": "甲"})
    work(database, kit.NOW)
    assert shown(database, cast) == [("甲",), ("甲",), (None,)] and load(database, cast).waiting == 0
