"""Today, the open tasks and the workload: a figure is the length of the list that it opens, for any rights."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.background.insight import summing
from engine.cases.rights import access, leading
from engine.people import roles
from engine.people.actors import Actor
from engine.queries import paging
from engine.queries.cases import offered
from engine.queries.inbox import inbox
from engine.queries.insight import deadlines, ended, heat
from engine.queries.insight.ended import EndedFilters
from engine.queries.status import board, choosable, open_tasks, process_board, row_acts, today, workload
from engine.queries.status.board import CaseFilters
from engine.queries.status.open_tasks import TaskFilters
from engine.reporting import answering, behind, question
from engine.storage import database as databases
from engine.storage.models import ProcessInstance, UserTask
from engine.verbs import user_tasks
from tests.benchmarks.company import Statements
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.engine.kit import NOW

EVERYTHING = paging.WantedPage(size=500)


@pytest.fixture
def running(database: databases.Database, cast: Cast) -> list[int]:
    """Six cases of two processes, of one with a limit at its first step, begun on three days."""
    kit.deploy(database, cast.owner, *kit.two_steps("managed", first_due="2d", managers=["客服专员"]))
    kit.deploy(database, cast.owner, *kit.two_steps("followed", visible_to=["主管领导"]))
    return [
        kit.begin(database, cast.owner, name, {"subject": "纸"}, now=NOW - timedelta(days=day))
        for day in (9, 4, 1)
        for name in ("managed", "followed")
    ]


@pytest.fixture
def idle(database: databases.Database, cast: Cast) -> None:
    """A process without cases."""
    kit.deploy(database, cast.owner, *kit.two_steps("idle"))


GIVEN = [
    (roles.MANAGER, "service"),
    (roles.MANAGER, "office"),
    (roles.OPERATOR, ""),
    (roles.OWNER, "managed"),
    (roles.AUDITOR, ""),
]
rights = st.fixed_dictionaries(
    {
        "groups": st.frozensets(st.sampled_from(["客服专员", "主管领导", "部门负责人"])),
        "roles": st.frozensets(st.sampled_from(GIVEN), max_size=2),
        "is_administrator": st.sampled_from([False, False, True]),
    }
)


def lengths(session: Session, by: Actor, filters: TaskFilters, now: datetime) -> int:
    return len(open_tasks.lines(session, by, filters, EVERYTHING, now=now).rows)


def cases(session: Session, by: Actor, filters: CaseFilters, now: datetime) -> int:
    return len(board.cases(session, by, filters, EVERYTHING, now=now).rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(
    given=rights,
    day=st.sampled_from([0, 3, 30]),
    process=st.sampled_from(["", "managed"]),
    department=st.sampled_from(["", "service"]),
)
def test_every_figure_is_the_length_of_its_list_for_any_rights(
    database: databases.Database,
    cast: Cast,
    running: list[int],
    idle: None,
    given: Any,
    day: int,
    process: str,
    department: str,
) -> None:
    now, by = NOW + timedelta(days=day), replace(cast.outsider, **given)
    of = {"process": process, "department": department}
    with database.reading(COMPANY) as session:
        seen = today.look(session, by, **of, now=now)
        for figure, state in ((seen.waiting, ""), (seen.due_today, "today"), (seen.overdue, "overdue")):
            assert figure == lengths(session, by, TaskFilters(state=state, **of), now)
        assert seen.stopped == cases(session, by, CaseFilters(state="incident", **of), now)
        assert seen.suspended == cases(session, by, CaseFilters(state="suspended", **of), now)
        for figure, ended in ((seen.finished, "week"), (seen.finished_before, "before")):
            assert figure == cases(session, by, CaseFilters(state="completed", ended=ended, **of), now)
        for line in board.lines(session, by, now=now):
            for figure, state in ((line.running, "active"), (line.overdue, "overdue"), (line.incidents, "incident")):
                assert figure == cases(session, by, CaseFilters(process=line.process_id, state=state), now)
            ended_lately = CaseFilters(process=line.process_id, state="completed", ended="recent")
            assert line.finished == cases(session, by, ended_lately, now)
        load = workload.look(session, by, **of, now=now)
        for each in load.people:
            for state, figure in (("", each.open), ("soon", each.soon), ("overdue", each.overdue)):
                filters = TaskFilters(holder=each.username or "", state=state, process=process)
                assert figure == lengths(session, by, filters, now)
        for each in load.groups:
            filters = TaskFilters(holder=open_tasks.NONE, group=each.group or "", process=process)
            assert each.open == lengths(session, by, filters, now)
        listed = open_tasks.lines(session, by, TaskFilters(), EVERYTHING, now=now).rows
        assert all(access.may_see(session, by, session.get_one(ProcessInstance, line.case_key)) for line in listed)
        _filters_offer_what_there_is_to_see(session, by, now)


def _filters_offer_what_there_is_to_see(session: Session, by: Actor, now: datetime) -> None:
    seen, row = board.within(session, by, CaseFilters(), now), ProcessInstance
    of_cases = set(session.scalars(select(row.process_id).where(*seen)))
    assert {id for id, _name in choosable.processes(session, by)} == {*access.followed(session, by), *of_cases}
    assert {id for id, _name in choosable.operated(session, by)} <= {id for id, _name in choosable.processes(session, by)}
    offered, own = {id for id, _name in choosable.departments(session, by)}, leading.departments(session, by)
    assert set(session.scalars(select(row.initiator_department).where(*seen))) <= offered
    if own and not (access.followed(session, by) or by.operates):
        for each in offered - own:
            assert cases(session, by, CaseFilters(department=each), now) + lengths(
                session, by, TaskFilters(department=each), now
            )


@pytest.fixture
def worked(database: databases.Database, cast: Cast, running: list[int]) -> datetime:
    """Of the six, two are through; the past is summed up. When that is."""
    for case, day in ((running[0], 1), (running[1], 2)):
        kit.complete(database, cast.clerk, case, "a", {"answer": "好"}, now=NOW + timedelta(days=day - 1))
        kit.complete(database, cast.head, case, "b", now=NOW + timedelta(days=day))
    later = NOW + timedelta(days=10)
    with database.transaction() as session:
        summing.catch_up(session, COMPANY, now=later)
    return later


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(given=rights, department=st.sampled_from(["", "service"]), of=st.sampled_from(["cases", "steps"]))
def test_what_is_told_of_the_past_and_in_reports_is_as_long_as_its_lists_for_any_rights(
    database: databases.Database, cast: Cast, worked: datetime, given: Any, department: str, of: str
) -> None:
    by = replace(cast.outsider, **given)
    with database.reading(COMPANY) as session:
        for process in ("managed", "followed"):
            told = {"days": "28", "department": department}
            if not access.may_follow(session, by, process):
                for ask in (heat.look, lambda s, b, p, g, now: process_board.look(s, b, p, now=now)):
                    with pytest.raises(errors.NotFound):
                        ask(session, by, process, told, now=worked)
                continue
            _heat_is_as_its_lists(session, by, process, told, worked)
        _deadlines_are_as_their_lists(session, by, department, worked)
        _reports_are_as_their_lists(session, by, department, of, worked)


def _heat_is_as_its_lists(session: Session, by: Actor, process: str, told: dict[str, str], now: datetime) -> None:
    found, department = heat.look(session, by, process, told, now=now), told["department"]
    days = {"since": found.side.extent.first.isoformat(), "until": found.side.extent.last.isoformat()}
    for line in found.steps:
        at = TaskFilters(process=process, element=line.element_id, department=department)
        live = (line.live.open, line.live.overdue, line.live.returned) if line.live else (0, 0, 0)
        assert live == tuple(lengths(session, by, replace(at, state=state), now) for state in ("", "overdue", "returned"))
        for figure, kind in ((line.past.done, ""), (line.past.promised, "limited"), (line.past.late, "late")):
            behind_it = EndedFilters(element=line.element_id, kind=kind, department=department, **days)
            assert figure == len(ended.lines(session, by, process, behind_it, EVERYTHING).page.rows)
    for way in found.ways.commonest:
        walked = CaseFilters(process=process, state="completed", path=way.path, department=department, **days)
        assert way.count == cases(session, by, walked, now)
    if not department:
        for step in process_board.look(session, by, process, now=now).steps:
            at = TaskFilters(process=process, element=step.element_id)
            assert step.open == lengths(session, by, at, now)
            assert step.overdue == lengths(session, by, replace(at, state="overdue"), now)
            resting = CaseFilters(process=process, state="active", lies=f"rests_at:{step.element_id}")
            assert step.resting == cases(session, by, resting, now)


def _deadlines_are_as_their_lists(session: Session, by: Actor, department: str, now: datetime) -> None:
    found = deadlines.look(session, by, {"department": department}, now=now)
    assert (found is None) == (not access.followed(session, by))
    for each in found.processes if found else ():
        days = {"since": found.extent.first.isoformat(), "until": found.extent.last.isoformat(), "department": department}
        for figure, kind in ((each.promised, "limited"), (each.late, "late")):
            assert figure == len(ended.lines(session, by, each.process, EndedFilters(kind=kind, **days), EVERYTHING).page.rows)
        for figure, limit in ((each.cases, "limited"), (each.cases_late, "late")):
            assert figure == cases(session, by, CaseFilters(process=each.process, state="completed", limit=limit, **days), now)


def _reports_are_as_their_lists(session: Session, by: Actor, department: str, of: str, now: datetime) -> None:
    open_to_him = [id for id, _name in choosable.processes(session, by)]
    if not open_to_him:
        return
    asked = {"processes": open_to_him, "of": of, "period": "all", "group": ["process"]}
    wanted = question.read({**asked, "departments": [department] if department else []})
    asking = answering.asking(session, by, wanted, now=now)
    found = answering.answer(asking)
    for line in found.lines:
        rows = behind.lines(asking, line.keys, EVERYTHING).rows
        assert line.figures[0] == len(rows)
        assert all(access.may_see(session, by, session.get_one(ProcessInstance, each.key)) for each in rows)
    if of == "steps":
        counted = {each.row for each in behind.lines(asking, (), EVERYTHING).rows}
        open_now = TaskFilters() if not department else None
        listed = open_tasks.lines(session, by, open_now, EVERYTHING, now=now).rows if open_now else ()
        assert {line.key for line in listed} <= counted, "what is open is counted as the lists show it"
        seen = set(session.scalars(select(UserTask.key).where(access.tasks_seen(session, by))))
        assert counted <= seen


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(given=rights, name=st.sampled_from(["clerk", "head", "owner", "outsider"]))
def test_a_row_offers_what_the_pages_of_its_task_and_case_offer(
    database: databases.Database, cast: Cast, running: list[int], given: Any, name: str
) -> None:
    by = replace(getattr(cast, name), **given)
    with database.reading(COMPANY) as session:
        in_inbox = {line.task_key for line in inbox.open_tasks(session, by, inbox.InboxFilters(), EVERYTHING, now=NOW).rows}
        for line in open_tasks.lines(session, by, TaskFilters(), EVERYTHING, now=NOW).rows:
            case = session.get_one(ProcessInstance, line.case_key)
            names = {each.name for each in offered.on_case(session, by, case)} & set(row_acts.NAMES)
            names |= {"open"} if line.key in in_inbox else set()
            assert set(line.acts) == (set() if by.is_auditor else names)


def test_a_figure_above_a_thousand_is_not_counted_on(
    database: databases.Database, cast: Cast, running: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_tasks, "MOST_COUNTED", 2)
    with database.reading(COMPANY) as session:
        assert today.look(session, cast.owner, now=NOW).waiting == 3


@pytest.mark.parametrize(
    "department", ["", "office", "service"]
)  # an administrator's view; who began the cases; who holds them
def test_the_board_by_process_counts_no_further_than_it_shows(
    database: databases.Database, cast: Cast, running: list[int], department: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for case in running:
        with database.transaction(COMPANY) as session:
            user_tasks.claim(session, cast.clerk, kit.open_task(database, case, "a"), now=NOW)
    led = replace(cast.outsider, roles=frozenset({(roles.MANAGER, department)})) if department else cast.owner
    for most, shown in ((5, 3), (1, 2)):
        monkeypatch.setattr(open_tasks, "MOST_COUNTED", most)
        with database.reading(COMPANY) as session:
            lines = board.lines(session, led, now=NOW + timedelta(days=30))
        assert {line.process_id: (line.running, line.overdue) for line in lines} == {
            "managed": (shown, shown),
            "followed": (shown, 0),
        }


def test_who_follows_nothing_sees_nothing_and_a_manager_only_his_own(
    database: databases.Database, cast: Cast, running: list[int]
) -> None:
    with database.reading(COMPANY) as session:
        nothing = today.look(session, cast.outsider, now=NOW)
        assert nothing.is_quiet and not nothing.nearest and not workload.look(session, cast.outsider, now=NOW).people
        managed = today.look(session, cast.clerk, now=NOW)
        everything = today.look(session, cast.owner, now=NOW)
    assert 0 < managed.waiting < everything.waiting
    assert {line.process_name for line in managed.oldest} < {line.process_name for line in everything.oldest}


@pytest.mark.both_databases
def test_tasks_are_listed_by_their_limit_and_what_has_none_comes_last(
    database: databases.Database, cast: Cast, running: list[int]
) -> None:
    late = NOW + timedelta(days=30)
    with database.transaction(COMPANY) as session:
        for number, task in enumerate(session.query(UserTask).order_by(UserTask.key)):
            task.due_at = NOW + timedelta(days=(number * 5) % 6) if number % 3 else None

    def walked(state: str) -> list[list[int]]:
        pages, wanted, filters = list[list[int]](), paging.WantedPage(size=2), TaskFilters(state=state)
        with database.reading(COMPANY) as session:
            while True:
                page = open_tasks.lines(session, cast.owner, filters, wanted, now=late)
                pages.append([line.key for line in page.rows])
                if not page.next:
                    break
                wanted = paging.WantedPage(after=page.next, size=2)
            before = paging.WantedPage(before=page.previous, size=2)
            back = open_tasks.lines(session, cast.owner, filters, before, now=late)
        assert [line.key for line in back.rows] == pages[-2]
        return pages

    with database.reading(COMPANY) as session:
        due = dict(session.query(UserTask.key, UserTask.due_at).all())
    limited = sorted((key for key in due if due[key]), key=lambda key: due[key])
    assert list(itertools.chain(*walked("overdue"))) == limited
    assert list(itertools.chain(*walked(""))) == [*limited, *sorted(key for key in due if not due[key])]


@pytest.mark.both_databases
def test_of_what_he_sees_that_he_manages_comes_first_where_he_can_act(
    database: databases.Database, cast: Cast, running: list[int]
) -> None:
    with database.transaction(COMPANY) as session:
        for number, task in enumerate(session.query(UserTask).where(UserTask.process_id == "followed")):
            task.due_at = NOW - timedelta(days=20 - number)
    manages, looks = frozenset({"客服专员"}), frozenset({"主管领导"})

    def names(groups: frozenset[str]) -> tuple[list[str], list[str]]:
        with database.reading(COMPANY) as session:
            seen = today.look(session, replace(cast.outsider, groups=groups), now=NOW)
        return [line.process_name for line in seen.steered], [line.process_name for line in seen.rest]

    assert names(manages | looks) == (["流程 managed"] * 3, ["流程 followed"] * 3)
    assert names(manages) == ([], ["流程 managed"] * 3) and names(looks) == ([], ["流程 followed"] * 3)


def test_what_waits_longest_comes_first_and_a_completion_shows_at_once(
    database: databases.Database, cast: Cast, running: list[int]
) -> None:
    with database.reading(COMPANY) as session:
        before = today.look(session, cast.owner, now=NOW)
    assert [line.place.since for line in before.oldest] == sorted(line.place.since for line in before.oldest)
    with database.transaction(COMPANY) as session:  # who takes it makes it wait no less
        user_tasks.claim(session, cast.clerk, before.oldest[0].key, now=NOW)
    with database.reading(COMPANY) as session:
        claimed = today.look(session, cast.owner, now=NOW)
    assert [(line.key, line.place.since) for line in claimed.oldest] == [(line.key, line.place.since) for line in before.oldest]
    kit.complete(database, cast.clerk, before.oldest[0].place.instance_key, "a", {"answer": "好"})
    with database.reading(COMPANY) as session:
        after = today.look(session, cast.owner, now=NOW)
    assert before.oldest[0].key not in [line.key for line in after.oldest]


def test_what_was_done_and_how_long_it_took_is_told_by_person(
    database: databases.Database, cast: Cast, running: list[int]
) -> None:
    with database.reading(COMPANY) as session:
        first = today.look(session, cast.owner, now=NOW).oldest[0]
    kit.complete(database, cast.clerk, first.place.instance_key, "a", {"answer": "好"})
    with database.reading(COMPANY) as session:
        found = {each.username: each for each in workload.look(session, cast.owner, now=NOW).people}
    assert (found["clerk"].done, found["clerk"].typical) == (1, timedelta(days=9))


def test_a_task_offered_to_several_counts_with_each_until_one_takes_it_and_says_so(
    database: databases.Database, cast: Cast
) -> None:
    task = kit.task("a", users="clerk,clerk2")
    kit.deploy(database, cast.owner, kit.diagram("offered", kit.start(), task, kit.end(), kit.chain("started", "a", "done")))
    key = kit.open_task(database, kit.begin(database, cast.clerk, "offered"), "a")

    def loads() -> list[tuple[str | None, int, int]]:
        with database.reading(COMPANY) as session:
            found = workload.look(session, cast.owner, process="offered", now=NOW).people
        return [(each.username, each.open, each.shared) for each in found if each.open]

    assert sorted(loads()) == [("clerk", 1, 1), ("clerk2", 1, 1)]
    with database.transaction() as session:
        user_tasks.claim(session, cast.clerk, key, now=NOW)
    assert loads() == [("clerk", 1, 0)]


@pytest.mark.both_databases
@pytest.mark.parametrize(("look", "most"), [(today.look, 8), (workload.look, 5)])
@pytest.mark.parametrize("role", [None, (roles.MANAGER, "service"), (roles.OPERATOR, "")])
def test_managers_pages_cost_the_same_whatever_the_rights(
    database: databases.Database, cast: Cast, running: list[int], look: Any, most: int, role: Any
) -> None:
    by = replace(cast.clerk, roles=frozenset([role] if role else []))
    for each in (cast.owner, by):
        with database.reading(COMPANY) as session, Statements(database) as counted:
            look(session, each, now=NOW)
            first = len(counted.texts)
            look(session, each, now=NOW)  # what the person follows is not asked again
        assert len(counted.texts) - first < most, counted.texts[first:]
