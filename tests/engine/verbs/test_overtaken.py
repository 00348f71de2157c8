"""What somebody hears whose window shows a task that is none any more, and who was asked about one that is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine import errors
from engine.background.worker import Worker
from engine.cases.rights import over
from engine.people import organisation
from engine.queries.inbox import question_page, told
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import consulting, jumps
from engine.verbs.approvals.back import returns, taking_back
from engine.verbs.running import ending, process_instances
from tests.cast import Cast
from tests.engine import kit

LATER = kit.NOW + timedelta(minutes=1)
WAYS: dict[str, Callable[..., Any]] = {  # how somebody ends the step “judge”, who it is, and what the others hear
    "sent this case back to “fill”": lambda s, cast, case, task: returns.return_task(
        s, cast.manager, task, "fill", "缺附件", now=LATER
    ),
    "taken “fill” back": lambda s, cast, case, task: taking_back.withdraw_in(s, cast.outsider, case, "漏了", now=LATER),
    "moved this case to “fill”": lambda s, cast, case, task: jumps.jump(
        s, cast.owner, case, "judge", "fill", "走错了", now=LATER
    ),
    "cancelled this case": lambda s, cast, case, task: process_instances.cancel(s, cast.owner, case, "不要了", now=LATER),
    "ended this case by force": lambda s, cast, case, task: ending.terminate(s, cast.owner, case, "不要了", now=LATER),
    "declared this case void": lambda s, cast, case, task: ending.void(s, cast.owner, case, "不要了", now=LATER),
    "is already done, by": lambda s, cast, case, task: user_tasks.complete(
        s, cast.manager, task, {}, outcome="reject", opinion="不行", now=LATER
    ),
}
DOERS = {"sent this case back to “fill”": "manager", "taken “fill” back": "outsider", "is already done, by": "manager"}


@pytest.fixture
def database(sqlite_database: databases.Database) -> databases.Database:
    """One is enough: nothing here depends on which."""
    return sqlite_database


def begun(database: databases.Database, cast: Cast) -> tuple[int, int]:
    """A case that three decide together, after somebody filled it in; the case and that task."""
    steps = (
        kit.task("fill", users="outsider"),
        kit.task("judge", users="clerk,clerk2,manager", kind="approve", rule="all"),
    )
    flow = (kit.start(), *steps, kit.end(), kit.chain("started", "fill", "judge", "done"))
    kit.deploy(database, cast.owner, kit.diagram("overtaken", *flow))
    case = kit.begin(database, cast.head, "overtaken")
    kit.complete(database, cast.outsider, case, "fill")
    return case, kit.open_task(database, case, "judge")


@pytest.mark.parametrize("told_so", WAYS)
def test_a_stale_window_hears_what_happened_and_by_whom_and_who_was_asked_need_not_answer(
    database: databases.Database, cast: Cast, told_so: str
) -> None:
    case, task = begun(database, cast)
    with database.transaction("acme") as session:
        consulting.consult(session, cast.clerk, task, ["head"], "预算够吗？", now=kit.NOW)
        question = session.query(models.Consultation).one().key
        assert told.open_questions(session, cast.head) == 1
    with database.transaction("acme") as session:
        WAYS[told_so](session, cast, case, task)
    with database.transaction("acme") as session, pytest.raises(errors.Conflict) as refused:
        user_tasks.complete(session, cast.clerk, task, {}, outcome="approve", now=LATER)
    said = str(refused.value)
    assert told_so in said and getattr(cast, DOERS.get(told_so, "owner")).name in said
    with database.transaction("acme") as session, pytest.raises(errors.Conflict, match=told_so):
        consulting.answer(session, cast.head, question, "够", now=LATER)
    with database.reading("acme") as session:
        assert told.open_questions(session, cast.head) == 0
        page = question_page.question_page(session, cast.head, question, now=LATER)
        assert not page.is_open and told_so in str(page.over)
    [notice] = [each for each in kit.notices(database, username="head") if "不必答复" in each.subject]
    assert "预算够吗？" in notice.body and "judge" in notice.body


def test_who_has_answered_or_did_the_task_himself_hears_nothing(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast)
    with database.transaction("acme") as session:
        consulting.consult(session, cast.clerk, task, ["head", "manager"], "预算够吗？", now=kit.NOW)
        asked = {each.asked: each.key for each in session.query(models.Consultation)}
        consulting.answer(session, cast.head, asked["head"], "够", now=kit.NOW)
    kit.complete(database, cast.manager, case, "judge", outcome="reject", opinion="不行")
    assert [each for each in kit.notices(database) if "不必答复" in each.subject] == []


@pytest.mark.parametrize("told_so", ["sent this case back to “fill”", "cancelled this case", "is already done, by"])
def test_nobody_hears_that_others_were_faster_where_he_did_it_himself_in_another_window(
    database: databases.Database, cast: Cast, told_so: str
) -> None:
    case, task = begun(database, cast)
    with database.transaction("acme") as session:
        WAYS[told_so](session, cast, case, task)
    doer = getattr(cast, DOERS.get(told_so, "owner"))
    with database.reading("acme") as session:
        row, instance = session.get_one(models.UserTask, task), session.get_one(models.ProcessInstance, case)
        company = organisation.current(session, "acme")
        others, own = (over.refusal(session, by, row, instance, company) for by in (cast.clerk, doer))
    assert isinstance(others, errors.Overtaken) and doer.name in str(others)
    assert isinstance(own, errors.Conflict) and not isinstance(own, errors.Overtaken)
    assert "You have" in str(own) and doer.name not in str(own)


def test_who_went_on_himself_hears_so_when_he_takes_a_step_back(database: databases.Database, cast: Cast) -> None:
    steps = (kit.task("one", users="clerk"), kit.task("two", users="clerk"), kit.task("three", users="head"))
    flow = (kit.start(), *steps, kit.end(), kit.chain("started", "one", "two", "three", "done"))
    kit.deploy(database, cast.owner, kit.diagram("twice", *flow))
    case = kit.begin(database, cast.outsider, "twice")
    first = kit.open_task(database, case, "one")
    kit.complete(database, cast.clerk, case, "one")
    kit.complete(database, cast.clerk, case, "two")
    with database.transaction("acme") as session, pytest.raises(errors.Conflict, match="you have handled “two”") as refused:
        taking_back.withdraw(session, cast.clerk, first, now=LATER)
    assert not isinstance(refused.value, errors.Overtaken)


def test_who_lost_a_task_to_a_deadline_reads_which_and_when(database: databases.Database, cast: Cast) -> None:
    late = kit.boundary("期限届满", "one", kit.timer("timeDuration", "PT1M"))
    flow = (kit.start(), kit.task("one", users="clerk"), late, kit.end(), kit.end("late"))
    ways = (kit.chain("started", "one", "done"), kit.chain("期限届满", "late"))
    kit.deploy(database, cast.owner, kit.diagram("timed", *flow, *ways))
    task = kit.open_task(database, kit.begin(database, cast.head, "timed"), "one")
    Worker(database, lambda: LATER).run_once()
    with database.transaction("acme") as session, pytest.raises(errors.Overtaken, match="“期限届满” was up on 2 Mar 09:01"):
        user_tasks.complete(session, cast.clerk, task, {}, now=LATER)
