"""Where a case stands when nobody has it: what it waits for in the diagram's words, never what only listens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.background.worker import Worker
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases import instance_page
from engine.queries.inbox import inbox, my_cases, task_page
from engine.queries.inbox.my_cases import MyCasesFilters, Started
from engine.queries.status import board, process_board
from engine.storage import database as databases
from engine.storage import models
from tests.cast import COMPANY, Cast
from tests.engine import kit

WITHDRAWAL = kit.message("withdrawal", "withdrawal", "=instance_number") + kit.message("answer", "answer", "=instance_number")


def waiting(database: databases.Database, cast: Cast, element: str, definition: str) -> int:
    """A case that stands at an event, while another listens for its withdrawal and a task's limit ticks."""
    withdrawn = kit.node(
        "subProcess",
        "withdrawn",
        attributes=' triggeredByEvent="true"',
        inner=kit.node(
            "startEvent",
            "hears",
            inner='<bpmn:messageEventDefinition messageRef="withdrawal"/>',
            attributes=' isInterrupting="true"',
        )
        + kit.end("over")
        + kit.chain("hears", "over"),
    )
    parts = [
        kit.start(),
        kit.node("intermediateCatchEvent", element, inner=definition),
        kit.task("b", groups="部门负责人", due="2d"),
    ]
    late = (
        kit.boundary("late", "b", kit.timer("timeDuration", "P1D"), interrupting=False)
        + kit.end("told")
        + kit.chain("late", "told")
    )
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "w",
            *parts,
            late,
            kit.end(),
            kit.chain("started", element, "b", "done"),
            withdrawn,
            beside=WITHDRAWAL,
            managers=["部门负责人"],
        ),
    )
    return kit.begin(database, cast.clerk, "w")


def started(database: databases.Database, by: Actor) -> Started:
    with database.reading(COMPANY) as session:
        return my_cases.started(session, by, MyCasesFilters(), paging.WantedPage(), now=kit.NOW).rows[0]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("name", "definition", "kind", "due_at"),
    [
        ("客户评价", '<bpmn:messageEventDefinition messageRef="answer"/>', "message", None),
        ("跟踪日", kit.timer("timeDuration", "P7D"), "timer", datetime(2026, 3, 9, 1, 0, tzinfo=UTC)),
    ],
)
def test_it_waits_for_something_with_a_name_and_a_day(
    database: databases.Database, cast: Cast, name: str, definition: str, kind: str, due_at: datetime | None
) -> None:
    key = waiting(database, cast, name, definition)
    (wait,) = started(database, cast.clerk).standing.waits
    assert (wait.name, wait.kind, wait.due_at) == (name, kind, due_at)
    with database.reading(COMPANY) as session:
        page = instance_page.instance_page(session, cast.clerk, key, now=kit.NOW)
        steps = process_board.look(session, cast.head, "w", now=kit.NOW).steps
    assert page.waits == [wait]
    assert {step.name for step in steps} == {name, "b"}  # neither the withdrawal nor the limit is a place


def test_of_several_events_a_case_waits_at_the_gateway_before_them(database: databases.Database, cast: Cast) -> None:
    gate = kit.node("eventBasedGateway", "等答复")
    caught = [kit.node("intermediateCatchEvent", "答复", inner='<bpmn:messageEventDefinition messageRef="answer"/>')]
    caught.append(kit.node("intermediateCatchEvent", "跟踪日", inner=kit.timer("timeDuration", "P7D")))
    ways = [kit.chain("started", "等答复", "答复", "done"), kit.flow("等答复", "跟踪日"), kit.chain("跟踪日", "over")]
    drawn = kit.diagram("e", kit.start(), gate, *caught, kit.end(), kit.end("over"), *ways, beside=WITHDRAWAL)
    kit.deploy(database, cast.owner, drawn)
    key = kit.begin(database, cast.clerk, "e")
    listed = [each.name for each in started(database, cast.clerk).standing.waits]
    with database.reading(COMPANY) as session:
        page = instance_page.instance_page(session, cast.clerk, key, now=kit.NOW)
    assert listed == [each.name for each in page.waits] == ["等答复"]


