"""Deadlines and where it sticks: figures are the lengths of their lists; what will be late is told from what took as long before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import errors
from engine.background.insight import summing
from engine.deadlines import suspending
from engine.queries import paging
from engine.queries.insight import deadlines, ended, heat
from engine.queries.insight.ended import EndedFilters
from engine.queries.status import board, open_tasks, process_board
from engine.storage import database as databases
from engine.storage import models
from engine.verbs.approvals import jumps
from tests.benchmarks.company import Statements
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.engine.kit import NOW

DAY, EVERYTHING = timedelta(days=1), paging.WantedPage(size=500)


def sum_up(database: databases.Database, now: object) -> None:
    with database.transaction() as session:
        summing.catch_up(session, COMPANY, now=now)  # type: ignore[arg-type]


@pytest.fixture
def process(database: databases.Database, cast: Cast) -> None:
    """Somebody of a group checks within two working days."""
    content = (kit.start(), kit.task("check", groups="客服专员", due="2wd"), kit.end(), kit.chain("started", "check", "done"))
    kit.deploy(database, cast.owner, kit.diagram("checking", *content, managers=["主管领导"]))


def past(database: databases.Database, cast: Cast, days: int, count: int) -> list[int]:
    """Cases that took so long, done by the clerk."""
    made = [kit.begin(database, cast.owner, "checking", now=NOW) for _ in range(count)]
    for case in made:
        kit.complete(database, cast.clerk, case, "check", now=NOW + days * DAY)
    return made


def look(database: databases.Database, cast: Cast, now: object, **given: str) -> deadlines.Deadlines:
    with database.reading(COMPANY) as session:
        found = deadlines.look(session, cast.owner, given, now=now)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_promised_and_kept_agree_with_their_lists(database: databases.Database, cast: Cast, process: None) -> None:
    past(database, cast, 1, 3)
    past(database, cast, 9, 2)
    sum_up(database, NOW + 10 * DAY)
    found = look(database, cast, NOW + 10 * DAY)
    [of_process], [step], [unit] = found.processes, found.steps, found.departments
    assert (of_process.promised, of_process.late, step.late, unit.name) == (5, 2, 2, "客服部")
    assert found.causes == [("work", 2)]
    with database.reading(COMPANY) as session:
        for kind, count in (("limited", 5), ("late", 2), ("kept", 3), ("work", 2), ("claim", 0)):
            filters = EndedFilters(element="check", kind=kind, unit="service")
            assert len(ended.lines(session, cast.owner, "checking", filters, EVERYTHING).page.rows) == count


def test_why_it_was_late_is_told(database: databases.Database, cast: Cast, process: None) -> None:
    held_up, away = (kit.begin(database, cast.owner, "checking", now=NOW) for _ in range(2))
    with database.transaction(COMPANY) as session:
        suspending.suspend(session, cast.owner, held_up, "等通知", now=NOW + DAY)
        suspending.resume(session, cast.owner, held_up, now=NOW + DAY + timedelta(hours=1))
    kit.complete(database, cast.clerk, held_up, "check", now=NOW + 9 * DAY)
    with database.transaction(COMPANY) as session:
        row = models.Deputy(
            company_id=COMPANY, principal="clerk2", deputy="clerk", begins_at=NOW + 8 * DAY, ends_at=NOW + 9 * DAY,
            created_at=NOW, created_by="clerk2",
        )  # fmt: skip
        session.add(row)
    kit.complete(database, cast.clerk2, away, "check", now=NOW + 10 * DAY)
    sum_up(database, NOW + 11 * DAY)
    assert dict(look(database, cast, NOW + 11 * DAY).causes) == {"suspended": 1, "absence": 1}


def test_what_will_be_late_is_told_with_how_sure_that_is(database: databases.Database, cast: Cast, process: None) -> None:
    past(database, cast, 8, 6)
    past(database, cast, 1, 2)
    sum_up(database, NOW + 9 * DAY)
    kit.begin(database, cast.owner, "checking", now=NOW + 10 * DAY)
    coming = look(database, cast, NOW + 10 * DAY).outlook
    [risk] = coming.risks
    assert (coming.looked_at, coming.likely, coming.unknown) == (1, 1, 0)
    assert (risk.sample, risk.longer) == (8, 6) and risk.line.place.name == "check"


def test_too_few_past_tasks_say_nothing(database: databases.Database, cast: Cast, process: None) -> None:
    past(database, cast, 8, 3)
    sum_up(database, NOW + 9 * DAY)
    kit.begin(database, cast.owner, "checking", now=NOW + 10 * DAY)
    coming = look(database, cast, NOW + 10 * DAY).outlook
    assert (coming.likely, coming.unknown, coming.risks) == (0, 1, [])


def test_who_follows_no_process_sees_no_figure(database: databases.Database, cast: Cast, process: None) -> None:
    past(database, cast, 1, 1)
    with database.reading(COMPANY) as session:
        assert deadlines.look(session, cast.outsider, {}, now=NOW) is None
        assert deadlines.look(session, cast.outsider, {"process": "checking"}, now=NOW) is None
        with pytest.raises(errors.NotFound):
            heat.look(session, cast.outsider, "checking", {}, now=NOW)
        assert deadlines.look(session, cast.manager, {}, now=NOW) is not None


@pytest.mark.both_databases
@pytest.mark.parametrize("count", [1, 40])
def test_the_pages_cost_the_same_however_much_there_is(
    database: databases.Database, cast: Cast, process: None, count: int
) -> None:
    past(database, cast, 1, count)
    for _ in range(count):
        kit.begin(database, cast.owner, "checking", now=NOW + DAY)
    sum_up(database, NOW + 2 * DAY)
    for most, ask in ((15, lambda s: heat.look(s, cast.owner, "checking", {}, now=NOW + 2 * DAY)), (8, lambda s: deadlines.look(s, cast.owner, {}, now=NOW + 2 * DAY))):  # fmt: skip
        with database.reading(COMPANY) as session:
            ask(session)
            with Statements(database) as counted:
                ask(session)
        assert len(counted.texts) <= most, counted.texts


def test_every_running_case_lies_somewhere(database: databases.Database, cast: Cast) -> None:
    """With people, stopped, in what it called, waiting by itself: together all that run, and each figure is its list's length."""
    inner = kit.diagram(
        "inner", kit.start(), kit.task("look", groups="客服专员"), kit.end(), kit.chain("started", "look", "done")
    )
    broken = kit.diagram("broken", kit.start(), kit.call("nobody", '=&quot;missing&quot;'), kit.end(), kit.chain("started", "nobody", "done"))  # fmt: skip
    ways = [("ask", "=kind = 1"), ("sub", "=kind = 2"), ("bad", "=kind = 3"), ("fail", "=kind = 4")]
    split = '<bpmn:exclusiveGateway id="split" default="split_wait"/>'
    wait = kit.node("intermediateCatchEvent", "wait", inner=kit.timer("timeDuration", "P9D"))
    steps = kit.task("ask", groups="客服专员") + kit.call("sub", "inner") + kit.call("bad", "broken") + kit.call("fail", '=&quot;missing&quot;')  # fmt: skip
    flows = kit.flow("started", "split") + "".join(kit.flow("split", to, when) for to, when in [*ways, ("wait", "")])
    flows += "".join(kit.flow(each, "done") for each in ("ask", "sub", "bad", "fail", "wait"))
    outer = kit.diagram("outer", kit.start(form="kinds"), split, steps, wait, kit.end(), flows, managers=["主管领导"])
    number = {"type": "number", "key": "kind", "label": "kind"}
    kit.deploy(database, cast.owner, inner, broken, outer, kit.form("kinds", number))
    for kind in (0, 1, 1, 2, 2, 2, 3, 4):
        kit.begin(database, cast.owner, "outer", {"kind": kind})
    with database.reading(COMPANY) as session:
        found = heat.look(session, cast.owner, "outer", {}, now=NOW).running
        assert (found.running, dict(found.parts)) == (8, {"stopped": 1, "task": 2, "called": 4, "waiting": 1})
        assert (found.stopped_at, found.called_from) == ({"fail": 1}, {"sub": 3, "bad": 1})
        assert {each.name: each.broken for each in found.spots if each.called} == {"sub": 0, "bad": 1}
        asked = {
            **found.parts,
            "stopped_at:fail": 1,
            "called_case:inner": 3,
            "called_stopped:broken": 1,
            "called_stopped:inner": 0,
        }
        for lies, count in asked.items():
            filters = board.CaseFilters(process="outer", state="active", lies=lies)
            assert len(board.cases(session, cast.owner, filters, EVERYTHING, now=NOW).rows) == count, lies
        steps = process_board.look(session, cast.owner, "outer", now=NOW).steps
        lying = {each.element_id: (each.open, each.resting) for each in steps}
        assert lying == {"ask": (2, 0), "sub": (0, 3), "bad": (0, 1), "fail": (0, 1), "wait": (0, 1)}
        for element, (_tasks, count) in lying.items():
            filters = board.CaseFilters(process="outer", state="active", lies=f"rests_at:{element}")
            assert len(board.cases(session, cast.owner, filters, EVERYTHING, now=NOW).rows) == count, element
        with pytest.raises(errors.Invalid):
            board.cases(session, cast.owner, board.CaseFilters(lies="nowhere"), EVERYTHING, now=NOW)


