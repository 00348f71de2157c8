"""What an act costs does not grow with how many people a step waits for: the same statements for three and for twelve."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine.cases.rights import standing_in
from engine.deadlines import suspending
from engine.people import actors, organisation
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import consulting, deputies, handing, signers
from engine.verbs.approvals.back import returns, taking_back
from engine.verbs.overdue import reminders
from engine.verbs.running import ending, process_instances
from engine.verbs.sharing import comments, copies, urging
from tests.cast import COMPANY, Cast
from tests.engine import kit
from tests.engine.verbs.test_costs import counted

FEW, MANY = 3, 12
LATER = kit.NOW + timedelta(days=9)
# what is done to the case or the task: (session, who, case, task, the people asked)
ACTS: dict[str, Callable[[Session, Any, int, int, list[str]], Any]] = {
    "vote": lambda s, by, case, task, _: user_tasks.complete(s, by("m0"), task, {}, outcome="approve", now=kit.NOW),
    "hand over": lambda s, by, case, task, _: handing.transfer(s, by("m0"), task, "head", "忙", now=kit.NOW),
    "add signers": lambda s, by, case, task, _: signers.add_signer(s, by("m0"), task, "after", ["head"], "请阅", now=kit.NOW),
    "delegate": lambda s, by, case, task, _: signers.delegate(s, by("m0"), task, "head", "代办", now=kit.NOW),
    "consult": lambda s, by, case, task, names: consulting.consult(s, by("m0"), task, names[1:], "意见?", now=kit.NOW),
    "copy": lambda s, by, case, task, names: copies.copy_to(s, by("owner"), case, names, "请知悉", now=kit.NOW),
    "comment": lambda s, by, case, task, names: comments.add(
        s, by("owner"), case, " ".join(f"@{each}" for each in names), now=kit.NOW
    ),
    "urge": lambda s, by, case, task, _: urging.urge(s, by("clerk"), case, "请快", now=kit.NOW),
    "suspend": lambda s, by, case, task, _: suspending.suspend(s, by("owner"), case, "等", now=kit.NOW),
    "return": lambda s, by, case, task, _: returns.return_task(s, by("m0"), task, "fill", "补", now=kit.NOW),
    "take back": lambda s, by, case, task, _: taking_back.withdraw_in(s, by("clerk"), case, "改", now=kit.NOW),
    "cancel": lambda s, by, case, task, _: process_instances.cancel(s, by("owner"), case, "不办了", now=kit.NOW),
    "terminate": lambda s, by, case, task, _: ending.terminate(s, by("owner"), case, "不办了", now=kit.NOW),
    "void": lambda s, by, case, task, _: ending.void(s, by("owner"), case, "错了", now=kit.NOW),
    "warn": lambda s, by, case, task, _: reminders.warn(s, {"user_task_key": task}, now=LATER),
    "overdue": lambda s, by, case, task, _: reminders.tell_overdue(s, {"user_task_key": task}, now=LATER),
    "remind": lambda s, by, case, task, _: reminders.remind(s, {"user_task_key": task, "count": 1}, now=LATER),
}


@pytest.fixture
def database(postgres_database: databases.Database) -> databases.Database:
    return postgres_database


@pytest.fixture
def offices(database: databases.Database, cast: Cast) -> None:
    """A process that a few people decide together, and one that many do."""
    with database.transaction(COMPANY) as session:
        names = [f"m{number}" for number in range(MANY)]
        session.execute(insert(models.Person), [{"company_id": COMPANY, "username": each, "name": each} for each in names])
        for size in (FEW, MANY):
            rows = [{"company_id": COMPANY, "group_name": f"组{size}", "username": each} for each in names[:size]]
            session.execute(insert(models.Membership), rows)
        organisation.changed(session, COMPANY)
    for size in (FEW, MANY):
        given = {"kind": "approve", "rule": "all", "due": "1d", "remind": "1d", "escalate": "group:流程管理员"}
        steps = (kit.task("fill", groups="客服专员"), kit.task("vote", groups=f"组{size}", **given), kit.end())
        content = (kit.start(), *steps, kit.chain("started", "fill", "vote", "done"))
        kit.deploy(database, cast.owner, kit.diagram(f"by{size}", *content, initiator_may_cancel=True))


def cost(database: databases.Database, cast: Cast, size: int, *acts: str) -> int:
    """The statements of the last of `acts` on a new case that waits for `size` people."""
    case = kit.begin(database, cast.clerk, f"by{size}")
    with database.transaction(COMPANY) as session:
        user_tasks.claim(session, cast.clerk, kit.open_task(database, case, "fill"), now=kit.NOW)
    kit.complete(database, cast.clerk, case, "fill")
    task = kit.open_task(database, case, "vote")
    seen: list[str] = []
    for name in acts:
        with database.transaction(COMPANY) as session:

            def by(username: str, session: Session = session) -> Any:
                return actors.load(session, COMPANY, username, now=kit.NOW)

            with counted(database) as seen:
                ACTS[name](session, by, case, task, [f"m{number}" for number in range(size)])
                session.flush()
    return len(seen)


@pytest.mark.usefixtures("offices")
def test_no_act_costs_more_statements_for_more_people(database: databases.Database, cast: Cast) -> None:
    cost(database, cast, FEW, "suspend")  # the first time also fills the caches
    found = {name: tuple(cost(database, cast, size, name) for size in (FEW, MANY)) for name in ACTS}
    assert {name: figures for name, figures in found.items() if figures[0] != figures[1]} == {}


def test_why_deputies_may_not_act_is_asked_once_for_all_that_waits(database: databases.Database, cast: Cast) -> None:
    fork, check = kit.node("parallelGateway", "fork"), kit.task("check", assignee="manager", separate_from="fill")
    flows = kit.chain("started", "fork", "fill", "done") + kit.chain("fork", "check", "done")
    steps = (kit.start(), fork, kit.task("fill", assignee="clerk"), check, kit.end(), flows)
    kit.deploy(database, cast.owner, kit.diagram("apart", *steps))
    with database.transaction(COMPANY) as session:
        for name in ("clerk", "head"):
            deputies.set_up(session, cast.manager, name, begins_at=kit.NOW, ends_at=LATER, now=kit.NOW)
    taken = []
    for size in (FEW, FEW, MANY):  # the first fills the caches
        for _ in range(size - len(kit.rows(database, models.ProcessInstance))):
            kit.complete(database, cast.clerk, kit.begin(database, cast.owner, "apart"), "fill")
        with database.reading(COMPANY) as session:
            task, item = models.UserTask, models.WorkItem
            waiting = select(item, task).join(task, task.key == item.user_task_key).where(item.state == "open")
            parts = [(row[0], row[1]) for row in session.execute(waiting)]
            with counted(database) as seen:
                found = standing_in.on(session, organisation.current(session, COMPANY), parts, now=kit.NOW)
        assert [(each.able, each.barred) for each in found.values()] == [(["head"], {"clerk": standing_in.ACTED_APART})] * size
        taken.append(len(seen))
    assert taken[1] == taken[2]