def test_a_case_waits_for_what_the_case_that_it_called_waits_for(database: databases.Database, cast: Cast) -> None:
    day = kit.node("intermediateCatchEvent", "跟踪日", inner=kit.timer("timeDuration", "P7D"))
    inner = kit.diagram("inner", kit.start(), day, kit.end(), kit.chain("started", "跟踪日", "done"))
    outer = kit.diagram("outer", kit.start(), kit.call("calls", "inner"), kit.end(), kit.chain("started", "calls", "done"))
    kit.deploy(database, cast.owner, inner, outer)
    key = kit.begin(database, cast.clerk, "outer")
    with database.reading(COMPANY) as session:
        (wait,) = instance_page.instance_page(session, cast.clerk, key, now=kit.NOW).waits
    assert (wait.name, wait.kind, wait.due_at) == ("跟踪日", "timer", datetime(2026, 3, 9, 1, 0, tzinfo=UTC))


def test_a_case_without_a_limit_has_that_of_its_nearest_step(database: databases.Database, cast: Cast) -> None:
    kit.deploy(
        database,
        cast.owner,
        kit.diagram(
            "d", kit.start(), kit.task("b", groups="部门负责人", due="2d"), kit.end(), kit.chain("started", "b", "done")
        ),
    )
    kit.begin(database, cast.clerk, "d")
    line = started(database, cast.clerk)
    assert line.due_at == kit.NOW + timedelta(days=2) and not line.standing.waits


@pytest.mark.both_databases
def test_a_case_is_late_with_its_step_though_its_own_limit_is_far(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps("far", first_due="2d", due="30d", managers=["客服专员"]))
    kit.begin(database, cast.clerk, "far", {"subject": "纸"})
    for day, late in ((1, 0), (3, 1), (31, 1)):
        now = kit.NOW + timedelta(days=day)
        with database.reading(COMPANY) as session:
            listed = board.cases(session, cast.owner, board.CaseFilters(state="overdue"), paging.WantedPage(), now=now).rows
            [line] = board.lines(session, cast.owner, now=now)
        assert len(listed) == line.overdue == late
        assert all(each.due_at == kit.NOW + timedelta(days=2) for each in listed)


@pytest.mark.parametrize("gateway", ["parallelGateway", "inclusiveGateway"])
def test_what_a_join_still_waits_for_is_told_once(database: databases.Database, cast: Cast, gateway: str) -> None:
    tasks = [kit.task(each, groups="部门负责人") for each in ("设备申请", "线路申请", "客户约访")]
    flows = [flow for each in ("设备申请", "线路申请", "客户约访") for flow in (kit.chain("split", each, "join"),)]
    parts = [kit.start(), kit.node("parallelGateway", "split"), *tasks, kit.node(gateway, "join"), kit.task("开通"), kit.end()]
    kit.deploy(
        database, cast.owner, kit.diagram("j", *parts, kit.chain("started", "split"), *flows, kit.chain("join", "开通", "done"))
    )
    key = kit.begin(database, cast.clerk, "j")

    def told() -> tuple[set[str], list[tuple[str, ...]]]:
        with database.reading(COMPANY) as session:
            page = instance_page.instance_page(session, cast.owner, key, now=kit.NOW)
        return {each.name for each in page.places}, [each.others for each in page.waits]

    assert told() == ({"设备申请", "线路申请", "客户约访"}, [])  # nothing has arrived
    kit.complete(database, cast.head, key, "客户约访", {})
    assert told() == ({"设备申请", "线路申请"}, []), "each stands there with who has it: the join says no more"
    kit.complete(database, cast.head, key, "线路申请", {})
    assert told() == ({"设备申请"}, [])
    kit.complete(database, cast.head, key, "设备申请", {})
    assert told() == ({"开通"}, [])


def test_a_list_tells_of_a_join_where_nothing_else_is_waited_for(database: databases.Database, cast: Cast) -> None:
    bad = kit.node("scriptTask", "stuck", extension='<zeebe:script expression="=assert(nothing, false)" resultVariable="x"/>')
    parts = (kit.start(), kit.node("parallelGateway", "split"), kit.task("a", groups="部门负责人"), bad)
    join, flows = kit.node("parallelGateway", "join"), (kit.chain("started", "split", "a", "join", "done"),)
    kit.deploy(database, cast.owner, kit.diagram("j", *parts, join, kit.end(), *flows, kit.chain("split", "stuck", "join")))
    key = kit.begin(database, cast.clerk, "j")
    assert started(database, cast.clerk).standing.waits == []  # somebody has it
    kit.complete(database, cast.head, key, "a", {})
    (wait,) = started(database, cast.clerk).standing.waits
    assert (wait.kind, wait.others) == ("join", ("stuck",))