@pytest.mark.parametrize("state", ["goes on", "stopped"])
def test_what_lies_deep_below_counts_once_at_each_call_and_its_lists_are_as_long(
    database: databases.Database, cast: Cast, state: str
) -> None:
    """Two calls of one process in one case, each with a grandchild; a case above knows of a stop however deep it is."""
    ask = kit.task("look", groups="客服专员") if state == "goes on" else kit.call("look", "=&quot;missing&quot;")
    low = kit.diagram("low", kit.start(), ask, kit.end(), kit.chain("started", "look", "done"))
    middle = kit.diagram("middle", kit.start(), kit.call("down", "low"), kit.end(), kit.chain("started", "down", "done"), managers=["主管领导"])  # fmt: skip
    split, join = (f'<bpmn:parallelGateway id="{each}"/>' for each in ("split", "join"))
    calls = kit.call("one", "middle") + kit.call("two", "middle")
    flows = kit.chain("started", "split", "one", "join", "done") + kit.chain("split", "two", "join")
    top = kit.diagram("top", kit.start(), split, calls, join, kit.end(), flows, managers=["主管领导"])
    kit.deploy(database, cast.owner, low, middle, top)
    for process in ("top", "top", "middle"):
        kit.begin(database, cast.owner, process)
    broken = {"goes on": 0, "stopped": 1}[state]
    with database.reading(COMPANY) as session:
        for process, below, cases, elements in (("top", "middle", 2, ("one", "two")), ("middle", "low", 5, ("down",))):
            found = heat.look(session, cast.owner, process, {}, now=NOW).running
            assert [each.elements for each in found.spots] == [(each,) for each in elements]
            assert {(each.called, each.broken) for each in found.spots} == {(cases, cases * broken)}
            assert (found.running, found.parts["called"]) == (cases, cases)
            assert found.called_from == dict.fromkeys(elements, cases)
            lists = [(f"{kind}:{each.place}", number) for each in found.spots for kind, number in (("called_case", each.called), ("called_stopped", each.broken))]  # fmt: skip
            for lies, count in (*lists, (f"called_case:{below}", cases), (f"called_case:{below}:-", 0)):
                filters = board.CaseFilters(process=process, state="active", lies=lies)
                assert len(board.cases(session, cast.owner, filters, EVERYTHING, now=NOW).rows) == count, lies


