"""Reports answer what the lists say, on both databases, for each reader his own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine import errors
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.status import board, carried
from engine.reporting import answering, behind, fields, question
from engine.reporting.answering import ReportAnswer
from engine.storage import database as databases
from engine.verbs import user_tasks
from engine.verbs.running import ending, process_instances
from tests.benchmarks.company import Statements
from tests.cast import Cast
from tests.engine import kit

JAN, FEB = datetime(2026, 1, 31, 16, 30, tzinfo=UTC), datetime(2026, 2, 10, 1, 0, tzinfo=UTC)  # the first is in February here
REGISTER = [
    {"label": "类别", "value": "=kind"},
    {"label": "损失", "value": "=loss", "type": "number"},
    {"label": "发生日期", "value": "=on", "type": "date"},
    {"label": "联系人", "value": "=who"},
]
ASKED = {"processes": ["matter"], "period": "2026-02-01..2026-02-28"}


def deploy(database: databases.Database, cast: Cast, *register: dict[str, str]) -> None:
    fields = [kit.text_field("kind"), kit.text_field("on"), {"type": "number", "key": "loss", "label": "损失"}]
    who = {**kit.text_field("who"), "properties": {"personal": "true"}}
    steps = (kit.start(form="request"), kit.task("a", groups="客服专员"), kit.end(), kit.chain("started", "a", "done"))
    settings: dict[str, Any] = {"register": list(register or REGISTER), "managers": ["主管领导"], "due": "2d"}
    kit.deploy(database, cast.owner, kit.form("request", *fields, who), kit.diagram("matter", *steps, **settings))


@pytest.fixture
def matters(database: databases.Database, cast: Cast) -> list[int]:
    """Four cases: one begins in February here and in January in UTC, three on the tenth; the second ends late, the third in time."""
    deploy(database, cast)
    given = [("质量", "0.1", JAN), ("质量", "0.2", FEB), ("物流", "5", FEB), (None, None, FEB)]
    keys = [kit.begin(database, cast.clerk, "matter", _filled(kind, loss), now=at) for kind, loss, at in given]
    kit.complete(database, cast.clerk, keys[1], "a", now=FEB + timedelta(days=3))
    kit.complete(database, cast.clerk, keys[2], "a", now=FEB + timedelta(hours=1))
    return keys


def _filled(kind: str | None, loss: str | None) -> dict[str, Any]:
    return {name: value for name, value in (("kind", kind), ("loss", Decimal(loss) if loss else None)) if value is not None}


def ask(database: databases.Database, reader: Actor, /, now: datetime = FEB + timedelta(days=10), **asked: Any) -> ReportAnswer:
    with database.reading("acme") as session:
        return answering.answer(answering.asking(session, reader, question.read({**ASKED, **asked}), now=now))


def lines(found: ReportAnswer) -> dict[Any, Any]:
    return {"/".join(each.names): each.figures for each in found.lines}


def test_cases_are_counted_summed_and_shared_out_by_a_declared_field(
    database: databases.Database, cast: Cast, matters: list[int]
) -> None:
    found = ask(database, cast.manager, group=["field:类别"], measures=["count", "share", "sum:损失", "average:损失"])
    quarter = Decimal("0.25")
    assert lines(found) == {
        "质量": (2, Decimal("0.5"), Decimal("0.3"), Decimal("0.15")),
        "物流": (1, quarter, 5, 5),
        "": (1, quarter, None, None),
    }
    assert found.total == (4, 1, Decimal("5.3"), Decimal("5.3") / 3)


def test_durations_and_deadlines_are_those_of_the_cases(database: databases.Database, cast: Cast, matters: list[int]) -> None:
    found = ask(database, cast.manager, measures=["duration.median", "duration.average", "in_time"], state="completed")
    assert found.total == ((3 * 86400 + 3600) / 2, (3 * 86400 + 3600) / 2, Decimal("0.5"))
    everything = ask(database, cast.manager, measures=["in_time"])
    assert everything.total == (Decimal("0.25"),)  # two run beyond their deadline


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("unit", "keys"),
    [
        ("day", ["2026-02-01", "2026-02-10"]),
        ("week", ["2026-01-26", "2026-02-09"]),
        ("month", ["2026-02"]),
        ("quarter", ["2026-Q1"]),
        ("year", ["2026"]),
    ],
)
def test_days_are_those_of_the_companys_clock(
    database: databases.Database, cast: Cast, matters: list[int], unit: str, keys: list[str]
) -> None:
    found = ask(database, cast.manager, group=[f"started/{unit}"])
    assert [each.keys[0] for each in found.lines if each.figures != (0,)] == keys


def test_two_fields_make_a_line_for_each_pair(database: databases.Database, cast: Cast, matters: list[int]) -> None:
    found = ask(database, cast.manager, group=["started/month", "department"])
    assert lines(found) == {"2026-02/客服部": (4,)}


def test_a_period_is_compared_with_the_one_before_step_by_step(
    database: databases.Database, cast: Cast, matters: list[int]
) -> None:
    then = FEB - timedelta(days=31)
    kit.begin(database, cast.clerk, "matter", {"kind": "质量"}, now=then)
    found = ask(database, cast.manager, period="this_month", compare="before", group=["field:类别"])
    assert found.total == (4,) and found.total_before == (1,)
    assert {each.names[0]: each.before for each in found.lines} == {"质量": (1,), "物流": (0,), "": (0,)}
    by_month = ask(database, cast.manager, period="this_month", compare="before", group=["started/month"])
    assert [(each.names, each.figures, each.before) for each in by_month.lines] == [(("2026-02",), (4,), (1,))]
    by_year = ask(database, cast.manager, period="this_month", compare="last_year")
    assert by_year.total_before == (0,)


def test_a_reader_counts_the_cases_that_he_follows_and_no_other(
    database: databases.Database, cast: Cast, matters: list[int]
) -> None:
    with pytest.raises(errors.NotFound):
        ask(database, cast.outsider)
    with pytest.raises(errors.Invalid):
        ask(database, cast.stranger)
    assert ask(database, cast.manager).total == (4,)


def test_the_manager_of_a_department_counts_its_cases_as_many_as_his_lists_show(
    database: databases.Database, cast: Cast, matters: list[int]
) -> None:
    kit.begin(database, cast.outsider, "matter", {"kind": "质量"}, now=FEB)
    led = replace(cast.head, roles=frozenset({("manager", "works")}))
    assert ask(database, cast.manager).total == (5,)
    assert ask(database, led).total == (1,)
    with database.reading("acme") as session:
        listed = board.cases(session, led, board.CaseFilters(process="matter"), paging.WantedPage(), now=FEB)
    assert len(listed.rows) == 1


def test_a_week_in_which_nothing_happened_is_told_as_none_beside_each_value(
    database: databases.Database, cast: Cast, matters: list[int]
) -> None:
    found = ask(database, cast.manager, group=["started/week", "field:类别"], measures=["count", "sum:损失", "average:损失"])
    told = lines(found)
    assert len(told) == 5 * 3 and told["2026-02-16/物流"] == (0, 0, None)
    assert told["2026-02-09/物流"] == (1, 5, 5) and sum(each[0] for each in told.values()) == 4


def test_steps_are_counted_by_who_did_them(database: databases.Database, cast: Cast, matters: list[int]) -> None:
    found = ask(database, cast.manager, of="steps", group=["element", "handler"], measures=["count", "duration.median"])
    assert lines(found) == {"a/陈办事": (2, (3 * 86400 + 3600) / 2), "a/": (2, None)}


@pytest.mark.both_databases
@pytest.mark.parametrize("of", ["cases", "steps"])
def test_each_figure_leads_to_as_many_lines(database: databases.Database, cast: Cast, matters: list[int], of: str) -> None:
    wanted = question.read({**ASKED, "of": of, "group": ["field:类别", "started/week"]})
    with database.reading("acme") as session:
        asked = answering.asking(session, cast.manager, wanted, now=FEB + timedelta(days=10))
        found = answering.answer(asked)
        for each in found.lines:
            assert len(behind.lines(asked, each.keys, paging.WantedPage()).rows) == each.figures[0]
        assert len(behind.lines(asked, (), paging.WantedPage()).rows) == found.total[0]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("field", "comparison", "value", "count"),
    [
        ("field:类别", "is", "质量", 2),
        ("field:类别", "not", "质量", 2),
        ("field:类别", "has", "物", 1),
        ("field:类别", "empty", "", 1),
        ("field:损失", "from", "0.2", 2),
        ("field:损失", "to", "0.2", 2),
        ("started", "to", "2026-02-01", 1),
        ("initiator", "is", "clerk", 4),
        ("department", "is", "works", 0),
    ],
)
def test_conditions_narrow_what_is_counted(
    database: databases.Database, cast: Cast, matters: list[int], field: str, comparison: str, value: str, count: int
) -> None:
    assert ask(database, cast.manager, where=[{"field": field, "comparison": comparison, "value": value}]).total == (count,)


def test_what_would_read_much_is_counted_once_before_and_tells_only_what_one_may_see(
    database: databases.Database, cast: Cast, matters: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps("secret", managers=["客服专员"]))
    kit.begin(database, cast.clerk, "secret", {"subject": "纸"}, now=FEB)
    wanted = question.read({**ASKED, "processes": ["matter", "secret"]})
    head = replace(cast.head, roles=frozenset({("manager", "service")}))
    for reader, told in ((cast.manager, (4, False)), (cast.owner, (5, False)), (head, (0, False))):
        with database.reading("acme") as session:
            asked = answering.asking(session, reader, wanted, now=FEB + timedelta(days=10))
            with Statements(database) as counted:
                extent = answering.extent(asked)
        assert (extent.rows, extent.is_too_large) == told and sum("count(" in each for each in counted.texts) == 1
    monkeypatch.setattr(answering, "MOST", 4)
    with database.reading("acme") as session:
        asking = [answering.asking(session, each, wanted, now=FEB + timedelta(days=10)) for each in (cast.manager, cast.owner)]
        assert [answering.extent(each).is_too_large for each in asking] == [False, True]


def _refused(database: databases.Database, by: Actor, before: dict[str, str] | None = None, **asked: Any) -> list[str]:
    with pytest.raises(errors.Invalid) as refused, database.reading("acme") as session:
        answering.asking(session, by, question.read({**ASKED, **asked}), now=FEB, before=before)
    return [str(each) for each in refused.value.fields["report"]]


def test_nothing_is_grouped_by_personal_data(database: databases.Database, cast: Cast, matters: list[int]) -> None:
    assert _refused(database, cast.manager, group=["field:联系人"]) == [
        "“联系人” holds personal data, by which nothing is grouped."
    ]


def test_a_changed_register_is_told_by_field(database: databases.Database, cast: Cast, matters: list[int]) -> None:
    with database.reading("acme") as session:
        before = answering.label_ids(session, cast.manager, ["matter"])
    deploy(
        database, cast, {"label": "投诉类别", "value": "=kind"}, {"label": "损失金额", "value": "=loss + 1", "type": "number"}
    )
    told = _refused(database, cast.manager, before, group=["field:类别"], measures=["sum:损失", "sum:投诉类别", "cuont"])
    assert told == [
        "The field “类别” is called “投诉类别” now.",
        "There is no field “损失”. Is it “损失金额”?",
        "“投诉类别” is no field of numbers.",
        "There is no figure “cuont” (count?).",
    ]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"grup": []}, "“grup” is not known to a report (group?)."),
        ({"show": "bar"}, "A report's “show” cannot be “bar” (bars?)."),
        ({"period": "last_mont"}, "“last_mont” is no period (last_month?)."),
        ({"period": "2026-03-01..2026-02-01"}, "The period ends before it begins."),
        ({"period": "all", "compare": "before"}, "All time has no period before it to be compared with."),
        ({"group": ["a", "b", "c"]}, "A report is grouped by at most two fields."),
        ({"show": "heat", "group": ["state"]}, "A heat map needs two fields to group by."),
        ({"processes": []}, "Please choose between 1 and 30 processes."),
        ({"where": [{"field": "state", "comparison": "iss"}]}, "A report's “comparison” cannot be “iss” (is?)."),
        ({"measures": "count"}, "A report's “measures” cannot be “count”."),
    ],
)
def test_nothing_is_accepted_that_is_not_obeyed(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        question.read({**ASKED, **asked})
    assert str(refused.value) == told


def test_what_was_cancelled_or_declared_void_is_neither_concluded_nor_quick(
    database: databases.Database, cast: Cast, matters: list[int]
) -> None:
    with database.transaction("acme") as session:
        process_instances.cancel(session, cast.owner, matters[3], "不要了", now=FEB + timedelta(minutes=1))
        ending.void(session, cast.owner, matters[2], "重复", now=FEB + timedelta(days=4))
    slow, times = Decimal(3 * 86400), ["count", "duration.median", "in_time"]
    ended = ask(database, cast.manager, by="ended", measures=times)
    assert ended.total == (3, slow, 0)  # all that ended are counted, the times are of the one that was concluded
    assert ask(database, cast.manager, by="ended", state="completed", measures=times).total == (1, slow, 0)
    assert ask(database, cast.manager, by="ended", state="cancelled").total == (2,)
    by_state = lines(ask(database, cast.manager, by="ended", group=["state"], measures=["count", "duration.median"]))
    assert by_state == {"completed": (1, slow), "void": (1, 3600), "cancelled": (1, 60)}
    with database.reading("acme") as session:
        of_week = board.CaseFilters(state="completed")
        assert [each.key for each in board.cases(session, cast.manager, of_week, paging.WantedPage(), now=FEB).rows] == [
            matters[1]
        ]


def test_a_joint_step_counts_for_each_who_decided_as_the_workload_does(database: databases.Database, cast: Cast) -> None:
    step = kit.task("judge", users="clerk,clerk2", kind="approve", rule="all")
    flow = (kit.start(), step, kit.end(), kit.chain("started", "judge", "done"))
    kit.deploy(database, cast.owner, kit.diagram("matter", *flow, managers=["主管领导"]))
    case = kit.begin(database, cast.head, "matter", now=FEB)
    task = kit.open_task(database, case, "judge")
    for by in (cast.clerk, cast.clerk2):
        with database.transaction("acme") as session:
            user_tasks.complete(session, by, task, {}, outcome="approve", now=FEB)
    found = ask(database, cast.manager, of="steps", group=["handler"])
    assert lines(found) == {"陈办事": (1,), "程办事": (1,)} and found.total == (2,)
    with database.reading("acme") as session:
        load = carried.done(session, cast.manager, ["clerk", "clerk2"], now=FEB + timedelta(days=1))
        asked = answering.asking(session, cast.manager, question.read({**ASKED, "of": "steps", "group": ["handler"]}), now=FEB)
        assert [len(behind.lines(asked, keys, paging.WantedPage()).rows) for keys in ((), ("clerk",))] == [2, 1]
    assert {name: sum(each.weekly) for name, each in load.items()} == {"clerk": 1, "clerk2": 1}
    assert ask(database, cast.manager, of="steps").total == (1,)


def test_no_sum_is_offered_of_a_column_without_a_total(database: databases.Database, cast: Cast) -> None:
    deploy(database, cast, {"label": "轮次", "value": "=loss", "type": "number", "total": "none"}, *REGISTER[1:2])
    with database.reading("acme") as session:
        known = answering.known_fields(session, cast.manager, ["matter"], "cases")
    assert {each.label: fields.worked_out(each) for each in known.values() if each.columns} == {
        "轮次": ("average",),
        "损失": ("sum", "average"),
    }