def test_a_called_case_stands_where_it_does_itself_and_its_caller_at_both(database: databases.Database, cast: Cast) -> None:
    called = kit.diagram(
        "called", kit.start(), kit.task("b", groups="部门负责人", due="2d"), kit.end(), kit.chain("started", "b", "done")
    )
    parts = (
        kit.start(),
        kit.node("parallelGateway", "split"),
        kit.task("a", groups="部门负责人"),
        kit.call("call", "called"),
        kit.end(),
        kit.end("far"),
    )
    caller = kit.diagram("caller", *parts, kit.chain("started", "split", "a", "done"), kit.chain("split", "call", "far"))
    kit.deploy(database, cast.owner, called, caller)
    root = kit.begin(database, cast.clerk, "caller")

    def stands(state: str = "", days: int = 0) -> dict[str, list[str]]:
        filters, now = board.CaseFilters(state=state), kit.NOW + timedelta(days=days)
        with database.reading(COMPANY) as session:
            rows = board.cases(session, cast.owner, filters, paging.WantedPage(), now=now).rows
            late = {line.process_id: line.overdue for line in board.lines(session, cast.owner, now=now)}
        if state == "overdue":
            assert late == {"called": len(rows) // 2, "caller": len(rows) // 2}  # a figure is the length of its list
        return {row.process_name.split()[-1]: sorted(place.name for place in row.standing.places) for row in rows}

    assert stands() == {"called": ["b"], "caller": ["a", "b"]}
    assert stands("overdue") == {} and stands("overdue", days=3) == stands()
    kit.complete(database, cast.head, root, "a", {})
    assert stands() == {"called": ["b"], "caller": ["b"]}
    with database.reading(COMPANY) as session:
        (handled,) = my_cases.done(session, cast.head, MyCasesFilters(), paging.WantedPage(), now=kit.NOW).rows
    assert [place.name for place in handled.standing.places] == ["b"]


def told(message: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="{message}"/>'


def reports_up(database: databases.Database, cast: Cast) -> int:
    """A branch reports to its province and waits for one of two answers or a week; the province looks at it within two days."""
    beside = kit.message("up", "up") + "".join(
        kit.message(each, f"{each}_branch", "=branch_case") for each in ("guided", "pushed")
    )
    gate = kit.node("eventBasedGateway", "等待省级答复")
    caught = [kit.node("intermediateCatchEvent", f"is_{each}", inner=told(each)) for each in ("guided", "pushed")]
    week = kit.node("intermediateCatchEvent", "week", inner=kit.timer("timeDuration", "P7D"))
    tells = '<zeebe:ioMapping><zeebe:input source="=instance_number" target="branch_case"/></zeebe:ioMapping>'
    case_key = kit.node(
        "scriptTask", "named", extension='<zeebe:script expression="=instance_number" resultVariable="branch_case"/>'
    )
    throws = kit.node("intermediateThrowEvent", "asks", extension=tells, inner=told("up"))
    ways = [kit.chain("started", "named", "asks", "等待省级答复", "is_guided", "done"), kit.flow("等待省级答复", "is_pushed")]
    ways += [kit.chain("is_pushed", "done"), kit.chain("等待省级答复", "week", "done")]
    branch = kit.diagram("branch", kit.start(), case_key, throws, gate, *caught, week, kit.end(), *ways, beside=beside)
    answers = kit.node("intermediateThrowEvent", "answers", inner=told("guided"))
    begins = kit.start(definition=told("up"))
    look = kit.task("汇总", groups="部门负责人", due="2d")
    chain = kit.chain("started", "汇总", "answers", "done")
    kit.deploy(database, cast.owner, branch, kit.diagram("province", begins, look, answers, kit.end(), chain, beside=beside))
    key = kit.begin(database, cast.clerk, "branch")
    Worker(database, lambda: kit.NOW).run_once()
    return key


@pytest.mark.both_databases
def test_who_is_to_answer_and_until_when_is_told_alike_by_page_and_lists(database: databases.Database, cast: Cast) -> None:
    key = reports_up(database, cast)
    (wait,) = started(database, cast.clerk).standing.waits
    assert (wait.name, wait.kind, wait.who) == ("等待省级答复", "message", (cast.head.name,))
    assert wait.due_at == kit.NOW + timedelta(days=2)  # the province has less time than the week that the branch waits
    with database.reading(COMPANY) as session:
        page = instance_page.instance_page(session, cast.clerk, key, now=kit.NOW)
        (line,) = board.cases(session, cast.owner, board.CaseFilters(process="branch"), paging.WantedPage(), now=kit.NOW).rows
    assert page.waits == line.standing.waits == [wait]
    (province,) = (row for row in kit.rows(database, models.ProcessInstance) if row.process_id == "province")
    assert province.begun_by == key
    kit.complete(database, cast.head, province.key, "汇总", {})
    Worker(database, lambda: kit.NOW).run_once()
    assert not started(database, cast.clerk).standing.waits and started(database, cast.clerk).state == "completed"


def test_a_gateway_without_a_name_is_told_by_what_it_waits_for(database: databases.Database, cast: Cast) -> None:
    gate = kit.node("eventBasedGateway", "gate").replace(' name="gate"', "")
    caught = [kit.node("intermediateCatchEvent", f"is_{each}", inner=told(each)) for each in ("answer", "withdrawal")]
    ways = [kit.chain("started", "gate", "is_answer", "done"), kit.chain("gate", "is_withdrawal", "done")]
    kit.deploy(database, cast.owner, kit.diagram("e", kit.start(), gate, *caught, kit.end(), *ways, beside=WITHDRAWAL))
    kit.begin(database, cast.clerk, "e")
    (wait,) = started(database, cast.clerk).standing.waits
    assert (wait.name, sorted(wait.others), wait.who, wait.due_at) == ("", ["is_answer", "is_withdrawal"], (), None)


def test_what_is_waited_for_is_told_beside_the_steps_that_people_have(database: databases.Database, cast: Cast) -> None:
    day = kit.node("intermediateCatchEvent", "跟踪日", inner=kit.timer("timeDuration", "P7D"))
    parts = (kit.start(), kit.node("parallelGateway", "split"), kit.task("a", groups="部门负责人"), day)
    ways = kit.chain("started", "split", "a", "done") + kit.chain("split", "跟踪日", "far")
    kit.deploy(database, cast.owner, kit.diagram("p", *parts, kit.end(), kit.end("far"), ways))
    kit.begin(database, cast.clerk, "p")
    line = started(database, cast.clerk)
    assert [place.name for place in line.standing.places] == ["a"] and [wait.name for wait in line.standing.waits] == ["跟踪日"]
    assert line.due_at is None and line.standing.until == kit.NOW + timedelta(days=7)


def test_a_step_without_a_limit_stands_before_that_of_its_case_or_of_the_case_that_called_it(
    database: databases.Database, cast: Cast
) -> None:
    inner = kit.diagram("inner", kit.start(), kit.task("a", groups="部门负责人"), kit.end(), kit.chain("started", "a", "done"))
    parts = (kit.start(), kit.call("calls", "inner"), kit.end(), kit.chain("started", "calls", "done"))
    kit.deploy(database, cast.owner, inner, kit.diagram("outer", *parts, due="5d"))
    key = kit.begin(database, cast.clerk, "outer")
    limit = kit.NOW + timedelta(days=5)
    with database.reading(COMPANY) as session:
        (place,) = instance_page.instance_page(session, cast.clerk, key, now=kit.NOW).places
        wanted = paging.WantedPage()
        (line,) = inbox.open_tasks(session, cast.head, inbox.InboxFilters(), wanted, now=kit.NOW).rows
        task = task_page.task_page(session, cast.head, place.task_key, now=kit.NOW)
    assert (place.due_at, line.due_at) == (None, None)
    assert place.beyond_step == line.beyond_step == task.beyond_step == limit