def test_a_move_back_by_hand_is_no_return(database: databases.Database, cast: Cast) -> None:
    """Neither the step it went to nor the next counts as sent back, among what is open and what is done; the case was right at once."""
    content = (kit.start(), kit.task("fill", groups="客服专员"), kit.task("check", groups="客服专员"), kit.end(), kit.chain("started", "fill", "check", "done"))  # fmt: skip
    kit.deploy(database, cast.owner, kit.diagram("twice", *content, managers=["主管领导"]))
    moved = kit.begin(database, cast.owner, "twice", now=NOW)
    kit.complete(database, cast.clerk, moved, "fill", now=NOW)
    with database.transaction(COMPANY) as session:
        jumps.jump(session, cast.owner, moved, "check", "fill", "录错", now=NOW)
    for step in ("fill", "check"):
        with database.reading(COMPANY) as session:
            steps = heat.look(session, cast.owner, "twice", {}, now=NOW).steps
            assert sum(each.live.returned for each in steps if each.live) == 0
            filters = open_tasks.TaskFilters(process="twice", state="returned")
            assert not open_tasks.lines(session, cast.owner, filters, EVERYTHING, now=NOW).rows
        kit.complete(database, cast.clerk, moved, step, now=NOW + DAY)
    sum_up(database, NOW + 3 * DAY)
    with database.reading(COMPANY) as session:
        found = heat.look(session, cast.owner, "twice", {}, now=NOW + 3 * DAY)
    assert (found.cases.done, found.cases.first_pass, found.loops) == (1, 1.0, [])
    assert [each.past.again for each in found.steps] == [0, 0]


