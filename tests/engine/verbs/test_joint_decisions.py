"""会签: several decide one task, each vote kept, settled once, in the configured order where there is one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from engine import errors
from engine.cases import history
from engine.people import actors, organisation
from engine.people.actors import Actor
from engine.storage import database as databases
from engine.storage import models
from engine.verbs import choosing_voters, user_tasks
from engine.verbs.approvals import handing
from engine.verbs.approvals.back import returns
from engine.verbs.organisation import groups
from engine.verbs.running import incidents
from tests import cast as casting
from tests.cast import Cast
from tests.engine import kit
from tests.engine.verbs.test_concurrency import at_once
from tests.engine.verbs.test_costs import counted

PEOPLE = "manager,clerk2,head,clerk"


def process(process_id: str = "joint", *, users: str = PEOPLE, groups: str = "", form: str = "", **properties: str) -> Any:
    given = {"kind": "approve", "rule": "all", **properties}
    yield kit.form("note", kit.text_field("note"))
    yield kit.diagram(
        process_id,
        kit.start(),
        kit.task("judge", users=users, groups=groups, form="note", **given),
        kit.node("exclusiveGateway", "is_agreed"),
        kit.task("go_on", groups="客服专员"),
        kit.end("refused"),
        kit.end(),
        kit.chain("started", "judge", "is_agreed"),
        kit.flow("is_agreed", "go_on", '=outcome = "approve"'),
        kit.flow("is_agreed", "refused", '=outcome = "reject"'),
        kit.flow("go_on", "done"),
    )


def begun(database: databases.Database, cast: Cast, **properties: str) -> tuple[int, int]:
    kit.deploy(database, cast.owner, *process(**properties))
    case = kit.begin(database, cast.outsider, "joint")
    return case, kit.open_task(database, case, "judge")


def again(database: databases.Database, username: str) -> Actor:
    with database.reading("acme") as session:
        found = actors.load(session, "acme", username)
    assert found is not None
    return found


def vote(
    database: databases.Database,
    by: Actor,
    task: int,
    outcome: str = "approve",
    opinion: str = "已核实",
    note: str = "",
    *,
    after: int = 0,
) -> user_tasks.Completed:
    now = kit.NOW + timedelta(minutes=after)
    with database.transaction("acme") as session:
        return user_tasks.complete(session, by, task, {"note": note}, outcome=outcome, opinion=opinion, now=now)


def items(database: databases.Database, task: int) -> dict[str, str]:
    return {item.username: item.state for item in kit.rows(database, models.WorkItem, user_task_key=task)}


def variables(database: databases.Database, case: int) -> dict[str, Any]:
    with database.reading() as session:
        return user_tasks.cases.variables(session, session.get_one(models.ProcessInstance, case), now=kit.NOW)


def test_all_must_agree_and_the_process_gets_the_votes(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast)
    for n, by in enumerate((cast.clerk, cast.manager, cast.head)):
        assert vote(database, by, task, note=by.username, after=n).next_task_key is None
        [row] = kit.rows(database, models.UserTask, key=task)
        assert (row.state, row.outcome, row.completed_by) == ("open", None, None)
    vote(database, cast.clerk2, task, opinion="同意", note="最后", after=9)
    [row] = kit.rows(database, models.UserTask, key=task)
    assert (row.state, row.outcome, row.completed_by) == ("completed", "approve", "clerk2")
    assert kit.open_elements(database, case) == ["go_on"]
    known = variables(database, case)
    assert known["note"] == "最后"
    assert [(each["person"], each["outcome"], each["values"]["note"]) for each in known["votes"]] == [
        (name, "approve", name) for name in ("clerk", "manager", "head")
    ] + [("clerk2", "approve", "最后")]
    told = [event.kind for event in kit.rows(database, models.HistoryEvent, instance_key=case)]
    assert told.count("voted") == 3 and told.count("completed") == 1
    with database.reading() as session:
        assert history.verify(session, case) == []


def test_line_8_a_joint_decision_does_not_hang_on_one_rejection(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast)
    vote(database, cast.clerk, task)
    vote(database, cast.head, task, "reject", "不符合规定")
    assert kit.instance(database, case).state == "completed" and kit.instance(database, case).end_event == "refused"
    assert items(database, task) == {"manager": "closed", "clerk2": "closed", "head": "done", "clerk": "done"}
    with pytest.raises(errors.Conflict, match="already done, by"):
        vote(database, cast.manager, task)


def test_line_7_a_sequential_decision_keeps_the_configured_order(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast, rule="sequential")
    order = [cast.manager, cast.clerk2, cast.head, cast.clerk]
    for n, by in enumerate(order):
        assert [name for name, state in items(database, task).items() if state == "open"] == [by.username]
        for later in order[n + 1 :]:
            with pytest.raises(errors.Conflict, match="not your turn yet: "):
                vote(database, later, task)
        vote(database, by, task)
        if n < 3:
            with pytest.raises(errors.Conflict, match="acted on this task already"):
                vote(database, by, task)
    assert kit.open_elements(database, case) == ["go_on"]


def test_a_group_is_fixed_when_the_task_is_made(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast, users="", groups="客服专员,部门负责人", rule="ratio:2/3")
    with database.transaction("acme") as session:
        session.add(models.Membership(company_id="acme", group_name="客服专员", username="manager"))
        organisation.changed(session, "acme")
    assert items(database, task) == {"clerk": "open", "clerk2": "open", "head": "open"}
    with pytest.raises(errors.NotFound):
        vote(database, cast.manager, task)
    vote(database, cast.clerk, task)
    vote(database, cast.head, task)
    assert kit.open_elements(database, case) == ["go_on"]


def test_weights_and_vetoes_by_person_and_group(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast, rule="veto:1/2", veto="group:主管领导", weights="客服专员:3, clerk2:0.5")
    weights = {item.username: (item.weight, item.has_veto) for item in kit.rows(database, models.WorkItem, user_task_key=task)}
    assert {name: (str(weight), veto) for name, (weight, veto) in weights.items()} == {
        "manager": ("1", True),
        "clerk2": ("0.5", False),
        "head": ("1", False),
        "clerk": ("3", False),
    }
    vote(database, cast.manager, task, "reject")
    assert kit.instance(database, case).end_event == "refused"


def test_weights_that_are_none_make_an_incident_and_everybody_counts_one(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast, rule="ratio:1/2", weights='={"head": "much"}')
    assert {str(item.weight) for item in kit.rows(database, models.WorkItem, user_task_key=task)} == {"1"}
    [incident] = kit.rows(database, models.Incident, instance_key=case)
    assert incident.kind == "assignment" and "weight" in incident.message


def test_who_has_voted_hears_whom_the_step_still_waits_for_and_later_not_that_another_was_faster(
    database: databases.Database, cast: Cast
) -> None:
    _case, task = begun(database, cast, users="head,clerk")
    assert vote(database, cast.head, task).waits_for == ("clerk",)
    assert vote(database, cast.clerk, task).waits_for == ()
    with pytest.raises(errors.Conflict, match="You have done this task already") as refused:
        vote(database, cast.clerk, task)
    assert not isinstance(refused.value, errors.Overtaken)
    with pytest.raises(errors.Overtaken, match="already done, by"):
        vote(database, cast.head, task)


@pytest.mark.parametrize("empty", ["", "administrators"])
def test_a_joint_decision_that_nobody_is_found_for_is_no_administrator_s_click(
    database: databases.Database, cast: Cast, empty: str
) -> None:
    case, task = begun(database, cast, users='=[string join(["no", "body"])]', **({"empty": empty} if empty else {}))
    [incident] = kit.rows(database, models.Incident, instance_key=case)
    assert (incident.kind, incident.state) == ("assignment", "open")
    with pytest.raises(errors.Refusal):
        vote(database, cast.owner, task)
    for names, why in (
        (["head"], "at least two"),
        (["head", "owner"], "cannot choose himself"),
        (["head", "nobody"], "no person"),
    ):
        with pytest.raises(errors.Invalid, match=why) as refused, database.transaction("acme") as session:
            choosing_voters.choose(session, cast.owner, task, names, "没有别人", now=kit.NOW)
        assert "people" in refused.value.fields
    with pytest.raises(errors.Forbidden), database.transaction("acme") as session:
        choosing_voters.choose(session, cast.outsider, task, ["head", "clerk"], "没有别人", now=kit.NOW)
    assert kit.open_elements(database, case) == ["judge"]


def test_who_is_chosen_for_a_joint_decision_that_nobody_was_found_for_decides_it_by_its_rule(
    database: databases.Database, cast: Cast
) -> None:
    nobody = '=[string join(["no", "body"])]'
    case, task = begun(database, cast, users=nobody, rule="ratio:>1/2", weights="head:3")
    with pytest.raises(errors.Invalid, match="at least two") as refused, database.transaction("acme") as session:
        user_tasks.assign(session, cast.owner, task, "head", "由负责人定", now=kit.NOW)
    assert "person" in refused.value.fields  # one alone would decide what several are to decide
    with database.transaction("acme") as session:
        choosing_voters.choose(session, cast.owner, task, ["manager", "head", "clerk"], "临时会签", now=kit.NOW)
    assert items(database, task) == {None: "closed", "manager": "open", "head": "open", "clerk": "open"}
    [incident] = kit.rows(database, models.Incident, instance_key=case)
    assert (incident.state, incident.resolved_by, kit.instance(database, case).incidents) == ("resolved", "owner", 0)
    with pytest.raises(errors.Conflict, match="person by person"), database.transaction("acme") as session:
        choosing_voters.choose(session, cast.owner, task, ["clerk2", "outsider"], "再换", now=kit.NOW)
    vote(database, cast.manager, task)
    assert kit.open_elements(database, case) == ["judge"]
    vote(database, cast.head, task)  # 4 of 5
    assert kit.open_elements(database, case) == ["go_on"]
    [told] = kit.rows(database, models.HistoryEvent, instance_key=case, kind="reassigned")
    assert told.data["to"] == ["manager", "head", "clerk"]


def test_who_was_handed_a_part_and_settled_does_not_decide_alone_after_a_return(
    database: databases.Database, cast: Cast
) -> None:
    steps = kit.task("judge", users="head,clerk,manager", kind="approve", rule="ratio:1/3")
    check = kit.task("check", assignee="owner", kind="approve", **{"return": "any"})
    flow = (kit.start(), steps, check, kit.end(), kit.chain("started", "judge", "check", "done"))
    kit.deploy(database, cast.owner, kit.diagram("joint", *flow))
    case = kit.begin(database, cast.outsider, "joint")
    with database.transaction("acme") as session:
        handing.transfer(session, cast.clerk, kit.open_task(database, case, "judge"), "clerk2", "出差", now=kit.NOW)
    kit.complete(database, cast.clerk2, case, "judge", outcome="approve")
    with database.transaction("acme") as session:
        returns.return_task(session, cast.owner, kit.open_task(database, case, "check"), "judge", "再议", now=kit.NOW)
    assert set(items(database, kit.open_task(database, case, "judge"))) == {"head", "clerk", "manager"}


def test_a_joint_decision_is_tried_again_once_its_group_has_people(database: databases.Database, cast: Cast) -> None:
    kit.deploy(database, cast.owner, *process(users="", groups="主管领导"))
    with database.transaction("acme") as session:
        groups.take_out(session, cast.owner, "主管领导", "manager", is_sure=True, now=kit.NOW)
    case = kit.begin(database, again(database, "outsider"), "joint")
    [incident] = kit.rows(database, models.Incident, instance_key=case)
    with database.transaction("acme") as session:
        groups.put_in(session, cast.owner, "主管领导", "head", "clerk", now=kit.NOW)
    owner = again(database, "owner")
    with database.transaction("acme") as session:
        incidents.resolve(session, owner, incident.key, now=kit.NOW)
    task = kit.open_task(database, case, "judge")
    assert kit.rows(database, models.UserTask, key=task)[0].rule == "all"
    assert set(items(database, task)) == {"head", "clerk"}


def test_a_vote_is_kept_with_its_holder_until_it_settles(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast)
    vote(database, cast.head, task, note="内部")
    assert "note" not in variables(database, case) and "votes" not in variables(database, case)
    [mine] = [item for item in kit.rows(database, models.WorkItem, user_task_key=task) if item.username == "head"]
    assert (mine.outcome, mine.opinion, mine.done_by) == ("approve", "已核实", "head")


def test_two_last_voters_at_the_same_instant_settle_once(postgres_database: databases.Database) -> None:
    database, cast = postgres_database, casting.assemble(postgres_database)
    kit.deploy(database, cast.owner, *process(users="head,clerk"))

    def voting(by: Actor, task: int) -> Callable[[], object]:
        return lambda: vote(database, by, task)

    for _ in range(8):
        case = kit.begin(database, cast.outsider, "joint")
        task = kit.open_task(database, case, "judge")
        results = at_once(voting(cast.head, task), voting(cast.clerk, task))
        assert all(isinstance(result, user_tasks.Completed) for result in results), results
        told = [event.kind for event in kit.rows(database, models.HistoryEvent, instance_key=case)]
        assert (told.count("voted"), told.count("completed")) == (1, 1)
        assert kit.open_elements(database, case) == ["go_on"]


def test_line_12_a_double_submit_counts_once(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast, users="head,clerk")
    results = at_once(*(lambda: vote(database, cast.head, task) for _ in range(4)))
    assert sum(isinstance(result, user_tasks.Completed) for result in results) == 1
    assert sum(isinstance(result, errors.Conflict) for result in results) == 3
    assert items(database, task) == {"head": "done", "clerk": "open"}
    assert kit.instance(database, case).state == "active"


def test_line_13_handing_on_does_not_spoil_the_vote_count(database: databases.Database, cast: Cast) -> None:
    case, task = begun(database, cast, users="head,clerk,manager", rule="ratio:2/3")
    vote(database, cast.head, task)
    with database.transaction("acme") as session:
        with pytest.raises(errors.Conflict, match="whose part"):
            user_tasks.assign(session, cast.owner, task, "clerk2", "调岗", now=kit.NOW)
        with pytest.raises(errors.Conflict, match="a part in this task already"):
            user_tasks.assign(session, cast.owner, task, "head", "调岗", whose="clerk", now=kit.NOW)
        user_tasks.assign(session, cast.owner, task, "clerk2", "调岗", whose="clerk", now=kit.NOW)
    assert items(database, task) == {"head": "done", "clerk2": "open", "manager": "open"}
    with pytest.raises(errors.Refusal):
        vote(database, cast.clerk, task)
    vote(database, cast.clerk2, task)
    assert kit.open_elements(database, case) == ["go_on"]
    [row] = [each for each in kit.rows(database, models.WorkItem, user_task_key=task) if each.username == "clerk2"]
    assert row.first_owner == "clerk"


@pytest.mark.parametrize(
    "properties",
    [
        {"rule": "most"},
        {"rule": "ratio:3/2"},
        {"rule": "all", "outcomes": "yes:行,no:不行"},
        {"rule": "ratio:1/2", "outcomes": "reject,return"},
        {"rule": "all", "weights": "head:2"},
        {"rule": "ratio:1/2", "weights": "head"},
        {"rule": "ratio:1/2", "weights": "head:0"},
        {"rule": "veto"},
        {"rule": "all", "veto": "head"},
        {"rule": "any", "votes": "ballots"},
        {"rule": "any", "buttons": "returning:off"},
        {"rule": "any", "buttons": "return"},
        {"rule": "any", "return": "next"},
        {"rule": "any", "outcomes": "approve,return", "return": "any"},
    ],
)
def test_what_cannot_be_obeyed_is_refused(sqlite_database: databases.Database, properties: dict[str, str]) -> None:
    cast = casting.assemble(sqlite_database)
    with pytest.raises(errors.Invalid):
        kit.deploy(sqlite_database, cast.owner, *process(**properties))


def many(database: databases.Database, cast: Cast, count: int) -> int:
    names = [f"signer{n}" for n in range(count)]
    with database.transaction("acme") as session:
        session.add_all(models.Person(company_id="acme", username=name, name=name) for name in names)
        organisation.changed(session, "acme")
    kit.deploy(database, cast.owner, *process(users=",".join(names)))
    return kit.begin(database, cast.outsider, "joint")


def cost_of_vote(database: databases.Database, task: int, username: str) -> list[str]:
    with counted(database) as seen, database.transaction("acme") as session:
        by = loaded(session, username)
        user_tasks.complete(session, by, task, {}, outcome="approve", opinion="", now=kit.NOW)
    return [statement for statement in seen if statement != "COMMIT"]


def loaded(session: Any, username: str) -> Actor:
    by = actors.load(session, "acme", username)
    assert by is not None
    return by


def test_line_24_each_of_200_votes_costs_what_the_second_did(postgres_database: databases.Database) -> None:
    database, cast = postgres_database, casting.assemble(postgres_database)
    case = many(database, cast, 200)
    task = kit.open_task(database, case, "judge")
    costs = [cost_of_vote(database, task, f"signer{n}") for n in range(2)]
    item = models.WorkItem
    rest = item.username.in_([f"signer{n}" for n in range(2, 198)])
    with database.transaction("acme") as session:
        session.execute(update(item).where(rest).values(state="done", outcome="approve", done_at=kit.NOW, given={}))
    costs += [cost_of_vote(database, task, f"signer{n}") for n in (198, 199)]
    assert len(costs[1]) <= 8 and len(costs[2]) == len(costs[1])
    assert len(costs[-1]) <= 10, "\n".join(costs[-1])
    assert kit.open_elements(database, case) == ["go_on"]
    assert len(variables(database, case)["votes"]) == 200
