"""Leaving, coming back, changes entered before their day, and who may never be the last to go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from engine import errors
from engine.background.worker import Worker
from engine.people import actors, organisation
from engine.people.credentials import password_codes, passwords, sign_ins
from engine.people.organisation import Organisation
from engine.queries.organisation import log
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import user_tasks
from engine.verbs.approvals import deputies
from engine.verbs.organisation import departments, groups, leaving, persons, planned, posts, roles
from engine.verbs.organisation.leaving import BACK, Plan
from engine.verbs.organisation.machines import people
from tests.cast import COMPANY, Cast
from tests.engine import kit


@pytest.fixture
def do(database: databases.Database) -> Callable[..., Any]:
    def doing(verb: Any, *arguments: Any, now: datetime = kit.NOW, **named: Any) -> Any:
        with database.transaction(COMPANY) as session:
            return verb(session, *arguments, now=now, **named)

    return doing


def company(database: databases.Database) -> Organisation:
    with database.reading(COMPANY) as session:
        return organisation.current(session, COMPANY)


def faults(refused: pytest.ExceptionInfo[errors.Invalid]) -> dict[str, list[str]]:
    return {name: [str(each) for each in found] for name, found in refused.value.fields.items()}


def test_a_leaver_is_out_at_once_and_everything_of_his_goes_to_one(
    database: databases.Database, cast: Cast, do: Callable[..., Any]
) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps("p"))
    case = kit.begin(database, cast.clerk, "p", {"subject": "一"})
    task = kit.open_task(database, case, "a")
    do(user_tasks.claim, cast.clerk, task)
    do(departments.alter, cast.owner, "works", departments.DepartmentValues("工程部", "office", "clerk"))
    with database.transaction(COMPANY) as session:
        sign_ins.begin(session, COMPANY, "clerk", now=kit.NOW)
    do(leaving.leave, cast.owner, "clerk", Plan("clerk2"))
    assert kit.rows(database, models.SignIn) == []
    with database.reading(COMPANY) as session:
        assert actors.load(session, COMPANY, "clerk") is None
    now = company(database)
    assert now.members_of("客服专员") == ("clerk2",) and now.head_of("works") == "clerk2"
    assert [(item.username, item.state) for item in kit.rows(database, models.WorkItem)] == [("clerk2", "open")]
    kit.complete(database, cast.clerk2, case, "a", {"answer": "好"})
    told = [(row.kind, row.data.get("before"), row.data.get("to")) for row in kit.rows(database, models.HistoryEvent)]
    assert ("reassigned", "clerk", "clerk2") in told
    [given] = kit.rows(database, models.HistoryEvent, kind="reassigned")
    assert "离职" in given.data["reason"]
    assert now.name_of(kit.instance(database, case).initiator) == "陈办事"
    told_of = {(each.username, each.subject, each.body) for each in kit.notices(database, kind="told")}
    assert told_of == {
        ("clerk", "您现在是部门负责人：工程部", ""),
        ("clerk2", "您接替了陈办事", "您现在是部门负责人：工程部。"),  # of the group he was before
    }


def test_tasks_go_to_several_people_or_back_to_the_group(
    database: databases.Database, cast: Cast, do: Callable[..., Any]
) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps("p"))
    first, second = (kit.open_task(database, kit.begin(database, cast.clerk, "p", {"subject": text}), "a") for text in "一二")
    for task in (first, second):
        do(user_tasks.claim, cast.clerk, task)
    with pytest.raises(errors.Invalid) as refused:
        do(leaving.leave, cast.owner, "clerk", Plan(tasks={first: "head"}))
    assert list(faults(refused)) == [f"task-{second}"]
    assert not company(database).people["clerk"].is_disabled
    do(leaving.leave, cast.owner, "clerk", Plan(tasks={first: "head", second: BACK}))
    held = {item.user_task_key: (item.username, item.group_name) for item in kit.rows(database, models.WorkItem)}
    assert held == {first: ("head", None), second: (None, "客服专员")}


def test_who_must_not_act_on_a_task_cannot_get_it_and_is_named(
    database: databases.Database, cast: Cast, do: Callable[..., Any]
) -> None:
    second = kit.task("b", groups="部门负责人", separate_from="initiator")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), second, kit.end(), kit.chain("started", "b", "done")))
    task = kit.open_task(database, kit.begin(database, cast.clerk, "p"), "b")
    do(user_tasks.claim, cast.head, task)
    for plan in (Plan("clerk"), Plan("manager", tasks={task: "clerk"})):
        with pytest.raises(errors.Invalid) as refused:
            do(leaving.leave, cast.owner, "head", plan)
        assert "陈办事 must not act on" in faults(refused)[f"task-{task}"][0]
    do(leaving.leave, cast.owner, "head", Plan("clerk", tasks={task: "manager"}))
    assert kit.rows(database, models.UserTask)[0].assignee == "manager"


def test_a_successor_comes_in_the_place_of_a_candidate_and_who_left_never_comes_back_to_it(
    database: databases.Database, cast: Cast, do: Callable[..., Any]
) -> None:
    """Neither when somebody gives the task back to the others, nor when he is back himself."""
    task = kit.task("a", users="clerk, clerk2, head")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), task, kit.end(), kit.chain("started", "a", "done")))
    key = kit.open_task(database, kit.begin(database, cast.owner, "p"), "a")

    def candidates() -> set[str]:
        return {item.username for item in kit.rows(database, models.WorkItem) if item.state == "open"}

    do(leaving.leave, cast.owner, "clerk", Plan("outsider"))
    assert candidates() == {"outsider", "clerk2", "head"}
    do(leaving.leave, cast.owner, "head", Plan())
    do(user_tasks.claim, cast.clerk2, key)
    do(user_tasks.unclaim, cast.clerk2, key)
    do(persons.come_back, cast.owner, "clerk")
    do(persons.come_back, cast.owner, "head")
    assert candidates() == {"outsider", "clerk2"}
    do(user_tasks.claim, cast.clerk2, key)
    do(leaving.leave, cast.owner, "clerk2", Plan(tasks={key: BACK}))
    assert candidates() == {"outsider"}


def test_who_comes_back_sets_a_password_anew(database: databases.Database, cast: Cast, do: Callable[..., Any]) -> None:
    with database.transaction(COMPANY) as session:
        passwords.store(session, COMPANY, "clerk", passwords.hash("a password of before"))
        code = password_codes.invite(session, cast.owner, "clerk", now=kit.NOW)
    do(leaving.leave, cast.owner, "clerk", Plan("clerk2"))
    do(persons.come_back, cast.owner, "clerk")
    with pytest.raises(errors.Forbidden):
        passwords.sign_in(database, COMPANY, "clerk", "a password of before", "127.0.0.1", now=kit.NOW)
    with pytest.raises(errors.NotFound):
        password_codes.invited(database, code, "127.0.0.1", now=kit.NOW)


def test_what_lies_with_nobody_who_is_there_is_an_incident_until_somebody_can_act(
    database: databases.Database, cast: Cast, do: Callable[..., Any]
) -> None:
    steps = (kit.task("a", users="clerk, clerk2"), kit.task("b", groups="部门负责人"))
    flows = kit.chain("started", "a", "done") + kit.flow("started", "b") + kit.flow("b", "done")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), *steps, kit.end(), flows))
    case = kit.begin(database, cast.owner, "p")

    def stopped(now: datetime = kit.NOW) -> list[str]:
        for _round in range(3):
            Worker(database, lambda: now).run_once()
        rows = kit.rows(database, models.Incident, state="open")
        assert kit.instance(database, case).incidents == len(rows)
        return sorted(str(row.element_id) for row in rows)

    with database.transaction(COMPANY) as session:
        people.alter(
            session, cast.owner, "clerk", people.WantedPerson(persons.PersonValues("陈办事"), is_active=False), now=kit.NOW
        )
    assert stopped() == []
    do(planned.plan, cast.owner, "clerk2", "leave", date(2026, 4, 1), {})
    do(leaving.leave, cast.owner, "head", Plan())
    assert stopped() == ["b"]
    assert stopped(planned.starts("Asia/Shanghai", date(2026, 4, 1))) == ["a", "b"]
    do(groups.put_in, cast.owner, "部门负责人", "outsider")
    assert stopped() == ["a"]
    with database.reading(COMPANY) as session:
        owner = actors.load(session, COMPANY, "owner")
    do(user_tasks.assign, owner, kit.open_task(database, case, "a"), "manager", "接手")
    assert kit.rows(database, models.Incident, state="open") == [], "at once, not when somebody else comes or goes"
    assert stopped() == []


def test_a_leaver_leaves_nobody_the_approval_of_his_own_request(
    database: databases.Database, cast: Cast, do: Callable[..., Any]
) -> None:
    steps = kit.start() + kit.task("look", assignee="head", kind="approve") + kit.end()
    kit.deploy(database, cast.owner, kit.diagram("p", steps, kit.chain("started", "look", "done")))
    task = kit.open_task(database, kit.begin(database, cast.clerk, "p"), "look")
    with pytest.raises(errors.Invalid) as refused:
        do(leaving.leave, cast.owner, "head", Plan("clerk"))
    assert "陈办事 has started this case" in faults(refused)[f"task-{task}"][0]
    do(leaving.leave, cast.owner, "head", Plan("clerk", {task: "clerk2"}))
    assert [item.username for item in kit.rows(database, models.WorkItem) if item.state == "open"] == ["clerk2"]


def test_a_candidate_beside_others_leaves_the_task_to_them(
    database: databases.Database, cast: Cast, do: Callable[..., Any]
) -> None:
    task = kit.task("a", users="clerk, clerk2")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), task, kit.end(), kit.chain("started", "a", "done")))
    case = kit.begin(database, cast.clerk, "p")
    do(leaving.leave, cast.owner, "clerk", Plan())
    open_items = [item.username for item in kit.rows(database, models.WorkItem) if item.state == "open"]
    assert open_items == ["clerk2"]
    kit.complete(database, cast.clerk2, case, "a")


@pytest.mark.parametrize("successor", ["clerk", "nobody"])
def test_nothing_is_handed_to_the_leaver_or_to_nobody(
    database: databases.Database, cast: Cast, do: Callable[..., Any], successor: str
) -> None:
    with pytest.raises(errors.Invalid) as refused:
        do(leaving.leave, cast.owner, "clerk", Plan(successor))
    assert list(faults(refused)) == ["successor"]


def test_a_last_administrator_stays(database: databases.Database, cast: Cast, do: Callable[..., Any]) -> None:
    for verb, arguments in (
        (leaving.leave, ("owner", Plan("manager"))),
        (roles.revoke, ("owner", "administrator")),
        (planned.plan, ("owner", "leave", date(2026, 5, 1), {})),
    ):
        with pytest.raises(errors.Conflict, match="Nobody could administer"):
            do(verb, cast.owner, *arguments)
    do(roles.grant, cast.owner, "manager", "administrator")
    do(leaving.leave, cast.owner, "owner", Plan("manager"))
    assert company(database).administrators == ("manager",)


def test_somebody_comes_back_without_the_roles_of_before(
    database: databases.Database, cast: Cast, do: Callable[..., Any]
) -> None:
    do(roles.grant, cast.owner, "outsider", "operator")
    do(leaving.leave, cast.owner, "outsider", Plan())
    do(persons.come_back, cast.owner, "outsider")
    with database.reading(COMPANY) as session:
        back = actors.load(session, COMPANY, "outsider")
    assert back is not None and not back.operates
    with pytest.raises(errors.Conflict):
        do(persons.come_back, cast.owner, "outsider")


def test_what_is_entered_before_happens_on_its_day(database: databases.Database, cast: Cast, do: Callable[..., Any]) -> None:
    kit.deploy(database, cast.owner, *kit.two_steps("p"))
    task = kit.open_task(database, kit.begin(database, cast.clerk, "p", {"subject": "一"}), "a")
    do(user_tasks.claim, cast.clerk, task)
    day = date(2026, 4, 1)
    post = str(do(posts.add, cast.owner, "质检员"))
    do(persons.enter, cast.owner, "new", persons.PersonValues("新来的", "service"), is_expected=True)
    everybody = [*company(database).members_of("客服专员"), "new"]
    with pytest.raises(errors.Invalid):
        do(groups.fill, cast.owner, "客服专员", everybody, [])
    do(planned.plan, cast.owner, "new", "join", day, {})
    do(groups.fill, cast.owner, "客服专员", everybody, [])
    do(planned.plan, cast.owner, "outsider", "move", day, {"department": "service", "posts": [post], "superior": "manager"})
    do(planned.plan, cast.owner, "clerk", "leave", day, {"successor": "clerk2"})
    midnight = planned.starts("Asia/Shanghai", day)
    Worker(database, lambda: midnight - timedelta(seconds=1)).run_once()
    before = company(database)
    assert "new" not in before.members_of("客服专员")
    assert before.people["new"].is_disabled and before.people["outsider"].department == "works"
    Worker(database, lambda: midnight).run_once()
    after = company(database)
    assert "new" in after.members_of("客服专员")
    assert not after.people["new"].is_disabled and after.people["clerk"].is_disabled
    moved = after.people["outsider"]
    assert (moved.department, moved.posts, after.manager_of("outsider")) == ("service", (post,), "manager")
    assert kit.rows(database, models.UserTask)[0].assignee == "clerk2"
    assert {row.state for row in kit.rows(database, models.PlannedChange)} == {"done"}


def test_a_planned_leave_locks_out_even_where_nobody_may_take_over(
    database: databases.Database, cast: Cast, do: Callable[..., Any]
) -> None:
    task = kit.task("b", assignee="head", separate_from="initiator")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), task, kit.end(), kit.chain("started", "b", "done")))
    kit.begin(database, cast.clerk, "p")
    do(planned.plan, cast.owner, "head", "leave", date(2026, 4, 1), {"successor": "clerk"})
    Worker(database, lambda: planned.starts("Asia/Shanghai", date(2026, 4, 1))).run_once()
    row = kit.rows(database, models.PlannedChange)[0]
    assert row.state == "done" and "“b" not in row.note and "b" in row.note
    assert company(database).people["head"].is_disabled
    assert kit.rows(database, models.UserTask)[0].assignee == "head", "it stays, for a manager to hand on"


def test_a_planned_change_is_taken_back_and_one_that_cannot_be_done_says_why(
    database: databases.Database, cast: Cast, do: Callable[..., Any]
) -> None:
    day = date(2026, 4, 1)
    dropped = do(planned.plan, cast.owner, "clerk", "leave", day, {})
    do(planned.drop, cast.owner, dropped)
    do(roles.grant, cast.owner, "manager", "administrator")
    do(planned.plan, cast.owner, "owner", "leave", day, {})
    do(roles.revoke, cast.owner, "manager", "administrator")  # by his day he is the last one
    Worker(database, lambda: planned.starts("Asia/Shanghai", day)).run_once()
    states = {
        row.username: (row.state, "Nobody could administer" in row.note) for row in kit.rows(database, models.PlannedChange)
    }
    assert states == {"clerk": ("dropped", False), "owner": ("failed", True)}
    assert not company(database).people["clerk"].is_disabled
    for wrong in (date(2026, 3, 2), date(2026, 3, 1), date(9999, 1, 1)):
        with pytest.raises(errors.Invalid):
            do(planned.plan, cast.owner, "clerk", "leave", wrong, {})


def test_a_vote_of_a_joint_decision_goes_to_somebody_who_has_none(
    database: databases.Database, cast: Cast, do: Callable[..., Any]
) -> None:
    task = kit.task("a", users="clerk, clerk2", kind="approve", rule="all")
    kit.deploy(database, cast.owner, kit.diagram("p", kit.start(), task, kit.end(), kit.chain("started", "a", "done")))
    case = kit.begin(database, cast.clerk, "p")
    with pytest.raises(errors.Invalid) as refused:
        do(leaving.leave, cast.owner, "clerk", Plan("clerk2"))
    assert "程办事 has a part in" in str(faults(refused))
    do(leaving.leave, cast.owner, "clerk", Plan("head"))
    kit.complete(database, cast.clerk2, case, "a", outcome="approve")
    assert kit.open_elements(database, case) == ["a"]
    kit.complete(database, cast.head, case, "a", outcome="approve")
    assert kit.instance(database, case).state == "completed"


def test_deputies_of_a_leaver_end(database: databases.Database, cast: Cast, do: Callable[..., Any]) -> None:
    period = {"begins_at": kit.NOW - timedelta(days=1), "ends_at": kit.NOW + timedelta(days=9)}
    do(deputies.set_up, cast.head, "clerk", **period)
    do(deputies.set_up, cast.clerk, "clerk2", **period)
    do(leaving.leave, cast.owner, "clerk", Plan("clerk2"))
    assert {row.ended_by for row in kit.rows(database, models.Deputy)} == {"owner"}
    assert {"head", "clerk2"} <= {row.username for row in kit.notices(database)}


def test_the_log_tells_by_name_what_went_to_whom(database: databases.Database, cast: Cast, do: Callable[..., Any]) -> None:
    do(departments.alter, cast.owner, "works", departments.DepartmentValues("工程部", "office", "clerk"))
    do(roles.grant, cast.owner, "clerk", "manager", "works")
    do(leaving.leave, cast.owner, "clerk", Plan("clerk2", headships={"works": "head"}))
    with database.reading(COMPANY) as session:
        owner = actors.load(session, COMPANY, "owner")
        assert owner is not None
        subjects = ("person:clerk", "person:clerk2", "person:head", "group:客服专员", "department:works")
        left, got, heads, group, unit = [log.entries_of(session, owner, each, 1)[0] for each in subjects]
    assert left.data["groups"] == ["客服专员"] and left.data["groups_to"] == ["clerk2"]
    assert left.data["departments"] == ["工程部"] and left.data["departments_to"] == ["head"]
    assert left.data["roles_taken"] == [["manager", "工程部"]]
    assert (got.kind, got.data["took_from"], got.data["groups"]) == ("person_took_over", "clerk", ["客服专员"])
    assert (heads.data["departments"], heads.data["groups"]) == (["工程部"], [])
    assert group.data["gone"] == ["clerk"] and unit.data["changed"] == {"head": ["clerk", "head"]}