def test_steps_of_one_name_are_told_apart_by_where_they_stand(database: databases.Database, cast: Cast) -> None:
    """By the lane, else by the subprocess, else by number; a name that is alone stays as it is."""

    def checks(*ids: str) -> str:
        return "".join(kit.task(each, groups="客服专员").replace(f'name="{each}"', 'name="核对"') for each in ids)

    lane = '<bpmn:laneSet id="lanes"><bpmn:lane id="own" name="客服专员"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    inner = kit.start("inside") + checks("c") + kit.end("ended") + kit.chain("inside", "c", "ended")
    part = f'<bpmn:subProcess id="part" name="复核">{inner}</bpmn:subProcess>'
    flows = kit.chain("started", "a", "b", "e", "part", "d", "done")
    content = (lane, kit.start(), checks("a", "b", "e"), part, kit.task("d", groups="客服专员"), kit.end(), flows)
    kit.deploy(database, cast.owner, kit.diagram("alike", *content, managers=["主管领导"]))
    told = {"a": "核对 · 客服专员", "b": "核对 (1)", "e": "核对 (2)", "c": "核对 · 复核", "d": "d"}
    case = kit.begin(database, cast.owner, "alike")
    for step in ("a", "b", "e", "c", "d"):
        kit.complete(database, cast.clerk, case, step, now=NOW)
    sum_up(database, NOW + DAY)
    with database.reading(COMPANY) as session:
        assert {each.element_id: each.name for each in process_board.look(session, cast.owner, "alike", now=NOW).steps} == told
        found = heat.look(session, cast.owner, "alike", {}, now=NOW + DAY)
        assert {each.element_id: each.name for each in found.steps} == told


def test_cases_at_steps_that_the_newest_version_dropped_are_counted_with_their_names(
    database: databases.Database, cast: Cast, process: None
) -> None:
    kept = kit.begin(database, cast.owner, "checking")
    ids = ("started", "check", "countersign", "wait", "done")
    steps = (kit.task("check", groups="客服专员"), kit.task("countersign", groups="客服专员"))
    waits = kit.node("intermediateCatchEvent", "wait", inner=kit.timer("timeDuration", "P9D"))
    longer = kit.diagram("checking", kit.start(), *steps, waits, kit.end(), kit.chain(*ids), managers=["主管领导"])
    kit.deploy(database, cast.owner, longer)
    cases = [kit.begin(database, cast.owner, "checking") for _ in range(3)]
    for case in cases:
        kit.complete(database, cast.clerk, case, "check")
    kit.complete(database, cast.clerk, cases[0], "countersign")
    content = (kit.start(), kit.task("check", groups="客服专员"), kit.end(), kit.chain("started", "check", "done"))
    kit.deploy(database, cast.owner, kit.diagram("checking", *content, managers=["主管领导"]))
    with database.reading(COMPANY) as session:
        found = process_board.look(session, cast.owner, "checking", now=NOW)
        hot = heat.look(session, cast.owner, "checking", {}, now=NOW)
    lying = {step.element_id: (step.name, step.open, step.resting, step.version) for step in found.steps}
    assert lying == {"check": ("check", 1, 0, 0), "countersign": ("countersign", 2, 0, 2), "wait": ("wait", 0, 1, 2)}
    assert sum(step.open + step.resting for step in found.steps) == found.line.running == 4
    assert found.marks["counts"] == {"check": "1"}
    tasks = {line.element_id: (line.live.open, line.version) for line in hot.steps if line.live}
    assert tasks == {"check": (1, 0), "countersign": (2, 2)}
    assert sum(count for count, _version in tasks.values()) == hot.running.parts["task"] == 3
    assert kit.open_elements(database, kept) == ["check"]
